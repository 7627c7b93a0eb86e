"""The one service of the lifecycle: every transition of every sinistre goes through `transiter`.

Lock the sinistre and read it afresh, check the version, the right, the state, the guard; change; append the journal entry and the
event; commit. A refusal is journaled after the rollback. Whatever else a transition does (épisodes, arrêts, a linked décès) stands
in workflows/acts.py, what follows it (work items, échéances) in workflows/effects.py.
"""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone
from django_fsm import can_proceed

from accounts.gate import Refus, exiger, peut
from accounts.models import User
from cases.enums import Etat, GenreArret
from cases.errors import AlerteAConfirmer, DonneeInvalide, Erreur, GardeNonSatisfaite, TransitionImpossible, VersionPerimee
from cases.models import Sinistre
from cases.selectors import sinistres_visibles
from cases.states import PASSAGES
from documents.services.checklist import follow, reevaluer
from journal.services import annoncer, consigner
from workflows import acts, effects
from workflows.demande import FIELDS, REQUIRED, ArretDemande, Demande
from workflows.guards import reasons_against
from workflows.verrous import locked

NAMES = {
    "motif": "le motif", "date_effet": "la date d’effet", "portee": "la portée du refus", "nature": "la nouvelle nature",
    "commentaire": "l’explication", "arret": "l’arrêt",
}  # fmt: skip


def transiter(*, acteur: User, numero: str, nom: str, demande: Demande | None = None, version: int | None = None) -> Sinistre:
    """Carry out the transition `nom` (a key of cases.states.PASSAGES) on the sinistre `numero`.

    `version`, when given, is the one the person was looking at. Raises Sinistre.DoesNotExist (unknown or foreign), Refus, VersionPerimee,
    TransitionImpossible, DonneeInvalide, GardeNonSatisfaite (with every reason), AlerteAConfirmer. Nothing is half done.
    """
    if nom not in PASSAGES:
        raise TransitionImpossible("Cette transition n’existe pas.")
    demande = demande or Demande()
    sinistre = None
    try:
        with transaction.atomic():
            sinistre = lock_visible(acteur, numero, version)
            exiger(acteur, nom, sinistre)
            _check_state(sinistre, nom)
            _check_fields(nom, demande)
            reasons = reasons_against(nom, sinistre, demande)
            if reasons:
                raise GardeNonSatisfaite(reasons)
            return _carry_out(acteur, sinistre, nom, demande)
    except (Refus, Erreur) as refusal:
        record_refusal(acteur, sinistre, nom, refusal)
        raise


def settle(*, acteur: User, sinistre: Sinistre, nom: str) -> bool:
    """A transition that a payment brings about by itself (rembourser, rejeter_reglement), on a sinistre locked by the caller.

    Returns False, and changes nothing, when its state or its guard does not call for it.
    """
    if sinistre.etat not in PASSAGES[nom].depuis or reasons_against(nom, sinistre, Demande()):
        return False
    _carry_out(acteur, sinistre, nom, Demande())
    return True


def lock_visible(acteur: User, numero: str, version: int | None = None) -> Sinistre:
    """The sinistre as it is now, locked, if `acteur` may see it: first of the house's lock order.

    Raises Sinistre.DoesNotExist, VersionPerimee when `version` is not the row's.
    """
    sinistre = locked(sinistres_visibles(acteur)).get(numero=numero)
    if version is not None and version != sinistre.version:
        raise VersionPerimee(sinistre.version)
    return sinistre


def transitions_possibles(user: User, sinistre: Sinistre) -> list[str]:
    """The transitions that the state and the rights of `user` allow; guards are asked when one is tried."""
    return [
        nom
        for nom, passage in PASSAGES.items()
        if sinistre.etat in passage.depuis and _declared(sinistre, nom) and peut(user, nom, sinistre)
    ]


def ajouter_arret(
    *, acteur: User, numero: str, arret: ArretDemande, genre: str = GenreArret.PROLONGATION, alertes_assumees: str = "",
    version: int | None = None,
) -> Sinistre:  # fmt: skip
    """Add a prolongation (or a temps partiel thérapeutique). VALIDE and REMBOURSE go back to awaiting pièces (transition
    `prolonger`); DECLARE, PIECES_EN_ATTENTE and ROUVERT keep their state. Raises as `transiter`.
    """
    demande = Demande(arret=arret, alertes_assumees=alertes_assumees)
    sinistre = None
    try:
        with transaction.atomic():
            sinistre = lock_visible(acteur, numero, version)
            exiger(acteur, "dossier_ajouter_arret", sinistre)
            if sinistre.etat in PASSAGES["prolonger"].depuis:
                return _carry_out(acteur, sinistre, "prolonger", demande, genre=genre)
            if sinistre.etat not in (Etat.DECLARE, Etat.PIECES_EN_ATTENTE, Etat.ROUVERT):
                raise TransitionImpossible(
                    f"Le dossier est « {sinistre.get_etat_display().lower()} » : il faut d’abord le rouvrir pour y ajouter un arrêt."
                )
            acts.prolong(acteur, sinistre, demande, genre)
            follow(sinistre)  # what was complete no longer is
            sinistre.version += 1
            sinistre.save(update_fields=["version"])
            _record(acteur, sinistre, "sinistre.arret_ajoute", demande, avant=sinistre.etat)
            return sinistre
    except (Refus, Erreur) as refusal:
        record_refusal(acteur, sinistre, "ajouter_arret", refusal)
        raise


def declarer_reprise(*, acteur: User, numero: str, le: dt.date, version: int | None = None) -> Sinistre:
    """The collectivité tells the effective return. It closes nothing by itself: the gestionnaire closes, this date at hand."""
    with transaction.atomic():
        sinistre = lock_visible(acteur, numero, version)
        exiger(acteur, "dossier_declarer_reprise", sinistre)
        if le > timezone.localdate():
            raise DonneeInvalide.sur("le", "La date est à venir : ne déclarez la reprise qu’une fois l’agent revenu.")
        if le <= sinistre.survenance:
            raise DonneeInvalide.sur("le", "La reprise est postérieure à la survenance.")
        if sinistre.etat in (Etat.CLOS, Etat.ANNULE, Etat.REFUSE):
            raise TransitionImpossible(f"Le dossier est « {sinistre.get_etat_display().lower()} ».")
        sinistre.reprise_effective = le
        sinistre.version += 1
        sinistre.save(update_fields=["reprise_effective", "version"])
        effects.after_return_told(sinistre)
        reevaluer(sinistre)
        follow(sinistre)
        _record(acteur, sinistre, "sinistre.reprise_declaree", Demande(date_effet=le), avant=sinistre.etat)
    return sinistre


# -- Inside the transaction ---------------------------------------------------------------------------------------------------


def _declared(sinistre: Sinistre, nom: str) -> bool:
    """What the sinistre's own columns already forbid, whoever asks (an accident alone can relapse)."""
    return nom != "rouvrir_rechute" or sinistre.can_relapse()


def _check_state(sinistre: Sinistre, nom: str) -> None:
    if sinistre.etat not in PASSAGES[nom].depuis or not _declared(sinistre, nom):
        etat = sinistre.get_etat_display().lower()
        raison = "" if _declared(sinistre, nom) else " et sa nature ne connaît pas de rechute"
        raise TransitionImpossible(f"« {PASSAGES[nom].libelle} » n’est pas possible : le dossier est « {etat} »{raison}.")


def _check_fields(nom: str, demande: Demande) -> None:
    erreurs = {champ: [f"Donnez {NAMES[champ]}."] for champ in REQUIRED.get(nom, ()) if not getattr(demande, champ)}
    for champ in NAMES:
        if getattr(demande, champ) and champ not in FIELDS[nom]:
            erreurs[champ] = ["Ce champ n’a pas de sens pour cette transition."]
    if erreurs:
        raise DonneeInvalide(erreurs)


def _carry_out(acteur: User, sinistre: Sinistre, nom: str, demande: Demande, **act_arguments: str) -> Sinistre:
    avant = sinistre.etat
    act = acts.ACTS.get(nom)
    if act is not None:
        act(acteur, sinistre, demande, **act_arguments)
    method = getattr(sinistre, nom)
    if not can_proceed(method):
        raise TransitionImpossible(f"« {PASSAGES[nom].libelle} » n’est pas possible sur ce dossier.")
    if nom == "requalifier":
        method(demande.nature)
    else:
        method()
    sinistre.version += 1
    if sinistre.etat != avant:
        sinistre.etat_depuis = timezone.now()
    sinistre.save(update_fields=SAVED)
    sequel = acts.FOLLOW_UPS.get(nom)
    if sequel is not None:
        sequel(acteur, sinistre, demande)
    effects.apply(nom, sinistre)
    _record(acteur, sinistre, f"sinistre.{nom}", demande, avant=avant)
    return sinistre


SAVED = [
    "etat", "etat_depuis", "version", "nature", "transmis_assureur_le", "motif_cloture", "date_cloture", "motif_annulation",
    "motif_refus", "portee_refus", "etat_avant_mediation", "reprise_effective",
]  # fmt: skip
"""The only columns a transition writes: the pinned terms are out of its reach."""


# -- Journal ------------------------------------------------------------------------------------------------------------------


def _record(acteur: User, sinistre: Sinistre, action: str, demande: Demande, *, avant: str) -> None:
    arret = demande.arret
    donnees: dict[str, object] = {"avant": avant, "apres": sinistre.etat, "version": sinistre.version}
    donnees |= {cle: str(getattr(demande, cle)) for cle in ("motif", "portee", "nature", "date_effet") if getattr(demande, cle)}
    if demande.alertes_assumees:
        donnees["alertes_assumees"] = demande.alertes_assumees
    if arret is not None:
        donnees["arret"] = {
            "debut": arret.debut.isoformat(),
            "fin": arret.fin.isoformat(),
            "certificat": arret.certificat.isoformat(),
        }
    consigner(
        acteur=acteur,
        action=action,
        objet_type="sinistre",
        objet_id=sinistre.pk,
        sinistre_id=sinistre.pk,
        motif=demande.commentaire,
        donnees=donnees,
    )
    annoncer(
        type="pieces.demandees" if action == "sinistre.demander_pieces" else action,
        objet_type="sinistre",
        objet_id=sinistre.pk,
        sinistre_id=sinistre.pk,
        donnees={"avant": avant, "apres": sinistre.etat},
    )


def record_refusal(acteur: User, sinistre: Sinistre | None, nom: str, refusal: Refus | Erreur) -> None:
    """After the rollback: who tried what, and why it was refused. A probable mistake that is only being shown is no refusal."""
    if sinistre is None or isinstance(refusal, AlerteAConfirmer):
        return
    with transaction.atomic():
        consigner(
            acteur=acteur,
            action="sinistre.refus_de_transition",
            objet_type="sinistre",
            objet_id=sinistre.pk,
            sinistre_id=sinistre.pk,
            motif=refusal.message,
            donnees={"transition": nom, "cause": type(refusal).__name__},
        )
