"""E-mails raced: two composers, a composer and a relay, two derivers, two whole rounds, three relays. Nothing twice, nothing lost."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.db.models import Count
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Habilitation, User
from journal.models import Curseur, Evenement
from notifications import relay
from notifications.annonces import Nouvelle, annoncer_nouvelles
from notifications.composition import composer
from notifications.derivation import CONSUMER, deriver
from notifications.enums import Cadence, EtatAnnonce, EtatCourriel, GenreCourriel
from notifications.models import Annonce, Courriel
from notifications.relay import Bilan, relayer
from notifications.tasks import relever
from tests import factories as f
from tests.horizon import wait_for_horizon
from tests.notifications.nouvelles import Mairie, a_dire, mairie, wants_acknowledgements_at_once
from tests.notifications.serveur_smtp import Server, point_at, served
from tests.notifications.test_relay import courriel
from tests.races.conftest import ROUNDS, Tally, Track, count


@pytest.fixture
def smtp(settings: Any) -> Iterator[Server]:
    server = Server()
    with served(server) as port:
        point_at(settings, port, 5)
        yield server


@pytest.fixture
def trio(vraie_base: None) -> Iterator[Track]:
    found = Track(3)
    yield found
    found.leave()


@pytest.fixture
def quatuor(vraie_base: None) -> Iterator[Track]:
    found = Track(4)
    yield found
    found.leave()


def empty(server: Server | None = None) -> None:
    """An outbox as on the first day."""
    Annonce.objects.all().delete()
    Courriel.objects.all().delete()
    if server is not None:
        server.received.clear()


def tell(une: Mairie, times: int = 1) -> None:
    """Something to tell each of its people in his digest, due now."""
    Annonce.objects.bulk_create([a_dire(une.sinistre, qui, Cadence.RECAPITULATIF) for qui in une.gens for _ in range(times)])
    Annonce.objects.update(prevue_le=timezone.now())


def test_two_composers(track: Track, tally: Tally) -> None:
    """News of forty people: a digest each, each annonce in one."""
    une = mairie(f.monde(), 40)
    for _ in range(ROUNDS):
        empty()
        tell(une, 2)
        assert count(tally, track.race(composer, composer)) == 2
        assert composer() == 0, "whoever came first has placed everything"
        assert not Annonce.objects.exclude(etat=EtatAnnonce.CONFIEE).exists()
        digests = Courriel.objects.filter(genre=GenreCourriel.RECAPITULATIF)
        assert set(digests.annotate(n=Count("annonces")).values_list("destinataire", "n")) == {(qui.pk, 2) for qui in une.gens}
        assert digests.count() == 40


def test_a_composer_against_the_relay(track: Track, tally: Tally, smtp: Server) -> None:
    """What joins a digest while it leaves is in its words, or in tomorrow's digest."""
    m = f.monde()
    une = mairie(m, 6)
    agent = f.agent(une.sinistre.collectivite)
    more = Mairie(une.gens, f.sinistre(m, de=agent, par=une.gens[0]))
    joined = tomorrow = 0
    for _ in range(ROUNDS):
        empty(smtp)
        tell(une)
        composer()
        tell(more)
        assert count(tally, track.race(composer, relayer)) == 2
        for _ in range(2):
            composer()
            relayer()
        assert set(smtp.ids().values()) == {1} and len(smtp.received) == 6, "one each today"
        assert not Annonce.objects.exclude(etat=EtatAnnonce.CONFIEE).exists()
        for annonce in Annonce.objects.select_related("courriel", "sinistre"):
            found = annonce.courriel
            assert found is not None and annonce.sinistre is not None
            if found.etat == EtatCourriel.ENVOYE:
                assert annonce.sinistre.numero in found.texte
                joined += annonce.sinistre == more.sinistre
            else:
                assert (found.etat, found.texte) == (EtatCourriel.A_ENVOYER, "") and annonce.sinistre == more.sinistre
                assert found.prochaine_le > timezone.now() + dt.timedelta(hours=1)
                tomorrow += 1
    assert joined + tomorrow == 6 * ROUNDS
    tally.refused["in tomorrow’s"] = tomorrow


def again() -> None:
    """Every event is still to be derived."""
    empty()
    Curseur.objects.filter(nom=CONSUMER).update(xid=0, evenement_id=0)


def test_two_derivers(track: Track, tally: Tally) -> None:
    """One reads the events, the other leaves; each intent is on record once."""
    m = f.monde()
    f.person("COLLECTIVITE", collectivites=[m.collectivite])
    for _ in range(5):
        f.sinistre(m, de=f.agent(m.collectivite))
    wait_for_horizon(300)
    deriver()
    expected = sorted(Annonce.objects.values_list("cle", flat=True))
    assert len(expected) >= 10
    for _ in range(ROUNDS):
        again()
        assert count(tally, track.race(deriver, deriver)) == 2
        assert sum(number for number in track.values if isinstance(number, int)) >= Evenement.objects.count(), "nobody left early"
        assert sorted(Annonce.objects.values_list("cle", flat=True)) == expected


def test_two_whole_rounds(track: Track, tally: Tally, smtp: Server) -> None:
    """The task that derives, composes and sends, twice at once."""
    m = f.monde()
    for user in (m.mairie, f.person("COLLECTIVITE", collectivites=[m.collectivite])):
        wants_acknowledgements_at_once(user)
    for _ in range(4):
        f.sinistre(m, de=f.agent(m.collectivite))
    wait_for_horizon(300)
    deriver()
    expected = Annonce.objects.count()
    for _ in range(ROUNDS):
        again()
        smtp.received.clear()
        assert count(tally, track.race(relever, relever)) == 2
        relever()
        told = Counter(Annonce.objects.filter(etat=EtatAnnonce.CONFIEE).values_list("courriel__message_id", flat=True))
        assert Annonce.objects.count() == expected
        assert not Annonce.objects.filter(etat=EtatAnnonce.EN_ATTENTE, prevue_le__lte=timezone.now()).exists()
        assert smtp.ids() == dict.fromkeys(told, 1), "each e-mail once, and none without news"
        assert set(Courriel.objects.values_list("etat", flat=True)) == {EtatCourriel.ENVOYE}


def test_three_relays(trio: Track, tally: Tally, smtp: Server) -> None:
    for _ in range(ROUNDS):
        empty(smtp)
        rows = [courriel() for _ in range(12)]
        assert count(tally, trio.race(relayer, relayer, relayer)) == 3
        assert smtp.ids() == {row.message_id: 1 for row in rows}
        assert set(Courriel.objects.values_list("etat", flat=True)) == {EtatCourriel.ENVOYE}


def test_a_relay_that_is_late_against_the_end_of_its_leases(track: Track, tally: Tally, smtp: Server) -> None:
    """It lives, and is taken for dead: what another one may send, it does not; what it has handed over is a doubt at worst."""

    def take_for_dead(times: int = 1) -> None:
        for _ in range(times):
            Courriel.objects.filter(etat=EtatCourriel.EN_COURS).update(bail_jusqu_a=timezone.now())
            relay._free_dead_leases(Bilan())

    def send_late() -> None:
        relayer(limite=6)

    for _ in range(ROUNDS):
        empty(smtp)
        rows = [courriel() for _ in range(6)]
        assert count(tally, track.race(send_late, partial(take_for_dead, 5))) == 2
        take_for_dead()
        relayer()
        accepted = smtp.ids()
        assert set(accepted.values()) <= {1}, "twice"
        for row in Courriel.objects.filter(pk__in=[row.pk for row in rows]):
            assert row.etat == EtatCourriel.INCERTAIN or (row.etat == EtatCourriel.ENVOYE and row.message_id in accepted)


def test_a_person_comes_while_what_the_last_one_left_passes(quatuor: Track, tally: Tally, smtp: Server) -> None:
    """The only two people leave, somebody comes: two relays and a composer hand over, and the news reaches him once, now or later."""
    m = f.monde()
    une = mairie(m, 2)
    chez = une.sinistre.collectivite
    chez.email = ""
    chez.save(update_fields=["email"])
    ended, begun = timezone.localdate() - dt.timedelta(days=1), timezone.localdate()
    waited = 0
    for _ in range(ROUNDS):
        empty(smtp)
        Habilitation.objects.filter(collectivite=chez).delete()
        for qui in une.gens:
            Habilitation.objects.create(user=qui, role=Role.COLLECTIVITE, collectivite=chez, debut=ended, fin=None)
        news = [Nouvelle.du_dossier(GenreCourriel.PIECES_RELANCE, f"essai:{rank}", une.sinistre) for rank in range(3)]
        annoncer_nouvelles(news)
        Annonce.objects.update(prevue_le=timezone.now())
        composer()
        assert Courriel.objects.count() == 2
        Habilitation.objects.filter(collectivite=chez).update(fin=ended)
        suivante = f.person(Role.COLLECTIVITE, collectivites=[])

        def come(user: User = suivante, after: float = random.uniform(0, 0.4)) -> None:
            time.sleep(after)
            Habilitation.objects.create(user=user, role=Role.COLLECTIVITE, collectivite=chez, debut=begun)

        assert count(tally, quatuor.race(relayer, relayer, composer, come)) == 4
        waited += Annonce.objects.filter(etat=EtatAnnonce.EN_ATTENTE, destinataire__in=une.gens).exists()
        for _ in range(2):
            Annonce.objects.filter(etat=EtatAnnonce.EN_ATTENTE).update(prevue_le=timezone.now())
            composer()
            relayer()
        told = Annonce.objects.filter(etat=EtatAnnonce.CONFIEE, courriel__etat=EtatCourriel.ENVOYE)
        assert set(told.values_list("cle", flat=True)) == {f"essai:{rank}:{suivante.pk}" for rank in range(3)}, "each once, to him"
        assert len(smtp.received) == 1 and {message["To"] for message in smtp.received} == {suivante.email}
        assert not Annonce.objects.filter(etat=EtatAnnonce.EN_ATTENTE).exists()
    tally.refused["found nobody at first"] = waited
