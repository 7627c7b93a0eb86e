"""The kinds of procedure that the API can start. A médiation begins with the transition that proposes a refusal, and a soutien
psychologique is asked for in the bulle alone.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Protocol, cast

from drf_spectacular.utils import extend_schema_serializer
from rest_framework.serializers import Serializer

from accounts.models import User
from api import fields
from api.procedures import accompagnement, contre_visite, expertise, recours, saisine
from cases.enums import GenreBranche
from cases.models import Branche, Sinistre


class Procedure(Protocol):
    """What a module of api/procedures holds: the document that asks for a procedure, and the service that starts it."""

    Entree: type[fields.Entree]

    def ouvrir(self, acteur: User, sinistre: Sinistre, donnees: dict[str, Any]) -> Branche:
        """Raises as the service of its kind."""


PROCEDURES: dict[str, Procedure] = {
    GenreBranche.CONTRE_VISITE.value: cast(Procedure, contre_visite),
    GenreBranche.EXPERTISE.value: cast(Procedure, expertise),
    GenreBranche.RECOURS.value: cast(Procedure, recours),
    GenreBranche.ACCOMPAGNEMENT.value: cast(Procedure, accompagnement),
    GenreBranche.SAISINE.value: cast(Procedure, saisine),
}


@cache
def demande_de(genre: str) -> type[fields.Entree]:
    """The document that asks for this kind: its own fields beside « genre », which names it. Raises KeyError."""
    own = PROCEDURES[genre].Entree
    nom = "".join(part.capitalize() for part in genre.split("_"))
    champ = fields.Choix(choices=[(genre, GenreBranche(genre).label)], help_text="Le genre de procédure demandé.")
    found = type(f"{nom}Demande", (own,), {"genre": champ, "__doc__": own.__doc__})
    return cast("type[fields.Entree]", extend_schema_serializer(component_name=f"{nom}Demande")(found))


def demandes() -> dict[str, Serializer[Any] | type[Serializer[Any]]]:
    """The document of each kind, for the description of the API."""
    return {genre: demande_de(genre) for genre in PROCEDURES}
