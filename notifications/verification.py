"""What may be published as the words of an e-mail, and why not. Pure but for the registry of kinds; faults are French sentences."""

from __future__ import annotations

import re
import unicodedata

from cases.variables import VARIABLE
from notifications.enums import GenreCourriel
from notifications.gabarits import Mots
from notifications.genres import Variables, exemple
from notifications.vocabulaire import mots_interdits

OBJET_MAX, CORPS_MAX, LIGNE_MAX = 120, 2000, 300
"""Characters as typed: what is longer is not read, and an objet is cut by the screens that show it."""

CHAMPS = {"objet": "L’objet", "corps": "Le corps", "ligne": "La ligne du récapitulatif"}
_LONGUEURS = {"objet": OBJET_MAX, "corps": CORPS_MAX, "ligne": LIGNE_MAX}

SANS_DOSSIER = frozenset({GenreCourriel.RECAPITULATIF, GenreCourriel.ECHEANCE_CONTRAT, GenreCourriel.PAIEMENT, GenreCourriel.MISSION})
"""Kinds that are about no single dossier: there is no number and no agent to name."""

ESSENTIELLES: dict[str, tuple[str, ...]] = {
    GenreCourriel.PIECES_DEMANDEES: ("pieces",),
    GenreCourriel.PIECES_RELANCE: ("pieces", "depuis"),
    GenreCourriel.PIECE_REFUSEE: ("motif",),
    GenreCourriel.PAIEMENT: ("bordereau",),
    GenreCourriel.SAISINE_A_PREPARER: ("delai",),
    GenreCourriel.DECISION_ATTENDUE: ("delai",),
    GenreCourriel.DROITS_EN_FIN: ("droits", "jour"),
    GenreCourriel.ECHEANCE_CONTRAT: ("contrat", "evenement", "jour"),
    GenreCourriel.MISSION: ("elements",),
}
"""What a kind is about: both its body and its line must say it."""

_ADRESSE = re.compile(r"https?:|ftp:|mailto:|javascript:|data:|\bwww\.|://|\b[\w-]+\.(?:fr|com|org|net|eu|info|gouv)\b", re.IGNORECASE)
_COURRIEL = re.compile(r"\S@\S")


def variables_permises(genre: str) -> Variables:
    """The variables that the words of this kind may name, each with what it is in a preview."""
    if genre == GenreCourriel.RECAPITULATIF:
        return {"dossiers": "2 dossiers", "jour": "3 novembre 2026"}
    return {nom: valeur for nom, valeur in exemple(genre).items() if genre not in SANS_DOSSIER or nom not in ("numero", "agent")}


def variables_requises(genre: str, champ: str) -> tuple[str, ...]:
    """Those that a field can't do without; in a digest, number and agent stand above the line."""
    if champ == "objet":
        return ()
    du_dossier = ("numero",) if champ == "corps" and genre not in SANS_DOSSIER else ()
    return (*du_dossier, *ESSENTIELLES.get(genre, ()))


def verifier(genre: str, mots: Mots) -> dict[str, list[str]]:
    """The faults of each field (`objet`, `corps`, `ligne`), empty when they can be published."""
    found = {
        "objet": _faults(genre, "objet", mots.objet),
        "corps": _faults(genre, "corps", mots.corps),
        "ligne": [] if genre == GenreCourriel.RECAPITULATIF else _faults(genre, "ligne", mots.ligne),
    }
    return {champ: fautes for champ, fautes in found.items() if fautes}


def _faults(genre: str, champ: str, texte: str) -> list[str]:
    nom = CHAMPS[champ]
    if not texte.strip():
        return [f"{nom} ne peut pas être vide."]
    fautes = []
    if len(texte) > _LONGUEURS[champ]:
        fautes.append(f"{nom} compte {len(texte)} caractères\u00a0: {_LONGUEURS[champ]} au plus.")
    if champ != "corps" and len(texte.strip().splitlines()) > 1:
        fautes.append(f"{nom} tient sur une seule ligne.")
    if any(_hidden(signe) for signe in texte):
        fautes.append(f"{nom} contient un caractère invisible\u00a0: retapez ce passage au lieu de le coller.")
    fautes += _variables(genre, champ, texte)
    nu = VARIABLE.sub(" ", texte)
    if _ADRESSE.search(nu):
        fautes.append("Aucune adresse de page\u00a0: le lien vers le dossier est ajouté par l’application, et il est le seul.")
    if _COURRIEL.search(nu):
        fautes.append("Aucune adresse de courriel\u00a0: la réponse passe par la page du dossier.")
    interdits = mots_interdits(nu)
    if interdits:
        cites = ", ".join(f"«\u202f{mot}\u202f»" for mot in interdits)
        fautes.append(f"Un courriel ne dit ni la nature d’un arrêt, ni la santé d’un agent, ni le nom d’une pièce\u00a0: retirez {cites}.")
    return fautes


def _variables(genre: str, champ: str, texte: str) -> list[str]:
    """Braces that are no variable, variables that this kind does not have, and those that it can't do without."""
    permises = variables_permises(genre)
    nommees = list(dict.fromkeys(VARIABLE.findall(texte)))
    fautes = []
    if any(signe in VARIABLE.sub("", texte) for signe in "{}"):
        fautes.append("Des accolades ne se répondent pas\u00a0: une variable s’écrit {{ nom }}, et rien d’autre n’en prend.")
    inconnues = [nom for nom in nommees if nom not in permises]
    if inconnues:
        faute = "variables inconnues" if len(inconnues) > 1 else "variable inconnue"
        fautes.append(f"{', '.join(inconnues)}\u00a0: {faute} ici. Vous pouvez employer {', '.join(sorted(permises))}.")
    manquantes = [nom for nom in variables_requises(genre, champ) if nom not in nommees]
    if manquantes:
        listees = " et ".join(f"{{{{ {nom} }}}}" for nom in manquantes)
        fautes.append(f"{CHAMPS[champ]} doit dire {listees}\u00a0: sans quoi son lecteur ne sait pas de quoi il s’agit.")
    return fautes


def _hidden(signe: str) -> bool:
    """A control or formatting sign: it could part a word that would be refused, or turn the order of reading over."""
    return unicodedata.category(signe) in {"Cc", "Cf", "Co", "Cs"} and signe not in "\n\r\t"
