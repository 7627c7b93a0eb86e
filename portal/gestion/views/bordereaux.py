"""Bordereaux: gather approved décomptes by collectivité and contract, list, read, record what the payer says."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from accounts.gate import peut
from accounts.models import Collectivite
from cases.errors import DonneeInvalide, Erreur
from contracts.enums import ModeReglement
from contracts.models import ContratGroupe
from contracts.selectors import collectivites_visibles
from indemnities.enums import EtatBordereau
from indemnities.models import Decompte
from indemnities.selectors import bordereaux_visibles, decomptes_a_transmettre, decomptes_visibles
from indemnities.selectors_delais import delais_de_remboursement
from indemnities.selectors_virements import comptes_en_vigueur, virements_visibles
from portal.bordereaux import fichiers_en_mots
from portal.errors import raisons_de
from portal.gestion.acces import gestion, visiteur
from portal.gestion.formulaires import poser_erreurs
from portal.gestion.formulaires_argent import ReglementForm
from portal.gestion.selectors import contrats_visibles
from portal.securite import exiger_recente, reprise
from workflows import bordereaux_fichiers, payments

PAR_PAGE = 50
LIMITE = 1000


@dataclass(frozen=True)
class Lot:
    """What one bordereau can gather."""

    collectivite: Collectivite
    contrat: ContratGroupe
    decomptes: list[Decompte]
    retenus: Collection[int]
    """The décomptes whose boxes are ticked."""
    sans_compte: bool
    """The CDG settles this contract itself, and no confirmed account says where."""

    @property
    def total(self) -> Decimal:
        return sum((d.montant for d in self.decomptes), Decimal(0))

    @property
    def paye_des_praticiens(self) -> bool:
        return self.decomptes[0].paye_le_praticien


@gestion("bordereau_transmettre")
@require_http_methods(["GET", "POST"])
def paiements(request: HttpRequest) -> HttpResponse:
    """« À payer »: the approved décomptes, grouped as bordereaux are."""
    user = visiteur(request)
    if request.method == "POST":
        exiger_recente(request)
        return _compose(request)
    decomptes = list(decomptes_a_transmettre(user)[:LIMITE])
    typed = reprise(request)
    comptes = comptes_en_vigueur(user, [d.sinistre.collectivite_id for d in decomptes])
    lots = [_lot(rows, typed, comptes) for _, rows in groupby(decomptes, key=_what_gathers)]
    return render(request, "gestion/paiements.html", {"lots": lots})


def _what_gathers(decompte: Decompte) -> tuple[int, int, bool]:
    """A bordereau pays one collectivité, or practitioners, under one contract."""
    return decompte.sinistre.collectivite_id, decompte.sinistre.contrat_id, decompte.paye_le_praticien


def _lot(rows: Iterable[Decompte], typed: QueryDict | None, comptes: Collection[int]) -> Lot:
    """All its boxes ticked, or those that were before one's identity was asked for."""
    decomptes = list(rows)
    collectivite, contrat = decomptes[0].sinistre.collectivite, decomptes[0].sinistre.contrat
    same = typed is not None and (typed.get("collectivite"), typed.get("contrat")) == (str(collectivite.pk), str(contrat.pk))
    kept = typed.getlist("d") if typed is not None and same else []
    sans_compte = contrat.mode_reglement == ModeReglement.CDG and collectivite.pk not in comptes
    return Lot(collectivite, contrat, decomptes, {d.pk for d in decomptes if not same or str(d.pk) in kept}, sans_compte)


def _compose(request: HttpRequest) -> HttpResponse:
    user = visiteur(request)
    ids = [int(pk) for pk in request.POST.getlist("d") if pk.isdigit()]
    collectivite = collectivites_visibles(user, "bordereau_transmettre").get(pk=_number(request.POST.get("collectivite", "")))
    contrat = contrats_visibles(user).get(pk=_number(request.POST.get("contrat", "")))
    try:
        bordereau = payments.composer_bordereau(acteur=user, collectivite=collectivite, contrat=contrat, decompte_ids=ids)
    except Erreur as error:
        messages.error(request, " ".join(raisons_de(error)))
        return redirect("gestion:paiements")
    messages.success(request, f"Le bordereau {bordereau.numero} est composé et transmis.")
    return redirect("gestion:bordereau", bordereau.numero)


def _number(texte: str) -> int:
    return int(texte) if texte.isdigit() else 0


@gestion()
@require_GET
def bordereaux(request: HttpRequest) -> HttpResponse:
    """All bordereaux, newest first, by keyset."""
    rows = bordereaux_visibles(visiteur(request))
    etat, avant = request.GET.get("etat", ""), request.GET.get("avant", "")
    if etat in EtatBordereau.values:
        rows = rows.filter(etat=etat)
    if avant.isdigit():
        rows = rows.filter(pk__lt=int(avant))
    found = list(rows[: PAR_PAGE + 1])
    suivant = f"?etat={etat}&avant={found[PAR_PAGE - 1].pk}" if len(found) > PAR_PAGE else ""
    return render(
        request,
        "gestion/bordereaux.html",
        {"bordereaux": found[:PAR_PAGE], "etats": EtatBordereau.choices, "etat": etat, "suivant": suivant},
    )


@gestion()
@require_http_methods(["GET", "POST"])
def bordereau(request: HttpRequest, numero: str) -> HttpResponse:
    """One bordereau, fit to be printed; its settlement is recorded here."""
    user = visiteur(request)
    found = bordereaux_visibles(user).select_related("contrat__assureur", "cree_par").get(numero=numero)
    typed = reprise(request)
    form, statut = ReglementForm(initial=typed.dict() if typed is not None else None), 200
    if request.method == "POST":
        exiger_recente(request)
        form, statut = ReglementForm(request.POST), 422
        if form.is_valid():
            try:
                payments.regler_bordereau(acteur=user, bordereau_id=found.pk, **form.cleaned_data)
            except DonneeInvalide as error:
                poser_erreurs(form, error)
            except Erreur as error:
                form.add_error(None, " ".join(raisons_de(error)))
            else:
                messages.success(request, f"Le bordereau {found.numero} est réglé.")
                return redirect("gestion:bordereau", found.numero)
    compte = comptes_en_vigueur(user, [found.collectivite_id]).get(found.collectivite_id)
    return render(
        request,
        "gestion/bordereau.html",
        {
            "bordereau": found,
            "iban": compte.iban_lisible if compte is not None else "",
            "virements": list(virements_visibles(user).filter(bordereau=found).select_related("remise").order_by("pk")),
            "decomptes": list(decomptes_visibles(user).filter(bordereau=found).order_by("sinistre__numero", "debut", "pk")),
            "form": form,
            "peut_regler": peut(user, "bordereau_regler", found) and found.etat == EtatBordereau.TRANSMIS,
            "peut_rejeter": peut(user, "decompte_rejeter"),
            "ici": request.get_full_path(),
            "fichiers": fichiers_en_mots(found, porte="gestion"),
        },
        status=statut,
    )


@gestion()
@require_GET
def fichier(request: HttpRequest, numero: str, genre: str) -> HttpResponse:
    """To a file of a bordereau, at an address good for 60 seconds, journaled first."""
    user = visiteur(request)
    found = bordereaux_visibles(user).get(numero=numero)
    return redirect(bordereaux_fichiers.remettre(acteur=user, bordereau_id=found.pk, genre=genre).url)


@gestion()
@require_GET
def delais(request: HttpRequest) -> HttpResponse:
    """How long reimbursements take, contract by contract, and what waits."""
    return render(request, "gestion/delais_remboursement.html", {"delais": delais_de_remboursement(visiteur(request))})
