"""What the transitions do beside changing the state: épisodes, arrêts, motives, a linked décès. Called by workflows/lifecycle.py alone,
under the lock of the sinistre and inside its transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial

from django.db.models import F

from accounts.models import User
from cases.enums import GenreArret, GenreEpisode, MotifCloture
from cases.errors import DonneeInvalide
from cases.models import Arret, Sinistre
from cases.selectors import arrets_recouverts
from contracts.enums import Nature
from contracts.selectors import NonCouvert
from documents.services.checklist import follow, reevaluer
from journal.services import consigner
from workflows import ecarts, effects, periods
from workflows.branches.citis import horloge
from workflows.branches.mediation import cycle as mediation
from workflows.declaration import open_linked_death
from workflows.demande import Demande


def prolong(acteur: User, sinistre: Sinistre, demande: Demande, genre: str = GenreArret.PROLONGATION) -> None:
    if demande.arret is None:
        raise DonneeInvalide.sur("arret", "Donnez l’arrêt.")
    periods.check_arret(demande.arret, survenance=sinistre.survenance, genre=genre)
    if genre != GenreArret.TPT:
        periods.confirm(periods.prolongation_alerts(sinistre, demande.arret), demande.alertes_assumees)
    periods.add_arret(
        sinistre=sinistre,
        episode=periods.current_episode(sinistre),
        genre=genre,
        demande=demande.arret,
        alertes_assumees=demande.alertes_assumees,
    )
    reevaluer(sinistre)
    effects.reset_leave_deadlines(sinistre)


def set_motif_cloture(acteur: User, sinistre: Sinistre, demande: Demande) -> None:
    sinistre.motif_cloture, sinistre.date_cloture = demande.motif, demande.date_effet


def set_refusal(acteur: User, sinistre: Sinistre, demande: Demande) -> None:
    sinistre.motif_refus, sinistre.portee_refus = demande.motif, demande.portee


def set_cancellation(acteur: User, sinistre: Sinistre, demande: Demande) -> None:
    sinistre.motif_annulation = demande.motif


def relapse(acteur: User, sinistre: Sinistre, demande: Demande) -> None:
    """A new épisode; any other arrêt of the agent still running is cut the day before."""
    if demande.arret is None:
        raise DonneeInvalide.sur("arret", "Donnez l’arrêt de la rechute.")
    arret = demande.arret
    periods.check_arret(arret, survenance=sinistre.survenance, genre=GenreArret.RECHUTE)
    elsewhere = list(arrets_recouverts(agent_id=sinistre.agent_id, debut=arret.debut, fin=arret.fin, hors=sinistre.pk))
    if elsewhere:
        periods.confirm(periods.overlap_alerts(sinistre.agent_id, arret, hors=sinistre.pk), demande.alertes_assumees)
        # Whoever is looking at one of these dossiers must see that it has changed: their version moves, in id order.
        for pk in sorted({cut.sinistre_id for cut in elsewhere}):
            Sinistre.objects.filter(pk=pk).update(version=F("version") + 1)
        _cut(acteur, elsewhere, arret.debut)
        for autre in Sinistre.objects.filter(pk__in={cut.sinistre_id for cut in elsewhere}).select_related("collectivite").order_by("pk"):
            ecarts.signaler(autre)
    here = list(Arret.objects.filter(sinistre=sinistre, actif=True, fin__gte=arret.debut).order_by("debut"))
    _cut(acteur, here, arret.debut)
    episode = periods.open_episode(
        sinistre=sinistre, genre=GenreEpisode.RECHUTE, nature=sinistre.nature, debut=arret.debut, decision=demande.commentaire
    )
    periods.add_arret(
        sinistre=sinistre, episode=episode, genre=GenreArret.RECHUTE, demande=arret, alertes_assumees=demande.alertes_assumees
    )
    effects.reset_leave_deadlines(sinistre)
    horloge.recommencer(sinistre, episode)


def requalify(acteur: User, sinistre: Sinistre, demande: Demande) -> None:
    if demande.date_effet is None:
        raise DonneeInvalide.sur("date_effet", "Donnez la date d’effet.")
    episode = periods.open_episode(
        sinistre=sinistre,
        genre=GenreEpisode.REQUALIFICATION,
        nature=demande.nature,
        debut=demande.date_effet,
        decision=demande.commentaire,
    )
    periods.split_at(sinistre, demande.date_effet, episode)


ACTS: dict[str, Callable[..., None]] = {
    "prolonger": prolong,
    "clore": set_motif_cloture,
    "proposer_refus": set_refusal,
    "annuler": set_cancellation,
    "rouvrir_rechute": relapse,
    "requalifier": requalify,
}
"""What a transition writes beside the state, before it."""


def ask_pieces_of_new_nature(acteur: User, sinistre: Sinistre, demande: Demande) -> None:
    reevaluer(sinistre)
    follow(sinistre)
    effects.reset_leave_deadlines(sinistre)
    horloge.suivre_requalification(sinistre, periods.current_episode(sinistre))


def ask_pieces_again(acteur: User, sinistre: Sinistre, demande: Demande) -> None:
    """Reopened: what the closing asked for has no object any more, what a rechute needs is asked for."""
    reevaluer(sinistre)


def resume(acteur: User, sinistre: Sinistre, demande: Demande) -> None:
    """The same, and the clocks that its closing or its refusal had dropped."""
    ask_pieces_again(acteur, sinistre, demande)
    effects.resume_leave_deadlines(sinistre)
    horloge.reprendre(sinistre)


def follow_closing(acteur: User, sinistre: Sinistre, demande: Demande) -> None:
    """An effective return cuts the arrêts that would run past it; a death opens its own sinistre."""
    if sinistre.date_cloture is None:
        return
    if sinistre.motif_cloture in (MotifCloture.REPRISE, MotifCloture.DECES):
        jour = sinistre.date_cloture + (dt.timedelta(days=1) if sinistre.motif_cloture == MotifCloture.DECES else dt.timedelta(0))
        _cut(acteur, list(sinistre.arrets.filter(actif=True, fin__gte=jour).exclude(genre=GenreArret.TPT)), jour)
    if sinistre.motif_cloture == MotifCloture.DECES and sinistre.nature != Nature.DC:
        _open_death(acteur, sinistre)


def _cut(acteur: User, arrets: list[Arret], jour: dt.date) -> None:
    """Cut these arrêts the day before `jour`, and say so in the journal of each one's own sinistre."""
    for arret in periods.cut_before(arrets, jour):
        consigner(
            acteur=acteur,
            action="sinistre.arret_ecourte",
            objet_type="arret",
            objet_id=arret.pk,
            sinistre_id=arret.sinistre_id,
            donnees={"debut": arret.debut.isoformat(), "fin": arret.fin.isoformat(), "actif": arret.actif},
        )


def _open_death(acteur: User, sinistre: Sinistre) -> None:
    """The linked décès sinistre, where the contract covers it on that day; where it does not, the journal says so."""
    try:
        open_linked_death(acteur=acteur, origine=sinistre)
    except NonCouvert as error:
        consigner(
            acteur=acteur,
            action="sinistre.deces_non_couvert",
            objet_type="sinistre",
            objet_id=sinistre.pk,
            sinistre_id=sinistre.pk,
            motif=error.message,
        )


def open_mediation(acteur: User, sinistre: Sinistre, demande: Demande) -> None:
    mediation.ouvrir(acteur=acteur, sinistre=sinistre, motif=demande.motif, portee=demande.portee, proposition=demande.commentaire)


def end_mediation(acteur: User, sinistre: Sinistre, demande: Demande, *, transition: str) -> None:
    mediation.conclure(acteur=acteur, sinistre=sinistre, transition=transition, conclusion=demande.commentaire)


FOLLOW_UPS: dict[str, Callable[[User, Sinistre, Demande], None]] = {
    "requalifier": ask_pieces_of_new_nature,
    "clore": follow_closing,
    "rouvrir_rechute": ask_pieces_again,
    "rouvrir": resume,
    "proposer_refus": open_mediation,
    **{nom: partial(end_mediation, transition=nom) for nom in mediation.ISSUE_DE},
}
"""What needs the new state first."""
