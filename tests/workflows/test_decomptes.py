"""Décomptes made by the engines, from the dossier's rows to lines that two people have agreed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import Etat, GenreEcheance, GenreTache, MotifCloture
from cases.errors import Erreur, GardeNonSatisfaite, TransitionImpossible
from cases.models import Arret, Echeance, Sinistre, Tache
from cases.services import taches
from contracts.enums import GenreFranchise, Nature, Regime, Statut
from contracts.models import Remuneration, SituationAgent
from indemnities.dossier import projets
from indemnities.enums import EtatDecompte, GenreMontant, OrigineConstat, OrigineDecompte
from indemnities.models import ArretConnu, Decompte, LigneDecompte, MontantConstate
from tests import factories as f
from workflows import decomptes, payments
from workflows.demande import Demande
from workflows.lifecycle import ajouter_arret, transiter
from workflows.periods import cut_before

DAY = dt.timedelta(days=1)
DEBUT = dt.date(2026, 3, 2)


@pytest.fixture
def m(db: None) -> f.Monde:
    return f.monde()


def validated(m: f.Monde, nature: str = Nature.CMO, *, de: Any = None, debut: dt.date = DEBUT, jours: int = 30) -> Sinistre:
    sinistre = f.sinistre(m, nature, de=de or f.agent(m.collectivite), arret=f.arret_demande(debut, jours))
    f.complete_pieces(sinistre, m.gestionnaire)
    return transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")


def prepare(m: f.Monde, sinistre: Sinistre) -> list[Decompte]:
    return decomptes.preparer(acteur=m.gestionnaire, numero=sinistre.numero)


def approve(m: f.Monde, decompte: Decompte) -> Decompte:
    return payments.approuver_decompte(acteur=m.payeur, decompte_id=decompte.pk)


def nothing_left(m: f.Monde, sinistre: Sinistre) -> bool:
    return decomptes.apercu(acteur=m.gestionnaire, numero=sinistre.numero).vide


def prolong(m: f.Monde, sinistre: Sinistre, jours: int, *, debut: dt.date | None = None) -> None:
    depart = debut or Arret.objects.filter(sinistre=sinistre, actif=True).latest("fin").fin + DAY
    ajouter_arret(acteur=m.mairie, numero=sinistre.numero, arret=f.arret_demande(depart, jours), alertes_assumees="Oui")


# -- One period ----------------------------------------------------------------------------------------------------------------


def test_a_maladie_ordinaire_to_the_cent(m: f.Monde) -> None:
    """24 000 € and 40 % of charges, 10 days of franchise, 80 %: 20 days × 24 000 / 360 × 90 % × 1.4 × 80 %."""
    sinistre = validated(m)
    (decompte,) = prepare(m, sinistre)
    assert (decompte.debut, decompte.fin) == (DEBUT, DEBUT + 29 * DAY)
    assert decompte.montant == decompte.du == Decimal("1344.00")
    assert decompte.calcule_par == m.gestionnaire and decompte.origine == OrigineDecompte.CALCULE
    assert decompte.explication == "30 jours : 1 de carence, 9 de franchise, 20 indemnisés."
    lignes = list(decompte.lignes.order_by("rang"))
    assert [(x.jours, x.sort, x.montant) for x in lignes] == [
        (1, "CARENCE", Decimal("0.00")), (9, "FRANCHISE", Decimal("0.00")), (20, "PAYE", Decimal("1344.00")),
    ]  # fmt: skip
    assert lignes[2].trace["niveau"] == "0.80" and lignes[2].trace["source"] and "90" in lignes[2].trace["pourquoi"][0]
    assert not Tache.objects.filter(sinistre=sinistre, genre=GenreTache.SAISIR_DECOMPTE, fermee_le__isnull=True).exists()
    assert nothing_left(m, sinistre)
    assert prepare(m, sinistre) == []


def test_looking_again_ends_the_work_item(m: f.Monde) -> None:
    sinistre = validated(m)
    prepare(m, sinistre)
    taches.ouvrir(genre=GenreTache.SAISIR_DECOMPTE, sinistre=sinistre)
    assert prepare(m, sinistre) == []
    assert not Tache.objects.filter(sinistre=sinistre, genre=GenreTache.SAISIR_DECOMPTE, fermee_le__isnull=True).exists()


def test_another_person_agrees(m: f.Monde) -> None:
    (decompte,) = decomptes.preparer(acteur=m.payeur, numero=validated(m).numero)
    with pytest.raises(Erreur, match="une autre"):
        approve(m, decompte)
    assert payments.approuver_decompte(acteur=m.payeur2, decompte_id=decompte.pk).etat == EtatDecompte.APPROUVE


@pytest.mark.parametrize("qui", ["mairie", "assureur", "medecin", "secretariat", "admin", "psychologue"])
def test_who_may_not_compute(m: f.Monde, qui: str) -> None:
    sinistre = validated(m)
    for act in (decomptes.preparer, decomptes.apercu):
        with pytest.raises((Refus, Sinistre.DoesNotExist)):
            act(acteur=m.people[qui], numero=sinistre.numero)
    assert not Decompte.objects.filter(sinistre=sinistre).exists()


def test_lines_are_frozen_and_add_up(m: f.Monde) -> None:
    (decompte,) = prepare(m, validated(m))
    for act in (lambda: decompte.lignes.update(montant=1), lambda: decompte.lignes.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    with pytest.raises(IntegrityError, match="somme des lignes"), transaction.atomic():
        LigneDecompte.objects.create(
            decompte=decompte, rang=9, nature="CMO", debut=DEBUT, fin=DEBUT, jours=1, sort="PAYE", fraction="1", montant=1, trace={}
        )
        connection.check_constraints()
    with pytest.raises(IntegrityError, match="decompte_calcule_juste"), transaction.atomic():
        Decompte.objects.create(
            sinistre=decompte.sinistre, debut=DEBUT - 9 * DAY, fin=DEBUT - 9 * DAY, origine=OrigineDecompte.CALCULE, du=5, montant=6,
            explication="x", calcule_par=m.gestionnaire,
        )  # fmt: skip


def test_a_leave_within_the_franchise_gives_nothing(m: f.Monde) -> None:
    assert nothing_left(m, validated(m, jours=8))


# -- Several periods -----------------------------------------------------------------------------------------------------------


def test_a_period_is_paid_while_the_next_awaits_its_pieces(m: f.Monde) -> None:
    sinistre = validated(m)
    prolong(m, sinistre, 31)
    assert Sinistre.objects.get(pk=sinistre.pk).etat == Etat.PIECES_EN_ATTENTE
    (first,) = prepare(m, sinistre)
    assert first.fin == DEBUT + 29 * DAY
    assert nothing_left(m, sinistre)
    f.complete_pieces(sinistre, m.gestionnaire)
    (second,) = prepare(m, sinistre)
    assert (second.debut, second.fin, second.montant) == (DEBUT + 30 * DAY, DEBUT + 60 * DAY, Decimal("2083.20"))


def test_days_to_come_are_not_paid(m: f.Monde) -> None:
    """A leave that runs is reckoned to yesterday, comes back within a month, and no day is paid twice."""
    with time_machine.travel("2026-03-20 10:00 +0100", tick=False):
        sinistre = validated(m, jours=92)
        (first,) = prepare(m, sinistre)
        assert first.fin == dt.date(2026, 3, 19)
        due = Echeance.objects.get(sinistre=sinistre, genre=GenreEcheance.DECOMPTE, levee_le__isnull=True).due_at
        assert timezone.localtime(due).date() == dt.date(2026, 4, 20)
    with time_machine.travel("2026-04-20 10:00 +0200", tick=False):
        (second,) = prepare(m, sinistre)
        assert (second.debut, second.fin) == (dt.date(2026, 3, 20), dt.date(2026, 4, 19))
    assert {d.montant for d in (first, second)} == {Decimal("537.60"), Decimal("2083.20")}


def test_a_typed_line_is_its_authors_answer(m: f.Monde) -> None:
    sinistre = validated(m)
    payments.saisir_decompte(
        acteur=m.gestionnaire, numero=sinistre.numero, debut=DEBUT, fin=DEBUT + 4 * DAY, montant=Decimal(10), explication="Accord amiable"
    )
    assert nothing_left(m, sinistre)


# -- What changes afterwards ---------------------------------------------------------------------------------------------------


def test_a_requalification_yields_the_difference(m: f.Monde) -> None:
    """CMO → CLM from the first day: full pay, no carence, no franchise on maladie ordinaire: 30 × 24 000 / 360 × 1.4 × 80 %."""
    sinistre = validated(m)
    (first,) = prepare(m, sinistre)
    approve(m, first)
    transiter(
        acteur=m.gestionnaire, numero=sinistre.numero, nom="requalifier",
        demande=Demande(nature=Nature.CLM, date_effet=DEBUT, commentaire="Avis du conseil médical"),
    )  # fmt: skip
    f.complete_pieces(sinistre, m.gestionnaire)
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")
    assert Tache.objects.filter(sinistre=sinistre, genre=GenreTache.SAISIR_DECOMPTE, fermee_le__isnull=True).exists()
    (correction,) = prepare(m, sinistre)
    assert correction.corrige == first
    assert (correction.du, correction.deja, correction.montant) == (Decimal("2240.00"), Decimal("1344.00"), Decimal("896.00"))
    approve(m, correction)
    assert nothing_left(m, sinistre)


def test_days_cut_become_an_indu(m: f.Monde) -> None:
    sinistre = validated(m)
    (first,) = prepare(m, sinistre)
    approve(m, first)
    cut_before(list(sinistre.arrets.all()), DEBUT + 20 * DAY)
    decomptes.a_regulariser(sinistre.pk)
    (correction,) = prepare(m, sinistre)
    assert correction.montant == Decimal("-672.00") and correction.corrige == first
    assert "Déjà décompté" in correction.explication


def test_an_unsigned_line_gives_way(m: f.Monde) -> None:
    sinistre = validated(m)
    (first,) = prepare(m, sinistre)
    cut_before(list(sinistre.arrets.all()), DEBUT + 20 * DAY)
    with pytest.raises(TransitionImpossible, match="recalculez"):
        approve(m, first)
    (second,) = prepare(m, sinistre)
    first.refresh_from_db(fields=["motif_rejet"])
    assert Decompte.objects.get(pk=first.pk).etat == EtatDecompte.REJETE and second.montant == Decimal("672.00")
    assert second.corrige is None and approve(m, second).montant == Decimal("672.00")
    assert not Tache.objects.filter(genre=GenreTache.TRAITER_REJET, sinistre=sinistre).exists()


def test_a_rejected_line_is_reckoned_again_less_what_its_corrections_pay(m: f.Monde) -> None:
    """The bank sends the first line back once its correction is paid: the new line and the correction come to what is owed."""
    sinistre = validated(m)
    (first,) = prepare(m, sinistre)
    approve(m, first)
    cut_before(list(sinistre.arrets.all()), DEBUT + 20 * DAY)
    (correction,) = prepare(m, sinistre)
    approve(m, correction)
    payments.rejeter_decompte(acteur=m.payeur, decompte_id=first.pk, motif="Compte clos")
    (again,) = prepare(m, sinistre)
    assert again.corrige is None and (again.du, again.deja) == (Decimal("672.00"), Decimal("-672.00"))
    assert again.montant + correction.montant == again.du
    assert nothing_left(m, sinistre)
    assert approve(m, again).etat == EtatDecompte.APPROUVE


def test_a_leave_never_declared_counts_in_the_year(m: f.Monde) -> None:
    """Ninety days at 90 % were used in the year before: this leave is at half pay."""
    sinistre = validated(m)
    (first,) = prepare(m, sinistre)
    approve(m, first)
    ArretConnu.objects.create(
        agent=sinistre.agent, nature=Nature.CMO, debut=dt.date(2025, 10, 1), fin=dt.date(2025, 12, 31), certificat_du=dt.date(2025, 10, 1),
        origine=OrigineConstat.SAISI, saisi_par=m.gestionnaire,
    )  # fmt: skip
    (correction,) = prepare(m, sinistre)
    assert correction.du == Decimal("746.67") and correction.montant == Decimal("746.67") - Decimal("1344.00")


def test_two_dossiers_never_pay_the_same_day(m: f.Monde) -> None:
    agent = f.agent(m.collectivite)
    maladie = validated(m, de=agent)
    autre = f.sinistre(
        m, Nature.MAT, de=agent, arret=f.arret_demande(DEBUT + 20 * DAY, 112), alertes_assumees="La maternité interrompt la maladie."
    )
    f.complete_pieces(autre, m.gestionnaire)
    transiter(acteur=m.gestionnaire, numero=autre.numero, nom="valider")
    (first,) = prepare(m, maladie)
    assert first.explication.startswith("20 jours : 1 de carence, 9 de franchise, 10 indemnisés")
    (second,) = prepare(m, autre)
    assert second.lignes.get().jours == 112


def test_pay_rises_are_followed(m: f.Monde) -> None:
    agent = f.agent(m.collectivite)
    Remuneration.objects.filter(agent=agent).update(fin=DEBUT + 14 * DAY)
    Remuneration.objects.create(agent=agent, debut=DEBUT + 15 * DAY, tib=Decimal("30000.00"))
    (decompte,) = prepare(m, validated(m, de=agent))
    assert decompte.montant == Decimal("336.00") + Decimal("1260.00")


# -- IRCANTEC ------------------------------------------------------------------------------------------------------------------


def test_the_décompte_of_the_cpam_replaces_the_estimate(m: f.Monde) -> None:
    formule = f.formule(m.contrat, Regime.IRCANTEC, natures=[Nature.CMO], genre_franchise=GenreFranchise.AUCUNE, franchise_jours=0)
    f.adhesion(m.collectivite, formule)
    agent = f.agent(m.collectivite, Regime.IRCANTEC)
    SituationAgent.objects.filter(agent=agent).update(statut=Statut.TITULAIRE, heures_hebdomadaires=20)
    sinistre = validated(m, de=agent)
    (first,) = prepare(m, sinistre)
    assert any(x.trace["ijss"] != "0.00" and "estim" in " ".join(x.trace["pourquoi"]) for x in first.lignes.all())
    approve(m, first)
    MontantConstate.objects.create(
        sinistre=sinistre, genre=GenreMontant.CPAM, debut=DEBUT, fin=DEBUT + 29 * DAY, montant=Decimal("600.00"), reference="CPAM-1",
        origine=OrigineConstat.SAISI, saisi_par=m.gestionnaire,
    )  # fmt: skip
    (correction,) = prepare(m, sinistre)
    lignes = list(correction.lignes.all())
    deduit = sum(Decimal(x.trace["ijss"]) for x in lignes if x.sort == "PAYE")
    assert deduit == Decimal("580.00"), "600 € over 30 days, of which the carence day is not paid"
    assert not any("estim" in " ".join(x.trace["pourquoi"]) for x in lignes)
    assert correction.du is not None and correction.montant == correction.du - first.montant


def test_days_that_nobody_can_estimate_await_the_cpam(m: f.Monde) -> None:
    """A maternité of the régime général: nothing is paid before the CPAM has spoken, and what it has spoken of is paid."""
    formule = f.formule(m.contrat, Regime.IRCANTEC, natures=[Nature.MAT], genre_franchise=GenreFranchise.AUCUNE, franchise_jours=0)
    f.adhesion(m.collectivite, formule)
    sinistre = validated(m, Nature.MAT, de=f.agent(m.collectivite, Regime.IRCANTEC), jours=112)
    plan = decomptes.apercu(acteur=m.gestionnaire, numero=sinistre.numero)
    assert not plan.projets and "CPAM" in plan.reserves[0] and "02/03/2026" in plan.reserves[0]
    assert prepare(m, sinistre) == []
    assert Tache.objects.filter(sinistre=sinistre, genre=GenreTache.SAISIR_DECOMPTE, fermee_le__isnull=True).exists()
    MontantConstate.objects.create(
        sinistre=sinistre, genre=GenreMontant.CPAM, debut=DEBUT, fin=DEBUT + 29 * DAY, montant=Decimal("1500.00"), reference="CPAM-2",
        origine=OrigineConstat.SAISI, saisi_par=m.gestionnaire,
    )  # fmt: skip
    (decompte,) = prepare(m, sinistre)
    assert (decompte.fin, decompte.montant) == (DEBUT + 29 * DAY, Decimal("2800.00") - Decimal("1500.00"))


# -- What can't be computed ----------------------------------------------------------------------------------------------------


def test_validating_wants_rights_and_indemnity_computed(m: f.Monde) -> None:
    agent = f.agent(m.collectivite)
    Remuneration.objects.filter(agent=agent).delete()
    sinistre = f.sinistre(m, de=agent, arret=f.arret_demande(DEBUT, 30))
    f.complete_pieces(sinistre, m.gestionnaire)
    with pytest.raises(GardeNonSatisfaite, match="rémunération de l’agent au 12/03/2026"):
        transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")


def test_nothing_is_computed_before_validation(m: f.Monde) -> None:
    sinistre = f.sinistre(m, arret=f.arret_demande(DEBUT, 30))
    with pytest.raises(GardeNonSatisfaite, match="une fois qu’il est validé"):
        decomptes.apercu(acteur=m.gestionnaire, numero=sinistre.numero)


def test_a_death_has_no_day_to_count(m: f.Monde) -> None:
    deces = f.sinistre(m, Nature.DC, arret=None)
    f.complete_pieces(deces, m.gestionnaire)
    transiter(acteur=m.gestionnaire, numero=deces.numero, nom="valider")
    with pytest.raises(GardeNonSatisfaite, match="capital"):
        prepare(m, deces)
    assert Tache.objects.filter(sinistre=deces, genre=GenreTache.SAISIR_DECOMPTE, fermee_le__isnull=True).exists()


def test_a_partial_refusal_says_which_days(m: f.Monde) -> None:
    sinistre = validated(m)
    Sinistre.objects.filter(pk=sinistre.pk).update(motif_refus="DECHEANCE", portee_refus="PERIODE")
    with pytest.raises(GardeNonSatisfaite, match="quels jours"):
        decomptes.apercu(acteur=m.gestionnaire, numero=sinistre.numero)
    decomptes.fixer_faits(acteur=m.gestionnaire, numero=sinistre.numero, refus_debut=DEBUT + 20 * DAY, refus_fin=DEBUT + 40 * DAY)
    (decompte,) = prepare(m, sinistre)
    assert decompte.montant == Decimal("672.00") and "10 refusés" in decompte.explication


def test_recompute_equals_stored(m: f.Monde) -> None:
    for nature in (Nature.CMO, Nature.CLM, Nature.AS, Nature.MAT):
        sinistre = validated(m, nature, jours=45)
        for decompte in prepare(m, sinistre):
            assert projets.est_a_jour(decompte), nature


def test_closing_does_not_forget_what_is_owed(m: f.Monde) -> None:
    """Validated and never reckoned, then closed: the work item stays. Paid past the return: it opens."""
    never, paid = validated(m), validated(m)
    (first,) = prepare(m, paid)
    approve(m, first)
    for sinistre in (never, paid):
        transiter(
            acteur=m.gestionnaire, numero=sinistre.numero, nom="clore",
            demande=Demande(motif=MotifCloture.REPRISE, date_effet=DEBUT + 20 * DAY),
        )  # fmt: skip
        assert Tache.objects.filter(sinistre=sinistre, genre=GenreTache.SAISIR_DECOMPTE, fermee_le__isnull=True).exists()
    assert [d.montant for d in prepare(m, never)] == [Decimal("672.00")]
    assert [d.montant for d in prepare(m, paid)] == [Decimal("-672.00")]


def test_a_settlement_does_not_forget_a_correction_to_make(m: f.Monde) -> None:
    """Paid while a fact had just changed: the dossier is reimbursed, and what is to be corrected is still somebody's."""
    sinistre = validated(m)
    (first,) = prepare(m, sinistre)
    approve(m, first)
    bordereau = payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=[first.pk])
    cut_before(list(sinistre.arrets.all()), DEBUT + 20 * DAY)
    decomptes.a_regulariser(sinistre.pk)
    payments.regler_bordereau(acteur=m.payeur2, bordereau_id=bordereau.pk, le=timezone.localdate(), reference="VIR-1")
    assert Sinistre.objects.get(pk=sinistre.pk).etat == Etat.REMBOURSE
    assert Tache.objects.filter(sinistre=sinistre, genre=GenreTache.SAISIR_DECOMPTE, fermee_le__isnull=True).exists()


def test_the_command_names_the_dossiers_that_differ(m: f.Monde, capsys: pytest.CaptureFixture[str]) -> None:
    right, wrong = validated(m), validated(m)
    for sinistre in (right, wrong):
        prepare(m, sinistre)
    call_command("verifier_decomptes")
    assert "2 dossiers recalculés" in capsys.readouterr().out
    cut_before(list(wrong.arrets.all()), DEBUT + 20 * DAY)
    with pytest.raises(CommandError, match="1 dossier à régulariser, sur 2"):
        call_command("verifier_decomptes")
    assert wrong.numero in (err := capsys.readouterr().err) and right.numero not in err
