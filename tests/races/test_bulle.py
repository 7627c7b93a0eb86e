"""Two at once inside the bulle, on real connections under its own login: one wins, nothing is lost or doubled."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone

from accounts.enums import Role
from accounts.gate import Refus
from cases.enums_expertise import SuiteExamen
from cases.errors import Erreur
from cases.models import AvisMedecin
from cases.services import avis as avis_services
from documents.enums import EtatPiece
from documents.models import ExtraitAdministratif, Piece
from documents.services.extraits import Extrait, extraire
from medical.enums import Finalite
from medical.models import LienAgent, Opinion
from medical.services import liens, opinions
from tests import factories as f
from tests.expertises import confiee, fraiche
from tests.medical.dossiers import SESSION, confie, declare, ouvert, piece_medicale
from tests.races.conftest import ROUNDS, Tally, Track, count
from workflows.branches.expertise import bulle

pytestmark = pytest.mark.bulle

SENT = {"sens": "FAVORABLE", "conclusion": "Imputable au service."}


def a_dossier(m: f.Monde) -> AvisMedecin:
    """Entrusted and opened, of an agent of its own."""
    sinistre = declare(m, de=f.agent(m.collectivite))
    avis = confie(m, sinistre)
    ouvert(m.medecin, sinistre)
    return AvisMedecin.objects.select_related("sinistre__agent", "sinistre__collectivite").get(pk=avis.pk)


def test_two_medecins_draft_the_same_text(track: Track, tally: Tally) -> None:
    m = f.monde()
    autre = f.person(Role.MEDECIN_CONSEIL)
    jour = timezone.localdate()
    avis_services.deleguer(acteur=m.medecin, remplacant=autre, debut=jour, fin=jour)
    for _ in range(ROUNDS):
        avis = a_dossier(m)
        ouvert(autre, avis.sinistre)
        write = partial(opinions.enregistrer, avis=avis, session=SESSION, lue_le=None)
        results = track.race(partial(write, acteur=m.medecin, texte="un"), partial(write, acteur=autre, texte="deux"))
        assert count(tally, results, opinions.ModifieeEntreTemps) == 1
        assert Opinion.objects.filter(avis=avis).count() == 1


def test_an_opinion_given_while_it_is_drafted_or_recalled(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        avis = a_dossier(m)
        give = partial(opinions.rendre, acteur=m.medecin, avis=avis, session=SESSION, texte="rendu", lue_le=None, **SENT)
        draft = partial(opinions.enregistrer, acteur=m.medecin, avis=avis, session=SESSION, texte="brouillon", lue_le=None)
        assert count(tally, track.race(give, draft), opinions.ModifieeEntreTemps, Erreur) == 1
        rendu = AvisMedecin.objects.get(pk=avis.pk).rendu_le is not None
        assert (Opinion.objects.get(avis=avis).figee_le is not None) is rendu, "given and frozen together, or neither"


def test_a_mission_rendered_while_it_is_recalled(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        avis = a_dossier(m)
        mission = confiee(m, avis.sinistre)
        assert mission.branche is not None
        ouvert(m.expert, avis.sinistre, Finalite.EXPERTISE)
        render = partial(bulle.rendre_rapport, acteur=m.expert, mission=mission, session=SESSION, conclusions="oui")
        recall = partial(bulle.rappeler, acteur=m.medecin, branche=fraiche(mission.branche))
        assert count(tally, track.race(render, recall), Refus, Erreur) == 1
        mission.refresh_from_db()
        rappelee = fraiche(mission.branche).expertise.suite == SuiteExamen.RAPPEL
        assert (mission.rendue_le is None) is rappelee


def test_an_agent_s_link_opened_twice_at_once(track: Track, tally: Tally) -> None:
    m = f.monde()
    sinistre = a_dossier(m).sinistre
    for _ in range(ROUNDS):
        remise = liens.ouvrir_a_l_agent(acteur=m.secretariat, sinistre=sinistre)
        enter = partial(liens.entrer, secret=remise.secret, code=remise.code)
        assert count(tally, track.race(enter, enter), liens.LienInvalide) == 1


def test_wrong_codes_at_once_are_all_counted(track: Track, tally: Tally) -> None:
    m = f.monde()
    sinistre = a_dossier(m).sinistre
    for _ in range(max(2, ROUNDS // 10)):
        remise = liens.ouvrir_a_l_agent(acteur=m.secretariat, sinistre=sinistre)
        wrong = partial(liens.entrer, secret=remise.secret, code=f"{(int(remise.code) + 1) % 10**8:08d}")
        for _ in range(4):
            assert count(tally, track.race(wrong, wrong), liens.CodeFaux, liens.LienInvalide) == 0
        assert LienAgent.objects.get(pk=remise.lien.pk).essais == liens.ESSAIS


def test_an_extract_corrected_twice_at_once(track: Track, tally: Tally) -> None:
    m = f.monde()
    piece = piece_medicale(a_dossier(m).sinistre)
    Piece.objects.filter(pk=piece.pk).update(etat=EtatPiece.RECUE)
    extrait = extraire(acteur=m.secretariat, piece=piece, extrait=Extrait(dt.date(2026, 3, 2)))
    for montant in range(1, ROUNDS + 1):
        correct = partial(
            extraire, acteur=m.secretariat, piece=piece, extrait=Extrait(dt.date(2026, 3, 2), montant=Decimal(montant)), corrige=extrait
        )
        assert count(tally, track.race(correct, correct), Erreur) == 1
        extrait = ExtraitAdministratif.objects.get(piece=piece, corrige_par__isnull=True)
