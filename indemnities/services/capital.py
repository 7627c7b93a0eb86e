"""Capital décès of a dossier: reckoned from the facts (indemnities/droits/deces.py), one décompte a yearly payment, one line a share.

Beneficiaries have no name here: their kind and their rank in the list that was given suffice. Nothing is kept of a child but his share.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre
from contracts.enums import Nature, Regime
from contracts.models import Remuneration, SituationAgent
from indemnities.calcul.modele import Sort
from indemnities.dossier.chaines import ZERO, last_of, live_initial, net_of
from indemnities.droits import deces
from indemnities.droits.modele import Statut
from indemnities.enums import EtatDecompte, GenreDecompte
from indemnities.francais import euros
from indemnities.models import Decompte, LigneDecompte
from indemnities.services.decomptes import require_payable
from indemnities.services.ecriture import Calcul, LigneCalculee, ecrire

MAX_PERSONNES = 30
QUI: Mapping[str, str] = {
    deces.Beneficiaire.CONJOINT: "Conjoint ou partenaire",
    deces.Beneficiaire.ENFANT: "Enfant",
    deces.Beneficiaire.ASCENDANT: "Ascendant à charge",
}


@dataclass(frozen=True)
class FaitsDeces:
    """What the contracts do not know of a death. `remuneration`: last gross annual pay in euros, that of the contracts when None."""

    age_legal: bool
    cause: deces.Cause = deces.Cause.ORDINAIRE
    remuneration: Decimal | None = None
    conjoint: deces.Conjoint | None = None
    enfants: Sequence[deces.Enfant] = ()
    ascendants: int = 0


@dataclass(frozen=True)
class Versement:
    """One yearly payment: its day, its lines, what was counted of it already."""

    le: dt.date
    lignes: Sequence[LigneCalculee]
    decomptes: Sequence[Decompte]

    @property
    def du(self) -> Decimal:
        return sum((ligne.montant for ligne in self.lignes), ZERO)


@dataclass(frozen=True)
class Proposition:
    """What is owed of a death, before anything is written."""

    capital: deces.Capital
    remuneration: Decimal
    connue: Decimal | None
    niveau: Decimal
    versements: Sequence[Versement]
    explication: str


def remuneration_connue(sinistre: Sinistre) -> Decimal | None:
    """The agent's annual gross pay on the day of his death, all components, euros; None where the contracts do not know it."""
    paie = Remuneration.objects.en_vigueur(sinistre.survenance).filter(agent=sinistre.agent_id).first()
    return None if paie is None else paie.tib + paie.nbi + paie.sft + paie.indemnite_residence + paie.primes


def proposer(sinistre: Sinistre, faits: FaitsDeces) -> Proposition:
    """The capital of these facts, its shares, its payments. Raises Erreur with the reason for which the contract owes none,
    DonneeInvalide on the fact that is wrong."""
    require_insured(sinistre)
    if len(faits.enfants) > MAX_PERSONNES or not 0 <= faits.ascendants <= MAX_PERSONNES:
        raise DonneeInvalide.sur("enfants", f"{MAX_PERSONNES} personnes au plus.")
    situation = SituationAgent.objects.en_vigueur(sinistre.survenance).filter(agent=sinistre.agent_id).first()
    if situation is None:
        raise Erreur(f"La situation de l’agent au {sinistre.survenance:%d/%m/%Y} n’est pas connue : complétez sa fiche.")
    connue = remuneration_connue(sinistre)
    remuneration = connue if faits.remuneration is None else faits.remuneration
    if remuneration is None:
        raise DonneeInvalide.sur("remuneration", "La rémunération au jour du décès n’est pas connue : indiquez-la.")
    capital = deces.capital(
        deces.Defunt(
            deces=sinistre.survenance,
            remuneration=remuneration,
            statut=Statut(situation.statut),
            age_legal=faits.age_legal,
            cause=faits.cause,
        ),
        conjoint=faits.conjoint,
        enfants=faits.enfants,
        ascendants=faits.ascendants,
    )
    if not capital.parts:
        raise Erreur("Ces faits ne donnent aucun ayant droit : ni conjoint, ni enfant, ni ascendant à charge. Rien n’est dû.")
    niveau = Decimal(sinistre.termes.niveaux.get(Nature.DC, "1.00"))
    connus = _by_day(sinistre)
    versements = [Versement(jour, _lines(capital, jour, niveau), connus.get(jour, ())) for jour in capital.echeances]
    return Proposition(
        capital, remuneration, connue, niveau, versements, _words(capital, remuneration, connue, niveau, versements[0].lignes)
    )


def require_insured(sinistre: Sinistre) -> None:
    """Raise Erreur unless the contract owes a capital for this dossier; TransitionImpossible where it was cancelled or refused."""
    require_payable(sinistre)
    if sinistre.nature != Nature.DC:
        raise Erreur("Un capital décès se calcule sur un dossier de décès.")
    if sinistre.regime != Regime.CNRACL:
        raise Erreur("Le capital décès d’un agent IRCANTEC est payé par la CPAM et par l’Ircantec : le contrat ne l’assure pas.")


def calculer(*, acteur: User, sinistre: Sinistre, faits: FaitsDeces) -> list[Decompte]:
    """Write the décompte of each payment whose day has come, or the corrections of those that were made from other facts.

    The caller holds the lock of the sinistre. Raises as `proposer`; Refus; Erreur when nothing changes.
    """
    exiger(acteur, "decompte_calculer", sinistre)
    proposition = proposer(sinistre, faits)
    prevus = {v.le: v.lignes for v in proposition.versements}
    connus = _by_day(sinistre)
    faits_nouveaux: list[Decompte] = []
    for jour in sorted({*prevus, *connus}):
        lignes = prevus.get(jour, ())
        if jour > timezone.localdate() and jour not in connus:
            continue
        ecrit = _write(acteur, sinistre, jour, lignes, connus.get(jour, ()), proposition.explication)
        if ecrit is not None:
            faits_nouveaux.append(ecrit)
    if not faits_nouveaux:
        raise Erreur("Le capital est déjà décompté ainsi : rien ne change.")
    return faits_nouveaux


def verser_suite(*, acteur: User, sinistre: Sinistre) -> list[Decompte]:
    """The yearly payments whose day has come since the capital was reckoned (CSS D712-24): the same lines again.

    The caller holds the lock of the sinistre. Raises Refus, Erreur where none is due.
    """
    exiger(acteur, "decompte_calculer", sinistre)
    require_insured(sinistre)
    ecrits = []
    for jour, modele in versements_dus(sinistre):
        lignes = [
            LigneCalculee(ligne.nature, jour, jour, ligne.montant, ligne.trace, sort=ligne.sort)
            for ligne in LigneDecompte.objects.filter(decompte=modele).order_by("rang")
        ]
        ecrit = _write(acteur, sinistre, jour, lignes, _by_day(sinistre).get(jour, ()), modele.explication)
        if ecrit is not None:
            ecrits.append(ecrit)
    if not ecrits:
        raise Erreur("Aucun versement du capital n’est dû aujourd’hui.")
    return ecrits


def versements_dus(sinistre: Sinistre) -> list[tuple[dt.date, Decompte]]:
    """(day, décompte whose lines it repeats) of each payment that is due and has no décompte."""
    connus = _by_day(sinistre)
    vivants = [(jour, live_initial(decomptes), decomptes) for jour, decomptes in sorted(connus.items())]
    premier = next(((initial, decomptes) for _, initial, decomptes in vivants if initial is not None), None)
    if premier is None:
        return []
    modele = last_of(*premier)
    ligne = LigneDecompte.objects.filter(decompte=modele).order_by("rang").first()
    jours = [dt.date.fromisoformat(jour) for jour in ligne.trace.get("echeances", ())] if ligne is not None else []
    faits = {jour for jour, initial, _ in vivants if initial is not None}
    return [(jour, modele) for jour in jours if jour not in faits and jour <= timezone.localdate()]


def _write(
    acteur: User, sinistre: Sinistre, jour: dt.date, lignes: Sequence[LigneCalculee], connus: Sequence[Decompte], explication: str
) -> Decompte | None:  # fmt: skip
    """The décompte of one payment, or its correction; None where it stands already as it should."""
    initial = live_initial(connus)
    if initial is not None and _shares_of(last_of(initial, connus)) == _shares(lignes):
        return None
    if initial is None and not lignes:
        return None
    calcul = Calcul(
        genre=GenreDecompte.CAPITAL,
        debut=jour,
        fin=jour,
        lignes=lignes or [LigneCalculee(Nature.DC, jour, jour, ZERO, {"regle": "DC_INDU", "pourquoi": []}, sort=Sort.SANS_DROIT)],
        explication=explication if lignes else "Ce versement n’est plus dû : les faits retenus n’en donnent qu’un.",
        deja=net_of(connus),
        corrige=last_of(initial, connus) if initial is not None else None,
    )
    return ecrire(acteur=acteur, sinistre=sinistre, calcul=calcul)


def _by_day(sinistre: Sinistre) -> dict[dt.date, list[Decompte]]:
    trouves: dict[dt.date, list[Decompte]] = {}
    for decompte in Decompte.objects.filter(sinistre=sinistre, genre=GenreDecompte.CAPITAL).order_by("pk"):
        trouves.setdefault(decompte.debut, []).append(decompte)
    return trouves


def _shares(lignes: Sequence[LigneCalculee]) -> list[tuple[Any, ...]]:
    return [(x.trace.get("beneficiaire"), x.trace.get("rang"), x.trace.get("regle"), x.montant) for x in lignes]


def _shares_of(decompte: Decompte) -> list[tuple[Any, ...]]:
    if decompte.etat == EtatDecompte.REJETE:
        return []
    lignes = LigneDecompte.objects.filter(decompte=decompte).order_by("rang")
    return [(x.trace.get("beneficiaire"), x.trace.get("rang"), x.trace.get("regle"), x.montant) for x in lignes]


def _lines(capital: deces.Capital, jour: dt.date, niveau: Decimal) -> list[LigneCalculee]:
    return [
        LigneCalculee(
            nature=Nature.DC,
            debut=jour,
            fin=jour,
            montant=((part.capital + part.majoration) * niveau).quantize(deces.CENT, rounding=ROUND_HALF_UP),
            trace=_trace(capital, part, niveau),
        )
        for part in capital.parts
    ]


def _trace(capital: deces.Capital, part: deces.Part, niveau: Decimal) -> dict[str, Any]:
    pourquoi = [f"{capital.motif.texte}. Capital : {euros(capital.montant)}."]
    if part.capital:
        pourquoi.append(f"{beneficiaire(part.qui, part.rang)} : part du capital, {euros(part.capital)} (CSS D712-20).")
    if part.majoration:
        pourquoi.append(f"Majoration pour enfant : {euros(part.majoration)} (CSS D712-21).")
    return {
        "regle": capital.motif.code,
        "motif": capital.motif.texte,
        "source": capital.motif.source,
        "beneficiaire": str(part.qui),
        "rang": part.rang,
        "capital": f"{part.capital:.2f}",
        "majoration": f"{part.majoration:.2f}",
        "niveau": f"{niveau:.2f}",
        "echeances": [jour.isoformat() for jour in capital.echeances],
        "pourquoi": pourquoi,
    }


def beneficiaire(qui: str, rang: int) -> str:
    """« Enfant 2 »: whom a share goes to, without his name."""
    return QUI[qui] if qui == deces.Beneficiaire.CONJOINT else f"{QUI[qui]} {rang + 1}"


def _words(
    capital: deces.Capital, remuneration: Decimal, connue: Decimal | None, niveau: Decimal, lignes: Sequence[LigneCalculee]
) -> str:  # fmt: skip
    origine = "d’après les contrats" if remuneration == connue else "indiquée par le gestionnaire"
    if remuneration != connue and connue is not None:
        origine += f", les contrats disant {euros(connue)}"
    phrases = [
        f"{capital.motif.texte} ({capital.motif.source}).",
        f"Dernière rémunération brute annuelle : {euros(remuneration)}, {origine}. Capital : {euros(capital.montant)}.",
        *(f"{beneficiaire(x.trace['beneficiaire'], x.trace['rang'])} : {euros(x.montant)}." for x in lignes),
        "Niveau : 100 %. Le capital décès échappe à la réduction du contrat (S002)."
        if niveau == 1
        else f"Niveau du contrat pour le décès : {(niveau * 100).normalize():f} %.",
    ]
    if len(capital.echeances) > 1:
        phrases.append(f"{len(capital.echeances)} versements : {', '.join(f'{jour:%d/%m/%Y}' for jour in capital.echeances)}.")
    return "\n".join(phrases)
