"""The admin: configuration only, the administrator only, through services."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.contrib import admin
from django.test import Client

from accounts.enums import Role
from accounts.models import Collectivite, Habilitation, User
from journal.models import Entree
from tests import factories

pytestmark = pytest.mark.django_db

OURS = {
    "accounts.collectivite", "accounts.organisme", "accounts.user", "accounts.habilitation", "contracts.contratgroupe",
    "contracts.formule", "contracts.adhesion", "documents.listepieces", "documents.exigence",
}  # fmt: skip
ROOMS = {"journal", "accounts", "contracts", "cases", "documents", "indemnities", "medical", "workflows", "notifications", "reporting"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def chef() -> User:
    return factories.person(Role.ADMINISTRATEUR)


def test_our_rooms_register_configuration_and_nothing_else() -> None:
    registered = {model._meta.label_lower for model in admin.site._registry if model._meta.app_label in ROOMS}
    assert registered == OURS


def test_every_other_page_of_the_admin_is_closed_even_to_the_administrator(chef: User) -> None:
    client = signed_in(chef)
    index = client.get("/administration/").content.decode()
    for model in admin.site._registry:
        url = f"/administration/{model._meta.app_label}/{model._meta.model_name}/"
        if model._meta.label_lower in OURS:
            assert client.get(url).status_code == 200, url
            assert client.get(url + "add/").status_code == 200, url
            assert url in index
        else:
            assert client.get(url).status_code == 403, url
            assert url not in index


@pytest.mark.parametrize("role", sorted(set(Role.values) - {Role.ADMINISTRATEUR}))
def test_nobody_else_enters(role: str) -> None:
    user = factories.person(role, collectivites=[factories.collectivite()], organisme=factories.organisme("ASSUREUR"))
    client = signed_in(user)
    for url in ("/administration/", "/administration/accounts/user/", "/administration/accounts/habilitation/add/"):
        assert client.get(url).status_code in {302, 403}


def test_an_account_is_opened_given_a_role_and_closed_from_the_screen(chef: User) -> None:
    client = signed_in(chef)
    client.post("/administration/accounts/user/add/", {"email": "Neuf@test.example", "prenom": "Ève", "nom": "Neuf"})
    user = User.objects.get(email="neuf@test.example")
    today = "01/01/2026"
    client.post("/administration/accounts/habilitation/add/", {"user": user.pk, "role": "PAYEUR", "debut": today})
    assert Habilitation.objects.get(user=user).role == "PAYEUR"
    url = f"/administration/accounts/user/{user.pk}/change/"
    data = {"email": user.email, "prenom": user.prenom, "nom": user.nom}
    assert "Dites pourquoi" in client.post(url, data).content.decode()
    assert User.objects.get(pk=user.pk).is_active
    client.post(url, data | {"motif": "Départ"})
    assert not User.objects.get(pk=user.pk).is_active
    assert list(Entree.objects.filter(objet_type__in=["compte", "habilitation"]).order_by("pk").values_list("action", flat=True)) == [
        "compte.cree",
        "habilitation.donnee",
        "compte.desactive",
    ]


def test_the_administrator_can_not_raise_his_own_rights(chef: User) -> None:
    client = signed_in(chef)
    data = {"user": chef.pk, "role": "RESPONSABLE", "debut": "01/01/2026"}
    page = client.post("/administration/accounts/habilitation/add/", data)
    assert "vos propres droits" in page.content.decode()
    own = chef.habilitations_actives[0]
    page = client.post(f"/administration/accounts/habilitation/{own.pk}/change/", {"fin": "31/12/2030", "motif": "Essai"})
    assert "vos propres droits" in page.content.decode()
    assert User.objects.get(pk=chef.pk).roles == {Role.ADMINISTRATEUR}


def test_nothing_is_deleted_there(chef: User) -> None:
    row = factories.collectivite()
    assert signed_in(chef).post(f"/administration/accounts/collectivite/{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Collectivite.objects.filter(pk=row.pk).exists()


def test_yearly_terms_are_saved_with_their_formule(chef: User) -> None:
    formule = factories.formule(factories.contrat())
    termes = formule.annees.order_by("annee").first()
    assert termes is not None
    client = signed_in(chef)
    page = client.get(f"/administration/contracts/formule/{formule.pk}/change/")
    assert "Maladie" in page.content.decode()
    data = {"contrat": formule.contrat_id, "code": formule.code, "libelle": "Autre nom", "regime": formule.regime}
    data |= {"annees-TOTAL_FORMS": 1, "annees-INITIAL_FORMS": 1, "annees-MIN_NUM_FORMS": 0, "annees-MAX_NUM_FORMS": 1000}
    line = {"id": termes.pk, "formule": formule.pk, "annee": termes.annee, "natures": ["CMO", "CLM"], "niveau": "0.90", "taux": "7.00"}
    line |= {"genre_franchise": termes.genre_franchise, "franchise_jours": termes.franchise_jours, "franchise_ecart": 2}
    line |= {"franchise_carence_comprise": "on", "niveaux": '{"CLM": "1.00"}'}
    url = f"/administration/contracts/formule/{formule.pk}/change/"
    for faux in ('{"MAT": "1.00"}', '{"CMO": "80"}', '{"CMO": 0.8}'):
        refused = client.post(url, data | {f"annees-0-{name}": value for name, value in (line | {"niveaux": faux}).items()})
        assert refused.status_code == 200 and "sa nature est couverte" in refused.content.decode()
    answer = client.post(url, data | {f"annees-0-{name}": value for name, value in line.items()})
    assert answer.status_code == 302
    termes.refresh_from_db()
    assert (termes.natures, str(termes.niveau), str(termes.taux)) == (["CMO", "CLM"], "0.90", "7.00")
    assert (termes.niveau_de("CLM"), termes.niveau_de("CMO"), termes.franchise_ecart) == (Decimal("1.00"), Decimal("0.90"), 2)
    assert Entree.objects.filter(action="configuration.modifiee", objet_id=termes.pk, objet_type="formuleannee").count() == 1


def test_a_medical_role_remains_to_be_admitted_in_the_bulle(chef: User) -> None:
    client = signed_in(chef)
    for role, said in ((Role.EXPERT, True), (Role.PAYEUR, False)):
        data = {"user": factories.person().pk, "role": role, "debut": "01/01/2026"}
        page = client.post("/administration/accounts/habilitation/add/", data, follow=True).content.decode()
        assert ("Reste à admettre dans la bulle" in page) is said
