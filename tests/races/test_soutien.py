"""A soutien under two hands at once, on real connections: the last séance is held once, an agent who stops stops."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from django.utils import timezone

from cases.errors import Erreur
from cases.models import Branche, Tache
from medical.enums_soutien import Voie
from medical.models import LienAgent, Seance, Soutien
from medical.services import soutien as services
from tests import factories as f
from tests.medical.dossiers import declare
from tests.races.conftest import ROUNDS, Tally, Track, count
from workflows import automates, coherence
from workflows.branches.soutien import actes, creneaux

pytestmark = pytest.mark.bulle


def lu(soutien: Soutien) -> Soutien:
    return Soutien.objects.select_related("sinistre__agent", "psychologue", "branche", "cle").get(pk=soutien.pk)


def un_lien(m: f.Monde, rang: int) -> LienAgent:
    sinistre = declare(m, de=f.agent(m.collectivite))
    expire = timezone.now() + dt.timedelta(days=1)
    return LienAgent.objects.create(sinistre=sinistre, empreinte=f"e{rang}", code="c", cree_par=m.secretariat, expire_le=expire)


def engage(m: f.Monde, rang: int) -> Soutien:
    soutien = services.demander(lien=un_lien(m, rang), programme="REACTION", contact="06")
    Soutien.objects.filter(pk=soutien.pk).update(suite_le=timezone.now())
    creneaux.suivre()
    actes.affecter(acteur=m.secretariat, soutien=lu(soutien), psychologue=m.psychologue)
    actes.prendre_contact(acteur=m.psychologue, soutien=lu(soutien), le=timezone.localdate())
    return lu(soutien)


def seance(m: f.Monde, soutien: Soutien) -> partial[Seance]:
    return partial(
        actes.tenir_seance, acteur=m.psychologue, soutien=soutien, saisie=actes.SeanceSaisie(timezone.localdate(), "CABINET", 45)
    )


def test_the_last_seance_of_the_quota_is_held_once(track: Track, tally: Tally) -> None:
    m = f.monde()
    for rang in range(ROUNDS):
        soutien = engage(m, rang)
        for _ in range(4):
            seance(m, lu(soutien))()
        assert count(tally, track.race(seance(m, lu(soutien)), seance(m, lu(soutien))), Erreur) == 1
        assert Seance.objects.filter(soutien=soutien).count() == 5
        automates.balayer()
        assert lu(soutien).est_clos
    assert list(coherence.anomalies()) == []


def test_the_agent_stops_while_a_seance_is_noted_or_the_slot_comes(track: Track, tally: Tally) -> None:
    m = f.monde()
    for rang in range(ROUNDS):
        soutien = engage(m, rang)
        stop = partial(services.arreter, soutien=soutien, acteur=None, voie=Voie.LIEN)
        assert count(tally, track.race(stop, seance(m, soutien)), Erreur) >= 1
        assert lu(soutien).est_clos
        Soutien.objects.filter(pk=soutien.pk).update(suite_le=timezone.now())
        assert count(tally, track.race(creneaux.suivre, creneaux.suivre)) == 2
        branche = lu(soutien).branche
        assert branche is not None and not branche.est_en_cours
    assert list(coherence.anomalies()) == []


def test_one_request_opens_one_branch_whoever_sweeps(track: Track, tally: Tally) -> None:
    m = f.monde()
    for rang in range(ROUNDS):
        soutien = services.demander(lien=un_lien(m, rang), programme="ATLAS", contact="06")
        Soutien.objects.filter(pk=soutien.pk).update(suite_le=timezone.now())
        assert count(tally, track.race(creneaux.suivre, creneaux.suivre)) == 2
        assert Branche.objects.count() == rang + 1 and Tache.objects.filter(genre="SP_AFFECTER").count() == rang + 1


def test_two_requests_of_one_agent_make_one_soutien(track: Track, tally: Tally) -> None:
    m = f.monde()
    for rang in range(ROUNDS):
        lien = un_lien(m, rang)
        ask = partial(services.demander, lien=lien, programme="ATLAS", contact="06")
        assert count(tally, track.race(ask, ask), Erreur) == 1
        assert Soutien.objects.filter(sinistre=lien.sinistre).count() == 1
