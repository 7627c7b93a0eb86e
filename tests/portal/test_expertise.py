"""The expertise at both doors, under the web's own login: what the gestionnaire and the employer do, and what nobody reads there."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from cases.enums import EtatBranche, GenreTache
from cases.enums_expertise import CodeReponse, SuiteExamen
from cases.models import Branche, Expertise, MedecinAgree, ReponseExpertise, Sinistre, Tache
from portal.branches import expertise as page
from tests import factories as f
from tests.expertises import agree
from tests.portal.conftest import entrer
from workflows import automates, moteur
from workflows.models import Execution

pytestmark = pytest.mark.django_db
CONCLUSION = "L’imputabilité n’est pas retenue."


@pytest.fixture
def dossier(m: f.Monde) -> Sinistre:
    return f.sinistre(m, "AS")


@pytest.fixture
def medecin() -> MedecinAgree:
    return agree()


@pytest.fixture
def branche(m: f.Monde, dossier: Sinistre) -> Branche:
    """Asked for on its page; its mission approved, which the bulle alone can write, is taken as done."""
    demander(m, dossier)
    branche = Branche.objects.get()
    jouer(m, branche, "mission")
    return branche


def demander(m: f.Monde, dossier: Sinistre, **lu: Any) -> Any:
    adresse = reverse("gestion:procedure-demander", args=[dossier.numero, "expertise"])
    return entrer(m.gestionnaire).post(adresse, {"buts": ["IMPUTABILITE"], "medecin": m.medecin.pk} | lu)


def faire(client: Client, porte: str, branche: Branche, nom: str, **lu: Any) -> Any:
    return client.post(reverse(f"{porte}:procedure-acte", args=[branche.uid, nom]), lu)


def lire(user: User, branche: Branche, porte: str = "gestion") -> Any:
    return entrer(user).get(reverse(f"{porte}:procedure", args=[branche.uid]))


def jouer(m: f.Monde, branche: Branche, nom: str, **champs: Any) -> None:
    """What the bulle does of a step, without its medical half, that this login may neither write nor read."""
    with moteur.etape(acteur=m.gestionnaire, branche=branche, nom=nom, action="expertise_mener") as e:
        for champ, valeur in champs.items():
            setattr(e.branche.expertise, champ, valeur)
        e.branche.expertise.save()


def passer_la_bulle(branche: Branche) -> None:
    """Automatic steps of the web; those of the bulle, whose rows are out of reach here, are ended as if they were done."""
    for _ in range(6):
        automates.balayer()
        for execution in Execution.objects.filter(terminee_le=None, dans_la_bulle=True).select_related("etape__process"):
            node = execution.etape.flow_task
            execution.terminee_le = timezone.now()
            execution.save(update_fields=["terminee_le"])
            with node.flow_class.lock(execution.etape.process_id):
                activation = node.activation_class(execution.etape)
                activation.start()
                activation.execute()


def minute(jours: int) -> str:
    return timezone.localtime(timezone.now() + dt.timedelta(days=jours)).strftime("%Y-%m-%dT%H:%M")


def convoquer(m: f.Monde, branche: Branche, medecin: MedecinAgree) -> None:
    cdg = entrer(m.gestionnaire)
    assert faire(cdg, "gestion", branche, "designer", medecin=medecin.pk, atteste="on").status_code == 302
    assert faire(cdg, "gestion", branche, "convoquer", le=minute(20), lieu="Cabinet, Lodève").status_code == 302
    passer_la_bulle(branche)


def conclure(m: f.Monde, branche: Branche) -> None:
    jouer(m, branche, "rapport_papier", suite=SuiteExamen.REALISE)
    passer_la_bulle(branche)
    expertise = Expertise.objects.get()
    ReponseExpertise.objects.create(expertise=expertise, but="IMPUTABILITE", code=CodeReponse.NON)
    jouer(m, branche, "conclusions", conclusion=CONCLUSION, conclue_le=timezone.now(), conclue_par=m.medecin)
    passer_la_bulle(branche)


def test_from_the_request_to_the_employer_s_decision(m: f.Monde, dossier: Sinistre, medecin: MedecinAgree) -> None:
    assert "Médecin conseil" in entrer(m.gestionnaire).get(reverse("gestion:procedure-demander", args=[dossier.numero, "expertise"])).text
    vide = demander(m, dossier, buts=[], medecin="")
    assert vide.status_code == 422 and "doit établir" in vide.text
    sans = demander(m, dossier, medecin="")
    assert sans.status_code == 422 and "Choisissez le médecin conseil" in sans.text
    assert demander(m, dossier).status_code == 302
    branche = Branche.objects.get()
    assert lire(m.gestionnaire, branche).status_code == lire(m.mairie, branche, "collectivite").status_code == 200
    jouer(m, branche, "mission")

    cdg = entrer(m.gestionnaire)
    refuse = faire(cdg, "gestion", branche, "designer", medecin=medecin.pk)
    assert refuse.status_code == 422 and "médecin traitant" in refuse.text
    assert faire(cdg, "gestion", branche, "designer", medecin=medecin.pk, atteste="on").status_code == 302
    court = faire(cdg, "gestion", branche, "convoquer", le=minute(5), lieu="Cabinet")
    assert court.status_code == 422 and "15 jours" in court.text
    assert faire(cdg, "gestion", branche, "convoquer", le=minute(20), lieu="Cabinet, Lodève").status_code == 302
    passer_la_bulle(branche)
    assert "Cabinet, Lodève" in lire(m.mairie, branche, "collectivite").text
    conclure(m, branche)

    employeur = lire(m.mairie, branche, "collectivite").text
    assert CONCLUSION in employeur and "Enregistrer la décision" in employeur
    assert CONCLUSION not in lire(m.payeur, branche).text, "the payeur reads no conclusion"
    assert Tache.objects.filter(genre=GenreTache.EX_SUITES, fermee_le=None).exists() is False, "the bulle's worker opens it"
    mairie = entrer(m.mairie)
    jour = timezone.localdate().isoformat()
    assert faire(mairie, "collectivite", branche, "decider", decision="ECARTER", le=jour).status_code == 422
    assert faire(mairie, "collectivite", branche, "decider", decision="SUIVRE", le=jour).status_code == 302
    facture = {"medecin": medecin.pk, "reference": "F-1", "facture_du": jour}
    assert faire(cdg, "gestion", branche, "honoraires", **facture, montant="zéro").status_code == 422
    assert faire(cdg, "gestion", branche, "honoraires", **facture, montant="180,00").status_code == 302
    passer_la_bulle(branche)
    branche.refresh_from_db()
    assert (branche.etat, branche.issue) == (EtatBranche.TERMINEE, "SUIVRE")

    # The refusal it calls for is prepared; a person sends it.
    apres = lire(m.gestionnaire, branche).text
    assert "Proposer un refus" in apres and 'value="NON_IMPUTABLE" selected' in apres
    assert "Proposer un refus" not in lire(m.mairie, branche, "collectivite").text
    assert faire(cdg, "gestion", branche, "proposer-refus", motif="NON_IMPUTABLE", portee="SINISTRE").status_code == 302
    dossier.refresh_from_db(fields=["version"])
    assert Sinistre.objects.get(pk=dossier.pk).etat == "EN_MEDIATION"
    assert "Proposer un refus" not in lire(m.gestionnaire, branche).text


def test_a_goal_about_a_period_needs_it(m: f.Monde, dossier: Sinistre) -> None:
    sans = demander(m, dossier, buts=["PROLONGATION"])
    assert sans.status_code == 422 and "quelle période" in sans.text
    assert demander(m, dossier, buts=["PROLONGATION"], arret=dossier.arrets.get().pk).status_code == 302


def test_an_absence_then_no_examination(m: f.Monde, branche: Branche, medecin: MedecinAgree) -> None:
    convoquer(m, branche, medecin)
    Expertise.objects.update(rendez_vous=timezone.now() - dt.timedelta(hours=1))
    cdg = entrer(m.gestionnaire)
    assert faire(cdg, "gestion", branche, "prolonger", fin=timezone.localdate().isoformat()).status_code == 302
    assert faire(cdg, "gestion", branche, "absence", absence="EXPERT", reporter="non").status_code == 422
    assert faire(cdg, "gestion", branche, "absence", absence="NON_EXCUSE", reporter="oui").status_code == 302
    passer_la_bulle(branche)
    assert "En rester là sans examen" in lire(m.gestionnaire, branche).text
    assert faire(cdg, "gestion", branche, "sans-examen").status_code == 302
    passer_la_bulle(branche)
    assert faire(cdg, "gestion", branche, "sans-honoraires", raison="Aucun déplacement").status_code == 302
    acte = faire(
        entrer(m.mairie),
        "collectivite",
        branche,
        "decider",
        decision="PRENDRE_ACTE",
        le=timezone.localdate().isoformat(),
        motivation="Nouvelle saisine.",
    )
    assert acte.status_code == 302
    passer_la_bulle(branche)
    branche.refresh_from_db()
    assert branche.etat == EtatBranche.TERMINEE


def test_a_medecin_is_replaced(m: f.Monde, branche: Branche, medecin: MedecinAgree) -> None:
    convoquer(m, branche, medecin)
    cdg = entrer(m.gestionnaire)
    assert faire(cdg, "gestion", branche, "recuser", motif="").status_code == 422
    assert faire(cdg, "gestion", branche, "recuser", motif="TRAITANT").status_code == 302
    passer_la_bulle(branche)
    designer = lire(m.gestionnaire, branche).text
    assert "Désigner le médecin agréé" in designer and str(medecin.nom) not in designer


def test_a_dossier_taken_back_is_entrusted_anew(m: f.Monde, branche: Branche) -> None:
    from cases.services import avis

    assert "Confier à un autre médecin conseil" not in lire(m.gestionnaire, branche).text
    avis.rappeler(acteur=m.gestionnaire, avis=Expertise.objects.get().avis)
    autre = f.person("MEDECIN_CONSEIL")
    assert "Confier à un autre médecin conseil" in lire(m.gestionnaire, branche).text
    assert faire(entrer(m.gestionnaire), "gestion", branche, "medecin-conseil", medecin=autre.pk).status_code == 302
    assert Expertise.objects.get().avis.medecin == autre


def test_who_may_ask_and_see(m: f.Monde, dossier: Sinistre, branche: Branche) -> None:
    adresse = [dossier.numero, "expertise"]
    assert entrer(m.mairie).get(reverse("collectivite:procedure-demander", args=adresse)).status_code in (403, 404)
    assert entrer(m.payeur).get(reverse("gestion:procedure-demander", args=adresse)).status_code in (403, 404)
    assert lire(m.mairie2, branche, "collectivite").status_code == 404
    assert dict(page.faits(m.payeur, branche)).keys() & {"Doit établir"} == set()
    assert dict(page.faits(m.gestionnaire, branche))["Doit établir"] == "L’imputabilité au service"
