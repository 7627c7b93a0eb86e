"""News that come from a date and from no event: rights that run out, a contract that ends, a base to fix for the coming year.

A daily task looks for them, slice by slice. Each names the day it is about, so looking again, after an outage or twice, tells
nothing twice.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Habilitation
from cases.enums import OUVERTS, Etat, GenreArret
from cases.errors import DonneeInvalide
from cases.models import Arret, Sinistre
from cases.rules import add_months
from contracts.models import Adhesion
from contracts.selectors_termes import bases_manquantes, contrats_en_fin
from indemnities.dossier.histoire import Suivi, agent_de, histoire_de
from indemnities.droits import modele, moteur, regles
from indemnities.models import FaitsDroits
from notifications.annonces import Nouvelle, annoncer_nouvelles
from notifications.enums import GenreCourriel
from notifications.genres.contrat import BASE, FIN

logger = logging.getLogger(__name__)

TRANCHE = 200
PREAVIS = 30
"""Days before rights come to an end at which the employer is told."""

FULL = modele.NEUF_DIXIEMES
"""From this fraction on, a day is of the first rate (domain: §10.6)."""

LIMITEES = (modele.Nature.CMO, modele.Nature.CLM, modele.Nature.CLD, modele.Nature.CGM, modele.Nature.ATC)
"""Leaves whose rights run out by the day. A disponibilité has none; a temps partiel has its saisine; the others have no end."""

MOIS_AVANT_LE_TERME = (6, 2)
"""How long before the end of a contract its collectivités and the responsables are told."""

PREMIER_RAPPEL_BASE = (11, 1)
"""From 1 November on, a base d'assurance missing for the coming year is told."""


def annoncer_dates(*, apres: int = 0, limite: int = 5_000) -> int:
    """Tell what the dates of today call for. `apres`: the dossier to go on after; `limite`: dossiers looked at, at most.

    Returns the dossier to go on after, 0 when all have been looked at. Safe to run twice and at once.
    """
    if not apres:
        _tell_contracts(timezone.localdate())
    vus = 0
    while vus < limite:
        tranche = list(_at_risk(timezone.localdate(), apres)[:TRANCHE])
        with transaction.atomic():
            annoncer_nouvelles([nouvelle for sinistre in tranche for nouvelle in _rights_of(sinistre)])
        if len(tranche) < TRANCHE:
            return 0
        apres, vus = tranche[-1].pk, vus + len(tranche)
    return apres


# -- Rights -------------------------------------------------------------------------------------------------------------------


def _at_risk(aujourd_hui: dt.date, apres: int) -> QuerySet[Sinistre]:
    """Open dossiers whose agent is on a leave of limited rights today."""
    en_arret = Arret.objects.filter(
        sinistre=OuterRef("pk"), actif=True, debut__lte=aujourd_hui, fin__gte=aujourd_hui, episode__nature__in=LIMITEES
    ).exclude(genre=GenreArret.TPT)
    return (
        Sinistre.objects.filter(Exists(en_arret), etat__in=OUVERTS, reprise_effective__isnull=True, pk__gt=apres)
        .exclude(etat=Etat.EN_MEDIATION)
        .select_related("agent", "collectivite", "contrat")
        .order_by("pk")
    )


def _rights_of(sinistre: Sinistre) -> Iterable[Nouvelle]:
    """What comes to an end within PREAVIS days if the leave goes on. Facts that the engine refuses are for whoever pays the dossier; one
    that makes it fail keeps none of those behind from being told."""
    aujourd_hui = timezone.localdate()
    try:
        with transaction.atomic():
            fins = fins_des_droits(sinistre, aujourd_hui, aujourd_hui + dt.timedelta(days=PREAVIS))
    except DonneeInvalide:
        return
    except (OperationalError, InterfaceError):  # the database's fault, not that of the dossier
        raise
    except Exception as error:
        logger.error("droits.echec", extra={"sinistre": sinistre.pk, "erreur": type(error).__name__})
        return
    for droits, fin in fins.items():
        yield Nouvelle.du_dossier(
            GenreCourriel.DROITS_EN_FIN, f"droits:{sinistre.pk}:{droits}:{fin.isoformat()}", sinistre,
            echeance=fin, fin=fin.isoformat(), droits=droits,
        )  # fmt: skip


def fins_des_droits(sinistre: Sinistre, depuis: dt.date, jusqu_au: dt.date) -> dict[str, dt.date]:
    """The last day of full pay (PLEIN) and of any pay (TOUS), where it falls between these days, the leave of `depuis` going on all along.

    Raises DonneeInvalide where the agent's history can't be reckoned. A few queries: those of one agent's history.
    """
    agent = agent_de(sinistre)
    faits = {un.sinistre_id: un for un in FaitsDroits.objects.filter(sinistre__agent=sinistre.agent_id)}
    suivis = _going_on(histoire_de(sinistre, agent, faits), sinistre.pk, depuis, jusqu_au + dt.timedelta(days=1))
    resultat = moteur.droits(
        [suivi.arret for suivi in suivis],
        nature=modele.Nature.CMO,
        agent=agent,
        decompte=modele.Decompte(sinistre.contrat.decompte_droits),
    )
    segments = [s for droit in resultat.droits if droit.nature in LIMITEES for s in droit.segments if s.motif is not regles.JOUR_CARENCE]
    fins: dict[str, dt.date] = {}
    for avant, ensuite in pairwise(segments):
        if ensuite.debut - avant.fin > dt.timedelta(days=1) or not depuis <= avant.fin <= jusqu_au:
            continue
        if avant.fraction > 0 and ensuite.fraction == 0:
            fins["TOUS"] = avant.fin
        elif avant.fraction >= FULL > ensuite.fraction:
            fins["PLEIN"] = avant.fin
    return fins


def _going_on(suivis: Sequence[Suivi], sinistre_id: int, depuis: dt.date, jusqu_au: dt.date) -> list[Suivi]:
    """The history with the present leave drawn out to a day; what is known after it stays as it is."""
    courants = [s for s in suivis if s.sinistre_id == sinistre_id and s.arret.debut <= depuis <= s.arret.fin]
    suivants = [s.arret.debut for s in suivis if s.arret.debut > depuis]
    if not courants:
        return list(suivis)
    terme = min(jusqu_au, *(debut - dt.timedelta(days=1) for debut in suivants)) if suivants else jusqu_au
    (courant, *_) = courants
    allonge = replace(courant, arret=replace(courant.arret, fin=max(courant.arret.fin, terme)))
    return [allonge if s is courant else s for s in suivis]


# -- Contracts ----------------------------------------------------------------------------------------------------------------


def _tell_contracts(aujourd_hui: dt.date) -> None:
    with transaction.atomic():
        annoncer_nouvelles([*_ending(aujourd_hui), *_without_base(aujourd_hui)])


def _ending(aujourd_hui: dt.date) -> list[Nouvelle]:
    """Contracts that end within six months, told once; within two, told again. After an outage, the nearer one alone."""
    loin, pres = (add_months(aujourd_hui, mois) for mois in MOIS_AVANT_LE_TERME)
    adhesions = contrats_en_fin(aujourd_hui, loin).select_related("collectivite", "formule")
    found: dict[str, Nouvelle] = {}
    for adhesion in adhesions:
        fin: dt.date = adhesion.terme  # type: ignore[attr-defined]  # annotated
        donnees: dict[str, object] = {"quoi": FIN, "contrat": adhesion.formule.contrat_id, "fin": fin.isoformat()}
        mois = MOIS_AVANT_LE_TERME[fin <= pres]
        _add(found, adhesion, f"contrat.fin:{adhesion.formule.contrat_id}:{fin.isoformat()}:{mois}", donnees, fin)
    return list(found.values())


def _without_base(aujourd_hui: dt.date) -> list[Nouvelle]:
    if (aujourd_hui.month, aujourd_hui.day) < PREMIER_RAPPEL_BASE:
        return []
    annee = aujourd_hui.year + 1
    found: dict[str, Nouvelle] = {}
    for adhesion in bases_manquantes(annee).select_related("collectivite", "formule"):
        donnees: dict[str, object] = {"quoi": BASE, "contrat": adhesion.formule.contrat_id, "annee": annee}
        _add(found, adhesion, f"base:{adhesion.formule.contrat_id}:{annee}", donnees, dt.date(aujourd_hui.year, 12, 31))
    return list(found.values())


def _add(found: dict[str, Nouvelle], adhesion: Adhesion, intention: str, donnees: dict[str, object], echeance: dt.date) -> None:
    """For the people of the collectivité, once whatever its régimes; and once a contract for the responsables."""
    commun = Nouvelle(GenreCourriel.ECHEANCE_CONTRAT, intention, donnees=donnees, echeance=echeance)
    collectivite = adhesion.collectivite
    sienne = f"{intention}:{collectivite.pk}"
    found.setdefault(
        sienne, replace(commun, intention=sienne, collectivite_id=collectivite.pk, departement=collectivite.departement)
    )  # fmt: skip
    if intention not in found:
        responsables = _responsables()
        if responsables:
            found[intention] = replace(commun, personnes=responsables)


def _responsables() -> tuple[int, ...]:
    actives = Habilitation.objects.actives().filter(role=Role.RESPONSABLE, user__is_active=True)
    return tuple(sorted(set(actives.values_list("user_id", flat=True))))
