"""Each person says how soon he is told, within what his employer must be told."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from accounts.enums import Role
from cases.errors import DonneeInvalide
from journal.models import Entree
from notifications.annonces import Nouvelle, annoncer_nouvelles
from notifications.enums import Cadence, EtatAnnonce, GenreCourriel
from notifications.genres import GENRES
from notifications.models import Annonce, Preference
from notifications.selectors_preferences import choix_de, genres_de
from notifications.services_preferences import choisir
from tests import factories
from tests.factories import Monde

VALIDATION, DECISION, RELANCE, MISSION = (
    GenreCourriel.VALIDATION, GenreCourriel.DECISION_ATTENDUE, GenreCourriel.PIECES_RELANCE, GenreCourriel.MISSION,
)  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture
def petit(db: None) -> Monde:
    return factories.monde()


def told(petit: Monde, genre: GenreCourriel) -> Annonce:
    sinistre = factories.sinistre(petit, de=factories.agent(petit.collectivite))
    annoncer_nouvelles([Nouvelle.du_dossier(genre, f"essai:{genre}:{sinistre.pk}", sinistre)])
    return Annonce.objects.get(genre=genre, sinistre=sinistre, destinataire=petit.mairie)


def test_what_may_be_chosen_depends_on_the_roles(petit: Monde) -> None:
    def codes(nom: str) -> set[str]:
        return {genre.code for genre in genres_de(petit.people[nom])}

    mairie = codes("mairie")
    assert {VALIDATION, DECISION, RELANCE, GenreCourriel.MESSAGE} <= mairie and MISSION not in mairie
    assert codes("gestionnaire") == {GenreCourriel.MESSAGE}
    assert codes("responsable") == {GenreCourriel.MESSAGE, GenreCourriel.ECHEANCE_CONTRAT}
    assert codes("payeur") == codes("psychologue") == codes("assureur") == codes("admin") == set()
    assert codes("medecin") == codes("expert") == {MISSION}


def test_every_kind_says_why_it_cannot_be_refused() -> None:
    for genre in GENRES.values():
        assert genre.cadence in genre.permises and genre.roles
        assert Cadence.JAMAIS in genre.permises or genre.raison.endswith(".")


@pytest.mark.parametrize(
    ("cadence", "etat"),
    [
        (Cadence.AUSSITOT, EtatAnnonce.EN_ATTENTE),
        (Cadence.RECAPITULATIF, EtatAnnonce.EN_ATTENTE),
        (Cadence.JAMAIS, EtatAnnonce.NON_VOULUE),
    ],
)
def test_a_choice_is_honoured_by_the_news_that_follow(petit: Monde, cadence: Cadence, etat: EtatAnnonce) -> None:
    avant = told(petit, VALIDATION)
    choisir(acteur=petit.mairie, cadences={VALIDATION: cadence})
    apres = told(petit, VALIDATION)
    assert (apres.cadence, apres.etat) == (cadence, etat)
    avant.refresh_from_db()
    assert avant.cadence == Cadence.RECAPITULATIF and avant.etat == EtatAnnonce.EN_ATTENTE


@pytest.mark.parametrize(
    ("nom", "code", "cadence"),
    [
        ("mairie", DECISION, Cadence.JAMAIS),
        ("mairie", RELANCE, Cadence.AUSSITOT),
        ("mairie", VALIDATION, "CHAQUE_HEURE"),
        ("mairie", MISSION, Cadence.AUSSITOT),
        ("mairie", "INCONNU", Cadence.AUSSITOT),
        ("payeur", VALIDATION, Cadence.JAMAIS),
    ],
)
def test_what_must_be_told_cannot_be_refused_and_nothing_is_half_kept(petit: Monde, nom: str, code: str, cadence: str) -> None:
    with pytest.raises(DonneeInvalide) as refus:
        choisir(acteur=petit.people[nom], cadences={code: cadence, GenreCourriel.PAIEMENT: Cadence.JAMAIS})
    assert code in refus.value.champs
    assert not Preference.objects.exists()


def test_a_choice_that_is_no_longer_allowed_counts_for_nothing(petit: Monde) -> None:
    Preference.objects.create(user=petit.mairie, genre=DECISION, cadence=Cadence.JAMAIS)
    assert told(petit, DECISION).etat == EtatAnnonce.EN_ATTENTE
    (choix,) = [un for un in choix_de(petit.mairie) if un.genre.code == DECISION]
    assert choix.cadence == Cadence.RECAPITULATIF and choix.raison


def test_choosing_is_journaled_once_and_changes_are_counted(petit: Monde) -> None:
    assert choisir(acteur=petit.mairie, cadences={VALIDATION: Cadence.RECAPITULATIF}) == 0
    assert choisir(acteur=petit.mairie, cadences={VALIDATION: Cadence.JAMAIS, DECISION: Cadence.RECAPITULATIF}) == 1
    assert choisir(acteur=petit.mairie, cadences={VALIDATION: Cadence.JAMAIS}) == 0
    assert choisir(acteur=petit.mairie, cadences={VALIDATION: Cadence.AUSSITOT}) == 1
    assert Preference.objects.get(user=petit.mairie).cadence == Cadence.AUSSITOT
    assert Entree.objects.filter(action="courriels.choisis", objet_id=petit.mairie.pk).count() == 2
    assert not Preference.objects.exclude(user=petit.mairie).exists()


def test_the_page_keeps_what_is_chosen_and_tells_what_cannot_be(petit: Monde) -> None:
    client = Client()
    client.force_login(petit.mairie)
    html = client.get("/mes-courriels/").content.decode()
    assert "Ce qui ne se choisit pas" in html and "Relance de pièces" in html
    assert f'name="{RELANCE}"' not in html and f'name="{MISSION}"' not in html
    envoi: dict[str, Any] = {un.genre.code: un.cadence.value for un in choix_de(petit.mairie) if len(un.options) > 1}
    answer = client.post("/mes-courriels/", envoi | {VALIDATION: "JAMAIS"})
    assert answer.status_code == 302
    assert [str(un) for un in get_messages(answer.wsgi_request)] == ["C’est enregistré, pour les nouvelles à venir."]
    assert Preference.objects.get(user=petit.mairie).cadence == Cadence.JAMAIS
    refused = client.post("/mes-courriels/", envoi | {DECISION: "JAMAIS"})
    assert refused.status_code == 422 and "aria-invalid" in refused.content.decode()
    assert Preference.objects.count() == 1


def test_who_receives_nothing_is_told_so(petit: Monde) -> None:
    client = Client()
    client.force_login(petit.assureur)
    assert "Aucun courriel à choisir" in client.get("/mes-courriels/").content.decode()


@pytest.mark.bulle
def test_a_medecin_chooses_at_the_door_of_the_bulle(petit: Monde) -> None:
    assert Role.MEDECIN_CONSEIL in petit.medecin.roles
    choisir(acteur=petit.medecin, cadences={MISSION: Cadence.JAMAIS})
    assert Preference.objects.get().user == petit.medecin
