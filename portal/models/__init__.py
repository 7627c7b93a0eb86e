"""What the doors keep of their visitors' own work in progress: never a fact of a case."""

from portal.models.brouillon import Brouillon
from portal.models.gestion import Consultation, VueEnregistree

__all__ = ["Brouillon", "Consultation", "VueEnregistree"]
