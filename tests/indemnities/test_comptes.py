"""Bank accounts: two people, one in force, none edited; and none that a bank would refuse."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.gate import Refus
from cases.errors import DonneeInvalide, Erreur, TransitionImpossible
from indemnities.enums import EtatCompte
from indemnities.models import CompteBancaire
from indemnities.selectors_virements import collectivites_sans_compte, comptes_courants, comptes_visibles
from indemnities.services import comptes
from indemnities.services.comptes import Rib
from journal.models import Contenu, Entree
from tests import factories as f
from tests.indemnities.virements import compte, iban


def rib(rang: int = 1, **champs: Any) -> Rib:
    return Rib(**({"titulaire": "Mairie de Lodève", "iban": iban(rang)} | champs))


def test_one_keys_another_confirms(m: f.Monde) -> None:
    saisi = comptes.saisir(acteur=m.payeur, collectivite=m.collectivite, rib=rib(iban="fr76 3000 6000 0112 3456 7890 189"))
    assert (saisi.etat, saisi.iban, saisi.iban_lisible) == (
        EtatCompte.SAISI,
        "FR7630006000011234567890189",
        "FR76 3000 6000 0112 3456 7890 189",
    )
    with pytest.raises(Erreur, match="une autre doit"):
        comptes.confirmer(acteur=m.payeur, compte_id=saisi.pk)
    comptes.confirmer(acteur=m.responsable, compte_id=saisi.pk)
    saisi.refresh_from_db()
    assert (saisi.etat, saisi.saisi_par, saisi.confirme_par) == (EtatCompte.EN_VIGUEUR, m.payeur, m.responsable)
    with pytest.raises(TransitionImpossible, match="n’attend plus"):
        comptes.confirmer(acteur=m.responsable, compte_id=saisi.pk)
    assert list(Entree.objects.filter(objet_type="compte_bancaire").order_by("pk").values_list("action", flat=True)) == [
        "compte_bancaire.saisi",
        "compte_bancaire.confirme",
    ]
    assert all(saisi.iban not in str(c.donnees) for c in Contenu.objects.all()), "the journal keeps the end of the number only"


def test_a_new_account_replaces_the_former(m: f.Monde) -> None:
    premier = compte(m, m.collectivite, 1)
    second = comptes.saisir(acteur=m.payeur2, collectivite=m.collectivite, rib=rib(2))
    assert [c.pk for c in comptes_courants(m.payeur)] == [second.pk, premier.pk]
    comptes.confirmer(acteur=m.payeur, compte_id=second.pk)
    premier.refresh_from_db()
    assert premier.etat == EtatCompte.REMPLACE
    assert premier.fini_le is not None
    assert m.collectivite not in collectivites_sans_compte(m.payeur)
    assert m.autre_collectivite in collectivites_sans_compte(m.payeur)


def test_one_account_waits_at_a_time(m: f.Monde) -> None:
    attend = comptes.saisir(acteur=m.payeur, collectivite=None, rib=rib(1))
    with pytest.raises(DonneeInvalide, match="attend déjà"):
        comptes.saisir(acteur=m.payeur2, collectivite=None, rib=rib(2))
    with pytest.raises(DonneeInvalide, match="Dites pourquoi"):
        comptes.ecarter(acteur=m.payeur, compte_id=attend.pk, motif=" ")
    comptes.ecarter(acteur=m.payeur, compte_id=attend.pk, motif="RIB d’une autre commune")
    comptes.saisir(acteur=m.payeur2, collectivite=None, rib=rib(2))
    with pytest.raises(TransitionImpossible):
        comptes.confirmer(acteur=m.payeur2, compte_id=attend.pk)


def test_the_account_in_force_is_not_keyed_again(m: f.Monde) -> None:
    actuel = compte(m, m.collectivite)
    meme = Rib(titulaire=actuel.titulaire, iban=actuel.iban, ville=actuel.ville, pays=actuel.pays)
    with pytest.raises(DonneeInvalide, match="déjà le compte en vigueur"):
        comptes.saisir(acteur=m.payeur, collectivite=m.collectivite, rib=meme)
    comptes.saisir(acteur=m.payeur, collectivite=m.collectivite, rib=rib(iban=actuel.iban, titulaire="Commune de Lodève"))


@pytest.mark.parametrize(
    ("champs", "ou"),
    [
        ({"iban": "FR7630006000011234567890188"}, "iban"),
        ({"iban": ""}, "iban"),
        ({"iban": "TN5910006035183598478831"}, "iban"),
        ({"bic": "PASUNBIC"}, "bic"),
        ({"titulaire": " "}, "titulaire"),
        ({"titulaire": "x" * 71}, "titulaire"),
        ({"rue": "7 place de la Mairie"}, "ville"),
        ({"ville": "Lodève", "pays": "France"}, "ville"),
        ({"ville": "x" * 36}, "ville"),
        ({"ville": "Lodève", "rue": "x" * 71}, "rue"),
    ],
)
def test_what_a_bank_would_refuse_is_refused_on_its_field(m: f.Monde, champs: dict[str, Any], ou: str) -> None:
    with pytest.raises(DonneeInvalide) as error:
        comptes.saisir(acteur=m.payeur, collectivite=m.collectivite, rib=rib(**champs))
    assert list(error.value.champs) == [ou]
    assert not CompteBancaire.objects.exists()


def test_who_may(m: f.Monde) -> None:
    attend = comptes.saisir(acteur=m.payeur, collectivite=m.collectivite, rib=rib())
    for qui, user in m.people.items():
        assert comptes_visibles(user).exists() == (qui in {"gestionnaire", "gestionnaire2", "responsable", "payeur", "payeur2"})
        if qui in {"responsable", "payeur", "payeur2"}:
            continue
        with pytest.raises(Refus):
            comptes.saisir(acteur=user, collectivite=None, rib=rib(2))
        with pytest.raises(Refus):
            comptes.confirmer(acteur=user, compte_id=attend.pk)
        with pytest.raises(Refus):
            comptes.ecarter(acteur=user, compte_id=attend.pk, motif="x")


def test_one_taken_over_from_an_earlier_version_waits_for_two_people(m: f.Monde) -> None:
    repris = CompteBancaire.objects.create(collectivite=m.collectivite, titulaire="Mairie", iban=iban())
    comptes.confirmer(acteur=m.payeur, compte_id=repris.pk)
    repris.refresh_from_db()
    assert (repris.etat, repris.saisi_par) == (EtatCompte.SAISI, m.payeur)
    with pytest.raises(Erreur):
        comptes.confirmer(acteur=m.payeur, compte_id=repris.pk)
    comptes.confirmer(acteur=m.payeur2, compte_id=repris.pk)
    repris.refresh_from_db()
    assert repris.etat == EtatCompte.EN_VIGUEUR


@pytest.mark.parametrize(
    "change",
    [
        {"iban": iban(9)}, {"titulaire": "Autre"}, {"collectivite": None}, {"etat": "SAISI"}, {"saisi_par": None}, {"confirme_par": None},
        {"confirme_le": None},
    ],
)  # fmt: skip
def test_the_database_refuses_any_edit(m: f.Monde, change: dict[str, Any]) -> None:
    actuel = compte(m, m.collectivite)
    with pytest.raises(DatabaseError), transaction.atomic():
        CompteBancaire.objects.filter(pk=actuel.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        actuel.delete()


def test_the_database_asks_for_two_people(m: f.Monde) -> None:
    """Bare rows, without the service."""
    attend = CompteBancaire.objects.create(collectivite=m.collectivite, titulaire="Mairie", iban=iban(), saisi_par=m.payeur)
    for qui in (None, m.payeur):
        with pytest.raises(IntegrityError), transaction.atomic():
            CompteBancaire.objects.filter(pk=attend.pk).update(etat="EN_VIGUEUR", confirme_par=qui, confirme_le=attend.saisi_le)
    with pytest.raises(IntegrityError), transaction.atomic():
        CompteBancaire.objects.create(collectivite=m.collectivite, titulaire="Mairie", iban=iban(2), saisi_par=m.payeur2)
    compte(m, None, 3)
    with pytest.raises(IntegrityError), transaction.atomic():
        CompteBancaire.objects.create(
            collectivite=None, titulaire="CDG", iban=iban(4), saisi_par=m.payeur, confirme_par=m.payeur2, confirme_le=attend.saisi_le,
            etat="EN_VIGUEUR",
        )  # fmt: skip
