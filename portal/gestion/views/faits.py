"""What is said of a dossier that its pièces depend on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from accounts.gate import exiger
from cases.errors import Erreur
from cases.selectors import sinistre_visible
from documents.services import faits
from portal.gestion.acces import gestion, visiteur
from portal.gestion.views.dossier import rediriger
from portal.presentation import changement_de_pieces


@gestion("faits_declarer")
@require_POST
def declarer(request: HttpRequest, numero: str) -> HttpResponse:
    """All that holds of this dossier; its pièces follow at once."""
    user = visiteur(request)
    sinistre = sinistre_visible(user, numero)
    exiger(user, "faits_declarer", sinistre)
    try:
        changement = faits.declarer(acteur=user, sinistre=sinistre, faits=request.POST.getlist("faits"))
        messages.success(request, changement_de_pieces(len(changement.gagnees), len(changement.retirees)))
    except Erreur as error:
        messages.error(request, error.message)
    return rediriger(request, numero, ancre="faits-pieces")
