"""Expertise médicale: a mission drafted in the bulle, an examination, two outputs, the employer's decision (domain: §5.2)."""

from __future__ import annotations

from viewflow import this
from viewflow.workflow import flow

from cases.enums import GenreEcheance, GenreTache
from workflows.branches.expertise import delais, regles
from workflows.noeuds import Automatique, BrancheFlow, Delai, Depart, Etape, Fin, Reunion

SUITES = "workflows.branches.expertise.suites"


class ExpertiseFlow(BrancheFlow):
    """Expertise médicale"""

    start = Depart("Demande").Next(this.mission)
    mission = Etape(GenreTache.EX_MISSION, action="mission_confier", destinataire=regles.medecin_conseil).Next(this.designer)
    designer = Etape(GenreTache.EX_DESIGNER, action="expertise_mener").Next(this.convoquer)
    convoquer = Etape(GenreTache.EX_CONVOQUER, action="expertise_mener").Next(this.aiguiller)
    aiguiller = (
        flow.Switch()
        .Annotation("Convoqué ?")
        .Case(this.designer, cond=regles.is_recused)
        .Case(this.ensuite, cond=regles.was_not_examined)
        .Default(this.confier)
    )
    confier = Automatique(f"{SUITES}.confier", "Convoquer l’agent, confier la mission", bulle=True).Next(this.voie)
    voie = flow.If(regles.by_post).Annotation("Rapport par courrier ?").Then(this.rapport_papier).Else(this.rapport)
    rapport = Etape(
        GenreTache.EX_RAPPORT, action="rapport_deposer", destinataire=regles.expert, objet=regles.mission_de
    ).Next(this.suivre)  # fmt: skip
    retard = Delai(this.rapport, genre=GenreEcheance.EX_RAPPORT, terme=delais.rapport).Next(this.escalader)
    rapport_papier = Etape(GenreTache.EX_NUMERISER, action="rapport_numeriser").Next(this.suivre)
    retard_papier = Delai(this.rapport_papier, genre=GenreEcheance.EX_RAPPORT, terme=delais.rapport).Next(this.escalader)
    escalader = Automatique(f"{SUITES}.escalader", "Prévenir le responsable").Next(this.prevenu)
    prevenu = Fin("Responsable prévenu")
    suivre = Automatique(f"{SUITES}.suivre", "Donner suite à l’examen").Next(this.orienter)
    orienter = (
        flow.Switch()
        .Annotation("L’examen a eu lieu ?")
        .Case(this.mission, cond=regles.is_recalled)
        .Case(this.designer, cond=regles.is_recused)
        .Case(this.convoquer, cond=regles.is_postponed)
        .Default(this.ensuite)
    )
    ensuite = (
        flow.Split()
        .Annotation("Ensuite")
        .Next(this.conclusions, case=regles.was_examined)
        .Next(this.constater, case=regles.was_not_examined)
        .Always(this.honoraires)
    )
    conclusions = Etape(GenreTache.EX_CONCLUSIONS, action="expertise_conclure", destinataire=regles.medecin_conseil).Next(this.consequences)
    consequences = Automatique(f"{SUITES}.tirer_les_consequences", "Tirer les conséquences", bulle=True).Next(this.decision)
    constater = Automatique(f"{SUITES}.constater_la_carence", "Constater la carence").Next(this.decision)
    decision = Etape(GenreTache.EX_DECISION, action="expertise_decider").Next(this.appliquer)
    appliquer = Automatique(f"{SUITES}.appliquer", "Appliquer la décision").Next(this.reunir)
    honoraires = Etape(GenreTache.EX_HONORAIRES, action="honoraires_saisir").Next(this.reunir)
    reunir = Reunion().Annotation("Réunir").Next(this.fin)
    fin = Fin()
