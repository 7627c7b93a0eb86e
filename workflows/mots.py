"""Texts of the procedures that leave: an employer, an insurer or a third party reads them, so they tell nothing medical."""

from __future__ import annotations

from cases.errors import DonneeInvalide
from cases.mots_medicaux import revealing_words


def check_words(champ: str, texte: str) -> None:
    """Raises DonneeInvalide on `champ` when a word of `texte` begins like a medical one."""
    mots = revealing_words(texte)
    if mots:
        raise DonneeInvalide.sur(champ, f"Ce texte est lu hors de la bulle et semble médical (« {mots[0]} ») : dites-le autrement.")
