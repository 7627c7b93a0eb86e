"""The relay: sends what is due, once.

E-mails are claimed a few at a time (`SKIP LOCKED`, a lease), each is written from what still holds, handed over with no lock held, and
settled in a transaction of its own. Between the message and its final dot, `transmis_le` is committed. When a relay dies, the lease of
what it held runs out: what has no `transmis_le` was not accepted by anybody, and is sent; of what has one nobody can tell, and it is
marked « incertain » and shown, never sent again by itself. One e-mail at a time passes that mark, so a dead relay leaves one in doubt.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import takewhile

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from cases.overtime import is_overtime, is_task_over
from notifications.enums import Cadence, EtatAnnonce, EtatCourriel, GenreCourriel
from notifications.models import Annonce, Courriel
from notifications.passation import passer
from notifications.rendering import Paroles, Rendu, ecrire, lire
from notifications.selectors import adresses_en_defaut
from notifications.transport import BailPerdu, Conservation, Injoignable, Issue, Reponse, Transport

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=10)
"""Longer than a task may live (settings.CELERY_TASK_TIME_LIMIT): a lease that is over belongs to a dead relay."""

LOT = 20
"""How many e-mails are claimed at once."""

BUDGET = 120
"""Seconds after which a relay leaves the rest to the next one: a server that answers slowly does not take it beyond its life."""

SUSPECT = 3
"""An e-mail tried as many times is claimed alone: if it is what relays die of, no other dies with it."""

ATTEMPTS = 20
FIRST_DELAY = dt.timedelta(minutes=1)
LONGEST_DELAY = dt.timedelta(hours=4)
"""A minute, then twice as long each time, four hours at most: an address is tried for two days."""

REPORT = dt.timedelta(hours=6)
"""An e-mail for an address that refuses ours is looked at again after that long: it may have been mended."""


@dataclass
class Bilan:
    envoyes: int = 0
    repousses: int = 0
    incertains: int = 0
    abandonnes: int = 0
    sans_objet: int = 0


@dataclass
class Prise:
    """What a relay holds: the lease of its last claim, and the e-mail it is handing over."""

    bail: uuid.UUID | None = None
    en_main: Courriel | None = None


def relayer(*, limite: int = 200) -> Bilan:
    """Send what is due, `limite` e-mails at most. A server that can't be reached leaves every e-mail where it is."""
    bilan, prise, fin = Bilan(), Prise(), time.monotonic() + BUDGET
    _free_dead_leases(bilan)
    if not _due().exists():
        return bilan
    try:
        with Conservation() if settings.EMAIL_OUTBOX_ONLY else Transport() as transport:
            while limite > 0 and time.monotonic() < fin and (lot := _claim(min(LOT, limite), prise)):
                limite -= len(lot)
                _send_all(lot, transport, bilan, fin, prise)
    except Injoignable as error:
        logger.warning("messagerie injoignable", extra={"erreur": str(error)})
    except Exception as error:
        overtime = is_overtime(error)
        with suppress(DatabaseError, InterfaceError):  # no database: the leases run out
            _let_go(prise, bilan, "temps de la tâche écoulé" if overtime else f"{type(error).__name__} avant l’envoi")
        if overtime:
            raise SoftTimeLimitExceeded from error
        raise
    return bilan


def _send_all(lot: list[Courriel], transport: Transport | Conservation, bilan: Bilan, fin: float, prise: Prise) -> None:
    """Send them in turn; those whose turn has not come at `fin` (of the monotonic clock) are given back."""
    paroles = Paroles()
    try:
        for courriel in lot:
            if time.monotonic() >= fin:
                _give_back(lot)
                return
            prise.en_main = courriel
            _send(courriel, transport, bilan, paroles)
            prise.en_main = None
    except Injoignable:
        _give_back(lot)
        raise


def _send(courriel: Courriel, transport: Transport | Conservation, bilan: Bilan, paroles: Paroles) -> None:
    """Write one e-mail from what still holds, and hand it over."""
    if courriel.destinataire is not None:
        courriel.adresse = courriel.destinataire.email
    elif _follow_contact(courriel, bilan):
        return
    try:
        lues = lire(courriel)
        if not passer(lues.delaissees, tenus=_held(courriel)):
            return
        if adresses_en_defaut([courriel.adresse]) and (lues.admises or (courriel.texte and not lues.toutes)):
            _put_off(courriel)
            return
        rendu = ecrire(courriel, paroles, lues)
    except Exception as error:  # it must not keep the others from leaving, nor must a lock that it waits for in vain
        if is_task_over(error):
            raise
        _settle(courriel, Reponse(Issue.REPOUSSE, f"{type(error).__name__} à l’écriture"), bilan)
        return
    if rendu is None:
        _drop(courriel, bilan)
        return
    try:
        reponse = transport.send(courriel, rendu, partial(_mark, courriel, rendu))
    except BailPerdu:
        return
    _settle(courriel, reponse, bilan)


def _follow_contact(courriel: Courriel, bilan: Bilan) -> bool:
    """News for a contact address that was corrected since goes back to the composer, for a digest to the new one. Whether the e-mail has
    nothing else to say: it is dropped then."""
    siennes = courriel.annonces.filter(etat=EtatAnnonce.CONFIEE, destinataire__isnull=True, collectivite__isnull=False)
    parties = siennes.exclude(collectivite__email="").exclude(collectivite__email=F("adresse"))
    if not parties.exists():
        return False
    with transaction.atomic():
        if not list(_held(courriel).select_for_update(of=("self",)).values_list("pk")):
            return True
        parties.update(courriel=None, etat=EtatAnnonce.EN_ATTENTE, cadence=Cadence.RECAPITULATIF)
        if courriel.annonces.filter(etat=EtatAnnonce.CONFIEE).exists():
            return False
        _drop(courriel, bilan)
    return True


def _due() -> models.QuerySet[Courriel]:
    """What may leave now. A digest waits while its person has had another one today."""
    siens = Courriel.objects.filter(genre=GenreCourriel.RECAPITULATIF, jour=timezone.localdate()).exclude(pk=OuterRef("pk"))
    d_une_personne = siens.filter(destinataire=OuterRef("destinataire"))
    d_une_adresse = siens.filter(destinataire__isnull=True, adresse=OuterRef("adresse"))
    deja = Q(genre=GenreCourriel.RECAPITULATIF) & (Q(Exists(d_une_personne)) | Q(Exists(d_une_adresse), destinataire__isnull=True))
    return Courriel.objects.filter(~deja, etat=EtatCourriel.A_ENVOYER, prochaine_le__lte=timezone.now()).order_by("prochaine_le", "pk")


def _claim(nombre: int, prise: Prise) -> list[Courriel]:
    """Take the next e-mails, under one lease, which `prise` knows before it is written. A digest is from now on that of today."""
    bail = prise.bail = uuid.uuid4()
    with transaction.atomic():
        prochains = list(_due().select_for_update(of=("self",), skip_locked=True).select_related("destinataire")[:nombre])
        lot = list(takewhile(lambda courriel: courriel.tentatives < SUSPECT, prochains)) or prochains[:1]
        jusqu_a, jour = timezone.now() + LEASE, timezone.localdate()
        for courriel in lot:
            courriel.etat = EtatCourriel.EN_COURS
            courriel.tentatives += 1
            courriel.bail, courriel.bail_jusqu_a, courriel.transmis_le = bail, jusqu_a, None
            courriel.jour = jour if courriel.genre == GenreCourriel.RECAPITULATIF else None
        Courriel.objects.bulk_update(lot, ["etat", "tentatives", "bail", "bail_jusqu_a", "transmis_le", "jour"])
    return lot


def _held(courriel: Courriel) -> models.QuerySet[Courriel]:
    """The row, if our lease still holds: whoever lost it changes nothing any more."""
    return Courriel.objects.filter(pk=courriel.pk, etat=EtatCourriel.EN_COURS, bail=courriel.bail)


RENDU: dict[str, object] = {"bail": None, "bail_jusqu_a": None}
"""The lease given back."""


def _mark(courriel: Courriel, rendu: Rendu) -> None:
    """Commit that the e-mail is about to be accepted, in which words, and to whom. Raises BailPerdu."""
    with transaction.atomic():
        marque = _held(courriel).update(
            transmis_le=timezone.now(), adresse=courriel.adresse, objet=rendu.objet, texte=rendu.texte, html=rendu.html
        )
        if not marque:
            raise BailPerdu
        if rendu.tombees:
            Annonce.objects.filter(pk__in=rendu.tombees).update(etat=EtatAnnonce.SANS_OBJET)


def _give_back(lot: list[Courriel]) -> None:
    """Claimed, and not begun: the connection could not be had, or time was up. This was no attempt."""
    Courriel.objects.filter(pk__in=[courriel.pk for courriel in lot], etat=EtatCourriel.EN_COURS, bail=lot[0].bail).filter(
        transmis_le__isnull=True
    ).update(**RENDU, etat=EtatCourriel.A_ENVOYER, jour=None, tentatives=F("tentatives") - 1)


def _let_go(prise: Prise, bilan: Bilan, pourquoi: str) -> None:
    """This relay ends before its time, or its time is over: what was not marked waits for no lease to run out. What was in hand has had
    an attempt, and is put off like any other, since it may be what relays end of; the rest was not begun."""
    connection.close()  # the signal may have come in the middle of a query, or of a commit: what was not committed is not
    with transaction.atomic():
        if prise.en_main is not None and _held(prise.en_main).filter(transmis_le__isnull=True).exists():
            _settle(prise.en_main, Reponse(Issue.REPOUSSE, pourquoi), bilan)
        Courriel.objects.filter(etat=EtatCourriel.EN_COURS, bail=prise.bail, transmis_le__isnull=True).update(
            **RENDU, etat=EtatCourriel.A_ENVOYER, jour=None, tentatives=F("tentatives") - 1
        )


def _put_off(courriel: Courriel) -> None:
    """Its address refuses our e-mails: a person has been asked to mend it, and nothing is tried before."""
    _held(courriel).update(
        **RENDU,
        etat=EtatCourriel.A_ENVOYER,
        jour=None,
        tentatives=courriel.tentatives - 1,
        prochaine_le=timezone.now() + REPORT,
        erreur="adresse en défaut",
    )


def _drop(courriel: Courriel, bilan: Bilan) -> None:
    """Nothing of it holds any more: it is not sent."""
    with transaction.atomic():
        if _held(courriel).update(**RENDU, etat=EtatCourriel.SANS_OBJET, jour=None):
            Annonce.objects.filter(courriel=courriel, etat=EtatAnnonce.CONFIEE).update(etat=EtatAnnonce.SANS_OBJET)
            bilan.sans_objet += 1


def _settle(courriel: Courriel, reponse: Reponse, bilan: Bilan) -> None:
    changes: dict[str, object] = {**RENDU, "erreur": reponse.erreur}
    match reponse.issue:
        case Issue.ACCEPTE:
            changes |= {"etat": EtatCourriel.ENVOYE, "envoye_le": timezone.now(), "conserve": settings.EMAIL_OUTBOX_ONLY}
            bilan.envoyes += 1
        case Issue.INCERTAIN:
            changes["etat"] = EtatCourriel.INCERTAIN
            bilan.incertains += 1
        case Issue.REPOUSSE if courriel.tentatives < ATTEMPTS:
            delai = min(FIRST_DELAY * 2 ** (courriel.tentatives - 1), LONGEST_DELAY)
            changes |= {"etat": EtatCourriel.A_ENVOYER, "transmis_le": None, "prochaine_le": timezone.now() + delai}
            bilan.repousses += 1
        case _:
            changes["etat"] = EtatCourriel.ABANDONNE
            bilan.abandonnes += 1
    _held(courriel).update(**changes)
    if reponse.issue is not Issue.ACCEPTE:
        logger.warning("courriel non parti", extra={"courriel": courriel.pk, "issue": reponse.issue.name, "erreur": reponse.erreur})


def _free_dead_leases(bilan: Bilan) -> None:
    """What a dead relay held: sent again where nothing can have been accepted, in doubt otherwise, given up after too many deaths."""
    finis = Courriel.objects.filter(etat=EtatCourriel.EN_COURS, bail_jusqu_a__lt=timezone.now())
    bilan.incertains += finis.filter(transmis_le__isnull=False).update(
        **RENDU, etat=EtatCourriel.INCERTAIN, erreur="relais interrompu pendant l’envoi"
    )
    morts = finis.filter(transmis_le__isnull=True)  # asked again: a relay that is late, and not dead, may have marked one since
    bilan.abandonnes += morts.filter(tentatives__gte=ATTEMPTS).update(
        **RENDU, etat=EtatCourriel.ABANDONNE, erreur="relais interrompu trop de fois"
    )
    morts.update(**RENDU, etat=EtatCourriel.A_ENVOYER, jour=None, erreur="relais interrompu avant l’envoi")
