"""From news to e-mails: one each for what is to be told at once, one a person and day for the rest.

A digest is a row without words: annonces join it until it leaves, and it is written then. The database allows a person one open digest,
and one that leaves on any day; what comes after today's waits for the next morning of work.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Collectivite, User
from cases.rules import add_working_days, start_of_business
from notifications.destinataires import sans_destinataire
from notifications.enums import OUVERTS, Cadence, EtatAnnonce, EtatCourriel, GenreCourriel
from notifications.models import Annonce, Courriel
from notifications.passation import passer
from notifications.selectors import adresses_en_defaut
from notifications.services import deposer

LOT = 2000
VERROU = 0x56494749  # « VIGI »: one composer at a time, the second leaves at once
PERIME = dt.timedelta(hours=12)
"""An e-mail for at once that has waited that long goes into the digest: after an outage, nobody gets thirty of them."""
REPORT = dt.timedelta(hours=6)
"""News for an address that refuses our e-mails is looked at again after that long."""

Destinataire = tuple[int | None, str]
"""A person by his key, or the contact address of a collectivité that has nobody here."""


def composer(*, limite: int = 50_000) -> int:
    """Put in e-mails the news that may leave, `limite` at most. Returns how many annonces were placed. Safe to run twice at once."""
    placees = 0
    while placees < limite:
        with transaction.atomic():
            if not _alone():
                break
            _gather_overdue()
            tour = _compose_singles() + _compose_digests()
        placees += tour
        if tour == 0:
            break
    return placees


def _alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [VERROU])
        (obtenu,) = cursor.fetchone()
    return bool(obtenu)


def _gather_overdue() -> None:
    """What was to leave at once and has not, for hours, becomes part of the digest."""
    depuis = timezone.now() - PERIME
    perimes = Courriel.objects.filter(etat=EtatCourriel.A_ENVOYER, cree_le__lt=depuis, renvoi_de__isnull=True, texte="")
    perimes = perimes.exclude(genre=GenreCourriel.RECAPITULATIF).select_for_update(of=("self",), skip_locked=True)
    ids = list(perimes.values_list("pk", flat=True)[:LOT])
    if not ids:
        return
    Annonce.objects.filter(courriel_id__in=ids, etat=EtatAnnonce.CONFIEE).update(
        courriel=None, etat=EtatAnnonce.EN_ATTENTE, cadence=Cadence.RECAPITULATIF
    )
    Courriel.objects.filter(pk__in=ids).update(
        etat=EtatCourriel.SANS_OBJET, erreur="attendait depuis trop longtemps : dans le récapitulatif"
    )


def _waiting(cadence: Cadence) -> QuerySet[Annonce]:
    return Annonce.objects.filter(etat=EtatAnnonce.EN_ATTENTE, cadence=cadence)


def _due(cadence: Cadence) -> QuerySet[Annonce]:
    return _waiting(cadence).filter(prevue_le__lte=timezone.now()).order_by("prevue_le", "pk")


def _tellable(cadence: Cadence) -> list[Annonce]:
    """Those due whose recipient may still be told; the others pass to others of their collectivité, or wait."""
    annonces = list(_due(cadence)[:LOT])
    _follow_contacts(annonces)
    delaissees = sans_destinataire(annonces)
    if not delaissees:
        return annonces
    passer(delaissees)
    ids = {annonce.pk for annonce in delaissees}
    return [annonce for annonce in annonces if annonce.pk not in ids]


def _addresses(annonces: Sequence[Annonce]) -> dict[Destinataire, str]:
    """Where each recipient is written to; those whose address refuses our e-mails are put off, and absent."""
    people = dict(User.objects.filter(pk__in={a.destinataire_id for a in annonces}).values_list("pk", "email"))
    adresses = {_whom(a): people[a.destinataire_id] if a.destinataire_id is not None else a.adresse for a in annonces}
    refusees = adresses_en_defaut(adresses.values())
    if refusees:
        muettes = [a.pk for a in annonces if adresses[_whom(a)] in refusees]
        Annonce.objects.filter(pk__in=muettes).update(prevue_le=timezone.now() + REPORT)
    return {qui: adresse for qui, adresse in adresses.items() if adresse not in refusees}


def _follow_contacts(annonces: Sequence[Annonce]) -> None:
    """The contact address of a collectivité may have been corrected since: what waits goes to the new one, as it does for a person."""
    au_contact = [annonce for annonce in annonces if annonce.destinataire_id is None]
    if not au_contact:
        return
    ids = {annonce.collectivite_id for annonce in au_contact if annonce.collectivite_id is not None}
    actuelles = dict(Collectivite.objects.filter(pk__in=ids).exclude(email="").values_list("pk", "email"))
    changees = [annonce for annonce in au_contact if actuelles.get(annonce.collectivite_id or 0, annonce.adresse) != annonce.adresse]
    for annonce in changees:
        annonce.adresse = actuelles[annonce.collectivite_id or 0]
    Annonce.objects.bulk_update(changees, ["adresse"])


def _whom(annonce: Annonce) -> Destinataire:
    return annonce.destinataire_id, "" if annonce.destinataire_id is not None else annonce.adresse


def _compose_singles() -> int:
    annonces = _tellable(Cadence.AUSSITOT)
    adresses = _addresses(annonces) if annonces else {}
    joignables = [annonce for annonce in annonces if _whom(annonce) in adresses]
    courriels = [
        Courriel(
            cle=f"annonce:{annonce.cle}",
            genre=annonce.genre,
            destinataire_id=annonce.destinataire_id,
            adresse=adresses[_whom(annonce)],
            sinistre_id=annonce.sinistre_id,
        )
        for annonce in joignables
    ]
    deposer(courriels)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE notifications_annonce a SET courriel_id = c.id, etat = %s FROM notifications_courriel c,"
            " unnest(%s::bigint[], %s::text[]) AS paire(annonce_id, cle) WHERE a.id = paire.annonce_id AND c.cle = paire.cle",
            [EtatAnnonce.CONFIEE, [annonce.pk for annonce in joignables], [courriel.cle for courriel in courriels]],
        )
    return len(joignables)


def _compose_digests() -> int:
    annonces = _tellable(Cadence.RECAPITULATIF)
    if not annonces:
        return 0
    adresses = _addresses(annonces)
    premiere: dict[Destinataire, Annonce] = {}
    for annonce in annonces:
        if _whom(annonce) in adresses:
            premiere.setdefault(_whom(annonce), annonce)
    ouverts, partis, tenus = _digests_of(list(premiere))
    nouveaux = [qui for qui in premiere if qui not in ouverts]
    matins = _next_mornings([premiere[qui] for qui in nouveaux])
    deposer(
        Courriel(
            # The instant too: news may have to leave one digest for another (relay._follow_contact).
            cle=f"recapitulatif:{premiere[qui].pk}:{timezone.now().isoformat()}",
            genre=GenreCourriel.RECAPITULATIF,
            destinataire_id=qui[0],
            adresse=adresses[qui],
            prochaine_le=matins[premiere[qui].pk] if qui in partis else timezone.now(),
        )
        for qui in nouveaux
    )
    return _place([qui for qui in premiere if qui not in tenus])


def _digests_of(people: Sequence[Destinataire]) -> tuple[set[Destinataire], set[Destinataire], set[Destinataire]]:
    """Who has an open digest, who has had today's, and whose open one is on its way: nothing joins it any more.

    Those that annonces may join are locked, so that none leaves while they do.
    """
    siens = Courriel.objects.filter(genre=GenreCourriel.RECAPITULATIF).filter(_of(people))
    joignables = {_recipient(une) for une in siens.filter(etat=EtatCourriel.A_ENVOYER).select_for_update(of=("self",), skip_locked=True)}
    ouverts = {_recipient(une) for une in siens.filter(etat__in=OUVERTS)}
    partis = {_recipient(une) for une in siens.filter(jour=timezone.localdate())}
    return ouverts, partis, ouverts - joignables


def _of(people: Sequence[Destinataire]) -> Q:
    return Q(destinataire_id__in=[pk for pk, _ in people if pk is not None]) | Q(
        destinataire__isnull=True, adresse__in=[adresse for pk, adresse in people if pk is None]
    )


def _recipient(courriel: Courriel) -> Destinataire:
    return courriel.destinataire_id, "" if courriel.destinataire_id is not None else courriel.adresse


def _next_mornings(annonces: Sequence[Annonce]) -> dict[int, dt.datetime]:
    """For each annonce, the next morning of work in the département of its collectivité."""
    ids = {annonce.collectivite_id for annonce in annonces if annonce.collectivite_id is not None}
    departements = dict(Collectivite.objects.filter(pk__in=ids).values_list("pk", "departement"))
    aujourd_hui = timezone.localdate()
    matins = {d: start_of_business(add_working_days(aujourd_hui, 1, d)) for d in {"", *departements.values()}}
    return {annonce.pk: matins[departements.get(annonce.collectivite_id or 0, "")] for annonce in annonces}


def _place(people: Sequence[Destinataire]) -> int:
    """Put all that waits for these people in their open digest, what may leave later included: it spares them another one."""
    personnes = [pk for pk, _ in people if pk is not None]
    contacts = [adresse for pk, adresse in people if pk is None]
    commun = (
        "UPDATE notifications_annonce a SET courriel_id = c.id, etat = 'CONFIEE' FROM notifications_courriel c"
        " WHERE a.etat = 'EN_ATTENTE' AND a.cadence = 'RECAPITULATIF' AND c.genre = 'RECAPITULATIF' AND c.etat = 'A_ENVOYER'"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"{commun} AND a.destinataire_id = ANY(%s) AND c.destinataire_id = a.destinataire_id", [personnes])
        placees = cursor.rowcount
        cursor.execute(
            f"{commun} AND a.destinataire_id IS NULL AND a.adresse = ANY(%s) AND c.destinataire_id IS NULL AND c.adresse = a.adresse",
            [contacts],
        )
        return placees + cursor.rowcount
