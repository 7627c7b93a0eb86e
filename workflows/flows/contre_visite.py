"""Contre-visite médicale: is the arrêt still justified on the day of the control? (domain: §5.1)"""

from __future__ import annotations

from viewflow import this
from viewflow.workflow import flow

from cases.enums import GenreEcheance, GenreTache
from workflows.branches.contre_visite import delais
from workflows.noeuds import Automatique, BrancheFlow, Delai, Depart, Etape, Fin

SUITES = "workflows.branches.contre_visite.suites"


class ContreVisiteFlow(BrancheFlow):
    """Contre-visite médicale"""

    start = Depart("Demande").Next(this.designer)
    designer = Etape(GenreTache.CV_DESIGNER, action="contre_visite_mener").Next(this.convoquer)
    convoquer = Etape(GenreTache.CV_CONVOQUER, action="contre_visite_mener").Next(this.diffuser)
    diffuser = Automatique(f"{SUITES}.diffuser_convocation", "Diffuser la convocation").Next(this.avis)
    avis = Etape(GenreTache.CV_AVIS, action="contre_visite_mener").Next(this.ensuite)
    retard = Delai(this.avis, genre=GenreEcheance.CV_AVIS, terme=delais.avis_oral).Next(this.escalader)
    escalader = Automatique(f"{SUITES}.escalader", "Prévenir le responsable").Next(this.prevenu)
    prevenu = Fin("Responsable prévenu")
    ensuite = flow.Split().Always(this.conclusions).Always(this.honoraires)
    conclusions = Etape(GenreTache.CV_CONCLUSIONS, action="contre_visite_mener").Next(this.decision)
    decision = Etape(GenreTache.CV_DECISION, action="contre_visite_decider").Next(this.reunir)
    honoraires = Etape(GenreTache.CV_HONORAIRES, action="honoraires_saisir").Next(this.reunir)
    reunir = flow.Join().Next(this.appliquer)
    appliquer = Automatique(f"{SUITES}.appliquer", "Appliquer la décision").Next(this.fin)
    fin = Fin()
