"""What could be agreed now for a dossier: new décomptes and corrections, with their lines. Reads only; `services/preparation.py` writes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from cases.models import Arret, Sinistre
from indemnities.calcul.lignes import total
from indemnities.calcul.modele import Ligne, Sort
from indemnities.dossier.chaines import ZERO, Chaine, chaines_de, orphelin_de, periodes_sans_decompte
from indemnities.dossier.demande import DossierCalcule, lire, sans_decompte_cpam
from indemnities.dossier.intervalles import overlap, without
from indemnities.enums import EtatDecompte, OrigineDecompte
from indemnities.francais import euros
from indemnities.models import Decompte

NOMS_DES_JOURS: tuple[tuple[Sort, str], ...] = (
    (Sort.CARENCE, "de carence"),
    (Sort.FRANCHISE, "de franchise"),
    (Sort.SANS_DROIT, "sans droit"),
    (Sort.NON_COUVERT, "non couverts"),
    (Sort.INTERROMPU, "interrompus par l’employeur"),
    (Sort.REFUSE, "refusés"),
    (Sort.PAYE, "indemnisés"),
)


@dataclass(frozen=True)
class Projet:
    """One décompte to be: its lines, what they owe, what stood already; `corrige` names the line that it corrects."""

    debut: dt.date
    fin: dt.date
    lignes: tuple[Ligne, ...]
    deja: Decimal = ZERO
    arret: Arret | None = None
    corrige: Decompte | None = None

    @property
    def du(self) -> Decimal:
        return total(self.lignes)

    @property
    def montant(self) -> Decimal:
        return self.du - self.deja

    @property
    def explication(self) -> str:
        """« 30 jours : 1 de carence, 9 de franchise, 20 indemnisés. »"""
        jours = {sort: sum(x.jours for x in self.lignes if x.sort == sort) for sort, _ in NOMS_DES_JOURS}
        comptes = ", ".join(f"{jours[sort]} {nom}" for sort, nom in NOMS_DES_JOURS if jours[sort])
        combien = sum(jours.values())
        phrase = f"{combien} jour{'s' if combien > 1 else ''} : {comptes}." if combien else "Aucun jour d’arrêt."
        if self.corrige is not None or self.deja:
            phrase += f" Dû : {euros(self.du)}. Déjà décompté : {euros(self.deja)}."
        return phrase


@dataclass(frozen=True)
class Plan:
    """`a_ecarter`: computed lines that nobody has agreed yet and that the facts no longer bear out; then what takes their place."""

    a_ecarter: tuple[Decompte, ...]
    projets: tuple[Projet, ...]
    reserves: tuple[str, ...] = ()
    """What waits, in French, though its pièces are conformes."""

    @property
    def vide(self) -> bool:
        return not self.a_ecarter and not self.projets

    @property
    def total(self) -> Decimal:
        """Euros to agree, corrections included."""
        return sum((p.montant for p in self.projets), ZERO)


def projeter(sinistre: Sinistre, *, arrets: Sequence[Arret], jusqu_au: dt.date) -> Plan:
    """What is left to agree. `arrets`: the active ones whose pièces are conformes; `jusqu_au`: the last day that can be paid.

    Corrections concern all the chains of the dossier, whatever the pièces. Raises GardeNonSatisfaite (demande.lire).
    """
    dossier = lire(sinistre)
    chaines = chaines_de(sinistre)
    a_ecarter, corrections = _corrections(dossier, chaines)
    ecartes = {d.pk for d in a_ecarter}
    libres = periodes_sans_decompte(arrets, chaines, jusqu_au=jusqu_au, hormis=ecartes)
    nouveaux = [
        Projet(debut, fin, tuple(dossier.lignes(debut, fin)), deja=orphelin_de(chaines, (debut, fin)), arret=libre.arret)
        for libre in libres
        for debut, fin in without((libre.debut, libre.fin), dossier.sans_ijss)
    ]
    reserves = [
        sans_decompte_cpam(max(debut, libre.debut), min(fin, libre.fin))
        for libre in libres
        for debut, fin in dossier.sans_ijss
        if overlap((debut, fin), (libre.debut, libre.fin))
    ]
    return Plan(tuple(a_ecarter), (*corrections, *nouveaux), tuple(reserves))


def _corrections(dossier: DossierCalcule, chaines: Sequence[Chaine]) -> tuple[list[Decompte], list[Projet]]:
    a_ecarter: list[Decompte] = []
    projets: list[Projet] = []
    for chaine in chaines:
        if not chaine.vivante or chaine.racine.origine != OrigineDecompte.CALCULE:
            continue
        lignes = tuple(dossier.lignes(*chaine.jours))
        deja = chaine.deja
        if total(lignes) == deja:
            continue
        if is_unsigned(chaine.dernier):
            a_ecarter.append(chaine.dernier)
            deja -= chaine.dernier.montant
            if chaine.dernier is chaine.racine or total(lignes) == deja:
                continue
        projets.append(Projet(*chaine.jours, lignes, deja=deja, arret=chaine.racine.arret, corrige=chaine.dernier))
    return a_ecarter, projets


def is_unsigned(decompte: Decompte) -> bool:
    """Whether it is a computed line that awaits its second person: it gives way to a better calculation."""
    return decompte.etat == EtatDecompte.CALCULE and decompte.origine == OrigineDecompte.CALCULE


def a_regulariser(sinistre: Sinistre) -> bool:
    """Whether what stands is no longer what is owed: a requalification, a late IJSS, a pay rise, an interruption."""
    chaines = chaines_de(sinistre)
    if not any(c.vivante and c.racine.origine == OrigineDecompte.CALCULE for c in chaines):
        return False
    a_ecarter, projets = _corrections(lire(sinistre), chaines)
    return bool(a_ecarter or projets)


def est_a_jour(decompte: Decompte) -> bool:
    """Whether a computed line would be the same if it were reckoned now: line by line, to the cent. Raises GardeNonSatisfaite."""
    dossier = lire(decompte.sinistre)
    chaine = next(c for c in chaines_de(decompte.sinistre) if any(d.pk == decompte.pk for d in c.decomptes))
    lignes = dossier.lignes(*chaine.jours)
    gardees = list(decompte.lignes.order_by("rang").values_list("debut", "fin", "sort", "montant"))
    return gardees == [(x.debut, x.fin, str(x.sort), x.montant) for x in lignes] and total(lignes) == chaine.deja
