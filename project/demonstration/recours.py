"""The recours that declarations have opened: each goes one act further a week, until it stands where its rank says."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from cases.enums import EtatBranche, GenreBranche, GenreTache
from cases.models import Branche
from indemnities.enums import AbandonRecours, EtatRecours, MandatRecours, QualiteTiers, SorteMontant
from indemnities.models import RecoursTiers
from indemnities.rules_recours import ZERO, Cle, lignes_de
from indemnities.selectors_recours import dus, encaisse, montants_de
from project.demonstration.etapes import acteur_de
from project.demonstration.temps import Vie
from project.demonstration.vies import Monde
from workflows.branches.recours import argent, negociation, ouverture

E = EtatRecours

TIERS = (
    ("Transports Bonnafous", QualiteTiers.ENTREPRISE, "Mutuelle des transporteurs", "ST-20417"),
    ("Julien Carrière", QualiteTiers.PARTICULIER, "Assurances du Midi", "AUTO-88213"),
    ("Commune voisine", QualiteTiers.PERSONNE_PUBLIQUE, "Mutuelle des collectivités du Midi", "RC-3371"),
)
ANCIEN = 70
"""Days from which a recours has had the time to come to money; a younger one is still being prepared."""

FINS_ANCIENNES = (E.PARTIEL, E.OFFERT, E.SANS_TIERS, E.ENCAISSE, E.ASSIGNE, E.ABANDONNE, E.JUGE)
FINS_RECENTES = (E.CHIFFRE, E.DETECTE, E.RECLAME, E.SANS_TIERS)
CONSTAT = "Constat amiable : torts du conducteur."
RAISON = "D’après les bulletins de paie transmis."


def suivre(monde: Monde) -> Vie:
    """Once a week until the last days, one act for each open recours that has not come to its end."""
    while (monde.reference - timezone.localdate()).days > 1:
        for rang, branche in enumerate(Branche.objects.filter(genre=GenreBranche.RECOURS).select_related("processus").order_by("pk")):
            if branche.etat == EtatBranche.EN_COURS:
                _avancer(monde, branche, rang)
        yield 7


def _avancer(monde: Monde, branche: Branche, rang: int) -> None:
    recours = RecoursTiers.objects.select_related("sinistre").get(branche=branche)
    gestionnaire = monde.socle.comptes["gestionnaire"]
    qui = acteur_de(branche, GenreTache.RC_PRESCRIPTION, gestionnaire)
    if qui is not None and rang % 2 == 0:
        ouverture.voir_alerte(acteur=qui, branche=branche, suite="La consolidation est demandée à la collectivité.")
    fin = _fin(monde.reference, branche, rang)
    if recours.etat == fin:
        return
    if fin == E.ABANDONNE and recours.etat == E.RECLAME:
        motif = "Les recherches de la police n’ont rien donné."
        ouverture.abandonner(acteur=gestionnaire, branche=branche, motif=AbandonRecours.INTROUVABLE, explication=motif)
        return
    for etats, genre, acte in ACTES:
        qui = acteur_de(branche, genre, gestionnaire) if recours.etat in etats else None
        if qui is not None:
            acte(qui, branche, recours, fin, TIERS[rang % len(TIERS)])
            return


def _fin(reference: dt.date, branche: Branche, rang: int) -> EtatRecours:
    """Where it is to stand on the reference day."""
    limite = reference - dt.timedelta(days=ANCIEN)
    if timezone.localdate(branche.ouverte_le) <= limite:
        return FINS_ANCIENNES[rang % len(FINS_ANCIENNES)]
    anciens = Branche.objects.filter(genre=GenreBranche.RECOURS, pk__lt=branche.pk, ouverte_le__date__lte=limite).count()
    return FINS_RECENTES[(rang - anciens) % len(FINS_RECENTES)]


# -- Acts, by what was last done ----------------------------------------------------------------------------------------------

Tiers = tuple[str, QualiteTiers, str, str]


def _qualifier(qui: User, branche: Branche, recours: RecoursTiers, fin: EtatRecours, tiers: Tiers) -> None:
    responsable = fin != E.SANS_TIERS
    constat = CONSTAT if responsable else "Aucun tiers : l’agent était seul."
    ouverture.qualifier(acteur=qui, branche=branche, responsable=responsable, constat=constat)


def _identifier(qui: User, branche: Branche, recours: RecoursTiers, fin: EtatRecours, tiers: Tiers) -> None:
    nom, qualite, assureur, reference = tiers
    trouve = ouverture.Tiers(
        nom=nom,
        qualite=qualite,
        vehicule=qualite != QualiteTiers.PERSONNE_PUBLIQUE,
        mandat=MandatRecours.COMMUN,
        mandat_du=timezone.localdate(),
        assureur=assureur,
        reference=reference,
    )
    ouverture.identifier(acteur=qui, branche=branche, tiers=trouve)


def _reclamer(qui: User, branche: Branche, recours: RecoursTiers, fin: EtatRecours, tiers: Tiers) -> None:
    montants = _claim(recours)
    raisons = {cle[0]: RAISON for cle in montants}
    negociation.reclamer(acteur=qui, branche=branche, le=timezone.localdate(), montants=montants, raisons=raisons)


def _claim(recours: RecoursTiers) -> dict[Cle, Decimal]:
    """What the chiffrage proposes, and a first line by hand where it knows nothing yet."""
    proposes = {cle: montant for cle, montant in montants_de(recours, SorteMontant.PROPOSE).items() if montant}
    return proposes or {lignes_de(recours.sinistre.nature, recours.mandat)[-1]: Decimal("640.00")}


def _share(recours: RecoursTiers, part: str) -> Decimal:
    reclame = sum(montants_de(recours, SorteMontant.RECLAME).values(), ZERO)
    return (reclame * Decimal(part)).quantize(Decimal("0.01"))


def _negocier(qui: User, branche: Branche, recours: RecoursTiers, fin: EtatRecours, tiers: Tiers) -> None:
    if fin in (E.ASSIGNE, E.JUGE):
        negociation.assigner(acteur=qui, branche=branche, le=timezone.localdate(), juridiction="Tribunal judiciaire de Montpellier")
    else:
        negociation.consigner_offre(acteur=qui, branche=branche, montants={}, globale=_share(recours, "0.667"))


def _accepter(qui: User, branche: Branche, recours: RecoursTiers, fin: EtatRecours, tiers: Tiers) -> None:
    negociation.accepter(acteur=qui, branche=branche, le=timezone.localdate())


def _juger(qui: User, branche: Branche, recours: RecoursTiers, fin: EtatRecours, tiers: Tiers) -> None:
    negociation.juger(acteur=qui, branche=branche, le=timezone.localdate(), montants={}, globale=_share(recours, "0.9"))


def _encaisser(qui: User, branche: Branche, recours: RecoursTiers, fin: EtatRecours, tiers: Tiers) -> None:
    reste = sum(dus(recours).values(), ZERO) - encaisse(recours)
    premier = recours.etat != E.PARTIEL
    montant = (reste / 2).quantize(Decimal("0.01")) if premier else reste
    reference = f"VIR {tiers[3]}-{1 if premier else 2}"
    argent.encaisser(
        acteur=qui, branche=branche, recu_le=timezone.localdate(), montant=montant, reference=reference, dernier=not premier
    )  # fmt: skip


ACTES = (
    ((E.DETECTE,), GenreTache.RC_QUALIFIER, _qualifier),
    ((E.QUALIFIE,), GenreTache.RC_TIERS, _identifier),
    ((E.CHIFFRE,), GenreTache.RC_RECLAMER, _reclamer),
    ((E.RECLAME,), GenreTache.RC_OFFRE, _negocier),
    ((E.OFFERT,), GenreTache.RC_OFFRE, _accepter),
    ((E.ASSIGNE,), GenreTache.RC_JUGEMENT, _juger),
    ((E.ACCORD, E.JUGE, E.PARTIEL), GenreTache.RC_ENCAISSER, _encaisser),
)
