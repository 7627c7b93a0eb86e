"""Models of cases, by subject."""

from cases.models.accompagnement import Accompagnement, ActionAccompagnement
from cases.models.avis import AvisMedecin, Delegation, QuestionMedecin
from cases.models.branche import Branche
from cases.models.citis import InstructionCitis
from cases.models.contre_visite import ContreVisite, InterruptionVersement
from cases.models.echeance import Echeance, Pause
from cases.models.expertise import Expertise, ReponseExpertise
from cases.models.medecins import MedecinAgree
from cases.models.mediation import Mediation, PositionMediation
from cases.models.message import Message, ReponseType
from cases.models.note import Note
from cases.models.saisine import Saisine
from cases.models.sinistre import Arret, Episode, Sinistre
from cases.models.soutien_visible import Programme, SoutienVisible
from cases.models.tache import Tache

__all__ = [
    "Accompagnement", "ActionAccompagnement", "Arret", "AvisMedecin", "Branche", "ContreVisite", "Delegation", "Echeance", "Episode",
    "Expertise", "InstructionCitis", "InterruptionVersement", "MedecinAgree", "Mediation", "Message", "Note", "Pause",
    "PositionMediation", "Programme", "QuestionMedecin", "ReponseExpertise", "ReponseType", "Saisine", "Sinistre", "SoutienVisible",
    "Tache",
]  # fmt: skip
