"""Échéances: set, met, paused, resumed, swept. The row is the truth; the broker only wakes the sweeper."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from cases.enums import GenreEcheance, GenreTache
from cases.models import Echeance, Pause, Sinistre
from cases.rules import (
    add_working_days,
    deadline,
    end_of_business,
    remove_working_days,
    start_of_business,
    working_days_between,
)
from cases.services import taches
from contracts.selectors import calendriers_relances
from journal.services import annoncer, consigner

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 10

TASK_OF: dict[str, GenreTache] = {
    GenreEcheance.REPRISE_ATTENDUE: GenreTache.DEMANDER_REPRISE,
    GenreEcheance.CONTROLE_6_MOIS: GenreTache.CONTROLE_6_MOIS,
    GenreEcheance.SAISINE: GenreTache.SAISINE,
    GenreEcheance.CITIS_INSTRUCTION: GenreTache.CITIS_INSTRUCTION,
    GenreEcheance.REMBOURSEMENT: GenreTache.REMBOURSEMENT,
    GenreEcheance.DECOMPTE: GenreTache.SAISIR_DECOMPTE,
}
"""The work item that a deadline which has come opens. Pièces awaited are asked for again instead: notifications/relances.py."""


def poser(*, sinistre: Sinistre, genre: GenreEcheance, depart: dt.datetime, jours: int, departement: str, ouvres: bool = True) -> None:
    """Set a deadline; the open one of the same kind, if any, gives way to it. The caller holds the lock of the sinistre."""
    lever(sinistre=sinistre, genres=[genre])
    Echeance.objects.create(
        sinistre=sinistre,
        genre=genre,
        depart=depart,
        jours=jours,
        jours_ouvres=ouvres,
        due_at=deadline(depart, jours, departement, ouvres=ouvres),
    )


def poser_jours(
    *, sinistre: Sinistre, jours: dict[GenreEcheance, dt.date], nouveau: bool = False, lever_aussi: Sequence[GenreEcheance] = ()
) -> None:  # fmt: skip
    """Set clocks that end on known days, at the end of business; open ones of the same kinds give way, those of `lever_aussi` too, unless
    the sinistre is `nouveau` and can have none. The caller holds the lock of the sinistre."""
    if not nouveau:
        lever(sinistre=sinistre, genres=[*jours, *lever_aussi])
    Echeance.objects.bulk_create(
        Echeance(
            sinistre=sinistre,
            genre=genre,
            depart=end_of_business(jour),
            jours=0,
            jours_ouvres=False,
            due_at=end_of_business(jour),
        )
        for genre, jour in jours.items()
    )


def is_done(*, sinistre: Sinistre, genre: GenreEcheance) -> bool:
    """Whether a clock of this kind has run out for this sinistre, and was acted upon."""
    return Echeance.objects.filter(sinistre=sinistre, genre=genre, traitee_le__isnull=False).exists()


def abandoned() -> int:
    """How many open deadlines have failed so often that the sweeper leaves them: work that waits for a person."""
    return Echeance.objects.filter(traitee_le__isnull=True, levee_le__isnull=True, tentatives__gte=MAX_ATTEMPTS).count()


def attendre_pieces(*, sinistre: Sinistre) -> None:
    """Have what the collectivité owes asked for again in due time: one clock a dossier, at the start of business of a working day.

    An open clock stays, whoever asks anew: restarting it at each request is how a missing pièce gets forgotten. It may only come sooner,
    when what is asked now would be due before. The caller holds the lock of the sinistre.
    """
    now = timezone.now()
    jours = calendriers_relances(timezone.localdate(now)).premier_jour(sinistre.contrat_id)
    due = start_of_business(add_working_days(timezone.localdate(now), jours, sinistre.collectivite.departement))
    horloge = horloge_des_pieces(sinistre)
    if horloge is not None:
        _bring_forward(horloge, due, sinistre.collectivite.departement)
    else:
        Echeance.objects.create(sinistre=sinistre, genre=GenreEcheance.PIECES_ATTENDUES, depart=now, jours=jours, due_at=due)


def avancer_pieces(*, sinistre: Sinistre, due_at: dt.datetime) -> None:
    """Have the open clock of the pièces look at what is missing by that instant. The caller holds the lock of the sinistre."""
    horloge = horloge_des_pieces(sinistre)
    if horloge is not None:
        _bring_forward(horloge, due_at, sinistre.collectivite.departement)


def _bring_forward(horloge: Echeance, due_at: dt.datetime, departement: str) -> None:
    """A clock that stands still goes on later by its whole pause: the days of it that are over are taken off what is asked only now."""
    pause = horloge.pauses.filter(fin__isnull=True).first() if horloge.en_pause else None
    if pause is not None:
        passes = working_days_between(timezone.localdate(pause.debut), timezone.localdate(), departement)
        due_at = start_of_business(remove_working_days(timezone.localdate(due_at), passes, departement))
    if due_at < horloge.due_at:
        horloge.due_at = due_at
        horloge.save(update_fields=["due_at"])


def horloge_des_pieces(sinistre: Sinistre) -> Echeance | None:
    """The open clock of the pièces that a dossier awaits: paused or not."""
    ouvertes = Echeance.objects.filter(sinistre=sinistre, genre=GenreEcheance.PIECES_ATTENDUES, etape__isnull=True)
    return ouvertes.filter(traitee_le__isnull=True, levee_le__isnull=True).first()


def lever(*, sinistre: Sinistre, genres: list[GenreEcheance] | None = None) -> None:
    """Drop the open deadlines of these kinds (all of them without `genres`): what they waited for has come, or no longer matters.

    The timers of its procedures are their own affair.
    """
    ouvertes = Echeance.objects.filter(sinistre=sinistre, etape__isnull=True, traitee_le__isnull=True, levee_le__isnull=True)
    if genres is not None:
        ouvertes = ouvertes.filter(genre__in=genres)
    ouvertes.update(levee_le=timezone.now(), en_pause=False)


def suspendre(*, acteur: User | None, echeance: Echeance, motif: str, jusqu_au: dt.date | None = None) -> None:
    """Stop the clock, with its reason; with `jusqu_au`, for reminders, until that day is over. Nothing happens when it stands still."""
    with transaction.atomic():
        fresh = Echeance.objects.select_for_update(of=("self",)).get(pk=echeance.pk)
        if fresh.en_pause or fresh.traitee_le or fresh.levee_le:
            return
        Pause.objects.create(echeance=fresh, debut=timezone.now(), motif=motif, jusqu_au=jusqu_au)
        fresh.en_pause = True
        fresh.save(update_fields=["en_pause"])
        _consigner(acteur, "echeance.suspendue", fresh, motif, **_told(jusqu_au))


def changer_pause(*, acteur: User, echeance: Echeance, motif: str, jusqu_au: dt.date | None) -> None:
    """Say anew why a clock stands still, and until when. Saying the same again changes nothing."""
    with transaction.atomic():
        fresh = Echeance.objects.select_for_update(of=("self",)).get(pk=echeance.pk)
        pause = fresh.pauses.filter(fin__isnull=True).first()
        if pause is None or (pause.motif, pause.jusqu_au) == (motif, jusqu_au):
            return
        pause.motif, pause.jusqu_au = motif, jusqu_au
        pause.save(update_fields=["motif", "jusqu_au"])
        _consigner(acteur, "echeance.suspension_changee", fresh, motif, **_told(jusqu_au))


def _told(jusqu_au: dt.date | None) -> dict[str, str]:
    return {"jusqu_au": jusqu_au.isoformat()} if jusqu_au is not None else {}


def reprendre(*, acteur: User | None, echeance: Echeance, le: dt.datetime | None = None) -> None:
    """Start the clock again, at this instant or as of `le`: the time it stood still is added to `due_at`; for pièces awaited, its working
    days, since their reminders leave at the start of business of one."""
    with transaction.atomic():
        fresh = Echeance.objects.select_for_update(of=("self",)).get(pk=echeance.pk)
        pause = fresh.pauses.filter(fin__isnull=True).first()
        if pause is None:
            return
        pause.fin = le or timezone.now()
        pause.save(update_fields=["fin"])
        fresh.en_pause = False
        fresh.due_at = _after_pause(fresh, pause.debut, pause.fin)
        fresh.save(update_fields=["en_pause", "due_at"])
        _consigner(acteur, "echeance.reprise", fresh, "")


def _after_pause(echeance: Echeance, debut: dt.datetime, fin: dt.datetime) -> dt.datetime:
    if echeance.genre != GenreEcheance.PIECES_ATTENDUES or echeance.sinistre is None:
        return echeance.due_at + (fin - debut)
    departement = echeance.sinistre.collectivite.departement
    pause = working_days_between(timezone.localdate(debut), timezone.localdate(fin), departement)
    return start_of_business(add_working_days(timezone.localdate(echeance.due_at), pause, departement))


def balayer(*, limite: int = 500, traiter: Callable[[Echeance], None] | None = None) -> int:
    """Claim what is due with SKIP LOCKED and open its work item, one transaction each. Returns how many were handled. Pièces awaited are
    not its affair: notifications/relances.py sweeps them.

    Two sweepers share the work; a row that fails is tried again later, at most MAX_ATTEMPTS times, with its error kept. The sinistre
    is locked with its échéance (lock order of the house), and one that is being worked on is simply left for the next round.
    """
    agir = traiter or _open_task
    handled = 0
    for _ in range(limite):
        with transaction.atomic():
            echeance = (
                Echeance.objects.select_for_update(of=("self", "sinistre"), skip_locked=True)
                .filter(traitee_le__isnull=True, levee_le__isnull=True, en_pause=False, due_at__lte=timezone.now())
                .filter(tentatives__lt=MAX_ATTEMPTS, etape__isnull=True)
                .exclude(genre=GenreEcheance.PIECES_ATTENDUES)
                .filter(sinistre__version__gte=0)  # an inner join: rows on the nullable side of an outer one can't be locked
                .select_related("sinistre__collectivite")
                .order_by("due_at", "pk")
                .first()
            )
            if echeance is None:
                break
            try:
                with transaction.atomic():
                    agir(echeance)
            except Exception as error:  # whatever is wrong with this row, the ones behind it do not wait for it
                logger.exception("echeance.echec", extra={"echeance": echeance.pk})
                echeance.tentatives += 1
                echeance.erreur = type(error).__name__
                echeance.due_at = timezone.now() + dt.timedelta(minutes=2**echeance.tentatives)
                echeance.save(update_fields=["tentatives", "erreur", "due_at"])
                continue
            echeance.traitee_le = timezone.now()
            echeance.save(update_fields=["traitee_le"])
            handled += 1
    return handled


def _open_task(echeance: Echeance) -> None:
    if echeance.sinistre is None:
        raise ValueError("The timer of a step has a sweeper of its own.")
    genre = TASK_OF[echeance.genre]
    taches.ouvrir(genre=genre, sinistre=echeance.sinistre, departement=echeance.sinistre.collectivite.departement)
    _consigner(None, "echeance.echue", echeance, "")
    annoncer(
        type="echeance.echue",
        objet_type="echeance",
        objet_id=echeance.pk,
        sinistre_id=echeance.sinistre_id,
        donnees={"genre": echeance.genre, "le": timezone.localdate(echeance.due_at).isoformat()},
    )


def _consigner(acteur: User | None, action: str, echeance: Echeance, motif: str, **donnees: str) -> None:
    consigner(
        acteur=acteur,
        action=action,
        objet_type="echeance",
        objet_id=echeance.pk,
        sinistre_id=echeance.sinistre_id,
        motif=motif,
        donnees={"genre": echeance.genre, "due_at": echeance.due_at.isoformat(), **donnees},
    )
