"""« Incidents de stockage »: what the sweepers found, what to do about it, and how it was settled."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from cases.errors import DonneeInvalide, Erreur
from documents.enums import GenreAnomalie
from documents.models import AnomalieStockage
from documents.selectors_incidents import incident_visible, incidents_ouverts, incidents_resolus
from documents.services import anomalies
from portal.errors import raisons_de
from portal.gestion.acces import gestion, visiteur

PAR_PAGE = 100
RESOLUS = 20

QUE_FAIRE = {
    GenreAnomalie.OBJET_ABSENT: "Faites restaurer l’objet de ce nom depuis la sauvegarde du stockage. "
    "S’il est introuvable, refusez la pièce au dossier pour la redemander.",
    GenreAnomalie.EMPREINTE: "Ne vous fiez plus à ce fichier : faites restaurer l’objet depuis la sauvegarde. "
    "L’incident se clôt seul quand le contenu redevient celui qui a été contrôlé.",
    GenreAnomalie.OBJET_ORPHELIN: "Rien à faire : un objet que rien ne désigne est supprimé sept jours après le constat.",
}
QUE_FAIRE_BULLE = (
    "Prévenez l’administrateur technique et le gestionnaire de bulle : l’objet est dans le compartiment médical, que vous ne lisez pas."
)


@dataclass(frozen=True)
class Ligne:
    """One open incident as the page shows it; `erreur` is about what was just typed for it."""

    anomalie: AnomalieStockage
    que_faire: str
    issue: str = ""
    erreur: str = ""


def _ligne(anomalie: AnomalieStockage, issue: str = "", erreur: str = "") -> Ligne:
    bulle = anomalie.medical and anomalie.genre != GenreAnomalie.OBJET_ORPHELIN
    return Ligne(anomalie, QUE_FAIRE_BULLE if bulle else QUE_FAIRE[GenreAnomalie(anomalie.genre)], issue, erreur)


@gestion("incidents_traiter")
@require_GET
def incidents(request: HttpRequest) -> HttpResponse:
    return _page(request)


@gestion("incidents_traiter")
@require_POST
def resoudre(request: HttpRequest, anomalie_id: int) -> HttpResponse:
    """Settled, with how. What is wrong is said beside the field, and what was typed is kept."""
    user = visiteur(request)
    found, issue = incident_visible(user, anomalie_id), request.POST.get("issue", "")
    try:
        anomalies.resoudre(acteur=user, anomalie=found, issue=issue)
    except DonneeInvalide as error:
        return _page(request, fautive=(found.pk, issue, " ".join(raisons_de(error))))
    except Erreur:
        pass  # somebody else has settled it: the list says so
    return redirect("gestion:incidents")


def _page(request: HttpRequest, fautive: tuple[int, str, str] | None = None) -> HttpResponse:
    user = visiteur(request)
    ouverts = list(incidents_ouverts(user)[: PAR_PAGE + 1])
    context = {
        "lignes": [_ligne(a, *(fautive[1:] if fautive and fautive[0] == a.pk else ())) for a in ouverts[:PAR_PAGE]],
        "suite": len(ouverts) > PAR_PAGE,
        "resolus": incidents_resolus(user)[:RESOLUS],
    }
    return render(request, "gestion/incidents.html", context, status=422 if fautive else 200)
