"""What would be told now, read inside the test's own transaction: events of the outbox are derived without waiting for their commit."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from accounts.enums import GenreOrganisme
from journal.models import Evenement
from notifications import composition, derivation
from notifications.enums import EtatCourriel, GenreCourriel
from notifications.models import Annonce, Courriel
from notifications.rendering import Rendu, ecrire
from tests import factories
from tests.factories import Monde


def petit_monde() -> Monde:
    m = factories.monde()
    factories.organisme(GenreOrganisme.CDG, nom="CDG d’essai")
    return m


def deriver() -> None:
    """Every event since the beginning, twice: the second time tells nothing more."""
    evenements = list(Evenement.objects.order_by("id"))
    derivation.handle_all(evenements)
    avant = Annonce.objects.count()
    for evenement in evenements:
        derivation.handle(evenement)
    assert Annonce.objects.count() == avant


def annonces(genre: GenreCourriel, **filtre: Any) -> list[Annonce]:
    deriver()
    return list(Annonce.objects.filter(genre=genre, **filtre).order_by("pk"))


def a_qui(genre: GenreCourriel, **filtre: Any) -> set[int | None]:
    """Whom the news of that kind is put on record for."""
    return {annonce.destinataire_id for annonce in annonces(genre, **filtre)}


def ecrit(genre: GenreCourriel) -> list[Rendu]:
    """The e-mails that would leave if only news of that kind waited, each person's as one digest, had the hour come."""
    deriver()
    Annonce.objects.exclude(genre=genre).delete()
    Annonce.objects.update(prevue_le=timezone.now())
    composition.composer()
    return [rendu for courriel in Courriel.objects.filter(etat=EtatCourriel.A_ENVOYER).order_by("pk") if (rendu := ecrire(courriel))]


def tout(rendu: Rendu) -> str:
    return f"{rendu.objet}\n{rendu.texte}\n{rendu.html}"
