"""Frais médicaux: an invoice keyed in the bulle is paid once, corrected by its difference, given back when imputabilité is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import Etat, GenreTache
from cases.errors import AlerteAConfirmer, DonneeInvalide, Erreur, TransitionImpossible
from cases.models import Sinistre, Tache
from contracts.enums import ModeReglement, Nature, RegimeGestion
from contracts.models import ContratGroupe, FormuleAnnee
from documents.enums import EtatPiece, Stade, Visibilite
from documents.models import Exigence, ExtraitAdministratif, ListePieces, Piece
from indemnities.editions.contenu import contenu_de
from indemnities.enums import EtatDecompte, GenreDecompte
from indemnities.models import Decompte, Frais, LigneDecompte, PriseEnCharge
from indemnities.selectors import decomptes_a_transmettre
from journal.models import Entree
from tests import factories as f
from workflows import frais, payments
from workflows.branches.citis import actes as citis
from workflows.demande import Demande
from workflows.lifecycle import transiter

DAY = dt.timedelta(days=1)


@pytest.fixture
def accident(m: f.Monde) -> Sinistre:
    return f.sinistre(m, Nature.AS)


def ask(sinistre: Sinistre, code: str, visibilite: str, etat: str = EtatPiece.DEMANDEE) -> Piece:
    """A pièce of the stage of frais, as the lists ask for it."""
    brouillon = ListePieces.objects.filter(publiee_le__isnull=True).first()
    liste = brouillon or ListePieces.objects.create(version=next(f._serie), debut=sinistre.survenance, libelle="Frais")
    exigence, _ = Exigence.objects.get_or_create(
        liste=liste,
        code=code,
        stade=Stade.FRAIS,
        defaults={"libelle": code, "natures": [sinistre.nature], "regimes": [sinistre.regime], "visibilite": visibilite},
    )
    return Piece.objects.create(
        sinistre=sinistre, exigence=exigence, code=code, libelle=f"Pièce {code}", stade=Stade.FRAIS, visibilite=visibilite, etat=etat
    )


def invoice(
    m: f.Monde, sinistre: Sinistre, montant: str = "48.20", *, apres: int = 5, corrige: int | None = None, **champs: Any
) -> int:  # fmt: skip
    """What leaves the bulle of one invoice; returns the id of the extract."""
    piece = Piece.objects.filter(sinistre=sinistre, code="facture-soins").first() or ask(sinistre, "facture-soins", Visibilite.M)
    valeurs: dict[str, Any] = {"etabli_le": sinistre.survenance + apres * DAY, "tiers_payant": False} | champs
    row = ExtraitAdministratif.objects.create(piece=piece, montant=Decimal(montant), corrige_id=corrige, saisi_par=m.secretariat, **valeurs)
    return row.pk


def recognise(m: f.Monde, sinistre: Sinistre, decision: str = "IMPUTABLE") -> None:
    citis.decider(acteur=m.gestionnaire, numero=sinistre.numero, decision=decision, le=timezone.localdate())


def certificate(m: f.Monde, sinistre: Sinistre, jours: int = 60, debut: int = 0) -> PriseEnCharge:
    premier = sinistre.survenance + debut * DAY
    return frais.donner_prise_en_charge(acteur=m.gestionnaire, numero=sinistre.numero, debut=premier, fin=premier + (jours - 1) * DAY)


def pay(m: f.Monde, sinistre: Sinistre, facture: int, **champs: Any) -> list[Decompte]:
    return frais.payer(acteur=m.gestionnaire, numero=sinistre.numero, facture=facture, **champs)


def settle(m: f.Monde, decomptes: Sequence[Decompte]) -> None:
    """Approved, sent and settled."""
    for decompte in decomptes:
        payments.approuver_decompte(acteur=m.payeur, decompte_id=decompte.pk)
    bordereau = payments.composer_bordereau(
        acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=[d.pk for d in decomptes]
    )
    payments.regler_bordereau(acteur=m.payeur, bordereau_id=bordereau.pk, le=timezone.localdate(), reference="VIR")


def one(m: f.Monde, sinistre: Sinistre) -> frais.FactureSuivie:
    (suivie,) = frais.factures(m.gestionnaire, sinistre)
    return suivie


def total(sinistre: Sinistre) -> Decimal:
    rows = Decompte.objects.filter(sinistre=sinistre, genre=GenreDecompte.FRAIS).exclude(etat=EtatDecompte.REJETE)
    return sum((d.montant for d in rows), Decimal(0))


# -- To payment ---------------------------------------------------------------------------------------------------------------


def test_an_invoice_is_paid_whole_and_says_why(m: f.Monde, accident: Sinistre) -> None:
    recognise(m, accident)
    facture = invoice(m, accident)
    assert one(m, accident).peut_etre_payee
    (decompte,) = pay(m, accident, facture)
    assert (decompte.genre, decompte.montant, decompte.du, decompte.facture) == ("FRAIS", Decimal("48.20"), Decimal("48.20"), facture)
    ligne = LigneDecompte.objects.get(decompte=decompte)
    assert (ligne.montant, ligne.jours, ligne.sort, ligne.nature) == (Decimal("48.20"), 0, "PAYE", "FM")
    assert "100 %" in decompte.explication and "reconnue" in decompte.explication and "remboursée" in decompte.explication
    assert ligne.trace["niveau"] == "1.00", "S002 spares frais médicaux"
    assert not {"praticien", "actes"} & set(ligne.trace)
    assert Frais.objects.get(decompte=decompte).prise_en_charge is None
    assert not one(m, accident).peut_etre_payee and one(m, accident).reste == 0


def test_the_whole_way_to_the_settlement_even_once_the_leave_is_closed(m: f.Monde, accident: Sinistre) -> None:
    """Care is owed after the closing of the leave, and after retirement."""
    recognise(m, accident)
    effet = accident.survenance + 35 * DAY
    f.complete_pieces(accident, m.gestionnaire)
    transiter(acteur=m.gestionnaire, numero=accident.numero, nom="valider")
    transiter(acteur=m.gestionnaire, numero=accident.numero, nom="clore", demande=Demande(motif="RETRAITE", date_effet=effet))
    decomptes = pay(m, accident, invoice(m, accident, apres=38))
    settle(m, decomptes)
    assert Decompte.objects.get(pk=decomptes[0].pk).etat == EtatDecompte.REGLE
    assert Sinistre.objects.get(pk=accident.pk).etat == Etat.CLOS


def test_frais_and_days_do_not_stand_in_each_other_s_way(m: f.Monde, accident: Sinistre) -> None:
    recognise(m, accident)
    pay(m, accident, invoice(m, accident))
    pay(m, accident, invoice(m, accident, "12.00"))
    arret = accident.arrets.get()
    payments.saisir_decompte(
        acteur=m.gestionnaire, numero=accident.numero, debut=arret.debut, fin=arret.fin, montant=Decimal(900), explication="IJ", arret=arret
    )
    assert Decompte.objects.filter(sinistre=accident).count() == 3


def test_the_contract_may_give_frais_a_level_of_their_own(m: f.Monde, accident: Sinistre) -> None:
    FormuleAnnee.objects.filter(pk=accident.termes_id).update(niveaux={"FM": "0.90"})
    recognise(m, accident)
    (decompte,) = pay(m, accident, invoice(m, accident, "33.33"))
    assert decompte.montant == Decimal("30.00") and "90 %" in decompte.explication
    with pytest.raises(Erreur, match="déjà en paiement"):
        pay(m, accident, decompte.facture or 0)


@pytest.mark.parametrize("qui", ["payeur", "mairie", "mairie2", "assureur", "medecin", "secretariat", "admin"])
def test_who_may_not_take_it_to_payment(m: f.Monde, accident: Sinistre, qui: str) -> None:
    recognise(m, accident)
    facture = invoice(m, accident)
    with pytest.raises((Refus, Sinistre.DoesNotExist, DonneeInvalide)):
        frais.payer(acteur=m.people[qui], numero=accident.numero, facture=facture)
    assert not Decompte.objects.exists()


# -- Against the sinistre -------------------------------------------------------------------------------------------------------


def test_what_is_not_covered_is_refused_with_its_reason(m: f.Monde, accident: Sinistre) -> None:
    avant = invoice(m, accident, apres=-1)
    with pytest.raises(Erreur, match="précèdent la survenance"):
        pay(m, accident, avant)
    pendant = invoice(m, accident, apres=3)
    with pytest.raises(Erreur, match="n’est pas décidée"):
        pay(m, accident, pendant)
    recognise(m, accident, "NON_IMPUTABLE")
    with pytest.raises(Erreur, match="n’a pas retenu l’imputabilité"):
        pay(m, accident, pendant)
    assert not any(suivie.peut_etre_payee for suivie in frais.factures(m.gestionnaire, accident))
    assert not Decompte.objects.exists()


def test_an_illness_that_is_not_of_service_has_no_frais(m: f.Monde) -> None:
    maladie = f.sinistre(m)
    with pytest.raises(Erreur, match="pas à la charge de l’employeur"):
        pay(m, maladie, invoice(m, maladie))
    with pytest.raises(Erreur, match="de service"):
        certificate(m, maladie)


def test_a_dossier_of_frais_alone_pays_them(m: f.Monde) -> None:
    dossier = f.sinistre(m, Nature.FM, arret=None)
    (decompte,) = pay(m, dossier, invoice(m, dossier))
    assert decompte.montant == Decimal("48.20")


def test_a_rechute_waits_for_its_own_decision(m: f.Monde, accident: Sinistre) -> None:
    recognise(m, accident)
    f.complete_pieces(accident, m.gestionnaire)
    transiter(acteur=m.gestionnaire, numero=accident.numero, nom="valider")
    debut = accident.survenance + 36 * DAY
    transiter(
        acteur=m.gestionnaire, numero=accident.numero, nom="rouvrir_rechute",
        demande=Demande(arret=f.arret_demande(debut, 2)),
    )  # fmt: skip
    pay(m, accident, invoice(m, accident, apres=30))
    with pytest.raises(Erreur, match="n’est pas décidée"):
        pay(m, accident, invoice(m, accident, apres=37))


def test_repartition_stops_at_its_term_and_capitalisation_does_not(m: f.Monde, accident: Sinistre) -> None:
    recognise(m, accident)
    facture = invoice(m, accident)
    ContratGroupe.objects.filter(pk=m.contrat.pk).update(fin=accident.survenance + DAY, regime_gestion=RegimeGestion.REPARTITION)
    with pytest.raises(Erreur, match="répartition"):
        pay(m, accident, facture)
    ContratGroupe.objects.filter(pk=m.contrat.pk).update(regime_gestion=RegimeGestion.CAPITALISATION)
    assert pay(m, accident, facture)


def test_a_dossier_that_was_cancelled_pays_nothing(m: f.Monde, accident: Sinistre) -> None:
    recognise(m, accident)
    facture = invoice(m, accident)
    transiter(acteur=m.gestionnaire, numero=accident.numero, nom="annuler", demande=Demande(motif="ERREUR"))
    with pytest.raises(TransitionImpossible, match="rien ne s’y paie"):
        pay(m, accident, facture)


def test_a_refund_waits_for_its_proof_and_a_tiers_payant_does_not(m: f.Monde, accident: Sinistre) -> None:
    recognise(m, accident)
    preuve = ask(accident, "preuve-paiement", Visibilite.A)
    avancee, tiers = invoice(m, accident), invoice(m, accident, "30.00", tiers_payant=True)
    with pytest.raises(DonneeInvalide, match="preuve-paiement"):
        pay(m, accident, avancee)
    (decompte,) = pay(m, accident, tiers)
    assert "praticien" in decompte.explication
    Piece.objects.filter(pk=preuve.pk).update(etat=EtatPiece.CONFORME, decidee_par=m.gestionnaire, decidee_le=timezone.now())
    assert pay(m, accident, avancee)


def test_the_cdg_does_not_pay_a_practitioner_whose_name_it_may_not_know(m: f.Monde, accident: Sinistre) -> None:
    ContratGroupe.objects.filter(pk=m.contrat.pk).update(mode_reglement=ModeReglement.CDG)
    recognise(m, accident)
    with pytest.raises(Erreur, match="ne sort pas de la bulle"):
        pay(m, accident, invoice(m, accident, tiers_payant=True))
    assert pay(m, accident, invoice(m, accident))


def test_an_invoice_of_another_dossier_is_not_found(m: f.Monde, accident: Sinistre) -> None:
    autre = f.sinistre(m, Nature.AS, de=f.agent(m.collectivite))
    recognise(m, accident)
    recognise(m, autre)
    with pytest.raises(DonneeInvalide, match="pas de ce dossier"):
        pay(m, accident, invoice(m, autre))


# -- Once ---------------------------------------------------------------------------------------------------------------------


def test_an_invoice_is_paid_once(m: f.Monde, accident: Sinistre) -> None:
    recognise(m, accident)
    facture = invoice(m, accident)
    (premier,) = pay(m, accident, facture)
    with pytest.raises(Erreur, match="déjà en paiement"):
        pay(m, accident, facture)
    copie = Decompte.objects.get(pk=premier.pk)
    copie.pk = None
    with pytest.raises(IntegrityError, match="decompte_facture_payee_une_fois"), transaction.atomic():
        copie.save(force_insert=True)
    with pytest.raises(IntegrityError, match="decompte_facture_des_frais"), transaction.atomic():
        Decompte.objects.create(
            genre="FRAIS", sinistre=accident, debut=premier.debut, fin=premier.fin, montant=1, explication="x", calcule_par=m.gestionnaire
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        Decompte.objects.filter(pk=premier.pk).update(facture=facture + 1)


def test_a_rejected_decompte_frees_its_invoice(m: f.Monde, accident: Sinistre) -> None:
    recognise(m, accident)
    facture = invoice(m, accident)
    (premier,) = pay(m, accident, facture)
    payments.rejeter_decompte(acteur=m.payeur, decompte_id=premier.pk, motif="Illisible")
    assert one(m, accident).peut_etre_payee
    (second,) = pay(m, accident, facture)
    assert second.corrige is None and total(accident) == Decimal("48.20")


def test_same_day_same_amount_asks_why(m: f.Monde, accident: Sinistre) -> None:
    recognise(m, accident)
    pay(m, accident, invoice(m, accident))
    autre = f.sinistre(m, Nature.AS, alertes_assumees="Deux accidents.")
    recognise(m, autre)
    double = invoice(m, autre)
    with pytest.raises(AlerteAConfirmer, match=accident.numero):
        pay(m, autre, double)
    (decompte,) = pay(m, autre, double, alerte_assumee="Deux séances le même jour.")
    assert Frais.objects.get(decompte=decompte).alerte_assumee == "Deux séances le même jour."
    assert pay(m, autre, invoice(m, autre, "48.21")), "another amount is another invoice"


# -- Corrected ------------------------------------------------------------------------------------------------------------------


def test_a_correction_of_the_bulle_pays_its_difference(m: f.Monde, accident: Sinistre) -> None:
    recognise(m, accident)
    facture = invoice(m, accident)
    settle(m, pay(m, accident, facture))
    moins = invoice(m, accident, "40.00", corrige=facture)
    suivie = one(m, accident)
    assert (suivie.reste, suivie.corrigee, suivie.peut_etre_payee) == (Decimal("-8.20"), True, True)
    (correction,) = pay(m, accident, facture)
    assert (correction.montant, correction.du, correction.deja) == (Decimal("-8.20"), Decimal("40.00"), Decimal("48.20"))
    assert correction.corrige is not None and "−8,20" in correction.explication
    invoice(m, accident, "55.00", corrige=moins)
    (suivante,) = pay(m, accident, facture)
    assert (suivante.montant, suivante.corrige) == (Decimal("15.00"), correction)
    assert total(accident) == Decimal("55.00")


def test_an_invoice_corrected_before_it_is_paid_is_paid_as_it_now_stands(m: f.Monde, accident: Sinistre) -> None:
    recognise(m, accident)
    facture = invoice(m, accident)
    latest = invoice(m, accident, "50.00", corrige=facture)
    (decompte,) = pay(m, accident, facture)
    assert (decompte.montant, decompte.facture, decompte.frais.extrait) == (Decimal("50.00"), facture, latest)
    with pytest.raises(DonneeInvalide):
        pay(m, accident, latest)


def test_a_tiers_payant_told_wrong_is_taken_from_one_and_given_to_the_other(m: f.Monde, accident: Sinistre) -> None:
    recognise(m, accident)
    facture = invoice(m, accident, tiers_payant=True)
    pay(m, accident, facture)
    invoice(m, accident, "50.00", corrige=facture, tiers_payant=False)
    assert one(m, accident).peut_etre_payee
    retire, donne = pay(m, accident, facture)
    assert (retire.montant, retire.frais.tiers_payant) == (Decimal("-48.20"), True)
    assert (donne.montant, donne.frais.tiers_payant, donne.corrige) == (Decimal("50.00"), False, retire)
    assert not one(m, accident).peut_etre_payee


# -- For a time -----------------------------------------------------------------------------------------------------------------


def test_a_certificate_pays_until_it_is_decided(m: f.Monde, accident: Sinistre) -> None:
    prise = certificate(m, accident, jours=10)
    facture, dehors = invoice(m, accident, apres=5), invoice(m, accident, "9.99", apres=10)
    (decompte,) = pay(m, accident, facture)
    assert prise.numero in decompte.explication and decompte.frais.prise_en_charge == prise
    with pytest.raises(Erreur, match="aucun certificat"):
        pay(m, accident, dehors)
    entree = Entree.objects.get(action="prise_en_charge.donnee")
    assert entree.sinistre_id == accident.pk and entree.contenu.donnees["libelle"] == prise.numero
    recognise(m, accident)
    assert pay(m, accident, dehors)
    assert not Tache.objects.filter(genre=GenreTache.FRAIS_INDUS).exists()


def test_a_refusal_makes_what_the_certificate_paid_indu(m: f.Monde, accident: Sinistre) -> None:
    prise = certificate(m, accident)
    facture, seconde = invoice(m, accident), invoice(m, accident, "20.00", apres=6, tiers_payant=True)
    settle(m, pay(m, accident, facture))
    pay(m, accident, seconde)
    recognise(m, accident, "NON_IMPUTABLE")
    prise.refresh_from_db()
    assert prise.retiree_au == timezone.localdate() and prise.motif_retrait
    assert Tache.objects.get(genre=GenreTache.FRAIS_INDUS).est_ouverte
    suivies = frais.factures(m.gestionnaire, accident)
    assert [(s.est_indue, s.reste, s.peut_etre_payee) for s in suivies] == [
        (True, Decimal("-48.20"), False), (True, Decimal("-20.00"), False),
    ]  # fmt: skip
    lignes = frais.preparer_indus(acteur=m.gestionnaire, numero=accident.numero)
    assert [(ligne.montant, ligne.du) for ligne in lignes] == [(Decimal("-48.20"), Decimal(0)), (Decimal("-20.00"), Decimal(0))]
    assert all(ligne.corrige is not None and ligne.etat == EtatDecompte.CALCULE for ligne in lignes)
    assert LigneDecompte.objects.get(decompte=lignes[0]).sort == "REFUSE" and lignes[1].frais.tiers_payant
    assert total(accident) == 0 and not Tache.objects.get(genre=GenreTache.FRAIS_INDUS).est_ouverte
    with pytest.raises(DonneeInvalide, match="Rien n’est à reverser"):
        frais.preparer_indus(acteur=m.gestionnaire, numero=accident.numero)
    payments.approuver_decompte(acteur=m.payeur, decompte_id=lignes[0].pk)


def test_a_refusal_taken_back_pays_again_what_was_given_back(m: f.Monde, accident: Sinistre) -> None:
    certificate(m, accident)
    facture = invoice(m, accident)
    pay(m, accident, facture)
    recognise(m, accident, "NON_IMPUTABLE")
    frais.preparer_indus(acteur=m.gestionnaire, numero=accident.numero)
    recognise(m, accident)
    (rendu,) = pay(m, accident, facture)
    assert rendu.montant == Decimal("48.20") and total(accident) == Decimal("48.20")


def test_what_was_paid_on_a_decision_is_not_taken_back_by_itself(m: f.Monde, accident: Sinistre) -> None:
    recognise(m, accident)
    pay(m, accident, invoice(m, accident))
    recognise(m, accident, "NON_IMPUTABLE")
    assert not Tache.objects.filter(genre=GenreTache.FRAIS_INDUS).exists()
    with pytest.raises(DonneeInvalide, match="Rien n’est à reverser"):
        frais.preparer_indus(acteur=m.gestionnaire, numero=accident.numero)


def test_a_certificate_is_withdrawn_with_a_motive_and_never_edited(m: f.Monde, accident: Sinistre) -> None:
    prise = certificate(m, accident)
    for au, motif, champ in ((prise.debut - DAY, "x", "au"), (prise.fin + DAY, "x", "au"), (prise.debut, " ", "motif")):
        with pytest.raises(DonneeInvalide) as refused:
            frais.retirer_prise_en_charge(acteur=m.mairie, numero=accident.numero, prise_id=prise.pk, motif=motif, au=au)
        assert set(refused.value.champs) == {champ}
    au = accident.survenance + 5 * DAY
    frais.retirer_prise_en_charge(acteur=m.mairie, numero=accident.numero, prise_id=prise.pk, motif="Donnée par erreur", au=au)
    with pytest.raises(Erreur, match="ne vaut plus"):
        frais.retirer_prise_en_charge(acteur=m.mairie, numero=accident.numero, prise_id=prise.pk, motif="x", au=au)
    assert pay(m, accident, invoice(m, accident, apres=4))
    with pytest.raises(Erreur, match="aucun certificat"):
        pay(m, accident, invoice(m, accident, "1.00", apres=5))
    for champs in ({"fin": prise.fin + DAY}, {"numero": "PEC-0000-000000"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            PriseEnCharge.objects.filter(pk=prise.pk).update(**champs)
    with pytest.raises(DatabaseError), transaction.atomic():
        prise.delete()


def test_a_wrong_certificate_says_where(m: f.Monde, accident: Sinistre) -> None:
    for debut, jours, champ in ((0, 0, "fin"), (0, 400, "fin"), (-1, 10, "debut")):
        with pytest.raises(DonneeInvalide) as refused:
            certificate(m, accident, jours, debut)
        assert set(refused.value.champs) == {champ}
    first = certificate(m, accident, 10)
    with pytest.raises(DonneeInvalide, match=first.numero):
        certificate(m, accident, 10, 9)
    assert certificate(m, accident, 10, 10).numero != first.numero
    recognise(m, accident)
    with pytest.raises(Erreur, match="est décidée"):
        certificate(m, accident, 10, 30)


@pytest.mark.parametrize("qui", ["payeur", "mairie2", "assureur", "medecin", "secretariat", "admin"])
def test_who_may_not_give_a_certificate(m: f.Monde, accident: Sinistre, qui: str) -> None:
    with pytest.raises((Refus, Sinistre.DoesNotExist)):
        frais.donner_prise_en_charge(acteur=m.people[qui], numero=accident.numero, debut=accident.survenance, fin=accident.survenance + DAY)


def test_the_list_costs_the_same_whatever_its_length(m: f.Monde, accident: Sinistre, django_assert_max_num_queries: Any) -> None:
    recognise(m, accident)
    for rang in range(12):
        pay(m, accident, invoice(m, accident, f"{10 + rang}.00"))
    sinistre = Sinistre.objects.select_related("contrat", "termes").get(pk=accident.pk)
    with django_assert_max_num_queries(12):
        assert len(frais.factures(m.gestionnaire, sinistre)) == 12


# -- To whom it goes ------------------------------------------------------------------------------------------------------------


def test_a_bordereau_pays_practitioners_or_the_collectivite_and_never_both(m: f.Monde, accident: Sinistre) -> None:
    recognise(m, accident)
    avancee = pay(m, accident, invoice(m, accident))
    tiers = pay(m, accident, invoice(m, accident, "30.00", tiers_payant=True))
    with pytest.raises(DonneeInvalide, match="bordereau à part"):
        settle(m, [*avancee, *tiers])
    assert [d.paye_le_praticien for d in decomptes_a_transmettre(m.payeur)] == [False, True]
    autre_facture = pay(m, accident, invoice(m, accident, "31.00", tiers_payant=True))
    payments.approuver_decompte(acteur=m.payeur, decompte_id=autre_facture[0].pk)
    un, autre = (
        payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=[d.pk])
        for d in (*avancee, *autre_facture)
    )
    assert (un.paye_des_praticiens, autre.paye_des_praticiens) == (False, True)
    assert contenu_de(un.pk).reference_titre == un.numero
    assert "praticiens" in contenu_de(autre.pk).reference_titre
    ContratGroupe.objects.filter(pk=m.contrat.pk).update(mode_reglement=ModeReglement.CDG)
    m.contrat.mode_reglement = ModeReglement.CDG
    ids = [tiers[0].pk]
    with pytest.raises(DonneeInvalide, match="ne paie pas les praticiens"):
        payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=ids)


def test_frais_are_not_corrected_by_hand(m: f.Monde, accident: Sinistre) -> None:
    recognise(m, accident)
    (decompte,) = pay(m, accident, invoice(m, accident))
    with pytest.raises(DonneeInvalide, match="dans la bulle"):
        payments.saisir_decompte(
            acteur=m.gestionnaire,
            numero=accident.numero,
            debut=decompte.debut,
            fin=decompte.fin,
            montant=Decimal(-1),
            explication="x",
            corrige=decompte,
        )
