"""What comes to its term among memberships: contracts that end with nothing to follow, years whose base is not fixed."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import Coalesce, Least

from contracts.models import Adhesion, BaseAssurance


def contrats_en_fin(apres: dt.date, jusqu_au: dt.date) -> QuerySet[Adhesion]:
    """The adhésions whose cover ends between these days, both included, and that no other of the same collectivité and régime follows.

    `terme`: the last day covered, that of the adhésion or of its contract.
    """
    suivantes = Adhesion.objects.filter(
        collectivite_id=OuterRef("collectivite_id"), regime=OuterRef("regime"), debut__gt=OuterRef("terme"),
    )  # fmt: skip
    return (
        Adhesion.objects.annotate(terme=Least(Coalesce(F("fin"), F("formule__contrat__fin")), F("formule__contrat__fin")))
        .filter(terme__range=(apres, jusqu_au))
        .exclude(Exists(suivantes))
        .order_by("pk")
    )


def bases_manquantes(annee: int) -> QuerySet[Adhesion]:
    """The adhésions that cover the first day of that year, and whose base d'assurance for it is not fixed."""
    premier = dt.date(annee, 1, 1)
    fixees = BaseAssurance.objects.filter(adhesion_id=OuterRef("pk"), annee=annee)
    en_vigueur: QuerySet[Adhesion] = Adhesion.objects.en_vigueur(premier)
    return (
        en_vigueur.filter(formule__contrat__debut__lte=premier, formule__contrat__fin__gte=premier).exclude(Exists(fixees)).order_by("pk")
    )
