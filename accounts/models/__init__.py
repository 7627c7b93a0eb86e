"""People and their rights (personnes), and what makes somebody count in the bulle (bulle: schema `medical`)."""

from accounts.models.bulle import Admission, IdentifiantBulle, LienEnrolement
from accounts.models.personnes import (
    Collectivite,
    Habilitation,
    HabilitationQuerySet,
    JetonApi,
    Organisme,
    SessionOuverte,
    User,
    UserManager,
)

__all__ = [
    "Admission",
    "Collectivite",
    "Habilitation",
    "HabilitationQuerySet",
    "IdentifiantBulle",
    "JetonApi",
    "LienEnrolement",
    "Organisme",
    "SessionOuverte",
    "User",
    "UserManager",
]
