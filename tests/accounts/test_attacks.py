"""With the password of the web's database login, nobody signs in at the bulle nor gains a role there.

Each attack writes what that login may write, in real commits, then stands at the bulle's address with everything the attacker knows.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import is_mfa_enabled
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts import admissions
from accounts.checks import tables_that_differ
from accounts.enums import Role
from accounts.models import Admission, Habilitation, IdentifiantBulle, SessionOuverte, User
from accounts.services import desactiver_compte
from accounts.sessions import close_all_sessions, sessions_de
from project.sessions import SessionStore, digest
from tests import factories
from tests.accounts.test_identity_providers import APP, come_back, signed_in_as

pytestmark = pytest.mark.bulle
LOGIN, COMPTE = "/compte/login/", "/mon-compte/"
KNOWN = "ce que l’attaquant connaît"

Sql = Callable[..., list[Any]]


@pytest.fixture
def web(vraie_base: None, web_dsn: str) -> Sql:
    """One statement under the web's login, committed."""

    def run(statement: str, *values: Any) -> list[Any]:
        with psycopg.connect(web_dsn) as attacker:
            cursor = attacker.execute(statement, values)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture
def medecin(vraie_base: None) -> User:
    user = factories.person(Role.MEDECIN_CONSEIL, prenom="Antoine", nom="Saurel", email="medecin@test.example")
    TOTP.activate(user, generate_totp_secret())
    return user


@pytest.fixture
def psychologue(vraie_base: None) -> User:
    """A person of the bulle who would like to be a médecin there, and has the web's password."""
    return factories.person(Role.PSYCHOLOGUE, email="psychologue@test.example")


def try_to_sign_in(email: str, password: str = KNOWN, *, code: str = "") -> Client:
    client = Client()
    client.post(LOGIN, {"login": email, "password": password})
    if code:
        client.post(reverse("mfa_authenticate"), {"code": code})
    return client


def is_in(client: Client) -> bool:
    return client.get(COMPTE).status_code == 200


def current_code(secret: str) -> str:
    return f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06d}"


def secret_of(user: User) -> str:
    found = Authenticator.objects.get(user=user, type=Authenticator.Type.TOTP)
    return str(get_adapter().decrypt(found.data["secret"]))


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


# -- the honest way ------------------------------------------------------------------------------------------------------


def test_the_honest_way_works(medecin: User) -> None:
    assert not is_in(try_to_sign_in(medecin.email, factories.PASSWORD))
    assert is_in(try_to_sign_in(medecin.email, factories.PASSWORD, code=current_code(secret_of(medecin))))


# -- passwords and addresses ---------------------------------------------------------------------------------------------


def test_a_password_written_in_the_public_table(medecin: User, web: Sql) -> None:
    web("UPDATE accounts_user SET password = %s WHERE id = %s", make_password(KNOWN), medecin.pk)
    web("DELETE FROM mfa_authenticator")
    assert not is_in(try_to_sign_in(medecin.email))
    client = Client()
    client.post(LOGIN, {"login": medecin.email, "password": KNOWN})
    assert client.get(reverse("mfa_authenticate")).status_code == 302  # not even half-way


def test_the_address_of_the_account_changed_or_added(medecin: User, web: Sql) -> None:
    web("UPDATE accounts_user SET email = 'pirate@test.example', password = %s WHERE id = %s", make_password(KNOWN), medecin.pk)
    web(
        'INSERT INTO account_emailaddress (email, verified, "primary", user_id) VALUES (%s, true, true, %s)',
        "pirate@test.example", medecin.pk,
    )  # fmt: skip
    assert not is_in(try_to_sign_in("pirate@test.example"))
    for path in ("", "done/", f"key/{medecin.pk}-abc-def/", "key/done/"):
        page = Client().post(f"/compte/password/reset/{path}", {"email": "pirate@test.example"})
        assert "n’envoie aucun mot de passe par courriel" in page.content.decode()
    assert mail.outbox == []


def test_a_reset_link_of_the_web_sets_no_password_of_the_bulle(medecin: User) -> None:
    from allauth.account.forms import default_token_generator
    from allauth.account.utils import user_pk_to_url_str

    with override_settings(PROCESS="web", ROOT_URLCONF="project.urls_web", SECRET_KEY="the web's own, which he may know too"):
        key = default_token_generator.make_token(medecin)
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(medecin), "key": key})
        client = Client()
        form = client.get(path, follow=True)
        client.post(form.redirect_chain[-1][0], {"password1": KNOWN, "password2": KNOWN})
        assert not fresh(medecin).has_usable_password()
    assert not is_in(try_to_sign_in(medecin.email))
    assert not is_in(Client())


# -- roles ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.MEDECIN_CONSEIL, Role.GESTIONNAIRE_BULLE, Role.RESPONSABLE])
def test_a_habilitation_inserted_for_somebody_of_the_bulle(role: str, psychologue: User, web: Sql, settings: Any) -> None:
    web("INSERT INTO accounts_habilitation (role, debut, user_id) VALUES (%s, '2020-01-01', %s)", role, psychologue.pk)
    client = try_to_sign_in(psychologue.email, factories.PASSWORD)
    assert is_in(client)
    for page in ("bulle:avis", "bulle:pieces", "bulle:admissions"):
        assert client.get(reverse(page)).status_code == 403
    assert client.get(reverse("bulle:accueil")).headers["Location"] == reverse("bulle:seances")
    user = client.get(COMPTE).wsgi_request.user
    assert isinstance(user, User) and user.roles == {Role.PSYCHOLOGUE}


def test_a_person_of_the_web_with_an_inserted_habilitation(vraie_base: None, web: Sql) -> None:
    user = factories.person(Role.GESTIONNAIRE, email="gestionnaire@test.example")
    web("UPDATE accounts_user SET password = %s WHERE id = %s", make_password(KNOWN), user.pk)
    web("INSERT INTO accounts_habilitation (role, debut, user_id) VALUES ('MEDECIN_CONSEIL', '2020-01-01', %s)", user.pk)
    assert not is_in(try_to_sign_in(user.email))
    assert fresh(user).roles == {Role.GESTIONNAIRE}
    client = Client()
    client.force_login(user)
    assert client.get(COMPTE).status_code == 403


def test_a_closed_account_opened_again(medecin: User, web: Sql) -> None:
    secret = secret_of(medecin)
    desactiver_compte(acteur=None, user_id=medecin.pk, motif="Départ")
    admissions.tenir_admissions()
    web("UPDATE accounts_user SET is_active = true WHERE id = %s", medecin.pk)
    assert not is_in(try_to_sign_in(medecin.email, factories.PASSWORD, code=current_code(secret)))
    assert fresh(medecin).roles == frozenset()


def test_a_habilitation_that_was_over_lengthened(medecin: User, web: Sql) -> None:
    Habilitation.objects.filter(user=medecin).update(fin=timezone.localdate() - dt.timedelta(days=1))
    admissions.tenir_admissions()
    web("UPDATE accounts_habilitation SET fin = NULL WHERE user_id = %s", medecin.pk)
    assert fresh(medecin).roles == frozenset()


# -- second factors and identities ---------------------------------------------------------------------------------------


def test_a_second_factor_inserted_or_removed(medecin: User, web: Sql) -> None:
    mine = generate_totp_secret()
    web("DELETE FROM mfa_authenticator WHERE user_id = %s", medecin.pk)
    web(
        "INSERT INTO mfa_authenticator (type, data, user_id, created_at) VALUES ('totp', %s::jsonb, %s, now())",
        json.dumps({"secret": mine}), medecin.pk,
    )  # fmt: skip
    # Even with the médecin's own password, seen over his shoulder.
    assert not is_in(try_to_sign_in(medecin.email, factories.PASSWORD))
    assert not is_in(try_to_sign_in(medecin.email, factories.PASSWORD, code=current_code(mine)))
    assert is_mfa_enabled(medecin)


@pytest.mark.django_db
def test_an_identity_linked_in_the_public_table(medecin: User, web: Sql, settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [APP]}}
    web(
        "INSERT INTO socialaccount_socialaccount (provider, uid, last_login, date_joined, extra_data, user_id)"
        " VALUES ('proconnect', '666', now(), now(), '{}', %s)",
        medecin.pk,
    )
    answer, session = come_back("pirate@test.example", verified=True, uid="666")
    assert signed_in_as(session) is None
    assert "Aucun compte pour cette identité" in answer.content.decode(), "not even half-way"
    # A provider that vouches for the médecin's address is not enough either.
    EmailAddress.objects.create(user=medecin, email=medecin.email, verified=True, primary=True)
    answer, session = come_back(medecin.email, verified=True, uid="777")
    assert signed_in_as(session) is None
    assert "Aucun compte pour cette identité" in answer.content.decode()
    # The one he has linked from inside leads to his second factor.
    SocialAccount.objects.create(user=medecin, provider="proconnect", uid="42")
    answer, session = come_back("autre@test.example", verified=True, uid="42")
    assert answer.headers["Location"] == reverse("mfa_authenticate")


def test_a_provider_of_one_s_own_inserted(medecin: User, web: Sql) -> None:
    web(
        "INSERT INTO socialaccount_socialapp (provider, provider_id, name, client_id, secret, key, settings)"
        " VALUES ('openid_connect', 'pirate', 'Pirate', 'x', 'x', '', '{\"server_url\": \"https://pirate.example\"}')"
    )
    assert "Pirate" not in Client().get(LOGIN).content.decode()
    assert Client().post("/compte/oidc/pirate/login/").status_code == 404


# -- sessions ------------------------------------------------------------------------------------------------------------


def test_a_session_written_in_the_public_table(medecin: User, web: Sql) -> None:
    real = Client()
    real.force_login(medecin)
    assert is_in(real)
    stolen = Session.objects.get()
    cookie = "a" * 32
    web(
        "INSERT INTO django_session (session_key, session_data, expire_date) VALUES (%s, %s, now() + interval '1 day')",
        digest(cookie), stolen.session_data,
    )  # fmt: skip
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert not is_in(client)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        web("SELECT session_data FROM medical.django_session")


def test_what_a_session_holds_opens_no_other_one(medecin: User) -> None:
    """Copied inside the bulle's own table: signed for another key, it is not read."""
    real = Client()
    real.force_login(medecin)
    row = Session.objects.get()
    cookie = "b" * 32
    Session.objects.create(session_key=digest(cookie), session_data=row.session_data, expire_date=row.expire_date)
    assert SessionStore(cookie).load() == {}
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert not is_in(client)


def test_a_session_of_the_bulle_closes_from_the_web(medecin: User) -> None:
    client = Client()
    client.force_login(medecin)
    assert is_in(client)
    with override_settings(PROCESS="web"), connection.cursor() as cursor:
        cursor.execute("SET search_path = public")  # the web's own store
        assert [line.session.processus for line in sessions_de(medecin)] == ["bulle"]
        close_all_sessions(medecin.pk)
        cursor.execute("SET search_path = medical, public")
    assert Session.objects.count() == 1
    assert sessions_de(medecin) == []
    assert not is_in(client)


def test_signing_out_takes_the_place_off_the_list(medecin: User) -> None:
    client = Client()
    client.force_login(medecin)
    assert is_in(client)
    client.post("/compte/logout/")
    assert not SessionOuverte.objects.filter(user=medecin).exists()
    assert not Session.objects.exists()


# -- lock-out ------------------------------------------------------------------------------------------------------------


def test_the_lock_out_is_not_the_web_s_to_lift(medecin: User, web: Sql, settings: Any) -> None:
    settings.AXES_ENABLED = True
    for _ in range(settings.AXES_FAILURE_LIMIT):
        Client().post(LOGIN, {"login": medecin.email, "password": "faux"})
    for table in ("axes_accessattempt", "axes_accessfailurelog", "axes_accesslog"):
        web(f"DELETE FROM {table}")
    cache.clear()
    client = Client()
    assert client.post(LOGIN, {"login": medecin.email, "password": factories.PASSWORD}).status_code == 429


# -- grants --------------------------------------------------------------------------------------------------------------


def medical_tables(dsn: str) -> list[str]:
    with psycopg.connect(dsn) as owner:
        rows = owner.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'medical' ORDER BY 1").fetchall()
    return [str(name) for (name,) in rows]


def test_the_web_s_login_has_no_right_on_any_of_them(admin_dsn: str, web_dsn: str, bulle_dsn: str) -> None:
    tables = medical_tables(admin_dsn)
    ours = {"accounts_admission", "accounts_identifiantbulle", "accounts_lienenrolement", "mfa_authenticator", "django_session"}
    assert ours <= set(tables)
    for table in tables:
        for statement in (
            f"SELECT 1 FROM medical.{table} LIMIT 1",
            f"INSERT INTO medical.{table} DEFAULT VALUES",
            f"DELETE FROM medical.{table}",
            f"LOCK TABLE medical.{table}",
            f"TRUNCATE medical.{table}",
        ):
            with psycopg.connect(web_dsn) as attacker, pytest.raises(psycopg.errors.InsufficientPrivilege):
                attacker.execute(statement)  # type: ignore[call-overload]
        with psycopg.connect(bulle_dsn) as bulle:
            bulle.execute(f"SELECT 1 FROM medical.{table} LIMIT 1")  # type: ignore[call-overload]
    with psycopg.connect(admin_dsn) as admin:
        granted = admin.execute(
            "SELECT table_name, privilege_type FROM information_schema.role_table_grants"
            " WHERE table_schema = 'medical' AND grantee IN ('vigie_web', 'PUBLIC')"
        ).fetchall()
    assert granted == []


@pytest.mark.django_db
def test_the_copies_follow_the_libraries() -> None:
    assert tables_that_differ() == []


@pytest.mark.django_db
def test_the_bulle_never_writes_the_public_column() -> None:
    user = factories.person(Role.EXPERT)
    before = User.objects.values_list("password", flat=True).get(pk=user.pk)
    user.set_password("un autre cheval agrafe")
    user.save()
    user.nom = "Autre"
    user.save()
    assert User.objects.values_list("password", "nom").get(pk=user.pk) == (before, "Autre")
    assert fresh(user).check_password("un autre cheval agrafe")
    assert not fresh(user).check_password(factories.PASSWORD)
    assert IdentifiantBulle.objects.get(user=user).password != before
    assert Admission.objects.filter(user=user).count() == 1
