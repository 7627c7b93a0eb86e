"""The médecin conseil: the dossiers entrusted to him, and the half of his opinion that leaves the bulle."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Role
from cases.enums import SensAvis
from cases.errors import DonneeInvalide, Erreur
from cases.models import AvisMedecin
from cases.services import avis as services
from documents.selectors import pieces_du_sinistre
from documents.services.depots import address
from medical.services import ouvrir_dossier
from portal.bulle import selectors
from portal.bulle.acces import reserve_a, visiteur
from portal.bulle.forms import AvisForm, FinaliteForm
from portal.depots import in_words

OUVERTS = "dossiers_ouverts"
"""Session key: the opinions whose purpose has been told during this session."""
MAX_RENDUS = 50


@reserve_a(Role.MEDECIN_CONSEIL)
@require_GET
def liste(request: HttpRequest) -> HttpResponse:
    user = visiteur(request)
    a_rendre = list(selectors.mes_avis(user).filter(rendu_le__isnull=True).order_by("demande_le", "pk"))
    taches = selectors.taches_des_avis(user, [avis.pk for avis in a_rendre])
    contexte = {
        "a_rendre": [(avis, taches.get(avis.pk)) for avis in a_rendre],
        "rendus": list(selectors.mes_avis(user).filter(rendu_le__isnull=False).order_by("-rendu_le", "pk")[:MAX_RENDUS]),
    }
    return render(request, "bulle/avis_liste.html", contexte)


@reserve_a(Role.MEDECIN_CONSEIL)
@require_POST
def ouvrir(request: HttpRequest, avis_id: int) -> HttpResponse:
    """The purpose, told once a session and recorded before anything is shown."""
    user = visiteur(request)
    avis = selectors.mon_avis(user, avis_id)
    form = FinaliteForm(request.POST)
    if not form.is_valid():
        return render(request, "bulle/avis_ouvrir.html", {"avis": avis, "form": form}, status=422)
    ouvrir_dossier(acteur=user, avis=avis, finalite=form.cleaned_data["finalite"])
    request.session[OUVERTS] = [*request.session.get(OUVERTS, []), avis.pk]
    return redirect("bulle:un-avis", avis_id=avis.pk)


@reserve_a(Role.MEDECIN_CONSEIL)
@require_http_methods(["GET", "POST"])
def un_avis(request: HttpRequest, avis_id: int) -> HttpResponse:
    """The dossier's administrative facts and the opinion: written, previewed as the employer will read it, then given."""
    user = visiteur(request)
    avis = selectors.mon_avis(user, avis_id)
    if avis.pk not in request.session.get(OUVERTS, []):
        return render(request, "bulle/avis_ouvrir.html", {"avis": avis, "form": FinaliteForm()})
    form = AvisForm(request.POST if request.method == "POST" else None)
    apercu, statut = False, 200
    if request.method == "POST":
        acte = request.POST.get("acte", "apercu")
        if not form.is_valid():
            statut = 422
        elif acte == "rendre":
            try:
                services.rendre(acteur=user, avis=avis, **form.cleaned_data)
            except DonneeInvalide as error:
                for champ, phrases in error.champs.items():
                    form.add_error(champ if champ in form.fields else None, phrases)
                statut = 422
            except Erreur as error:
                form.add_error(None, error.message)
                statut = 409
            else:
                messages.success(request, "L’avis est rendu. L’employeur lit la conclusion dès maintenant.")
                return redirect("bulle:avis")
        else:
            apercu = acte == "apercu"
    contexte = {
        **_dossier(request, avis),
        "form": form,
        "apercu": apercu,
        "sens_choisi": SensAvis(form.cleaned_data["sens"]).label if apercu else "",
        "conclusion": form.cleaned_data["conclusion"].strip() if apercu else "",
        "aujourdhui": timezone.localdate(),
    }
    return render(request, "bulle/avis.html", contexte, status=statut)


def _dossier(request: HttpRequest, avis: AvisMedecin) -> dict[str, object]:
    user = visiteur(request)
    sinistre = avis.sinistre
    return {
        "avis": avis,
        "sinistre": sinistre,
        "arrets": list(sinistre.arrets.filter(actif=True).order_by("debut")),
        "pieces": [
            (piece, [] if piece.est_medicale else [(depot, in_words(depot)) for depot in piece.depots.all()])
            for piece in pieces_du_sinistre(user, sinistre)
        ],
        "tache": selectors.taches_des_avis(user, [avis.pk]).get(avis.pk),
    }


@reserve_a(Role.MEDECIN_CONSEIL)
@require_GET
@never_cache
def fichier(request: HttpRequest, depot_id: int) -> HttpResponse:
    """To an administrative file of an entrusted dossier, for a minute; the reading is journaled first."""
    user = visiteur(request)
    return HttpResponseRedirect(address(acteur=user, depot=selectors.fichier_lisible(user, depot_id), inline=True))
