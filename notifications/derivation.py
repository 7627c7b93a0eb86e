"""From events to news: the consumer « notifications » of the outbox.

An event only says that something happened. Each derivation says which news follows; what an e-mail tells of it is read again when it
leaves, so a pièce that has come since is not asked for. Events are derived by the hundred, and one by one where one of them fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cases.models import Sinistre
from journal import outbox
from journal.models import Evenement
from notifications import derivations
from notifications.annonces import Nouvelle, annoncer_nouvelles
from notifications.derivations import Derivation
from notifications.enums import GenreCourriel
from notifications.lots import Lot

CONSUMER = "notifications"
BATCH = 500
ROUNDS = 20


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
    yield Nouvelle.du_dossier(
        GenreCourriel.ACCUSE_DECLARATION,
        f"sinistre.declare:{sinistre.pk}",
        sinistre,
        evenement_id=evenement.pk,
        pieces=_ask_now(lot, sinistre),
    )


def _ask(evenement: Evenement, lot: Lot) -> Iterable[Nouvelle]:
    """What is missing is asked for once: news only where a pièce is among it that was not asked for yet, or a person asks again."""
    sinistre = lot.sinistres[evenement.sinistre_id or 0]
    if evenement.donnees.get("rappel"):
        yield Nouvelle.du_dossier(GenreCourriel.PIECES_RELANCE, f"pieces.demandees:{evenement.pk}", sinistre, evenement_id=evenement.pk)
        return
    nouvelles = _ask_now(lot, sinistre)
    if nouvelles:
        yield Nouvelle.du_dossier(
            GenreCourriel.PIECES_DEMANDEES,
            f"{evenement.type}:{evenement.pk}",
            sinistre,
            evenement_id=evenement.pk,
            pieces=nouvelles,
        )


def _ask_now(lot: Lot, sinistre: Sinistre) -> list[int]:
    """The missing pièces not asked for yet; from now on they are."""
    dites = lot.dites.setdefault(sinistre.pk, set())
    nouvelles = [une.piece_id for une in lot.manquantes.get(sinistre.pk, ()) if une.piece_id not in dites]
    dites.update(nouvelles)
    return nouvelles


def _remind(evenement: Evenement, lot: Lot) -> Iterable[Nouvelle]:
    sinistre = lot.sinistres[evenement.sinistre_id or 0]
    yield Nouvelle.du_dossier(
        GenreCourriel.PIECES_RELANCE,
        f"pieces.relance:{evenement.pk}",
        sinistre,
        evenement_id=evenement.pk,
        rang=evenement.donnees["rang"],
    )


def _tell_refusal(evenement: Evenement, lot: Lot) -> Iterable[Nouvelle]:
    sinistre = lot.sinistres[evenement.sinistre_id or 0]
    intention = f"piece.refusee:{evenement.pk}"
    yield Nouvelle.du_dossier(GenreCourriel.PIECE_REFUSEE, intention, sinistre, evenement_id=evenement.pk, piece=evenement.objet_id)


DERIVATIONS: dict[str, Derivation] = {
    "sinistre.declare": _acknowledge,
    "pieces.attendues": _ask,
    "pieces.demandees": _ask,
    "pieces.relance": _remind,
    "piece.refusee": _tell_refusal,
    **derivations.DERIVATIONS,
}
