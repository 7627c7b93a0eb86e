"""Médecins agréés, and contre-visites at three moments of their life: asked for, with an appointment, awaiting the employer."""

from __future__ import annotations

import datetime as dt

from django.utils import timezone

from cases.enums import Canal, Etat
from cases.enums_contre_visite import LieuContreVisite, MotifContreVisite, ResultatContreVisite
from cases.models import MedecinAgree, Sinistre
from cases.services import medecins
from contracts.enums import Nature
from project.demonstration.socle import Socle
from workflows import automates
from workflows.branches.contre_visite import actes, demande

ANNUAIRE = (
    ("Ferrand", "Hélène", "Médecine générale", "Montpellier", "34", True),
    ("Olivier", "Marc", "Médecine générale", "Béziers", "34", False),
    ("Sabatier", "Nadia", "Rhumatologie", "Montpellier", "34", False),
    ("Teissier", "Paul", "Psychiatrie", "Nîmes", "30", False),
)


def remplir_annuaire(socle: Socle) -> list[MedecinAgree]:
    """The directory, as the CDG keeps it from the préfet's list."""
    for nom, prenom, specialite, commune, departement, domicile in ANNUAIRE:
        fiche = medecins.FicheMedecin(
            nom=nom, prenom=prenom, specialite=specialite, commune=commune, departement=departement, visite_a_domicile=domicile
        )
        medecins.enregistrer(acteur=socle.comptes["gestionnaire"], fiche=fiche)
    return list(medecins.annuaire("34"))


def organiser(socle: Socle) -> int:
    """Contre-visites of the day, on leaves that are running. Returns how many: a small portfolio may have none."""
    annuaire = remplir_annuaire(socle)
    aujourd_hui = timezone.localdate()
    ouverts = Sinistre.objects.filter(
        nature=Nature.CMO, etat__in=[Etat.PIECES_EN_ATTENTE, Etat.VALIDE, Etat.REMBOURSE], reprise_effective__isnull=True
    )
    en_arret = ouverts.filter(arrets__actif=True, arrets__debut__lte=aujourd_hui, arrets__fin__gte=aujourd_hui).distinct()
    dossiers = list(en_arret.select_related("collectivite", "agent").order_by("-pk")[:3])
    for rang, sinistre in enumerate(dossiers):
        _mener(socle, sinistre, annuaire, rang)
    return len(dossiers)


def _mener(socle: Socle, sinistre: Sinistre, annuaire: list[MedecinAgree], rang: int) -> None:
    gestionnaire = socle.comptes["gestionnaire"]
    branche = demande.demander(
        acteur=gestionnaire,
        sinistre=sinistre,
        motif=MotifContreVisite.PROLONGATION,
        canal=(Canal.TELEPHONE, Canal.COURRIER, Canal.FAX)[rang],
    )
    if rang == 0:
        return
    medecin = annuaire[rang % len(annuaire)]
    departement = sinistre.collectivite.departement
    ailleurs = "" if medecin.departement == departement else "Aucun autre n’est libre sous 48 heures"
    actes.designer(acteur=gestionnaire, branche=branche, medecin=medecin, atteste=True, hors_departement=ailleurs)
    quand = timezone.now() + (dt.timedelta(days=1) if rang == 1 else dt.timedelta(0))
    actes.fixer_rendez_vous(acteur=gestionnaire, branche=branche, le=quand, mode=LieuContreVisite.CABINET)
    automates.balayer()
    if rang == 2:
        actes.recevoir_avis(acteur=gestionnaire, branche=branche, resultat=ResultatContreVisite.NON_PRESENTE, recu_le=timezone.now())
        automates.balayer()
