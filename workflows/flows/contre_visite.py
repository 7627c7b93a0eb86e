"""Contre-visite médicale: is the arrêt still justified on the day of the control? (domain: §5.1)"""

from __future__ import annotations

from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.activation import Activation

from cases.enums import GenreEcheance, GenreTache
from cases.enums_contre_visite import ResultatContreVisite, SuiteContreVisite
from cases.models import ContreVisite
from workflows.branches.contre_visite import delais
from workflows.noeuds import Automatique, BrancheFlow, Delai, Depart, Etape, Fin, Reunion, branche_de

SUITES = "workflows.branches.contre_visite.suites"


def _contre_visite(activation: Activation) -> ContreVisite:
    return branche_de(activation).contre_visite


def _is_recused(activation: Activation) -> bool:
    return _contre_visite(activation).recuse_le is not None


def _has_no_appointment(activation: Activation) -> bool:
    return _contre_visite(activation).rendez_vous_le is None


def _is_back_at_work(activation: Activation) -> bool:
    return _contre_visite(activation).resultat == ResultatContreVisite.SANS_OBJET_REPRIS


def _could_not_take_place(activation: Activation) -> bool:
    return _contre_visite(activation).est_manque


def _took_place(activation: Activation) -> bool:
    return not _contre_visite(activation).est_manque


def _is_justified(activation: Activation) -> bool:
    return _contre_visite(activation).resultat == ResultatContreVisite.JUSTIFIE


def _awaits_another_decision(activation: Activation) -> bool:
    return _contre_visite(activation).suite == SuiteContreVisite.MISE_EN_DEMEURE


class ContreVisiteFlow(BrancheFlow):
    """Contre-visite médicale"""

    apres_abandon = f"{SUITES}.redemander"

    start = Depart("Demande").Next(this.designer)
    designer = Etape(GenreTache.CV_DESIGNER, action="contre_visite_mener").Next(this.convoquer)
    retard_designation = Delai(this.designer, genre=GenreEcheance.CV_AVIS, terme=delais.depuis_la_demande).Next(this.escalader)
    convoquer = Etape(GenreTache.CV_CONVOQUER, action="contre_visite_mener").Next(this.recuse)
    retard_rendez_vous = Delai(this.convoquer, genre=GenreEcheance.CV_AVIS, terme=delais.depuis_la_demande).Next(this.escalader)
    recuse = flow.If(_is_recused).Annotation("Médecin récusé ?").Then(this.designer).Else(this.diffuser)
    diffuser = Automatique(f"{SUITES}.diffuser_convocation", "Diffuser la convocation").Next(this.avis)
    avis = Etape(GenreTache.CV_AVIS, action="contre_visite_mener").Next(this.prendre_acte)
    retard = Delai(this.avis, genre=GenreEcheance.CV_AVIS, terme=delais.avis_oral).Next(this.escalader)
    escalader = Automatique(f"{SUITES}.escalader", "Prévenir le responsable").Next(this.prevenu)
    prevenu = Fin("Responsable prévenu")
    prendre_acte = Automatique(f"{SUITES}.prendre_acte", "Prendre acte de l’avis").Next(this.orienter)
    orienter = (
        flow.Switch()
        .Annotation("Quel résultat ?")
        .Case(this.designer, cond=_is_recused)
        .Case(this.convoquer, cond=_has_no_appointment)
        .Case(this.signaler_reprise, cond=_is_back_at_work)
        .Default(this.ensuite)
    )
    signaler_reprise = Automatique(f"{SUITES}.signaler_reprise", "Demander la date de reprise").Next(this.sans_objet)
    sans_objet = Fin("Sans objet")
    ensuite = (
        flow.Split()
        .Annotation("Ensuite")
        .Next(this.conclusions, case=_took_place)
        .Next(this.decision, case=_could_not_take_place)
        .Always(this.honoraires)
    )
    conclusions = Etape(GenreTache.CV_CONCLUSIONS, action="contre_visite_mener").Next(this.justifie)
    justifie = flow.If(_is_justified).Annotation("Arrêt justifié ?").Then(this.reunir).Else(this.decision)
    decision = Etape(GenreTache.CV_DECISION, action="contre_visite_decider").Next(this.appliquer)
    appliquer = Automatique(f"{SUITES}.appliquer", "Appliquer la décision").Next(this.attendre)
    attendre = flow.If(_awaits_another_decision).Annotation("Mise en demeure ?").Then(this.decision).Else(this.reunir)
    honoraires = Etape(GenreTache.CV_HONORAIRES, action="honoraires_saisir").Next(this.reunir)
    reunir = Reunion().Annotation("Réunir").Next(this.fin)
    fin = Fin()
