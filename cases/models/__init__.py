"""Models of cases, by subject."""

from cases.models.avis import AvisMedecin, Delegation, QuestionMedecin
from cases.models.branche import Branche
from cases.models.contre_visite import ContreVisite, InterruptionVersement
from cases.models.echeance import Echeance, Pause
from cases.models.medecins import MedecinAgree
from cases.models.note import Note
from cases.models.sinistre import Arret, Episode, Sinistre
from cases.models.tache import Tache

__all__ = [
    "Arret", "AvisMedecin", "Branche", "ContreVisite", "Delegation", "Echeance", "Episode", "InterruptionVersement", "MedecinAgree",
    "Note", "Pause", "QuestionMedecin", "Sinistre", "Tache",
]  # fmt: skip
