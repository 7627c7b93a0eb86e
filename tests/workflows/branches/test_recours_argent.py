"""The recours contre tiers: payments, and to whom each goes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import ProgrammingError, transaction

from cases.errors import DonneeInvalide, Erreur
from cases.models import Branche
from contracts.enums import RepartitionRecours
from contracts.models import ContratGroupe
from indemnities.models import EncaissementRecours, PartRecours
from indemnities.selectors_recours import recouvrements_par_exercice
from indemnities.services.recours import repartir_encaissements
from journal.models import Entree
from tests.factories import Monde
from tests.recours import (
    A,
    C,
    detecte,
    encaisser,
    eu,
    fin_de,
    jusqu_a_l_accord,
    relire,
    today,
)
from workflows import automates
from workflows.branches.recours import argent

pytestmark = pytest.mark.django_db


@pytest.fixture
def branche(m: Monde) -> Branche:
    return detecte(m)


@pytest.mark.parametrize(
    ("mode", "attendu"),
    [
        (RepartitionRecours.PRORATA, {("TRAITEMENTS", A): "300", ("TRAITEMENTS", C): "150", ("FRAIS_MEDICAUX", A): "50"}),
        (RepartitionRecours.ASSUREUR, {("TRAITEMENTS", A): "428.57", ("FRAIS_MEDICAUX", A): "71.43"}),
        (RepartitionRecours.COLLECTIVITE, {("TRAITEMENTS", C): "300", ("TRAITEMENTS", A): "171.43", ("FRAIS_MEDICAUX", A): "28.57"}),
    ],
)
def test_the_contract_says_who_is_served_first(m: Monde, mode: str, attendu: dict[tuple[str, str], str]) -> None:
    ContratGroupe.objects.filter(pk=m.contrat.pk).update(repartition_recours=mode)
    branche = detecte(m)
    jusqu_a_l_accord(m, branche, globale=Decimal("500.00"))
    encaisser(m, branche, "500.00", dernier=True)
    assert eu(branche) == {cle: Decimal(montant) for cle, montant in attendu.items()}
    exercice = relire(branche).exercice
    totaux = {b: sum((Decimal(v) for (_, qui), v in attendu.items() if qui == b), Decimal(0)) for b in (A, C)}
    assert recouvrements_par_exercice(m.gestionnaire, m.contrat) == {exercice: totaux}
    assert recouvrements_par_exercice(m.mairie2, m.contrat) == {}


@pytest.mark.parametrize(
    ("change", "champ"),
    [
        ({"recu_le": dt.date(2999, 1, 1)}, "recu_le"),
        ({"recu_le": dt.date(2001, 1, 1)}, "recu_le"),
        ({"montant": Decimal(0)}, "montant"),
        ({"montant": Decimal(-5)}, "montant"),
        ({"montant": Decimal("1.005")}, "montant"),
        ({"montant": Decimal("Infinity")}, "montant"),
        ({"reference": "  "}, "reference"),
        ({"reference": "VIR-1"}, "reference"),
        ({"poste": "FRANCHISE"}, "poste"),
    ],
)
def test_a_payment_is_checked(m: Monde, branche: Branche, change: dict[str, Any], champ: str) -> None:
    jusqu_a_l_accord(m, branche, globale=Decimal("500.00"))
    encaisser(m, branche, "10.00")
    valeurs: dict[str, Any] = {"recu_le": today(), "montant": Decimal(5), "reference": "VIR-2"} | change
    with pytest.raises(DonneeInvalide) as error:
        argent.encaisser(acteur=m.payeur, branche=branche, **valeurs)
    assert list(error.value.champs) == [champ]
    assert EncaissementRecours.objects.count() == 1


def test_a_payment_for_one_poste_goes_there(m: Monde, branche: Branche) -> None:
    jusqu_a_l_accord(m, branche, globale=Decimal("1000.00"))
    encaisser(m, branche, "90.00", poste="TRAITEMENTS")
    assert eu(branche) == {("TRAITEMENTS", A): Decimal("60.00"), ("TRAITEMENTS", C): Decimal("30.00")}


def test_a_payment_undone_is_given_back_by_each(m: Monde, branche: Branche) -> None:
    jusqu_a_l_accord(m, branche, globale=Decimal("500.00"))
    encaisser(m, branche, "33.33")
    premier = EncaissementRecours.objects.get()
    with pytest.raises(DonneeInvalide, match="pourquoi"):
        argent.annuler_encaissement(acteur=m.payeur, branche=branche, encaissement_id=premier.pk, motif="")
    with pytest.raises(DonneeInvalide, match="de ce recours"):
        argent.annuler_encaissement(acteur=m.payeur, branche=branche, encaissement_id=premier.pk + 1, motif="Rejet.")
    argent.annuler_encaissement(acteur=m.payeur, branche=branche, encaissement_id=premier.pk, motif="Chèque rejeté.")
    automates.balayer()
    assert eu(branche) == {}
    assert sum(PartRecours.objects.values_list("montant", flat=True)) == 0
    with pytest.raises(Erreur, match="déjà annulé"):
        argent.annuler_encaissement(acteur=m.payeur, branche=branche, encaissement_id=premier.pk, motif="Encore.")
    with pytest.raises(Erreur, match="Rien n’a été encaissé"):
        argent.solder(acteur=m.payeur, branche=branche, motif="Fini.")
    encaisser(m, branche, "33.33", dernier=True)  # the same reference may come again
    fin_de(branche)


def test_splitting_twice_changes_nothing(m: Monde, branche: Branche) -> None:
    jusqu_a_l_accord(m, branche, globale=Decimal("500.00"))
    encaisser(m, branche, "33.33")
    assert repartir_encaissements(recours=relire(branche), mode=RepartitionRecours.PRORATA) == 0
    assert sum(PartRecours.objects.values_list("montant", flat=True)) == Decimal("33.33")


def test_rows_of_money_are_never_changed(m: Monde, branche: Branche) -> None:
    jusqu_a_l_accord(m, branche, globale=Decimal("500.00"))
    encaisser(m, branche, "33.33")
    for rows in (EncaissementRecours.objects.all(), PartRecours.objects.all(), relire(branche).montants.all()):
        with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
            rows.update(montant=Decimal(1))
        with pytest.raises(ProgrammingError, match="Cannot update or delete"), transaction.atomic():
            rows._raw_delete("default")


def test_the_journal_tells_amounts_and_no_name(m: Monde, branche: Branche) -> None:
    jusqu_a_l_accord(m, branche, globale=Decimal("500.00"))
    encaisser(m, branche, "500.00", dernier=True)
    entrees = Entree.objects.filter(sinistre_id=branche.sinistre_id, action__startswith="recours.").select_related("contenu").order_by("pk")
    dits = [(e.action, e.contenu.donnees.get("montant")) for e in entrees]
    assert dits == [
        ("recours.chiffre", None),
        ("recours.reclame", "1000.00"),
        ("recours.offre", "500.00"),
        ("recours.accord", "500.00"),
        ("recours.encaisse", "500.00"),
        ("recours.reparti", "500.00"),
    ]
    assert "Bonnafous" not in str([e.contenu.donnees for e in entrees])
