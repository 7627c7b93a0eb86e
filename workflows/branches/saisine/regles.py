"""What a saisine means for its dossier. Columns only, nothing written."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, Max, Min, Q

from cases.enums import Etat, EtatBranche, GenreArret
from cases.enums_saisine import DecisionEmployeur, ObjetSaisine, SensConseil
from cases.models import Arret, Branche, Saisine, Sinistre
from contracts.enums import IMPUTABLES, NATURES_BY_REGIME, Nature, Regime
from workflows.branches.saisine.droits import DROITS, Conge

NATURE_DE: dict[str, str] = {
    ObjetSaisine.CLM: Nature.CLM,
    ObjetSaisine.CLD: Nature.CLD,
    ObjetSaisine.CGM: Nature.CGM,
    ObjetSaisine.DORS: Nature.DORS,
}
"""The nature that a leave takes when it is granted."""

SUITE_DU_CONGE = frozenset(
    {ObjetSaisine.CLM, ObjetSaisine.CLD, ObjetSaisine.CGM, ObjetSaisine.TPT, ObjetSaisine.DORS, ObjetSaisine.REINTEGRATION}
)
"""Objets that settle what follows the present leave: asking one of them is what « Anticiper la saisine » waits for."""

MALADIES = frozenset({Nature.CMO, Nature.CLM, Nature.CLD, Nature.CGM, Nature.DORS})
"""Leaves for illness, that a longer one may follow."""

APRES_CLOTURE = frozenset({ObjetSaisine.CONTESTATION_CONTRE_VISITE, ObjetSaisine.AUTRE})
"""What may still be asked once the dossier is closed."""


def raison_contre(sinistre: Sinistre, objet: str) -> str:
    """Why this may not be asked on this dossier, in French; empty when it may."""
    if sinistre.etat in (Etat.CLOS, Etat.REFUSE) and objet not in APRES_CLOTURE:
        return f"Le dossier est « {sinistre.get_etat_display().lower()} » : il faut d’abord le rouvrir."
    nature = Nature.TPT if objet == ObjetSaisine.TPT else NATURE_DE.get(objet)
    if nature is not None and nature not in NATURES_BY_REGIME[sinistre.regime]:
        return f"Ce congé n’existe pas au régime {sinistre.get_regime_display()} de l’agent."
    if objet == ObjetSaisine.CITIS and not (sinistre.est_imputable and sinistre.regime == Regime.CNRACL):
        return "L’imputabilité ne se discute que pour un accident ou une maladie de service d’un agent CNRACL."
    return ""


def est_ajournee(saisine: Saisine) -> bool:
    return saisine.sens == SensConseil.AJOURNE


def nature_a_donner(branche: Branche) -> str:
    """The nature that the employer's decision gives to the leave, where the dossier has another one; empty where nothing changes."""
    saisine, sinistre = branche.saisine, branche.sinistre
    nature = NATURE_DE.get(saisine.objet, "")
    if sinistre is None or saisine.decision != DecisionEmployeur.ACCORDE or not nature:
        return ""
    if sinistre.nature == nature or sinistre.nature not in MALADIES or nature not in NATURES_BY_REGIME[sinistre.regime]:
        return ""
    return nature


# -- The leave, for its clock -------------------------------------------------------------------------------------------------


def conge_nouveau(sinistre: Sinistre, fin: dt.date | None) -> Conge:
    """The leave of a sinistre that has just been declared: one certificate, read from what is at hand."""
    if sinistre.nature == Nature.TPT:
        return Conge(tpt_debut=sinistre.survenance, tpt_fin=fin)
    return Conge(debut=sinistre.survenance, fin=fin)


def read_conge(sinistre: Sinistre) -> tuple[dt.date | None, Conge]:
    """(latest day of any certificate, the leave under its present nature), in one query."""
    droit = DROITS.get(sinistre.nature)
    compte = ~Q(genre=GenreArret.TPT) & Q(episode__nature__in=droit.avec if droit is not None else ())
    tpt = Q(genre=GenreArret.TPT)
    lu = Arret.objects.filter(sinistre=sinistre, actif=True).aggregate(
        tous=Max("fin"),
        premier=Min("debut", filter=compte),
        dernier=Max("fin", filter=compte),
        tpt_premier=Min("debut", filter=tpt),
        tpt_dernier=Max("fin", filter=tpt),
        imputables=Count("pk", filter=Q(episode__nature__in=IMPUTABLES)),
    )
    conge = Conge(lu["premier"], lu["dernier"], lu["tpt_premier"], lu["tpt_dernier"], fut_imputable=lu["imputables"] > 0)
    return lu["tous"], conge


def est_saisi(sinistre: Sinistre) -> bool:
    """Whether the conseil médical is being asked already what follows this leave."""
    return Saisine.objects.filter(branche__sinistre=sinistre, branche__etat=EtatBranche.EN_COURS, objet__in=SUITE_DU_CONGE).exists()
