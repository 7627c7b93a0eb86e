"""The recours that declarations have opened, at several moments of their life: to qualify, without a third party, claimed, offered, paid."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from cases.enums import EtatBranche, GenreBranche
from cases.models import Branche
from indemnities.enums import MandatRecours, QualiteTiers, SorteMontant
from indemnities.models import RecoursTiers
from indemnities.rules_recours import Cle, lignes_de
from indemnities.selectors_recours import montants_de
from project.demonstration.socle import Socle
from workflows import automates
from workflows.branches.recours import argent, negociation, ouverture

TIERS = (
    ("Transports Bonnafous", QualiteTiers.ENTREPRISE, "Mutuelle des transporteurs", "ST-20417"),
    ("Julien Carrière", QualiteTiers.PARTICULIER, "Assurances du Midi", "AUTO-88213"),
    ("Garage de la Lergue", QualiteTiers.ENTREPRISE, "Assurances du Midi", "RC-3371"),
)
MOMENTS = 5


def mener(socle: Socle) -> int:
    """Each open recours, the oldest first, as far as its rank says. Returns how many there were: a small portfolio may have none."""
    gestionnaire, payeur = socle.comptes["gestionnaire"], socle.comptes["payeur"]
    branches = list(Branche.objects.filter(genre=GenreBranche.RECOURS, etat=EtatBranche.EN_COURS).order_by("pk"))
    for rang, branche in enumerate(branches):
        _mener(gestionnaire, payeur, branche, rang)
    return len(branches)


def _mener(gestionnaire: User, payeur: User, branche: Branche, rang: int) -> None:
    jusqu_ou = rang % MOMENTS
    if jusqu_ou == 0:
        return
    if jusqu_ou == 1:
        ouverture.qualifier(acteur=gestionnaire, branche=branche, responsable=False, constat="Aucun tiers : l’agent était seul.")
        return
    ouverture.qualifier(acteur=gestionnaire, branche=branche, responsable=True, constat="Constat amiable : torts du conducteur.")
    nom, qualite, assureur, reference = TIERS[rang % len(TIERS)]
    tiers = ouverture.Tiers(
        nom=nom, qualite=qualite, vehicule=True, mandat=MandatRecours.COMMUN, mandat_du=timezone.localdate(), assureur=assureur,
        reference=reference,
    )  # fmt: skip
    ouverture.identifier(acteur=gestionnaire, branche=branche, tiers=tiers)
    automates.balayer()
    if jusqu_ou == 2:
        return
    montants = _claim(branche)
    negociation.reclamer(
        acteur=gestionnaire, branche=branche, le=timezone.localdate(), montants=montants,
        raisons={cle[0]: "D’après les bulletins de paie transmis." for cle in montants},
    )  # fmt: skip
    offre = (sum(montants.values(), Decimal(0)) * 2 / 3).quantize(Decimal("0.01"))
    negociation.consigner_offre(acteur=gestionnaire, branche=branche, montants={}, globale=offre)
    if jusqu_ou == 3:
        return
    negociation.accepter(acteur=gestionnaire, branche=branche, le=timezone.localdate())
    moitie = (offre / 2).quantize(Decimal("0.01"))
    argent.encaisser(
        acteur=payeur, branche=branche, recu_le=timezone.localdate(), montant=moitie, reference=f"VIR {reference}"
    )  # fmt: skip
    automates.balayer()


def _claim(branche: Branche) -> dict[Cle, Decimal]:
    """What the chiffrage proposes, and a first line by hand where it knows nothing yet."""
    recours = RecoursTiers.objects.select_related("sinistre").get(branche=branche)
    proposes = {cle: montant for cle, montant in montants_de(recours, SorteMontant.PROPOSE).items() if montant}
    return proposes or {lignes_de(recours.sinistre.nature, recours.mandat)[-1]: Decimal("640.00")}
