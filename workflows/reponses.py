"""What a dossier puts in the place of the variables of an answer kept ready."""

from __future__ import annotations

from accounts.gate import exiger
from accounts.models import User
from accounts.selectors import nom_du_cdg
from cases.models import ReponseType, Sinistre
from cases.variables import remplir
from documents.selectors import pieces_du_sinistre

EN_LETTRES = (
    "aucune", "une", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize", "quatorze",
    "quinze", "seize",
)  # fmt: skip


def texte_pour(*, acteur: User, reponse: ReponseType, sinistre: Sinistre) -> str:
    """The answer filled for this dossier, to be edited freely. Raises Refus for whoever may not send it."""
    exiger(acteur, "message_ecrire", sinistre)
    return remplir(reponse.texte, _values(acteur, sinistre))


def _values(acteur: User, sinistre: Sinistre) -> dict[str, str]:
    """One value for each of reponses_types.VARIABLES. The agent is named as in an e-mail: initials and matricule."""
    attendues = sum(piece.requise and piece.est_attendue for piece in pieces_du_sinistre(acteur, sinistre))
    return {
        "numero": sinistre.numero,
        "agent": f"{sinistre.agent.initiales()}, matricule\u00a0{sinistre.agent.matricule}",
        "collectivite": sinistre.collectivite.nom,
        "pieces_attendues": pieces_en_lettres(attendues),
        "signature": f"Le service assurance statutaire\n{nom_du_cdg()}",
    }


def pieces_en_lettres(nombre: int) -> str:
    """« aucune pièce », « trois pièces », « 17 pièces »."""
    combien = EN_LETTRES[nombre] if nombre < len(EN_LETTRES) else str(nombre)
    return f"{combien}\u00a0pièce{'s' if nombre > 1 else ''}"
