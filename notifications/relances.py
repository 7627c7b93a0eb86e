"""The sweep of the one clock by which a dossier's missing pièces are asked for again (ADR 26).

Each batch is one transaction: due clocks are claimed with their sinistres, what is missing is read again under these locks, and what
follows (an event, the next clock, the item « appeler la collectivité ») commits with it. The e-mails are derived from the events.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError, transaction
from django.db.models import Exists, F, Max, OuterRef, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from cases.enums import A_RELANCER, GenreEcheance, GenreTache
from cases.models import Echeance, Pause, Sinistre, Tache
from cases.overtime import is_overtime
from cases.rules import add_working_days, start_of_business
from cases.services import taches
from cases.services.echeances import MAX_ATTEMPTS, attendre_pieces
from cases.services.relances import finir_suspensions
from contracts.relances import Calendriers
from contracts.selectors import calendriers_relances
from documents.attentes import DEPUIS, DUES, EN_VIGUEUR, fin_du_silence
from documents.enums import EtatPiece
from documents.models import Piece
from documents.services.checklist import owes
from journal import liaison
from journal.services import Objet, annoncer_tous, consigner_tous
from notifications.manquantes import Manquante, pieces_manquantes
from notifications.rythme import Attente, Horloge, Suite, decider

logger = logging.getLogger(__name__)

BATCH = 500
PIECES = GenreEcheance.PIECES_ATTENDUES


@dataclass
class EnSuspens:
    """Required pièces of a dossier that are neither conformes nor to be asked for now: under check, or said to be on their way."""

    a_controler: bool = False
    silences: list[dt.datetime] = field(default_factory=list)


@dataclass(frozen=True)
class Faits:
    """All that is known of a batch of dossiers, by the id of their sinistre."""

    manquantes: dict[int, list[Manquante]]
    en_suspens: dict[int, EnSuspens]
    pauses: dict[int, list[tuple[dt.datetime, dt.datetime]]]
    dernieres: dict[int, dt.datetime]


def relancer(limite: int = 10_000) -> int:
    """Do what is due of the clocks of pièces awaited, `limite` dossiers at most, once suspensions that are over have been ended. Returns
    how many were handled. Safe to run twice and at once: two sweepers share the work, and a dossier that somebody works on is left for
    the next round.
    """
    finir_suspensions()
    handled = 0
    while handled < limite:
        seen, done = _batch(min(BATCH, limite - handled))
        handled += done
        if not seen:
            break
    return handled


def rattraper(*, limite: int = 500) -> int:
    """Set the clock of open dossiers that owe a pièce and have none, nor anybody told to call: whatever let go of it, no pièce is
    forgotten. `limite` dossiers at most, each under its own lock; one that somebody works on is left for the next time.
    """
    ouvertes = Echeance.objects.filter(sinistre=OuterRef("sinistre"), genre=PIECES, traitee_le__isnull=True, levee_le__isnull=True)
    appels = Tache.objects.filter(sinistre=OuterRef("sinistre"), genre=GenreTache.RELANCER, fermee_le__isnull=True)
    oubliees = Piece.objects.filter(DUES, ~Exists(ouvertes), ~Exists(appels), sinistre__etat__in=A_RELANCER)
    ids = oubliees.order_by("sinistre").values_list("sinistre", flat=True).distinct()[:limite]
    return sum(_set_forgotten_clock(pk) for pk in list(ids))


def _set_forgotten_clock(sinistre_id: int) -> bool:
    with transaction.atomic():
        libre = Sinistre.objects.select_for_update(of=("self",), skip_locked=True).select_related("collectivite")
        sinistre = libre.filter(pk=sinistre_id, etat__in=A_RELANCER).first()
        if sinistre is None or not owes(sinistre):
            return False
        attendre_pieces(sinistre=sinistre)
    logger.warning("relance.horloge_retablie", extra={"sinistre": sinistre_id})
    return True


def _batch(taille: int) -> tuple[int, int]:
    """One transaction: how many clocks it claimed, and how many it handled."""
    with transaction.atomic():
        echeances = _claim(taille)
        if not echeances:
            return 0, 0
        calendriers = calendriers_relances(timezone.localdate())
        if _try(echeances, calendriers) is None:
            return len(echeances), len(echeances)
        failures = 0
        for une in echeances:  # one of them is wrong: the others do not wait for it
            erreur = _try([une], calendriers)
            if erreur is not None:
                failures += 1
                _postpone(une, erreur)
        return len(echeances), len(echeances) - failures


def _claim(taille: int) -> list[Echeance]:
    return list(
        Echeance.objects.select_for_update(of=("self", "sinistre"), skip_locked=True)
        .filter(genre=PIECES, traitee_le__isnull=True, levee_le__isnull=True, en_pause=False, due_at__lte=timezone.now())
        .filter(tentatives__lt=MAX_ATTEMPTS)
        .filter(sinistre__version__gte=0)  # an inner join: rows on the nullable side of an outer one can't be locked
        .select_related("sinistre__collectivite")
        .order_by("due_at", "pk")[:taille]
    )


def _try(echeances: Sequence[Echeance], calendriers: Calendriers) -> str | None:
    """Handle these in a savepoint. The kind of what failed, or None."""
    try:
        with transaction.atomic():
            _handle(echeances, calendriers)
    except Exception as error:
        if is_overtime(error):  # no fault of these dossiers
            raise SoftTimeLimitExceeded from error
        if isinstance(error, OperationalError) and liaison.is_lost():
            raise
        return type(error).__name__
    return None


def _postpone(echeance: Echeance, erreur: str) -> None:
    logger.error("relance.echec", extra={"echeance": echeance.pk, "erreur": erreur})
    echeance.tentatives += 1
    echeance.erreur = erreur
    echeance.due_at = timezone.now() + dt.timedelta(minutes=2**echeance.tentatives)
    echeance.save(update_fields=["tentatives", "erreur", "due_at"])


def _handle(echeances: Sequence[Echeance], calendriers: Calendriers) -> None:
    maintenant = timezone.now()
    ids = [e.sinistre_id for e in echeances if e.sinistre_id is not None]
    faits = _read(ids)
    levees: list[int] = []
    closes: list[Echeance] = []
    suites: list[tuple[Echeance, Suite]] = []
    revues: list[Echeance] = []
    for echeance in echeances:
        pk = echeance.sinistre_id or 0
        manquantes, suspens = faits.manquantes.get(pk), faits.en_suspens.get(pk)
        if manquantes:
            suite = decider(_attentes(echeance, manquantes, calendriers), _horloge(echeance, faits), maintenant)
            if suite.relance is None and not suite.appeler:
                echeance.due_at, echeance.jours = _next(suite), suite.jours
                revues.append(echeance)
            else:
                closes.append(echeance)
                suites.append((echeance, suite))
        elif suspens is not None:
            echeance.due_at = _look_again(echeance, suspens, maintenant)
            revues.append(echeance)
        else:
            levees.append(echeance.pk)
    Echeance.objects.filter(pk__in=levees).update(levee_le=maintenant)
    Echeance.objects.filter(pk__in=[e.pk for e in closes]).update(traitee_le=maintenant)
    Echeance.objects.bulk_update(revues, ["due_at", "jours"])
    _remind([(e, s) for e, s in suites if s.relance is not None], faits)
    _have_called([e for e, s in suites if s.appeler])


def _remind(suites: list[tuple[Echeance, Suite]], faits: Faits) -> None:
    Echeance.objects.bulk_create(
        Echeance(sinistre_id=e.sinistre_id, genre=PIECES, depart=s.depart, jours=s.jours, due_at=_next(s), rang=s.rang) for e, s in suites
    )
    objets = [
        Objet("sinistre", pk, pk, {"rang": s.relance, "pieces": len(faits.manquantes[pk])})
        for e, s in suites
        if (pk := e.sinistre_id) is not None
    ]
    if objets:
        consigner_tous(acteur=None, action="relance.faite", objets=objets)
        annoncer_tous(type="pieces.relance", objets=objets, dits=[{"rang": s.relance} for _, s in suites])


def _have_called(echeances: list[Echeance]) -> None:
    """Reminders have had no effect: a person calls the collectivité, and a new series begins once he says that he has."""
    for echeance in echeances:
        taches.ouvrir(genre=GenreTache.RELANCER, sinistre=echeance.sinistre)
    objets = [Objet("sinistre", pk, pk, {"rang": e.rang}) for e in echeances if (pk := e.sinistre_id) is not None]
    if objets:
        consigner_tous(acteur=None, action="relance.sans_effet", objets=objets)


def _next(suite: Suite) -> dt.datetime:
    if suite.prochaine is None:
        raise ValueError("A clock that goes on has a next moment.")
    return suite.prochaine


def _attentes(echeance: Echeance, manquantes: list[Manquante], calendriers: Calendriers) -> list[Attente]:
    contrat_id = echeance.sinistre.contrat_id if echeance.sinistre is not None else None
    return [Attente(une.depuis, calendriers.pour(contrat_id, une.stade)) for une in manquantes]


def _horloge(echeance: Echeance, faits: Faits) -> Horloge:
    pk = echeance.sinistre_id or 0
    return Horloge(
        depart=echeance.depart,
        rang=echeance.rang,
        departement=_departement(echeance),
        derniere=faits.dernieres.get(pk),
        pauses=faits.pauses.get(pk, ()),
        silences=faits.en_suspens[pk].silences if pk in faits.en_suspens else (),
    )


def _departement(echeance: Echeance) -> str:
    return echeance.sinistre.collectivite.departement if echeance.sinistre is not None else ""


def _look_again(echeance: Echeance, suspens: EnSuspens, maintenant: dt.datetime) -> dt.datetime:
    """What is under check may be set aside, and nobody tells the clock: it looks each working day. What is said to come has its day."""
    demain = start_of_business(add_working_days(timezone.localdate(maintenant), 1, _departement(echeance)))
    return demain if suspens.a_controler else min((fin for fin in suspens.silences if fin > maintenant), default=demain)


# -- What is known of a batch, one query each ---------------------------------------------------------------------------------


def _read(ids: Collection[int]) -> Faits:
    dernieres = Echeance.objects.filter(sinistre_id__in=ids, genre=PIECES, traitee_le__isnull=False).order_by()
    return Faits(
        manquantes=pieces_manquantes(ids),
        en_suspens=_suspended(ids),
        pauses=_pauses(ids),
        dernieres=dict(dernieres.values_list("sinistre_id").annotate(Max("traitee_le"))),
    )


def _suspended(ids: Collection[int]) -> dict[int, EnSuspens]:
    rows = (
        Piece.objects.filter(EN_VIGUEUR, sinistre_id__in=ids, requise=True, sinistre__etat__in=A_RELANCER)
        .annotate(depuis=DEPUIS)
        .filter(
            Q(etat__in=[EtatPiece.RECUE, EtatPiece.A_CONTROLER])
            | Q(etat__in=[EtatPiece.DEMANDEE, EtatPiece.REFUSEE], dite_envoyee_le__gte=F("depuis"))
        )
        .values_list("sinistre_id", "etat", "dite_envoyee_le", "sinistre__collectivite__departement")
    )
    found: dict[int, EnSuspens] = {}
    for sinistre_id, etat, dite, departement in rows:
        suspens = found.setdefault(sinistre_id, EnSuspens())
        if etat in (EtatPiece.RECUE, EtatPiece.A_CONTROLER):
            suspens.a_controler = True
        elif dite is not None:
            suspens.silences.append(fin_du_silence(dite, departement))
    return found


def _pauses(ids: Collection[int]) -> dict[int, list[tuple[dt.datetime, dt.datetime]]]:
    """Those that are over: a clock that was dropped while it stood still ended its pause."""
    found: dict[int, list[tuple[dt.datetime, dt.datetime]]] = {}
    rows = Pause.objects.filter(echeance__sinistre_id__in=ids, echeance__genre=PIECES).annotate(
        terme=Coalesce("fin", "echeance__levee_le", "echeance__traitee_le")
    )
    for sinistre_id, debut, terme in rows.values_list("echeance__sinistre_id", "debut", "terme"):
        if terme is not None:
            found.setdefault(sinistre_id, []).append((debut, terme))
    return found
