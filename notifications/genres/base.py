"""What each kind of news is: how soon by default, whether it still holds, what it may say, where it leads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.template.defaultfilters import date as en_francais
from django.utils import timezone

from accounts.enums import Role
from cases.models import Sinistre
from cases.rules import add_working_days, is_working_day, start_of_business
from notifications.enums import Cadence, GenreCourriel
from notifications.models import Annonce

Variables = Mapping[str, str]
"""What the words of a kind may name, each as the text that stands for it."""


@dataclass(frozen=True)
class Dire:
    """What one annonce says at the moment it is read: where it leads, and the variables of its words."""

    lien: str
    variables: Variables


TOUTES = (Cadence.AUSSITOT, Cadence.RECAPITULATIF, Cadence.JAMAIS)
SANS_REFUS = (Cadence.AUSSITOT, Cadence.RECAPITULATIF)
"""What an employer must be told to keep its rights and its agents': it may choose when, never whether."""

DUE = "L’employeur doit le savoir à temps\u00a0: c’est à vous de choisir quand, non de ne pas être prévenu."
"""Why most kinds can't be refused."""

FERMETURE = dt.time(19, 0)
REGROUPEMENT = dt.timedelta(minutes=15)
"""A first request waits that long, so that several declarations made in a row are one e-mail."""


@dataclass(frozen=True)
class Genre:
    """One kind of news.

    `tiennent` takes annonces of this kind, with their sinistre, agent and collectivité, and tells what those say that still hold, by
    key: the others are not sent. It asks a bounded number of queries whatever their number. `prevue` says from which instant on the
    news may leave in a digest, in the département of its collectivité. `roles`: who may be told; `raison`: why it can't be refused,
    shown where JAMAIS is not among `permises`.
    """

    code: GenreCourriel
    cadence: Cadence
    permises: tuple[Cadence, ...]
    tiennent: Callable[[Sequence[Annonce]], dict[int, Dire]]
    exemple: Variables
    prevue: Callable[[dt.datetime, str], dt.datetime]
    roles: frozenset[Role] = frozenset({Role.COLLECTIVITE})
    raison: str = DUE


def aussitot(instant: dt.datetime, departement: str) -> dt.datetime:
    return instant


def apres_regroupement(instant: dt.datetime, departement: str) -> dt.datetime:
    return instant + REGROUPEMENT


def aux_heures_ouvrees(instant: dt.datetime, departement: str) -> dt.datetime:
    """That instant if people are at work then, else the next morning of work, in their département."""
    local = timezone.localtime(instant)
    if is_working_day(local.date(), departement):
        if local < start_of_business(local.date()):
            return start_of_business(local.date())
        if local.time() < FERMETURE:
            return instant
    return start_of_business(add_working_days(local.date(), 1, departement))


def page_du_dossier(sinistre: Sinistre | None, suite: str = "") -> str:
    """The dossier's page at the collectivité's door, or a page under it; it asks to sign in.

    Written out and not looked up: a page that does not load must not keep e-mails from leaving. A test ties it to the door's address.
    """
    if sinistre is None:
        return f"{settings.PUBLIC_URL}/collectivite/"
    return f"{settings.PUBLIC_URL}/collectivite/dossiers/{sinistre.numero}/{suite}"


def en_toutes_lettres(nombre: int, singulier: str, pluriel: str, zero: str = "") -> str:
    """« une pièce », « 3 pièces »: what a sentence needs instead of a number and its agreement."""
    if nombre == 0 and zero:
        return zero
    return singulier if nombre == 1 else f"{nombre} {pluriel}"


def jour_en_francais(jour: dt.date) -> str:
    """« 3 novembre 2026 », « 1er janvier 2027 »."""
    return f"1er {en_francais(jour, 'F Y')}" if jour.day == 1 else str(en_francais(jour, "j F Y"))


def les_dernieres(annonces: Sequence[Annonce]) -> list[Annonce]:
    """Of several that say the same of a dossier to one person, the latest alone."""
    return list({(a.genre, a.destinataire_id, a.adresse, a.sinistre_id): a for a in sorted(annonces, key=lambda a: a.pk)}.values())
