"""The workshop: from the bytes of a file, the sanitised copy that pages show. The original is never touched.

What a stranger sent is parsed in a child process of its own (`documents.atelier.etabli`), without Django, without our environment,
with little memory and little time: a bomb kills the child, never the worker. Nothing here knows a dossier, a store or a setting.
"""

from documents.atelier.client import fabriquer, fonctionne
from documents.atelier.limites import Apercu, AtelierEnPanne, Irrecevable

__all__ = ["Apercu", "AtelierEnPanne", "Irrecevable", "fabriquer", "fonctionne"]
