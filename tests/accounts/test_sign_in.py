"""Signing in: password, lock-out, second factor, the right door, sessions that can be closed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.enums import MEDICAL_ROLES, ROLES_WITH_SECOND_FACTOR, Role
from accounts.models import SessionOuverte, User
from accounts.passwords import password_link
from accounts.services import desactiver_compte
from accounts.sessions import sessions_de
from journal.models import Entree
from tests import factories

pytestmark = pytest.mark.django_db
SESSIONS, COMPTE, LOGIN = "/mes-sessions/", "/mon-compte/", "/compte/login/"


def sign_in(user: User, password: str = factories.PASSWORD, client: Client | None = None) -> Client:
    client = client or Client()
    client.post(LOGIN, {"login": user.email, "password": password})
    return client


def confirm(client: Client) -> None:
    """Give the password again, as sensitive pages ask."""
    assert client.post("/compte/reauthenticate/", {"password": factories.PASSWORD}).status_code == 302


def is_in(client: Client) -> bool:
    return client.get(COMPTE).status_code == 200


def gestionnaire() -> User:
    return factories.person(Role.GESTIONNAIRE)


def collectivite() -> User:
    return factories.person(Role.COLLECTIVITE, collectivites=[factories.collectivite()])


# -- password ------------------------------------------------------------------------------------------------------------


def test_a_page_asks_to_sign_in_and_a_right_password_opens() -> None:
    user = collectivite()
    assert Client().get(COMPTE).headers["Location"].startswith(LOGIN)
    assert is_in(sign_in(user))
    assert not is_in(sign_in(user, "un-autre-mot-de-passe"))


def test_the_case_of_the_address_does_not_matter() -> None:
    user = collectivite()
    client = Client()
    client.post(LOGIN, {"login": user.email.upper(), "password": factories.PASSWORD})
    assert is_in(client)


def test_nobody_signs_up_nor_manages_addresses() -> None:
    user = collectivite()
    page = Client().post("/compte/signup/", {"email": "x@test.example", "password1": "a" * 20, "password2": "a" * 20})
    assert "ouverts par votre centre de gestion" in page.content.decode()
    assert not User.objects.filter(email="x@test.example").exists()
    client = sign_in(user)
    assert client.get("/compte/email/").status_code == 404
    assert client.get("/compte/social/connections/").status_code == 404


def test_a_closed_account_is_out_at_once_and_can_not_come_back() -> None:
    user, other = collectivite(), collectivite()
    client, witness = sign_in(user), sign_in(other)
    desactiver_compte(acteur=None, user_id=user.pk, motif="Départ")
    assert not is_in(client)
    assert not is_in(sign_in(user))
    assert is_in(witness)


def test_a_forgotten_password_is_chosen_again_by_a_link_that_serves_once() -> None:
    user = collectivite()
    Client().post("/compte/password/reset/", {"email": user.email})
    assert len(mail.outbox) == 1
    link = re.search(r"http\S+", str(mail.outbox[0].body))
    assert link is not None
    client = Client()
    form = client.get(link[0], follow=True)
    client.post(form.redirect_chain[-1][0], {"password1": "un cheval agrafe", "password2": "un cheval agrafe"})
    assert is_in(sign_in(user, "un cheval agrafe"))
    assert not is_in(sign_in(user))
    assert "Ce lien ne sert plus" in Client().get(link[0], follow=True).content.decode()


def test_an_unknown_address_gets_the_same_page_and_a_mail_that_says_so() -> None:
    page = Client().post("/compte/password/reset/", {"email": "inconnu@test.example"})
    assert page.status_code == 302
    assert "aucun compte" in str(mail.outbox[0].body)


def test_who_works_in_the_bulle_only_gets_no_link_by_mail() -> None:
    user = factories.person(Role.EXPERT)
    Client().post("/compte/password/reset/", {"email": user.email})
    assert settings.BULLE_URL in str(mail.outbox[0].body)
    assert "/password/reset/key/" not in str(mail.outbox[0].body)


def test_each_address_says_whose_password_it_changes() -> None:
    page = sign_in(factories.person(Role.RESPONSABLE, Role.GESTIONNAIRE_BULLE)).get(COMPTE).content.decode()
    assert "la bulle de confidentialité a le sien" in page
    assert "la bulle de confidentialité a le sien" not in sign_in(gestionnaire()).get(COMPTE).content.decode()


@pytest.mark.bulle
def test_the_bulle_says_so_too() -> None:
    page = sign_in(factories.person(Role.RESPONSABLE, Role.GESTIONNAIRE_BULLE)).get(COMPTE).content.decode()
    assert "celui de la bulle seulement" in page


def test_the_link_given_by_hand_opens_the_same_form() -> None:
    user = factories.person(Role.ADMINISTRATEUR)
    path = password_link(user).removeprefix(settings.OWN_URL)
    assert "nouveau mot de passe" in Client().get(path, follow=True).content.decode()


# -- lock-out ------------------------------------------------------------------------------------------------------------


def test_locked_out_after_too_many_failures_whatever_the_case(settings: Any) -> None:
    settings.AXES_ENABLED = True
    user, other = collectivite(), collectivite()
    limit: int = settings.AXES_FAILURE_LIMIT
    for attempt in range(limit):
        email = user.email.upper() if attempt % 2 else user.email
        page = Client().post(LOGIN, {"login": email, "password": "faux"})
        assert page.status_code == (429 if attempt == limit - 1 else 200)
    right = Client().post(LOGIN, {"login": user.email, "password": factories.PASSWORD})
    assert right.status_code == 429
    assert "Trop d’essais" in right.content.decode()
    assert is_in(sign_in(other))


def test_a_success_forgets_the_failures(settings: Any) -> None:
    settings.AXES_ENABLED = True
    user = collectivite()
    for _ in range(2):
        for _ in range(settings.AXES_FAILURE_LIMIT - 1):
            Client().post(LOGIN, {"login": user.email, "password": "faux"})
        cache.clear()
        assert is_in(sign_in(user))


# -- second factor -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(ROLES_WITH_SECOND_FACTOR - MEDICAL_ROLES))
def test_a_role_of_the_cdg_goes_nowhere_without_a_second_factor(role: str, settings: Any) -> None:
    settings.MFA_REQUIRED = True
    client = sign_in(factories.person(role))
    for page in (COMPTE, "/qui-peut-quoi/", "/administration/", "/"):
        answer = client.get(page)
        assert (answer.status_code, answer.headers["Location"]) == (302, reverse("mfa_index"))
    assert client.get(COMPTE, headers={"HX-Request": "true"}).headers["HX-Redirect"] == reverse("mfa_index")
    assert client.get(reverse("mfa_index")).status_code == 200
    confirm(client)
    assert client.get(reverse("mfa_add_webauthn")).status_code == 200


def test_a_collectivite_may_do_without(settings: Any) -> None:
    settings.MFA_REQUIRED = True
    assert is_in(sign_in(collectivite()))


def current_code(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return f"{hotp_value(secret, counter):06d}"


def test_with_a_second_factor_the_password_is_not_enough(settings: Any) -> None:
    settings.MFA_REQUIRED = True
    user = factories.person(Role.PAYEUR)
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    client = Client()
    answer = client.post(LOGIN, {"login": user.email, "password": factories.PASSWORD})
    assert answer.headers["Location"] == reverse("mfa_authenticate")
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert not is_in(client)
    client.post(reverse("mfa_authenticate"), {"code": current_code(secret)})
    assert is_in(client)


def test_a_recovery_code_serves_once() -> None:
    user = factories.person(Role.PAYEUR)
    TOTP.activate(user, generate_totp_secret())
    code = RecoveryCodes.activate(user).get_unused_codes()[0]
    for opens in (True, False):
        client = Client()
        client.post(LOGIN, {"login": user.email, "password": factories.PASSWORD})
        client.post(reverse("mfa_authenticate"), {"code": code})
        assert is_in(client) is opens


def test_the_set_up_by_hand_then_the_pages_open(settings: Any) -> None:
    settings.MFA_REQUIRED = True
    user = factories.person(Role.PAYEUR)
    client = sign_in(user)
    confirm(client)
    page = client.get(reverse("mfa_activate_totp"))
    secret = page.context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": current_code(secret)})
    assert Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
    assert is_in(client)


def test_the_admin_has_no_sign_in_of_its_own() -> None:
    page = Client().get("/administration/login/", follow=True)
    assert page.redirect_chain[-1][0].startswith(LOGIN)
    user = factories.person(Role.ADMINISTRATEUR)
    client = Client()
    client.post("/administration/login/", {"username": user.email, "password": factories.PASSWORD})
    assert not is_in(client)


# -- doors ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(MEDICAL_ROLES))
def test_a_medical_role_has_no_password_at_the_web_and_is_shown_the_way_to_the_bulle(role: str) -> None:
    user = factories.person(role)
    assert not user.has_usable_password()
    client = sign_in(user)
    assert client.get(COMPTE).headers["Location"].startswith(LOGIN)
    client.force_login(user)  # as an identity provider would
    for page in (COMPTE, "/qui-peut-quoi/", "/mes-jetons/", "/"):
        answer = client.get(page)
        assert answer.status_code == 403
        assert settings.BULLE_URL in answer.content.decode()
    assert client.post("/compte/logout/").status_code == 302


@pytest.mark.bulle
@pytest.mark.parametrize("role", sorted(MEDICAL_ROLES))
def test_a_medical_role_works_at_the_bulle(role: str) -> None:
    assert is_in(sign_in(factories.person(role)))


@pytest.mark.bulle
@pytest.mark.parametrize("role", sorted(set(Role.values) - MEDICAL_ROLES))
def test_others_are_shown_the_way_out_of_the_bulle(role: str) -> None:
    user = factories.person(role, collectivites=[factories.collectivite()], organisme=factories.organisme("ASSUREUR"))
    client = sign_in(user)
    assert client.get(COMPTE).headers["Location"].startswith(LOGIN)
    client.force_login(user)
    answer = client.get(COMPTE)
    assert answer.status_code == 403
    assert settings.PUBLIC_URL in answer.content.decode()


def test_who_holds_both_kinds_of_roles_works_at_the_web_as_what_he_is_there() -> None:
    assert is_in(sign_in(factories.person(Role.RESPONSABLE, Role.GESTIONNAIRE_BULLE)))


# -- sessions ------------------------------------------------------------------------------------------------------------


def test_sessions_are_listed_by_digest_and_can_be_closed() -> None:
    user = collectivite()
    here, there = sign_in(user), sign_in(user)
    assert is_in(here)
    assert is_in(there)
    rows = sessions_de(user)
    assert len(rows) == 2
    cookie = there.cookies[settings.SESSION_COOKIE_NAME].value
    assert not SessionOuverte.objects.filter(empreinte=cookie[:40]).exists()
    page = here.get(SESSIONS)
    assert page.content.decode().count("celle-ci") == 1
    other = next(line.session for line in page.context["lignes"] if not line.courante)
    here.post(SESSIONS, {"session": other.pk})
    assert is_in(here)
    assert not is_in(there)
    assert Entree.objects.filter(action="session.fermee", acteur_id=user.pk).count() == 1


def test_close_all_others_spares_this_one_and_other_people() -> None:
    user, stranger = collectivite(), collectivite()
    here, *others = (sign_in(user) for _ in range(3))
    alien = sign_in(stranger)
    for client in (here, *others, alien):
        assert is_in(client)
    here.post(SESSIONS)
    assert is_in(here)
    assert is_in(alien)
    assert not any(is_in(client) for client in others)


def test_the_session_of_somebody_else_is_not_ours_to_close() -> None:
    mine, stranger = sign_in(collectivite()), collectivite()
    alien = sign_in(stranger)
    assert is_in(mine)
    assert is_in(alien)
    mine.post(SESSIONS, {"session": sessions_de(stranger)[0].session.pk})
    assert is_in(alien)


def test_a_new_password_closes_every_session() -> None:
    user = collectivite()
    here, there = sign_in(user), sign_in(user)
    assert is_in(there)
    here.post(
        "/compte/password/change/",
        {"oldpassword": factories.PASSWORD, "password1": "un cheval agrafe", "password2": "un cheval agrafe"},
    )
    assert not is_in(here)
    assert not is_in(there)
    assert is_in(sign_in(user, "un cheval agrafe"))
