"""The saisine du conseil médical: every path of its flow, its clocks, its refusals."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import EtatBranche, GenreEcheance, GenreTache, OrigineBranche
from cases.enums_saisine import FORMATION_DE, PIECES_DE, ObjetSaisine, PieceSaisine
from cases.errors import DonneeInvalide, Erreur, GardeNonSatisfaite
from cases.models import Branche, Echeance, InstructionCitis, Saisine, Sinistre, Tache
from cases.rules import add_months, end_of_business
from cases.services import taches
from journal.models import Entree
from tests.factories import Monde, arret_demande, monde, sinistre
from workflows import automates, moteur
from workflows.branches.saisine import actes, avis
from workflows.coherence import anomalies
from workflows.demande import Demande
from workflows.lifecycle import transiter

pytestmark = pytest.mark.django_db
AUJOURDHUI = timezone.localdate
JOUR = dt.timedelta(days=1)


@pytest.fixture
def m() -> Monde:
    return monde()


@pytest.fixture
def dossier(m: Monde) -> Sinistre:
    return sinistre(m, arret=arret_demande(AUJOURDHUI() - 200 * JOUR, 190))


@pytest.fixture
def branche(m: Monde, dossier: Sinistre) -> Branche:
    return actes.demander(acteur=m.gestionnaire, numero=dossier.numero, objet=ObjetSaisine.CLM)


def ouvertes(branche: Branche) -> set[str]:
    return set(Tache.objects.filter(sinistre=branche.sinistre, objet_type="etape", fermee_le__isnull=True).values_list("genre", flat=True))


def transmise(m: Monde, branche: Branche, il_y_a: int = 30) -> Branche:
    saisine = Saisine.objects.get(branche=branche)
    actes.reunir(acteur=m.gestionnaire, branche=branche, pieces=saisine.pieces_requises)
    actes.transmettre(
        acteur=m.gestionnaire, branche=branche, le=AUJOURDHUI() - il_y_a * JOUR, formation=FORMATION_DE[saisine.objet]
    )  # fmt: skip
    return branche


def opinion(m: Monde, branche: Branche, sens: str = "FAVORABLE", **champs: Any) -> None:
    valeurs: dict[str, Any] = {"seance_le": AUJOURDHUI() - 10 * JOUR, "notifie_le": AUJOURDHUI() - 5 * JOUR}
    saisine = Saisine.objects.get(branche=branche)
    if sens == "FAVORABLE" and saisine.objet == "CLM":
        valeurs |= {"debut": AUJOURDHUI() - 60 * JOUR, "fin": AUJOURDHUI() + 120 * JOUR}
    if sens == "AJOURNE":
        valeurs["notifie_le"] = None
    avis.enregistrer(acteur=m.gestionnaire, branche=branche, sens=sens, **(valeurs | champs))


def finie(branche: Branche) -> Branche:
    automates.balayer()
    branche.refresh_from_db()
    assert branche.etat == EtatBranche.TERMINEE
    assert anomalies() == []
    return branche


def due(branche: Branche) -> dt.datetime | None:
    echeance = avis.minuterie(branche)
    return echeance.due_at if echeance is not None else None


def run_out(branche: Branche) -> None:
    echeance = avis.minuterie(branche)
    assert echeance is not None
    Echeance.objects.filter(pk=echeance.pk).update(due_at=timezone.now() - dt.timedelta(minutes=1))
    automates.balayer()
    automates.balayer()


# -- Paths --------------------------------------------------------------------------------------------------------------------


def test_granted_it_prepares_the_requalification_and_a_person_does_it(m: Monde, dossier: Sinistre, branche: Branche) -> None:
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="demander_pieces")
    opinion(m, transmise(m, branche))
    avis.decider(acteur=m.mairie, branche=branche, decision="ACCORDE", le=AUJOURDHUI())
    assert ouvertes(branche) == {GenreTache.SC_SUITES}
    dossier.refresh_from_db(fields=["nature"])
    assert dossier.nature == "CMO"
    assert Saisine.objects.get(branche=branche).decision_effet == AUJOURDHUI() - 60 * JOUR
    avis.preparer_suites(acteur=m.gestionnaire, branche=branche, requalifier=True)
    dossier.refresh_from_db(fields=["nature"])
    assert dossier.nature == "CLM"
    assert dossier.episodes.get(nature="CLM").debut == AUJOURDHUI() - 60 * JOUR
    assert finie(branche).issue == "ACCORDE"


def test_the_dossier_may_stay_as_it_is_with_a_reason(m: Monde, branche: Branche) -> None:
    opinion(m, transmise(m, branche))
    avis.decider(acteur=m.gestionnaire, branche=branche, decision="ACCORDE", le=AUJOURDHUI())
    with pytest.raises(DonneeInvalide, match="garde sa nature"):
        avis.preparer_suites(acteur=m.gestionnaire, branche=branche, requalifier=False)
    avis.preparer_suites(acteur=m.gestionnaire, branche=branche, requalifier=False, commentaire="Dossier repris sous un autre numéro")
    finie(branche)


def test_a_requalification_refused_leaves_the_step_open_and_is_journaled(m: Monde, dossier: Sinistre, branche: Branche) -> None:
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="demander_pieces")
    opinion(m, transmise(m, branche))
    avis.decider(acteur=m.gestionnaire, branche=branche, decision="ACCORDE", le=AUJOURDHUI())
    with pytest.raises(GardeNonSatisfaite, match="précède la survenance"):
        avis.preparer_suites(acteur=m.gestionnaire, branche=branche, requalifier=True, effet=dossier.survenance - JOUR)
    assert ouvertes(branche) == {GenreTache.SC_SUITES}
    assert Entree.objects.filter(sinistre_id=dossier.pk, action="sinistre.refus_de_transition").count() == 1


def test_refused_nothing_is_to_be_requalified(m: Monde, branche: Branche) -> None:
    opinion(m, transmise(m, branche), "DEFAVORABLE")
    avis.decider(acteur=m.mairie, branche=branche, decision="REFUSE", le=AUJOURDHUI())
    assert ouvertes(branche) == set()
    assert finie(branche).issue == "REFUSE"


def test_put_off_it_goes_back_to_waiting_with_a_new_clock(m: Monde, branche: Branche) -> None:
    opinion(m, transmise(m, branche), "AJOURNE")
    assert ouvertes(branche) == {GenreTache.SC_AVIS}
    assert due(branche) == end_of_business(AUJOURDHUI() + 50 * JOUR)
    opinion(m, branche, "DEFAVORABLE", seance_le=AUJOURDHUI() - 6 * JOUR)
    assert Saisine.objects.get(branche=branche).ajournements == 1
    avis.decider(acteur=m.mairie, branche=branche, decision="REFUSE", le=AUJOURDHUI())
    finie(branche)


def test_after_sixty_days_the_item_is_due_and_still_to_be_done(m: Monde, branche: Branche) -> None:
    transmise(m, branche, il_y_a=0)
    assert due(branche) == end_of_business(AUJOURDHUI() + 60 * JOUR)
    run_out(branche)
    tache = Tache.objects.get(genre=GenreTache.SC_AVIS, fermee_le__isnull=True)
    assert tache.due_at <= timezone.now()
    assert tache.priorite == 1
    assert Saisine.objects.get(branche=branche).relancee_le is not None
    Saisine.objects.filter(branche=branche).update(transmise_le=AUJOURDHUI() - 30 * JOUR)
    opinion(m, branche, "DEFAVORABLE")
    avis.decider(acteur=m.mairie, branche=branche, decision="REFUSE", le=AUJOURDHUI())
    finie(branche)


def test_imputabilite_decided_here_is_the_decision_of_the_citis(m: Monde) -> None:
    accident = sinistre(m, "AS")
    branche = actes.demander(acteur=m.gestionnaire, numero=accident.numero, objet=ObjetSaisine.CITIS)
    opinion(m, transmise(m, branche), "DEFAVORABLE")
    avis.decider(acteur=m.mairie, branche=branche, decision="REFUSE", le=AUJOURDHUI())
    assert InstructionCitis.objects.get(sinistre=accident).decision == "NON_IMPUTABLE"
    finie(branche)


# -- Contested ----------------------------------------------------------------------------------------------------------------


def contestee(m: Monde, branche: Branche) -> Branche:
    opinion(m, transmise(m, branche), "DEFAVORABLE")
    return actes.contester(acteur=m.gestionnaire, branche=branche, par="AGENT", le=AUJOURDHUI())


def test_contested_it_goes_to_the_conseil_medical_superieur(m: Monde, branche: Branche) -> None:
    recours = contestee(m, branche)
    assert recours.origine == OrigineBranche.AGENT
    assert recours.saisine.conteste == branche.saisine
    with pytest.raises(Erreur, match="déjà contesté"):
        actes.contester(acteur=m.mairie, branche=branche, par="EMPLOYEUR", le=AUJOURDHUI())
    transmise(m, recours, il_y_a=12)
    with pytest.raises(DonneeInvalide, match="suspend son délai"):
        opinion(m, recours, "AJOURNE")
    opinion(m, recours)
    avis.decider(acteur=m.mairie, branche=recours, decision="ACCORDE", le=AUJOURDHUI())
    avis.preparer_suites(acteur=m.gestionnaire, branche=recours, requalifier=False, commentaire="Requalifié par ailleurs")
    finie(recours)
    with pytest.raises(Erreur, match="formation restreinte"):
        actes.contester(acteur=m.mairie, branche=recours, par="EMPLOYEUR", le=AUJOURDHUI())


def test_four_months_of_silence_confirm_the_contested_opinion(m: Monde, branche: Branche) -> None:
    recours = transmise(m, contestee(m, branche), il_y_a=0)
    assert due(recours) == end_of_business(add_months(AUJOURDHUI(), 4))
    run_out(recours)
    saisine = Saisine.objects.get(branche=recours)
    assert (saisine.silence, saisine.sens) == (True, "DEFAVORABLE")
    assert GenreTache.SC_DECISION in ouvertes(recours)
    avis.decider(acteur=m.mairie, branche=recours, decision="REFUSE", le=AUJOURDHUI())
    finie(recours)


def test_an_expertise_stops_the_four_months(m: Monde, branche: Branche) -> None:
    with pytest.raises(Erreur, match="Aucun délai"):
        avis.suspendre(acteur=m.gestionnaire, branche=branche)
    recours = transmise(m, contestee(m, branche), il_y_a=0)
    avis.suspendre(acteur=m.gestionnaire, branche=recours)
    run_out(recours)
    assert not Saisine.objects.get(branche=recours).silence
    avis.reprendre(acteur=m.gestionnaire, branche=recours)
    automates.balayer()
    with pytest.raises(Refus):
        avis.suspendre(acteur=m.mairie, branche=recours)


def test_contesting_has_its_delay_and_its_people(m: Monde, branche: Branche) -> None:
    opinion(m, transmise(m, branche, il_y_a=120), "DEFAVORABLE", seance_le=AUJOURDHUI() - 100 * JOUR, notifie_le=AUJOURDHUI() - 90 * JOUR)
    with pytest.raises(Refus):
        actes.contester(acteur=m.mairie, branche=branche, par="AGENT", le=AUJOURDHUI())
    with pytest.raises(DonneeInvalide, match="deux mois"):
        actes.contester(acteur=m.mairie, branche=branche, par="EMPLOYEUR", le=AUJOURDHUI())
    with pytest.raises(DonneeInvalide, match="entre la notification"):
        actes.contester(acteur=m.mairie, branche=branche, par="EMPLOYEUR", le=AUJOURDHUI() - 95 * JOUR)
    with pytest.raises(DonneeInvalide, match="qui conteste"):
        actes.contester(acteur=m.mairie, branche=branche, par="VOISIN", le=AUJOURDHUI())
    limite = add_months(AUJOURDHUI() - 90 * JOUR, 2)
    assert actes.contester(acteur=m.mairie, branche=branche, par="EMPLOYEUR", le=limite).saisine.est_superieure


def test_an_opinion_of_the_pleniere_is_not_contested_there(m: Monde) -> None:
    branche = actes.demander(acteur=m.gestionnaire, numero=sinistre(m, "AS").numero, objet=ObjetSaisine.CITIS)
    opinion(m, transmise(m, branche), "DEFAVORABLE")
    with pytest.raises(Erreur, match="formation restreinte"):
        actes.contester(acteur=m.mairie, branche=branche, par="EMPLOYEUR", le=AUJOURDHUI())


def test_an_opinion_that_comes_before_the_worker_is_not_asked_for_again(m: Monde, branche: Branche) -> None:
    transmise(m, branche)
    Echeance.objects.filter(etape__process=branche.processus_id).update(due_at=timezone.now() - dt.timedelta(minutes=1))
    automates.balayer()  # the timer: the reminder waits for its worker
    opinion(m, branche, "DEFAVORABLE")
    automates.balayer()
    assert Saisine.objects.get(branche=branche).relancee_le is None
    assert anomalies() == []


# -- Asking -------------------------------------------------------------------------------------------------------------------


def test_asking_ends_what_was_to_be_anticipated(m: Monde, dossier: Sinistre) -> None:
    taches.ouvrir(genre=GenreTache.SAISINE, sinistre=dossier)
    actes.demander(acteur=m.gestionnaire, numero=dossier.numero, objet=ObjetSaisine.CONTESTATION_CONTRE_VISITE)
    assert Tache.objects.filter(genre=GenreTache.SAISINE, fermee_le__isnull=True).exists()
    actes.demander(acteur=m.gestionnaire, numero=dossier.numero, objet=ObjetSaisine.REINTEGRATION)
    assert Tache.objects.get(genre=GenreTache.SAISINE).issue == "saisine_ouverte"
    assert not Echeance.objects.filter(sinistre=dossier, genre=GenreEcheance.SAISINE, levee_le__isnull=True).exists()
    with pytest.raises(Erreur, match="déjà en cours"):
        actes.demander(acteur=m.gestionnaire, numero=dossier.numero, objet=ObjetSaisine.REINTEGRATION)


def test_an_agents_request_is_passed_on_within_three_weeks(m: Monde, dossier: Sinistre) -> None:
    demande = AUJOURDHUI() - 15 * JOUR
    branche = actes.demander(acteur=m.gestionnaire, numero=dossier.numero, objet=ObjetSaisine.CLM, demande_agent_le=demande)
    assert branche.origine == OrigineBranche.AGENT
    limite = end_of_business(demande + 21 * JOUR)
    assert Tache.objects.get(genre=GenreTache.SC_DOSSIER).due_at == limite
    actes.reunir(acteur=m.gestionnaire, branche=branche, pieces=PIECES_DE[ObjetSaisine.CLM])
    assert Tache.objects.get(genre=GenreTache.SC_TRANSMETTRE).due_at <= limite


@pytest.mark.parametrize(
    ("objet", "motif"),
    [("CGM", "n’existe pas au régime"), ("CITIS", "accident ou une maladie de service"), ("RIEN", "dans la liste")],
)
def test_what_has_no_sense_is_refused(m: Monde, dossier: Sinistre, objet: str, motif: str) -> None:
    with pytest.raises(DonneeInvalide, match=motif):
        actes.demander(acteur=m.gestionnaire, numero=dossier.numero, objet=objet)


def test_states_that_forbid_it(m: Monde, dossier: Sinistre) -> None:
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="demander_pieces")
    clos = Demande(motif="SANS_SUITE", date_effet=AUJOURDHUI(), commentaire="Rien à payer")
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="clore", demande=clos)
    with pytest.raises(DonneeInvalide, match="rouvrir"):
        actes.demander(acteur=m.gestionnaire, numero=dossier.numero, objet=ObjetSaisine.CLM)
    actes.demander(acteur=m.gestionnaire, numero=dossier.numero, objet=ObjetSaisine.CONTESTATION_CONTRE_VISITE)
    annule = sinistre(m, "AS", par=m.gestionnaire, de=m.autre_agent)
    transiter(acteur=m.gestionnaire, numero=annule.numero, nom="annuler", demande=Demande(motif="ERREUR"))
    with pytest.raises(Erreur, match="plus rien"):
        actes.demander(acteur=m.gestionnaire, numero=annule.numero, objet=ObjetSaisine.AUTRE)


def test_people_without_the_right(m: Monde, dossier: Sinistre, branche: Branche) -> None:
    for personne in (m.mairie, m.payeur):
        with pytest.raises(Refus):
            actes.demander(acteur=personne, numero=dossier.numero, objet=ObjetSaisine.AUTRE)
        with pytest.raises(Refus):
            actes.reunir(acteur=personne, branche=branche, pieces=[], incomplet_motif="urgent")
    for personne in (m.mairie2, m.assureur, m.medecin, m.admin):
        with pytest.raises(Sinistre.DoesNotExist):
            actes.demander(acteur=personne, numero=dossier.numero, objet=ObjetSaisine.AUTRE)
    opinion(m, transmise(m, branche), "DEFAVORABLE")
    for personne in (m.mairie2, m.payeur, m.assureur):
        with pytest.raises(Refus):
            avis.decider(acteur=personne, branche=branche, decision="REFUSE", le=AUJOURDHUI())


# -- Steps --------------------------------------------------------------------------------------------------------------------


def test_the_dossier_is_gathered_bit_by_bit_or_sent_with_a_reason(m: Monde, branche: Branche) -> None:
    assert not actes.reunir(acteur=m.gestionnaire, branche=branche, pieces=[PieceSaisine.DEMANDE])
    assert ouvertes(branche) == {GenreTache.SC_DOSSIER}
    assert PieceSaisine.DEMANDE not in Saisine.objects.get(branche=branche).pieces_manquantes
    with pytest.raises(DonneeInvalide, match="semble médical"):
        actes.reunir(acteur=m.gestionnaire, branche=branche, pieces=[], incomplet_motif="Attente du scanner")
    with pytest.raises(DonneeInvalide, match="dans la liste"):
        actes.reunir(acteur=m.gestionnaire, branche=branche, pieces=["PHOTO"])
    assert actes.reunir(acteur=m.gestionnaire, branche=branche, pieces=[PieceSaisine.DEMANDE], incomplet_motif="Le reste suit")
    assert ouvertes(branche) == {GenreTache.SC_TRANSMETTRE}
    with pytest.raises(moteur.EtapeFermee):
        actes.reunir(acteur=m.gestionnaire, branche=branche, pieces=[])
    for le, formation in ((AUJOURDHUI() + JOUR, "RESTREINTE"), (AUJOURDHUI(), "GRANDE")):
        with pytest.raises(DonneeInvalide):
            actes.transmettre(acteur=m.gestionnaire, branche=branche, le=le, formation=formation)


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"sens": "PEUT-ETRE"}, "sens"),
        ({"seance_le": 40}, "seance_le"),
        ({"seance_le": -1}, "seance_le"),
        ({"notifie_le": None}, "notifie_le"),
        ({"notifie_le": 20}, "notifie_le"),
        ({"debut": None, "fin": None}, "debut"),
        ({"fin": 100}, "fin"),
        ({"sens": "DEFAVORABLE", "debut": 60, "fin": -60}, "debut"),
    ],
)
def test_an_opinion_must_hold_together(m: Monde, branche: Branche, champs: dict[str, Any], champ: str) -> None:
    transmise(m, branche)
    dates: dict[str, Any] = {cle: AUJOURDHUI() - v * JOUR if isinstance(v, int) else v for cle, v in champs.items()}
    with pytest.raises(DonneeInvalide) as refus:
        opinion(m, branche, dates.pop("sens", "FAVORABLE"), **dates)
    assert champ in refus.value.champs
    assert ouvertes(branche) == {GenreTache.SC_AVIS}


def test_departing_from_an_opinion_asks_why_and_an_avis_conforme_binds(m: Monde, branche: Branche) -> None:
    opinion(m, transmise(m, branche), "DEFAVORABLE", avis_conforme=True)
    with pytest.raises(DonneeInvalide, match="lie l’employeur"):
        avis.decider(acteur=m.mairie, branche=branche, decision="ACCORDE", le=AUJOURDHUI(), motif="Nous préférons")
    Saisine.objects.filter(branche=branche).update(avis_conforme=False)
    with pytest.raises(DonneeInvalide, match="s’écarte"):
        avis.decider(acteur=m.mairie, branche=branche, decision="ACCORDE", le=AUJOURDHUI())
    avant_la_seance = AUJOURDHUI() - 20 * JOUR
    for champs in ({"le": AUJOURDHUI() + JOUR}, {"le": avant_la_seance}, {"le": AUJOURDHUI(), "effet": dt.date(2001, 1, 1)}):
        with pytest.raises(DonneeInvalide):
            avis.decider(acteur=m.mairie, branche=branche, decision="ACCORDE", motif="Intérêt du service", **champs)
    avis.decider(acteur=m.mairie, branche=branche, decision="ACCORDE", le=AUJOURDHUI(), motif="Intérêt du service")
    assert Saisine.objects.get(branche=branche).decision_motif == "Intérêt du service"


def test_each_step_costs_at_most_thirty_queries(m: Monde, dossier: Sinistre, django_assert_max_num_queries: Any) -> None:
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="demander_pieces")
    with django_assert_max_num_queries(40):
        branche = actes.demander(acteur=m.gestionnaire, numero=dossier.numero, objet=ObjetSaisine.CLM)
    with django_assert_max_num_queries(30):
        actes.reunir(acteur=m.gestionnaire, branche=branche, pieces=PIECES_DE[ObjetSaisine.CLM])
    with django_assert_max_num_queries(30):
        actes.transmettre(acteur=m.gestionnaire, branche=branche, le=AUJOURDHUI() - 30 * JOUR, formation="RESTREINTE")
    with django_assert_max_num_queries(31):  # the employer is told that a decision of his is awaited
        opinion(m, branche)
    with django_assert_max_num_queries(30):
        avis.decider(acteur=m.gestionnaire, branche=branche, decision="ACCORDE", le=AUJOURDHUI())


def test_nothing_medical_and_nobodys_words_in_the_journal(m: Monde, branche: Branche) -> None:
    opinion(m, transmise(m, branche), "DEFAVORABLE")
    contenus = [e.contenu.donnees for e in Entree.objects.filter(action="saisine.avis").select_related("contenu")]
    assert [set(c) - {"libelle"} for c in contenus] == [{"genre", "objet", "sens", "du"}]
