"""A file of invoices inside the bulle: all its lines or none; practitioners stay, dates and amounts leave."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.gate import Refus
from cases.enums import GenreTache
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre, Tache
from documents.models import ExtraitAdministratif
from documents.services.extraits import Extrait
from journal.models import Contenu, Entree
from medical.models import Facture
from medical.services import factures
from medical.services.factures_importees import FAUTES_MAX, importer
from tests import factories as f
from tests.medical.dossiers import SESSION, declare, facture_demandee, ouvert

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]

TITRES = "dossier;matricule;date;montant;tiers_payant;praticien;actes;confirme"


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    dossier = declare(m)
    facture_demandee(dossier)
    return dossier


def jour(sinistre: Sinistre) -> str:
    return f"{sinistre.survenance:%d/%m/%Y}"


def fichier(*lignes: str, titres: str = TITRES) -> bytes:
    return "\r\n".join([titres, *lignes]).encode("utf-8-sig")


def faults(m: f.Monde, octets: bytes) -> list[str]:
    with pytest.raises(DonneeInvalide) as refused:
        importer(acteur=m.secretariat, octets=octets)
    assert not Facture.objects.exists() and not ExtraitAdministratif.objects.exists()
    return refused.value.champs["fichier"]


def test_every_line_becomes_an_invoice_and_only_its_amount_leaves(m: f.Monde, sinistre: Sinistre) -> None:
    numero, le = sinistre.numero, jour(sinistre)
    octets = fichier(
        f"{numero};;{le};48,20;non;Dr Canari-praticien;=canari-acte;", f";{m.agent.matricule};{le};30;oui;Dr Canari-praticien;;",
    )  # fmt: skip
    assert importer(acteur=m.secretariat, octets=octets) == 2
    extraits = list(ExtraitAdministratif.objects.order_by("pk").values_list("montant", "tiers_payant", "etabli_le"))
    assert extraits == [(Decimal("48.20"), False, sinistre.survenance), (Decimal("30.00"), True, sinistre.survenance)]
    assert Facture.objects.filter(importee=True, fichier__isnull=True).count() == 2
    assert Tache.objects.filter(genre=GenreTache.FRAIS_A_PAYER, fermee_le__isnull=True).count() == 2
    ouvert(m.secretariat, sinistre, "CONTROLE")
    lues = factures.lire(acteur=m.secretariat, piece=ExtraitAdministratif.objects.all()[0].piece, session=SESSION)
    assert [(lue.praticien, lue.actes) for lue in lues] == [("Dr Canari-praticien", "=canari-acte"), ("Dr Canari-praticien", "")]
    with connection.cursor() as cursor:
        cursor.execute("SELECT praticien, actes FROM medical.medical_facture")
        assert not any(b"anari" in bytes(valeur) for ligne in cursor.fetchall() for valeur in ligne)
    assert "anari" not in str(list(Contenu.objects.values_list("donnees", flat=True)))
    assert Entree.objects.get(action="facture_medicale.importees").contenu.donnees == {"factures": 2}


def test_an_imported_invoice_is_corrected_without_a_document(m: f.Monde, sinistre: Sinistre) -> None:
    importer(acteur=m.secretariat, octets=fichier(f"{sinistre.numero};;{jour(sinistre)};48,20;non;Dr A;;"))
    ouvert(m.secretariat, sinistre, "CONTROLE")
    premiere = Facture.objects.select_related("extrait__piece__sinistre").get()
    common: dict[str, Any] = {
        "acteur": m.secretariat, "fichier": None, "session": SESSION, "praticien": "Dr A", "actes": "",
        "extrait": Extrait(etabli_le=sinistre.survenance, montant=Decimal("50.00"), tiers_payant=False),
    }  # fmt: skip
    assert factures.saisir(**common, corrige=premiere).extrait.corrige == premiere.extrait
    with pytest.raises(Erreur, match="Aucun fichier"):
        factures.saisir(**common)
    with pytest.raises(IntegrityError, match="facture_lue_ou_importee"), transaction.atomic():
        Facture.objects.filter(pk=premiere.pk).update(importee=False)


def test_one_fault_and_none_is_kept(m: f.Monde, sinistre: Sinistre) -> None:
    numero, le = sinistre.numero, jour(sinistre)
    dits = faults(
        m,
        fichier(
            f"{numero};;{le};48,20;non;Dr A;;",
            f"{numero};;31/02/2026;0;peut-être;;;",
            f"2020-999999;;{le};10;non;Dr A;;",
            f";INCONNU;{le};10;non;Dr A;;",
            f"{numero};AUTRE;{le};10;non;Dr A;;",
            f"{numero};;01/01/2020;10;non;Dr A;;",
            f"{numero};;{le};48.20;non;Dr A;;",
            f";;{le};10,005;non;Dr A;;",
        ),
    )
    assert [dit.split(" : ")[0] for dit in dits] == [f"Ligne {rang}" for rang in (3, 4, 5, 6, 7, 8, 9)]
    for dit, mot in zip(
        dits, ["tiers payant", "inconnu", "un dossier, et un seul", "n’est pas celui", "précède", "même montant", "matricule"], strict=True
    ):
        assert mot in dit


def test_a_double_that_is_told_is_kept(m: f.Monde, sinistre: Sinistre) -> None:
    ligne = f"{sinistre.numero};;{jour(sinistre)};48,20;non;Dr A;;"
    assert importer(acteur=m.secretariat, octets=fichier(ligne, f"{ligne}oui")) == 2
    with pytest.raises(DonneeInvalide, match="déjà saisie"):
        importer(acteur=m.secretariat, octets=fichier(ligne))
    assert Facture.objects.count() == 2


@pytest.mark.parametrize(
    ("octets", "mot"),
    [
        (b"", "vide"),
        (TITRES.encode(), "aucune ligne"),
        (b"dossier;date\r\n1;2", "Il manque"),
        (b"date;montant;tiers payant;praticien\r\n1;2;3;4", "dossier"),
        (f"{TITRES};diagnostic\r\nx".encode(), "autres colonnes"),
        (b"PK\x03\x04", "classeur"),
        (b"\x00\x01", "pas du texte"),
        (b"x" * (1024 * 1024 + 1), "dépasse"),
        (f'{TITRES}\r\n"jamais fermé'.encode(), "Ligne"),
        ((TITRES + "\r\nx" * 1002).encode(), "plus de 1000 lignes"),
    ],
)  # fmt: skip
def test_what_is_not_such_a_file_says_so(m: f.Monde, octets: bytes, mot: str) -> None:
    assert mot in faults(m, octets)[0]


def test_faults_are_told_a_hundred_at_a_time(m: f.Monde) -> None:
    dits = faults(m, fichier(*["x;;x;x;x;;;"] * 150))
    assert len(dits) == FAUTES_MAX + 1 and "50 autres" in dits[-1]


def test_dossiers_that_ask_for_no_invoice_are_not_found(m: f.Monde) -> None:
    sans = declare(m)
    assert "n’attend pas" in faults(m, fichier(f"{sans.numero};;{jour(sans)};48,20;non;Dr A;;"))[0]


@pytest.mark.parametrize("qui", ["medecin", "expert", "psychologue", "gestionnaire", "mairie", "admin"])
def test_who_may_not_import(m: f.Monde, sinistre: Sinistre, qui: str) -> None:
    with pytest.raises(Refus):
        importer(acteur=m.people[qui], octets=fichier(f"{sinistre.numero};;{jour(sinistre)};48,20;non;Dr A;;"))
    assert not Facture.objects.exists()


def test_the_page_takes_a_file_and_says_what_is_wrong(m: f.Monde, sinistre: Sinistre, settings: Any) -> None:
    settings.MFA_REQUIRED = False
    client = Client(HTTP_HOST="localhost")
    client.force_login(m.secretariat, backend="django.contrib.auth.backends.ModelBackend")
    page = reverse("bulle:factures-importer")
    assert page in client.get(reverse("bulle:controles")).content.decode()
    assert "tiers payant" in client.get(page).content.decode()

    def envoyer(octets: bytes) -> Any:
        return client.post(page, {"fichier": SimpleUploadedFile("f.csv", octets, "text/csv")})

    wrong = envoyer(fichier("x;;x;x;x;Dr Canari;;"))
    assert wrong.status_code == 422 and "Ligne 2" in wrong.content.decode() and "Canari" not in wrong.content.decode()
    assert client.post(page).status_code == 422
    huge = envoyer(b"x" * (2 * 1024 * 1024 + 1))
    assert huge.status_code == 422, "too big for memory: not taken, and no temporary file holds it"
    assert envoyer(fichier(f"{sinistre.numero};;{jour(sinistre)};48,20;non;Dr A;;")).status_code == 302
    assert Facture.objects.count() == 1
