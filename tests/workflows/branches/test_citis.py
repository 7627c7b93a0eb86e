"""The instruction of a CITIS: its clock, its prolongation, the CITIS provisoire, the decision and what a refusal forbids."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import GenreEcheance, GenreTache
from cases.errors import DonneeInvalide, Erreur, GardeNonSatisfaite
from cases.models import Echeance, InstructionCitis, Sinistre, Tache
from cases.rules import add_months, end_of_business
from cases.services import echeances
from contracts.enums import Nature, Regime
from documents.models import Piece
from journal.models import Entree
from tests import factories as f
from tests.factories import Monde, arret_demande, monde, sinistre
from workflows import suites
from workflows.branches.citis import actes, horloge
from workflows.demande import Demande
from workflows.lifecycle import transiter

pytestmark = pytest.mark.django_db
AUJOURDHUI = timezone.localdate
JOUR = dt.timedelta(days=1)


@pytest.fixture
def m() -> Monde:
    return monde()


def accident(m: Monde, nature: str = "AS", il_y_a: int = 20, **champs: Any) -> Sinistre:
    """Declared on the day it happened, `il_y_a` days ago."""
    debut = AUJOURDHUI() - il_y_a * JOUR
    return sinistre(m, nature, par=m.gestionnaire, arret=arret_demande(debut, 15), declare_le=debut, **champs)


def due(dossier: Sinistre) -> dt.datetime | None:
    found = clock(dossier)
    return found.due_at if found is not None else None


def clock(dossier: Sinistre) -> Echeance | None:
    return Echeance.objects.filter(
        sinistre=dossier, genre=GenreEcheance.CITIS_INSTRUCTION, levee_le__isnull=True, traitee_le__isnull=True
    ).first()  # fmt: skip


def ouverte(dossier: Sinistre, genre: GenreTache) -> bool:
    return Tache.objects.filter(sinistre=dossier, genre=genre, fermee_le__isnull=True).exists()


# -- The clock ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("nature", "mois"), [("AS", 1), ("TRJ", 1), ("MP", 2)])
def test_it_runs_from_the_declaration(m: Monde, nature: str, mois: int) -> None:
    dossier = accident(m, nature)
    assert due(dossier) == end_of_business(add_months(dossier.declare_le, mois))
    assert not InstructionCitis.objects.exists()


def test_where_the_cpam_decides_no_citis_is_instructed(m: Monde) -> None:
    formule = f.formule(m.contrat, Regime.IRCANTEC, natures=[Nature.ATC, Nature.CMO])
    f.adhesion(m.collectivite, formule)
    dossier = accident(m, "ATC", de=f.agent(m.collectivite, Regime.IRCANTEC), circonstances="Chute dans l’atelier, à 9 h.")
    assert clock(dossier) is None
    assert horloge.instruction_de(dossier) is None
    with pytest.raises(Erreur, match="pas d’instruction"):
        actes.decider(acteur=m.gestionnaire, numero=dossier.numero, decision="IMPUTABLE", le=AUJOURDHUI())


def test_at_its_end_a_citis_provisoire_is_due(m: Monde) -> None:
    dossier = accident(m, il_y_a=40)
    assert echeances.balayer() >= 1
    assert ouverte(dossier, GenreTache.CITIS_INSTRUCTION)
    with pytest.raises(Erreur):
        suites.terminer(acteur=m.gestionnaire, tache_id=Tache.objects.get(genre=GenreTache.CITIS_INSTRUCTION).pk)
    instruction = actes.prononcer_provisoire(acteur=m.mairie, numero=dossier.numero, le=AUJOURDHUI(), retrait_prevu=True)
    assert instruction.terme == add_months(dossier.declare_le, 1)
    assert not ouverte(dossier, GenreTache.CITIS_INSTRUCTION)
    with pytest.raises(Erreur, match="déjà prononcé"):
        actes.prononcer_provisoire(acteur=m.mairie, numero=dossier.numero, le=AUJOURDHUI(), retrait_prevu=True)
    assert Entree.objects.get(action="citis.provisoire").sinistre_id == dossier.pk


def test_it_counts_from_the_complete_declaration(m: Monde) -> None:
    dossier = accident(m)
    actes.fixer_depart(acteur=m.gestionnaire, numero=dossier.numero, depart=AUJOURDHUI() - 5 * JOUR)
    assert due(dossier) == end_of_business(add_months(AUJOURDHUI() - 5 * JOUR, 1))
    for depart in (AUJOURDHUI() + JOUR, dossier.survenance - JOUR):
        with pytest.raises(DonneeInvalide):
            actes.fixer_depart(acteur=m.gestionnaire, numero=dossier.numero, depart=depart)


def test_three_months_more_once_and_in_time(m: Monde) -> None:
    dossier = accident(m)
    with pytest.raises(DonneeInvalide, match="motif"):
        actes.prolonger(acteur=m.mairie, numero=dossier.numero, motif="VACANCES", le=AUJOURDHUI())
    with pytest.raises(DonneeInvalide, match="à venir"):
        actes.prolonger(acteur=m.mairie, numero=dossier.numero, motif="ENQUETE", le=AUJOURDHUI() + JOUR)
    actes.prolonger(acteur=m.mairie, numero=dossier.numero, motif="EXPERTISE", le=AUJOURDHUI())
    assert due(dossier) == end_of_business(add_months(dossier.declare_le, 4))
    with pytest.raises(Erreur, match="déjà été prolongée"):
        actes.prolonger(acteur=m.mairie, numero=dossier.numero, motif="ENQUETE", le=AUJOURDHUI())
    tardif = accident(m, "TRJ", il_y_a=50)
    with pytest.raises(DonneeInvalide, match="au plus tard"):
        actes.prolonger(acteur=m.mairie, numero=tardif.numero, motif="ENQUETE", le=AUJOURDHUI())
    echeances.balayer()
    actes.prolonger(acteur=m.gestionnaire, numero=tardif.numero, motif="ENQUETE", le=AUJOURDHUI() - 25 * JOUR)
    assert not ouverte(tardif, GenreTache.CITIS_INSTRUCTION)


# -- The decision -------------------------------------------------------------------------------------------------------------


def test_recognised_the_clock_stops(m: Monde) -> None:
    dossier = accident(m)
    actes.decider(acteur=m.mairie, numero=dossier.numero, decision="IMPUTABLE", le=AUJOURDHUI())
    assert clock(dossier) is None
    with pytest.raises(Erreur, match="déjà décidé"):
        actes.decider(acteur=m.mairie, numero=dossier.numero, decision="IMPUTABLE", le=AUJOURDHUI())
    with pytest.raises(Erreur, match="est décidée"):
        actes.prolonger(acteur=m.mairie, numero=dossier.numero, motif="ENQUETE", le=AUJOURDHUI())


def test_refused_it_is_not_validated_but_requalified_and_sums_are_given_back(m: Monde) -> None:
    dossier = accident(m, il_y_a=40)
    actes.prononcer_provisoire(acteur=m.gestionnaire, numero=dossier.numero, le=AUJOURDHUI() - 9 * JOUR, retrait_prevu=True)
    instruction = actes.decider(acteur=m.gestionnaire, numero=dossier.numero, decision="NON_IMPUTABLE", le=AUJOURDHUI())
    assert instruction.a_reverser
    f.complete_pieces(dossier, m.gestionnaire)
    with pytest.raises(GardeNonSatisfaite, match="pas retenu l’imputabilité"):
        transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="valider")
    assert ouverte(dossier, GenreTache.CITIS_SUITES)
    dossier = Sinistre.objects.get(pk=dossier.pk)
    Piece.objects.filter(sinistre=dossier).update(etat="DEMANDEE", decidee_par=None, decidee_le=None)
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="demander_pieces")
    demande = Demande(nature="CMO", date_effet=dossier.survenance, commentaire="Imputabilité refusée")
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="requalifier", demande=demande)
    assert not ouverte(dossier, GenreTache.CITIS_SUITES)
    assert horloge.instruction_de(Sinistre.objects.get(pk=dossier.pk)) is None


def test_a_provisoire_that_can_not_be_taken_back_leaves_nothing_to_give_back(m: Monde) -> None:
    dossier = accident(m, il_y_a=40)
    actes.prononcer_provisoire(acteur=m.gestionnaire, numero=dossier.numero, le=AUJOURDHUI() - 9 * JOUR, retrait_prevu=False)
    instruction = actes.decider(acteur=m.gestionnaire, numero=dossier.numero, decision="NON_IMPUTABLE", le=AUJOURDHUI())
    assert not instruction.a_reverser
    tache = Tache.objects.get(genre=GenreTache.CITIS_SUITES)
    with pytest.raises(DonneeInvalide):
        suites.terminer(acteur=m.gestionnaire, tache_id=tache.pk)
    suites.terminer(acteur=m.gestionnaire, tache_id=tache.pk, commentaire="Rien à reverser")


def test_a_contestation_won_changes_the_decision(m: Monde) -> None:
    dossier = accident(m)
    actes.decider(acteur=m.mairie, numero=dossier.numero, decision="NON_IMPUTABLE", le=AUJOURDHUI() - 2 * JOUR)
    for le in (AUJOURDHUI() - 5 * JOUR, AUJOURDHUI() + JOUR):
        with pytest.raises(DonneeInvalide):
            actes.decider(acteur=m.mairie, numero=dossier.numero, decision="IMPUTABLE", le=le)
    with pytest.raises(DonneeInvalide, match="Choisissez"):
        actes.decider(acteur=m.mairie, numero=dossier.numero, decision="PEUT-ETRE", le=AUJOURDHUI())
    actes.decider(acteur=m.mairie, numero=dossier.numero, decision="IMPUTABLE", le=AUJOURDHUI())
    assert not ouverte(dossier, GenreTache.CITIS_SUITES)
    assert horloge.raisons_du_refus(dossier) == []


def test_a_rechute_is_judged_like_an_initial_request(m: Monde) -> None:
    dossier = accident(m, il_y_a=60)
    actes.decider(acteur=m.mairie, numero=dossier.numero, decision="IMPUTABLE", le=AUJOURDHUI() - 30 * JOUR)
    clos = Demande(motif="SANS_SUITE", date_effet=AUJOURDHUI() - 20 * JOUR, commentaire="Repris")
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="demander_pieces")
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="clore", demande=clos)
    rechute = Demande(arret=arret_demande(AUJOURDHUI() - 4 * JOUR, 10))
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="rouvrir_rechute", demande=rechute)
    instruction = horloge.instruction_de(Sinistre.objects.get(pk=dossier.pk))
    assert instruction is not None
    assert (instruction.depart, instruction.decision) == (AUJOURDHUI(), "")
    assert due(dossier) == end_of_business(add_months(AUJOURDHUI(), 1))
    actes.decider(acteur=m.mairie, numero=dossier.numero, decision="NON_IMPUTABLE", le=AUJOURDHUI())
    assert horloge.raisons_du_refus(Sinistre.objects.get(pk=dossier.pk))


def test_a_leave_that_becomes_one_of_service_has_its_clock(m: Monde) -> None:
    dossier = sinistre(m)
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="demander_pieces")
    demande = Demande(nature="MP", date_effet=dossier.survenance, commentaire="Maladie déclarée professionnelle")
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="requalifier", demande=demande)
    assert due(dossier) == end_of_business(add_months(AUJOURDHUI(), 2))


def test_who_may(m: Monde) -> None:
    dossier = accident(m)
    with pytest.raises(Refus):
        actes.decider(acteur=m.payeur, numero=dossier.numero, decision="IMPUTABLE", le=AUJOURDHUI())
    for personne in (m.mairie2, m.assureur, m.medecin, m.admin):
        with pytest.raises(Sinistre.DoesNotExist):
            actes.decider(acteur=personne, numero=dossier.numero, decision="IMPUTABLE", le=AUJOURDHUI())
