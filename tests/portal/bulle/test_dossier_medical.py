"""What the médecin conseil and the expert do on their pages: read, write, confide, render; what closes on the next request."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.enums import Role
from cases.models import AvisMedecin, Branche, Expertise, Sinistre
from cases.models.avis import Delegation
from cases.services import avis as avis_services
from journal.models import Contenu, Entree
from medical.enums import Finalite, QuestionExpertise, RaisonConclusion
from medical.models import Fichier, Mission, Opinion
from tests import factories as f
from tests.dehors import dehors
from tests.expertises import CONCLUSIONS, QUESTIONS, agree, approuvee, confiee, convoquee, mission_de, ouverte, rendue, run
from tests.medical.dossiers import confie, declare, depose, image, piece_medicale
from tests.portal.conftest import AuNomDe

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]

DEDANS = "Canari-dedans : gonalgie sur état antérieur."
SAISIE = {"sens": "FAVORABLE", "conclusion": "L’accident est imputable au service.", "texte": DEDANS}


@pytest.fixture(autouse=True)
def _without_antivirus(settings: Any) -> None:
    settings.CLAMD_URL, settings.DEMO = "", True


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return declare(m)


@pytest.fixture
def avis(m: f.Monde, sinistre: Sinistre) -> AvisMedecin:
    return confie(m, sinistre)


def opened(client: Client, sinistre: Sinistre, finalite: str = Finalite.AVIS) -> Client:
    assert client.post(reverse("bulle:ouvrir", args=[sinistre.numero]), {"finalite": finalite}).status_code == 302
    return client


def page_of(avis: AvisMedecin) -> str:
    return reverse("bulle:un-avis", args=[avis.pk])


def hidden(page: str, nom: str) -> str:
    found = re.search(rf'name="{nom}" value="([^"]*)"', page)
    return found.group(1) if found else ""


def test_the_medical_file_is_one_view_and_each_file_is_journaled(m: f.Monde, avis: AvisMedecin, au_nom_de: AuNomDe) -> None:
    fichier = depose(m.secretariat, piece_medicale(avis.sinistre), "canari-nom.jpg")
    client = au_nom_de(m.medecin)
    closed = client.get(page_of(avis)).content.decode()
    assert "canari-nom" not in closed and "Pourquoi ouvrez-vous" in closed
    assert client.get(reverse("bulle:contenu", args=[fichier.uid])).status_code == 409
    page = opened(client, avis.sinistre).get(page_of(avis))
    assert page.headers["Cache-Control"].startswith("max-age=0")
    html = page.content.decode()
    assert "canari-nom.jpg" in html and reverse("bulle:contenu", args=[fichier.uid]) in html
    assert "Qui a ouvert ce dossier" in html and m.medecin.get_full_name() in html
    streamed = client.get(reverse("bulle:contenu", args=[fichier.uid]) + "?original=oui")
    assert b"".join(streamed) == image()  # type: ignore[arg-type]
    assert Entree.objects.filter(action="fichier_medical.lu", acteur_id=m.medecin.pk).count() == 1


def test_a_draft_then_a_preview_then_both_halves(m: f.Monde, avis: AvisMedecin, au_nom_de: AuNomDe) -> None:
    client = opened(au_nom_de(m.medecin), avis.sinistre)
    assert client.post(page_of(avis), {"acte": "brouillon", "texte": DEDANS, "lue_le": ""}).status_code == 302
    html = client.get(page_of(avis)).content.decode()
    lue_le = hidden(html, "lue_le")
    assert DEDANS in html and lue_le
    preview = client.post(page_of(avis), SAISIE | {"acte": "apercu", "lue_le": lue_le}).content.decode()
    leaves = preview[preview.index('<article class="v-conclusion">') : preview.index("</article>")]
    assert SAISIE["conclusion"] in leaves and "Canari" not in leaves
    assert AvisMedecin.objects.get().rendu_le is None
    back = client.post(page_of(avis), SAISIE | {"acte": "corriger", "lue_le": lue_le}).content.decode()
    assert DEDANS in back and SAISIE["conclusion"] in back
    assert client.post(page_of(avis), SAISIE | {"acte": "rendre", "lue_le": lue_le}).status_code == 302
    assert AvisMedecin.objects.get().conclusion == SAISIE["conclusion"] and Opinion.objects.get().figee_le is not None
    after = client.get(page_of(avis)).content.decode()
    assert "Canari-dedans" in after and 'name="texte"' not in after
    assert not any("anari" in str(contenu.donnees) for contenu in Contenu.objects.all())


def test_medical_words_stop_once_and_go_on_with_a_reason(m: f.Monde, avis: AvisMedecin, au_nom_de: AuNomDe) -> None:
    client = opened(au_nom_de(m.medecin), avis.sinistre)
    saisie = SAISIE | {"conclusion": "Imputable : gonalgie connue.", "lue_le": "", "acte": "rendre"}
    stopped = client.post(page_of(avis), saisie)
    html = stopped.content.decode()
    assert stopped.status_code == 422 and "<strong>gonalgie</strong>" in html and "dites pourquoi" in html.lower()
    assert AvisMedecin.objects.get().rendu_le is None
    assert client.post(page_of(avis), saisie | {"raison": RaisonConclusion.USAGE}).status_code == 302
    assert Entree.objects.get(action="opinion.alerte_assumee").motif == RaisonConclusion.USAGE.label


def test_what_another_medecin_wrote_meanwhile_is_shown_beside_mine(m: f.Monde, avis: AvisMedecin, au_nom_de: AuNomDe) -> None:
    remplacant = f.person(Role.MEDECIN_CONSEIL)
    jour = timezone.localdate()
    avis_services.deleguer(acteur=m.medecin, remplacant=remplacant, debut=jour, fin=jour)
    titulaire = opened(au_nom_de(m.medecin), avis.sinistre)
    autre = opened(au_nom_de(remplacant), avis.sinistre)
    assert "que vous remplacez" in autre.get(reverse("bulle:avis")).content.decode()
    autre.post(page_of(avis), {"acte": "brouillon", "texte": "Texte du remplaçant", "lue_le": ""})
    refused = titulaire.post(page_of(avis), {"acte": "brouillon", "texte": "Texte du titulaire", "lue_le": ""})
    html = refused.content.decode()
    assert refused.status_code == 422
    assert "Texte du titulaire" in html and "Texte du remplaçant" in html


def test_a_tampered_version_mark_is_refused(m: f.Monde, avis: AvisMedecin, au_nom_de: AuNomDe) -> None:
    client = opened(au_nom_de(m.medecin), avis.sinistre)
    for mark in ("hier", "2026-13-45", "2026-01-01"):
        assert client.post(page_of(avis), {"acte": "brouillon", "texte": "x", "lue_le": mark}).status_code == 422
    assert not Opinion.objects.exists()


def test_without_its_key_the_page_stays_and_nothing_is_overwritten(
    m: f.Monde, avis: AvisMedecin, au_nom_de: AuNomDe, settings: Any
) -> None:
    client = opened(au_nom_de(m.medecin), avis.sinistre)
    client.post(page_of(avis), {"acte": "brouillon", "texte": DEDANS, "lue_le": ""})
    keys = settings.MEDICAL_KEYS
    settings.MEDICAL_KEYS = ["autre:" + "A" * 43 + "="]
    page = client.get(page_of(avis))
    html = page.content.decode()
    assert page.status_code == 200 and "clé de la bulle est indisponible" in html and 'name="texte"' not in html
    client.post(page_of(avis), SAISIE | {"acte": "brouillon", "lue_le": ""})
    settings.MEDICAL_KEYS = keys
    assert DEDANS in client.get(page_of(avis)).content.decode()


def test_earlier_dossiers_open_only_with_the_referral_and_each_with_its_purpose(m: f.Monde, au_nom_de: AuNomDe) -> None:
    ancien = declare(m, arret=f.arret_demande(timezone.localdate() - dt.timedelta(days=400)))
    present = declare(m)
    avis = confie(m, present)
    client = opened(au_nom_de(m.medecin), present)
    address = reverse("bulle:anterieur", args=[avis.pk, ancien.numero])
    assert ancien.numero not in client.get(page_of(avis)).content.decode() and client.get(address).status_code == 404
    with dehors():
        avis_services.rappeler(acteur=m.gestionnaire, avis=avis)
    avec = confie(m, present, avec_anterieurs=True)
    address = reverse("bulle:anterieur", args=[avec.pk, ancien.numero])
    fichier = depose(m.secretariat, piece_medicale(ancien), "ancien.jpg")
    assert ancien.numero in client.get(page_of(avec)).content.decode()
    assert "Pourquoi ouvrez-vous" in client.get(address).content.decode()
    opened(client, ancien)
    assert "ancien.jpg" in client.get(address).content.decode()
    with dehors():
        avis_services.rappeler(acteur=m.gestionnaire, avis=avec)
    assert client.get(address).status_code == client.get(page_of(avec)).status_code == 404
    assert client.get(reverse("bulle:contenu", args=[fichier.uid])).status_code == 404


def test_a_mission_from_its_questions_to_its_report(m: f.Monde, avis: AvisMedecin, au_nom_de: AuNomDe) -> None:
    fichier = depose(m.secretariat, piece_medicale(avis.sinistre), "certificat.jpg")
    medecin = opened(au_nom_de(m.medecin), avis.sinistre)
    address = reverse("bulle:expertise-demander", args=[avis.pk])
    assert medecin.post(address, {"buts": ["IMPUTABILITE"]}).status_code == 422
    saisie = {
        "buts": ["IMPUTABILITE"],
        "questions": [QuestionExpertise.IPP, QuestionExpertise.SOINS],
        "autres": "Canari-contexte",
    }
    assert medecin.post(address, saisie).status_code == 302
    mission = mission_de(convoquee(m, Branche.objects.get(), agree(m.expert)))
    expert = au_nom_de(m.expert)
    page = reverse("bulle:mission", args=[mission.pk])
    assert avis.sinistre.numero in expert.get(reverse("bulle:missions")).content.decode()
    assert "Canari-contexte" not in expert.get(page).content.decode()
    opened(expert, avis.sinistre, Finalite.EXPERTISE)
    html = expert.get(page).content.decode()
    assert "Canari-contexte" in html and QuestionExpertise.IPP.label in html and "certificat.jpg" in html
    octets = image("gray")
    sent = expert.put(
        reverse("bulle:rapport", args=[mission.pk]), octets, content_type="image/jpeg", HTTP_X_VIGIE_NOM="rapport%20final.jpg"
    )
    assert sent.status_code == 201 and Fichier.objects.filter(mission=mission).count() == 1
    assert "rapport final.jpg" in expert.get(page).content.decode()
    refused = expert.put(reverse("bulle:rapport", args=[mission.pk]), b"x", content_type="text/plain", HTTP_X_VIGIE_NOM="a.txt")
    assert refused.status_code == 422 and "PDF" in refused.json()["message"]
    assert expert.post(page, {"conclusions": " "}).status_code == 422
    assert expert.post(page, {"conclusions": "Canari-conclusion"}).status_code == 302
    for gone in (page, reverse("bulle:contenu", args=[fichier.uid])):
        assert expert.get(gone).status_code == 404
    assert expert.put(reverse("bulle:rapport", args=[mission.pk]), octets, content_type="image/jpeg").status_code == 404
    run()
    assert "Expertises qui vous attendent" in medecin.get(reverse("bulle:avis")).content.decode()
    assert "Canari-conclusion" in medecin.get(page_of(avis)).content.decode()


def expertise_of(mission: Mission) -> str:
    assert mission.branche is not None
    return reverse("bulle:expertise", args=[mission.branche.uid])


def test_the_questions_of_the_goals_are_proposed(m: f.Monde, sinistre: Sinistre, au_nom_de: AuNomDe) -> None:
    branche = ouverte(m, sinistre, buts=("CONSOLIDATION",))
    medecin = opened(au_nom_de(m.medecin), sinistre)
    liste = medecin.get(reverse("bulle:avis")).content.decode()
    assert "Rédiger et approuver la mission" in liste and "rendu par les conclusions de l’expertise en cours" in liste
    form = medecin.get(reverse("bulle:expertise", args=[branche.uid])).context["mission_form"]
    assert form.initial == {"questions": [QuestionExpertise.CONSOLIDATION]}


def test_the_conclusions_are_previewed_as_the_employer_reads_them(m: f.Monde, sinistre: Sinistre, au_nom_de: AuNomDe) -> None:
    branche = rendue(m, sinistre, buts=("IMPUTABILITE", "REPRISE"))
    medecin = opened(au_nom_de(m.medecin), sinistre)
    page = reverse("bulle:expertise", args=[branche.uid])
    assert CONCLUSIONS in medecin.get(page).content.decode()
    assert medecin.post(page, {"conclusion": "Oui."}).status_code == 422
    saisie = {"code_imputabilite": "OUI", "code_reprise": "REPRISE_POSSIBLE", "le_reprise": "2100-01-04", "conclusion": "Reprise possible."}
    sans_date = medecin.post(page, saisie | {"le_reprise": "", "acte": "apercu"})
    assert sans_date.status_code == 422 and "Donnez la date" in sans_date.content.decode()
    apercu = medecin.post(page, saisie | {"acte": "apercu"}).content.decode()
    assert "Rien n’est encore envoyé" in apercu and not Expertise.objects.get().est_conclue
    assert saisie["conclusion"] in medecin.post(page, saisie | {"acte": "corriger"}).content.decode()
    # A word of the mission stops it once.
    parlant = saisie | {"conclusion": "La lombalgie est imputable."}
    arret = medecin.post(page, parlant | {"acte": "conclure"})
    assert arret.status_code == 422 and "lombalgie" in arret.content.decode() and not Expertise.objects.get().est_conclue
    assert medecin.post(page, parlant | {"acte": "conclure", "raison": RaisonConclusion.USAGE}).status_code == 302
    expertise = Expertise.objects.get()
    assert expertise.conclusion == parlant["conclusion"] and expertise.reponses.count() == 2
    run()
    assert medecin.post(page, saisie | {"acte": "conclure"}).status_code == 409
    lue = medecin.get(page).content.decode()
    assert "Ce que lit l’employeur" in lue and "Reprise possible" in lue


def test_a_recalled_mission_is_gone_for_its_expert_and_written_anew(m: f.Monde, sinistre: Sinistre, au_nom_de: AuNomDe) -> None:
    mission = confiee(m, sinistre)
    assert mission.branche is not None
    medecin = opened(au_nom_de(m.medecin), sinistre)
    expert = opened(au_nom_de(m.expert), sinistre, Finalite.EXPERTISE)
    address = reverse("bulle:mission", args=[mission.pk])
    assert expert.get(address).status_code == 200
    assert au_nom_de(f.person(Role.EXPERT)).get(address).status_code == 404
    assert "Rappeler la mission" in medecin.get(expertise_of(mission)).content.decode()
    medecin.post(reverse("bulle:expertise-rappeler", args=[mission.branche.uid]))
    assert expert.get(address).status_code == 404
    assert "Aucune mission" in expert.get(reverse("bulle:missions")).content.decode()
    run()
    assert QUESTIONS in medecin.get(expertise_of(mission)).content.decode(), "its text is there to be corrected"
    assert medecin.post(expertise_of(mission), {"autres": " "}).status_code == 422
    assert medecin.post(expertise_of(mission), {"autres": "Mieux"}).status_code == 302


@pytest.mark.parametrize("acte", ["absence", "recuser"])
def test_an_expert_says_that_he_could_not_or_may_not(m: f.Monde, sinistre: Sinistre, au_nom_de: AuNomDe, acte: str) -> None:
    mission = confiee(m, sinistre)
    expert = opened(au_nom_de(m.expert), sinistre, Finalite.EXPERTISE)
    address = reverse("bulle:mission", args=[mission.pk])
    assert expert.post(address, {"acte": acte}).status_code == 422
    assert expert.post(address, {"acte": "autre"}).status_code == 422
    assert expert.post(address, {"acte": acte, "absence": "EXCUSE", "motif": "LIEN"}).status_code == 302
    assert expert.get(address).status_code == 404


def test_a_report_by_post_is_scanned_on_its_page(m: f.Monde, sinistre: Sinistre, au_nom_de: AuNomDe) -> None:
    branche = convoquee(m, approuvee(m, sinistre), agree())
    secretariat = au_nom_de(m.secretariat)
    page = reverse("bulle:rapport-papier", args=[branche.uid])
    assert sinistre.numero in secretariat.get(reverse("bulle:rapports")).content.decode()
    assert secretariat.post(page).status_code == 422
    octets = image("gray")
    envoi = secretariat.put(
        reverse("bulle:rapport-numeriser", args=[branche.uid]), octets, content_type="image/jpeg", HTTP_X_VIGIE_NOM="scan.jpg"
    )
    assert envoi.status_code == 201
    html = secretariat.get(page).content.decode()
    assert "1 fichier déjà reçu" in html and "scan.jpg" not in html
    assert secretariat.post(page).status_code == 302
    assert secretariat.get(page).status_code == 404
    run()
    medecin = opened(au_nom_de(m.medecin), sinistre)
    assert "Reçue par courrier" in medecin.get(reverse("bulle:expertise", args=[branche.uid])).content.decode()


def test_a_replacement_is_named_and_withdrawn_on_its_page(m: f.Monde, avis: AvisMedecin, au_nom_de: AuNomDe) -> None:
    remplacant = f.person(Role.MEDECIN_CONSEIL)
    client, autre = au_nom_de(m.medecin), au_nom_de(remplacant)
    address, jour = reverse("bulle:delegations"), timezone.localdate().isoformat()
    assert client.post(address, {"remplacant": m.expert.pk, "debut": jour, "fin": jour}).status_code == 422
    assert client.post(address, {"remplacant": remplacant.pk, "debut": jour, "fin": "2020-01-01"}).status_code == 422
    assert client.post(address, {"remplacant": remplacant.pk, "debut": jour, "fin": jour}).status_code == 302
    assert autre.get(page_of(avis)).status_code == 200
    assert "Vous remplacez" in autre.get(address).content.decode()
    delegation = Delegation.objects.get()
    assert autre.post(reverse("bulle:delegation-retirer", args=[delegation.pk])).status_code == 404
    assert client.post(reverse("bulle:delegation-retirer", args=[delegation.pk])).status_code == 302
    assert autre.get(page_of(avis)).status_code == 404
