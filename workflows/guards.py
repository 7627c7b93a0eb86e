"""Guards that need more than the sinistre's own columns: pièces, décomptes, épisodes, branches.

Each takes the locked sinistre and what was asked, and returns the reasons, in French, for which the act can't be done; none when it can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from cases.enums import BRANCHES_BLOQUANTES, EtatBranche, MotifAnnulation, MotifCloture, MotifRefus, PorteeRefus
from cases.errors import GardeNonSatisfaite
from cases.models import Arret, Sinistre
from cases.services.interruptions import all_of, interruptions_de, raison
from contracts.enums import NATURES_BY_REGIME, GenreFranchise, Nature
from documents.enums import Stade
from documents.services.checklist import CERTIFICATE_STAGES, missing, stages_to_validate
from indemnities.dossier.demande import lire
from indemnities.enums import EtatDecompte, GenreDecompte
from indemnities.models import Decompte
from indemnities.selectors import has_approved, has_unpaid
from workflows.branches.citis import horloge
from workflows.branches.expertise.gardes import reasons_to_wait
from workflows.branches.mediation import lecture as mediation
from workflows.demande import Demande

Guard = Callable[[Sinistre, Demande], list[str]]

CAN_BE_ASKED = tuple(stade for stade in Stade if stade != Stade.CLOTURE)
CLOSES_WITHOUT_PAPER = frozenset({MotifCloture.SANS_SUITE, MotifCloture.DECES})
"""Motives of closing for which nobody is left to send anything."""


@dataclass(frozen=True)
class Conge:
    """The active arrêts of a sinistre, oldest first, and those for which no initial décompte stands yet."""

    arrets: Sequence[Arret]
    a_payer: Sequence[Arret]


def read_conge(sinistre: Sinistre) -> Conge:
    """The leave as it stands, in one query."""
    paid = Decompte.objects.filter(arret=OuterRef("pk"), corrige__isnull=True).exclude(etat=EtatDecompte.REJETE)
    arrets = list(Arret.objects.filter(sinistre=sinistre, actif=True).annotate(paye=Exists(paid)).order_by("debut", "pk"))
    return Conge(arrets, [a for a in arrets if not a.paye])


def is_payable(sinistre: Sinistre, conge: Conge) -> bool:
    """Whether something can be owed for what is not paid yet: a leave that ends within the contract's franchise per arrêt pays nothing.

    Prolongations continue one arrêt (domain: §4.3), so the days of the whole sinistre count. Kinds of franchise that need the
    agent's other sinistres (cumulated, relative) are taken as payable: the décompte says the rest.
    """
    if not conge.a_payer:
        return not conge.arrets and sinistre.nature in (Nature.DC, Nature.FM)
    termes = sinistre.termes
    concerns = termes.genre_franchise == GenreFranchise.PAR_ARRET_TOUTES_IJ or (
        termes.genre_franchise == GenreFranchise.PAR_ARRET_MO and sinistre.nature == Nature.CMO
    )
    return not concerns or sum(a.jours for a in conge.arrets) > termes.franchise_jours


def awaits_decompte(sinistre: Sinistre) -> bool:
    """Whether something that was validated has no décompte yet. Where a part was refused, nobody waits for its décompte.

    A period counts as typed when an initial line names its arrêt or shares a day with it: a requalification splits arrêts that are paid.
    """
    if sinistre.motif_refus:
        return False
    lignes = Decompte.objects.filter(sinistre=sinistre, corrige__isnull=True).exclude(etat=EtatDecompte.REJETE)
    jours = lignes.filter(genre=GenreDecompte.IJ)  # an invoice of care may well be dated within an arrêt
    typed = jours.filter(Q(arret=OuterRef("pk")) | Q(debut__lte=OuterRef("fin"), fin__gte=OuterRef("debut")))
    arrets = list(Arret.objects.filter(sinistre=sinistre, actif=True).annotate(saisi=Exists(typed)).order_by("debut", "pk"))
    if not arrets:
        return sinistre.nature in (Nature.DC, Nature.FM) and not lignes.exists()
    interruptions = interruptions_de(sinistre)
    left = [a for a in arrets if not a.saisi and all_of(interruptions, a.debut, a.fin) is None]
    return is_payable(sinistre, Conge(arrets, left))


def missing_to_validate(sinistre: Sinistre, conge: Conge | None = None) -> list[str]:
    """The pièces without which the period to pay can't be validated, by their libellé."""
    conge = conge or read_conge(sinistre)
    stades = stages_to_validate(sinistre.nature) if is_payable(sinistre, conge) else CERTIFICATE_STAGES
    return [p.libelle for p in missing(sinistre, stades=stades, arret_ids=[a.pk for a in conge.a_payer])]


def guard_demander_pieces(sinistre: Sinistre, demande: Demande) -> list[str]:
    if missing(sinistre, stades=CAN_BE_ASKED):
        return []
    return ["Aucune pièce requise ne manque : il n’y a rien à demander."]


def reasons_not_computed(sinistre: Sinistre, conge: Conge) -> list[str]:
    """Why rights and indemnity of what is payable can't be reckoned; none when they can. A death, or care alone, has no day to reckon."""
    if not conge.arrets or not is_payable(sinistre, conge):
        return []
    try:
        lire(sinistre).lignes(conge.arrets[0].debut, max(arret.fin for arret in conge.arrets), a_payer=False)
    except GardeNonSatisfaite as error:
        return error.raisons
    return []


def guard_valider(sinistre: Sinistre, demande: Demande) -> list[str]:
    conge = read_conge(sinistre)
    attente = reasons_to_wait(sinistre, lambda: {arret.pk for arret in conge.a_payer})
    refus = horloge.raisons_du_refus(sinistre) + _interrupted(sinistre)
    pieces = [f"Pièce requise non conforme : {libelle}." for libelle in missing_to_validate(sinistre, conge)]
    return refus + attente + (pieces or reasons_not_computed(sinistre, conge))


def _interrupted(sinistre: Sinistre) -> list[str]:
    """Why nothing of what is left to pay can be paid: the employer has interrupted the payment before all of it."""
    interruptions = interruptions_de(sinistre)
    if not interruptions:
        return []
    a_payer = read_conge(sinistre).a_payer
    trouvees = [all_of(interruptions, arret.debut, arret.fin) for arret in a_payer]
    return [raison(une) for une in trouvees[:1] if une is not None] if a_payer and None not in trouvees else []


def guard_rembourser(sinistre: Sinistre, demande: Demande) -> list[str]:
    if has_unpaid(sinistre):
        return ["Un décompte de ce dossier n’est pas encore réglé."]
    if not Decompte.objects.filter(sinistre=sinistre, etat=EtatDecompte.REGLE).exists():
        return ["Aucun décompte de ce dossier n’est réglé."]
    if awaits_decompte(sinistre):
        return ["Une période validée n’a pas encore son décompte."]
    return []


def guard_rejeter_reglement(sinistre: Sinistre, demande: Demande) -> list[str]:
    rejected = Decompte.objects.filter(sinistre=sinistre, etat=EtatDecompte.REJETE, bordereau__isnull=False)
    return [] if rejected.exists() else ["Aucun règlement de ce dossier n’a été rejeté."]


def guard_requalifier(sinistre: Sinistre, demande: Demande) -> list[str]:
    reasons = []
    if demande.nature == sinistre.nature:
        reasons.append("Le dossier a déjà cette nature.")
    elif demande.nature not in NATURES_BY_REGIME[sinistre.regime]:
        reasons.append(f"Cette nature n’existe pas au régime {sinistre.get_regime_display()}.")
    elif demande.nature not in sinistre.termes.natures:
        reasons.append("La formule de la collectivité ne couvre pas cette nature.")
    if demande.date_effet is not None and demande.date_effet < sinistre.survenance:
        reasons.append("La date d’effet précède la survenance.")
    return reasons


def guard_proposer_refus(sinistre: Sinistre, demande: Demande) -> list[str]:
    reasons = []
    if demande.motif not in MotifRefus.values:
        reasons.append("Choisissez le motif du refus dans la liste.")
    if demande.portee not in PorteeRefus.values:
        reasons.append("Dites sur quoi porte le refus : sinistre, épisode, période ou facture.")
    if demande.motif == MotifRefus.DECHEANCE and sinistre.jours_de_retard == 0:
        reasons.append("La déclaration n’est pas tardive : la déchéance ne peut pas être opposée (C. assur. L113-2).")
    return reasons


def guard_refuser(sinistre: Sinistre, demande: Demande) -> list[str]:
    """Each of the three parties has been heard, or its delay is over; and nothing was accepted."""
    return _nothing_was_accepted(sinistre) + mediation.raisons_d_attendre(sinistre)


def _nothing_was_accepted(sinistre: Sinistre) -> list[str]:
    if sinistre.portee_refus != PorteeRefus.SINISTRE:
        return ["Le refus ne porte que sur une partie du dossier : utilisez « Refuser une partie »."]
    if has_approved(sinistre):
        return ["Un décompte est approuvé ou payé : quelque chose a été accepté, refusez une partie."]
    return []


def guard_refuser_partie(sinistre: Sinistre, demande: Demande) -> list[str]:
    """The same, where something was accepted."""
    return _something_was_accepted(sinistre) + mediation.raisons_d_attendre(sinistre)


def _something_was_accepted(sinistre: Sinistre) -> list[str]:
    if sinistre.portee_refus == PorteeRefus.SINISTRE and not has_approved(sinistre):
        return ["Le refus porte sur tout le sinistre et rien n’a été accepté : utilisez « Refuser »."]
    return []


def guard_annuler(sinistre: Sinistre, demande: Demande) -> list[str]:
    reasons = []
    if demande.motif not in MotifAnnulation.values:
        reasons.append("Choisissez le motif de l’annulation : double ou erreur.")
    if has_approved(sinistre):
        reasons.append("Un décompte de ce dossier est approuvé : il ne s’annule plus.")
    return reasons


def guard_clore(sinistre: Sinistre, demande: Demande) -> list[str]:
    reasons = []
    if demande.motif not in MotifCloture.values:
        reasons.append("Choisissez le motif de la clôture dans la liste.")
    if demande.date_effet is not None:
        if demande.date_effet > timezone.localdate():
            reasons.append("La date d’effet est à venir : on ne clôt que sur ce qui est arrivé.")
        if demande.date_effet < sinistre.survenance:
            reasons.append("La date d’effet précède la survenance.")
    if demande.motif not in CLOSES_WITHOUT_PAPER:
        # Asked for once the return was told, where the list requires it: the effective date alone is enough otherwise (domain: §0.7).
        reasons += [f"Pièce de clôture non conforme : {p.libelle}." for p in missing(sinistre, stades=[Stade.CLOTURE])]
    if demande.motif != MotifCloture.DECES:
        en_cours = sinistre.branches.filter(etat=EtatBranche.EN_COURS, genre__in=BRANCHES_BLOQUANTES).order_by("pk")
        reasons += [
            f"Procédure en cours : {branche.get_genre_display().lower()}. Menez-la à son terme ou abandonnez-la." for branche in en_cours
        ]
    return reasons


def guard_rouvrir_rechute(sinistre: Sinistre, demande: Demande) -> list[str]:
    if demande.arret is None:
        return []
    reasons = []
    if demande.arret.debut <= sinistre.survenance:
        reasons.append("La rechute commence après la survenance.")
    if sinistre.consolidation is not None and demande.arret.debut <= sinistre.consolidation:
        # A rechute supposes a state that was stabilised [MAUREL].
        reasons.append(f"L’état est consolidé au {sinistre.consolidation:%d/%m/%Y} : jusque-là, c’est une prolongation et non une rechute.")
    if demande.arret.debut > sinistre.contrat.fin and not sinistre.contrat.rechutes_apres_terme:
        reasons.append("Le contrat ne couvre pas les rechutes après son terme (CE 357272).")
    return reasons


GUARDS: dict[str, Guard] = {
    "demander_pieces": guard_demander_pieces,
    "valider": guard_valider,
    "rembourser": guard_rembourser,
    "rejeter_reglement": guard_rejeter_reglement,
    "requalifier": guard_requalifier,
    "proposer_refus": guard_proposer_refus,
    "refuser": guard_refuser,
    "refuser_partie": guard_refuser_partie,
    "annuler": guard_annuler,
    "clore": guard_clore,
    "rouvrir_rechute": guard_rouvrir_rechute,
}
"""Transitions that are not here are guarded by their state, their right and the sinistre's own columns alone."""


def reasons_against(nom: str, sinistre: Sinistre, demande: Demande) -> list[str]:
    """Every reason, in French, for which this transition can't be done now."""
    guard = GUARDS.get(nom)
    return guard(sinistre, demande) if guard is not None else []
