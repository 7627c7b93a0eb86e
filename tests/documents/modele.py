"""What is expected of a dossier, written a second time, slowly and from the domain's text: what the SQL is held against."""

from __future__ import annotations

import datetime as dt
from typing import Any

from cases.models import Arret, Sinistre
from cases.rules import add_months
from documents.models import DossierPieces, Exigence, Piece

DAY = dt.timedelta(days=1)
START = {
    "INITIAL": ["DECLARATION", "VALIDATION", "REMBOURSEMENT"],
    "RECHUTE": ["RECHUTE", "VALIDATION", "REMBOURSEMENT"],
    "REQUALIFICATION": ["DECLARATION", "VALIDATION", "REMBOURSEMENT"],
}


def runs_of_cmo(arrets: list[Arret]) -> list[tuple[dt.date, dt.date]]:
    """Consecutive maladie ordinaire: certificates at most three days apart are one leave."""
    runs: list[tuple[dt.date, dt.date]] = []
    for arret in arrets:
        if arret.genre == "TPT" or arret.episode.nature != "CMO":
            continue
        if runs and (arret.debut - runs[-1][1]).days <= 3:
            runs[-1] = (runs[-1][0], arret.fin)
        else:
            runs.append((arret.debut, arret.fin))
    return runs


def beyond(arrets: list[Arret], mois: int) -> bool:
    """Whether these days, laid end to end from the first, go beyond so many months."""
    if not arrets:
        return False
    debut = min(a.debut for a in arrets)
    return debut + sum(a.jours for a in arrets) * DAY > add_months(debut, mois)


def applies(condition: str, sinistre: Sinistre, faits: list[str], arrets: list[Arret]) -> bool:
    def of(*natures: str) -> list[Arret]:
        return [a for a in arrets if a.genre != "TPT" and a.episode.nature in natures]

    match condition:
        case "TOUJOURS" | "SI_LE_CAS":
            return True
        case "TIERS":
            return sinistre.tiers_possible is True
        case "RIB_INCONNU":
            return not Piece.objects.filter(code="rib", etat="CONFORME", sinistre__collectivite=sinistre.collectivite_id).exists()
        case "CMO_6_MOIS":
            return any(fin >= add_months(debut, 6) for debut, fin in runs_of_cmo(arrets))
        case "CMO_12_MOIS":
            return any(fin + DAY >= add_months(debut, 12) for debut, fin in runs_of_cmo(arrets))
        case "DEMI_TRAITEMENT":
            return beyond(of("CLM"), 12) or beyond(of("CGM"), 12) or (bool(of("CLD")) and beyond(of("CLM", "CLD"), 36))
        case "TPT_3_MOIS":
            return beyond([a for a in arrets if a.genre == "TPT" or a.episode.nature == "TPT"], 3)
    return condition in faits


def openings(sinistre: Sinistre, faits: list[str], arrets: list[Arret]) -> list[tuple[str, str, int | None, bool]]:
    """(nature, stage, arrêt or None, alone) that this dossier has opened, an arrêt standing for the lines that go by period.

    `alone`: no arrêt will ask for the papers of that stage that go by period, so that it asks for them itself.
    """
    found: list[tuple[str, str, int | None, bool]] = []
    episodes = list(sinistre.episodes.order_by("rang"))
    for episode in episodes:
        last = episode == episodes[-1]
        own = [a for a in arrets if a.episode_id == episode.pk]
        ever = Arret.objects.filter(episode=episode).exists()
        if ever or last:
            found += [(episode.nature, stade, None, not ever) for stade in START[episode.genre]]
        leave = [a for a in own if a.genre != "TPT"]
        for a in leave:
            if episode.genre == "REQUALIFICATION" and a == leave[0]:
                stades = START["INITIAL"]
            else:
                stades = START.get(a.genre, ["PROLONGATION", "REMBOURSEMENT"])
            found += [(episode.nature, stade, a.pk, False) for stade in stades]
        for rang, a in enumerate(a for a in own if a.genre == "TPT"):
            found += [("TPT", stade, a.pk, False) for stade in ("PROLONGATION" if rang else "DECLARATION", "REMBOURSEMENT")]
        if last:
            nature = episode.nature
            found += [(nature, "DECES", None, True)] if nature == "DC" else []
            found += [(nature, "FRAIS", None, True)] if nature == "FM" or "FRAIS_MEDICAUX" in faits else []
            found += [(nature, "RECOURS", None, True)] if sinistre.tiers_possible else []
            found += [(nature, "CLOTURE", None, True)] if sinistre.reprise_effective or sinistre.etat == "CLOS" else []
    return found


def expected(sinistre: Sinistre) -> set[tuple[int, str, int | None, bool]]:
    """(sinistre, code, arrêt or None, required)."""
    held = DossierPieces.objects.get(sinistre=sinistre)
    arrets = list(Arret.objects.filter(sinistre=sinistre, actif=True).select_related("episode").order_by("debut", "pk"))
    opened = openings(sinistre, held.faits, arrets)
    found: dict[tuple[str, int | None], bool] = {}
    for e in Exigence.objects.filter(liste=held.liste):
        if sinistre.regime not in e.regimes or not applies(e.condition, sinistre, held.faits, arrets):
            continue
        requise = e.requise and e.condition != "SI_LE_CAS"
        for nature, stade, arret_id, alone in opened:
            if nature not in e.natures or stade != e.stade:
                continue
            for key in _keys(e, arret_id, alone):
                found[key] = found.get(key, False) or requise
    return {(sinistre.pk, code, arret_id, requise) for (code, arret_id), requise in found.items()}


def _keys(e: Any, arret_id: int | None, alone: bool) -> list[tuple[str, int | None]]:
    if not e.par_periode:
        return [(e.code, None)]
    return [(e.code, arret_id)] if arret_id is not None or alone else []
