"""The words of e-mails as rows: who may write them, two at once, what is published never changes, what leaves is what was shown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.gate import Refus
from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from journal.models import Contenu, Entree
from notifications import services_gabarits as service
from notifications.enums import Cadence, EtatAnnonce, GenreCourriel
from notifications.gabarits import Mots, mots_d_origine, mots_en_usage
from notifications.models import Annonce, Courriel, Gabarit, message_id_of
from notifications.rendering import ecrire, rendre
from notifications.selectors_gabarits import gabarits_visibles, modeles
from tests import factories
from tests.factories import Monde

GENRE = GenreCourriel.REPRISE_DEMANDEE
MOTS = Mots("Reprise, dossier {{ numero }}", "Où en est l'agent {{ agent }} du dossier {{ numero }} ?", "L’agent a-t-il repris ?")


@pytest.fixture
def m(db: None) -> Monde:
    return factories.monde()


def publish(acteur: User, mots: Mots = MOTS, genre: str = GENRE) -> Gabarit:
    brouillon = service.preparer(acteur=acteur, genre=genre)
    brouillon = service.enregistrer(acteur=acteur, gabarit_id=brouillon.pk, mots=mots, vu=brouillon.ecrit_le)
    return service.publier(acteur=acteur, gabarit_id=brouillon.pk, vu=brouillon.ecrit_le)


def test_only_a_responsable_writes_and_reads_them(m: Monde) -> None:
    brouillon = service.preparer(acteur=m.responsable, genre=GENRE)
    vu = brouillon.ecrit_le
    acts: list[Callable[[User], object]] = [
        lambda user: service.preparer(acteur=user, genre="VALIDATION"),
        lambda user: service.enregistrer(acteur=user, gabarit_id=brouillon.pk, mots=MOTS, vu=vu),
        lambda user: service.publier(acteur=user, gabarit_id=brouillon.pk, vu=vu),
        lambda user: service.abandonner(acteur=user, gabarit_id=brouillon.pk),
        lambda user: service.revenir(acteur=user, genre=GENRE),
    ]
    for role, user in m.people.items():
        if role == "responsable":
            continue
        for act in acts:
            with pytest.raises(Refus):
                act(user)
        assert not gabarits_visibles(user).exists()
    assert list(Gabarit.objects.values_list("version", "objet", "publie_le")) == [(1, mots_d_origine()[GENRE].objet, None)]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE notifications_gabarit SET objet = 'Autre' WHERE id = %s",
        "UPDATE notifications_gabarit SET version = 9 WHERE id = %s",
        "UPDATE notifications_gabarit SET publie_le = NULL, publie_par_id = NULL WHERE id = %s",
        "DELETE FROM notifications_gabarit WHERE id = %s",
    ],
)
def test_what_is_published_never_changes_even_by_bare_sql(m: Monde, sql: str) -> None:
    publie = publish(m.responsable)
    with pytest.raises(DatabaseError, match="ne change plus"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [publie.pk])
    assert mots_en_usage([GENRE])[GENRE].objet == MOTS.objet


def test_a_publication_names_who_did_it(m: Monde) -> None:
    brouillon = service.preparer(acteur=m.responsable, genre=GENRE)
    with pytest.raises(DatabaseError, match="gabarit_publie_par"), transaction.atomic():
        Gabarit.objects.filter(pk=brouillon.pk).update(publie_le=timezone.now())


def test_versions_follow_each_other_and_each_act_is_in_the_journal(m: Monde) -> None:
    premiere = publish(m.responsable)
    brouillon = service.preparer(acteur=m.responsable, genre=GENRE, depuis=premiere)
    revenue = service.revenir(acteur=m.responsable, genre=GENRE)
    assert mots_en_usage([GENRE])[GENRE] == mots_d_origine()[GENRE]
    suivante = service.publier(acteur=m.responsable, gabarit_id=brouillon.pk, vu=brouillon.ecrit_le)
    assert [premiere.version, revenue.version, suivante.version] == [1, 3, 4], "a draft goes after what was published meanwhile"
    assert mots_en_usage([GENRE, "VALIDATION"]) == {GENRE: service.nettoyer(MOTS), "VALIDATION": mots_d_origine()["VALIDATION"]}
    service.abandonner(acteur=m.responsable, gabarit_id=service.preparer(acteur=m.responsable, genre=GENRE).pk)
    entries = Entree.objects.filter(objet_type="gabarit").order_by("pk").values_list("action", flat=True)
    assert list(entries) == [
        "gabarit.prepare", "gabarit.ecrit", "gabarit.publie", "gabarit.prepare", "gabarit.publie", "gabarit.publie",
        "gabarit.prepare", "gabarit.abandonne",
    ]  # fmt: skip
    (row,) = [une for une in modeles(m.responsable) if une.genre == GENRE]
    assert (row.en_usage, row.brouillon) == (suivante, None)


def test_the_second_of_two_writers_is_told(m: Monde) -> None:
    brouillon = service.preparer(acteur=m.responsable, genre=GENRE)
    vu = brouillon.ecrit_le
    service.enregistrer(acteur=m.responsable, gabarit_id=brouillon.pk, mots=MOTS, vu=vu)
    for act in (
        lambda: service.enregistrer(acteur=m.responsable, gabarit_id=brouillon.pk, mots=replace(MOTS, objet="Autre"), vu=vu),
        lambda: service.publier(acteur=m.responsable, gabarit_id=brouillon.pk, vu=vu),
    ):
        with pytest.raises(service.BrouillonChange) as told:
            act()
        assert told.value.actuel == brouillon and m.responsable.get_full_name() in told.value.message
    brouillon.refresh_from_db()
    assert brouillon.objet == MOTS.objet and not brouillon.est_publie


def test_one_draft_a_kind(m: Monde) -> None:
    service.preparer(acteur=m.responsable, genre=GENRE)
    with pytest.raises(Erreur, match="déjà en cours"):
        service.preparer(acteur=m.responsable, genre=GENRE)


def test_wrong_words_are_neither_written_nor_published(m: Monde) -> None:
    brouillon = service.preparer(acteur=m.responsable, genre=GENRE)
    with pytest.raises(DonneeInvalide) as refused:
        service.enregistrer(
            acteur=m.responsable, gabarit_id=brouillon.pk, mots=replace(MOTS, ligne="Sa maladie dure"), vu=brouillon.ecrit_le
        )
    assert list(refused.value.champs) == ["ligne"]
    Gabarit.objects.filter(pk=brouillon.pk).update(objet="{{ disparue }}")
    with pytest.raises(DonneeInvalide):
        service.publier(acteur=m.responsable, gabarit_id=brouillon.pk, vu=brouillon.ecrit_le)
    assert mots_en_usage([GENRE])[GENRE] == mots_d_origine()[GENRE]


def _courriel(m: Monde, genre: str) -> tuple[Courriel, Annonce]:
    """An e-mail to the mairie with one annonce: the return of an agent is asked for."""
    sinistre = factories.sinistre(m)
    cle = f"essai:{genre}"
    courriel = Courriel.objects.create(
        cle=cle, genre=genre, destinataire=m.mairie, adresse=m.mairie.email, sinistre=sinistre, message_id=message_id_of(cle)
    )
    annonce = Annonce.objects.create(
        cle=cle, genre=GENRE, destinataire=m.mairie, collectivite=m.collectivite, sinistre=sinistre, cadence=Cadence.AUSSITOT,
        etat=EtatAnnonce.CONFIEE, courriel=courriel, echeance=dt.date(2199, 12, 1),
    )  # fmt: skip
    return courriel, annonce


def test_what_leaves_is_what_the_preview_lays_out(m: Monde) -> None:
    """For the same variables: the same subject, text and HTML, from the published words."""
    publish(m.responsable)
    courriel, annonce = _courriel(m, GENRE)
    sinistre = annonce.sinistre
    assert sinistre is not None
    rendu = ecrire(courriel)
    assert rendu is not None
    agent = f"{sinistre.agent.initiales()}, matricule\u00a0{sinistre.agent.matricule}"
    lien = rendu.texte.split("http")[1].split()[0]
    variables = {"numero": sinistre.numero, "agent": agent, "collectivite": m.collectivite.nom, "cdg": "Le centre de gestion"}
    attendu = rendre(GENRE, service.nettoyer(MOTS), variables, f"http{lien}")
    assert (rendu.objet, rendu.texte, rendu.html) == (attendu.objet, attendu.texte, attendu.html)
    assert rendu.objet == f"Reprise, dossier {sinistre.numero}"
    assert f"Où en est l’agent {agent} du dossier {sinistre.numero}\u202f?" in rendu.texte


def test_a_digest_takes_the_published_line(m: Monde) -> None:
    publish(m.responsable)
    courriel, annonce = _courriel(m, GenreCourriel.RECAPITULATIF)
    rendu = ecrire(courriel)
    assert rendu is not None and annonce.sinistre is not None
    assert f"Dossier {annonce.sinistre.numero}, agent {annonce.sinistre.agent.initiales()}" in rendu.texte
    assert "- Pour le 1er\u00a0décembre\u00a02199\u00a0: L’agent a-t-il repris\u202f?" in rendu.texte


@pytest.mark.parametrize("mot", ["dépression", "longue maladie", "certificat", "CITIS", "https://ailleurs.fr"])
def test_canary_no_such_word_reaches_an_e_mail_by_its_words(m: Monde, mot: str) -> None:
    """A nature, an illness, a pièce or an address typed in any field is refused; the journal keeps no word of what was typed."""
    brouillon = service.preparer(acteur=m.responsable, genre=GENRE)
    for champ in ("objet", "corps", "ligne"):
        with pytest.raises(DonneeInvalide):
            service.enregistrer(
                acteur=m.responsable,
                gabarit_id=brouillon.pk,
                mots=replace(MOTS, **{champ: f"{getattr(MOTS, champ)} {mot}"}),
                vu=brouillon.ecrit_le,
            )
    brouillon.refresh_from_db()
    assert mot not in f"{brouillon.objet} {brouillon.corps} {brouillon.ligne}"
    assert not Contenu.objects.filter(donnees__icontains=mot).exists()
