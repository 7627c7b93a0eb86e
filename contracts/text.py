"""Text as the search index keeps it."""

from __future__ import annotations

import unicodedata


def search_key(texte: str) -> str:
    """Lower case without accents: the twin of the database function `vigie_recherche`."""
    decomposed = unicodedata.normalize("NFKD", texte.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("Æ", "AE"))
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()
