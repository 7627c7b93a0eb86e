"""A token acts on money only in the minutes that follow its holder's proof of identity; nothing is done before."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import JetonApi, User
from api.views import argent, virements
from indemnities.enums import EtatDecompte
from indemnities.models import Bordereau, Decompte
from journal.models import Entree
from tests import factories as f
from tests.api.conftest import Caller
from tests.indemnities.conftest import validated
from workflows import payments

pytestmark = pytest.mark.django_db
Par = Callable[[User], Caller]


@pytest.fixture(autouse=True)
def _strict(settings: Any, _no_step_up: None) -> None:
    settings.MFA_REQUIRED, settings.STEP_UP_MINUTES = False, 15


@pytest.fixture
def decompte(m: f.Monde) -> Decompte:
    sinistre = validated(m)
    return payments.saisir_decompte(
        acteur=m.gestionnaire, numero=sinistre.numero, debut=sinistre.survenance, fin=sinistre.survenance, montant=Decimal("10.00"),
        explication="Essai",
    )  # fmt: skip


def confirm(user: User) -> Any:
    """On the page, with the password given again."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    url = reverse("confirmer-jeton", args=[JetonApi.objects.get(user=user).pk])
    asked = client.post(url)
    assert asked.headers["Location"].startswith("/compte/reauthenticate/")
    assert JetonApi.objects.get(user=user).confirme_le is None
    client.post("/compte/reauthenticate/", {"password": f.PASSWORD, "next": reverse("mes-jetons")})
    return client.post(url, follow=True)


def refused(answer: Any) -> bool:
    told = answer.json()
    if answer.status_code != 403 or told["type"] != "urn:vigie:probleme:authentification-recente-requise":
        return False
    assert told["page"] == f"{django_settings.PUBLIC_URL}/mes-jetons/" and "15 minutes" in told["detail"]
    return True


def test_each_act_on_money_waits_for_the_holder(m: f.Monde, par: Par, decompte: Decompte) -> None:
    payeur = par(m.payeur)
    assert refused(payeur.post(f"decomptes/{decompte.pk}/approuver/"))
    assert refused(payeur.post("bordereaux/", {"decomptes": [decompte.pk]}))
    assert Decompte.objects.get().etat == EtatDecompte.CALCULE

    page = confirm(m.payeur)
    assert "pendant 15 minutes" in page.content.decode() and "identité confirmée" in page.content.decode()
    assert Entree.objects.filter(action="jeton.confirme", acteur_id=m.payeur.pk).count() == 1
    assert payeur.post(f"decomptes/{decompte.pk}/approuver/").status_code == 200
    made = payeur.post("bordereaux/", {"decomptes": [decompte.pk]})
    assert made.status_code == 201

    JetonApi.objects.update(confirme_le=timezone.now() - dt.timedelta(minutes=15, seconds=1))
    settle = f"bordereaux/{made.json()['id']}/regler/"
    notice = {"le": timezone.localdate().isoformat(), "reference": "VIR-1"}
    assert refused(payeur.post(settle, notice))
    assert Bordereau.objects.get().etat == "TRANSMIS"
    JetonApi.objects.update(confirme_le=timezone.now() - dt.timedelta(minutes=14))
    assert payeur.post(settle, notice).status_code == 200


def test_what_engages_no_money_is_never_asked(m: f.Monde, par: Par, decompte: Decompte) -> None:
    numero = decompte.sinistre.numero
    assert par(m.payeur).get("bordereaux/").status_code == 200
    assert par(m.payeur).post(f"decomptes/{decompte.pk}/rejeter/", {"motif": "Double"}).status_code == 200
    debut = decompte.debut.isoformat()
    typed = {"sinistre": numero, "debut": debut, "fin": debut, "montant": "9.00", "explication": "Essai"}
    assert par(m.payeur).post("decomptes/", typed).status_code == 201


def test_whoever_lacks_the_right_is_not_sent_to_confirm(m: f.Monde, par: Par, decompte: Decompte) -> None:
    answer = par(m.mairie).post("bordereaux/", {"decomptes": [decompte.pk]})
    assert answer.status_code == 403 and answer.json()["type"].endswith("droit-manquant")


def test_one_confirms_ones_own_live_tokens_only(m: f.Monde, par: Par) -> None:
    assert par(m.payeur).get("bordereaux/").status_code == 200  # gives each a token
    assert par(m.payeur2).get("bordereaux/").status_code == 200
    client = Client()
    client.post("/compte/login/", {"login": m.payeur.email, "password": f.PASSWORD})
    other = JetonApi.objects.get(user=m.payeur2)
    assert client.post(reverse("confirmer-jeton", args=[other.pk])).status_code == 404
    own = JetonApi.objects.get(user=m.payeur)
    JetonApi.objects.filter(pk=own.pk).update(revoque_le=timezone.now())
    assert client.post(reverse("confirmer-jeton", args=[own.pk])).status_code == 404
    assert not JetonApi.objects.filter(confirme_le__isnull=False).exists()


def test_the_page_offers_it_to_those_who_pay(m: f.Monde, par: Par) -> None:
    for user, offered in ((m.payeur, True), (m.responsable, True), (m.gestionnaire, False), (m.mairie, False)):
        par(user).get("bordereaux/")
        client = Client()
        client.post("/compte/login/", {"login": user.email, "password": f.PASSWORD})
        client.post("/compte/reauthenticate/", {"password": f.PASSWORD})
        html = client.get(reverse("mes-jetons")).content.decode()
        assert ("Autoriser les paiements" in html) == offered, user


ACTES = {
    "Approuver", "Bordereaux", "Regler", "ConfirmerCompte", "Remises", "SignerRemise", "Constater", "Retours",
}  # fmt: skip
"""Operations whose POST engages money."""


def test_the_same_acts_ask_at_the_api_as_on_the_pages() -> None:
    asking = {
        name
        for module in (argent, virements)
        for name, view in inspect.getmembers(module, inspect.isclass)
        if view.__module__ == module.__name__ and "exiger_confirmation(request)" in inspect.getsource(view)
    }
    assert asking == ACTES
