"""What stands already for a dossier: each initial décompte with the corrections that follow it, and the days that none covers yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from cases.models import Arret, Sinistre
from indemnities.dossier.intervalles import Intervalle, overlap, without
from indemnities.enums import EtatDecompte, GenreDecompte, OrigineDecompte
from indemnities.models import Decompte

ZERO = Decimal("0.00")


def last_of(initial: Decompte, decomptes: Sequence[Decompte]) -> Decompte:
    """The end of the chain of corrections that starts at `initial`, among `decomptes`: what the next correction names."""
    suites = {d.corrige_id: d for d in decomptes if d.corrige_id is not None}
    dernier = initial
    while dernier.pk in suites:
        dernier = suites[dernier.pk]
    return dernier


def live_initial(decomptes: Sequence[Decompte]) -> Decompte | None:
    """The initial line that stands among them: not rejected."""
    return next((d for d in decomptes if d.corrige_id is None and d.etat != EtatDecompte.REJETE), None)


def net_of(decomptes: Sequence[Decompte]) -> Decimal:
    """What they come to: the rejected ones count for nothing."""
    return sum((d.montant for d in decomptes if d.etat != EtatDecompte.REJETE), ZERO)


@dataclass(frozen=True)
class Chaine:
    """An initial décompte and its corrections, in order; rejected ones are kept in it and count for nothing."""

    decomptes: tuple[Decompte, ...]
    orphelin: Decimal = ZERO
    """What corrections of earlier initial lines, themselves rejected, still pay of these days."""
    comptee: bool = False
    """Rejected, and what its corrections still pay is the `orphelin` of a later chain."""

    @property
    def racine(self) -> Decompte:
        return self.decomptes[0]

    @property
    def dernier(self) -> Decompte:
        return self.decomptes[-1]

    @property
    def vivante(self) -> bool:
        """Whether its initial line holds the days."""
        return self.racine.etat != EtatDecompte.REJETE

    @property
    def somme(self) -> Decimal:
        """Euros of its own lines that are not rejected."""
        return net_of(self.decomptes)

    @property
    def deja(self) -> Decimal:
        """All that stands for its days."""
        return self.somme + self.orphelin

    @property
    def jours(self) -> Intervalle:
        return self.racine.debut, self.racine.fin


def chaines_de(sinistre: Sinistre) -> list[Chaine]:
    """The chains of indemnités journalières of a dossier, oldest first, in one query. The corrections left by a rejected initial line
    are counted with the first later one that pays some of the same days."""
    decomptes = list(Decompte.objects.filter(sinistre=sinistre, genre=GenreDecompte.IJ).order_by("pk"))
    suites: dict[int, list[Decompte]] = {d.pk: [d] for d in decomptes if d.corrige_id is None}
    racines = {pk: pk for pk in suites}
    for decompte in decomptes:
        if decompte.corrige_id is not None:
            racines[decompte.pk] = racines[decompte.corrige_id]
            suites[racines[decompte.pk]].append(decompte)
    return _with_orphans([Chaine(tuple(suite)) for suite in suites.values()])


def _with_orphans(chaines: Sequence[Chaine]) -> list[Chaine]:
    orphelins: dict[int, Decimal] = {}
    comptees: set[int] = set()
    for morte in chaines:
        if morte.vivante or not morte.somme:
            continue
        heritiere = next((c for c in chaines if c.vivante and c.racine.pk > morte.racine.pk and overlap(c.jours, morte.jours)), None)
        if heritiere is not None:
            comptees.add(morte.racine.pk)
            orphelins[heritiere.racine.pk] = orphelins.get(heritiere.racine.pk, ZERO) + morte.somme
    return [Chaine(c.decomptes, orphelins.get(c.racine.pk, ZERO), c.racine.pk in comptees) for c in chaines]


def orphelin_de(chaines: Sequence[Chaine], periode: Intervalle) -> Decimal:
    """What corrections of rejected lines still pay of those days and no later chain counts: a new initial line takes it over."""
    return sum((c.somme for c in chaines if not c.vivante and not c.comptee and overlap(c.jours, periode)), ZERO)


@dataclass(frozen=True)
class Periode:
    """Days of an arrêt that no initial décompte covers."""

    arret: Arret
    debut: dt.date
    fin: dt.date


def periodes_sans_decompte(
    arrets: Sequence[Arret], chaines: Sequence[Chaine], *, jusqu_au: dt.date, hormis: Collection[int] = ()
) -> list[Periode]:  # fmt: skip
    """The days of these arrêts left to reckon, up to `jusqu_au` included. `hormis`: initial lines about to be set aside, by key.

    A line typed by hand for an arrêt, or for some of its days, is its author's whole answer for that arrêt.
    """
    racines = [c.racine for c in chaines if c.vivante and c.racine.pk not in hormis]
    saisies = [d for d in racines if d.origine == OrigineDecompte.SAISI]
    periodes = []
    for arret in arrets:
        if arret.debut > jusqu_au or any(d.arret_id == arret.pk or overlap((d.debut, d.fin), (arret.debut, arret.fin)) for d in saisies):
            continue
        for debut, fin in without((arret.debut, min(arret.fin, jusqu_au)), [(d.debut, d.fin) for d in racines]):
            periodes.append(Periode(arret, debut, fin))
    return periodes
