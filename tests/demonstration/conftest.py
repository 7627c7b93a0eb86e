"""A small demonstration, loaded once for the tests that look at it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings

from cases.models import Sinistre, Tache
from documents.models import Piece
from indemnities.models import Decompte
from project.demonstration import chargement
from project.demonstration.taille import Taille
from project.demonstration.voyage import Horloge, real_now, voyage
from tests import base
from tests.conftest import _as_bulle

PETITE = Taille(collectivites=8, agents_cnracl=130, agents_ircantec=40, dossiers=70, fichiers=9, courriers=5)
MINUSCULE = Taille(collectivites=4, agents_cnracl=70, agents_ircantec=30, dossiers=1, fichiers=0, courriers=1)
REFERENCE = dt.datetime(2026, 11, 19, 15, 0, tzinfo=dt.UTC)
MOT_DE_PASSE = "un mot de passe d’essai"


@pytest.fixture
def en_demonstration() -> Iterator[None]:
    with override_settings(DEMO=True):
        yield


@pytest.fixture(scope="module")
def portefeuille(test_database: base.TestDatabase, django_db_setup: None, django_db_blocker: Any) -> Iterator[int]:
    """Loaded by the web's login and committed: how many dossiers. What a test writes beside it is rolled back."""
    try:
        with django_db_blocker.unblock(), override_settings(DEMO=True):
            nombre = chargement.load(mot_de_passe=MOT_DE_PASSE, taille=PETITE, reference=REFERENCE)
        yield nombre
    finally:
        test_database.put_back()


@pytest.fixture
def en_bulle(portefeuille: int) -> Iterator[None]:
    """The bulle's process after the web's has loaded. Asked for before `db`, whose connection must be the bulle's."""
    with _as_bulle(), override_settings(DEMO=True):
        yield


class Suite(Horloge):
    """The clock goes on from an instant."""

    def __init__(self, depart: dt.datetime) -> None:
        super().__init__(depart)
        self.ecart = depart - real_now()

    def now(self) -> dt.datetime:
        return real_now() + self.ecart


@pytest.fixture
def au_jour_dit(en_bulle: None) -> Iterator[None]:
    """The day on which the portfolio stands."""
    with voyage(Suite(REFERENCE)):
        yield


def portrait() -> str:
    """A digest of what the demonstration says, without ids of rows nor numbers, which no rollback gives back."""
    lignes = [
        *Sinistre.objects.order_by("pk").values_list(
            "agent__matricule", "collectivite__siret", "nature", "etat", "survenance", "declare_le", "etat_depuis"
        ),
        *Piece.objects.order_by("sinistre_id", "code", "arret__debut").values_list("code", "etat", "recue_le"),
        *Decompte.objects.order_by("pk").values_list("debut", "montant", "etat", "calcule_par__email"),
        *Tache.objects.order_by("cree_le", "sinistre", "genre").values_list("genre", "due_at", "fermee_le", "porteur__email"),
    ]
    return hashlib.sha256(repr(lignes).encode()).hexdigest()
