"""The soutien psychologique: what it refuses, to whom, and what is seen of it."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.gate import Refus
from cases.errors import DonneeInvalide, Erreur
from cases.models import Programme, Sinistre, SoutienVisible
from medical.enums_soutien import IssueSoutien, Voie
from medical.models import LienAgent, Seance, Soutien
from medical.selectors_soutien import du_lien, mon_soutien, suivis
from medical.services import soutien as services
from tests import factories as f
from tests.dehors import dehors
from tests.soutiens import creneau, demande, engage, lu, saisie, tenir
from workflows import automates, moteur
from workflows.branches.soutien import actes, creneaux

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    with dehors():
        return f.sinistre(m, "AS")


@pytest.fixture
def lien(m: f.Monde, sinistre: Sinistre) -> LienAgent:
    expire = timezone.now() + dt.timedelta(days=1)
    return LienAgent.objects.create(sinistre=sinistre, empreinte="e", code="c", cree_par=m.secretariat, expire_le=expire)


# -- Refusals -----------------------------------------------------------------------------------------------------------------


def test_one_at_a_time(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    demande(lien)
    with pytest.raises(Erreur, match="déjà"):
        services.demander(lien=lien, programme=Programme.ATLAS, contact="06")
    with pytest.raises(Erreur, match="déjà"):
        services.proposer(acteur=m.secretariat, sinistre=sinistre, programme=Programme.ATLAS)


def test_bad_values_are_refused(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    with pytest.raises(DonneeInvalide):
        services.demander(lien=lien, programme="AUTRE", contact="06")
    with pytest.raises(DonneeInvalide):
        services.demander(lien=lien, programme=Programme.ATLAS, contact=" ")
    with pytest.raises(Erreur, match="Aucun"):
        services.repondre(lien=lien, accepte=True, contact="06")
    soutien = demande(lien)
    with pytest.raises(Erreur, match="déjà répondu"):
        services.repondre(lien=lien, accepte=True, contact="06")
    with pytest.raises(DonneeInvalide):
        actes.affecter(acteur=m.secretariat, soutien=soutien, psychologue=m.expert)
    actes.affecter(acteur=m.secretariat, soutien=soutien, psychologue=m.psychologue)
    demain = timezone.localdate() + dt.timedelta(days=1)
    with pytest.raises(DonneeInvalide):
        actes.prendre_contact(acteur=m.psychologue, soutien=lu(soutien), le=demain)
    with pytest.raises(Erreur, match="premier contact"):
        tenir(m, soutien, 1)
    actes.prendre_contact(acteur=m.psychologue, soutien=lu(soutien), le=timezone.localdate())
    for mauvaise in (saisie(tenue_le=demain), saisie(forme="PIED"), saisie(duree=None), saisie(duree=5), saisie(note="x" * 20_001)):
        with pytest.raises(DonneeInvalide):
            actes.tenir_seance(acteur=m.psychologue, soutien=lu(soutien), saisie=mauvaise)
    with pytest.raises(DonneeInvalide):
        actes.terminer(acteur=m.psychologue, soutien=lu(soutien), issue=IssueSoutien.QUOTA)
    with pytest.raises(moteur.EtapeFermee):
        actes.finir_social(acteur=m.psychologue, soutien=lu(soutien))


def test_who_may_do_what(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    for qui in (m.gestionnaire, m.responsable, m.psychologue, m.expert, m.mairie, m.medecin):  # the dossier is not referred to him
        with pytest.raises(Refus):
            services.proposer(acteur=qui, sinistre=sinistre, programme=Programme.ATLAS)
    soutien = engage(m, lien)
    collegue = f.person("PSYCHOLOGUE")
    for qui in (m.gestionnaire, m.secretariat, m.medecin, m.expert, collegue):
        with pytest.raises(Refus):
            actes.tenir_seance(acteur=qui, soutien=soutien, saisie=saisie())
        with pytest.raises(Refus):
            actes.relire(acteur=qui, soutien=soutien)
        with pytest.raises(Soutien.DoesNotExist):
            mon_soutien(qui, soutien.uid)
    for qui in (m.gestionnaire, m.medecin, m.psychologue):
        with pytest.raises(Refus):
            actes.affecter(acteur=qui, soutien=soutien, psychologue=collegue)
        with pytest.raises(Refus):
            services.arreter(soutien=soutien, acteur=qui, voie=Voie.TELEPHONE)
        assert not suivis(qui).exists()


def test_nobody_handles_his_own(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    soutien = demande(lien)
    with dehors():
        sinistre.agent.compte = m.secretariat
        sinistre.agent.save(update_fields=["compte"])
    assert not suivis(m.secretariat).exists()
    with pytest.raises(Refus):
        actes.affecter(acteur=m.secretariat, soutien=lu(soutien), psychologue=m.psychologue)
    with dehors():
        sinistre.agent.compte = m.psychologue
        sinistre.agent.save(update_fields=["compte"])
    with pytest.raises(DonneeInvalide):
        actes.affecter(acteur=m.secretariat, soutien=lu(soutien), psychologue=m.psychologue)


def test_notes_open_to_their_author_alone(m: f.Monde, lien: LienAgent) -> None:
    soutien = engage(m, lien)
    actes.tenir_seance(acteur=m.psychologue, soutien=soutien, saisie=saisie(note="mot secret"))
    brut = Seance.objects.get().note
    assert brut is not None and b"secret" not in bytes(brut)
    assert [lue.note for lue in actes.relire(acteur=m.psychologue, soutien=lu(soutien))] == ["mot secret"]
    autre = f.person("PSYCHOLOGUE")
    actes.affecter(acteur=m.secretariat, soutien=lu(soutien), psychologue=autre)
    assert [lue.note for lue in actes.relire(acteur=autre, soutien=lu(soutien))] == [""]
    with pytest.raises(Refus):
        actes.relire(acteur=m.psychologue, soutien=lu(soutien))


def test_the_trail_is_append_only(lien: LienAgent) -> None:
    demande(lien)
    for requete in ("UPDATE medical.medical_tracesoutien SET acte = 'LU'", "DELETE FROM medical.medical_tracesoutien"):
        with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(requete)


# -- Being seen ---------------------------------------------------------------------------------------------------------------


def test_seen_outside_with_consent_kept_up_to_date_and_gone_with_it(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    soutien = engage(m, lien)
    tenir(m, soutien, 1)
    assert not SoutienVisible.objects.exists()
    services.montrer(soutien=lu(soutien), acteur=None, voie=Voie.LIEN)
    services.montrer(soutien=lu(soutien), acteur=None, voie=Voie.LIEN)
    vu = SoutienVisible.objects.get()
    assert (vu.sinistre_id, vu.programme, vu.seances_tenues) == (sinistre.pk, "RESSOURCES", 1)
    tenir(m, soutien, 2)
    vu.refresh_from_db()
    assert vu.seances_tenues == 1, "not at the instant of the séance"
    creneau()
    vu.refresh_from_db()
    assert vu.seances_tenues == 3
    actes.terminer(acteur=m.psychologue, soutien=lu(soutien), issue=IssueSoutien.ATTEINT)
    automates.balayer()
    creneau()
    assert SoutienVisible.objects.get().seances_tenues == 3, "its end is not told"
    services.cacher(soutien=lu(soutien), acteur=m.secretariat, voie=Voie.TELEPHONE)
    assert not SoutienVisible.objects.exists()
    services.cacher(soutien=lu(soutien), acteur=None, voie=Voie.LIEN)
    assert lu(soutien).visible_retire_le is not None
    services.montrer(soutien=lu(soutien), acteur=None, voie=Voie.LIEN)
    assert SoutienVisible.objects.get().seances_tenues == 3


def test_nothing_is_shown_before_it_is_accepted(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    soutien = services.proposer(acteur=m.secretariat, sinistre=sinistre, programme=Programme.ATLAS)
    with pytest.raises(Erreur):
        services.montrer(soutien=soutien, acteur=None, voie=Voie.LIEN)
    trouve = du_lien(lien)
    assert trouve is not None and trouve.pk == soutien.pk


def test_a_slot_that_fails_is_tried_again_and_stops_nobody(m: f.Monde, lien: LienAgent, monkeypatch: pytest.MonkeyPatch) -> None:
    soutien = services.demander(lien=lien, programme=Programme.ATLAS, contact="06")
    with monkeypatch.context() as patch:
        patch.setattr(moteur, "ouvrir", lambda **_: 1 / 0)
        creneau()
    assert lu(soutien).branche is None and lu(soutien).suite_le is not None
    creneau()
    assert lu(soutien).branche is not None
    assert creneaux.suivre() == 0


@contextlib.contextmanager
def at_most(nombre: int) -> Iterator[None]:
    """Statements, the savepoints apart: outside a test there is one BEGIN."""
    with CaptureQueriesContext(connection) as ctx:
        yield
    requetes = [q["sql"] for q in ctx.captured_queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(requetes) <= nombre, requetes


def test_a_step_costs_at_most_thirty_queries(m: f.Monde, lien: LienAgent) -> None:
    soutien = demande(lien, Programme.REPERE)
    with at_most(30):
        actes.affecter(acteur=m.secretariat, soutien=soutien, psychologue=m.psychologue)
    frais = lu(soutien)
    with at_most(30):  # two steps open at once behind it, a timer falls, another is set
        actes.prendre_contact(acteur=m.psychologue, soutien=frais, le=timezone.localdate())
    frais = lu(soutien)
    with at_most(30):
        actes.tenir_seance(acteur=m.psychologue, soutien=frais, saisie=saisie(note="x"))
    with at_most(30):
        actes.terminer(acteur=m.psychologue, soutien=frais, issue=IssueSoutien.ATTEINT)
    with at_most(30):
        actes.finir_social(acteur=m.psychologue, soutien=frais)
