"""The one service of the lifecycle: every transition of every sinistre goes through `transiter`.

Lock the sinistre and read it afresh, check the version, the right, the state, the guard; change; append the journal entry and the
event; commit. A refusal is journaled after the rollback. Whatever else a transition does (épisodes, arrêts, a linked décès) stands
in ACTS, what follows it (work items, échéances) in workflows/effects.py.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django_fsm import can_proceed

from accounts.gate import Refus, exiger, peut
from accounts.models import User
from cases.enums import Etat, GenreArret, GenreEpisode, MotifCloture
from cases.errors import AlerteAConfirmer, DonneeInvalide, Erreur, GardeNonSatisfaite, TransitionImpossible, VersionPerimee
from cases.models import Arret, Sinistre
from cases.selectors import arrets_recouverts, sinistres_visibles
from cases.states import PASSAGES
from contracts.enums import Nature
from contracts.selectors import NonCouvert
from documents.services.checklist import instancier
from journal.services import annoncer, consigner
from workflows import effects, periods
from workflows.declaration import open_linked_death
from workflows.demande import FIELDS, REQUIRED, ArretDemande, Demande
from workflows.guards import reasons_against

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
        _record_refusal(acteur, sinistre, nom, refusal)
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
    sinistre = _locked(sinistres_visibles(acteur)).get(numero=numero)
    if version is not None and version != sinistre.version:
        raise VersionPerimee(sinistre.version)
    return sinistre


def lock(sinistre_id: int) -> Sinistre:
    """The same by its key, for a caller who has checked that it is visible."""
    return _locked(Sinistre.objects.all()).get(pk=sinistre_id)


def _locked(sinistres: QuerySet[Sinistre]) -> QuerySet[Sinistre]:
    return sinistres.select_for_update(of=("self",)).select_related("collectivite", "agent", "contrat", "termes")


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
            _prolong(acteur, sinistre, demande, genre)
            sinistre.version += 1
            sinistre.save(update_fields=["version"])
            _record(acteur, sinistre, "sinistre.arret_ajoute", demande, avant=sinistre.etat)
            return sinistre
    except (Refus, Erreur) as refusal:
        _record_refusal(acteur, sinistre, "ajouter_arret", refusal)
        raise


def declarer_reprise(*, acteur: User, numero: str, le: dt.date) -> Sinistre:
    """The collectivité tells the effective return. It closes nothing by itself: the gestionnaire closes, this date at hand."""
    with transaction.atomic():
        sinistre = lock_visible(acteur, numero)
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
    act = ACTS.get(nom)
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
    follow = FOLLOW_UPS.get(nom)
    if follow is not None:
        follow(acteur, sinistre, demande)
    effects.apply(nom, sinistre)
    _record(acteur, sinistre, f"sinistre.{nom}", demande, avant=avant)
    return sinistre


SAVED = [
    "etat", "etat_depuis", "version", "nature", "transmis_assureur_le", "motif_cloture", "date_cloture", "motif_annulation",
    "motif_refus", "portee_refus", "etat_avant_mediation", "reprise_effective",
]  # fmt: skip
"""The only columns a transition writes: the pinned terms are out of its reach."""


def _prolong(acteur: User, sinistre: Sinistre, demande: Demande, genre: str = GenreArret.PROLONGATION) -> None:
    if demande.arret is None:
        raise DonneeInvalide.sur("arret", "Donnez l’arrêt.")
    periods.check_arret(demande.arret, survenance=sinistre.survenance, genre=genre)
    if genre != GenreArret.TPT:
        periods.confirm(periods.prolongation_alerts(sinistre, demande.arret), demande.alertes_assumees)
    arret = periods.add_arret(
        sinistre=sinistre,
        episode=periods.current_episode(sinistre),
        genre=genre,
        demande=demande.arret,
        alertes_assumees=demande.alertes_assumees,
    )
    instancier(sinistre=sinistre, arret=arret, genre=genre)
    effects.set_leave_deadlines(sinistre, arret.fin)


def _set_motif_cloture(acteur: User, sinistre: Sinistre, demande: Demande) -> None:
    sinistre.motif_cloture, sinistre.date_cloture = demande.motif, demande.date_effet


def _set_refusal(acteur: User, sinistre: Sinistre, demande: Demande) -> None:
    sinistre.motif_refus, sinistre.portee_refus = demande.motif, demande.portee


def _set_cancellation(acteur: User, sinistre: Sinistre, demande: Demande) -> None:
    sinistre.motif_annulation = demande.motif


def _relapse(acteur: User, sinistre: Sinistre, demande: Demande) -> None:
    """A new épisode; any other arrêt of the agent still running is cut the day before."""
    if demande.arret is None:
        raise DonneeInvalide.sur("arret", "Donnez l’arrêt de la rechute.")
    arret = demande.arret
    periods.check_arret(arret, survenance=sinistre.survenance, genre=GenreArret.RECHUTE)
    elsewhere = list(arrets_recouverts(agent_id=sinistre.agent_id, debut=arret.debut, fin=arret.fin, hors=sinistre.pk))
    if elsewhere:
        periods.confirm(periods.overlap_alerts(sinistre.agent_id, arret, hors=sinistre.pk), demande.alertes_assumees)
        # Their sinistres' rows are not locked: only arrêts change here, and each is locked by its own UPDATE, in date order.
        _cut(acteur, elsewhere, arret.debut)
    here = list(Arret.objects.filter(sinistre=sinistre, actif=True, fin__gte=arret.debut).order_by("debut"))
    _cut(acteur, here, arret.debut)
    episode = periods.open_episode(
        sinistre=sinistre, genre=GenreEpisode.RECHUTE, nature=sinistre.nature, debut=arret.debut, decision=demande.commentaire
    )
    cree = periods.add_arret(
        sinistre=sinistre, episode=episode, genre=GenreArret.RECHUTE, demande=arret, alertes_assumees=demande.alertes_assumees
    )
    instancier(sinistre=sinistre, arret=cree, genre=GenreArret.RECHUTE)
    effects.set_leave_deadlines(sinistre, arret.fin)


def _requalify(acteur: User, sinistre: Sinistre, demande: Demande) -> None:
    if demande.date_effet is None:
        raise DonneeInvalide.sur("date_effet", "Donnez la date d’effet.")
    episode = periods.open_episode(
        sinistre=sinistre,
        genre=GenreEpisode.REQUALIFICATION,
        nature=demande.nature,
        debut=demande.date_effet,
        decision=demande.commentaire,
    )
    periods.split_at(sinistre, demande.date_effet, episode)


ACTS: dict[str, Callable[..., None]] = {
    "prolonger": _prolong,
    "clore": _set_motif_cloture,
    "proposer_refus": _set_refusal,
    "annuler": _set_cancellation,
    "rouvrir_rechute": _relapse,
    "requalifier": _requalify,
}
"""What a transition writes beside the state, before it."""


def _ask_pieces_of_new_nature(acteur: User, sinistre: Sinistre, demande: Demande) -> None:
    arret = sinistre.arrets.filter(actif=True).order_by("-debut").first()
    instancier(sinistre=sinistre, arret=arret, genre=GenreArret.INITIAL)
    effects.set_leave_deadlines(sinistre, arret.fin if arret is not None else None)


def _follow_closing(acteur: User, sinistre: Sinistre, demande: Demande) -> None:
    """An effective return cuts the arrêts that would run past it; a death opens its own sinistre."""
    if sinistre.date_cloture is None:
        return
    if sinistre.motif_cloture in (MotifCloture.REPRISE, MotifCloture.DECES):
        jour = sinistre.date_cloture + (dt.timedelta(days=1) if sinistre.motif_cloture == MotifCloture.DECES else dt.timedelta(0))
        _cut(acteur, list(sinistre.arrets.filter(actif=True, fin__gte=jour).exclude(genre=GenreArret.TPT)), jour)
    if sinistre.motif_cloture == MotifCloture.DECES and sinistre.nature != Nature.DC:
        _open_death(acteur, sinistre)


def _cut(acteur: User, arrets: list[Arret], jour: dt.date) -> None:
    """Cut these arrêts the day before `jour`, and say so in the journal of each one's own sinistre."""
    for arret in periods.cut_before(arrets, jour):
        consigner(
            acteur=acteur,
            action="sinistre.arret_ecourte",
            objet_type="arret",
            objet_id=arret.pk,
            sinistre_id=arret.sinistre_id,
            donnees={"debut": arret.debut.isoformat(), "fin": arret.fin.isoformat(), "actif": arret.actif},
        )


def _open_death(acteur: User, sinistre: Sinistre) -> None:
    """The linked décès sinistre, where the contract covers it on that day; where it does not, the journal says so."""
    try:
        open_linked_death(acteur=acteur, origine=sinistre)
    except NonCouvert as error:
        consigner(
            acteur=acteur,
            action="sinistre.deces_non_couvert",
            objet_type="sinistre",
            objet_id=sinistre.pk,
            sinistre_id=sinistre.pk,
            motif=error.message,
        )


FOLLOW_UPS: dict[str, Callable[[User, Sinistre, Demande], None]] = {
    "requalifier": _ask_pieces_of_new_nature,
    "clore": _follow_closing,
}
"""What needs the new state first."""


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


def _record_refusal(acteur: User, sinistre: Sinistre | None, nom: str, refusal: Refus | Erreur) -> None:
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
