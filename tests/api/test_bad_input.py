"""Bad input: a clear French message on the field, a status 4xx, and nothing half done."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import timezone

from accounts.models import User
from api.parsers import MAX_BODY, StrictJSONParser, check_length
from api.problems import Problem
from cases.models import Sinistre
from journal.models import Evenement
from tests import factories as f
from tests.api.conftest import Caller, champs

pytestmark = pytest.mark.django_db

Par = Callable[[User], Caller]


@pytest.fixture
def nothing_done(m: f.Monde) -> Any:
    yield
    assert not Sinistre.objects.exists() and not Evenement.objects.exists()


def with_arret(declaration: dict[str, Any], **champs_arret: Any) -> dict[str, Any]:
    return declaration | {"arret": declaration["arret"] | champs_arret}


BAD: list[tuple[str, Callable[[dict[str, Any]], Any], str, str]] = [
    ("end before start", lambda d: with_arret(d, fin="2020-01-01"), "arret.fin", "précède"),
    ("five years in one", lambda d: with_arret(d, fin="2050-01-01"), "arret.fin", "cinq ans"),
    ("before survenance", lambda d: with_arret(d, debut="2020-01-01"), "arret.debut", "avant la survenance"),
    ("certificate after the end", lambda d: with_arret(d, certificat="2090-01-01"), "arret.certificat", "après la fin"),
    ("quotité without TPT", lambda d: with_arret(d, quotite=50), "arret.quotite", "temps partiel"),
    ("date that does not exist", lambda d: d | {"survenance": "2026-02-30"}, "survenance", "AAAA-MM-JJ"),
    ("French date", lambda d: d | {"survenance": "16/11/2026"}, "survenance", "AAAA-MM-JJ"),
    ("basic ISO date", lambda d: d | {"survenance": "20261116"}, "survenance", "AAAA-MM-JJ"),
    ("date with a time", lambda d: d | {"survenance": "2026-10-01T00:00:00"}, "survenance", "AAAA-MM-JJ"),
    ("year 1", lambda d: d | {"survenance": "0001-01-01"}, "survenance", "année"),
    ("year 9999", lambda d: d | {"survenance": "9999-12-31"}, "survenance", "année"),
    ("date as a number", lambda d: d | {"survenance": 20261116}, "survenance", "AAAA-MM-JJ"),
    ("unknown collectivité", lambda d: d | {"collectivite": "99999999999999"}, "collectivite", "inconnue"),
    ("collectivité as a number", lambda d: d | {"collectivite": 21340142100013}, "collectivite", "texte"),
    ("unknown agent", lambda d: d | {"agent": "personne"}, "agent", "inconnu"),
    ("unknown nature", lambda d: d | {"nature": "GRIPPE"}, "nature", "liste"),
    ("nature not covered", lambda d: d | {"nature": "PPR"}, "nature", "ne couvre pas"),
    ("nature of the other regime", lambda d: d | {"nature": "CGM"}, "nature", "ne couvre pas"),
    (
        "before any contract",
        lambda d: with_arret(d, debut="1990-01-01", fin="1990-01-31", certificat="1990-01-01") | {"survenance": "1990-01-01"},
        "agent",
        "situation",
    ),
    ("tiers unanswered", lambda d: d | {"tiers_possible": None}, "tiers_possible", "tiers"),
    ("tiers as text", lambda d: d | {"tiers_possible": "false"}, "tiers_possible", "true ou false"),
    ("no leave", lambda d: d | {"arret": None}, "arret", "dates"),
    ("leave as text", lambda d: d | {"arret": "octobre"}, "arret", "objet"),
    ("accident without circumstances", lambda d: d | {"nature": "AS"}, "circonstances", "circonstances"),
    ("circumstances as a list", lambda d: d | {"circonstances": ["a"]}, "circonstances", "texte"),
    ("circumstances too long", lambda d: d | {"circonstances": "a" * 5001}, "circonstances", "5000"),
    ("control character", lambda d: d | {"circonstances": "a\x07b"}, "circonstances", "interdit"),
    ("unknown field", lambda d: d | {"nir": "1850578006084"}, "nir", "inconnu"),
    ("unknown nested field", lambda d: with_arret(d, diagnostic="lombalgie"), "arret.diagnostic", "inconnu"),
    ("missing field", lambda d: {k: v for k, v in d.items() if k != "agent"}, "agent", "obligatoire"),
    ("a list", lambda d: [d], "", "objet"),
    ("null", lambda d: None, "", "objet"),
]


@pytest.mark.parametrize(("change", "champ", "mot"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_declaration_refused_on_the_field(
    m: f.Monde, par: Par, declaration: dict[str, Any], nothing_done: None, change: Any, champ: str, mot: str
) -> None:
    response = par(m.mairie).send("POST", "sinistres/", None, raw=json.dumps(change(declaration)).encode())
    assert response.status_code in (400, 422), response.content
    assert response["Content-Type"] == "application/problem+json"
    assert champ in champs(response), champs(response)
    assert any(mot in message for message in champs(response)[champ]), champs(response)
    assert response.json()["status"] == response.status_code and response.json()["instance"] == "/api/v1/sinistres/"


def test_foreign_collectivite_reads_as_unknown(m: f.Monde, par: Par, declaration: dict[str, Any], nothing_done: None) -> None:
    foreign = declaration | {"collectivite": m.autre_collectivite.siret, "agent": m.autre_agent.matricule}
    unknown = declaration | {"collectivite": "99999999999999", "agent": m.autre_agent.matricule}
    first, second = par(m.mairie).post("sinistres/", foreign), par(m.mairie).post("sinistres/", unknown)
    assert first.status_code == 422 and first.content == second.content


def test_alerts_are_confirmed_with_a_reason(m: f.Monde, par: Par, declaration: dict[str, Any]) -> None:
    mairie = par(m.mairie)
    first = mairie.post("sinistres/", declaration).json()["numero"]
    double = mairie.post("sinistres/", declaration)
    assert double.status_code == 409 and set(double.json()["alertes"]) == {"double", "recouvrement"}
    assert first in double.json()["alertes"]["double"] and Sinistre.objects.count() == 1
    accepted = mairie.post("sinistres/", declaration | {"alertes_assumees": "Deux certificats le même jour."})
    assert accepted.status_code == 201 and Sinistre.objects.count() == 2


def test_overlap_within_one_sinistre(m: f.Monde, par: Par, declaration: dict[str, Any]) -> None:
    mairie = par(m.mairie)
    numero = mairie.post("sinistres/", declaration).json()["numero"]
    response = mairie.post(f"sinistres/{numero}/arrets/", {"arret": declaration["arret"]})
    assert response.status_code == 422 and "recouvre" in champs(response)["arret.debut"][0]


def test_transition_refusals(m: f.Monde, par: Par) -> None:
    numero = f.sinistre(m).numero
    gestionnaire = par(m.gestionnaire)

    def go(nom: str, body: Any, who: Caller = gestionnaire, **headers: str) -> Any:
        return who.post(f"sinistres/{numero}/transitions/{nom}/", body, **(headers or {"If_Match": "1"}))

    missing = gestionnaire.post(f"sinistres/{numero}/transitions/valider/", {})
    assert missing.status_code == 428 and "If-Match" in missing.json()["detail"]
    assert go("valider", {}, If_Match="une").status_code == 400
    stale = go("valider", {}, If_Match='"12"')
    assert stale.status_code == 409 and stale.json()["version"] == 1
    assert go("rembourser", {}, par(m.payeur)).status_code == 422
    assert "déclaré" in go("rembourser", {}, par(m.payeur)).json()["detail"]
    guard = go("valider", {})
    assert guard.status_code == 422 and all("Pièce requise" in raison for raison in guard.json()["raisons"]) and guard.json()["raisons"]
    assert champs(go("annuler", {}))["motif"] == ["Donnez le motif."]
    assert "portee" in champs(go("annuler", {"motif": "DOUBLE", "portee": "SINISTRE"}))
    assert go("annuler", {"motif": "PARCE_QUE"}).json()["raisons"]
    assert champs(go("annuler", {"raison": "x"}))["raison"] == ["Ce champ est inconnu."]
    assert go("valider", {}, par(m.mairie)).status_code == 403
    foreign = go("valider", {}, par(m.mairie2))
    unknown = par(m.mairie2).post("sinistres/2020-999999/transitions/valider/", {}, If_Match="1")
    assert foreign.status_code == unknown.status_code == 404 and foreign.json()["detail"] == unknown.json()["detail"]
    assert go("inventer", {}).status_code == 404
    assert Sinistre.objects.get(numero=numero).version == 1


def test_own_dossier_is_refused(m: f.Monde, par: Par, declaration: dict[str, Any], nothing_done: None) -> None:
    m.agent.compte = m.mairie
    m.agent.save()
    assert par(m.mairie).post("sinistres/", declaration).status_code == 403


DECOMPTES: list[tuple[dict[str, Any], str]] = [
    ({"montant": "douze"}, "montant"),
    ({"montant": "NaN"}, "montant"),
    ({"montant": True}, "montant"),
    ({"montant": "12.345"}, "montant"),
    ({"montant": "1e3"}, "montant"),
    ({"montant": "999999999999"}, "montant"),
    ({"montant": "-1"}, "montant"),
    ({"fin": "2020-01-01"}, "fin"),
    ({"debut": "2020-01-01", "fin": "2020-02-01"}, "debut"),
    ({"explication": "  "}, "explication"),
    ({"sinistre": "2020-999999"}, "sinistre"),
    ({"arret": 999999}, "arret"),
    ({"arret": 2**70}, "arret"),
    ({"corrige": 999999}, "corrige"),
]


@pytest.mark.parametrize(("change", "champ"), DECOMPTES, ids=[f"{next(iter(c))}={next(iter(c.values()))}" for c, _ in DECOMPTES])
def test_decompte_refused_on_the_field(m: f.Monde, par: Par, change: dict[str, Any], champ: str) -> None:
    sinistre = f.sinistre(m)
    arret = sinistre.arrets.get()
    body = {"sinistre": sinistre.numero, "debut": str(arret.debut), "fin": str(arret.fin), "montant": "10.00", "explication": "x"}
    response = par(m.gestionnaire).post("decomptes/", body | change)
    assert response.status_code in (400, 422) and champ in champs(response), response.content
    assert not sinistre.decomptes.exists()


def test_one_person_does_not_approve_his_own(m: f.Monde, par: Par) -> None:
    sinistre = f.sinistre(m)
    arret = sinistre.arrets.get()
    body = {"sinistre": sinistre.numero, "debut": str(arret.debut), "fin": str(arret.fin), "montant": 10.5, "explication": "x"}
    decompte = par(m.payeur).post("decomptes/", body).json()["id"]
    response = par(m.payeur).post(f"decomptes/{decompte}/approuver/")
    assert response.status_code == 422 and "une autre" in response.json()["detail"]
    early = par(m.payeur2).post("bordereaux/", {"decomptes": [decompte]})
    assert early.status_code == 422 and "pas approuvé" in early.json()["detail"]
    unknown = par(m.payeur2).post("bordereaux/", {"decomptes": [decompte, 999999]})
    assert unknown.status_code == 422 and "999999" in champs(unknown)["decomptes"][0]


DEPOTS: list[tuple[dict[str, Any], str]] = [
    ({"code": "inconnue"}, "code"),
    ({"type": "application/zip"}, "type"),
    ({"taille": 2 * 1024**3}, "taille"),
    ({"taille": 0}, "taille"),
    ({"taille": "10"}, "taille"),
    ({"sha256": "zz"}, "sha256"),
    ({"nom": ""}, "nom"),
    ({"nom": "a" * 256}, "nom"),
    ({"contenu": "JVBERi0="}, "contenu"),
]


@pytest.mark.parametrize(("change", "champ"), DEPOTS, ids=[f"{next(iter(c))}={str(next(iter(c.values())))[:12]}" for c, _ in DEPOTS])
def test_deposit_refused_on_the_field(m: f.Monde, par: Par, change: dict[str, Any], champ: str) -> None:
    sinistre = f.sinistre(m)
    body = {"code": "certificat", "nom": "c.pdf", "type": "application/pdf", "taille": 10}
    response = par(m.mairie).post(f"sinistres/{sinistre.numero}/pieces/", body | change)
    assert response.status_code in (400, 422) and champ in champs(response), response.content


RAW: list[tuple[str, bytes, str]] = [
    ("not JSON", b"{", "JSON"),
    ("duplicate key", b'{"nature":"CMO","nature":"AS"}', "deux fois"),
    ("NaN", b'{"montant":NaN}', "NaN"),
    ("NUL", b'{"agent":"a\\u0000b"}', "interdit"),
    ("NUL in a key", b'{"a\\u0000b":1}', "interdit"),
    ("lone surrogate", b'{"agent":"\\ud800"}', "interdit"),
    ("Latin-1", '{"agent":"é"}'.encode("latin-1"), "UTF-8"),
    ("nested", b"[" * 5000 + b"]" * 5000, "imbriqué"),
    ("bottomless", b"[" * 200_000, "imbriqué"),
    ("deep object", b'{"a":' * 50 + b"1" + b"}" * 50, "imbriqué"),
    ("huge integer", b'{"a":' + b"9" * 20_000 + b"}", "démesuré"),
]


@pytest.mark.parametrize(("raw", "mot"), [case[1:] for case in RAW], ids=[case[0] for case in RAW])
def test_unreadable_bodies(m: f.Monde, par: Par, nothing_done: None, raw: bytes, mot: str) -> None:
    response = par(m.mairie).send("POST", "sinistres/", raw=raw)
    assert response.status_code == 400 and mot in response.json()["detail"], response.content
    assert response["Content-Type"] == "application/problem+json"


class _Unread(io.RawIOBase):
    """A body that must not be read."""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("the body was read")


def test_a_body_of_100_megabytes_is_refused_before_it_is_read(m: f.Monde, par: Par, nothing_done: None) -> None:
    mairie = par(m.mairie)
    headers: dict[str, Any] = {"CONTENT_LENGTH": str(100 * 1024 * 1024), "wsgi.input": _Unread()}
    for path in ("sinistres/", "taches/1/prendre/", "sinistres/2026-000001/reprise/"):
        response = mairie.client.post(
            f"/api/v1/{path}", b"", content_type="application/json", headers={"Authorization": f"Token {mairie.secret}"}, **headers
        )
        assert response.status_code == 413 and "256" in response.json()["detail"], response.content
    anonymous = mairie.client.post("/api/v1/sinistres/", b"", content_type="application/json", **headers)
    assert anonymous.status_code == 413


def test_a_body_that_lies_about_its_length() -> None:
    with pytest.raises(Problem, match="256"):
        StrictJSONParser().parse(io.BytesIO(b" " * (MAX_BODY + 2)))
    chunked = RequestFactory().post("/", HTTP_TRANSFER_ENCODING="chunked")
    chunked.META["CONTENT_LENGTH"] = ""
    with pytest.raises(Problem) as found:
        check_length(chunked)
    assert found.value.status_code == 411
    for wrong in ("-5", "1e3", "٣"):
        chunked.META["CONTENT_LENGTH"] = wrong
        with pytest.raises(Problem) as found:
            check_length(chunked)
        assert found.value.status_code == 400


def test_other_content_types_and_methods(m: f.Monde, par: Par, nothing_done: None) -> None:
    mairie = par(m.mairie)
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", ""):
        response = mairie.send("POST", "sinistres/", raw=b"a=1", Content_Type=content_type)
        assert response.status_code == 415, (content_type, response.content)
        assert response["Content-Type"] == "application/problem+json"
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
        response = mairie.send(method, "sinistres/")
        assert response.status_code == 405 and response["Allow"] == "GET, POST, HEAD", response.content
        assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path", ["", "v1/", "v2/", "v1/inconnu/", "v1/sinistres", "v1/sinistres/abc/", "v1/taches/99999999999999999999/prendre/", "v1/%00/"]
)
def test_unknown_addresses(m: f.Monde, par: Par, path: str) -> None:
    for method in ("GET", "POST", "DELETE"):
        response = par(m.mairie).send(method, f"/api/{path}")
        assert response.status_code == 404 and response["Content-Type"] == "application/problem+json", (method, response.content)


@pytest.mark.parametrize(
    ("query", "champ"),
    [
        ("etat=OUVERT", "etat.0"), ("nature=", "nature.0"), ("texte=durand", "texte"), ("collectivite=1", "collectivite"),
        ("survenance_de=hier", "survenance_de"), ("curseur=abc", "curseur"), ("curseur=%5B%5D", "curseur"), ("curseur=WzBd", "curseur"),
        ("curseur=W3RydWVd", "curseur"), ("taille=0", "taille"), ("taille=201", "taille"), ("taille=1&taille=2", "taille"),
        ("etat=%00", "etat"), ("%00=1", ""),
    ],
)  # fmt: skip
def test_parameters_of_a_list(m: f.Monde, par: Par, query: str, champ: str) -> None:
    response = par(m.mairie).get(f"sinistres/?{query}")
    assert response.status_code in (400, 422) and champ in champs(response), response.content


def test_tokens(m: f.Monde, par: Par, declaration: dict[str, Any]) -> None:
    assert "Jeton" in Caller("").get("sinistres/").json()["title"]
    for secret in ("", "court", "x" * 43, "é" * 30, "a b" * 20):
        response = Caller(secret).get("sinistres/")
        assert response.status_code == 401 and response["WWW-Authenticate"] == 'Token realm="vigie"', response.content
    for medical in (m.medecin, m.secretariat, m.expert, m.psychologue):
        assert par(medical).get("sinistres/").status_code == 401
    mairie = par(m.mairie)
    m.mairie.jetons.update(expire_le=timezone.now() - dt.timedelta(seconds=1))
    assert mairie.get("sinistres/").status_code == 401
    m.mairie.jetons.update(expire_le=timezone.now() + dt.timedelta(days=1), revoque_le=timezone.now())
    assert mairie.post("sinistres/", declaration).status_code == 401


def test_a_fault_says_nothing(m: f.Monde, par: Par, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("SELECT secret FROM table")

    monkeypatch.setattr("api.views.sinistres.search_sinistres", broken)
    response = par(m.mairie).get("sinistres/")
    assert response.status_code == 500 and response["Content-Type"] == "application/problem+json"
    assert b"secret" not in response.content


def test_requests_are_counted(m: f.Monde, par: Par, settings: Any, parts: None) -> None:
    settings.API_REQUESTS_PER_MINUTE = 3
    mairie, autre = par(m.mairie), par(m.mairie2)
    answers = [mairie.get("sinistres/") for _ in range(8)]  # a new minute may begin in between
    late = [a for a in answers if a.status_code == 429]
    assert late and 0 <= int(late[-1]["Retry-After"]) <= 60 and "Retry-After" in late[-1].json()["detail"]
    assert autre.get("sinistres/").status_code == 200
