"""The files of a bordereau at both doors and by the API: in preparation, then there, with their digest."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from contracts.models import ContratGroupe
from indemnities.models import Bordereau, FichierBordereau
from tests import factories as f
from tests.api.conftest import Caller, par
from tests.documents.conftest import get
from tests.indemnities.conftest import validated
from tests.portal.conftest import entrer
from workflows import bordereaux_fichiers, payments

__all__ = ["par"]
pytestmark = pytest.mark.django_db
ATTENTE = "Ce fichier est en préparation"


@pytest.fixture
def bordereau(m: f.Monde, buckets: None) -> Bordereau:
    sinistre = validated(m)
    made = payments.saisir_decompte(
        acteur=m.gestionnaire, numero=sinistre.numero, debut=sinistre.survenance, fin=sinistre.survenance, montant=Decimal("61.20"),
        explication="Essai",
    )  # fmt: skip
    payments.approuver_decompte(acteur=m.responsable, decompte_id=made.pk)
    return payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=sinistre.contrat, decompte_ids=[made.pk])


DOORS = {"gestion": ("payeur", "responsable", "gestionnaire"), "collectivite": ("mairie",)}


@pytest.mark.parametrize("porte", DOORS)
def test_a_page_says_that_they_are_being_made_then_gives_them(m: f.Monde, bordereau: Bordereau, porte: str) -> None:
    page = reverse(f"{porte}:bordereau", args=[bordereau.numero])
    addresses = {genre: reverse(f"{porte}:bordereau-{genre.lower()}", args=[bordereau.numero]) for genre in ("PDF", "CSV")}
    client = entrer(m.people[DOORS[porte][0]])
    html = client.get(page).content.decode()
    assert html.count(ATTENTE) == 2 and not any(address in html for address in addresses.values())
    early = client.get(addresses["PDF"])
    assert early.status_code == 422 and ATTENTE in early.content.decode()

    bordereaux_fichiers.fabriquer(bordereau.pk)
    for name in DOORS[porte]:
        client = entrer(m.people[name])
        html = client.get(page).content.decode()
        assert ATTENTE not in html and "À porter sur le titre de recettes" in html
        for fichier in FichierBordereau.objects.filter(bordereau=bordereau):
            assert fichier.sha256 in html and addresses[fichier.genre] in html
            sent = client.get(addresses[fichier.genre])
            assert sent.status_code == 302 and "X-Amz-Expires=60" in sent["Location"]
            assert m.agent.nom not in sent["Location"]
            status, octets, _ = get(sent["Location"])
            assert status == 200 and len(octets) == fichier.taille


def test_another_collectivite_finds_nothing(m: f.Monde, bordereau: Bordereau) -> None:
    bordereaux_fichiers.fabriquer(bordereau.pk)
    for suite in ("", "-pdf", "-csv"):
        assert entrer(m.mairie2).get(reverse(f"collectivite:bordereau{suite}", args=[bordereau.numero])).status_code == 404


def test_the_api_links_to_them_and_gives_their_address(m: f.Monde, bordereau: Bordereau, par: Callable[[User], Caller]) -> None:
    lien = f"/api/v1/bordereaux/{bordereau.pk}/fichier/"
    waiting = par(m.assureur).get(f"bordereaux/{bordereau.pk}/").json()["fichiers"]
    assert waiting == [
        {"genre": genre, "pret": False, "sha256": None, "taille": None, "ecrit_le": None, "lien": f"{lien}?genre={genre}"}
        for genre in ("PDF", "CSV")
    ]
    early = par(m.assureur).get(lien)
    assert early.status_code == 422 and ATTENTE in early.json()["detail"]

    bordereaux_fichiers.fabriquer(bordereau.pk)
    for who in (m.assureur, m.mairie, m.payeur):
        for told in par(who).get(f"bordereaux/{bordereau.pk}/").json()["fichiers"]:
            given = par(who).get(told["lien"]).json()
            assert (given["sha256"], given["taille"], given["expire"]) == (told["sha256"], told["taille"], 60) and told["pret"]
            status, octets, headers = get(given["url"])
            assert status == 200 and len(octets) == told["taille"] and given["nom"] in headers["content-disposition"]
    assert par(m.payeur).get(lien).json()["nom"] == f"{bordereau.numero}.pdf"
    wrong = par(m.payeur).get(f"{lien}?genre=XLS")
    assert wrong.status_code == 400 and "genre" in wrong.json()["champs"]


def test_how_long_reimbursements_take_is_shown_and_told(m: f.Monde, bordereau: Bordereau, par: Callable[[User], Caller]) -> None:
    page = reverse("gestion:delais-remboursement")
    before = entrer(m.responsable).get(page).content.decode()
    assert m.contrat.numero in before and "aucun" in before
    ContratGroupe.objects.filter(pk=m.contrat.pk).update(delai_remboursement_jours=30)
    payments.regler_bordereau(acteur=m.payeur, bordereau_id=bordereau.pk, le=timezone.localdate(), reference="VIR-1")
    html = entrer(m.responsable).get(page).content.decode()
    assert "30 jours" in html and "100 %" in html and "1 sur 1" in html
    assert page in entrer(m.responsable).get(reverse("gestion:bordereaux")).content.decode()
    for who in (m.responsable, m.mairie):
        assert par(who).get("delais-de-remboursement/").json()["resultats"] == [
            {
                "contrat": m.contrat.numero, "delai_promis": 30, "regles": 1, "delai_median": "0.0", "dans_delai": 1,
                "part_dans_delai": "100.0", "en_attente": 0, "hors_delai": 0,
            }
        ]  # fmt: skip
    assert par(m.mairie2).get("delais-de-remboursement/").json()["resultats"] == []
