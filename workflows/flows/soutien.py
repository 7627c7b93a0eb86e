"""Soutien psychologique: four programmes, after the agent's own agreement, inside the bulle (domain: §5.3)."""

from __future__ import annotations

from typing import ClassVar

from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.activation import Activation

from cases.enums import GenreEcheance, GenreTache
from medical.enums_soutien import Accord
from medical.selectors_soutien import soutien_de
from workflows.branches.soutien import delais
from workflows.noeuds import Automatique, BrancheFlow, Delai, Depart, Etape, Fin, Reunion, branche_de

SUITES = "workflows.branches.soutien.suites"


def _is_only_proposed(activation: Activation) -> bool:
    return soutien_de(branche_de(activation)).accord == Accord.A_RECUEILLIR


def _is_accepted(activation: Activation) -> bool:
    return soutien_de(branche_de(activation)).accord == Accord.DONNE


def _is_social(activation: Activation) -> bool:
    return soutien_de(branche_de(activation)).est_social


class SoutienFlow(BrancheFlow):
    """Soutien psychologique"""

    dans_la_bulle = True
    sans_abandon: ClassVar[str] = "Seul l’agent met fin à un soutien psychologique, ou son psychologue."

    start = Depart("Demande ou proposition").Next(this.propose)
    propose = flow.If(_is_only_proposed).Annotation("Seulement proposé ?").Then(this.accord).Else(this.affecter)
    accord = Etape(GenreTache.SP_CONSENTEMENT, action="soutien_affecter", objet=soutien_de).Next(this.accepte)
    accepte = flow.If(_is_accepted).Annotation("Accepté ?").Then(this.affecter).Else(this.refuse)
    refuse = Fin("Refusé")
    affecter = Etape(GenreTache.SP_AFFECTER, action="soutien_affecter", objet=soutien_de).Next(this.contact)
    contact = Etape(
        GenreTache.SP_CONTACT, action="soutien_mener", objet=soutien_de, destinataire=delais.psychologue
    ).Next(this.suivre)  # fmt: skip
    retard = Delai(this.contact, genre=GenreEcheance.SP_CONTACT, terme=delais.premier_contact).Next(this.prevenir)
    prevenir = Automatique(f"{SUITES}.prevenir", "Prévenir le secrétariat").Next(this.prevenu)
    prevenu = Fin("Secrétariat prévenu")
    suivre = flow.Split().Annotation("Suivre").Always(this.seances).Next(this.social, case=_is_social)
    seances = Etape(
        GenreTache.SP_SEANCES, action="soutien_mener", objet=soutien_de, destinataire=delais.psychologue
    ).Next(this.reunir)  # fmt: skip
    social = Etape(
        GenreTache.SP_SOCIAL, action="soutien_mener", objet=soutien_de, destinataire=delais.psychologue
    ).Next(this.reunir)  # fmt: skip
    six_mois = Delai(this.social, genre=GenreEcheance.SP_SOCIAL, terme=delais.fin_du_social, interrompt=True).Next(this.finir_social)
    finir_social = Automatique(f"{SUITES}.finir_social", "Finir l’accompagnement social").Next(this.reunir)
    reunir = Reunion().Annotation("Réunir").Next(this.clore)
    clore = Automatique(f"{SUITES}.clore", "Terminer le soutien").Next(this.fin)
    fin = Fin()
