"""The sweepers of the bulle: what waits is resumed, and the bucket and the rows are held against each other."""

from __future__ import annotations

import datetime as dt
import itertools
import logging
from collections.abc import Iterator

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from documents.enums import GenreAnomalie
from documents.services.anomalies import effacer_orphelin
from medical import stockage
from medical.enums import EtatFichier
from medical.enveloppe import label_of, open_data_key
from medical.errors import CleIndisponible, ContenuAbsent, ContenuAltere, StockageIndisponible
from medical.models import Fichier
from medical.services.anomalies import constater, constater_illisible
from medical.services.controles_fichiers import controler
from medical.services.depots import rendre_laissez_passer_perdus
from medical.services.lectures import APERCU, CONTENU
from medical.services.reclassement import reprendre

logger = logging.getLogger(__name__)

SETTLED = dt.timedelta(hours=24)
"""An object younger than that may belong to a deposit on its way."""
BATCH = 500


def balayer(*, limite: int = 100) -> int:
    """Resume the checks that are due, the reclassements that are not finished, the laissez-passer of dead processes. Returns how many."""
    due = Fichier.objects.filter(etat=EtatFichier.CONTROLE, prochain_essai__lte=timezone.now())
    attente = list(due.order_by("prochain_essai", "pk").values_list("pk", flat=True)[:limite])
    for pk in attente:
        controler(pk)
    return len(attente) + reprendre() + rendre_laissez_passer_perdus()


# -- Objects without row, rows without object --------------------------------------------------------------------------------


def inventorier() -> dict[str, int]:
    """Hold the whole bucket against the rows, a batch at a time. Returns what was found, by kind. Raises StockageIndisponible."""
    found = {"orphelins": 0, "effaces": 0, "absents": 0}
    now = timezone.now()
    seen: set[bytes] = set()
    objets = stockage.inventaire()
    while lot := list(itertools.islice(objets, BATCH)):
        connus = _known([nom for nom, _ in lot])
        seen |= {bytes.fromhex(nom.removeprefix("fichiers/")) for nom in connus if nom.startswith("fichiers/")}
        for nom, ecrit_le in lot:
            if nom in connus or ecrit_le > now - SETTLED:
                continue
            if nom.startswith("fichiers/") and not Fichier.objects.filter(objet=nom.removeprefix("fichiers/")).exists():
                constater(GenreAnomalie.OBJET_ORPHELIN, nom)
                found["orphelins"] += not effacer_orphelin(objet=nom, effacer=stockage.effacer, medical=True)
            elif stockage.effacer(nom):  # of a destroyed content, or a copy that no row chose: nothing is lost with it
                found["effaces"] += 1
    for fichier in _rows_without_object(seen, now):
        constater(GenreAnomalie.OBJET_ABSENT, stockage.content_name(fichier.objet))
        found["absents"] += 1
    return found


def _known(noms: list[str]) -> set[str]:
    contenus = [nom.removeprefix("fichiers/") for nom in noms if nom.startswith("fichiers/")]
    apercus = [nom.removeprefix("apercus/") for nom in noms if nom.startswith("apercus/")]
    vivants = Fichier.objects.exclude(cle__kek="")
    return {
        *map(stockage.content_name, vivants.filter(objet__in=contenus).values_list("objet", flat=True)),
        *map(stockage.preview_name, vivants.filter(apercu_objet__in=apercus).values_list("apercu_objet", flat=True)),
    }


def _rows_without_object(seen: set[bytes], now: dt.datetime) -> Iterator[Fichier]:
    """Rows whose object the listing did not show, each asked for by name before it is said to be gone."""
    rows = Fichier.objects.exclude(cle__kek="").filter(recu_le__lt=now - SETTLED).order_by("pk")
    for fichier in rows.iterator(chunk_size=BATCH):
        if bytes.fromhex(fichier.objet) not in seen and not stockage.existe(stockage.content_name(fichier.objet)):
            yield fichier


# -- Contents read again -----------------------------------------------------------------------------------------------------


def relire(*, limite: int | None = None) -> int:
    """Open again the contents that were opened the longest ago: GCM verifies every segment. Nobody reads them: no journal row.

    `limite`: VIGIE_RELECTURES unless told. Returns how many were read. Stops at once when the store or the key is not there.
    """
    lus = 0
    sample = Fichier.objects.filter(etat=EtatFichier.DISPONIBLE).select_related("cle")
    for fichier in sample.order_by(F("relu_le").asc(nulls_first=True), "pk")[: limite or settings.RELECTURES]:
        try:
            _reopen(fichier, apercu=False)
            if fichier.apercu_objet:
                _reopen(fichier, apercu=True)
        except (StockageIndisponible, CleIndisponible) as error:
            logger.warning("medical.relecture_suspendue", extra={"cause": type(error).__name__})
            break
        Fichier.objects.filter(pk=fichier.pk).update(relu_le=timezone.now())
        lus += 1
    return lus


def _reopen(fichier: Fichier, *, apercu: bool) -> None:
    """Tell the responsable when the object is gone or altered. Raises StockageIndisponible, CleIndisponible."""
    nom = stockage.preview_name(fichier.apercu_objet) if apercu else stockage.content_name(fichier.objet)
    try:
        objet = stockage.ouvrir(nom)
        for _ in open_data_key(fichier.cle).open_stream(objet.morceaux(), label_of(fichier, APERCU if apercu else CONTENU)):
            pass
    except (ContenuAbsent, ContenuAltere) as error:
        constater_illisible(fichier, error, apercu=apercu)
