"""The reminders of a dossier by the API: suspended with a reason and a last day, told by the dossier, resumed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.utils import timezone

from accounts.models import User
from cases.models import Sinistre
from cases.services import echeances
from journal.models import Entree
from tests import factories as f
from tests.api.conftest import Caller, champs

pytestmark = pytest.mark.django_db
Par = Callable[[User], Caller]


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return f.sinistre(m)


def suspendre(sinistre: Sinistre) -> str:
    return f"sinistres/{sinistre.numero}/relances/suspendre/"


def reprendre(sinistre: Sinistre) -> str:
    return f"sinistres/{sinistre.numero}/relances/reprendre/"


def en_pause(sinistre: Sinistre) -> bool:
    horloge = echeances.horloge_des_pieces(sinistre)
    assert horloge is not None
    return horloge.en_pause


def dits(sinistre: Sinistre) -> list[str]:
    rows = Entree.objects.filter(sinistre_id=sinistre.pk, objet_type="echeance", action__startswith="echeance.s")
    return list(rows.order_by("pk").values_list("action", flat=True))


def test_suspended_told_changed_and_resumed(m: f.Monde, par: Par, sinistre: Sinistre) -> None:
    gestionnaire, fin = par(m.gestionnaire), timezone.localdate() + dt.timedelta(days=20)
    assert gestionnaire.get(f"sinistres/{sinistre.numero}/").json()["relances_suspendues"] is None
    reponse = gestionnaire.post(suspendre(sinistre), {"motif": " Arrêté en signature. ", "jusqu_au": fin.isoformat()})
    assert reponse.status_code == 200 and reponse.has_header("ETag")
    lue = gestionnaire.get(f"sinistres/{sinistre.numero}/").json()["relances_suspendues"]
    assert lue == reponse.json()["relances_suspendues"]
    assert (lue["jusqu_au"], lue["motif"], set(lue)) == (fin.isoformat(), "Arrêté en signature.", {"depuis", "jusqu_au", "motif"})
    autre = par(m.responsable).post(suspendre(sinistre), {"motif": "Arrêté égaré."}).json()["relances_suspendues"]
    assert (autre["jusqu_au"], autre["motif"], autre["depuis"]) == (None, "Arrêté égaré.", lue["depuis"])
    assert dits(sinistre) == ["echeance.suspendue", "echeance.suspension_changee"]
    for _ in range(2):
        reponse = gestionnaire.post(reprendre(sinistre), {})
        assert reponse.status_code == 200 and reponse.json()["relances_suspendues"] is None
    assert not en_pause(sinistre)


def test_the_reason_is_for_those_who_read_internal_notes_and_few_of_them_resume(m: f.Monde, par: Par, sinistre: Sinistre) -> None:
    assert par(m.gestionnaire).post(suspendre(sinistre), {"motif": "Arrêté en signature."}).status_code == 200
    dossier = par(m.mairie).get(f"sinistres/{sinistre.numero}/")
    assert dossier.json()["relances_suspendues"] is None and "Arrêté en signature" not in dossier.content.decode()
    assert par(m.payeur).get(f"sinistres/{sinistre.numero}/").json()["relances_suspendues"]["motif"] == "Arrêté en signature."
    for other in (m.mairie, m.payeur):
        assert par(other).post(reprendre(sinistre), {}).status_code == 403
    assert en_pause(sinistre)


def test_what_is_wrong_is_named_and_nothing_is_suspended(m: f.Monde, par: Par, sinistre: Sinistre) -> None:
    gestionnaire, aujourd_hui = par(m.gestionnaire), timezone.localdate()
    for corps, statut, champ in (
        ({}, 400, "motif"),
        ({"motif": "  "}, 400, "motif"),
        ({"motif": "x" * 201}, 400, "motif"),
        ({"motif": "x", "jusqu_au": "demain"}, 400, "jusqu_au"),
        ({"motif": "x", "jusqu_au": (aujourd_hui - dt.timedelta(days=1)).isoformat()}, 422, "jusqu_au"),
        ({"motif": "x", "jusqu_au": (aujourd_hui + dt.timedelta(days=367)).isoformat()}, 422, "jusqu_au"),
        ({"motif": "x", "autre": 1}, 400, "autre"),
    ):
        reponse = gestionnaire.post(suspendre(sinistre), corps)
        assert (reponse.status_code, set(champs(reponse))) == (statut, {champ}), corps
    assert not en_pause(sinistre) and dits(sinistre) == []


def test_without_a_reminder_to_come_nothing_is_suspended(m: f.Monde, par: Par, sinistre: Sinistre) -> None:
    echeances.lever(sinistre=sinistre)
    for adresse, corps in ((suspendre(sinistre), {"motif": "x"}), (reprendre(sinistre), {})):
        reponse = par(m.gestionnaire).post(adresse, corps)
        assert reponse.status_code == 422 and "Aucune relance" in reponse.json()["detail"]


def test_once_under_a_key(m: f.Monde, par: Par, sinistre: Sinistre) -> None:
    """Suspended, resumed by somebody, and the first demand sent again by a programme that had no answer: it stays resumed."""
    gestionnaire, corps = par(m.gestionnaire), {"motif": "Arrêté en signature."}
    premiere = gestionnaire.post(suspendre(sinistre), corps, Idempotency_Key="k1")
    assert par(m.responsable).post(reprendre(sinistre), {}).status_code == 200
    seconde = gestionnaire.post(suspendre(sinistre), corps, Idempotency_Key="k1")
    assert seconde["Idempotent-Replayed"] == "true" and seconde.content == premiere.content
    assert not en_pause(sinistre)
    assert gestionnaire.post(suspendre(sinistre), {"motif": "Autre."}, Idempotency_Key="k1").status_code == 422
