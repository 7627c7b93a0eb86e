"""Procedures through the API: started once, followed by whoever may, and nothing of what they are about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from api.procedures.registre import PROCEDURES, demande_de
from api.views.commun import openapi_document
from cases.enums import Canal, GenreBranche
from cases.models import Branche, MedecinAgree, Sinistre
from tests import factories as f
from tests.api.conftest import Caller
from workflows.branches.contre_visite import actes

pytestmark = pytest.mark.django_db
Par = Callable[[User], Caller]
DEMANDE = {"genre": "CONTRE_VISITE", "motif": "DUREE"}


@pytest.fixture
def dossier(m: f.Monde) -> Sinistre:
    return f.sinistre(m)


def address(dossier: Sinistre) -> str:
    return f"sinistres/{dossier.numero}/procedures/"


def test_a_procedure_is_started_once_and_followed(m: f.Monde, par: Par, dossier: Sinistre) -> None:
    mairie = par(m.mairie)
    first = mairie.post(address(dossier), DEMANDE, Idempotency_Key="k-1")
    assert first.status_code == 201, first.content
    again = mairie.post(address(dossier), DEMANDE, Idempotency_Key="k-1")
    assert again.status_code == 201 and again["Idempotent-Replayed"] == "true" and again.json() == first.json()
    branche = Branche.objects.get(sinistre=dossier)
    assert branche.canal == Canal.API
    assert first["Location"] == f"/api/v1/procedures/{branche.uid}/"
    found = mairie.get(first["Location"]).json()
    assert found == first.json()
    assert (found["genre"], found["etat"], found["sinistre"]) == ("CONTRE_VISITE", "EN_COURS", dossier.numero)
    assert [etape["nom"] for etape in found["etapes"]] == ["start", "designer"]
    assert [echeance["genre"] for echeance in found["echeances"]] == (["CV_AVIS"] if found["echeances"] else [])
    assert mairie.get(address(dossier)).json()["resultats"][0]["uid"] == str(branche.uid)
    twice = mairie.post(address(dossier), DEMANDE)
    assert (twice.status_code, twice.json()["type"]) == (422, "urn:vigie:probleme:refus")


def test_who_did_a_step_is_told_to_those_of_the_queues(m: f.Monde, par: Par, dossier: Sinistre) -> None:
    uid = par(m.mairie).post(address(dossier), DEMANDE).json()["uid"]
    medecin = MedecinAgree.objects.create(nom="Arnal", prenom="Luc", commune="Lodève", departement="34")
    actes.designer(acteur=m.gestionnaire, branche=Branche.objects.get(uid=uid), medecin=medecin, atteste=True)

    def designation(user: User) -> dict[str, Any]:
        etapes = par(user).get(f"procedures/{uid}/").json()["etapes"]
        return next(etape for etape in etapes if etape["nom"] == "designer")

    assert designation(m.gestionnaire)["par"] == m.gestionnaire.get_full_name()
    assert designation(m.gestionnaire)["faite_le"] is not None
    assert designation(m.mairie) == designation(m.gestionnaire) | {"par": None}
    waiting = par(m.mairie).get(f"procedures/{uid}/").json()["etapes"][-1]
    assert (waiting["nom"], waiting["faite_le"], waiting["file"]) == ("convoquer", None, None)
    assert par(m.gestionnaire).get(f"procedures/{uid}/").json()["etapes"][-1]["file"] is not None


@pytest.mark.parametrize(
    ("body", "champ"),
    [
        ({}, "genre"),
        ({"genre": None}, "genre"),
        ({"genre": ["CONTRE_VISITE"]}, "genre"),
        ({"genre": "SOUTIEN"}, "genre"),
        ({"genre": "CONTRE_VISITE"}, "motif"),
        ({"genre": "CONTRE_VISITE", "motif": "DUREE", "tiers": "x"}, "tiers"),
        ([], ""),
    ],
)
def test_a_wrong_document_is_refused_by_its_field(m: f.Monde, par: Par, dossier: Sinistre, body: Any, champ: str) -> None:
    refused = par(m.mairie).post(address(dossier), body)
    assert refused.status_code == 400 and champ in refused.json()["champs"], refused.content
    assert not Branche.objects.exists()


def test_what_the_service_refuses_is_told_by_field(m: f.Monde, par: Par, dossier: Sinistre) -> None:
    refused = par(m.mairie).post(address(dossier), DEMANDE | {"lieu": "DOMICILE"})
    assert (refused.status_code, list(refused.json()["champs"])) == (422, ["adresse"])


def test_a_soutien_is_nowhere(m: f.Monde) -> None:
    assert GenreBranche.SOUTIEN not in PROCEDURES
    assert '"SOUTIEN"' not in str(openapi_document()["components"]["schemas"]).replace("'", '"')


@pytest.mark.parametrize("genre", sorted(PROCEDURES))
def test_each_kind_describes_its_own_document(genre: str) -> None:
    document = openapi_document()
    operation = document["paths"]["/api/v1/sinistres/{numero}/procedures/"]["post"]
    schema = document["components"]["schemas"]["DemandeProcedureRequest"]
    assert operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].endswith("DemandeProcedureRequest")
    own = schema["discriminator"]["mapping"][genre].rpartition("/")[2]
    assert set(document["components"]["schemas"][own]["properties"]) == set(demande_de(genre)().fields)
