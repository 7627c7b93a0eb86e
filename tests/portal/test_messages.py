"""The pages of messages: a preview that shows exactly what leaves, a note that can't be mistaken for one, nothing typed lost."""

from __future__ import annotations

import html as escapes
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from accounts.enums import Role
from accounts.models import Habilitation
from cases.enums_message import RaisonMots
from cases.models import Message, Note, ReponseType, Sinistre, Tache
from cases.services import messages
from cases.services.reponses_types import enregistrer
from journal.models import Entree
from tests import factories as f
from tests.portal.conftest import entrer

pytestmark = pytest.mark.django_db
TEXTE = "Bonjour,\r\n\r\n<b>L’arrêté</b> : https://exemple.fr/?a=1&b=2\r\n  fin"
PROPRE = TEXTE.replace("\r\n", "\n")


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return f.sinistre(m)


def adresse(porte: str, sinistre: Sinistre) -> str:
    return reverse(f"{porte}:messages", args=[sinistre.numero])


def page(porte: str, sinistre: Sinistre) -> str:
    return reverse(f"{porte}:dossier", args=[sinistre.numero])


def lire(client: Client, address: str, **suite: Any) -> str:
    return str(client.get(address, **suite).content.decode())


def champs_caches(html: str) -> dict[str, str]:
    """What the preview would send, as a browser reads its hidden fields."""
    found: dict[str, str] = {}
    for balise in re.findall(r'<input type="hidden"[^>]*>', html):
        nom, valeur = re.search(r'name="(\w+)"', balise), re.search(r'value="([^"]*)"', balise)
        if nom is not None and nom[1] != "csrfmiddlewaretoken":
            found[nom[1]] = escapes.unescape(valeur[1]) if valeur is not None else ""
    return found


@pytest.mark.parametrize(("porte", "qui"), [("gestion", "gestionnaire"), ("collectivite", "mairie")])
def test_what_is_previewed_is_what_is_sent(m: f.Monde, sinistre: Sinistre, porte: str, qui: str) -> None:
    client = entrer(m.people[qui])
    vue = client.post(adresse(porte, sinistre), {"texte": TEXTE, "etape": "apercu"})
    html = vue.content.decode()
    assert vue.status_code == 200 and not Message.objects.exists()
    caches = champs_caches(html)
    assert caches["texte"].replace("\r\n", "\n") == PROPRE
    montre = re.search(r'<div class="m-apercu"><p class="m-texte">(.*?)</p></div>', html, re.DOTALL)
    assert montre is not None and montre[1] == escape(PROPRE).replace("\n", "<br>")
    envoi = client.post(adresse(porte, sinistre), caches | {"etape": "envoyer"})
    assert envoi.status_code == 302 and envoi["Location"] == f"{page(porte, sinistre)}#messages-dossier"
    assert Message.objects.get().texte == PROPRE
    for autre, lecteur in (("gestion", m.gestionnaire2), ("collectivite", m.mairie)):
        assert f'<p class="m-texte">{montre[1]}</p>' in lire(entrer(lecteur), page(autre, sinistre))


def test_an_address_is_never_made_a_link(m: f.Monde, sinistre: Sinistre) -> None:
    messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte="Voyez https://exemple.fr/ ou javascript:alert(1)")
    html = lire(entrer(m.gestionnaire), page("gestion", sinistre))
    assert "https://exemple.fr/" in html and 'href="https://exemple.fr' not in html and 'href="javascript' not in html


def test_the_preview_says_who_will_read(m: f.Monde, sinistre: Sinistre) -> None:
    f.person(Role.COLLECTIVITE, collectivites=[m.collectivite])
    client = entrer(m.gestionnaire)

    def said() -> str:
        return client.post(adresse("gestion", sinistre), {"texte": "Bonjour."}).content.decode()

    assert "sera lu par Mairie de Lodève (2 personnes). Un courriel l’annoncera, sans son contenu." in said()
    m.mairie.habilitations.all().delete()
    assert "sera lu par Mairie de Lodève (1 personne)." in said()
    m.collectivite.email = ""
    m.collectivite.save()

    Habilitation.objects.filter(collectivite=m.collectivite).delete()
    assert "rien ne lui annoncera ce message" in said()


def test_a_note_has_no_preview_and_a_message_always_has(m: f.Monde, sinistre: Sinistre) -> None:
    html = lire(entrer(m.gestionnaire), page("gestion", sinistre))
    note, message = (re.search(rf'<section class="card {classe}".*?</section>', html, re.DOTALL) for classe in ("g-interne", "m-part"))
    assert note is not None and message is not None
    assert "Note interne — reste au centre de gestion" in note[0] and "Enregistrer la note interne" in note[0]
    assert 'data-touche="i"' in note[0] and "Aperçu" not in note[0]
    assert "Message à la collectivité — part" in message[0] and "Mairie de Lodève" in message[0]
    assert 'data-touche="m"' in message[0] and "Aperçu du message" in message[0] and ">Envoyer<" not in message[0]
    client = entrer(m.gestionnaire)
    client.post(reverse("gestion:noter", args=[sinistre.numero]), {"texte": "Pour nous seuls."})
    client.post(adresse("gestion", sinistre), {"texte": "Pour eux."})
    assert Note.objects.count() == 1 and not Message.objects.exists()
    assert "Pour nous seuls" not in lire(entrer(m.mairie), page("collectivite", sinistre))


def test_what_was_typed_survives(m: f.Monde, sinistre: Sinistre) -> None:
    client = entrer(m.mairie)
    trop = client.post(adresse("collectivite", sinistre), {"texte": "début " + "x" * 4000})
    assert trop.status_code == 422 and "début xxx" in trop.content.decode() and "aria-invalid" in trop.content.decode()
    vide = client.post(adresse("collectivite", sinistre), {"texte": ""})
    assert vide.status_code == 422 and "Écrivez votre message." in vide.content.decode()
    revenu = client.post(adresse("collectivite", sinistre), {"texte": "à reprendre", "vu": "0", "etape": "modifier"})
    assert revenu.status_code == 200 and "à reprendre</textarea>" in revenu.content.decode()
    assert not Message.objects.exists()


def test_words_of_health_show_a_card_that_names_them(m: f.Monde, sinistre: Sinistre) -> None:
    client = entrer(m.gestionnaire)
    texte = "L’entorse est consolidée."
    for etape in ("apercu", "envoyer"):
        carte = client.post(adresse("gestion", sinistre), {"texte": texte, "etape": etape})
        html = carte.content.decode()
        assert carte.status_code == 409 and "«\u00a0entorse\u00a0»" in html and f"{texte}</textarea>" in html
    assert not Message.objects.exists()
    vue = client.post(adresse("gestion", sinistre), {"texte": texte, "raison": RaisonMots.DEJA_CONNU, "etape": "apercu"})
    assert vue.status_code == 200
    client.post(adresse("gestion", sinistre), champs_caches(vue.content.decode()) | {"etape": "envoyer"})
    message = Message.objects.get()
    assert Entree.objects.get(objet_type="message", objet_id=message.pk).motif == RaisonMots.DEJA_CONNU.label
    assert "entorse" not in str(client.session.items())


def test_no_text_waits_in_a_session(m: f.Monde, sinistre: Sinistre) -> None:
    client = entrer(m.mairie)
    for etape in ("apercu", "envoyer", "modifier"):
        client.post(adresse("collectivite", sinistre), {"texte": "motclé du message", "etape": etape})
        assert "motclé" not in str(dict(client.session.items()))


# -- Answers kept ready -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def reponse(m: f.Monde) -> ReponseType:
    return enregistrer(acteur=m.responsable, titre="Pièces manquantes", texte="Il manque {{ pieces_attendues }} au dossier {{ numero }}.")


def test_an_answer_fills_the_form_with_or_without_javascript(m: f.Monde, sinistre: Sinistre, reponse: ReponseType) -> None:
    client = entrer(m.gestionnaire)
    assert f'<option value="{reponse.pk}">Pièces manquantes</option>' in lire(client, page("gestion", sinistre))
    url = f"{adresse('gestion', sinistre)}?reponse={reponse.pk}&vu=0"
    entiere, part = lire(client, url), lire(client, url, headers={"HX-Request": "true"})
    attendu = f"Il manque deux\u00a0pièces au dossier {sinistre.numero}.</textarea>"
    for html in (entiere, part):
        assert attendu in html and f'name="reponse_type" value="{reponse.pk}"' in html
    assert "<html" in entiere and "<html" not in part and "data-focus" in part
    client.post(adresse("gestion", sinistre), {"texte": "Relu, changé.", "reponse_type": reponse.pk, "etape": "envoyer"})
    assert Message.objects.get().reponse_type == reponse
    for inconnue in ("0", "999999", "x", "9" * 30):
        assert client.get(f"{adresse('gestion', sinistre)}?reponse={inconnue}").status_code == 404
    assert entrer(m.mairie).get(f"{adresse('collectivite', sinistre)}?reponse={reponse.pk}").status_code == 404
    assert "réponse type" not in lire(entrer(m.mairie), page("collectivite", sinistre))


def test_the_responsable_keeps_the_answers(m: f.Monde, reponse: ReponseType) -> None:
    client = entrer(m.responsable)
    assert "Pièces manquantes" in lire(client, reverse("gestion:reponses-types"))
    neuve = reverse("gestion:reponse-type-nouvelle")
    refus = client.post(neuve, {"titre": "Délai", "texte": "Sous {{ delai }}.", "active": "on"})
    assert refus.status_code == 422 and "«\u00a0delai\u00a0» n’existe pas" in refus.content.decode()
    assert "Sous {{ delai }}.</textarea>" in refus.content.decode()
    assert client.post(neuve, {"titre": "Délai", "texte": "Sous huit jours.", "active": "on"}).status_code == 302
    assert ReponseType.objects.get(titre="Délai").active


def test_two_responsables_see_both_texts(m: f.Monde, reponse: ReponseType) -> None:
    client, url = entrer(m.responsable), reverse("gestion:reponse-type", args=[reponse.pk])
    lue = champs_caches(lire(client, url))["lue"]
    collegue = f.person(Role.RESPONSABLE, prenom="Lise", nom="Vernet")
    enregistrer(acteur=collegue, titre=reponse.titre, texte="La sienne.", reponse_id=reponse.pk)
    saisie = {"titre": reponse.titre, "texte": "La mienne.", "active": "on", "lue": lue}
    refus = client.post(url, saisie)
    html = refus.content.decode()
    assert (
        refus.status_code == 409 and "La mienne.</textarea>" in html and "Ce que Lise Vernet a enregistré" in html and "La sienne." in html
    )
    assert client.post(url, saisie | {"lue": champs_caches(html)["lue"]}).status_code == 302
    assert ReponseType.objects.get().texte == "La mienne."


# -- Reading, answering ---------------------------------------------------------------------------------------------------------------


def test_the_home_page_of_the_mairie_counts_what_it_has_not_read(m: f.Monde, sinistre: Sinistre) -> None:
    for texte in ("Un.", "Deux."):
        messages.ecrire(acteur=m.gestionnaire, sinistre=sinistre, texte=texte)
    client = entrer(m.mairie)
    accueil = reverse("collectivite:accueil")
    assert "2 messages du centre de gestion à lire" in lire(client, accueil)
    assert "à lire" not in lire(entrer(m.mairie2), accueil)
    lu = lire(client, page("collectivite", sinistre))
    assert lu.count("Nouveau<") == 2 and "Anne Roche" not in lu
    assert "Centre de gestion</strong>" in lu
    assert "Nouveau<" not in lire(client, page("collectivite", sinistre))
    assert "à lire" not in lire(client, accueil)
    assert "Lu par" in lire(entrer(m.gestionnaire), page("gestion", sinistre))


@pytest.mark.parametrize(("porte", "ecrit", "lit"), [("collectivite", "gestionnaire", "mairie"), ("gestion", "mairie", "gestionnaire")])
def test_all_unread_is_shown_and_only_what_is_shown_is_read(m: f.Monde, sinistre: Sinistre, porte: str, ecrit: str, lit: str) -> None:
    for rang in range(12):
        messages.ecrire(acteur=m.people[ecrit], sinistre=sinistre, texte=f"Message {rang}.")
    client, lien = entrer(m.people[lit]), re.compile(r'href="([^"]*)">Voir les messages précédents<')
    premiere = lire(client, page(porte, sinistre))
    assert premiere.count("Nouveau<") == 12 and "Plus anciens, pas encore lus" in premiere and not lien.search(premiere)
    assert not Message.objects.filter(lu_le__isnull=True).exists()
    seconde = lire(client, page(porte, sinistre))
    assert "Message 2." in seconde and "Message 1." not in seconde and "Plus anciens" not in seconde
    recent = messages.ecrire(acteur=m.people[ecrit], sinistre=sinistre, texte="Arrivé depuis.")
    precedents = lien.search(seconde)
    assert precedents is not None
    avant = lire(client, escapes.unescape(precedents[1]))
    assert "Message 1." in avant and "Message 0." in avant and "Message 2." not in avant and "Arrivé depuis." not in avant
    assert "Revenir aux derniers messages" in avant and "Aperçu du message" not in avant
    recent.refresh_from_db()
    assert recent.lu_le is None, "it was not on that page"
    assert client.get(adresse(porte, sinistre) + "?avant=x").status_code == 404
    assert client.get(adresse(porte, sinistre) + "?avant=" + "9" * 19).status_code == 404


def test_the_conversation_goes_back_page_by_page(m: f.Monde, sinistre: Sinistre, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.messages.LIMITE", 2)
    monkeypatch.setattr("portal.views_messages.LIMITE", 2)
    for rang in range(5):
        messages.ecrire(acteur=m.gestionnaire, sinistre=sinistre, texte=f"Message {rang}.")
    client, adresses, lus = entrer(m.gestionnaire), [adresse("gestion", sinistre) + "?file=messages"], []
    while adresses:
        html = lire(client, adresses.pop())
        lus.append(re.findall(r"Message (\d)\.", html))
        suite = re.search(r'href="([^"]*)">Voir les messages précédents<', html)
        if suite is not None:
            adresses.append(escapes.unescape(suite[1]))
            assert "file=messages" in adresses[0], "the list one comes from is kept"
    assert lus == [["4", "3"], ["2", "1"], ["0"]]


def test_a_part_drawn_anew_reads_nothing(m: f.Monde, sinistre: Sinistre) -> None:
    messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte="Bonjour.")
    entrer(m.gestionnaire).get(page("gestion", sinistre), headers={"HX-Request": "true"})
    assert not Message.objects.filter(lu_le__isnull=False).exists()
    entrer(m.payeur).get(page("gestion", sinistre))
    assert not Message.objects.filter(lu_le__isnull=False).exists()
    assert "Bonjour." not in lire(entrer(m.payeur), page("gestion", sinistre))
    entrer(m.gestionnaire).get(page("gestion", sinistre))
    assert Message.objects.get().lu_par == m.gestionnaire


def test_no_answer_is_needed(m: f.Monde, sinistre: Sinistre) -> None:
    client, bouton = entrer(m.gestionnaire), ">Sans réponse nécessaire<"
    assert bouton not in lire(client, page("gestion", sinistre))
    messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte="Merci !")
    vue = lire(client, page("gestion", sinistre))
    assert bouton in vue
    url = reverse("gestion:message-sans-reponse", args=[sinistre.numero])
    messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte="Ah, une question.")
    client.post(url, {"vu": champs_caches(vue)["vu"]})
    assert Tache.objects.filter(genre="REPONDRE_MESSAGE", fermee_le__isnull=True).exists(), "a message that was not seen still waits"
    client.post(url, {"vu": Message.objects.order_by("-pk")[0].pk})
    assert not Tache.objects.filter(genre="REPONDRE_MESSAGE", fermee_le__isnull=True).exists()
    assert bouton not in lire(client, page("gestion", sinistre))


def test_the_answerer_is_told_of_what_came_meanwhile(m: f.Monde, sinistre: Sinistre) -> None:
    vu = messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte="Une question.").pk
    messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte="Une autre.")
    suite = entrer(m.gestionnaire).post(adresse("gestion", sinistre), {"texte": "Voici.", "vu": vu, "etape": "envoyer"}, follow=True)
    assert "La collectivité a écrit entre-temps" in suite.content.decode()


def test_both_histories_tell_of_messages(m: f.Monde, sinistre: Sinistre) -> None:
    messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte="Une question.")
    messages.ecrire(acteur=m.gestionnaire, sinistre=sinistre, texte="Voici.")
    fil = lire(entrer(m.gestionnaire), reverse("gestion:fil", args=[sinistre.numero]) + "?genre=messages")
    assert "message de la collectivité" in fil and "message envoyé à la collectivité" in fil
    assert "message" not in re.sub(
        r".*<tbody>(.*)</tbody>.*",
        r"\1",
        lire(entrer(m.payeur), reverse("gestion:fil", args=[sinistre.numero]) + "?genre=messages"),
        flags=re.DOTALL,
    )
    chez = lire(entrer(m.mairie), page("collectivite", sinistre))
    assert "Message du centre de gestion" in chez and "Message envoyé au centre de gestion" in chez


def test_somebody_of_both_houses_reads_here_and_writes_from_his_collectivite(m: f.Monde, sinistre: Sinistre) -> None:
    both = entrer(f.person(Role.GESTIONNAIRE, Role.COLLECTIVITE, collectivites=[m.collectivite]))
    assert "Aperçu du message" not in lire(both, page("gestion", sinistre))
    assert both.post(adresse("gestion", sinistre), {"texte": "Bonjour.", "etape": "envoyer"}).status_code == 403
    assert both.post(adresse("collectivite", sinistre), {"texte": "Bonjour.", "etape": "envoyer"}).status_code == 302
    assert Message.objects.get().sens == "VERS_CDG"


def test_a_long_conversation_costs_no_more(m: f.Monde, sinistre: Sinistre) -> None:
    """The same number of queries with two messages as with twelve, on every page that shows them."""
    pages = [
        (entrer(m.gestionnaire), page("gestion", sinistre)), (entrer(m.gestionnaire), adresse("gestion", sinistre)),
        (entrer(m.mairie), page("collectivite", sinistre)), (entrer(m.mairie), reverse("collectivite:accueil")),
    ]  # fmt: skip

    def count() -> list[int]:
        found = []
        for client, url in pages:
            client.get(url)
            with CaptureQueriesContext(connection) as queries:
                client.get(url)
            found.append(len(queries))
        return found

    def exchange(rang: int) -> None:
        messages.ecrire(acteur=m.mairie, sinistre=sinistre, texte=f"Question {rang}")
        messages.ecrire(acteur=m.gestionnaire, sinistre=sinistre, texte=f"Réponse {rang}")

    exchange(0)
    avant = count()
    for rang in range(1, 6):
        exchange(rang)
    assert count() == avant
