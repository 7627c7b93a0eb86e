"""The psychologue's return-to-work programmes: he sees those confided to him, and says that one is over."""

from __future__ import annotations

import pytest
from django.urls import reverse

from cases.models import Tache
from tests import factories as f
from tests.accompagnements import programme_confie
from tests.dehors import dehors
from tests.portal.conftest import AuNomDe
from workflows import coherence
from workflows.branches.accompagnement import actes

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]


def test_the_psychologue_sees_it_and_ends_it(m: f.Monde, au_nom_de: AuNomDe) -> None:
    with dehors():
        dossier = f.sinistre(m)
    branche = programme_confie(m, dossier)
    client, adresse = au_nom_de(m.psychologue), reverse("bulle:programme", args=[branche.uid])
    assert adresse in client.get(reverse("bulle:seances")).content.decode()
    page = client.get(adresse).content.decode()
    assert m.agent.nom in page and "reprendre le même poste" in page
    assert dossier.numero not in page, "the leave is not his affair"
    assert client.post(adresse).headers["Location"] == reverse("bulle:seances")
    assert Tache.objects.filter(genre="AC_BILAN", fermee_le__isnull=True).exists()
    assert client.get(adresse).status_code == client.post(adresse).status_code == 404, "it is over for him"
    assert adresse not in client.get(reverse("bulle:seances")).content.decode()
    assert list(coherence.anomalies()) == []


def test_another_psychologue_takes_it_over(m: f.Monde, au_nom_de: AuNomDe) -> None:
    with dehors():
        branche = programme_confie(m, f.sinistre(m))
        actes.designer(acteur=m.gestionnaire, branche=branche, psychologue_nom="Chantal Roumégas")
    assert au_nom_de(m.psychologue).get(reverse("bulle:programme", args=[branche.uid])).status_code == 404
