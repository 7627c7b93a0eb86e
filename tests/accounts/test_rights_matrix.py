"""The whole rights table against a second, independent reading of it: every role × action × relation × state."""

from __future__ import annotations

import datetime as dt
import itertools
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.enums import Role
from accounts.gate import Refus, exiger, peut
from accounts.models import Habilitation, User
from cases.enums import Etat
from tests import factories

TABLE: dict[str, dict[str, Any]] = tomllib.loads(Path("accounts/rights.toml").read_text(encoding="utf-8"))["action"]
STATES = [None, *Etat.values]


class Dossier(SimpleNamespace):
    """What the gate knows of an object, and nothing else of it."""

    def est_refere_a(self, user: User) -> bool:
        return user.pk in self.referes


def dossier(user: User, *, chez_lui: bool, transmis: bool, refere: bool, etat: str | None) -> Dossier:
    ailleurs = -1
    return Dossier(
        collectivite_id=user.collectivite_ids[0] if chez_lui and user.collectivite_ids else ailleurs,
        organismes_ids=tuple(user.organisme_ids) if transmis else (ailleurs,),
        referes=[user.pk] if refere else [],
        compte_agent_id=None,
        etat=etat,
    )


def expected(role: str, action: str, *, chez_lui: bool, transmis: bool, refere: bool, etat: str | None) -> bool:
    """The table read by eye: a plain lookup, written without the gate."""
    grant = TABLE[action].get(role)
    if grant is None:
        return False
    relation = grant if isinstance(grant, str) else grant["relation"]
    if not isinstance(grant, str) and "etats" in grant and etat not in grant["etats"]:
        return False
    if relation == "sa_collectivite":
        return chez_lui and role == "COLLECTIVITE"
    if relation == "transmis":
        return transmis and role == "ASSUREUR"
    if relation == "refere":
        return refere
    assert relation in {"portefeuille", "aucune"}
    return True


@pytest.fixture
def people(db: None) -> dict[str, User]:
    collectivite = factories.collectivite()
    organisme = factories.organisme("ASSUREUR")
    return {role: factories.person(role, collectivites=[collectivite], organisme=organisme) for role in Role.values}


def test_every_role_action_relation_and_state(people: dict[str, User]) -> None:
    wrong = []
    for (role, user), action, etat in itertools.product(people.items(), TABLE, STATES):
        for chez_lui, transmis, refere in itertools.product([False, True], repeat=3):
            relations: dict[str, Any] = {"chez_lui": chez_lui, "transmis": transmis, "refere": refere, "etat": etat}
            said = peut(user, action, dossier(user, **relations))
            if said != expected(role, action, **relations):
                wrong.append((role, action, relations, said))
    assert wrong == []


def test_the_table_grants_what_trust_demands(people: dict[str, User]) -> None:
    """A few lines of trust.md, spelled out: the oracle above would follow a table that lost them."""
    for role in ("PAYEUR", "COLLECTIVITE", "ASSUREUR", "EXPERT", "PSYCHOLOGUE", "ADMINISTRATEUR", "MEDECIN_CONSEIL"):
        assert role not in TABLE["valider"]
    assert "PAYEUR" not in TABLE["piece_lire"]
    assert set(TABLE["refuser"]) & set(Role.values) == {"RESPONSABLE"}
    case_actions = [code for code, entry in TABLE.items() if entry["objet"] != "aucun"]
    assert [code for code in case_actions if "ADMINISTRATEUR" in TABLE[code]] == []
    # A psychologue holds his own work items, soutiens and programmes, and never stands in relation with a dossier.
    psychologue = [code for code in case_actions if "PSYCHOLOGUE" in TABLE[code]]
    assert {TABLE[code]["objet"] for code in psychologue} == {"tache", "soutien", "accompagnement"}
    assert {TABLE[code]["PSYCHOLOGUE"] for code in psychologue} == {"refere"}
    # An expert stands in relation with his mission alone, never with a dossier.
    expert = [code for code in case_actions if "EXPERT" in TABLE[code]]
    assert {TABLE[code]["objet"] for code in expert} == {"mission", "tache"}
    assert {TABLE[code]["EXPERT"] for code in expert} == {"refere"}
    # The collectivité deposits medical pièces and reads none; whoever works outside the bulle reads nothing medical.
    for code in ("dossier_medical_lire", "opinion_ecrire", "mission_confier", "piece_medicale_controler"):
        assert set(TABLE[code]) & set(Role.values) <= {"MEDECIN_CONSEIL", "GESTIONNAIRE_BULLE"}
    assert set(TABLE["configuration_modifier"]) & set(Role.values) == {"ADMINISTRATEUR"}
    assert not set(TABLE["jeton_gerer"]) & {"MEDECIN_CONSEIL", "EXPERT", "PSYCHOLOGUE", "GESTIONNAIRE_BULLE"}


def test_an_unknown_action_is_a_bug_not_a_refusal(people: dict[str, User]) -> None:
    with pytest.raises(KeyError):
        peut(people["GESTIONNAIRE"], "dossier_devorer")


@pytest.mark.parametrize("action", TABLE)
def test_nobody_handles_his_own_dossier(people: dict[str, User], action: str) -> None:
    for user in people.values():
        own = dossier(user, chez_lui=True, transmis=True, refere=True, etat=Etat.CLOS)
        own.compte_agent_id = user.pk
        assert not peut(user, action, own)


def test_an_expired_or_future_habilitation_gives_nothing(db: None) -> None:
    user = factories.person()
    today = dt.date.today()
    Habilitation.objects.create(user=user, role=Role.GESTIONNAIRE, debut=today - dt.timedelta(days=9), fin=today - dt.timedelta(days=1))
    Habilitation.objects.create(user=user, role=Role.RESPONSABLE, debut=today + dt.timedelta(days=1))
    assert not peut(User.objects.get(pk=user.pk), "file_consulter")
    Habilitation.objects.create(user=user, role=Role.PAYEUR, debut=today, fin=today)
    assert peut(User.objects.get(pk=user.pk), "file_consulter")


def test_nobody_and_a_closed_account_are_refused(people: dict[str, User]) -> None:
    people["GESTIONNAIRE"].is_active = False
    assert not peut(people["GESTIONNAIRE"], "file_consulter")
    assert not peut(AnonymousUser(), "file_consulter")  # type: ignore[arg-type]
    assert not peut(None, "file_consulter")


def test_a_refusal_hides_what_the_person_may_not_read(people: dict[str, User]) -> None:
    foreign = dossier(people["COLLECTIVITE"], chez_lui=False, transmis=False, refere=False, etat=Etat.VALIDE)
    with pytest.raises(Refus) as hidden:
        exiger(people["COLLECTIVITE"], "valider", foreign)
    assert not hidden.value.visible
    own = dossier(people["COLLECTIVITE"], chez_lui=True, transmis=False, refere=False, etat=Etat.VALIDE)
    with pytest.raises(Refus) as seen:
        exiger(people["COLLECTIVITE"], "valider", own)
    assert seen.value.visible
