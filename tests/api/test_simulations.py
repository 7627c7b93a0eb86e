"""POST /simulations/…: the published example, the shapes, and clear refusals."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from api.serializers.simulations import ArretSimule, DroitsEntree, FamilleEntree, FranchiseEntree, IndemnitesEntree
from indemnities.calcul import simulation as indemnites
from indemnities.droits import simulation as droits
from tests import factories as f
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db
Par = Callable[[User], Caller]

ARRETS = (
    ("2002-01-16", "2002-01-23"),
    ("2002-02-17", "2002-03-02"),
    ("2002-03-06", "2002-04-15"),
    ("2002-05-25", "2002-05-27"),
    ("2002-06-11", "2002-07-02"),
    ("2002-08-18", "2002-09-12"),
    ("2002-09-15", "2002-09-24"),
    ("2002-10-10", "2002-11-15"),
)
DEMANDE: dict[str, Any] = {
    "nature": "CMO",
    "regime": "CNRACL",
    "decompte": "calendaire",
    "arrets": [{"debut": debut, "fin": fin, "certificat": debut} for debut, fin in ARRETS],
}


def test_the_published_example_of_a_sliding_year(m: f.Monde, par: Par) -> None:
    """CDG 40, to the day: 90 at full pay, 71 at half pay; the sixth arrêt is cut after two days."""
    rendu = par(m.mairie).send("POST", "simulations/droits/", DEMANDE).json()
    assert rendu["totaux"] == {"1": 90, "0.5": 71}
    assert set(rendu) == {"arrets", "totaux"}
    assert [(arret["debut"], arret["fin"]) for arret in rendu["arrets"]] == list(ARRETS)
    found = [" ".join(f"{'PT' if s['fraction'] == '1' else 'DT'}{s['jours']}" for s in arret["segments"]) for arret in rendu["arrets"]]
    assert found == ["PT8", "PT14", "PT41", "PT3", "PT22", "PT2 DT24", "DT10", "DT37"]
    for arret in rendu["arrets"]:
        assert set(arret) == {"debut", "fin", "segments"}
        assert all(set(segment) == {"debut", "fin", "jours", "fraction", "motif"} for segment in arret["segments"])
    assert [(s["debut"], s["fin"]) for s in rendu["arrets"][5]["segments"]] == [("2002-08-18", "2002-08-19"), ("2002-08-20", "2002-09-12")]


def test_an_indemnity(m: f.Monde, par: Par) -> None:
    demande = DEMANDE | {"base": "36000", "diviseur": "360", "franchise": 10, "niveau": "0.90", "survenance": "2002-01-16"}
    reponse = par(m.payeur).send("POST", "simulations/indemnites/", demande)
    assert reponse.status_code == 200
    rendu = reponse.json()
    assert rendu["droits"]["totaux"] == {"1": 90, "0.5": 71}
    assert sum(float(ligne["montant"]) for ligne in rendu["lignes"]) == pytest.approx(float(rendu["totaux"]["montant"]))
    assert {"regle", "motif", "source", "base", "diviseur", "niveau", "ijss", "plafond"} == set(rendu["lignes"][-1]["trace"])


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"arrets": [{"debut": "2002-02-01", "fin": "2002-01-01"}]}, "arrets.0.fin"),
        ({"arrets": [{"debut": "2002-02-01", "fin": "2002-02-10"}, {"debut": "2002-02-10", "fin": "2002-02-20"}]}, "arrets"),
        ({"nature": "GRIPPE"}, "nature"),
        ({"base": "-1"}, "base"),
        ({"arrets": []}, "arrets"),
        ({"couleur": "bleu"}, "couleur"),
    ],
)
def test_bad_input_is_refused_on_its_field(m: f.Monde, par: Par, champs: dict[str, Any], champ: str) -> None:
    reponse = par(m.gestionnaire).send("POST", "simulations/indemnites/", DEMANDE | {"base": "36000"} | champs)
    assert reponse.status_code == 422
    assert champ in reponse.json()["champs"]


NU = json.dumps({"nature": "CMO", "arrets": [{"debut": "2026-01-01", "fin": "2026-01-31"}]})[:-1]


@pytest.mark.parametrize(
    "corps",
    [
        NU + ', "base": NaN}',
        NU + ', "base": -Infinity}',
        NU + ', "base": 1e999}',
        NU + ', "base": 36000.005e-400}',
        NU + ', "base": "36000", "niveau": 1e-9}',
        NU + ', "base": "36000", "franchise": 1000000000}',
        NU + ', "base": "36000", "franchise": {"jours": ' + "9" * 5000 + "}}",
        NU + ', "base": {"tib": ' + "[" * 200 + "]" * 200 + "}}",
        NU + ', "base": ' + "[" * 100_000 + "]" * 100_000 + "}",
        NU + ', "base": "' + "9" * 100_000 + '"}',
        NU + ', "base": "36000", "ijss": [[], {}, null, 3]}',
        NU + ', "base": "\\u0000"}',
        NU + ', "base": "\\ud800"}',
        NU.replace("2026-01-31", "1000000000-01-31") + ', "base": "1"}',
        NU.replace('"2026-01-31"', "1000000000") + ', "base": "1"}',
        "{" * 50,
        "",
        "\x00",
        "é",
    ],
)
@pytest.mark.parametrize("adresse", ["droits", "indemnites"])
def test_hostile_documents_get_a_clear_refusal(m: f.Monde, par: Par, adresse: str, corps: str) -> None:
    """Said in French, in the API's own form; never an error of the server."""
    start = time.process_time()
    reponse = par(m.gestionnaire).send("POST", f"simulations/{adresse}/", raw=corps.encode())
    assert reponse.status_code in (400, 422), reponse.content[:300]
    assert reponse.json()["detail"].endswith(".")
    assert len(reponse.content) < 5_000
    assert time.process_time() - start < 5


@pytest.mark.parametrize("corps", [[], "x", 5, None])
def test_a_document_that_is_no_object(m: f.Monde, par: Par, corps: Any) -> None:
    for adresse in ("simulations/droits/", "simulations/indemnites/"):
        assert 400 <= par(m.gestionnaire).send("POST", adresse, corps).status_code < 500


def test_the_schema_names_what_the_engine_reads() -> None:
    assert set(DroitsEntree().fields) == droits.CHAMPS
    assert set(ArretSimule().fields) == droits.CHAMPS_ARRET
    assert set(FamilleEntree().fields) == droits.CHAMPS_FAMILLE
    assert set(IndemnitesEntree().fields) == droits.CHAMPS | indemnites.CHAMPS
    assert set(FranchiseEntree().fields) == set(indemnites.CHAMPS_FRANCHISE)
