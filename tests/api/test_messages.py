"""Messages by the API: the same services as the pages, the same refusals, once under a key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from cases.models import Message, Sinistre, Tache
from tests import factories as f
from tests.api.conftest import Caller, champs

pytestmark = pytest.mark.django_db
Par = Callable[[User], Caller]


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return f.sinistre(m)


def adresse(sinistre: Sinistre) -> str:
    return f"sinistres/{sinistre.numero}/messages/"


def attendue() -> bool:
    return Tache.objects.filter(genre="REPONDRE_MESSAGE", fermee_le__isnull=True).exists()


def test_a_question_and_its_answer(m: f.Monde, par: Par, sinistre: Sinistre) -> None:
    question = par(m.mairie).post(adresse(sinistre), {"texte": "Quand serons-nous payés ?"})
    assert question.status_code == 201
    assert (question.json()["sens"], question.json()["auteur"]) == ("VERS_CDG", m.mairie.get_full_name())
    assert attendue()
    vu = question.json()["id"]
    reponse = par(m.gestionnaire).post(adresse(sinistre), {"texte": "Vendredi.\r\nBien à vous.", "vu": vu})
    assert reponse.json()["texte"] == "Vendredi.\nBien à vous." and reponse.json()["auteur"] == "Anne Roche"
    assert not attendue()
    lus = {role: par(m.people[role]).get(adresse(sinistre)).json()["resultats"] for role in ("mairie", "responsable")}
    assert [un["auteur"] for un in lus["mairie"]] == ["Centre de gestion", m.mairie.get_full_name()]
    assert [un["auteur"] for un in lus["responsable"]] == ["Anne Roche", m.mairie.get_full_name()]
    assert not Message.objects.filter(lu_le__isnull=False).exists(), "a programme that polls has read nothing"


def test_what_was_not_seen_is_still_awaited(m: f.Monde, par: Par, sinistre: Sinistre) -> None:
    vu = par(m.mairie).post(adresse(sinistre), {"texte": "Une question."}).json()["id"]
    par(m.mairie).post(adresse(sinistre), {"texte": "Une autre."})
    assert par(m.gestionnaire).post(adresse(sinistre), {"texte": "Voici.", "vu": vu}).status_code == 201
    assert attendue()


def test_pages(m: f.Monde, par: Par, sinistre: Sinistre) -> None:
    for rang in range(3):
        par(m.mairie).post(adresse(sinistre), {"texte": f"Message {rang}"})
    premiere = par(m.mairie).get(adresse(sinistre) + "?taille=2").json()
    suite = par(m.mairie).get(premiere["suivant"]).json()
    assert [un["texte"] for un in premiere["resultats"] + suite["resultats"]] == ["Message 2", "Message 1", "Message 0"]
    assert suite["suivant"] is None


def test_words_of_health_ask_for_a_reason(m: f.Monde, par: Par, sinistre: Sinistre) -> None:
    corps = {"texte": "Son entorse le gêne encore."}
    refus = par(m.mairie).post(adresse(sinistre), corps, Idempotency_Key="k1")
    assert refus.status_code == 409 and "entorse" in refus.json()["alertes"]["mots_medicaux"]
    assert par(m.mairie).post(adresse(sinistre), corps | {"alertes_assumees": "Il en parle"}).status_code == 400
    accepte = par(m.mairie).post(adresse(sinistre), corps | {"alertes_assumees": "DEJA_CONNU"}, Idempotency_Key="k1")
    assert accepte.status_code == 201 and Message.objects.count() == 1


@pytest.mark.parametrize(
    ("corps", "champ", "statut"),
    [
        ({}, "texte", 400), ({"texte": " "}, "texte", 400), ({"texte": "x" * 4001}, "texte", 422), ({"texte": "a\x1bb"}, "texte", 400),
        ({"texte": "\u202ea"}, "texte", 422), ({"texte": "a", "sens": "VERS_CDG"}, "sens", 400), ({"texte": "a", "vu": 0}, "vu", 400),
    ],
)  # fmt: skip
def test_bad_input(m: f.Monde, par: Par, sinistre: Sinistre, corps: dict[str, Any], champ: str, statut: int) -> None:
    refus = par(m.mairie).post(adresse(sinistre), corps)
    assert (refus.status_code, set(champs(refus))) == (statut, {champ})
    assert not Message.objects.exists()


def test_a_key_sends_once(m: f.Monde, par: Par, sinistre: Sinistre) -> None:
    envois = [par(m.mairie).post(adresse(sinistre), {"texte": "Bonjour."}, Idempotency_Key="k") for _ in range(2)]
    assert envois[0].content == envois[1].content and envois[1]["Idempotent-Replayed"] == "true"
    assert Message.objects.count() == 1


def test_on_ones_own_dossier_nothing_exists(m: f.Monde, par: Par, sinistre: Sinistre) -> None:
    m.agent.compte = m.mairie
    m.agent.save(update_fields=["compte"])
    assert par(m.mairie).get(adresse(sinistre)).status_code == 404
    assert par(m.mairie).post(adresse(sinistre), {"texte": "Bonjour."}).status_code == 404
