"""Writes of the gestionnaires' own arrangements: saved views, « Mme Roche consulte »."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.errors import DonneeInvalide
from cases.models import Sinistre
from journal.services import consigner
from portal.models import Consultation, VueEnregistree

LEASE = dt.timedelta(minutes=2)


def enregistrer_vue(*, acteur: User, nom: str, file: str, parametres: dict[str, Any], partagee: bool = False) -> VueEnregistree:
    """Keep a queue with its filters under a name. Raises DonneeInvalide for a name that is empty or taken."""
    exiger(acteur, "file_consulter")
    nom = nom.strip()
    if not nom:
        raise DonneeInvalide.sur("nom", "Donnez un nom à cette vue.")
    if len(nom) > 40:
        raise DonneeInvalide.sur("nom", "Quarante caractères au plus.")
    try:
        with transaction.atomic():
            vue = VueEnregistree.objects.create(proprietaire=acteur, nom=nom, file=file, parametres=parametres, partagee=partagee)
            consigner(acteur=acteur, action="vue.enregistree", objet_type="vue", objet_id=vue.pk, donnees={"partagee": partagee})
    except IntegrityError as error:
        raise DonneeInvalide.sur("nom", "Vous avez déjà une vue de ce nom.") from error
    return vue


def supprimer_vue(*, acteur: User, vue_id: int) -> None:
    """Drop one's own view. Raises VueEnregistree.DoesNotExist for another's."""
    with transaction.atomic():
        vue = VueEnregistree.objects.get(pk=vue_id, proprietaire=acteur)
        consigner(acteur=acteur, action="vue.supprimee", objet_type="vue", objet_id=vue.pk)
        vue.delete()


def signaler_consultation(*, acteur: User, sinistre: Sinistre) -> None:
    """Renew the two-minute lease that tells the others who has this dossier open."""
    exiger(acteur, "dossier_lire", sinistre)
    Consultation.objects.bulk_create(
        [Consultation(user=acteur, sinistre=sinistre, expire_le=timezone.now() + LEASE)],
        update_conflicts=True,
        unique_fields=["sinistre", "user"],
        update_fields=["expire_le"],
    )
