"""What may be published as the words of an e-mail, and what never is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.enums import Nature
from notifications.enums import GenreCourriel
from notifications.gabarits import Mots, mots_d_origine
from notifications.genres import GENRES
from notifications.verification import CORPS_MAX, variables_permises, verifier
from notifications.vocabulaire import mots_interdits

GENRE = GenreCourriel.PIECES_DEMANDEES
BONS = Mots(
    "Dossier {{ numero }} : {{ pieces }}",
    "Bonjour.\n\nLe dossier {{ numero }} ({{ agent }}) attend {{ pieces }}.",
    "Agent {{ agent }} : {{ pieces }}.",
)


def test_good_words_have_no_fault() -> None:
    assert verifier(GENRE, BONS) == {}


@pytest.mark.parametrize("genre", sorted({*GENRES, GenreCourriel.RECAPITULATIF}))
def test_the_applications_own_words_pass(genre: str) -> None:
    assert verifier(genre, mots_d_origine()[genre]) == {}


@pytest.mark.parametrize(
    ("champ", "texte", "faute"),
    [
        ("objet", "", "ne peut pas être vide"),
        ("objet", "  ", "ne peut pas être vide"),
        ("ligne", "", "ne peut pas être vide"),
        ("objet", "Dossier\nBcc", "une seule ligne"),
        ("ligne", "{{ agent }}\n{{ pieces }}", "une seule ligne"),
        ("objet", "x" * 121, "121 caractères"),
        ("corps", "{{ numero }} {{ pieces }} " + "x" * CORPS_MAX, f"{CORPS_MAX} au plus"),
        ("corps", "{{ numero }} {{ pieces }} {{ diagnostic }}", "diagnostic\u00a0: variable inconnue ici. Vous pouvez employer agent, "),
        ("corps", "{{ numero }} {{ pieces }} {{ Délai1 }}", "Délai1\u00a0: variable inconnue ici"),
        ("corps", "{{ numero }} {{ pieces }} {{ nature }} {{ nom }}", "nature, nom\u00a0: variables inconnues ici"),
        ("corps", "{{ numero }} {{ pieces }} {{ agent }", "accolades"),
        ("corps", "{{ numero }} {{ pieces }} {% if agent %}", "accolades"),
        ("corps", "{{ numero }} {{ pieces }} {{ agent.nom }}", "accolades"),
        ("corps", "{{ numero }} {{ pieces|upper }}", "accolades"),
        ("corps", "{{ numero }} {{ pieces }} }}", "accolades"),
        ("corps", "Nous attendons {{ pieces }}.", "doit dire {{ numero }}"),
        ("corps", "Le dossier {{ numero }}.", "doit dire {{ pieces }}"),
        ("ligne", "Des pièces.", "doit dire {{ pieces }}"),
        ("corps", "Envoyez-les-nous.", "doit dire {{ numero }} et {{ pieces }}"),
        ("corps", "{{ numero }} {{ pieces }} https://exemple.fr/", "adresse de page"),
        ("corps", "{{ numero }} {{ pieces }} www.exemple.fr", "adresse de page"),
        ("corps", "{{ numero }} {{ pieces }} sur exemple.fr", "adresse de page"),
        ("corps", "{{ numero }} {{ pieces }} à rh@exemple.fr", "adresse de courriel"),
        ("corps", "{{ numero }} {{ pieces }} mala\u200bdie", "invisible"),
        ("corps", "{{ numero }} {{ pieces }} \u202emiroir", "invisible"),
        ("objet", "Congé de longue maladie", "retirez «\u202fmaladie\u202f»"),
        ("objet", "Dossier {{ numero }} (CITIS)", "retirez «\u202fcitis\u202f»"),
        ("ligne", "{{ agent }} {{ pieces }} arrêt AS", "retirez «\u202fAS\u202f»"),
        ("corps", "{{ numero }} {{ pieces }} : le certificat", "retirez «\u202fcertificat\u202f»"),
    ],
)
def test_each_fault_is_told_on_its_field(champ: str, texte: str, faute: str) -> None:
    found = verifier(GENRE, replace(BONS, **{champ: texte}))
    assert list(found) == [champ]
    assert any(faute in une for une in found[champ]), found[champ]


@pytest.mark.parametrize("nature", Nature)
def test_no_nature_can_be_named(nature: Nature) -> None:
    assert mots_interdits(f"Votre dossier ({nature.label}) attend.")
    assert mots_interdits(f"Votre dossier {nature.value} attend.")
    assert mots_interdits(f"VOTRE DOSSIER : {nature.label.upper()}.")


@pytest.mark.parametrize(
    "texte",
    [
        "l’ALD", "accidents", "un accident de travail", "MATERNITÉ", "le décès", "sa dépression", "un cancer", "une fracture du poignet",
        "la rechute", "l’imputabilité", "une contre-visite", "la contre\u2011visite", "son état de santé", "des soins", "le volet 2",
        "en AT/MP", "la grossesse", "ｃａｎｃｅｒ",
        "ses frais médicaux", "le demi-traitement", "la longue durée",
    ],
)  # fmt: skip
def test_what_tells_health_or_nature_is_recognised(texte: str) -> None:
    assert mots_interdits(texte)


@pytest.mark.parametrize(
    "texte",
    [
        "Nous attendons votre réponse dès que possible, as usual.", "La page dit ce qu’il ne faut pas envoyer.",
        "Le conseil médical se réunit.", "L’arrêt connu est terminé : déclarez la reprise.", "dans le délai prévu par le contrat",
        "Vos droits : pour qu’il ait le temps.",
        "Il ne contient aucune information médicale.", "Les besoins du service", "Les conclusions du contrôle sont disponibles.",
    ],
)  # fmt: skip
def test_plain_words_pass(texte: str) -> None:
    assert not mots_interdits(texte)


def test_what_a_variable_may_be_called_depends_on_the_kind() -> None:
    assert set(variables_permises(GenreCourriel.RECAPITULATIF)) == {"dossiers", "jour"}
    assert {"numero", "agent", "pieces"} <= set(variables_permises(GENRE))
    assert "motif" not in variables_permises(GENRE)
