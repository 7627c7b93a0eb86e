"""The body of a request: JSON, small, and exactly JSON. Nothing is read before its announced length has been checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

from django.http import HttpRequest, UnreadablePostError
from rest_framework.parsers import BaseParser

from api.problems import Problem

MAX_BODY = 256 * 1024
"""Bytes. The largest document of this API is a few kilobytes; files go straight to the store."""

MAX_DEPTH = 10


def check_length(request: HttpRequest) -> None:
    """Raise Problem for a body too large or of unknown length, before a byte of it is read."""
    raw = request.META.get("CONTENT_LENGTH") or ""
    if not raw and "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        raise Problem("longueur-inconnue", "Donnez la longueur du corps avec « Content-Length ».")
    if raw and (not raw.isascii() or not raw.isdigit()):
        raise Problem("en-tete-invalide", "« Content-Length » n’est pas un nombre.", champs={"Content-Length": ["Un nombre d’octets."]})
    if raw and int(raw) > MAX_BODY:
        raise _too_large()


class StrictJSONParser(BaseParser):
    """UTF-8 JSON without duplicate keys, NaN, lone surrogates or bottomless nesting; decimals stay exact."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        try:
            raw = stream.read(MAX_BODY + 1)
        except (UnreadablePostError, OSError) as error:
            raise _unreadable("la transmission s’est interrompue") from error
        if len(raw) > MAX_BODY:
            raise _too_large()
        try:
            document = json.loads(raw.decode("utf-8"), object_pairs_hook=_pairs, parse_constant=_constant, parse_float=Decimal)
        except UnicodeDecodeError as error:
            raise _unreadable("il n’est pas en UTF-8") from error
        except RecursionError as error:
            raise _unreadable("il est trop imbriqué") from error
        except json.JSONDecodeError as error:
            raise _unreadable(f"ce n’est pas du JSON (ligne {error.lineno}, colonne {error.colno})") from error
        except (ValueError, ArithmeticError) as error:
            raise _unreadable("un nombre y est démesuré") from error
        _check(document, MAX_DEPTH)
        return document


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise _unreadable("un champ y figure deux fois")
        found[name] = value
    return found


def _constant(name: str) -> Any:
    raise _unreadable(f"« {name} » n’est pas du JSON")


def _check(value: Any, depth: int) -> None:
    """Refuse what no database and no UTF-8 answer could carry."""
    if depth == 0:
        raise _unreadable("il est trop imbriqué")
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
            raise _unreadable("un texte contient un caractère interdit")
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check(name, depth)
            _check(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth - 1)


def _unreadable(why: str) -> Problem:
    return Problem("json-illisible", f"Le corps de la requête est illisible : {why}.")


def _too_large() -> Problem:
    return Problem(
        "corps-trop-grand",
        f"Le corps dépasse {MAX_BODY // 1024} Kio. Les fichiers ne passent pas par ici : annoncez-les, puis déposez-les à l’adresse reçue.",
    )
