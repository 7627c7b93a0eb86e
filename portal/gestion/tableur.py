"""Files that a spreadsheet opens. What a cell holds is text: nothing typed by somebody ever becomes a formula there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

DEBUTS_DE_FORMULE = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What makes a spreadsheet read a cell as a formula: such a cell begins with an apostrophe (OWASP, CSV injection)."""


def cellule(valeur: object) -> str:
    texte = str(valeur)
    return f"'{texte}" if texte.lstrip(" ").startswith(DEBUTS_DE_FORMULE) else texte


def csv_response(nom: str, entetes: Sequence[str], lignes: Iterable[Sequence[object]]) -> HttpResponse:
    """A CSV as French spreadsheets open it: semicolons, UTF-8 with its mark, CRLF. `nom`: of the file, nothing personal in it."""
    tampon = io.StringIO()
    ecrivain = csv.writer(tampon, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    ecrivain.writerow(entetes)
    ecrivain.writerows([[cellule(valeur) for valeur in ligne] for ligne in lignes])
    response = HttpResponse(tampon.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{nom}.csv"'
    response["Cache-Control"] = "no-store"
    return response
