"""Two at once on a conversation: nothing lost, nothing doubled, and the item that waits tells the truth."""

from __future__ import annotations

from functools import partial

from cases.enums import GenreTache
from cases.enums_message import SensMessage
from cases.errors import Erreur
from cases.models import Message, Sinistre, Tache
from cases.services import messages
from journal.models import Entree, Evenement
from tests import factories as f
from tests.races.conftest import ROUNDS, Tally, Track, count


def ouvertes(sinistre: Sinistre) -> int:
    return Tache.objects.filter(sinistre=sinistre, genre=GenreTache.REPONDRE_MESSAGE, fermee_le__isnull=True).count()


def interroge(m: f.Monde) -> tuple[Sinistre, int]:
    """A dossier whose mairie has asked something, and the id of its message."""
    sinistre = f.sinistre(m, de=f.agent(m.collectivite))
    return sinistre, messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte="Une question.").pk


def test_two_answer_at_once(track: Track, tally: Tally) -> None:
    """Both answers leave: neither is the other's. The item closes once."""
    m = f.monde()
    for _ in range(ROUNDS):
        sinistre, vu = interroge(m)
        answer = partial(messages.ecrire, sinistre=sinistre, texte="Voici.", vu=vu)
        assert count(tally, track.race(partial(answer, acteur=m.gestionnaire), partial(answer, acteur=m.gestionnaire2))) == 2
        assert Message.objects.filter(sinistre=sinistre, sens=SensMessage.VERS_COLLECTIVITE).count() == 2
        assert Evenement.objects.filter(sinistre_id=sinistre.pk, type="message.ecrit").count() == 3
        assert ouvertes(sinistre) == 0


def test_one_sends_twice_at_once(track: Track, tally: Tally) -> None:
    """A second click: one message, one event, and both are told of the same."""
    m = f.monde()
    for _ in range(ROUNDS):
        sinistre, vu = interroge(m)
        answer = partial(messages.ecrire, acteur=m.gestionnaire, sinistre=sinistre, texte="Voici.", vu=vu)
        assert count(tally, track.race(answer, answer)) == 2
        envoyes = list(Message.objects.filter(sinistre=sinistre, auteur=m.gestionnaire))
        assert track.values == [*envoyes, *envoyes] and len(envoyes) == 1
        assert Entree.objects.filter(action="message.envoye", sinistre_id=sinistre.pk).count() == 1


def test_a_question_comes_while_one_answers(track: Track, tally: Tally) -> None:
    """Whoever commits first, the question that was not seen is still awaited."""
    m = f.monde()
    for _ in range(ROUNDS):
        sinistre, vu = interroge(m)
        results = track.race(
            partial(messages.ecrire, acteur=m.gestionnaire, sinistre=sinistre, texte="Voici.", vu=vu),
            partial(messages.ecrire, acteur=m.mairie, sinistre=sinistre, texte="Et puis ?"),
        )
        assert count(tally, results) == 2
        assert ouvertes(sinistre) == 1


def test_a_question_comes_while_one_says_that_none_is_needed(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        sinistre, vu = interroge(m)
        results = track.race(
            partial(messages.sans_reponse, acteur=m.gestionnaire, sinistre=sinistre, vu=vu),
            partial(messages.ecrire, acteur=m.mairie, sinistre=sinistre, texte="Et puis ?"),
        )
        assert count(tally, results, Erreur) >= 1 and results[1] is None
        assert ouvertes(sinistre) == 1


def test_two_read_at_once(track: Track, tally: Tally) -> None:
    """One of them has read it, once."""
    m = f.monde()
    for _ in range(ROUNDS):
        sinistre, vu = interroge(m)
        read = partial(messages.marquer_lus, sinistre=sinistre, montres=[vu])
        assert count(tally, track.race(partial(read, lecteur=m.gestionnaire), partial(read, lecteur=m.gestionnaire2))) == 2
        assert sorted(track.values) == [0, 1]  # type: ignore[type-var]
        lu = Message.objects.get(pk=vu)
        assert Entree.objects.get(action="message.lu", objet_id=vu).acteur_id == lu.lu_par_id
