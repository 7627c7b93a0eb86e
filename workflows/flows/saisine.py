"""Saisine du conseil médical: the dossier, its transmission, the opinion, the employer's decision, what follows (domain: §3).

An opinion contested before the conseil médical supérieur is a saisine of its own, which names the first one (docs/decisions/0019).
"""

from __future__ import annotations

from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.activation import Activation

from cases.enums import GenreEcheance, GenreTache
from workflows.branches.saisine import delais, regles
from workflows.noeuds import Automatique, BrancheFlow, Delai, Depart, Etape, Fin, branche_de

SUITES = "workflows.branches.saisine.suites"


def _is_superior(activation: Activation) -> bool:
    return branche_de(activation).saisine.est_superieure


def _is_put_off(activation: Activation) -> bool:
    return regles.est_ajournee(branche_de(activation).saisine)


def _changes_the_nature(activation: Activation) -> bool:
    return regles.nature_a_donner(branche_de(activation)) != ""


class SaisineFlow(BrancheFlow):
    """Saisine du conseil médical"""

    apres_abandon = f"{SUITES}.reanticiper"

    start = Depart("Saisine").Next(this.dossier)
    dossier = Etape(GenreTache.SC_DOSSIER, action="saisine_mener").Next(this.transmettre)
    transmettre = Etape(GenreTache.SC_TRANSMETTRE, action="saisine_mener").Next(this.quel_conseil)
    quel_conseil = flow.If(_is_superior).Annotation("Conseil médical supérieur ?").Then(this.avis_superieur).Else(this.avis)

    avis = Etape(GenreTache.SC_AVIS, action="saisine_mener").Next(this.ajourne)
    attente = Delai(this.avis, genre=GenreEcheance.SC_AVIS, terme=delais.relance).Next(this.relancer)
    relancer = Automatique(f"{SUITES}.relancer", "Relancer le conseil médical").Next(this.relance)
    relance = Fin("Conseil médical relancé")
    ajourne = flow.If(_is_put_off).Annotation("Ajourné ?").Then(this.avis).Else(this.decision)

    avis_superieur = Etape(GenreTache.SC_AVIS, action="saisine_mener", titre="Conseil médical supérieur : enregistrer l’avis").Next(
        this.decision
    )
    silence = Delai(this.avis_superieur, genre=GenreEcheance.SC_AVIS, terme=delais.silence, interrompt=True).Next(this.confirmer)
    confirmer = Automatique(f"{SUITES}.confirmer", "Constater l’avis confirmé par le silence").Next(this.decision)

    decision = Etape(GenreTache.SC_DECISION, action="saisine_decider").Next(this.a_requalifier)
    a_requalifier = flow.If(_changes_the_nature).Annotation("Autre nature ?").Then(this.suites).Else(this.diffuser)
    suites = Etape(GenreTache.SC_SUITES, action="saisine_mener").Next(this.diffuser)
    diffuser = Automatique(f"{SUITES}.diffuser", "Faire connaître la décision").Next(this.fin)
    fin = Fin()
