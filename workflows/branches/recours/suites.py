"""The automatic steps of a recours."""

from __future__ import annotations

from cases.enums import GenreTache
from cases.models import Branche, Sinistre, Tache
from cases.services import taches
from documents.services.checklist import follow, reevaluer
from indemnities.enums import BeneficiaireRecours, EtatRecours, SorteMontant
from indemnities.models import RecoursTiers
from indemnities.rules_recours import Cle, Proposition, chiffrer, lignes_de
from indemnities.selectors_recours import connu_de, montants_de
from indemnities.services import recours as services
from workflows.noeuds import tell


def noter_reponse(sinistre: Sinistre, *, responsable: bool) -> None:
    """What the declaration said, or left open, is now known: the pièces of a recours are asked for, or no longer are."""
    if sinistre.tiers_possible is responsable:
        return
    sinistre.tiers_possible = responsable
    sinistre.save(update_fields=["tiers_possible"])
    reevaluer(sinistre)
    follow(sinistre)


def oublier_le_tiers(branche: Branche, sinistre: Sinistre | None) -> None:
    """No third party is liable."""
    noter_reponse(_dossier(sinistre), responsable=False)


def chiffrer_recours(branche: Branche, sinistre: Sinistre | None) -> None:
    """Propose the claim from what is known now. What the employer has declared stands before what is computed for him."""
    recours, dossier = branche.recours, _dossier(sinistre)
    noter_reponse(dossier, responsable=True)
    propositions = proposer(recours, dossier)
    lignes = lignes_de(dossier.nature, recours.mandat)
    montants = {cle: propositions[cle].montant for cle in lignes if cle in propositions}
    caduques = {cle: services.ZERO for cle in montants_de(recours, SorteMontant.PROPOSE) if cle not in montants}
    services.ecrire(
        acteur=None,
        recours=recours,
        sorte=SorteMontant.PROPOSE,
        montants=montants | caduques,
        explications={cle: propositions[cle].explication for cle in montants},
    )
    recours.etat = EtatRecours.CHIFFRE
    recours.save(update_fields=["etat"])
    tell(branche, "recours.chiffre")


def proposer(recours: RecoursTiers, sinistre: Sinistre) -> dict[Cle, Proposition]:
    """The claim as it is proposed today, by line. An IRCANTEC dossier proposes too: the caisse has a recours of its own."""
    propositions = chiffrer(connu_de(sinistre))
    for cle, montant in montants_de(recours, SorteMontant.DEPENSE).items():
        if cle[1] == BeneficiaireRecours.COLLECTIVITE:
            propositions[cle] = Proposition(montant, "Déclaré par la collectivité")
    return propositions


def repartir(branche: Branche, sinistre: Sinistre | None) -> None:
    """What has just been received goes to each, as the contract says."""
    services.repartir_encaissements(recours=branche.recours, mode=_dossier(sinistre).contrat.repartition_recours)


def escalader(branche: Branche, sinistre: Sinistre | None) -> None:
    """Nobody has answered a warning of prescription: the responsable is asked to see to it."""
    if not Tache.objects.filter(sinistre=sinistre, genre=GenreTache.RC_PRESCRIPTION, fermee_le__isnull=True).exists():
        return  # it was answered while this step waited for its worker
    taches.ouvrir(genre=GenreTache.ESCALADE, sinistre=sinistre, objet_type="branche", objet_id=branche.pk, priorite=1)


def _dossier(sinistre: Sinistre | None) -> Sinistre:
    if sinistre is None:
        raise ValueError("A recours belongs to a sinistre.")
    return sinistre
