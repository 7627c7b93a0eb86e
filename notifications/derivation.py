"""From events to news: the consumer « notifications » of the outbox.

An event only says that something happened. Each derivation says which news follows; what an e-mail tells of it is read again when it
leaves, so a pièce that has come since is not asked for. Events are derived by the hundred, and one by one where one of them fails.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.utils import timezone

from cases.models import Sinistre
from journal import outbox
from journal.models import Evenement
from notifications import derivations
from notifications.annonces import Nouvelle, annoncer_nouvelles
from notifications.derivations import Derivation
from notifications.enums import GenreCourriel
from notifications.lots import Lot
from notifications.manquantes import Manquante

CONSUMER = "notifications"
BATCH = 500
ROUNDS = 20
HORLOGES = dt.timedelta(minutes=5)
"""How far the clocks of two machines may be apart: the one that asks for a pièce, and the one that derives its news."""


def deriver() -> int:
    """Derive the news of the events that wait, some thousands at most. How many events were handled."""
    total = 0
    for _ in range(ROUNDS):
        tour = outbox.consume(CONSUMER, handle, BATCH, lot=handle_all)
        total += tour.traites
        if tour.traites + tour.ecartes < BATCH:
            break
    return total


def handle(evenement: Evenement) -> None:
    """Derive the news of one event; most types have none."""
    handle_all([evenement])


def handle_all(evenements: Sequence[Evenement]) -> None:
    """Derive the news of several events, in their order."""
    connus = [evenement for evenement in evenements if evenement.type in DERIVATIONS]
    if not connus:
        return
    lot = Lot(connus)
    annoncer_nouvelles([nouvelle for evenement in connus for nouvelle in DERIVATIONS[evenement.type](evenement, lot)])


def _acknowledge(evenement: Evenement, lot: Lot) -> Iterable[Nouvelle]:
    """The acknowledgement tells how many pièces are missing: it is their first request."""
    sinistre = lot.sinistres[evenement.sinistre_id or 0]
    yield _first_request(GenreCourriel.ACCUSE_DECLARATION, f"sinistre.declare:{sinistre.pk}", evenement, lot, _ask_now(lot, sinistre))


def _ask(evenement: Evenement, lot: Lot) -> Iterable[Nouvelle]:
    """What is missing is asked for once: news only where a pièce is among it that was not asked for yet, or a person asks again."""
    sinistre = lot.sinistres[evenement.sinistre_id or 0]
    if evenement.donnees.get("rappel"):
        yield _again(evenement, lot, sinistre)
        return
    nouvelles = _ask_now(lot, sinistre)
    if nouvelles:
        yield _first_request(GenreCourriel.PIECES_DEMANDEES, f"{evenement.type}:{evenement.pk}", evenement, lot, nouvelles)


def _first_request(genre: GenreCourriel, intention: str, evenement: Evenement, lot: Lot, pieces: list[Manquante]) -> Nouvelle:
    sinistre = lot.sinistres[evenement.sinistre_id or 0]
    return Nouvelle.du_dossier(
        genre,
        intention,
        sinistre,
        echeance=_awaited(lot, sinistre, pieces),
        evenement_id=evenement.pk,
        pieces=[une.piece_id for une in pieces],
    )


def _ask_now(lot: Lot, sinistre: Sinistre) -> list[Manquante]:
    """The missing pièces not asked for yet, or asked for, withdrawn, and now wanted again; from now on they are asked for."""
    dites = lot.dites.setdefault(sinistre.pk, {})
    manquantes = lot.manquantes.get(sinistre.pk, ())
    nouvelles = [une for une in manquantes if une.piece_id not in dites or dites[une.piece_id] + HORLOGES < une.demandee_le]
    dites.update({une.piece_id: timezone.now() for une in nouvelles})
    return nouvelles


def _awaited(lot: Lot, sinistre: Sinistre, manquantes: Sequence[Manquante]) -> dt.date | None:
    """The soonest day by which one of these pièces is awaited; it ranks the dossier in a digest."""
    return min((lot.attendu_pour(sinistre, une) for une in manquantes), default=None)


def _remind(evenement: Evenement, lot: Lot) -> Iterable[Nouvelle]:
    yield _again(evenement, lot, lot.sinistres[evenement.sinistre_id or 0], rang=evenement.donnees["rang"])


def _again(evenement: Evenement, lot: Lot, sinistre: Sinistre, **donnees: object) -> Nouvelle:
    return Nouvelle.du_dossier(
        GenreCourriel.PIECES_RELANCE,
        f"{evenement.type}:{evenement.pk}",
        sinistre,
        echeance=_awaited(lot, sinistre, lot.manquantes.get(sinistre.pk, ())),
        evenement_id=evenement.pk,
        **donnees,
    )


def _tell_refusal(evenement: Evenement, lot: Lot) -> Iterable[Nouvelle]:
    sinistre = lot.sinistres[evenement.sinistre_id or 0]
    refusee = [une for une in lot.manquantes.get(sinistre.pk, ()) if une.piece_id == evenement.objet_id]
    yield Nouvelle.du_dossier(
        GenreCourriel.PIECE_REFUSEE,
        f"piece.refusee:{evenement.pk}",
        sinistre,
        echeance=_awaited(lot, sinistre, refusee),
        evenement_id=evenement.pk,
        piece=evenement.objet_id,
    )


DERIVATIONS: dict[str, Derivation] = {
    "sinistre.declare": _acknowledge,
    "pieces.attendues": _ask,
    "pieces.demandees": _ask,
    "pieces.relance": _remind,
    "piece.refusee": _tell_refusal,
    **derivations.DERIVATIONS,
}
