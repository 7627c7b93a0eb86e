"""News whose recipient may be told no more: he left, his rights have ended, it has become his own dossier.

What nobody else of the collectivité has been told, or is about to be, passes to those who may be told today. Where there is nobody, it
waits: the page « À joindre autrement » says so, and whoever comes is told.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from notifications.annonces import Nouvelle, preparer
from notifications.destinataires import encore_a_dire
from notifications.enums import OUVERTS, Cadence, EtatAnnonce, EtatCourriel, GenreCourriel
from notifications.models import Annonce, Courriel

REPORT = dt.timedelta(hours=6)
"""News that nobody can be told is looked at again after that long."""
PATIENCE = dt.timedelta(days=30)
"""After that long it is news no more: reminders tell what is still awaited."""
A_DIRE = (EtatAnnonce.EN_ATTENTE, EtatAnnonce.CONFIEE)


def passer(delaissees: Sequence[Annonce], *, tenus: QuerySet[Courriel] | None = None) -> bool:
    """Hand these annonces over, as they were read: one that has changed since is left alone.

    `tenus` is the e-mail that carries them, while whoever sends it still holds it: it loses the words written of them at an earlier
    attempt. False, and nothing is changed, where he does not any more.
    Safe to run twice and at once: an intent is told to a person once (`Annonce.cle`). No `acteur`: it follows from the end of a right.
    """
    lues = {annonce.pk: (annonce.etat, annonce.courriel_id) for annonce in delaissees if annonce.collectivite_id is not None}
    if not lues:
        return True
    with transaction.atomic():
        if tenus is not None and not tenus.select_for_update(of=("self",)).values_list("pk"):
            return False
        rows = Annonce.objects.filter(pk__in=lues).select_related("sinistre__agent", "sinistre__collectivite", "collectivite")
        siennes = [une for une in rows.select_for_update(of=("self",)).order_by("pk") if lues[une.pk] == (une.etat, une.courriel_id)]
        nouvelles = {une.intention: _nouvelle(une) for une in sorted(siennes, key=lambda une: une.intention)}
        suivantes = preparer(list(nouvelles.values()))
        connues = _told(_siblings(siennes), {une.pk for une in siennes})
        avec_suite = connues | {une.intention for une in suivantes}
        _leave(siennes, [une for une in siennes if une.intention not in avec_suite])
        _tell([une for une in suivantes if une.intention not in connues])
        if tenus is not None:
            tenus.update(objet="", texte="", html="")
    return True


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
    """The same facts, to whomever they were ever to be told. Two queries; the first looks each intent up in the index of `cle`."""
    intentions = {annonce.intention for annonce in annonces}
    with connection.cursor() as cursor:
        cursor.execute(  # « : » and all that begins with it is before « ; »
            "SELECT a.id FROM unnest(%s::text[]) AS fait(intention)"
            " JOIN notifications_annonce a ON a.cle ~>=~ (fait.intention || ':') AND a.cle ~<~ (fait.intention || ';')",
            [sorted(intentions)],
        )
        ids = [pk for (pk,) in cursor.fetchall()]
    found = Annonce.objects.filter(pk__in=ids).select_related("courriel", "sinistre__agent", "collectivite", "destinataire")
    return [une for une in found.order_by("pk") if une.intention in intentions]


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


def _tell(suivantes: Sequence[Annonce]) -> None:
    """Put on record whom they pass to. Somebody who left, and is back: what was taken from him unsaid is his again, unless he wants no
    e-mail of that kind by now. In the digest, even what he wants at once: the e-mail that was to tell it alone has been dropped."""
    Annonce.objects.bulk_create(suivantes, ignore_conflicts=True)
    voulues = [une.cle for une in suivantes if une.etat == EtatAnnonce.EN_ATTENTE]
    reprises = Annonce.objects.filter(cle__in=[une.cle for une in suivantes], etat=EtatAnnonce.SANS_OBJET)
    reprises.filter(cle__in=voulues).update(
        etat=EtatAnnonce.EN_ATTENTE, courriel=None, cadence=Cadence.RECAPITULATIF, prevue_le=timezone.now()
    )
    reprises.exclude(cle__in=voulues).update(etat=EtatAnnonce.NON_VOULUE, courriel=None, cadence=Cadence.JAMAIS)
