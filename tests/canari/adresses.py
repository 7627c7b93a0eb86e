"""Every address of a URL conf, filled with the planted dossier's own numbers. One that nobody knows how to fill fails the test."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from django.apps import apps
from django.urls import URLPattern, URLResolver
from django.urls.resolvers import RegexPattern, RoutePattern
from django.utils.regex_helper import normalize

EXCLUES = {
    "account_logout": "ends the walker's session; its page is read as anonymous, its act says nothing",
    "logout": "the administration's own sign-out, likewise",
    "openid_connect_login": "leaves for an identity provider that no test has",
    "openid_connect_callback": "comes back from an identity provider that no test has",
}
"""Names of addresses that signed-in people do not walk, with the reason. Anonymous visitors walk them."""


class AdresseInconnue(Exception):
    """An address has a parameter that the table of values does not name: say in tests/canari what to put there."""


@dataclass(frozen=True)
class Motif:
    """One address as the URL conf declares it: its full name, what it is made of, the parameters to fill."""

    nom: str
    gabarit: str
    parametres: tuple[str, ...]

    @property
    def est_exclu(self) -> bool:
        return self.nom.rsplit(":", 1)[-1] in EXCLUES


def motifs(urlconf: str) -> list[Motif]:
    return list(_motifs(import_module(urlconf).urlpatterns, "", "", ()))


def _motifs(patterns: Sequence[Any], debut: str, espace: str, avant: tuple[str, ...]) -> Iterator[Motif]:
    for pattern in patterns:
        morceau, parametres = _morceau(pattern.pattern)
        gabarit, tous = debut + morceau, avant + parametres
        if isinstance(pattern, URLResolver):
            yield from _motifs(pattern.url_patterns, gabarit, f"{espace}{pattern.namespace}:" if pattern.namespace else espace, tous)
        elif isinstance(pattern, URLPattern):
            yield Motif(f"{espace}{pattern.name or ''}" if pattern.name else f"{espace}({gabarit})", f"/{gabarit}", tous)


def _morceau(pattern: Any) -> tuple[str, tuple[str, ...]]:
    if isinstance(pattern, RoutePattern):
        route = str(pattern)
        return re.sub(r"<(?:\w+:)?(\w+)>", r"%(\1)s", route), tuple(re.findall(r"<(?:\w+:)?(\w+)>", route))
    assert isinstance(pattern, RegexPattern)
    gabarit, parametres = normalize(str(pattern))[0]
    return gabarit, tuple(parametres)


@dataclass
class Valeurs:
    """What to put in the place of each parameter: by name, or by « view name:parameter » where a name means several things."""

    communes: dict[str, list[Any]]
    propres: dict[str, list[Any]] = field(default_factory=dict)

    def de(self, motif: Motif, parametre: str) -> list[Any]:
        propre = self.propres.get(f"{motif.nom}:{parametre}")
        if propre is not None:
            return propre
        if parametre == "object_id" and motif.gabarit.startswith("/administration/"):
            return _rows_of(motif)
        if parametre not in self.communes:
            raise AdresseInconnue(f"{motif.nom} ({motif.gabarit}) : {parametre}")
        return self.communes[parametre]

    def chemins(self, motif: Motif) -> list[str]:
        """The values in turn, as paths. Where an object is named beside its dossier, the dossier is the first one: the object's own."""
        seul = len(motif.parametres) > 1
        choix = [self.de(motif, parametre)[: 1 if seul and parametre == "numero" else None] for parametre in motif.parametres]
        return [motif.gabarit % dict(zip(motif.parametres, valeurs, strict=True)) for valeurs in itertools.product(*choix)]


def _rows_of(motif: Motif) -> list[Any]:
    """Keys of the first rows of the model that a page of the administration shows."""
    parties = motif.gabarit.strip("/").split("/")
    if parties[1].startswith("r"):
        return [1]
    modele = apps.get_model(parties[1], parties[2])
    return list(modele._base_manager.order_by("pk").values_list("pk", flat=True)[:2]) or [1]
