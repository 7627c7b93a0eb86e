"""From news to e-mails: one each at once, one a person and day for the rest, and no burst after an outage."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.enums import Role
from accounts.models import Collectivite, Habilitation, User
from cases.models import Sinistre
from documents.models import Piece
from notifications.annonces import Nouvelle, annoncer_nouvelles
from notifications.composition import PERIME, composer
from notifications.enums import Cadence, EtatAnnonce, EtatCourriel, GenreCourriel, GenreDefaut
from notifications.genres import GENRES
from notifications.genres.base import SANS_REFUS
from notifications.models import AdresseEnDefaut, Annonce, Courriel, Preference
from notifications.relay import Bilan, relayer
from tests import factories
from tests.factories import Monde

pytestmark = pytest.mark.usefixtures("kept")

LUNDI = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)


@pytest.fixture
def kept(settings: Any) -> None:
    settings.EMAIL_BACKEND = "notifications.backends.BoiteEnvoi"
    settings.EMAIL_OUTBOX_ONLY = True


def dire(sinistre: Sinistre, intention: str, genre: GenreCourriel = GenreCourriel.PIECES_RELANCE, **plus: Any) -> None:
    with transaction.atomic():
        annoncer_nouvelles([Nouvelle.du_dossier(genre, intention, sinistre, **plus)])


def tour() -> Bilan:
    composer()
    return relayer()


def recapitulatifs(user: User) -> list[Courriel]:
    return list(Courriel.objects.filter(genre=GenreCourriel.RECAPITULATIF, destinataire=user).order_by("pk"))


def other_dossiers(m: Monde, nombre: int) -> list[Sinistre]:
    return [factories.sinistre(m, de=factories.agent(m.collectivite)) for _ in range(nombre)]


def test_all_of_a_day_is_one_digest(m: Monde, time_machine: Any) -> None:
    time_machine.move_to(LUNDI, tick=False)
    sinistres = other_dossiers(m, 3)
    for rang, sinistre in enumerate(sinistres):
        dire(sinistre, f"a:{rang}")
    assert tour() == Bilan(envoyes=1)
    (courriel,) = recapitulatifs(m.mairie)
    assert courriel.jour == dt.date(2026, 11, 2) and courriel.etat == EtatCourriel.ENVOYE
    assert all(sinistre.numero in courriel.texte for sinistre in sinistres)
    assert "3\u00a0dossiers" in courriel.objet
    assert set(courriel.annonces.values_list("etat", flat=True)) == {EtatAnnonce.CONFIEE}


@pytest.mark.parametrize(
    ("parti", "departement", "matin"),
    [
        (dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC), "34", "2026-11-03T08:00:00+01:00"),
        (dt.datetime(2026, 11, 6, 9, tzinfo=dt.UTC), "34", "2026-11-09T08:00:00+01:00"),  # a Friday
        (dt.datetime(2026, 12, 24, 9, tzinfo=dt.UTC), "34", "2026-12-28T08:00:00+01:00"),
        (dt.datetime(2026, 4, 2, 9, tzinfo=dt.UTC), "34", "2026-04-03T08:00:00+02:00"),
        (dt.datetime(2026, 4, 2, 9, tzinfo=dt.UTC), "67", "2026-04-07T08:00:00+02:00"),  # Good Friday and Easter Monday in Alsace
        (dt.datetime(2026, 3, 27, 9, tzinfo=dt.UTC), "34", "2026-03-30T08:00:00+02:00"),  # summer time in between
        (dt.datetime(2026, 10, 23, 9, tzinfo=dt.UTC), "34", "2026-10-26T08:00:00+01:00"),  # winter time
    ],
)
def test_what_comes_after_todays_waits_for_the_next_morning_of_work(
    m: Monde, time_machine: Any, parti: dt.datetime, departement: str, matin: str
) -> None:
    m.collectivite.departement = departement
    m.collectivite.save()
    time_machine.move_to(parti, tick=False)
    sinistre, autre = other_dossiers(m, 2)
    dire(sinistre, "a")
    assert tour().envoyes == 1
    time_machine.move_to(parti + dt.timedelta(hours=2), tick=False)
    dire(autre, "b")
    dire(sinistre, "c")
    assert tour() == Bilan()
    attendu = dt.datetime.fromisoformat(matin)
    _, demain = recapitulatifs(m.mairie)
    assert demain.prochaine_le == attendu
    time_machine.move_to(attendu - dt.timedelta(minutes=1), tick=False)
    assert tour() == Bilan()
    time_machine.move_to(attendu + dt.timedelta(seconds=1), tick=False)
    assert tour() == Bilan(envoyes=1)
    demain = recapitulatifs(m.mairie)[1]
    assert autre.numero in demain.texte and sinistre.numero in demain.texte


def test_reminders_wait_for_the_hours_of_work_and_requests_for_a_quarter_of_an_hour(m: Monde, time_machine: Any) -> None:
    dimanche = dt.datetime(2026, 11, 1, 21, tzinfo=dt.UTC)
    time_machine.move_to(dimanche, tick=False)
    sinistre, autre = other_dossiers(m, 2)
    dire(sinistre, "a")
    assert Annonce.objects.get(cle__startswith="a:").prevue_le == dt.datetime(2026, 11, 2, 7, tzinfo=dt.UTC)
    dire(autre, "b", GenreCourriel.PIECES_DEMANDEES)
    assert tour() == Bilan()
    time_machine.move_to(dimanche + dt.timedelta(minutes=16), tick=False)
    assert tour() == Bilan(envoyes=1)
    (courriel,) = recapitulatifs(m.mairie)
    assert sinistre.numero in courriel.texte, "what may leave later comes along: it spares another e-mail"


def test_order_is_that_of_deadlines(m: Monde, time_machine: Any) -> None:
    time_machine.move_to(LUNDI, tick=False)
    premier, deuxieme, dernier = other_dossiers(m, 3)
    dire(premier, "a")
    dire(deuxieme, "b", echeance=dt.date(2026, 12, 1))
    dire(dernier, "c", echeance=dt.date(2026, 11, 20))
    tour()
    (courriel,) = recapitulatifs(m.mairie)
    places = [courriel.texte.index(sinistre.numero) for sinistre in (dernier, deuxieme, premier)]
    assert places == sorted(places)


def test_after_ten_days_without_server_each_person_gets_one_e_mail(m: Monde, time_machine: Any, settings: Any) -> None:
    """Six acknowledgements and sixty reminders that could not leave are one digest, in which a dossier is acknowledged and asked once."""
    settings.EMAIL_OUTBOX_ONLY = False
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    second = factories.person(Role.COLLECTIVITE, collectivites=[m.collectivite])
    time_machine.move_to(LUNDI, tick=False)
    sinistres = other_dossiers(m, 6)
    for jour in range(10):
        time_machine.move_to(LUNDI + dt.timedelta(days=jour), tick=False)
        for sinistre in sinistres:
            dire(sinistre, f"accuse:{sinistre.pk}", GenreCourriel.ACCUSE_DECLARATION)
            dire(sinistre, f"relance:{jour}:{sinistre.pk}", rang=jour + 1)
        assert tour().envoyes == 0
    settings.EMAIL_OUTBOX_ONLY = True
    time_machine.move_to(LUNDI + dt.timedelta(days=10), tick=False)
    assert tour() == Bilan(envoyes=2)
    for user in (m.mairie, second):
        (courriel,) = recapitulatifs(user)
        assert courriel.etat == EtatCourriel.ENVOYE
        for sinistre in sinistres:
            assert courriel.texte.count(f"dossiers/{sinistre.numero}/") == 2
        assert "rappel n°\u00a010" in courriel.texte
    assert tour() == Bilan()
    assert not Annonce.objects.filter(etat=EtatAnnonce.EN_ATTENTE).exists()


def test_an_e_mail_for_at_once_that_waited_for_hours_is_in_the_digest(m: Monde, time_machine: Any) -> None:
    time_machine.move_to(LUNDI, tick=False)
    Preference.objects.create(user=m.mairie, genre=GenreCourriel.ACCUSE_DECLARATION, cadence=Cadence.AUSSITOT)
    dire(factories.sinistre(m), "a", GenreCourriel.ACCUSE_DECLARATION)
    composer()
    (seul,) = Courriel.objects.all()
    time_machine.move_to(LUNDI + PERIME + dt.timedelta(minutes=1), tick=False)
    assert tour().envoyes == 1
    seul.refresh_from_db()
    assert seul.etat == EtatCourriel.SANS_OBJET and recapitulatifs(m.mairie)[0].etat == EtatCourriel.ENVOYE


def test_digest_of_which_nothing_holds_is_not_sent_and_leaves_the_day_free(m: Monde, time_machine: Any) -> None:
    time_machine.move_to(LUNDI, tick=False)
    sinistre, autre = other_dossiers(m, 2)
    dire(sinistre, "a")
    factories.complete_pieces(sinistre, m.gestionnaire)
    assert tour() == Bilan(sans_objet=1)
    assert Annonce.objects.get().etat == EtatAnnonce.SANS_OBJET
    dire(autre, "b")
    assert tour() == Bilan(envoyes=1)
    vide, plein = recapitulatifs(m.mairie)
    assert (vide.etat, vide.jour, vide.texte) == (EtatCourriel.SANS_OBJET, None, "") and autre.numero in plein.texte


def test_what_holds_no_more_is_left_out_of_the_rest(m: Monde, time_machine: Any) -> None:
    time_machine.move_to(LUNDI, tick=False)
    sinistre, autre = other_dossiers(m, 2)
    dire(sinistre, "a")
    dire(autre, "b")
    composer()
    factories.complete_pieces(sinistre, m.gestionnaire)
    assert relayer() == Bilan(envoyes=1)
    (courriel,) = recapitulatifs(m.mairie)
    assert sinistre.numero not in courriel.texte and autre.numero in courriel.texte
    assert Annonce.objects.get(sinistre=sinistre).etat == EtatAnnonce.SANS_OBJET


def test_link_leads_to_the_upload_box(m: Monde, time_machine: Any) -> None:
    time_machine.move_to(LUNDI, tick=False)
    sinistre = factories.sinistre(m)
    dire(sinistre, "a")
    tour()
    assert f"dossiers/{sinistre.numero}/#a-envoyer" in recapitulatifs(m.mairie)[0].texte
    time_machine.move_to(LUNDI + dt.timedelta(days=1), tick=False)
    reste, *autres = Piece.objects.filter(sinistre=sinistre, requise=True).order_by("pk")
    Piece.objects.filter(pk__in=[piece.pk for piece in autres]).update(requise=False)
    dire(sinistre, "b")
    tour()
    assert f"dossiers/{sinistre.numero}/pieces/{reste.pk}/" in recapitulatifs(m.mairie)[1].texte


def test_address_that_refuses_waits_and_goes_once_mended(m: Monde, time_machine: Any) -> None:
    time_machine.move_to(LUNDI, tick=False)
    defaut = AdresseEnDefaut.objects.create(adresse=m.mairie.email.lower(), genre=GenreDefaut.REBOND)
    dire(factories.sinistre(m), "a")
    assert tour() == Bilan() and not Courriel.objects.exists()
    defaut.levee_le, defaut.levee_par = timezone.now(), m.gestionnaire
    defaut.save()
    time_machine.move_to(LUNDI + dt.timedelta(hours=7), tick=False)
    assert tour() == Bilan(envoyes=1)


def test_address_that_refuses_between_composition_and_sending(m: Monde, time_machine: Any) -> None:
    time_machine.move_to(LUNDI, tick=False)
    dire(factories.sinistre(m), "a")
    composer()
    AdresseEnDefaut.objects.create(adresse=m.mairie.email.lower(), genre=GenreDefaut.PLAINTE)
    assert relayer() == Bilan()
    (courriel,) = recapitulatifs(m.mairie)
    assert (courriel.etat, courriel.tentatives, courriel.jour) == (EtatCourriel.A_ENVOYER, 0, None)


def test_the_present_address_is_written_to(m: Monde, time_machine: Any) -> None:
    time_machine.move_to(LUNDI, tick=False)
    dire(factories.sinistre(m), "a")
    composer()
    m.mairie.email = "nouvelle@test.example"
    m.mairie.save()
    relayer()
    assert recapitulatifs(m.mairie)[0].adresse == "nouvelle@test.example"


@pytest.mark.parametrize("cadence", [Cadence.AUSSITOT, Cadence.RECAPITULATIF])
@pytest.mark.parametrize("refusee", [False, True], ids=["changed", "refused, then changed"])
@pytest.mark.parametrize("composee", [False, True], ids=["waits", "in an e-mail"])
def test_news_follow_a_contact_address_that_is_corrected(
    m: Monde, time_machine: Any, monkeypatch: pytest.MonkeyPatch, cadence: Cadence, refusee: bool, composee: bool
) -> None:
    genre = GenreCourriel.PIECES_RELANCE
    monkeypatch.setitem(GENRES, genre, replace(GENRES[genre], cadence=cadence, permises=SANS_REFUS))
    time_machine.move_to(LUNDI, tick=False)
    sinistre = factories.sinistre(m, par=m.gestionnaire)
    Habilitation.objects.filter(collectivite=m.collectivite).delete()
    ancienne = m.collectivite.email
    dire(sinistre, "a", genre)
    if composee:
        composer()
    if refusee:
        AdresseEnDefaut.objects.create(adresse=ancienne.lower(), genre=GenreDefaut.REBOND)
        assert tour() == Bilan()
    Collectivite.objects.filter(pk=m.collectivite.pk).update(email="neuve@test.example")
    time_machine.move_to(LUNDI + dt.timedelta(hours=7), tick=False)
    partis = tour().envoyes + tour().envoyes
    assert partis == 1
    assert list(Courriel.objects.filter(etat=EtatCourriel.ENVOYE).values_list("adresse", flat=True)) == ["neuve@test.example"]
    assert not Courriel.objects.filter(etat=EtatCourriel.A_ENVOYER).exists(), "nothing waits for the address that was given up"
    assert Annonce.objects.get(cle__startswith="a:").courriel == Courriel.objects.get(etat=EtatCourriel.ENVOYE)


def test_a_digest_for_two_collectivites_loses_the_one_whose_address_has_changed(m: Monde, time_machine: Any) -> None:
    time_machine.move_to(LUNDI, tick=False)
    voisine = factories.collectivite(email=m.collectivite.email)
    factories.adhesion(voisine, m.formule)
    ici, la = factories.sinistre(m, par=m.gestionnaire), factories.sinistre(m, de=factories.agent(voisine), par=m.gestionnaire)
    Habilitation.objects.filter(collectivite__in=[m.collectivite, voisine]).delete()
    dire(ici, "a")
    dire(la, "b")
    composer()
    Collectivite.objects.filter(pk=voisine.pk).update(email="neuve@test.example")
    tour()
    tour()
    partis = {courriel.adresse: courriel.texte for courriel in Courriel.objects.filter(etat=EtatCourriel.ENVOYE)}
    assert set(partis) == {m.collectivite.email, "neuve@test.example"}
    assert ici.numero in partis[m.collectivite.email] and la.numero not in partis[m.collectivite.email]
    assert la.numero in partis["neuve@test.example"] and ici.numero not in partis["neuve@test.example"]


def test_an_acknowledgement_stands_beside_a_reminder(m: Monde, time_machine: Any) -> None:
    time_machine.move_to(LUNDI, tick=False)
    sinistre = factories.sinistre(m)
    dire(sinistre, "a", GenreCourriel.ACCUSE_DECLARATION)
    dire(sinistre, "b", GenreCourriel.PIECES_DEMANDEES)
    dire(sinistre, "c")
    assert tour() == Bilan(envoyes=1)
    (courriel,) = recapitulatifs(m.mairie)
    assert "enregistrée" in courriel.texte and "rappel" in courriel.texte
    assert courriel.texte.count("à nous envoyer") == 1, "of a request and a reminder, the last alone"


def test_contact_address_of_a_collectivite_without_people_has_its_digest_too(m: Monde, time_machine: Any) -> None:
    Habilitation.objects.filter(collectivite=m.collectivite).delete()
    time_machine.move_to(LUNDI, tick=False)
    sinistres = [factories.sinistre(m, de=factories.agent(m.collectivite), par=m.gestionnaire) for _ in range(2)]
    for sinistre in sinistres:
        dire(sinistre, f"a:{sinistre.pk}")
    assert tour() == Bilan(envoyes=1)
    courriel = Courriel.objects.get()
    assert courriel.destinataire is None and courriel.adresse == m.collectivite.email
    dire(sinistres[0], "b")
    assert tour() == Bilan()
    assert Courriel.objects.count() == 2


def test_database_allows_a_person_one_digest_a_day(m: Monde) -> None:
    def digest(cle: str, **champs: Any) -> None:
        Courriel.objects.create(
            cle=cle, message_id=cle, genre=GenreCourriel.RECAPITULATIF, destinataire=m.mairie, adresse=m.mairie.email, **champs
        )

    jour, envoye = dt.date(2026, 11, 2), {"etat": EtatCourriel.ENVOYE, "envoye_le": LUNDI}
    digest("1", jour=jour, **envoye)
    with pytest.raises(IntegrityError), transaction.atomic():
        digest("2", jour=jour, **envoye)
    digest("3", jour=jour + dt.timedelta(days=1), **envoye)
    digest("4")
    with pytest.raises(IntegrityError), transaction.atomic():
        digest("5")
