"""How an accompagnement begins."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from accounts.gate import exiger
from accounts.models import User
from cases.enums import BRANCHES_INTERDITES, Canal, Etat, EtatBranche, GenreBranche, MotifCloture, OrigineBranche
from cases.enums_accompagnement import FormeAccompagnement, ObjectifAccompagnement
from cases.errors import DonneeInvalide, Erreur, TransitionImpossible
from cases.models import Accompagnement, Branche, Sinistre
from cases.mots_medicaux import revealing_words
from contracts.enums import Nature
from workflows import moteur, verrous

GONE = frozenset({MotifCloture.RETRAITE, MotifCloture.MUTATION, MotifCloture.FIN_CONTRAT, MotifCloture.DECES})
"""Closings after which the agent works here no more."""
MAX_PRECISIONS = 500


def demander(
    *,
    acteur: User,
    sinistre: Sinistre,
    forme: str,
    objectifs: Sequence[str],
    precisions: str = "",
    assume: bool = False,
    canal: Canal = Canal.PORTAIL,
) -> Branche:
    """Ask for an accompagnement of the agent: nothing begins before he has agreed. It may be asked for once the dossier is closed.

    `assume`: words of `precisions` look medical, and the author says that they are not. Raises Refus, DonneeInvalide,
    TransitionImpossible where the agent is gone or the dossier cancelled, Erreur while one of the same form runs.
    """
    _check(forme, objectifs, precisions, assume)
    with transaction.atomic():
        sinistre = verrous.lock(sinistre.pk)
        exiger(acteur, "accompagnement_demander", sinistre)
        _check_dossier(sinistre)
        en_cours = Accompagnement.objects.filter(branche__sinistre=sinistre, branche__etat=EtatBranche.EN_COURS, forme=forme)
        if en_cours.exists():
            raise Erreur("Un accompagnement de cette forme est déjà en cours sur ce dossier.")
        origine = OrigineBranche.COLLECTIVITE if sinistre.collectivite_id in acteur.collectivite_ids else OrigineBranche.CDG

        def metier(branche: Branche) -> Accompagnement:
            choisis = [code for code in ObjectifAccompagnement.values if code in objectifs]
            return Accompagnement.objects.create(branche=branche, forme=forme, objectifs=choisis, precisions=precisions.strip())

        return moteur.ouvrir(
            acteur=acteur, genre=GenreBranche.ACCOMPAGNEMENT, sinistre=sinistre, origine=origine, metier=metier, canal=canal
        )


def _check(forme: str, objectifs: Sequence[str], precisions: str, assume: bool) -> None:
    erreurs: dict[str, list[str]] = {}
    if forme not in FormeAccompagnement.values:
        erreurs["forme"] = ["Choisissez la forme de l’accompagnement dans la liste."]
    if not objectifs or not set(objectifs) <= set(ObjectifAccompagnement.values):
        erreurs["objectifs"] = ["Choisissez au moins un objectif dans la liste."]
    if len(precisions.strip()) > MAX_PRECISIONS:
        erreurs["precisions"] = [f"{MAX_PRECISIONS} caractères au plus."]
    elif revealing_words(precisions) and not assume:
        erreurs["assume"] = [MOTS]
    if erreurs:
        raise DonneeInvalide(erreurs)


MOTS = "Le texte contient des mots qui paraissent médicaux. Retirez-les, ou cochez cette case s’ils ne disent rien de la santé."


def raison_d_impossibilite(sinistre: Sinistre) -> str:
    """Why nobody can be accompanied on this dossier; empty when somebody can."""
    if GenreBranche.ACCOMPAGNEMENT in BRANCHES_INTERDITES.get(sinistre.etat, frozenset()):
        return f"Le dossier est « {sinistre.get_etat_display().lower()} »."
    if sinistre.nature == Nature.DC or (sinistre.etat == Etat.CLOS and sinistre.motif_cloture in GONE):
        return "L’agent n’est plus en fonction dans cette collectivité."
    return ""


def _check_dossier(sinistre: Sinistre) -> None:
    raison = raison_d_impossibilite(sinistre)
    if raison:
        raise TransitionImpossible(f"Un accompagnement n’est pas possible ici. {raison}")
