"""Who sees which dossier, search through the trigram index, counts that stop."""

from __future__ import annotations

import datetime as dt

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.enums import Etat, FileTravail, GenreTache
from cases.models import Sinistre, Tache
from cases.selectors import (
    COUNT_LIMIT,
    FiltreSinistres,
    arrets_recouverts,
    count_up_to,
    doubles_probables,
    search_sinistres,
    sinistre_visible,
    sinistres_visibles,
    taches_visibles,
)
from contracts.selectors import search_agents
from indemnities.selectors import decomptes_visibles
from tests import factories as f
from workflows.lifecycle import transiter

ALL = {"gestionnaire", "gestionnaire2", "responsable", "payeur", "payeur2", "secretariat"}


def who_sees(m: f.Monde, sinistre: Sinistre) -> set[str]:
    return {qui for qui, user in m.people.items() if sinistres_visibles(user).filter(pk=sinistre.pk).exists()}


def validate(m: f.Monde, sinistre: Sinistre) -> None:
    f.complete_pieces(sinistre, m.gestionnaire)
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")


def test_who_sees_a_dossier(m: f.Monde) -> None:
    here, there = f.sinistre(m), f.sinistre(m, par=m.mairie2, de=m.autre_agent)
    assert who_sees(m, here) == ALL | {"mairie"}
    assert who_sees(m, there) == ALL | {"mairie2"}
    validate(m, here)
    assert who_sees(m, here) == ALL | {"mairie", "assureur"}, "transmitted to its insurer once valid"


def test_an_insurer_sees_its_own_contracts_only(m: f.Monde) -> None:
    other = f.monde()
    mine, foreign = f.sinistre(m), f.sinistre(other)
    validate(m, mine)
    validate(other, foreign)
    assert list(sinistres_visibles(m.assureur)) == [mine]
    assert list(sinistres_visibles(other.assureur)) == [foreign]


def test_a_foreign_dossier_is_as_unknown_as_one_that_does_not_exist(m: f.Monde) -> None:
    numero = f.sinistre(m).numero
    for wrong in (numero, "2026-999999"):
        with pytest.raises(Sinistre.DoesNotExist):
            sinistre_visible(m.mairie2, wrong)
    assert sinistre_visible(m.mairie, numero).numero == numero


def test_a_right_that_ended_yesterday_shows_nothing(m: f.Monde) -> None:
    f.sinistre(m)
    m.mairie.habilitations.update(fin=timezone.localdate() - dt.timedelta(days=1))
    del m.mairie.__dict__["habilitations_actives"]
    assert not sinistres_visibles(m.mairie).exists()


@pytest.mark.parametrize("qui", sorted(ALL | {"mairie"}))
def test_nobody_sees_his_own_dossier(m: f.Monde, qui: str) -> None:
    sinistre = f.sinistre(m, par=m.gestionnaire if qui != "gestionnaire" else m.gestionnaire2)
    m.agent.compte = m.people[qui]
    m.agent.save(update_fields=["compte"])
    assert qui not in who_sees(m, sinistre)
    assert not decomptes_visibles(m.people[qui]).filter(sinistre=sinistre).exists()


def test_a_task_about_no_dossier_is_seen_by_who_has_an_account_as_agent(m: f.Monde) -> None:
    """Excluding one's own dossier must not exclude rows that have none."""
    m.agent.compte = m.gestionnaire
    m.agent.save(update_fields=["compte"])
    paper = Tache.objects.create(
        file=FileTravail.CORBEILLE, genre=GenreTache.TRAITER_COURRIER, objet_type="courrier", objet_id=1, due_at=timezone.now()
    )
    assert paper in taches_visibles(m.gestionnaire)


def test_search_ignores_accents_case_and_order(m: f.Monde) -> None:
    agent = f.agent(m.collectivite, nom="Lefèvre-Œuvrard", prenom="Noémie", matricule="X77-9")
    sinistre = f.sinistre(m, de=agent)
    f.sinistre(m)
    for texte in ("lefevre", "NOEMIE lefèvre", "oeuvrard", "x77-9", "  Lefèvre   noé ", sinistre.numero, f"{sinistre.numero} lefe"):
        assert list(search_sinistres(m.gestionnaire, FiltreSinistres(texte=texte))) == [sinistre], texte
    for texte in ("durand", "lefevre martin", "100%", "_", "0000-", f"{sinistre.numero} durand"):
        assert not search_sinistres(m.gestionnaire, FiltreSinistres(texte=texte)).exists(), texte
    assert not search_sinistres(m.mairie2, FiltreSinistres(texte="lefevre")).exists()
    assert not search_agents(m.mairie2, "lefevre").exists()
    assert list(search_agents(m.mairie, "lefevre")) == [agent]


def test_filters_narrow(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    other = f.sinistre(m, "AS", par=m.mairie2, de=m.autre_agent)
    validate(m, other)
    cases: list[tuple[FiltreSinistres, list[Sinistre]]] = [
        (FiltreSinistres(), [other, sinistre]),
        (FiltreSinistres(etats=(Etat.VALIDE,)), [other]),
        (FiltreSinistres(natures=("CMO",)), [sinistre]),
        (FiltreSinistres(collectivite_id=m.autre_collectivite.pk), [other]),
        (FiltreSinistres(survenance_de=sinistre.survenance + dt.timedelta(days=1)), []),
        (FiltreSinistres(survenance_a=sinistre.survenance - dt.timedelta(days=1)), []),
        (FiltreSinistres(survenance_de=sinistre.survenance, survenance_a=sinistre.survenance), [other, sinistre]),
    ]
    for filtre, expected in cases:
        assert [s.pk for s in search_sinistres(m.gestionnaire, filtre)] == [s.pk for s in expected], filtre


@pytest.fixture
def many(vraie_base: None, admin_dsn: str) -> f.Monde:
    """Six thousand agents with a sinistre each, and the statistics that only an administrator may gather."""
    m = f.monde()
    model = f.sinistre(m)
    columns = [str(c.column) for c in Sinistre._meta.concrete_fields if c.column not in ("id", "numero", "agent_id")]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO contracts_agent (collectivite_id, matricule, nom, prenom, naissance)"
            " SELECT %s, 'V' || n, 'Nom' || md5(n::text), 'Prénom' || md5((n + 1)::text), '1980-01-01' FROM generate_series(1, 6000) n",
            [m.collectivite.pk],
        )
        cursor.execute(
            f"INSERT INTO cases_sinistre (numero, agent_id, {', '.join(columns)})"
            f" SELECT '2001-' || lpad(row_number() OVER ()::text, 6, '0'), a.id, {', '.join(f's.{c}' for c in columns)}"
            " FROM contracts_agent a, cases_sinistre s WHERE s.id = %s AND a.matricule LIKE 'V%%'",
            [model.pk],
        )
        cursor.execute(
            "INSERT INTO cases_tache (file, genre, objet_type, objet_id, priorite, cree_le, due_at, suspendue, suspendue_motif, issue)"
            " SELECT 'corbeille', 'TRAITER_COURRIER', 'courrier', n, 0, now(), now(), false, '', '' FROM generate_series(1, 1500) n"
        )
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        for table in ("contracts_agent", "cases_sinistre"):
            admin.execute(f"VACUUM ANALYZE {table}")
    return m


def test_a_name_is_found_through_the_trigram_index(many: f.Monde) -> None:
    for found in (search_agents(many.gestionnaire, "c4ca4238"), search_sinistres(many.gestionnaire, FiltreSinistres(texte="c4ca4238"))):
        assert found.count() >= 1
        plan = found[:50].explain()
        assert "agent_recherche_trgm" in plan, plan
        assert "Seq Scan on cases_sinistre" not in plan, plan


def test_a_number_is_found_through_its_index(many: f.Monde) -> None:
    found = search_sinistres(many.gestionnaire, FiltreSinistres(texte="2001-000123"))
    assert [s.numero for s in found] == ["2001-000123"]
    plan = found.explain()
    assert "Seq Scan on cases_sinistre" not in plan and "Seq Scan on contracts_agent" not in plan, plan


def test_a_count_stops_at_a_thousand(many: f.Monde) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert count_up_to(taches_visibles(many.gestionnaire).filter(file=FileTravail.CORBEILLE)) == COUNT_LIMIT + 1
    assert f"LIMIT {COUNT_LIMIT + 1}" in queries[-1]["sql"]
    assert count_up_to(taches_visibles(many.gestionnaire).filter(file=FileTravail.A_INSTRUIRE)) == 1


def test_doubles_and_overlaps(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    arret = sinistre.arrets.get()
    criteria = {"agent_id": m.agent.pk, "nature": "CMO", "survenance": sinistre.survenance}
    assert list(doubles_probables(**criteria)) == [sinistre]  # type: ignore[arg-type]
    assert not doubles_probables(**criteria, hors=sinistre.pk).exists()  # type: ignore[arg-type]
    day = dt.timedelta(days=1)
    for debut, fin, overlaps in [
        (arret.fin, arret.fin + day, True),
        (arret.debut - day, arret.debut, True),
        (arret.fin + day, arret.fin + day, False),
        (arret.debut - 2 * day, arret.debut - day, False),
    ]:
        assert arrets_recouverts(agent_id=m.agent.pk, debut=debut, fin=fin).exists() is overlaps
    assert not arrets_recouverts(agent_id=m.autre_agent.pk, debut=arret.debut, fin=arret.fin).exists()
