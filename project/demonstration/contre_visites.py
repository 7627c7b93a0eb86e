"""Médecins agréés, and contre-visites at five moments of their life, one of them late."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from cases.enums import Canal, Etat, GenreBranche, GenreTache
from cases.enums_contre_visite import LieuContreVisite, MotifContreVisite, ResultatContreVisite
from cases.models import Branche, MedecinAgree, Sinistre
from cases.services import medecins
from contracts.enums import Nature
from project.demonstration.etapes import acteur_de
from project.demonstration.plans import Destin, Plan
from project.demonstration.socle import Socle
from project.demonstration.temps import Vie
from project.demonstration.vies import Monde
from workflows.branches.contre_visite import actes, demande

ANNUAIRE = (
    ("Ferrand", "Hélène", "Médecine générale", "Montpellier", "34", True),
    ("Olivier", "Marc", "Médecine générale", "Béziers", "34", False),
    ("Sabatier", "Nadia", "Rhumatologie", "Montpellier", "34", False),
    ("Teissier", "Paul", "Psychiatrie", "Nîmes", "30", False),
)

CONVOQUEE, EN_RETARD, A_DECIDER, JUSTIFIEE = range(4)
MOMENTS = (A_DECIDER, EN_RETARD, JUSTIFIEE)
"""The employer to decide; no opinion within 48 hours; over."""

STABLES = frozenset(
    {Destin.ATTENTE, Destin.A_CONTROLER, Destin.PROLONGE, Destin.A_SAISIR, Destin.A_SIGNER, Destin.A_PAYER, Destin.TRANSMIS}
    | {Destin.REJETE, Destin.RETOURNE, Destin.REMBOURSE}
)
"""Fates of dossiers that nobody closes: a contre-visite under way would forbid it."""

CANAUX = (Canal.TELEPHONE, Canal.COURRIER, Canal.FAX)


def remplir_annuaire(socle: Socle) -> list[MedecinAgree]:
    """The directory, as the CDG keeps it from the préfet's list."""
    for nom, prenom, specialite, commune, departement, domicile in ANNUAIRE:
        fiche = medecins.FicheMedecin(
            nom=nom, prenom=prenom, specialite=specialite, commune=commune, departement=departement, visite_a_domicile=domicile
        )
        medecins.enregistrer(acteur=socle.comptes["gestionnaire"], fiche=fiche)
    return list(medecins.annuaire("34"))


def vivre(monde: Monde, plans: list[Plan]) -> Vie:
    """Contre-visites of the last days, on leaves that are running. A small portfolio may have none."""
    annuaire = remplir_annuaire(monde.socle)
    choisis = _leaves(plans, len(MOMENTS))
    branches = [(_demander(monde, sinistre, rang), MOMENTS[rang]) for rang, sinistre in enumerate(choisis)]
    for attente, acte in ((0, _convoquer), (1, _recevoir), (3, _facturer)):
        yield attente
        for rang, (branche, fin) in enumerate(branches):
            lue = Branche.objects.select_related("processus", "sinistre__collectivite", "contre_visite__arret").get(pk=branche.pk)
            if lue.est_en_cours:
                acte(monde, lue, fin, annuaire[rang % len(annuaire)])


def demander_du_jour(monde: Monde, plans: list[Plan]) -> None:
    """Two whose 48 hours have just begun: one with an appointment for tomorrow, one that awaits its médecin."""
    annuaire = list(medecins.annuaire("34"))
    for rang, sinistre in enumerate(_leaves(plans, 2)):
        branche = _demander(monde, sinistre, rang)
        if rang == 0:
            _convoquer(monde, branche, CONVOQUEE, annuaire[0])


def _leaves(plans: list[Plan], nombre: int) -> list[Sinistre]:
    """Maladies ordinaires under way that no contre-visite has met."""
    aujourd_hui = timezone.localdate()
    agents = [plan.personne.agent.pk for plan in plans if plan.destin in STABLES]
    ouverts = Sinistre.objects.filter(
        nature=Nature.CMO, etat__in=[Etat.PIECES_EN_ATTENTE, Etat.VALIDE, Etat.REMBOURSE], reprise_effective__isnull=True, agent__in=agents
    )
    en_arret = ouverts.filter(arrets__actif=True, arrets__debut__lte=aujourd_hui, arrets__fin__gte=aujourd_hui)
    libres = en_arret.exclude(branches__genre=GenreBranche.CONTRE_VISITE).distinct().select_related("collectivite", "agent")
    return list(libres.order_by("-pk")[:nombre])


def _demander(monde: Monde, sinistre: Sinistre, rang: int) -> Branche:
    return demande.demander(
        acteur=monde.socle.comptes["gestionnaire"],
        sinistre=sinistre,
        motif=MotifContreVisite.PROLONGATION,
        canal=CANAUX[rang % len(CANAUX)],
    )


def _step(monde: Monde, branche: Branche, genre: GenreTache) -> User | None:
    return acteur_de(branche, genre, monde.socle.comptes["gestionnaire"])


def _convoquer(monde: Monde, branche: Branche, fin: int, medecin: MedecinAgree) -> None:
    """The médecin, then the appointment: for tomorrow where it is to be awaited, else at once."""
    qui = _step(monde, branche, GenreTache.CV_DESIGNER)
    if qui is None or branche.sinistre is None:
        return
    proche = medecin.departement == branche.sinistre.collectivite.departement
    actes.designer(
        acteur=qui,
        branche=branche,
        medecin=medecin,
        atteste=True,
        hors_departement="" if proche else "Aucun autre n’est libre sous 48 heures",
    )
    quand = timezone.now() + dt.timedelta(days=1 if fin == CONVOQUEE else 0)
    actes.fixer_rendez_vous(acteur=qui, branche=branche, le=quand, mode=LieuContreVisite.CABINET)


def _recevoir(monde: Monde, branche: Branche, fin: int, medecin: MedecinAgree) -> None:
    qui = _step(monde, branche, GenreTache.CV_AVIS) if fin in (A_DECIDER, JUSTIFIEE) else None
    if qui is not None:
        resultat = ResultatContreVisite.NON_PRESENTE if fin == A_DECIDER else ResultatContreVisite.JUSTIFIE
        actes.recevoir_avis(acteur=qui, branche=branche, resultat=resultat, recu_le=timezone.now())


def _facturer(monde: Monde, branche: Branche, fin: int, medecin: MedecinAgree) -> None:
    """Conclusions and fees of the one that is over."""
    if fin != JUSTIFIEE:
        return
    today = timezone.localdate()
    qui = _step(monde, branche, GenreTache.CV_CONCLUSIONS)
    if qui is not None:
        actes.recevoir_conclusions(acteur=qui, branche=branche, texte="L’arrêt est justifié à ce jour.", recues_le=today)
    qui = _step(monde, branche, GenreTache.CV_HONORAIRES)
    if qui is not None:
        reference = f"NH-{branche.pk}"
        actes.saisir_honoraires(acteur=qui, branche=branche, reference=reference, facture_du=today, montant=Decimal("90.00"))
