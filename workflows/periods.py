"""Épisodes and arrêts: added, cut, split. Called under the lock of the sinistre, inside the caller's transaction."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Max

from cases.enums import GenreArret
from cases.errors import AlerteAConfirmer, DonneeInvalide
from cases.models import Arret, Episode, Sinistre
from cases.selectors import arrets_recouverts
from documents.conditions import SAME_LEAVE_DAYS
from workflows.demande import ArretDemande

ONE_DAY = dt.timedelta(days=1)
GAP_ALERT = dt.timedelta(days=SAME_LEAVE_DAYS)
"""A prolongation that starts later than this after the last arrêt is probably a new sinistre (48 hours apart, plus the day itself)."""


def check_arret(demande: ArretDemande, *, survenance: dt.date, genre: str) -> None:
    """Raise DonneeInvalide on the field that is wrong."""
    erreurs: dict[str, list[str]] = {}
    if demande.fin < demande.debut:
        erreurs["arret.fin"] = ["La fin de l’arrêt précède son début."]
    elif (demande.fin - demande.debut).days > 366 * 5:
        erreurs["arret.fin"] = ["Un seul certificat ne couvre pas plus de cinq ans : vérifiez la date."]
    if demande.debut < survenance:
        erreurs["arret.debut"] = ["L’arrêt commence avant la survenance du sinistre."]
    if demande.certificat > demande.fin and demande.fin >= demande.debut:
        erreurs["arret.certificat"] = ["Le certificat est établi après la fin de l’arrêt."]
    if genre == GenreArret.TPT and demande.quotite not in (50, 60, 70, 80, 90):
        erreurs["arret.quotite"] = ["La quotité est de 50, 60, 70, 80 ou 90 %."]
    if genre != GenreArret.TPT and demande.quotite is not None:
        erreurs["arret.quotite"] = ["Seul un temps partiel thérapeutique a une quotité."]
    if erreurs:
        raise DonneeInvalide(erreurs)


def add_arret(*, sinistre: Sinistre, episode: Episode, genre: str, demande: ArretDemande, alertes_assumees: str = "") -> Arret:
    """Create an active arrêt. Raises DonneeInvalide when it shares a day with another of the sinistre."""
    try:
        with transaction.atomic():
            return Arret.objects.create(
                sinistre=sinistre,
                episode=episode,
                genre=genre,
                debut=demande.debut,
                fin=demande.fin,
                certificat_du=demande.certificat,
                quotite=demande.quotite,
                motif_recouvrement=alertes_assumees,
            )
    except IntegrityError as error:
        if "arret_sans_recouvrement" not in str(error):
            raise
        raise DonneeInvalide.sur("arret.debut", "Cette période recouvre un autre arrêt du même dossier.") from error


def current_episode(sinistre: Sinistre) -> Episode:
    """The latest épisode. Every sinistre has at least its initial one."""
    episode = sinistre.episodes.order_by("-rang").first()
    if episode is None:
        raise Episode.DoesNotExist(f"Sinistre {sinistre.pk} has no épisode")
    return episode


def open_episode(*, sinistre: Sinistre, genre: str, nature: str, debut: dt.date, decision: str = "") -> Episode:
    """Open the next épisode; the one before ends the day before (or on its own first day, where they start together)."""
    avant = sinistre.episodes.order_by("-rang").first()
    if avant is not None and avant.fin is None:
        avant.fin = max(avant.debut, debut - ONE_DAY)
        avant.save(update_fields=["fin"])
    rang = (sinistre.episodes.aggregate(dernier=Max("rang"))["dernier"] or 0) + 1
    return Episode.objects.create(sinistre=sinistre, rang=rang, genre=genre, nature=nature, debut=debut, decision=decision)


def prolongation_alerts(sinistre: Sinistre, demande: ArretDemande) -> dict[str, str]:
    """Probable mistakes of a prolongation: a gap after the last arrêt, a day shared with another sinistre of the agent."""
    alertes = overlap_alerts(sinistre.agent_id, demande, hors=sinistre.pk)
    dernier = sinistre.arrets.filter(actif=True).order_by("-fin").first()
    if dernier is not None and demande.debut > dernier.fin + GAP_ALERT:
        alertes["interruption"] = f"L’arrêt précédent finissait le {dernier.fin:%d/%m/%Y} : cet arrêt n’est peut-être pas sa prolongation."
    return alertes


def overlap_alerts(agent_id: int, demande: ArretDemande, *, hors: int | None = None) -> dict[str, str]:
    """The other live sinistres of the agent that share a day with this arrêt."""
    autres = arrets_recouverts(agent_id=agent_id, debut=demande.debut, fin=demande.fin, hors=hors)
    numeros = sorted(set(autres.values_list("sinistre__numero", flat=True)))
    if not numeros:
        return {}
    return {"recouvrement": f"Cet arrêt recouvre celui d’un autre dossier du même agent : {', '.join(numeros)}."}


def confirm(alertes: dict[str, str], assumees: str) -> None:
    """Going on past an alert is allowed, with its reason. Raises AlerteAConfirmer without one."""
    if alertes and not assumees.strip():
        raise AlerteAConfirmer(alertes)


def cut_before(arrets: list[Arret], jour: dt.date) -> list[Arret]:
    """End these arrêts the day before `jour`; one that starts on it or after is set aside. Returns those that changed."""
    changed = []
    for arret in arrets:
        if arret.debut >= jour:
            arret.actif = False
        elif arret.fin >= jour:
            arret.fin = jour - ONE_DAY
        else:
            continue
        arret.save(update_fields=["fin", "actif"])
        changed.append(arret)
    return changed


def split_at(sinistre: Sinistre, jour: dt.date, suite: Episode) -> None:
    """From `jour` on, the sinistre's arrêts belong to `suite`: one that straddles the day becomes two."""
    for arret in sinistre.arrets.filter(actif=True, fin__gte=jour).order_by("debut"):
        if arret.debut >= jour:
            arret.episode = suite
            arret.save(update_fields=["episode"])
            continue
        fin = arret.fin
        arret.fin = jour - ONE_DAY
        arret.save(update_fields=["fin"])
        Arret.objects.create(
            sinistre=sinistre,
            episode=suite,
            genre=GenreArret.PROLONGATION if arret.genre != GenreArret.TPT else GenreArret.TPT,
            debut=jour,
            fin=fin,
            certificat_du=arret.certificat_du,
            quotite=arret.quotite,
        )
