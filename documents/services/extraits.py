"""What leaves the bulle of a medical pièce: dates and amounts, written by the gestionnaire de bulle. A correction is a new row."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from documents.models import ExtraitAdministratif, Piece
from journal.services import consigner

MAX_MONTANT = Decimal("99999999.99")


@dataclass(frozen=True)
class Extrait:
    """Day the document was made, days it covers (both included), amount in euros with two decimals, whether the practitioner is paid
    directly. Each may be unknown."""

    etabli_le: dt.date | None = None
    debut: dt.date | None = None
    fin: dt.date | None = None
    montant: Decimal | None = None
    tiers_payant: bool | None = None

    @property
    def est_vide(self) -> bool:
        return all(value is None for value in (self.etabli_le, self.debut, self.fin, self.montant))


def check(extrait: Extrait) -> None:
    """Raises DonneeInvalide, each fault on its field."""
    erreurs: dict[str, list[str]] = {}
    if extrait.debut is not None and extrait.fin is not None and extrait.fin < extrait.debut:
        erreurs["fin"] = ["Le dernier jour ne précède pas le premier."]
    if extrait.fin is not None and extrait.debut is None:
        erreurs["debut"] = ["Donnez aussi le premier jour."]
    if extrait.etabli_le is not None and extrait.etabli_le > timezone.localdate():
        erreurs["etabli_le"] = ["Cette date est à venir."]
    if extrait.montant is not None and not 0 < extrait.montant <= MAX_MONTANT:
        erreurs["montant"] = ["Un montant est positif."]
    elif extrait.montant is not None and extrait.montant != extrait.montant.quantize(Decimal("0.01")):
        erreurs["montant"] = ["Deux décimales au plus."]
    if extrait.est_vide:
        erreurs["etabli_le"] = ["Donnez au moins une date ou un montant."]
    if erreurs:
        raise DonneeInvalide(erreurs)


def extraire(*, acteur: User, piece: Piece, extrait: Extrait, corrige: ExtraitAdministratif | None = None) -> ExtraitAdministratif:
    """Write what leaves the bulle of `piece`; `corrige` is the extract of the same pièce that this one replaces.

    Raises Refus, DonneeInvalide, or Erreur when that one has been corrected meanwhile or the pièce is not medical.
    """
    exiger(acteur, "piece_medicale_controler", piece.sinistre)
    check(extrait)
    if not piece.est_medicale:
        raise Erreur("Seule une pièce médicale a un extrait : les autres se lisent au dossier.")
    with transaction.atomic():
        Piece.objects.select_for_update(of=("self",)).values_list("pk").get(pk=piece.pk)
        if corrige is not None and (corrige.piece_id != piece.pk or ExtraitAdministratif.objects.filter(corrige=corrige.pk).exists()):
            raise Erreur("Cet extrait a déjà été corrigé : relisez le dernier.")
        row = ExtraitAdministratif.objects.create(
            piece=piece,
            corrige=corrige,
            etabli_le=extrait.etabli_le,
            debut=extrait.debut,
            fin=extrait.fin,
            montant=extrait.montant,
            tiers_payant=extrait.tiers_payant,
            saisi_par=acteur,
        )
        consigner(
            acteur=acteur,
            action="extrait.corrige" if corrige is not None else "extrait.saisi",
            objet_type="extrait",
            objet_id=row.pk,
            sinistre_id=piece.sinistre_id,
            donnees={"piece": piece.code, "corrige": corrige.pk if corrige is not None else None, **_facts(extrait)},
        )
    return row


def _facts(extrait: Extrait) -> dict[str, str]:
    """What is known, as the journal keeps it: days in ISO, amounts as texts."""
    jours = {"etabli_le": extrait.etabli_le, "debut": extrait.debut, "fin": extrait.fin}
    faits = {champ: jour.isoformat() for champ, jour in jours.items() if jour is not None}
    return faits | ({"montant": str(extrait.montant)} if extrait.montant is not None else {})
