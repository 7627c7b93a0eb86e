"""The checker finds each kind of wrong: every rule is broken once, and it alone answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from viewflow.workflow.models import Process, Task

from cases.enums import EtatBranche, GenreBranche, GenreTache, OrigineBranche
from cases.models import Branche, Echeance, Tache
from tests.essai.flows import EssaiFlow
from tests.factories import Monde, monde, sinistre
from workflows import automates, lifecycle, moteur
from workflows.coherence import anomalies
from workflows.demande import Demande
from workflows.models import Execution

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("essai")]


@pytest.fixture
def m() -> Monde:
    return monde()


@pytest.fixture
def branche(m: Monde) -> Branche:
    """A contre-visite that waits for the oral opinion, with its timer."""
    branche = moteur.ouvrir(
        acteur=m.gestionnaire, genre=GenreBranche.CONTRE_VISITE, sinistre=sinistre(m), origine=OrigineBranche.CDG, metier=lambda _: None
    )
    assert anomalies() == []
    return branche


def close_the_tache(branche: Branche) -> None:
    Tache.objects.filter(objet_type="etape").update(fermee_le=timezone.now())


def forget_the_step(branche: Branche) -> None:
    Task.objects.filter(process=branche.processus_id, flow_task_type="HUMAN").update(status="CANCELED")


def lose_the_execution(branche: Branche) -> None:
    task = Task.objects.create(process=branche.processus, flow_task=EssaiFlow.appliquer, flow_task_type="JOB", status="SCHEDULED")
    Execution.objects.filter(etape=task).delete()


def abandon_an_execution(branche: Branche) -> None:
    task = Task.objects.create(process=branche.processus, flow_task=EssaiFlow.appliquer, flow_task_type="JOB", status="SCHEDULED")
    Execution.objects.create(etape=task, abandonnee_le=timezone.now())


def leave_an_execution(branche: Branche) -> None:
    task = Task.objects.create(process=branche.processus, flow_task=EssaiFlow.appliquer, flow_task_type="JOB", status="DONE")
    Execution.objects.create(etape=task)


def lose_the_echeance(branche: Branche) -> None:
    Task.objects.create(process=branche.processus, flow_task=EssaiFlow.retard, flow_task_type="TIMER", status="SCHEDULED")


def leave_an_echeance(branche: Branche) -> None:
    task = Task.objects.create(process=branche.processus, flow_task=EssaiFlow.retard, flow_task_type="TIMER", status="DONE")
    now = timezone.now()
    Echeance.objects.create(sinistre=branche.sinistre, etape=task, genre="CV_AVIS", depart=now, jours=2, due_at=now)


def start_a_process_of_nobody(branche: Branche) -> None:
    Process.objects.create(flow_class=EssaiFlow)


def end_the_process(branche: Branche) -> None:
    Process.objects.filter(pk=branche.processus_id).update(status="DONE")


def end_the_branch(branche: Branche) -> None:
    Branche.objects.filter(pk=branche.pk).update(etat=EtatBranche.TERMINEE, terminee_le=timezone.now())


def fail_a_step(branche: Branche) -> None:
    Task.objects.create(process=branche.processus, flow_task=EssaiFlow.ensuite, flow_task_type="PARALLEL_GATEWAY", status="ERROR")


def write_data(branche: Branche) -> None:
    Task.objects.filter(process=branche.processus_id).update(data={"mot": "x"})


def rename_the_node(branche: Branche) -> None:
    Task.objects.filter(process=branche.processus_id, flow_task_type="HUMAN").update(flow_task="essai/flows.EssaiFlow.ancienne")


@pytest.mark.parametrize(
    ("casser", "regles"),
    [
        (close_the_tache, {"Étape sans tâche ouverte"}),
        (forget_the_step, {"Tâche ouverte sans étape à faire", "Procédure bloquée : rien n’y attend, sinon une jonction"}),
        (lose_the_execution, {"Étape automatique que personne n’exécutera"}),
        (abandon_an_execution, {"Étape automatique abandonnée sans tâche pour la reprendre"}),
        (leave_an_execution, {"Exécution en attente d’une étape finie"}),
        (lose_the_echeance, {"Minuterie sans échéance"}),
        (leave_an_echeance, {"Échéance d’une minuterie finie"}),
        (start_a_process_of_nobody, {"Processus sans procédure"}),
        (end_the_process, {"Procédure en cours dont le processus est fini"}),
        (end_the_branch, {"Procédure finie dont le processus court encore", "Étape ouverte d’une procédure finie"}),
        (fail_a_step, {"Étape en erreur"}),
        (write_data, {"Donnée dans une ligne du moteur"}),
        (rename_the_node, {"Étape que la procédure ne connaît plus"}),
    ],
)
def test_each_wrong_is_found(branche: Branche, casser: Callable[[Branche], None], regles: set[str]) -> None:
    casser(branche)
    assert {anomalie.regle for anomalie in anomalies()} == regles
    with pytest.raises(CommandError):
        call_command("verifier_coherence")


def test_a_branch_that_the_state_forbids_is_found(m: Monde, branche: Branche) -> None:
    assert branche.sinistre is not None
    lifecycle.transiter(acteur=m.gestionnaire, numero=branche.sinistre.numero, nom="annuler", demande=Demande(motif="ERREUR"))
    assert anomalies() == [], "a cancelled dossier abandons its procedures"
    Branche.objects.filter(pk=branche.pk).update(etat=EtatBranche.EN_COURS, terminee_le=None)
    assert "Procédure en cours sur un dossier qui l’interdit" in {anomalie.regle for anomalie in anomalies()}


def test_nothing_wrong_is_said_so(m: Monde, branche: Branche, capsys: pytest.CaptureFixture[str]) -> None:
    with moteur.etape(acteur=m.gestionnaire, branche=branche, nom="designer"):
        pass
    automates.balayer()
    assert Tache.objects.filter(genre=GenreTache.CV_CONVOQUER, fermee_le__isnull=True).exists()
    call_command("verifier_coherence")
    assert "cohérentes" in capsys.readouterr().out
