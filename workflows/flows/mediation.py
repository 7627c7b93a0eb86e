"""Médiation: the insurer, the CDG and the employer are heard before any refusal (design: proposer_refus, « the CDG mediates »)."""

from __future__ import annotations

from viewflow import this
from viewflow.workflow import flow

from cases.enums import GenreEcheance, GenreTache
from workflows.branches.mediation import delais
from workflows.noeuds import Automatique, BrancheFlow, Delai, Depart, Etape, Fin, Reunion

POSITIONS = GenreEcheance.MD_POSITIONS


class MediationFlow(BrancheFlow):
    """Médiation

    `conclure` is done by the transition of the dossier that lifts or pronounces the refusal, and by nothing else; lifting it may come
    before the parties have answered (workflows/branches/mediation/cycle.py).
    """

    sans_abandon = "Une médiation ne s’abandonne pas : levez la proposition de refus, ou prononcez le refus."

    start = Depart("Refus proposé").Next(this.entendre)
    entendre = flow.Split().Annotation("Entendre").Always(this.assureur).Always(this.cdg).Always(this.collectivite)
    assureur = Etape(GenreTache.MD_ASSUREUR, action="mediation_position_assureur").Next(this.reunir)
    delai_assureur = Delai(this.assureur, genre=POSITIONS, terme=delais.positions, interrompt=True).Next(this.silence)
    cdg = Etape(GenreTache.MD_CDG, action="mediation_mener").Next(this.reunir)
    delai_cdg = Delai(this.cdg, genre=POSITIONS, terme=delais.positions, interrompt=True).Next(this.silence)
    collectivite = Etape(GenreTache.MD_COLLECTIVITE, action="mediation_position_collectivite").Next(this.reunir)
    delai_collectivite = Delai(this.collectivite, genre=POSITIONS, terme=delais.positions, interrompt=True).Next(this.silence)
    silence = Automatique("workflows.branches.mediation.suites.constater_silence", "Constater le silence").Next(this.reunir)
    reunir = Reunion().Annotation("Réunir").Next(this.conclure)
    conclure = Etape(GenreTache.MENER_MEDIATION, action="mediation_mener").Next(this.fin)
    fin = Fin("Médiation conclue")
