"""Declaring a sinistre: the first act of the lifecycle, by a collectivité, a gestionnaire for it, or the API."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db import connection, transaction
from django.utils import timezone

from accounts.gate import Refus, exiger, peut
from accounts.models import User
from cases.enums import GenreArret, GenreEpisode, GenreTache
from cases.errors import DonneeInvalide
from cases.models import Episode, Sinistre
from cases.rules import days_late
from cases.selectors import doubles_probables
from cases.services import taches
from contracts.enums import IMPUTABLES, NATURES_BY_REGIME, RECOURS_QUESTION, Nature
from contracts.models import Agent
from contracts.selectors import NonCouvert, Termes, termes_a
from documents.services.checklist import reevaluer
from journal.services import annoncer, consigner
from workflows import effects, periods
from workflows.branches.recours.detection import ouvrir_par_regle
from workflows.demande import ArretDemande

WITHOUT_LEAVE = frozenset({Nature.DC, Nature.FM, Nature.AIT})
"""Natures that certify no period of absence."""

PLANNED = frozenset({Nature.MAT, Nature.PAT, Nature.ADO, Nature.NAI, Nature.PATHO, Nature.TPT, Nature.PPR})
"""Natures known in advance: a date to come is no mistake."""


@dataclass(frozen=True)
class Declaration:
    """What is declared. `tiers_possible` None means « not answered »; `declare_le` is the day the paper arrived, today otherwise."""

    nature: str
    survenance: dt.date
    arret: ArretDemande | None = None
    circonstances: str = ""
    tiers_possible: bool | None = None
    declare_le: dt.date | None = None
    alertes_assumees: str = ""


def declarer(*, acteur: User, agent: Agent, declaration: Declaration) -> Sinistre:
    """Create the sinistre, its initial épisode and arrêt, its checklist, its work item and its clocks, in one transaction.

    Raises Refus (not visible for a foreign collectivité), DonneeInvalide on the field that is wrong (nature not covered at
    survenance included), AlerteAConfirmer for a probable double, overlap or date to come. A late declaration is flagged, never refused.
    """
    exiger(acteur, "dossier_declarer", agent)
    if agent.compte_id == acteur.pk:
        raise Refus("Vous ne pouvez pas déclarer votre propre sinistre.", action="dossier_declarer", visible=True)
    _check(declaration)
    if declaration.declare_le not in (None, timezone.localdate()) and not peut(acteur, "declaration_dater", agent):
        raise DonneeInvalide.sur("declare_le", "Votre déclaration porte la date d’aujourd’hui.")
    try:
        termes = termes_a(agent=agent, nature=declaration.nature, survenance=declaration.survenance)
    except NonCouvert as error:
        raise DonneeInvalide.sur(error.champ, error.message) from error
    if declaration.nature not in NATURES_BY_REGIME[termes.situation.regime]:
        raise DonneeInvalide.sur("nature", f"Cette nature n’existe pas au régime {termes.situation.get_regime_display()} de l’agent.")
    with transaction.atomic():
        # One declaration at a time for an agent: two clicks, or two people, can't both pass the check for doubles.
        Agent.objects.select_for_update(of=("self",)).values_list("pk").get(pk=agent.pk)
        periods.confirm(alerts(agent, declaration), declaration.alertes_assumees)
        return _create(acteur, agent, declaration, termes)


def alerts(agent: Agent, declaration: Declaration) -> dict[str, str]:
    """The probable mistakes of a declaration, as sentences: shown on an interruption card before anything is written."""
    alertes: dict[str, str] = {}
    doubles = doubles_probables(agent_id=agent.pk, nature=declaration.nature, survenance=declaration.survenance)
    numeros = list(doubles.values_list("numero", flat=True)[:3])
    if numeros:
        alertes["double"] = f"Un dossier de même nature et de même date existe déjà pour cet agent : {', '.join(numeros)}."
    if declaration.survenance > timezone.localdate() and declaration.nature not in PLANNED:
        alertes["date_future"] = "La date de survenance est à venir."
    if declaration.arret is not None and declaration.nature != Nature.TPT:
        alertes |= periods.overlap_alerts(agent.pk, declaration.arret)
    return alertes


def _check(declaration: Declaration) -> None:
    erreurs: dict[str, list[str]] = {}
    if declaration.nature not in Nature.values:
        erreurs["nature"] = ["Choisissez une nature de la liste."]
    if declaration.arret is None and declaration.nature not in WITHOUT_LEAVE:
        erreurs["arret"] = ["Donnez les dates de l’arrêt."]
    if declaration.arret is not None and declaration.nature in WITHOUT_LEAVE:
        erreurs["arret"] = ["Cette nature n’a pas d’arrêt."]
    if declaration.tiers_possible is None and declaration.nature in RECOURS_QUESTION:
        erreurs["tiers_possible"] = ["Dites si un tiers peut être responsable (CGFP L825-1)."]
    if declaration.nature in IMPUTABLES and not declaration.circonstances.strip():
        erreurs["circonstances"] = ["Racontez les circonstances : date, heure, lieu, faits."]
    if declaration.declare_le is not None and declaration.declare_le > timezone.localdate():
        erreurs["declare_le"] = ["La date de déclaration est à venir."]
    if declaration.declare_le is not None and declaration.declare_le < declaration.survenance and declaration.nature not in PLANNED:
        erreurs["declare_le"] = ["La déclaration précède la survenance."]
    if erreurs:
        raise DonneeInvalide(erreurs)
    if declaration.arret is None:
        return
    genre = GenreArret.TPT if declaration.nature == Nature.TPT else GenreArret.INITIAL
    periods.check_arret(declaration.arret, survenance=declaration.survenance, genre=genre)
    if declaration.nature not in IMPUTABLES and declaration.arret.debut != declaration.survenance:
        raise DonneeInvalide.sur("survenance", "Pour cette nature, la survenance est le premier jour de l’arrêt initial.")


def _create(acteur: User, agent: Agent, declaration: Declaration, termes: Termes, origine: Sinistre | None = None) -> Sinistre:
    declare_le = declaration.declare_le or timezone.localdate()
    limite = termes.limite_declaration(declaration.survenance)
    sinistre = Sinistre.objects.create(
        numero=_next_number(declare_le.year),
        collectivite=agent.collectivite,
        agent=agent,
        contrat=termes.contrat,
        termes=termes.annee,
        nature=declaration.nature,
        regime=termes.situation.regime,
        survenance=declaration.survenance,
        declare_le=declare_le,
        limite_declaration=limite,
        jours_de_retard=days_late(declare_le, limite),
        circonstances=declaration.circonstances.strip(),
        tiers_possible=declaration.tiers_possible,
        origine=origine,
    )
    episode = Episode.objects.create(
        sinistre=sinistre, rang=1, genre=GenreEpisode.INITIAL, nature=sinistre.nature, debut=sinistre.survenance
    )
    genre = GenreArret.TPT if sinistre.nature == Nature.TPT else GenreArret.INITIAL
    arret = None
    if declaration.arret is not None:
        arret = periods.add_arret(
            sinistre=sinistre,
            episode=episode,
            genre=genre,
            demande=declaration.arret,
            alertes_assumees=declaration.alertes_assumees,
        )
    _record(acteur, sinistre, declaration)  # before its pièces are asked for: the acknowledgement is their first request
    reevaluer(sinistre)
    taches.ouvrir(genre=GenreTache.INSTRUIRE, sinistre=sinistre, departement=agent.collectivite.departement)
    effects.set_leave_deadlines(sinistre, arret.fin if arret is not None else None)
    if declaration.tiers_possible:
        ouvrir_par_regle(acteur=acteur, sinistre=sinistre)
    return sinistre


def open_linked_death(*, acteur: User, origine: Sinistre) -> Sinistre:
    """The décès sinistre that follows a sinistre closed by the agent's death. Raises NonCouvert. Called under the lock of `origine`."""
    if origine.date_cloture is None:
        raise ValueError("A death has a date.")
    # As for a declaration: two dossiers of one agent, closed by his death at once, open one sinistre.
    agent = Agent.objects.select_for_update(of=("self",)).select_related("collectivite").get(pk=origine.agent_id)
    existing = doubles_probables(agent_id=agent.pk, nature=Nature.DC, survenance=origine.date_cloture).first()
    if existing is not None:
        return existing
    termes = termes_a(agent=agent, nature=Nature.DC, survenance=origine.date_cloture)
    # Nobody declares this one: whether a third party is liable for the death is left to be said in the recours that opens.
    declaration = Declaration(nature=Nature.DC, survenance=origine.date_cloture, tiers_possible=origine.tiers_possible or None)
    sinistre = _create(acteur, agent, declaration, termes, origine=origine)
    if not declaration.tiers_possible:
        ouvrir_par_regle(acteur=acteur, sinistre=sinistre)
    return sinistre


def _next_number(annee: int) -> str:
    """« AAAA-NNNNNN »: year of declaration, one sequence for all years, gaps allowed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('sinistre_numero_seq')")
        (rang,) = cursor.fetchone()
    return f"{annee}-{rang:06d}"


def _record(acteur: User, sinistre: Sinistre, declaration: Declaration) -> None:
    donnees: dict[str, object] = {
        "nature": sinistre.nature,
        "survenance": sinistre.survenance.isoformat(),
        "jours_de_retard": sinistre.jours_de_retard,
    }
    if declaration.alertes_assumees:
        donnees["alertes_assumees"] = declaration.alertes_assumees
    consigner(
        acteur=acteur,
        action="sinistre.declarer",
        objet_type="sinistre",
        objet_id=sinistre.pk,
        sinistre_id=sinistre.pk,
        donnees=donnees,
    )
    annoncer(
        type="sinistre.declare",
        objet_type="sinistre",
        objet_id=sinistre.pk,
        sinistre_id=sinistre.pk,
        donnees={"jours_de_retard": sinistre.jours_de_retard},
    )
