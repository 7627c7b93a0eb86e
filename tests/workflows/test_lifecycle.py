"""The life of a sinistre through the one service: what each transition does, and what it refuses."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import Etat, GenreEcheance, GenreTache
from cases.errors import (
    AlerteAConfirmer,
    DonneeInvalide,
    GardeNonSatisfaite,
    TransitionImpossible,
    VersionPerimee,
)
from cases.models import Arret, Echeance, Sinistre, Tache
from contracts.enums import Nature
from indemnities.models import Decompte
from journal.models import Entree, Evenement
from tests import factories as f
from tests.mediations import entendre
from workflows import lifecycle, payments
from workflows.declaration import Declaration, declarer
from workflows.demande import ArretDemande, Demande
from workflows.lifecycle import transiter

pytestmark = pytest.mark.django_db

MAY, LONG_AGO = dt.date(2026, 5, 10), dt.date(2001, 1, 1)


@pytest.fixture
def m() -> f.Monde:
    return f.monde()


def fresh(sinistre: Sinistre) -> Sinistre:
    return Sinistre.objects.get(pk=sinistre.pk)


def open_tasks(sinistre: Sinistre) -> set[str]:
    return set(Tache.objects.filter(sinistre=sinistre, fermee_le__isnull=True).values_list("genre", flat=True))


def validate(m: f.Monde, sinistre: Sinistre) -> Sinistre:
    f.complete_pieces(sinistre, m.gestionnaire)
    return transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")


def pay(m: f.Monde, sinistre: Sinistre, montant: str = "661.59") -> Decompte:
    arret = sinistre.arrets.filter(actif=True).latest("debut")
    decompte = payments.saisir_decompte(
        acteur=m.gestionnaire, numero=sinistre.numero, debut=arret.debut, fin=arret.fin, montant=Decimal(montant),
        explication="16 jours à 90 %", arret=arret,
    )  # fmt: skip
    payments.approuver_decompte(acteur=m.payeur, decompte_id=decompte.pk)
    bordereau = payments.composer_bordereau(
        acteur=m.payeur2, collectivite=sinistre.collectivite, contrat=sinistre.contrat, decompte_ids=[decompte.pk]
    )
    payments.regler_bordereau(acteur=m.payeur, bordereau_id=bordereau.pk, le=timezone.localdate(), reference="VIR-1")
    return Decompte.objects.get(pk=decompte.pk)


def test_a_declaration_opens_everything_it_needs(m: f.Monde) -> None:
    sinistre = f.sinistre(m, Nature.AS)

    assert sinistre.etat == Etat.DECLARE
    assert sinistre.numero == f"{timezone.localdate().year}-{sinistre.numero.split('-')[1]}"
    assert sinistre.episodes.count() == 1
    assert {p.code for p in sinistre.pieces.all()} == {"certificat", "arrete", "certificat-medical-initial"}
    assert open_tasks(sinistre) == {GenreTache.INSTRUIRE, GenreTache.RECEVOIR_PIECE_MEDICALE}
    clocks = Echeance.objects.filter(sinistre=sinistre).values_list("genre", flat=True)
    assert set(clocks) == {GenreEcheance.REPRISE_ATTENDUE, GenreEcheance.CITIS_INSTRUCTION, GenreEcheance.PIECES_ATTENDUES}
    assert Entree.objects.filter(sinistre_id=sinistre.pk, action="sinistre.declarer").count() == 1
    assert Evenement.objects.filter(sinistre_id=sinistre.pk, type="sinistre.declare").count() == 1


def test_the_whole_life_to_a_rechute(m: f.Monde) -> None:
    sinistre = f.sinistre(m, Nature.AS)
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="demander_pieces")
    assert fresh(sinistre).etat == Etat.PIECES_EN_ATTENTE
    assert validate(m, sinistre).etat == Etat.VALIDE
    assert GenreTache.SAISIR_DECOMPTE in open_tasks(sinistre)

    decompte = pay(m, fresh(sinistre))
    assert decompte.etat == "REGLE"
    assert fresh(sinistre).etat == Etat.REMBOURSE
    assert GenreTache.SAISIR_DECOMPTE not in open_tasks(sinistre)

    reprise = timezone.localdate() - dt.timedelta(days=5)
    clos = transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="clore", demande=Demande(motif="REPRISE", date_effet=reprise))
    assert (clos.etat, clos.reprise_effective) == (Etat.CLOS, reprise)
    assert open_tasks(sinistre) == set()
    assert not Echeance.objects.filter(sinistre=sinistre, levee_le__isnull=True, traitee_le__isnull=True).exists()

    debut = timezone.localdate() - dt.timedelta(days=2)
    rouvert = transiter(
        acteur=m.gestionnaire,
        numero=sinistre.numero,
        nom="rouvrir_rechute",
        demande=Demande(arret=f.arret_demande(debut, 15)),
    )
    assert rouvert.etat == Etat.ROUVERT
    assert (rouvert.motif_cloture, rouvert.reprise_effective) == ("", None)
    assert [e.genre for e in rouvert.episodes.order_by("rang")] == ["INITIAL", "RECHUTE"]
    assert rouvert.survenance == sinistre.survenance
    assert rouvert.pieces.filter(stade="RECHUTE", arret__genre="RECHUTE").exists()


def test_a_late_declaration_is_flagged_and_never_refused(m: f.Monde) -> None:
    arret = f.arret_demande(timezone.localdate() - dt.timedelta(days=130), 10)
    sinistre = f.sinistre(m, arret=arret)
    assert sinistre.limite_declaration == arret.debut + dt.timedelta(days=120)
    assert sinistre.jours_de_retard == 10


@pytest.mark.parametrize(
    ("survenance", "limite"), [("2023-01-01", "2023-05-01"), ("2023-09-12", "2024-01-10"), ("2024-02-01", "2024-05-31")]
)
def test_the_last_day_to_declare_is_the_120th(m: f.Monde, survenance: str, limite: str) -> None:
    arret = f.arret_demande(dt.date.fromisoformat(survenance), 10)
    assert f.sinistre(m, arret=arret).limite_declaration == dt.date.fromisoformat(limite)


def test_only_the_cdg_dates_a_declaration(m: f.Monde) -> None:
    arret = f.arret_demande(timezone.localdate() - dt.timedelta(days=130), 10)
    en_temps = arret.debut + dt.timedelta(days=100)
    with pytest.raises(DonneeInvalide) as refused:
        f.sinistre(m, arret=arret, declare_le=en_temps)
    assert set(refused.value.champs) == {"declare_le"}
    assert f.sinistre(m, par=m.gestionnaire, arret=arret, declare_le=en_temps).jours_de_retard == 0


def test_valider_waits_for_the_pieces_and_names_each(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    with pytest.raises(GardeNonSatisfaite) as refused:
        transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")
    assert len(refused.value.raisons) == 2
    assert "Arrêté de placement" in " ".join(refused.value.raisons)
    assert fresh(sinistre).etat == Etat.DECLARE
    assert Entree.objects.filter(sinistre_id=sinistre.pk, action="sinistre.refus_de_transition").count() == 1


def test_a_leave_within_the_franchise_needs_its_certificate_alone(m: f.Monde) -> None:
    sinistre = f.sinistre(m, arret=f.arret_demande(jours=8))
    sinistre.pieces.filter(code="certificat").update(etat="CONFORME", decidee_par=m.gestionnaire, decidee_le=timezone.now())
    validated = transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")
    assert validated.etat == Etat.VALIDE
    assert GenreTache.SAISIR_DECOMPTE not in open_tasks(sinistre)


def test_a_prolongation_reopens_the_wait_and_never_overlaps(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    validate(m, sinistre)
    dernier = sinistre.arrets.get()
    with pytest.raises(DonneeInvalide) as refused:
        transiter(acteur=m.mairie, numero=sinistre.numero, nom="prolonger", demande=Demande(arret=f.arret_demande(dernier.fin, 10)))
    assert "arret.debut" in refused.value.champs
    suite = f.arret_demande(dernier.fin + dt.timedelta(days=1), 10)
    prolonge = transiter(acteur=m.mairie, numero=sinistre.numero, nom="prolonger", demande=Demande(arret=suite))
    assert prolonge.etat == Etat.PIECES_EN_ATTENTE
    assert prolonge.pieces.filter(code="certificat-prolongation").count() == 1
    assert prolonge.arrets.count() == 2


def test_a_prolongation_before_validation_changes_no_state(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    suite = f.arret_demande(sinistre.arrets.get().fin + dt.timedelta(days=1), 10)
    assert lifecycle.ajouter_arret(acteur=m.mairie, numero=sinistre.numero, arret=suite).etat == Etat.DECLARE


def test_a_gap_before_a_prolongation_asks_why(m: f.Monde) -> None:
    sinistre = f.sinistre(m, arret=f.arret_demande(jours=10))
    loin = f.arret_demande(sinistre.arrets.get().fin + dt.timedelta(days=10), 5)
    with pytest.raises(AlerteAConfirmer) as card:
        lifecycle.ajouter_arret(acteur=m.mairie, numero=sinistre.numero, arret=loin)
    assert set(card.value.alertes) == {"interruption"}
    lifecycle.ajouter_arret(acteur=m.mairie, numero=sinistre.numero, arret=loin, alertes_assumees="Certificat reçu en retard")
    assert Arret.objects.get(sinistre=sinistre, debut=loin.debut).motif_recouvrement == "Certificat reçu en retard"


def test_an_earlier_certificate_typed_late_does_not_bring_the_return_forward(m: f.Monde) -> None:
    debut = timezone.localdate() - dt.timedelta(days=60)
    sinistre = f.sinistre(m, arret=f.arret_demande(debut, 10))
    loin, entre = debut + dt.timedelta(days=20), debut + dt.timedelta(days=10)
    lifecycle.ajouter_arret(acteur=m.mairie, numero=sinistre.numero, arret=f.arret_demande(loin, 10), alertes_assumees="Certificat égaré")
    lifecycle.ajouter_arret(acteur=m.mairie, numero=sinistre.numero, arret=f.arret_demande(entre, 10))
    echeance = Echeance.objects.get(sinistre=sinistre, genre=GenreEcheance.REPRISE_ATTENDUE, levee_le__isnull=True)
    assert timezone.localdate(echeance.due_at) == loin + dt.timedelta(days=9 + 8)


def test_a_rechute_moves_the_version_of_the_dossier_it_cuts(m: f.Monde) -> None:
    accident = f.sinistre(m, Nature.AS, arret=f.arret_demande(timezone.localdate() - dt.timedelta(days=90), 10))
    validate(m, accident)
    maladie = f.sinistre(m, arret=f.arret_demande(timezone.localdate() - dt.timedelta(days=20), 30))
    rechute = f.arret_demande(timezone.localdate() - dt.timedelta(days=5), 10)
    transiter(
        acteur=m.gestionnaire,
        numero=accident.numero,
        nom="rouvrir_rechute",
        demande=Demande(arret=rechute, alertes_assumees="Rechute pendant la maladie"),
    )
    assert maladie.arrets.get().fin == rechute.debut - dt.timedelta(days=1)
    assert fresh(maladie).version == maladie.version + 1
    assert Entree.objects.filter(sinistre_id=maladie.pk, action="sinistre.arret_ecourte").count() == 1


def test_requalifier_splits_the_leave_and_keeps_survenance(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    validate(m, sinistre)
    jour = sinistre.survenance + dt.timedelta(days=10)
    requalifie = transiter(
        acteur=m.gestionnaire,
        numero=sinistre.numero,
        nom="requalifier",
        demande=Demande(nature=Nature.CLM, date_effet=jour, commentaire="Avis du conseil médical"),
    )
    assert (requalifie.etat, requalifie.nature, requalifie.survenance) == (Etat.PIECES_EN_ATTENTE, Nature.CLM, sinistre.survenance)
    arrets = list(requalifie.arrets.order_by("debut"))
    assert [(a.debut, a.fin) for a in arrets] == [
        (sinistre.survenance, jour - dt.timedelta(days=1)),
        (jour, sinistre.survenance + dt.timedelta(days=29)),
    ]
    assert [a.episode.nature for a in arrets] == [Nature.CMO, Nature.CLM]


def test_a_refusal_goes_through_mediation_and_needs_a_responsable(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    propose = Demande(motif="NON_JUSTIFIE", portee="SINISTRE", commentaire="Contre-visite")
    en_mediation = transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="proposer_refus", demande=propose)
    assert en_mediation.etat_avant_mediation == Etat.DECLARE
    assert open_tasks(sinistre) == {GenreTache.MD_ASSUREUR, GenreTache.MD_CDG, GenreTache.MD_COLLECTIVITE}
    entendre(m, sinistre)
    assert open_tasks(sinistre) == {GenreTache.MENER_MEDIATION}
    with pytest.raises(Refus) as refused:
        transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="refuser", demande=Demande(commentaire="x"))
    assert refused.value.visible
    refuse = transiter(acteur=m.responsable, numero=sinistre.numero, nom="refuser", demande=Demande(commentaire="Médiation close"))
    assert refuse.etat == Etat.REFUSE
    with pytest.raises(Refus):
        transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="rouvrir", demande=Demande(commentaire="x"))
    rouvert = transiter(acteur=m.responsable, numero=sinistre.numero, nom="rouvrir", demande=Demande(commentaire="Contestation gagnée"))
    assert (rouvert.etat, rouvert.motif_refus) == (Etat.ROUVERT, "")


def test_lever_refus_goes_back_where_it_came_from(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    validate(m, sinistre)
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="proposer_refus", demande=Demande(motif="NON_COUVERT", portee="PERIODE"))
    leve = transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="lever_refus", demande=Demande(commentaire="Erreur"))
    assert leve.etat == Etat.VALIDE


def test_decheance_needs_a_late_declaration(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    with pytest.raises(GardeNonSatisfaite):
        transiter(
            acteur=m.gestionnaire, numero=sinistre.numero, nom="proposer_refus", demande=Demande(motif="DECHEANCE", portee="SINISTRE")
        )


def test_annuler_is_over_once_a_decompte_is_approved(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    validate(m, sinistre)
    arret = sinistre.arrets.get()
    decompte = payments.saisir_decompte(
        acteur=m.gestionnaire, numero=sinistre.numero, debut=arret.debut, fin=arret.fin, montant=Decimal("10"), explication="x"
    )
    payments.approuver_decompte(acteur=m.payeur, decompte_id=decompte.pk)
    with pytest.raises(GardeNonSatisfaite):
        transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="annuler", demande=Demande(motif="DOUBLE"))


def test_a_death_closes_and_opens_its_own_sinistre(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    validate(m, sinistre)
    jour = timezone.localdate() - dt.timedelta(days=20)
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="clore", demande=Demande(motif="DECES", date_effet=jour))
    deces = Sinistre.objects.get(origine=sinistre)
    assert (deces.nature, deces.survenance, deces.etat) == (Nature.DC, jour, Etat.DECLARE)
    assert sinistre.arrets.get().fin == jour


def test_an_early_return_cuts_the_leave(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    validate(m, sinistre)
    reprise = sinistre.survenance + dt.timedelta(days=12)
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="clore", demande=Demande(motif="REPRISE", date_effet=reprise))
    assert sinistre.arrets.get().fin == reprise - dt.timedelta(days=1)


def test_clore_refuses_a_date_to_come(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    validate(m, sinistre)
    demain = timezone.localdate() + dt.timedelta(days=1)
    with pytest.raises(GardeNonSatisfaite):
        transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="clore", demande=Demande(motif="REPRISE", date_effet=demain))


def test_a_stale_version_changes_nothing(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="demander_pieces", version=1)
    with pytest.raises(VersionPerimee) as stale:
        transiter(acteur=m.gestionnaire2, numero=sinistre.numero, nom="annuler", demande=Demande(motif="DOUBLE"), version=1)
    assert stale.value.version == 2


def test_an_impossible_transition_says_why(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    with pytest.raises(TransitionImpossible, match="déclaré"):
        transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="clore", demande=Demande(motif="REPRISE"))
    validate(m, sinistre)
    with pytest.raises(TransitionImpossible, match="rechute"):
        transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="rouvrir_rechute", demande=Demande(arret=f.arret_demande()))


def test_a_stray_field_is_refused(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    with pytest.raises(DonneeInvalide) as refused:
        transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="annuler", demande=Demande(motif="DOUBLE", portee="SINISTRE"))
    assert set(refused.value.champs) == {"portee"}


def test_a_foreign_case_does_not_exist(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    with pytest.raises(Sinistre.DoesNotExist):
        transiter(acteur=m.mairie2, numero=sinistre.numero, nom="prolonger", demande=Demande(arret=f.arret_demande()))
    with pytest.raises(Refus) as refused:
        f.sinistre(m, par=m.mairie2)
    assert not refused.value.visible


def test_the_database_refuses_what_the_table_does_not_list(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    with pytest.raises(DatabaseError), transaction.atomic():
        Sinistre.objects.filter(pk=sinistre.pk).update(etat=Etat.REMBOURSE)
    with pytest.raises(DatabaseError), transaction.atomic():
        Sinistre.objects.filter(pk=sinistre.pk).update(etat=Etat.ANNULE)  # a pair of the table, without its motive


def test_nobody_handles_his_own_file(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    m.agent.compte = m.gestionnaire
    m.agent.save(update_fields=["compte"])
    with pytest.raises(Sinistre.DoesNotExist):
        transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="demander_pieces")
    assert transiter(acteur=m.gestionnaire2, numero=sinistre.numero, nom="demander_pieces").etat == Etat.PIECES_EN_ATTENTE


def test_a_rejected_payment_sends_the_sinistre_back(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    validate(m, sinistre)
    decompte = pay(m, fresh(sinistre))
    payments.rejeter_decompte(acteur=m.payeur, decompte_id=decompte.pk, motif="IBAN clos")
    assert fresh(sinistre).etat == Etat.VALIDE
    assert GenreTache.TRAITER_REJET in open_tasks(sinistre)


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"nature": "XXX"}, "nature"),
        ({"nature": Nature.CGM}, "nature"),
        ({"arret": None}, "arret"),
        ({"tiers_possible": None}, "tiers_possible"),
        ({"arret": ArretDemande(MAY, dt.date(2026, 5, 1), MAY), "survenance": MAY}, "arret.fin"),
        ({"survenance": LONG_AGO, "arret": f.arret_demande(LONG_AGO)}, "agent"),
        ({"nature": Nature.AS, "circonstances": " "}, "circonstances"),
    ],
)  # fmt: skip
def test_bad_declarations_name_the_field(m: f.Monde, champs: dict[str, object], champ: str) -> None:
    arret = f.arret_demande()
    valeurs = {"nature": Nature.CMO, "survenance": arret.debut, "arret": arret, "tiers_possible": False} | champs
    with pytest.raises(DonneeInvalide) as refused:
        declarer(acteur=m.mairie, agent=m.agent, declaration=Declaration(**valeurs))  # type: ignore[arg-type]
    assert champ in refused.value.champs
    assert not Sinistre.objects.exists()


def test_a_double_declaration_is_stopped_unless_assumed(m: f.Monde) -> None:
    premier = f.sinistre(m)
    with pytest.raises(AlerteAConfirmer) as card:
        f.sinistre(m)
    assert set(card.value.alertes) == {"double", "recouvrement"}
    assert premier.numero in card.value.alertes["double"]
    assert f.sinistre(m, alertes_assumees="Deux accidents le même jour").pk != premier.pk


@pytest.mark.parametrize(("nom", "limite"), [("demander_pieces", 12), ("valider", 24)])
def test_a_transition_stays_within_its_queries(m: f.Monde, nom: str, limite: int) -> None:
    """Twelve; and twelve more to validate, which reckons the rights and the indemnity of the whole leave."""
    sinistre = f.sinistre(m)
    if nom == "valider":
        f.complete_pieces(sinistre, m.gestionnaire)
    _ = m.gestionnaire.roles
    with CaptureQueriesContext(connection) as queries:
        transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom=nom)
    written = [q["sql"] for q in queries if "SAVEPOINT" not in q["sql"]]
    assert len(written) <= limite, "\n".join(q[:120] for q in written)
