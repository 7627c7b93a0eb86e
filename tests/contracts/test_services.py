"""Contracts and staff: dated rows, French refusals, all fiches or none."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from accounts.enums import GenreOrganisme, Role
from accounts.gate import Refus
from accounts.models import User
from contracts import services
from contracts.enums import GenreFranchise, Nature, Regime, Statut
from contracts.models import Adhesion, Agent, ContratGroupe, Formule, FormuleAnnee, Remuneration, SituationAgent
from contracts.selectors import NonCouvert, termes_a
from contracts.services import FicheAgent, LigneRemuneration, LigneSituation
from journal.models import Entree
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return factories.person(Role.ADMINISTRATEUR)


@pytest.fixture
def contrat(admin: User) -> ContratGroupe:
    return services.creer_contrat(
        acteur=admin,
        numero="C-2022",
        libelle="Contrat",
        assureur=factories.organisme(GenreOrganisme.ASSUREUR),
        courtier=None,
        debut=dt.date(2022, 1, 1),
        fin=dt.date(2025, 12, 31),
    )


@pytest.fixture
def formule(admin: User, contrat: ContratGroupe) -> Formule:
    return services.creer_formule(acteur=admin, contrat=contrat, code="MO15", libelle="15 j", regime=Regime.CNRACL)


def _fiche(matricule: str = "001", **champs: Any) -> FicheAgent:
    valeurs: dict[str, Any] = {
        "nom": "Durand",
        "prenom": "Hélène",
        "naissance": dt.date(1980, 4, 2),
        "situations": (LigneSituation(debut=dt.date(2010, 1, 1), statut=Statut.TITULAIRE, regime=Regime.CNRACL),),
        "remunerations": (LigneRemuneration(debut=dt.date(2022, 1, 1), tib=Decimal("21000.00")),),
    }
    return FicheAgent(matricule=matricule, **(valeurs | champs))


def test_level_of_the_year_of_survenance(admin: User, formule: Formule) -> None:
    """S002: 100 % before 2024, 80 % from then on."""
    commune = factories.collectivite()
    for annee, niveau in ((2023, "1.00"), (2024, "0.80")):
        services.fixer_termes(
            acteur=admin, formule=formule, annee=annee, natures=[Nature.CMO], taux=Decimal("6.49"), niveau=Decimal(niveau),
            genre_franchise=GenreFranchise.PAR_ARRET_MO, franchise_jours=15,
        )  # fmt: skip
    services.adherer(acteur=admin, collectivite=commune, formule=formule, debut=dt.date(2022, 1, 1))
    (agent,) = services.inscrire_agents(acteur=admin, collectivite=commune, fiches=[_fiche()])
    assert termes_a(agent=agent, nature=Nature.CMO, survenance=dt.date(2023, 12, 31)).annee.niveau == Decimal("1.00")
    assert termes_a(agent=agent, nature=Nature.CMO, survenance=dt.date(2024, 1, 1)).annee.niveau == Decimal("0.80")
    with pytest.raises(NonCouvert):
        termes_a(agent=agent, nature=Nature.CLM, survenance=dt.date(2024, 1, 1))
    with pytest.raises(NonCouvert):
        termes_a(agent=agent, nature=Nature.CMO, survenance=dt.date(2022, 6, 1))


def test_terms_are_fixed_once_and_within_the_contract(admin: User, formule: Formule) -> None:
    def fix(**champs: Any) -> FormuleAnnee:
        valeurs: dict[str, Any] = {"annee": 2024, "natures": [Nature.CMO], "taux": Decimal("6.49")}
        return services.fixer_termes(acteur=admin, formule=formule, **(valeurs | champs))

    fix()
    with pytest.raises(ValidationError):
        fix(taux=Decimal("7.00"))
    with pytest.raises(ValidationError, match="ne couvre pas l’année 2026"):
        fix(annee=2026)
    with pytest.raises(ValidationError, match="CGM"):
        fix(annee=2025, natures=[Nature.CGM])
    with pytest.raises(ValidationError, match="nombre de jours"):
        fix(annee=2025, genre_franchise=GenreFranchise.PAR_ARRET_MO)
    with pytest.raises(ValidationError):
        fix(annee=2025, niveau=Decimal("1.20"))
    assert FormuleAnnee.objects.get().taux == Decimal("6.49")


def test_adhesion_stays_in_the_contract_and_alone_in_its_regime(admin: User, formule: Formule) -> None:
    commune = factories.collectivite()
    with pytest.raises(ValidationError, match="01/01/2022 au 31/12/2025"):
        services.adherer(acteur=admin, collectivite=commune, formule=formule, debut=dt.date(2026, 1, 1))
    adhesion = services.adherer(acteur=admin, collectivite=commune, formule=formule, debut=dt.date(2022, 1, 1))
    with pytest.raises(ValidationError, match="déjà une adhésion"):
        services.adherer(acteur=admin, collectivite=commune, formule=formule, debut=dt.date(2023, 1, 1))
    assert Adhesion.objects.get() == adhesion
    base = services.fixer_base(acteur=admin, adhesion=adhesion, annee=2024, charges_patronales=Decimal("45"))
    assert base.nbi and not base.primes
    with pytest.raises(ValidationError, match="10 % à 60 %"):
        services.fixer_base(acteur=admin, adhesion=adhesion, annee=2025, charges_patronales=Decimal("5"))


@pytest.mark.parametrize(
    ("champs", "phrase"),
    [
        ({"nom": ""}, "nom :"),
        ({"naissance": dt.date(2004, 1, 1)}, "moins de 14 ans"),
        ({"situations": ()}, "aucune situation"),
        (
            {"situations": (LigneSituation(debut=dt.date(2010, 1, 1), statut=Statut.CONTRACTUEL, regime=Regime.CNRACL),)},
            "IRCANTEC",
        ),
        (
            {
                "situations": (
                    LigneSituation(debut=dt.date(2010, 1, 1), statut=Statut.STAGIAIRE, regime=Regime.CNRACL),
                    LigneSituation(debut=dt.date(2011, 1, 1), statut=Statut.TITULAIRE, regime=Regime.CNRACL),
                )
            },
            "situations : deux périodes se recouvrent",
        ),
        (
            {"remunerations": (LigneRemuneration(debut=dt.date(2022, 1, 1), fin=dt.date(2021, 1, 1), tib=Decimal(1)),)},
            "une fin précède son début",
        ),
        ({"remunerations": (LigneRemuneration(debut=dt.date(2022, 1, 1), tib=Decimal("-1")),)}, "négative"),
    ],
)
def test_a_wrong_fiche_stops_them_all_and_is_named(admin: User, champs: dict[str, Any], phrase: str) -> None:
    commune = factories.collectivite()
    with pytest.raises(ValidationError) as caught:
        services.inscrire_agents(acteur=admin, collectivite=commune, fiches=[_fiche("001"), _fiche("002", **champs)])
    (message,) = caught.value.messages
    assert message.startswith("Fiche 2 (matricule 002)")
    assert phrase in message
    assert not Agent.objects.exists()


def test_every_wrong_fiche_is_named_at_once(admin: User) -> None:
    commune = factories.collectivite()
    services.inscrire_agents(acteur=admin, collectivite=commune, fiches=[_fiche("001")])
    fiches = [_fiche("001"), _fiche("002"), _fiche("002"), _fiche("003", prenom="")]
    with pytest.raises(ValidationError) as caught:
        services.inscrire_agents(acteur=admin, collectivite=commune, fiches=fiches)
    assert [message.split(" (")[0] for message in caught.value.messages] == ["Fiche 1", "Fiche 3", "Fiche 4"]
    assert Agent.objects.count() == 1
    assert Entree.objects.filter(action="agents.inscrits").count() == 1


def test_change_of_pay_and_statut_keeps_the_past(admin: User) -> None:
    (agent,) = services.inscrire_agents(acteur=admin, collectivite=factories.collectivite(), fiches=[_fiche()])
    services.changer_remuneration(acteur=admin, agent=agent, ligne=LigneRemuneration(debut=dt.date(2024, 1, 1), tib=Decimal("21500.00")))
    services.changer_situation(
        acteur=admin,
        agent=agent,
        ligne=LigneSituation(debut=dt.date(2024, 9, 1), statut=Statut.TITULAIRE, regime=Regime.IRCANTEC, heures_hebdomadaires=Decimal(24)),
    )
    pays = Remuneration.objects.filter(agent=agent)
    assert pays.en_vigueur(dt.date(2023, 12, 31)).get().tib == Decimal("21000.00")
    assert pays.en_vigueur(dt.date(2024, 1, 1)).get().tib == Decimal("21500.00")
    situations = SituationAgent.objects.filter(agent=agent)
    assert situations.en_vigueur(dt.date(2024, 8, 31)).get().regime == Regime.CNRACL
    assert situations.en_vigueur(dt.date(2024, 9, 1)).get().regime == Regime.IRCANTEC
    with pytest.raises(ValidationError, match="01/01/2024"):
        services.changer_remuneration(acteur=admin, agent=agent, ligne=LigneRemuneration(debut=dt.date(2023, 1, 1), tib=Decimal(1)))


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ADMINISTRATEUR, Role.COLLECTIVITE, Role.ASSUREUR)])
def test_only_the_administrator_writes(role: Role, formule: Formule) -> None:
    autre = factories.person(role)
    commune = factories.collectivite()
    with pytest.raises(Refus):
        services.adherer(acteur=autre, collectivite=commune, formule=formule, debut=dt.date(2022, 1, 1))
    with pytest.raises(Refus):
        services.inscrire_agents(acteur=autre, collectivite=commune, fiches=[_fiche()])
    with pytest.raises(Refus):
        services.creer_formule(acteur=autre, contrat=formule.contrat, code="X", libelle="X", regime=Regime.CNRACL)
    assert not Agent.objects.exists()
    assert not Adhesion.objects.exists()
