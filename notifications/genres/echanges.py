"""News about what people send each other: a message on a dossier, a mission entrusted in the bulle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.conf import settings
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Habilitation
from cases.enums import FileTravail
from cases.enums_message import SensMessage
from cases.models import Message, Tache
from cases.models.avis import Delegation
from notifications.enums import Cadence, GenreCourriel
from notifications.genres.base import TOUTES, Dire, Genre, aussitot, aux_heures_ouvrees, en_toutes_lettres, les_dernieres, page_du_dossier
from notifications.models import Annonce

EQUIPE = frozenset({Role.GESTIONNAIRE, Role.RESPONSABLE})
MISSIONNES = frozenset({Role.MEDECIN_CONSEIL, Role.EXPERT})
"""Who is told that something waits in the bulle. Not the psychologue: an e-mail to one would let the outbox show that somebody has
asked for a soutien, and when."""

DANS_LA_BULLE = (FileTravail.MISSIONS, FileTravail.MEDECIN)


def _unread(annonces: Sequence[Annonce]) -> dict[int, Dire]:
    """Messages that nobody on the other side has read, one news a dossier; to a gestionnaire as long as he is one."""
    ids = [annonce.sinistre_id for annonce in annonces if annonce.sinistre_id is not None]
    non_lus = Counter(Message.objects.filter(sinistre_id__in=ids, lu_le__isnull=True).values_list("sinistre_id", "sens"))
    equipe = _holding(EQUIPE, annonces)
    found: dict[int, Dire] = {}
    for annonce in les_dernieres(annonces):
        sens = annonce.donnees["sens"]
        nombre = non_lus[annonce.sinistre_id or 0, sens]
        au_cdg = sens == SensMessage.VERS_CDG
        if annonce.sinistre is None or not nombre or (au_cdg and annonce.destinataire_id not in equipe):
            continue
        lien = page_du_dossier(annonce.sinistre, "messages/")
        if au_cdg:
            lien = f"{settings.PUBLIC_URL}/gestion/dossiers/{annonce.sinistre.numero}/messages/"
        found[annonce.pk] = Dire(lien, {"messages": en_toutes_lettres(nombre, "un message", "messages")})
    return found


def _missions(annonces: Sequence[Annonce]) -> dict[int, Dire]:
    """How many things wait in the bulle for each person, those of the médecins he replaces today included: one line, without any name."""
    people = _holding(MISSIONNES, annonces)
    aujourd_hui = timezone.localdate()
    delegations = Delegation.objects.filter(remplacant_id__in=people, debut__lte=aujourd_hui, fin__gte=aujourd_hui, retiree_le__isnull=True)
    siens: dict[int, set[int]] = {pk: {pk} for pk in people}
    for remplacant, medecin in delegations.values_list("remplacant_id", "medecin_id"):
        siens[remplacant].add(medecin)
    attendent = Counter(
        Tache.objects.filter(
            file__in=DANS_LA_BULLE, destinataire_id__in=set().union(*siens.values()), fermee_le__isnull=True, suspendue=False
        ).values_list("destinataire_id", flat=True)
    )
    found: dict[int, Dire] = {}
    for annonce in les_dernieres(annonces):
        nombre = sum(attendent[pk] for pk in siens.get(annonce.destinataire_id or 0, ()))
        if nombre:
            found[annonce.pk] = Dire(f"{settings.BULLE_URL}/", {"elements": en_toutes_lettres(nombre, "un élément", "éléments")})
    return found


def _holding(roles: frozenset[Role], annonces: Sequence[Annonce]) -> set[int]:
    """Those of the recipients who hold one of these roles today."""
    people = {annonce.destinataire_id for annonce in annonces if annonce.destinataire_id is not None}
    actives = Habilitation.objects.actives().filter(role__in=roles, user_id__in=people)
    return set(actives.values_list("user_id", flat=True))


GENRES = (
    Genre(
        GenreCourriel.MESSAGE,
        Cadence.AUSSITOT,
        TOUTES,
        _unread,
        {"messages": "un message"},
        aussitot,
        roles=frozenset({Role.COLLECTIVITE}) | EQUIPE,
    ),
    Genre(
        GenreCourriel.MISSION,
        Cadence.RECAPITULATIF,
        TOUTES,
        _missions,
        {"elements": "3 éléments"},
        aux_heures_ouvrees,
        roles=MISSIONNES,
    ),
)
