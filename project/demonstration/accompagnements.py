"""Accompagnements at six moments of their life, asked for on long leaves by the collectivité or by the CDG."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from accounts.models import User
from cases.enums import Etat, GenreTache
from cases.enums_accompagnement import FormeAccompagnement, IssueAccompagnement, ObjectifAccompagnement, RecueilAccord
from cases.models import Branche, Sinistre
from contracts.enums import Nature
from project.demonstration.etapes import acteur_de
from project.demonstration.temps import Vie
from project.demonstration.vies import Monde
from workflows.branches.accompagnement import actes, ouverture

LONGS = (Nature.CMO, Nature.CLM, Nature.CLD, Nature.CGM, Nature.AS, Nature.MP)
RETOUR, COMPLEXE = FormeAccompagnement.RETOUR_EMPLOI, FormeAccompagnement.SITUATION_COMPLEXE
O = ObjectifAccompagnement  # noqa: E741 the table below reads better so

ACCORD, REFUS, DESIGNE, AGIT, BILAN, FINI = range(6)
"""How far each goes: the agent's answer awaited, refused, hands named, at work, bilan to do, over."""

MOMENTS = (
    (COMPLEXE, AGIT, (O.AMENAGEMENT, O.RELATIONS)),
    (RETOUR, AGIT, (O.REPRISE,)),
    (COMPLEXE, FINI, (O.RECLASSEMENT,)),
    (RETOUR, REFUS, (O.MAINTIEN,)),
    (RETOUR, BILAN, (O.REPRISE, O.AMENAGEMENT)),
    (COMPLEXE, DESIGNE, (O.AMENAGEMENT,)),
    (RETOUR, ACCORD, (O.REPRISE,)),
)
REFERENTE, DU_TRAVAIL, CLINICIENNE = "Sylvie Arnal", "Thomas Bessède", "Chantal Roumégas"


def vivre(monde: Monde) -> Vie:
    """Ask on long leaves that are open, then let each go its way. A small portfolio may have fewer."""
    ouverts = Sinistre.objects.filter(etat__in=[Etat.PIECES_EN_ATTENTE, Etat.VALIDE, Etat.REMBOURSE], nature__in=LONGS)
    longs = ouverts.filter(survenance__lte=timezone.localdate() - dt.timedelta(days=20))
    choisis = list(longs.select_related("collectivite", "agent", "contrat").order_by("-nature", "pk")[: len(MOMENTS)])
    branches = []
    for rang, sinistre in enumerate(choisis):
        forme, _, objectifs = MOMENTS[rang]
        acteur = monde.socle.declarants[sinistre.collectivite_id] if rang % 2 else monde.socle.comptes["gestionnaire"]
        branches.append(ouverture.demander(acteur=acteur, sinistre=sinistre, forme=forme, objectifs=objectifs))
    for acte in (_repondre, _designer, _planifier, _intervenir, _conclure):
        yield 6
        for branche, (forme, fin, _) in zip(branches, MOMENTS, strict=False):
            lue = Branche.objects.select_related("processus", "accompagnement").get(pk=branche.pk)
            if lue.est_en_cours:
                acte(monde, lue, forme, fin)


def _step(monde: Monde, branche: Branche, genre: GenreTache) -> User | None:
    return acteur_de(branche, genre, monde.socle.comptes["gestionnaire"])


def _repondre(monde: Monde, branche: Branche, forme: str, fin: int) -> None:
    qui = _step(monde, branche, GenreTache.AC_ACCORD)
    if fin > ACCORD and qui is not None:
        le = timezone.localdate()
        actes.recueillir_accord(acteur=qui, branche=branche, accord=fin != REFUS, le=le, recueil=RecueilAccord.ENTRETIEN)


def _designer(monde: Monde, branche: Branche, forme: str, fin: int) -> None:
    qui = _step(monde, branche, GenreTache.AC_DESIGNER)
    if fin <= DESIGNE or qui is None:
        return
    if forme == COMPLEXE:
        actes.designer(acteur=qui, branche=branche, referent_nom=REFERENTE, psychologue_travail_nom=DU_TRAVAIL)
    elif fin == AGIT:
        actes.designer(acteur=qui, branche=branche, psychologue=monde.socle.comptes["psychologue"])
    else:
        actes.designer(acteur=qui, branche=branche, psychologue_nom=CLINICIENNE)


def _planifier(monde: Monde, branche: Branche, forme: str, fin: int) -> None:
    """The plan of a complex situation: two lines, the first one done."""
    if forme != COMPLEXE or branche.accompagnement.designes_le is None:
        return
    gestionnaire, today = monde.socle.comptes["gestionnaire"], timezone.localdate()
    plan = (("Étude du poste avec le service de prévention", 15), ("Entretien à trois avec le chef de service", 30))
    lignes = [
        actes.inscrire_action(
            acteur=gestionnaire, branche=branche, action=action, responsable=REFERENTE, prevue_le=today + dt.timedelta(days=jours)
        )
        for action, jours in plan
    ]
    actes.faire_action(acteur=gestionnaire, branche=branche, action_id=lignes[0].pk, le=today)


def _intervenir(monde: Monde, branche: Branche, forme: str, fin: int) -> None:
    """Whoever has done his part says so: one hand of the complex situation that runs, all of those that are over."""
    noms = [("psychologue", GenreTache.AC_PSYCHOLOGUE), ("psy_travail", GenreTache.AC_PSY_TRAVAIL), ("referent", GenreTache.AC_REFERENT)]
    if fin == AGIT:
        noms = noms[1:2]
    for nom, genre in noms:
        qui = _step(monde, branche, genre) if fin >= AGIT else None
        if qui is not None:
            actes.terminer_intervention(acteur=qui, branche=branche, nom=nom)


def _conclure(monde: Monde, branche: Branche, forme: str, fin: int) -> None:
    qui = _step(monde, branche, GenreTache.AC_BILAN) if fin == FINI else None
    if qui is not None:
        issue = IssueAccompagnement.REPRISE_AMENAGEE
        texte = "Reprise sur un poste aménagé, horaires revus avec le chef de service."
        actes.faire_bilan(acteur=qui, branche=branche, issue=issue, le=timezone.localdate(), texte=texte)
