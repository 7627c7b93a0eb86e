"""Checks of French identifiers, by libraries that know their keys."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from stdnum.exceptions import ValidationError as StdnumError
from stdnum.fr import siret


def validate_siret(value: str) -> None:
    """Raise ValidationError unless `value` is 14 digits with a right Luhn key (La Poste's own exception included)."""
    try:
        siret.validate(value)
    except StdnumError as error:
        raise ValidationError("Ce SIRET n’est pas valide : 14 chiffres, clé de contrôle comprise.", code="siret") from error
