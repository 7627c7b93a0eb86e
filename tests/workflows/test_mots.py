"""A medical reason typed into a text of a procedure that leaves is refused, on its field; nothing is written."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from cases.errors import DonneeInvalide
from cases.models import Branche, Sinistre
from tests import expertises
from tests import factories as f
from tests.dehors import dehors
from workflows import moteur
from workflows.branches.contre_visite import demande
from workflows.branches.expertise import actes
from workflows.mots import check_words

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("texte", ["L’agent souffre d’une dépression", "Hernie discale", "IRM demandée"])
def test_a_medical_word_is_refused(texte: str) -> None:
    with pytest.raises(DonneeInvalide) as refus:
        check_words("motif", texte)
    assert set(refus.value.champs) == {"motif"}


def test_an_administrative_sentence_passes() -> None:
    check_words("motif", "L’agent a repris le 12 mars ; la prolongation demandée est sans objet.")


@pytest.fixture
def m() -> f.Monde:
    return f.monde()


def test_abandoning_a_procedure(m: f.Monde) -> None:
    sinistre: Sinistre = f.sinistre(m, "CMO")
    branche = demande.demander(acteur=m.mairie, sinistre=sinistre, motif="DUREE")
    with pytest.raises(DonneeInvalide):
        moteur.demander_abandon(acteur=m.responsable, branche=branche, motif="Il est suivi pour un cancer")
    assert Branche.objects.get(pk=branche.pk).est_en_cours
    moteur.demander_abandon(acteur=m.responsable, branche=branche, motif="Demandée par erreur")
    assert not Branche.objects.get(pk=branche.pk).est_en_cours


@pytest.mark.bulle
def test_a_short_notice_of_an_expertise(m: f.Monde) -> None:
    with dehors():
        sinistre = f.sinistre(m, "AS")
    branche = expertises.approuvee(m, sinistre)
    with dehors():
        actes.designer(acteur=m.gestionnaire, branche=branche, medecin=expertises.agree(), atteste=True)
        with pytest.raises(DonneeInvalide) as refus:
            actes.convoquer(
                acteur=m.gestionnaire, branche=branche, le=timezone.now() + dt.timedelta(days=3), lieu="Cabinet",
                motif_preavis="Chirurgie prévue",
            )  # fmt: skip
    assert set(refus.value.champs) == {"motif_preavis"}
    assert expertises.fraiche(branche).expertise.rendez_vous is None
