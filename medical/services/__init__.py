"""Acts inside the bulle. What it holds comes with the pièces; what is kept from the first day is who opened which dossier, and why."""

from __future__ import annotations

from django.db import transaction

from accounts.gate import exiger
from accounts.models import User
from cases.errors import DonneeInvalide
from cases.models import AvisMedecin
from journal.services import consigner
from medical.enums import Finalite


def ouvrir_dossier(*, acteur: User, avis: AvisMedecin, finalite: str) -> None:
    """Record that a médecin opens a dossier entrusted to him, and why, before he reads it. Raises Refus, DonneeInvalide."""
    exiger(acteur, "avis_lire", avis.sinistre)
    if finalite not in Finalite.values:
        raise DonneeInvalide.sur("finalite", "Dites pourquoi vous ouvrez ce dossier.")
    with transaction.atomic():
        consigner(
            acteur=acteur,
            action="avis.dossier_ouvert",
            objet_type="avis",
            objet_id=avis.pk,
            sinistre_id=avis.sinistre_id,
            motif=Finalite(finalite).label,
        )
