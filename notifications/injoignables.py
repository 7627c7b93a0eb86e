"""Somebody calls where no e-mail reaches: one work item a collectivité, or a dossier, opened and closed as things stand."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from cases.enums import GenreTache
from cases.models import Tache
from cases.services import taches
from notifications.selectors_injoignables import COLLECTIVITE, DOSSIER, appels, de_leur_seule_personne, gens, sans_personne

LOT = 200


def tenir_taches(*, limite: int = LOT) -> int:
    """Open the items that are wanting, `limite` of each kind at most, and close those that are pointless now: somebody can be told again,
    or the dossier has ended. How many changed. Safe to run twice and at once; no `acteur`: it follows from who is there.

    One that a person has ended, having called, comes back after RAPPEL if nothing has changed. A collectivité of which somebody is there
    has no item of its own: each of its refused addresses has one.
    """
    with transaction.atomic():
        return _open(limite) + _close(limite)


def _in_hand(objet_type: str) -> Q:
    """Somebody has it to do, or has called lately: two conditions, since the first one has an index of its own."""
    items = Tache.objects.filter(fermee_le__isnull=True, genre=GenreTache.CORRIGER_ADRESSE, objet_type=objet_type)
    return Q(Exists(items.filter(objet_id=OuterRef("pk")))) | Q(Exists(appels(objet_type)))


def _open(limite: int) -> int:
    presents = Exists(gens().filter(collectivite_id=OuterRef("pk")))
    seules = sans_personne().filter(email="").exclude(presents).exclude(_in_hand(COLLECTIVITE)).order_by("pk")[:limite]
    for une in seules:
        taches.ouvrir(
            genre=GenreTache.CORRIGER_ADRESSE, sinistre=None, objet_type=COLLECTIVITE, objet_id=une.pk, departement=une.departement,
            collectivite_id=une.pk,
        )  # fmt: skip
    dossiers = de_leur_seule_personne().exclude(_in_hand(DOSSIER)).select_related("collectivite").order_by("pk")[:limite]
    for sinistre in dossiers:
        taches.ouvrir(genre=GenreTache.CORRIGER_ADRESSE, sinistre=sinistre)
    return len(seules) + len(dossiers)


def _close(limite: int) -> int:
    ouvertes = Tache.objects.filter(fermee_le__isnull=True, genre=GenreTache.CORRIGER_ADRESSE).filter(
        Q(objet_type=COLLECTIVITE) & ~Exists(sans_personne().filter(pk=OuterRef("objet_id")))
        | Q(objet_type=DOSSIER) & ~Exists(de_leur_seule_personne().filter(pk=OuterRef("objet_id")))
    )
    vaines = ouvertes.order_by("pk")[:limite]
    for tache in vaines:
        taches.fermer_objet(genre=GenreTache.CORRIGER_ADRESSE, objet_type=tache.objet_type, objet_id=tache.objet_id, issue="joignable")
    return len(vaines)
