"""The médecin conseil's administrative conclusion, and internal notes."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.enums import Role
from accounts.gate import Refus
from accounts.models import User
from cases.enums import GenreTache, SensAvis
from cases.errors import DonneeInvalide, Erreur
from cases.models import AvisMedecin, Note, Sinistre, Tache
from cases.models.avis import Delegation, QuestionMedecin
from cases.selectors import delegations_de, notes_du_sinistre, sinistres_visibles, taches_visibles, timeline
from cases.services import avis as service
from cases.services import taches
from cases.services.notes import annoter
from journal.models import Entree
from journal.services import consigner
from tests import factories as f

Q = QuestionMedecin.JUSTIFICATION


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    return f.sinistre(m)


@pytest.fixture
def avis(m: f.Monde, sinistre: Sinistre) -> AvisMedecin:
    return service.confier(acteur=m.gestionnaire, sinistre=sinistre, medecin=m.medecin, question=Q)


def open_tasks(sinistre: Sinistre) -> set[str]:
    return set(Tache.objects.filter(sinistre=sinistre, fermee_le=None).values_list("genre", flat=True))


def test_entrusting_opens_the_dossier_to_the_medecin_and_recalling_closes_it(m: f.Monde, sinistre: Sinistre) -> None:
    assert not sinistres_visibles(m.medecin).exists()
    avis = service.confier(acteur=m.gestionnaire, sinistre=sinistre, medecin=m.medecin, question=Q)
    assert list(sinistres_visibles(m.medecin)) == [sinistre]
    service.rappeler(acteur=m.gestionnaire, avis=avis)
    assert not sinistres_visibles(m.medecin).exists()
    assert GenreTache.AVIS_MEDECIN not in open_tasks(sinistre)
    with pytest.raises(Erreur, match="plus confié"):
        service.rendre(acteur=m.medecin, avis=avis, sens=SensAvis.FAVORABLE, conclusion="Justifié")
    with pytest.raises(Erreur):
        service.rappeler(acteur=m.gestionnaire, avis=avis)


def test_one_question_at_a_time(m: f.Monde, sinistre: Sinistre, avis: AvisMedecin) -> None:
    with pytest.raises(Erreur, match="déjà demandé"):
        service.confier(acteur=m.gestionnaire2, sinistre=sinistre, medecin=m.medecin, question=Q)
    service.rendre(acteur=m.medecin, avis=avis, sens=SensAvis.FAVORABLE, conclusion="Justifié")
    assert service.confier(acteur=m.gestionnaire, sinistre=sinistre, medecin=m.medecin, question=Q).pk != avis.pk


def test_the_conclusion_comes_back_once(m: f.Monde, sinistre: Sinistre, avis: AvisMedecin) -> None:
    rendu = service.rendre(acteur=m.medecin, avis=avis, sens=SensAvis.DEFAVORABLE, conclusion="  Arrêt non justifié au-delà du 3. ")
    assert rendu.conclusion == "Arrêt non justifié au-delà du 3."
    assert GenreTache.LIRE_AVIS in open_tasks(sinistre)
    assert GenreTache.AVIS_MEDECIN not in open_tasks(sinistre)
    with pytest.raises(Erreur, match="déjà rendu"):
        service.rendre(acteur=m.medecin, avis=avis, sens=SensAvis.FAVORABLE, conclusion="Autre")
    service.prendre_connaissance(acteur=m.gestionnaire, avis=rendu)
    assert GenreTache.LIRE_AVIS not in open_tasks(sinistre)


def test_neither_question_nor_conclusion_reaches_the_journal(m: f.Monde, avis: AvisMedecin) -> None:
    service.rendre(acteur=m.medecin, avis=avis, sens=SensAvis.DEFAVORABLE, conclusion="canari-7f3a")
    for entree in Entree.objects.filter(objet_type="avis").select_related("contenu"):
        assert "canari" not in entree.motif + str(entree.contenu.donnees)
        assert Q not in entree.motif + str(entree.contenu.donnees)


@pytest.mark.parametrize(("sens", "conclusion", "champ"), [("BOF", "x", "sens"), (SensAvis.FAVORABLE, "  ", "conclusion")])
def test_half_an_opinion_is_refused(m: f.Monde, avis: AvisMedecin, sens: str, conclusion: str, champ: str) -> None:
    with pytest.raises(DonneeInvalide) as refused:
        service.rendre(acteur=m.medecin, avis=avis, sens=sens, conclusion=conclusion)
    assert set(refused.value.champs) == {champ}


def test_only_the_chosen_medecin_answers(m: f.Monde, avis: AvisMedecin) -> None:
    for acteur in (f.person(Role.MEDECIN_CONSEIL), m.gestionnaire, m.secretariat, m.admin):
        with pytest.raises(Refus) as refused:
            service.rendre(acteur=acteur, avis=avis, sens=SensAvis.FAVORABLE, conclusion="x")
        assert not refused.value.visible


def test_a_dossier_goes_to_a_medecin_and_never_to_its_own_agent(m: f.Monde, sinistre: Sinistre) -> None:
    with pytest.raises(DonneeInvalide):
        service.confier(acteur=m.gestionnaire, sinistre=sinistre, medecin=m.expert, question=Q)
    with pytest.raises(DonneeInvalide):
        service.confier(acteur=m.gestionnaire, sinistre=sinistre, medecin=m.medecin, question="DIAGNOSTIC")
    with pytest.raises(Refus):
        service.confier(acteur=m.payeur, sinistre=sinistre, medecin=m.medecin, question=Q)
    m.agent.compte = m.medecin
    m.agent.save(update_fields=["compte"])
    sinistre = Sinistre.objects.get(pk=sinistre.pk)
    with pytest.raises(DonneeInvalide) as refused:
        service.confier(acteur=m.gestionnaire, sinistre=sinistre, medecin=m.medecin, question=Q)
    assert set(refused.value.champs) == {"medecin"}
    assert not AvisMedecin.objects.exists()


def test_the_database_wants_a_whole_opinion(m: f.Monde, avis: AvisMedecin) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        AvisMedecin.objects.filter(pk=avis.pk).update(rendu_le=timezone.now(), sens=SensAvis.FAVORABLE)


def test_notes_are_the_cdg_s_own(m: f.Monde, sinistre: Sinistre) -> None:
    with pytest.raises(DonneeInvalide):
        annoter(acteur=m.gestionnaire, sinistre=sinistre, texte=" \n")
    note = annoter(acteur=m.gestionnaire, sinistre=sinistre, texte=" Rappeler lundi. ")
    assert note.texte == "Rappeler lundi."
    assert list(notes_du_sinistre(m.gestionnaire2, sinistre)) == [note]
    assert not notes_du_sinistre(m.mairie, sinistre).exists()
    for acteur in (m.mairie, m.medecin, m.assureur, m.secretariat):
        with pytest.raises(Refus):
            annoter(acteur=acteur, sinistre=sinistre, texte="x")
    assert Note.objects.count() == 1
    assert timeline(m.gestionnaire, sinistre).filter(action="note.ecrite").exists()
    assert not timeline(m.mairie, sinistre).filter(action="note.ecrite").exists()
    assert timeline(m.mairie, sinistre).filter(action="sinistre.declarer").exists()


# -- referral with earlier dossiers, replacement --------------------------------------------------------------------------------


def test_earlier_dossiers_come_only_where_the_referral_says_so(m: f.Monde) -> None:
    ancien = f.sinistre(m, arret=f.arret_demande(timezone.localdate() - dt.timedelta(days=300)))
    autre = f.sinistre(m, par=m.mairie2, de=m.autre_agent)
    present = f.sinistre(m)
    suivant = f.sinistre(m, arret=f.arret_demande(timezone.localdate() - dt.timedelta(days=8), 5))
    sans = service.confier(acteur=m.gestionnaire, sinistre=present, medecin=m.medecin, question=Q)
    assert set(sinistres_visibles(m.medecin)) == {present} and not ancien.est_refere_a(m.medecin)
    service.rappeler(acteur=m.gestionnaire, avis=sans)
    service.confier(acteur=m.gestionnaire, sinistre=present, medecin=m.medecin, question=Q, avec_anterieurs=True)
    assert set(sinistres_visibles(m.medecin)) == {present, ancien}
    assert ancien.est_refere_a(m.medecin)
    assert not suivant.est_refere_a(m.medecin) and not autre.est_refere_a(m.medecin)


def _absence(m: f.Monde, remplacant: User, debut: int = 0, fin: int = 10) -> Delegation:
    jour = timezone.localdate()
    return service.deleguer(
        acteur=m.medecin, remplacant=remplacant, debut=jour + dt.timedelta(days=debut), fin=jour + dt.timedelta(days=fin)
    )


def test_a_replacement_sees_and_answers_in_his_own_name_until_it_ends(m: f.Monde, sinistre: Sinistre, avis: AvisMedecin) -> None:
    remplacant = f.person(Role.MEDECIN_CONSEIL)
    delegation = _absence(m, remplacant)
    assert list(delegations_de(remplacant)) == list(delegations_de(m.medecin)) == [delegation]
    tache = taches_visibles(remplacant).get(genre=GenreTache.AVIS_MEDECIN)
    assert taches.prendre(acteur=remplacant, tache=tache).porteur == remplacant
    assert list(sinistres_visibles(remplacant)) == [sinistre]
    service.retirer_delegation(acteur=m.medecin, delegation=delegation)
    assert not sinistres_visibles(remplacant).exists() and not taches_visibles(remplacant).exists()
    with pytest.raises(Refus):
        service.rendre(acteur=remplacant, avis=avis, sens=SensAvis.FAVORABLE, conclusion="x")
    _absence(m, remplacant)
    service.rendre(acteur=remplacant, avis=avis, sens=SensAvis.FAVORABLE, conclusion="Justifié")
    assert Entree.objects.get(action="avis.rendu").acteur_id == remplacant.pk
    service.retirer_delegation(acteur=m.medecin, delegation=delegation)
    assert Entree.objects.filter(action="delegation.retiree").count() == 1, "withdrawn twice, written once"


def test_a_replacement_that_has_not_begun_or_is_over_opens_nothing(m: f.Monde, sinistre: Sinistre, avis: AvisMedecin) -> None:
    remplacant = f.person(Role.MEDECIN_CONSEIL)
    delegation = _absence(m, remplacant, debut=1)
    assert not sinistre.est_refere_a(remplacant)
    jour = timezone.localdate()
    Delegation.objects.filter(pk=delegation.pk).update(debut=jour - dt.timedelta(days=9), fin=jour - dt.timedelta(days=1))
    assert not sinistre.est_refere_a(remplacant) and not sinistres_visibles(remplacant).exists()


def test_a_replacement_is_another_medecin_conseil_between_dates_to_come(m: f.Monde) -> None:
    remplacant = f.person(Role.MEDECIN_CONSEIL)
    for qui, debut, fin, champ in (
        (m.expert, 0, 1, "remplacant"),
        (m.medecin, 0, 1, "remplacant"),
        (remplacant, 3, 2, "fin"),
        (remplacant, -5, -1, "fin"),
        (remplacant, 0, 400, "fin"),
    ):
        with pytest.raises(DonneeInvalide) as refused:
            _absence(m, qui, debut, fin)
        assert set(refused.value.champs) == {champ}
    delegation = _absence(m, remplacant)
    with pytest.raises(DonneeInvalide):
        _absence(m, remplacant, 10, 20)
    with pytest.raises(Refus):
        service.retirer_delegation(acteur=remplacant, delegation=delegation)
    with pytest.raises(Refus):
        service.deleguer(acteur=m.gestionnaire, remplacant=remplacant, debut=delegation.debut, fin=delegation.fin)
    assert Delegation.objects.count() == 1


def test_what_the_bulle_does_is_not_in_the_timeline_outside(m: f.Monde, sinistre: Sinistre, avis: AvisMedecin) -> None:
    with transaction.atomic():
        for action in ("mission.confiee", "opinion.ecrite", "fichier_medical.lu", "lien_agent.cree"):
            consigner(acteur=m.medecin, action=action, objet_type="essai", objet_id=1, sinistre_id=sinistre.pk)
    for user in (m.gestionnaire, m.responsable, m.mairie):
        assert not timeline(user, sinistre).filter(objet_type="essai").exists()
    assert timeline(m.medecin, sinistre).filter(objet_type="essai").count() == 4
