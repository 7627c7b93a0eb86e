"""The automatic steps of a contre-visite. Each is safe to run again."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from cases.enums import GenreEcheance, GenreTache
from cases.enums_contre_visite import SuiteContreVisite
from cases.models import Branche, Sinistre, Tache
from cases.services import echeances, interruptions, taches
from journal.services import annoncer
from workflows import ecarts
from workflows.effects import REPRISE_DELAY
from workflows.noeuds import ETAPE, tell
from workflows.registre import flow_of

SUIVIES = (GenreTache.CV_DESIGNER, GenreTache.CV_CONVOQUER, GenreTache.CV_AVIS)
"""The steps that the 48 hours run over."""


def _sinistre(sinistre: Sinistre | None) -> Sinistre:
    if sinistre is None:
        raise ValueError("A contre-visite belongs to a sinistre.")
    return sinistre


def diffuser_convocation(branche: Branche, sinistre: Sinistre | None) -> None:
    """The collectivité is told that an appointment is fixed. The agent is summoned by the médecin's own letter, or visited at home."""
    tell(branche, "contre_visite.convocation")


def escalader(branche: Branche, sinistre: Sinistre | None) -> None:
    """48 hours have gone without an opinion: the responsable is asked to see to it, and what is late comes first in its queue."""
    contre_visite = branche.contre_visite
    if contre_visite.avis_oral_le is not None and contre_visite.rendez_vous_le is not None:
        return  # it came while this step waited for its worker
    contre_visite.escalade_le = timezone.now()
    contre_visite.save(update_fields=["escalade_le"])
    taches.ouvrir(genre=GenreTache.ESCALADE, sinistre=sinistre, objet_type="branche", objet_id=branche.pk, priorite=1)
    etapes = flow_of(branche.genre).task_class.objects.filter(process=branche.processus_id).values("pk")
    Tache.objects.filter(objet_type=ETAPE, objet_id__in=etapes, genre__in=SUIVIES, fermee_le__isnull=True).update(priorite=1)
    annoncer(type="contre_visite.en_retard", objet_type="branche", objet_id=branche.pk, sinistre_id=branche.sinistre_id)


def prendre_acte(branche: Branche, sinistre: Sinistre | None) -> None:
    """An opinion, a postponement or a médecin who stands down: nothing is late any more. What follows is a step of its own."""
    taches.fermer_objet(genre=GenreTache.ESCALADE, objet_type="branche", objet_id=branche.pk, issue="avis_recu")


def signaler_reprise(branche: Branche, sinistre: Sinistre | None) -> None:
    """The agent was found back at work: the gestionnaire asks the employer for the effective return, which nobody else can tell."""
    dossier = _sinistre(sinistre)
    if dossier.reprise_effective is None:
        taches.ouvrir(genre=GenreTache.DEMANDER_REPRISE, sinistre=dossier)


def appliquer(branche: Branche, sinistre: Sinistre | None) -> None:
    """What the employer decided takes effect: days no longer paid, or a return whose date will be asked for."""
    dossier, contre_visite = _sinistre(sinistre), branche.contre_visite
    if contre_visite.suite == SuiteContreVisite.INTERRUPTION_VERSEMENT and contre_visite.a_compter_du is not None:
        interruptions.poser(sinistre=dossier, branche=branche, a_compter_du=contre_visite.a_compter_du)
        ecarts.signaler(dossier)
    if contre_visite.suite == SuiteContreVisite.REPRISE and contre_visite.a_compter_du is not None and dossier.reprise_effective is None:
        attendue = contre_visite.a_compter_du + dt.timedelta(days=REPRISE_DELAY)
        echeances.poser_jours(sinistre=dossier, jours={GenreEcheance.REPRISE_ATTENDUE: attendue})
    tell(branche, "contre_visite.appliquee", suite=contre_visite.suite)


def redemander(branche: Branche, sinistre: Sinistre | None) -> None:
    """Given up by a person: a control that the texts impose is still to be arranged, as long as the agent is not back."""
    dossier = _sinistre(sinistre)
    if branche.contre_visite.obligatoire and dossier.reprise_effective is None:
        taches.ouvrir(genre=GenreTache.CONTROLE_6_MOIS, sinistre=dossier)
