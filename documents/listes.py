"""The dated lists of required pièces: read from documents/listes/*.toml, checked, loaded as versions that never change."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from contracts.enums import Nature, Regime
from contracts.models import ContratGroupe
from documents.enums import Condition, Stade, Visibilite
from documents.models import Exigence, ListePieces
from journal.services import consigner

ALTERNATIVE_FIELDS = frozenset({"code", "libelle", "regimes"})
ALTERNATIVE_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")
FOLDER = Path(__file__).with_name("listes")
LIST_KEYS = frozenset({"version", "libelle", "debut", "exigence"})
LINE_FIELDS = (
    "code", "libelle", "aide", "a_ne_pas_envoyer", "natures", "regimes", "stade", "condition", "alternatives", "visibilite", "requise",
    "par_periode", "ordre",
)  # fmt: skip
REQUIRED_FIELDS = ("code", "libelle", "natures", "stade", "visibilite")
DEFAULTS: dict[str, Any] = {
    "aide": "",
    "a_ne_pas_envoyer": "",
    "regimes": list(Regime.values),
    "condition": Condition.TOUJOURS.value,
    "alternatives": [],
    "requise": True,
    "par_periode": False,
    "ordre": 100,
}
VOCABULARY: dict[str, Sequence[str]] = {
    "natures": Nature.values,
    "regimes": Regime.values,
    "stade": Stade.values,
    "condition": Condition.values,
    "visibilite": Visibilite.values,
}


class ListeInvalide(Exception):
    """The file can't be loaded. The message is French and names the file and the line of the list."""


@dataclass(frozen=True)
class Liste:
    """A file once read: its version, its first day, and its lines as complete field values of `Exigence`."""

    version: int
    libelle: str
    debut: dt.date
    exigences: tuple[dict[str, Any], ...]


def read(chemin: Path) -> Liste:
    """Read and check one file. Raises ListeInvalide with every fault found, so that they are mended at once."""
    try:
        brut = tomllib.loads(chemin.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ListeInvalide(f"{chemin.name} : illisible ({error}).") from error
    fautes = [f"clé inconnue « {cle} »" for cle in sorted(brut.keys() - LIST_KEYS)]
    fautes += [f"clé « {cle} » absente" for cle in sorted(LIST_KEYS - brut.keys())]
    if fautes:
        raise ListeInvalide(f"{chemin.name} : {' ; '.join(fautes)}.")
    lignes = []
    vues: set[tuple[str, str]] = set()
    for rang, entree in enumerate(brut["exigence"], start=1):
        found = _faults(entree)
        ligne = {**DEFAULTS, **entree}
        cle = (str(ligne.get("code")), str(ligne.get("stade")))
        if cle in vues:
            found.append("même code au même stade qu’une ligne précédente")
        vues.add(cle)
        fautes += [f"ligne {rang} ({cle[0]}) : {faute}" for faute in found]
        lignes.append(ligne)
    if fautes:
        raise ListeInvalide(f"{chemin.name} : {' ; '.join(fautes)}.")
    return Liste(brut["version"], brut["libelle"], brut["debut"], tuple(lignes))


def _faults(entree: dict[str, Any]) -> list[str]:
    fautes = [f"champ inconnu « {champ} »" for champ in sorted(entree.keys() - set(LINE_FIELDS))]
    fautes += [f"champ « {champ} » absent" for champ in REQUIRED_FIELDS if not entree.get(champ)]
    for champ, permis in VOCABULARY.items():
        valeurs = entree.get(champ, [])
        for valeur in valeurs if isinstance(valeurs, list) else [valeurs]:
            if valeur not in permis:
                fautes.append(f"« {valeur} » n’est pas une valeur de {champ}")
    return fautes + alternatives_faults(entree.get("alternatives", []), entree.get("regimes") or list(Regime.values))


def alternatives_faults(alternatives: Any, regimes: Sequence[str]) -> list[str]:
    """What is wrong with the documents of which one is enough, in French: shape, codes said twice, a régime left with none."""
    if not isinstance(alternatives, list) or not all(isinstance(a, dict) for a in alternatives):
        return ["alternatives est une liste de tables (code, libelle, regimes)"]
    fautes = []
    for a in alternatives:
        nom = a.get("code", "sans code")
        fautes += [f"alternative {nom} : champ inconnu « {champ} »" for champ in sorted(a.keys() - ALTERNATIVE_FIELDS)]
        if not isinstance(a.get("code"), str) or not ALTERNATIVE_CODE.match(a["code"]):
            fautes.append(f"alternative {nom} : le code est fait de minuscules, de chiffres et de tirets, 40 au plus")
        if not isinstance(a.get("libelle"), str) or not 0 < len(a["libelle"]) <= 200:
            fautes.append(f"alternative {nom} : le libellé a 1 à 200 caractères")
        fautes += [f"alternative {nom} : « {r} » n’est pas un régime de la ligne" for r in a.get("regimes", []) if r not in regimes]
    codes = [a.get("code") for a in alternatives]
    fautes += [f"alternative {code} : dite deux fois" for code in sorted({str(c) for c in codes if codes.count(c) > 1})]
    if alternatives:
        served = {r for a in alternatives for r in a.get("regimes", regimes)}
        fautes += [f"aucune alternative pour le régime {r}" for r in regimes if r in Regime.values and r not in served]
    return fautes


@transaction.atomic
def load(*, acteur: User | None, chemin: Path, contrat: ContratGroupe | None = None) -> tuple[ListePieces, bool]:
    """Load one file as the list of `contrat`, or of the whole CDG. Returns the list and whether it is new.

    Loading the same file again changes nothing. A version that is there already with other lines is refused, since
    dossiers point at it; a new version ends the one before on the eve of its first day. `acteur` is None for the
    system itself (set-up, demonstration). Raises ListeInvalide, Refus.
    """
    if acteur is not None:
        exiger(acteur, "configuration_modifier")
    lue = read(chemin)
    versions = ListePieces.objects.select_for_update(of=("self",)).filter(contrat=contrat)
    presente = versions.filter(version=lue.version).first()
    if presente is not None:
        if not _same(presente, lue):
            raise ListeInvalide(
                f"{chemin.name} : la version {lue.version} est déjà chargée avec un autre contenu ; publiez une version suivante."
            )
        return presente, False
    _end_previous(versions.order_by("-version").first(), lue, chemin)
    liste = ListePieces.objects.create(contrat=contrat, version=lue.version, libelle=lue.libelle, debut=lue.debut)
    exigences = [Exigence(liste=liste, **ligne) for ligne in lue.exigences]
    for exigence in exigences:
        try:
            exigence.clean_fields(exclude=["liste"])
        except ValidationError as error:
            raise ListeInvalide(f"{chemin.name} : {exigence.code} : {' '.join(error.messages)}") from error
    Exigence.objects.bulk_create(exigences)
    liste.publiee_le, liste.publiee_par = timezone.now(), acteur
    liste.save(update_fields=["publiee_le", "publiee_par"])
    consigner(
        acteur=acteur,
        action="liste.chargee",
        objet_type="liste_pieces",
        objet_id=liste.pk,
        donnees={"version": lue.version, "debut": lue.debut.isoformat(), "exigences": len(exigences)},
    )
    return liste, True


def _same(presente: ListePieces, lue: Liste) -> bool:
    if presente.debut != lue.debut:
        return False
    connues = {tuple(map(_frozen, row)) for row in presente.exigences.values_list(*LINE_FIELDS)}
    return connues == {tuple(_frozen(ligne[champ]) for champ in LINE_FIELDS) for ligne in lue.exigences}


def _frozen(valeur: Any) -> Any:
    if isinstance(valeur, dict):
        return tuple(sorted((cle, _frozen(v)) for cle, v in valeur.items()))
    return tuple(map(_frozen, valeur)) if isinstance(valeur, list) else valeur


def _end_previous(derniere: ListePieces | None, lue: Liste, chemin: Path) -> None:
    if derniere is None:
        return
    if lue.version < derniere.version or lue.debut <= derniere.debut:
        raise ListeInvalide(
            f"{chemin.name} : la version {derniere.version} est là depuis le {derniere.debut:%d/%m/%Y} ; une autre la suit."
        )
    if derniere.fin is None or derniere.fin >= lue.debut:
        derniere.fin = lue.debut - dt.timedelta(days=1)
        derniere.save(update_fields=["fin"])


def load_all(*, acteur: User | None = None) -> list[tuple[ListePieces, bool]]:
    """Load every file of documents/listes/, in the order of their versions, as the CDG's lists.

    Once a person has published a list of the CDG, or prepares one, its versions are the CDG's own: a file that is not there already is
    left aside, since its number may be taken and its lines are for that person to take over.
    """
    fichiers = sorted(FOLDER.glob("*.toml"), key=lambda chemin: read(chemin).version)
    lists = ListePieces.objects.filter(contrat__isnull=True)
    if lists.filter(Q(publiee_par__isnull=False) | Q(publiee_le__isnull=True)).exists():
        by_system = set(lists.filter(publiee_par__isnull=True, publiee_le__isnull=False).values_list("version", flat=True))
        fichiers = [chemin for chemin in fichiers if read(chemin).version in by_system]
    return [load(acteur=acteur, chemin=chemin) for chemin in fichiers]
