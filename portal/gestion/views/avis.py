"""The médecin conseil, seen from the gestionnaire: ask, take back, read the administrative conclusion. Nothing medical."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from cases.enums import FileTravail
from cases.errors import DonneeInvalide, Erreur
from cases.selectors import sinistre_visible
from cases.selectors_files import porteurs_possibles
from cases.services import avis as service
from portal.errors import raisons_de
from portal.gestion.acces import gestion, visiteur
from portal.gestion.views.dossier import rediriger


@gestion("avis_demander")
@require_POST
def confier(request: HttpRequest, numero: str) -> HttpResponse:
    user = visiteur(request)
    sinistre = sinistre_visible(user, numero)
    choix = request.POST.get("medecin", "")
    medecin = porteurs_possibles([FileTravail.MEDECIN]).filter(pk=int(choix)).first() if choix.isdigit() else None
    try:
        if medecin is None:
            raise DonneeInvalide.sur("medecin", "Choisissez un médecin conseil.")
        service.confier(
            acteur=user,
            sinistre=sinistre,
            medecin=medecin,
            question=request.POST.get("question", ""),
            avec_anterieurs=request.POST.get("avec_anterieurs") == "oui",
        )
        messages.success(request, f"Le dossier est confié à {medecin.get_full_name()}.")
    except Erreur as error:
        messages.error(request, " ".join(raisons_de(error)))
    return rediriger(request, numero, "avis")


@gestion("avis_demander")
@require_POST
def rappeler(request: HttpRequest, numero: str, avis_id: int) -> HttpResponse:
    user = visiteur(request)
    avis = sinistre_visible(user, numero).avis_medecin.select_related("sinistre__agent", "sinistre__contrat").get(pk=avis_id)
    try:
        service.rappeler(acteur=user, avis=avis)
        messages.success(request, "Le dossier est repris au médecin conseil : il ne le voit plus.")
    except Erreur as error:
        messages.error(request, error.message)
    return rediriger(request, numero, "avis")


@gestion("avis_demander")
@require_POST
def lu(request: HttpRequest, numero: str, avis_id: int) -> HttpResponse:
    """« J’ai pris connaissance »: the work item of the conclusion is done."""
    user = visiteur(request)
    avis = sinistre_visible(user, numero).avis_medecin.select_related("sinistre__agent", "sinistre__contrat").get(pk=avis_id)
    service.prendre_connaissance(acteur=user, avis=avis)
    messages.success(request, "C’est noté : vous avez lu cet avis.")
    return rediriger(request, numero, "avis")
