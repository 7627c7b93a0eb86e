"""Messages between the CDG and a collectivité on a dossier: write, read, say that none is expected in return.

A message that a collectivité writes opens the item « répondre »; answering closes it, unless another has come that whoever answers had
not before his eyes. Neither the journal nor an event holds its text.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from accounts.gate import Refus, exiger
from accounts.models import User
from cases.enums import GenreTache
from cases.enums_message import RaisonMots, SensMessage
from cases.errors import AlerteAConfirmer, DonneeInvalide, Erreur
from cases.models import Message, ReponseType, Sinistre
from cases.mots_medicaux import MOTS_MEDICAUX, revealing_words
from cases.selectors_messages import non_lus_de, sens_de, tache_de_reponse
from cases.services import taches
from journal.services import Objet, annoncer, consigner, consigner_tous

MAX_TEXTE = 4000
MEME_ENVOI = dt.timedelta(minutes=2)
"""The same text from the same person within this time is one message: a second click sends nothing more."""

_RENVERSENT = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks of direction, by which a text may be shown otherwise than it is."""


def verifier(*, acteur: User, sinistre: Sinistre, texte: str, raison: str = "") -> str:
    """The text as it would be sent, before anything is. `raison`: a RaisonMots, for words that look medical.

    Raises Refus, DonneeInvalide (empty, too long, forbidden characters), AlerteAConfirmer naming the words when no reason is given.
    """
    exiger(acteur, "message_ecrire", sinistre)
    propre = texte.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not propre:
        raise DonneeInvalide.sur("texte", "Écrivez votre message.")
    if len(propre) > MAX_TEXTE:
        raise DonneeInvalide.sur("texte", f"Ce message a {len(propre)} caractères : {MAX_TEXTE} au plus.")
    if any(c in _RENVERSENT or (unicodedata.category(c) == "Cc" and c not in "\n\t") for c in propre):
        raise DonneeInvalide.sur("texte", "Ce texte contient un caractère interdit.")
    if raison and raison not in RaisonMots.values:
        raise DonneeInvalide.sur("raison", "Choisissez la raison dans la liste.")
    mots = revealing_words(propre)
    if mots and not raison:
        cites = ", ".join(f"«\u00a0{mot}\u00a0»" for mot in mots)
        raise AlerteAConfirmer({MOTS_MEDICAUX: f"Ce message contient des mots qui paraissent médicaux\u00a0: {cites}."})
    return propre


def ecrire(
    *, acteur: User, sinistre: Sinistre, texte: str, reponse_type: ReponseType | None = None, raison: str = "", vu: int | None = None
) -> Message:  # fmt: skip
    """Send a message: to the collectivité when the CDG writes, to the CDG when the collectivité does.

    `vu`: the id of the last message that whoever answers had before his eyes, None when he saw them all. The same text sent twice in
    a row by one person is one message, given back. Raises as `verifier`.
    """
    propre = verifier(acteur=acteur, sinistre=sinistre, texte=texte, raison=raison)
    with transaction.atomic():
        dossier = _lock(sinistre)
        exiger(acteur, "message_ecrire", dossier)
        sens = sens_de(acteur, dossier)
        deja = _sent_already(acteur, dossier, propre)
        if deja is not None:
            return deja
        assumes = bool(revealing_words(propre))
        message = Message.objects.create(
            sinistre=dossier,
            auteur=acteur,
            sens=sens,
            texte=propre,
            reponse_type=reponse_type if sens == SensMessage.VERS_COLLECTIVITE else None,
        )
        consigner(
            acteur=acteur,
            action="message.envoye" if sens == SensMessage.VERS_COLLECTIVITE else "message.recu",
            objet_type="message",
            objet_id=message.pk,
            sinistre_id=dossier.pk,
            motif=RaisonMots(raison).label if assumes else "",
            donnees={"longueur": len(propre), "reponse_type": message.reponse_type_id},
        )
        annoncer(type="message.ecrit", objet_type="message", objet_id=message.pk, sinistre_id=dossier.pk, donnees={"sens": sens.value})
        if sens == SensMessage.VERS_CDG:
            _ask_for_an_answer(dossier)
        elif not _unseen(dossier, vu):
            taches.fermer_objet(genre=GenreTache.REPONDRE_MESSAGE, objet_type="sinistre", objet_id=dossier.pk, issue="repondu")
    return message


def sans_reponse(*, acteur: User, sinistre: Sinistre, vu: int | None = None) -> None:
    """« Sans réponse nécessaire »: the collectivité's message waits for nothing.

    Raises Refus, DejaPris when another holds the item, Erreur when none is open or when a message came that had not been seen.
    """
    with transaction.atomic():
        dossier = _lock(sinistre)
        exiger(acteur, "message_ecrire", dossier)
        if sens_de(acteur, dossier) != SensMessage.VERS_COLLECTIVITE:
            raise Refus("Le centre de gestion seul dit qu’un message n’attend pas de réponse.", action="message_ecrire", visible=True)
        tache = tache_de_reponse(dossier).first()
        if tache is None:
            raise Erreur("Aucun message n’attend de réponse sur ce dossier.")
        if _unseen(dossier, vu):
            raise Erreur("La collectivité vient d’écrire de nouveau\u00a0: lisez d’abord son message.")
        taches.terminer(acteur=acteur, tache=tache, commentaire="Sans réponse nécessaire")


def marquer_lus(*, lecteur: User, sinistre: Sinistre, montres: Collection[int]) -> int:
    """Mark as read, among the messages that were shown (their ids), those addressed to the side of `lecteur` on this dossier.

    Twice changes nothing. Returns how many. Raises Refus for whoever may not read the messages.
    """
    exiger(lecteur, "messages_lire", sinistre)
    with transaction.atomic():
        attendus = non_lus_de(lecteur, sinistre).filter(pk__in=montres).select_related(None)
        lus = list(attendus.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
        if lus:
            Message.objects.filter(pk__in=lus).update(lu_le=timezone.now(), lu_par=lecteur)
            objets = [Objet("message", pk, sinistre.pk) for pk in lus]
            consigner_tous(acteur=lecteur, action="message.lu", objets=objets)
    return len(lus)


def _lock(sinistre: Sinistre) -> Sinistre:
    return Sinistre.objects.select_for_update(of=("self",)).select_related("collectivite", "agent", "contrat").get(pk=sinistre.pk)


def _sent_already(acteur: User, sinistre: Sinistre, texte: str) -> Message | None:
    recents = Message.objects.filter(sinistre=sinistre, auteur=acteur, le__gt=timezone.now() - MEME_ENVOI)
    return recents.filter(texte=texte).order_by("-pk").first()


def _unseen(sinistre: Sinistre, vu: int | None) -> bool:
    """Whether the collectivité has written since the last message that was seen."""
    return vu is not None and Message.objects.filter(sinistre=sinistre, sens=SensMessage.VERS_CDG, pk__gt=vu).exists()


def _ask_for_an_answer(sinistre: Sinistre) -> None:
    """Open the item, or bring back the one that was put aside: what it waited for has come."""
    taches.ouvrir(genre=GenreTache.REPONDRE_MESSAGE, sinistre=sinistre)
    for tache in tache_de_reponse(sinistre).filter(suspendue=True):
        taches.reprendre(acteur=None, tache=tache)
