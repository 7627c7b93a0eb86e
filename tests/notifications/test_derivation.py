"""From events to e-mails: who is told what, once, and what is never said."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Habilitation
from cases.enums import GenreTache
from cases.models import Sinistre, Tache
from cases.rules import add_working_days
from cases.services import taches
from contracts.relances import DEFAUT
from documents.enums import EtatPiece, MotifRefusPiece
from documents.models import Piece
from documents.services import decisions
from journal.models import Curseur, Evenement
from journal.services import annoncer
from notifications import composition, derivation
from notifications.derivation import CONSUMER, handle
from notifications.enums import Cadence, EtatAnnonce, EtatCourriel, GenreCourriel
from notifications.genres import GENRES
from notifications.genres.base import TOUTES
from notifications.models import Annonce, Courriel, Preference, message_id_of
from notifications.rendering import Rendu, ecrire
from notifications.selectors import compte_par_etat, courriels_visibles
from tests import factories
from tests.factories import Monde
from tests.horizon import wait_for_horizon
from tests.notifications.nouvelles import wants_acknowledgements_at_once
from workflows.lifecycle import declarer_reprise, transiter
from workflows.suites import terminer

SPACES = re.compile(r"[^\u00a0\u202f\n][:;?!»](?=\s|$)|«(?![\u00a0\u202f])")


def deriver() -> int:
    wait_for_horizon()
    return derivation.deriver()


def ecrits() -> dict[Courriel, Rendu]:
    """Every e-mail that would leave, as it would, had the hour come for all of them."""
    deriver()
    Annonce.objects.update(prevue_le=timezone.now())
    composition.composer()
    found = {courriel: ecrire(courriel) for courriel in Courriel.objects.filter(etat=EtatCourriel.A_ENVOYER).order_by("pk")}
    return {courriel: rendu for courriel, rendu in found.items() if rendu is not None}


def seul(**filtre: Any) -> Rendu:
    """The one e-mail that would leave, among those that `filtre` chooses."""
    (rendu,) = [
        rendu for courriel, rendu in ecrits().items() if all(getattr(courriel, champ) == valeur for champ, valeur in filtre.items())
    ]
    return rendu


def page_of(settings: Any, sinistre: Sinistre) -> str:
    return settings.PUBLIC_URL + reverse("collectivite:dossier", args=[sinistre.numero])


def refuse(m: Monde, sinistre: Sinistre) -> Piece:
    piece = Piece.objects.filter(sinistre=sinistre).exclude(visibilite="M").order_by("pk")[0]
    Piece.objects.filter(pk=piece.pk).update(etat=EtatPiece.A_CONTROLER)
    piece.refresh_from_db()
    return decisions.refuser(
        acteur=m.gestionnaire, piece=piece, motif=MotifRefusPiece.ILLISIBLE, message="La page 2 de Mme Durand est noire."
    )


def test_declaration_is_acknowledged_to_the_collectivite_alone(m: Monde, settings: Any) -> None:
    second = factories.person(Role.COLLECTIVITE, collectivites=[m.collectivite])
    gone = factories.person(Role.COLLECTIVITE, collectivites=[m.collectivite], is_active=False)
    for user in (m.mairie, second, gone):
        wants_acknowledgements_at_once(user)
    sinistre = factories.sinistre(m)
    found = {courriel: rendu for courriel, rendu in ecrits().items() if courriel.genre == GenreCourriel.ACCUSE_DECLARATION}
    assert {courriel.destinataire_id for courriel in found} == {m.mairie.pk, second.pk}
    assert gone.email not in {courriel.adresse for courriel in found}
    (courriel,) = [un for un in found if un.destinataire == m.mairie]
    assert courriel.adresse == m.mairie.email and courriel.sinistre == sinistre
    assert courriel.etat == EtatCourriel.A_ENVOYER
    assert courriel.message_id == message_id_of(courriel.cle)
    rendu = found[courriel]
    assert page_of(settings, sinistre) in rendu.texte and page_of(settings, sinistre) in rendu.html
    assert "CDG d’essai" in rendu.texte


def test_acknowledgement_is_the_first_request(m: Monde) -> None:
    """What is missing is told once: by the acknowledgement, then no more when the gestionnaire asks for the same."""
    sinistre = factories.sinistre(m)
    missing = sum(piece.est_attendue for piece in Piece.objects.filter(sinistre=sinistre))
    assert missing >= 2
    assert f"{missing}\u00a0pièces" in seul(genre=GenreCourriel.RECAPITULATIF).texte
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="demander_pieces")
    deriver()
    assert [annonce.genre for annonce in Annonce.objects.all()] == [GenreCourriel.ACCUSE_DECLARATION]


def test_declarations_made_in_a_row_are_one_e_mail(m: Monde, settings: Any) -> None:
    sinistres = [factories.sinistre(m, de=factories.agent(m.collectivite)) for _ in range(3)]
    rendu = seul(genre=GenreCourriel.RECAPITULATIF)
    assert all(f"{page_of(settings, sinistre)}#a-envoyer" in rendu.texte for sinistre in sinistres)


def test_a_piece_that_was_not_asked_for_yet_is(m: Monde) -> None:
    sinistre = factories.sinistre(m)
    deriver()
    annonce = Annonce.objects.get(genre=GenreCourriel.ACCUSE_DECLARATION)
    annonce.donnees = {"pieces": annonce.donnees["pieces"][:-1]}  # as if one had been added since
    annonce.save()
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="demander_pieces")
    deriver()
    (demande,) = Annonce.objects.filter(genre=GenreCourriel.PIECES_DEMANDEES)
    assert len(demande.donnees["pieces"]) == 1


def test_a_piece_withdrawn_and_wanted_again_is_asked_for_again(m: Monde) -> None:
    sinistre = factories.sinistre(m)
    deriver()
    une = Piece.objects.filter(sinistre=sinistre, requise=True).order_by("pk")[0]
    Piece.objects.filter(pk=une.pk).update(demandee_le=timezone.now() + dt.timedelta(hours=1))  # as reevaluer does
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="demander_pieces")
    deriver()
    assert Annonce.objects.get(genre=GenreCourriel.PIECES_DEMANDEES).donnees["pieces"] == [une.pk]


def test_what_is_awaited_has_its_deadline(m: Monde) -> None:
    """That of the first reminder: a digest stands in that order."""
    sinistre = factories.sinistre(m)
    deriver()
    annonce = Annonce.objects.get(genre=GenreCourriel.ACCUSE_DECLARATION)
    assert annonce.echeance == add_working_days(timezone.localdate(), DEFAUT.jours[0], sinistre.collectivite.departement)


def test_deriving_again_adds_nothing(m: Monde) -> None:
    factories.sinistre(m)
    deriver()
    before = set(Annonce.objects.values_list("cle", flat=True))
    Curseur.objects.filter(nom=CONSUMER).update(xid=0, evenement_id=0)
    deriver()
    for evenement in Evenement.objects.order_by("id"):
        handle(evenement)
    assert set(Annonce.objects.values_list("cle", flat=True)) == before and before


def test_one_event_that_fails_does_not_stop_the_others(m: Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = factories.sinistre(m), factories.sinistre(m, de=factories.agent(m.collectivite))
    acknowledge = derivation.DERIVATIONS["sinistre.declare"]

    def broken(evenement: Evenement, lot: derivation.Lot) -> Any:
        if evenement.sinistre_id == second.pk:
            raise ZeroDivisionError
        return acknowledge(evenement, lot)

    monkeypatch.setitem(derivation.DERIVATIONS, "sinistre.declare", broken)
    deriver()
    assert list(Annonce.objects.values_list("sinistre", flat=True)) == [first.pk]
    monkeypatch.setitem(derivation.DERIVATIONS, "sinistre.declare", acknowledge)
    Curseur.objects.filter(nom=CONSUMER).update(reprise_le=None)
    deriver()
    assert set(Annonce.objects.values_list("sinistre", flat=True)) == {first.pk, second.pk}


def test_nobody_is_told_about_his_own_dossier(m: Monde) -> None:
    m.agent.compte = m.mairie
    m.agent.save()
    second = factories.person(Role.COLLECTIVITE, collectivites=[m.collectivite])
    factories.sinistre(m, par=second)
    deriver()
    assert list(Annonce.objects.values_list("destinataire", flat=True)) == [second.pk]


def test_collectivite_without_people_is_told_at_its_contact_address(m: Monde) -> None:
    Habilitation.objects.filter(collectivite=m.collectivite).delete()
    factories.sinistre(m, par=get_user_model().objects.get(pk=m.gestionnaire.pk))
    (courriel,) = ecrits()
    assert courriel.destinataire is None and courriel.adresse == m.collectivite.email


def test_who_has_left_since_is_not_written_to(m: Monde) -> None:
    factories.sinistre(m)
    assert len(ecrits()) == 1
    Habilitation.objects.filter(user=m.mairie).delete()
    assert not ecrits()


def test_pieces_that_came_meanwhile_are_not_asked_for(m: Monde) -> None:
    sinistre = factories.sinistre(m)
    annoncer_rappel(sinistre)
    assert "rappel" in seul(genre=GenreCourriel.RECAPITULATIF).texte
    factories.complete_pieces(sinistre, m.gestionnaire)
    assert "rappel" not in "".join(rendu.texte for rendu in ecrits().values())


def test_a_piece_asked_for_at_night_is_awaited_since_that_day_in_paris(m: Monde) -> None:
    sinistre = factories.sinistre(m)
    Piece.objects.filter(sinistre=sinistre).update(demandee_le=dt.datetime(2026, 10, 31, 23, 30, tzinfo=dt.UTC))
    annoncer_rappel(sinistre)
    assert "depuis le 1er\u00a0novembre\u00a02026" in seul(genre=GenreCourriel.RECAPITULATIF).texte


def annoncer_rappel(sinistre: Sinistre) -> None:
    """What a gestionnaire who asks again announces."""
    with transaction.atomic():
        annoncer(type="pieces.demandees", objet_type="sinistre", objet_id=sinistre.pk, sinistre_id=sinistre.pk, donnees={"rappel": True})


def test_refused_piece_is_told_with_its_motive_each_time(m: Monde) -> None:
    sinistre = factories.sinistre(m)
    piece = refuse(m, sinistre)
    rendu = seul(genre=GenreCourriel.RECAPITULATIF)
    assert "Une pièce est à remplacer. Motif\u00a0: Document illisible" in rendu.texte
    assert reverse("collectivite:piece", args=[sinistre.numero, piece.pk]) in rendu.texte
    refuse(m, sinistre)
    deriver()
    assert Annonce.objects.filter(genre=GenreCourriel.PIECE_REFUSEE).count() == 2


def test_refusal_taken_back_before_it_was_told_is_not_told(m: Monde) -> None:
    sinistre = factories.sinistre(m)
    piece = refuse(m, sinistre)
    decisions.accepter(acteur=m.gestionnaire, piece=piece)
    assert "à remplacer" not in "".join(rendu.texte for rendu in ecrits().values())


def test_cadence_is_the_persons_choice(m: Monde) -> None:
    Preference.objects.create(user=m.mairie, genre=GenreCourriel.PIECE_REFUSEE, cadence=Cadence.AUSSITOT)
    Preference.objects.create(user=m.mairie, genre=GenreCourriel.ACCUSE_DECLARATION, cadence=Cadence.JAMAIS)
    refuse(m, factories.sinistre(m))
    found = ecrits()
    assert sorted(courriel.genre for courriel in found) == [GenreCourriel.PIECE_REFUSEE, GenreCourriel.RECAPITULATIF], (
        "what the law wants told is told, whatever was written in the table"
    )


def test_news_not_wanted_is_kept_as_such(m: Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    genre = replace(GENRES[GenreCourriel.PIECE_REFUSEE], permises=TOUTES)
    monkeypatch.setitem(GENRES, GenreCourriel.PIECE_REFUSEE, genre)
    Preference.objects.create(user=m.mairie, genre=GenreCourriel.PIECE_REFUSEE, cadence=Cadence.JAMAIS)
    refuse(m, factories.sinistre(m))
    assert "à remplacer" not in "".join(rendu.texte for rendu in ecrits().values())
    assert Annonce.objects.get(genre=GenreCourriel.PIECE_REFUSEE).etat == EtatAnnonce.NON_VOULUE


def test_nothing_said_that_must_not_be(m: Monde) -> None:
    """Canaries in every place an e-mail could take words from."""
    agent = factories.agent(m.collectivite, nom="Quatremarre", prenom="Jean-Marc", matricule="MAT-77")
    wants_acknowledgements_at_once(m.mairie)
    sinistre = factories.sinistre(m, "AS", de=agent)
    annoncer_rappel(sinistre)
    refuse(m, sinistre)
    found = ecrits()
    assert [courriel.genre for courriel in found] == [GenreCourriel.ACCUSE_DECLARATION, GenreCourriel.RECAPITULATIF]
    libelles = list(Piece.objects.filter(sinistre=sinistre).values_list("libelle", flat=True))
    never = ["Quatremarre", "Jean-Marc", "accident", "escalier", "Mme Durand", sinistre.get_nature_display(), "1975", *libelles]
    for courriel, rendu in found.items():
        whole = f"{rendu.objet}\n{rendu.texte}\n{rendu.html}"
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
    wants_acknowledgements_at_once(m.mairie)
    sinistre = factories.sinistre(m)
    annoncer_rappel(sinistre)
    refuse(m, sinistre)
    found = ecrits()
    assert len(found) == 2
    for rendu in found.values():
        without_links = re.sub(r"https?://\S+", "", rendu.texte + "\n" + rendu.objet)
        assert not SPACES.search(without_links), SPACES.search(without_links)
        assert "'" not in without_links and "..." not in without_links
        assert "\n\n\n" not in rendu.texte
        page = Page()
        page.feed(rendu.html)
        tags = dict(page.tags)
        assert tags["html"]["lang"] == "fr" and "title" in tags and "main" in tags and "h1" in tags
        assert not {"img", "script", "table", "form"} & set(tags)
        links = [attrs["href"] or "" for tag, attrs in page.tags if tag == "a"]
        assert links and all(link.startswith(page_of(settings, sinistre)) for link in links)
        assert sinistre.numero in page.words


@pytest.mark.parametrize(
    ("prenom", "nom", "expected"),
    [("Jean-Marc", "Durand", "J.-M. D."), ("Élodie", "d’Aubigné", "É. D."), (" Anne  Lise ", "Le Goff", "A.-L. L."), ("", "Ng", "N.")],
)
def test_initials(prenom: str, nom: str, expected: str) -> None:
    from contracts.models import Agent

    assert Agent(prenom=prenom, nom=nom).initiales() == expected


def test_only_the_cdgs_gestionnaires_read_the_outbox(m: Monde, settings: Any) -> None:
    sinistre = factories.sinistre(m)
    ecrits()
    Courriel.objects.create(
        cle="compte:1", genre=GenreCourriel.COMPTE, adresse="x@test.example", objet="o", texte="lien secret", message_id="<1@x>"
    )
    qui = {nom for nom in m.people if nom.startswith(("gestionnaire", "responsable")) and "bulle" not in nom}
    for nom, person in m.people.items():
        settings.DEMO = True
        assert courriels_visibles(person).count() == (2 if nom in qui else 0), nom
        settings.DEMO = False
        assert courriels_visibles(person).count() == (1 if nom in qui else 0), nom
    m.agent.compte = m.responsable
    m.agent.save()
    assert not courriels_visibles(m.responsable).filter(sinistre=sinistre).exists()
    assert compte_par_etat()[EtatCourriel.A_ENVOYER] == 2


def test_the_return_is_asked_for_until_it_is_told(m: Monde) -> None:
    sinistre = factories.sinistre(m)
    for attendu in (True, False):
        tache = Tache.objects.filter(sinistre=sinistre, genre=GenreTache.DEMANDER_REPRISE, fermee_le__isnull=True)
        taches.ouvrir(genre=GenreTache.DEMANDER_REPRISE, sinistre=sinistre)
        terminer(acteur=m.gestionnaire, tache_id=tache.get().pk)
        assert ("reprise" in "".join(rendu.texte for rendu in ecrits().values())) == attendu
        declarer_reprise(acteur=m.mairie, numero=sinistre.numero, le=sinistre.survenance + dt.timedelta(days=9))
