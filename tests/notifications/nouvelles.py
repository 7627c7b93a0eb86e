"""News in number: collectivités with a dossier and people, and annonces about it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from accounts.enums import Role
from accounts.models import User
from cases.models import Sinistre
from notifications.enums import Cadence, GenreCourriel
from notifications.models import Annonce, Preference
from tests import factories
from tests.factories import Monde

_serie = count(1)


@dataclass(frozen=True)
class Mairie:
    """A collectivité, its people, and a dossier that lacks pièces."""

    gens: list[User]
    sinistre: Sinistre


def mairie(m: Monde, personnes: int) -> Mairie:
    chez = factories.collectivite()
    factories.adhesion(chez, m.formule)
    gens = [factories.person(Role.COLLECTIVITE, collectivites=[chez]) for _ in range(personnes)]
    return Mairie(gens, factories.sinistre(m, de=factories.agent(chez), par=gens[0]))


def wants_acknowledgements_at_once(user: User) -> None:
    Preference.objects.create(user=user, genre=GenreCourriel.ACCUSE_DECLARATION, cadence=Cadence.AUSSITOT)


def a_dire(sinistre: Sinistre, qui: User, cadence: Cadence) -> Annonce:
    """One thing to tell him about the dossier, still to be written: alone the acknowledgement, in a digest a reminder."""
    genre = GenreCourriel.ACCUSE_DECLARATION if cadence == Cadence.AUSSITOT else GenreCourriel.PIECES_RELANCE
    return Annonce(
        cle=f"essai:{next(_serie)}:{qui.pk}",
        genre=genre,
        destinataire=qui,
        collectivite_id=sinistre.collectivite_id,
        sinistre=sinistre,
        donnees={},
        cadence=cadence,
    )
