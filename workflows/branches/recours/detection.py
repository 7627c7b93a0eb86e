"""What an act of the dossier does to its recours: the declaration opens it, a consolidation sets its clock. The dossier is locked."""

from __future__ import annotations

from accounts.models import User
from cases.enums import Canal, EtatBranche, GenreBranche, OrigineBranche
from cases.models import Branche, Sinistre
from indemnities.models import RecoursTiers
from workflows import moteur
from workflows.branches.recours import delais


def ouvrir_par_regle(*, acteur: User, sinistre: Sinistre) -> Branche:
    """The declaration says that a third party may be liable: the recours opens in its transaction, and waits to be qualified."""
    return ouvrir(acteur=acteur, sinistre=sinistre, origine=OrigineBranche.REGLE)


def ouvrir(
    *, acteur: User, sinistre: Sinistre, origine: OrigineBranche, canal: Canal = Canal.PORTAIL, constat: str = ""
) -> Branche:  # fmt: skip
    """Start the recours of a sinistre locked by the caller, who has checked the right. Raises Erreur when one runs already."""
    return moteur.ouvrir(
        acteur=acteur,
        genre=GenreBranche.RECOURS,
        sinistre=sinistre,
        origine=origine,
        metier=lambda branche: RecoursTiers.objects.create(
            branche=branche, sinistre=sinistre, exercice=sinistre.survenance.year, constat=constat
        ),
        canal=canal,
    )


def recaler_dossier(sinistre: Sinistre) -> None:
    """The consolidation of a dossier has become known, or has changed: the clock of its recours follows.

    For an act that holds the lock of the sinistre.
    """
    branche = Branche.objects.filter(sinistre=sinistre, genre=GenreBranche.RECOURS, etat=EtatBranche.EN_COURS).first()
    if branche is None:
        return
    branche.sinistre = sinistre
    with moteur.held(branche):
        recours = RecoursTiers.objects.get(branche=branche)
        recours.sinistre, branche.recours = sinistre, recours
        delais.recaler(branche)
