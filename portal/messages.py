"""What the pages of both doors show of a conversation, and the form that writes in it. Rules stand in cases/services/messages.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.urls import reverse

from accounts.gate import peut
from accounts.models import User
from cases.enums_message import RaisonMots, SensMessage
from cases.models import Message, Sinistre
from cases.selectors_messages import (
    lecteurs_de_la_collectivite,
    messages_a_montrer,
    reponse_attendue,
    reponses_en_usage,
    sens_de,
)
from cases.services.messages import MAX_TEXTE
from portal.procedures import COLLECTIVITE, GESTION

RECENTS = 10
"""How many messages the page of a dossier shows, beside those that were not read; the conversation's own page shows LIMITE."""
LIMITE = 500

ECRIT = {GESTION: SensMessage.VERS_COLLECTIVITE, COLLECTIVITE: SensMessage.VERS_CDG}
"""The direction in which one writes at each door."""

TITRES = {GESTION: "Message à la collectivité", COLLECTIVITE: "Écrire au centre de gestion"}


class MessageForm(forms.Form):
    """`vu`: the last message before one's eyes when the form was drawn."""

    texte = forms.CharField(
        label="Votre message", strip=False, widget=forms.Textarea(attrs={"rows": 5, "maxlength": MAX_TEXTE}),
        error_messages={"required": "Écrivez votre message."},
    )  # fmt: skip
    raison = forms.ChoiceField(
        label="Pourquoi garder ces mots", choices=[("", "Choisissez"), *RaisonMots.choices], required=False,
        help_text="La raison est gardée au journal, les mots ne le sont pas.",
    )  # fmt: skip
    reponse_type = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    vu = forms.IntegerField(required=False, min_value=0, max_value=2**63 - 1, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, porte: str, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="message_%s", initial=initial)
        champ = self.fields["texte"]
        champ.help_text = "Jamais d’information de santé : la collectivité lira ce texte tel quel."
        if porte == GESTION:
            champ.widget.attrs |= {"data-touche": "m", "data-aide": "Écrire un message à la collectivité"}
        else:
            champ.help_text = "Jamais d’information de santé : les gestionnaires ne doivent pas la connaître."


@dataclass(frozen=True)
class Ligne:
    """A message as one door reads it. `lu`: for what one's own side sent, whether the other has read it."""

    pk: int
    auteur: str
    siens: bool
    le: dt.datetime
    texte: str
    nouveau: bool
    lu_le: dt.datetime | None
    lu_par: str


def contexte_messages(user: User, sinistre: Sinistre, porte: str, *, limite: int = RECENTS, avant: int | None = None) -> dict[str, Any]:
    """The conversation of one dossier for its page, and an empty form for whoever may write at this door.

    `avant`: only what came before that message, to read and not to answer, since the last ones are not before one's eyes.
    """
    montres = messages_a_montrer(user, sinistre, recents=limite, plafond=LIMITE, avant=avant)
    lus = [*montres.derniers, *montres.non_lus_plus_anciens]
    ecrit = avant is None and peut(user, "message_ecrire", sinistre) and sens_de(user, sinistre) == ECRIT[porte]
    return {
        "peut_lire_messages": peut(user, "messages_lire", sinistre),
        "conversation": [_line(un, porte) for un in montres.derniers],
        "non_lus_plus_anciens": [_line(un, porte) for un in montres.non_lus_plus_anciens],
        "messages_precedents": montres.precedents,
        "message_form": MessageForm(porte=porte, initial={"vu": lus[0].pk if lus else 0}) if ecrit else None,
        "message_titre": TITRES[porte],
        "message_part": porte == GESTION,
        "reponses_types": list(reponses_en_usage(user).only("pk", "titre")) if ecrit and porte == GESTION else [],
        "reponse_attendue": porte == GESTION and _waits(lus) and reponse_attendue(user, sinistre),
        "url_messages": reverse(f"{porte}:messages", args=[sinistre.numero]),
    }


def a_lire(contexte: dict[str, Any]) -> list[int]:
    """The messages that a page drawn with this context shows and that nobody of its side had read."""
    return [ligne.pk for ligne in (*contexte["conversation"], *contexte["non_lus_plus_anciens"]) if ligne.nouveau]


def qui_lira(sinistre: Sinistre, porte: str) -> str:
    """Who will read what is about to be sent, and how they will know."""
    if porte == COLLECTIVITE:
        return "Ce message sera lu par les gestionnaires du centre de gestion, avec votre nom. Il reste au dossier."
    nom, combien = sinistre.collectivite.nom, lecteurs_de_la_collectivite(sinistre).count()
    if combien:
        return f"Ce message sera lu par {nom} ({combien} personne{'s' if combien > 1 else ''}). Un courriel l’annoncera, sans son contenu."
    if sinistre.collectivite.email:
        return f"Personne n’a encore d’accès pour {nom}. Un courriel à son adresse de contact annoncera ce message, sans son contenu."
    return f"Personne n’a encore d’accès pour {nom}, et son adresse de contact est inconnue : rien ne lui annoncera ce message."


def _waits(lus: Sequence[Message]) -> bool:
    """An answer is awaited only where the collectivité has written: almost no dossier asks the base."""
    return any(un.sens == SensMessage.VERS_CDG for un in lus)


def _line(un: Message, porte: str) -> Ligne:
    du_cdg = un.sens == SensMessage.VERS_COLLECTIVITE
    siens = un.sens == ECRIT[porte]
    lu_par = un.lu_par.get_full_name() if un.lu_par is not None else ""
    if porte == COLLECTIVITE:
        auteur = "Centre de gestion" if du_cdg else un.auteur.get_full_name()
        lu_par = "le centre de gestion" if siens else lu_par
    else:
        auteur = f"{un.auteur.get_full_name()}, {'centre de gestion' if du_cdg else 'collectivité'}"
    return Ligne(un.pk, auteur, siens, un.le, un.texte, not siens and un.lu_le is None, un.lu_le, lu_par)
