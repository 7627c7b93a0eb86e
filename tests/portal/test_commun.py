"""What every page shares: words for numbers and deadlines, form fields, errors, the frame of each door."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.template import Context, Template
from django.test import Client, RequestFactory

from accounts.enums import Role
from accounts.gate import Refus
from accounts.models import JetonApi, User
from accounts.selectors import authenticate_token
from cases.errors import AlerteAConfirmer, DejaPris, DonneeInvalide, Erreur, GardeNonSatisfaite, VersionPerimee
from indemnities import francais
from portal import presentation
from portal.errors import ErrorsMiddleware
from tests import factories
from tests.portal.conftest import entrer

LINK = re.compile(r'href="([^"]+)"')
PARIS = ZoneInfo("Europe/Paris")
NB, THIN = "\u00a0", "\u202f"


def render(source: str, **context: object) -> str:
    return Template("{% load vigie %}" + source).render(Context(context))


# -- words ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", f"0,00{NB}€"),
        ("1234.56", f"1{THIN}234,56{NB}€"),
        ("1234567.005", f"1{THIN}234{THIN}567,01{NB}€"),
        ("-12.3", f"\u221212,30{NB}€"),
        ("661.585", f"661,59{NB}€"),
    ],
)
def test_amounts(amount: str, text: str) -> None:
    assert francais.euros(Decimal(amount)) == text


def test_an_instant_is_read_in_paris() -> None:
    evening = dt.datetime(2026, 7, 14, 22, 30, tzinfo=dt.UTC)
    assert presentation.instant(evening) == "15/07/2026 à 00:30"
    assert presentation.jour(evening) == "15/07/2026"


def at(day: str, hour: int = 18) -> dt.datetime:
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour), PARIS)


@pytest.mark.parametrize(
    ("due", "now", "text", "group"),
    [
        ("2026-11-16", at("2026-11-20"), f"en retard de 4{NB}j{NB}ouvrés", "En retard"),
        ("2026-11-20", at("2026-11-23", 9), f"en retard de 1{NB}j{NB}ouvré", "En retard"),
        ("2026-11-16", at("2026-11-16", 19), "en retard depuis aujourd’hui", "En retard"),
        ("2026-11-09", at("2026-11-18"), f"en retard de 6{NB}j{NB}ouvrés", "Très en retard"),
        ("2026-11-23", at("2026-11-20", 9), f"dans 1{NB}j{NB}ouvré", "Bientôt"),
        ("2026-11-20", at("2026-11-20", 9), "aujourd’hui", "Bientôt"),
        ("2026-12-01", at("2026-11-20", 9), f"dans 7{NB}j{NB}ouvrés", "À l’heure"),
    ],
)
def test_the_age_of_a_deadline(due: str, now: dt.datetime, text: str, group: str) -> None:
    age = presentation.age_echeance(at(due), "34", maintenant=now)
    assert (age.texte, age.groupe) == (text, group)
    assert age.detail.startswith("échéance ")


def test_working_days_are_those_of_the_departement() -> None:
    """26 December is a holiday in Moselle only."""
    now = at("2025-12-29", 9)
    assert presentation.age_echeance(at("2025-12-24"), "34", maintenant=now).texte == f"en retard de 2{NB}j{NB}ouvrés"
    assert presentation.age_echeance(at("2025-12-24"), "57", maintenant=now).texte == f"en retard de 1{NB}j{NB}ouvré"


def test_a_suspended_clock_says_why_and_since_when() -> None:
    age = presentation.age_echeance(
        at("2026-11-16"), "34", maintenant=at("2026-11-20"), suspendue_depuis=at("2026-11-12"), suspendue_motif="expertise en cours"
    )
    assert age.phrase == "suspendu (expertise en cours, depuis le 12/11)"
    assert age.groupe == "En attente d’un tiers"


@pytest.mark.parametrize(
    ("agent", "text"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox sur Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36", "Chrome sur Linux"),
        ("", "Appareil inconnu"),
    ],
)
def test_devices(agent: str, text: str) -> None:
    assert presentation.appareil(agent) == text


def test_counts_are_bounded() -> None:
    assert render("{{ a|compteur }} {{ b|compteur }}", a=1000, b=1001) == f"1{THIN}000 1{THIN}000+"


# -- tags ----------------------------------------------------------------------------------------------------------------


class Essai(forms.Form):
    nom = forms.CharField(label="Nom", help_text="Comme sur l’arrêté")
    age = forms.IntegerField(label="Âge", required=False)
    choix = forms.ChoiceField(label="Choix", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    accord = forms.BooleanField(label="D’accord", required=False)


def test_help_and_errors_are_tied_to_their_field() -> None:
    form = Essai({"age": "x"})
    form.is_valid()
    nom = render("{% champ form.nom %}", form=form)
    assert 'aria-describedby="id_nom_aide id_nom_erreurs"' in nom
    assert 'aria-invalid="true"' in nom
    assert 'id="id_nom_erreurs"' in nom
    assert 'id="id_nom_aide"' in nom
    age = render("{% champ form.age %}", form=form)
    assert 'aria-describedby="id_age_erreurs"' in age
    assert "(facultatif)" in age
    assert "aria-invalid" not in render("{% champ form.age %}", form=Essai({"age": "3"}))


def test_radio_buttons_are_a_fieldset_and_a_box_has_its_label() -> None:
    radio = render("{% champ form.choix %}", form=Essai())
    assert "<fieldset" in radio
    assert "<legend" in radio
    box = render("{% champ form.accord %}", form=Essai())
    assert 'for="id_accord"' in box
    assert "form-check-input" in box


def test_what_a_person_typed_is_escaped_everywhere() -> None:
    evil = "<script>x</script>"
    for source in (
        "{% badge evil %}", "{% fait evil evil %}", "{% fil_ariane evil evil evil %}", "{% vide evil evil evil evil %}",
        "{% pagination evil evil evil %}",
    ):  # fmt: skip
        assert "<script>" not in render(source, evil=evil)


def test_an_unknown_fact_says_so() -> None:
    assert "non renseigné" in render("{% fait 'IBAN' valeur %}", valeur=None)
    assert "non renseigné" not in render("{% fait 'Jours' valeur %}", valeur=0)


# -- refusals ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("refusal", "status", "sentence"),
    [
        (Refus("Pas vous.", action="valider", visible=True), 403, "Pas vous."),
        (Refus("Pas vous.", action="valider", visible=False), 404, "n’existe pas"),
        (DonneeInvalide({"fin": ["La fin précède le début."]}), 422, "La fin précède le début."),
        (GardeNonSatisfaite(["Il manque l’arrêté.", "Il manque le bulletin."]), 422, "Il manque le bulletin."),
        (VersionPerimee(3), 409, "modifié par quelqu’un d’autre"),
        (DejaPris("Pris par Mme X à 10:42."), 409, "Pris par Mme X à 10:42."),
        (AlerteAConfirmer({"double": "Déjà déclaré ?"}), 409, "Déjà déclaré ?"),
        (Erreur("Non."), 422, "Non."),
    ],
)
def test_refusals_are_pages_with_the_right_status(refusal: Exception, status: int, sentence: str) -> None:
    middleware = ErrorsMiddleware(lambda request: None)  # type: ignore[arg-type,return-value]
    answer = middleware.process_exception(request_of(), refusal)
    assert answer is not None
    assert answer.status_code == status
    assert sentence in answer.content.decode()
    if status == 404:
        assert "Pas vous" not in answer.content.decode()
    fragment = middleware.process_exception(request_of(HTTP_HX_REQUEST="true"), refusal)
    assert fragment is not None
    assert (fragment.status_code, fragment["HX-Retarget"], fragment["X-Vigie-Fragment"]) == (status, "#messages", "1")
    assert "<html" not in fragment.content.decode()


def test_a_bug_stays_a_bug() -> None:
    middleware = ErrorsMiddleware(lambda request: None)  # type: ignore[arg-type,return-value]
    assert middleware.process_exception(request_of(), KeyError("x")) is None


def request_of(**headers: str) -> HttpRequest:
    return RequestFactory().get("/", **headers)  # type: ignore[arg-type]


# -- pages ---------------------------------------------------------------------------------------------------------------

COMMON = ["/mon-compte/", "/mes-sessions/", "/mes-courriels/", "/qui-peut-quoi/", "/compte/2fa/", "/compte/password/change/", "/inconnue/"]


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.GESTIONNAIRE, Role.COLLECTIVITE, Role.ADMINISTRATEUR, Role.ASSUREUR, None])
def test_common_pages_in_every_frame(role: str | None, settings: Any) -> None:
    user = factories.person(*([role] if role else []), collectivites=[factories.collectivite()], organisme=factories.organisme("ASSUREUR"))
    client = entrer(user)
    frame = "v-gestion" if role in {Role.GESTIONNAIRE, Role.ADMINISTRATEUR} else "v-externe"
    for url in COMMON:
        page = client.get(url)
        html = page.content.decode()
        assert page.status_code == (404 if url == "/inconnue/" else 200), url
        assert f'<body class="{frame}"' in html, url
        assert html.count("<h1") == 1
        assert '<html lang="fr">' in html
        assert 'href="#contenu"' in html
        assert 'id="contenu"' in html
        assert "style=" not in html.replace("data-style=", "")
        assert "onclick=" not in html
        assert "Démonstration" not in html
    settings.DEMO = True
    assert "Démonstration" in client.get("/mon-compte/").content.decode()
    settings.ACCEPT_UNSCANNED = True
    assert "Aucun antivirus" in client.get("/mon-compte/").content.decode()


@pytest.mark.django_db
def test_a_refusal_shows_the_menu_and_counts_nothing(m: factories.Monde, django_assert_max_num_queries: Any) -> None:
    """Whoever tries addresses costs no count: his session, his account, his rights, and no more (the views of a gestionnaire besides)."""
    for user, address, known in ((m.gestionnaire, "/inconnue/", 4), (m.mairie, "/inconnue/", 3), (m.mairie, "/gestion/agents/", 3)):
        client = entrer(user)
        shown = client.get("/mon-compte/").content.decode()
        with django_assert_max_num_queries(known):
            refused = client.get(address).content.decode()
        menus = ["".join(re.findall(r'<ul class="v-menu".*?</ul>', page, re.DOTALL)) for page in (shown, refused)]
        assert LINK.findall(menus[0]) == LINK.findall(menus[1]) != []
        assert "v-compteur" not in refused
    assert "v-compteur" in entrer(m.gestionnaire).get("/mon-compte/").content.decode()


@pytest.mark.django_db
@pytest.mark.bulle
def test_the_page_one_is_on_is_one_line_of_the_menu() -> None:
    """« Proposer un soutien » stands below the address of the list of soutiens."""
    medecin = factories.person(Role.MEDECIN_CONSEIL, Role.GESTIONNAIRE_BULLE)
    menu = entrer(medecin).get("/soutiens/proposer/").content.decode()
    assert re.findall(r'<a href="([^"]+)" aria-current="page"', menu) == ["/soutiens/proposer/"]


@pytest.mark.django_db
@pytest.mark.bulle
def test_the_bulle_has_another_frame_and_no_tokens() -> None:
    html = entrer(factories.person(Role.MEDECIN_CONSEIL)).get("/mon-compte/").content.decode()
    assert '<body class="v-bulle"' in html
    assert "Bulle de confidentialité" in html
    assert "/mes-jetons/" not in html


@pytest.mark.django_db
def test_the_policy_allows_no_inline_script() -> None:
    policy = Client().get("/compte/login/")["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.django_db
def test_the_rights_page_marks_ones_own_roles() -> None:
    html = entrer(factories.person(Role.PAYEUR)).get("/qui-peut-quoi/").content.decode()
    assert html.count("<strong>(vous)</strong>") == html.count('class="table v-droits"')
    assert "Approuver un décompte (jamais le sien)" in html


@pytest.mark.django_db
def test_shortcuts_can_be_switched_off() -> None:
    user = factories.person(Role.COLLECTIVITE, collectivites=[factories.collectivite()])
    client = entrer(user)
    assert 'data-raccourcis="oui"' in client.get("/mon-compte/").content.decode()
    answer = client.post("/mon-compte/", {})
    assert [str(message) for message in get_messages(answer.wsgi_request)] == ["C’est enregistré."]
    assert 'data-raccourcis="non"' in client.get("/mon-compte/").content.decode()


def confirmed(user: User) -> Client:
    """Signed in, and his password given again as sensitive pages ask."""
    client = Client()
    client.post("/compte/login/", {"login": user.email, "password": factories.PASSWORD})
    client.post("/compte/reauthenticate/", {"password": factories.PASSWORD})
    return client


@pytest.mark.django_db
def test_a_token_is_shown_once_and_revoked_by_its_holder_only() -> None:
    user, other = (factories.person(Role.COLLECTIVITE, collectivites=[factories.collectivite()]) for _ in range(2))
    client = confirmed(user)
    page = client.post("/mes-jetons/", {"libelle": "Paie", "jours": "30"})
    secret = page.context["secret"]
    assert authenticate_token(secret) == user
    assert secret in page.content.decode()
    assert secret not in client.get("/mes-jetons/").content.decode()
    assert client.post("/mes-jetons/", {"libelle": "Paie", "jours": "9999"}).status_code == 422
    jeton = JetonApi.objects.get()
    assert confirmed(other).post(f"/mes-jetons/{jeton.pk}/revoquer/").status_code == 404
    assert authenticate_token(secret) == user
    client.post(f"/mes-jetons/{jeton.pk}/revoquer/")
    assert authenticate_token(secret) is None


@pytest.mark.django_db
def test_tokens_ask_who_one_is_again() -> None:
    user = factories.person(Role.COLLECTIVITE, collectivites=[factories.collectivite()])
    answer = entrer(user).get("/mes-jetons/")
    assert answer.headers["Location"].startswith("/compte/reauthenticate/")


@pytest.mark.django_db
def test_everybody_lands_on_his_own_home() -> None:
    assert entrer(factories.person(Role.ADMINISTRATEUR)).get("/").headers["Location"] == "/administration/"
    assert entrer(factories.person()).get("/").headers["Location"] == "/mon-compte/"
    assert Client().get("/").headers["Location"].startswith("/compte/login/")
