"""Two people on the words of one kind of e-mail, at once: one draft, one winner, versions that never share a number."""

from __future__ import annotations

from functools import partial

from cases.errors import Erreur
from notifications import services_gabarits as service
from notifications.gabarits import Mots, mots_d_origine, mots_en_usage
from notifications.models import Gabarit
from tests import factories as f
from tests.races.conftest import ROUNDS, Tally, Track, count

GENRE = "VALIDATION"


def words(objet: str) -> Mots:
    origine = mots_d_origine()[GENRE]
    return Mots(objet, origine.corps, origine.ligne)


def test_two_begin_a_draft(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        begin = partial(service.preparer, acteur=m.responsable, genre=GENRE)
        assert count(tally, track.race(begin, begin), Erreur) == 1
        service.abandonner(acteur=m.responsable, gabarit_id=Gabarit.objects.get().pk)


def test_two_write_one_draft(track: Track, tally: Tally) -> None:
    m = f.monde()
    for rang in range(ROUNDS):
        brouillon = service.preparer(acteur=m.responsable, genre=GENRE)
        write = partial(service.enregistrer, acteur=m.responsable, gabarit_id=brouillon.pk, vu=brouillon.ecrit_le)
        textes = [f"Dossier {{{{ numero }}}}, {qui} {rang}" for qui in ("une", "autre")]
        raised = track.race(*(partial(write, mots=words(texte)) for texte in textes))
        assert count(tally, raised, service.BrouillonChange) == 1
        brouillon.refresh_from_db()
        assert brouillon.objet == textes[raised.index(None)], "what the winner wrote"
        service.abandonner(acteur=m.responsable, gabarit_id=brouillon.pk)


def test_one_writes_while_another_publishes(track: Track, tally: Tally) -> None:
    """Whoever is first wins: nobody publishes words that he has not read."""
    m = f.monde()
    for rang in range(ROUNDS):
        brouillon = service.preparer(acteur=m.responsable, genre=GENRE)
        lus = brouillon.objet
        texte, vu = f"Dossier {{{{ numero }}}}, {rang}", brouillon.ecrit_le
        write = partial(service.enregistrer, acteur=m.responsable, gabarit_id=brouillon.pk, vu=vu, mots=words(texte))
        publish = partial(service.publier, acteur=m.responsable, gabarit_id=brouillon.pk, vu=vu)
        assert count(tally, track.race(write, publish), service.BrouillonChange) == 1
        brouillon.refresh_from_db()
        assert (brouillon.est_publie, brouillon.objet) in ((True, lus), (False, texte))
        if not brouillon.est_publie:
            service.publier(acteur=m.responsable, gabarit_id=brouillon.pk, vu=brouillon.ecrit_le)
        assert mots_en_usage([GENRE])[GENRE].objet == brouillon.objet


def test_two_go_back_to_the_applications_words(track: Track, tally: Tally) -> None:
    m = f.monde()
    for rang in range(ROUNDS):
        brouillon = service.preparer(acteur=m.responsable, genre=GENRE)
        mots = words(f"Dossier {{{{ numero }}}}, {rang}")
        brouillon = service.enregistrer(acteur=m.responsable, gabarit_id=brouillon.pk, mots=mots, vu=brouillon.ecrit_le)
        service.publier(acteur=m.responsable, gabarit_id=brouillon.pk, vu=brouillon.ecrit_le)
        back = partial(service.revenir, acteur=m.responsable, genre=GENRE)
        assert count(tally, track.race(back, back), Erreur) == 1
        assert mots_en_usage([GENRE])[GENRE] == mots_d_origine()[GENRE]
    assert Gabarit.objects.count() == 2 * ROUNDS
