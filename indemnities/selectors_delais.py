"""How long reimbursements take, contract by contract: what was settled over twelve months, what waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Aggregate, Count, DateField, F, FloatField, Func, IntegerField, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from accounts.models import User
from cases.rules import add_months
from indemnities.enums import EtatDecompte
from indemnities.models import Decompte
from indemnities.selectors import UNPAID, decomptes_visibles

MOIS = 12


@dataclass(frozen=True)
class DelaiContrat:
    """One contract. `regles`: décomptes settled over twelve months; `mediane`: calendar days from the day they were computed to the day of
    settlement; `dans_delai`: how many within the promise, None without one. `en_attente`: not settled today; `hors_delai`: of them, late.
    """

    numero: str
    libelle: str
    promis: int | None
    regles: int
    mediane: Decimal | None
    dans_delai: int | None
    en_attente: int
    hors_delai: int | None

    @property
    def part(self) -> Decimal | None:
        """Share settled within the promise, in % to one decimal."""
        if self.dans_delai is None or not self.regles:
            return None
        return (Decimal(100 * self.dans_delai) / self.regles).quantize(Decimal("0.1"), ROUND_HALF_UP)


class _Mediane(Aggregate):
    function = "percentile_cont"
    template = "percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def _days(fin: Any) -> Func:
    """Whole days from the day a décompte was computed to `fin`."""
    return Func(fin, TruncDate("calcule_le"), template="(%(expressions)s)", arg_joiner=" - ", output_field=IntegerField())


def delais_de_remboursement(user: User, *, aujourd_hui: dt.date | None = None) -> list[DelaiContrat]:
    """By contract, in the order of their numbers; what the collectivité owes back does not count. One query."""
    jour = aujourd_hui or timezone.localdate()
    depuis = add_months(jour, -MOIS)
    regle = Q(etat=EtatDecompte.REGLE, bordereau__regle_le__gt=depuis, bordereau__regle_le__lte=jour)
    attend = Q(etat__in=UNPAID)
    promis = F("sinistre__contrat__delai_remboursement_jours")
    today = Func(template=f"DATE '{jour.isoformat()}'", output_field=DateField())
    rows: QuerySet[Decompte, Mapping[str, Any]] = (
        decomptes_visibles(user)
        .select_related(None)
        .filter(regle | attend, montant__gt=0)
        .annotate(delai=_days(F("bordereau__regle_le")), attente=_days(today))
        .values("sinistre__contrat__numero", "sinistre__contrat__libelle", "sinistre__contrat__delai_remboursement_jours")
        .annotate(
            regles=Count("pk", filter=regle),
            mediane=_Mediane("delai", filter=regle),
            dans_delai=Count("pk", filter=regle & Q(delai__lte=promis)),
            en_attente=Count("pk", filter=attend),
            hors_delai=Count("pk", filter=attend & Q(attente__gt=promis)),
        )
        .order_by("sinistre__contrat__numero")
    )
    return [_read(row) for row in rows]


def _read(row: Mapping[str, Any]) -> DelaiContrat:
    promis = row["sinistre__contrat__delai_remboursement_jours"]
    return DelaiContrat(
        numero=row["sinistre__contrat__numero"],
        libelle=row["sinistre__contrat__libelle"],
        promis=promis,
        regles=row["regles"],
        mediane=None if row["mediane"] is None else Decimal(str(row["mediane"])).quantize(Decimal("0.1"), ROUND_HALF_UP),
        dans_delai=None if promis is None else row["dans_delai"],
        en_attente=row["en_attente"],
        hors_delai=None if promis is None else row["hors_delai"],
    )
