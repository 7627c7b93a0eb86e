"""What the doors keep for themselves: nothing of the trade."""

from portal.models.brouillon import Brouillon

__all__ = ["Brouillon"]
