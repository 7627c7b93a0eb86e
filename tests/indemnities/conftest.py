"""A validated sinistre, ready to be paid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from cases.models import Sinistre
from indemnities.models import Decompte
from tests import factories as f
from workflows import payments
from workflows.lifecycle import transiter


@pytest.fixture
def m(db: None) -> f.Monde:
    return f.monde()


def validated(m: f.Monde, **champs: Any) -> Sinistre:
    """A sinistre in the state VALIDE, of an agent of its own."""
    sinistre = f.sinistre(m, de=f.agent(m.collectivite), **champs)
    f.complete_pieces(sinistre, m.gestionnaire)
    return transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return validated(m)


Typist = Callable[..., Decompte]


@pytest.fixture
def typed(m: f.Monde, sinistre: Sinistre) -> Typist:
    """Types a décompte on `sinistre`: its first `jours` days, from `a_partir` days after its beginning."""

    def typist(
        *, jours: int = 30, a_partir: int = 0, montant: str = "100.00", corrige: Decompte | None = None,
        par: User | None = None, **champs: Any,
    ) -> Decompte:  # fmt: skip
        debut = sinistre.survenance + dt.timedelta(days=a_partir)
        valeurs: dict[str, Any] = {
            "numero": sinistre.numero, "debut": debut, "fin": debut + dt.timedelta(days=jours - 1), "montant": Decimal(montant),
            "explication": "Calcul d’essai", "corrige": corrige,
        } | champs  # fmt: skip
        return payments.saisir_decompte(acteur=par or m.gestionnaire, **valeurs)

    return typist
