"""The engine against the day-by-day version, on random histories."""

from __future__ import annotations

import datetime as dt
import os
import random
from collections import Counter

import pytest

from indemnities.droits.calendrier import UN_JOUR
from indemnities.droits.modele import Agent, Decompte, Nature
from indemnities.droits.moteur import droits
from tests.indemnities.droits import naif
from tests.indemnities.droits.histoires import au_hasard, un_agent

GRAINE = int(os.environ.get("VIGIE_GRAINE", "5"))


def accord(graine: int) -> None:
    """Both versions give each day the same right, and each arrêt the same count of days at each rate."""
    alea = random.Random(graine)
    arrets = au_hasard(alea)
    agent = un_agent(alea, arrets[0].debut)
    decompte = alea.choice(tuple(Decompte))
    attendus = naif.cmo(arrets, agent, trentieme=decompte is Decompte.TRENTIEME)
    alea.shuffle(arrets)
    obtenus = droits(arrets, nature=Nature.CMO, agent=agent, decompte=decompte).droits
    for droit, jours in zip(obtenus, attendus, strict=True):
        ou = f"graine {graine}, {decompte}, {agent}, {droit.arret}"
        segments = droit.segments
        assert segments[0].debut == droit.arret.debut and segments[-1].fin == droit.arret.fin, ou
        compte: Counter[str] = Counter()
        par_jour: dict[dt.date, set[str]] = {}
        for segment in segments:
            compte[str(segment.fraction)] += segment.jours
            jour = segment.debut
            while jour <= segment.fin:
                par_jour.setdefault(jour, set()).add(str(segment.fraction))
                jour += UN_JOUR
        attendu: Counter[str] = Counter()
        naifs: dict[dt.date, set[str]] = {}
        for jour, rendu, nombre in jours:
            attendu[rendu] += nombre
            naifs.setdefault(jour, set()).add(rendu)
        assert +compte == attendu, ou
        for jour, rendus in naifs.items():
            assert par_jour[jour] == rendus, f"{ou}, {jour}"
        if decompte is Decompte.CALENDAIRE:
            assert all(len(rendus) == 1 for rendus in par_jour.values()), ou
            assert len(par_jour) == (droit.arret.fin - droit.arret.debut).days + 1


def test_compter_un_par_un_ou_par_dichotomie() -> None:
    for numero in range(20):
        arrets = au_hasard(random.Random(numero))
        assert naif.cmo(arrets, Agent(), trentieme=False) == naif.cmo(arrets, Agent(), trentieme=False, compter=naif.un_par_un)


def test_quelques_centaines() -> None:
    for numero in range(300):
        accord(GRAINE * 1_000_000 + numero)


@pytest.mark.lent
@pytest.mark.skipif(not os.environ.get("VIGIE_PROVE"), reason="make prove")
def test_cent_mille() -> None:
    for numero in range(100_000):
        accord(GRAINE * 10_000_000 + numero)
