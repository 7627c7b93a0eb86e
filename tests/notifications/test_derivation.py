"""From events to e-mails: who is told what, once, and what is never said."""

from __future__ import annotations

import datetime as dt
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Habilitation
from cases.enums import GenreTache
from cases.models import Sinistre, Tache
from cases.services import taches
from documents.enums import EtatPiece, MotifRefusPiece
from documents.models import Piece
from documents.services import decisions
from journal.models import Curseur, Evenement
from notifications import derivation
from notifications.derivation import CONSUMER, handle
from notifications.enums import EtatCourriel, GenreCourriel
from notifications.models import Courriel, message_id_of
from notifications.rendering import link_to
from notifications.selectors import compte_par_etat, courriels_visibles
from tests import factories
from tests.factories import Monde
from tests.horizon import wait_for_horizon
from workflows.lifecycle import declarer_reprise, transiter
from workflows.suites import terminer

SPACES = re.compile(r"[^\u00a0\u202f\n][:;?!»](?=\s|$)|«(?!\u00a0)")


def deriver() -> int:
    wait_for_horizon()
    return derivation.deriver()


def refuse(m: Monde, sinistre: Sinistre) -> Piece:
    piece = Piece.objects.filter(sinistre=sinistre).exclude(visibilite="M").order_by("pk")[0]
    Piece.objects.filter(pk=piece.pk).update(etat=EtatPiece.A_CONTROLER)
    piece.refresh_from_db()
    return decisions.refuser(
        acteur=m.gestionnaire, piece=piece, motif=MotifRefusPiece.ILLISIBLE, message="La page 2 de Mme Durand est noire."
    )


def test_declaration_is_acknowledged_to_the_collectivite_alone(m: Monde) -> None:
    second = factories.person(Role.COLLECTIVITE, collectivites=[m.collectivite])
    gone = factories.person(Role.COLLECTIVITE, collectivites=[m.collectivite], is_active=False)
    sinistre = factories.sinistre(m)
    deriver()
    found = Courriel.objects.filter(genre=GenreCourriel.ACCUSE_DECLARATION)
    assert {courriel.destinataire_id for courriel in found} == {m.mairie.pk, second.pk}
    assert gone.email not in {courriel.adresse for courriel in found}
    courriel = found.get(destinataire=m.mairie)
    assert courriel.adresse == m.mairie.email and courriel.sinistre == sinistre
    assert courriel.etat == EtatCourriel.A_ENVOYER
    assert courriel.message_id == message_id_of(courriel.cle)
    assert link_to(sinistre) in courriel.texte and link_to(sinistre) in courriel.html
    assert "CDG d’essai" in courriel.texte


def test_deriving_again_adds_nothing(m: Monde) -> None:
    factories.sinistre(m)
    deriver()
    before = set(Courriel.objects.values_list("cle", flat=True))
    Curseur.objects.filter(nom=CONSUMER).update(xid=0, evenement_id=0)
    deriver()
    for evenement in Evenement.objects.order_by("id"):
        handle(evenement)
    assert set(Courriel.objects.values_list("cle", flat=True)) == before and before


def test_nobody_is_told_about_his_own_dossier(m: Monde) -> None:
    m.agent.compte = m.mairie
    m.agent.save()
    second = factories.person(Role.COLLECTIVITE, collectivites=[m.collectivite])
    factories.sinistre(m, par=second)
    deriver()
    assert list(Courriel.objects.values_list("destinataire", flat=True)) == [second.pk]


def test_collectivite_without_people_is_told_at_its_contact_address(m: Monde) -> None:
    Habilitation.objects.filter(collectivite=m.collectivite).delete()
    factories.sinistre(m, par=get_user_model().objects.get(pk=m.gestionnaire.pk))
    deriver()
    courriel = Courriel.objects.get()
    assert courriel.destinataire is None and courriel.adresse == m.collectivite.email


def test_asking_for_pieces_counts_those_still_missing(m: Monde) -> None:
    sinistre = factories.sinistre(m)
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="demander_pieces")
    missing = sum(piece.est_attendue for piece in Piece.objects.filter(sinistre=sinistre))
    assert missing >= 2
    deriver()
    courriel = Courriel.objects.get(genre=GenreCourriel.PIECES_DEMANDEES)
    assert f"{missing}\u00a0pièces" in courriel.texte and f"{missing} pièces sont attendues" in courriel.objet


def test_pieces_that_came_meanwhile_are_not_asked_for(m: Monde) -> None:
    sinistre = factories.sinistre(m)
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="demander_pieces")
    factories.complete_pieces(sinistre, m.gestionnaire)
    deriver()
    assert not Courriel.objects.filter(genre=GenreCourriel.PIECES_DEMANDEES).exists()


def test_refused_piece_is_told_with_its_motive_each_time(m: Monde) -> None:
    sinistre = factories.sinistre(m)
    refuse(m, sinistre)
    deriver()
    courriel = Courriel.objects.get(genre=GenreCourriel.PIECE_REFUSEE)
    assert "Motif\u00a0: Document illisible." in courriel.texte
    refuse(m, sinistre)
    deriver()
    assert Courriel.objects.filter(genre=GenreCourriel.PIECE_REFUSEE).count() == 2


def test_refusal_taken_back_before_it_was_told_is_not_told(m: Monde) -> None:
    sinistre = factories.sinistre(m)
    piece = refuse(m, sinistre)
    decisions.accepter(acteur=m.gestionnaire, piece=piece)
    deriver()
    assert not Courriel.objects.filter(genre=GenreCourriel.PIECE_REFUSEE).exists()


def test_nothing_said_that_must_not_be(m: Monde) -> None:
    """Canaries in every place an e-mail could take words from."""
    agent = factories.agent(m.collectivite, nom="Quatremarre", prenom="Jean-Marc", matricule="MAT-77")
    sinistre = factories.sinistre(m, "AS", de=agent)
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="demander_pieces")
    refuse(m, sinistre)
    deriver()
    assert Courriel.objects.count() == 3
    libelles = list(Piece.objects.filter(sinistre=sinistre).values_list("libelle", flat=True))
    never = ["Quatremarre", "Jean-Marc", "accident", "escalier", "Mme Durand", sinistre.get_nature_display(), "1975", *libelles]
    for courriel in Courriel.objects.all():
        whole = f"{courriel.objet}\n{courriel.texte}\n{courriel.html}"
        assert "J.-M. Q., matricule\u00a0MAT-77" in whole
        for word in never:
            assert word.lower() not in whole.lower(), (courriel.genre, word)
        assert not re.search(r"\bAS\b", whole)


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def test_typography_and_accessible_html(m: Monde, settings: Any) -> None:
    sinistre = factories.sinistre(m)
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="demander_pieces")
    refuse(m, sinistre)
    deriver()
    for courriel in Courriel.objects.all():
        without_links = re.sub(r"https?://\S+", "", courriel.texte + "\n" + courriel.objet)
        assert not SPACES.search(without_links), SPACES.search(without_links)
        assert "'" not in without_links and "..." not in without_links
        assert "\n\n\n" not in courriel.texte
        page = Page()
        page.feed(courriel.html)
        tags = dict(page.tags)
        assert tags["html"]["lang"] == "fr" and "title" in tags and "main" in tags and "h1" in tags
        assert not {"img", "script", "table", "form"} & set(tags)
        links = [attrs for tag, attrs in page.tags if tag == "a"]
        assert [link["href"] for link in links] == [settings.PUBLIC_URL + reverse("collectivite:dossier", args=[sinistre.numero])]
        assert sinistre.numero in page.words


@pytest.mark.parametrize(
    ("prenom", "nom", "expected"),
    [("Jean-Marc", "Durand", "J.-M. D."), ("Élodie", "d’Aubigné", "É. D."), (" Anne  Lise ", "Le Goff", "A.-L. L."), ("", "Ng", "N.")],
)
def test_initials(prenom: str, nom: str, expected: str) -> None:
    from contracts.models import Agent

    assert Agent(prenom=prenom, nom=nom).initiales() == expected


def test_only_a_responsable_reads_the_outbox(m: Monde, settings: Any) -> None:
    sinistre = factories.sinistre(m)
    deriver()
    Courriel.objects.create(
        cle="compte:1", genre=GenreCourriel.COMPTE, adresse="x@test.example", objet="o", texte="lien secret", message_id="<1@x>"
    )
    for nom, person in m.people.items():
        settings.DEMO = True
        assert courriels_visibles(person).count() == (2 if nom == "responsable" else 0), nom
        settings.DEMO = False
        assert courriels_visibles(person).count() == (1 if nom == "responsable" else 0), nom
    m.agent.compte = m.responsable
    m.agent.save()
    assert not courriels_visibles(m.responsable).filter(sinistre=sinistre).exists()
    assert compte_par_etat()[EtatCourriel.A_ENVOYER] == 2


def test_the_return_is_asked_for_until_it_is_told(m: Monde) -> None:
    sinistre = factories.sinistre(m)
    for _ in range(2):
        tache = Tache.objects.filter(sinistre=sinistre, genre=GenreTache.DEMANDER_REPRISE, fermee_le__isnull=True)
        taches.ouvrir(genre=GenreTache.DEMANDER_REPRISE, sinistre=sinistre)
        terminer(acteur=m.gestionnaire, tache_id=tache.get().pk)
        deriver()
        assert Courriel.objects.filter(genre=GenreCourriel.REPRISE_DEMANDEE, destinataire=m.mairie).count() == 1
        declarer_reprise(acteur=m.mairie, numero=sinistre.numero, le=sinistre.survenance + dt.timedelta(days=9))
    assert not SPACES.search(Courriel.objects.get(genre=GenreCourriel.REPRISE_DEMANDEE, destinataire=m.mairie).texte)
