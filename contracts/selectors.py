"""Reads of contracts and staff."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from accounts.enums import Relation
from accounts.gate import peut, relations_of
from accounts.models import Collectivite, User
from contracts.models import Adhesion, Agent, CalendrierRelances, ContratGroupe, Formule, FormuleAnnee, SituationAgent
from contracts.relances import Calendriers, Rythme
from contracts.text import search_key


class NonCouvert(Exception):
    """No adhésion covers this nature on this date. `champ` names the field a form should blame."""

    def __init__(self, message: str, champ: str) -> None:
        super().__init__(message)
        self.message = message
        self.champ = champ


@dataclass(frozen=True)
class Termes:
    """What the contract says of a sinistre, pinned by its date of survenance."""

    adhesion: Adhesion
    formule: Formule
    annee: FormuleAnnee
    contrat: ContratGroupe
    situation: SituationAgent

    def limite_declaration(self, survenance: dt.date) -> dt.date:
        """The last day on which a declaration is in time (calendar days, contract term)."""
        limite = survenance + dt.timedelta(days=self.contrat.delai_declaration_jours)
        return limite if self.contrat.dernier_jour_compris else limite - dt.timedelta(days=1)


def termes_a(*, agent: Agent, nature: str, survenance: dt.date) -> Termes:
    """The terms that cover `agent` for `nature` on `survenance`. Raises NonCouvert with a French sentence."""
    situation = SituationAgent.objects.en_vigueur(survenance).filter(agent=agent).first()
    if situation is None:
        raise NonCouvert(f"Cet agent n’a pas de situation connue au {survenance:%d/%m/%Y}.", "agent")
    adhesion = (
        Adhesion.objects.en_vigueur(survenance)
        .filter(collectivite_id=agent.collectivite_id, regime=situation.regime)
        .filter(formule__contrat__debut__lte=survenance, formule__contrat__fin__gte=survenance)
        .select_related("formule__contrat")
        .first()
    )
    if adhesion is None:
        raise NonCouvert(
            f"Aucune adhésion {situation.get_regime_display()} de cette collectivité ne couvre le {survenance:%d/%m/%Y}.",
            "survenance",
        )
    annee = FormuleAnnee.objects.filter(formule=adhesion.formule, annee=survenance.year).first()
    if annee is None or nature not in annee.natures:
        raise NonCouvert(f"La formule « {adhesion.formule.libelle} » ne couvre pas cette nature au {survenance:%d/%m/%Y}.", "nature")
    return Termes(adhesion, adhesion.formule, annee, adhesion.formule.contrat, situation)


def collectivites_visibles(user: User, action: str = "agent_lire") -> QuerySet[Collectivite]:
    """The collectivités for which `user` holds `action`."""
    relations = relations_of(user, action)
    if Relation.PORTEFEUILLE in relations:
        return Collectivite.objects.all()
    visible = Q(pk__in=[])
    if Relation.SA_COLLECTIVITE in relations:
        visible |= Q(pk__in=user.collectivite_ids)
    if Relation.TRANSMIS in relations:
        visible |= Q(adhesions__formule__contrat__assureur__in=user.organisme_ids)
    return Collectivite.objects.filter(visible).distinct()


def agents_visibles(user: User) -> QuerySet[Agent]:
    """The agents `user` may search and declare for."""
    relations = relations_of(user, "agent_lire")
    if Relation.PORTEFEUILLE in relations:
        return Agent.objects.all()
    if Relation.SA_COLLECTIVITE in relations:
        return Agent.objects.filter(collectivite_id__in=user.collectivite_ids)
    return Agent.objects.none()


def search_agents(user: User, texte: str) -> QuerySet[Agent]:
    """Agents whose name or matricule contains every word of `texte`, whatever the accents and case (trigram index)."""
    agents = agents_visibles(user)
    for mot in search_key(texte).split():
        agents = agents.filter(recherche__contains=mot)
    return agents.select_related("collectivite").order_by("nom", "prenom", "pk")


def calendriers_relances(jour: dt.date) -> Calendriers:
    """The calendars of reminders in force on `jour`, in one query."""
    lignes = CalendrierRelances.objects.en_vigueur(jour).values_list("contrat_id", "stade", "jours", "appel")
    return Calendriers({(contrat, stade): Rythme(tuple(jours), appel) for contrat, stade, jours, appel in lignes})


def calendriers_visibles(user: User) -> QuerySet[CalendrierRelances]:
    """Every calendar, past, present and to come, for who may read contracts; the CDG's first, the latest first of each."""
    if not peut(user, "contrat_lire"):
        return CalendrierRelances.objects.none()
    return CalendrierRelances.objects.select_related("contrat").order_by(F("contrat__numero").asc(nulls_first=True), "stade", "-debut")
