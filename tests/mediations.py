"""The three parties of a médiation, heard: what comes before any refusal in a test that is about something else."""

from __future__ import annotations

from cases.enums_mediation import PartieMediation, SensPosition
from cases.models import Branche, Sinistre
from tests.factories import Monde
from workflows.branches.mediation.actes import donner_position


def mediation_de(sinistre: Sinistre) -> Branche:
    """The last médiation of the dossier."""
    return Branche.objects.filter(sinistre=sinistre, genre="MEDIATION").latest("pk")


def entendre(m: Monde, sinistre: Sinistre, *, sens: str = SensPosition.FAVORABLE_AU_REFUS, par_le_cdg: bool = False) -> Branche:
    """Each party gives the same position: the employer by itself unless `par_le_cdg`, the insurer by a gestionnaire who reports it."""
    branche = mediation_de(sinistre)
    for partie in PartieMediation:
        acteur = m.mairie if partie == PartieMediation.COLLECTIVITE and not par_le_cdg else m.gestionnaire
        donner_position(acteur=acteur, branche=branche, partie=partie, sens=sens, motif="Dit à la réunion du mois.")
    return branche
