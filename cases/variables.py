"""« {{ nom }} » in words that a person keeps ready: ready answers and e-mails are filled here, and no template language reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping

VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def remplir(texte: str, valeurs: Mapping[str, str]) -> str:
    """`texte` with the value of each variable, which is never read again for variables. Raises KeyError for one that has none."""
    return VARIABLE.sub(lambda trouvee: valeurs[trouvee[1]], texte)
