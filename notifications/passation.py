"""News whose recipient may be told no more: he left, his rights have ended, it has become his own dossier.

What nobody else of the collectivité has been told, or is about to be, passes to those who may be told today. Where there is nobody, it
waits: the page « À joindre autrement » says so, and whoever comes is told.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Habilitation
from notifications.annonces import Nouvelle, annoncer_nouvelles, destinataires_de
from notifications.destinataires import Destinataire, encore_a_dire
from notifications.enums import OUVERTS, Cadence, EtatAnnonce, EtatCourriel, GenreCourriel
from notifications.models import Annonce

REPORT = dt.timedelta(hours=6)
"""News that nobody can be told is looked at again after that long."""
PATIENCE = dt.timedelta(days=30)
"""After that long it is news no more: reminders tell what is still awaited."""
A_DIRE = (EtatAnnonce.EN_ATTENTE, EtatAnnonce.CONFIEE)


def passer(delaissees: Sequence[Annonce]) -> int:
    """Hand these annonces over, as they were read: one that has changed since is left alone. How many found somebody.

    Safe to run twice and at once: an intent is told to a person once (`Annonce.cle`). No `acteur`: it follows from the end of a right.
    """
    lues = {annonce.pk: (annonce.etat, annonce.courriel_id) for annonce in delaissees if annonce.collectivite_id is not None}
    if not lues:
        return 0
    with transaction.atomic():
        rows = Annonce.objects.filter(pk__in=lues).select_related("sinistre__agent", "sinistre__collectivite", "collectivite")
        siennes = [une for une in rows.select_for_update(of=("self",)).order_by("pk") if lues[une.pk] == (une.etat, une.courriel_id)]
        nouvelles = {une.intention: _nouvelle(une) for une in sorted(siennes, key=lambda une: une.intention)}
        freres = _siblings(siennes)
        connues = _told(freres, {une.pk for une in siennes})
        suivants = destinataires_de(list(nouvelles.values()))
        a_passer = [n for n in nouvelles.values() if n.intention not in connues and suivants[n.intention]]
        sans_personne = [une for une in siennes if une.intention not in connues and not suivants[une.intention]]
        annoncer_nouvelles(a_passer)
        _leave(siennes, sans_personne)
        _tell_after_all([f"{n.intention}:{qui.cle}" for n in a_passer for qui in suivants[n.intention]])
    return len(siennes) - len(sans_personne)


def _nouvelle(annonce: Annonce) -> Nouvelle:
    """The fact, as it was first put on record."""
    return Nouvelle(
        GenreCourriel(annonce.genre),
        annonce.intention,
        annonce.sinistre,
        annonce.collectivite_id,
        annonce.collectivite.departement if annonce.collectivite is not None else "",
        donnees=annonce.donnees,
        echeance=annonce.echeance,
        evenement_id=annonce.evenement_id,
    )


def _siblings(annonces: Sequence[Annonce]) -> list[Annonce]:
    """The same facts, to whoever has ever had a right for the collectivité. Two queries."""
    collectivites = {annonce.collectivite_id for annonce in annonces if annonce.collectivite_id is not None}
    people: dict[int | None, set[str]] = defaultdict(lambda: {Destinataire().cle})
    rows = Habilitation.objects.filter(role=Role.COLLECTIVITE, collectivite_id__in=collectivites)
    for collectivite_id, user_id in rows.values_list("collectivite_id", "user_id").distinct():
        people[collectivite_id].add(Destinataire(user_id=user_id).cle)
    cles = {f"{annonce.intention}:{qui}" for annonce in annonces for qui in people[annonce.collectivite_id]}
    found = Annonce.objects.filter(cle__in=cles).select_related("courriel", "sinistre__agent", "collectivite", "destinataire")
    return list(found.order_by("pk"))


def _told(freres: Sequence[Annonce], siennes: set[int]) -> set[str]:
    """The intents that somebody else has been told, or is about to be."""
    autres = [une for une in freres if une.pk not in siennes and une.etat in A_DIRE]
    dites = {une.intention for une in autres if une.courriel is not None and une.courriel.etat == EtatCourriel.ENVOYE}
    en_route = [une for une in autres if une.courriel is None or une.courriel.etat in OUVERTS]
    return dites | {une.intention for une in encore_a_dire(en_route)}


def _leave(siennes: Sequence[Annonce], sans_personne: Sequence[Annonce]) -> None:
    """Take them from whoever had them; those that nobody can be told wait, thirty days."""
    maintenant = timezone.now()
    attendent = [une.pk for une in sans_personne if une.cree_le > maintenant - PATIENCE]
    Annonce.objects.filter(pk__in=attendent).update(
        etat=EtatAnnonce.EN_ATTENTE, courriel=None, cadence=Cadence.RECAPITULATIF, prevue_le=maintenant + REPORT
    )
    Annonce.objects.filter(pk__in={une.pk for une in siennes} - set(attendent)).update(etat=EtatAnnonce.SANS_OBJET)


def _tell_after_all(cles: Sequence[str]) -> None:
    """Somebody who left, and is back: what was taken from him unsaid is his again."""
    Annonce.objects.filter(cle__in=cles, etat=EtatAnnonce.SANS_OBJET).update(
        etat=EtatAnnonce.EN_ATTENTE, courriel=None, cadence=Cadence.RECAPITULATIF, prevue_le=timezone.now()
    )
