"""The médiation as pages: what each party answers, what was answered, and the transition that ends it. Rules stand in workflows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms

from accounts.models import User
from cases.enums_mediation import POSITIONS, IssueMediation, PartieMediation
from cases.models import Branche, Mediation
from cases.states import PASSAGES
from portal.presentation import jour
from portal.procedures import Acte
from portal.procedures import Demande as DemandeDeProcedure
from workflows.branches.mediation import lecture
from workflows.branches.mediation.actes import ACTION_DE, MAX_MOTIF, donner_position
from workflows.demande import Demande
from workflows.guards import reasons_against
from workflows.lifecycle import transiter

DEMANDE: DemandeDeProcedure | None = None
"""It begins with the proposal of a refusal (transition `proposer_refus`)."""

AIDES: dict[str, str] = {
    PartieMediation.ASSUREUR: "L’assureur répond par l’API, ou à son correspondant du centre de gestion : ce que vous enregistrez "
    "ici en son nom est marqué « recueillie par le centre de gestion ».",
    PartieMediation.CDG: "",
    PartieMediation.COLLECTIVITE: "Donnée par l’employeur sur son portail, ou recueillie par le centre de gestion : la page le dit alors.",
}
"""Who answers by which door: the insurer has no pages."""

NOMS: dict[str, str] = {
    PartieMediation.ASSUREUR: "de l’assureur",
    PartieMediation.CDG: "du centre de gestion",
    PartieMediation.COLLECTIVITE: "de l’employeur",
}


class PositionForm(forms.Form):
    sens = forms.ChoiceField(label="Position", choices=[("", "Choisissez"), *POSITIONS])
    motif = forms.CharField(
        label="En quelques mots",
        max_length=MAX_MOTIF,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Lu par l’assureur, le centre de gestion et l’employeur. N’écrivez rien de la santé de l’agent. "
        "Nécessaire si la position est opposée au refus, ou propose autre chose.",
    )
    assume = forms.BooleanField(
        label="Ces mots ne disent rien de la santé de l’agent",
        required=False,
        help_text="À cocher seulement si on vous le demande.",
    )

    def __init__(self, branche: Branche, data: Any = None, *, prefixe: str) -> None:
        super().__init__(data, auto_id=f"id_{prefixe}_%s")


class ConclusionForm(forms.Form):
    commentaire = forms.CharField(
        label="Motifs", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), help_text="Lus par l’employeur et l’assureur."
    )

    def __init__(self, branche: Branche, data: Any = None, *, prefixe: str) -> None:
        super().__init__(data, auto_id=f"id_{prefixe}_%s")


def _position(partie: PartieMediation) -> Callable[[User, Branche, dict[str, Any]], str]:
    def executer(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
        donner_position(acteur=acteur, branche=branche, partie=partie, **lu)
        return f"La position {NOMS[partie]} est enregistrée."

    return executer


def _transition(nom: str) -> Callable[[User, Branche, dict[str, Any]], str]:
    def executer(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
        assert branche.sinistre is not None  # a médiation always is about a dossier (constraint branche_sans_dossier)
        transiter(acteur=acteur, numero=branche.sinistre.numero, nom=nom, demande=Demande(commentaire=lu["commentaire"]))
        return f"{PASSAGES[nom].libelle} : c’est fait, la médiation est conclue."

    return executer


def _admits(nom: str, branche: Branche) -> bool:
    """Whether nothing but the person's words is missing for this transition."""
    return branche.est_en_cours and branche.sinistre is not None and not reasons_against(nom, branche.sinistre, Demande())


def _was_heard(partie: PartieMediation, branche: Branche) -> bool:
    return branche.est_en_cours and partie in lecture.positions(branche.mediation)


ACTES: tuple[Acte, ...] = (
    *(
        Acte(
            nom=partie.lower(),
            etape=partie.lower(),
            libelle=f"Donner la position {NOMS[partie]}",
            action=ACTION_DE[partie],
            formulaire=partial(PositionForm, prefixe=partie.lower()),
            executer=_position(partie),
            aide=AIDES[partie],
        )
        for partie in PartieMediation
    ),
    *(
        Acte(
            nom=f"revoir-{partie.lower()}",
            libelle=f"Changer la position {NOMS[partie]}",
            action=ACTION_DE[partie],
            formulaire=partial(PositionForm, prefixe=f"revoir_{partie.lower()}"),
            executer=_position(partie),
            possible=partial(_was_heard, partie),
            aide="Tant que la médiation dure, une nouvelle réponse remplace la précédente, ou l’absence de réponse.",
        )
        for partie in (PartieMediation.ASSUREUR, PartieMediation.COLLECTIVITE)
    ),
    *(
        Acte(
            nom=nom.replace("_", "-"),
            libelle=PASSAGES[nom].libelle,
            action=nom,
            formulaire=partial(ConclusionForm, prefixe=nom),
            executer=_transition(nom),
            possible=partial(_admits, nom),
        )
        for nom in ("lever_refus", "refuser_partie", "refuser")
    ),
)


def faits(user: User, branche: Branche) -> list[tuple[str, str]]:
    """The refusal as proposed, until when one waits, how it ended."""
    mediation = branche.mediation
    lus = [("Refus proposé", mediation.get_motif_display()), ("Il porte sur", mediation.get_portee_display().lower())]
    if mediation.proposition:
        lus.append(("Proposition", mediation.proposition))
    terme = lecture.terme(branche)
    if terme is not None:
        lus.append(("Réponses attendues avant le", jour(terme)))
    if mediation.issue:
        lus += [("Issue", IssueMediation(mediation.issue).label), ("Motifs", mediation.conclusion)]
    return lus


GABARIT = "portal/branches/mediation.html"


def contexte(user: User, branche: Branche) -> dict[str, Any]:
    """The three parties, in the same order always, with what each answers today."""
    connues = lecture.positions(Mediation.objects.get(branche=branche))
    return {"parties": [(partie.label, connues.get(partie)) for partie in PartieMediation]}
