"""What a leave must be asked in good time is never forgotten: after a requalification, a procedure given up, a reopening."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from cases.enums import GenreEcheance, GenreTache
from cases.models import Echeance, Sinistre, Tache
from cases.services import echeances
from tests import factories as f
from workflows import moteur
from workflows.branches.citis import actes as citis
from workflows.branches.contre_visite import demande
from workflows.branches.saisine import actes as saisine
from workflows.coherence import anomalies
from workflows.demande import Demande
from workflows.lifecycle import transiter

pytestmark = pytest.mark.django_db


@pytest.fixture
def m() -> f.Monde:
    return f.monde()


def conge(m: f.Monde, depuis: int, jours: int, nature: str = "CMO") -> Sinistre:
    return f.sinistre(m, nature, arret=f.arret_demande(timezone.localdate() - dt.timedelta(days=depuis), jours))


def court(sinistre: Sinistre, genre: GenreEcheance) -> QuerySet[Echeance]:
    return Echeance.objects.filter(sinistre=sinistre, genre=genre, traitee_le__isnull=True, levee_le__isnull=True)


def ouvertes(sinistre: Sinistre) -> set[str]:
    echeances.balayer()
    return set(Tache.objects.filter(sinistre=sinistre, fermee_le__isnull=True).values_list("genre", flat=True))


def requalifie(m: f.Monde, sinistre: Sinistre) -> None:
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="demander_pieces")
    requalification = Demande(nature="CLM", date_effet=sinistre.survenance, commentaire="Accordé.")
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="requalifier", demande=requalification)


def test_a_leave_that_is_no_longer_ordinary_has_no_control_of_its_six_months_to_come(m: f.Monde) -> None:
    sinistre = conge(m, 100, 300)
    assert court(sinistre, GenreEcheance.CONTROLE_6_MOIS).count() == 1
    requalifie(m, sinistre)
    assert not court(sinistre, GenreEcheance.CONTROLE_6_MOIS).exists()
    assert court(sinistre, GenreEcheance.SAISINE).count() == 1, "each renewal of a CLM goes before the conseil médical"


def test_nor_one_to_arrange(m: f.Monde) -> None:
    sinistre = conge(m, 200, 300)
    assert GenreTache.CONTROLE_6_MOIS in ouvertes(sinistre)
    requalifie(m, sinistre)
    assert GenreTache.CONTROLE_6_MOIS not in ouvertes(sinistre)


def test_an_imposed_control_that_is_given_up_is_to_be_arranged_again(m: f.Monde) -> None:
    sinistre = conge(m, 200, 300)
    assert GenreTache.CONTROLE_6_MOIS in ouvertes(sinistre)
    branche = demande.demander(acteur=m.gestionnaire, sinistre=sinistre, motif="CONTROLE_6_MOIS")
    assert GenreTache.CONTROLE_6_MOIS not in ouvertes(sinistre)
    for _ in range(2):
        moteur.demander_abandon(acteur=m.gestionnaire, branche=branche, motif="Médecin introuvable")
    assert GenreTache.CONTROLE_6_MOIS in ouvertes(sinistre)
    autre = demande.demander(acteur=m.gestionnaire, sinistre=sinistre, motif="DOUTE")
    Tache.objects.filter(genre=GenreTache.CONTROLE_6_MOIS).update(fermee_le=timezone.now())
    moteur.demander_abandon(acteur=m.gestionnaire, branche=autre, motif="Plus de doute")
    assert GenreTache.CONTROLE_6_MOIS not in ouvertes(sinistre), "nothing imposed that one"
    assert not anomalies()


def test_a_saisine_that_is_given_up_is_to_be_anticipated_again(m: f.Monde) -> None:
    sinistre = conge(m, 330, 360)
    assert GenreTache.SAISINE in ouvertes(sinistre)
    branche = saisine.demander(acteur=m.gestionnaire, numero=sinistre.numero, objet="CLM")
    assert GenreTache.SAISINE not in ouvertes(sinistre)
    moteur.demander_abandon(acteur=m.gestionnaire, branche=branche, motif="Ouverte sur un autre congé")
    assert GenreTache.SAISINE in ouvertes(sinistre)
    assert not anomalies()


def test_a_reopened_dossier_goes_on_with_the_clocks_of_a_leave_that_runs(m: f.Monde) -> None:
    sinistre, fini = conge(m, 100, 300), f.sinistre(m, de=f.agent(m.collectivite))
    for dossier in (sinistre, fini):
        transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="demander_pieces")
        cloture = Demande(motif="SANS_SUITE", date_effet=timezone.localdate())
        transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="clore", demande=cloture)
        assert not Echeance.objects.filter(sinistre=dossier, levee_le__isnull=True).exists()
        transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="rouvrir", demande=Demande(commentaire="Arrêt reçu."))
    assert court(sinistre, GenreEcheance.CONTROLE_6_MOIS).count() == 1
    ouvertes_de_fini = Echeance.objects.filter(sinistre=fini, levee_le__isnull=True)
    assert [une.genre for une in ouvertes_de_fini] == [GenreEcheance.PIECES_ATTENDUES], "its leave is over; what it owes is asked for again"


@pytest.mark.parametrize("decide", [False, True])
def test_a_reopened_dossier_of_service_has_its_delay_of_instruction_again(m: f.Monde, decide: bool) -> None:
    sinistre = conge(m, 20, 15, "AS")
    terme = court(sinistre, GenreEcheance.CITIS_INSTRUCTION).get().due_at
    if decide:
        citis.decider(acteur=m.mairie, numero=sinistre.numero, decision="IMPUTABLE", le=timezone.localdate())
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="demander_pieces")
    transiter(
        acteur=m.gestionnaire, numero=sinistre.numero, nom="clore", demande=Demande(motif="SANS_SUITE", date_effet=timezone.localdate())
    )
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="rouvrir", demande=Demande(commentaire="Pièce reçue."))
    assert [e.due_at for e in court(sinistre, GenreEcheance.CITIS_INSTRUCTION)] == ([] if decide else [terme])
