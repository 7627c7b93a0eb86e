"""Opening a recours on a dossier that is locked: by the rule of the declaration, or for whoever has found a third party since."""

from __future__ import annotations

from accounts.models import User
from cases.enums import Canal, GenreBranche, OrigineBranche
from cases.models import Branche, Sinistre
from indemnities.models import RecoursTiers
from workflows import moteur


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
