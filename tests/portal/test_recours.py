"""The recours as pages at both doors: walked by forms to its end, errors beside their fields, each role reading what it may."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.enums import EtatBranche, GenreBranche
from cases.models import Branche, Echeance, Sinistre
from indemnities.models import RecoursTiers
from tests.factories import Monde, sinistre
from tests.portal.conftest import entrer
from workflows import automates

pytestmark = pytest.mark.django_db


@pytest.fixture
def branche(m: Monde) -> Branche:
    return Branche.objects.get(sinistre=sinistre(m, "AS", tiers_possible=True), genre=GenreBranche.RECOURS)


def page(client: Client, branche: Branche, porte: str = "gestion") -> str:
    response = client.get(reverse(f"{porte}:procedure", args=[branche.uid]))
    assert response.status_code == 200
    return response.content.decode().replace("\u00a0", " ").replace("\u202f", " ")


def acte(client: Client, branche: Branche, acte_nom: str, porte: str = "gestion", /, **data: Any) -> str:
    """Send the form of an act. What was refused comes back as a page; what was done, as an empty text."""
    response = client.post(reverse(f"{porte}:procedure-acte", args=[branche.uid, acte_nom]), data)
    automates.balayer()
    if response.status_code == 302:
        return ""
    assert response.status_code == 422
    return response.content.decode().replace("\u00a0", " ").replace("\u202f", " ")


def today() -> str:
    return timezone.localdate().isoformat()


def test_walked_by_its_forms(m: Monde, branche: Branche) -> None:
    g, mairie = entrer(m.gestionnaire), entrer(m.mairie)
    assert "Dire si un tiers est responsable" in page(g, branche)
    assert not acte(mairie, branche, "depenses", "collectivite", charges_patronales_collectivite="1 234,56")
    assert not acte(g, branche, "qualifier", responsable="oui", constat="Camion en marche arrière.")
    assert "Donnez la date du mandat" in acte(g, branche, "identifier", nom="Bonnafous", qualite="ENTREPRISE", mandat="COMMUN")
    tiers = {"nom": "Bonnafous", "qualite": "ENTREPRISE", "mandat": "COMMUN", "mandat_du": today(), "assureur": "Mutuelle"}
    assert not acte(g, branche, "identifier", adresse="1 rue Basse, Lodève", **tiers)
    lue = page(g, branche)
    assert "1 234,56 €" in lue and "Déclaré par la collectivité" in lue and "1 rue Basse" in lue
    refuse = acte(g, branche, "reclamer", le=today(), traitements_assureur="500")
    assert "Ce montant n’est pas celui du chiffrage" in refuse and 'value="500"' in refuse
    reclame = {"traitements_assureur": "500", "raison_traitements": "bulletins", "raison_charges_patronales": "non dues"}
    assert not acte(g, branche, "reclamer", le=today(), **reclame)
    assert "plus que ce qui est réclamé (500,00 €)" in acte(g, branche, "offre", traitements="501")
    assert "Accepter l’offre" not in page(g, branche)
    assert not acte(g, branche, "offre", traitements="200")
    assert not acte(g, branche, "refuser", motif="Trop peu.")
    assert not acte(g, branche, "offre", globale="450")
    assert not acte(g, branche, "accepter", le=today())
    payeur = entrer(m.payeur)
    assert not acte(payeur, branche, "encaisser", recu_le=today(), montant="450", reference="VIR 1", poste="")
    rendu = str(RecoursTiers.objects.get(branche=branche).encaissements.get().pk)
    assert not acte(payeur, branche, "annuler", encaissement=rendu, motif="Rejeté par la banque.")
    assert not acte(payeur, branche, "encaisser", recu_le=today(), montant="450", reference="VIR 2", dernier="on")
    branche.refresh_from_db()
    assert branche.etat == EtatBranche.TERMINEE
    lue = page(mairie, branche, "collectivite")
    assert "Encaissé et réparti" in lue and "l’assureur 450,00 €" in lue and "annulation du" in lue
    assert "1 rue Basse" not in lue


def test_the_judge_by_its_forms(m: Monde, branche: Branche) -> None:
    g = entrer(m.gestionnaire)
    assert not acte(g, branche, "qualifier", responsable="oui", constat="Camion.")
    assert not acte(g, branche, "identifier", nom="Ville", qualite="PERSONNE_PUBLIQUE", mandat="COLLECTIVITE")
    assert f"on peut agir jusqu’au 31/12/{timezone.localdate().year + 4}" in page(g, branche)
    assert not acte(g, branche, "corriger-tiers", nom="Métropole", qualite="PERSONNE_PUBLIQUE", mandat="COLLECTIVITE")
    form = {"le": today(), "traitements_collectivite": "90", "raison_traitements": "bulletins"}
    assert not acte(g, branche, "reclamer", **form)
    assert not acte(g, branche, "completer", motif="Un mois de plus.")
    assert not acte(g, branche, "reclamer", **form)
    assert acte(g, branche, "assigner", le=today())  # before which court?
    assert not acte(g, branche, "assigner", le=today(), juridiction="Tribunal administratif")
    assert "interrompue par l’assignation" in page(g, branche)
    assert not acte(g, branche, "jugement", le=today())
    assert "Débouté" in page(g, branche)


def test_asked_for_at_both_doors(m: Monde) -> None:
    for user, porte in ((m.gestionnaire, "gestion"), (m.mairie, "collectivite")):
        dossier = sinistre(m, alertes_assumees="autre arrêt")
        client, url = entrer(user), reverse(f"{porte}:procedure-demander", args=[dossier.numero, "recours"])
        assert "Signaler un tiers responsable" in client.get(reverse(f"{porte}:dossier", args=[dossier.numero])).content.decode()
        assert client.get(url).status_code == 200
        response = client.post(url, {"constat": "Une entorse due à un tiers."})
        assert response.status_code == 422 and "semble médical" in response.content.decode()
        assert client.post(url, {"constat": "Bousculé par un usager."}).status_code == 302
        assert Sinistre.objects.get(pk=dossier.pk).tiers_possible is True


def test_given_up_for_a_motive_of_the_list_alone(m: Monde, branche: Branche) -> None:
    g = entrer(m.gestionnaire)
    assert "Abandonner la procédure" not in page(g, branche)
    assert "prescription n’est pas acquise" in acte(g, branche, "renoncer", motif="PRESCRIT", explication="Trop tard.")
    assert not acte(g, branche, "renoncer", motif="INTROUVABLE", explication="Le véhicule a fui.")
    assert "Abandonné : tiers introuvable" in page(g, branche)


def test_a_warning_is_answered_on_the_page(m: Monde, branche: Branche) -> None:
    g = entrer(m.gestionnaire)
    Echeance.objects.filter(etape__process=branche.processus_id).update(due_at=timezone.now() - dt.timedelta(hours=1))
    automates.balayer()
    assert "Répondre à l’alerte de prescription" in page(g, branche)
    assert not acte(g, branche, "alerte", suite="Consolidation demandée à l’employeur.")
    assert "Répondre à l’alerte de prescription" not in page(g, branche)


def test_who_reads_what(m: Monde, branche: Branche) -> None:
    """A collectivité follows its own and acts on what it owes alone; a foreign one finds nothing."""
    lue = page(entrer(m.mairie), branche, "collectivite")
    qualifier = reverse("gestion:procedure-acte", args=[branche.uid, "qualifier"])
    assert "Déclarer ce que l’employeur a payé" in lue and "/qualifier/" not in lue
    assert entrer(m.mairie).post(reverse("collectivite:procedure-acte", args=[branche.uid, "qualifier"])).status_code in (403, 404)
    assert entrer(m.mairie2).get(reverse("collectivite:procedure", args=[branche.uid])).status_code == 404
    payeur = page(entrer(m.payeur), branche)
    assert "Poste par poste" in payeur and qualifier not in payeur
    assert qualifier in page(entrer(m.gestionnaire), branche)
