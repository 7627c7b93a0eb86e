"""The case page and its decisions: pièces, transitions, stale forms, interruption cards, money by two people, late paper."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cases.enums import Etat
from cases.models import AvisMedecin, Note, Sinistre, Tache
from cases.services import avis as avis_service
from documents.enums import EtatPiece
from documents.models import Courrier, Piece
from documents.services import courriers
from indemnities.enums import EtatBordereau, EtatDecompte
from indemnities.models import Bordereau, Decompte
from tests import factories as f
from workflows.lifecycle import transiter

Signed = Callable[[User], Client]
HTMX = {"HX-Request": "true"}


def page(client: Client, sinistre: Sinistre, requete: str = "") -> str:
    response = client.get(reverse("gestion:dossier", args=[sinistre.numero]) + requete)
    assert response.status_code == 200
    return response.content.decode()


def acte(client: Client, sinistre: Sinistre, nom: str, requete: str = "", **saisie: object):  # type: ignore[no-untyped-def]
    """The form as the page gives it, filled, and sent from the dialog."""
    url = reverse("gestion:acte", args=[sinistre.numero, nom]) + requete
    form = client.get(url).context["form"]
    return client.post(url, {"version": form["version"].value(), "vu": form["vu"].value(), **saisie}, headers=HTMX)


def received(sinistre: Sinistre) -> list[Piece]:
    Piece.objects.filter(sinistre=sinistre).update(etat=EtatPiece.A_CONTROLER, recue_le=timezone.now())
    return list(Piece.objects.filter(sinistre=sinistre).order_by("exigence__ordre", "pk"))


def test_pieces_are_decided_beside_the_picture_then_the_next(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m)
    premiere, seconde = received(sinistre)
    client = au_nom_de(m.gestionnaire)
    url = reverse("gestion:piece-decider", args=[sinistre.numero, premiere.pk])
    done = client.post(url, {"decision": "conforme"})
    assert f"piece={seconde.pk}" in done["Location"]
    url = reverse("gestion:piece-decider", args=[sinistre.numero, seconde.pk])
    assert "Choisissez un motif de la liste." in client.post(url, {"decision": "refusee"}, follow=True).content.decode()
    client.post(url, {"decision": "refusee", "motif": "ILLISIBLE", "message": "La date est coupée."})
    text = page(client, sinistre)
    assert "1 / 2 conformes" in text
    assert "Document illisible : « La date est coupée. »" in text
    assert client.post(url, {"decision": "autre"}).status_code == 404


def test_a_medical_piece_shows_no_more_than_awaited(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m, "AS")
    medicale = Piece.objects.get(sinistre=sinistre, visibilite="M")
    client = au_nom_de(m.gestionnaire)
    text = page(client, sinistre, f"?piece={medicale.pk}")
    assert "attendue, dans la bulle" in text and "elle ne se lit que dans la bulle" in text
    assert reverse("gestion:piece-decider", args=[sinistre.numero, medicale.pk]) not in text
    assert reverse("gestion:depot-annoncer", args=[sinistre.numero, medicale.pk]) not in text


def test_guards_name_each_reason(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m)
    refused = acte(au_nom_de(m.gestionnaire), sinistre, "valider", commentaire="Vu au téléphone")
    text = refused.content.decode()
    assert refused.status_code == 422
    assert "Pièce requise non conforme : Arrêté de placement." in text
    assert "Vu au téléphone" in text
    assert Sinistre.objects.get(pk=sinistre.pk).etat == Etat.DECLARE


def test_the_second_person_sees_both_values_and_keeps_what_was_typed(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m)
    slow, url = au_nom_de(m.gestionnaire2), reverse("gestion:acte", args=[sinistre.numero, "proposer_refus"])
    form = slow.get(url).context["form"]
    saisie = {"version": form["version"].value(), "vu": form["vu"].value(), "motif": "NON_JUSTIFIE", "portee": "SINISTRE",
              "commentaire": "Ma raison à moi"}  # fmt: skip
    assert acte(au_nom_de(m.gestionnaire), sinistre, "demander_pieces").status_code == 204
    stale = slow.post(url, saisie, headers=HTMX)
    text = stale.content.decode()
    assert stale.status_code == 409
    assert "Déclaré" in text
    assert "<strong>Pièces en attente</strong>" in text
    assert "Ma raison à moi" in text
    assert "Anne Roche" in text
    assert Sinistre.objects.get(pk=sinistre.pk).etat == Etat.PIECES_EN_ATTENTE
    again = stale.context["form"]
    assert slow.post(url, saisie | {"version": again["version"].value()}, headers=HTMX).status_code == 204
    assert Sinistre.objects.get(pk=sinistre.pk).etat == Etat.EN_MEDIATION


def test_a_forged_snapshot_is_not_believed(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m)
    url = reverse("gestion:acte", args=[sinistre.numero, "demander_pieces"])
    stale = au_nom_de(m.gestionnaire).post(url, {"version": 99, "vu": "n’importe quoi"}, headers=HTMX)
    assert stale.status_code == 409
    assert "n’importe quoi" not in stale.content.decode()


def test_an_interruption_card_asks_for_the_reason(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m)
    fin = sinistre.arrets.get().fin
    arret = {
        "genre": "PROLONGATION",
        "arret_debut": (fin + dt.timedelta(days=9)).isoformat(),
        "arret_fin": (fin + dt.timedelta(days=20)).isoformat(),
    }
    client = au_nom_de(m.gestionnaire)
    warned = acte(client, sinistre, "ajouter_arret", **arret)
    assert warned.status_code == 409
    assert "À vérifier avant de continuer" in warned.content.decode()
    assert sinistre.arrets.count() == 1
    assert acte(client, sinistre, "ajouter_arret", alertes_assumees="Retour d’un jour, même cause", **arret).status_code == 204
    assert sinistre.arrets.get(genre="PROLONGATION").motif_recouvrement == "Retour d’un jour, même cause"


def test_wrong_dates_come_back_beside_their_field(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m)
    wrong = acte(
        au_nom_de(m.gestionnaire), sinistre, "ajouter_arret", genre="PROLONGATION", arret_debut="2026-12-10", arret_fin="2026-12-01"
    )
    assert wrong.status_code == 422
    assert wrong.context["form"].errors["arret_fin"] == ["La fin de l’arrêt précède son début."]
    assert acte(au_nom_de(m.gestionnaire), sinistre, "ajouter_arret", genre="PROLONGATION", arret_debut="demain").status_code == 422


def test_after_a_decision_the_next_of_the_same_list(m: f.Monde, au_nom_de: Signed) -> None:
    dossiers = [f.sinistre(m, de=f.agent(m.collectivite)) for _ in range(3)]
    taches = list(Tache.objects.filter(genre="INSTRUIRE").order_by("due_at", "pk"))
    client = au_nom_de(m.gestionnaire)
    requete = f"?file=a-instruire&t={taches[0].pk}"
    text = page(client, dossiers[0], requete)
    assert "1 / 3" in text
    done = acte(client, dossiers[0], "demander_pieces", requete, puis="suivant")
    assert done.status_code == 204
    assert done["HX-Redirect"].startswith(reverse("gestion:dossier", args=[dossiers[1].numero]))
    assert f"t={taches[1].pk}" in done["HX-Redirect"]
    last = f"?file=a-instruire&t={taches[2].pk}"
    assert acte(client, dossiers[2], "demander_pieces", last, puis="suivant")["HX-Redirect"] == reverse(
        "gestion:file", args=["a-instruire"]
    )


def test_acts_unknown_or_not_mine(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m)
    client = au_nom_de(m.gestionnaire)
    assert client.get(reverse("gestion:acte", args=[sinistre.numero, "exploser"])).status_code == 404
    assert client.get(reverse("gestion:acte", args=["2026-999999", "clore"])).status_code == 404
    refused = acte(au_nom_de(m.payeur), sinistre, "valider")
    assert refused.status_code == 403
    text = page(au_nom_de(m.payeur), sinistre)
    assert reverse("gestion:acte", args=[sinistre.numero, "valider"]) not in text


def test_internal_note_is_marked_and_kept_when_empty(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m)
    client, url = au_nom_de(m.gestionnaire), reverse("gestion:noter", args=[sinistre.numero])
    client.post(url, {"texte": "  "})
    assert "La note est vide." in page(client, sinistre)
    client.post(url, {"texte": "<b>Relancée</b> deux fois"})
    assert Note.objects.get().texte == "<b>Relancée</b> deux fois"
    text = page(client, sinistre)
    assert "&lt;b&gt;Relancée&lt;/b&gt; deux fois" in text
    assert "Elles ne partent jamais" in text


def test_who_else_has_it_open(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m)
    page(au_nom_de(m.gestionnaire), sinistre)
    assert "Anne Roche consulte" in page(au_nom_de(m.gestionnaire2), sinistre)
    url = reverse("gestion:lecteurs", args=[sinistre.numero])
    assert "Anne Roche" not in au_nom_de(m.gestionnaire).get(url).content.decode()


def test_the_medecin_is_asked_recalled_and_read(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m)
    client = au_nom_de(m.gestionnaire)
    ask = reverse("gestion:avis-confier", args=[sinistre.numero])
    assert "Choisissez un médecin conseil." in client.post(ask, {"medecin": m.payeur.pk}, follow=True).content.decode()
    client.post(ask, {"medecin": m.medecin.pk, "question": "JUSTIFICATION"})
    premier = AvisMedecin.objects.get()
    client.post(reverse("gestion:avis-rappeler", args=[sinistre.numero, premier.pk]))
    assert AvisMedecin.objects.get().rappele_le is not None
    client.post(ask, {"medecin": m.medecin.pk, "question": "REPRISE"})
    avis_service.rendre(acteur=m.medecin, avis=AvisMedecin.objects.latest("pk"), sens="FAVORABLE", conclusion="Reprise possible.")
    assert "Reprise possible." in page(client, sinistre)
    assert Tache.objects.filter(genre="LIRE_AVIS", fermee_le__isnull=True).exists()
    client.post(reverse("gestion:avis-lu", args=[sinistre.numero, AvisMedecin.objects.latest("pk").pk]))
    assert not Tache.objects.filter(genre="LIRE_AVIS", fermee_le__isnull=True).exists()


def test_money_takes_two_people_from_the_page_to_the_settlement(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m)
    f.complete_pieces(sinistre, m.gestionnaire)
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")
    arret = sinistre.arrets.get()
    payeur, url = au_nom_de(m.payeur), reverse("gestion:decompte-saisir", args=[sinistre.numero])
    form = payeur.get(url).context["form"]
    assert (form.initial["arret"], form.initial["debut"]) == (arret.pk, arret.debut)
    saisie = {"arret": arret.pk, "debut": arret.debut.isoformat(), "fin": arret.fin.isoformat(), "explication": "20 jours à 90 %"}
    assert payeur.post(url, saisie | {"montant": "-3"}).status_code == 422
    payeur.post(url, saisie | {"montant": "1\u202f234,56 €"})
    decompte = Decompte.objects.get()
    assert decompte.montant == Decimal("1234.56")
    approve = reverse("gestion:decompte-approuver", args=[decompte.pk])
    assert "une autre doit le faire" in payeur.post(approve, follow=True).content.decode()
    au_nom_de(m.payeur2).post(approve, {"suite": "https://ailleurs.example/"})
    assert Decompte.objects.get().etat == EtatDecompte.APPROUVE
    lot = {"collectivite": m.collectivite.pk, "contrat": m.contrat.pk}
    assert "au moins un décompte" in payeur.post(reverse("gestion:paiements"), lot, follow=True).content.decode()
    payeur.post(reverse("gestion:paiements"), lot | {"d": decompte.pk})
    bordereau = Bordereau.objects.get()
    detail = reverse("gestion:bordereau", args=[bordereau.numero])
    demain = timezone.localdate() + dt.timedelta(days=1)
    wrong = payeur.post(detail, {"le": demain.isoformat(), "reference": "AV-1"})
    assert wrong.status_code == 422
    assert "La date de règlement est à venir." in wrong.content.decode()
    payeur.post(detail, {"le": timezone.localdate().isoformat(), "reference": "AV-1"})
    assert Bordereau.objects.get().etat == EtatBordereau.REGLE
    assert Sinistre.objects.get(pk=sinistre.pk).etat == Etat.REMBOURSE
    text = page(au_nom_de(m.gestionnaire), sinistre)
    assert "1\u202f234,56\u00a0€" in text
    assert "20 jours à 90 %" in text


def test_an_answer_never_goes_elsewhere(m: f.Monde, au_nom_de: Signed) -> None:
    f.sinistre(m)
    tache = Tache.objects.get(genre="INSTRUIRE")
    for suite in ("https://ailleurs.example/", "//ailleurs.example/x", "javascript:alert(1)"):
        sent = au_nom_de(m.gestionnaire).post(reverse("gestion:prendre", args=[tache.pk]), {"suite": suite})
        assert sent["Location"] == reverse("gestion:accueil")


def test_declaring_for_a_collectivite_from_late_paper(m: f.Monde, au_nom_de: Signed) -> None:
    client = au_nom_de(m.gestionnaire)
    jour = timezone.localdate() - dt.timedelta(days=200)
    courrier = courriers.enregistrer(
        acteur=m.gestionnaire, canal="POSTE", expediteur="Mairie", objet="Déclaration", recu_le=timezone.localdate() - dt.timedelta(days=2)
    )
    depuis = f"?courrier={courrier.pk}"
    found = client.post(reverse("gestion:declarer") + depuis, {"texte": m.agent.nom})
    assert reverse("gestion:declarer-agent", args=[m.agent.pk]) + depuis in found.content.decode()
    url = reverse("gestion:declarer-agent", args=[m.agent.pk]) + depuis
    assert client.post(url, {"nature": "CMO"}).status_code == 422
    saisie = {"nature": "CMO", "survenance": jour.isoformat(), "arret_debut": jour.isoformat(),
              "arret_fin": (jour + dt.timedelta(days=9)).isoformat(), "declare_le": courrier.recu_le.isoformat()}  # fmt: skip
    missing = client.post(url, saisie)
    assert missing.status_code == 422
    assert "Dites si un tiers" in missing.content.decode()
    opened = client.post(url, saisie | {"tiers_possible": "non"})
    sinistre = Sinistre.objects.get()
    assert opened["Location"] == reverse("gestion:dossier", args=[sinistre.numero])
    assert (sinistre.declare_le, sinistre.jours_de_retard) == (courrier.recu_le, 78)
    assert Courrier.objects.get().sinistre_id == sinistre.pk
    assert "78 j après le délai" in page(client, sinistre)
    double = client.post(reverse("gestion:declarer-agent", args=[m.agent.pk]), saisie | {"tiers_possible": "non"})
    assert double.status_code == 409
    assert sinistre.numero in double.content.decode()


def test_late_paper_is_filed_to_a_dossier_and_a_piece(m: f.Monde, au_nom_de: Signed) -> None:
    sinistre = f.sinistre(m)
    piece = Piece.objects.get(sinistre=sinistre, code="arrete")
    client = au_nom_de(m.gestionnaire)
    hier = timezone.localdate() - dt.timedelta(days=1)
    client.post(reverse("gestion:corbeille"), {"canal": "FAX", "recu_le": hier.isoformat(), "expediteur": "Mairie", "objet": "Arrêté"})
    courrier = Courrier.objects.get()
    url = reverse("gestion:courrier", args=[courrier.pk])
    assert sinistre.numero in client.post(url, {"texte": m.agent.nom}).content.decode()
    assert "Arrêté de placement" in client.get(url, {"dossier": sinistre.numero}).content.decode()
    client.post(reverse("gestion:courrier-classer", args=[courrier.pk]), {"dossier": sinistre.numero, "piece": piece.pk})
    assert Piece.objects.get(pk=piece.pk).etat == EtatPiece.A_CONTROLER
    again = client.post(reverse("gestion:courrier-sans-suite", args=[courrier.pk]), {"motif": "Publicité"}, follow=True)
    assert "déjà classé" in again.content.decode()
    assert client.post(reverse("gestion:courrier-classer", args=[courrier.pk]), {"dossier": "2026-999999"}).status_code == 404


@pytest.mark.parametrize("champ", ["canal", "expediteur", "objet", "recu_le"])
def test_a_paper_lacking_something_is_not_registered(m: f.Monde, au_nom_de: Signed, champ: str) -> None:
    saisie = {"canal": "FAX", "recu_le": timezone.localdate().isoformat(), "expediteur": "Mairie", "objet": "Arrêté"}
    refused = au_nom_de(m.gestionnaire).post(reverse("gestion:corbeille"), saisie | {champ: ""})
    assert refused.status_code == 422
    assert champ in refused.context["form"].errors
    assert not Courrier.objects.exists()
