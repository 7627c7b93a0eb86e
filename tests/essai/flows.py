"""Two steps, an automatic one, a step under a timer, two branches that join, an automatic end; and what the bench measures."""

from __future__ import annotations

import datetime as dt

from viewflow import this
from viewflow.workflow import flow

from cases.enums import GenreEcheance, GenreTache
from cases.models import Branche
from workflows.noeuds import Automatique, BrancheFlow, Delai, Depart, Etape, Fin, Reunion, Terme


def deux_jours(branche: Branche) -> Terme:
    return Terme(depart=branche.ouverte_le, jours=2, due_at=branche.ouverte_le + dt.timedelta(days=2))


class EssaiFlow(BrancheFlow):
    """Essai"""

    start = Depart("Demande").Next(this.designer)
    designer = Etape(GenreTache.CV_DESIGNER, action="contre_visite_mener").Next(this.convoquer)
    convoquer = Etape(GenreTache.CV_CONVOQUER, action="contre_visite_mener").Next(this.diffuser)
    diffuser = Automatique("tests.essai.suites.diffuser", "Diffuser").Next(this.avis)
    avis = Etape(GenreTache.CV_AVIS, action="contre_visite_mener").Next(this.ensuite)
    retard = Delai(this.avis, genre=GenreEcheance.CV_AVIS, terme=deux_jours).Next(this.escalader)
    escalader = Automatique("tests.essai.suites.escalader", "Prévenir").Next(this.prevenu)
    prevenu = Fin("Prévenu")
    ensuite = flow.Split().Always(this.conclusions).Always(this.honoraires)
    conclusions = Etape(GenreTache.CV_CONCLUSIONS, action="contre_visite_mener").Next(this.decision)
    decision = Etape(GenreTache.CV_DECISION, action="contre_visite_decider").Next(this.reunir)
    honoraires = Etape(GenreTache.CV_HONORAIRES, action="honoraires_saisir").Next(this.reunir)
    reunir = Reunion().Next(this.appliquer)
    appliquer = Automatique("tests.essai.suites.appliquer", "Appliquer").Next(this.fin)
    fin = Fin()


class DeuxVoiesFlow(BrancheFlow):
    """Deux voies"""

    start = Depart("Demande").Next(this.ensuite)
    ensuite = flow.Split().Always(this.conclusions).Always(this.honoraires)
    conclusions = Etape(GenreTache.CV_CONCLUSIONS, action="contre_visite_mener").Next(this.reunir)
    honoraires = Etape(GenreTache.CV_HONORAIRES, action="honoraires_saisir").Next(this.reunir)
    reunir = Reunion().Next(this.fin)
    fin = Fin()


class DeuxVoiesNuFlow(flow.Flow):
    """The same shape of viewflow's own nodes: neither work item, right, journal nor dossier."""

    lock_impl = BrancheFlow.lock_impl
    start = flow.StartHandle().Next(this.ensuite)
    ensuite = flow.Split().Always(this.conclusions).Always(this.honoraires)
    conclusions = flow.Handle().Next(this.reunir)
    honoraires = flow.Handle().Next(this.reunir)
    reunir = flow.Join().Next(this.fin)
    fin = flow.End()
