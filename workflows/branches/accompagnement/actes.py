"""The acts of an accompagnement, from the agent's answer to the bilan. What is said in the psychologue's room is written nowhere here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone

from accounts.enums import Role
from accounts.gate import exiger
from accounts.models import User
from cases.enums import FileTravail, GenreTache
from cases.enums_accompagnement import BILANS, FormeAccompagnement, IssueAccompagnement, RecueilAccord
from cases.errors import DonneeInvalide
from cases.models import Accompagnement, ActionAccompagnement, Branche, Sinistre, Tache
from cases.mots_medicaux import revealing_words
from workflows import moteur, verrous
from workflows.branches.accompagnement.ouverture import MOTS
from workflows.noeuds import ETAPE, tell

MAX_BILAN = 1000
REFERENTS = (Role.GESTIONNAIRE, Role.RESPONSABLE)
"""Who, with an account here, may be the référent maintien dans l'emploi."""


def recueillir_accord(*, acteur: User, branche: Branche, accord: bool, le: dt.date, recueil: str) -> None:
    """The agent's answer: with a refusal the accompagnement ends there. Raises Refus, DonneeInvalide, EtapeFermee, DejaPris."""
    with moteur.etape(acteur=acteur, branche=branche, nom="accord") as etape:
        erreurs: dict[str, list[str]] = {}
        if recueil not in RecueilAccord.values:
            erreurs["recueil"] = ["Dites comment sa réponse a été recueillie."]
        if not etape.dossier.survenance <= le <= timezone.localdate():
            erreurs["le"] = ["La réponse est datée au plus tôt de la survenance, et au plus tard d’aujourd’hui."]
        if erreurs:
            raise DonneeInvalide(erreurs)
        accompagnement = etape.branche.accompagnement
        accompagnement.accord, accompagnement.accord_le, accompagnement.accord_recueil = accord, le, recueil
        if not accord:
            accompagnement.issue = IssueAccompagnement.ACCORD_REFUSE
            _set_issue(etape.branche, accompagnement)
        accompagnement.save(update_fields=["accord", "accord_le", "accord_recueil", "issue"])
        etape.issue = "accord" if accord else "refus"


def designer(
    *,
    acteur: User,
    branche: Branche,
    psychologue: User | None = None,
    psychologue_nom: str = "",
    referent: User | None = None,
    referent_nom: str = "",
    psychologue_travail_nom: str = "",
) -> None:
    """Name who takes part, as the form asks; or name others later, to whom the open steps pass.

    A psychologue or a référent with an account finds his step in his own queue. Raises Refus, DonneeInvalide, EtapeFermee, DejaPris.
    """
    choix = Intervenants(psychologue, psychologue_nom, referent, referent_nom, psychologue_travail_nom)
    try:
        with moteur.etape(acteur=acteur, branche=branche, nom="designer") as etape:
            accompagnement = etape.branche.accompagnement
            choix.poser(accompagnement)
            accompagnement.designes_le = timezone.now()
            accompagnement.save()
            return
    except moteur.EtapeFermee:
        _replace(acteur, branche, choix)


class Intervenants:
    """Who takes part, as typed: an account is enough to name its owner."""

    def __init__(
        self, psychologue: User | None, psychologue_nom: str, referent: User | None, referent_nom: str, psychologue_travail_nom: str
    ) -> None:
        self.psychologue, self.referent = psychologue, referent
        self.psychologue_nom = psychologue.get_full_name() if psychologue is not None else psychologue_nom.strip()
        self.referent_nom = referent.get_full_name() if referent is not None else referent_nom.strip()
        self.psychologue_travail_nom = psychologue_travail_nom.strip()

    def poser(self, accompagnement: Accompagnement) -> None:
        """Raises DonneeInvalide unless each one the form needs is named, and may take part."""
        agent = accompagnement.compte_agent_id
        erreurs: dict[str, list[str]] = {}
        if accompagnement.forme == FormeAccompagnement.RETOUR_EMPLOI:
            erreurs |= _named("psychologue", self.psychologue_nom, "Choisissez le psychologue, ou donnez son nom.")
            erreurs |= _able("psychologue", self.psychologue, (Role.PSYCHOLOGUE,), agent)
            accompagnement.psychologue, accompagnement.psychologue_nom = self.psychologue, self.psychologue_nom
        else:
            erreurs |= _named("referent", self.referent_nom, "Choisissez le référent, ou donnez son nom.")
            erreurs |= _able("referent", self.referent, REFERENTS, agent)
            erreurs |= _named("psychologue_travail_nom", self.psychologue_travail_nom, "Donnez le nom du psychologue du travail.")
            accompagnement.referent, accompagnement.referent_nom = self.referent, self.referent_nom
            accompagnement.psychologue_travail_nom = self.psychologue_travail_nom
        if erreurs:
            raise DonneeInvalide(erreurs)


def _named(champ: str, nom: str, message: str) -> dict[str, list[str]]:
    return {} if nom else {champ: [message]}


def _able(champ: str, user: User | None, roles: tuple[Role, ...], agent: int | None) -> dict[str, list[str]]:
    if user is None or (user.is_active and user.roles_habilites & set(roles) and user.pk != agent):
        return {}
    return {champ: [f"{user.get_full_name()} ne peut pas tenir ce rôle ici."]}


def _replace(acteur: User, branche: Branche, choix: Intervenants) -> None:
    with _running(acteur, branche) as (fresh, _):
        accompagnement = fresh.accompagnement
        if accompagnement.designes_le is None:
            raise moteur.EtapeFermee(GenreTache.AC_DESIGNER.label)
        choix.poser(accompagnement)
        accompagnement.save()
        steps = fresh.processus.task_set.values("pk")
        ouvertes = Tache.objects.filter(objet_type=ETAPE, objet_id__in=steps, fermee_le__isnull=True)
        ouvertes.filter(genre=GenreTache.AC_PSYCHOLOGUE).update(
            destinataire=accompagnement.psychologue, file=file_du_psychologue(fresh), porteur=None, pris_le=None
        )
        ouvertes.filter(genre=GenreTache.AC_REFERENT).update(destinataire=accompagnement.referent, porteur=None, pris_le=None)
        tell(fresh, "accompagnement.intervenants_changes", acteur=acteur)


def file_du_psychologue(branche: Branche) -> str:
    """His own list where he has an account here; else the gestionnaires follow him from theirs."""
    return FileTravail.SOUTIENS if branche.accompagnement.psychologue_id is not None else FileTravail.ACCOMPAGNEMENTS


def terminer_intervention(*, acteur: User, branche: Branche, nom: str) -> None:
    """« psychologue », « referent » or « psy_travail » has done his part. Nothing of what was said is asked. Raises as a step does."""
    with moteur.etape(acteur=acteur, branche=branche, nom=nom) as etape:
        etape.issue = "terminee"


def inscrire_action(*, acteur: User, branche: Branche, action: str, responsable: str, prevue_le: dt.date) -> ActionAccompagnement:
    """A line of the plan. Raises Refus, DonneeInvalide, EtapeFermee before the intervenants are named or once it is over."""
    erreurs: dict[str, list[str]] = {}
    if not action.strip():
        erreurs["action"] = ["Dites ce qui est à faire."]
    elif revealing_words(action):
        erreurs["action"] = ["Ces mots paraissent médicaux : dites ce qui est à faire au travail, sans parler de santé."]
    if not responsable.strip():
        erreurs["responsable"] = ["Dites qui s’en charge."]
    if prevue_le < timezone.localdate():
        erreurs["prevue_le"] = ["Choisissez aujourd’hui ou un jour à venir."]
    if erreurs:
        raise DonneeInvalide(erreurs)
    with _running(acteur, branche) as (fresh, _):
        if fresh.accompagnement.designes_le is None:
            raise moteur.EtapeFermee("Inscrire une action")
        ligne = ActionAccompagnement.objects.create(
            accompagnement=fresh.accompagnement,
            action=action.strip()[:200],
            responsable=responsable.strip()[:160],
            prevue_le=prevue_le,
            creee_le=timezone.localdate(),
        )
        tell(fresh, "accompagnement.action_inscrite", acteur=acteur)
    return ligne


def faire_action(*, acteur: User, branche: Branche, action_id: int, le: dt.date) -> None:
    """A line of the plan is done. Raises Refus, DonneeInvalide, EtapeFermee; twice keeps the first day."""
    with _running(acteur, branche) as (fresh, _):
        ligne = fresh.accompagnement.actions.filter(pk=action_id).first()
        if ligne is None:
            raise DonneeInvalide.sur("action", "Choisissez une action du plan.")
        if not ligne.creee_le <= le <= timezone.localdate():
            raise DonneeInvalide.sur("le", "Cette action est faite entre le jour où elle a été inscrite et aujourd’hui.")
        if ligne.faite_le is None:
            ligne.faite_le = le
            ligne.save(update_fields=["faite_le"])
            tell(fresh, "accompagnement.action_faite", acteur=acteur)


def faire_bilan(*, acteur: User, branche: Branche, issue: str, le: dt.date, texte: str = "", assume: bool = False) -> None:
    """What came of it, for the employer and the CDG. Raises Refus, DonneeInvalide, EtapeFermee, DejaPris."""
    erreurs: dict[str, list[str]] = {}
    if issue not in dict(BILANS):
        erreurs["issue"] = ["Choisissez le résultat dans la liste."]
    if len(texte.strip()) > MAX_BILAN:
        erreurs["texte"] = [f"{MAX_BILAN} caractères au plus."]
    elif revealing_words(texte) and not assume:
        erreurs["assume"] = [MOTS]
    with moteur.etape(acteur=acteur, branche=branche, nom="bilan") as etape:
        accompagnement = etape.branche.accompagnement
        if not (accompagnement.accord_le or le) <= le <= timezone.localdate():
            erreurs["le"] = ["Le bilan est daté entre l’accord de l’agent et aujourd’hui."]
        if erreurs:
            raise DonneeInvalide(erreurs)
        accompagnement.issue, accompagnement.bilan, accompagnement.bilan_le = issue, texte.strip(), le
        accompagnement.save(update_fields=["issue", "bilan", "bilan_le"])
        _set_issue(etape.branche, accompagnement)
        etape.issue = issue


def arreter(*, acteur: User, branche: Branche, le: dt.date) -> None:
    """The agent stops, as he may at any time and without a reason. Raises Refus, DonneeInvalide, EtapeFermee once it is over."""
    with _running(acteur, branche) as (fresh, sinistre):
        if not sinistre.survenance <= le <= timezone.localdate():
            raise DonneeInvalide.sur("le", "Donnez un jour qui n’est pas à venir.")
        accompagnement = fresh.accompagnement
        accompagnement.issue, accompagnement.bilan_le = IssueAccompagnement.ARRET_AGENT, le
        accompagnement.save(update_fields=["issue", "bilan_le"])
        moteur.conclure(acteur=acteur, branche=fresh, nom="bilan", issue=IssueAccompagnement.ARRET_AGENT)


def _set_issue(branche: Branche, accompagnement: Accompagnement) -> None:
    branche.issue = accompagnement.issue
    branche.save(update_fields=["issue"])


@contextmanager
def _running(acteur: User, branche: Branche) -> Iterator[tuple[Branche, Sinistre]]:
    """An act that is no step: under the same locks, by whoever leads accompagnements, while this one runs."""
    if branche.sinistre_id is None:
        raise ValueError("An accompagnement is about a dossier.")
    with transaction.atomic():
        sinistre = verrous.lock(branche.sinistre_id)
        exiger(acteur, "accompagnement_mener", sinistre)
        with moteur.held(branche):
            fresh = Branche.objects.select_related("processus", "accompagnement").get(pk=branche.pk)
            if not fresh.est_en_cours:
                raise moteur.EtapeFermee("Cet acte")
            fresh.sinistre = sinistre
            yield fresh, sinistre
