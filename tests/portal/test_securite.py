"""Acts on money ask for a recent proof of identity; nothing is done before it, nothing replayed after it, nothing typed is lost."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cases.models import Sinistre
from indemnities.enums import EtatBordereau, EtatDecompte
from indemnities.models import Bordereau, Decompte
from portal import securite
from tests import factories as f
from tests.indemnities.conftest import validated
from workflows import payments

REAUTH = "/compte/reauthenticate/"


@pytest.fixture(autouse=True)
def _strict(settings: Any) -> None:
    settings.MFA_REQUIRED, settings.STEP_UP_MINUTES = False, 15


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return validated(m)


def decompte(m: f.Monde, sinistre: Sinistre, rang: int = 0, *, approuve: bool = False) -> Decompte:
    debut = sinistre.survenance + dt.timedelta(days=10 * rang)
    made = payments.saisir_decompte(
        acteur=m.gestionnaire, numero=sinistre.numero, debut=debut, fin=debut + dt.timedelta(days=9), montant=Decimal("100.00"),
        explication="Essai",
    )  # fmt: skip
    return payments.approuver_decompte(acteur=m.responsable, decompte_id=made.pk) if approuve else made


def forced(user: User) -> Client:
    """Signed in long ago: the session knows of no proof."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


@pytest.mark.django_db
def test_an_approval_waits_for_a_proof_then_is_done_by_the_person(m: f.Monde, sinistre: Sinistre) -> None:
    made, page = decompte(m, sinistre), reverse("gestion:signatures")
    client, url = forced(m.payeur), reverse("gestion:decompte-approuver", args=[made.pk])
    asked = client.post(url, {"suite": page})
    assert asked.headers["Location"] == f"{REAUTH}?next={page.replace('/', '%2F')}"
    assert said(asked) == [securite.DEMANDE]
    assert Decompte.objects.get().etat == EtatDecompte.CALCULE
    form = client.get(asked.headers["Location"])
    assert securite.DEMANDE in form.content.decode()

    assert client.post(REAUTH, {"password": "pas le bon mot de passe", "next": page}).status_code == 200
    assert client.post(url, {"suite": page}).headers["Location"].startswith(REAUTH)
    back = client.post(REAUTH, {"password": f.PASSWORD, "next": page})
    assert back.headers["Location"] == page
    assert Decompte.objects.get().etat == EtatDecompte.CALCULE, "confirming one's identity does nothing by itself"
    assert securite.CONFIRMEE in client.get(page).content.decode()
    assert securite.CONFIRMEE not in client.get(page).content.decode(), "said once"
    client.post(url, {"suite": page})
    assert Decompte.objects.get().etat == EtatDecompte.APPROUVE


@pytest.mark.django_db
def test_a_proof_grows_old(m: f.Monde, sinistre: Sinistre, settings: Any) -> None:
    made = decompte(m, sinistre)
    client, url = forced(m.payeur), reverse("gestion:decompte-approuver", args=[made.pk])
    client.post(REAUTH, {"password": f.PASSWORD})
    session = client.session
    session["account_authentication_methods"] = [record | {"at": time.time() - 901} for record in session["account_authentication_methods"]]
    session.save()
    assert client.post(url).headers["Location"].startswith(REAUTH)
    settings.STEP_UP_MINUTES = 16
    assert not client.post(url).headers["Location"].startswith(REAUTH)
    assert Decompte.objects.get().etat == EtatDecompte.APPROUVE


@pytest.mark.django_db
def test_a_password_given_at_sign_in_counts_and_an_identity_provider_does_not(m: f.Monde, sinistre: Sinistre) -> None:
    first, second = decompte(m, sinistre), decompte(m, sinistre, 1)
    client = Client()
    client.post("/compte/login/", {"login": m.payeur.email, "password": f.PASSWORD})
    client.post(reverse("gestion:decompte-approuver", args=[first.pk]))
    session = client.session
    session["account_authentication_methods"] = [{"method": "socialaccount", "at": time.time(), "provider": "proconnect"}]
    session.save()
    assert client.post(reverse("gestion:decompte-approuver", args=[second.pk])).headers["Location"].startswith(REAUTH)
    assert [d.etat for d in Decompte.objects.order_by("pk")] == [EtatDecompte.APPROUVE, EtatDecompte.CALCULE]


@pytest.mark.django_db
def test_without_password_nor_second_factor_one_sets_up_a_factor_first(m: f.Monde, sinistre: Sinistre) -> None:
    made = decompte(m, sinistre)
    m.payeur.set_unusable_password()
    m.payeur.save()
    asked = forced(m.payeur).post(reverse("gestion:decompte-approuver", args=[made.pk]))
    assert asked.headers["Location"] == reverse("mfa_index") and said(asked) == [securite.SANS_PREUVE]
    Authenticator.objects.create(user=m.payeur, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert forced(m.payeur).post(reverse("gestion:decompte-approuver", args=[made.pk])).headers["Location"].startswith(REAUTH)
    assert Decompte.objects.get().etat == EtatDecompte.CALCULE


@pytest.mark.django_db
def test_the_boxes_left_ticked_are_found_again(m: f.Monde, sinistre: Sinistre) -> None:
    kept, left = decompte(m, sinistre, approuve=True), decompte(m, sinistre, 1, approuve=True)
    client, page = forced(m.payeur), reverse("gestion:paiements")
    lot = {"collectivite": m.collectivite.pk, "contrat": sinistre.contrat_id, "d": [kept.pk]}
    assert client.post(page, lot).headers["Location"].startswith(REAUTH)
    assert not Bordereau.objects.exists()
    client.post(REAUTH, {"password": f.PASSWORD, "next": page})
    [shown] = client.get(page).context["lots"]
    assert shown.retenus == {kept.pk} and {d.pk for d in shown.decomptes} == {kept.pk, left.pk}
    [fresh] = client.get(page).context["lots"]
    assert fresh.retenus == {kept.pk, left.pk}
    client.post(page, lot)
    assert [d.pk for d in Bordereau.objects.get().decomptes.all()] == [kept.pk]


@pytest.mark.django_db
def test_a_settlement_finds_its_date_and_reference_again(m: f.Monde, sinistre: Sinistre) -> None:
    made = decompte(m, sinistre, approuve=True)
    bordereau = payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=sinistre.contrat, decompte_ids=[made.pk])
    client, page = forced(m.payeur), reverse("gestion:bordereau", args=[bordereau.numero])
    typed = {"le": "2026-11-20", "reference": "VIR-2026-88"}
    asked = client.post(page, typed)
    assert asked.headers["Location"].startswith(REAUTH)
    assert "VIR-2026-88" not in asked.headers["Location"]
    client.post(REAUTH, {"password": f.PASSWORD, "next": page})
    html = client.get(page).content.decode()
    assert 'value="VIR-2026-88"' in html and 'value="2026-11-20"' in html
    assert Bordereau.objects.get().etat == EtatBordereau.TRANSMIS
    client.post(page, typed)
    assert Bordereau.objects.get().etat == EtatBordereau.REGLE


@pytest.mark.django_db
def test_what_was_typed_is_not_shown_before_the_proof(m: f.Monde, sinistre: Sinistre) -> None:
    decompte(m, sinistre, approuve=True)
    client, page = forced(m.payeur), reverse("gestion:paiements")
    client.post(page, {"collectivite": m.collectivite.pk, "contrat": sinistre.contrat_id, "d": []})
    html = client.get(page).content.decode()
    assert securite.CONFIRMEE not in html and "checked" in html


@pytest.mark.django_db
def test_an_htmx_request_is_sent_to_the_same_page(m: f.Monde, sinistre: Sinistre) -> None:
    made = decompte(m, sinistre)
    asked = forced(m.payeur).post(reverse("gestion:decompte-approuver", args=[made.pk]), headers={"HX-Request": "true"})
    assert asked.status_code == 204 and asked.headers["HX-Redirect"].startswith(REAUTH)
    assert Decompte.objects.get().etat == EtatDecompte.CALCULE


@pytest.mark.django_db
def test_a_demonstration_never_asks(m: f.Monde, sinistre: Sinistre, settings: Any) -> None:
    settings.STEP_UP_MINUTES = 0
    made = decompte(m, sinistre)
    forced(m.payeur).post(reverse("gestion:decompte-approuver", args=[made.pk]))
    assert Decompte.objects.get().etat == EtatDecompte.APPROUVE


@pytest.mark.django_db
def test_whoever_lacks_the_right_is_refused_before_he_is_asked(m: f.Monde, sinistre: Sinistre) -> None:
    made = decompte(m, sinistre)
    assert forced(m.gestionnaire).post(reverse("gestion:decompte-approuver", args=[made.pk])).status_code == 403
