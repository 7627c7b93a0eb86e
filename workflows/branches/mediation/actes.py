"""What the parties of a médiation answer."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.enums import GenreTache
from cases.enums_mediation import EXPLIQUEES, POSITIONS, PartieMediation, SensPosition
from cases.errors import DonneeInvalide
from cases.models import Branche, PositionMediation, Sinistre
from cases.mots_medicaux import revealing_words
from workflows import moteur, verrous
from workflows.noeuds import tell

ACTION_DE: dict[str, str] = {
    PartieMediation.ASSUREUR: "mediation_position_assureur",
    PartieMediation.CDG: "mediation_mener",
    PartieMediation.COLLECTIVITE: "mediation_position_collectivite",
}
MAX_MOTIF = 1000


def donner_position(*, acteur: User, branche: Branche, partie: str, sens: str, motif: str = "", assume: bool = False) -> PositionMediation:
    """Answer for one party: its step of the procedure; or, once that step is over, an answer that replaces the earlier one or the silence.

    A gestionnaire may report what the insurer or the employer told him: the row says so. The words are read by all three parties.
    `assume`: words of it look medical, and the author says that they are not. Raises Refus, DonneeInvalide, DejaPris, EtapeFermee once
    the médiation is over.
    """
    _check(partie, sens, motif, assume)
    nom = PartieMediation(partie).lower()
    try:
        with moteur.etape(acteur=acteur, branche=branche, nom=nom) as etape:
            etape.issue = sens
            return _record(acteur, etape.branche, etape.dossier, partie, sens, motif)
    except moteur.EtapeFermee:
        return _answer_again(acteur, branche, partie, sens, motif)


def _answer_again(acteur: User, branche: Branche, partie: str, sens: str, motif: str) -> PositionMediation:
    """The step is over, by an earlier answer or by its delay: this one counts as long as the médiation runs."""
    with transaction.atomic():
        sinistre = verrous.lock(_sinistre_id(branche))
        exiger(acteur, ACTION_DE[partie], sinistre)
        with moteur.held(branche):
            fresh = Branche.objects.get(pk=branche.pk)
            if not fresh.est_en_cours:
                raise moteur.EtapeFermee(GenreTache[f"MD_{partie}"].label)
            earlier = PositionMediation.objects.filter(mediation=fresh.pk, partie=partie, remplacee_le__isnull=True)
            earlier.update(remplacee_le=timezone.now())
            position = _record(acteur, fresh, sinistre, partie, sens, motif)
            libelle = f"{PartieMediation(partie).label}, {SensPosition(sens).label.lower()}"
            tell(fresh, "mediation.position_revue", acteur=acteur, libelle=libelle, partie=partie, sens=sens)
            return position


def _sinistre_id(branche: Branche) -> int:
    if branche.sinistre_id is None:
        raise ValueError("A médiation is about a dossier.")
    return branche.sinistre_id


def _check(partie: str, sens: str, motif: str, assume: bool) -> None:
    erreurs: dict[str, list[str]] = {}
    if partie not in PartieMediation.values:
        erreurs["partie"] = ["Dites qui prend position : assureur, centre de gestion ou employeur."]
    if sens not in dict(POSITIONS):
        erreurs["sens"] = ["Choisissez la position dans la liste."]
    if sens in EXPLIQUEES and not motif.strip():
        erreurs["motif"] = ["Expliquez cette position en quelques mots : les autres parties la liront."]
    elif len(motif.strip()) > MAX_MOTIF:
        erreurs["motif"] = [f"{MAX_MOTIF} caractères au plus."]
    elif revealing_words(motif) and not assume:
        erreurs["assume"] = [
            "Le texte contient des mots qui paraissent médicaux. Retirez-les, ou cochez cette case s’ils ne disent rien de la santé."
        ]
    if erreurs:
        raise DonneeInvalide(erreurs)


def _record(acteur: User, branche: Branche, sinistre: Sinistre, partie: str, sens: str, motif: str) -> PositionMediation:
    return PositionMediation.objects.create(
        mediation_id=branche.pk,
        partie=partie,
        sens=sens,
        motif=motif.strip(),
        par=acteur,
        rapportee=not _speaks_for(acteur, partie, sinistre),
    )


def _speaks_for(acteur: User, partie: str, sinistre: Sinistre) -> bool:
    match partie:
        case PartieMediation.ASSUREUR:
            return not set(sinistre.organismes_ids).isdisjoint(acteur.organisme_ids)
        case PartieMediation.COLLECTIVITE:
            return sinistre.collectivite_id in acteur.collectivite_ids
    return True
