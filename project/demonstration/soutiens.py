"""Soutiens psychologiques of the bulle's day: one at each moment that its people may want to look at."""

from __future__ import annotations

from django.utils import timezone

from accounts.models import User
from cases.enums import OUVERTS
from cases.models import Programme, Sinistre
from medical.enums_soutien import FormeSeance, Voie
from medical.models import Soutien
from medical.services import liens
from medical.services import soutien as services
from workflows.branches.soutien import actes, creneaux

CONTACT = "06 39 98 00 00 (numéro de démonstration), le soir"
COMBIEN = 5
NOTE = "Premier échange, demande claire. Revoir le sommeil au prochain rendez-vous. (Texte de démonstration.)"


def mener(secretariat: User, psychologue: User) -> int:
    """To be confided, to be agreed to, awaiting the contact, under way and shown, not yet at its slot. Returns how many: none where too few
    agents have an open dossier."""
    dossiers = _dossiers()
    if len(dossiers) < COMBIEN:
        return 0
    *demandeurs, propose, attend = dossiers
    for sinistre, programme in zip(demandeurs, (Programme.RESSOURCES, Programme.REACTION, Programme.REPERE), strict=True):
        _asked_for(secretariat, sinistre, programme)
    services.proposer(acteur=secretariat, sinistre=propose, programme=Programme.ATLAS)
    # The load does not wait for the next slot: it has come.
    Soutien.objects.filter(suite_le__isnull=False).update(suite_le=timezone.now())
    creneaux.suivre()
    demandes = {s.programme: s for s in Soutien.objects.select_related("sinistre__agent", "branche", "cle", "psychologue")}
    actes.affecter(acteur=secretariat, soutien=demandes[Programme.REACTION], psychologue=psychologue)
    _under_way(secretariat, psychologue, demandes[Programme.REPERE])
    _asked_for(secretariat, attend, Programme.RESSOURCES)
    return len(demandes) + 1


def _dossiers() -> list[Sinistre]:
    """The latest of COMBIEN agents."""
    derniers: dict[int, Sinistre] = {}
    for sinistre in Sinistre.objects.filter(etat__in=OUVERTS).select_related("agent", "collectivite").order_by("-pk"):
        derniers.setdefault(sinistre.agent_id, sinistre)
        if len(derniers) == COMBIEN:
            break
    return list(derniers.values())


def _asked_for(secretariat: User, sinistre: Sinistre, programme: str) -> None:
    """By the agent, with the link that he was given."""
    remise = liens.ouvrir_a_l_agent(acteur=secretariat, sinistre=sinistre)
    lien = liens.seance(liens.entrer(secret=remise.secret, code=remise.code))
    if lien is not None:
        services.demander(lien=lien, programme=programme, contact=CONTACT)


def _under_way(secretariat: User, psychologue: User, soutien: Soutien) -> None:
    """Confided, reached, two séances; his employer may see it."""
    actes.affecter(acteur=secretariat, soutien=soutien, psychologue=psychologue)
    aujourdhui = timezone.localdate()
    for acte in (
        lambda frais: actes.prendre_contact(acteur=psychologue, soutien=frais, le=aujourdhui),
        lambda frais: actes.tenir_seance(
            acteur=psychologue, soutien=frais, saisie=actes.SeanceSaisie(aujourdhui, FormeSeance.CABINET, 45, note=NOTE)
        ),
        lambda frais: actes.tenir_seance(acteur=psychologue, soutien=frais, saisie=actes.SeanceSaisie(aujourdhui, FormeSeance.VISIO, 40)),
        lambda frais: services.montrer(soutien=frais, acteur=None, voie=Voie.LIEN),
    ):
        acte(Soutien.objects.select_related("sinistre__agent", "branche", "cle", "psychologue").get(pk=soutien.pk))
