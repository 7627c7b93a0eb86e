"""Lists and details: pages without a hole or a double, and as many queries for a hundred rows as for one."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from cases.models import Sinistre, Tache
from tests import factories as f
from tests.api.conftest import Caller

Par = Callable[[User], Caller]
pytestmark = pytest.mark.django_db


def several(m: f.Monde, nombre: int) -> list[Sinistre]:
    return [f.sinistre(m, de=f.agent(m.collectivite)) for _ in range(nombre)]


def walk(qui: Caller, path: str, size: int) -> list[dict[str, Any]]:
    """Every row of a list, page after page."""
    rows: list[dict[str, Any]] = []
    address = f"{path}{'&' if '?' in path else '?'}taille={size}"
    while address:
        body = qui.get(address).json()
        assert len(body["resultats"]) <= size
        rows += body["resultats"]
        address = body["suivant"] or ""
    return rows


def test_sinistres_by_pages(m: f.Monde, par: Par) -> None:
    made = several(m, 7)
    f.sinistre(m, par=m.mairie2, de=m.autre_agent)
    rows = walk(par(m.mairie), "sinistres/", 3)
    assert [r["numero"] for r in rows] == [s.numero for s in reversed(made)]
    assert set(rows[0]) == {"numero", "etat", "nature", "regime", "collectivite", "agent", "survenance", "declaration", "version"}
    first = par(m.mairie).get("sinistres/?taille=3").json()
    f.sinistre(m, de=f.agent(m.collectivite))  # what arrives meanwhile moves nothing
    assert [r["numero"] for r in par(m.mairie).get(first["suivant"]).json()["resultats"]] == [r["numero"] for r in rows[3:6]]


def test_filters(m: f.Monde, par: Par) -> None:
    cmo, accident = f.sinistre(m), f.sinistre(m, "AS", alertes_assumees="Deux dossiers distincts.")
    ailleurs = f.sinistre(m, par=m.mairie2, de=m.autre_agent)
    gestionnaire = par(m.gestionnaire)

    def found(query: str) -> set[str]:
        return {r["numero"] for r in gestionnaire.get(f"sinistres/?{query}").json()["resultats"]}

    assert found("") == {cmo.numero, accident.numero, ailleurs.numero}
    assert found("nature=AS") == {accident.numero}
    assert found("nature=AS&nature=CMO&etat=DECLARE") == {cmo.numero, accident.numero, ailleurs.numero}
    assert found("etat=CLOS") == set()
    assert found(f"collectivite={m.autre_collectivite.siret}") == {ailleurs.numero}
    jour = cmo.survenance
    assert found(f"survenance_de={jour + dt.timedelta(days=1)}") == set()
    assert found(f"survenance_de={jour}&survenance_a={jour}") == {cmo.numero, accident.numero, ailleurs.numero}
    response = gestionnaire.post("sinistres/recherche/", {"texte": m.agent.nom.upper(), "nature": ["AS"]})
    assert {r["numero"] for r in response.json()["resultats"]} == {accident.numero}
    assert par(m.mairie).get(f"sinistres/?collectivite={m.autre_collectivite.siret}").status_code == 422


def test_search_by_pages(m: f.Monde, par: Par) -> None:
    made = several(m, 3)
    body = {"texte": "dominique", "taille": 2}
    first = par(m.mairie).post("sinistres/recherche/", body).json()
    second = par(m.mairie).post("sinistres/recherche/", body | {"curseur": first["curseur"]}).json()
    assert [r["numero"] for r in first["resultats"] + second["resultats"]] == [s.numero for s in reversed(made)]
    assert second["curseur"] is None


def test_taches_by_pages_in_the_order_of_deadlines(m: f.Monde, par: Par) -> None:
    several(m, 6)
    taches = list(Tache.objects.filter(file="a-instruire").order_by("pk"))
    now = timezone.now()
    for rang, tache in enumerate(taches):
        tache.due_at = now + dt.timedelta(hours=(rang * 7) % 3)  # with equals
        if rang % 2:
            tache.suspendue, tache.suspendue_depuis, tache.suspendue_motif = True, now, "attend"
        tache.save()
    rows = walk(par(m.gestionnaire), "taches/?file=a-instruire", 2)
    expected = sorted(taches, key=lambda t: (t.suspendue, t.due_at, t.pk))
    assert [r["id"] for r in rows] == [t.pk for t in expected]


def test_taches_of_a_queue_that_is_not_mine(m: f.Monde, par: Par) -> None:
    assert par(m.payeur).get("taches/?file=a-instruire").status_code == 403
    assert par(m.mairie).get("taches/").status_code == 403
    assert par(m.gestionnaire).get("taches/?file=inventee").status_code == 400


def test_taches_mine_and_free(m: f.Monde, par: Par) -> None:
    several(m, 2)
    gestionnaire = par(m.gestionnaire)
    first = gestionnaire.get("taches/?porteur=aucun").json()["resultats"][0]["id"]
    gestionnaire.post(f"taches/{first}/prendre/")
    assert [t["id"] for t in gestionnaire.get("taches/?porteur=moi").json()["resultats"]] == [first]
    assert first not in {t["id"] for t in gestionnaire.get("taches/?porteur=aucun").json()["resultats"]}


def test_agents(m: f.Monde, par: Par) -> None:
    found = par(m.mairie).post("agents/recherche/", {"texte": m.agent.nom.lower()}).json()
    assert found == {
        "resultats": [{"collectivite": m.collectivite.siret, "matricule": m.agent.matricule, "nom": m.agent.nom, "prenom": m.agent.prenom}],
        "tronque": False,
    }
    assert par(m.mairie).post("agents/recherche/", {"texte": m.autre_agent.nom}).json()["resultats"] == []
    assert par(m.payeur).post("agents/recherche/", {"texte": "nom"}).status_code == 403


def queries(qui: Caller, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as seen:
        response = qui.get(path)
    assert response.status_code == 200, response.content
    assert len(json.dumps(response.json())) > 2
    return len(seen)


@pytest.mark.parametrize(
    ("path", "role", "most"), [("sinistres/", "mairie", 3), ("taches/", "gestionnaire", 3), ("decomptes/", "gestionnaire", 3)]
)
def test_queries_of_lists(m: f.Monde, par: Par, path: str, role: str, most: int) -> None:
    def with_money(sinistre: Sinistre) -> None:
        arret = sinistre.arrets.get()
        body = {"sinistre": sinistre.numero, "debut": str(arret.debut), "fin": str(arret.fin), "montant": "10.00", "explication": "x"}
        assert par(m.gestionnaire2).post("decomptes/", body).status_code == 201

    with_money(several(m, 1)[0])
    one = queries(par(m.people[role]), path)
    for sinistre in several(m, 8):
        with_money(sinistre)
    assert queries(par(m.people[role]), path) == one <= most


def test_queries_of_a_dossier(m: f.Monde, par: Par) -> None:
    sinistre = f.sinistre(m, "AS")
    one = queries(par(m.gestionnaire), f"sinistres/{sinistre.numero}/")
    debut = sinistre.arrets.get().fin + dt.timedelta(days=1)
    for rang in range(4):
        jour = (debut + dt.timedelta(days=2 * rang)).isoformat()
        fin = (debut + dt.timedelta(days=2 * rang + 1)).isoformat()
        body = {"arret": {"debut": jour, "fin": fin, "certificat": jour}}
        assert par(m.mairie).post(f"sinistres/{sinistre.numero}/arrets/", body).status_code == 201
    assert queries(par(m.gestionnaire), f"sinistres/{sinistre.numero}/") == one <= 8
