"""Soutiens of the demonstration: one at each moment, by the services; none in a portfolio too small for them."""

from __future__ import annotations

import pytest

from cases.enums import GenreTache
from cases.models import SoutienVisible, Tache
from medical.models import Seance, Soutien
from project.demonstration import soutiens
from tests import factories as f
from tests.medical.dossiers import declare
from workflows import coherence

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]


def test_one_at_each_moment() -> None:
    m = f.monde()
    for _ in range(soutiens.COMBIEN - 1):
        declare(m, de=f.agent(m.collectivite))
    assert soutiens.mener(m.secretariat, m.psychologue) == 0
    declare(m)
    assert soutiens.mener(m.secretariat, m.psychologue) == 5 == Soutien.objects.count()
    ouvertes = Tache.objects.filter(fermee_le__isnull=True, genre__startswith="SP_").values_list("genre", flat=True)
    assert sorted(ouvertes) == sorted(
        [GenreTache.SP_AFFECTER, GenreTache.SP_CONSENTEMENT, GenreTache.SP_CONTACT, GenreTache.SP_SEANCES, GenreTache.SP_SOCIAL]
    )
    assert Soutien.objects.filter(branche__isnull=True).count() == 1, "one waits for its slot"
    assert SoutienVisible.objects.get().seances_tenues == 2 == Seance.objects.count()
    assert coherence.anomalies() == []
