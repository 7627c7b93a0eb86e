"""What is sealed for one place opens there and nowhere else, whole or not at all."""

from __future__ import annotations

import base64
import itertools
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medical.enveloppe import (
    SEALED_SEGMENT,
    SEGMENT,
    TABLES,
    Ouverte,
    clear_size,
    draw_data_key,
    label,
    label_of,
    new_data_key,
    open_data_key,
    open_field,
    rewrap,
    seal_field,
    sealed_size,
)
from medical.errors import CleIndisponible, ContenuAltere
from medical.models import Cle, Facture, Fichier, Mission, Opinion
from medical.trousseau import TrousseauLocal, trousseau

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]

HERE = label("medical_fichier", Cle().uid, "contenu")
AROUND = [0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT - 1, 2 * SEGMENT, 2 * SEGMENT + 1, 3 * SEGMENT]


@pytest.fixture(scope="module")
def key() -> Ouverte:
    return Ouverte(Cle(), b"k" * 32)


def ring(*identifiers: str) -> list[str]:
    return [f"{name}:{base64.b64encode((name * 32)[:32].encode()).decode()}" for name in identifiers]


def sealed(key: Ouverte, clair: bytes) -> list[bytes]:
    return list(key.seal_stream([clair], HERE))


def opened(key: Ouverte, morceaux: list[bytes], where: bytes = HERE) -> bytes:
    return b"".join(key.open_stream(morceaux, where))


# -- Files --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("taille", AROUND)
def test_sizes_around_a_segment(key: Ouverte, taille: int) -> None:
    clair = bytes(itertools.islice(itertools.cycle(range(251)), taille))
    segments = sealed(key, clair)
    assert opened(key, segments) == clair
    assert sum(map(len, segments)) == sealed_size(taille)
    assert clear_size(sealed_size(taille)) == taille
    assert all(len(segment) == SEALED_SEGMENT for segment in segments[:-1])


@settings(max_examples=40, deadline=None)
@given(
    taille=st.integers(0, 3 * SEGMENT + 2) | st.sampled_from(AROUND),
    entree=st.integers(1, 2 * SEGMENT),
    sortie=st.integers(1, 2 * SEALED_SEGMENT),
)
def test_however_it_comes_and_goes(taille: int, entree: int, sortie: int) -> None:
    """Pieces of any length in, pieces of any length out: the same file."""
    une = Ouverte(Cle(), b"h" * 32)
    clair = (b"0123456789abcdef" * (taille // 16 + 1))[:taille]
    scelle = b"".join(une.seal_stream((clair[i : i + entree] for i in range(0, taille, entree)), HERE))
    assert b"".join(une.open_stream((scelle[i : i + sortie] for i in range(0, len(scelle), sortie)), HERE)) == clair


@pytest.mark.parametrize("taille", [1, 27, SEALED_SEGMENT + 1, SEALED_SEGMENT + 27])
def test_a_length_that_no_ciphertext_has(taille: int) -> None:
    with pytest.raises(ContenuAltere):
        clear_size(taille)


def wrongs(segments: list[bytes]) -> dict[str, list[bytes]]:
    first, second, third, last = segments
    return {
        "cut tail": [first, second, third],
        "cut at a boundary, twice": [first, second],
        "cut inside the last": [first, second, third, last[:-1]],
        "dropped": [first, third, last],
        "reordered": [second, first, third, last],
        "duplicated": [first, second, second, third, last],
        "last one first": [last, first, second, third],
        "something after the end": [*segments, b"x"],
        "another end": [*segments, last],
        "nothing": [],
        "a flipped byte": [first, second[:100] + bytes([second[100] ^ 1]) + second[101:], third, last],
        "a flipped nonce": [first, second, bytes([third[0] ^ 1]) + third[1:], last],
        "a flipped tag": [first, second, third, last[:-1] + bytes([last[-1] ^ 1])],
    }


@pytest.mark.parametrize("name", wrongs([b"x" * 200] * 4))
def test_what_was_tampered_with_does_not_open(key: Ouverte, name: str) -> None:
    segments = sealed(key, b"a" * (3 * SEGMENT + 10))
    given_out: list[bytes] = []
    with pytest.raises(ContenuAltere):
        given_out.extend(key.open_stream(wrongs(segments)[name], HERE))
    assert set(b"".join(given_out)) <= {ord("a")}, "what was given out before the fault had been verified"
    assert len(b"".join(given_out)) <= 3 * SEGMENT


def test_a_segment_of_another_file_row_or_field_does_not_open(key: Ouverte) -> None:
    segments = sealed(key, b"a" * (2 * SEGMENT))
    other_row, other_field = label("medical_fichier", Cle().uid, "contenu"), HERE.replace(b":contenu", b":apercu")
    for where in (other_row, other_field):
        with pytest.raises(ContenuAltere):
            opened(key, segments, where)
        stranger = list(key.seal_stream([b"b" * (2 * SEGMENT)], where))
        with pytest.raises(ContenuAltere):
            opened(key, [segments[0], stranger[1]])
    with pytest.raises(ContenuAltere):
        opened(Ouverte(Cle(), b"z" * 32), segments)


def test_nothing_is_sealed_twice_alike(key: Ouverte) -> None:
    assert sealed(key, b"a") != sealed(key, b"a")
    assert len({segment[:12] for segment in sealed(key, b"a" * (20 * SEGMENT))}) == 20


def test_what_holds_a_key_shows_nothing(key: Ouverte) -> None:
    assert "kkk" not in repr(key) and "kkk" not in str(key)


# -- Texts --------------------------------------------------------------------------------------------------------------------


def test_a_text_opens_at_its_place_only() -> None:
    ouverte = new_data_key()
    opinion, other = Opinion(cle=ouverte.cle), Opinion(cle=ouverte.cle)
    opinion.texte = seal_field(ouverte, opinion, "texte", "Lésion méniscale ancienne")
    assert b"L\xc3\xa9sion" not in opinion.texte
    assert open_field(opinion, "texte") == "Lésion méniscale ancienne"
    other.texte = opinion.texte
    with pytest.raises(ContenuAltere) as refused:
        open_field(other, "texte")
    assert "méniscale" not in str(refused.value) + refused.value.message
    mission = Mission(cle=ouverte.cle, uid=opinion.uid)
    mission.questions = mission.conclusions = seal_field(ouverte, mission, "questions", "Le lien est-il établi ?")
    with pytest.raises(ContenuAltere):
        open_field(mission, "conclusions")
    opinion.texte = mission.questions
    with pytest.raises(ContenuAltere):
        open_field(opinion, "texte")


def test_labels_are_pinned() -> None:
    """They are inside every ciphertext written since the first day: renaming a model, a table or a field must not change them."""
    uid = "00000000-0000-0000-0000-000000000001"
    assert sorted(TABLES.values()) == [
        "medical_cle",
        "medical_facture",
        "medical_fichier",
        "medical_mission",
        "medical_opinion",
        "medical_seance",
        "medical_soutien",
    ]
    assert label_of(Fichier(uid=UUID(uid)), "contenu") == f"medical_fichier:{uid}:contenu".encode()
    assert label_of(Facture(uid=UUID(uid)), "actes") == f"medical_facture:{uid}:actes".encode()


# -- Data keys ----------------------------------------------------------------------------------------------------------------


def test_a_wrapped_key_moved_to_another_row_does_not_open() -> None:
    one, two = new_data_key().cle, new_data_key().cle
    two.emballee = one.emballee
    with pytest.raises(CleIndisponible):
        open_data_key(two)


def test_rewrapping_leaves_what_is_encrypted(settings: Any) -> None:
    settings.MEDICAL_KEYS = ring("ancienne")
    ouverte = new_data_key()
    scelle = ouverte.seal("texte", HERE)
    settings.MEDICAL_KEYS = ring("nouvelle", "ancienne")
    assert rewrap(ouverte.cle.pk) and not rewrap(ouverte.cle.pk)
    settings.MEDICAL_KEYS = ring("nouvelle")
    cle = Cle.objects.get(pk=ouverte.cle.pk)
    assert (cle.kek, cle.reemballee_le is not None) == ("nouvelle", True)
    assert open_data_key(cle).open(scelle, HERE) == "texte"


@pytest.mark.parametrize("cles", [[], ring("autre")], ids=["no key at all", "another key"])
def test_without_its_key(settings: Any, cles: list[str]) -> None:
    cle = new_data_key().cle
    settings.MEDICAL_KEYS = cles
    with pytest.raises(CleIndisponible):
        open_data_key(cle)


def test_a_wrong_key_under_the_same_name_writes_nothing(settings: Any) -> None:
    """The file of keys was mixed up: what would be written would be lost the day the right one comes back."""
    settings.MEDICAL_KEYS = ring("une")
    new_data_key()
    right = settings.MEDICAL_KEYS
    settings.MEDICAL_KEYS = ["une:" + base64.b64encode(b"w" * 32).decode()]
    with pytest.raises(CleIndisponible):
        draw_data_key()
    settings.MEDICAL_KEYS = right
    assert draw_data_key().cle.kek == "une"


def test_two_rings_of_the_same_settings_are_one() -> None:
    assert trousseau() is trousseau() and isinstance(trousseau(), TrousseauLocal)
