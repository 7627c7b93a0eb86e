"""Checks of French identifiers, by libraries that know their keys."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from stdnum.exceptions import ValidationError as StdnumError
from stdnum.fr import siret


def validate_siret(value: str) -> None:
    """Raise ValidationError unless `value` is 14 digits with a right Luhn key (La Poste's own exception included)."""
    try:
        siret.validate(value)
    except StdnumError as error:
        raise ValidationError("Ce SIRET n’est pas valide : 14 chiffres, clé de contrôle comprise.", code="siret") from error


def validate_iban(value: str) -> None:
    """Raise ValidationError unless `value` is an IBAN whose national and international keys are right."""
    try:
        IBAN(value, validate_bban=True)
    except SchwiftyException as error:
        raise ValidationError("Cet IBAN n’est pas valide : vérifiez chaque caractère.", code="iban") from error
