"""The accompagnement at both doors: asked for by a mairie, conducted by the CDG, read by both."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.enums import Canal, EtatBranche
from cases.models import Branche, Sinistre, Tache
from cases.services import taches
from tests import factories as f
from tests.portal.conftest import entrer
from workflows import automates

pytestmark = pytest.mark.django_db


@pytest.fixture
def dossier(m: f.Monde) -> Sinistre:
    return f.sinistre(m)


def demander(client: Client, porte: str, dossier: Sinistre, **lu: Any) -> Any:
    return client.post(reverse(f"{porte}:procedure-demander", args=[dossier.numero, "accompagnement"]), lu)


def page(client: Client, porte: str, branche: Branche) -> str:
    response = client.get(reverse(f"{porte}:procedure", args=[branche.uid]))
    assert response.status_code == 200
    return str(response.content.decode())


def faire(client: Client, branche: Branche, nom: str, porte: str = "gestion", **lu: Any) -> Any:
    return client.post(reverse(f"{porte}:procedure-acte", args=[branche.uid, nom]), lu)


def test_from_the_request_of_a_mairie_to_the_bilan(m: f.Monde, dossier: Sinistre) -> None:
    mairie, cdg, jour = entrer(m.mairie), entrer(m.gestionnaire), timezone.localdate().isoformat()
    refuse = demander(mairie, "collectivite", dossier, forme="RETOUR_EMPLOI")
    assert refuse.status_code == 422
    assert demander(mairie, "collectivite", dossier, forme="RETOUR_EMPLOI", objectifs=["REPRISE"]).status_code == 302
    branche = Branche.objects.get()
    assert "Enregistrer la réponse de l’agent" not in page(mairie, "collectivite", branche)
    assert faire(mairie, branche, "accord", "collectivite", accord="oui", le=jour, recueil="TELEPHONE").status_code in (403, 404)
    assert faire(cdg, branche, "accord", accord="oui", le=jour, recueil="RUMEUR").status_code == 422
    assert faire(cdg, branche, "accord", accord="oui", le=jour, recueil="TELEPHONE").status_code == 302
    assert faire(cdg, branche, "designer").status_code == 422
    vue = page(cdg, "gestion", branche)
    assert "Psychologue clinicien" in vue
    assert "Référent" not in vue
    assert faire(cdg, branche, "designer", psychologue=m.psychologue.pk).status_code == 302
    automates.balayer()
    assert faire(cdg, branche, "inscrire", action="Visite du poste", responsable="Mairie", prevue_le=jour).status_code == 302
    assert "Visite du poste" in page(mairie, "collectivite", branche)
    action = branche.accompagnement.actions.get()
    assert faire(cdg, branche, "faite", action=action.pk, le=jour).status_code == 302
    assert faire(cdg, branche, "psychologue").status_code == 302
    assert faire(cdg, branche, "bilan", issue="REPRISE", le=jour, texte="Reprise le 3.").status_code == 302
    branche.refresh_from_db()
    assert branche.etat == EtatBranche.TERMINEE
    assert "Reprise le 3." in page(mairie, "collectivite", branche)


def test_a_complex_situation_asked_by_telephone_and_stopped(m: f.Monde, dossier: Sinistre) -> None:
    cdg, jour = entrer(m.gestionnaire), timezone.localdate().isoformat()
    assert demander(cdg, "gestion", dossier, forme="SITUATION_COMPLEXE", objectifs=["MAINTIEN"], canal="TELEPHONE").status_code == 302
    branche = Branche.objects.get()
    assert branche.canal == Canal.TELEPHONE
    faire(cdg, branche, "accord", accord="oui", le=jour, recueil="TELEPHONE")
    assert faire(cdg, branche, "designer", referent=m.gestionnaire2.pk, psychologue_travail_nom="Mme Faure").status_code == 302
    automates.balayer()
    vue = page(cdg, "gestion", branche)
    assert "Le psychologue du travail a terminé" in vue
    assert "Changer les intervenants" in vue
    assert faire(cdg, branche, "remplacer", referent_nom="M. Roux", psychologue_travail_nom="Mme Faure").status_code == 302
    assert "M. Roux" in page(cdg, "gestion", branche)
    assert faire(cdg, branche, "arreter", le=jour).status_code == 302
    assert "Arrêté par l’agent" in page(cdg, "gestion", branche)


def test_a_refusal_of_the_agent_is_the_end(m: f.Monde, dossier: Sinistre) -> None:
    cdg, jour = entrer(m.gestionnaire), timezone.localdate().isoformat()
    demander(cdg, "gestion", dossier, forme="RETOUR_EMPLOI", objectifs=["REPRISE"])
    branche = Branche.objects.get()
    assert faire(cdg, branche, "accord", accord="non", le=jour, recueil="COURRIER").status_code == 302
    branche.refresh_from_db()
    assert (branche.etat, branche.issue) == (EtatBranche.TERMINEE, "ACCORD_REFUSE")


def test_who_did_a_step_or_holds_it_is_told_to_whoever_works_in_the_queues(m: f.Monde, dossier: Sinistre) -> None:
    mairie, cdg, jour = entrer(m.mairie), entrer(m.gestionnaire), timezone.localdate().isoformat()
    demander(mairie, "collectivite", dossier, forme="RETOUR_EMPLOI", objectifs=["REPRISE"])
    branche, nom = Branche.objects.get(), m.gestionnaire.get_full_name()
    assert faire(cdg, branche, "accord", accord="oui", le=jour, recueil="TELEPHONE").status_code == 302
    taches.prendre(acteur=m.gestionnaire, tache=Tache.objects.get(objet_type="etape", fermee_le__isnull=True))
    assert page(cdg, "gestion", branche).split("Les étapes", 1)[1].count(nom) == 2
    assert nom not in page(mairie, "collectivite", branche)
