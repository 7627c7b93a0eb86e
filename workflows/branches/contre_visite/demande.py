"""Asking for a contre-visite: at any time while the leave is open, by the collectivité, by the CDG, or because the texts impose it."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from accounts.gate import exiger, peut
from accounts.models import User
from cases.enums import BRANCHES_INTERDITES, Canal, GenreBranche, GenreEcheance, GenreTache, OrigineBranche
from cases.enums_contre_visite import LieuContreVisite, MotifContreVisite
from cases.errors import DonneeInvalide, TransitionImpossible
from cases.models import Arret, Branche, ContreVisite, Sinistre, Tache
from cases.rules import add_months
from cases.services import echeances, taches
from contracts.enums import IMPUTABLES, Nature
from workflows import lifecycle, moteur
from workflows.effects import CONTROLE_NOTICE

CONTROLABLES = frozenset({Nature.CMO, Nature.CLM, Nature.CLD, Nature.CGM, Nature.TPT, Nature.PATHO}) | IMPUTABLES
"""Leaves that a certificate justifies: no other can be found unjustified."""

A_SIX_MOIS = frozenset({Nature.CMO}) | IMPUTABLES
"""Leaves that must be controlled once they have lasted six months (domain: §1.4, §3)."""


def demander(
    *,
    acteur: User,
    sinistre: Sinistre,
    motif: str,
    lieu: str = LieuContreVisite.CABINET,
    adresse: str = "",
    souhaits: str = "",
    arret: Arret | None = None,
    canal: Canal = Canal.PORTAIL,
) -> Branche:
    """Open a contre-visite of the arrêt `arret` (the latest one unless told) on a visible sinistre.

    With the motive CONTROLE_6_MOIS it is the control that the texts impose: the work item that asked for it ends with it. Raises
    Sinistre.DoesNotExist, Refus, TransitionImpossible (state, leave over, nature), DonneeInvalide, Erreur when one is running already.
    """
    with transaction.atomic():
        verrouille = lifecycle.lock_visible(acteur, sinistre.numero)
        exiger(acteur, "contre_visite_demander", verrouille)
        _require_open_leave(verrouille)
        controle = _arret(verrouille, arret)
        _check(verrouille, motif, lieu, adresse, canal, par_le_cdg=peut(acteur, "contre_visite_mener", verrouille))
        obligatoire = motif == MotifContreVisite.CONTROLE_6_MOIS
        attendu = obligatoire and _was_asked_by_rule(verrouille)

        def metier(branche: Branche) -> ContreVisite:
            return ContreVisite.objects.create(
                branche=branche,
                arret=controle,
                motif=motif,
                obligatoire=obligatoire,
                lieu_souhaite=lieu,
                adresse_visite=adresse.strip()[:300],
                souhaits=souhaits.strip()[:200],
            )

        branche = moteur.ouvrir(
            acteur=acteur,
            genre=GenreBranche.CONTRE_VISITE,
            sinistre=verrouille,
            origine=OrigineBranche.REGLE if attendu else _origine(acteur, verrouille, canal),
            metier=metier,
            canal=canal,
        )
        if obligatoire:
            echeances.lever(sinistre=verrouille, genres=[GenreEcheance.CONTROLE_6_MOIS])
            taches.fermer(sinistre=verrouille, genres=[GenreTache.CONTROLE_6_MOIS], issue="contre_visite")
    return branche


def est_controlable(sinistre: Sinistre) -> bool:
    """Whether a page may propose it: an open leave of a nature that a certificate justifies."""
    interdit = GenreBranche.CONTRE_VISITE in BRANCHES_INTERDITES.get(sinistre.etat, frozenset())
    return not interdit and sinistre.reprise_effective is None and sinistre.nature in CONTROLABLES


def arrets_controlables(sinistre: Sinistre) -> list[Arret]:
    """The active arrêts that have begun, latest first."""
    return list(Arret.objects.filter(sinistre=sinistre, actif=True, debut__lte=timezone.localdate()).order_by("-fin", "-pk"))


def controle_impose_des(sinistre: Sinistre) -> dt.date | None:
    """From which day the control of the six months can be asked for; None for a leave that has none."""
    if sinistre.nature not in A_SIX_MOIS:
        return None
    return add_months(sinistre.survenance, 6) - dt.timedelta(days=CONTROLE_NOTICE)


def _require_open_leave(sinistre: Sinistre) -> None:
    if GenreBranche.CONTRE_VISITE in BRANCHES_INTERDITES.get(sinistre.etat, frozenset()):
        raise TransitionImpossible(f"Le dossier est « {sinistre.get_etat_display().lower()} » : il n’y a plus d’arrêt à contrôler.")
    if sinistre.reprise_effective is not None:
        raise TransitionImpossible(f"L’agent a repris le {sinistre.reprise_effective:%d/%m/%Y} : il n’y a plus d’arrêt à contrôler.")
    if sinistre.nature not in CONTROLABLES:
        raise TransitionImpossible(f"Ce congé ne se contrôle pas par une contre-visite : {sinistre.get_nature_display().lower()}.")


def _arret(sinistre: Sinistre, arret: Arret | None) -> Arret:
    possibles = arrets_controlables(sinistre)
    if not possibles:
        raise TransitionImpossible("Aucun arrêt de ce dossier n’a commencé : il n’y a rien à contrôler.")
    if arret is None:
        return possibles[0]
    if arret not in possibles:
        raise DonneeInvalide.sur("arret", "Choisissez un arrêt de ce dossier, déjà commencé.")
    return arret


def _check(sinistre: Sinistre, motif: str, lieu: str, adresse: str, canal: str, *, par_le_cdg: bool) -> None:
    erreurs: dict[str, list[str]] = {}
    if motif not in MotifContreVisite.values:
        erreurs["motif"] = ["Choisissez le motif dans la liste."]
    elif motif == MotifContreVisite.CONTROLE_6_MOIS:
        des = controle_impose_des(sinistre)
        if des is None:
            erreurs["motif"] = ["Ce congé n’a pas de contrôle obligatoire à six mois."]
        elif timezone.localdate() < des:
            erreurs["motif"] = [f"Le contrôle des six mois se demande à partir du {des:%d/%m/%Y}."]
    if lieu not in LieuContreVisite.values:
        erreurs["lieu"] = ["Choisissez le lieu dans la liste."]
    elif lieu == LieuContreVisite.DOMICILE and not adresse.strip():
        erreurs["adresse"] = ["Donnez l’adresse où l’agent peut être visité."]
    if canal not in Canal.values or (not par_le_cdg and canal not in (Canal.PORTAIL, Canal.API)):
        erreurs["canal"] = ["Cette voie n’est pas la vôtre."]
    if erreurs:
        raise DonneeInvalide(erreurs)


def _origine(acteur: User, sinistre: Sinistre, canal: Canal) -> OrigineBranche:
    """A request that came to the CDG by telephone, fax or letter is the collectivité's."""
    if peut(acteur, "contre_visite_mener", sinistre) and canal in (Canal.PORTAIL, Canal.API):
        return OrigineBranche.CDG
    return OrigineBranche.COLLECTIVITE


def _was_asked_by_rule(sinistre: Sinistre) -> bool:
    return Tache.objects.filter(sinistre=sinistre, genre=GenreTache.CONTROLE_6_MOIS, fermee_le__isnull=True).exists()
