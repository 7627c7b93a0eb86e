"""The demonstration's loader: the same each time, once, never in production nor among real data."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings

from accounts.models import Collectivite, Organisme
from cases.models import Sinistre
from contracts.models import ContratGroupe
from project.demonstration import chargement
from project.demonstration.socle import siret
from tests.demonstration.conftest import MINUSCULE, PETITE, REFERENCE, portrait

pytestmark = pytest.mark.django_db


def test_same_reference_same_portfolio(en_demonstration: None) -> None:
    portraits = []
    for mot_de_passe in ("un mot de passe", "un autre"):
        with transaction.atomic():
            chargement.load(mot_de_passe=mot_de_passe, taille=MINUSCULE, reference=REFERENCE)
            portraits.append(portrait())
            transaction.set_rollback(True)
        assert not Sinistre.objects.exists(), "a load that does not commit leaves nothing"
    assert portraits[0] == portraits[1]


@pytest.mark.bulle
def test_the_bulle_waits_for_the_portfolio(en_demonstration: None) -> None:
    with pytest.raises(CommandError, match="d’abord le portefeuille"):
        call_command("charger_demonstration")


def test_refused_outside_demonstration() -> None:
    with pytest.raises(CommandError, match="mode démonstration"):
        call_command("charger_demonstration")
    with override_settings(DEMO=True, PRODUCTION=True), pytest.raises(chargement.Refusee):
        chargement.load(mot_de_passe="un mot de passe", taille=PETITE, reference=REFERENCE)
    assert not ContratGroupe.objects.exists()


def test_does_not_mix_with_a_real_portfolio(en_demonstration: None) -> None:
    assureur = Organisme.objects.create(genre="ASSUREUR", nom="Assureur", siret=siret("73282932", 1))
    ContratGroupe.objects.create(
        numero="REEL", libelle="Contrat réel", assureur=assureur, debut="2026-01-01", fin="2029-12-31", regime_gestion="CAPITALISATION"
    )
    with pytest.raises(chargement.Refusee, match="déjà un portefeuille"):
        chargement.load(mot_de_passe="un mot de passe", taille=PETITE, reference=REFERENCE)
    assert not Collectivite.objects.exists()
