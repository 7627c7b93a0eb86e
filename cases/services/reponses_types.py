"""Answers kept ready: a responsable writes them, with variables that each dossier fills."""

from __future__ import annotations

import datetime as dt
import re

from django.db import transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from cases.models import ReponseType
from cases.services.messages import MAX_TEXTE
from cases.variables import VARIABLE
from journal.services import consigner

VARIABLES: dict[str, str] = {
    "numero": "le numéro du dossier",
    "agent": "les initiales et le matricule de l’agent",
    "collectivite": "le nom de la collectivité",
    "pieces_attendues": "le nombre de pièces attendues, en lettres",
    "signature": "le service et le nom du centre de gestion",
}
"""What a text may hold between double braces, and what stands there once it is filled."""

MAX_TITRE = 80
_ACCOLADES = re.compile(r"\{\{|\}\}|\{%|%\}")


def enregistrer(
    *, acteur: User, titre: str, texte: str, active: bool = True, reponse_id: int | None = None, lue_le: dt.datetime | None = None
) -> ReponseType:  # fmt: skip
    """Add an answer, or change one. `lue_le`: its `modifiee_le` when it was read.

    Raises Refus, ReponseType.DoesNotExist, DonneeInvalide (title empty or taken, text empty or too long, unknown variable), Erreur when
    another has changed it since it was read.
    """
    exiger(acteur, "reponses_types_modifier")
    titre, texte = " ".join(titre.split()), texte.replace("\r\n", "\n").strip()
    with transaction.atomic():
        une = ReponseType.objects.select_for_update(of=("self",)).get(pk=reponse_id) if reponse_id is not None else ReponseType()
        if une.pk is not None and lue_le is not None and une.modifiee_le != lue_le:
            raise Erreur(f"{une.modifiee_par.get_full_name()} a changé cette réponse entre-temps\u00a0: relisez-la avant de l’enregistrer.")
        _check(titre, texte, une)
        une.titre, une.texte, une.active = titre, texte, active
        une.modifiee_le, une.modifiee_par = timezone.now(), acteur
        action = "reponse_type.changee" if une.pk is not None else "reponse_type.ajoutee"
        une.save()
        consigner(
            acteur=acteur, action=action, objet_type="reponse_type", objet_id=une.pk, donnees={"longueur": len(texte), "active": active}
        )
    return une


def _check(titre: str, texte: str, une: ReponseType) -> None:
    erreurs: dict[str, list[str]] = {}
    if not titre:
        erreurs["titre"] = ["Donnez un titre."]
    elif len(titre) > MAX_TITRE:
        erreurs["titre"] = [f"{MAX_TITRE} caractères au plus."]
    elif ReponseType.objects.filter(titre__iexact=titre).exclude(pk=une.pk).exists():
        erreurs["titre"] = ["Une autre réponse porte ce titre."]
    if not texte:
        erreurs["texte"] = ["Écrivez le texte de la réponse."]
    elif len(texte) > MAX_TEXTE:
        erreurs["texte"] = [f"Ce texte a {len(texte)} caractères : {MAX_TEXTE} au plus."]
    elif fautes := _wrong_variables(texte):
        erreurs["texte"] = fautes
    if erreurs:
        raise DonneeInvalide(erreurs)


def _wrong_variables(texte: str) -> list[str]:
    inconnues = [nom for nom in dict.fromkeys(VARIABLE.findall(texte)) if nom not in VARIABLES]
    connues = ", ".join(f"{{{{ {nom} }}}}" for nom in VARIABLES)
    fautes = [f"La variable «\u00a0{nom}\u00a0» n’existe pas. Celles qui existent\u00a0: {connues}." for nom in inconnues]
    if not fautes and _ACCOLADES.search(VARIABLE.sub("", texte)):
        fautes = ["Une variable s’écrit entre deux accolades de chaque côté, comme {{ numero }}."]
    return fautes
