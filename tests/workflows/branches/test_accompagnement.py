"""Accompagnement: nothing without the agent's accord, each form has its own hands, six months at most before the bilan."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import Canal, EtatBranche, FileTravail, GenreTache, OrigineBranche
from cases.errors import DonneeInvalide, Erreur, TransitionImpossible
from cases.models import Accompagnement, ActionAccompagnement, Branche, Echeance, Sinistre, Tache
from cases.rules import add_months, end_of_business
from journal.models import Contenu, Entree
from tests import factories as f
from workflows import automates, moteur
from workflows.branches.accompagnement import actes
from workflows.branches.accompagnement.delais import MOIS
from workflows.branches.accompagnement.ouverture import demander
from workflows.coherence import anomalies
from workflows.demande import Demande
from workflows.lifecycle import transiter

pytestmark = pytest.mark.django_db
RETOUR, COMPLEXE = "RETOUR_EMPLOI", "SITUATION_COMPLEXE"


def today() -> dt.date:
    return timezone.localdate()


@pytest.fixture
def m() -> f.Monde:
    return f.monde()


@pytest.fixture
def dossier(m: f.Monde) -> Sinistre:
    return f.sinistre(m)


def demandee(m: f.Monde, dossier: Sinistre, forme: str = RETOUR, **champs: Any) -> Branche:
    valeurs: dict[str, Any] = {"acteur": m.mairie, "sinistre": dossier, "forme": forme, "objectifs": ["REPRISE"]}
    return demander(**(valeurs | champs))


def accordee(m: f.Monde, dossier: Sinistre, forme: str = RETOUR) -> Branche:
    branche = demandee(m, dossier, forme)
    actes.recueillir_accord(acteur=m.gestionnaire, branche=branche, accord=True, le=today(), recueil="TELEPHONE")
    return branche


def designee(m: f.Monde, dossier: Sinistre, forme: str = RETOUR, **champs: Any) -> Branche:
    branche = accordee(m, dossier, forme)
    choix = {"psychologue": m.psychologue} if forme == RETOUR else {"referent": m.gestionnaire2, "psychologue_travail_nom": "Mme Faure"}
    actes.designer(acteur=m.gestionnaire, branche=branche, **(choix | champs))
    automates.balayer()
    return branche


def ouvertes(branche: Branche) -> dict[str, str]:
    return dict(Tache.objects.filter(sinistre=branche.sinistre_id, objet_type="etape", fermee_le__isnull=True).values_list("genre", "file"))


def etat(branche: Branche) -> tuple[str, str]:
    fresh = Branche.objects.get(pk=branche.pk)
    return fresh.etat, fresh.issue


def bilan(m: f.Monde, branche: Branche, **champs: Any) -> None:
    valeurs: dict[str, Any] = {"acteur": m.gestionnaire, "branche": branche, "issue": "REPRISE", "le": today()}
    actes.faire_bilan(**(valeurs | champs))


def test_a_programme_from_the_request_to_the_bilan(m: f.Monde, dossier: Sinistre) -> None:
    branche = demandee(m, dossier, objectifs=["RECLASSEMENT", "REPRISE"], precisions="Agent volontaire.")
    assert (branche.origine, ouvertes(branche)) == (OrigineBranche.COLLECTIVITE, {GenreTache.AC_ACCORD: FileTravail.ACCOMPAGNEMENTS})
    assert Accompagnement.objects.get(branche=branche).objectifs == ["REPRISE", "RECLASSEMENT"]
    actes.recueillir_accord(acteur=m.gestionnaire, branche=branche, accord=True, le=today(), recueil="ENTRETIEN")
    assert set(ouvertes(branche)) == {GenreTache.AC_DESIGNER}
    actes.designer(acteur=m.gestionnaire, branche=branche, psychologue=m.psychologue)
    automates.balayer()
    assert ouvertes(branche) == {GenreTache.AC_PSYCHOLOGUE: FileTravail.SOUTIENS}
    assert Tache.objects.get(genre=GenreTache.AC_PSYCHOLOGUE).destinataire == m.psychologue
    actes.terminer_intervention(acteur=m.gestionnaire, branche=branche, nom="psychologue")
    assert set(ouvertes(branche)) == {GenreTache.AC_BILAN}
    bilan(m, branche, issue="REPRISE_AMENAGEE", texte="Reprise à temps plein sur un poste aménagé.")
    assert (etat(branche), ouvertes(branche)) == ((EtatBranche.TERMINEE, "REPRISE_AMENAGEE"), {})
    assert not anomalies()


def test_a_complex_situation_waits_for_both_hands(m: f.Monde, dossier: Sinistre) -> None:
    branche = designee(m, dossier, COMPLEXE)
    assert set(ouvertes(branche)) == {GenreTache.AC_REFERENT, GenreTache.AC_PSY_TRAVAIL}
    assert Tache.objects.get(genre=GenreTache.AC_REFERENT).destinataire == m.gestionnaire2
    actes.terminer_intervention(acteur=m.gestionnaire, branche=branche, nom="psy_travail")
    assert set(ouvertes(branche)) == {GenreTache.AC_REFERENT}
    actes.terminer_intervention(acteur=m.gestionnaire2, branche=branche, nom="referent")
    assert set(ouvertes(branche)) == {GenreTache.AC_BILAN}
    bilan(m, branche)
    assert etat(branche) == (EtatBranche.TERMINEE, "REPRISE")
    assert not anomalies()


def test_without_the_agent_nothing_begins(m: f.Monde, dossier: Sinistre) -> None:
    branche = demandee(m, dossier)
    with pytest.raises(moteur.EtapeFermee):
        actes.designer(acteur=m.gestionnaire, branche=branche, psychologue=m.psychologue)
    with pytest.raises(moteur.EtapeFermee):
        actes.inscrire_action(acteur=m.gestionnaire, branche=branche, action="Visite du poste", responsable="Mairie", prevue_le=today())
    actes.recueillir_accord(acteur=m.gestionnaire, branche=branche, accord=False, le=today(), recueil="COURRIER")
    assert (etat(branche), ouvertes(branche)) == ((EtatBranche.TERMINEE, "ACCORD_REFUSE"), {})
    assert not anomalies()


def test_the_agent_may_stop_at_any_time(m: f.Monde) -> None:
    for etape in (demandee, accordee, designee):
        branche = etape(m, f.sinistre(m, de=f.agent(m.collectivite)))
        actes.arreter(acteur=m.gestionnaire, branche=branche, le=today())
        assert (etat(branche), ouvertes(branche)) == ((EtatBranche.TERMINEE, "ARRET_AGENT"), {})
        with pytest.raises(moteur.EtapeFermee):
            actes.arreter(acteur=m.gestionnaire, branche=branche, le=today())
    assert not Echeance.objects.filter(etape__isnull=False, levee_le__isnull=True, traitee_le__isnull=True).exists()
    assert not anomalies()


@pytest.mark.parametrize("forme", [RETOUR, COMPLEXE])
def test_after_six_months_one_takes_stock(m: f.Monde, dossier: Sinistre, forme: str) -> None:
    branche = designee(m, dossier, forme)
    echeances = Echeance.objects.filter(etape__process=branche.processus_id, levee_le__isnull=True)
    assert set(echeances.values_list("due_at", flat=True)) == {end_of_business(add_months(today(), MOIS))}
    echeances.update(due_at=timezone.now() - dt.timedelta(minutes=1))
    automates.balayer()
    assert set(ouvertes(branche)) == {GenreTache.AC_BILAN}
    assert not anomalies()
    bilan(m, branche, issue="SANS_EFFET")
    assert etat(branche) == (EtatBranche.TERMINEE, "SANS_EFFET")
    assert not anomalies()


def test_it_outlives_the_closing_of_the_dossier_and_begins_after_it(m: f.Monde, dossier: Sinistre) -> None:
    branche = designee(m, dossier)
    f.complete_pieces(dossier, m.gestionnaire)
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="valider")
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="clore", demande=Demande(motif="REPRISE", date_effet=today()))
    assert etat(branche)[0] == EtatBranche.EN_COURS
    assert not anomalies()
    autre = demandee(m, dossier, COMPLEXE, acteur=m.gestionnaire, canal=Canal.TELEPHONE)
    assert (autre.origine, autre.canal) == (OrigineBranche.CDG, Canal.TELEPHONE)


@pytest.mark.parametrize(("nom", "demande"), [
    ("annuler", Demande(motif="DOUBLE")),
    ("clore", Demande(motif="RETRAITE", date_effet=timezone.localdate())),
])  # fmt: skip
def test_nobody_is_accompanied_on_a_dossier_whose_agent_is_gone(m: f.Monde, dossier: Sinistre, nom: str, demande: Demande) -> None:
    f.complete_pieces(dossier, m.gestionnaire)
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom="valider")
    transiter(acteur=m.gestionnaire, numero=dossier.numero, nom=nom, demande=demande)
    with pytest.raises(TransitionImpossible):
        demandee(m, dossier)


def test_one_of_each_form_at_a_time(m: f.Monde, dossier: Sinistre) -> None:
    demandee(m, dossier)
    with pytest.raises(Erreur, match="déjà en cours"):
        demandee(m, dossier)
    demandee(m, dossier, COMPLEXE)


@pytest.mark.parametrize("qui", ["mairie2", "payeur", "medecin", "psychologue", "assureur", "admin"])
def test_who_may_not_ask(m: f.Monde, dossier: Sinistre, qui: str) -> None:
    with pytest.raises(Refus):
        demandee(m, dossier, acteur=m.people[qui])


@pytest.mark.parametrize("qui", ["mairie", "payeur", "medecin", "psychologue", "admin"])
def test_who_may_not_lead(m: f.Monde, dossier: Sinistre, qui: str) -> None:
    branche, acteur = demandee(m, dossier), m.people[qui]
    with pytest.raises(Refus):
        actes.recueillir_accord(acteur=acteur, branche=branche, accord=True, le=today(), recueil="TELEPHONE")
    with pytest.raises(Refus):
        actes.arreter(acteur=acteur, branche=branche, le=today())
    with pytest.raises(Refus):
        actes.inscrire_action(acteur=acteur, branche=branche, action="x", responsable="y", prevue_le=today())


def test_the_programme_belongs_to_its_psychologue(m: f.Monde, dossier: Sinistre) -> None:
    """By a right that stands on the programme: a psychologue has none on the dossier."""
    branche = designee(m, dossier)
    accompagnement = Accompagnement.objects.get(branche=branche)
    assert accompagnement.est_refere_a(m.psychologue)
    assert not accompagnement.est_refere_a(f.person("PSYCHOLOGUE"))
    bilan_fait = designee(m, f.sinistre(m, de=f.agent(m.collectivite)))
    actes.arreter(acteur=m.gestionnaire, branche=bilan_fait, le=today())
    assert not Accompagnement.objects.get(branche=bilan_fait).est_refere_a(m.psychologue), "and no longer once it is over"


def test_another_takes_over(m: f.Monde, dossier: Sinistre) -> None:
    branche = designee(m, dossier)
    actes.designer(acteur=m.gestionnaire, branche=branche, psychologue_nom="Mme Serre")
    tache = Tache.objects.get(genre=GenreTache.AC_PSYCHOLOGUE, fermee_le__isnull=True)
    assert (tache.destinataire, tache.file) == (None, FileTravail.ACCOMPAGNEMENTS)
    assert not Accompagnement.objects.get(branche=branche).est_refere_a(m.psychologue)
    actes.terminer_intervention(acteur=m.gestionnaire, branche=branche, nom="psychologue")
    assert not anomalies()


@pytest.mark.parametrize(
    ("forme", "choix", "champ"),
    [
        (RETOUR, {}, "psychologue"),
        (RETOUR, {"psychologue": "gestionnaire"}, "psychologue"),
        (COMPLEXE, {"psychologue_travail_nom": "Mme Faure"}, "referent"),
        (COMPLEXE, {"referent": "psychologue", "psychologue_travail_nom": "Mme Faure"}, "referent"),
        (COMPLEXE, {"referent_nom": "M. Roux"}, "psychologue_travail_nom"),
    ],
)
def test_each_form_names_its_own(m: f.Monde, dossier: Sinistre, forme: str, choix: dict[str, str], champ: str) -> None:
    branche = accordee(m, dossier, forme)
    champs: dict[str, Any] = {nom: m.people.get(valeur, valeur) for nom, valeur in choix.items()}
    with pytest.raises(DonneeInvalide) as refused:
        actes.designer(acteur=m.gestionnaire, branche=branche, **champs)
    assert list(refused.value.champs) == [champ]
    assert set(ouvertes(branche)) == {GenreTache.AC_DESIGNER}


def test_nobody_accompanies_himself(m: f.Monde) -> None:
    agent = f.agent(m.collectivite, compte=m.gestionnaire2)
    branche = accordee(m, f.sinistre(m, de=agent), COMPLEXE)
    with pytest.raises(DonneeInvalide):
        actes.designer(acteur=m.gestionnaire, branche=branche, referent=m.gestionnaire2, psychologue_travail_nom="Mme Faure")


@pytest.mark.parametrize(
    ("valeurs", "champ"),
    [
        ({"forme": "AUTRE"}, "forme"),
        ({"objectifs": []}, "objectifs"),
        ({"objectifs": ["GAGNER"]}, "objectifs"),
        ({"precisions": "x" * 501}, "precisions"),
        ({"precisions": "Suite à sa dépression."}, "assume"),
    ],
)
def test_a_bad_request_says_which_field(m: f.Monde, dossier: Sinistre, valeurs: dict[str, Any], champ: str) -> None:
    with pytest.raises(DonneeInvalide) as refused:
        demandee(m, dossier, **valeurs)
    assert list(refused.value.champs) == [champ]
    assert not Branche.objects.exists()


def test_a_bad_answer_of_the_agent_says_which_field(m: f.Monde, dossier: Sinistre) -> None:
    branche = demandee(m, dossier)
    for le, recueil, champ in [(today() + dt.timedelta(days=1), "TELEPHONE", "le"), (today(), "RUMEUR", "recueil")]:
        with pytest.raises(DonneeInvalide) as refused:
            actes.recueillir_accord(acteur=m.gestionnaire, branche=branche, accord=True, le=le, recueil=recueil)
        assert list(refused.value.champs) == [champ]
    assert Accompagnement.objects.get(branche=branche).accord is None


def test_the_plan_of_actions(m: f.Monde, dossier: Sinistre) -> None:
    branche = designee(m, dossier, COMPLEXE)
    inscrite = {"acteur": m.gestionnaire, "branche": branche, "action": "Visite du poste", "responsable": "Mairie", "prevue_le": today()}
    ligne = actes.inscrire_action(**inscrite)  # type: ignore[arg-type]
    bad: list[tuple[dict[str, Any], str]] = [
        ({"action": " "}, "action"),
        ({"action": "Soigner la lombalgie"}, "action"),
        ({"responsable": ""}, "responsable"),
        ({"prevue_le": today() - dt.timedelta(days=1)}, "prevue_le"),
    ]
    for valeurs, champ in bad:
        with pytest.raises(DonneeInvalide) as refused:
            actes.inscrire_action(**(inscrite | valeurs))  # type: ignore[arg-type]
        assert list(refused.value.champs) == [champ]
    with pytest.raises(DonneeInvalide):
        actes.faire_action(acteur=m.gestionnaire, branche=branche, action_id=ligne.pk, le=today() + dt.timedelta(days=1))
    elsewhere = designee(m, f.sinistre(m, de=f.agent(m.collectivite)))
    with pytest.raises(DonneeInvalide):
        actes.faire_action(acteur=m.gestionnaire, branche=elsewhere, action_id=ligne.pk, le=today())
    for _ in range(2):
        actes.faire_action(acteur=m.gestionnaire, branche=branche, action_id=ligne.pk, le=today())
    assert ActionAccompagnement.objects.get().faite_le == today()
    assert Entree.objects.filter(action="accompagnement.action_faite").count() == 1


@pytest.mark.parametrize(
    ("valeurs", "champ"),
    [
        ({"issue": "ACCORD_REFUSE"}, "issue"),
        ({"issue": "GAGNE"}, "issue"),
        ({"le": timezone.localdate() + dt.timedelta(days=1)}, "le"),
        ({"texte": "x" * 1001}, "texte"),
        ({"texte": "Le syndrome persiste."}, "assume"),
    ],
)
def test_a_bad_bilan_says_which_field(m: f.Monde, dossier: Sinistre, valeurs: dict[str, Any], champ: str) -> None:
    branche = designee(m, dossier)
    actes.terminer_intervention(acteur=m.gestionnaire, branche=branche, nom="psychologue")
    with pytest.raises(DonneeInvalide) as refused:
        bilan(m, branche, **valeurs)
    assert list(refused.value.champs) == [champ]
    assert etat(branche) == (EtatBranche.EN_COURS, "")


def test_each_step_costs_at_most_thirty_queries(m: f.Monde, dossier: Sinistre, django_assert_max_num_queries: Any) -> None:
    branche = demandee(m, dossier, COMPLEXE)
    g = m.gestionnaire
    with django_assert_max_num_queries(30):
        actes.recueillir_accord(acteur=g, branche=branche, accord=True, le=today(), recueil="TELEPHONE")
    with django_assert_max_num_queries(30):
        actes.designer(acteur=g, branche=branche, referent_nom="M. Roux", psychologue_travail_nom="Mme Faure")
    automates.balayer()
    for nom in ("referent", "psy_travail"):
        with django_assert_max_num_queries(30):
            actes.terminer_intervention(acteur=g, branche=branche, nom=nom)
    with django_assert_max_num_queries(30):
        bilan(m, branche)


def test_what_was_written_stays_out_of_the_journal(m: f.Monde, dossier: Sinistre) -> None:
    branche = demandee(m, dossier, COMPLEXE, precisions="Conflit avec Zorglub.")
    actes.recueillir_accord(acteur=m.gestionnaire, branche=branche, accord=True, le=today(), recueil="TELEPHONE")
    actes.designer(acteur=m.gestionnaire, branche=branche, referent_nom="M. Zorglub", psychologue_travail_nom="Mme Zorglub")
    actes.inscrire_action(acteur=m.gestionnaire, branche=branche, action="Voir Zorglub", responsable="Zorglub", prevue_le=today())
    entrees = Entree.objects.filter(sinistre_id=dossier.pk)
    assert "Zorglub" not in str(list(entrees.values_list("motif", flat=True)))
    assert "Zorglub" not in str(list(Contenu.objects.filter(entree__in=entrees).values_list("donnees", flat=True)))


def test_the_table_itself_refuses_hands_without_accord(m: f.Monde, dossier: Sinistre) -> None:
    accompagnement = Accompagnement.objects.get(branche=demandee(m, dossier))
    changes: list[dict[str, Any]] = [
        {"designes_le": timezone.now(), "psychologue_nom": "Mme Serre"},
        {"accord": True},
        {"objectifs": []},
        {"accord": True, "accord_le": today(), "accord_recueil": "TELEPHONE", "designes_le": timezone.now()},
    ]
    for champs in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            Accompagnement.objects.filter(pk=accompagnement.pk).update(**champs)
