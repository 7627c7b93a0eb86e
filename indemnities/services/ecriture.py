"""Writing one computed décompte: its frozen lines, the work item of its approval, its journal. Whoever reckons it calls this.

The caller holds the lock of the sinistre, has checked the right, and says what is owed; what was counted already is taken off here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from cases.models import Arret, Sinistre
from indemnities.calcul.modele import Sort
from indemnities.dossier.chaines import ZERO
from indemnities.enums import GenreDecompte, OrigineDecompte
from indemnities.models import Decompte, LigneDecompte
from indemnities.services.decomptes import submit

MAXIMUM = Decimal("99999999.99")
DEJA_PAYE = {
    "decompte_facture_payee_une_fois": "Cette facture a déjà son décompte.",
    "decompte_capital_paye_une_fois": "Ce versement du capital décès a déjà son décompte.",
    "decompte_periode_payee_une_fois": "Un décompte de ce dossier couvre déjà une partie de cette période.",
}


@dataclass(frozen=True)
class LigneCalculee:
    """One line to write. `jours`: days that are paid as such (none for an invoice or a share of a capital). `trace`: plain values."""

    nature: str
    debut: dt.date
    fin: dt.date
    montant: Decimal
    trace: Mapping[str, Any]
    jours: int = 0
    sort: str = Sort.PAYE
    fraction: str = "1"


@dataclass(frozen=True)
class Calcul:
    """A décompte to write, euros to the cent: its lines say what is owed, `deja` what stands already for the same thing.

    `corrige`: the décompte that this one corrects; only then may the difference be negative.
    """

    genre: GenreDecompte
    debut: dt.date
    fin: dt.date
    lignes: Sequence[LigneCalculee]
    explication: str
    deja: Decimal = ZERO
    corrige: Decompte | None = None
    arret: Arret | None = None
    facture: int | None = None

    @property
    def du(self) -> Decimal:
        return sum((ligne.montant for ligne in self.lignes), ZERO)

    @property
    def montant(self) -> Decimal:
        return self.du - self.deja


def ecrire(*, acteur: User, sinistre: Sinistre, calcul: Calcul) -> Decompte:
    """Create the décompte, which another person will approve. Raises Erreur (paid already, an initial line that would be negative),
    DonneeInvalide for an amount too big."""
    if calcul.corrige is None and calcul.montant < 0:
        raise Erreur("Ce qui est dû est inférieur à ce qui est déjà décompté : corrigez les décomptes qui restent.")
    if abs(calcul.du) > MAXIMUM:
        raise DonneeInvalide.sur("montant", "Ce montant est trop grand.")
    try:
        with transaction.atomic():
            decompte = Decompte.objects.create(
                genre=calcul.genre,
                origine=OrigineDecompte.CALCULE,
                sinistre=sinistre,
                arret=calcul.arret,
                debut=calcul.debut,
                fin=calcul.fin,
                montant=calcul.montant,
                du=calcul.du,
                deja=calcul.deja,
                explication=calcul.explication,
                corrige=calcul.corrige,
                facture=calcul.facture,
                calcule_par=acteur,
            )
            LigneDecompte.objects.bulk_create(
                LigneDecompte(
                    decompte=decompte,
                    rang=rang,
                    nature=ligne.nature,
                    debut=ligne.debut,
                    fin=ligne.fin,
                    jours=ligne.jours,
                    sort=ligne.sort,
                    fraction=ligne.fraction,
                    montant=ligne.montant,
                    trace=dict(ligne.trace),
                )
                for rang, ligne in enumerate(calcul.lignes, start=1)
            )
    except IntegrityError as error:
        raise _explain(error) from error
    submit(acteur, decompte)
    return decompte


def _explain(error: IntegrityError) -> Exception:
    texte = str(error)
    for contrainte, phrase in DEJA_PAYE.items():
        if contrainte in texte:
            return Erreur(phrase)
    return Erreur("Ce décompte a déjà sa correction : relisez le dossier.") if "corrige" in texte else error
