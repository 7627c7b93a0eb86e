"""Writing the words of e-mails: a draft, its publication, the way back to the application's own."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from journal.services import consigner
from notifications.gabarits import Mots, mots_d_origine, mots_en_usage
from notifications.models import Gabarit
from notifications.verification import verifier

DROIT = "gabarits_modifier"


class BrouillonChange(Erreur):
    """Somebody else wrote this draft since it was read. 409. `actuel` is the draft as it is now, None when it is no draft any more."""

    def __init__(self, actuel: Gabarit | None) -> None:
        qui = f"Ce brouillon a été réécrit par {actuel.ecrit_par.get_full_name()}" if actuel is not None else "Ce brouillon n’est plus là"
        super().__init__(f"{qui} depuis que vous l’avez ouvert.")
        self.actuel = actuel


def preparer(*, acteur: User, genre: str, depuis: Gabarit | None = None) -> Gabarit:
    """A draft of the next version of a kind of e-mail: the words of `depuis`, else those in use.

    Raises Refus, Erreur when a draft is already there, KeyError for a kind without words.
    """
    exiger(acteur, DROIT)
    mots = mots_de(depuis) if depuis is not None and depuis.genre == genre else mots_en_usage([genre])[genre]
    try:
        with transaction.atomic():
            brouillon = Gabarit.objects.create(
                genre=genre, version=_next_version(genre), objet=mots.objet, corps=mots.corps, ligne=mots.ligne, ecrit_par=acteur
            )
            _record(acteur, brouillon, "gabarit.prepare")
    except IntegrityError as error:
        raise Erreur("Un brouillon de ce modèle est déjà en cours\u00a0: reprenez-le, ou abandonnez-le.") from error
    return brouillon


def enregistrer(*, acteur: User, gabarit_id: int, mots: Mots, vu: dt.datetime) -> Gabarit:
    """Write a draft. `vu` is the instant it was written when `acteur` read it.

    Raises Refus, DonneeInvalide on the fields that are wrong, BrouillonChange, Gabarit.DoesNotExist.
    """
    exiger(acteur, DROIT)
    mots = nettoyer(mots)
    with transaction.atomic():
        brouillon = _draft(gabarit_id, vu)
        _check(brouillon.genre, mots)
        brouillon.objet, brouillon.corps, brouillon.ligne = mots.objet, mots.corps, mots.ligne
        brouillon.ecrit_par, brouillon.ecrit_le = acteur, timezone.now()
        brouillon.save(update_fields=["objet", "corps", "ligne", "ecrit_par", "ecrit_le"])
        _record(acteur, brouillon, "gabarit.ecrit")
    return brouillon


def publier(*, acteur: User, gabarit_id: int, vu: dt.datetime) -> Gabarit:
    """From now on e-mails of this kind say these words, those that wait included. It never changes afterwards.

    Raises Refus, DonneeInvalide when the words would not be accepted today, BrouillonChange, Gabarit.DoesNotExist.
    """
    exiger(acteur, DROIT)
    with transaction.atomic():
        brouillon = _draft(gabarit_id, vu)
        _check(brouillon.genre, mots_de(brouillon))
        # Going back to the application's own words while this was a draft took a number after its own.
        published = Gabarit.objects.filter(genre=brouillon.genre, publie_le__isnull=False).aggregate(Max("version"))["version__max"] or 0
        brouillon.version = max(brouillon.version, published + 1)
        brouillon.publie_le, brouillon.publie_par = timezone.now(), acteur
        brouillon.save(update_fields=["version", "publie_le", "publie_par"])
        _record(acteur, brouillon, "gabarit.publie")
    return brouillon


def revenir(*, acteur: User, genre: str) -> Gabarit:
    """Publish a version whose words are the application's own; a draft stays a draft.

    Raises Refus, Erreur when they are in use already or somebody else publishes at once, KeyError for a kind without words.
    """
    exiger(acteur, DROIT)
    mots = mots_d_origine()[genre]
    try:
        with transaction.atomic():
            list(Gabarit.objects.select_for_update(of=("self",)).filter(genre=genre).order_by("pk").values_list("pk"))
            if mots_en_usage([genre])[genre] == mots:
                raise Erreur("Les mots de l’application sont déjà en usage.")
            publie = Gabarit.objects.create(
                genre=genre, version=_next_version(genre), objet=mots.objet, corps=mots.corps, ligne=mots.ligne,
                ecrit_par=acteur, publie_par=acteur, publie_le=timezone.now(),
            )  # fmt: skip
            _record(acteur, publie, "gabarit.publie")
    except IntegrityError as error:
        raise Erreur("Quelqu’un vient d’écrire une version de ce modèle\u00a0: relisez la page.") from error
    return publie


def abandonner(*, acteur: User, gabarit_id: int) -> None:
    """Discard a draft. Raises Refus, BrouillonChange when it is published, Gabarit.DoesNotExist."""
    exiger(acteur, DROIT)
    with transaction.atomic():
        brouillon = _draft(gabarit_id)
        _record(acteur, brouillon, "gabarit.abandonne")
        brouillon.delete()


def mots_de(gabarit: Gabarit) -> Mots:
    return Mots(gabarit.objet, gabarit.corps, gabarit.ligne)


def nettoyer(mots: Mots) -> Mots:
    """As typed, without what a form or a paste adds: other line ends, spaces at the ends of lines, several empty lines in a row."""
    corps = "\n".join(ligne.rstrip() for ligne in mots.corps.splitlines())
    return replace(mots, objet=mots.objet.strip(), corps=re.sub(r"\n{3,}", "\n\n", corps).strip(), ligne=mots.ligne.strip())


def _draft(gabarit_id: int, vu: dt.datetime | None = None) -> Gabarit:
    """Locked: two people on one draft write one after the other, and the second is told."""
    found = Gabarit.objects.select_for_update(of=("self",)).select_related("ecrit_par").get(pk=gabarit_id)
    if found.est_publie:
        raise BrouillonChange(None)
    if vu is not None and found.ecrit_le != vu:
        raise BrouillonChange(found)
    return found


def _check(genre: str, mots: Mots) -> None:
    fautes = verifier(genre, mots)
    if fautes:
        raise DonneeInvalide(fautes)


def _next_version(genre: str) -> int:
    return (Gabarit.objects.filter(genre=genre).aggregate(Max("version"))["version__max"] or 0) + 1


def _record(acteur: User, gabarit: Gabarit, action: str) -> None:
    consigner(
        acteur=acteur,
        action=action,
        objet_type="gabarit",
        objet_id=gabarit.pk,
        donnees={"genre": gabarit.genre, "version": gabarit.version},
    )
