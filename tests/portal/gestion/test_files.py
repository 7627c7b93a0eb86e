"""Queues as pages: queries counted, headings, keyset pages, place in the list, taking, putting aside, bulk, search, saved views."""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cases.enums import GenreTache
from cases.models import Sinistre, Tache
from cases.selectors_files import (
    ARRIVEE,
    ECHEANCE,
    Curseur,
    CurseurInvalide,
    comptes_bornes,
    page_de_taches,
    position,
    taches_de_file,
)
from cases.services import taches as service
from journal.models import Entree
from portal import queues
from portal.models import VueEnregistree
from tests import factories as f

Signed = Callable[[User], Client]
APART = re.compile(r'"(django_session|accounts_user|accounts_habilitation|usersessions_usersession|account_emailaddress)"|SAVEPOINT', re.I)


def own_queries(captured: CaptureQueriesContext) -> list[str]:
    """What a page asks besides session and user."""
    return [
        q["sql"]
        for q in captured.captured_queries
        if not APART.search(q["sql"].split(" FROM ")[-1][:60] if " FROM " in q["sql"] else q["sql"][:60])
    ]


@pytest.fixture
def file_pleine(m: f.Monde) -> list[Tache]:
    """Thirty items whose deadlines spread over every heading, some put aside."""
    for rang in range(30):
        f.sinistre(m, de=f.agent(m.collectivite if rang % 2 else m.autre_collectivite), par=m.gestionnaire)
    found = list(Tache.objects.filter(genre="INSTRUIRE").order_by("pk"))
    now = timezone.now()
    for rang, tache in enumerate(found):
        tache.due_at = now + dt.timedelta(days=rang - 15, hours=rang % 3)
        if rang % 10 == 9:
            tache.suspendue, tache.suspendue_depuis, tache.suspendue_motif = True, now, "conclusions attendues"
        tache.save()
    return found


def test_queue_page_asks_five_queries_at_most(m: f.Monde, file_pleine: list[Tache], au_nom_de: Signed) -> None:
    VueEnregistree.objects.create(proprietaire=m.gestionnaire, nom="CMO", file="equipe", parametres={"nature": ["CMO"]})
    client = au_nom_de(m.gestionnaire)
    url = reverse("gestion:file", args=["equipe"]) + f"?collectivite={m.collectivite.pk}"
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    assert response.status_code == 200
    asked = own_queries(captured)
    assert 4 <= len(asked) <= 5, "\n".join(asked)


def test_headings_and_rows_say_the_same(m: f.Monde, file_pleine: list[Tache]) -> None:
    """The condition counted under a heading is the heading that the age of the row gives, for every calendar and hour."""
    m.autre_collectivite.departement = "67"  # 26 December is a holiday there
    m.autre_collectivite.save()
    equipe = taches_de_file(m.gestionnaire, "equipe")
    for reference in (
        timezone.now(),
        timezone.make_aware(dt.datetime(2026, 12, 24, 9)),
        timezone.make_aware(dt.datetime(2026, 12, 29, 19)),
        timezone.make_aware(dt.datetime(2027, 4, 1, 0, 1)),
    ):
        for rang, tache in enumerate(file_pleine):
            Tache.objects.filter(pk=tache.pk).update(due_at=reference + dt.timedelta(days=rang - 15, hours=rang % 5))
        told: dict[str, set[int]] = {titre: set() for titre in queues.TITRES}
        for tache in equipe.select_related("collectivite"):
            told[queues.age_of(tache, reference).groupe].add(tache.pk)
        counted = {titre: set(equipe.filter(q).values_list("pk", flat=True)) for titre, q in queues.conditions(reference).items()}
        assert counted == told
        assert comptes_bornes({t: equipe.filter(q) for t, q in queues.conditions(reference).items()}) == {
            t: len(s) for t, s in told.items()
        }


@pytest.mark.parametrize("tri", [ECHEANCE, ARRIVEE])
def test_keyset_pages_cover_the_list_once_both_ways(m: f.Monde, file_pleine: list[Tache], tri: str) -> None:
    equipe = taches_de_file(m.gestionnaire, "equipe")
    everything = [t.pk for t in page_de_taches(equipe, Curseur.du_debut(), tri=tri, taille=100).lignes]
    assert sorted(everything) == sorted(equipe.values_list("pk", flat=True))
    seen, cursor, pages = [], Curseur.du_debut(), []
    while True:
        page = page_de_taches(equipe, cursor, tri=tri, taille=7)
        pages.append(page)
        seen += [t.pk for t in page.lignes]
        assert page.reference == pages[0].reference
        if not page.apres:
            break
        cursor = Curseur.decode(page.apres)
    assert seen == everything
    back = page_de_taches(equipe, Curseur.decode(pages[-1].avant), tri=tri, taille=7)
    assert [t.pk for t in back.lignes] == [t.pk for t in pages[-2].lignes]
    first = page_de_taches(equipe, Curseur.decode(pages[1].avant), tri=tri, taille=7)
    assert not first.avant


def test_place_in_the_list_survives_the_item_leaving_it(m: f.Monde, file_pleine: list[Tache]) -> None:
    equipe = taches_de_file(m.gestionnaire, "equipe")
    order = list(equipe.order_by("suspendue", "due_at", "pk"))
    place = position(equipe, order[6])
    assert (place.rang, place.total) == (7, len(order))
    assert (place.precedent, place.suivant) == (order[5], order[7])
    Tache.objects.filter(pk=order[6].pk).update(fermee_le=timezone.now())
    gone = position(equipe, order[6])
    assert (gone.rang, gone.total, gone.suivant) == (0, len(order) - 1, order[7])
    assert position(equipe, order[0]).precedent is None


@pytest.mark.parametrize("texte", ["", "zzz", "bm9u", "W10", "WzEsMiwzLDQsNV0"])
def test_broken_cursor_opens_the_list(m: f.Monde, au_nom_de: Signed, texte: str) -> None:
    with pytest.raises(CurseurInvalide):
        Curseur.decode(texte)
    assert au_nom_de(m.gestionnaire).get(reverse("gestion:accueil"), {"c": texte, "nature": "XXX", "collectivite": "a"}).status_code == 200


def test_taking_undoing_and_reading_who_won(m: f.Monde, au_nom_de: Signed) -> None:
    f.sinistre(m)
    tache = Tache.objects.get(genre="INSTRUIRE")
    url, htmx = reverse("gestion:prendre", args=[tache.pk]), {"HX-Request": "true"}
    won = au_nom_de(m.gestionnaire).post(url, {"file": "equipe"}, headers=htmx)
    assert won.status_code == 200
    assert "Annuler ce geste" in won.content.decode()
    lost = au_nom_de(m.gestionnaire2).post(url, {"file": "equipe"}, headers=htmx)
    assert lost.status_code == 409
    assert lost["X-Vigie-Fragment"] == "1"
    assert re.search(r"Pris par Anne Roche à \d\d:\d\d", lost.content.decode())
    au_nom_de(m.gestionnaire).post(reverse("gestion:rendre", args=[tache.pk]), headers=htmx)
    assert Tache.objects.get(pk=tache.pk).porteur_id is None


def test_two_at_once_one_wins(vraie_base: None, settings: Any) -> None:
    settings.MFA_REQUIRED = False
    m = f.monde()
    f.sinistre(m)
    tache = Tache.objects.get(genre="INSTRUIRE")
    people = [m.gestionnaire, m.gestionnaire2, m.responsable, m.payeur]
    barrier, answers = threading.Barrier(len(people)), {}

    def take(user: User) -> None:
        client = Client()
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        barrier.wait()
        answers[user.pk] = client.post(reverse("gestion:prendre", args=[tache.pk]), {"file": "equipe"}, headers={"HX-Request": "true"})
        connections.close_all()

    Tache.objects.filter(pk=tache.pk).update(file="a-payer")  # a queue that all four work in
    threads = [threading.Thread(target=take, args=[user]) for user in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [pk for pk, answer in answers.items() if answer.status_code == 200]
    assert len(winners) == 1
    assert Tache.objects.get(pk=tache.pk).porteur_id == winners[0]
    assert all("Pris par" in a.content.decode() for pk, a in answers.items() if pk != winners[0])
    assert Entree.objects.filter(action="tache.prise").count() == 1


def test_putting_aside_keeps_what_was_typed_when_refused(m: f.Monde, au_nom_de: Signed) -> None:
    f.sinistre(m)
    tache = Tache.objects.get(genre="INSTRUIRE")
    client, url = au_nom_de(m.gestionnaire), reverse("gestion:ressortir", args=[tache.pk])
    late = client.post(url, {"le": "2020-01-01", "motif": "Conclusions attendues"}, headers={"HX-Request": "true"})
    assert late.status_code == 422
    assert "Conclusions attendues" in late.content.decode()
    assert "Choisissez un jour à venir." in late.content.decode()
    demain = timezone.localdate() + dt.timedelta(days=3)
    client.post(url, {"le": demain.isoformat(), "motif": "Conclusions attendues"})
    fresh = Tache.objects.get(pk=tache.pk)
    assert (fresh.suspendue, fresh.ressort_le, fresh.porteur_id) == (True, demain, m.gestionnaire.pk)
    assert "Conclusions attendues" in client.get(reverse("gestion:accueil")).content.decode()


def test_the_banner_counts_what_came_since(m: f.Monde, au_nom_de: Signed) -> None:
    client, url = au_nom_de(m.gestionnaire), reverse("gestion:nouveaux", args=["a-instruire"])
    avant = timezone.now().isoformat()
    assert client.get(url, {"depuis": avant}).content.strip() == b""
    f.sinistre(m)
    assert "1 nouveau dans cette file" in client.get(url, {"depuis": avant}).content.decode()
    assert client.get(url, {"depuis": "demain"}).content.strip() == b""


def test_bulk_says_first_what_it_will_do(m: f.Monde, file_pleine: list[Tache], au_nom_de: Signed) -> None:
    service.prendre(acteur=m.gestionnaire2, tache=file_pleine[0])
    client = au_nom_de(m.gestionnaire)
    summary = client.post(reverse("gestion:lot"), {"action": "prendre", "file": "a-instruire", "tous": "oui"})
    text = summary.content.decode()
    assert "29 possibles" in text
    assert "1 ignoré" in text
    assert f"porté par {m.gestionnaire2.get_full_name()}" in text
    assert not Tache.objects.filter(porteur=m.gestionnaire).exists()
    lot = client.session["lot"]["id"]
    assert client.post(reverse("gestion:lot-lancer", args=[lot])).status_code == 200
    first = client.post(reverse("gestion:lot-tranche", args=[lot, 0])).content.decode()
    assert "20 sur 29" in first
    assert "29 sur 29, terminé" in client.post(reverse("gestion:lot-tranche", args=[lot, 20])).content.decode()
    assert Tache.objects.filter(porteur=m.gestionnaire).count() == 29
    assert au_nom_de(m.gestionnaire2).post(reverse("gestion:lot-tranche", args=[lot, 0])).status_code == 404


def test_nothing_personal_in_an_address(m: f.Monde, au_nom_de: Signed) -> None:
    m.agent.nom = "Quelconque"
    m.agent.save()
    sinistre: Sinistre = f.sinistre(m)
    client = au_nom_de(m.gestionnaire)
    sent = client.post(reverse("gestion:recherche"), {"texte": "quelconque"})
    assert "quelconque" not in sent["Location"].lower()
    found = client.get(sent["Location"]).content.decode()
    assert sinistre.numero in found
    assert "quelconque" not in "".join(re.findall(r'(?:href|action|hx-get)="([^"]*)"', found)).lower()
    other = au_nom_de(m.gestionnaire2).get(sent["Location"]).content.decode()
    assert sinistre.numero not in other
    exact = client.get(client.post(reverse("gestion:recherche"), {"texte": sinistre.numero})["Location"])
    assert exact["Location"] == reverse("gestion:dossier", args=[sinistre.numero])


def test_saved_view_is_shared_or_not(m: f.Monde, au_nom_de: Signed) -> None:
    client = au_nom_de(m.gestionnaire)
    url = reverse("gestion:enregistrer-vue", args=["equipe"]) + "?nature=CMO&nature=CLM&tri=arrivee&collectivite=abc"
    client.post(url, {"nom": "Maladies", "partagee": "on"})
    vue = VueEnregistree.objects.get()
    assert vue.parametres == {"nature": ["CMO", "CLM"], "tri": "arrivee"}
    client.post(url, {"nom": "À moi"})
    refused = client.post(url, {"nom": "Maladies"}, follow=True).content.decode()
    assert "déjà une vue de ce nom" in refused
    seen = au_nom_de(m.gestionnaire2).get(reverse("gestion:accueil")).content.decode()
    assert "Maladies" in seen
    assert "À moi" not in seen
    assert au_nom_de(m.gestionnaire2).post(reverse("gestion:supprimer-vue", args=[vue.pk])).status_code == 404


def test_an_arranged_saisine_is_ended_with_what_was_done(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m)
    service.ouvrir(genre=GenreTache.SAISINE, sinistre=sinistre)
    tache = Tache.objects.get(genre=GenreTache.SAISINE)
    client, url = au_nom_de(m.gestionnaire), reverse("gestion:terminer", args=[tache.pk])
    assert "Conseil médical saisi" in client.get(reverse("gestion:file", args=["saisines"])).content.decode()
    refused = client.post(url, {"commentaire": ""}, headers={"HX-Request": "true"})
    assert refused.status_code == 422 and "Dites ce qui a été fait." in refused.content.decode()
    client.post(url, {"commentaire": "Dossier transmis le 12"})
    assert Tache.objects.get(pk=tache.pk).fermee_le is not None
    assert Entree.objects.get(action="tache.terminee").motif == "Dossier transmis le 12"
