"""Accounts, habilitations and tokens: who may, what is refused, what the journal keeps."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.db.utils import InternalError
from django.utils import timezone

from accounts.enums import MEDICAL_ROLES, Role
from accounts.gate import Refus
from accounts.models import Collectivite, Habilitation, JetonApi, User
from accounts.selectors import authenticate_token, rights_in_words
from accounts.services import (
    PREFIXE_DU_JETON,
    creer_compte,
    creer_jeton,
    creer_premier_administrateur,
    desactiver_compte,
    enregistrer_configuration,
    habiliter,
    modifier_compte,
    reactiver_compte,
    retirer_habilitation,
    revoquer_jeton,
)
from cases.enums import Etat
from journal.models import Entree
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return factories.person(Role.ADMINISTRATEUR)


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def journaled(action: str, objet_id: int) -> bool:
    return Entree.objects.filter(action=action, objet_id=objet_id).count() == 1


# -- accounts ------------------------------------------------------------------------------------------------------------


def test_an_account_opens_without_a_password_and_is_journaled(admin: User) -> None:
    user = creer_compte(acteur=admin, email=" Neuf@Test.example ", prenom="Ève", nom="Neuf")
    assert (user.email, user.has_usable_password(), user.roles) == ("neuf@test.example", False, frozenset())
    assert journaled("compte.cree", user.pk)


@pytest.mark.parametrize(
    "champs", [{"email": "pas-une-adresse"}, {"email": ""}, {"prenom": ""}, {"nom": " "}, {"email": "DEJA@test.example"}]
)
def test_an_account_needs_a_free_address_and_a_name(admin: User, champs: dict[str, str]) -> None:
    factories.person(email="deja@test.example")
    before = User.objects.count()
    with pytest.raises(ValidationError) as refused:
        creer_compte(acteur=admin, **({"email": "x@test.example", "prenom": "A", "nom": "B"} | champs))  # type: ignore[arg-type]
    assert list(refused.value.message_dict) == list(champs)
    assert User.objects.count() == before


def test_only_an_administrator_manages_accounts() -> None:
    for role in set(Role.values) - {Role.ADMINISTRATEUR}:
        acteur = factories.person(role, collectivites=[factories.collectivite()], organisme=factories.organisme("ASSUREUR"))
        with pytest.raises(Refus):
            creer_compte(acteur=acteur, email="x@test.example", prenom="A", nom="B")
        with pytest.raises(Refus):
            habiliter(acteur=acteur, user=factories.person(), role=Role.PAYEUR)


def test_closing_keeps_the_row_and_voids_the_tokens(admin: User) -> None:
    user = factories.person(Role.GESTIONNAIRE)
    _, secret = creer_jeton(acteur=user, user=user, libelle="Paie")
    with pytest.raises(ValidationError):
        desactiver_compte(acteur=admin, user_id=user.pk, motif=" ")
    for _ in range(2):
        desactiver_compte(acteur=admin, user_id=user.pk, motif="Départ")
    assert not fresh(user).is_active
    assert authenticate_token(secret) is None
    assert journaled("compte.desactive", user.pk)
    reactiver_compte(acteur=admin, user_id=user.pk, motif="Retour")
    assert fresh(user).is_active
    assert authenticate_token(secret) is None


def test_nobody_closes_his_own_account(admin: User) -> None:
    with pytest.raises(Refus):
        desactiver_compte(acteur=admin, user_id=admin.pk, motif="Essai")


def test_an_address_is_corrected_not_taken_over(admin: User) -> None:
    user, other = factories.person(), factories.person()
    modifier_compte(acteur=admin, user_id=user.pk, email="Corrige@test.example", prenom="Ada", nom="Juste")
    assert (fresh(user).email, fresh(user).nom) == ("corrige@test.example", "Juste")
    with pytest.raises(ValidationError):
        modifier_compte(acteur=admin, user_id=user.pk, email=other.email.upper(), prenom="Ada", nom="Juste")


# -- habilitations -------------------------------------------------------------------------------------------------------


def test_a_right_is_given_then_withdrawn(admin: User) -> None:
    user = factories.person()
    given = habiliter(acteur=admin, user=user, role=Role.PAYEUR, debut=timezone.localdate() - dt.timedelta(days=30))
    assert fresh(user).roles == {Role.PAYEUR}
    for _ in range(2):
        retirer_habilitation(acteur=admin, habilitation_id=given.pk, motif="Mutation")
    assert fresh(user).roles == frozenset()
    assert Habilitation.objects.filter(pk=given.pk).exists()
    assert journaled("habilitation.donnee", given.pk)
    assert journaled("habilitation.retiree", given.pk)


def test_a_right_that_begins_today_leaves_no_day_behind_it(admin: User) -> None:
    given = habiliter(acteur=admin, user=factories.person(), role=Role.PAYEUR)
    retirer_habilitation(acteur=admin, habilitation_id=given.pk, motif="Erreur de personne")
    assert not Habilitation.objects.filter(pk=given.pk).exists()


def test_a_right_ends_on_a_named_day(admin: User) -> None:
    user, today = factories.person(), timezone.localdate()
    given = habiliter(acteur=admin, user=user, role=Role.PAYEUR)
    retirer_habilitation(acteur=admin, habilitation_id=given.pk, motif="Fin de mission", dernier_jour=today)
    assert fresh(user).roles == {Role.PAYEUR}
    assert Habilitation.objects.get(pk=given.pk).fin == today


def test_nobody_touches_his_own_rights(admin: User) -> None:
    with pytest.raises(Refus):
        habiliter(acteur=admin, user=admin, role=Role.RESPONSABLE)
    with pytest.raises(Refus):
        retirer_habilitation(acteur=admin, habilitation_id=admin.habilitations_actives[0].pk, motif="Essai")


def test_a_perimeter_that_does_not_fit_the_role_is_refused(admin: User) -> None:
    user, collectivite = factories.person(), factories.collectivite()
    for role, where in ((Role.COLLECTIVITE, None), (Role.ASSUREUR, collectivite), (Role.PAYEUR, collectivite)):
        with pytest.raises(ValidationError):
            habiliter(acteur=admin, user=user, role=role, collectivite=where)
    assert not Habilitation.objects.filter(user=user).exists()


# -- tokens --------------------------------------------------------------------------------------------------------------


def test_a_token_opens_its_account_and_is_not_kept() -> None:
    user = factories.person(Role.GESTIONNAIRE)
    jeton, secret = creer_jeton(acteur=user, user=user, libelle="Paie")
    assert secret.startswith(PREFIXE_DU_JETON)
    assert authenticate_token(secret) == user
    assert secret not in str(JetonApi.objects.filter(pk=jeton.pk).values().get())
    assert authenticate_token(secret + "x") is None
    assert authenticate_token(jeton.empreinte) is None


def test_a_token_expires() -> None:
    user = factories.person(Role.GESTIONNAIRE)
    jeton, secret = creer_jeton(acteur=user, user=user, libelle="Paie", jours=10)
    assert authenticate_token(secret, jeton.expire_le - dt.timedelta(seconds=1)) == user
    assert authenticate_token(secret, jeton.expire_le) is None
    default, _ = creer_jeton(acteur=user, user=user, libelle="Paie")
    assert (default.expire_le - timezone.now()).days in {89, 90}


@pytest.mark.parametrize("jours", [0, -1, 367])
def test_a_token_lasts_a_day_to_a_year(jours: int) -> None:
    user = factories.person(Role.GESTIONNAIRE)
    with pytest.raises(ValidationError):
        creer_jeton(acteur=user, user=user, libelle="Paie", jours=jours)


def test_a_token_is_revoked_by_its_holder_or_an_administrator(admin: User) -> None:
    user = factories.person(Role.GESTIONNAIRE)
    for acteur in (user, admin):
        jeton, secret = creer_jeton(acteur=user, user=user, libelle="Paie")
        with pytest.raises(Refus):
            revoquer_jeton(acteur=factories.person(Role.RESPONSABLE), jeton_id=jeton.pk)
        assert authenticate_token(secret) == user
        for _ in range(2):
            revoquer_jeton(acteur=acteur, jeton_id=jeton.pk)
        assert authenticate_token(secret) is None
        assert journaled("jeton.revoque", jeton.pk)


@pytest.mark.parametrize("role", sorted(MEDICAL_ROLES))
def test_no_token_for_a_medical_role_even_with_another(role: str) -> None:
    user = factories.person(role, Role.GESTIONNAIRE)
    with pytest.raises(Refus, match="rôle médical"):
        creer_jeton(acteur=user, user=user, libelle="Paie")
    assert not JetonApi.objects.exists()


def test_a_token_dies_with_a_medical_role_received_later(admin: User) -> None:
    user = factories.person(Role.GESTIONNAIRE)
    _, secret = creer_jeton(acteur=user, user=user, libelle="Paie")
    habiliter(acteur=admin, user=user, role=Role.GESTIONNAIRE_BULLE, debut=timezone.localdate() + dt.timedelta(days=30))
    assert authenticate_token(secret) is None
    # and whichever way the role came
    _, other = creer_jeton(acteur=None, user=fresh(factories.person(Role.PAYEUR)), libelle="Paie")
    holder = authenticate_token(other)
    assert holder is not None
    Habilitation.objects.create(user=holder, role=Role.EXPERT)
    assert authenticate_token(other) is None


def test_no_token_for_somebody_else_nor_without_a_role() -> None:
    user = factories.person(Role.GESTIONNAIRE)
    with pytest.raises(Refus):
        creer_jeton(acteur=user, user=factories.person(Role.PAYEUR), libelle="Paie")
    with pytest.raises(Refus):
        creer_jeton(acteur=None, user=factories.person(), libelle="Paie")


def test_the_command_prints_the_token_alone() -> None:
    user = factories.person(Role.GESTIONNAIRE)
    out = io.StringIO()
    call_command("api_token", user.email.upper(), "--jours", "5", stdout=out)
    assert authenticate_token(out.getvalue().strip()) == user
    with pytest.raises(CommandError, match="Aucun compte"):
        call_command("api_token", "inconnu@test.example", stdout=out)
    with pytest.raises(CommandError, match="rôle médical"):
        call_command("api_token", factories.person(Role.MEDECIN_CONSEIL).email, stdout=out)


# -- bootstrap, configuration, history -----------------------------------------------------------------------------------


def test_the_first_administrator_is_the_only_one_made_so() -> None:
    out, err = io.StringIO(), io.StringIO()
    call_command("creer_administrateur", "chef@test.example", stdout=out, stderr=err)
    user = User.objects.get(email="chef@test.example")
    assert user.is_staff
    assert "/compte/password/reset/key/" in out.getvalue()
    with pytest.raises(ValidationError):
        creer_premier_administrateur(email="autre@test.example", prenom="A", nom="B")
    with pytest.raises(CommandError):
        call_command("creer_administrateur", "autre@test.example", stdout=out, stderr=err)


def history(row: Collectivite) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pgh_label, nom FROM accounts_collectiviteevent WHERE pgh_obj_id = %s ORDER BY pgh_id", [row.pk])
        return [(str(label), str(nom)) for label, nom in cursor.fetchall()]


def test_configuration_is_saved_by_the_administrator_with_its_history(admin: User) -> None:
    row = Collectivite(siret=factories.siret(), nom="Mairie de Vias", departement="34")
    with pytest.raises(Refus):
        enregistrer_configuration(acteur=factories.person(Role.RESPONSABLE), objet=row, champs=[])
    enregistrer_configuration(acteur=admin, objet=row, champs=["nom"])
    row.nom = "Mairie de Vias-Plage"
    enregistrer_configuration(acteur=admin, objet=row, champs=["nom"])
    assert history(row) == [("insert", "Mairie de Vias"), ("update", "Mairie de Vias-Plage")]
    assert journaled("configuration.modifiee", row.pk)
    row.siret = "123"
    with pytest.raises(ValidationError):
        enregistrer_configuration(acteur=admin, objet=row, champs=["siret"])


@pytest.mark.parametrize("sql", ["UPDATE {} SET nom = 'x'", "DELETE FROM {}"])
def test_history_can_not_be_rewritten(sql: str) -> None:
    row = factories.collectivite()
    with pytest.raises((InternalError, ProgrammingError)), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql.format("accounts_collectiviteevent"))
    assert len(history(row)) == 1


def test_the_rights_in_words_say_every_grant() -> None:
    groups = rights_in_words(dict(Etat.choices))
    lines = {line.code: {cell.role: cell.texte for cell in line.cases} for _, rows in groups for line in rows}
    assert lines["rouvrir"]["GESTIONNAIRE"] == "tous à l’état «\u00a0Clos\u00a0»"
    assert lines["rouvrir"]["PAYEUR"] == ""
    assert lines["piece_deposer"]["COLLECTIVITE"] == "les siens"
    assert lines["sante_lire"] == {role: "oui" if role in ("RESPONSABLE", "ADMINISTRATEUR") else "" for role in Role.values}
