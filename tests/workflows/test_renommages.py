"""A flow changes while procedures run through it: nothing breaks before the migration, and after it the step is done as any other."""

from __future__ import annotations

import datetime as dt
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from viewflow.workflow.fields import get_task_ref
from viewflow.workflow.models import Task

from accounts.models import User
from cases.enums import EtatBranche, FileTravail, GenreBranche, GenreTache, OrigineBranche
from cases.models import Branche, Echeance, Tache
from tests.factories import Monde, monde, sinistre
from workflows import automates, moteur, renommages
from workflows.branches.contre_visite.demande import demander
from workflows.coherence import anomalies
from workflows.models import Execution
from workflows.registre import FLOWS, flow_of

ETAPES = Path(__file__).resolve().parents[2] / "workflows" / "etapes.txt"
ESSAI = "essai/flows.EssaiFlow"
CONTRE_VISITE = "workflows/flows.contre_visite.ContreVisiteFlow"
INCONNUE = "Étape que la procédure ne connaît plus"


@pytest.fixture
def m(db: None) -> Monde:
    return monde()


@pytest.fixture(scope="session")
def historique(django_db_setup: None, django_db_blocker: Any) -> Any:
    """The models as a migration receives them."""
    with django_db_blocker.unblock():
        return MigrationLoader(connection).project_state().apps


def essai(m: Monde, *noms: str) -> Branche:
    branche = moteur.ouvrir(
        acteur=m.gestionnaire, genre=GenreBranche.CONTRE_VISITE, sinistre=sinistre(m), origine=OrigineBranche.CDG, metier=lambda _: None
    )
    for nom in noms:
        faire(m, branche, nom)
    return branche


def faire(m: Monde, branche: Branche, nom: str) -> None:
    with moteur.etape(acteur=m.gestionnaire, branche=branche, nom=nom):
        pass


def released_as(branche: Branche, ancien: str, *, nom: str, flow: str = ESSAI) -> None:
    """The procedure began under a release in which the node `nom` was called `ancien`."""
    assert Task.objects.filter(process=branche.processus_id, flow_task=f"{flow}.{nom}").update(flow_task=f"{flow}.{ancien}")


def regles() -> set[str]:
    return {anomalie.regle for anomalie in anomalies()}


def as_one(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


# -- Before the migration -----------------------------------------------------------------------------------------------------


def test_pages_answer_though_a_step_is_unknown(m: Monde, settings: Any) -> None:
    settings.MFA_REQUIRED = False
    dossier = sinistre(m)
    branche = demander(acteur=m.mairie, sinistre=dossier, motif="DUREE")
    released_as(branche, "ancienne", nom="designer", flow=CONTRE_VISITE)
    pages = [
        reverse("gestion:procedure", args=[branche.uid]),
        reverse("gestion:dossier", args=[dossier.numero]),
        reverse("processus"),
        reverse("processus-procedure", args=["contre_visite"]),
        reverse("gestion:file", args=[FileTravail.CONTRE_VISITES.value]),
    ]
    gestionnaire = as_one(m.gestionnaire)
    assert {page: gestionnaire.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)
    assert as_one(m.mairie).get(reverse("collectivite:procedure", args=[branche.uid])).status_code == 200


@pytest.mark.usefixtures("essai")
def test_a_step_whose_node_is_gone_is_abandoned_whole(m: Monde) -> None:
    branche = essai(m)
    released_as(branche, "ancienne", nom="designer")
    moteur.demander_abandon(acteur=m.gestionnaire, branche=branche, motif="par erreur")
    assert Branche.objects.get(pk=branche.pk).etat == EtatBranche.ABANDONNEE
    assert not Tache.objects.filter(objet_type="etape", fermee_le__isnull=True).exists()
    assert anomalies() == []


@pytest.mark.usefixtures("essai")
def test_the_sweeper_survives_an_unknown_step_and_an_unknown_timer(m: Monde, historique: Any) -> None:
    """Both fail, visibly, while others go on; renamed, both are done."""
    attend = essai(m, "designer", "convoquer")
    released_as(attend, "ancien_envoi", nom="diffuser")
    assert automates.balayer() == 0
    execution = Execution.objects.get(etape__process=attend.processus_id)
    assert (execution.tentatives, execution.terminee_le) == (1, None)
    assert regles() == {INCONNUE}
    assert renommages.renommer_etape(historique, flow=ESSAI, ancien="ancien_envoi", nouveau="diffuser") == 1
    Execution.objects.update(prochain_essai=timezone.now())
    assert automates.balayer() == 1
    released_as(attend, "ancien_retard", nom="retard")
    Echeance.objects.filter(etape__isnull=False).update(due_at=timezone.now() - dt.timedelta(minutes=1))
    assert automates.balayer() == 0
    assert renommages.renommer_etape(historique, flow=ESSAI, ancien="ancien_retard", nouveau="retard") == 1
    Echeance.objects.filter(etape__isnull=False).update(due_at=timezone.now() - dt.timedelta(minutes=1))
    assert automates.balayer() == 1
    assert automates.balayer() == 1
    assert Tache.objects.filter(genre=GenreTache.ESCALADE).count() == 1
    assert anomalies() == []


# -- What a migration calls ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("essai")
def test_a_renamed_step_is_done_by_its_new_name(m: Monde, historique: Any) -> None:
    branche = essai(m)
    released_as(branche, "ancienne", nom="designer")
    assert regles() == {INCONNUE}
    with pytest.raises(moteur.EtapeFermee):
        faire(m, branche, "designer")
    assert renommages.renommer_etape(historique, flow=ESSAI, ancien="ancienne", nouveau="designer") == 1
    assert renommages.renommer_etape(historique, flow=ESSAI, ancien="ancienne", nouveau="designer") == 0
    faire(m, branche, "designer")
    assert anomalies() == []


@pytest.mark.usefixtures("essai")
def test_who_waits_at_a_step_that_goes_waits_at_another(m: Monde, historique: Any) -> None:
    branche = essai(m)
    tache = Tache.objects.get(genre=GenreTache.CV_DESIGNER)
    Tache.objects.filter(pk=tache.pk).update(porteur=m.gestionnaire, pris_le=timezone.now())
    released_as(branche, "ancienne", nom="designer")
    nouvelle = {"vers": "convoquer", "genre": GenreTache.CV_CONVOQUER.value, "file": FileTravail.CONTRE_VISITES.value}
    assert renommages.retirer_etape(historique, flow=ESSAI, ancien="ancienne", **nouvelle) == 1
    assert renommages.retirer_etape(historique, flow=ESSAI, ancien="ancienne", **nouvelle) == 0
    tache.refresh_from_db()
    assert (tache.genre, tache.porteur) == (GenreTache.CV_CONVOQUER, m.gestionnaire)
    assert anomalies() == []
    faire(m, branche, "convoquer")
    assert automates.balayer() == 1


@pytest.mark.usefixtures("essai")
def test_what_waits_for_a_worker_at_a_step_that_goes_is_run_at_another(m: Monde, historique: Any) -> None:
    branche = essai(m, "designer", "convoquer")
    released_as(branche, "ancien_envoi", nom="diffuser")
    assert renommages.retirer_automatique(historique, flow=ESSAI, ancien="ancien_envoi", vers="diffuser") == 1
    assert anomalies() == []
    assert automates.balayer() == 1


@pytest.mark.usefixtures("essai")
def test_a_timer_that_goes_leaves_its_step_without_a_clock(m: Monde, historique: Any) -> None:
    branche = essai(m, "designer", "convoquer")
    assert automates.balayer() == 1
    released_as(branche, "ancien_retard", nom="retard")
    assert renommages.retirer_minuterie(historique, flow=ESSAI, ancien="ancien_retard") == 1
    assert anomalies() == []
    Echeance.objects.filter(etape__isnull=False).update(due_at=timezone.now() - dt.timedelta(minutes=1))
    assert automates.balayer() == 0
    faire(m, branche, "avis")


# -- No name goes without its migration ---------------------------------------------------------------------------------------


def known_names() -> set[str]:
    return {get_task_ref(node) for genre in FLOWS for node in flow_of(genre).instance.nodes()}


def told() -> dict[str, str]:
    """Each name of workflows/etapes.txt, and the migration that took it away (« » while it is in service)."""
    lines = [line for line in ETAPES.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return {nom: migration for nom, _, migration in (line.partition(" ") for line in lines)}


def test_every_name_that_was_in_service_is_still_known_or_has_its_migration() -> None:
    gone = {nom: migration for nom, migration in told().items() if migration}
    assert told().keys() - gone.keys() - known_names() == set(), "renamed or removed: write its migration, and name it in etapes.txt"
    assert gone.keys() & known_names() == set(), "in service again"
    for nom, migration in gone.items():
        spec = find_spec(migration)
        assert spec is not None and spec.origin is not None, f"{migration} does not exist"
        noeud = nom.rpartition(".")[2]
        calls = re.search(rf"(renommer|retirer)_\w+\([^)]*ancien=\"{noeud}\"", Path(spec.origin).read_text(encoding="utf-8"))
        assert calls, f"{migration} says nothing of {noeud}"


def test_every_name_in_service_is_written_down() -> None:
    assert known_names() - told().keys() == set(), "add it to workflows/etapes.txt: procedures will run through it"
