"""The bulle's keys: wrapped anew under the current one, and all of it opened to say what would not open."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db.models import Model, QuerySet

from medical import stockage
from medical.enums import EtatFichier
from medical.enveloppe import TABLES, label_of, open_data_key, rewrap
from medical.errors import CleIndisponible, ContenuAbsent, ContenuAltere
from medical.models import Cle, Facture, Fichier, Mission, Opinion, Seance, Soutien
from medical.services.lectures import APERCU, CONTENU
from medical.trousseau import trousseau

TEXTES: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (Fichier, ("nom",)),
    (Mission, ("questions", "conclusions")),
    (Opinion, ("texte",)),
    (Facture, ("praticien", "actes")),
    (Soutien, ("contact", "motif")),
    (Seance, ("note",)),
)
"""Every encrypted text of the schema."""
BATCH = 500


@dataclass
class Rotation:
    refaites: int = 0
    deja: int = 0
    fermees: dict[str, int] = field(default_factory=dict)
    """By key-encryption key that is not in the ring or does not open: how many data keys stay under it."""


def roter() -> Rotation:
    """Wrap every data key under the ring's current key, in slices; stopped at any time, it goes on from there. Raises CleIndisponible
    only when there is no current key."""
    bilan, courante = Rotation(), trousseau().courante
    bilan.deja = Cle.objects.filter(kek=courante).count()
    dernier = 0
    while lot := list(_others(courante).filter(pk__gt=dernier).order_by("pk").values_list("pk", "kek")[:BATCH]):
        for pk, kek in lot:
            try:
                bilan.refaites += rewrap(pk)
            except CleIndisponible:
                bilan.fermees[kek] = bilan.fermees.get(kek, 0) + 1
        dernier = lot[-1][0]
    return bilan


def _others(courante: str) -> QuerySet[Cle]:
    return Cle.objects.exclude(kek__in=["", courante])


def keks_en_usage() -> Iterator[str]:
    """Identifiers of the key-encryption keys that still wrap something: one index probe each, whatever the number of rows."""
    kek = ""
    while (suivante := Cle.objects.filter(kek__gt=kek).order_by("kek").values_list("kek", flat=True).first()) is not None:
        yield suivante
        kek = suivante


def sonder() -> None:
    """Each key-encryption key in use opens one of its data keys, and one may be wrapped. Raises CleIndisponible."""
    ring = trousseau()
    _ = ring.courante
    for kek in keks_en_usage():
        une = Cle.objects.filter(kek=kek).order_by("pk").first()
        if une is not None:
            open_data_key(une)


@dataclass
class Verification:
    cles: int = 0
    textes: int = 0
    contenus: int = 0
    keks: dict[str, int] = field(default_factory=dict)
    fermes: list[str] = field(default_factory=list)
    """« table:row:field » of what does not open, with why: identifiers, never a content."""

    @property
    def sain(self) -> bool:
        return not self.fermes


def verifier(*, contenus: int) -> Verification:
    """Open every data key and text, and `contenus` files (0: none), those read the longest ago first. Writes nothing.

    Raises StockageIndisponible when the bucket does not answer.
    """
    bilan = Verification()
    for cle in Cle.objects.exclude(kek="").order_by("pk").iterator(chunk_size=BATCH):
        bilan.cles += 1
        bilan.keks[cle.kek] = bilan.keks.get(cle.kek, 0) + 1
        try:
            open_data_key(cle)
        except CleIndisponible:
            bilan.fermes.append(f"{TABLES['medical.cle']}:{cle.pk}:emballee sous « {cle.kek} »")
    for modele, champs in TEXTES:
        lignes = modele._default_manager.select_related("cle").exclude(cle__kek="").order_by("pk")
        for objet in lignes.iterator(chunk_size=BATCH):
            for champ in champs:
                bilan.textes += _opens(objet, champ, bilan)
    vivants = Fichier.objects.exclude(cle__kek="").exclude(etat=EtatFichier.ECARTE).select_related("cle")
    for fichier in vivants.order_by("relu_le", "pk")[:contenus]:
        for champ, nom in _objects_of(fichier):
            bilan.contenus += _reads(fichier, champ, nom, bilan)
    return bilan


def _objects_of(fichier: Fichier) -> list[tuple[str, str]]:
    found = [(CONTENU, stockage.content_name(fichier.objet))]
    if fichier.apercu_objet:
        found.append((APERCU, stockage.preview_name(fichier.apercu_objet)))
    return found


def _opens(objet: Model, champ: str, bilan: Verification) -> bool:
    scelle = getattr(objet, champ)
    if scelle is None:
        return False
    etiquette = label_of(objet, champ)
    try:
        open_data_key(objet.cle).open(scelle, etiquette)  # type: ignore[attr-defined]
    except CleIndisponible:
        return False  # told once, with its key
    except ContenuAltere:
        bilan.fermes.append(f"{objet._meta.db_table}:{objet.pk}:{champ} altéré")
        return False
    return True


def _reads(fichier: Fichier, champ: str, nom: str, bilan: Verification) -> bool:
    try:
        for _ in open_data_key(fichier.cle).open_stream(stockage.ouvrir(nom).morceaux(), label_of(fichier, champ)):
            pass
    except CleIndisponible:
        return False
    except (ContenuAltere, ContenuAbsent) as error:
        bilan.fermes.append(f"{fichier._meta.db_table}:{fichier.pk}:{champ} {'absent' if isinstance(error, ContenuAbsent) else 'altéré'}")
        return False
    return True
