"""Internal notes."""

from __future__ import annotations

from django.db import transaction

from accounts.gate import exiger
from accounts.models import User
from cases.errors import DonneeInvalide
from cases.models import Note, Sinistre
from journal.services import consigner


def annoter(*, acteur: User, sinistre: Sinistre, texte: str) -> Note:
    """Write an internal note: the CDG reads it, nobody else. Raises DonneeInvalide when empty."""
    exiger(acteur, "dossier_annoter", sinistre)
    if not texte.strip():
        raise DonneeInvalide.sur("texte", "La note est vide.")
    with transaction.atomic():
        note = Note.objects.create(sinistre=sinistre, auteur=acteur, texte=texte.strip())
        consigner(acteur=acteur, action="note.ecrite", objet_type="note", objet_id=note.pk, sinistre_id=sinistre.pk)
    return note
