"""Typing the fees of a médecin agréé."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.errors import DonneeInvalide
from cases.models import Branche, MedecinAgree, Sinistre
from indemnities.enums import ChargeHonoraires
from indemnities.models import Honoraire
from journal.services import annoncer, consigner

MAXIMUM = Decimal("10000")
CENT = Decimal("0.01")


def charge_de(*, obligatoire: bool) -> ChargeHonoraires:
    """A control that the law imposes is the employer's; any other on a guaranteed risk, the insurer's (S002; domain: §5.1)."""
    return ChargeHonoraires.COLLECTIVITE if obligatoire else ChargeHonoraires.ASSUREUR


def saisir(
    *,
    acteur: User,
    sinistre: Sinistre,
    branche: Branche,
    medecin: MedecinAgree,
    reference: str,
    facture_du: dt.date,
    montant: Decimal,
    charge: ChargeHonoraires,
) -> Honoraire:
    """Keep one invoice of `medecin` for this procedure, amount in euros. The caller holds the lock of the sinistre.

    Raises Refus, DonneeInvalide (future or older than the procedure, not an amount in cents, already typed).
    """
    exiger(acteur, "honoraires_saisir", sinistre)
    erreurs: dict[str, list[str]] = {}
    if not reference.strip():
        erreurs["reference"] = ["Donnez la référence de la facture."]
    if facture_du > timezone.localdate():
        erreurs["facture_du"] = ["La facture est datée d’un jour à venir."]
    elif facture_du < timezone.localtime(branche.ouverte_le).date():
        erreurs["facture_du"] = ["La facture est antérieure à la procédure."]
    if not montant.is_finite() or not 0 < montant <= MAXIMUM:
        erreurs["montant"] = [f"Le montant est compris entre 0,01 et {MAXIMUM} euros."]
    elif montant != montant.quantize(CENT):
        erreurs["montant"] = ["Le montant s’arrête au centime."]
    if erreurs:
        raise DonneeInvalide(erreurs)
    try:
        with transaction.atomic():
            honoraire = Honoraire.objects.create(
                sinistre=sinistre,
                branche=branche,
                medecin=medecin,
                reference=reference.strip(),
                facture_du=facture_du,
                montant=montant,
                charge=charge,
                saisi_par=acteur,
            )
    except IntegrityError as error:
        if "honoraire_facture_unique" not in str(error):
            raise
        raise DonneeInvalide.sur("reference", "Cette facture de ce médecin est déjà saisie.") from error
    consigner(
        acteur=acteur,
        action="honoraire.saisi",
        objet_type="honoraire",
        objet_id=honoraire.pk,
        sinistre_id=sinistre.pk,
        donnees={"montant": str(montant), "charge": str(charge), "facture_du": facture_du.isoformat()},
    )
    annoncer(type="honoraire.saisi", objet_type="honoraire", objet_id=honoraire.pk, sinistre_id=sinistre.pk)
    return honoraire
