"""The médiation at both doors: each gives its position, both read all three, a responsable settles it there."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cases.enums import Etat
from cases.models import Branche, PositionMediation, Sinistre
from tests import factories as f
from tests.mediations import entendre, mediation_de
from tests.portal.conftest import entrer
from workflows.demande import Demande
from workflows.lifecycle import transiter

pytestmark = pytest.mark.django_db
MOTS = "Tout a été fourni à temps."


@pytest.fixture
def dossier(m: f.Monde) -> Sinistre:
    sinistre = f.sinistre(m)
    refus = Demande(motif="NON_JUSTIFIE", portee="SINISTRE", commentaire="Aucune suite à nos courriers.")
    return transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="proposer_refus", demande=refus)


@pytest.fixture
def branche(dossier: Sinistre) -> Branche:
    return mediation_de(dossier)


def page(client: Client, porte: str, branche: Branche) -> str:
    response = client.get(reverse(f"{porte}:procedure", args=[branche.uid]))
    assert response.status_code == 200
    return str(response.content.decode())


def faire(client: Client, porte: str, branche: Branche, nom: str, **lu: Any) -> Any:
    return client.post(reverse(f"{porte}:procedure-acte", args=[branche.uid, nom]), lu)


def test_the_employer_answers_and_both_doors_read_it(m: f.Monde, branche: Branche) -> None:
    mairie, cdg = entrer(m.mairie), entrer(m.gestionnaire)
    vue = page(mairie, "collectivite", branche)
    assert "Donner la position de l’employeur" in vue
    assert "Donner la position de l’assureur" not in vue
    assert "Aucune suite à nos courriers." in vue
    assert "Lever la proposition" not in vue
    assert "L’assureur répond par l’API" in page(cdg, "gestion", branche), "whoever records it knows in whose name"
    refuse = faire(mairie, "collectivite", branche, "collectivite", sens="OPPOSEE", motif="")
    assert refuse.status_code == 422
    assert "Expliquez cette position" in refuse.text
    assert faire(mairie, "collectivite", branche, "collectivite", sens="OPPOSEE", motif=MOTS).status_code == 302
    for client, porte in ((mairie, "collectivite"), (cdg, "gestion")):
        vue = page(client, porte, branche)
        assert MOTS in vue
        assert "Changer la position de l’employeur" in vue
    assert faire(mairie, "collectivite", branche, "revoir-collectivite", sens="FAVORABLE_AU_REFUS").status_code == 302
    assert PositionMediation.objects.filter(mediation=branche.pk).count() == 2


def test_the_mairie_finds_what_awaits_its_word_on_its_home_page(m: f.Monde, branche: Branche) -> None:
    accueil, adresse = reverse("collectivite:accueil"), reverse("collectivite:procedure", args=[branche.uid])
    page = entrer(m.mairie).get(accueil)
    assert "Décisions à prendre" in page.text and adresse in page.text and "position de l’employeur" in page.text
    elsewhere = entrer(m.mairie2).get(accueil)
    assert "Décisions à prendre" not in elsewhere.text and adresse not in elsewhere.text
    assert faire(entrer(m.mairie), "collectivite", branche, "collectivite", sens="OPPOSEE", motif=MOTS).status_code == 302
    assert "Décisions à prendre" not in entrer(m.mairie).get(accueil).text


def test_words_that_look_medical_come_back_with_a_box_to_tick(m: f.Monde, branche: Branche) -> None:
    cdg, mots = entrer(m.gestionnaire), "Le psychologue du travail propose une autre date."
    refuse = faire(cdg, "gestion", branche, "cdg", sens="PROPOSITION", motif=mots)
    assert refuse.status_code == 422
    assert "paraissent médicaux" in refuse.text
    assert faire(cdg, "gestion", branche, "cdg", sens="PROPOSITION", motif=mots, assume="on").status_code == 302


def test_nobody_speaks_for_another_through_the_address(m: f.Monde, branche: Branche) -> None:
    mairie = entrer(m.mairie)
    assert faire(mairie, "collectivite", branche, "assureur", sens="OPPOSEE", motif="x").status_code in (403, 404)
    assert entrer(m.mairie2).get(reverse("collectivite:procedure", args=[branche.uid])).status_code == 404
    assert not PositionMediation.objects.exists()


def test_the_refusal_is_settled_on_the_page_once_all_were_heard(m: f.Monde, dossier: Sinistre, branche: Branche) -> None:
    responsable, gestionnaire = entrer(m.responsable), entrer(m.gestionnaire)
    vue = page(responsable, "gestion", branche)
    assert 'id="t-lever_refus"' in vue or "t-lever-refus" in vue
    assert "t-refuser" not in vue
    assert "Abandonner la procédure" not in vue
    trop_tot = faire(responsable, "gestion", branche, "refuser", commentaire="Trop tôt.")
    assert trop_tot.status_code == 422
    assert "attend encore la position" in trop_tot.text
    entendre(m, dossier)
    assert "t-refuser" in page(responsable, "gestion", branche)
    assert "t-refuser" not in page(gestionnaire, "gestion", branche)
    assert faire(responsable, "gestion", branche, "refuser", commentaire="Entendu.").status_code == 302
    assert Sinistre.objects.get(pk=dossier.pk).etat == Etat.REFUSE
    assert "Refus prononcé" in page(gestionnaire, "gestion", branche)
    assert "Entendu." in page(entrer(m.mairie), "collectivite", branche)


def test_a_gestionnaire_lifts_it_there(m: f.Monde, dossier: Sinistre, branche: Branche) -> None:
    assert faire(entrer(m.gestionnaire), "gestion", branche, "lever-refus", commentaire="Pièce retrouvée.").status_code == 302
    assert Sinistre.objects.get(pk=dossier.pk).etat == Etat.DECLARE
