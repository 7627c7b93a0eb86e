"""What every file goes through before it can be read, in the store of pièces as in the bulle; and how one waits that cannot be checked yet.

Slow, and it speaks to the antivirus: never inside a transaction. It writes nothing: each store keeps what comes out in its own way.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils import timezone

from documents import atelier, scan

LEASE = dt.timedelta(minutes=5)
"""How long a worker has a file to itself."""
MAX_WAIT = dt.timedelta(minutes=30)
PANNES_MAX = 5
"""How many times in a row the workshop may die of a file before the file is held to be the cause."""

ANTIVIRUS = "En attente : l’antivirus ne répond pas."
PANNE = "En attente : la préparation de l’aperçu n’aboutit pas."
STOCKAGE = "En attente : le stockage ne répond pas."
INCONNUE = "En attente : le contrôle n’aboutit pas."
INAFFICHABLE = "Ce fichier ne peut pas être affiché : enregistrez-le de nouveau en PDF, ou numérisez le document."
"""Why a file that breaks the workshop is set aside."""


@dataclass(frozen=True, repr=False)
class Examen:
    """What came of it: `motif`, the French sentence the sender reads when the file is refused; else its sanitised copy."""

    motif: str = ""
    sha256: str = ""
    sans_antivirus: bool = False
    apercu: atelier.Apercu | None = None


def examiner(contenu: bytes, *, type: str, taille: int, sha256: str = "") -> Examen:
    """Length, type, digest, antivirus, sanitised copy. `type`, `taille` (bytes), `sha256` (hexadecimal or empty): as announced.

    Raises what makes the file wait: AntivirusIndisponible, AtelierEnPanne.
    """
    motif = scan.check_content(contenu, type_annonce=type, taille_annoncee=taille)
    if motif:
        return Examen(motif)
    digest = hashlib.sha256(contenu).hexdigest()
    if sha256 and digest != sha256:
        return Examen("Le fichier reçu n’a pas l’empreinte annoncée : renvoyez-le.")
    verdict = scan.check_virus(contenu)
    if verdict.motif:
        return Examen(verdict.motif)
    try:
        apercu = atelier.fabriquer(contenu, type)
    except atelier.Irrecevable as refused:
        return Examen(refused.motif)
    return Examen(sha256=digest, sans_antivirus=verdict.sans_antivirus, apercu=apercu)


class EnAttente(Protocol):
    """The row of a file under check: `motif` says why it waits, `tentatives` how many times in a row it has waited for that."""

    motif: str
    tentatives: int


def cause_of(error: Exception) -> str:
    """The sentence of what makes a file wait; INCONNUE for what no store has in common with the other."""
    causes: dict[type[Exception], str] = {scan.AntivirusIndisponible: ANTIVIRUS, atelier.AtelierEnPanne: PANNE}
    return causes.get(type(error), INCONNUE)


def is_the_cause(fichier: EnAttente, error: Exception) -> bool:
    """Whether the workshop has died of this file too many times in a row for it to be chance, and serves another one.

    What is set aside for it is lost: a workshop that serves nothing (no memory, a broken installation) makes every file wait.
    """
    too_many = isinstance(error, atelier.AtelierEnPanne) and fichier.motif == PANNE and fichier.tentatives + 1 >= PANNES_MAX
    return too_many and atelier.fonctionne()


def waits(fichier: EnAttente, motif: str) -> int:
    """How many times in a row the file has waited for that already: another cause begins anew."""
    return fichier.tentatives if fichier.motif in ("", motif) else 0


def later(fichier: EnAttente, motif: str) -> dict[str, Any]:
    """The columns of a file that waits once more: in 1, 2, 4… minutes, half an hour at most."""
    before = waits(fichier, motif)
    attente = min(dt.timedelta(minutes=2 ** min(before, 10)), MAX_WAIT)
    return {"motif": motif, "tentatives": before + 1, "prochain_essai": timezone.now() + attente}
