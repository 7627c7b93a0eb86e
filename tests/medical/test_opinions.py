"""An opinion in two halves: one leaves, the other stays encrypted; words that look medical stop the first until somebody says why."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.utils import timezone

from accounts.enums import Role
from accounts.gate import Refus
from cases.errors import AlerteAConfirmer, DonneeInvalide, Erreur
from cases.models import AvisMedecin, Sinistre
from cases.mots_medicaux import revealing_words
from cases.services import avis as avis_services
from journal.models import Entree
from medical.enums import RaisonConclusion
from medical.errors import CleIndisponible, ContenuAltere, OuvertureRequise
from medical.models import Opinion
from medical.rules import telling_words
from medical.services import opinions
from tests import factories as f
from tests.dehors import dehors
from tests.medical.dossiers import SESSION, confie, declare, ouvert

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]

DEDANS = "Canari-opinion : fracture du scaphoïde, ostéosynthèse prévue."
DEHORS = {"sens": "FAVORABLE", "conclusion": "L’accident est imputable au service."}


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return declare(m)


@pytest.fixture
def avis(m: f.Monde, sinistre: Sinistre) -> AvisMedecin:
    avis = confie(m, sinistre)
    ouvert(m.medecin, sinistre)
    return AvisMedecin.objects.select_related("sinistre__agent").get(pk=avis.pk)


def write(m: f.Monde, avis: AvisMedecin, texte: str = DEDANS, lue_le: dt.datetime | None = None) -> Opinion:
    return opinions.enregistrer(acteur=m.medecin, avis=avis, session=SESSION, texte=texte, lue_le=lue_le)


def read(m: f.Monde, avis: AvisMedecin) -> list[opinions.OpinionLue]:
    return opinions.lire(acteur=m.medecin, sinistre=avis.sinistre, session=SESSION, avis=avis)


def test_a_draft_is_kept_encrypted_and_read_back_journaled(m: f.Monde, avis: AvisMedecin) -> None:
    first = write(m, avis)
    with connection.cursor() as cursor:
        cursor.execute("SELECT texte FROM medical.medical_opinion")
        assert b"Canari" not in bytes(cursor.fetchone()[0])
    second = write(m, avis, "Autre texte", first.ecrite_le)
    assert second.pk == first.pk and Opinion.objects.count() == 1
    assert [lue.texte for lue in read(m, avis)] == ["Autre texte"]
    assert Entree.objects.get(action="opinion.lue").objet_id == first.pk
    for entree in Entree.objects.filter(sinistre_id=avis.sinistre_id).select_related("contenu"):
        assert "anari" not in entree.motif + str(entree.contenu.donnees)


def test_the_two_halves_go_their_way_and_the_inner_one_freezes(m: f.Monde, avis: AvisMedecin) -> None:
    draft = write(m, avis)
    rendu = opinions.rendre(acteur=m.medecin, avis=avis, session=SESSION, texte=DEDANS, lue_le=draft.ecrite_le, **DEHORS)
    assert rendu.conclusion == DEHORS["conclusion"] and "anari" not in rendu.conclusion
    lue = read(m, avis)[0]
    assert lue.figee and lue.texte == DEDANS
    with pytest.raises(Erreur, match="ne change plus"):
        write(m, avis, "Trop tard", lue.ecrite_le)
    with pytest.raises(Erreur, match="déjà rendu"):
        opinions.rendre(acteur=m.medecin, avis=avis, session=SESSION, texte="Trop tard", lue_le=lue.ecrite_le, **DEHORS)
    assert read(m, avis)[0].texte == DEDANS


def test_an_opinion_may_have_nothing_inside(m: f.Monde, avis: AvisMedecin) -> None:
    draft = write(m, avis)
    opinions.rendre(acteur=m.medecin, avis=avis, session=SESSION, texte="  ", lue_le=draft.ecrite_le, **DEHORS)
    assert not Opinion.objects.exists()


def test_words_that_look_medical_stop_until_a_reason_is_given(m: f.Monde, avis: AvisMedecin) -> None:
    saisie = {"sens": "FAVORABLE", "conclusion": "Imputable : la fracture vient de la chute."}
    with pytest.raises(AlerteAConfirmer) as stopped:
        opinions.rendre(acteur=m.medecin, avis=avis, session=SESSION, texte="", lue_le=None, **saisie)
    assert "fracture" not in str(stopped.value), "no medical word in an error"
    with pytest.raises(AlerteAConfirmer):
        opinions.rendre(acteur=m.medecin, avis=avis, session=SESSION, texte="", lue_le=None, raison="parce que", **saisie)
    assert AvisMedecin.objects.get().rendu_le is None
    opinions.rendre(acteur=m.medecin, avis=avis, session=SESSION, texte="", lue_le=None, raison=RaisonConclusion.DEJA_CONNU, **saisie)
    entree = Entree.objects.select_related("contenu").get(action="opinion.alerte_assumee")
    assert entree.motif == RaisonConclusion.DEJA_CONNU.label
    assert entree.contenu.donnees == {"mots": 1}


def test_two_medecins_on_one_text_do_not_overwrite_each_other(m: f.Monde, avis: AvisMedecin) -> None:
    first = write(m, avis)
    remplacant = f.person(Role.MEDECIN_CONSEIL)
    jour = timezone.localdate()
    avis_services.deleguer(acteur=m.medecin, remplacant=remplacant, debut=jour, fin=jour)
    ouvert(remplacant, avis.sinistre)
    opinions.enregistrer(acteur=remplacant, avis=avis, session=SESSION, texte="Du remplaçant", lue_le=first.ecrite_le)
    with pytest.raises(opinions.ModifieeEntreTemps):
        write(m, avis, "Du titulaire", first.ecrite_le)
    with pytest.raises(opinions.ModifieeEntreTemps):
        opinions.rendre(acteur=m.medecin, avis=avis, session=SESSION, texte="Du titulaire", lue_le=first.ecrite_le, **DEHORS)
    assert AvisMedecin.objects.get().rendu_le is None, "the whole act was undone"
    assert [(lue.texte, lue.auteur) for lue in read(m, avis)] == [("Du remplaçant", remplacant.get_full_name())]


def test_who_may_neither_read_nor_write(m: f.Monde, avis: AvisMedecin) -> None:
    write(m, avis)
    autre = f.person(Role.MEDECIN_CONSEIL)
    for user in (autre, m.secretariat, m.expert, m.psychologue, m.gestionnaire):
        with pytest.raises(Refus):
            opinions.lire(acteur=user, sinistre=avis.sinistre, session=SESSION)
        with pytest.raises(Refus):
            opinions.enregistrer(acteur=user, avis=avis, session=SESSION, texte="x", lue_le=None)
    with pytest.raises(OuvertureRequise):
        opinions.lire(acteur=m.medecin, sinistre=avis.sinistre, session="b" * 40)
    with pytest.raises(OuvertureRequise):
        opinions.rendre(acteur=m.medecin, avis=avis, session="b" * 40, texte="", lue_le=None, **DEHORS)
    with dehors():
        avis_services.rappeler(acteur=m.gestionnaire, avis=avis)
    with pytest.raises(Refus):
        read(m, AvisMedecin.objects.select_related("sinistre__agent").get(pk=avis.pk))
    assert Entree.objects.filter(action="opinion.lue").count() == 0


def test_a_draft_of_another_referral_is_not_shown(m: f.Monde, avis: AvisMedecin) -> None:
    write(m, avis)
    with dehors():
        avis_services.rappeler(acteur=m.gestionnaire, avis=avis)
    autre = f.person(Role.MEDECIN_CONSEIL)
    suivant = confie(m, avis.sinistre, autre)
    ouvert(autre, avis.sinistre)
    sinistre = Sinistre.objects.get(pk=avis.sinistre_id)
    assert opinions.lire(acteur=autre, sinistre=sinistre, session=SESSION, avis=suivant) == []


def test_a_text_moved_to_another_row_or_without_its_key_does_not_open(m: f.Monde, avis: AvisMedecin, settings: object) -> None:
    first = write(m, avis)
    second = declare(m, par=m.mairie2, de=m.autre_agent)
    other = AvisMedecin.objects.select_related("sinistre__agent").get(pk=confie(m, second).pk)
    ouvert(m.medecin, second)
    opinions.enregistrer(acteur=m.medecin, avis=other, session=SESSION, texte="Sien", lue_le=None)
    Opinion.objects.filter(avis=other).update(texte=bytes(Opinion.objects.get(pk=first.pk).texte), cle=first.cle_id)
    with pytest.raises(ContenuAltere):
        read(m, other)
    settings.MEDICAL_KEYS = ["autre:" + "A" * 43 + "="]  # type: ignore[attr-defined]
    with pytest.raises(CleIndisponible):
        read(m, avis)
    assert not Entree.objects.filter(action="opinion.lue").exists()


def test_a_text_too_long_is_refused(m: f.Monde, avis: AvisMedecin) -> None:
    with pytest.raises(DonneeInvalide):
        write(m, avis, "x" * (opinions.MAX_TEXTE + 1))


@pytest.mark.parametrize(
    ("conclusion", "dedans", "mots"),
    [
        ("L’accident est imputable au service.", "Accident imputable, fonctions identiques", []),
        ("Reprise à temps partiel thérapeutique à 50 %.", "Temps partiel thérapeutique conseillé", []),
        ("Arrêt justifié par une lésion méniscale.", "", ["lesion", "meniscale"]),
        ("État DÉPRESSIF réactionnel.", "", ["depressif"]),
        ("Suites d’une ostéosynthèse.", "Ostéosynthèse le 3 mars", ["osteosynthese"]),
        ("Suites d’une ostéosynthèse.", "Rien", []),
        ("Passer une IRM ; IRM déjà faite.", "", ["irm"]),
        ("L’agent porte un burnous.", "", []),
    ],
)
def test_which_words_are_told(conclusion: str, dedans: str, mots: list[str]) -> None:
    assert telling_words(conclusion, dedans) == mots
    assert set(revealing_words(conclusion)) <= set(mots)
