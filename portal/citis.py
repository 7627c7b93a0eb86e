"""The instruction of a CITIS as a page, the same at both doors: where the clock stands, and the acts of the employer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.gate import exiger, peut
from accounts.models import User
from cases.enums import EtatBranche, GenreBranche
from cases.enums_saisine import DecisionImputabilite, MotifProlongation
from cases.errors import DonneeInvalide, Erreur
from cases.models import Branche, InstructionCitis, Sinistre
from portal.errors import raisons_de
from portal.gestion.formulaires import DateField, poser_erreurs
from portal.presentation import jour
from portal.procedures import COLLECTIVITE, GESTION
from workflows.branches.citis import actes, delais, horloge

CADRES = {GESTION: "gestion/base_gestion.html", COLLECTIVITE: "base_externe.html"}
DEPART, PROLONGER, PROVISOIRE, DECIDER = "depart", "prolonger", "provisoire", "decider"
LIBELLES: dict[str, str] = {
    DECIDER: "Décider de l’imputabilité",
    PROVISOIRE: "Prononcer un CITIS provisoire",
    PROLONGER: "Prolonger l’instruction de trois mois",
    DEPART: "Corriger le départ du délai",
}
AIDES: dict[str, str] = {
    DECIDER: "Un refus demande de requalifier le dossier, et de faire reverser ce qu’un CITIS provisoire révocable a payé.",
    PROVISOIRE: "Dû quand le délai finit sans décision. Il ne se retire que si son arrêté le dit (CE 465818).",
    PROLONGER: "Une seule fois, avant la fin du délai : enquête, médecin agréé ou conseil médical.",
    DEPART: "Le délai court du jour où la déclaration complète est reçue.",
}
PROCEDURE_DE: dict[str, str] = {
    GenreBranche.EXPERTISE: MotifProlongation.EXPERTISE,
    GenreBranche.SAISINE: MotifProlongation.CONSEIL_MEDICAL,
}
"""The procedures under way that are a motive to prolong: it is offered at once."""


class DepartForm(forms.Form):
    depart = DateField(label="Déclaration complète reçue le")


class ProlongerForm(forms.Form):
    motif = forms.ChoiceField(label="Motif", choices=[("", "Choisissez"), *MotifProlongation.choices])
    le = DateField(label="Prolongation notifiée le")


class ProvisoireForm(forms.Form):
    le = DateField(label="Prononcé à compter du")
    retrait_prevu = forms.TypedChoiceField(
        label="L’arrêté dit-il qu’il peut être retiré ?",
        choices=[("oui", "Oui"), ("non", "Non")],
        widget=forms.RadioSelect,
        coerce=lambda reponse: reponse == "oui",
    )


class DeciderForm(forms.Form):
    decision = forms.ChoiceField(label="Décision", choices=[("", "Choisissez"), *DecisionImputabilite.choices])
    le = DateField(label="Décision du")


FORMULAIRES: dict[str, type[forms.Form]] = {
    DECIDER: DeciderForm, PROVISOIRE: ProvisoireForm, PROLONGER: ProlongerForm, DEPART: DepartForm,
}  # fmt: skip
SERVICES: dict[str, Any] = {
    DECIDER: actes.decider, PROVISOIRE: actes.prononcer_provisoire, PROLONGER: actes.prolonger, DEPART: actes.fixer_depart,
}  # fmt: skip


def resume(sinistre: Sinistre, porte: str) -> tuple[str, str] | None:
    """(what is to be known, address of the page) of the imputabilité on a dossier's page; None where there is none to decide."""
    if sinistre.nature not in delais.MOIS:
        return None
    instruction = horloge.instruction_de(sinistre)
    return (_etat(instruction), reverse(f"{porte}:citis", args=[sinistre.numero])) if instruction is not None else None


def _etat(instruction: InstructionCitis) -> str:
    if instruction.decision and instruction.decision_le is not None:
        return f"{instruction.get_decision_display()}, le {jour(instruction.decision_le)}"
    if instruction.provisoire_depuis is not None:
        return f"CITIS provisoire depuis le {jour(instruction.provisoire_depuis)}, à décider"
    echu = instruction.terme < timezone.localdate()
    return (
        f"Délai échu le {jour(instruction.terme)} : décision ou CITIS provisoire"
        if echu
        else f"À décider avant le {jour(instruction.terme)}"
    )


def page(
    request: HttpRequest, user: User, sinistre: Sinistre, porte: str, *, essai: tuple[str, forms.Form, list[str]] | None = None
) -> HttpResponse:
    """The clock, what has been done, and the acts that this person may do now."""
    instruction = horloge.instruction_de(sinistre)
    if instruction is None:
        raise Http404
    formulaires = []
    for nom in _possibles(user, instruction):
        form, raisons = _formulaire(nom, instruction), []
        if essai is not None and essai[0] == nom:
            form, raisons = essai[1], essai[2]
        adresse = reverse(f"{porte}:citis-acte", args=[sinistre.numero, nom])
        formulaires.append({"nom": nom, "libelle": LIBELLES[nom], "aide": AIDES[nom], "form": form, "raisons": raisons, "adresse": adresse})
    context = {
        "cadre": CADRES[porte],
        "sinistre": sinistre,
        "dossier": reverse(f"{porte}:dossier", args=[sinistre.numero]),
        "etat": _etat(instruction),
        "faits": _faits(instruction),
        "formulaires": formulaires,
        "prises_en_charge": reverse(f"{porte}:prises-en-charge", args=[sinistre.numero]),
    }
    return render(request, "portal/citis.html", context, status=200 if essai is None else 422)


def acte(request: HttpRequest, user: User, sinistre: Sinistre, nom: str, porte: str) -> HttpResponse:
    """Carry out one act; what is refused comes back with its reasons and what was typed."""
    instruction = horloge.instruction_de(sinistre)
    if nom not in FORMULAIRES or instruction is None:
        raise Http404
    exiger(user, "citis_instruire", sinistre)
    form, raisons = _formulaire(nom, instruction, request.POST), []
    if form.is_valid():
        try:
            SERVICES[nom](acteur=user, numero=sinistre.numero, **form.cleaned_data)
        except DonneeInvalide as error:
            poser_erreurs(form, error)
        except Erreur as error:
            raisons = raisons_de(error)
        else:
            messages.success(request, f"{LIBELLES[nom]} : c’est enregistré.")
            return redirect(f"{porte}:citis", sinistre.numero)
    if nom not in _possibles(user, instruction):  # no form of the page shows these reasons any more
        raise Erreur(" ".join(raisons) or "Cet acte n’est plus possible.")
    return page(request, user, sinistre, porte, essai=(nom, form, raisons))


def _possibles(user: User, instruction: InstructionCitis) -> list[str]:
    if not peut(user, "citis_instruire", instruction.sinistre):
        return []
    if instruction.decision:
        return [DECIDER]
    noms = [DECIDER] if instruction.provisoire_depuis is not None else [DECIDER, PROVISOIRE]
    return [*noms, DEPART] if instruction.prolongee_motif else [*noms, PROLONGER, DEPART]


def _formulaire(nom: str, instruction: InstructionCitis, data: Any = None) -> forms.Form:
    initial: dict[str, Any] = {"le": timezone.localdate(), "depart": instruction.depart}
    if nom == PROLONGER:
        initial["motif"] = _motif_offert(instruction.sinistre)
    return FORMULAIRES[nom](data, auto_id=f"id_{nom}_%s", initial=initial)


def _motif_offert(sinistre: Sinistre) -> str:
    """The motive that an expertise or a saisine under way gives."""
    en_cours = Branche.objects.filter(sinistre=sinistre, etat=EtatBranche.EN_COURS, genre__in=PROCEDURE_DE).order_by("pk")
    premiere = en_cours.values_list("genre", flat=True).first()
    return PROCEDURE_DE[premiere] if premiere is not None else ""


def _faits(instruction: InstructionCitis) -> list[tuple[str, str]]:
    lus = [("Délai compté du", jour(instruction.depart)), ("Fin du délai", jour(instruction.terme))]
    if instruction.prolongee_motif:
        lus.append(("Prolongé de trois mois", instruction.get_prolongee_motif_display()))
    if instruction.provisoire_depuis is not None:
        retrait = "peut être retiré" if instruction.retrait_prevu else "ne peut pas être retiré"
        lus.append(("CITIS provisoire", f"depuis le {jour(instruction.provisoire_depuis)}, {retrait}"))
    if instruction.decision_le is not None:
        lus.append(("Décision", f"{instruction.get_decision_display()}, le {jour(instruction.decision_le)}"))
    if instruction.a_reverser:
        lus.append(("À reverser", "ce que le CITIS provisoire a payé"))
    return lus
