"""The layout of an e-mail: text and HTML say the same, links are understood alone, nothing is fetched, what is typed stays text."""

from __future__ import annotations

import re
from collections import defaultdict
from html.parser import HTMLParser

import pytest

from cases.variables import remplir
from notifications.apercus import apercevoir
from notifications.gabarits import invite, mots_d_origine
from notifications.genres import GENRES
from notifications.mise_en_page import Bloc, Ligne, Page, mettre_en_page
from notifications.typographie import FINE, NBSP
from notifications.verification import variables_permises
from notifications.vocabulaire import mots_interdits

WHITE = (255, 255, 255)


class Reader(HTMLParser):
    """Elements by name, links with their words, and every colour."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: defaultdict[str, list[dict[str, str | None]]] = defaultdict(list)
        self.links: list[tuple[str, str]] = []
        self.text: list[str] = []
        self._href: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag].append(dict(attrs))
        if tag == "a":
            self._href = dict(attrs)["href"]

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._href = None

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._href is not None:
            self.links.append((data, self._href))


def words(texte: str) -> str:
    return " ".join(re.sub(r"[ \n]+", " ", texte).split(" ")).strip()


def contrast(colour: tuple[int, ...], ground: tuple[int, ...] = WHITE) -> float:
    """WCAG 2: the ratio of relative luminances."""

    def luminance(rgb: tuple[int, ...]) -> float:
        parts = [c / 255 / 12.92 if c / 255 <= 0.03928 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    light, dark = sorted((luminance(colour), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def digest(*lignes: Ligne) -> Page:
    return mettre_en_page("Objet", "Un.\n\nDeux.", [Bloc("Dossier 2026-000001", lignes)], "CDG")


PAGES = [
    pytest.param(page, id=f"{genre}-{forme}")
    for genre in (*GENRES, "RECAPITULATIF")
    for forme, page in vars(apercevoir(genre, mots_d_origine()[genre])).items()
    if page is not None
]


@pytest.mark.parametrize("page", PAGES)
def test_every_e_mail_is_accessible_and_fetches_nothing(page: Page) -> None:
    read = Reader(page.html)
    assert read.tags["html"] == [{"lang": "fr"}]
    assert len(read.tags["h1"]) == len(read.tags["main"]) == 1
    assert not set(read.tags) & {"img", "script", "link", "iframe", "object", "form", "input", "table", "video", "svg", "style"}
    assert "url(" not in page.html and page.html.count("http") == len(read.links)
    colours = re.findall(r"(?<!-)\bcolor: #([0-9a-f]{6})", page.html)
    assert colours and all(contrast(tuple(bytes.fromhex(colour))) >= 4.5 for colour in colours)
    sizes = [int(size) for size in re.findall(r"(?:font-size: |font: )(\d+)px", page.html)]
    assert sizes and min(sizes) >= 16


@pytest.mark.parametrize("page", PAGES)
def test_text_and_html_say_the_same(page: Page) -> None:
    read = Reader(page.html)
    seen = words(" ".join(read.text))
    for phrase in page.texte.splitlines():
        bare = words(phrase).removeprefix("- ").removesuffix(f"{NBSP}:")
        if not bare.startswith("http"):
            assert bare in seen, bare
    assert [href for _, href in read.links] == re.findall(r"^ *(http\S+)$", page.texte, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_no_e_mail_of_the_application_says_what_it_must_not(page: Page) -> None:
    assert not mots_interdits(page.objet)
    assert not mots_interdits(page.texte)


@pytest.mark.parametrize("page", PAGES)
def test_french_typography_everywhere(page: Page) -> None:
    for texte in (page.objet, re.sub(r"http\S+", "", page.texte), " ".join(Reader(page.html).text)):
        assert not re.search(rf"[^{NBSP}{FINE}\n][;:?!»](?=\s|$)|«(?!{FINE})|'", texte)


def test_links_that_lead_elsewhere_never_say_the_same() -> None:
    page = digest(
        Ligne("Une.", "https://v/1", "Remplacer la pièce"),
        Ligne("Deux.", "https://v/2", "Remplacer la pièce"),
        Ligne("Trois.", "https://v/2", "Remplacer la pièce"),
        Ligne("Quatre.", "https://v/3", "Répondre"),
    )
    assert Reader(page.html).links == [
        ("Remplacer la pièce (1 sur 2)", "https://v/1"),
        ("Remplacer la pièce (2 sur 2)", "https://v/2"),
        ("Remplacer la pièce (2 sur 2)", "https://v/2"),
        ("Répondre", "https://v/3"),
    ]


@pytest.mark.parametrize("genre", sorted(GENRES))
def test_what_a_link_says_is_understood_alone(genre: str) -> None:
    variables = variables_permises(genre)
    said = invite(genre, variables)
    assert len(said) > 10 and "{{" not in said and said != "Ouvrir votre espace"
    if "numero" in variables:
        assert variables["numero"] in said
    assert invite("PIECES_DEMANDEES", {}) == "Ouvrir votre espace"


def test_a_deadline_is_told_first() -> None:
    page = digest(Ligne("3 pièces.", "https://v/1", "Envoyer", "Pour le 3 novembre 2026 :"))
    assert f"- Pour le 3{NBSP}novembre{NBSP}2026{NBSP}: 3{NBSP}pièces.\n" in page.texte


def test_what_is_typed_stays_text() -> None:
    corps = "<script>x</script> & {% now %} {{ agent }}\r\n \r\nDeux,\nsuite"
    page = mettre_en_page("Objet\nBcc: tous", corps, [Bloc("<b>", (Ligne("<i>", "https://v/1", "Lire"),))], "CDG")
    read = Reader(page.html)
    assert not set(read.tags) & {"script", "b", "i"} and "\n" not in page.objet
    assert "<script>x</script> & {% now %} {{ agent }}\n\nDeux, suite\n" in page.texte
    assert len(read.tags["p"]) == 5, "Bonjour, two paragraphs, the CDG, the last word"


def test_no_break_spaces_of_a_variable_stay() -> None:
    assert f"matricule{NBSP}4512" in mettre_en_page("Objet", f"Agent A. B., matricule{NBSP}4512", [], "CDG").texte


def test_a_value_is_never_read_as_words() -> None:
    """A name that looks like a variable is that name."""
    assert remplir("{{ collectivite }}, {{ agent }}", {"collectivite": "{{ agent }}", "agent": "A. B."}) == "{{ agent }}, A. B."
