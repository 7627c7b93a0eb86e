"""Remises: who may be paid, by whom, once; and a file that is the same bytes whatever happens to the store or to whoever writes it."""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from defusedxml.ElementTree import fromstring
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.gate import Refus
from cases.errors import AlerteAConfirmer, DonneeInvalide, Erreur, TransitionImpossible
from documents import storage
from indemnities.enums import EtatBordereau, EtatRemise, EtatVirement
from indemnities.models import Bordereau, Remise, Virement
from indemnities.selectors_virements import bordereaux_a_virer, remises_visibles, virements_de_la_remise
from indemnities.sepa.pain001 import NS
from indemnities.services import comptes
from indemnities.services.comptes import Rib
from journal.models import Entree
from tests import factories as f
from tests.indemnities.virements import DAY, bordereau, compte, emise, iban, lignes, payeur_cdg, remise
from workflows import payments, virements


@pytest.fixture
def m(db: None) -> f.Monde:
    return payeur_cdg(f.monde())


def actions(objet: Remise) -> list[str]:
    return list(Entree.objects.filter(objet_type="remise", objet_id=objet.pk).order_by("pk").values_list("action", flat=True))


# -- Composing ---------------------------------------------------------------------------------------------------------------


def test_one_transfer_for_each_bordereau(m: f.Monde) -> None:
    un, deux = bordereau(m, "100.00", "20.50"), bordereau(m, "7.01", chez=m.autre_collectivite)
    assert list(bordereaux_a_virer(m.payeur).values_list("pk", "net")) == [(un.pk, Decimal("120.50")), (deux.pk, Decimal("7.01"))]
    faite = remise(m, un, deux)
    assert (faite.etat, faite.nombre, faite.total) == (EtatRemise.BROUILLON, 2, Decimal("127.51"))
    assert [(v.reference, v.montant, v.libelle) for v in lignes(faite)] == [
        (f"{b.numero}-1", montant, f"Bordereau {b.numero}") for b, montant in ((un, Decimal("120.50")), (deux, Decimal("7.01")))
    ]
    assert [v.compte.collectivite for v in lignes(faite)] == [m.collectivite, m.autre_collectivite]
    assert not bordereaux_a_virer(m.payeur).exists()
    with pytest.raises(DonneeInvalide, match="déjà dans une remise"):
        remise(m, un)


def test_a_contract_that_the_insurer_settles_never_enters(m: f.Monde) -> None:
    paye = bordereau(m)
    m.contrat.mode_reglement = "ASSUREUR"
    m.contrat.save(update_fields=["mode_reglement"])
    with pytest.raises(DonneeInvalide, match="réglé par l’assureur"):
        remise(m, paye)
    assert not bordereaux_a_virer(m.payeur).exists()


def test_nor_by_a_bare_row(m: f.Monde) -> None:
    faite, autre = remise(m, bordereau(m)), bordereau(m)
    m.contrat.mode_reglement = "ASSUREUR"
    m.contrat.save(update_fields=["mode_reglement"])
    with pytest.raises(IntegrityError, match="réglé par l'assureur"), transaction.atomic():
        Virement.objects.create(
            remise=faite, bordereau=autre, compte=lignes(faite)[0].compte, essai=1, reference="X-1", montant=Decimal(1), libelle="x"
        )


def test_nothing_is_paid_that_is_not_owed(m: f.Monde) -> None:
    """A net of zero or less is said, with what to do; a line rejected meanwhile is not paid."""
    partiel = bordereau(m, "100.00", "50.00")
    payments.rejeter_decompte(acteur=m.payeur, decompte_id=partiel.decomptes.order_by("pk")[0].pk, motif="Erreur de saisie")
    nul = bordereau(m, "30.00", chez=m.autre_collectivite)
    payments.rejeter_decompte(acteur=m.payeur, decompte_id=nul.decomptes.get().pk, motif="Erreur de saisie")
    with pytest.raises(DonneeInvalide, match=r"rien à virer.*titre de recettes"):
        remise(m, partiel, nul)
    assert not Remise.objects.exists(), "all or none"
    assert remise(m, partiel).total == Decimal("50.00")


def test_what_a_remise_refuses(m: f.Monde) -> None:
    du = bordereau(m)
    hier = timezone.localdate() - DAY
    for execution in (hier, timezone.localdate() + 61 * DAY):
        with pytest.raises(DonneeInvalide, match="soixante jours"):
            virements.composer(acteur=m.payeur, bordereau_ids=[du.pk], execution=execution)
    with pytest.raises(DonneeInvalide, match="de 1 à 500"):
        virements.composer(acteur=m.payeur, bordereau_ids=[], execution=timezone.localdate())
    with pytest.raises(Refus):
        virements.composer(acteur=m.payeur, bordereau_ids=[du.pk, 10**9], execution=timezone.localdate())
    payments.regler_bordereau(acteur=m.payeur, bordereau_id=du.pk, le=timezone.localdate(), reference="Chèque 12")
    with pytest.raises(DonneeInvalide, match="« réglé »"):
        remise(m, du)


def test_without_an_account_confirmed_nobody_is_paid(db: None) -> None:
    m = f.monde()
    m.contrat.mode_reglement = "CDG"
    m.contrat.save(update_fields=["mode_reglement"])
    du = bordereau(m)
    with pytest.raises(DonneeInvalide) as error:
        remise(m, du)
    assert set(error.value.champs) == {"bordereaux", "compte"}
    compte(m, None)
    comptes.saisir(acteur=m.payeur, collectivite=m.collectivite, rib=Rib(titulaire="Mairie", iban=iban(2)))
    with pytest.raises(DonneeInvalide, match="aucun compte confirmé"):
        remise(m, du)


def test_an_account_changed_lately_asks_why(m: f.Monde) -> None:
    du = bordereau(m)
    compte(m, m.collectivite, 7, depuis=29 * DAY)
    with pytest.raises(AlerteAConfirmer, match="que depuis le"):
        remise(m, du)
    faite = virements.composer(
        acteur=m.payeur, bordereau_ids=[du.pk], execution=timezone.localdate(), alertes_assumees="RIB vérifié par téléphone"
    )
    assert faite.alertes_assumees == "RIB vérifié par téléphone"
    assert Entree.objects.get(action="remise.composee", objet_id=faite.pk).motif == "RIB vérifié par téléphone"
    compte(m, m.autre_collectivite, 8, depuis=31 * DAY)
    assert remise(m, bordereau(m, chez=m.autre_collectivite)).alertes_assumees == ""


# -- Signing -----------------------------------------------------------------------------------------------------------------


def test_another_person_signs_and_the_file_s_digest_is_frozen(m: f.Monde) -> None:
    faite = remise(m, bordereau(m, "1234.56"))
    with pytest.raises(Erreur, match="une autre doit le faire"):
        virements.signer(acteur=m.payeur, numero=faite.numero)
    signee = virements.signer(acteur=m.payeur2, numero=faite.numero)
    assert (signee.etat, signee.signe_par, len(signee.sha256)) == (EtatRemise.SIGNEE, m.payeur2, 64)
    with pytest.raises(TransitionImpossible, match="« signée »"):
        virements.signer(acteur=m.responsable, numero=faite.numero)
    assert actions(faite) == ["remise.composee", "remise.signee"]


def test_what_changed_since_it_was_composed_is_not_signed(m: f.Monde) -> None:
    faite = remise(m, bordereau(m))
    compte(m, m.collectivite, 7)
    with pytest.raises(Erreur, match="a changé : abandonnez-la"):
        virements.signer(acteur=m.payeur2, numero=faite.numero)
    virements.abandonner(acteur=m.payeur, numero=faite.numero, motif="Compte changé")
    autre = remise(m, Bordereau.objects.get())
    compte(m, None, 9)
    with pytest.raises(Erreur, match="compte débité"):
        virements.signer(acteur=m.payeur2, numero=autre.numero)


def test_a_day_of_execution_that_has_passed(m: f.Monde) -> None:
    faite = remise(m, bordereau(m))
    with time_machine.travel(timezone.now() + 2 * DAY), pytest.raises(DonneeInvalide, match="passée"):
        virements.signer(acteur=m.payeur2, numero=faite.numero)


@pytest.mark.parametrize(
    "change", [{"signe_par": None}, {"sha256": "0" * 64}, {"total": Decimal(1)}, {"numero": "R-1"}, {"etat": "BROUILLON"}]
)
def test_the_database_keeps_what_was_signed(m: f.Monde, change: dict[str, Any]) -> None:
    faite = remise(m, bordereau(m))
    virements.signer(acteur=m.payeur2, numero=faite.numero)
    with pytest.raises(DatabaseError), transaction.atomic():
        Remise.objects.filter(pk=faite.pk).update(**change)


def test_the_database_asks_for_two_people_and_keeps_transfers(m: f.Monde) -> None:
    faite = remise(m, bordereau(m))
    for qui in (None, m.payeur):
        with pytest.raises(IntegrityError), transaction.atomic():
            Remise.objects.filter(pk=faite.pk).update(etat="SIGNEE", signe_par=qui, signe_le=timezone.now(), sha256="0" * 64, taille=1)
    ligne = lignes(faite)[0]
    for change in ({"montant": Decimal(1)}, {"compte": compte(m, None, 8)}, {"reference": "X"}, {"etat": "EXECUTE"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Virement.objects.filter(pk=ligne.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        Virement.objects.create(
            remise=faite, bordereau=ligne.bordereau, compte=ligne.compte, essai=2, reference="X-2", montant=ligne.montant, libelle="x"
        )
    with pytest.raises(DatabaseError), transaction.atomic():
        ligne.delete()


# -- The file ----------------------------------------------------------------------------------------------------------------


def test_the_file_is_given_after_signature_only_and_it_is_what_was_signed(m: f.Monde) -> None:
    faite = remise(m, bordereau(m, "1234.56"), bordereau(m, "0.44", chez=m.autre_collectivite))
    with pytest.raises(TransitionImpossible, match="pas de fichier"):
        virements.prendre_fichier(acteur=m.payeur, numero=faite.numero)
    virements.signer(acteur=m.payeur2, numero=faite.numero)
    prise, contenu = virements.prendre_fichier(acteur=m.payeur, numero=faite.numero)
    assert (prise.etat, prise.emis_par) == (EtatRemise.EMISE, m.payeur)
    assert {v.etat for v in lignes(faite)} == {EtatVirement.EMIS}
    assert hashlib.sha256(contenu).hexdigest() == prise.sha256
    racine = fromstring(contenu)
    assert racine.findtext(".//p:GrpHdr/p:MsgId", namespaces=NS) == faite.numero
    assert [n.text for n in racine.iterfind(".//p:CtrlSum", NS)] == ["1235.00", "1235.00"]
    assert [n.text for n in racine.iterfind(".//p:EndToEndId", NS)] == [v.reference for v in lignes(faite)]
    assert racine.findtext(".//p:CdtrAcct/p:Id/p:IBAN", namespaces=NS) == iban(2)
    assert racine.findtext(".//p:DbtrAcct/p:Id/p:IBAN", namespaces=NS) == iban(1)
    again = virements.prendre_fichier(acteur=m.responsable, numero=faite.numero)
    assert again[1] == contenu
    assert again[0].emis_par == m.payeur, "who took it first is kept"
    assert actions(faite) == ["remise.composee", "remise.signee", "remise.fichier_pris", "remise.fichier_pris"]


def test_killed_between_the_store_and_the_database_it_is_one_file(m: f.Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes are in the store, the row does not know it: the sweeper writes the same ones under the same name."""
    faite = remise(m, bordereau(m))
    virements.signer(acteur=m.payeur2, numero=faite.numero)

    def killed(remise_id: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("indemnities.services.remises.noter_fichier", killed)
        virements.ecrire_fichier(faite.pk)
    left = storage.read_kept(faite.nom_fichier)
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=5)):
        assert virements.balayer() == 1
        assert virements.balayer() == 0
    assert storage.read_kept(faite.nom_fichier) == left
    assert [o.cle for o in storage.listing("remises/") if faite.numero in o.cle] == [f"{faite.numero}.xml"]
    assert virements.prendre_fichier(acteur=m.payeur, numero=faite.numero)[1] == left


def test_bytes_that_were_not_signed_never_leave(m: f.Monde) -> None:
    faite = emise(m, bordereau(m))
    bons = storage.read_kept(faite.nom_fichier)
    storage.keep(faite.nom_fichier, bons.replace(b"100.00", b"900.00"))
    with pytest.raises(Erreur, match="n’est plus celui qui a été signé"):
        virements.prendre_fichier(acteur=m.payeur, numero=faite.numero)
    storage.remove(faite.nom_fichier)
    with pytest.raises(Erreur, match="n’est plus celui qui a été signé"):
        virements.prendre_fichier(acteur=m.payeur, numero=faite.numero)


def test_given_up_while_its_file_is_asked_for_is_not_said_to_be_altered(m: f.Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody gives it up after its state was read, before its file is written."""
    faite = remise(m, bordereau(m))
    virements.signer(acteur=m.payeur2, numero=faite.numero)
    write = virements.ecrire_fichier

    def given_up_first(remise_id: int) -> bool:
        virements.abandonner(acteur=m.payeur2, numero=faite.numero, motif="Mauvaise date")
        return write(remise_id)

    monkeypatch.setattr(virements, "ecrire_fichier", given_up_first)
    with pytest.raises(TransitionImpossible):
        virements.prendre_fichier(acteur=m.payeur, numero=faite.numero)
    assert actions(faite) == ["remise.composee", "remise.signee", "remise.abandonnee"]


def test_a_file_made_otherwise_than_it_was_signed_is_not_written(m: f.Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of the library, say."""
    faite = remise(m, bordereau(m))
    virements.signer(acteur=m.payeur2, numero=faite.numero)
    monkeypatch.setattr("indemnities.sepa.pain001.propre", lambda texte: texte.upper())
    with pytest.raises(Erreur, match="signé"):
        virements.prendre_fichier(acteur=m.payeur, numero=faite.numero)
    assert virements.balayer() == 0
    assert Remise.objects.get().ecrit_le is None


def test_the_store_down_holds_the_file_back_and_nothing_else(m: f.Monde, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    faite = remise(m, bordereau(m))
    virements.signer(acteur=m.payeur2, numero=faite.numero)

    def down(name: str, contenu: bytes) -> None:
        raise storage.StockageIndisponible("essai")

    with monkeypatch.context() as patch:
        patch.setattr(storage, "keep", down)
        with pytest.raises(storage.StockageIndisponible):
            virements.prendre_fichier(acteur=m.payeur, numero=faite.numero)
        assert virements.balayer() == 0
    assert Remise.objects.get().etat == EtatRemise.SIGNEE
    assert virements.balayer() == 1


# -- Giving up, and others' acts ---------------------------------------------------------------------------------------------


def test_given_up_before_its_file_is_taken_it_frees_its_bordereaux(m: f.Monde) -> None:
    du = bordereau(m)
    faite = remise(m, du)
    with pytest.raises(DonneeInvalide, match="Dites pourquoi"):
        virements.abandonner(acteur=m.payeur, numero=faite.numero, motif="")
    virements.signer(acteur=m.payeur2, numero=faite.numero)
    virements.abandonner(acteur=m.payeur, numero=faite.numero, motif="Mauvaise date")
    with pytest.raises(TransitionImpossible, match="abandonnée"):
        virements.prendre_fichier(acteur=m.payeur, numero=faite.numero)
    suivante = emise(m, du)
    assert [v.reference for v in lignes(suivante)] == [f"{du.numero}-2"], "a reference never serves twice"
    with pytest.raises(TransitionImpossible, match="« émise »"):
        virements.abandonner(acteur=m.payeur, numero=suivante.numero, motif="Trop tard")


def test_what_is_on_its_way_is_neither_settled_nor_rejected_by_hand(m: f.Monde) -> None:
    du = bordereau(m)
    ligne = du.decomptes.get().pk
    faite = remise(m, du)
    for attendu in ("abandonnez-la d’abord", "attendez la réponse de la banque"):
        with pytest.raises(TransitionImpossible, match=attendu):
            payments.regler_bordereau(acteur=m.payeur, bordereau_id=du.pk, le=timezone.localdate(), reference="V")
        with pytest.raises(TransitionImpossible, match=attendu):
            payments.rejeter_decompte(acteur=m.payeur, decompte_id=ligne, motif="Erreur")
        if faite.etat == EtatRemise.BROUILLON:
            virements.signer(acteur=m.payeur2, numero=faite.numero)
            faite, _ = virements.prendre_fichier(acteur=m.payeur, numero=faite.numero)
    du.refresh_from_db()
    assert du.etat == EtatBordereau.TRANSMIS


def test_who_may(m: f.Monde) -> None:
    du = bordereau(m)
    faite = remise(m, du)
    for qui, user in m.people.items():
        may = qui in {"responsable", "payeur", "payeur2"}
        assert remises_visibles(user).exists() == may
        assert virements_de_la_remise(user, faite).exists() == may
        if may:
            continue
        assert not bordereaux_a_virer(user).exists()
        with pytest.raises(Refus):
            virements.composer(acteur=user, bordereau_ids=[du.pk], execution=timezone.localdate())
        for act in (virements.signer, virements.prendre_fichier):
            with pytest.raises((Refus, Remise.DoesNotExist)):
                act(acteur=user, numero=faite.numero)
        with pytest.raises((Refus, Remise.DoesNotExist)):
            virements.abandonner(acteur=user, numero=faite.numero, motif="x")
    faite.refresh_from_db()
    assert faite.etat == EtatRemise.BROUILLON
