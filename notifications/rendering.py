"""The words of an e-mail: text and accessible HTML, from templates, with French typography.

What may be said: the dossier's number, the agent's initials and matricule, dates and counts. Never a diagnosis, a nature of leave, a
full name, nor the name of a pièce (« rapport d’accident » tells the nature): who wants to know signs in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from accounts.selectors import nom_du_cdg
from cases.models import Sinistre


@dataclass(frozen=True)
class Rendu:
    objet: str
    texte: str
    html: str


def link_to(sinistre: Sinistre) -> str:
    """The dossier's page at the collectivité's door; it asks to sign in.

    Written out and not looked up: a page that does not load must not keep e-mails from leaving. A test ties it to the door's address.
    """
    return f"{settings.PUBLIC_URL}/collectivite/dossiers/{sinistre.numero}/"


def render(gabarit: str, objet: str, sinistre: Sinistre, **contexte: Any) -> Rendu:
    """Render `notifications/<gabarit>.txt` and `.html`. The sinistre comes with its agent."""
    contexte |= {
        "objet": objet,
        "numero": sinistre.numero,
        "agent": f"{sinistre.agent.initiales()}, matricule\u00a0{sinistre.agent.matricule}",
        "lien": link_to(sinistre),
        "cdg": nom_du_cdg(),
    }
    texte = render_to_string(f"notifications/{gabarit}.txt", contexte)
    return Rendu(objet, texte.strip() + "\n", render_to_string(f"notifications/{gabarit}.html", contexte))
