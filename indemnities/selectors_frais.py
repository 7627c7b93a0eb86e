"""Reads of frais médicaux: what was counted of each invoice, the certificates, and whether care of a given day may be paid."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from accounts.gate import peut
from accounts.models import User
from cases.enums_saisine import DecisionImputabilite
from cases.models import Episode, InstructionCitis, Sinistre
from contracts.enums import Nature, Regime, RegimeGestion
from indemnities.enums import EtatDecompte, GenreDecompte
from indemnities.models import Decompte, Frais, PriseEnCharge

CITIS = frozenset({Nature.AS, Nature.TRJ, Nature.MP})
"""Natures whose care the employer owes once imputabilité is recognised; FM is that care alone (domain: §1.2)."""


@dataclass(frozen=True)
class FactureDue:
    """What is known outside the bulle of one invoice, euros. `numero` names it for ever, `extrait` the version that was read.

    `debut`, `fin`: days of care, both included; those of the invoice where they are not known.
    """

    numero: int
    extrait: int
    facture_du: dt.date
    debut: dt.date
    fin: dt.date
    total: Decimal
    tiers_payant: bool


@dataclass(frozen=True)
class Couverture:
    """Whether care is paid, and why: `titre` in words, or the reasons against."""

    titre: str = ""
    prise_en_charge: PriseEnCharge | None = None
    raisons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Dossier:
    """What decides of the care of one sinistre, read once."""

    sinistre: Sinistre
    episodes: Sequence[Episode]
    instructions: Mapping[int, InstructionCitis]
    prises_en_charge: Sequence[PriseEnCharge]

    def episode_du(self, jour: dt.date) -> Episode | None:
        """The latest épisode begun by that day: care goes on after the leave, so that its end does not count."""
        return next((e for e in reversed(self.episodes) if e.debut <= jour), None)

    def decision_de(self, episode_id: int) -> str:
        instruction = self.instructions.get(episode_id)
        return instruction.decision if instruction is not None else ""


def read_dossier(sinistre: Sinistre) -> Dossier:
    return Dossier(
        sinistre,
        list(Episode.objects.filter(sinistre=sinistre).order_by("rang")),
        {une.episode_id: une for une in InstructionCitis.objects.filter(sinistre=sinistre)},
        list(PriseEnCharge.objects.filter(sinistre=sinistre).order_by("debut", "pk")),
    )


def couverture_de(dossier: Dossier, debut: dt.date, fin: dt.date) -> Couverture:
    """Whether the care of [debut, fin] is paid: after the survenance, due to service (decided, or for a time by certificate), covered."""
    sinistre = dossier.sinistre
    raisons = _terms(sinistre, debut, fin)
    if raisons:
        return Couverture(raisons=tuple(raisons))
    episode = dossier.episode_du(debut)
    if episode is None:
        return Couverture(raisons=("Aucun épisode du dossier n’a commencé à cette date.",))
    if episode.nature == Nature.FM:
        return Couverture("Dossier de frais médicaux d’un accident ou d’une maladie reconnus imputables.")
    if episode.nature not in CITIS:
        nature = episode.get_nature_display().lower()
        return Couverture(
            raisons=(f"À cette date, le dossier est de nature « {nature} » : ses soins ne sont pas à la charge de l’employeur.",)
        )
    instruction = dossier.instructions.get(episode.pk)
    decision = instruction.decision if instruction is not None else ""
    if instruction is not None and decision == DecisionImputabilite.IMPUTABLE:
        return Couverture(f"Imputabilité au service reconnue le {instruction.decision_le:%d/%m/%Y}.")
    if instruction is not None and decision:
        return Couverture(raisons=(f"L’employeur n’a pas retenu l’imputabilité au service ({instruction.decision_le:%d/%m/%Y}).",))
    prise = next((p for p in dossier.prises_en_charge if p.episode_id == episode.pk and _holds(p, debut, fin)), None)
    if prise is not None:
        return Couverture(f"Certificat de prise en charge provisoire {prise.numero} : l’imputabilité n’est pas encore décidée.", prise)
    return Couverture(raisons=("L’imputabilité n’est pas décidée, et aucun certificat de prise en charge provisoire ne couvre ces soins.",))


def _terms(sinistre: Sinistre, debut: dt.date, fin: dt.date) -> list[str]:
    raisons = []
    if sinistre.regime != Regime.CNRACL:
        raisons.append("L’agent relève de l’IRCANTEC : ses soins sont payés par la CPAM.")
    if debut < sinistre.survenance:
        raisons.append(f"Les soins précèdent la survenance, du {sinistre.survenance:%d/%m/%Y}.")
    if sinistre.contrat.regime_gestion == RegimeGestion.REPARTITION and fin > sinistre.contrat.fin:
        raisons.append(f"Le contrat, en répartition, a pris fin le {sinistre.contrat.fin:%d/%m/%Y} : il ne paie plus les soins d’après.")
    return raisons


def _holds(prise: PriseEnCharge, debut: dt.date, fin: dt.date) -> bool:
    return prise.debut <= debut and fin <= prise.fin and (prise.retiree_au is None or fin < prise.retiree_au)


def decomptes_par_facture(sinistre: Sinistre) -> dict[int, list[Decompte]]:
    """The décomptes of frais of a dossier by invoice, in the order they were made."""
    trouves: dict[int, list[Decompte]] = {}
    rows = Decompte.objects.filter(sinistre=sinistre, genre=GenreDecompte.FRAIS).select_related("frais__prise_en_charge", "sinistre")
    for decompte in rows.order_by("pk"):
        trouves.setdefault(decompte.facture or 0, []).append(decompte)
    return trouves


def indus(dossier: Dossier, par_facture: Mapping[int, Sequence[Decompte]]) -> dict[int, Sequence[Decompte]]:
    """The invoices paid on a certificate whose imputabilité was refused since, and not wholly given back."""
    return {numero: decomptes for numero, decomptes in par_facture.items() if _net(decomptes) != 0 and _refused(dossier, decomptes)}


def _refused(dossier: Dossier, decomptes: Sequence[Decompte]) -> bool:
    prises = [d.frais.prise_en_charge for d in decomptes if d.frais.prise_en_charge is not None and d.etat != EtatDecompte.REJETE]
    return any(dossier.decision_de(p.episode_id) == DecisionImputabilite.NON_IMPUTABLE for p in prises)


def _net(decomptes: Sequence[Decompte]) -> Decimal:
    return sum((d.montant for d in decomptes if d.etat != EtatDecompte.REJETE), Decimal("0.00"))


def doubles(sinistre: Sinistre, facture: FactureDue) -> list[Frais]:
    """Other invoices of the agent, on any of his dossiers, paid with the same date and the same amount."""
    memes = Frais.objects.filter(
        facture_du=facture.facture_du, total=facture.total, decompte__sinistre__agent=sinistre.agent_id, decompte__corrige__isnull=True
    )
    autres = memes.exclude(decompte__facture=facture.numero).exclude(decompte__etat=EtatDecompte.REJETE)
    return list(autres.select_related("decompte__sinistre").order_by("pk")[:10])


def prises_en_charge_de(user: User, sinistre: Sinistre) -> QuerySet[PriseEnCharge]:
    """The certificates of a dossier, the latest first. None for who may not read them."""
    if not peut(user, "prise_en_charge_lire", sinistre):
        return PriseEnCharge.objects.none()
    return PriseEnCharge.objects.filter(sinistre=sinistre).select_related("donnee_par", "episode").order_by("-pk")
