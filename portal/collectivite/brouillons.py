"""The declaration wizard's draft: begun, filled step by step, left, resumed, sent once. Nothing of it is a fact before it is sent."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import Collectivite, User
from cases.errors import Erreur
from cases.models import Sinistre
from cases.rules import days_late
from contracts.enums import IMPUTABLES, RECOURS_QUESTION, Nature
from contracts.selectors import NonCouvert, collectivites_visibles, termes_a
from portal import presentation
from portal.collectivite.natures import libelle_survenance
from portal.models import Brouillon
from workflows.declaration import WITHOUT_LEAVE, Declaration, alerts, declarer
from workflows.demande import ArretDemande

KEPT = dt.timedelta(days=60)
"""A draft nobody has touched for this long is forgotten when its author begins another."""

AGENT, NATURE, DATES, CIRCONSTANCES, VERIFICATION = "agent", "nature", "dates", "circonstances", "verification"
TITRES = {
    AGENT: "L’agent",
    NATURE: "La nature",
    DATES: "Les dates",
    CIRCONSTANCES: "Les circonstances",
    VERIFICATION: "Vérification",
}

ETAPE_DU_CHAMP = {
    "agent": AGENT, "nature": NATURE, "survenance": DATES, "arret": DATES, "arret.debut": DATES, "arret.fin": DATES,
    "arret.certificat": DATES, "arret.quotite": DATES, "circonstances": CIRCONSTANCES, "tiers_possible": CIRCONSTANCES,
}  # fmt: skip
"""Which step mends the field that a service blames."""


@dataclass(frozen=True)
class Perimetre:
    """A collectivité as the gate wants to see it."""

    collectivite_id: int


def mes_brouillons(user: User) -> QuerySet[Brouillon]:
    """The drafts `user` may resume, the last touched first."""
    return (
        Brouillon.objects.filter(auteur=user, sinistre__isnull=True, collectivite_id__in=user.collectivite_ids)
        .select_related("agent", "collectivite")
        .order_by("-modifie_le", "pk")
    )


def mon_brouillon(user: User, brouillon_id: uuid.UUID) -> Brouillon:
    """One draft of `user`, sent or not. Raises Brouillon.DoesNotExist."""
    return Brouillon.objects.select_related("agent__collectivite", "collectivite", "sinistre").get(
        pk=brouillon_id, auteur=user, collectivite_id__in=user.collectivite_ids
    )


def etapes(brouillon: Brouillon) -> list[str]:
    """The steps this declaration goes through: a nature without circumstances nor third party skips one."""
    raconte = brouillon.nature in IMPUTABLES or brouillon.nature in RECOURS_QUESTION
    return [AGENT, NATURE, DATES, *([CIRCONSTANCES] if raconte or not brouillon.nature else []), VERIFICATION]


def est_remplie(brouillon: Brouillon, etape: str) -> bool:
    """Whether the answers of a step are all there."""
    match etape:
        case "agent":
            return brouillon.agent_id is not None
        case "nature":
            return bool(brouillon.nature)
        case "dates":
            if brouillon.nature in WITHOUT_LEAVE:
                return brouillon.survenance is not None
            told = None not in (brouillon.survenance, brouillon.debut, brouillon.fin, brouillon.certificat_du)
            return told and (brouillon.nature != Nature.TPT or brouillon.quotite is not None)
        case "circonstances":
            told = brouillon.nature not in IMPUTABLES or bool(brouillon.circonstances)
            return told and (brouillon.nature not in RECOURS_QUESTION or brouillon.tiers_possible is not None)
    return False


def prochaine_etape(brouillon: Brouillon) -> str:
    """Where to resume: the first step that lacks an answer."""
    return next(etape for etape in etapes(brouillon) if not est_remplie(brouillon, etape))


def commencer(*, acteur: User, collectivite: Collectivite) -> Brouillon:
    """Begin a draft for one of the user's collectivités. Raises Refus."""
    exiger(acteur, "dossier_declarer", Perimetre(collectivite.pk))
    Brouillon.objects.filter(auteur=acteur, modifie_le__lt=timezone.now() - KEPT).delete()
    return Brouillon.objects.create(auteur=acteur, collectivite=collectivite)


def enregistrer(*, acteur: User, brouillon: Brouillon, **reponses: Any) -> Brouillon:
    """Keep the answers of a step. What no longer makes sense after a change of nature is emptied. Raises Erreur once sent."""
    if brouillon.sinistre_id is not None:
        raise Erreur("Cette déclaration est déjà envoyée.")
    avant = brouillon.nature
    for champ, valeur in reponses.items():
        setattr(brouillon, champ, valeur)
    if avant and libelle_survenance(avant) != libelle_survenance(brouillon.nature):
        # The first day of a leave is no date of death: it is asked anew.
        brouillon.survenance = None
    if brouillon.nature in WITHOUT_LEAVE:
        brouillon.debut = brouillon.fin = brouillon.certificat_du = None
    elif brouillon.nature and brouillon.nature not in IMPUTABLES:
        brouillon.survenance = brouillon.debut
    if brouillon.nature != Nature.TPT:
        brouillon.quotite = None
    if brouillon.nature not in RECOURS_QUESTION:
        brouillon.tiers_possible = None
    brouillon.modifie_le = timezone.now()
    brouillon.save()
    return brouillon


def abandonner(*, acteur: User, brouillon: Brouillon) -> None:
    """Forget a draft that was not sent."""
    Brouillon.objects.filter(pk=brouillon.pk, auteur=acteur, sinistre__isnull=True).delete()


def declaration_de(brouillon: Brouillon, alertes_assumees: str = "") -> Declaration:
    """The draft as the service takes it. Raises Erreur when an answer is missing."""
    if prochaine_etape(brouillon) != VERIFICATION or brouillon.survenance is None:
        raise Erreur("Cette déclaration n’est pas complète.")
    arret = None
    if brouillon.debut is not None and brouillon.fin is not None and brouillon.certificat_du is not None:
        arret = ArretDemande(brouillon.debut, brouillon.fin, brouillon.certificat_du, brouillon.quotite)
    return Declaration(
        nature=brouillon.nature,
        survenance=brouillon.survenance,
        arret=arret,
        circonstances=brouillon.circonstances,
        tiers_possible=brouillon.tiers_possible,
        alertes_assumees=alertes_assumees,
    )


@dataclass(frozen=True)
class Apercu:
    """What sending would meet: what blocks it (by field, with its step), what must be confirmed with a reason."""

    blocages: list[tuple[str, str]]
    alertes: list[str]


def apercu(brouillon: Brouillon) -> Apercu:
    """Look at a complete draft before it is sent: cover at survenance, probable mistakes, lateness."""
    declaration = declaration_de(brouillon)
    agent = brouillon.agent
    if agent is None:
        raise Erreur("Choisissez un agent.")
    try:
        termes = termes_a(agent=agent, nature=declaration.nature, survenance=declaration.survenance)
    except NonCouvert as error:
        return Apercu([(ETAPE_DU_CHAMP.get(error.champ, NATURE), error.message)], [])
    alertes = list(alerts(agent, declaration).values())
    limite = termes.limite_declaration(declaration.survenance)
    retard = days_late(timezone.localdate(), limite)
    if retard:
        alertes.append(
            f"Le délai de déclaration finissait le {presentation.jour(limite)} : la déclaration a "
            f"{retard} jour{'s' if retard > 1 else ''} de retard. Elle est acceptée et signalée au centre de gestion."
        )
    return Apercu([], alertes)


def envoyer(*, acteur: User, brouillon_id: uuid.UUID, alertes_assumees: str = "") -> Sinistre:
    """Declare. The draft's row is locked: a second click finds the dossier that the first one made.

    Raises Brouillon.DoesNotExist and whatever `declarer` raises; the draft stays as it was.
    """
    with transaction.atomic():
        brouillon = (
            Brouillon.objects.select_for_update(of=("self",))
            .select_related("agent__collectivite", "sinistre")
            .get(pk=brouillon_id, auteur=acteur, collectivite_id__in=acteur.collectivite_ids)
        )
        if brouillon.sinistre is not None:
            return brouillon.sinistre
        if brouillon.agent is None:
            raise Erreur("Choisissez un agent.")
        declaration = declaration_de(brouillon, alertes_assumees)
        sinistre = declarer(acteur=acteur, agent=brouillon.agent, declaration=declaration)
        brouillon.sinistre, brouillon.circonstances, brouillon.modifie_le = sinistre, "", timezone.now()
        brouillon.save(update_fields=["sinistre", "circonstances", "modifie_le"])
    return sinistre


def collectivites_declarantes(user: User) -> QuerySet[Collectivite]:
    """The user's own collectivités for which he may declare."""
    return collectivites_visibles(user, "dossier_declarer").filter(pk__in=user.collectivite_ids).order_by("nom", "pk")
