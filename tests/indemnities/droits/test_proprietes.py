"""What holds of every history: metamorphic properties, by Hypothesis."""

from __future__ import annotations

import datetime as dt
import itertools
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from indemnities.droits.calendrier import UN_JOUR
from indemnities.droits.modele import Agent, Arret, Decompte, Dispense, Nature, Regime, Resultat, Statut
from indemnities.droits.moteur import droits

PERMANENTS = [Nature.CMO, Nature.CLM, Nature.CLD, Nature.AS, Nature.MAT, Nature.PAT, Nature.ADO, Nature.PATHO, Nature.DORS, Nature.MDT]
natures = st.sampled_from([*PERMANENTS, Nature.AIT, Nature.PPR, Nature.IG])
decomptes = st.sampled_from(list(Decompte))
contractuels = st.builds(
    lambda jours: Agent(Regime.IRCANTEC, Statut.CONTRACTUEL, dt.date(2015, 6, 15) + jours * UN_JOUR), st.integers(0, 1500)
)


@st.composite
def histoires(draw: Any, de: st.SearchStrategy[Nature] = st.just(Nature.CMO), ecart: int = 0) -> list[Arret]:  # noqa: B008
    jour = draw(st.dates(dt.date(2016, 1, 1), dt.date(2027, 12, 31)))
    arrets = []
    for _ in range(draw(st.integers(1, 7))):
        jour += draw(st.one_of(st.integers(ecart, 3), st.integers(ecart, 400))) * UN_JOUR
        fin = jour + (draw(st.one_of(st.integers(1, 40), st.integers(1, 500))) - 1) * UN_JOUR
        certificat = jour + draw(st.integers(-3, 3)) * UN_JOUR
        arrets.append(Arret(jour, fin, certificat, draw(de)))
        jour = fin + UN_JOUR
    return arrets


def par_jour(resultat: Resultat) -> dict[dt.date, Counter[tuple[Decimal, str]]]:
    """Rights of each day, whichever arrêt it comes from."""
    jours: dict[dt.date, Counter[tuple[Decimal, str]]] = {}
    for droit in resultat.droits:
        for segment in droit.segments:
            jour = segment.debut
            while jour <= segment.fin:
                jours.setdefault(jour, Counter())[segment.fraction, segment.motif.code] += 1
                jour += UN_JOUR
    return jours


@settings(max_examples=80, deadline=None)
@given(histoires(natures), decomptes, st.data())
def test_un_arret_coupe_en_deux_vaut_l_entier(arrets: list[Arret], decompte: Decompte, data: Any) -> None:
    place = data.draw(st.integers(0, len(arrets) - 1))
    arret = arrets[place]
    coupe = data.draw(st.dates(arret.debut, arret.fin))
    pieces = [arret] if coupe == arret.fin else [replace(arret, fin=coupe), replace(arret, debut=coupe + UN_JOUR)]
    entier = droits(arrets, nature=Nature.CMO, decompte=decompte)
    coupes = droits([*arrets[:place], *pieces, *arrets[place + 1 :]], nature=Nature.CMO, decompte=decompte)
    assert coupes.totaux == entier.totaux
    assert par_jour(coupes) == par_jour(entier)


@settings(max_examples=60, deadline=None)
@given(histoires(), decomptes, contractuels, st.data())
def test_pour_un_contractuel_aussi(arrets: list[Arret], decompte: Decompte, agent: Agent, data: Any) -> None:
    arret = arrets[-1]
    coupe = data.draw(st.dates(arret.debut, arret.fin))
    pieces = [arret] if coupe == arret.fin else [replace(arret, fin=coupe), replace(arret, debut=coupe + UN_JOUR)]
    entier = droits(arrets, nature=Nature.CMO, decompte=decompte, agent=agent)
    assert par_jour(droits([*arrets[:-1], *pieces], nature=Nature.CMO, decompte=decompte, agent=agent)) == par_jour(entier)


@settings(max_examples=60, deadline=None)
@given(histoires(natures), decomptes, st.randoms(use_true_random=False))
def test_l_ordre_de_saisie_ne_compte_pas(arrets: list[Arret], decompte: Decompte, alea: Any) -> None:
    melanges = list(arrets)
    alea.shuffle(melanges)
    assert droits(melanges, nature=Nature.CMO, decompte=decompte) == droits(arrets, nature=Nature.CMO, decompte=decompte)


@settings(max_examples=80, deadline=None)
@given(histoires(natures), decomptes)
def test_les_segments_couvrent_l_arret(arrets: list[Arret], decompte: Decompte) -> None:
    """In order, from its first day to its last; no fraction above one; the days counted are those of the arrêt."""
    calendrier = decompte.calendrier
    for droit in droits(arrets, nature=Nature.CMO, decompte=decompte).droits:
        segments = droit.segments
        assert (segments[0].debut, segments[-1].fin) == (droit.arret.debut, droit.arret.fin)
        for avant, apres in itertools.pairwise(segments):
            partage = avant.fin == apres.debut and decompte is Decompte.TRENTIEME and (avant.fin + UN_JOUR).day == 1
            assert apres.debut == avant.fin + UN_JOUR or partage
            assert (avant.fraction, avant.motif) != (apres.fraction, apres.motif)
        assert all(0 <= segment.fraction <= 1 and segment.debut <= segment.fin for segment in segments)
        jours = calendrier.rang(droit.arret.fin + UN_JOUR) - calendrier.rang(droit.arret.debut)
        assert sum(segment.jours for segment in segments) == jours


@settings(max_examples=80, deadline=None)
@given(histoires())
def test_jamais_plus_de_trois_mois_pleins_dans_une_annee(arrets: list[Arret]) -> None:
    """Whatever the window of twelve months that ends on an arrêt's last day."""
    resultat = droits(arrets, nature=Nature.CMO)
    plein = [s for droit in resultat.droits for s in droit.segments if s.motif.code in ("CMO_PLEIN", "CMO_90")]
    for droit in resultat.droits:
        fin = droit.arret.fin
        depuis = fin - 364 * UN_JOUR
        jours = sum(max(0, (min(s.fin, fin) - max(s.debut, depuis)).days + 1) for s in plein)
        assert jours <= 90


@settings(max_examples=60, deadline=None)
@given(histoires(), decomptes)
def test_un_arret_de_moins_n_ote_rien_au_suivant(arrets: list[Arret], decompte: Decompte) -> None:
    """Had the first leave not been, the next would be paid as much or more. Without carence: a day at half pay is a cheaper one to lose."""
    arrets = [replace(arret, dispense=Dispense.GROSSESSE) for arret in arrets]
    retire = arrets[0]
    reste = [arret for arret in arrets if arret is not retire]
    if not reste or retire.fin + UN_JOUR == reste[0].debut:
        return
    avec = droits(arrets, nature=Nature.CMO, decompte=decompte).droits[1]
    sans = droits(reste, nature=Nature.CMO, decompte=decompte).droits[0]

    def paye(segments: Any) -> Decimal:
        return sum((s.fraction * s.jours for s in segments), Decimal(0))

    assert paye(sans.segments) >= paye(avec.segments)


@settings(max_examples=60, deadline=None)
@given(histoires(st.sampled_from([Nature.CMO, Nature.AS, Nature.MAT]), ecart=1), decomptes)
def test_seule_la_maladie_ordinaire_consomme_ses_droits(arrets: list[Arret], decompte: Decompte) -> None:
    """Maternité and accidents leave the sliding year as it was, a day of work between two leaves."""
    tous = {droit.arret: droit.segments for droit in droits(arrets, nature=Nature.CMO, decompte=decompte).droits}
    seuls = [arret for arret in arrets if arret.nature is Nature.CMO]
    for droit in droits(seuls, nature=Nature.CMO, decompte=decompte).droits:
        assert tous[droit.arret] == droit.segments
