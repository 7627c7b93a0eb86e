"""French typography: what is touched, what never is."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notifications.typographie import FINE, NBSP, typographie

MORCEAUX = st.sampled_from(
    [
        "mot", "l'agent", "«", "»", ";", ":", "!", "?", ".", "...", "…", " ", "  ", NBSP, FINE, "\t", "\n", "\n\n", "3", "12", "1 234",
        "1er", "2026", "novembre", "€", "%", "jours", "n°", "n°3", "{{ numero }}", "{{", "}}",
        "https://vigie.fr/a?b=1;c", "www.vigie.fr", "/dossiers/?x=1",
        "rh@mairie.fr", "10:42", "(", ")", "'", "’", ",", "-", "É",
    ]
)  # fmt: skip
TEXTES = st.one_of(st.lists(MORCEAUX, max_size=25).map("".join), st.text(max_size=60))
ADRESSE = re.compile(r"https?://[^\s«»<>\"]*|\{\{[^{}\n]*\}\}")


@pytest.mark.parametrize(
    ("tape", "compose"),
    [
        ("Qui ? Vous !", f"Qui{FINE}? Vous{FINE}!"),
        ("Qui? Vous!", f"Qui{FINE}? Vous{FINE}!"),
        ("Quoi ?! Rien; si : peu", f"Quoi{FINE}?! Rien{FINE}; si{NBSP}: peu"),
        ("Motif: illisible", f"Motif{NBSP}: illisible"),
        ("« Mes dossiers » et «x»", f"«{FINE}Mes dossiers{FINE}» et «{FINE}x{FINE}»"),
        ("L'agent n'a pas d'«avis»", f"L’agent n’a pas d’«{FINE}avis{FINE}»"),
        ("le 3 novembre 2026, le 1er mai 2027", f"le 3{NBSP}novembre{NBSP}2026, le 1er{NBSP}mai{NBSP}2027"),
        ("12 jours, 3 pièces, 1 234,50 €, 90 %", f"12{NBSP}jours, 3{NBSP}pièces, 1{FINE}234,50{NBSP}€, 90{NBSP}%"),
        ("1 234 567 euros en 2026 100 fois", f"1{FINE}234{FINE}567{NBSP}euros en 2026 100{NBSP}fois"),
        ("dossier n° 3, n°{{ numero }}", f"dossier n°{NBSP}3, n°{NBSP}{{{{ numero }}}}"),
        ("à 10:42, ratio 3:1", "à 10:42, ratio 3:1"),
        ("Voir https://vigie.fr/a?b=1;c=l'or : merci", "Voir https://vigie.fr/a?b=1;c=l'or : merci"),
        ("Le dossier {{ numero }} : {{l'un !}}", f"Le dossier {{{{ numero }}}}{NBSP}: {{{{l'un !}}}}"),
        ("Attendez...", "Attendez…"),
        ("fini (ou non ?)", f"fini (ou non{FINE}?)"),
        ("? seul\n! seul", "? seul\n! seul"),
        ("3 joursde", "3 joursde"),
        ("", ""),
    ],
)
def test_examples(tape: str, compose: str) -> None:
    assert typographie(tape) == compose


@given(TEXTES)
@example("a;: b")
@example("«»")
@example("https://x.fr »")
def test_twice_is_once(texte: str) -> None:
    assert typographie(typographie(texte)) == typographie(texte)


@given(TEXTES)
def test_only_spaces_apostrophes_and_suspensions_change(texte: str) -> None:
    def bare(value: str) -> str:
        return re.sub(rf"[ \t{NBSP}{FINE}]", "", value).replace("’", "'").replace("…", "...")

    assert bare(typographie(texte)) == bare(texte)


@given(TEXTES)
def test_lines_stay_lines(texte: str) -> None:
    assert typographie(texte).count("\n") == texte.count("\n")


@given(TEXTES)
def test_addresses_and_variables_stay_as_typed(texte: str) -> None:
    assert ADRESSE.findall(typographie(texte)) == ADRESSE.findall(texte)


@given(TEXTES)
def test_a_mark_never_begins_a_line_by_a_plain_space(texte: str) -> None:
    """Whatever was typed, no « ; ! ? » that follows a word is parted from it by a space where a line may break."""
    assert not re.search(r"\w [;!?]", ADRESSE.sub("", re.sub(r"\S*[@/.]\S*", "", typographie(texte))))
