"""The file of transfers: valid by the bank's schema, exact to the cent, refused before it leaves when anything is wrong."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.errors import DonneeInvalide
from indemnities.sepa.pain001 import NS, Fichier, FichierIncoherent, ecrire, relire
from indemnities.sepa.virements import Adresse, Compte, Virement

JOUR = dt.date(2026, 11, 23)
INSTANT = dt.datetime(2026, 11, 23, 9, 30, tzinfo=dt.UTC)
CDG = Compte("Centre de gestion de l’Hérault", "FR14 2004 1010 0505 0001 3M02 606", "PSSTFRPPXXX", Adresse("Montpellier"))
MAIRIE = Compte("Mairie de Lodève", "FR7630006000011234567890189", adresse=Adresse("Lodève", "FR", "34700", "7 place de l’Hôtel de Ville"))


def virement(rang: int = 1, montant: str = "1234.56", **champs: Any) -> Virement:
    voulu: dict[str, Any] = {
        "reference": f"B-2026-000001-{rang}",
        "beneficiaire": MAIRIE,
        "montant": Decimal(montant),
        "libelle": "Bordereau B-2026-000001, été",
    }
    return Virement(**(voulu | champs))


def fichier(*virements: Virement, donneur: Compte = CDG) -> Fichier:
    return ecrire(donneur, virements, message="R-2026-000001", execution=JOUR, cree_le=INSTANT)


def test_the_file_says_what_was_asked() -> None:
    lu = fichier(virement(1), virement(2, "0.01"))
    racine = fromstring(lu.contenu)
    assert (lu.nombre, lu.total) == (2, Decimal("1234.57"))
    assert [n.text for n in racine.iterfind(".//p:CtrlSum", NS)] == ["1234.57", "1234.57"]
    assert {n.text for n in racine.iterfind(".//p:Ustrd", NS)} == {"Bordereau B-2026-000001, ete"}
    assert racine.findtext(".//p:GrpHdr/p:MsgId", namespaces=NS) == "R-2026-000001"
    assert racine.findtext(".//p:CdtrAcct/p:Id/p:IBAN", namespaces=NS) == "FR7630006000011234567890189"
    assert racine.findtext(".//p:Cdtr/p:PstlAdr/p:TwnNm", namespaces=NS) == "Lodeve"
    assert racine.find(".//p:AdrLine", NS) is None


def test_written_twice_it_is_the_same_file() -> None:
    lignes = [virement(1), virement(2, "0.01", beneficiaire=replace(MAIRIE, bic="PSSTFRPPMON"))]
    assert fichier(*lignes).contenu == fichier(*lignes).contenu
    racine = fromstring(fichier(*lignes).contenu)
    assert racine.findtext(".//p:CreDtTm", namespaces=NS) == "2026-11-23T09:30:00"
    assert racine.findtext(".//p:PmtInfId", namespaces=NS) == "R-2026-000001-1"


@pytest.mark.parametrize(
    ("champs", "ou"),
    [
        ({"montant": Decimal("0.00")}, "montant"),
        ({"montant": Decimal("-5.00")}, "montant"),
        ({"montant": Decimal("1.001")}, "montant"),
        ({"montant": Decimal("NaN")}, "montant"),
        ({"montant": Decimal("1000000000")}, "montant"),
        ({"libelle": " é " * 100}, "libelle"),
        ({"libelle": "☃"}, "libelle"),
        ({"reference": ""}, "reference"),
        ({"reference": "x" * 36}, "reference"),
        ({"reference": "B//1"}, "reference"),
        ({"reference": "été"}, "reference"),
        ({"beneficiaire": replace(MAIRIE, iban="FR7630006000011234567890188")}, "iban"),
        ({"beneficiaire": replace(MAIRIE, iban="")}, "iban"),
        ({"beneficiaire": replace(MAIRIE, iban="TN5910006035183598478831")}, "iban"),
        ({"beneficiaire": replace(MAIRIE, bic="PASUNBIC")}, "bic"),
        ({"beneficiaire": replace(MAIRIE, titulaire="")}, "titulaire"),
        ({"beneficiaire": replace(MAIRIE, adresse=Adresse("", "FR"))}, "adresse"),
        ({"beneficiaire": replace(MAIRIE, adresse=Adresse("Lodève", "France"))}, "adresse"),
    ],
)
def test_a_fault_is_named_on_its_transfer(champs: dict[str, Any], ou: str) -> None:
    with pytest.raises(DonneeInvalide) as error:
        fichier(virement(1), virement(2, **champs))
    assert list(error.value.champs) == [f"virements.1.{ou}"]


def test_faults_of_the_whole() -> None:
    with pytest.raises(DonneeInvalide) as error:
        fichier(virement(1), virement(1))
    assert set(error.value.champs) == {"virements.0.reference", "virements.1.reference"}
    with pytest.raises(DonneeInvalide) as error:
        ecrire(replace(CDG, iban="FR00"), [], message="R", execution=JOUR - dt.timedelta(days=1), cree_le=INSTANT)
    assert set(error.value.champs) == {"donneur.iban", "execution", "virements"}


def test_a_file_that_does_not_follow_the_schema_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name longer than the 140 characters of ISO 20022, say, if nothing before had shortened it."""
    monkeypatch.setattr("indemnities.sepa.pain001.propre", lambda texte: "x" * 141)
    with pytest.raises(FichierIncoherent, match="Nm, SCHEMAV_CVC_MAXLENGTH_VALID"):
        fichier(virement(1))


def test_a_file_that_was_touched_is_not_used() -> None:
    lu = fichier(virement(1), virement(2, "10.00"))
    for avant, apres in ((b"1234.56", b"1234.65"), (b"<CtrlSum>1244.56", b"<CtrlSum>1244.57"), (b"0189", b"0188"), (b"R-2026", b"R-2027")):
        assert avant in lu.contenu
        with pytest.raises(FichierIncoherent):
            relire(replace(lu, contenu=lu.contenu.replace(avant, apres, 1)), [virement(1), virement(2, "10.00")])


@given(st.lists(st.tuples(st.decimals(Decimal("0.01"), 10**6, places=2), st.text(min_size=1, max_size=60)), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None)
def test_any_label_and_amount_leave_exact_or_not_at_all(lignes: list[tuple[Decimal, str]]) -> None:
    voulus = [virement(rang, str(montant), libelle=libelle) for rang, (montant, libelle) in enumerate(lignes)]
    try:
        lu = fichier(*voulus)
    except DonneeInvalide as refus:
        assert all(champ.endswith(".libelle") for champ in refus.champs)
    else:
        assert lu.total == sum(montant for montant, _ in lignes)
