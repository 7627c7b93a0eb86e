"""Médiation: three are heard before a refusal, silence counts once its delay is over, and the dossier's own transition ends it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import Etat, EtatBranche, FileTravail, GenreTache
from cases.enums_mediation import PartieMediation, SensPosition
from cases.errors import DonneeInvalide, Erreur, GardeNonSatisfaite
from cases.models import Branche, Echeance, Mediation, PositionMediation, Sinistre, Tache
from cases.rules import deadline
from cases.services import taches
from journal.models import Contenu, Entree
from tests import factories as f
from tests.mediations import entendre, mediation_de
from workflows import automates, moteur
from workflows.branches.mediation import lecture
from workflows.branches.mediation.actes import donner_position
from workflows.branches.mediation.delais import JOURS
from workflows.coherence import anomalies
from workflows.demande import Demande
from workflows.lifecycle import transiter

pytestmark = pytest.mark.django_db
REFUS = Demande(motif="NON_JUSTIFIE", portee="SINISTRE", commentaire="Arrêt contesté.")
POUR, CONTRE, AUTRE, SILENCE = SensPosition.FAVORABLE_AU_REFUS, SensPosition.OPPOSEE, SensPosition.PROPOSITION, SensPosition.SANS_REPONSE


@pytest.fixture
def m() -> f.Monde:
    return f.monde()


@pytest.fixture
def dossier(m: f.Monde) -> Sinistre:
    sinistre = f.sinistre(m)
    return transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="proposer_refus", demande=REFUS)


@pytest.fixture
def branche(dossier: Sinistre) -> Branche:
    return mediation_de(dossier)


def aller(m: f.Monde, dossier: Sinistre, nom: str) -> Sinistre:
    return transiter(acteur=m.responsable, numero=dossier.numero, nom=nom, demande=Demande(commentaire="Entendu."))


def attendues(dossier: Sinistre) -> set[str]:
    return set(Tache.objects.filter(sinistre=dossier, fermee_le__isnull=True).values_list("genre", flat=True))


def etat(branche: Branche) -> tuple[str, str]:
    fresh = Branche.objects.get(pk=branche.pk)
    return fresh.etat, fresh.issue


def sens(branche: Branche) -> dict[str, str]:
    return {partie: position.sens for partie, position in lecture.positions(branche.mediation).items()}


def time_out(branche: Branche) -> None:
    """Fifteen working days have gone."""
    Echeance.objects.filter(etape__process=branche.processus_id).update(due_at=timezone.now() - dt.timedelta(minutes=1))
    for _ in range(3):
        automates.balayer()


def test_proposing_a_refusal_asks_the_three_parties_in_their_queues(dossier: Sinistre, branche: Branche) -> None:
    assert dossier.etat == Etat.EN_MEDIATION
    ouvertes = Tache.objects.filter(sinistre=dossier, fermee_le__isnull=True)
    assert dict(ouvertes.values_list("genre", "file")) == {
        GenreTache.MD_ASSUREUR: FileTravail.MEDIATIONS,
        GenreTache.MD_CDG: FileTravail.MEDIATIONS,
        GenreTache.MD_COLLECTIVITE: FileTravail.EMPLOYEUR,
    }
    mediation = Mediation.objects.get(branche=branche)
    assert (mediation.motif, mediation.portee, mediation.proposition) == ("NON_JUSTIFIE", "SINISTRE", "Arrêt contesté.")
    fin = deadline(branche.ouverte_le, JOURS, dossier.collectivite.departement)
    assert set(Echeance.objects.filter(etape__process=branche.processus_id).values_list("due_at", "jours_ouvres")) == {(fin, True)}
    assert not anomalies()


@pytest.mark.parametrize(
    ("nom", "issue", "apres"),
    [("refuser", "REFUS", Etat.REFUSE), ("lever_refus", "LEVE", Etat.DECLARE)],
)
def test_heard_then_settled(m: f.Monde, dossier: Sinistre, branche: Branche, nom: str, issue: str, apres: str) -> None:
    entendre(m, dossier)
    assert attendues(dossier) == {GenreTache.MENER_MEDIATION}
    assert not Echeance.objects.filter(etape__process=branche.processus_id, levee_le__isnull=True).exists()
    assert aller(m, dossier, nom).etat == apres
    assert etat(branche) == (EtatBranche.TERMINEE, issue)
    assert GenreTache.MENER_MEDIATION not in attendues(dossier)
    mediation = Mediation.objects.get(branche=branche)
    assert (mediation.issue, mediation.conclusion) == (issue, "Entendu.")
    assert not anomalies()


def test_a_part_is_refused_after_the_same_hearing(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    demande = Demande(motif="NON_JUSTIFIE", portee="PERIODE")
    dossier = transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="proposer_refus", demande=demande)
    with pytest.raises(GardeNonSatisfaite):
        aller(m, dossier, "refuser_partie")
    branche = entendre(m, dossier)
    assert aller(m, dossier, "refuser_partie").etat == Etat.VALIDE
    assert etat(branche) == (EtatBranche.TERMINEE, "REFUS_PARTIEL")
    assert not anomalies()


def test_a_refusal_names_who_was_not_heard(m: f.Monde, dossier: Sinistre, branche: Branche) -> None:
    with pytest.raises(GardeNonSatisfaite, match="de l’assureur, du centre de gestion et de l’employeur"):
        aller(m, dossier, "refuser")
    donner_position(acteur=m.gestionnaire, branche=branche, partie="CDG", sens=POUR)
    donner_position(acteur=m.mairie, branche=branche, partie="COLLECTIVITE", sens=CONTRE, motif="L’agent a tout fourni.")
    with pytest.raises(GardeNonSatisfaite, match="attend encore la position de l’assureur\\."):
        aller(m, dossier, "refuser")
    assert Sinistre.objects.get(pk=dossier.pk).etat == Etat.EN_MEDIATION
    assert etat(branche) == (EtatBranche.EN_COURS, "")


def test_a_proposal_is_lifted_at_any_time(m: f.Monde, dossier: Sinistre, branche: Branche) -> None:
    donner_position(acteur=m.gestionnaire, branche=branche, partie="CDG", sens=CONTRE, motif="Pièce retrouvée.")
    assert aller(m, dossier, "lever_refus").etat == Etat.DECLARE
    assert etat(branche) == (EtatBranche.TERMINEE, "LEVE")
    assert attendues(dossier) == {GenreTache.INSTRUIRE}
    assert not Echeance.objects.filter(etape__process=branche.processus_id, levee_le__isnull=True, traitee_le__isnull=True).exists()
    assert not anomalies()
    again = transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="proposer_refus", demande=REFUS)
    assert mediation_de(again).pk != branche.pk, "a second proposal hears everybody anew"
    assert lecture.positions(mediation_de(again).mediation) == {}


def test_silence_counts_once_its_delay_is_over(m: f.Monde, dossier: Sinistre, branche: Branche) -> None:
    donner_position(acteur=m.mairie, branche=branche, partie="COLLECTIVITE", sens=AUTRE, motif="Un refus de la seule prolongation.")
    time_out(branche)
    assert sens(branche) == {"COLLECTIVITE": AUTRE, "ASSUREUR": SILENCE, "CDG": SILENCE}
    assert attendues(dossier) == {GenreTache.MENER_MEDIATION}
    assert not anomalies()
    time_out(branche)
    assert PositionMediation.objects.filter(mediation__branche=branche).count() == 3, "and is written once"
    assert aller(m, dossier, "refuser").etat == Etat.REFUSE
    assert etat(branche) == (EtatBranche.TERMINEE, "REFUS")


def test_an_answer_may_come_late_and_a_position_may_change(m: f.Monde, dossier: Sinistre, branche: Branche) -> None:
    time_out(branche)
    donner_position(acteur=m.mairie, branche=branche, partie="COLLECTIVITE", sens=CONTRE, motif="Retour de congés.")
    donner_position(acteur=m.mairie, branche=branche, partie="COLLECTIVITE", sens=POUR)
    assert sens(branche)["COLLECTIVITE"] == POUR
    told = PositionMediation.objects.filter(mediation__branche=branche, partie="COLLECTIVITE").order_by("pk")
    assert list(told.values_list("sens", flat=True)) == [SILENCE, CONTRE, POUR], "what was said before is kept"
    aller(m, dossier, "lever_refus")
    with pytest.raises(moteur.EtapeFermee):
        donner_position(acteur=m.mairie, branche=branche, partie="COLLECTIVITE", sens=POUR)
    assert not anomalies()


def test_the_insurer_answers_by_himself_where_the_dossier_was_sent_to_him(m: f.Monde, dossier: Sinistre, branche: Branche) -> None:
    with pytest.raises(Refus) as hidden:
        donner_position(acteur=m.assureur, branche=branche, partie="ASSUREUR", sens=POUR)
    assert not hidden.value.visible
    Sinistre.objects.filter(pk=dossier.pk).update(transmis_assureur_le=timezone.now())
    position = donner_position(acteur=m.assureur, branche=branche, partie="ASSUREUR", sens=POUR)
    assert not position.rapportee
    reported = donner_position(acteur=m.gestionnaire, branche=branche, partie="COLLECTIVITE", sens=POUR)
    assert reported.rapportee, "what a gestionnaire reports is told as such"


@pytest.mark.parametrize(
    ("qui", "parties"),
    [
        ("mairie", {"COLLECTIVITE"}),
        ("mairie2", set()),
        ("payeur", set()),
        ("medecin", set()),
        ("admin", set()),
        ("gestionnaire", {"ASSUREUR", "CDG", "COLLECTIVITE"}),
        ("responsable", {"ASSUREUR", "CDG", "COLLECTIVITE"}),
    ],
)
def test_who_speaks_for_whom(m: f.Monde, branche: Branche, qui: str, parties: set[str]) -> None:
    for partie in PartieMediation:
        if partie in parties:
            donner_position(acteur=m.people[qui], branche=branche, partie=partie, sens=POUR)
        else:
            with pytest.raises(Refus):
                donner_position(acteur=m.people[qui], branche=branche, partie=partie, sens=POUR)
    assert set(sens(branche)) == parties


@pytest.mark.parametrize(
    ("valeurs", "champ"),
    [
        ({"partie": "VOISIN"}, "partie"),
        ({"sens": "SANS_REPONSE"}, "sens"),
        ({"sens": ""}, "sens"),
        ({"sens": CONTRE, "motif": "  "}, "motif"),
        ({"sens": AUTRE}, "motif"),
        ({"sens": POUR, "motif": "x" * 1001}, "motif"),
        ({"sens": CONTRE, "motif": "Il a une hernie discale."}, "assume"),
    ],
)
def test_a_bad_answer_says_which_field(m: f.Monde, branche: Branche, valeurs: dict[str, Any], champ: str) -> None:
    with pytest.raises(DonneeInvalide) as refused:
        donner_position(acteur=m.gestionnaire, branche=branche, **({"partie": "CDG", "sens": POUR} | valeurs))
    assert list(refused.value.champs) == [champ]
    assert sens(branche) == {}


def test_words_that_only_look_medical_pass_once_their_author_says_so_and_stay_out_of_the_journal(m: f.Monde, branche: Branche) -> None:
    motif = "Le psychologue du travail propose une autre date."
    donner_position(acteur=m.gestionnaire, branche=branche, partie="CDG", sens=AUTRE, motif=motif, assume=True)
    assert lecture.positions(branche.mediation)["CDG"].motif == motif
    donner_position(acteur=m.gestionnaire, branche=branche, partie="CDG", sens=AUTRE, motif=motif, assume=True)
    entrees = Entree.objects.filter(sinistre_id=branche.sinistre_id)
    assert entrees.filter(action="mediation.position_revue").count() == 1
    assert "psychologue" not in str(list(entrees.values_list("motif", flat=True)))
    assert "psychologue" not in str(list(Contenu.objects.filter(entree__in=entrees).values_list("donnees", flat=True)))


def test_a_mediation_is_not_abandoned(m: f.Monde, branche: Branche) -> None:
    with pytest.raises(Erreur, match="ne s’abandonne pas"):
        moteur.demander_abandon(acteur=m.responsable, branche=branche, motif="Plus simple")
    assert etat(branche) == (EtatBranche.EN_COURS, "")


def test_who_chases_the_employer_does_not_stop_him(m: f.Monde, dossier: Sinistre, branche: Branche) -> None:
    taches.prendre(acteur=m.gestionnaire, tache=Tache.objects.get(sinistre=dossier, genre=GenreTache.MD_COLLECTIVITE))
    donner_position(acteur=m.mairie, branche=branche, partie="COLLECTIVITE", sens=POUR)
    taches.prendre(acteur=m.gestionnaire, tache=Tache.objects.get(sinistre=dossier, genre=GenreTache.MD_CDG))
    with pytest.raises(Erreur, match="Pris par"):
        donner_position(acteur=m.gestionnaire2, branche=branche, partie="CDG", sens=POUR)


def test_a_responsable_settles_what_a_gestionnaire_leads(m: f.Monde, dossier: Sinistre, branche: Branche) -> None:
    entendre(m, dossier)
    taches.prendre(acteur=m.gestionnaire, tache=Tache.objects.get(sinistre=dossier, genre=GenreTache.MENER_MEDIATION))
    assert aller(m, dossier, "refuser").etat == Etat.REFUSE
    assert etat(branche) == (EtatBranche.TERMINEE, "REFUS")


def test_each_step_costs_at_most_thirty_queries(
    m: f.Monde, dossier: Sinistre, branche: Branche, django_assert_max_num_queries: Any
) -> None:
    for partie in PartieMediation:
        fresh = Branche.objects.get(pk=branche.pk)
        with django_assert_max_num_queries(30):
            donner_position(acteur=m.gestionnaire, branche=fresh, partie=partie, sens=POUR)


def test_the_table_itself_refuses_two_voices_and_a_silence_that_speaks(m: f.Monde, branche: Branche) -> None:
    entendre(m, Sinistre.objects.get(branches=branche))
    rows: list[dict[str, Any]] = [
        {"partie": "CDG", "sens": POUR, "par": m.gestionnaire},
        {"partie": "CDG", "sens": SILENCE, "par": m.gestionnaire, "remplacee_le": timezone.now()},
        {"partie": "CDG", "sens": CONTRE, "par": m.gestionnaire, "remplacee_le": timezone.now()},
    ]
    for row in rows:
        with pytest.raises(IntegrityError), transaction.atomic():
            PositionMediation.objects.create(mediation=branche.mediation, **row)
