"""Whom to tell, and whether he may still be told at the moment of sending."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from accounts.enums import Role
from accounts.models import Collectivite, Habilitation
from cases.models import Sinistre
from notifications.models import Annonce


@dataclass(frozen=True)
class Destinataire:
    """A person, by his account; or the contact address of a collectivité that has nobody here."""

    user_id: int | None = None
    adresse: str = ""

    @property
    def cle(self) -> str:
        return str(self.user_id) if self.user_id is not None else "contact"


def des_collectivites(ids: Collection[int]) -> dict[int, list[Destinataire]]:
    """Whom each collectivité is told through, in two queries: its active people, or its contact address."""
    found: dict[int, list[Destinataire]] = {pk: [] for pk in ids}
    for collectivite_id, user_id in _people(ids):
        found[collectivite_id].append(Destinataire(user_id=user_id))
    sans_personne = [pk for pk, people in found.items() if not people]
    for pk, adresse in Collectivite.objects.filter(pk__in=sans_personne).exclude(email="").values_list("pk", "email"):
        found[pk].append(Destinataire(adresse=adresse))
    return found


def _people(collectivite_ids: Collection[int]) -> list[tuple[int, int]]:
    habilitations = Habilitation.objects.actives().filter(
        role=Role.COLLECTIVITE, collectivite_id__in=collectivite_ids, user__is_active=True
    )
    rows = habilitations.order_by("collectivite_id", "user_id").values_list("collectivite_id", "user_id").distinct()
    return [(collectivite_id, user_id) for collectivite_id, user_id in rows if collectivite_id is not None]


def encore_a_dire(annonces: Sequence[Annonce]) -> list[Annonce]:
    """Those whose recipient may still be told: he is active, still of that collectivité, and it is not his own dossier."""
    collectivites = {annonce.collectivite_id for annonce in annonces if annonce.collectivite_id is not None}
    people = set(_people(collectivites))
    return [annonce for annonce in annonces if _may_be_told(annonce, people)]


def sans_destinataire(annonces: Sequence[Annonce]) -> list[Annonce]:
    """Those about a collectivité whose recipient may be told no more, by ids alone: `encore_a_dire` for many, in three queries."""
    siennes = [annonce for annonce in annonces if annonce.collectivite_id is not None]
    collectivites = {annonce.collectivite_id for annonce in siennes if annonce.collectivite_id is not None}
    people = set(_people(collectivites))
    au_contact = {a.collectivite_id for a in siennes if a.destinataire_id is None and a.collectivite_id is not None}
    contacts = set(Collectivite.objects.filter(pk__in=au_contact).values_list("pk", "email"))
    dossiers = {annonce.sinistre_id for annonce in siennes if annonce.sinistre_id is not None}
    comptes = Sinistre.objects.filter(pk__in=dossiers, agent__compte__isnull=False)
    own = set(comptes.values_list("pk", "agent__compte_id"))
    return [
        annonce
        for annonce in siennes
        if (
            (annonce.collectivite_id, annonce.adresse) not in contacts
            if annonce.destinataire_id is None
            else (annonce.collectivite_id, annonce.destinataire_id) not in people or (annonce.sinistre_id, annonce.destinataire_id) in own
        )
    ]


def _may_be_told(annonce: Annonce, people: set[tuple[int, int]]) -> bool:
    if annonce.destinataire is None:
        return annonce.collectivite is not None and annonce.collectivite.email == annonce.adresse
    if not annonce.destinataire.is_active or _is_own_file(annonce):
        return False
    return annonce.collectivite_id is None or (annonce.collectivite_id, annonce.destinataire_id) in people


def _is_own_file(annonce: Annonce) -> bool:
    """Nobody is told about his own dossier: he does not handle it."""
    return annonce.sinistre is not None and annonce.sinistre.compte_agent_id == annonce.destinataire_id
