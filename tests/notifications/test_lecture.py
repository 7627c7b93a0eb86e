"""Reading returned messages: the shapes of the usual servers, and anything that anybody may send."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.rebonds.lecture import ADRESSE, LIMITE, MESSAGE_ID, Action, Rebond, lire
from tests.notifications import retours
from tests.notifications.retours import MAIRIE

ID = "<0123456789abcdef@vigie.example>"


@pytest.mark.parametrize(
    ("octets", "action", "code"),
    [
        (retours.postfix(ID, MAIRIE), Action.ECHEC, "5.1.1"),
        (retours.postfix(ID, MAIRIE, code="4.4.1", action="delayed"), Action.RETARD, "4.4.1"),
        (retours.postfix(ID, MAIRIE, code="4.4.7"), Action.ECHEC, "4.4.7"),
        (retours.postfix(ID, MAIRIE.upper()), Action.ECHEC, "5.1.1"),
        (retours.exim(ID, MAIRIE), Action.ECHEC, "5.1.1"),
        (retours.vieil_exim(ID, MAIRIE), Action.ECHEC, "5.2.1"),
        (retours.exchange(ID, MAIRIE), Action.ECHEC, "5.1.10"),
        (retours.plainte(ID, MAIRIE), Action.PLAINTE, ""),
        (retours.plainte(ID, MAIRIE, nommee=False), Action.PLAINTE, ""),
    ],
)
def test_shapes(octets: bytes, action: Action, code: str) -> None:
    (rebond,) = lire(octets)
    assert (rebond.action, rebond.code, set(rebond.adresses)) == (action, code, {MAIRIE})
    assert ID in rebond.message_ids


def test_the_same_without_carriage_returns() -> None:
    for nom, modele in retours.TOUS.items():
        assert lire(modele(ID, MAIRIE).replace(b"\r\n", b"\n")) == lire(modele(ID, MAIRIE)), nom


def test_a_rewritten_recipient_is_known_by_both_names() -> None:
    (rebond,) = lire(retours.postfix(ID, "boite@hebergeur.example", origine="mairie+2Bvigie@mairie.example"))
    assert rebond.adresses == {"boite@hebergeur.example", "mairie+2bvigie@mairie.example", "mairie+vigie@mairie.example"}


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded", "", "FAILED?"])
def test_what_is_no_failure_is_no_report(action: str) -> None:
    assert lire(retours.postfix(ID, MAIRIE, action=action)) == []


@pytest.mark.parametrize("nature", ["not-spam", "auth-failure", ""])
def test_what_is_no_complaint_is_no_report(nature: str) -> None:
    assert lire(retours.plainte(ID, MAIRIE, nature=nature)) == []


def test_a_report_inside_somebody_s_message_is_no_report() -> None:
    inner = retours.postfix(ID, MAIRIE)
    assert lire(b'From: a@b.example\r\nContent-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n' + inner + b"\r\n--x--\r\n") == []
    assert lire(b"From: a@b.example\r\nContent-Type: message/rfc822\r\n\r\n" + inner) == []


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\x00" * 1000,
        "Bonjour, le congé de M. Dupont…".encode("latin-1", "replace"),
        retours.postfix(ID, MAIRIE).replace(MAIRIE.encode(), b""),
        retours.postfix("<>", MAIRIE),
        retours.postfix(ID, "pas une adresse"),
        retours.postfix(ID, MAIRIE) + b"x" * LIMITE,
    ],
)
def test_what_cannot_be_read_is_no_report(octets: bytes) -> None:
    assert lire(octets) == []


def test_unknown_charsets_and_broken_codings_are_read_all_the_same() -> None:
    octets = retours.vieil_exim(ID, MAIRIE).replace(
        b"Subject: Mail", b"Content-Type: text/plain; charset=klingon\r\nSubject: \xff\xfe Mail"
    )
    (rebond,) = lire(octets)
    assert rebond.message_ids == {ID}
    broken = (
        retours.exchange(ID, MAIRIE).replace(b"PHA+Tm9uIHJlbWlzPC9wPg==", b"\xff===PHA").replace(b'charset="utf-8"', b"charset*=x''%ff%")
    )
    assert [r.code for r in lire(broken)] == ["5.1.10"]


NESTED = b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (rank, rank) for rank in range(50))


@pytest.mark.parametrize(
    "octets",
    [
        b"Content-Type: message/rfc822\n\n" * 300_000,
        NESTED + b"--\n" * 3_000_000,
        b"Content-Type: message/delivery-status\n\n" + b"a: b\n\n" * 1_500_000,
        b"Content-Type: message/delivery-status\n\n" + b"\n" * 10_000_000,
        b"Content-Type: multipart/report" + b";" * 9_000_000 + b"\n\n",
        b"Content-Type: multipart/report; a=" + b'";' * 4_000_000 + b"\n\n",
        b"X-Failed-Recipients: " + b"a@b.example," * 800_000 + b"\n\nMessage-ID: " + b"<" * 1_000_000,
        b"X-Failed-Recipients: " + b"(" * 9_000_000 + b"\n\n",
        b"X-Failed-Recipients: a@b.example\n\n" + b"message-id:\t" * 800_000,
        b"X-Failed-Recipients: a@b.example\n\n" + b" \n" * 4_500_000,
    ],
    ids=["deep", "boundaries", "blocks", "lines", "parameters", "quotes", "addresses", "comments", "fields", "blanks"],
)
def test_hostile_megabytes_are_read_in_bounded_time(octets: bytes) -> None:
    began = time.process_time()
    assert lire(octets) == []
    assert time.process_time() - began < 8


def sound(rebond: Rebond) -> bool:
    return (
        all(ADRESSE.fullmatch(adresse) and adresse == adresse.lower() for adresse in rebond.adresses)
        and all(MESSAGE_ID.fullmatch(one) and "\x00" not in one for one in rebond.message_ids)
        and len(rebond.code) <= 10
    )


@settings(max_examples=150, deadline=None)
@given(
    nom=st.sampled_from(sorted(retours.TOUS)),
    cuts=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=40)), max_size=8),
)
def test_any_damage_leaves_sound_reports_or_none(nom: str, cuts: list[tuple[float, int, bytes]]) -> None:
    octets = retours.TOUS[nom](ID, MAIRIE)
    for where, length, put in cuts:
        at = int(where * len(octets))
        octets = octets[:at] + put + octets[at + length :]
    assert all(sound(rebond) for rebond in lire(octets))


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_leave_sound_reports_or_none(octets: bytes) -> None:
    assert all(sound(rebond) for rebond in lire(octets))
