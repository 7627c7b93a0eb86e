"""What an agent lets be seen of his soutien: on the pages of his dossier, to those whom he told, and to nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from cases.models import Sinistre, SoutienVisible
from cases.selectors_soutien import soutiens_visibles
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def m(settings: Any) -> f.Monde:
    settings.MFA_REQUIRED = False
    return f.monde()


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return f.sinistre(m, "CMO")


def montre(sinistre: Sinistre) -> SoutienVisible:
    return SoutienVisible.objects.create(sinistre=sinistre, programme="ATLAS", seances_tenues=7)


def page(user: User, porte: str, sinistre: Sinistre) -> str:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse(f"{porte}:dossier", args=[sinistre.numero])).content.decode()


@pytest.mark.parametrize(("qui", "porte"), [("gestionnaire", "gestion"), ("responsable", "gestion"), ("mairie", "collectivite")])
def test_seen_while_shown_and_gone_when_withdrawn(m: f.Monde, sinistre: Sinistre, qui: str, porte: str) -> None:
    assert "Soutien psychologique" not in page(m.people[qui], porte, sinistre)
    visible = montre(sinistre)
    vue = page(m.people[qui], porte, sinistre)
    assert "Soutien psychologique" in vue and "Programme Atlas&nbsp;: 7 séances tenues</li>" in vue, (
        "no date: it would lead to the psychologue"
    )
    visible.delete()
    assert "Soutien psychologique" not in page(m.people[qui], porte, sinistre)


def test_nobody_else_sees_it(m: f.Monde, sinistre: Sinistre) -> None:
    visible = montre(sinistre)
    assert soutiens_visibles(m.gestionnaire, sinistre) == [visible]
    for qui in (m.payeur, m.assureur, m.mairie2, m.medecin, m.expert, m.psychologue, m.admin):
        assert soutiens_visibles(qui, sinistre) == []
    assert "Programme Atlas" not in page(m.payeur, "gestion", sinistre)
    sinistre.agent.compte = m.gestionnaire
    sinistre.agent.save(update_fields=["compte"])
    assert soutiens_visibles(m.gestionnaire, sinistre) == [], "his own"
