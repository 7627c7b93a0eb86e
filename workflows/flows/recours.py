"""Recours contre tiers: from a third party's liability to the money shared between insurer and collectivité (domain: §5.4)."""

from __future__ import annotations

from collections.abc import Callable

from viewflow import this
from viewflow.workflow import flow
from viewflow.workflow.activation import Activation

from cases.enums import GenreEcheance, GenreTache
from indemnities.enums import EtatRecours
from workflows.branches.recours import delais
from workflows.noeuds import Attente, Automatique, BrancheFlow, Delai, Depart, Etape, Fin, branche_de

SUITES = "workflows.branches.recours.suites"


def _est(*etats: EtatRecours) -> Callable[[Activation], bool]:
    """Whether the recours stands in one of these states."""
    return lambda activation: branche_de(activation).recours.etat in etats


def _reste_une_alerte(activation: Activation) -> bool:
    return delais.jour_d_alerte(branche_de(activation)) is not None


class RecoursFlow(BrancheFlow):
    """Recours contre tiers"""

    sans_abandon = "Un recours s’abandonne pour un motif de la liste : « Abandonner le recours »."

    # The watch over the prescription runs beside the rest. What ends it (no third party, an agreement, a suit) drops it in its own
    # transaction (delais.arreter): a join would cost the person's step a dozen statements more, and say the same.

    start = Depart("Un tiers est peut-être responsable").Next(this.ouvrir)
    ouvrir = flow.Split().Annotation("Mener et veiller").Always(this.qualifier).Always(this.veiller)

    veiller = Attente(genre=GenreEcheance.RC_PRESCRIPTION, terme=delais.alerte).Next(this.prescription)
    prescription = Etape(GenreTache.RC_PRESCRIPTION, action="recours_mener").Next(this.encore)
    silence = Delai(this.prescription, genre=GenreEcheance.RC_PRESCRIPTION, terme=delais.sans_reponse).Next(this.escalader)
    escalader = Automatique(f"{SUITES}.escalader", "Prévenir le responsable").Next(this.prevenu)
    prevenu = Fin("Responsable prévenu")
    encore = flow.If(_reste_une_alerte).Annotation("Encore une alerte ?").Then(this.veiller).Else(this.plus_d_alerte)
    plus_d_alerte = Fin("Dernière alerte vue")

    qualifier = Etape(GenreTache.RC_QUALIFIER, action="recours_mener").Next(this.tiers_en_cause)
    tiers_en_cause = flow.If(_est(EtatRecours.QUALIFIE)).Annotation("Tiers responsable ?").Then(this.identifier).Else(this.oublier)
    oublier = Automatique(f"{SUITES}.oublier_le_tiers", "Ne plus demander les pièces du recours").Next(this.sans_tiers)
    sans_tiers = Fin("Sans tiers responsable")
    identifier = Etape(GenreTache.RC_TIERS, action="recours_mener").Next(this.chiffrer)
    chiffrer = Automatique(f"{SUITES}.chiffrer_recours", "Chiffrer poste par poste").Next(this.reclamer)
    reclamer = Etape(GenreTache.RC_RECLAMER, action="recours_mener").Next(this.voie)
    voie = flow.If(_est(EtatRecours.ASSIGNE)).Annotation("Assigné ?").Then(this.jugement).Else(this.offre)
    offre = Etape(GenreTache.RC_OFFRE, action="recours_mener").Next(this.suite)
    suite = (
        flow.Switch()
        .Annotation("Quelle suite ?")
        .Case(this.encaisser, _est(EtatRecours.ACCORD))
        .Case(this.jugement, _est(EtatRecours.ASSIGNE))
        .Case(this.chiffrer, _est(EtatRecours.IDENTIFIE))
        .Default(this.offre)
    )
    jugement = Etape(GenreTache.RC_JUGEMENT, action="recours_mener").Next(this.quelque_chose_est_du)
    quelque_chose_est_du = (
        flow.If(_est(EtatRecours.JUGE, EtatRecours.ACCORD)).Annotation("Quelque chose est dû ?").Then(this.encaisser).Else(this.deboute)
    )
    deboute = Fin("Débouté")
    encaisser = Etape(GenreTache.RC_ENCAISSER, action="recours_encaisser").Next(this.repartir)
    repartir = Automatique(f"{SUITES}.repartir", "Répartir entre l’assureur et la collectivité").Next(this.tout_est_encaisse)
    tout_est_encaisse = flow.If(_est(EtatRecours.ENCAISSE)).Annotation("Tout est encaissé ?").Then(this.fin).Else(this.encaisser)
    fin = Fin("Encaissé et réparti")
