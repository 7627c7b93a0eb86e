"""« Boîte d’envoi » and « À joindre autrement »: what is read, what is decided, from the queue and back."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cases.enums import FileTravail, GenreTache
from cases.models import Tache
from notifications.annonces import Nouvelle, annoncer_nouvelles
from notifications.composition import composer
from notifications.defauts import ouvrir_taches_des_defauts
from notifications.enums import Cadence, EtatCourriel, GenreCourriel
from notifications.models import AdresseEnDefaut, Annonce, Courriel, Preference
from notifications.rebonds.constats import constater
from notifications.rebonds.lecture import Action, Rebond
from tests import factories as f
from tests.notifications.retours import parti

AuNom = Callable[[User], Client]


def page(client: Client, nom: str, *args: Any, **params: str) -> str:
    response = client.get(reverse(f"gestion:{nom}", args=args), params)
    assert response.status_code == 200
    return response.content.decode()


def bounced(adresse: str) -> Courriel:
    row = parti(adresse=adresse)
    constater(Rebond(frozenset({adresse.lower()}), Action.ECHEC, "5.1.1", frozenset({row.message_id})))
    ouvrir_taches_des_defauts()
    return Courriel.objects.get(pk=row.pk)


def waiting(m: f.Monde) -> Courriel:
    """An acknowledgement that is not written yet, for who wants it at once."""
    Preference.objects.create(user=m.mairie, genre=GenreCourriel.ACCUSE_DECLARATION, cadence=Cadence.AUSSITOT)
    nouvelle = Nouvelle.du_dossier(GenreCourriel.ACCUSE_DECLARATION, f"essai:{uuid.uuid4()}", f.sinistre(m))
    annoncer_nouvelles([nouvelle])
    Annonce.objects.update(prevue_le=timezone.now())
    composer()
    return Courriel.objects.get(etat=EtatCourriel.A_ENVOYER)


# -- reading -----------------------------------------------------------------------------------------------------------


def test_by_state_with_counts_and_by_dossier(m: f.Monde, au_nom_de: AuNom) -> None:
    sinistre = f.sinistre(m)
    parti(objet="Le sien", sinistre=sinistre)
    parti(objet="Perdu", etat=EtatCourriel.ABANDONNE)
    parti(objet="Vu", etat=EtatCourriel.ABANDONNE, vu_le=timezone.now(), vu_par=m.responsable)
    client = au_nom_de(m.gestionnaire)
    everything = page(client, "boite-envoi")
    for words in ("Le sien", "Perdu", "Vu", "À traiter (1)", "Abandonné (2)", "Envoyé (1)", "Rejeté par le destinataire (0)"):
        assert words in everything
    assert "Perdu" in page(client, "boite-envoi", etat="a-traiter") and ">Vu<" not in page(client, "boite-envoi", etat="a-traiter")
    one = page(client, "boite-envoi", dossier=sinistre.numero)
    assert "Le sien" in one and "Perdu" not in one and "Abandonné (0)" in one
    assert "Aucun courriel ne répond" in page(client, "boite-envoi", dossier="2026-999999")
    assert "Perdu" in page(client, "boite-envoi", etat="NIMPORTE", avant="x")


def test_pages_by_keyset_keep_their_filters(m: f.Monde, au_nom_de: AuNom) -> None:
    sinistre = f.sinistre(m)
    rows = [parti(sinistre=sinistre, objet=f"n° {rank:02}.") for rank in range(60)]
    client = au_nom_de(m.responsable)
    first = client.get(reverse("gestion:boite-envoi"), {"etat": "ENVOYE", "dossier": sinistre.numero})
    assert first.context["suivant"] == f"?avant={rows[10].pk}&etat=ENVOYE&dossier={sinistre.numero}"
    second = client.get(reverse("gestion:boite-envoi") + first.context["suivant"]).content.decode()
    assert "n° 09." in second and "n° 10." not in second


def test_queries_do_not_grow(m: f.Monde, au_nom_de: AuNom, django_assert_max_num_queries: Any) -> None:
    client = au_nom_de(m.responsable)
    row = bounced("a@mairie.example")
    for rank in range(30):
        bounced(f"a{rank}@mairie.example")
    page(client, "boite-envoi")
    for nom, args in (("boite-envoi", []), ("adresses-refusees", []), ("courriel", [row.pk])):
        with django_assert_max_num_queries(13):
            page(client, nom, *args)


def test_one_that_has_not_left_says_what_it_would_say_now(m: f.Monde, au_nom_de: AuNom) -> None:
    row = waiting(m)
    client = au_nom_de(m.gestionnaire)
    assert "sera écrit au moment de partir" in page(client, "boite-envoi")
    told = page(client, "courriel", row.pk)
    assert "Ce qu’il dirait maintenant" in told and f"Dossier {row.sinistre.numero}" in told and row.message_id.strip("<>") in told  # type: ignore[union-attr]
    assert "Accusé de déclaration" in told and Courriel.objects.get(pk=row.pk).texte == "", "reading writes nothing"
    m.mairie.is_active = False
    m.mairie.save(update_fields=["is_active"])
    assert "il ne serait pas envoyé" in page(client, "courriel", row.pk)


def test_each_state_is_told_in_words(m: f.Monde, au_nom_de: AuNom) -> None:
    client = au_nom_de(m.gestionnaire)
    expected = {
        EtatCourriel.INCERTAIN: "Nul ne sait", EtatCourriel.ABANDONNE: "n’est pas parti", EtatCourriel.REJETE: "n’est pas arrivé",
        EtatCourriel.ENVOYE: "l’a accepté", EtatCourriel.SANS_OBJET: "plus rien à dire",
    }  # fmt: skip
    for etat, words in expected.items():
        assert words in page(client, "courriel", parti(etat=etat).pk)


def test_my_own_dossier_is_not_in_my_box(m: f.Monde, au_nom_de: AuNom) -> None:
    m.agent.compte = m.gestionnaire
    m.agent.save(update_fields=["compte"])
    row = parti(sinistre=f.sinistre(m), objet="Le mien")
    assert "Le mien" not in page(au_nom_de(m.gestionnaire), "boite-envoi")
    assert au_nom_de(m.gestionnaire).get(reverse("gestion:courriel", args=[row.pk])).status_code == 404
    assert au_nom_de(m.gestionnaire).post(reverse("gestion:courriel-classer", args=[row.pk]), {"commentaire": "x"}).status_code == 404


# -- deciding ----------------------------------------------------------------------------------------------------------


def test_from_the_queue_to_the_e_mail_and_sent_again(m: f.Monde, au_nom_de: AuNom) -> None:
    row = parti(etat=EtatCourriel.ABANDONNE, sinistre=f.sinistre(m))
    ouvrir_taches_des_defauts()
    client = au_nom_de(m.gestionnaire)
    assert reverse("gestion:courriel", args=[row.pk]) in page(client, "file", FileTravail.MESSAGES)
    assert "Renvoyer ce courriel" in page(client, "courriel", row.pk)
    done = client.post(reverse("gestion:courriel-renvoyer", args=[row.pk]), follow=True).content.decode()
    assert "Renvoi de" in done and "part de nouveau" in done
    former = page(client, "courriel", row.pk)
    assert "Traité" in former and "Anne Roche" in former and "Renvoyer ce courriel" not in former
    late = au_nom_de(m.responsable).post(reverse("gestion:courriel-renvoyer", args=[row.pk]))
    assert late.status_code == 409 and "Anne Roche s’en est déjà occupé" in late.content.decode()
    assert row.renvois.count() == 1


def test_in_doubt_a_card_stops_and_keeps_the_reason(m: f.Monde, au_nom_de: AuNom) -> None:
    row = parti(etat=EtatCourriel.INCERTAIN)
    client, url = au_nom_de(m.gestionnaire), reverse("gestion:courriel-renvoyer", args=[row.pk])
    card = client.post(url)
    assert card.status_code == 409
    assert "il pourrait l’être deux fois" in card.content.decode() and "Renvoyer malgré tout" in card.content.decode()
    assert row.renvois.count() == 0
    assert client.post(url, {"raison": "La mairie ne l’a pas."}).status_code == 302
    assert "La mairie ne l’a pas." in page(client, "courriel", row.pk)


def test_not_to_a_refused_address(m: f.Monde, au_nom_de: AuNom) -> None:
    row = bounced("contact@mairie.example")
    client = au_nom_de(m.gestionnaire)
    assert "refuse nos courriels" in page(client, "courriel", row.pk)
    refused = client.post(reverse("gestion:courriel-renvoyer", args=[row.pk]))
    assert refused.status_code == 422 and "rétablissez-la" in refused.content.decode()


def test_filed_with_what_was_done(m: f.Monde, au_nom_de: AuNom) -> None:
    row = parti(etat=EtatCourriel.ABANDONNE)
    client, url = au_nom_de(m.responsable), reverse("gestion:courriel-classer", args=[row.pk])
    wrong = client.post(url, {"commentaire": " "})
    assert wrong.status_code == 422 and 'aria-describedby="commentaire-aide commentaire-erreur"' in wrong.content.decode()
    assert client.post(url, {"commentaire": "Prévenue <b>hier</b>"}).status_code == 302
    assert "Prévenue &lt;b&gt;hier&lt;/b&gt;" in page(client, "courriel", row.pk)


def test_mail_of_sign_in_is_never_decided_of(m: f.Monde, au_nom_de: AuNom, settings: Any) -> None:
    settings.DEMO = True
    row = parti(genre=GenreCourriel.COMPTE, etat=EtatCourriel.ABANDONNE)
    client = au_nom_de(m.responsable)
    assert "Renvoyer" not in page(client, "courriel", row.pk)
    assert client.post(reverse("gestion:courriel-renvoyer", args=[row.pk])).status_code == 404


# -- addresses ---------------------------------------------------------------------------------------------------------


def test_a_refused_address_from_the_queue_to_its_restoring(m: f.Monde, au_nom_de: AuNom) -> None:
    bounced(m.mairie.email)
    defaut = AdresseEnDefaut.objects.get()
    client = au_nom_de(m.gestionnaire)
    queue = page(client, "file", FileTravail.MESSAGES)
    assert f"{reverse('gestion:adresses-refusees')}#adresse-{defaut.pk}" in queue and "cette adresse" in queue
    told = page(client, "adresses-refusees")
    assert defaut.adresse in told and m.mairie.get_full_name() in told and "code 5.1.1" in told and "a été corrigée" not in told
    url = reverse("gestion:adresse-retablir", args=[defaut.pk])
    wrong = client.post(url, {"commentaire": ""})
    assert wrong.status_code == 422 and "Dites pourquoi" in wrong.content.decode()
    assert "Personne à joindre autrement" in client.post(url, {"commentaire": "Boîte rouverte."}, follow=True).content.decode()
    assert not Tache.objects.filter(genre=GenreTache.CORRIGER_ADRESSE, fermee_le=None).exists()
    again = au_nom_de(m.responsable).post(url, {"commentaire": "Rouverte."}, follow=True).content.decode()
    assert "Anne Roche l’a déjà rétablie" in again


def test_a_corrected_address_ends_its_item(m: f.Monde, au_nom_de: AuNom) -> None:
    bounced("ancienne@mairie.example")
    defaut = AdresseEnDefaut.objects.get()
    client = au_nom_de(m.gestionnaire)
    assert "a été corrigée" in page(client, "adresses-refusees") and "Plus personne ici" in page(client, "adresses-refusees")
    url = reverse("gestion:adresse-corrigee", args=[defaut.pk])
    done = client.post(url, follow=True).content.decode()
    assert "reste refusée" in done and defaut.adresse in done and "L’adresse a été corrigée" not in done
    assert "déjà dit" in client.post(url, follow=True).content.decode()


def test_both_pages_are_in_the_menu_of_those_who_may(m: f.Monde, au_nom_de: AuNom) -> None:
    for nom in ("boite-envoi", "adresses-refusees"):
        assert reverse(f"gestion:{nom}") in page(au_nom_de(m.gestionnaire), "accueil")
        assert reverse(f"gestion:{nom}") not in page(au_nom_de(m.payeur), "accueil")
