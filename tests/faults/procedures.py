"""Procedures that wait at an automatic step or a timer: what a worker was about to do when it dies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils import timezone

from cases.enums import GenreBranche, OrigineBranche
from cases.enums_contre_visite import ResultatContreVisite, SuiteContreVisite
from cases.enums_saisine import FORMATION_DE, ObjetSaisine
from cases.models import Branche, Echeance, MedecinAgree, Saisine, Sinistre
from indemnities.enums import MandatRecours, QualiteTiers
from tests import factories as f
from tests.mediations import mediation_de
from workflows import automates, moteur
from workflows.branches.accompagnement import actes as accompagnements
from workflows.branches.accompagnement.ouverture import demander as accompagner
from workflows.branches.contre_visite import actes, decision
from workflows.branches.contre_visite.demande import demander
from workflows.branches.recours import argent, negociation, ouverture
from workflows.branches.saisine import actes as saisines
from workflows.branches.saisine import avis as avis_du_conseil
from workflows.demande import Demande
from workflows.lifecycle import transiter

JOUR = dt.timedelta(days=1)
Waiting = Callable[[f.Monde], Branche]


def dossier(m: f.Monde, *nature: Any, **champs: Any) -> Sinistre:
    return f.sinistre(m, *nature, de=f.agent(m.collectivite), **champs)


def late(branche: Branche) -> Branche:
    """Its first timer has run out."""
    premiere = Echeance.objects.filter(etape__process=branche.processus_id, traitee_le=None, levee_le=None).order_by("pk")[0]
    Echeance.objects.filter(pk=premiere.pk).update(due_at=timezone.now() - dt.timedelta(minutes=1))
    return branche


def fired(branche: Branche) -> Branche:
    """The timer has started its path, whose step waits for a worker or for a person."""
    assert automates.balayer() == 0
    late(branche)
    assert automates.balayer() == 1
    return branche


# -- The trial flow -----------------------------------------------------------------------------------------------------------


def do(m: f.Monde, branche: Branche, *steps: str) -> Branche:
    """Those steps, and the automatic ones that lie between them."""
    for rank, nom in enumerate(steps):
        if rank:
            automates.balayer()
        with moteur.etape(acteur=m.responsable, branche=Branche.objects.get(pk=branche.pk), nom=nom):
            pass
    return branche


def essai(m: f.Monde, *steps: str) -> Branche:
    branche = moteur.ouvrir(
        acteur=m.gestionnaire, genre=GenreBranche.CONTRE_VISITE, sinistre=dossier(m), origine=OrigineBranche.CDG, metier=lambda _: None
    )
    return do(m, branche, *steps)


def at_the_opinion(m: f.Monde) -> Branche:
    branche = essai(m, "designer", "convoquer")
    assert automates.balayer() == 1
    return branche


ESSAI: dict[str, Waiting] = {
    "diffuser": lambda m: essai(m, "designer", "convoquer"),
    "escalader": lambda m: fired(at_the_opinion(m)),
    "appliquer": lambda m: essai(m, "designer", "convoquer", "avis", "conclusions", "honoraires", "decision"),
}
"""A procedure that waits for each automatic step of the trial."""


# -- Flows of the product -----------------------------------------------------------------------------------------------------


def asked(m: f.Monde) -> Branche:
    return demander(acteur=m.mairie, sinistre=dossier(m), motif="DUREE")


def convoked(m: f.Monde) -> Branche:
    branche = asked(m)
    medecin = MedecinAgree.objects.get_or_create(nom="Arnal", prenom="Luc", commune="Lodève", departement="34")[0]
    actes.designer(acteur=m.gestionnaire, branche=branche, medecin=medecin, atteste=True)
    actes.fixer_rendez_vous(acteur=m.gestionnaire, branche=branche, le=timezone.now(), mode="CABINET")
    return branche


def heard(m: f.Monde, resultat: str) -> Branche:
    branche = convoked(m)
    automates.balayer()
    actes.recevoir_avis(acteur=m.gestionnaire, branche=branche, resultat=resultat, recu_le=timezone.now(), resultat_date=None)
    return branche


def back_at_work(m: f.Monde) -> Branche:
    branche = heard(m, ResultatContreVisite.SANS_OBJET_REPRIS)
    assert automates.balayer() == 1
    return branche


def decided(m: f.Monde) -> Branche:
    branche = heard(m, ResultatContreVisite.REPRISE_AMENAGEE)
    automates.balayer()
    actes.recevoir_conclusions(acteur=m.gestionnaire, branche=branche, texte="L’arrêt est examiné.", recues_le=timezone.localdate())
    decision.decider(acteur=m.mairie, branche=branche, suite=SuiteContreVisite.MAINTIEN, le=timezone.localdate())
    return branche


def silent(m: f.Monde) -> Branche:
    refus = Demande(motif="NON_JUSTIFIE", portee="SINISTRE", commentaire="Arrêt contesté.")
    return fired(mediation_de(transiter(acteur=m.gestionnaire, numero=dossier(m).numero, nom="proposer_refus", demande=refus)))


def transmitted(m: f.Monde) -> Branche:
    sinistre = dossier(m, arret=f.arret_demande(timezone.localdate() - 200 * JOUR, 190))
    branche = saisines.demander(acteur=m.gestionnaire, numero=sinistre.numero, objet=ObjetSaisine.CLM)
    saisine = Saisine.objects.get(branche=branche)
    saisines.reunir(acteur=m.gestionnaire, branche=branche, pieces=saisine.pieces_requises)
    le = timezone.localdate() - 30 * JOUR
    saisines.transmettre(acteur=m.gestionnaire, branche=branche, le=le, formation=FORMATION_DE[saisine.objet])
    return branche


def answered(m: f.Monde) -> Branche:
    branche, today = transmitted(m), timezone.localdate()
    avis_du_conseil.enregistrer(
        acteur=m.gestionnaire, branche=branche, sens="DEFAVORABLE", seance_le=today - 10 * JOUR, notifie_le=today - 5 * JOUR
    )
    avis_du_conseil.decider(acteur=m.mairie, branche=branche, decision="REFUSE", le=today)
    return branche


def contested(m: f.Monde) -> Branche:
    """Before the conseil médical supérieur, whose four months of silence run out."""
    branche, today = transmitted(m), timezone.localdate()
    avis_du_conseil.enregistrer(
        acteur=m.gestionnaire, branche=branche, sens="DEFAVORABLE", seance_le=today - 10 * JOUR, notifie_le=today - 5 * JOUR
    )
    contestee = saisines.contester(acteur=m.gestionnaire, branche=branche, par="AGENT", le=today)
    saisine = Saisine.objects.get(branche=contestee)
    saisines.reunir(acteur=m.gestionnaire, branche=contestee, pieces=saisine.pieces_requises)
    saisines.transmettre(acteur=m.gestionnaire, branche=contestee, le=today, formation=FORMATION_DE[saisine.objet])
    return fired(contestee)


def accompanied(m: f.Monde) -> Branche:
    branche = accompagner(acteur=m.mairie, sinistre=dossier(m), forme="RETOUR_EMPLOI", objectifs=["REPRISE"])
    accompagnements.recueillir_accord(acteur=m.gestionnaire, branche=branche, accord=True, le=timezone.localdate(), recueil="TELEPHONE")
    accompagnements.designer(acteur=m.gestionnaire, branche=branche, psychologue=m.psychologue)
    return branche


def detected(m: f.Monde) -> Branche:
    return Branche.objects.get(sinistre=dossier(m, "AS", tiers_possible=True), genre=GenreBranche.RECOURS)


def unanswered(m: f.Monde) -> Branche:
    """The prescription comes near, and nobody has answered the warning."""
    return fired(fired(detected(m)))


def identified(m: f.Monde) -> Branche:
    branche = detected(m)
    ouverture.qualifier(acteur=m.gestionnaire, branche=branche, responsable=True, constat="Heurté par un camion à l’arrêt.")
    tiers = ouverture.Tiers(
        nom="Transports Bonnafous",
        qualite=QualiteTiers.ENTREPRISE,
        vehicule=True,
        mandat=MandatRecours.COMMUN,
        mandat_du=timezone.localdate(),
        assureur="Mutuelle des routes",
        reference="S-77",
    )
    ouverture.identifier(acteur=m.gestionnaire, branche=branche, tiers=tiers)
    return branche


def nobody(m: f.Monde) -> Branche:
    """No third party after all."""
    branche = detected(m)
    ouverture.qualifier(acteur=m.gestionnaire, branche=branche, responsable=False, constat="Chute sans tiers.")
    return branche


def cashed(m: f.Monde) -> Branche:
    branche, today = identified(m), timezone.localdate()
    assert automates.balayer() == 1
    raisons = {"TRAITEMENTS": "paie", "FRAIS_MEDICAUX": "factures", "CHARGES_PATRONALES": "non dues", "FRANCHISE": "sans objet"}
    montants = {("TRAITEMENTS", "ASSUREUR"): Decimal("600.00"), ("TRAITEMENTS", "COLLECTIVITE"): Decimal("300.00")}
    negociation.reclamer(acteur=m.gestionnaire, branche=branche, le=today, montants=montants, raisons=raisons)
    negociation.consigner_offre(acteur=m.gestionnaire, branche=branche, montants={}, globale=Decimal("900.00"))
    negociation.accepter(acteur=m.gestionnaire, branche=branche, le=today)
    argent.encaisser(acteur=m.payeur, branche=branche, recu_le=today, montant=Decimal("900.00"), reference="VIR-1")
    return branche


PRODUIT: dict[str, Waiting] = {
    "ACCOMPAGNEMENT.prevenir": accompanied,
    "CONTRE_VISITE.escalader": lambda m: fired(asked(m)),
    "CONTRE_VISITE.diffuser": convoked,
    "CONTRE_VISITE.prendre_acte": lambda m: heard(m, ResultatContreVisite.JUSTIFIE),
    "CONTRE_VISITE.signaler_reprise": back_at_work,
    "CONTRE_VISITE.appliquer": decided,
    "MEDIATION.silence": silent,
    "RECOURS.escalader": unanswered,
    "RECOURS.chiffrer": identified,
    "RECOURS.oublier": nobody,
    "RECOURS.repartir": cashed,
    "SAISINE.relancer": lambda m: fired(transmitted(m)),
    "SAISINE.confirmer": contested,
    "SAISINE.diffuser": answered,
}
"""The same for the flows of the product; those of the bulle are in procedures_bulle.py."""
