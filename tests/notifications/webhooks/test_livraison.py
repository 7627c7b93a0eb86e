"""Deliveries: signed, tried again later and later, in the order of each dossier, once their worker has died too."""

from __future__ import annotations

import datetime as dt
import random
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from cases.models import Sinistre
from journal.models import Entree
from notifications.enums import EtatLivraison, MotifPause
from notifications.models import Abonnement, Livraison
from notifications.webhooks import livraison as delivery
from notifications.webhooks import services
from notifications.webhooks.livraison import ATTEMPTS, LEASE, Bilan, delay, livrer
from tests import base
from tests import factories as f
from tests.notifications.webhooks.conftest import Appel, Recepteur, abonner, dire, rompre, toujours, verifier

ROOT = Path(__file__).resolve().parents[3]


def fresh(livraison: Livraison) -> Livraison:
    return Livraison.objects.get(pk=livraison.pk)


def due_again() -> None:
    Livraison.objects.filter(etat=EtatLivraison.A_LIVRER).update(prochaine_le=timezone.now())


def deliver_everything(rounds: int = 200) -> None:
    """Rounds until nothing is left, time passing between them."""
    for _ in range(rounds):
        due_again()
        livrer()
        if not Livraison.objects.exclude(etat__in=[EtatLivraison.LIVREE, EtatLivraison.ABANDONNEE]).exists():
            return
    raise AssertionError("calls are left")


def test_delivered_once_signed_and_verified_by_somebody_else(m: f.Monde, sinistre: Sinistre, recepteur: Recepteur) -> None:
    _, secret = abonner(m.responsable, recepteur.url)
    (row,) = dire(sinistre, apres="VALIDE")
    assert livrer() == Bilan(livrees=1)
    assert livrer() == Bilan()
    (appel,) = recepteur.appels
    assert appel.chemin == "/crochet?client=7" and appel.entetes["content-type"] == "application/json"
    assert appel.entetes["webhook-id"] == appel.corps["id"] == str(row.uid)
    assert abs(int(appel.entetes["webhook-timestamp"]) - timezone.now().timestamp()) < 30
    assert verifier(secret, appel)
    assert not verifier("whsec_" + "A" * 43 + "=", appel)
    assert not verifier(secret, Appel(appel.chemin, appel.entetes, appel.brut + b" "))
    row = fresh(row)
    assert (row.etat, row.tentatives, row.statut_http, row.erreur) == (EtatLivraison.LIVREE, 1, 204, "") and row.livree_le is not None


def test_the_verifier_that_the_documentation_gives(m: f.Monde, sinistre: Sinistre, recepteur: Recepteur) -> None:
    page = (ROOT / "docs" / "webhooks.md").read_text()
    given: dict[str, Any] = {}
    exec(page.partition("```python\n")[2].partition("```")[0], given)
    _, secret = abonner(m.responsable, recepteur.url)
    dire(sinistre)
    livrer()
    (appel,) = recepteur.appels
    entetes = {nom.title(): valeur for nom, valeur in appel.entetes.items()}
    assert given["authentique"](secret, entetes, appel.brut)
    assert not given["authentique"](secret, entetes, appel.brut.replace(b"2026", b"2025"))
    assert not given["authentique"](secret, entetes | {"Webhook-Timestamp": "1763718120"}, appel.brut)


def test_both_secrets_sign_for_a_day_after_a_rotation(m: f.Monde, sinistre: Sinistre, recepteur: Recepteur) -> None:
    abonnement, ancien = abonner(m.responsable, recepteur.url)
    _, nouveau = services.renouveler_secret(acteur=m.responsable, uid=abonnement.uid)
    dire(sinistre)
    livrer()
    assert verifier(ancien, recepteur.appels[-1]) and verifier(nouveau, recepteur.appels[-1])
    Abonnement.objects.update(ancien_secret_jusqu_a=timezone.now() - dt.timedelta(seconds=1))
    dire(sinistre)
    livrer()
    assert not verifier(ancien, recepteur.appels[-1]) and verifier(nouveau, recepteur.appels[-1])


def test_tried_again_later_and_later_then_given_up_and_the_next_one_goes(m: f.Monde, sinistre: Sinistre, recepteur: Recepteur) -> None:
    abonner(m.responsable, recepteur.url)
    (premier,), (second,) = dire(sinistre), dire(sinistre, "sinistre.clore")
    recepteur.repondre = lambda _r, _h, appel: 500 if appel.corps["rang"] == 1 else 200
    waited = []
    for rank in range(1, ATTEMPTS + 1):
        due_again()
        begin = timezone.now()
        livrer()
        row = fresh(premier)
        assert row.tentatives == rank and row.statut_http == 500 and row.erreur == "réponse 500"
        if rank < ATTEMPTS:
            assert row.etat == EtatLivraison.A_LIVRER and fresh(second).tentatives == 0
            waited.append(round((row.prochaine_le - begin).total_seconds()))
    assert waited[:4] == [30, 60, 120, 240] and max(waited) == 6 * 3600
    assert 46 < sum(waited) / 3600 < 54
    assert fresh(premier).etat == EtatLivraison.ABANDONNEE
    assert fresh(second).etat == EtatLivraison.LIVREE
    assert [appel.corps["rang"] for appel in recepteur.gardes] == [2]


@pytest.mark.parametrize("statut", [199, 301, 302, 400, 401, 404, 409, 429, 500, 503])
def test_only_2xx_is_delivered(m: f.Monde, sinistre: Sinistre, recepteur: Recepteur, statut: int) -> None:
    abonner(m.responsable, recepteur.url)
    (row,) = dire(sinistre)
    recepteur.repondre = toujours(statut)
    assert livrer() == Bilan(repoussees=1)
    assert fresh(row).etat == EtatLivraison.A_LIVRER and fresh(row).statut_http == statut


def test_a_call_that_was_being_made_when_the_subscription_was_closed_is_given_up(
    m: f.Monde, sinistre: Sinistre, recepteur: Recepteur
) -> None:
    abonnement, _ = abonner(m.responsable, recepteur.url)
    (row,) = dire(sinistre)
    Livraison.objects.filter(pk=row.pk).update(etat=EtatLivraison.EN_COURS, bail=uuid.uuid4(), bail_jusqu_a=timezone.now() - LEASE)
    services.fermer(acteur=m.responsable, uid=abonnement.uid)
    assert livrer() == Bilan() and not recepteur.appels
    assert (fresh(row).etat, fresh(row).erreur, fresh(row).vu_le is not None) == (EtatLivraison.ABANDONNEE, "abonnement fermé", True)


def test_gone_pauses_and_resuming_delivers(m: f.Monde, sinistre: Sinistre, recepteur: Recepteur) -> None:
    abonnement, _ = abonner(m.responsable, recepteur.url)
    (row,) = dire(sinistre)
    recepteur.repondre = toujours(410)
    livrer()
    abonnement.refresh_from_db()
    assert (abonnement.actif, abonnement.pause_motif) == (False, MotifPause.DISPARU)
    assert Entree.objects.filter(action="abonnement.suspendu", objet_id=abonnement.pk, acteur_id=None).exists()
    due_again()
    assert livrer() == Bilan() and len(recepteur.appels) == 1
    (autre,) = dire(sinistre)  # what happens meanwhile is kept
    recepteur.repondre = toujours(200)
    services.reprendre(acteur=m.responsable, uid=abonnement.uid)
    assert livrer() == Bilan(livrees=2)
    assert {fresh(row).etat, fresh(autre).etat} == {EtatLivraison.LIVREE}


def test_a_silent_program_costs_one_call_a_round_and_holds_up_nobody(m: f.Monde, recepteur: Recepteur) -> None:
    muet, _ = abonner(m.responsable, "http://127.0.0.1:9/", nom="Muet")
    abonner(m.responsable, recepteur.url)
    for _ in range(3):
        dire(f.sinistre(m, de=f.agent(m.collectivite)))
    assert livrer() == Bilan(livrees=3, repoussees=1)
    assert sorted(muet.livraisons.values_list("tentatives", flat=True)) == [0, 0, 1]


def test_a_failing_dossier_does_not_hold_up_another(m: f.Monde, recepteur: Recepteur) -> None:
    abonner(m.responsable, recepteur.url)
    mauvais, bon = f.sinistre(m, de=f.agent(m.collectivite)), f.sinistre(m, de=f.agent(m.collectivite))
    for _ in range(3):
        dire(mauvais)
        dire(bon)
    recepteur.repondre = lambda _r, _h, appel: 500 if appel.corps["sinistre"]["numero"] == mauvais.numero else 200
    assert livrer() == Bilan(livrees=3, repoussees=1)
    assert [a.corps["rang"] for a in recepteur.gardes] == [1, 2, 3]


def test_a_secret_that_cannot_be_read_pauses_without_an_attempt(
    m: f.Monde, sinistre: Sinistre, recepteur: Recepteur, settings: Any
) -> None:
    abonnement, _ = abonner(m.responsable, recepteur.url)
    (row,) = dire(sinistre)
    ancienne, settings.SECRET_KEY = settings.SECRET_KEY, "another key of this process, forty characters long"
    assert livrer() == Bilan()
    abonnement.refresh_from_db()
    assert (abonnement.actif, abonnement.pause_motif) == (False, MotifPause.SECRET)
    assert (fresh(row).etat, fresh(row).tentatives) == (EtatLivraison.A_LIVRER, 0) and recepteur.appels == []
    with pytest.raises(services.Erreur):
        services.reprendre(acteur=m.responsable, uid=abonnement.uid)
    _, nouveau = services.renouveler_secret(acteur=m.responsable, uid=abonnement.uid)
    assert livrer() == Bilan(livrees=1) and verifier(nouveau, recepteur.appels[0])
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = ancienne, [settings.SECRET_KEY]
    dire(sinistre)
    assert livrer() == Bilan(livrees=1)  # the former key still opens


def test_a_new_secret_brings_forward_what_was_put_off(
    m: f.Monde, sinistre: Sinistre, recepteur: Recepteur, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    """« Les appels reprendront aussitôt »: also those of a dossier whose program had failed before the key changed."""
    abonnement, _ = abonner(m.responsable, recepteur.url)
    (repoussee,) = dire(sinistre)
    Livraison.objects.filter(pk=repoussee.pk).update(prochaine_le=timezone.now() + dt.timedelta(hours=6))
    dire(f.sinistre(m, de=f.agent(m.collectivite)))
    settings.SECRET_KEY = "another key of this process, forty characters long"
    assert livrer() == Bilan()
    with django_capture_on_commit_callbacks() as sent:
        services.renouveler_secret(acteur=m.responsable, uid=abonnement.uid)
    assert len(sent) == 1, "the worker is woken"
    assert livrer() == Bilan(livrees=2)
    Livraison.objects.filter(pk=repoussee.pk).update(etat=EtatLivraison.A_LIVRER, prochaine_le=timezone.now() + dt.timedelta(hours=6))
    services.renouveler_secret(acteur=m.responsable, uid=abonnement.uid)
    assert livrer() == Bilan(), "without a pause nothing is brought forward"


def received_in_order(recepteur: Recepteur) -> dict[str, list[int]]:
    """The ranks answered 2xx, by dossier, doubles of one Webhook-Id left out; asserts that none came before its time."""
    ranks: dict[str, list[int]] = defaultdict(list)
    seen: set[str] = set()
    for appel in recepteur.gardes:
        if appel.entetes["webhook-id"] not in seen:
            seen.add(appel.entetes["webhook-id"])
            ranks[appel.corps["sinistre"]["numero"]].append(appel.corps["rang"])
    return ranks


@pytest.mark.parametrize("graine", range(3))
def test_twenty_events_of_three_dossiers_under_random_failures(m: f.Monde, recepteur: Recepteur, graine: int) -> None:
    hasard = random.Random(graine)
    abonner(m.responsable, recepteur.url)
    dossiers = [f.sinistre(m, de=f.agent(m.collectivite)) for _ in range(3)]
    counts: dict[str, int] = defaultdict(int)
    for _ in range(20):
        sinistre = hasard.choice(dossiers)
        counts[sinistre.numero] += 1
        dire(sinistre)

    def capricieux(recepteur: Recepteur, handler: Any, appel: Appel) -> int | None:
        match hasard.randrange(5):
            case 0:
                return 500
            case 1:
                rompre(recepteur, handler, appel)
                return None
            case 2:  # taken, and the line dropped before the answer: it comes again
                recepteur.gardes.append(appel)
                rompre(recepteur, handler, appel)
                return None
        return 200

    recepteur.repondre = capricieux
    deliver_everything()
    assert received_in_order(recepteur) == {numero: list(range(1, n + 1)) for numero, n in counts.items()}
    assert len(recepteur.gardes) >= 20


def test_two_workers_at_once(vraie_base: None, recepteur: Recepteur) -> None:
    m = f.monde()
    abonner(m.responsable, recepteur.url)
    dossiers = [f.sinistre(m, de=f.agent(m.collectivite)) for _ in range(4)]
    for _ in range(15):
        for sinistre in dossiers:
            dire(sinistre)
    running: dict[str, int] = defaultdict(int)
    together: list[str] = []

    def repondre(recepteur: Recepteur, _handler: Any, appel: Appel) -> int:
        numero = appel.corps["sinistre"]["numero"]
        with recepteur.verrou:
            running[numero] += 1
            if running[numero] > 1:
                together.append(numero)
        time.sleep(0.005)
        with recepteur.verrou:
            running[numero] -= 1
        return random.choice([200, 200, 200, 500])

    recepteur.repondre = repondre
    stop, errors = threading.Event(), []

    def work() -> None:
        try:
            while not stop.is_set():
                due_again()
                livrer()
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for _ in range(600):
        if not Livraison.objects.exclude(etat=EtatLivraison.LIVREE).exists() or errors:
            break
        stop.wait(0.1)
    stop.set()
    for worker in workers:
        worker.join(timeout=30)
    assert errors == [] == together
    # None doubled (no worker died), each dossier in order without a gap, and no two calls of a dossier at once.
    assert len(recepteur.gardes) == 60
    assert received_in_order(recepteur) == {s.numero: list(range(1, 16)) for s in dossiers}


KILLED = """
import os, django
django.setup()
from notifications.webhooks import livraison
if {before!r}:
    livraison.poster = lambda *a: os.kill(os.getpid(), 9)
else:
    livraison._settle = lambda *a: os.kill(os.getpid(), 9)
livraison.livrer()
"""


@pytest.mark.lent
@pytest.mark.parametrize("before", [True, False])
def test_a_worker_killed_before_or_after_the_call(vraie_base: None, recepteur: Recepteur, before: bool) -> None:
    m = f.monde()
    _, secret = abonner(m.responsable, recepteur.url)
    sinistre = f.sinistre(m)
    (row,), (suivante,) = dire(sinistre), dire(sinistre)
    done = subprocess.run(
        [sys.executable, "-c", KILLED.format(before=before)], cwd=ROOT, env=base.environment("web") | {"VIGIE_WEBHOOKS_PRIVES": "1"},
        capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()[-2000:]
    assert fresh(row).etat == EtatLivraison.EN_COURS and len(recepteur.appels) == (0 if before else 1)
    assert livrer() == Bilan(), "its lease still holds, and the next one waits behind it"
    Livraison.objects.filter(pk=row.pk).update(bail_jusqu_a=timezone.now() - dt.timedelta(seconds=1))
    assert livrer() == Bilan(livrees=2)
    assert [fresh(r).etat for r in (row, suivante)] == [EtatLivraison.LIVREE] * 2 and fresh(row).tentatives == 2
    ids = [appel.entetes["webhook-id"] for appel in recepteur.appels]
    assert ids == ([] if before else [str(row.uid)]) + [str(row.uid), str(suivante.uid)]
    assert all(verifier(secret, appel) for appel in recepteur.appels)


def test_a_worker_that_lost_its_lease_changes_nothing(m: f.Monde, sinistre: Sinistre, recepteur: Recepteur) -> None:
    abonnement, _ = abonner(m.responsable, recepteur.url)
    (row,) = dire(sinistre)
    held = delivery._claim(abonnement.pk)
    assert held is not None
    Livraison.objects.filter(pk=row.pk).update(bail_jusqu_a=timezone.now() - dt.timedelta(seconds=1))
    assert livrer() == Bilan(livrees=1)
    delivery._settle(held, delivery.Reponse(500, "réponse 500"), Bilan())
    assert fresh(row).etat == EtatLivraison.LIVREE


def test_delays_are_bounded() -> None:
    assert [delay(n).total_seconds() for n in (1, 2, 10, 11, 12, 18)] == [30, 60, 15360, 21600, 21600, 21600]
