"""From outside the bulle nobody can tell that an agent has a soutien: the public tables are read whole, as a thief of the web's password
would, and compared before and after each act (trust.md, docs/decisions/0016)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey
from django.utils import timezone

from accounts.models import Collectivite
from cases.enums import GenreBranche
from cases.models import Branche, Sinistre, SoutienVisible
from cases.services import avis as referrals
from contracts.models import Agent
from journal.models import Contenu, Entree, Evenement
from medical.enums_soutien import IssueSoutien, Voie
from medical.models import LienAgent, Seance, Soutien
from medical.selectors_soutien import propositions
from medical.services import soutien as services
from tests import factories as f
from tests.dehors import dehors
from tests.soutiens import creneau, lu, saisie
from workflows import automates
from workflows.branches.soutien import actes

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]

NOMME = (Sinistre, Agent, Collectivite)
"""What leads to a person, or near him."""
CODES = {"genre", "origine", "etape", "libelle", "issue", "echeance"}


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    with dehors():
        dossier = f.sinistre(m, "AS")
        referrals.confier(acteur=m.gestionnaire, sinistre=dossier, medecin=m.medecin, question="IMPUTABILITE")
    return dossier


@pytest.fixture
def lien(m: f.Monde, sinistre: Sinistre) -> LienAgent:
    expire = timezone.now() + dt.timedelta(days=1)
    return LienAgent.objects.create(sinistre=sinistre, empreinte="e", code="c", cree_par=m.secretariat, expire_le=expire)


def public() -> Counter[tuple[str, str]]:
    """Every row of every public table, as the server writes it."""
    rows: Counter[tuple[str, str]] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND has_table_privilege(schemaname||'.'||tablename, 'SELECT')"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM public."{table}" t')
            rows.update((table, row) for (row,) in cursor.fetchall())
    return rows


def born(avant: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
    return public() - avant


def life(m: f.Monde, lien: LienAgent) -> Soutien:
    """The whole way of a REPERE asked for by the agent, which touches every table that a soutien can."""
    soutien = services.demander(lien=lien, programme="REPERE", contact="06 99 88 77 66")
    creneau()
    actes.affecter(acteur=m.secretariat, soutien=lu(soutien), psychologue=m.psychologue)
    actes.prendre_contact(acteur=m.psychologue, soutien=lu(soutien), le=timezone.localdate())
    for _ in range(3):
        actes.tenir_seance(acteur=m.psychologue, soutien=lu(soutien), saisie=saisie(note="Canari de la note"))
    actes.finir_social(acteur=m.psychologue, soutien=lu(soutien))
    actes.terminer(acteur=m.psychologue, soutien=lu(soutien), issue=IssueSoutien.ORIENTATION, motif="Canari du motif")
    automates.balayer()
    creneau()
    return lu(soutien)


def test_what_the_agent_says_and_what_is_proposed_write_nothing_outside(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    """Not one row at these instants: beside those of his link or of the médecin's visit, it would tell whom it concerns."""
    avant = public()
    propose = services.proposer(acteur=m.medecin, sinistre=sinistre, programme="ATLAS")
    services.repondre(lien=lien, accepte=False)
    demande = services.demander(lien=lien, programme="RESSOURCES", contact="06")
    services.lire_contact(acteur=m.secretariat, soutien=lu(demande))
    services.arreter(soutien=demande, acteur=None, voie=Voie.LIEN)
    assert public() == avant
    creneau()
    assert public() == avant, "refused and stopped before the slot: nothing was ever known"
    assert lu(propose).branche is None and lu(demande).branche is None


def test_an_answer_and_a_stop_are_followed_at_the_slot_alone(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    propose = services.proposer(acteur=m.medecin, sinistre=sinistre, programme="ATLAS")
    creneau()
    avant = public()
    services.repondre(lien=lien, accepte=True, contact="06")
    assert public() == avant
    creneau()
    actes.affecter(acteur=m.secretariat, soutien=lu(propose), psychologue=m.psychologue)
    avant = public()
    services.arreter(soutien=lu(propose), acteur=None, voie=Voie.LIEN)
    assert public() == avant


def test_no_row_of_a_whole_life_leads_to_the_agent(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    avant = public()
    soutien = life(m, lien)
    nees = born(avant)
    tables = {table for table, _ in nees}
    assert {"cases_branche", "cases_tache", "cases_echeance", "viewflow_process", "viewflow_task", "journal_entree"} <= tables
    mots = [sinistre.numero, m.agent.nom, m.agent.matricule, str(soutien.uid), "06 99 88 77 66", "Canari", "REPERE", "ORIENTATION"]
    trouves = [(table, mot) for table, row in nees for mot in mots if mot in row]
    assert trouves == []
    for modele in apps.get_models():
        if modele._meta.db_table in tables:
            _names_nobody(modele, avant)


def _names_nobody(modele: Any, avant: Counter[tuple[str, str]]) -> None:
    """The rows born, by key: none of their foreign keys leads to a dossier, an agent or a collectivité."""
    cles = {_key(row) for table, row in born(avant) if table == modele._meta.db_table}
    for champ in modele._meta.concrete_fields:
        if (isinstance(champ, ForeignKey) and champ.related_model in NOMME) or champ.name == "sinistre_id":
            remplis = modele._base_manager.exclude(**{f"{champ.attname}__isnull": True}).values_list("pk", flat=True)
            assert not cles & {str(pk) for pk in remplis}, (modele, champ.name)


def _key(row: str) -> str:
    return row.strip("()").split(",")[0]


def test_the_journal_says_that_a_step_was_done_and_no_more(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    dernier = Entree.objects.order_by("-pk").values_list("pk", flat=True)[0]
    soutien = life(m, lien)
    entrees = list(Entree.objects.filter(pk__gt=dernier))
    assert {e.sinistre_id for e in entrees} == {None} and {e.motif for e in entrees} <= {""}
    assert {e.acteur_id for e in entrees} <= {None, m.secretariat.pk, m.psychologue.pk}
    for contenu in Contenu.objects.filter(entree__in=entrees):
        assert set(contenu.donnees) <= CODES, contenu.donnees
    assert Seance.objects.count() == 3 and not any(e.objet_type in ("soutien", "seance") for e in entrees)
    assert soutien.branche is not None
    assert set(Evenement.objects.filter(objet_id=soutien.branche.pk, objet_type="branche").values_list("sinistre_id", flat=True)) == {None}


def test_the_branch_is_of_nobody(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    services.proposer(acteur=m.medecin, sinistre=sinistre, programme="ATLAS")
    creneau()
    proposee = Branche.objects.get()
    Soutien.objects.update(clos_le=timezone.now(), issue=IssueSoutien.SANS_SUITE)
    services.demander(lien=lien, programme="ATLAS", contact="06")
    creneau()
    demandee = Branche.objects.exclude(pk=proposee.pk).get()
    for branche in (proposee, demandee):
        assert (branche.genre, branche.sinistre, branche.ouverte_par) == (GenreBranche.SOUTIEN, None, None)
    assert (proposee.origine, proposee.canal) == (demandee.origine, demandee.canal), "asked for or proposed: not told"


def test_once_withdrawn_nothing_remembers_that_it_was_shown(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    soutien = life(m, lien)
    avant = public()
    services.montrer(soutien=soutien, acteur=None, voie=Voie.LIEN)
    nees = born(avant)
    assert {table for table, _ in nees} == {"cases_soutienvisible"} and len(nees) == 1
    services.cacher(soutien=lu(soutien), acteur=None, voie=Voie.LIEN)
    assert public() == avant


def test_what_is_shown_bears_no_date_and_is_not_rewritten_with_the_seance(m: f.Monde, lien: LienAgent) -> None:
    soutien = services.demander(lien=lien, programme="RESSOURCES", contact="06")
    creneau()
    actes.affecter(acteur=m.secretariat, soutien=lu(soutien), psychologue=m.psychologue)
    actes.prendre_contact(acteur=m.psychologue, soutien=lu(soutien), le=timezone.localdate())
    services.montrer(soutien=lu(soutien), acteur=None, voie=Voie.LIEN)
    avant = SoutienVisible.objects.values().get()
    journal = Entree.objects.count()
    assert set(avant) == {"id", "sinistre_id", "programme", "seances_tenues"}
    actes.tenir_seance(acteur=m.psychologue, soutien=lu(soutien), saisie=saisie())
    assert SoutienVisible.objects.values().get() == avant and Entree.objects.count() == journal


def test_the_medecin_conseil_does_not_learn_by_proposing_that_one_runs(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    """He gives opinions on this agent. Whether he is first or second, the same is done for him; the secretariat is told."""
    demande = services.demander(lien=lien, programme="RESSOURCES", contact="06")
    avant = public()
    services.proposer(acteur=m.medecin, sinistre=sinistre, programme="ATLAS")
    assert public() == avant and Soutien.objects.get().programme == "RESSOURCES"
    assert [trace.acteur for trace in propositions(m.secretariat, lu(demande))] == [m.medecin]
    assert propositions(m.medecin, lu(demande)) == []
    with pytest.raises(services.DejaUn):
        services.proposer(acteur=m.secretariat, sinistre=sinistre, programme="ATLAS")


def test_a_proposal_is_not_told_twice_to_the_secretariat(m: f.Monde, sinistre: Sinistre) -> None:
    propose = services.proposer(acteur=m.secretariat, sinistre=sinistre, programme="ATLAS")
    assert propositions(m.secretariat, lu(propose)) == []
    services.proposer(acteur=m.medecin, sinistre=sinistre, programme="ATLAS")
    assert len(propositions(m.secretariat, lu(propose))) == 1
