"""What the bulle holds, in the schema `medical`, readable under the login of its own process only.

Tables point at the house's (sinistre, pièce, people) and nothing points back: related names are hidden. Their keys say DO_NOTHING
because a deletion outside would otherwise make the web process look into tables it may not read; the database's own constraint
refuses such a deletion.
"""

from medical.models.cles import Cle
from medical.models.dossiers import Opinion, Ouverture
from medical.models.factures import Facture
from medical.models.fichiers import Fichier
from medical.models.liens import LienAgent
from medical.models.missions import Mission
from medical.models.soutien import SceauTraces, Seance, Soutien, TraceSoutien

__all__ = ["Cle", "Facture", "Fichier", "LienAgent", "Mission", "Opinion", "Ouverture", "SceauTraces", "Seance", "Soutien", "TraceSoutien"]
