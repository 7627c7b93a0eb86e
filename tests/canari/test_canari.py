"""No medical word is met outside the bulle, nor inside by whom it was not entrusted to.

One play (jeu.py) plants distinctive words through the real services, walks every address of both doors as everybody, breaks what can
break, and looks into every table, session, queue, bucket, e-mail and log line. An address that the walk can't fill fails it.
"""

from __future__ import annotations

import base64
import gzip
import io
import logging
import zlib
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from celery import current_app
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from drf_spectacular.generators import SchemaGenerator

from cases.services.notes import annoter
from tests import factories as f
from tests.canari import puits
from tests.canari.adresses import EXCLUES, AdresseInconnue, Motif, Valeurs, motifs
from tests.canari.jeu import Bilan, entrer
from tests.canari.marche import Marcheur
from tests.canari.plantation import PERMIS, PERMIS_EN_PANNE, PLACES
from tests.canari.recherche import Canaris, Releve

pytestmark = pytest.mark.lent

ELSEWHERE = (
    "tables publiques", "tables médicales", "sessions", "bucket administratif", "bucket médical", "courtier", "courriels", "journaux",
    "appels aux logiciels",
)  # fmt: skip


# -- What was found ---------------------------------------------------------------------------------------------------------------


def test_nobody_else_meets_a_medical_word(bilan: Bilan) -> None:
    assert bilan.releve.fuites(PERMIS | PERMIS_EN_PANNE) == []


@pytest.mark.parametrize("qui", PERMIS)
def test_the_walk_finds_what_is_there_to_be_found(bilan: Bilan, qui: str) -> None:
    """The same walk, by those to whom the dossier is entrusted, meets every word that is theirs: it is not blind."""
    assert bilan.releve.vus_par(qui) == PERMIS[qui]


def test_every_word_has_a_reader_but_the_name_that_is_forgotten() -> None:
    assert set(PLACES) - frozenset().union(*PERMIS.values()) == {"nom_volet"}


def test_everything_was_read(bilan: Bilan) -> None:
    """Each place held something to read; a place that is empty proves nothing."""
    lus = bilan.lus
    assert lus["messages"] > 0 and lus["courriels"] + lus["tables publiques"] > 50
    assert lus["tables médicales"] > 10 and lus["bucket médical"] > 5 and lus["sessions"] > 10
    assert lus["journaux"] > 1000 and lus["appels aux logiciels"] > 5
    assert set(ELSEWHERE) <= set(lus)


def test_every_address_was_walked_by_everybody(bilan: Bilan) -> None:
    for urlconf, porte in (("project.urls_web", "web"), ("project.urls_bulle", "bulle")):
        tous = {motif.nom for motif in motifs(urlconf)}
        for (ou, qui), marcheur in bilan.marches.items():
            if ou == porte:
                restent = {nom.rsplit(":", 1)[-1] for nom in tous - set(marcheur.statuts)}
                assert restent <= (set(EXCLUES) if qui != "anonyme" else set()), (qui, restent)


def test_every_operation_of_the_schema_was_walked(bilan: Bilan) -> None:
    """The API's own document names what programmes may call: each operation was, with a token, by each person."""
    document = SchemaGenerator(urlconf="project.urls_web").get_schema(request=None, public=True)
    operations = {(chemin, methode) for chemin, methodes in document["paths"].items() for methode in methodes}
    assert len(operations) > 20
    gabarits = {motif.gabarit.replace("%(", "{").replace(")s", "}") for motif in motifs("project.urls_web") if motif.nom.startswith("api:")}
    assert {chemin for chemin, _ in operations} <= gabarits
    assert {methode for _, methode in operations} <= {"get", "post", "put", "patch", "delete"}
    assert {qui for porte, qui in bilan.marches if porte == "api"} >= {"gestionnaire", "mairie", "mairie2", "assureur", "medecin"}


def test_no_page_falls(bilan: Bilan) -> None:
    """An error page says nothing; but none should be shown."""
    fautes = {
        (ou, qui, nom)
        for (ou, qui), marcheur in bilan.marches.items()
        for nom, statuts in marcheur.statuts.items()
        if any(statut >= 500 for statut in statuts)
    }
    assert fautes == set()


def test_what_breaks_says_so_and_nothing_else(bilan: Bilan) -> None:
    """Without a key, a store or a row nothing enters and nothing opens; without an antivirus the file waits, encrypted."""
    assert bilan.pannes == {
        "sans clé": 503, "autre clé": 201, "clé fausse": 503, "stockage": 503, "antivirus": 201, "fichier faussé": 503, "base": 503,
    }  # fmt: skip
    for panne in ("sans clé", "autre clé", "clé fausse", "fichier faussé", "base"):
        assert bilan.releve.lus[f"panne {panne}"] > 0
        assert bilan.releve.vus_par(f"panne {panne}") == set(), panne


# -- The test can fail --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def essai() -> Releve:
    return Releve(Canaris.tirer("essai"))


def _pdf(mot: bytes) -> bytes:
    sortie = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.pages[0].Contents = pdf.make_stream(b"BT (" + mot + b") Tj ET")
        pdf.save(sortie, compress_streams=True)
    return sortie.getvalue()


@pytest.mark.parametrize(
    "cacher",
    [
        lambda mot: b"avant " + mot + b" apres",
        lambda mot: mot.lower(),
        lambda mot: mot.hex().encode(),
        lambda mot: base64.b64encode(mot),
        lambda mot: base64.b64encode(b"1" + mot + b"fin"),
        lambda mot: base64.b64encode(b"12" + mot + b"x"),
        lambda mot: mot.decode().encode("utf-16-le"),
        lambda mot: gzip.compress(b"page : " + mot),
        _pdf,
        lambda mot: b"%PDF-1.4\nstream\n" + zlib.compress(mot) + b"endstream",
    ],
    ids=["clair", "minuscules", "hexadécimal", "base64", "base64+1", "base64+2", "utf-16", "gzip", "pdf", "pdf abîmé"],
)
def test_a_hidden_word_is_found(essai: Releve, cacher: Callable[[bytes], bytes]) -> None:
    assert essai.lire("quelqu’un", "ici", cacher(essai.canaris["essai"].encode())) == {"essai"}
    assert essai.fuites({"quelqu’un": ["autre"]}) == ["quelqu’un lit essai : ici"]
    assert essai.lire("quelqu’un", "là", cacher(b"un mot ordinaire de cette longueur")) == set()


@pytest.mark.django_db
def test_a_word_in_an_administrative_field_is_found(essai: Releve, settings: Any) -> None:
    """Planted where a careless service might write it: the walk of a gestionnaire meets it, that of the collectivité does not."""
    settings.MFA_REQUIRED = False
    m = f.monde()
    sinistre = f.sinistre(m)
    annoter(acteur=m.gestionnaire, sinistre=sinistre, texte=f"Le médecin dit : {essai.canaris['essai']}.")
    dossiers = [motif for motif in motifs("project.urls_web") if motif.nom in {"gestion:dossier", "collectivite:dossier"}]
    for qui in ("gestionnaire", "mairie", "assureur"):
        Marcheur(qui, entrer(m.people[qui]), essai).parcourir(dossiers, Valeurs({"numero": [sinistre.numero]}))
    assert essai.vus_par("gestionnaire") == {"essai"}
    assert essai.vus_par("mairie", "assureur") == set()
    assert len(essai.fuites({})) == 1


def test_a_word_in_a_row_a_queue_a_bucket_or_a_log_is_found(vraie_base: None, essai: Releve, admin_dsn: str) -> None:
    mot = essai.canaris["essai"]
    m = f.monde()
    m.collectivite.nom = mot
    m.collectivite.save()
    client = entrer(m.gestionnaire)
    session = client.session
    session["note"] = mot
    session.save()
    current_app.send_task("essai.inconnu", args=[mot], queue="canari")
    storages["default"].save("essai/canari", ContentFile(mot.encode()))
    journaux = puits.Journaux()
    with journaux.ecouter():
        logging.getLogger("medical.essai").warning("essai %s", mot)
    try:
        puits.relever(essai, "tables", puits.tables(admin_dsn, "public"))
        puits.relever(essai, "sessions", puits.sessions(admin_dsn, [settings.SECRET_KEY]))
        puits.relever(essai, "courtier", puits.messages())
        puits.relever(essai, "bucket", puits.bucket_administratif())
        essai.lire("journaux", "ligne", "\n".join(journaux.lignes))
    finally:
        storages["default"].delete("essai/canari")
        with current_app.connection_for_write() as link:
            channel: Any = link.default_channel
            channel.queue_purge("canari")
    assert set(essai.trouves) == {"tables", "sessions", "courtier", "bucket", "journaux"}


def test_an_address_that_nobody_can_fill_is_told() -> None:
    with pytest.raises(AdresseInconnue, match="nouveau_id"):
        Valeurs({}).chemins(Motif("gestion:nouveau", "/gestion/nouveau/%(nouveau_id)s/", ("nouveau_id",)))
