"""The directory of médecins agréés: who keeps it, what is refused, what its journal says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.gate import Refus
from accounts.models import User
from cases.errors import DonneeInvalide
from cases.models import MedecinAgree
from cases.services import medecins
from journal.models import Contenu, Entree
from tests import factories as f

pytestmark = pytest.mark.django_db
LU: dict[str, Any] = {"nom": "Arnal", "prenom": "Luc", "commune": "Lodève", "departement": "34"}


def test_a_gestionnaire_adds_changes_and_retires_one(m: f.Monde, au_nom_de: Callable[[User], Client]) -> None:
    client = au_nom_de(m.gestionnaire)
    assert "Aucun médecin agréé" in client.get(reverse("gestion:medecins")).text
    pose = client.post(reverse("gestion:medecin-nouveau"), LU | {"actif": "on", "compte": m.expert.pk, "visite_a_domicile": "on"})
    assert pose.status_code == 302
    medecin = MedecinAgree.objects.get()
    assert (medecin.compte, medecin.visite_a_domicile, medecin.actif) == (m.expert, True, True)
    assert list(medecins.annuaire("34")) == [medecin]
    page = client.get(reverse("gestion:medecin", args=[medecin.pk]))
    assert page.status_code == 200
    assert "Arnal" in page.text
    client.post(reverse("gestion:medecin", args=[medecin.pk]), LU | {"telephone": "04 67 00 00 00"})
    medecin.refresh_from_db()
    assert (medecin.telephone, medecin.actif, medecin.compte) == ("04 67 00 00 00", False, None)
    assert list(medecins.annuaire("34")) == []
    assert "Arnal" in client.get(reverse("gestion:medecins")).text
    assert Entree.objects.filter(action__startswith="medecin_agree.").count() == 2
    assert "Arnal" not in str(list(Contenu.objects.values_list("donnees", flat=True)))


@pytest.mark.parametrize(
    ("change", "champ"),
    [
        ({"nom": " "}, "nom"),
        ({"departement": "999"}, "departement"),
        ({"email": "pas une adresse"}, "email"),
        ({"compte": "payeur"}, "compte"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field(
    m: f.Monde, au_nom_de: Callable[[User], Client], change: dict[str, Any], champ: str
) -> None:  # fmt: skip
    if "compte" in change:
        change = {"compte": m.people[change["compte"]].pk}
    answer = au_nom_de(m.gestionnaire).post(reverse("gestion:medecin-nouveau"), LU | change)
    assert answer.status_code == 422
    assert f'id="id_{champ}_erreurs"' in answer.text
    assert not MedecinAgree.objects.exists()


def test_the_service_checks_by_itself(m: f.Monde) -> None:
    with pytest.raises(Refus):
        medecins.enregistrer(acteur=m.mairie, fiche=medecins.FicheMedecin(**LU))
    medecins.enregistrer(acteur=m.responsable, fiche=medecins.FicheMedecin(**LU, compte=m.expert))
    with pytest.raises(DonneeInvalide) as refus:
        medecins.enregistrer(acteur=m.responsable, fiche=medecins.FicheMedecin(**LU))
    assert set(refus.value.champs) == {"nom"}
    with pytest.raises(DonneeInvalide) as refus:
        medecins.enregistrer(acteur=m.responsable, fiche=medecins.FicheMedecin(**LU | {"nom": "Boyer"}, compte=m.expert))
    assert set(refus.value.champs) == {"compte"}
    with pytest.raises(DonneeInvalide) as refus:
        medecins.enregistrer(acteur=m.responsable, fiche=medecins.FicheMedecin(**LU | {"nom": "Boyer"}, compte=m.payeur))
    assert set(refus.value.champs) == {"compte"}


def test_nothing_changed_writes_nothing(m: f.Monde) -> None:
    medecin = medecins.enregistrer(acteur=m.gestionnaire, fiche=medecins.FicheMedecin(**LU))
    avant = Entree.objects.count()
    medecins.enregistrer(acteur=m.gestionnaire, fiche=medecins.FicheMedecin(**LU), medecin_id=medecin.pk)
    assert Entree.objects.count() == avant


def test_those_of_the_departement_come_first(m: f.Monde) -> None:
    for nom, departement in (("Arnal", "30"), ("Boyer", "34"), ("Cros", "11")):
        medecins.enregistrer(acteur=m.gestionnaire, fiche=medecins.FicheMedecin(**LU | {"nom": nom, "departement": departement}))
    assert [medecin.nom for medecin in medecins.annuaire("34")] == ["Boyer", "Cros", "Arnal"]
