"""Systematic follow-up: the running leaves that are long or repeated, and what is planned for each. Three queries a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.gate import peut
from accounts.models import User
from cases.enums import OUVERTS, Etat, EtatBranche, GenreArret, GenreBranche
from cases.models import Arret, Branche, Echeance, Sinistre
from cases.rules import add_months
from cases.selectors import sinistres_visibles
from cases.suivi import CMO_90, COMPTES, IMPUTABLE_6_MOIS, LONG, LONGS, REPETES, Regle, en_vigueur
from contracts.enums import IMPUTABLES, Nature

ACTION = "saisine_mener"
GRACE = dt.timedelta(days=8)
"""A leave is still running so long after its last certificate, while no return was told: the next certificate is on its way."""
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Ligne:
    """One leave under follow-up: since when, which rules hold, what runs or is due already."""

    sinistre: Sinistre
    depuis: dt.date
    arrets: int
    regles: list[Regle]
    procedures: list[Branche]
    echeances: list[Echeance]


def suivis(user: User, *, jour: dt.date | None = None, regle: str = "") -> QuerySet[Sinistre]:
    """Open dossiers with a running leave for which one rule (that one, if named) holds, in the order of their keys."""
    aujourdhui = jour or timezone.localdate()
    if not peut(user, ACTION):
        return Sinistre.objects.none()
    en_cours = Arret.objects.filter(actif=True, fin__gte=aujourdhui - GRACE, debut__lte=aujourdhui).exclude(genre=GenreArret.TPT)
    de_l_agent = Arret.objects.filter(
        sinistre__agent=OuterRef("agent"), sinistre__nature__in=COMPTES, actif=True, debut__gt=add_months(aujourdhui, -12)
    ).filter(genre__in=[GenreArret.INITIAL, GenreArret.RECHUTE])  # fmt: skip
    de_l_agent = de_l_agent.exclude(sinistre__etat__in=[Etat.ANNULE, Etat.REFUSE]).order_by()
    du_sinistre = Arret.objects.filter(sinistre=OuterRef("pk"), actif=True).exclude(genre=GenreArret.TPT)
    conditions = _conditions(en_vigueur(aujourdhui), aujourdhui)
    retenues = [q for code, q in conditions.items() if not regle or code == regle]
    retenue = Q(pk__in=[])
    for q in retenues:
        retenue |= q
    return (
        sinistres_visibles(user)
        .filter(etat__in=OUVERTS, reprise_effective__isnull=True, nature__in=COMPTES, pk__in=en_cours.order_by().values("sinistre_id"))
        .annotate(
            suivi_depuis=Subquery(du_sinistre.order_by("-episode__rang", "debut").values("debut")[:1]),
            suivi_arrets=Coalesce(Subquery(de_l_agent.values("sinistre__agent").annotate(n=Count("pk")).values("n")), 0),
        )
        .filter(retenue)
        .select_related("collectivite", "agent")
        .order_by("pk")
    )


def _conditions(regles: Mapping[str, Regle], aujourdhui: dt.date) -> dict[str, Q]:
    toutes = {
        CMO_90: lambda r: Q(nature=Nature.CMO, suivi_depuis__lte=aujourdhui - (r.seuil - 1) * ONE_DAY),
        REPETES: lambda r: Q(suivi_arrets__gte=r.seuil),
        LONG: lambda r: Q(nature__in=LONGS),
        IMPUTABLE_6_MOIS: lambda r: Q(nature__in=IMPUTABLES, suivi_depuis__lte=add_months(aujourdhui, -r.seuil)),
    }
    return {code: toutes[code](regle) for code, regle in regles.items()}


def lignes(user: User, *, apres: int = 0, limite: int = 50, jour: dt.date | None = None, regle: str = "") -> list[Ligne]:
    """The page that follows the dossier of key `apres`, at most `limite` lines."""
    aujourdhui = jour or timezone.localdate()
    sinistres = list(suivis(user, jour=aujourdhui, regle=regle).filter(pk__gt=apres)[:limite])
    ids = [s.pk for s in sinistres]
    en_cours = Branche.objects.filter(sinistre__in=ids, etat=EtatBranche.EN_COURS).exclude(genre=GenreBranche.SOUTIEN).order_by("pk")
    procedures: dict[int | None, list[Branche]] = {}
    for branche in en_cours:
        procedures.setdefault(branche.sinistre_id, []).append(branche)
    dues: dict[int | None, list[Echeance]] = {}
    ouvertes = Echeance.objects.filter(sinistre__in=ids, traitee_le__isnull=True, levee_le__isnull=True)
    for echeance in ouvertes.order_by("due_at", "pk"):
        dues.setdefault(echeance.sinistre_id, []).append(echeance)
    regles = en_vigueur(aujourdhui)
    return [
        Ligne(
            sinistre=s,
            depuis=s.suivi_depuis,  # type: ignore[attr-defined]
            arrets=s.suivi_arrets,  # type: ignore[attr-defined]
            regles=[r for code, r in regles.items() if _holds(code, r, s, aujourdhui)],
            procedures=procedures.get(s.pk, []),
            echeances=dues.get(s.pk, []),
        )
        for s in sinistres
    ]


def _holds(code: str, regle: Regle, sinistre: Sinistre, aujourdhui: dt.date) -> bool:
    """The same conditions on a row that has been read."""
    depuis: dt.date = sinistre.suivi_depuis  # type: ignore[attr-defined]
    arrets: int = sinistre.suivi_arrets  # type: ignore[attr-defined]
    return {
        CMO_90: sinistre.nature == Nature.CMO and depuis <= aujourdhui - (regle.seuil - 1) * ONE_DAY,
        REPETES: arrets >= regle.seuil,
        LONG: sinistre.nature in LONGS,
        IMPUTABLE_6_MOIS: sinistre.nature in IMPUTABLES and depuis <= add_months(aujourdhui, -regle.seuil),
    }[code]
