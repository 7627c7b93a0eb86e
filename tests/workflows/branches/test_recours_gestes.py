"""The recours contre tiers: what each step refuses, and what is claimed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from accounts.gate import Refus
from cases.enums import GenreTache
from cases.errors import DonneeInvalide, Erreur, TransitionImpossible
from cases.models import Branche
from indemnities.enums import EtatRecours, MandatRecours, QualiteTiers, SorteMontant
from indemnities.selectors_recours import montants_de
from tests.factories import Monde
from tests.recours import (
    MONTANTS,
    RAISONS,
    A,
    C,
    alarme,
    detecte,
    jusqu_a_l_accord,
    jusqu_a_l_offre,
    jusqu_a_reclamer,
    ouvertes,
    reclamer,
    relire,
    tiers,
    today,
)
from workflows import moteur
from workflows.branches.recours import argent, negociation, ouverture

pytestmark = pytest.mark.django_db


@pytest.fixture
def branche(m: Monde) -> Branche:
    return detecte(m)


# -- Refusals of steps --------------------------------------------------------------------------------------------------------


def test_the_steps_belong_to_the_cdg_and_the_money_to_the_payeur_too(m: Monde, branche: Branche) -> None:
    for qui in ("mairie", "mairie2", "payeur", "assureur", "medecin", "admin"):
        with pytest.raises(Refus):
            ouverture.qualifier(acteur=m.people[qui], branche=branche, responsable=True, constat="Oui.")
    jusqu_a_l_accord(m, branche, globale=Decimal("500.00"))
    for qui in ("mairie", "assureur", "medecin"):
        with pytest.raises(Refus):
            argent.encaisser(acteur=m.people[qui], branche=branche, recu_le=today(), montant=Decimal("10.00"), reference="V")
        with pytest.raises(Refus):
            ouverture.abandonner(acteur=m.people[qui], branche=branche, motif="MONTANT", explication="Non.")
    with pytest.raises(moteur.EtapeFermee):
        reclamer(m, branche)


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"nom": " "}, "nom"),
        ({"qualite": QualiteTiers.INCONNU}, "qualite"),
        ({"qualite": "ROI"}, "qualite"),
        ({"mandat": ""}, "mandat"),
        ({"mandat_du": None}, "mandat_du"),
        ({"mandat_du": dt.date(2999, 1, 1)}, "mandat_du"),
        ({"reference": "x" * 61}, "reference"),
    ],
)
def test_a_third_party_is_described(m: Monde, branche: Branche, champs: dict[str, Any], champ: str) -> None:
    ouverture.qualifier(acteur=m.gestionnaire, branche=branche, responsable=True, constat="Un camion.")
    with pytest.raises(DonneeInvalide) as error:
        ouverture.identifier(acteur=m.gestionnaire, branche=branche, tiers=tiers(**champs))
    assert list(error.value.champs) == [champ]
    assert ouvertes(branche) == {GenreTache.RC_TIERS}


@pytest.mark.parametrize(
    ("change", "champ"),
    [
        ({"le": dt.date(2999, 1, 1)}, "le"),
        ({"le": dt.date(2000, 1, 1)}, "le"),
        ({"montants": {("FRANCHISE", A): Decimal(1)}}, "franchise_assureur"),
        ({"montants": {("CAPITAL_DECES", A): Decimal(1)}}, "capital_deces_assureur"),
        ({"montants": {("TRAITEMENTS", A): Decimal("1.001")}}, "traitements_assureur"),
        ({"montants": {("TRAITEMENTS", A): Decimal("NaN")}}, "traitements_assureur"),
        ({"montants": {("TRAITEMENTS", A): Decimal("1e9")}}, "traitements_assureur"),
        ({"montants": {}}, ""),
        ({"raisons": {}}, "raison_traitements"),
        ({"assigne_le": dt.date(2999, 1, 1), "juridiction": "TJ"}, "assigne_le"),
        ({"assigne_le": None, "juridiction": ""}, None),
        ({"assigne_le": "le"}, "juridiction"),
    ],
)
def test_a_claim_is_checked(m: Monde, branche: Branche, change: dict[str, Any], champ: str | None) -> None:
    jusqu_a_reclamer(m, branche)
    if change.get("assigne_le") == "le":
        change = {"assigne_le": today(), "juridiction": " "}
    valeurs: dict[str, Any] = {"le": today(), "montants": MONTANTS, "raisons": RAISONS} | change
    if champ is None:
        negociation.reclamer(acteur=m.gestionnaire, branche=branche, **valeurs)
        return
    with pytest.raises(DonneeInvalide) as error:
        negociation.reclamer(acteur=m.gestionnaire, branche=branche, **valeurs)
    assert champ in error.value.champs
    assert relire(branche).reclame_le is None
    assert not relire(branche).montants.filter(sorte=SorteMontant.RECLAME).exists()


@pytest.mark.parametrize(
    ("offre", "globale", "champ"),
    [
        ({}, None, "globale"),
        ({"TRAITEMENTS": Decimal(1)}, Decimal(1), "globale"),
        ({"TRAITEMENTS": Decimal("900.01")}, None, "traitements"),
        ({"FRANCHISE": Decimal(1)}, None, "franchise"),
        ({"TRAITEMENTS": Decimal(-1)}, None, "traitements"),
        ({}, Decimal("1000.01"), "globale"),
        ({}, Decimal("0.001"), "globale"),
    ],
)
def test_an_offer_is_checked(m: Monde, branche: Branche, offre: dict[str, Decimal], globale: Decimal | None, champ: str) -> None:
    jusqu_a_l_offre(m, branche)
    with pytest.raises(DonneeInvalide) as error:
        negociation.consigner_offre(acteur=m.gestionnaire, branche=branche, montants=offre, globale=globale)
    assert list(error.value.champs) == [champ]


def test_an_offer_is_awaited_before_it_is_answered(m: Monde, branche: Branche) -> None:
    jusqu_a_l_offre(m, branche)
    with pytest.raises(Erreur, match="Aucune offre"):
        negociation.accepter(acteur=m.gestionnaire, branche=branche, le=today())
    with pytest.raises(Erreur, match="Aucune offre"):
        negociation.refuser(acteur=m.gestionnaire, branche=branche, motif="Non.")
    negociation.consigner_offre(acteur=m.gestionnaire, branche=branche, montants={}, globale=Decimal("10.00"))
    with pytest.raises(DonneeInvalide, match="à venir"):
        negociation.accepter(acteur=m.gestionnaire, branche=branche, le=today() + dt.timedelta(days=1))
    # A later offer replaces the first, whole.
    negociation.consigner_offre(acteur=m.gestionnaire, branche=branche, montants={"FRAIS_MEDICAUX": Decimal("20.00")})
    offerts = {cle: montant for cle, montant in montants_de(relire(branche), SorteMontant.OFFERT).items() if montant}
    assert offerts == {("FRAIS_MEDICAUX", A): Decimal("20.00")}


# -- Chiffrage ----------------------------------------------------------------------------------------------------------------


def test_what_the_employer_declares_is_claimed(m: Monde, branche: Branche) -> None:
    depenses = {("CHARGES_PATRONALES", C): Decimal("123.45"), ("FRANCHISE", C): Decimal("0.00")}
    ouverture.declarer_depenses(acteur=m.mairie, branche=branche, montants=depenses)
    for qui in ("mairie2", "payeur", "assureur"):
        with pytest.raises(Refus):
            ouverture.declarer_depenses(acteur=m.people[qui], branche=branche, montants=depenses)
    for mauvais in ({}, {("TRAITEMENTS", A): Decimal(1)}, {("TRAITEMENTS", C): Decimal(-1)}):
        with pytest.raises(DonneeInvalide):
            ouverture.declarer_depenses(acteur=m.mairie, branche=branche, montants=mauvais)
    jusqu_a_reclamer(m, branche)
    assert montants_de(relire(branche), SorteMontant.PROPOSE)[("CHARGES_PATRONALES", C)] == Decimal("123.45")
    reclamer(m, branche)
    with pytest.raises(TransitionImpossible):
        ouverture.declarer_depenses(acteur=m.mairie, branche=branche, montants=depenses)


def test_for_the_collectivite_alone_nothing_of_the_insurer_is_claimed(m: Monde, branche: Branche) -> None:
    jusqu_a_reclamer(m, branche, mandat=MandatRecours.COLLECTIVITE, mandat_du=None)
    with pytest.raises(DonneeInvalide) as error:
        reclamer(m, branche)
    assert {"traitements_assureur", "frais_medicaux_assureur"} <= set(error.value.champs)
    reclamer(m, branche, {("TRAITEMENTS", C): Decimal("300.00")})


def test_the_third_party_is_corrected_while_it_runs(m: Monde, branche: Branche) -> None:
    with pytest.raises(TransitionImpossible):
        ouverture.corriger_tiers(acteur=m.gestionnaire, branche=branche, tiers=tiers())
    jusqu_a_l_offre(m, branche)
    with pytest.raises(DonneeInvalide, match="La réclamation est faite"):
        ouverture.corriger_tiers(acteur=m.gestionnaire, branche=branche, tiers=tiers(mandat=MandatRecours.COLLECTIVITE))
    publique = tiers(nom="Métropole", qualite=QualiteTiers.PERSONNE_PUBLIQUE, vehicule=False)
    ouverture.corriger_tiers(acteur=m.gestionnaire, branche=branche, tiers=publique)
    assert (relire(branche).tiers_nom, relire(branche).etat) == ("Métropole", EtatRecours.RECLAME)
    assert alarme(branche).due_at.date() == dt.date(today().year + 2, 12, 31)
