"""A SIRH's own token: it lists the calls it was sent and asks for them again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from cases.models import Sinistre
from notifications.models import Abonnement, Livraison
from notifications.webhooks import services
from notifications.webhooks.livraison import livrer
from tests import factories as f
from tests.api.conftest import Caller, champs
from tests.notifications.webhooks.conftest import Recepteur, abonner, dire
from tests.notifications.webhooks.conftest import recepteur as recepteur

Par = Callable[[User], Caller]


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return f.sinistre(m)


@pytest.fixture
def abonnement(m: f.Monde, recepteur: Recepteur) -> Abonnement:
    return abonner(m.responsable, recepteur.url, collectivite=m.collectivite)[0]


def test_a_program_reads_its_calls(m: f.Monde, abonnement: Abonnement, sinistre: Sinistre, par: Par) -> None:
    tous, _ = abonner(m.responsable, "https://cdg.example/", nom="CDG", types=["sinistre.clore"])
    for _ in range(3):
        dire(sinistre)
    livrer()
    sirh = par(m.mairie)
    (mine,) = sirh.get("webhooks/").json()["resultats"]
    assert (mine["id"], mine["etat"], mine["attendent"], mine["collectivite"]) == (str(abonnement.uid), "ACTIF", 0, m.collectivite.siret)
    assert "secret" not in mine and "url" not in mine
    assert len(par(m.responsable).get("webhooks/").json()["resultats"]) == 2
    page = sirh.get(f"webhooks/{abonnement.uid}/livraisons/?taille=2").json()
    assert [(une["rang"], une["sinistre"], une["etat"], une["statut_http"]) for une in page["resultats"]] == [
        (3, sinistre.numero, "LIVREE", 204),
        (2, sinistre.numero, "LIVREE", 204),
    ]
    (last,) = sirh.get(page["suivant"]).json()["resultats"]
    assert last["rang"] == 1 and last["identifiant"] == str(Livraison.objects.get(rang=1, abonnement=abonnement).uid)
    assert sirh.get(f"webhooks/{abonnement.uid}/livraisons/?etat=ABANDONNEE").json()["resultats"] == []
    assert len(sirh.get(f"webhooks/{abonnement.uid}/livraisons/?sinistre={sinistre.numero}").json()["resultats"]) == 3
    assert sirh.get(f"webhooks/{tous.uid}/livraisons/").status_code == 404
    assert par(m.responsable).get(f"webhooks/{tous.uid}/livraisons/").json()["resultats"] == []


def test_and_asks_for_them_again(m: f.Monde, abonnement: Abonnement, sinistre: Sinistre, recepteur: Recepteur, par: Par) -> None:
    for _ in range(3):
        dire(sinistre)
    livrer()
    sirh, chemin = par(m.mairie), f"webhooks/{abonnement.uid}/rejouer/"
    deuxieme = Livraison.objects.get(rang=2)
    hier, demain = (timezone.now() + dt.timedelta(days=jours) for jours in (-1, 1))
    for body, count in (
        ({"livraison": deuxieme.pk}, 1),
        ({"sinistre": sinistre.numero}, 3),
        ({"depuis": hier.isoformat()}, 3),
        ({"depuis": deuxieme.cree_le.isoformat().replace("+00:00", "Z")}, 2),
        ({"depuis": hier.isoformat(), "jusqu_a": deuxieme.cree_le.isoformat()}, 1),
        ({"depuis": demain.isoformat()}, 0),
        ({"sinistre": "2020-000001"}, 0),
    ):
        answer = sirh.post(chemin, body)
        assert (answer.status_code, answer.json()["rejouees"]) == (200, count), body
        assert dt.datetime.fromisoformat(answer.json()["gardees_depuis"]) < timezone.now() - dt.timedelta(days=89)
        del recepteur.appels[:]
        livrer()
        assert len(recepteur.appels) == count
        assert [appel.corps["rang"] for appel in recepteur.appels] == sorted(appel.corps["rang"] for appel in recepteur.appels)


@pytest.mark.parametrize(
    ("body", "champ"),
    [
        ({}, "depuis"), ({"depuis": "hier"}, "depuis"), ({"depuis": "2026-11-16"}, "depuis"), ({"depuis": "2026-11-16T10:42:00"}, "depuis"),
        ({"depuis": "2026-13-16T10:42:00Z"}, "depuis"), ({"depuis": "0026-11-16T10:42:00Z"}, "depuis"), ({"depuis": 5}, "depuis"),
        ({"depuis": None}, "depuis"), ({"livraison": "1"}, "livraison"), ({"numero": "x"}, "numero"),
    ],
)  # fmt: skip
def test_bad_input(m: f.Monde, abonnement: Abonnement, par: Par, body: dict[str, Any], champ: str) -> None:
    answer = par(m.mairie).post(f"webhooks/{abonnement.uid}/rejouer/", body)
    assert answer.status_code in (400, 422) and champ in champs(answer)


def test_a_call_of_another_subscription_and_a_closed_one(m: f.Monde, abonnement: Abonnement, sinistre: Sinistre, par: Par) -> None:
    autre, _ = abonner(m.responsable, "https://cdg.example/", nom="CDG")
    dire(sinistre)
    sienne = Livraison.objects.get(abonnement=autre)
    assert par(m.mairie).post(f"webhooks/{abonnement.uid}/rejouer/", {"livraison": sienne.pk}).status_code == 404
    assert par(m.mairie2).post(f"webhooks/{abonnement.uid}/rejouer/", {"sinistre": sinistre.numero}).status_code == 404
    services.fermer(acteur=m.responsable, uid=abonnement.uid)
    answer = par(m.mairie).post(f"webhooks/{abonnement.uid}/rejouer/", {"sinistre": sinistre.numero})
    assert answer.status_code == 422 and "fermé" in answer.json()["detail"]
