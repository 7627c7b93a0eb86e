"""Invoices of care as they stand outside the bulle: what was read of each, under the id by which it is known for ever."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.gate import peut
from accounts.models import User
from cases.models import Sinistre
from documents.enums import EtatPiece, Stade
from documents.models import ExtraitAdministratif, Piece


@dataclass(frozen=True)
class FactureSortie:
    """One invoice. `numero`: the id of the first extract that left of it; `extrait`: the latest, which alone holds."""

    numero: int
    extrait: ExtraitAdministratif

    @property
    def est_corrigee(self) -> bool:
        return self.numero != self.extrait.pk


def factures_sorties(user: User, sinistre: Sinistre) -> list[FactureSortie]:
    """The invoices of a dossier whose amount has left the bulle, in the order they were keyed. None for who may not read its pièces."""
    if not peut(user, "checklist_lire", sinistre):
        return []
    extraits = ExtraitAdministratif.objects.filter(
        piece__sinistre=sinistre, piece__stade=Stade.FRAIS, etabli_le__isnull=False, montant__isnull=False, tiers_payant__isnull=False
    )
    racines: dict[int, int] = {}
    latest: dict[int, ExtraitAdministratif] = {}
    for extrait in extraits.order_by("pk"):  # a correction always comes after what it corrects
        racine = racines.get(extrait.corrige_id, extrait.pk) if extrait.corrige_id is not None else extrait.pk
        racines[extrait.pk] = racine
        latest[racine] = extrait
    return [FactureSortie(numero, extrait) for numero, extrait in latest.items()]


def preuves_manquantes(sinistre: Sinistre) -> list[str]:
    """What was asked of the collectivité to prove that it paid, and is not conforme yet: by libellé."""
    attendues = Piece.objects.filter(sinistre=sinistre, stade=Stade.FRAIS, requise=True).exclude(visibilite="M")
    return [p.libelle for p in attendues.exclude(etat__in=[EtatPiece.CONFORME, EtatPiece.SANS_OBJET]).order_by("pk")]


def numero_de(extrait: ExtraitAdministratif) -> int:
    """The id by which the invoice of this extract is known: that of the first one, of which it may be a correction."""
    premier = extrait
    while premier.corrige is not None:
        premier = premier.corrige
    return premier.pk
