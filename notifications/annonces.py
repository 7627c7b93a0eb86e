"""Putting news on record: one fact becomes one annonce for each person it concerns, as soon as he wants to be told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from cases.models import Sinistre
from notifications.destinataires import Destinataire, des_collectivites
from notifications.enums import Cadence, EtatAnnonce, GenreCourriel
from notifications.genres import GENRES
from notifications.models import Annonce, Preference


@dataclass(frozen=True)
class Nouvelle:
    """One fact to tell. `intention` names it for ever, without its recipients: « piece.refusee:118 ».

    `donnees` holds ids, codes and dates only. Without `personnes`, the people of the collectivité are told.
    """

    genre: GenreCourriel
    intention: str
    sinistre: Sinistre | None = None
    collectivite_id: int | None = None
    departement: str = ""
    personnes: tuple[int, ...] = ()
    donnees: dict[str, object] = field(default_factory=dict)
    echeance: dt.date | None = None
    evenement_id: int | None = None

    @classmethod
    def du_dossier(
        cls, genre: GenreCourriel, intention: str, sinistre: Sinistre, *, echeance: dt.date | None = None, evenement_id: int | None = None,
        **donnees: object,
    ) -> Nouvelle:  # fmt: skip
        """News of a dossier to its collectivité. The sinistre comes with its agent and collectivité."""
        return cls(
            genre,
            intention,
            sinistre,
            sinistre.collectivite_id,
            sinistre.collectivite.departement,
            donnees=donnees,
            echeance=echeance,
            evenement_id=evenement_id,
        )


def annoncer_nouvelles(nouvelles: Sequence[Nouvelle]) -> int:
    """Put news on record in the caller's transaction, in five statements whatever their number. Known intents are left as they are.

    No `acteur`: news follows from an event or a clock, and those name who acted. Returns how many annonces were prepared.
    """
    annonces = preparer(nouvelles)
    Annonce.objects.bulk_create(annonces, ignore_conflicts=True)
    return len(annonces)


def preparer(nouvelles: Sequence[Nouvelle]) -> list[Annonce]:
    """Unsaved, one for each person who is told each of these news today, as soon as he wants to be; none where there is nobody."""
    if not nouvelles:
        return []
    people = _people(nouvelles)
    pairs = [(nouvelle, qui) for nouvelle in nouvelles for qui in _recipients(nouvelle, people)]
    choix = _preferences(pairs)
    maintenant = timezone.now()
    return [_annonce(nouvelle, qui, choix, maintenant) for nouvelle, qui in pairs]


def _people(nouvelles: Sequence[Nouvelle]) -> dict[int, list[Destinataire]]:
    return des_collectivites({n.collectivite_id for n in nouvelles if not n.personnes and n.collectivite_id is not None})


def _recipients(nouvelle: Nouvelle, people: dict[int, list[Destinataire]]) -> list[Destinataire]:
    nommees = [Destinataire(user_id=pk) for pk in nouvelle.personnes]
    found = nommees or people.get(nouvelle.collectivite_id or 0, [])
    own_file = nouvelle.sinistre.compte_agent_id if nouvelle.sinistre is not None else None
    return [qui for qui in found if own_file is None or qui.user_id != own_file]


def _preferences(pairs: Sequence[tuple[Nouvelle, Destinataire]]) -> dict[tuple[int, str], str]:
    users = {qui.user_id for _, qui in pairs if qui.user_id is not None}
    rows = Preference.objects.filter(user_id__in=users).values_list("user_id", "genre", "cadence")
    return {(user_id, genre): cadence for user_id, genre, cadence in rows}


def _annonce(nouvelle: Nouvelle, qui: Destinataire, choix: dict[tuple[int, str], str], maintenant: dt.datetime) -> Annonce:
    genre = GENRES[nouvelle.genre]
    voulue = choix.get((qui.user_id or 0, nouvelle.genre), genre.cadence)
    cadence = voulue if voulue in genre.permises else genre.cadence
    return Annonce(
        cle=f"{nouvelle.intention}:{qui.cle}",
        genre=nouvelle.genre,
        destinataire_id=qui.user_id,
        adresse=qui.adresse,
        collectivite_id=nouvelle.collectivite_id,
        sinistre=nouvelle.sinistre,
        evenement_id=nouvelle.evenement_id,
        donnees=nouvelle.donnees,
        echeance=nouvelle.echeance,
        cadence=cadence,
        etat=EtatAnnonce.NON_VOULUE if cadence == Cadence.JAMAIS else EtatAnnonce.EN_ATTENTE,
        cree_le=maintenant,
        prevue_le=maintenant if cadence == Cadence.AUSSITOT else genre.prevue(maintenant, nouvelle.departement),
    )
