"""A bordereau de règlement as the collectivité receives it: PDF/UA-1 to keep with its titre de recettes, CSV for its finance software.

Neither shows an agent's full name: his number and initials suffice to find him, and the paper goes through many hands.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

import typst

from indemnities.francais import euros

GABARIT = Path(__file__).with_name("bordereau.typ")
COLONNES = (
    "Bordereau", "Référence du titre", "Dossier", "Matricule", "Initiales", "Nature", "Survenance", "Du", "Au", "Jours",
    "Montant", "Corrige",
)  # fmt: skip
DANGEREUX = ("=", "+", "-", "@", "\t", "\r")
"""First characters that a spreadsheet would read as a formula."""


@dataclass(frozen=True)
class LigneEditee:
    """One décompte on the bordereau. `corrige` names the décompte that this line corrects, or is empty."""

    dossier: str
    matricule: str
    initiales: str
    nature: str
    survenance: dt.date
    debut: dt.date
    fin: dt.date
    jours: int
    montant: Decimal
    corrige: str = ""


@dataclass(frozen=True)
class BordereauEdite:
    """All that is printed. `reference_titre` is what the collectivité puts on its titre de recettes."""

    numero: str
    date: dt.date
    cdg: str
    collectivite: str
    siret: str
    contrat: str
    payeur: str
    reference_titre: str
    lignes: Sequence[LigneEditee]
    empreinte: str

    @property
    def total(self) -> Decimal:
        return sum((ligne.montant for ligne in self.lignes), Decimal("0.00"))


def pdf(bordereau: BordereauEdite) -> bytes:
    """PDF/UA-1 (tagged, titled, in French), the same bytes for the same bordereau.

    Texts are given as data, so that a name can never be read as typesetting.
    """
    donnees = json.dumps(asdict(bordereau) | {"total": bordereau.total}, default=_french, ensure_ascii=False)
    contenu: bytes = typst.compile(
        _template(),
        format="pdf",
        sys_inputs={"donnees": donnees},
        pdf_standards=["ua-1"],
        ignore_system_fonts=True,
        timestamp=dt.datetime.combine(bordereau.date, dt.time(), dt.UTC),
    )
    return contenu


def tableur(bordereau: BordereauEdite) -> bytes:
    """CSV in UTF-8 with its mark, semicolons and decimal commas: what French spreadsheets open right."""
    flux = io.StringIO(newline="")
    ecrit = csv.writer(flux, delimiter=";", lineterminator="\r\n")
    ecrit.writerow(COLONNES)
    for x in bordereau.lignes:
        textes = (bordereau.numero, bordereau.reference_titre, x.dossier, x.matricule, x.initiales, x.nature)
        jours = (f"{x.survenance:%d/%m/%Y}", f"{x.debut:%d/%m/%Y}", f"{x.fin:%d/%m/%Y}", str(x.jours))
        ecrit.writerow([*map(inoffensif, textes), *jours, f"{x.montant:.2f}".replace(".", ","), inoffensif(x.corrige)])
    return flux.getvalue().encode("utf-8-sig")


def inoffensif(texte: str) -> str:
    """The text as a spreadsheet shows it, never computes it."""
    return f"'{texte}" if texte.startswith(DANGEREUX) else texte


@cache
def _template() -> bytes:
    return GABARIT.read_bytes()


def _french(valeur: object) -> str:
    if isinstance(valeur, dt.date):
        return f"{valeur:%d/%m/%Y}"
    if isinstance(valeur, Decimal):
        return euros(valeur)
    raise TypeError(type(valeur))
