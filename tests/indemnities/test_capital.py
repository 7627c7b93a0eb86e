"""Capital décès of a dossier: amount, shares, yearly payments, corrections; never for an agent of the IRCANTEC."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.gate import Refus
from cases.errors import DonneeInvalide, Erreur, TransitionImpossible
from cases.models import Sinistre
from contracts.enums import Nature, Statut
from contracts.models import FormuleAnnee, Remuneration, SituationAgent
from indemnities.droits.deces import TRAITEMENT_IB_585, Cause, Conjoint, Enfant, Lien, au_cent
from indemnities.models import Decompte, LigneDecompte
from indemnities.services.capital import FaitsDeces
from tests import factories as f
from workflows import capital, payments
from workflows.demande import Demande
from workflows.lifecycle import transiter

AUJOURDHUI = timezone.localdate()
MAJORATION = au_cent(TRAITEMENT_IB_585[-1][1] * 3 / 100)
CONJOINT = Conjoint(Lien.MARIAGE, dt.date(2005, 6, 4))
MINEUR = Enfant(dt.date(AUJOURDHUI.year - 10, 1, 1))
MAJEUR = Enfant(dt.date(AUJOURDHUI.year - 30, 1, 1))
FAMILLE = FaitsDeces(age_legal=False, conjoint=CONJOINT, enfants=(MINEUR, MAJEUR))


@pytest.fixture
def dossier(m: f.Monde) -> Sinistre:
    """A death ten days ago; 24 000 € a year according to the contracts."""
    return f.sinistre(m, Nature.DC, arret=None)


def reckon(m: f.Monde, dossier: Sinistre, faits: FaitsDeces = FAMILLE) -> list[Decompte]:
    return capital.calculer(acteur=m.gestionnaire, numero=dossier.numero, faits=faits)


def shares(decompte: Decompte) -> list[tuple[str, int, Decimal]]:
    lignes = LigneDecompte.objects.filter(decompte=decompte).order_by("rang")
    return [(ligne.trace["beneficiaire"], ligne.trace["rang"], ligne.montant) for ligne in lignes]


def test_the_capital_is_shared_and_says_why(m: f.Monde, dossier: Sinistre) -> None:
    (decompte,) = reckon(m, dossier)
    assert shares(decompte) == [("CONJOINT", 0, Decimal("8000.00")), ("ENFANT", 0, Decimal("16000.00") + MAJORATION)]
    assert (decompte.genre, decompte.montant, decompte.du) == ("CAPITAL", Decimal("24000.00") + MAJORATION, decompte.montant)
    assert (decompte.debut, decompte.fin) == (dossier.survenance, dossier.survenance)
    for mot in ("d’après les contrats", "100 %", "D712-19", "Enfant 1", "Conjoint"):
        assert mot in decompte.explication
    trace = LigneDecompte.objects.filter(decompte=decompte).values_list("trace", flat=True)
    assert not {"naissance", "infirme", "impose"} & set().union(*trace), "nothing of a child but his share"


def test_all_components_of_the_pay_count(m: f.Monde, dossier: Sinistre) -> None:
    Remuneration.objects.filter(agent=dossier.agent_id).update(
        sft=Decimal("300"), primes=Decimal("1200"), indemnite_residence=Decimal("60")
    )
    (decompte,) = reckon(m, dossier, FaitsDeces(age_legal=False, conjoint=CONJOINT))
    assert decompte.montant == Decimal("25560.00")


def test_the_legal_age_leaves_a_quarter_without_majoration(m: f.Monde, dossier: Sinistre) -> None:
    (decompte,) = reckon(m, dossier, FaitsDeces(age_legal=True, enfants=(MINEUR,)))
    assert decompte.montant == Decimal("6000.00") and "quart" in decompte.explication


def test_a_pay_that_is_told_wins_and_is_said(m: f.Monde, dossier: Sinistre) -> None:
    (decompte,) = reckon(m, dossier, FaitsDeces(age_legal=False, conjoint=CONJOINT, remuneration=Decimal("30000")))
    assert decompte.montant == Decimal("30000.00") and "indiquée par le gestionnaire" in decompte.explication
    assert "24" in decompte.explication


def test_a_preview_writes_nothing(m: f.Monde, dossier: Sinistre) -> None:
    proposition = capital.apercu(acteur=m.gestionnaire, numero=dossier.numero, faits=FAMILLE)
    assert proposition.versements[0].du == Decimal("24000.00") + MAJORATION
    assert not Decompte.objects.exists()


def test_ircantec_is_never_insured(m: f.Monde, dossier: Sinistre) -> None:
    Sinistre.objects.filter(pk=dossier.pk).update(regime="IRCANTEC")
    with pytest.raises(Erreur, match="ne l’assure pas"):
        reckon(m, dossier)


@pytest.mark.parametrize(
    ("faits", "message"),
    [
        (FaitsDeces(age_legal=False), "aucun ayant droit"),
        (FaitsDeces(age_legal=False, enfants=(MAJEUR,)), "aucun ayant droit"),
        (FaitsDeces(age_legal=False, conjoint=Conjoint(Lien.PACS, AUJOURDHUI - dt.timedelta(days=200))), "aucun ayant droit"),
        (FaitsDeces(age_legal=False, conjoint=CONJOINT, remuneration=Decimal("-1")), "négative"),
        (FaitsDeces(age_legal=False, conjoint=CONJOINT, enfants=(MINEUR,) * 31), "30 personnes"),
    ],
)
def test_wrong_facts_are_refused_with_their_reason(m: f.Monde, dossier: Sinistre, faits: FaitsDeces, message: str) -> None:
    with pytest.raises(Erreur, match=message):
        reckon(m, dossier, faits)
    assert not Decompte.objects.exists()


def test_what_the_contracts_do_not_know_is_asked(m: f.Monde, dossier: Sinistre) -> None:
    Remuneration.objects.filter(agent=dossier.agent_id).delete()
    with pytest.raises(DonneeInvalide) as refused:
        reckon(m, dossier)
    assert set(refused.value.champs) == {"remuneration"}
    SituationAgent.objects.filter(agent=dossier.agent_id).update(statut=Statut.CONTRACTUEL)
    with pytest.raises(DonneeInvalide, match="statut"):
        reckon(m, dossier, FaitsDeces(age_legal=False, conjoint=CONJOINT, remuneration=Decimal(1)))
    SituationAgent.objects.filter(agent=dossier.agent_id).delete()
    with pytest.raises(Erreur, match="situation"):
        reckon(m, dossier)


def test_other_natures_have_no_capital(m: f.Monde) -> None:
    with pytest.raises(Erreur, match="dossier de décès"):
        reckon(m, f.sinistre(m))


def test_a_cancelled_dossier_pays_nothing(m: f.Monde, dossier: Sinistre) -> None:
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="annuler", demande=Demande(motif="ERREUR"))
    with pytest.raises(TransitionImpossible):
        reckon(m, dossier)


def test_the_same_capital_is_not_counted_twice(m: f.Monde, dossier: Sinistre) -> None:
    (decompte,) = reckon(m, dossier)
    with pytest.raises(Erreur, match="rien ne change"):
        reckon(m, dossier)
    copie = Decompte.objects.get(pk=decompte.pk)
    copie.pk = None
    with pytest.raises(IntegrityError, match="decompte_capital_paye_une_fois"), transaction.atomic():
        copie.save(force_insert=True)


def test_a_child_found_later_is_a_correction_of_the_shares(m: f.Monde, dossier: Sinistre) -> None:
    (premier,) = reckon(m, dossier)
    cadet = Enfant(dt.date(AUJOURDHUI.year - 4, 1, 1))
    (correction,) = reckon(m, dossier, FaitsDeces(age_legal=False, conjoint=CONJOINT, enfants=(MINEUR, MAJEUR, cadet)))
    assert (correction.corrige, correction.montant) == (premier, MAJORATION)
    assert correction.deja == premier.montant
    assert [part[:2] for part in shares(correction)] == [("CONJOINT", 0), ("ENFANT", 0), ("ENFANT", 2)]
    (moins,) = reckon(m, dossier, FaitsDeces(age_legal=True, conjoint=CONJOINT))
    assert moins.corrige == correction and moins.montant == Decimal("6000.00") - premier.montant - MAJORATION


def test_a_rejected_capital_is_reckoned_anew(m: f.Monde, dossier: Sinistre) -> None:
    (premier,) = reckon(m, dossier)
    payments.rejeter_decompte(acteur=m.payeur, decompte_id=premier.pk, motif="RIB")
    (second,) = reckon(m, dossier)
    assert second.corrige is None and second.montant == premier.montant


def test_devotion_is_paid_three_years_running(m: f.Monde) -> None:
    ancien = AUJOURDHUI - dt.timedelta(days=400)
    dossier = f.sinistre(m, Nature.DC, arret=None, survenance=ancien, alertes_assumees="Déclaré tard.")
    faits = FaitsDeces(age_legal=True, cause=Cause.DEVOUEMENT, conjoint=CONJOINT)
    premier, second = reckon(m, dossier, faits)
    assert premier.montant == second.montant == Decimal("24000.00") and second.debut.year == ancien.year + 1
    with pytest.raises(Erreur, match="Aucun versement"):
        capital.verser_suite(acteur=m.gestionnaire, numero=dossier.numero)
    payments.rejeter_decompte(acteur=m.payeur, decompte_id=second.pk, motif="RIB")
    (repris,) = capital.verser_suite(acteur=m.gestionnaire, numero=dossier.numero)
    assert (repris.debut, repris.montant) == (second.debut, second.montant) and shares(repris) == shares(premier)
    une = reckon(m, dossier, FaitsDeces(age_legal=False, cause=Cause.SERVICE, conjoint=CONJOINT))
    assert [(d.debut, d.montant) for d in une] == [(premier.debut, Decimal(0)), (second.debut, Decimal("-24000.00"))]


def test_the_contract_may_give_it_a_level(m: f.Monde, dossier: Sinistre) -> None:
    FormuleAnnee.objects.filter(pk=dossier.termes_id).update(niveaux={"DC": "0.50"})
    (decompte,) = reckon(m, dossier, FaitsDeces(age_legal=False, conjoint=CONJOINT))
    assert decompte.montant == Decimal("12000.00")


@pytest.mark.parametrize("qui", ["mairie", "mairie2", "assureur", "medecin", "secretariat", "admin"])
def test_who_may_not_reckon_it(m: f.Monde, dossier: Sinistre, qui: str) -> None:
    with pytest.raises((Refus, Sinistre.DoesNotExist)):
        capital.calculer(acteur=m.people[qui], numero=dossier.numero, faits=FAMILLE)


def test_it_is_approved_sent_and_settled_as_the_rest(m: f.Monde, dossier: Sinistre) -> None:
    decomptes: Sequence[Any] = reckon(m, dossier)
    payments.approuver_decompte(acteur=m.payeur, decompte_id=decomptes[0].pk)
    bordereau = payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=[decomptes[0].pk])
    assert bordereau.total == decomptes[0].montant
