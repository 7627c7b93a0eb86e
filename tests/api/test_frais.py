"""Frais médicaux, certificates and capital décès by the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from cases.models import Sinistre
from contracts.enums import Nature
from indemnities.models import Decompte
from tests import factories as f
from tests.api.conftest import Caller
from tests.indemnities.test_frais import invoice, recognise

Par = Callable[[User], Caller]


@pytest.fixture
def accident(m: f.Monde) -> Sinistre:
    return f.sinistre(m, Nature.AS)


def test_an_invoice_is_paid_once_by_a_programme_too(m: f.Monde, accident: Sinistre, par: Par) -> None:
    recognise(m, accident)
    facture, double = invoice(m, accident), invoice(m, accident)
    client, path = par(m.gestionnaire), f"sinistres/{accident.numero}/frais/"
    listed = client.get(path).json()["resultats"]
    assert [(une["facture"], une["montant"], une["payable"], une["reste"]) for une in listed] == [
        (facture, "48.20", True, "48.20"), (double, "48.20", True, "48.20"),
    ]  # fmt: skip
    assert not {"praticien", "actes"} & set(listed[0])
    paid = client.post(path, {"facture": facture}, Idempotency_Key="cle-1")
    assert paid.status_code == 201 and paid.json()["decomptes"][0]["montant"] == "48.20"
    assert client.post(path, {"facture": facture}, Idempotency_Key="cle-1").json() == paid.json()
    assert client.post(path, {"facture": facture}).status_code == 422
    alert = client.post(path, {"facture": double})
    assert alert.status_code == 409 and "double" in alert.json()["alertes"]
    assert client.post(path, {"facture": double, "alertes_assumees": "Deux séances."}).status_code == 201
    assert Decompte.objects.filter(genre="FRAIS").count() == 2


def test_certificates_and_what_is_to_be_given_back(m: f.Monde, accident: Sinistre, par: Par) -> None:
    path = f"sinistres/{accident.numero}/"
    mairie, client = par(m.mairie), par(m.gestionnaire)
    jour = accident.survenance.isoformat()
    given = mairie.post(f"{path}prises-en-charge/", {"debut": jour, "fin": "2001-01-01"})
    assert given.status_code == 422 and "fin" in given.json()["champs"]
    given = mairie.post(f"{path}prises-en-charge/", {"debut": jour, "fin": timezone.localdate().isoformat()})
    assert given.status_code == 201 and given.json()["numero"].startswith("PEC-")
    facture = invoice(m, accident)
    assert client.post(f"{path}frais/", {"facture": facture}).status_code == 201
    assert client.post(f"{path}frais/indus/", {}).status_code == 422
    recognise(m, accident, "NON_IMPUTABLE")
    (listed,) = client.get(f"{path}frais/").json()["resultats"]
    assert (listed["indue"], listed["reste"], listed["payable"]) == (True, "-48.20", False)
    back = client.post(f"{path}frais/indus/", {})
    assert back.status_code == 201 and back.json()["decomptes"][0]["montant"] == "-48.20"
    (prise,) = mairie.get(f"{path}prises-en-charge/").json()["resultats"]
    assert prise["motif_retrait"] == "Imputabilité non retenue"
    again = mairie.post(f"{path}prises-en-charge/{prise['id']}/retirer/", {"motif": "x"})
    assert again.status_code == 422 and "ne vaut plus" in again.json()["detail"]


def test_a_capital_is_tried_then_written(m: f.Monde, par: Par) -> None:
    dossier = f.sinistre(m, Nature.DC, arret=None)
    client, path = par(m.payeur), f"sinistres/{dossier.numero}/capital/"
    faits: dict[str, Any] = {"age_legal": False, "conjoint": {"lien": "MARIAGE", "depuis": "2005-06-04"}}
    tried = client.post(path, faits | {"essai": True})
    assert tried.status_code == 201 and tried.json()["du"] == "24000.00" and tried.json()["decomptes"] == []
    assert not Decompte.objects.exists()
    written = client.post(path, faits)
    assert written.json()["parts"] == [{"beneficiaire": "CONJOINT", "rang": 0, "montant": "24000.00"}]
    assert written.json()["decomptes"][0]["montant"] == "24000.00"
    for wrong, champ in (
        ({}, "age_legal"),
        ({"age_legal": False, "conjoint": {"lien": "AMI", "depuis": "2005-06-04"}}, "conjoint"),
        ({"age_legal": False, "enfants": [{"naissance": "2015-02-30"}]}, "enfants"),
        ({"age_legal": False, "remuneration": "-1", "ascendants": 1}, "remuneration"),
    ):
        refused = client.post(path, wrong)
        assert refused.status_code in (400, 422) and any(nom.startswith(champ) for nom in refused.json()["champs"]), refused.content
