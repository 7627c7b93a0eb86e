"""Fields that take exactly what they say: a number is not a text, « true » is not true, an unknown field is an error."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

FIRST_YEAR, LAST_YEAR = 1950, 2100
MAX_ID = 2**63 - 1

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
_DECIMAL = re.compile(r"-?\d{1,12}(\.\d{1,6})?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

REQUIRED: dict[str, Any] = {"required": "Ce champ est obligatoire.", "null": "Ce champ ne peut pas être nul."}


class Texte(serializers.CharField):
    """A string. Line breaks and tabs are the only control characters it may hold."""

    default_error_messages = REQUIRED | {
        "invalid": "Donnez un texte.",
        "blank": "Ce champ ne peut pas être vide.",
        "max_length": "{max_length} caractères au plus.",
        "min_length": "{min_length} caractères au moins.",
        "controle": "Ce texte contient un caractère interdit.",
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        if _CONTROL.search(data):
            self.fail("controle")
        return super().to_internal_value(data)


class Booleen(serializers.BooleanField):
    default_error_messages = REQUIRED | {"invalid": "Donnez true ou false."}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid")
        return data


class Entier(serializers.IntegerField):
    default_error_messages = REQUIRED | {
        "invalid": "Donnez un nombre entier.",
        "min_value": "{min_value} au moins.",
        "max_value": "{max_value} au plus.",
    }

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class EntierAdresse(Entier):
    """A whole number in an address, where everything is text."""

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, str) or not data.isascii() or not data.isdigit() or len(data) > 9:
            self.fail("invalid")
        return int(data)


class Identifiant(Entier):
    """The `id` that an answer of this API gave."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"min_value": 1, "max_value": MAX_ID} | kwargs))


@extend_schema_field(OpenApiTypes.DATE)
class Jour(serializers.DateField):
    """« AAAA-MM-JJ », a day that exists, between 1950 and 2100: outside, it is a typing error."""

    default_error_messages = REQUIRED | {
        "invalid": "Donnez une date « AAAA-MM-JJ ».",
        "bornes": f"L’année va de {FIRST_YEAR} à {LAST_YEAR} : vérifiez la date.",
    }

    def to_internal_value(self, data: Any) -> dt.date:
        if not isinstance(data, str) or not _DATE.fullmatch(data):
            self.fail("invalid")
        try:
            jour = dt.date.fromisoformat(data)
        except ValueError:
            self.fail("invalid")
        if not FIRST_YEAR <= jour.year <= LAST_YEAR:
            self.fail("bornes")
        return jour


@extend_schema_field(OpenApiTypes.DATETIME)
class Instant(serializers.DateTimeField):
    """« 2026-11-16T10:42:00+01:00 »: an instant with its offset, between 1950 and 2100."""

    default_error_messages = REQUIRED | {
        "invalid": "Donnez un instant avec son décalage, comme « 2026-11-16T10:42:00+01:00 ».",
        "bornes": f"L’année va de {FIRST_YEAR} à {LAST_YEAR} : vérifiez l’instant.",
    }

    def to_internal_value(self, data: Any) -> dt.datetime:
        if not isinstance(data, str) or not _INSTANT.fullmatch(data):
            self.fail("invalid")
        try:
            instant = dt.datetime.fromisoformat(data.upper())
        except ValueError:
            self.fail("invalid")
        if not FIRST_YEAR <= instant.year <= LAST_YEAR:
            self.fail("bornes")
        return instant


class Montant(serializers.DecimalField):
    """Euros, as a text (« 1234.56 ») or a JSON number; the service says the rest (cents, sign)."""

    default_error_messages = REQUIRED | {"invalid": "Donnez un montant en euros, comme « 1234.56 »."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"max_digits": 10, "decimal_places": 2} | kwargs))

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, str | int | Decimal):
            self.fail("invalid")
        texte = data if isinstance(data, str) else format(data, "f") if abs(Decimal(data).adjusted()) < 20 else ""
        if not _DECIMAL.fullmatch(texte):
            self.fail("invalid")
        return super().to_internal_value(texte)


class Choix(serializers.ChoiceField):
    default_error_messages = REQUIRED | {"invalid_choice": "Choisissez une valeur de la liste."}

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice")
        return data


class Entree(serializers.Serializer[Any]):
    """A document that comes in: an object whose every field is known."""

    default_error_messages = REQUIRED | {"invalid": "Donnez un objet JSON.", "null": "Donnez un objet JSON."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if isinstance(data, Mapping):
            # An unknown name is shown shortened: it comes from outside.
            unknown: dict[str, Any] = {str(name)[:80]: ["Ce champ est inconnu."] for name in data if name not in self.fields}
            if unknown:
                try:
                    super().to_internal_value(data)
                except serializers.ValidationError as error:
                    unknown = {**unknown, **error.detail} if isinstance(error.detail, dict) else unknown
                raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)


class Pagine(Entree):
    """The parameters of a list given by pages."""

    curseur = Texte(required=False, max_length=200, help_text="Donné par « suivant » de la page précédente.")
    taille = EntierAdresse(required=False, min_value=1, max_value=200, help_text="Lignes par page, 50 si absent.")


class Sortie(serializers.Serializer[Any]):
    """A document that goes out."""
