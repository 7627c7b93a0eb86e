"""What a bounce or a complaint changes: of the e-mail it is about, once, and of nothing else."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.enums import FileTravail, GenreTache
from cases.models import Tache
from journal.models import Entree, Evenement
from notifications.enums import EtatCourriel, GenreDefaut
from notifications.models import AdresseEnDefaut, Courriel, message_id_of
from notifications.rebonds.constats import constater
from notifications.rebonds.lecture import Action, Rebond
from notifications.selectors import adresses_en_defaut
from tests import factories
from tests.notifications.retours import MAIRIE, parti

pytestmark = pytest.mark.django_db


def rebond(courriel: Courriel, code: str = "5.1.1", action: Action = Action.ECHEC, adresse: str = MAIRIE) -> Rebond:
    return Rebond(frozenset({adresse}), action, code, frozenset({courriel.message_id}))


def fresh(courriel: Courriel) -> Courriel:
    return Courriel.objects.get(pk=courriel.pk)


def test_a_hard_bounce_rejects_the_e_mail_and_marks_the_address() -> None:
    courriel = parti(adresse="Secretariat@Mairie.example")
    assert constater(rebond(courriel))
    row = fresh(courriel)
    assert (row.etat, row.erreur, row.vu_le) == (EtatCourriel.REJETE, "refusé par un serveur (5.1.1)", None)
    defaut = AdresseEnDefaut.objects.get()
    assert (defaut.adresse, defaut.genre, defaut.code, defaut.courriel) == (MAIRIE, GenreDefaut.REBOND, "5.1.1", courriel)
    tache = Tache.objects.get(genre=GenreTache.CORRIGER_ADRESSE)
    assert (tache.file, tache.objet_type, tache.objet_id, tache.sinistre) == (FileTravail.MESSAGES, "adresse", defaut.pk, None)
    assert adresses_en_defaut(["autre@mairie.example", "SECRETARIAT@mairie.example"]) == {"SECRETARIAT@mairie.example"}


def test_a_complaint_silences_the_address_too() -> None:
    courriel = parti()
    assert constater(rebond(courriel, code="", action=Action.PLAINTE))
    assert fresh(courriel).erreur == "signalé comme indésirable"
    assert AdresseEnDefaut.objects.get().genre == GenreDefaut.PLAINTE


@pytest.mark.parametrize("code", ["4.4.7", "5.2.2", "5.3.4", "5.4.7", "5.6.0", "5.7.1", "5.7.26", "5.1.8"])
def test_a_final_failure_that_is_not_the_address_s_fault(code: str) -> None:
    """The e-mail is lost and shown; the address goes on being written to."""
    courriel = parti()
    assert constater(rebond(courriel, code=code))
    assert fresh(courriel).etat == EtatCourriel.REJETE
    assert not AdresseEnDefaut.objects.exists() and not Tache.objects.exists()


@pytest.mark.parametrize("code", ["5.0.0", "5.1.1", "5.1.10", "5.1.2", "5.2.0", "5.2.1", "5.4.1", "5.4.4", "5.5.0"])
def test_codes_that_blame_the_address(code: str) -> None:
    assert constater(rebond(parti(), code=code))
    assert adresses_en_defaut([MAIRIE])


def test_a_delay_is_noted_and_changes_nothing_else() -> None:
    courriel = parti()
    assert constater(rebond(courriel, code="4.4.1", action=Action.RETARD))
    row = fresh(courriel)
    assert (row.etat, row.erreur) == (EtatCourriel.ENVOYE, "retardé par un serveur (4.4.1)")
    assert not AdresseEnDefaut.objects.exists() and not Entree.objects.exists()


def test_told_twice_changes_nothing_even_once_restored(django_assert_max_num_queries: Any) -> None:
    courriel = parti()
    constater(rebond(courriel))
    before = (Entree.objects.count(), Evenement.objects.count(), Tache.objects.count())
    AdresseEnDefaut.objects.update(levee_le=timezone.now(), levee_par=factories.person("RESPONSABLE"))
    with django_assert_max_num_queries(4):
        assert not constater(rebond(courriel))
    assert not constater(rebond(courriel, code="", action=Action.PLAINTE))
    assert not adresses_en_defaut([MAIRIE])
    assert (Entree.objects.count(), Evenement.objects.count(), Tache.objects.count()) == before


@pytest.mark.parametrize(
    "champs",
    [
        {"etat": EtatCourriel.A_ENVOYER, "envoye_le": None},
        {"etat": EtatCourriel.ABANDONNE, "envoye_le": None},
        {"etat": EtatCourriel.SANS_OBJET, "envoye_le": None},
        {"conserve": True},
        {"adresse": "autre@mairie.example"},
        {"message_id": "<autre@vigie.example>"},
    ],
    ids=["waits", "refused before", "not sent", "kept", "for somebody else", "not ours"],
)
def test_a_forged_report_changes_nothing(champs: dict[str, Any]) -> None:
    """Only a Message-ID of ours with the very address it was for counts, once a server may have had it."""
    courriel = parti(**champs)
    named = "<devine@vigie.example>" if "message_id" in champs else courriel.message_id
    forged = Rebond(frozenset({MAIRIE}), Action.ECHEC, "5.1.1", frozenset({named}))
    assert not constater(forged)
    assert fresh(courriel).etat == courriel.etat
    assert not AdresseEnDefaut.objects.exists() and not Tache.objects.exists() and not Entree.objects.exists()


def test_a_message_id_cannot_be_reckoned_without_the_installation_s_key(settings: Any) -> None:
    known = message_id_of("recapitulatif:1")
    assert known == message_id_of("recapitulatif:1") != message_id_of("recapitulatif:2")
    settings.SECRET_KEY = "d’une autre installation"
    assert message_id_of("recapitulatif:1") != known


def test_a_bounce_settles_the_doubt_and_an_e_mail_on_its_way() -> None:
    doubtful = parti(etat=EtatCourriel.INCERTAIN, vu_le=timezone.now(), vu_par=factories.person("RESPONSABLE"))
    held = parti(etat=EtatCourriel.EN_COURS, bail=uuid.uuid4(), bail_jusqu_a=timezone.now(), transmis_le=timezone.now())
    assert constater(rebond(doubtful, code="5.7.1")) and constater(rebond(held, code="5.7.1"))
    assert fresh(doubtful).etat == fresh(held).etat == EtatCourriel.REJETE
    assert fresh(doubtful).vu_le is None, "filed as perhaps arrived: now it is known that it did not"


def test_what_was_sent_again_stays_settled() -> None:
    doubtful = parti(etat=EtatCourriel.INCERTAIN, vu_le=timezone.now(), vu_par=factories.person("RESPONSABLE"))
    parti(renvoi_de=doubtful)
    assert constater(rebond(doubtful, code="5.7.1"))
    assert fresh(doubtful).vu_le is not None


def test_nothing_personal_in_journal_and_events() -> None:
    constater(rebond(parti()))
    entrees = Entree.objects.select_related("contenu")
    told = str([(e.action, e.motif, e.contenu.donnees) for e in entrees]) + str(list(Evenement.objects.values_list("type", "donnees")))
    assert {e.action for e in entrees} == {"courriel.rejete", "adresse.refusee"}
    assert "mairie.example" not in told and "@" not in told


def test_one_open_row_an_address() -> None:
    constater(rebond(parti()))
    with pytest.raises(IntegrityError), transaction.atomic():
        AdresseEnDefaut.objects.create(adresse=MAIRIE, genre=GenreDefaut.PLAINTE)
