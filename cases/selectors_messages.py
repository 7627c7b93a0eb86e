"""Reads of the messages between the CDG and a collectivité, and of the answers kept ready."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, Q, QuerySet, Subquery

from accounts.enums import Relation, Role
from accounts.gate import peut, relations_of
from accounts.models import Habilitation, User
from cases.enums import GenreTache
from cases.enums_message import SensMessage
from cases.models import Message, ReponseType, Sinistre, Tache
from cases.selectors import sinistres_visibles

REPONDU_PAR = {SensMessage.VERS_COLLECTIVITE: SensMessage.VERS_CDG, SensMessage.VERS_CDG: SensMessage.VERS_COLLECTIVITE}
"""The other direction: what one side writes, the other reads."""


@dataclass(frozen=True)
class Montres:
    """Messages for a page, newest first: the last ones, and older ones that the reader's side has not read. `precedents`: the message
    before which there are others, None when all are here."""

    derniers: Sequence[Message]
    non_lus_plus_anciens: Sequence[Message]
    precedents: int | None


def sens_de(user: User, sinistre: Sinistre) -> SensMessage:
    """The direction in which `user`, whose right the caller has checked, writes on this dossier.

    Somebody of its collectivité writes for it, even if he works at the CDG besides: nobody is on both sides of a conversation.
    """
    return SensMessage.VERS_CDG if sinistre.collectivite_id in user.collectivite_ids else SensMessage.VERS_COLLECTIVITE


def messages_du_sinistre(user: User, sinistre: Sinistre) -> QuerySet[Message]:
    """The conversation, newest first; none for whoever may not read it."""
    if not peut(user, "messages_lire", sinistre):
        return Message.objects.none()
    return Message.objects.filter(sinistre=sinistre).select_related("auteur", "lu_par").order_by("-pk")


def non_lus_de(user: User, sinistre: Sinistre) -> QuerySet[Message]:
    """Those addressed to the side of `user` that nobody there has read."""
    return messages_du_sinistre(user, sinistre).filter(sens=REPONDU_PAR[sens_de(user, sinistre)], lu_le__isnull=True)


def messages_a_montrer(user: User, sinistre: Sinistre, *, recents: int, plafond: int, avant: int | None = None) -> Montres:
    """What a page shows of the conversation, before the message `avant` when it is given. One query, however long it is."""
    lisibles, tous = messages_du_sinistre(user, sinistre), Message.objects.filter(sinistre=sinistre).order_by("-pk")
    if avant is not None:
        lisibles, tous = lisibles.filter(pk__lt=avant), tous.filter(pk__lt=avant)
    combien = tous.order_by().values("sinistre").annotate(n=Count("pk")).values("n")
    a_lire = Q(sens=REPONDU_PAR[sens_de(user, sinistre)], lu_le__isnull=True)
    found = list(lisibles.filter(Q(pk__in=tous.values("pk")[:recents]) | a_lire).annotate(en_tout=Subquery(combien))[: recents + plafond])
    derniers, anciens = found[:recents], found[recents:]
    reste = bool(found) and found[0].en_tout > len(found)
    return Montres(derniers, anciens, derniers[-1].pk if reste else None)


def reponse_attendue(user: User, sinistre: Sinistre) -> bool:
    """Whether the collectivité waits for an answer, for whoever of the CDG may give it."""
    if not peut(user, "message_ecrire", sinistre) or sens_de(user, sinistre) != SensMessage.VERS_COLLECTIVITE:
        return False
    return tache_de_reponse(sinistre).exists()


def tache_de_reponse(sinistre: Sinistre) -> QuerySet[Tache]:
    """The open item « répondre » of a dossier: one at most."""
    return Tache.objects.filter(genre=GenreTache.REPONDRE_MESSAGE, objet_type="sinistre", objet_id=sinistre.pk, fermee_le__isnull=True)


def dossiers_a_lire(user: User) -> list[tuple[Sinistre, int, dt.datetime]]:
    """The dossiers of the user's collectivités with messages that nobody there has read: how many, and when the last came. Two queries."""
    siens = sinistres_visibles(user, "messages_lire").filter(collectivite_id__in=user.collectivite_ids)
    comptes = (
        Message.objects.filter(sinistre__in=siens, sens=SensMessage.VERS_COLLECTIVITE, lu_le__isnull=True)
        .order_by()
        .values_list("sinistre_id")
        .annotate(nombre=Count("pk"), dernier=Max("le"))
    )
    par_id = {pk: (nombre, dernier) for pk, nombre, dernier in comptes}
    if not par_id:
        return []
    dossiers = Sinistre.objects.filter(pk__in=par_id).select_related("agent", "collectivite")
    return sorted(((s, *par_id[s.pk]) for s in dossiers), key=lambda ligne: (ligne[2], ligne[0].pk), reverse=True)


def lecteurs_de_la_collectivite(sinistre: Sinistre) -> QuerySet[User]:
    """Who will read a message sent to the collectivité of a dossier: its active people, the agent himself left out."""
    actives = Habilitation.objects.actives().filter(role=Role.COLLECTIVITE, collectivite_id=sinistre.collectivite_id)
    return User.objects.filter(is_active=True, pk__in=actives.values("user_id")).exclude(pk=sinistre.agent.compte_id or 0)


def reponses_en_usage(user: User) -> QuerySet[ReponseType]:
    """The answers that whoever writes to collectivités may start from."""
    if Relation.PORTEFEUILLE not in relations_of(user, "message_ecrire"):
        return ReponseType.objects.none()
    return ReponseType.objects.filter(active=True)


def reponses_types(user: User) -> QuerySet[ReponseType]:
    """All of them, those put aside last, for whoever keeps the list."""
    if not peut(user, "reponses_types_modifier"):
        return ReponseType.objects.none()
    return ReponseType.objects.select_related("modifiee_par").order_by("-active", "titre", "pk")
