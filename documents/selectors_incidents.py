"""Reads of what the sweepers of the stores found wrong, for the responsable."""

from __future__ import annotations

from django.db.models import QuerySet

from accounts.gate import peut
from accounts.models import User
from documents.models import AnomalieStockage


def incidents(user: User) -> QuerySet[AnomalieStockage]:
    """Anomalies of both buckets. Those of the bulle's tell an object's random name and nothing else."""
    if not peut(user, "incidents_traiter"):
        return AnomalieStockage.objects.none()
    return AnomalieStockage.objects.select_related("depot__piece__sinistre", "resolue_par")


def incidents_ouverts(user: User) -> QuerySet[AnomalieStockage]:
    """Not settled, oldest first."""
    return incidents(user).filter(resolue_le__isnull=True).order_by("constatee_le", "pk")


def incidents_resolus(user: User) -> QuerySet[AnomalieStockage]:
    """Settled, the latest first."""
    return incidents(user).filter(resolue_le__isnull=False).order_by("-resolue_le", "-pk")


def incident_visible(user: User, anomalie_id: int) -> AnomalieStockage:
    """Raises AnomalieStockage.DoesNotExist."""
    return incidents(user).get(pk=anomalie_id)
