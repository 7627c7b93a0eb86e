"""The accompagnement as pages: its request, the agent's answer, who takes part, the plan, the bilan. Rules stand in workflows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import User
from cases.enums import Canal, FileTravail
from cases.enums_accompagnement import BILANS, FormeAccompagnement, ObjectifAccompagnement, RecueilAccord
from cases.models import Accompagnement, Branche, Sinistre
from cases.selectors_files import porteurs_possibles
from portal.gestion.formulaires import DateField
from portal.presentation import jour
from portal.procedures import Acte, Demande
from workflows.branches.accompagnement import actes, ouverture

MENER, INTERVENIR = "accompagnement_mener", "accompagnement_intervenir"
CHOISIR = [("", "Choisissez")]


def _assume() -> forms.BooleanField:
    return forms.BooleanField(
        label="Ces mots ne disent rien de la santé de l’agent",
        required=False,
        help_text="À cocher seulement si on vous le demande.",
    )


# -- Asking -------------------------------------------------------------------------------------------------------------------


class DemandeForm(forms.Form):
    forme = forms.ChoiceField(
        label="Forme",
        choices=[*CHOISIR, *FormeAccompagnement.choices],
        help_text="Un programme individuel est mené par un psychologue clinicien. Une situation complexe réunit un référent maintien dans "
        "l’emploi et un psychologue du travail.",
    )
    objectifs = forms.MultipleChoiceField(label="Objectifs", choices=ObjectifAccompagnement.choices, widget=forms.CheckboxSelectMultiple)
    precisions = forms.CharField(
        label="Précisions",
        max_length=ouverture.MAX_PRECISIONS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="La situation au travail, jamais la santé de l’agent.",
    )
    assume = _assume()

    def __init__(self, sinistre: Sinistre, data: Any = None) -> None:
        super().__init__(data)


def _demander(acteur: User, sinistre: Sinistre, lu: dict[str, Any], canal: Canal) -> Branche:
    return ouverture.demander(acteur=acteur, sinistre=sinistre, canal=canal, **lu)


DEMANDE: Demande | None = Demande(
    action="accompagnement_demander",
    libelle="Demander un accompagnement",
    formulaire=DemandeForm,
    executer=_demander,
    possible=lambda sinistre: not ouverture.raison_d_impossibilite(sinistre),
    aide="Rien ne commence sans l’accord de l’agent, que le centre de gestion recueille. Il peut arrêter quand il veut.",
)


# -- Acts -----------------------------------------------------------------------------------------------------------------------


class AccordForm(forms.Form):
    accord = forms.ChoiceField(label="L’agent est d’accord", choices=[("oui", "Oui"), ("non", "Non")], widget=forms.RadioSelect)
    le = DateField(label="Réponse donnée le")
    recueil = forms.ChoiceField(label="Recueillie par", choices=[*CHOISIR, *RecueilAccord.choices])

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data, auto_id="id_accord_%s", initial={"le": timezone.localdate()})


def _accord(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    donne = lu.pop("accord") == "oui"
    actes.recueillir_accord(acteur=acteur, branche=branche, accord=donne, **lu)
    return "Accord enregistré." if donne else "Refus enregistré : l’accompagnement s’arrête là."


class IntervenantsForm(forms.Form):
    psychologue = forms.ModelChoiceField(
        label="Psychologue clinicien", queryset=User.objects.none(), required=False, empty_label="Sans compte : donnez son nom"
    )
    psychologue_nom = forms.CharField(label="Nom du psychologue, s’il n’a pas de compte", max_length=160, required=False)
    referent = forms.ModelChoiceField(
        label="Référent maintien dans l’emploi",
        queryset=User.objects.none(),
        required=False,
        empty_label="Sans compte : donnez son nom",
    )
    referent_nom = forms.CharField(label="Nom du référent, s’il n’a pas de compte", max_length=160, required=False)
    psychologue_travail_nom = forms.CharField(label="Nom du psychologue du travail", max_length=160, required=False)

    def __init__(self, branche: Branche, data: Any = None, *, prefixe: str) -> None:
        accompagnement = branche.accompagnement
        super().__init__(data, auto_id=f"id_{prefixe}_%s", initial=_present(accompagnement))
        if accompagnement.forme == FormeAccompagnement.RETOUR_EMPLOI:
            gardes = ["psychologue", "psychologue_nom"]
            self.fields["psychologue"].queryset = porteurs_possibles([FileTravail.SOUTIENS])  # type: ignore[attr-defined]
        else:
            gardes = ["referent", "referent_nom", "psychologue_travail_nom"]
            self.fields["referent"].queryset = porteurs_possibles([FileTravail.ACCOMPAGNEMENTS])  # type: ignore[attr-defined]
        for nom in [champ for champ in self.fields if champ not in gardes]:
            del self.fields[nom]
        for champ in self.fields.values():
            if isinstance(champ, forms.ModelChoiceField):
                champ.label_from_instance = User.get_full_name  # type: ignore[assignment,method-assign]


def _present(accompagnement: Accompagnement) -> dict[str, Any]:
    return {
        "psychologue": accompagnement.psychologue_id,
        "psychologue_nom": "" if accompagnement.psychologue_id else accompagnement.psychologue_nom,
        "referent": accompagnement.referent_id,
        "referent_nom": "" if accompagnement.referent_id else accompagnement.referent_nom,
        "psychologue_travail_nom": accompagnement.psychologue_travail_nom,
    }


def _designer(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    actes.designer(acteur=acteur, branche=branche, **lu)
    return "Les intervenants sont désignés."


class SansChampForm(forms.Form):
    """Nothing to type: the button says it all."""

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data)


def _terminer(nom: str) -> Callable[[User, Branche, dict[str, Any]], str]:
    def executer(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
        actes.terminer_intervention(acteur=acteur, branche=branche, nom=nom)
        return "L’intervention est terminée."

    return executer


class ActionForm(forms.Form):
    action = forms.CharField(label="Ce qui est à faire", max_length=200)
    responsable = forms.CharField(label="Qui s’en charge", max_length=160)
    prevue_le = DateField(label="Avant le")

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data, auto_id="id_action_%s")


def _inscrire(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    actes.inscrire_action(acteur=acteur, branche=branche, **lu)
    return "L’action est inscrite au plan."


class ActionFaiteForm(forms.Form):
    action = forms.ChoiceField(label="Action")
    le = DateField(label="Faite le")

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data, auto_id="id_faite_%s", initial={"le": timezone.localdate()})
        a_faire = branche.accompagnement.actions.filter(faite_le__isnull=True).order_by("prevue_le", "pk")
        self.fields["action"].choices = [*CHOISIR, *((str(a.pk), a.action) for a in a_faire)]  # type: ignore[attr-defined]


def _faire(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    actes.faire_action(acteur=acteur, branche=branche, action_id=int(lu["action"]), le=lu["le"])
    return "L’action est faite."


class BilanForm(forms.Form):
    issue = forms.ChoiceField(label="Résultat", choices=[*CHOISIR, *BILANS])
    le = DateField(label="Bilan du")
    texte = forms.CharField(
        label="Observations",
        max_length=actes.MAX_BILAN,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Lues par l’employeur. Rien de ce qui a été confié au psychologue.",
    )
    assume = _assume()

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data, auto_id="id_bilan_%s", initial={"le": timezone.localdate()})


def _bilan(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    actes.faire_bilan(acteur=acteur, branche=branche, **lu)
    return "Le bilan est enregistré : l’accompagnement est terminé."


class ArretForm(forms.Form):
    le = DateField(label="Arrêté le")

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data, auto_id="id_arret_%s", initial={"le": timezone.localdate()})


def _arreter(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    actes.arreter(acteur=acteur, branche=branche, **lu)
    return "L’agent arrête : l’accompagnement est terminé."


def _runs(branche: Branche) -> bool:
    return branche.est_en_cours and branche.accompagnement.designes_le is not None


def _has_open_action(branche: Branche) -> bool:
    return _runs(branche) and branche.accompagnement.actions.filter(faite_le__isnull=True).exists()


ACTES: tuple[Acte, ...] = (
    Acte(nom="accord", etape="accord", libelle="Enregistrer la réponse de l’agent", action=MENER, formulaire=AccordForm, executer=_accord,
         aide="Recueillez-la vous-même. Un refus n’a pas de motif, et n’a aucune conséquence pour l’agent."),
    Acte(nom="designer", etape="designer", libelle="Désigner les intervenants", action=MENER,
         formulaire=partial(IntervenantsForm, prefixe="designer"), executer=_designer),
    Acte(nom="psychologue", etape="psychologue", libelle="Le programme est terminé", action=INTERVENIR, formulaire=SansChampForm,
         executer=_terminer("psychologue"), aide="Ce qui s’est dit reste entre l’agent et le psychologue."),
    Acte(nom="referent", etape="referent", libelle="Le référent a terminé", action=MENER, formulaire=SansChampForm,
         executer=_terminer("referent")),
    Acte(nom="psy-travail", etape="psy_travail", libelle="Le psychologue du travail a terminé", action=MENER, formulaire=SansChampForm,
         executer=_terminer("psy_travail")),
    Acte(nom="bilan", etape="bilan", libelle="Enregistrer le bilan", action=MENER, formulaire=BilanForm, executer=_bilan),
    Acte(nom="inscrire", libelle="Inscrire une action au plan", second=True, action=MENER, formulaire=ActionForm, executer=_inscrire,
         possible=_runs),
    Acte(nom="faite", libelle="Marquer une action faite", second=True, action=MENER, formulaire=ActionFaiteForm, executer=_faire,
         possible=_has_open_action),
    Acte(nom="remplacer", libelle="Changer les intervenants", second=True, action=MENER,
         formulaire=partial(IntervenantsForm, prefixe="remplacer"),
         executer=_designer, possible=_runs),
    Acte(nom="arreter", libelle="L’agent arrête", second=True, action=MENER, formulaire=ArretForm, executer=_arreter,
         possible=lambda branche: branche.est_en_cours, aide="Il le peut à tout moment, sans dire pourquoi."),
)  # fmt: skip


# -- Facts ----------------------------------------------------------------------------------------------------------------------


def faits(user: User, branche: Branche) -> list[tuple[str, str]]:
    """Its form and aims, the agent's answer, who takes part, what came of it: nothing of what was said."""
    ac = branche.accompagnement
    lus = [
        ("Forme", ac.get_forme_display()),
        ("Objectifs", ", ".join(ObjectifAccompagnement(code).label.lower() for code in ac.objectifs)),
    ]
    if ac.precisions:
        lus.append(("Précisions", ac.precisions))
    if ac.accord_le is not None:
        reponse = "d’accord" if ac.accord else "refus"
        lus.append(("Réponse de l’agent", f"{reponse}, le {jour(ac.accord_le)} ({ac.get_accord_recueil_display().lower()})"))
    lus += [
        (libelle, nom)
        for libelle, nom in (
            ("Psychologue clinicien", ac.psychologue_nom),
            ("Référent maintien dans l’emploi", ac.referent_nom),
            ("Psychologue du travail", ac.psychologue_travail_nom),
        )
        if nom
    ]
    if ac.issue:
        lus.append(("Résultat", ac.get_issue_display()))
    if ac.bilan_le is not None:
        lus.append(("Bilan du", jour(ac.bilan_le)))
    if ac.bilan:
        lus.append(("Observations", ac.bilan))
    return lus


GABARIT = "portal/branches/accompagnement.html"


def contexte(user: User, branche: Branche) -> dict[str, Any]:
    """The plan, what comes first on top."""
    return {"actions": list(branche.accompagnement.actions.order_by("prevue_le", "pk"))}
