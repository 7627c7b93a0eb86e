"""A contre-visite asked for through the API: the same service, the same refusals."""

from __future__ import annotations

from typing import Any

import pytest

from api.procedures import contre_visite
from cases.enums import Canal, OrigineBranche
from cases.errors import DonneeInvalide
from tests import factories as f

pytestmark = pytest.mark.django_db


def lire(**donnees: Any) -> dict[str, Any]:
    entree = contre_visite.Entree(data=donnees)
    entree.is_valid(raise_exception=True)
    return dict(entree.validated_data)


def test_asked_by_a_collectivite() -> None:
    m = f.monde()
    dossier = f.sinistre(m)
    branche = contre_visite.ouvrir(m.mairie, dossier, lire(motif="DUREE", arret=dossier.arrets.get().pk))
    assert (branche.canal, branche.origine) == (Canal.API, OrigineBranche.COLLECTIVITE)
    assert branche.contre_visite.lieu_souhaite == "CABINET"


def test_the_arret_of_another_dossier_is_refused() -> None:
    m = f.monde()
    autre = f.sinistre(m, par=m.mairie2, de=m.autre_agent)
    with pytest.raises(DonneeInvalide) as refus:
        contre_visite.ouvrir(m.mairie, f.sinistre(m), lire(motif="DUREE", arret=autre.arrets.get().pk))
    assert set(refus.value.champs) == {"arret"}


@pytest.mark.parametrize("champs", [{}, {"motif": "SANTE"}, {"motif": "DUREE", "lieu": "PARC"}, {"motif": "DUREE", "diagnostic": "x"}])
def test_what_is_not_understood_is_refused(champs: dict[str, Any]) -> None:
    assert not contre_visite.Entree(data=champs).is_valid()
