"""Calls that ended long ago are deleted; ranks go on as if they were not, and nothing that waits or is to be seen is touched."""

from __future__ import annotations

import datetime as dt
import re
import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.models import Sinistre
from notifications.enums import EtatLivraison
from notifications.models import Abonnement, Livraison
from notifications.tasks import purger_livraisons
from notifications.webhooks import purge, services
from notifications.webhooks.livraison import livrer
from notifications.webhooks.purge import purger
from tests import factories as f
from tests.notifications.webhooks.conftest import Recepteur, abonner, dire

JOURS = 90


def age(jours: float, **filtre: Any) -> None:
    """These calls, and all that came of them, are that old."""
    quand = timezone.now() - dt.timedelta(days=jours)
    rows = Livraison.objects.filter(**filtre)
    rows.update(cree_le=quand)
    rows.exclude(livree_le=None).update(livree_le=quand)
    rows.exclude(vu_le=None).update(vu_le=quand)


def rangs(sinistre: Sinistre) -> list[int]:
    return list(Livraison.objects.filter(sinistre_id=sinistre.pk).order_by("rang").values_list("rang", flat=True))


@pytest.fixture
def abonnement(m: f.Monde, recepteur: Recepteur) -> Abonnement:
    return abonner(m.responsable, recepteur.url)[0]


def test_the_last_of_each_thread_stays_and_ranks_go_on(
    m: f.Monde, sinistre: Sinistre, abonnement: Abonnement, recepteur: Recepteur
) -> None:
    autre = f.sinistre(m, de=f.agent(m.collectivite))
    for _ in range(3):
        dire(sinistre)
        dire(autre)
    livrer()
    age(JOURS - 1)
    assert purger_livraisons() == 0
    age(JOURS + 1, sinistre_id=sinistre.pk)
    assert purger_livraisons() == 2 and (rangs(sinistre), rangs(autre)) == ([3], [1, 2, 3])
    assert purger() == 0
    dire(sinistre)
    livrer()
    assert recepteur.appels[-1].corps["rang"] == 4
    assert purger() == 1 and rangs(sinistre) == [4], "it is not the last any more"


@pytest.mark.parametrize(
    "champs",
    [
        {"etat": EtatLivraison.A_LIVRER},
        {"etat": EtatLivraison.ABANDONNEE, "vu_le": None},
        {"etat": EtatLivraison.LIVREE, "livree_le": timezone.now()},
    ],
    ids=["waits", "given up and not seen", "replayed lately"],
)
def test_what_is_not_over_stays(sinistre: Sinistre, abonnement: Abonnement, champs: dict[str, Any]) -> None:
    for _ in range(2):
        dire(sinistre)
    livrer()
    age(JOURS + 1)
    Livraison.objects.filter(rang=1).update(**champs)
    assert purger() == 0 and rangs(sinistre) == [1, 2]


def test_given_up_and_seen_goes_and_trials_go(m: f.Monde, sinistre: Sinistre, abonnement: Abonnement) -> None:
    for _ in range(2):
        dire(sinistre)
    services.essayer(acteur=m.responsable, uid=abonnement.uid)
    livrer()
    Livraison.objects.filter(rang=1, sinistre_id=sinistre.pk).update(etat=EtatLivraison.ABANDONNEE, vu_le=timezone.now())
    age(JOURS + 1)
    assert purger() == 2 and [une.rang for une in Livraison.objects.all()] == [2]


@pytest.mark.parametrize("acte", [services.prendre_acte, services.fermer])
def test_given_up_is_kept_as_long_from_when_it_is_seen(m: f.Monde, sinistre: Sinistre, abonnement: Abonnement, acte: Any) -> None:
    """A subscription was paused for months: what was then given up can be replayed after « C’est vu »."""
    for _ in range(2):
        dire(sinistre)
    age(JOURS + 30)
    Livraison.objects.update(etat=EtatLivraison.ABANDONNEE)
    acte(acteur=m.responsable, uid=abonnement.uid)
    assert purger() == 0 and rangs(sinistre) == [1, 2]
    age(JOURS + 1)
    assert purger() == 1 and rangs(sinistre) == [2]


def test_closing_does_not_keep_longer_what_was_seen_before(m: f.Monde, sinistre: Sinistre, abonnement: Abonnement) -> None:
    for _ in range(2):
        dire(sinistre)
    Livraison.objects.update(etat=EtatLivraison.ABANDONNEE, vu_le=timezone.now())
    age(JOURS + 1)
    services.fermer(acteur=m.responsable, uid=abonnement.uid)
    assert purger() == 1 and rangs(sinistre) == [2]


def test_by_lots_and_up_to_a_limit(sinistre: Sinistre, abonnement: Abonnement, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.WEBHOOKS_CONSERVATION = 10
    monkeypatch.setattr(purge, "LOT", 2)
    for _ in range(8):
        dire(sinistre)
    livrer()
    age(11)
    assert purger(limite=3) == 3 and rangs(sinistre) == [4, 5, 6, 7, 8]
    cinquieme = Livraison.objects.get(rang=5)
    with CaptureQueriesContext(connection) as seen:
        assert purger() == 4 and rangs(sinistre) == [8]
    lots = [une["sql"] for une in seen if "FOR UPDATE" in une["sql"]]
    assert [int(re.search(r'"id" > (\d+)', sql)[1]) for sql in lots][:2] == [0, cinquieme.pk], "each goes on from the one before"  # type: ignore[index]


def test_two_purges_and_a_replay_at_once(vraie_base: None, recepteur: Recepteur) -> None:
    """What somebody replays at that moment is delivered again or was gone; no thread loses its last rank."""
    m = f.monde()
    abonner(m.responsable, recepteur.url)
    dossiers = [f.sinistre(m, de=f.agent(m.collectivite)) for _ in range(3)]
    for _ in range(5):
        for sinistre in dossiers:
            dire(sinistre)
    livrer()
    age(JOURS + 1)

    def in_thread(act: Any) -> threading.Thread:
        def run() -> None:
            try:
                act()
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        return thread

    with transaction.atomic():  # a replay that is not committed yet
        held = list(Livraison.objects.select_for_update(of=("self",)).filter(sinistre_id=dossiers[0].pk, rang__lte=2).order_by("pk"))
        Livraison.objects.filter(pk__in=[une.pk for une in held]).update(etat=EtatLivraison.A_LIVRER)
        for thread in [in_thread(purger), in_thread(purger)]:
            thread.join(timeout=60)
            assert not thread.is_alive(), "it waits for nobody"
        assert rangs(dossiers[0]) == [1, 2, 5]
    assert [rangs(sinistre) for sinistre in dossiers] == [[1, 2, 5], [5], [5]]
    before = len(recepteur.appels)
    livrer()
    assert [appel.corps["rang"] for appel in recepteur.appels[before:]] == [1, 2]
