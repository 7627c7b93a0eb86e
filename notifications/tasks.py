"""Celery entry points of notifications."""

from __future__ import annotations

from celery import shared_task

from notifications import injoignables, relances
from notifications.composition import composer
from notifications.defauts import ouvrir_taches_des_defauts
from notifications.derivation import deriver
from notifications.echeancier import annoncer_dates as dire_dates
from notifications.rebonds.reception import lire_maildir
from notifications.relay import relayer
from notifications.webhooks import consommation, livraison, purge


@shared_task(name="notifications.relever")
def relever() -> int:
    """Derive the news of new events, put it in e-mails, send what is due, show what did not arrive. Safe to run twice and at once."""
    deriver()
    composer()
    envoyes = relayer().envoyes
    ouvrir_taches_des_defauts()
    return envoyes


@shared_task(name="notifications.relancer")
def relancer() -> int:
    """Ask again for the pièces whose time has come. Safe to run twice and at once."""
    return relances.relancer()


@shared_task(name="notifications.rattraper")
def rattraper() -> int:
    """Set the clocks that are wanting: a pièce that is owed is asked for again. Safe to run twice and at once."""
    return relances.rattraper()


@shared_task(name="notifications.tenir_injoignables")
def tenir_injoignables() -> int:
    """Have somebody called where no e-mail reaches. Safe to run twice and at once."""
    return injoignables.tenir_taches()


@shared_task(name="notifications.lire_rebonds")
def lire_rebonds() -> int:
    """Read what servers returned to the Maildir, where one is named. Safe to run twice and at once."""
    return lire_maildir()


@shared_task(name="notifications.livrer")
def livrer() -> int:
    """Write the calls of new events to other programs, then make those that are due. Safe to run twice and at once."""
    consommation.deriver()
    return livraison.livrer().livrees


@shared_task(name="notifications.purger_livraisons")
def purger_livraisons() -> int:
    """Delete calls to other programs that ended long ago. Safe to run twice and at once."""
    return purge.purger()


@shared_task(name="notifications.annoncer_dates")
def annoncer_dates(apres: int = 0) -> int:
    """Tell what the dates of today call for, some thousands of dossiers at a time. Safe to run twice and at once."""
    suite = dire_dates(apres=apres)
    if suite:
        annoncer_dates.delay(suite)
    return suite
