"""The IBAN that an earlier version kept on the collectivité becomes an account that waits for two people; a wrong one is not taken."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any

from indemnities.enums import EtatCompte
from indemnities.models import CompteBancaire
from tests import factories as f
from tests.indemnities.virements import iban

MIGRATION = import_module("indemnities.migrations.0012_comptes_repris")


class _Anciennes(list[Any]):
    """The rows as that version read them: the column is gone from the model of today."""

    def exclude(self, **_: Any) -> _Anciennes:
        return _Anciennes(row for row in self if row.iban)

    def order_by(self, *_: str) -> _Anciennes:
        return self


def test_it_waits_for_two_people(m: f.Monde) -> None:
    juste, faux, vide = m.collectivite, m.autre_collectivite, f.collectivite()
    for row, valeur in ((juste, iban(1)), (faux, "FR00 1234"), (vide, "")):
        row.iban = valeur  # type: ignore[attr-defined]
    modeles = {"CompteBancaire": CompteBancaire, "Collectivite": SimpleNamespace(objects=_Anciennes([juste, faux, vide]))}
    MIGRATION.reprendre(SimpleNamespace(get_model=lambda _, nom: modeles[nom]), None)
    repris = CompteBancaire.objects.get()
    assert (repris.collectivite, repris.iban, repris.etat, repris.saisi_par) == (juste, iban(1), EtatCompte.SAISI, None)
