"""Saying the facts that a right depends on and no certificate says."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.errors import DonneeInvalide
from cases.models import Sinistre
from indemnities.models import FaitsDroits
from journal.services import consigner

CHAMPS = (
    "dispense", "naissance", "rang", "enfants", "a_charge", "partage", "postnatal", "groupe", "quatrieme_annee", "refus_debut",
    "refus_fin",
)  # fmt: skip


def fixer(*, acteur: User, sinistre: Sinistre, **valeurs: Any) -> FaitsDroits:
    """Set the facts named, the others staying as they are. The caller holds the lock of the sinistre.

    Raises Refus, DonneeInvalide on the field that is wrong.
    """
    exiger(acteur, "decompte_calculer", sinistre)
    inconnus = sorted(set(valeurs) - set(CHAMPS))
    if inconnus:
        raise DonneeInvalide({champ: ["Champ inconnu."] for champ in inconnus})
    faits = FaitsDroits.objects.filter(sinistre=sinistre).first() or FaitsDroits(sinistre=sinistre)
    for champ, valeur in valeurs.items():
        setattr(faits, champ, valeur)
    faits.saisis_par, faits.saisis_le = acteur, timezone.now()
    try:
        faits.full_clean(exclude=["sinistre", "saisis_par"], validate_unique=False)
    except ValidationError as error:
        raise DonneeInvalide({("" if champ == "__all__" else champ): messages for champ, messages in error.message_dict.items()}) from error
    faits.save()
    consigner(
        acteur=acteur,
        action="faits_droits.fixes",
        objet_type="sinistre",
        objet_id=sinistre.pk,
        sinistre_id=sinistre.pk,
        donnees={champ: _plain(getattr(faits, champ)) for champ in CHAMPS if champ in valeurs},
    )
    return faits


def _plain(valeur: Any) -> str | int | bool | None:
    return valeur.isoformat() if hasattr(valeur, "isoformat") else valeur
