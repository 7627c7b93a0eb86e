"""One table of states: django-fsm, the trigger and cases.states agree; every constraint refuses its counter-example; no dead end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from cases.enums import OUVERTS, Etat
from cases.models import Arret, Echeance, Episode, Pause, Sinistre
from cases.states import PASSAGES, STATE_PAIRS
from tests import factories as f

JOUR = dt.date(2026, 5, 4)

# What each state needs of its own columns, all at once: so that a probe meets the trigger and not a CheckConstraint.
WHOLE = {
    "motif_cloture": "REPRISE", "date_cloture": "2030-01-01", "reprise_effective": "2030-01-01", "motif_annulation": "DOUBLE",
    "motif_refus": "NON_JUSTIFIE", "portee_refus": "SINISTRE", "etat_avant_mediation": "VALIDE",
}  # fmt: skip


def _update(sinistre: Sinistre, **columns: Any) -> None:
    assignments = ", ".join(f"{name} = %s" for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE cases_sinistre SET {assignments} WHERE id = %s", [*columns.values(), sinistre.pk])


def _walk_to(sinistre: Sinistre, etat: str) -> None:
    """Bring a row to a state, by pairs the database accepts."""
    paths: dict[str, list[str]] = {Etat.DECLARE.value: []}
    frontier = [Etat.DECLARE.value]
    while frontier:
        here = frontier.pop(0)
        for a, b in STATE_PAIRS:
            if a == here and b not in paths:
                paths[b] = [*paths[here], b]
                frontier.append(b)
    for step in paths[etat]:
        _update(sinistre, **WHOLE, etat=step)


def test_the_trigger_accepts_exactly_the_table(m: f.Monde) -> None:
    """Every pair of states, tried by a bare UPDATE."""
    accepted = set()
    for avant in Etat.values:
        sinistre = f.sinistre(m, de=f.agent(m.collectivite))
        _walk_to(sinistre, avant)
        for apres in Etat.values:
            try:
                with transaction.atomic():
                    _update(sinistre, **WHOLE, etat=apres)
                    accepted.add((avant, apres))
                    raise InterruptedError
            except (DatabaseError, InterruptedError):
                pass
    assert {(a, b) for a, b in accepted if a != b} == set(STATE_PAIRS)


def test_django_fsm_declares_exactly_the_table() -> None:
    declared: dict[str, set[tuple[str, str]]] = {}
    in_place = set()
    for transition in Sinistre._meta.get_field("etat").get_all_transitions(Sinistre):  # type: ignore[union-attr]
        target = transition.target
        if target is None:
            in_place.add((transition.name, transition.source))
            continue
        targets = getattr(target, "allowed_states", None) or [target]
        declared.setdefault(transition.name, set()).update((str(transition.source), str(t)) for t in targets)
    expected = {nom: set(product(map(str, p.depuis), map(str, p.vers))) for nom, p in PASSAGES.items() if p.vers}
    assert declared == expected
    assert in_place == {(nom, etat.value) for nom, p in PASSAGES.items() if not p.vers for etat in p.depuis}


def test_the_table_is_the_design_s() -> None:
    """Typed here from the design's table, not from the code."""
    d, p, v, r, c, o, m, x, a = (
        "DECLARE", "PIECES_EN_ATTENTE", "VALIDE", "REMBOURSE", "CLOS", "ROUVERT", "EN_MEDIATION", "REFUSE", "ANNULE",
    )  # fmt: skip
    design = {
        "demander_pieces": ({d, v, r, o}, {p}),
        "valider": ({d, p, o}, {v}),
        "rembourser": ({v, r}, {r}),
        "rejeter_reglement": ({r}, {v}),
        "prolonger": ({v, r}, {p}),
        "requalifier": ({p, v, r, c}, {p}),
        "regulariser": ({p, v, r, c}, set()),
        "proposer_refus": ({d, p, v, r, o}, {m}),
        "lever_refus": ({m}, {d, p, v, r, o}),
        "refuser": ({m}, {x}),
        "refuser_partie": ({m}, {v}),
        "annuler": ({d, p, v}, {a}),
        "clore": ({p, v, r, o}, {c}),
        "rouvrir_rechute": ({v, r, c}, {o}),
        "rouvrir": ({c, x}, {o}),
    }
    assert {nom: (set(map(str, q.depuis)), set(map(str, q.vers))) for nom, q in PASSAGES.items()} == design


@pytest.mark.parametrize("etat", [e for e in Etat.values if e != Etat.DECLARE])
def test_a_sinistre_is_born_declared(m: f.Monde, etat: str) -> None:
    model = f.sinistre(m)
    columns = [str(c.column) for c in Sinistre._meta.concrete_fields if c.column not in ("id", "numero", "etat", *WHOLE)]
    copied = ", ".join(columns)
    with pytest.raises(DatabaseError, match="Cannot insert"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO cases_sinistre (numero, etat, {', '.join(WHOLE)}, {copied})"
            f" SELECT %s, %s, {', '.join(['%s'] * len(WHOLE))}, {copied} FROM cases_sinistre WHERE id = %s",
            ["9999-000001", etat, *WHOLE.values(), model.pk],
        )


# -- Exhaustive search of the abstract lifecycle ---------------------------------------------------------------------------


def _neighbours() -> Iterator[tuple[str, str]]:
    """Steps of the lifecycle on (state, where a mediation came from): `lever_refus` goes back there and nowhere else."""
    for passage_name, passage in PASSAGES.items():
        for a in passage.depuis:
            if passage_name == "lever_refus":
                yield from ((f"{a}<{origin}", str(origin)) for origin in passage.vers)
            elif a == Etat.EN_MEDIATION:
                yield from ((f"{a}<{origin}", str(b)) for origin in PASSAGES["proposer_refus"].depuis for b in passage.vers)
            elif passage_name == "proposer_refus":
                yield str(a), f"{Etat.EN_MEDIATION}<{a}"
            else:
                yield from ((str(a), str(b)) for b in passage.vers if a != b)


def _reach(start: str, steps: set[tuple[str, str]]) -> set[str]:
    seen, frontier = {start}, [start]
    while frontier:
        here = frontier.pop()
        for a, b in steps:
            if a == here and b not in seen:
                seen.add(b)
                frontier.append(b)
    return seen


def test_no_dead_end() -> None:
    steps = set(_neighbours())
    nodes = {node for step in steps for node in step}
    assert _reach(Etat.DECLARE, steps) == nodes, "every state can be reached"
    assert {node.split("<")[0] for node in nodes} == set(Etat.values)
    ends = {Etat.CLOS.value, Etat.REFUSE.value, Etat.ANNULE.value}
    stuck = [node for node in nodes if not _reach(node, steps) & ends]
    assert stuck == [], "from anywhere some end can be reached"
    assert [n for n in nodes if not any(a == n for a, _ in steps)] == [Etat.ANNULE.value], "only a cancelled dossier stays so for ever"
    assert set(map(str, OUVERTS)) | ends == set(Etat.values)


# -- Every CheckConstraint refuses its counter-example -----------------------------------------------------------------------

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "sinistre_clos_motive": (Etat.CLOS, {"motif_cloture": ""}),
    "sinistre_clos_reprise": (Etat.CLOS, {"reprise_effective": None}),
    "sinistre_annule_motive": (Etat.ANNULE, {"motif_annulation": ""}),
    "sinistre_refus_motive": (Etat.REFUSE, {"portee_refus": ""}),
    "sinistre_mediation_origine": (Etat.EN_MEDIATION, {"etat_avant_mediation": ""}),
    "sinistre_reprise_apres_survenance": (Etat.DECLARE, {"reprise_effective": dt.date(1999, 1, 1)}),
    "sinistre_consolidation_apres_survenance": (Etat.DECLARE, {"consolidation": dt.date(1999, 1, 1)}),
}


def test_each_constraint_of_a_sinistre_has_its_counter_example() -> None:
    named = {c.name for c in Sinistre._meta.constraints}
    assert named - set(CASES) == {"sinistre_etat_connu"}


@pytest.mark.parametrize("name", CASES)
def test_a_sinistre_is_whole_in_its_state(m: f.Monde, name: str) -> None:
    etat, wrong = CASES[name]
    sinistre = f.sinistre(m)
    _walk_to(sinistre, etat)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        _update(sinistre, **wrong)


@pytest.mark.parametrize("wrong", [{"date_cloture": None}, {"motif_refus": ""}])
def test_half_of_a_reason_is_none(m: f.Monde, wrong: dict[str, Any]) -> None:
    sinistre = f.sinistre(m)
    _walk_to(sinistre, Etat.CLOS if "date_cloture" in wrong else Etat.EN_MEDIATION)
    with pytest.raises(IntegrityError), transaction.atomic():
        _update(sinistre, **wrong)


def test_an_unknown_state_is_refused(m: f.Monde) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        _update(f.sinistre(m), etat="PERDU")


def _other_arret(sinistre: Sinistre, **champs: Any) -> Arret:
    first = sinistre.arrets.earliest("pk")
    valeurs = {"debut": first.fin + dt.timedelta(days=1), "fin": first.fin + dt.timedelta(days=5), "genre": "PROLONGATION"} | champs
    return Arret.objects.create(sinistre=sinistre, episode=first.episode, certificat_du=first.debut, **valeurs)


def test_active_arrets_of_one_sinistre_never_share_a_day(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    first = sinistre.arrets.get()
    for wrong in ({"debut": first.fin}, {"debut": first.debut, "fin": first.debut}, {"genre": "RECHUTE", "debut": first.fin}):
        with pytest.raises(IntegrityError, match="arret_sans_recouvrement"), transaction.atomic():
            _other_arret(sinistre, **wrong)
    _other_arret(sinistre, debut=first.fin, actif=False)
    _other_arret(sinistre, debut=first.fin, genre="TPT", quotite=50)
    _other_arret(f.sinistre(m, de=f.agent(m.collectivite)), debut=first.fin + dt.timedelta(days=1))
    _other_arret(sinistre)


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"fin": dt.date(2001, 1, 1)}, "arret_dates"),
        ({"quotite": 50}, "arret_tpt_quotite"),
        ({"genre": "TPT"}, "arret_tpt_quotite"),
        ({"genre": "TPT", "quotite": 55}, "arret_tpt_quotite"),
    ],
)
def test_an_arret_is_whole(m: f.Monde, wrong: dict[str, Any], name: str) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        _other_arret(f.sinistre(m), **wrong)


def test_episodes_are_ranked_once_and_dated_in_order(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    with pytest.raises(IntegrityError, match="episode_rang"), transaction.atomic():
        Episode.objects.create(sinistre=sinistre, rang=1, genre="RECHUTE", nature="CMO", debut=JOUR)
    with pytest.raises(IntegrityError, match="episode_dates"), transaction.atomic():
        Episode.objects.create(sinistre=sinistre, rang=2, genre="RECHUTE", nature="CMO", debut=JOUR, fin=JOUR - dt.timedelta(days=1))


def test_one_open_deadline_of_a_kind_and_one_open_pause(m: f.Monde) -> None:
    echeance = Echeance.objects.get(sinistre=f.sinistre(m), genre="REPRISE_ATTENDUE")
    with pytest.raises(IntegrityError, match="echeance_ouverte_unique"), transaction.atomic():
        Echeance.objects.create(sinistre=echeance.sinistre, genre=echeance.genre, depart=timezone.now(), jours=1, due_at=timezone.now())
    Pause.objects.create(echeance=echeance, debut=timezone.now(), motif="x")
    with pytest.raises(IntegrityError, match="pause_ouverte_unique"), transaction.atomic():
        Pause.objects.create(echeance=echeance, debut=timezone.now(), motif="y")
    with pytest.raises(IntegrityError, match="pause_ordonnee"), transaction.atomic():
        Pause.objects.filter(echeance=echeance).update(fin=timezone.now() - dt.timedelta(days=1))
