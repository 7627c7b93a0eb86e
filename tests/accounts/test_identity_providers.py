"""An identity provider opens an account that exists, for an address it has verified; nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.session import SessionStorage
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.enums import Role
from accounts.models import User
from accounts.services import creer_compte, desactiver_compte, habiliter
from project.sessions import SessionStore
from tests import factories

pytestmark = pytest.mark.django_db
APP = {
    "provider_id": "proconnect",
    "name": "ProConnect",
    "client_id": "vigie",
    "secret": "x",
    "settings": {"server_url": "https://identite.example"},
}


@pytest.fixture(autouse=True)
def one_provider(settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [APP]}}


@pytest.fixture
def user() -> User:
    created = creer_compte(acteur=None, email="ada@cdg.example", prenom="Ada", nom="Martin")
    habiliter(acteur=None, user=created, role=Role.PAYEUR)
    return created


def come_back(email: str, *, verified: bool, uid: str = "42") -> tuple[HttpResponse, SessionBase]:
    """The end of a sign-in at the provider, who vouches (or not) for an address."""
    request = RequestFactory().get("/compte/oidc/proconnect/login/callback/")
    request.session = SessionStore()
    request.user = AnonymousUser()
    request._messages = SessionStorage(request)  # type: ignore[attr-defined]
    login = SocialLogin(
        user=User(email=email),
        account=SocialAccount(provider="proconnect", uid=uid, extra_data={}),
        email_addresses=[EmailAddress(email=email, verified=verified, primary=True)],
        provider=get_adapter().get_provider(request, "proconnect"),
    )
    login.state = {"process": "login"}
    with request_context(request):
        return complete_social_login(request, login), request.session


def signed_in_as(session: SessionBase) -> str | None:
    return session.get("_auth_user_id")


def test_a_verified_address_opens_its_account(user: User) -> None:
    for address in ("ada@cdg.example", "Ada@CDG.example"):
        answer, session = come_back(address, verified=True)
        assert answer.status_code == 302
        assert signed_in_as(session) == str(user.pk)
    assert SocialAccount.objects.get().user == user


def test_an_unverified_address_opens_nothing(user: User) -> None:
    answer, session = come_back("ada@cdg.example", verified=False)
    assert signed_in_as(session) is None
    assert "Aucun compte pour cette identité" in answer.content.decode()
    assert not SocialAccount.objects.exists()


def test_an_unknown_identity_is_refused_in_plain_words_and_leaves_no_account(user: User) -> None:
    before = User.objects.count()
    answer, session = come_back("inconnue@ailleurs.example", verified=True)
    assert signed_in_as(session) is None
    assert "demandez à l’administrateur" in answer.content.decode()
    assert User.objects.count() == before


def test_a_closed_account_stays_closed(user: User) -> None:
    desactiver_compte(acteur=None, user_id=user.pk, motif="Départ")
    _, session = come_back("ada@cdg.example", verified=True)
    assert signed_in_as(session) is None


def test_the_second_factor_is_asked_after_the_provider_too(user: User) -> None:
    TOTP.activate(user, generate_totp_secret())
    answer, session = come_back("ada@cdg.example", verified=True)
    assert answer["Location"] == reverse("mfa_authenticate")
    assert signed_in_as(session) is None


def test_the_password_survives_the_provider(user: User) -> None:
    user.set_password("un cheval agrafe")
    user.save()
    come_back("ada@cdg.example", verified=True)
    assert User.objects.get(pk=user.pk).check_password("un cheval agrafe")


def test_the_provider_is_offered_on_the_sign_in_page() -> None:
    html = Client().get("/compte/login/").content.decode()
    assert "ProConnect" in html
    assert "/compte/oidc/proconnect/login/" in html


# -- at the bulle --------------------------------------------------------------------------------------------------------


@pytest.mark.bulle
def test_identities_are_linked_from_inside_the_bulle_and_nowhere_else(settings: Any) -> None:
    settings.MFA_REQUIRED = False
    expert = factories.person(Role.EXPERT)
    SocialAccount.objects.create(user=expert, provider="proconnect", uid="42")
    client = Client()
    client.force_login(expert)
    page = client.get("/compte/3rdparty/").content.decode()
    assert "Lier ProConnect" in page and "process=connect" in page and "Délier" in page
    assert Client().get("/compte/3rdparty/").status_code == 302


def test_the_page_is_closed_at_the_web(user: User) -> None:
    client = Client()
    client.force_login(user)
    assert client.get("/compte/3rdparty/").status_code == 404


@pytest.mark.bulle
def test_the_way_back_asks_again_with_the_cookie_that_the_browser_withheld() -> None:
    address = "/compte/oidc/proconnect/login/callback/"
    first = Client().get(address, {"code": "c&d", "state": "s"})
    assert f'content="0; url={address}?code=c%26d&amp;state=s&amp;rebond=1"' in first.content.decode()
    assert "no-store" in first.headers["Cache-Control"]
    second = Client().get(address, {"code": "c", "state": "s", "rebond": "1"})
    assert "rebond" not in second.content.decode()
    assert "L’identification n’a pas abouti" in second.content.decode()
