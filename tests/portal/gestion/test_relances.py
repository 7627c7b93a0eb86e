"""The pages of reminders: calendars, and those of one dossier."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cases.models import Echeance
from cases.services import echeances
from contracts.models import CalendrierRelances
from documents.models import Piece
from documents.services import envois
from journal.models import Entree
from notifications.relances import relancer
from tests import factories as f
from tests.portal.conftest import AuNomDe

pytestmark = pytest.mark.django_db

PARIS = ZoneInfo("Europe/Paris")
MONDAY = dt.datetime(2026, 11, 2, 15, 0, tzinfo=PARIS)


def text(response: object) -> str:
    return " ".join(html.unescape(response.content.decode()).replace("\u00a0", " ").split())  # type: ignore[attr-defined]


@pytest.fixture
def fixed(m: f.Monde, au_nom_de: AuNomDe) -> Callable[..., object]:
    def post(qui: User | None = None, **champs: str) -> object:
        valeurs = {"contrat": "", "stade": "", "debut": "2026-11-16", "jours": "5, 25", "appel": "30"} | champs
        return au_nom_de(qui or m.responsable).post(reverse("gestion:relances-nouveau"), valeurs)

    return post


def test_what_the_application_does_by_itself_is_said_in_dates(m: f.Monde, au_nom_de: AuNomDe) -> None:
    with time_machine.travel(MONDAY, tick=False):
        page = text(au_nom_de(m.payeur).get(reverse("gestion:relances")))
    assert (
        "Une pièce demandée le lundi 2 novembre 2026 serait relancée le jeudi 12 novembre 2026, le mercredi 2 décembre 2026 et le jeudi"
        " 7 janvier 2027 ; sans effet, la collectivité serait à appeler le jeudi 14 janvier 2027." in page
    )
    assert "Fixer un calendrier" not in page, "a payeur reads, a responsable fixes"


def test_a_calendar_is_fixed_from_a_day_on_and_the_one_before_ends_on_its_eve(
    m: f.Monde, au_nom_de: AuNomDe, fixed: Callable[..., object]
) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        assert fixed(debut="2026-11-02").status_code == 302  # type: ignore[attr-defined]
        assert fixed(debut="2026-12-01", jours="3, 6, 9, 12", appel="13").status_code == 302  # type: ignore[attr-defined]
        assert fixed(contrat=str(m.contrat.pk), stade="RECHUTE", jours="10").status_code == 302  # type: ignore[attr-defined]
        rows = CalendrierRelances.objects.order_by("pk").values_list("contrat", "stade", "debut", "fin", "jours", "appel")
        assert list(rows) == [
            (None, "", dt.date(2026, 11, 2), dt.date(2026, 11, 30), [5, 25], 30),
            (None, "", dt.date(2026, 12, 1), None, [3, 6, 9, 12], 13),
            (m.contrat.pk, "RECHUTE", dt.date(2026, 11, 16), None, [10], 30),
        ]
        page = text(au_nom_de(m.responsable).get(reverse("gestion:relances")))
        assert [page.count(mot) for mot in ("En vigueur", "À venir", "Passé")] == [1, 2, 0]
        clock.move_to(dt.datetime(2026, 12, 5, 9, 0, tzinfo=PARIS))
        page = text(au_nom_de(m.responsable).get(reverse("gestion:relances")))
        assert [page.count(mot) for mot in ("En vigueur", "À venir", "Passé")] == [2, 0, 1]
    assert Entree.objects.filter(action="calendrier.fixe", acteur_id=m.responsable.pk).count() == 3
    assert m.contrat.numero in page


@pytest.mark.parametrize(
    ("champs", "reason"),
    [
        ({"jours": "7, 5"}, "croissants"),
        ({"jours": "0, 5"}, "croissants"),
        ({"jours": "sept"}, "séparés par des virgules"),
        ({"jours": ","}, "croissants"),
        ({"jours": "7, 9999"}, "250 jours ouvrés"),
        ({"jours": "1,2,3,4,5,6,7,8,9,10,11"}, "Au plus 10 relances"),
        ({"appel": "25"}, "après la dernière relance"),
        ({"debut": "2026-11-01"}, "Ce jour est passé"),
        ({"debut": ""}, "obligatoire"),
        ({"stade": "INCONNU"}, "Sélectionnez"),
    ],
)
def test_a_wrong_calendar_is_refused_with_its_reason_and_what_was_typed(
    m: f.Monde, fixed: Callable[..., object], champs: dict[str, str], reason: str
) -> None:
    with time_machine.travel(MONDAY, tick=False):
        response = fixed(**champs)
    assert response.status_code == 422  # type: ignore[attr-defined]
    page = text(response)
    assert reason in page
    assert champs.get("jours", "5, 25") in page
    assert not CalendrierRelances.objects.exists()


def test_a_calendar_never_begins_before_one_that_is_there(m: f.Monde, fixed: Callable[..., object]) -> None:
    with time_machine.travel(MONDAY, tick=False):
        fixed(debut="2026-12-01")
        refused = fixed(debut="2026-11-20")
        assert refused.status_code == 422  # type: ignore[attr-defined]
        assert "commence déjà le 01/12/2026" in text(refused)
        fixed(debut="2026-12-01", jours="4", appel="9")  # the same day: it is written over
    assert list(CalendrierRelances.objects.values_list("jours", "appel")) == [([4], 9)]
    assert Entree.objects.filter(action="calendrier.corrige").count() == 1


def test_the_dossier_tells_its_reminders_and_lets_them_be_paused(m: f.Monde, au_nom_de: AuNomDe) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        sinistre = f.sinistre(m)
        client, nom = au_nom_de(m.gestionnaire), m.gestionnaire.get_full_name()
        address = reverse("gestion:dossier", args=[sinistre.numero])
        assert "aucune relance encore. La prochaine partira au plus tôt le 12/11/2026" in text(client.get(address))
        clock.move_to(dt.datetime(2026, 11, 12, 9, 0, tzinfo=PARIS))
        assert relancer() == 1
        client = au_nom_de(m.gestionnaire)  # anew: ten days have passed
        assert "Relance n° 1 faite le 12/11/2026. La prochaine partira au plus tôt le 02/12/2026" in text(client.get(address))
        pause = reverse("gestion:relances-suspendre", args=[sinistre.numero])
        page = text(client.post(pause, {"motif": "Secrétaire absente", "jusqu_au": ""}, follow=True))
        assert "sont suspendues, jusqu’à ce qu’une personne les reprenne." in page
        assert f"Suspendues depuis le 12/11/2026 par {nom}, jusqu’à ce qu’une personne les reprenne : Secrétaire absente" in page
        assert "À revoir" not in page
        page = text(client.post(pause, {"motif": "Secrétaire absente", "jusqu_au": "2026-11-20"}, follow=True))
        assert "sont suspendues, jusqu’au vendredi 20 novembre 2026 inclus." in page
        assert f"Suspendues depuis le 12/11/2026 par {nom}, jusqu’au 20/11/2026 inclus : Secrétaire absente" in page
        assert "suspension de l’échéance changée, <span>jusqu’au 20/11/2026</span>" in page
        clock.move_to(dt.datetime(2026, 11, 16, 9, 0, tzinfo=PARIS))
        client = au_nom_de(m.gestionnaire)
        page = text(client.post(reverse("gestion:relances-reprendre", args=[sinistre.numero]), follow=True))
        assert "La prochaine partira au plus tôt le 04/12/2026" in page, "two working days stood still"
        horloge = echeances.horloge_des_pieces(sinistre)
        assert horloge is not None
        Echeance.objects.filter(pk=horloge.pk).update(levee_le=timezone.now())
        assert "Aucune relance n’est prévue" in text(client.post(pause, {"motif": "Encore"}, follow=True))


@pytest.mark.parametrize(
    ("motif", "jusqu_au", "phrase"),
    [
        (" ", "2026-11-20", "Dites pourquoi"),
        ("Motif gardé", "2026-11-01", "Ce jour est passé"),
        ("Motif gardé", "2027-11-03", "Un an au plus"),
        ("Motif gardé", "demain", "date valide"),
        ("x" * 201, "", "200 caractères"),
    ],
)
def test_a_wrong_suspension_comes_back_with_its_reason_and_what_was_typed(
    m: f.Monde, au_nom_de: AuNomDe, motif: str, jusqu_au: str, phrase: str
) -> None:
    with time_machine.travel(MONDAY, tick=False):
        sinistre = f.sinistre(m)
        client: Client = au_nom_de(m.gestionnaire)
        refused = client.post(reverse("gestion:relances-suspendre", args=[sinistre.numero]), {"motif": motif, "jusqu_au": jusqu_au})
        assert refused.status_code == 422
        page = text(refused)
        assert phrase in page
        assert not jusqu_au or f'value="{jusqu_au}"' in page
        assert motif.strip()[:200] in page and 'aria-invalid="true"' in page
        horloge = echeances.horloge_des_pieces(sinistre)
        assert horloge is not None and not horloge.en_pause


def test_a_new_suspension_proposes_thirty_days_and_an_old_one_without_end_is_marked(m: f.Monde, au_nom_de: AuNomDe) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        sinistre = f.sinistre(m)
        client: Client = au_nom_de(m.gestionnaire)
        address, calendars = reverse("gestion:dossier", args=[sinistre.numero]), reverse("gestion:relances")
        page = text(client.get(address))
        assert 'value="2026-12-02"' in page and 'min="2026-11-02"' in page and 'max="2027-11-02"' in page
        assert "Aucune : chaque pièce qui manque" in text(client.get(calendars))
        client.post(reverse("gestion:relances-suspendre", args=[sinistre.numero]), {"motif": "Arrêté en signature", "jusqu_au": ""})
        assert "Sans date de fin" in text(client.get(calendars)) and "À revoir" not in text(client.get(calendars))
        clock.move_to(MONDAY + dt.timedelta(days=61))
        client = au_nom_de(m.gestionnaire)
        page = text(client.get(calendars))
        assert "depuis plus de deux mois" in page and "À revoir" in page and m.gestionnaire.get_full_name() in page
        assert "À revoir" in text(client.get(address))


def test_a_payeur_reads_that_reminders_are_suspended_and_resumes_nothing(m: f.Monde, au_nom_de: AuNomDe) -> None:
    with time_machine.travel(MONDAY, tick=False):
        sinistre = f.sinistre(m)
        au_nom_de(m.gestionnaire).post(reverse("gestion:relances-suspendre", args=[sinistre.numero]), {"motif": "Arrêté en signature"})
        page = text(au_nom_de(m.payeur).get(reverse("gestion:dossier", args=[sinistre.numero])))
        calendars = text(au_nom_de(m.payeur).get(reverse("gestion:relances")))
    assert ": Arrêté en signature" in page and "Reprendre les relances" not in page and "Changer la raison" not in page
    assert "Arrêté en signature" in calendars


def test_the_dossier_tells_that_the_collectivite_is_to_be_called(m: f.Monde, au_nom_de: AuNomDe) -> None:
    with time_machine.travel(MONDAY, tick=False) as clock:
        sinistre = f.sinistre(m)
        for jour in (dt.date(2026, 11, 12), dt.date(2026, 12, 2), dt.date(2027, 1, 7), dt.date(2027, 1, 14)):
            clock.move_to(dt.datetime.combine(jour, dt.time(9), tzinfo=PARIS))
            assert relancer() == 1
        page = text(au_nom_de(m.gestionnaire).get(reverse("gestion:dossier", args=[sinistre.numero])))
        assert "Les relances sont restées sans effet : la collectivité est à appeler." in page
        assert "Suspendre les relances" not in page


def test_the_gestionnaire_reads_that_a_piece_is_said_to_have_been_sent(m: f.Monde, au_nom_de: AuNomDe) -> None:
    with time_machine.travel(MONDAY, tick=False):
        sinistre = f.sinistre(m)
        envois.dire_envoyee(acteur=m.mairie, piece=Piece.objects.select_related("sinistre").get(sinistre=sinistre, code="arrete"))
        page = text(au_nom_de(m.gestionnaire).get(reverse("gestion:dossier", args=[sinistre.numero])))
    assert "la collectivité dit l’avoir envoyée le 02/11" in page
    assert "pièce dite envoyée par une autre voie" in page
