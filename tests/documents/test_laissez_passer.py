"""One-time rights to deposit at the bulle: who gets one, what is kept of it, how long it lives."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.utils import timezone

from accounts.gate import Refus
from cases.errors import DonneeInvalide, Erreur
from contracts.enums import Nature
from documents.models import LaissezPasser, Piece
from documents.selectors_liens import lien_visible, liens_en_cours
from documents.services import laissez_passer
from journal.models import Entree
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def medicale(m: f.Monde) -> Piece:
    return Piece.objects.select_related("sinistre").get(sinistre=f.sinistre(m, Nature.AS), visibilite="M")


def test_only_a_digest_is_kept(m: f.Monde, medicale: Piece) -> None:
    lien, secret = laissez_passer.delivrer(acteur=m.mairie, piece=medicale)
    assert len(secret) >= 43 and lien.empreinte == laissez_passer.empreinte_de(secret)
    kept = json.dumps(list(LaissezPasser.objects.values()), default=str)
    told = json.dumps([[e.action, e.motif, e.contenu.donnees] for e in Entree.objects.select_related("contenu")], default=str)
    assert secret not in kept and secret not in told and lien.empreinte not in told
    assert dt.timedelta(minutes=14) < lien.expire_le - timezone.now() <= dt.timedelta(minutes=15)
    entree = Entree.objects.get(action="laissez_passer.delivre")
    assert (entree.acteur_id, entree.objet_id, entree.sinistre_id) == (m.mairie.pk, medicale.pk, medicale.sinistre_id)


def test_the_screen_is_for_the_collectivite_the_link_for_those_who_write_to_the_agent(m: f.Monde, medicale: Piece) -> None:
    screen: set[str] = set()
    link: set[str] = set()
    for role, user in m.people.items():
        for door, issue in ((screen, laissez_passer.delivrer), (link, laissez_passer.delivrer_lien)):
            try:
                issue(acteur=user, piece=medicale)
            except Refus:
                continue
            door.add(role)
    assert screen == {"mairie"}
    assert link == {"mairie", "gestionnaire", "gestionnaire2", "responsable", "secretariat"}


def test_what_takes_no_file(m: f.Monde, medicale: Piece) -> None:
    ordinaire = Piece.objects.filter(sinistre=medicale.sinistre).exclude(visibilite="M").first()
    assert ordinaire is not None
    with pytest.raises(DonneeInvalide, match="n’est pas médicale"):
        laissez_passer.delivrer(acteur=m.mairie, piece=ordinaire)
    for jours in (0, 31, -3):
        with pytest.raises(DonneeInvalide, match="de 1 à 30 jours"):
            laissez_passer.delivrer_lien(acteur=m.mairie, piece=medicale, jours=jours)
    Piece.objects.filter(pk=medicale.pk).update(etat="SANS_OBJET")
    with pytest.raises(Erreur, match="n’est plus demandée"):
        laissez_passer.delivrer(acteur=m.mairie, piece=medicale)
    Piece.objects.filter(pk=medicale.pk).update(etat="CONFORME", decidee_par=m.secretariat, decidee_le=timezone.now())
    with pytest.raises(Erreur, match="déjà conforme"):
        laissez_passer.delivrer_lien(acteur=m.mairie, piece=medicale)
    assert not LaissezPasser.objects.exists()


def test_the_address_hides_the_secret_from_servers(settings: object, m: f.Monde, medicale: Piece) -> None:
    _, secret = laissez_passer.delivrer_lien(acteur=m.gestionnaire, piece=medicale)
    before, after = laissez_passer.adresse_de(secret).split("#")
    assert after == secret and before.endswith("/deposer/")


def test_live_links_are_listed_and_revoked_once(m: f.Monde, medicale: Piece) -> None:
    lien, _ = laissez_passer.delivrer_lien(acteur=m.mairie, piece=medicale, jours=2)
    old, _ = laissez_passer.delivrer_lien(acteur=m.mairie, piece=medicale)
    LaissezPasser.objects.filter(pk=old.pk).update(expire_le=timezone.now() - dt.timedelta(seconds=1))
    used, _ = laissez_passer.delivrer_lien(acteur=m.mairie, piece=medicale)
    LaissezPasser.objects.filter(pk=used.pk).update(utilise_le=timezone.now())
    laissez_passer.delivrer(acteur=m.mairie, piece=medicale)
    assert list(liens_en_cours(m.gestionnaire, medicale.sinistre)) == [lien]
    assert not liens_en_cours(m.mairie2, medicale.sinistre).exists()
    assert not liens_en_cours(m.payeur, medicale.sinistre).exists()
    with pytest.raises(LaissezPasser.DoesNotExist):
        lien_visible(m.mairie2, medicale.sinistre.numero, lien.pk)
    with pytest.raises(Refus):
        laissez_passer.revoquer(acteur=m.payeur, lien=lien)
    for _ in range(2):
        laissez_passer.revoquer(acteur=m.gestionnaire, lien=lien_visible(m.gestionnaire, medicale.sinistre.numero, lien.pk))
    laissez_passer.revoquer(acteur=m.gestionnaire, lien=used)
    assert Entree.objects.filter(action="lien_depot.revoque").count() == 1
    assert LaissezPasser.objects.get(pk=used.pk).revoque_le is None
    assert not liens_en_cours(m.mairie, medicale.sinistre).exists()
