"""The bordereau on paper and for a spreadsheet: what it says, and what no text in it may do."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pikepdf
import pytest

from indemnities.editions.bordereau import BordereauEdite, LigneEditee, pdf, tableur

D = dt.date
LIGNE = LigneEditee(
    "2026-000001", "M-204", "C. D.", "Maladie ordinaire", D(2026, 1, 3), D(2026, 2, 1), D(2026, 2, 28), 28, Decimal("1234.56")
)
CORRECTION = replace(LIGNE, montant=Decimal("-34.50"), corrige="2026-000001, du 01/02/2026")


def bordereau(*lignes: LigneEditee, collectivite: str = "Commune de Lodève") -> BordereauEdite:
    return BordereauEdite(
        "B-2026-000042", D(2026, 11, 21), "CDG de l’Hérault", collectivite, "21340142100013", "CG-2024", "Assurances du Midi",
        "B-2026-000042", lignes, "ab" * 32,
    )  # fmt: skip


def structure(noeud: pikepdf.Object) -> set[str]:
    """The kinds of the tagged elements of a document."""
    found = {str(noeud["/S"])} if "/S" in noeud else set()
    enfants: Any = noeud.get("/K", [])
    for enfant in enfants if isinstance(enfants, pikepdf.Array) else [enfants]:
        if isinstance(enfant, pikepdf.Dictionary):
            found |= structure(enfant)
    return found


def test_the_document_is_tagged_titled_and_in_french() -> None:
    with pikepdf.open(io.BytesIO(pdf(bordereau(LIGNE, CORRECTION)))) as lu:
        assert lu.Root.Lang == "fr-FR"
        assert lu.Root.MarkInfo.Marked
        assert lu.Root.ViewerPreferences.DisplayDocTitle
        assert {"/H1", "/Table", "/TH", "/TD"} <= structure(lu.Root.StructTreeRoot)
        with lu.open_metadata() as metadata:
            assert metadata["dc:title"] == "Bordereau de règlement B-2026-000042"
            assert metadata["pdfuaid:part"] == "1"


def test_the_same_bordereau_gives_the_same_bytes() -> None:
    assert pdf(bordereau(LIGNE)) == pdf(bordereau(LIGNE))
    assert pdf(bordereau(LIGNE)) != pdf(bordereau(CORRECTION))


@pytest.mark.parametrize("texte", ['#panic("lu")', "$x$ *gras* _a_ `b` <c>", ']#read("/etc/hosts")', "\\", "é\u202f☃"])
def test_no_text_is_read_as_typesetting(texte: str) -> None:
    assert pdf(bordereau(replace(LIGNE, matricule=texte, nature=texte), collectivite=texte)).startswith(b"%PDF")


def test_the_spreadsheet_opens_right_and_computes_nothing() -> None:
    contenu = tableur(bordereau(replace(LIGNE, matricule='=HYPERLINK("x")'), CORRECTION))
    assert contenu.startswith(b"\xef\xbb\xbf")
    titres, une, autre = csv.reader(io.StringIO(contenu.decode("utf-8-sig")), delimiter=";")
    lue = dict(zip(titres, une, strict=True))
    assert (lue["Montant"], lue["Du"], lue["Jours"]) == ("1234,56", "01/02/2026", "28")
    assert lue["Matricule"] == '\'=HYPERLINK("x")'
    assert dict(zip(titres, autre, strict=True))["Montant"] == "-34,50", "a negative amount stays a number"


def test_the_total_is_that_of_the_lines() -> None:
    assert bordereau(LIGNE, CORRECTION).total == Decimal("1200.06")
