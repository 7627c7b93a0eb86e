"""The API of a médiation (who answers, as whom) and of an accompagnement (how it is asked for)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from cases.models import Accompagnement, Branche, PositionMediation, Sinistre
from tests import factories as f
from tests.api.conftest import Caller
from tests.mediations import mediation_de
from workflows.demande import Demande
from workflows.lifecycle import transiter

pytestmark = pytest.mark.django_db
Par = Callable[[User], Caller]


@pytest.fixture
def branche(m: f.Monde) -> Branche:
    sinistre = f.sinistre(m)
    refus = Demande(motif="NON_JUSTIFIE", portee="SINISTRE")
    return mediation_de(transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="proposer_refus", demande=refus))


def positions(branche: Branche) -> str:
    return f"procedures/{branche.uid}/positions/"


def test_the_insurer_answers_once_the_dossier_was_sent_to_him(m: f.Monde, par: Par, branche: Branche) -> None:
    corps = {"partie": "ASSUREUR", "sens": "PROPOSITION", "motif": "Prise en charge jusqu’au 15."}
    assert par(m.assureur).send("POST", positions(branche), corps).status_code == 404
    Sinistre.objects.filter(branches=branche).update(transmis_assureur_le=timezone.now())
    reponse = par(m.assureur).send("POST", positions(branche), corps)
    assert reponse.status_code == 200
    assert next(e for e in reponse.json()["etapes"] if e["nom"] == "assureur")["faite_le"] is not None
    position = PositionMediation.objects.get()
    assert (position.par, position.rapportee, position.motif) == (m.assureur, False, "Prise en charge jusqu’au 15.")
    assert par(m.assureur).send("POST", positions(branche), corps | {"partie": "COLLECTIVITE"}).status_code == 403


@pytest.mark.parametrize(
    ("corps", "champ", "statut"),
    [
        ({"partie": "VOISIN", "sens": "OPPOSEE", "motif": "x"}, "partie", 400),
        ({"partie": "COLLECTIVITE", "sens": "SANS_REPONSE"}, "sens", 400),
        ({"partie": "COLLECTIVITE", "sens": "OPPOSEE"}, "motif", 422),
        ({"partie": "COLLECTIVITE", "sens": "OPPOSEE", "motif": "Lombalgie."}, "assume", 422),
    ],
)
def test_a_bad_answer_says_which_field(m: f.Monde, par: Par, branche: Branche, corps: dict[str, Any], champ: str, statut: int) -> None:
    reponse = par(m.mairie).send("POST", positions(branche), corps)
    assert reponse.status_code == statut
    assert list(reponse.json()["champs"]) == [champ]
    assert not PositionMediation.objects.exists()


def test_an_answer_may_change_until_the_end(m: f.Monde, par: Par, branche: Branche) -> None:
    for sens in ("OPPOSEE", "FAVORABLE_AU_REFUS"):
        corps = {"partie": "COLLECTIVITE", "sens": sens, "motif": "Vu en séance."}
        assert par(m.mairie).send("POST", positions(branche), corps).status_code == 200
    assert branche.sinistre is not None
    transiter(acteur=m.gestionnaire, numero=branche.sinistre.numero, nom="lever_refus", demande=Demande(commentaire="Réglé."))
    assert par(m.mairie).send("POST", positions(branche), corps).status_code == 422


def test_a_mediation_begins_with_its_transition_alone_and_other_procedures_take_no_position(m: f.Monde, par: Par) -> None:
    sinistre = f.sinistre(m)
    demande = {"genre": "MEDIATION"}
    assert par(m.gestionnaire).send("POST", f"sinistres/{sinistre.numero}/procedures/", demande).status_code == 400
    corps = {"genre": "ACCOMPAGNEMENT", "forme": "SITUATION_COMPLEXE", "objectifs": ["MAINTIEN", "REPRISE"]}
    ouverte = par(m.mairie).send("POST", f"sinistres/{sinistre.numero}/procedures/", corps)
    assert ouverte.status_code == 201
    branche = Branche.objects.get(uid=ouverte.json()["uid"])
    assert Accompagnement.objects.get(branche=branche).objectifs == ["REPRISE", "MAINTIEN"]
    position = {"partie": "COLLECTIVITE", "sens": "FAVORABLE_AU_REFUS"}
    assert par(m.mairie).send("POST", positions(branche), position).status_code == 404


@pytest.mark.parametrize(
    ("corps", "champ"), [({"objectifs": []}, "objectifs"), ({"forme": "AUTRE"}, "forme"), ({"objectifs": ["GAGNER"]}, "objectifs")]
)
def test_a_bad_request_of_accompagnement_says_which_field(m: f.Monde, par: Par, corps: dict[str, Any], champ: str) -> None:
    sinistre = f.sinistre(m)
    demande = {"genre": "ACCOMPAGNEMENT", "forme": "RETOUR_EMPLOI", "objectifs": ["REPRISE"]} | corps
    reponse = par(m.mairie).send("POST", f"sinistres/{sinistre.numero}/procedures/", demande)
    assert reponse.status_code == 400
    assert any(nom.startswith(champ) for nom in reponse.json()["champs"])
    assert not Branche.objects.exists()
