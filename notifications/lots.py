"""The events that are derived together, and what they share: each thing is read once for all of them, when first needed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import cached_property

from django.utils import timezone

from accounts.enums import Role
from accounts.models import Habilitation
from cases.enums import FileTravail
from cases.models import ContreVisite, Expertise, Sinistre, Tache
from cases.models.avis import Delegation
from cases.rules import add_working_days
from contracts.relances import Calendriers
from contracts.selectors import calendriers_relances
from indemnities.models import Bordereau
from journal.models import Evenement
from notifications.enums import GenreCourriel
from notifications.manquantes import Manquante, pieces_manquantes
from notifications.models import Annonce

HORS_EQUIPE = (FileTravail.EMPLOYEUR, FileTravail.MEDECIN, FileTravail.MISSIONS, FileTravail.SOUTIENS, FileTravail.BULLE)
"""Queues whose items are held by others than those who follow the dossier."""


class Lot:
    def __init__(self, evenements: Sequence[Evenement]) -> None:
        self.evenements = evenements

    def _objets(self, *types: str) -> set[int]:
        return {evenement.objet_id for evenement in self.evenements if evenement.type in types}

    @cached_property
    def sinistres(self) -> dict[int, Sinistre]:
        ids = {evenement.sinistre_id for evenement in self.evenements if evenement.sinistre_id is not None}
        return Sinistre.objects.select_related("agent", "collectivite").in_bulk(ids)

    @cached_property
    def manquantes(self) -> dict[int, list[Manquante]]:
        return pieces_manquantes(list(self.sinistres))

    @cached_property
    def dites(self) -> dict[int, dict[int, dt.datetime]]:
        """The pièces that each dossier's collectivité has been asked for already, those asked in this lot included, and when last."""
        found: dict[int, dict[int, dt.datetime]] = {}
        asked = Annonce.objects.filter(
            sinistre_id__in=list(self.sinistres), genre__in=[GenreCourriel.ACCUSE_DECLARATION, GenreCourriel.PIECES_DEMANDEES]
        )
        for sinistre_id, donnees, le in asked.order_by("pk").values_list("sinistre_id", "donnees", "cree_le"):
            found.setdefault(sinistre_id or 0, {}).update(dict.fromkeys(donnees.get("pieces", ()), le))
        return found

    @cached_property
    def calendriers(self) -> Calendriers:
        return calendriers_relances(timezone.localdate())

    def attendu_pour(self, sinistre: Sinistre, une: Manquante) -> dt.date:
        """The day by which a missing pièce is awaited: that of its first reminder."""
        jours = self.calendriers.pour(sinistre.contrat_id, une.stade).jours[0]
        return add_working_days(timezone.localdate(une.depuis), jours, sinistre.collectivite.departement)

    @cached_property
    def bordereaux(self) -> dict[int, Bordereau]:
        return Bordereau.objects.select_related("collectivite").in_bulk(self._objets("bordereau.regle"))

    @cached_property
    def contre_visites(self) -> dict[int, ContreVisite]:
        """By their branch."""
        ids = self._objets("contre_visite.avis", "contre_visite.conclusions")
        return {une.branche_id: une for une in ContreVisite.objects.filter(branche_id__in=ids)}

    @cached_property
    def medecins(self) -> dict[int, int]:
        """The médecin conseil of each expertise, by its branch."""
        ids = self._objets("expertise.medecin_conseil_change")
        return dict(Expertise.objects.filter(branche_id__in=ids).values_list("branche_id", "avis__medecin_id"))

    @cached_property
    def remplacants(self) -> dict[int, set[int]]:
        """Who replaces each médecin today."""
        aujourd_hui = timezone.localdate()
        found: dict[int, set[int]] = {}
        delegations = Delegation.objects.filter(debut__lte=aujourd_hui, fin__gte=aujourd_hui, retiree_le__isnull=True)
        for medecin, remplacant in delegations.values_list("medecin_id", "remplacant_id"):
            found.setdefault(medecin, set()).add(remplacant)
        return found

    @cached_property
    def porteurs(self) -> dict[int, set[int]]:
        """Who of the CDG's team holds an item of each dossier."""
        equipe = Habilitation.objects.actives().filter(role__in=[Role.GESTIONNAIRE, Role.RESPONSABLE], user__is_active=True)
        tenues = Tache.objects.filter(sinistre_id__in=list(self.sinistres), fermee_le__isnull=True, porteur_id__in=equipe.values("user_id"))
        found: dict[int, set[int]] = {}
        for sinistre_id, porteur_id in tenues.exclude(file__in=HORS_EQUIPE).order_by().values_list("sinistre_id", "porteur_id"):
            found.setdefault(sinistre_id or 0, set()).add(porteur_id or 0)
        return found
