"""The médecin conseil: the dossiers entrusted to him, the whole medical file in one view, and the two halves of his opinion."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.enums import Role
from accounts.gate import peut
from cases.enums import EtatBranche, GenreBranche, SensAvis
from cases.errors import Erreur
from cases.models import AvisMedecin, Sinistre
from documents.selectors import extraits_du_sinistre, pieces_du_sinistre
from documents.services.depots import address
from medical import selectors_dossiers
from medical.errors import Indisponible
from medical.rules import telling_words
from medical.selectors import fichiers_lisibles, finalites_de
from medical.services import factures, missions, opinions
from medical.services.ouvertures import ouvrir as ouvrir_dossier
from portal.bulle import ouverture, selectors, vues
from portal.bulle.acces import reserve_a, visiteur
from portal.bulle.forms import AvisForm, FinaliteForm, RaisonForm
from portal.bulle.ouverture import Contexte, adresse_sure, session_de
from portal.depots import in_words

MAX_RENDUS = 50


@reserve_a(Role.MEDECIN_CONSEIL)
@require_GET
def liste(request: HttpRequest) -> HttpResponse:
    user = visiteur(request)
    a_rendre = list(selectors.mes_avis(user).filter(rendu_le__isnull=True).order_by("demande_le", "pk"))
    taches = selectors.taches_des_avis(user, [avis.pk for avis in a_rendre])
    contexte = {
        "a_rendre": [(avis, taches.get(avis.pk)) for avis in a_rendre],
        "par_expertise": selectors.avis_que_rend_une_expertise([avis.pk for avis in a_rendre]),
        "expertises": selectors.expertises_a_faire(user),
        "rendus": list(selectors.mes_avis(user).filter(rendu_le__isnull=False).order_by("-rendu_le", "pk")[:MAX_RENDUS]),
        "moi": user.pk,
    }
    return render(request, "bulle/avis_liste.html", contexte)


@reserve_a(Role.MEDECIN_CONSEIL, Role.GESTIONNAIRE_BULLE, Role.EXPERT)
@require_POST
def ouvrir(request: HttpRequest, numero: str) -> HttpResponse:
    """The purpose, told once a session and recorded before anything is shown; then to the page that asked."""
    user = visiteur(request)
    try:
        sinistre = selectors_dossiers.sinistre_a_ouvrir(user, numero)
    except Sinistre.DoesNotExist as error:
        raise Http404 from error
    form = FinaliteForm(request.POST, finalites=finalites_de(user, sinistre))
    if not form.is_valid():
        return ouverture.demander(request, sinistre, form) or redirect("bulle:accueil")
    ouvrir_dossier(acteur=user, sinistre=sinistre, session=session_de(request), finalite=form.cleaned_data["finalite"])
    return redirect(adresse_sure(form.cleaned_data["suite"]) or "bulle:accueil")


@reserve_a(Role.MEDECIN_CONSEIL)
@never_cache
@require_http_methods(["GET", "POST"])
def un_avis(request: HttpRequest, avis_id: int) -> HttpResponse:
    """The medical file and the opinion: drafted, previewed as the employer will read it, then given."""
    avis = selectors.mon_avis(visiteur(request), avis_id)
    fermee = ouverture.demander(request, avis.sinistre)
    if fermee is not None:
        return fermee
    contexte = dossier_medical(request, avis, avis.sinistre)
    if request.method == "GET" or avis.rendu_le or contexte["indisponible"]:
        statut = 409 if request.method == "POST" else 200
        form = AvisForm(initial=_initial(contexte["brouillon"]))
        return _page(request, avis, contexte, form, statut=statut)
    return _agir(request, avis, contexte)


def _agir(request: HttpRequest, avis: AvisMedecin, contexte: Contexte) -> HttpResponse:
    """« brouillon » keeps the inner half, « apercu » shows the other as the employer will read it, « rendre » gives both."""
    user, session, acte = visiteur(request), session_de(request), request.POST.get("acte", "apercu")
    form = AvisForm(request.POST)
    valid = form.is_valid()
    if acte == "brouillon" and not form.errors.keys() & {"texte", "lue_le"}:
        texte, lue_le = form.cleaned_data["texte"], form.cleaned_data["lue_le"]
        try:
            opinions.enregistrer(acteur=user, avis=avis, session=session, texte=texte, lue_le=lue_le)
        except Erreur as error:
            form = AvisForm(request.POST)
            form.is_valid()
            return _page(request, avis, contexte, form, statut=ouverture.retenir(form, error))
        messages.success(request, "Votre discussion est enregistrée, chiffrée. L’avis n’est pas rendu.")
        return redirect("bulle:un-avis", avis_id=avis.pk)
    if not valid:
        return _page(request, avis, contexte, form, statut=422)
    if acte == "corriger":
        return _page(request, avis, contexte, AvisForm(initial=request.POST.dict()))
    raison = RaisonForm(request.POST if acte == "rendre" else None)
    mots = telling_words(form.cleaned_data["conclusion"], form.cleaned_data["texte"])
    if acte == "apercu" or (mots and not raison.is_valid()):
        return _page(request, avis, contexte, form, apercu=True, mots=mots, raison=raison, statut=422 if acte == "rendre" else 200)
    try:
        opinions.rendre(
            acteur=user,
            avis=avis,
            session=session,
            raison=raison.cleaned_data["raison"] if mots else "",
            **form.cleaned_data,
        )
    except Erreur as error:
        return _page(request, avis, contexte, form, statut=ouverture.retenir(form, error))
    messages.success(request, "L’avis est rendu. L’employeur lit la conclusion dès maintenant ; votre discussion reste ici.")
    return redirect("bulle:avis")


def _initial(brouillon: opinions.OpinionLue | None) -> dict[str, str]:
    return {} if brouillon is None else {"texte": brouillon.texte, "lue_le": brouillon.ecrite_le.isoformat()}


def _page(
    request: HttpRequest,
    avis: AvisMedecin,
    contexte: Contexte,
    form: AvisForm,
    *,
    apercu: bool = False,
    mots: list[str] | None = None,
    raison: RaisonForm | None = None,
    statut: int = 200,
) -> HttpResponse:
    contexte |= {
        "form": form,
        "apercu": apercu,
        "mots": mots or [],
        "raison": raison or RaisonForm(),
        "sens_choisi": SensAvis(form.cleaned_data["sens"]).label if apercu else "",
        "conclusion": form.cleaned_data["conclusion"].strip() if apercu else "",
        "aujourdhui": timezone.localdate(),
        "peut_demander": peut(visiteur(request), "expertise_demander", avis.sinistre)
        and not avis.sinistre.branches.filter(genre=GenreBranche.EXPERTISE, etat=EtatBranche.EN_COURS).exists(),
    }
    return render(request, "bulle/avis.html", contexte, status=statut)


@reserve_a(Role.MEDECIN_CONSEIL)
@never_cache
@require_GET
def anterieur(request: HttpRequest, avis_id: int, numero: str) -> HttpResponse:
    """An earlier dossier of the agent, where the referral opens it: to be read, never written."""
    user = visiteur(request)
    avis = selectors.mon_avis(user, avis_id)
    try:
        sinistre = selectors_dossiers.anterieurs(user, avis).get(numero=numero)
    except Sinistre.DoesNotExist as error:
        raise Http404 from error
    fermee = ouverture.demander(request, sinistre)
    if fermee is not None:
        return fermee
    return render(request, "bulle/anterieur.html", dossier_medical(request, avis, sinistre))


def dossier_medical(request: HttpRequest, avis: AvisMedecin, sinistre: Sinistre) -> Contexte:
    """All that the médecin reads of one dossier. A key that is not there closes the texts, not the page."""
    user, session = visiteur(request), session_de(request)
    lues: list[opinions.OpinionLue] = []
    expertises: list[missions.MissionLue] = []
    notes: list[factures.FactureLue] = []
    indisponible = ""
    try:
        lues = opinions.lire(acteur=user, sinistre=sinistre, session=session, avis=avis)
        expertises = missions.lire_du_dossier(acteur=user, sinistre=sinistre, session=session)
        notes = factures.lire_du_dossier(acteur=user, sinistre=sinistre, session=session)
    except Indisponible as error:
        indisponible = error.message
    fichiers = selectors_dossiers.nommes(fichiers_lisibles(user, sinistre))
    return {
        "avis": avis,
        "sinistre": sinistre,
        "arrets": list(sinistre.arrets.filter(actif=True).order_by("debut")),
        "pieces": [
            (piece, [] if piece.est_medicale else [(depot, in_words(depot)) for depot in piece.depots.all()])
            for piece in pieces_du_sinistre(user, sinistre)
        ],
        "extraits": list(extraits_du_sinistre(user, sinistre)),
        "tache": selectors.taches_des_avis(user, [avis.pk]).get(avis.pk),
        "vues": vues.vues_de(fichiers),
        "en_attente": vues.attend(fichiers),
        "anterieurs": list(selectors_dossiers.anterieurs(user, avis)) if sinistre.pk == avis.sinistre_id else [],
        "avis_du_dossier": [
            (un, next((lue for lue in lues if lue.avis.pk == un.pk), None))
            for un in sinistre.avis_medecin.filter(rendu_le__isnull=False).select_related("medecin").order_by("-rendu_le")
        ],
        "brouillon": next((lue for lue in lues if lue.avis.pk == avis.pk and not lue.figee), None),
        "missions": expertises,
        "factures": [note for note in notes if not note.corrigee],
        "indisponible": indisponible,
        "lecteurs": selectors_dossiers.qui_a_lu(user, sinistre),
        "moi": user.pk,
    }


@reserve_a(Role.MEDECIN_CONSEIL)
@require_GET
@never_cache
def fichier(request: HttpRequest, depot_id: int) -> HttpResponse:
    """To an administrative file of an entrusted dossier, for a minute; the reading is journaled first."""
    user = visiteur(request)
    return HttpResponseRedirect(address(acteur=user, depot=selectors.fichier_lisible(user, depot_id), inline=True))
