"""Where a call may go: private, reserved and disguised addresses, names that lead there, names that change their mind."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from notifications.webhooks import adresses, transport
from notifications.webhooks.adresses import AdresseRefusee, fautes, interdite, resoudre
from notifications.webhooks.transport import poster
from tests.notifications.webhooks.conftest import Recepteur, goutte_a_goutte, rompre, toujours

REFUSEES = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "0.1.2.3", "10.0.0.8", "172.16.0.1", "172.31.255.254", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::1", "::", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1",
    "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2001:db8::1", "fec0::1", "2001::1",
]  # fmt: skip
DEGUISEES = ["2130706433", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "127.1", "10.1", "0300.0250.1.1"]
PUBLIQUES = ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]


@pytest.mark.parametrize("adresse", REFUSEES + DEGUISEES)
def test_private_and_reserved_addresses_are_refused(adresse: str) -> None:
    assert interdite(adresse)


@pytest.mark.parametrize("adresse", PUBLIQUES)
def test_public_addresses_are_not(adresse: str) -> None:
    assert not interdite(adresse)


@pytest.mark.parametrize("adresse", ["127.0.0.1", "::1", "10.0.0.8", "192.168.1.1", "fd12::1", "::ffff:10.0.0.1"])
def test_an_employers_own_network_can_be_allowed(settings: Any, adresse: str) -> None:
    settings.WEBHOOKS_PRIVES = True
    assert not interdite(adresse)


@pytest.mark.parametrize(
    "adresse", ["169.254.169.254", "0.0.0.0", "0.1.2.3", "224.0.0.1", "fe80::1", "::", "240.0.0.1", "::ffff:169.254.169.254"]
)
def test_where_clouds_keep_their_credentials_never_is(settings: Any, adresse: str) -> None:
    settings.WEBHOOKS_PRIVES = True
    assert interdite(adresse)


@pytest.mark.parametrize("hote", [*DEGUISEES, "localhost", "127.0.0.1", "::1"])
def test_a_host_is_judged_by_what_it_resolves_to(hote: str) -> None:
    """The system's own resolver, which reads odd notations."""
    with pytest.raises(AdresseRefusee):
        resoudre(hote, 80)


def _named(monkeypatch: pytest.MonkeyPatch, *reponses: list[str]) -> list[str]:
    """A name server of ours: each question has the next answer, the last one for good. Returns the names asked for."""
    suite, asked = list(reponses), []

    def getaddrinfo(hote: str, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(hote)
        trouvees = suite.pop(0) if len(suite) > 1 else suite[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (adresse, port)) for adresse in trouvees]

    monkeypatch.setattr(adresses.socket, "getaddrinfo", getaddrinfo)
    return asked


def test_a_name_that_leads_inside_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _named(monkeypatch, ["10.0.0.8"])
    with pytest.raises(AdresseRefusee):
        resoudre("interne.example", 443)
    assert "privé" in poster("https://interne.example/x", b"{}", {}).erreur


def test_one_private_address_among_public_ones_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    _named(monkeypatch, ["1.1.1.1", "192.168.0.7"])
    with pytest.raises(AdresseRefusee):
        resoudre("double.example", 443)


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name answers a public address, then loopback: nobody asks it twice."""
    asked = _named(monkeypatch, ["93.184.215.14"], ["127.0.0.1"])
    reached: list[Any] = []

    def create_connection(adresse: tuple[str, int], timeout: float) -> socket.socket:
        reached.append(adresse)
        raise ConnectionRefusedError

    monkeypatch.setattr(transport.socket, "create_connection", create_connection)
    reponse = poster("https://changeant.example/x", b"{}", {})
    assert reponse.injoignable and reached == [("93.184.215.14", 443)] and asked == ["changeant.example"]


def test_the_name_stays_in_host(recepteur: Recepteur, monkeypatch: pytest.MonkeyPatch) -> None:
    _named(monkeypatch, ["127.0.0.1"])
    assert poster(f"http://sirh.example:{recepteur.port}/crochet", b"{}", {"Webhook-Id": "x"}).statut == 204
    (appel,) = recepteur.appels
    assert appel.entetes["host"] == f"sirh.example:{recepteur.port}" and appel.chemin == "/crochet"


def test_nothing_is_called_when_loopback_is_not_allowed(recepteur: Recepteur, settings: Any) -> None:
    settings.WEBHOOKS_PRIVES = False
    assert poster(recepteur.url, b"{}", {}).erreur == "adresse refusée"
    assert poster(f"http://localhost:{recepteur.port}/", b"{}", {}).statut is None
    assert recepteur.appels == []


def test_a_redirection_is_not_followed(recepteur: Recepteur) -> None:
    for statut in (301, 302, 307, 308):
        recepteur.repondre = toujours(statut)
        reponse = poster(recepteur.url, b"{}", {})
        assert (reponse.statut, reponse.acceptee, reponse.erreur) == (statut, False, "redirection, qui n’est pas suivie")
    assert len(recepteur.appels) == 4 and not any("ailleurs" in appel.chemin for appel in recepteur.appels)


def test_a_dropped_line_and_a_closed_port_are_told_apart_from_an_answer(recepteur: Recepteur) -> None:
    recepteur.repondre = rompre
    assert poster(recepteur.url, b"{}", {}).injoignable
    assert poster("http://127.0.0.1:9/", b"{}", {}).erreur == "pas de réponse (ConnectionRefusedError)"
    assert "ne mène nulle part" in poster("http://nulle.part.invalid/", b"{}", {}).erreur


def test_an_answer_that_never_ends_is_cut(recepteur: Recepteur, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "TIMEOUT", 0.5)
    recepteur.repondre = goutte_a_goutte
    assert poster(recepteur.url, b"{}", {}).erreur == "pas de réponse en dix secondes"


def test_of_a_long_answer_the_status_is_kept_and_little_is_read(recepteur: Recepteur, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "TIMEOUT", 2)
    sent = []

    def bavard(_recepteur: Recepteur, handler: Any, _appel: Any) -> None:
        handler.close_connection = True
        try:
            handler.connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
            for _ in range(4000):
                handler.connection.sendall(b"x" * 65536)
                sent.append(65536)
        except OSError:
            pass

    recepteur.repondre = bavard
    assert poster(recepteur.url, b"{}", {}).acceptee
    assert sum(sent) < 64 * 1024 * 1024


def test_a_body_dripping_after_the_status_is_cut_and_the_status_stands(recepteur: Recepteur, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "TIMEOUT", 0.5)

    def lent(_recepteur: Recepteur, handler: Any, _appel: Any) -> None:
        handler.close_connection = True
        try:
            handler.connection.sendall(b"HTTP/1.1 202 Accepted\r\nConnection: close\r\n\r\n")
            for _ in range(200):
                handler.connection.sendall(b"x")
                time.sleep(0.1)
        except OSError:
            pass

    recepteur.repondre = lent
    debut = time.monotonic()
    assert poster(recepteur.url, b"{}", {}).statut == 202
    assert time.monotonic() - debut < 5


@pytest.mark.parametrize(
    ("url", "mot"),
    [
        ("ftp://sirh.example/x", "https"), ("https://", "serveur"), ("https:///x", "serveur"), ("crochet", "https"), ("", "https"),
        ("https://moi:secret@sirh.example/", "mot de passe"), ("https://moi@sirh.example/", "mot de passe"),
        ("https://sirh.example/#x", "fragment"), ("https://sirh.example/#", "fragment"), ("https://sirh.example:0/", "serveur"),
        ("https://sirh.example:99999/", "adresse du web"), ("https://sirh.example/é", "accent"), ("https://sirh.example/a b", "espace"),
        ("https://sirh.example/\r\nX: y", "espace"), ("https://[::1", "adresse du web"), ("https://sirh.example\\@10.0.0.1/", "espace"),
        ("https://10.0.0.8/", "privée"), ("https://2130706433/", "privée"), ("https://[::1]/", "privée"),
        ("https://[::ffff:169.254.169.254]/", "privée"), ("https://sirh.example/" + "x" * 300, "300"),
    ],
)  # fmt: skip
def test_addresses_that_are_refused_as_they_are_typed(url: str, mot: str) -> None:
    assert mot in fautes(url)


def test_in_production_only_https(settings: Any) -> None:
    assert fautes("http://sirh.example/x") == "" == fautes("https://sirh.example:8443/x?client=7")
    settings.PRODUCTION = True
    assert "https" in fautes("http://sirh.example/x") and fautes("https://sirh.example/x") == ""
