"""Who is admitted in the bulle: the acts, the page, the link that serves once, the second factor before anything counts."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import admissions
from accounts.enums import MEDICAL_ROLES, Role
from accounts.gate import Refus, peut
from accounts.models import Admission, Habilitation, IdentifiantBulle, LienEnrolement, User
from accounts.services import desactiver_compte, habiliter, reactiver_compte, retirer_habilitation
from journal.models import Entree
from tests import factories

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]
LOGIN, COMPTE = "/compte/login/", "/mon-compte/"
PHRASE = "un cheval agrafe correctement"


@pytest.fixture
def medecin() -> User:
    return factories.person(Role.MEDECIN_CONSEIL, prenom="Antoine", nom="Saurel")


@pytest.fixture
def nouveau() -> User:
    """Habilitated by the administrator, unknown to the bulle."""
    user = factories.person(prenom="Mireille", nom="Aubert")
    Habilitation.objects.create(user=user, role=Role.GESTIONNAIRE_BULLE, debut=timezone.localdate())
    return fresh(user)


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def sign_in(user: User, password: str) -> Client:
    client = Client()
    client.post(LOGIN, {"login": user.email, "password": password})
    return client


def at_the_desk(medecin: User) -> Client:
    """Signed in, and his password given again, as sensitive pages ask."""
    client = sign_in(medecin, factories.PASSWORD)
    assert client.post("/compte/reauthenticate/", {"password": factories.PASSWORD}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get(COMPTE).status_code == 200


def current_code(secret: str) -> str:
    return f"{hotp_value(secret, next(iter(yield_hotp_counters_from_time()))):06d}"


def actions(user: User) -> list[str]:
    return list(Entree.objects.filter(objet_type="compte", objet_id=user.pk).order_by("pk").values_list("action", flat=True))


# -- the way in ----------------------------------------------------------------------------------------------------------


def test_the_habilitation_alone_is_nothing_here(nouveau: User) -> None:
    assert nouveau.roles == frozenset()
    assert not peut(nouveau, "file_consulter")
    client = Client()
    client.force_login(nouveau)
    assert client.get(COMPTE).status_code == 403


def test_the_admission_alone_is_nothing_either(nouveau: User, medecin: User) -> None:
    admissions.admettre(acteur=medecin, user_id=nouveau.pk, role=Role.GESTIONNAIRE_BULLE)
    Habilitation.objects.filter(user=nouveau).delete()
    IdentifiantBulle.objects.update(enrole_le=timezone.now())
    assert fresh(nouveau).roles == frozenset()


def test_from_the_page_to_the_first_sign_in(nouveau: User, medecin: User, settings: Any) -> None:
    settings.MFA_REQUIRED = False
    chef = at_the_desk(medecin)
    page = chef.get(reverse("bulle:admissions")).content.decode()
    assert "Mireille Aubert" in page
    habilitation = Habilitation.objects.get(user=nouveau)
    form = {"debut": timezone.localdate().isoformat(), "fin": ""}
    answer = chef.post(reverse("bulle:admettre", args=[habilitation.pk]), form)
    found = re.search(rf"{re.escape(settings.BULLE_URL)}/enrolement/#([\w-]+)", answer.content.decode())
    assert found is not None
    assert "no-store" in answer.headers["Cache-Control"]
    secret = found[1]
    assert not LienEnrolement.objects.filter(empreinte=secret).exists()
    assert chef.get(reverse("bulle:admettre", args=[habilitation.pk])).status_code == 404

    settings.MFA_REQUIRED = True
    client = Client()
    address = reverse("bulle:enrolement")
    assert client.get(address).status_code == 200
    short = client.post(address, {"secret": secret, "password1": "court", "password2": "court"})
    assert short.status_code == 422 and "12" in short.content.decode()
    differ = client.post(address, {"secret": secret, "password1": PHRASE, "password2": PHRASE + "x"})
    assert differ.status_code == 422 and "diffèrent" in differ.content.decode()
    assert client.post(address, {"secret": secret, "password1": PHRASE, "password2": PHRASE}).status_code == 302
    again = Client().post(address, {"secret": secret, "password1": PHRASE, "password2": PHRASE})
    assert again.status_code == 422 and "ne sert plus" in again.content.decode()

    client = sign_in(nouveau, PHRASE)
    assert fresh(nouveau).roles == frozenset()
    for where in (COMPTE, reverse("bulle:pieces")):
        assert client.get(where).headers["Location"] == reverse("mfa_index")
    assert client.get(reverse("mfa_index")).status_code == 200
    assert client.post("/compte/reauthenticate/", {"password": PHRASE}).status_code == 302
    key = client.get(reverse("mfa_activate_totp")).context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": current_code(key)})
    assert client.get(reverse("bulle:pieces")).status_code == 200
    assert fresh(nouveau).roles == {Role.GESTIONNAIRE_BULLE}
    assert actions(nouveau) == ["bulle.lien_remis", "bulle.mot_de_passe_choisi", "bulle.enrolement_termine"]
    assert Entree.objects.get(action="admission.donnee").acteur_id == medecin.pk
    assert fresh(nouveau).password.startswith("!")


def test_a_link_dies_after_48_hours_and_with_the_next_one(nouveau: User, medecin: User) -> None:
    _, first = admissions.admettre(acteur=medecin, user_id=nouveau.pk, role=Role.GESTIONNAIRE_BULLE)
    second = admissions.nouveau_lien(acteur=medecin, user_id=nouveau.pk)
    with pytest.raises(ValidationError, match="ne sert plus"):
        admissions.enroler(secret=first, mot_de_passe=PHRASE)
    LienEnrolement.objects.update(expire_le=timezone.now())
    with pytest.raises(ValidationError, match="ne sert plus"):
        admissions.enroler(secret=second, mot_de_passe=PHRASE)
    assert admissions.personne_du_lien(second) is None


# -- who admits whom -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(set(Role.values) - {Role.MEDECIN_CONSEIL}))
def test_only_a_medecin_conseil_admits(role: str, nouveau: User, medecin: User) -> None:
    other = factories.person(role, collectivites=[factories.collectivite()], organisme=factories.organisme("ASSUREUR"))
    admission = Admission.objects.get(user=medecin)
    for act in (
        lambda: admissions.admettre(acteur=other, user_id=nouveau.pk, role=Role.GESTIONNAIRE_BULLE),
        lambda: admissions.nouveau_lien(acteur=other, user_id=medecin.pk),
        lambda: admissions.exclure(acteur=other, admission_id=admission.pk, motif="Essai"),
    ):
        with pytest.raises(Refus):
            act()


def test_nobody_decides_for_himself(medecin: User) -> None:
    Habilitation.objects.create(user=medecin, role=Role.PSYCHOLOGUE, debut=timezone.localdate())
    medecin = fresh(medecin)
    for act in (
        lambda: admissions.admettre(acteur=medecin, user_id=medecin.pk, role=Role.PSYCHOLOGUE),
        lambda: admissions.nouveau_lien(acteur=medecin, user_id=medecin.pk),
        lambda: admissions.exclure(acteur=medecin, admission_id=Admission.objects.get(user=medecin).pk, motif="Essai"),
    ):
        with pytest.raises(Refus, match="Un autre médecin conseil"):
            act()


def test_what_is_refused(nouveau: User, medecin: User) -> None:
    def admit(role: str = Role.GESTIONNAIRE_BULLE, **dates: Any) -> None:
        admissions.admettre(acteur=medecin, user_id=nouveau.pk, role=role, **dates)

    today = timezone.localdate()
    for refused, message in (
        (lambda: admit(Role.EXPERT), "l’administrateur le donne"),
        (lambda: admit(Role.PAYEUR), "l’administrateur le donne"),
        (lambda: admit(debut=today, fin=today - dt.timedelta(days=1)), "fin précède"),
        (lambda: admit(debut=today - dt.timedelta(days=9), fin=today - dt.timedelta(days=1)), "passée"),
    ):
        with pytest.raises(ValidationError, match=message):
            refused()
    admit()
    with pytest.raises(ValidationError, match="déjà admise"):
        admit()
    with pytest.raises(ValidationError, match="Dites pourquoi"):
        admissions.exclure(acteur=medecin, admission_id=Admission.objects.get(user=nouveau).pk, motif=" ")


def test_an_admission_ends_on_its_date(medecin: User) -> None:
    user = factories.person(Role.EXPERT)
    Admission.objects.filter(user=user).update(fin=timezone.localdate() - dt.timedelta(days=1))
    assert fresh(user).roles == frozenset()
    again, secret = admissions.admettre(acteur=medecin, user_id=user.pk, role=Role.EXPERT)
    assert (secret, again.retiree_le) == ("", None)
    assert fresh(user).roles == {Role.EXPERT}


# -- the way out ---------------------------------------------------------------------------------------------------------


def test_exclusion_closes_everything_at_once(medecin: User, settings: Any) -> None:
    settings.MFA_REQUIRED = False
    user = factories.person(Role.EXPERT)
    client = sign_in(user, factories.PASSWORD)
    assert is_in(client)
    TOTP.activate(user, generate_totp_secret())
    chef = at_the_desk(medecin)
    address = reverse("bulle:admission", args=[Admission.objects.get(user=user).pk])
    assert chef.post(address, {"acte": "exclure", "motif": ""}).status_code == 422
    assert chef.post(address, {"acte": "exclure", "motif": "Fin de collaboration"}).status_code == 302
    assert not is_in(client)
    assert not is_in(sign_in(user, factories.PASSWORD))
    assert not Authenticator.objects.filter(user=user).exists()
    assert Entree.objects.get(action="admission.retiree").motif == "Fin de collaboration"
    assert chef.get(address).status_code == 404


def test_a_new_link_voids_what_a_lost_phone_opened(medecin: User, settings: Any) -> None:
    settings.MFA_REQUIRED = False
    user = factories.person(Role.EXPERT)
    client = sign_in(user, factories.PASSWORD)
    assert is_in(client)
    chef = at_the_desk(medecin)
    answer = chef.post(reverse("bulle:admission", args=[Admission.objects.get(user=user).pk]), {"acte": "lien"})
    found = re.search(r"/enrolement/#([\w-]+)", answer.content.decode())
    assert found is not None
    assert not is_in(client)
    assert not is_in(sign_in(user, factories.PASSWORD))
    admissions.enroler(secret=found[1], mot_de_passe=PHRASE)
    assert is_in(sign_in(user, PHRASE))


def test_the_link_page_asks_the_password_again(medecin: User) -> None:
    client = Client()
    client.force_login(medecin)  # a session that has given no password
    user = factories.person(Role.EXPERT)
    answer = client.post(reverse("bulle:admission", args=[Admission.objects.get(user=user).pk]), {"acte": "lien"})
    assert answer.status_code == 302 and reverse("account_reauthenticate") in answer.headers["Location"]
    assert not LienEnrolement.objects.exists()


@pytest.mark.parametrize("how", ["account", "habilitation"])
def test_what_the_administrator_ends_must_be_admitted_anew(how: str) -> None:
    user = factories.person(Role.EXPERT)
    habilitation = Habilitation.objects.get(user=user)
    if how == "account":
        desactiver_compte(acteur=None, user_id=user.pk, motif="Départ")
    else:
        retirer_habilitation(acteur=None, habilitation_id=habilitation.pk, motif="Départ")
    assert admissions.tenir_admissions() == 1
    assert admissions.tenir_admissions() == 0
    if how == "account":
        reactiver_compte(acteur=None, user_id=user.pk, motif="Retour")
    else:
        habiliter(acteur=None, user=user, role=Role.EXPERT)
    assert fresh(user).roles == frozenset()
    assert not is_in(sign_in(user, factories.PASSWORD))


def test_the_sweeper_leaves_the_others(medecin: User) -> None:
    later = factories.person(Role.EXPERT)
    Habilitation.objects.filter(user=later).update(debut=timezone.localdate() + dt.timedelta(days=5))
    assert admissions.tenir_admissions() == 0
    assert Admission.objects.filter(retiree_le__isnull=True).count() == 2


# -- on the server -------------------------------------------------------------------------------------------------------


def run(**options: Any) -> str:
    out = io.StringIO()
    call_command("admettre_bulle", stdout=out, stderr=io.StringIO(), **options)
    return out.getvalue().strip()


def test_the_first_admission_is_a_command_on_the_server() -> None:
    user = factories.person(email="premier@test.example")
    with pytest.raises(CommandError, match="l’administrateur le donne"):
        run(email="premier@test.example")
    Habilitation.objects.create(user=user, role=Role.MEDECIN_CONSEIL, debut=timezone.localdate())
    link = run(email="Premier@test.example")
    assert link.startswith(f"{settings.BULLE_URL}/enrolement/#")
    admissions.enroler(secret=link.split("#")[1], mot_de_passe=PHRASE)
    # The only médecin conseil has lost his phone.
    again = run(email="premier@test.example")
    assert again != link
    assert not fresh(user).has_usable_password()
    with pytest.raises(CommandError, match="Aucun compte"):
        run(email="inconnu@test.example")


def test_the_command_belongs_to_the_bulle_s_process(settings: Any) -> None:
    settings.PROCESS = "web"
    with pytest.raises(CommandError, match="VIGIE_PROCESS=bulle"):
        run(email="x@test.example")


def test_medical_roles_are_those_of_the_constraint() -> None:
    for role in MEDICAL_ROLES:
        factories.person(role)
    assert Admission.objects.count() == len(MEDICAL_ROLES)
