"""What sets the store and the rows in agreement: rows without object, objects without row, contents read again, previews made again.

Nothing is decided on a listing alone: a row or an object is looked at afresh before anything is written or deleted. The store down stops a
sweep, which the next one resumes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from documents import atelier, storage
from documents.enums import EtatDepot, GenreAnomalie
from documents.models import AnomalieStockage, Depot, preview_name, published_name
from documents.services import anomalies, depots

logger = logging.getLogger(__name__)

YOUNG = dt.timedelta(hours=24)
"""An object or a row younger than this may be in the middle of its publication: left alone."""
LOT = 200


@dataclass
class Bilan:
    """What one sweep of the store found and did."""

    vus: int = 0
    absents: int = 0
    orphelins: int = 0
    supprimes: int = 0
    a_refaire: int = 0


def verifier_stockage() -> Bilan:
    """Compare the whole store with the rows, prefix by prefix. Raises StockageIndisponible; safe to run twice."""
    bilan = Bilan()
    start = timezone.now()
    _sweep_quarantine(bilan, start)
    _sweep(bilan, start, "pieces/", "cle_publiee", _missing)
    _sweep(bilan, start, "apercus/", "apercu_cle", _missing_preview)
    return bilan


def _sweep_quarantine(bilan: Bilan, start: dt.datetime) -> None:
    """Empty what the check left behind, then delete what no file under way lays claim to: replayed sendings, and the unknown."""
    done = Q(etat__in=[EtatDepot.DISPONIBLE, EtatDepot.ECARTE], quarantaine_videe_le__isnull=True)
    for pk in Depot.objects.filter(done).order_by("pk").values_list("pk", flat=True)[: 10 * LOT]:
        bilan.supprimes += depots.vider_quarantaine(pk)
    for objet in storage.listing("quarantaine/"):
        bilan.vus += 1
        if objet.ecrit_le > start - YOUNG:
            continue
        wanted = Q(etat__in=[EtatDepot.ATTENDU, EtatDepot.CONTROLE]) | Q(etat=EtatDepot.RECLASSE, reclassement_fini_le__isnull=True)
        if not Depot.objects.filter(wanted, cle=objet.cle).exists():
            bilan.supprimes += storage.remove(f"quarantaine/{objet.cle}")


def _sweep(bilan: Bilan, start: dt.datetime, prefix: str, column: str, missing: Callable[[Bilan, int, str], None]) -> None:
    """Walk the store's list and the rows together, both ordered by key: one pass, whatever their number."""
    rows = (
        Depot.objects.filter(etat=EtatDepot.DISPONIBLE)
        .exclude(**{column: ""})
        .order_by(column)
        .values_list(column, "pk", "controle_le")
        .iterator(chunk_size=2000)
    )
    for objet, row in _side_by_side(storage.listing(prefix), rows):
        bilan.vus += objet is not None
        if row is None and objet is not None:
            if objet.ecrit_le <= start - YOUNG:
                _orphan(bilan, prefix, column, objet)
        elif objet is None and row is not None:
            cle, pk, controle_le = row
            if controle_le <= start - dt.timedelta(minutes=5):
                missing(bilan, pk, cle)


Row = tuple[str, int, dt.datetime]


def _side_by_side(objects: Iterator[storage.Objet], rows: Iterator[Row]) -> Iterator[tuple[storage.Objet | None, Row | None]]:
    objet, row = next(objects, None), next(rows, None)
    while objet is not None or row is not None:
        if row is None or (objet is not None and objet.cle < row[0]):
            yield objet, None
            objet = next(objects, None)
        elif objet is None or row[0] < objet.cle:
            yield None, row
            row = next(rows, None)
        else:
            yield objet, row
            objet, row = next(objects, None), next(rows, None)


def _orphan(bilan: Bilan, prefix: str, column: str, objet: storage.Objet) -> None:
    """Known to no row, now either: noted, and deleted a week later."""
    name = f"{prefix}{objet.cle}"
    if Depot.objects.filter(**{column: objet.cle}).exists():
        return  # a file whose reclassification is on its way, or a row written since
    anomalies.signaler(genre=GenreAnomalie.OBJET_ORPHELIN, objet=name)
    bilan.orphelins += 1
    bilan.supprimes += anomalies.effacer_orphelin(objet=name, effacer=storage.remove)


def _missing(bilan: Bilan, depot_id: int, cle: str) -> None:
    """A file whose original is gone: nobody can put it back but the sender, or a backup."""
    name = published_name(cle)
    if storage.exists(name):
        return
    depot = Depot.objects.select_related("piece").get(pk=depot_id)
    if depot.etat == EtatDepot.DISPONIBLE:
        anomalies.signaler(genre=GenreAnomalie.OBJET_ABSENT, objet=name, depot=depot)
        bilan.absents += 1


def _missing_preview(bilan: Bilan, depot_id: int, cle: str) -> None:
    """A sanitised copy that is gone is made again from the original."""
    if not storage.exists(preview_name(cle)):
        bilan.a_refaire += Depot.objects.filter(pk=depot_id, apercu_cle=cle).update(apercu_cle="")


def refaire_apercus(*, limite: int = LOT) -> int:
    """Make the sanitised copies that are wanting (lost, or of files older than they). Returns how many were made."""
    made = 0
    wanting = Depot.objects.filter(etat=EtatDepot.DISPONIBLE, apercu_cle="").order_by("pk")
    for depot in wanting[:limite]:
        try:
            apercu = atelier.fabriquer(storage.read_published(depot), depot.type)
            cle = storage.publish_preview(apercu.contenu)
        except storage.StockageIndisponible:
            return made
        except (storage.FichierAbsent, atelier.Irrecevable, atelier.AtelierEnPanne) as error:
            # Its original stays to be downloaded; the other sweeps say what is wrong with it.
            logger.warning("depot.sans_apercu", extra={"depot": depot.pk, "cause": type(error).__name__})
            continue
        done = Depot.objects.filter(pk=depot.pk, etat=EtatDepot.DISPONIBLE, apercu_cle="").update(
            apercu_cle=cle, apercu_type=apercu.type, apercu_pages=apercu.pages
        )
        if not done:
            storage.remove(preview_name(cle))
        made += done
    return made


def relire(*, limite: int | None = None) -> int:
    """Read again the files that nobody has verified for longest, and compare their digest. The bytes stay, whatever is found.

    `limite` defaults to VIGIE_RELECTURES, an hour's share: the clock's runs come round to every file in turn. A publication counts as a
    reading. Returns how many were read.
    """
    read = 0
    for depot in _longest_unread(settings.RELECTURES if limite is None else limite):
        try:
            intact = hashlib.sha256(storage.read_published(depot)).hexdigest() == depot.sha256_verifie
        except storage.StockageIndisponible:
            return read
        except storage.FichierAbsent:
            _missing(Bilan(), depot.pk, depot.cle_publiee)
        else:
            _tell(depot, intact)
        Depot.objects.filter(pk=depot.pk).update(relu_le=timezone.now())
        read += 1
    return read


def _longest_unread(limite: int) -> list[Depot]:
    """Two walks of the index: those that nobody ever read (of before this sweep existed), then by date."""
    available = Depot.objects.filter(etat=EtatDepot.DISPONIBLE).select_related("piece").order_by("relu_le", "pk")
    never = list(available.filter(relu_le__isnull=True)[:limite])
    return never + list(available.filter(relu_le__isnull=False)[: limite - len(never)])


def _tell(depot: Depot, intact: bool) -> None:
    if not intact:
        anomalies.signaler(genre=GenreAnomalie.EMPREINTE, objet=depot.final_name, depot=depot)
        return
    for old in AnomalieStockage.objects.filter(depot=depot, objet=depot.final_name, resolue_le__isnull=True).order_by("pk"):
        anomalies.lever(anomalie=old, issue="Relu depuis : le contenu est celui qui a été contrôlé.")
