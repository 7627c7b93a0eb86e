"""Certificats de prise en charge provisoire as pages, the same at both doors: those of a dossier, one to print, to give, to withdraw."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.gate import exiger, peut
from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre
from cases.rules import add_months
from indemnities.models import PriseEnCharge
from indemnities.selectors_frais import CITIS, prises_en_charge_de
from portal.citis import CADRES
from portal.errors import raisons_de
from portal.gestion.formulaires import DateField, poser_erreurs
from portal.procedures import GESTION
from workflows import frais

MOIS_PROPOSES = 3


class DonnerForm(forms.Form):
    debut = DateField(label="Soins à partir du")
    fin = DateField(label="Jusqu’au", help_text="Compris. Un an au plus.")


class RetirerForm(forms.Form):
    au = DateField(label="Ne vaut plus à compter du")
    motif = forms.CharField(label="Pourquoi", max_length=200, help_text="Inscrit au journal : rien de médical.")


def page(
    request: HttpRequest, user: User, sinistre: Sinistre, porte: str, *, form: DonnerForm | None = None, raisons: list[str] | None = None,
    retrait: tuple[int, RetirerForm] | None = None,
) -> HttpResponse:  # fmt: skip
    """The certificates of a dossier, and the forms of who may give and withdraw them."""
    exiger(user, "prise_en_charge_lire", sinistre)
    prises = list(prises_en_charge_de(user, sinistre))
    peut_donner = peut(user, "prise_en_charge_donner", sinistre)
    lignes = []
    for prise in prises:
        essai = retrait[1] if retrait is not None and retrait[0] == prise.pk else None
        retirable = peut_donner and prise.retiree_au is None
        defaut = RetirerForm(auto_id=f"id_{prise.pk}_%s", initial={"au": min(max(prise.debut, timezone.localdate()), prise.fin)})
        lignes.append({"prise": prise, "form": (essai or defaut) if retirable else None, "ouvert": essai is not None})
    contexte = {
        "cadre": CADRES[porte],
        "porte": porte,
        "sinistre": sinistre,
        "dossier": reverse(f"{porte}:dossier", args=[sinistre.numero]),
        "frais": reverse("gestion:frais", args=[sinistre.numero]) if porte == GESTION and peut(user, "frais_payer", sinistre) else "",
        "lignes": lignes,
        "form": (form or DonnerForm(initial=_initial(sinistre))) if peut_donner and sinistre.nature in CITIS else None,
        "raisons": raisons or [],
    }
    failed = form is not None or bool(raisons) or retrait is not None
    return render(request, "portal/prises_en_charge.html", contexte, status=422 if failed else 200)


def donner(request: HttpRequest, user: User, sinistre: Sinistre, porte: str) -> HttpResponse:
    form, raisons = DonnerForm(request.POST), []
    if form.is_valid():
        try:
            prise = frais.donner_prise_en_charge(acteur=user, numero=sinistre.numero, **form.cleaned_data)
        except DonneeInvalide as error:
            poser_erreurs(form, error)
        except Erreur as error:
            raisons = raisons_de(error)
        else:
            messages.success(request, f"Le certificat {prise.numero} est donné : remettez-le à l’agent.")
            return redirect(f"{porte}:prise-en-charge", sinistre.numero, prise.pk)
    return page(request, user, sinistre, porte, form=form, raisons=raisons)


def retirer(request: HttpRequest, user: User, sinistre: Sinistre, prise_id: int, porte: str) -> HttpResponse:
    _find(user, sinistre, prise_id)
    exiger(user, "prise_en_charge_donner", sinistre)
    form, raisons = RetirerForm(request.POST, auto_id=f"id_{prise_id}_%s"), []
    if form.is_valid():
        try:
            prise = frais.retirer_prise_en_charge(acteur=user, numero=sinistre.numero, prise_id=prise_id, **form.cleaned_data)
        except DonneeInvalide as error:
            poser_erreurs(form, error)
        except Erreur as error:
            raisons = raisons_de(error)
        else:
            messages.success(request, f"Le certificat {prise.numero} est retiré.")
            return redirect(f"{porte}:prises-en-charge", sinistre.numero)
    return page(request, user, sinistre, porte, raisons=raisons, retrait=(prise_id, form))


def une(request: HttpRequest, user: User, sinistre: Sinistre, prise_id: int, porte: str) -> HttpResponse:
    """One certificate, to print: it names the agent and the days, and no care."""
    prise = _find(user, sinistre, prise_id)
    contexte = {
        "cadre": CADRES[porte],
        "porte": porte,
        "sinistre": sinistre,
        "prise": prise,
        "dossier": reverse(f"{porte}:dossier", args=[sinistre.numero]),
        "liste": reverse(f"{porte}:prises-en-charge", args=[sinistre.numero]),
    }
    return render(request, "portal/prise_en_charge.html", contexte)


def _find(user: User, sinistre: Sinistre, prise_id: int) -> PriseEnCharge:
    prise = prises_en_charge_de(user, sinistre).filter(pk=prise_id).first()
    if prise is None:
        raise Http404
    return prise


def _initial(sinistre: Sinistre) -> dict[str, object]:
    debut = sinistre.episodes.order_by("-rang").values_list("debut", flat=True).first() or sinistre.survenance
    return {"debut": debut, "fin": add_months(max(debut, timezone.localdate()), MOIS_PROPOSES)}
