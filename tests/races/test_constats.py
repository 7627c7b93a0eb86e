"""Two people enter the same days at once: one row, and the other is told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from cases.errors import DonneeInvalide, TransitionImpossible
from cases.models import Sinistre
from indemnities.lecture_constats import GenreFichier
from indemnities.models import ArretConnu, MontantConstate
from indemnities.rules_constats import LigneArret, LigneMontant
from journal.models import Entree
from tests import factories as f
from tests.races.conftest import Tally, Track
from tests.races.test_races import ROUNDS, by, count
from workflows import constats
from workflows.declaration import Declaration, declarer

LEAVE = LigneArret("CMO", dt.date(2025, 2, 3), dt.date(2025, 2, 14))


def test_two_enter_the_same_leave(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        agent = f.agent(m.collectivite)
        act = partial(constats.saisir_arret, agent_id=agent.pk, ligne=LEAVE)
        assert count(tally, track.race(*by(act, m.gestionnaire, m.mairie)), DonneeInvalide) == 1
        arret = ArretConnu.objects.get(agent=agent)
        assert Entree.objects.filter(action="arret_connu.saisi", objet_id=arret.pk).count() == 1


def test_two_files_of_the_same_leaves(track: Track, tally: Tally) -> None:
    """Two files name the same agents in opposite orders: neither waits for the other for ever, one is written, whole."""
    m = f.monde()
    for _ in range(ROUNDS):
        agents = [f.agent(m.collectivite) for _ in range(4)]
        lignes = [f"{agent.matricule};CMO;2025-02-03;2025-02-14\n" for agent in agents]
        faults: list[int] = []

        def enter(texte: str, faults: list[int] = faults) -> None:
            controle = constats.importer(
                acteur=m.mairie, collectivite_id=m.collectivite.pk, genre=GenreFichier.ARRETS, texte="matricule;nature;debut;fin\n" + texte
            )
            faults.append(len(controle.fautes))

        results = track.race(partial(enter, "".join(lignes)), partial(enter, "".join(reversed(lignes))))
        assert count(tally, results) == 2 and sorted(faults) == [0, 4]
        assert ArretConnu.objects.filter(agent__in=agents).count() == 4


def test_a_leave_is_known_or_declared(track: Track, tally: Tally) -> None:
    """A declaration of the same days is no refusal (it warns): but a leave is never known after it was declared."""
    m = f.monde()
    demande = f.arret_demande()
    for _ in range(ROUNDS):
        agent = f.agent(m.collectivite)
        known = partial(
            constats.saisir_arret, agent_id=agent.pk, ligne=LigneArret("CMO", demande.debut, demande.fin), acteur=m.gestionnaire
        )
        declared = Declaration(nature="CMO", survenance=demande.debut, arret=demande, tiers_possible=False)
        results = track.race(known, partial(declarer, acteur=m.mairie, agent=agent, declaration=declared))
        count(tally, results, DonneeInvalide)
        assert results[1] is None
        sinistre = Sinistre.objects.get(agent=agent)
        connu = ArretConnu.objects.filter(agent=agent).first()
        assert (connu is None) == isinstance(results[0], DonneeInvalide)
        if connu is not None:
            entered = Entree.objects.get(action="arret_connu.saisi", objet_id=connu.pk)
            assert entered.pk < Entree.objects.get(action="sinistre.declarer", sinistre_id=sinistre.pk).pk


def test_two_enter_or_annul_one_amount(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        sinistre = f.sinistre(m, de=f.agent(m.collectivite))
        ligne = LigneMontant("PAIE", sinistre.survenance, sinistre.survenance, Decimal("80.00"), "Bulletin")
        act: Callable[..., Any] = partial(constats.saisir_montant, numero=sinistre.numero, ligne=ligne)
        assert count(tally, track.race(*by(act, m.gestionnaire, m.mairie)), DonneeInvalide) == 1
        montant = MontantConstate.objects.get(sinistre=sinistre)
        annul = partial(constats.annuler_montant, montant_id=montant.pk, motif="Illisible")
        results = track.race(*by(annul, m.gestionnaire, m.mairie))
        assert count(tally, results, TransitionImpossible) == 1
        montant.refresh_from_db()
        assert montant.annule_par == (m.gestionnaire if results[0] is None else m.mairie)
        assert Entree.objects.filter(action="montant_constate.annule", objet_id=montant.pk).count() == 1
