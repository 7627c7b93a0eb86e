"""Bounces, and what people decide of them, two at once: one row, one e-mail sent again, one item."""

from __future__ import annotations

import uuid
from functools import partial

from cases.enums import GenreTache
from cases.errors import DejaPris
from cases.models import Tache
from journal.models import Entree
from notifications.defauts import classer, lever, ouvrir_taches_des_defauts, renvoyer
from notifications.enums import EtatCourriel
from notifications.models import AdresseEnDefaut, Courriel
from notifications.rebonds.constats import constater
from notifications.rebonds.lecture import Action, Rebond
from tests import factories as f
from tests.notifications.retours import parti
from tests.races.conftest import ROUNDS, Tally, Track, count


def rebond(courriel: Courriel, action: Action = Action.ECHEC) -> Rebond:
    return Rebond(frozenset({courriel.adresse.lower()}), action, "5.1.1", frozenset({courriel.message_id}))


def address() -> str:
    return f"{uuid.uuid4().hex}@mairie.example"


def acts(action: str) -> int:
    return Entree.objects.filter(action=action).count()


def test_two_reports_of_one_e_mail(track: Track, tally: Tally) -> None:
    for rank in range(ROUNDS):
        row = parti(adresse=address())
        results = track.race(partial(constater, rebond(row)), partial(constater, rebond(row, Action.PLAINTE)))
        assert count(tally, results) == 2 and sorted(map(bool, track.values)) == [False, True]
        assert acts("courriel.rejete") == acts("adresse.refusee") == rank + 1
        assert AdresseEnDefaut.objects.filter(adresse=row.adresse).count() == 1


def test_two_e_mails_of_one_address_bounce(track: Track, tally: Tally) -> None:
    for rank in range(ROUNDS):
        adresse = address()
        rows = [parti(adresse=adresse), parti(adresse=adresse)]
        assert count(tally, track.race(*(partial(constater, rebond(row)) for row in rows))) == 2
        defaut = AdresseEnDefaut.objects.get(adresse=adresse)
        assert Tache.objects.filter(genre=GenreTache.CORRIGER_ADRESSE, objet_id=defaut.pk).count() == 1
        assert acts("adresse.refusee") == rank + 1
        assert {Courriel.objects.get(pk=row.pk).etat for row in rows} == {EtatCourriel.REJETE}


def test_two_people_decide_of_one_e_mail(track: Track, tally: Tally) -> None:
    """Sent again twice, or sent again and filed: the second is told who has done what."""
    m = f.monde()
    for rank in range(ROUNDS):
        row = parti(etat=EtatCourriel.ABANDONNE, adresse=address())
        other = partial(classer, commentaire="Prévenue.") if rank % 2 else renvoyer
        results = track.race(
            partial(renvoyer, acteur=m.gestionnaire, courriel_id=row.pk), partial(other, acteur=m.responsable, courriel_id=row.pk)
        )
        assert count(tally, results, DejaPris) == 1
        assert row.renvois.count() <= 1
        assert acts("courriel.renvoye") + acts("courriel.classe") == rank + 1


def test_two_sweepers_and_a_person(track: Track, tally: Tally) -> None:
    """An e-mail that is filed while its item is opened keeps no open item."""
    m = f.monde()
    for rank in range(ROUNDS):
        row = parti(etat=EtatCourriel.ABANDONNE, adresse=address())
        other = (
            partial(classer, acteur=m.responsable, courriel_id=row.pk, commentaire="Prévenue.") if rank % 2 else ouvrir_taches_des_defauts
        )
        assert count(tally, track.race(ouvrir_taches_des_defauts, other)) == 2
        ouvrir_taches_des_defauts()
        open_items = Tache.objects.filter(genre=GenreTache.TRAITER_COURRIEL, objet_id=row.pk, fermee_le__isnull=True).count()
        assert open_items == (0 if rank % 2 else 1)


def test_restored_while_another_e_mail_bounces(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        adresse = address()
        first, second = parti(adresse=adresse), parti(adresse=adresse)
        constater(rebond(first))
        defaut = AdresseEnDefaut.objects.get(adresse=adresse)
        results = track.race(
            partial(lever, acteur=m.gestionnaire, adresse_id=defaut.pk, commentaire="Rouverte."), partial(constater, rebond(second))
        )
        assert count(tally, results) == 2
        still = AdresseEnDefaut.objects.filter(adresse=adresse, levee_le__isnull=True)
        assert (
            Tache.objects.filter(genre=GenreTache.CORRIGER_ADRESSE, objet_id__in=still.values("pk"), fermee_le__isnull=True).count()
            == still.count()
        )
        assert not Tache.objects.filter(genre=GenreTache.CORRIGER_ADRESSE, objet_id=defaut.pk, fermee_le__isnull=True).exists()
