"""The files of bordereaux: made by a worker once the bordereau is committed, kept in the object store under their digest, given to read.

The store is never spoken to inside a transaction. A file is written before its row, at a name that is its digest: whoever is killed in
between leaves bytes that the next one writes again, at the same name. The sweeper makes what is wanting; the store down makes it wait.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Callable
from typing import NamedTuple

from celery import current_app
from django.db import transaction
from django.db.models import Count, F
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.gate import exiger
from accounts.models import User
from cases.errors import Erreur
from documents import storage
from documents.enums import GenreAnomalie
from documents.models import AnomalieStockage
from documents.services import anomalies
from indemnities.editions import bordereau as edition
from indemnities.editions.contenu import contenu_de
from indemnities.enums import GenreFichier
from indemnities.models import Bordereau, FichierBordereau
from indemnities.models.fichiers import PREFIXE
from indemnities.selectors import bordereaux_visibles
from journal.services import consigner

logger = logging.getLogger(__name__)

FABRIQUES: dict[str, Callable[[edition.BordereauEdite], bytes]] = {
    GenreFichier.PDF: edition.pdf,
    GenreFichier.CSV: edition.tableur,
}
TYPES = {GenreFichier.PDF: "application/pdf", GenreFichier.CSV: "text/csv; charset=utf-8"}
LOT = 50
TOUR = 30
"""Days in which every file is read again once."""
YOUNG = dt.timedelta(days=1)
"""A file in the store without its row may be in the making: left alone."""
EN_PREPARATION = "Ce fichier est en préparation : il sera là d’ici une minute ou deux, sauf panne du stockage."


def reveiller(bordereau_id: int) -> None:
    """Tell a worker, once the present transaction is committed. A lost message is no loss: the sweeper finds the bordereau."""
    transaction.on_commit(lambda: _wake(bordereau_id))


def _wake(bordereau_id: int) -> None:
    try:
        current_app.send_task("workflows.editer_bordereau", args=[bordereau_id], retry=False)
    except OperationalError:
        logger.warning("bordereau.courtier_absent", extra={"bordereau": bordereau_id})


def fabriquer(bordereau_id: int) -> int:
    """Make the files that this bordereau has not yet. Returns how many; may be run twice, or by two at once.

    Raises StockageIndisponible; Erreur when its lines are not those that were frozen.
    """
    had = set(FichierBordereau.objects.filter(bordereau=bordereau_id).values_list("genre", flat=True))
    wanting = [genre for genre in FABRIQUES if genre not in had]
    if not wanting:
        return 0
    contenu = contenu_de(bordereau_id)
    return sum(_make(bordereau_id, genre, FABRIQUES[genre](contenu)) for genre in wanting)


def _make(bordereau_id: int, genre: str, octets: bytes) -> bool:
    sha256 = hashlib.sha256(octets).hexdigest()
    storage.keep(f"{PREFIXE}{sha256}", octets)
    with transaction.atomic():
        fichier, new = FichierBordereau.objects.get_or_create(
            bordereau_id=bordereau_id, genre=genre, defaults={"sha256": sha256, "taille": len(octets)}
        )
        if new:
            _consigner(None, "bordereau.fichier_ecrit", fichier)
    return new


def balayer(*, limite: int = LOT) -> int:
    """Make the files that are wanting, newest bordereaux first. One that fails keeps none waiting. Returns how many were made."""
    made = 0
    wanting = Bordereau.objects.annotate(n=Count("fichiers")).filter(n__lt=len(FABRIQUES)).order_by("-pk")
    for pk in wanting.values_list("pk", flat=True)[:limite]:
        try:
            made += fabriquer(pk)
        except storage.StockageIndisponible:
            logger.warning("bordereau.stockage_absent", extra={"bordereau": pk})
            break
        except Exception:
            logger.exception("bordereau.fichier_impossible", extra={"bordereau": pk})
    return made


def fichiers_de(bordereau: Bordereau) -> list[tuple[str, FichierBordereau | None]]:
    """Each kind of file, in order, with the file where it is made already."""
    found = {fichier.genre: fichier for fichier in FichierBordereau.objects.filter(bordereau=bordereau)}
    return [(genre.value, found.get(genre)) for genre in GenreFichier]


class Remise(NamedTuple):
    """A file as it is handed over: its name, type, bytes, digest, and an address good for 60 seconds."""

    nom: str
    type: str
    taille: int
    sha256: str
    url: str


def remettre(*, acteur: User, bordereau_id: int, genre: str) -> Remise:
    """Hand this file over to `acteur`: journaled first. Raises Bordereau.DoesNotExist, Refus, or Erreur when it is not made yet."""
    bordereau = bordereaux_visibles(acteur).get(pk=bordereau_id)
    exiger(acteur, "bordereau_lire", bordereau)
    fichier = FichierBordereau.objects.filter(bordereau=bordereau, genre=genre).first()
    if fichier is None:
        raise Erreur(EN_PREPARATION)
    with transaction.atomic():
        _consigner(acteur, "bordereau.fichier_lu", fichier)
    nom, type = f"{bordereau.numero}.{genre.lower()}", TYPES[GenreFichier(genre)]
    return Remise(nom, type, fichier.taille, fichier.sha256, storage.presign_kept(fichier.objet, type=type, nom=nom))


# -- Reading again -------------------------------------------------------------------------------------------------------------


def est_intact(fichier: FichierBordereau) -> bool:
    """Whether the store still holds the bytes whose digest was written down. Raises StockageIndisponible."""
    try:
        return hashlib.sha256(storage.read_kept(fichier.objet)).hexdigest() == fichier.sha256
    except storage.FichierAbsent:
        return False


def relire(*, jour: dt.date | None = None) -> int:
    """Read a day's share of the files again. One that is gone or other is made again where that gives the same bytes, and is an incident
    for a responsable where not. Returns how many were read. Raises StockageIndisponible."""
    rang = (jour or timezone.localdate()).toordinal() % TOUR
    read = 0
    for fichier in FichierBordereau.objects.annotate(part=F("pk") % TOUR).filter(part=rang).order_by("pk").iterator():
        read += 1
        if est_intact(fichier) or _restore(fichier):
            _lift(fichier)
        else:
            anomalies.signaler(genre=GenreAnomalie.EMPREINTE, objet=fichier.objet)
    return read


def _restore(fichier: FichierBordereau) -> bool:
    """Write again the very bytes that were lost. False when today's program, or data, would give others."""
    try:
        octets = FABRIQUES[fichier.genre](contenu_de(fichier.bordereau_id))
    except Erreur:
        return False
    if hashlib.sha256(octets).hexdigest() != fichier.sha256:
        return False
    storage.keep(fichier.objet, octets)
    with transaction.atomic():
        _consigner(None, "bordereau.fichier_retabli", fichier)
    return True


def _lift(fichier: FichierBordereau) -> None:
    for known in AnomalieStockage.objects.filter(objet=fichier.objet, resolue_le__isnull=True).order_by("pk"):
        anomalies.lever(anomalie=known, issue="Relu depuis : le contenu est celui qui a été figé.")


def ecarter_orphelins() -> int:
    """Objects that no row names: noted, and deleted a week later, as those of pièces are. Returns how many were deleted."""
    deleted = 0
    limite = timezone.now() - YOUNG
    for objet in storage.listing(PREFIXE):
        if objet.ecrit_le <= limite and not FichierBordereau.objects.filter(sha256=objet.cle).exists():
            name = f"{PREFIXE}{objet.cle}"
            anomalies.signaler(genre=GenreAnomalie.OBJET_ORPHELIN, objet=name)
            deleted += anomalies.effacer_orphelin(objet=name, effacer=storage.remove)
    return deleted


def _consigner(acteur: User | None, action: str, fichier: FichierBordereau) -> None:
    consigner(
        acteur=acteur,
        action=action,
        objet_type="bordereau",
        objet_id=fichier.bordereau_id,
        donnees={"genre": fichier.genre, "sha256": fichier.sha256, "taille": fichier.taille},
    )
