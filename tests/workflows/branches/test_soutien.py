"""Soutien psychologique (domain: §5.3): every path to its end, under the bulle's login; nothing before the agent's agreement; quotas."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import EtatBranche, GenreTache
from cases.errors import DonneeInvalide, Erreur
from cases.models import Branche, Echeance, Programme, Sinistre, SoutienVisible, Tache
from medical.enums_soutien import Accord, ActeSoutien, IssueSoutien, Voie
from medical.models import LienAgent, Seance, Soutien, TraceSoutien
from medical.rules_soutien import REGLES
from medical.selectors_soutien import du_lien, mes_soutiens, mon_soutien, suivis
from medical.services import soutien as services
from tests import factories as f
from tests.dehors import dehors
from workflows import automates, coherence, moteur
from workflows.branches.soutien import actes, creneaux
from workflows.branches.soutien.actes import SeanceSaisie

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]


@pytest.fixture
def m(db: None) -> f.Monde:
    return f.monde()


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    with dehors():
        return f.sinistre(m, "AS")


@pytest.fixture
def lien(m: f.Monde, sinistre: Sinistre) -> LienAgent:
    expire = timezone.now() + dt.timedelta(days=1)
    return LienAgent.objects.create(sinistre=sinistre, empreinte="e", code="c", cree_par=m.secretariat, expire_le=expire)


def creneau() -> None:
    """The slot comes."""
    Soutien.objects.filter(suite_le__isnull=False).update(suite_le=timezone.now())
    creneaux.suivre()


def lu(soutien: Soutien) -> Soutien:
    return Soutien.objects.select_related("sinistre__agent", "psychologue", "branche", "cle").get(pk=soutien.pk)


def ouverts(soutien: Soutien) -> set[str]:
    branche = lu(soutien).branche
    assert branche is not None
    steps = branche.processus.task_set.values("pk")
    return set(Tache.objects.filter(objet_type="etape", objet_id__in=steps, fermee_le__isnull=True).values_list("genre", flat=True))


def demande(lien: LienAgent, programme: str = Programme.RESSOURCES) -> Soutien:
    soutien = services.demander(lien=lien, programme=programme, contact="06 00 00 00 00")
    creneau()
    return lu(soutien)


def engage(m: f.Monde, lien: LienAgent, programme: str = Programme.RESSOURCES) -> Soutien:
    """Asked for, confided, first contact made."""
    soutien = demande(lien, programme)
    actes.affecter(acteur=m.secretariat, soutien=soutien, psychologue=m.psychologue)
    actes.prendre_contact(acteur=m.psychologue, soutien=lu(soutien), le=timezone.localdate())
    return lu(soutien)


def saisie(**champs: Any) -> SeanceSaisie:
    dite: dict[str, Any] = {"tenue_le": timezone.localdate(), "forme": "CABINET", "duree": 45}
    return SeanceSaisie(**(dite | champs))


def tenir(m: f.Monde, soutien: Soutien, nombre: int) -> None:
    for _ in range(nombre):
        actes.tenir_seance(acteur=m.psychologue, soutien=lu(soutien), saisie=saisie())


def coherent() -> None:
    assert list(coherence.anomalies()) == []


def actes_de(soutien: Soutien) -> list[str]:
    return list(TraceSoutien.objects.filter(soutien=soutien).order_by("pk").values_list("acte", flat=True))


# -- Paths --------------------------------------------------------------------------------------------------------------------


def test_asked_by_the_agent_to_its_end(m: f.Monde, lien: LienAgent) -> None:
    soutien = services.demander(lien=lien, programme=Programme.RESSOURCES, contact="06 00 00 00 00")
    assert soutien.branche is None and not Branche.objects.exists(), "nothing outside before the slot"
    assert soutien.suite_le is not None and soutien.suite_le >= soutien.demande_le + dt.timedelta(hours=1)
    creneau()
    assert ouverts(soutien) == {GenreTache.SP_AFFECTER}
    actes.affecter(acteur=m.secretariat, soutien=lu(soutien), psychologue=m.psychologue)
    assert ouverts(soutien) == {GenreTache.SP_CONTACT}
    assert Tache.objects.get(genre=GenreTache.SP_CONTACT).destinataire == m.psychologue
    actes.prendre_contact(acteur=m.psychologue, soutien=lu(soutien), le=timezone.localdate())
    assert ouverts(soutien) == {GenreTache.SP_SEANCES}
    tenir(m, soutien, 2)
    actes.terminer(acteur=m.psychologue, soutien=lu(soutien), issue=IssueSoutien.ATTEINT)
    automates.balayer()
    fini = lu(soutien)
    assert fini.branche is not None and fini.branche.etat == EtatBranche.TERMINEE
    assert fini.issue == IssueSoutien.ATTEINT and fini.clos_le is not None
    creneau()
    assert lu(soutien).branche == fini.branche and lu(soutien).suite_le is None
    assert actes_de(soutien) == ["DEMANDE", "AFFECTE", "CONTACT", "SEANCE", "SEANCE", "SEANCES_FINIES", "CLOS"]
    coherent()


def test_proposed_then_accepted_by_link(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    soutien = services.proposer(acteur=m.secretariat, sinistre=sinistre, programme=Programme.ATLAS)
    creneau()
    assert ouverts(soutien) == {GenreTache.SP_CONSENTEMENT}
    with pytest.raises(moteur.EtapeFermee):
        actes.affecter(acteur=m.secretariat, soutien=lu(soutien), psychologue=m.psychologue)
    services.repondre(lien=lien, accepte=True, contact="agent@exemple.fr")
    assert ouverts(soutien) == {GenreTache.SP_CONSENTEMENT}, "the procedure knows nothing of it before the slot"
    creneau()
    assert ouverts(soutien) == {GenreTache.SP_AFFECTER}
    assert services.lire_contact(acteur=m.secretariat, soutien=lu(soutien)) == "agent@exemple.fr"
    coherent()


def test_proposed_then_refused_by_link(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    soutien = services.proposer(acteur=m.secretariat, sinistre=sinistre, programme=Programme.ATLAS)
    creneau()
    services.repondre(lien=lien, accepte=False)
    creneau()
    fini = lu(soutien)
    assert fini.branche is not None and fini.branche.etat == EtatBranche.TERMINEE and ouverts(soutien) == set()
    assert fini.issue == IssueSoutien.REFUS and fini.branche.issue == "", "how it ended is not told outside"
    coherent()


def test_proposed_and_answered_before_the_slot_shows_nothing_or_goes_on(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    refuse = services.proposer(acteur=m.secretariat, sinistre=sinistre, programme=Programme.ATLAS)
    services.repondre(lien=lien, accepte=False)
    creneau()
    assert lu(refuse).branche is None and not Branche.objects.exists()
    accepte = services.proposer(acteur=m.secretariat, sinistre=sinistre, programme=Programme.ATLAS)
    services.repondre(lien=lien, accepte=True, contact="06")
    creneau()
    assert ouverts(accepte) == {GenreTache.SP_AFFECTER}


@pytest.mark.parametrize("accepte", [True, False])
def test_the_answer_noted_by_the_secretariat(m: f.Monde, sinistre: Sinistre, accepte: bool) -> None:
    soutien = services.proposer(acteur=m.secretariat, sinistre=sinistre, programme=Programme.REACTION)
    jour = timezone.localdate()
    noter: dict[str, Any] = {"acteur": m.secretariat, "voie": Voie.TELEPHONE, "le": jour, "accepte": accepte, "contact": "06"}
    with pytest.raises(actes.PasEncoreOuvert):
        actes.noter_reponse(soutien=lu(soutien), **noter)
    creneau()
    with pytest.raises(DonneeInvalide):
        actes.noter_reponse(soutien=lu(soutien), **(noter | {"voie": Voie.LIEN}))
    with pytest.raises(DonneeInvalide):
        actes.noter_reponse(soutien=lu(soutien), **(noter | {"le": jour + dt.timedelta(days=1)}))
    actes.noter_reponse(soutien=lu(soutien), **noter)
    note = lu(soutien)
    assert (note.accord, note.accord_voie, note.accord_note_par) == (
        Accord.DONNE if accepte else Accord.REFUSE, Voie.TELEPHONE, m.secretariat,
    )  # fmt: skip
    assert ouverts(soutien) == ({GenreTache.SP_AFFECTER} if accepte else set())
    coherent()


def test_a_late_contact_warns_the_secretariat_who_confides_it_to_another(m: f.Monde, lien: LienAgent) -> None:
    soutien = demande(lien)
    actes.affecter(acteur=m.secretariat, soutien=soutien, psychologue=m.psychologue)
    Echeance.objects.filter(genre="SP_CONTACT").update(due_at=timezone.now() - dt.timedelta(minutes=1))
    automates.balayer()
    automates.balayer()
    retard = Tache.objects.get(genre=GenreTache.SP_AFFECTER, objet_type="branche", fermee_le__isnull=True)
    assert retard.sinistre is None and retard.file == "bulle"
    autre = f.person("PSYCHOLOGUE")
    actes.affecter(acteur=m.secretariat, soutien=lu(soutien), psychologue=autre)
    retard.refresh_from_db()
    assert retard.fermee_le is not None
    assert Tache.objects.get(genre=GenreTache.SP_CONTACT, fermee_le__isnull=True).destinataire == autre
    assert mes_soutiens(m.psychologue) == [] and [s.pk for s in mes_soutiens(autre)] == [soutien.pk]
    with pytest.raises(Refus):
        actes.prendre_contact(acteur=m.psychologue, soutien=lu(soutien), le=timezone.localdate())
    actes.prendre_contact(acteur=autre, soutien=lu(soutien), le=timezone.localdate())
    coherent()


def test_a_contact_taken_before_the_worker_comes_warns_nobody(m: f.Monde, lien: LienAgent) -> None:
    soutien = demande(lien)
    actes.affecter(acteur=m.secretariat, soutien=soutien, psychologue=m.psychologue)
    Echeance.objects.filter(genre="SP_CONTACT").update(due_at=timezone.now() - dt.timedelta(minutes=1))
    automates.balayer()  # the timer: what follows waits for its worker
    actes.prendre_contact(acteur=m.psychologue, soutien=lu(soutien), le=timezone.localdate())
    automates.balayer()
    assert not Tache.objects.filter(genre=GenreTache.SP_AFFECTER, objet_type="branche").exists()
    coherent()


def test_repere_ends_when_both_have(m: f.Monde, lien: LienAgent) -> None:
    soutien = engage(m, lien, Programme.REPERE)
    assert ouverts(soutien) == {GenreTache.SP_SEANCES, GenreTache.SP_SOCIAL}
    tenir(m, soutien, 14)
    assert ouverts(soutien) == {GenreTache.SP_SOCIAL}
    actes.finir_social(acteur=m.psychologue, soutien=lu(soutien))
    automates.balayer()
    fini = lu(soutien)
    assert fini.branche is not None and fini.branche.etat == EtatBranche.TERMINEE and fini.issue == IssueSoutien.QUOTA
    coherent()


def test_six_months_end_the_social_support(m: f.Monde, lien: LienAgent) -> None:
    soutien = engage(m, lien, Programme.REPERE)
    echeance = Echeance.objects.get(genre="SP_SOCIAL")
    assert echeance.sinistre is None and 180 <= echeance.jours <= 184
    Echeance.objects.filter(pk=echeance.pk).update(due_at=timezone.now() - dt.timedelta(minutes=1))
    automates.balayer()
    automates.balayer()
    assert ouverts(soutien) == {GenreTache.SP_SEANCES}
    assert lu(soutien).social_fini_le is not None
    actes.terminer(acteur=m.psychologue, soutien=lu(soutien), issue=IssueSoutien.ORIENTATION)
    automates.balayer()
    fini = lu(soutien)
    assert fini.branche is not None and fini.branche.etat == EtatBranche.TERMINEE and fini.issue == IssueSoutien.ORIENTATION
    coherent()


@pytest.mark.parametrize("ou", ["avant le créneau", "à confier", "au contact", "aux séances"])
def test_the_agent_stops_at_any_time(m: f.Monde, lien: LienAgent, ou: str) -> None:
    if ou == "avant le créneau":
        soutien = services.demander(lien=lien, programme=Programme.ATLAS, contact="06")
    elif ou == "aux séances":
        soutien = engage(m, lien)
    else:
        soutien = demande(lien)
        if ou == "au contact":
            actes.affecter(acteur=m.secretariat, soutien=soutien, psychologue=m.psychologue)
    services.arreter(soutien=lu(soutien), acteur=None, voie=Voie.LIEN)
    with pytest.raises(services.SoutienTermine):
        actes.affecter(acteur=m.secretariat, soutien=lu(soutien), psychologue=m.psychologue)
    creneau()
    fini = lu(soutien)
    assert fini.issue == IssueSoutien.AGENT
    if fini.branche is not None:
        assert fini.branche.etat == EtatBranche.ABANDONNEE and ouverts(soutien) == set()
    assert (fini.branche is None) == (ou == "avant le créneau")
    services.arreter(soutien=fini, acteur=None, voie=Voie.LIEN)
    assert actes_de(soutien).count(ActeSoutien.ARRET) == 1
    coherent()


def test_nobody_abandons_it_from_outside(m: f.Monde, lien: LienAgent) -> None:
    branche = demande(lien).branche
    assert branche is not None
    with pytest.raises(Erreur, match="agent"):
        moteur.demander_abandon(acteur=m.responsable, branche=branche, motif="essai")


# -- Quotas -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("programme", "quota"), [("RESSOURCES", 20), ("REACTION", 5), ("ATLAS", 20), ("REPERE", 14)])
def test_quotas_of_s000(programme: str, quota: int) -> None:
    assert REGLES[programme].maximum == quota


def test_the_last_seance_ends_it_and_a_missed_one_is_not_counted(m: f.Monde, lien: LienAgent) -> None:
    soutien = engage(m, lien, Programme.REACTION)
    actes.tenir_seance(acteur=m.psychologue, soutien=soutien, saisie=saisie(absent=True, duree=None))
    tenir(m, soutien, 5)
    assert list(Seance.objects.filter(soutien=soutien, absent=False).order_by("pk").values_list("rang", flat=True)) == [1, 2, 3, 4, 5]
    with pytest.raises(Erreur, match="terminées"):
        tenir(m, soutien, 1)
    automates.balayer()
    with pytest.raises(services.SoutienTermine):
        tenir(m, soutien, 1)


def test_the_database_holds_the_quota(m: f.Monde, lien: LienAgent) -> None:
    """Whatever a service would do: neither a place twice nor one more than the programme has."""
    soutien = engage(m, lien, Programme.REACTION)
    valeurs: dict[str, Any] = {
        "soutien": soutien, "tenue_le": timezone.localdate(), "duree": 45, "forme": "CABINET", "tenue_par": m.psychologue,
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="seance_quota"), transaction.atomic():
        Seance.objects.create(rang=6, **valeurs)
    Seance.objects.create(rang=5, **valeurs)
    with pytest.raises(IntegrityError, match="seance_rang"), transaction.atomic():
        Seance.objects.create(rang=5, **valeurs)
    with pytest.raises(IntegrityError, match="soutien_quota"), transaction.atomic():
        Soutien.objects.filter(pk=soutien.pk).update(quota=20)


def test_reaction_under_three_seances_says_why(m: f.Monde, lien: LienAgent) -> None:
    soutien = engage(m, lien, Programme.REACTION)
    tenir(m, soutien, 2)
    with pytest.raises(DonneeInvalide) as refus:
        actes.terminer(acteur=m.psychologue, soutien=lu(soutien), issue=IssueSoutien.ATTEINT)
    assert "motif" in refus.value.champs
    actes.terminer(acteur=m.psychologue, soutien=lu(soutien), issue=IssueSoutien.ATTEINT, motif="mot secret")
    fini = lu(soutien)
    assert fini.motif is not None and b"secret" not in bytes(fini.motif)
    assert actes.relire_motif(acteur=m.psychologue, soutien=fini) == "mot secret"
    for qui in (m.secretariat, m.medecin, f.person("PSYCHOLOGUE")):
        with pytest.raises(Refus):
            actes.relire_motif(acteur=qui, soutien=fini)


def test_once_it_is_over_nobody_reads_how_to_reach_the_agent(m: f.Monde, lien: LienAgent) -> None:
    soutien = engage(m, lien)
    assert services.lire_contact(acteur=m.psychologue, soutien=soutien) != ""
    services.arreter(soutien=soutien, acteur=None, voie=Voie.LIEN)
    for qui in (m.psychologue, m.secretariat):
        assert services.lire_contact(acteur=qui, soutien=lu(soutien)) == ""


# -- Refusals -----------------------------------------------------------------------------------------------------------------


def test_one_at_a_time(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    demande(lien)
    with pytest.raises(Erreur, match="déjà"):
        services.demander(lien=lien, programme=Programme.ATLAS, contact="06")
    with pytest.raises(Erreur, match="déjà"):
        services.proposer(acteur=m.secretariat, sinistre=sinistre, programme=Programme.ATLAS)


def test_bad_values_are_refused(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    with pytest.raises(DonneeInvalide):
        services.demander(lien=lien, programme="AUTRE", contact="06")
    with pytest.raises(DonneeInvalide):
        services.demander(lien=lien, programme=Programme.ATLAS, contact=" ")
    with pytest.raises(Erreur, match="Aucun"):
        services.repondre(lien=lien, accepte=True, contact="06")
    soutien = demande(lien)
    with pytest.raises(Erreur, match="déjà répondu"):
        services.repondre(lien=lien, accepte=True, contact="06")
    with pytest.raises(DonneeInvalide):
        actes.affecter(acteur=m.secretariat, soutien=soutien, psychologue=m.expert)
    actes.affecter(acteur=m.secretariat, soutien=soutien, psychologue=m.psychologue)
    demain = timezone.localdate() + dt.timedelta(days=1)
    with pytest.raises(DonneeInvalide):
        actes.prendre_contact(acteur=m.psychologue, soutien=lu(soutien), le=demain)
    with pytest.raises(Erreur, match="premier contact"):
        tenir(m, soutien, 1)
    actes.prendre_contact(acteur=m.psychologue, soutien=lu(soutien), le=timezone.localdate())
    for mauvaise in (saisie(tenue_le=demain), saisie(forme="PIED"), saisie(duree=None), saisie(duree=5), saisie(note="x" * 20_001)):
        with pytest.raises(DonneeInvalide):
            actes.tenir_seance(acteur=m.psychologue, soutien=lu(soutien), saisie=mauvaise)
    with pytest.raises(DonneeInvalide):
        actes.terminer(acteur=m.psychologue, soutien=lu(soutien), issue=IssueSoutien.QUOTA)
    with pytest.raises(moteur.EtapeFermee):
        actes.finir_social(acteur=m.psychologue, soutien=lu(soutien))


def test_who_may_do_what(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    for qui in (m.gestionnaire, m.responsable, m.psychologue, m.expert, m.mairie, m.medecin):  # the dossier is not referred to him
        with pytest.raises(Refus):
            services.proposer(acteur=qui, sinistre=sinistre, programme=Programme.ATLAS)
    soutien = engage(m, lien)
    collegue = f.person("PSYCHOLOGUE")
    for qui in (m.gestionnaire, m.secretariat, m.medecin, m.expert, collegue):
        with pytest.raises(Refus):
            actes.tenir_seance(acteur=qui, soutien=soutien, saisie=saisie())
        with pytest.raises(Refus):
            actes.relire(acteur=qui, soutien=soutien)
        with pytest.raises(Soutien.DoesNotExist):
            mon_soutien(qui, soutien.uid)
    for qui in (m.gestionnaire, m.medecin, m.psychologue):
        with pytest.raises(Refus):
            actes.affecter(acteur=qui, soutien=soutien, psychologue=collegue)
        with pytest.raises(Refus):
            services.arreter(soutien=soutien, acteur=qui, voie=Voie.TELEPHONE)
        assert not suivis(qui).exists()


def test_nobody_handles_his_own(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    soutien = demande(lien)
    with dehors():
        sinistre.agent.compte = m.secretariat
        sinistre.agent.save(update_fields=["compte"])
    assert not suivis(m.secretariat).exists()
    with pytest.raises(Refus):
        actes.affecter(acteur=m.secretariat, soutien=lu(soutien), psychologue=m.psychologue)
    with dehors():
        sinistre.agent.compte = m.psychologue
        sinistre.agent.save(update_fields=["compte"])
    with pytest.raises(DonneeInvalide):
        actes.affecter(acteur=m.secretariat, soutien=lu(soutien), psychologue=m.psychologue)


def test_notes_open_to_their_author_alone(m: f.Monde, lien: LienAgent) -> None:
    soutien = engage(m, lien)
    actes.tenir_seance(acteur=m.psychologue, soutien=soutien, saisie=saisie(note="mot secret"))
    brut = Seance.objects.get().note
    assert brut is not None and b"secret" not in bytes(brut)
    assert [lue.note for lue in actes.relire(acteur=m.psychologue, soutien=lu(soutien))] == ["mot secret"]
    autre = f.person("PSYCHOLOGUE")
    actes.affecter(acteur=m.secretariat, soutien=lu(soutien), psychologue=autre)
    assert [lue.note for lue in actes.relire(acteur=autre, soutien=lu(soutien))] == [""]
    with pytest.raises(Refus):
        actes.relire(acteur=m.psychologue, soutien=lu(soutien))


def test_the_trail_is_append_only(lien: LienAgent) -> None:
    demande(lien)
    for requete in ("UPDATE medical.medical_tracesoutien SET acte = 'LU'", "DELETE FROM medical.medical_tracesoutien"):
        with pytest.raises(Exception, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(requete)


# -- Being seen ---------------------------------------------------------------------------------------------------------------


def test_seen_outside_with_consent_kept_up_to_date_and_gone_with_it(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    soutien = engage(m, lien)
    tenir(m, soutien, 1)
    assert not SoutienVisible.objects.exists()
    services.montrer(soutien=lu(soutien), acteur=None, voie=Voie.LIEN)
    services.montrer(soutien=lu(soutien), acteur=None, voie=Voie.LIEN)
    vu = SoutienVisible.objects.get()
    assert (vu.sinistre_id, vu.programme, vu.seances_tenues) == (sinistre.pk, "RESSOURCES", 1)
    tenir(m, soutien, 2)
    vu.refresh_from_db()
    assert vu.seances_tenues == 1, "not at the instant of the séance"
    creneau()
    vu.refresh_from_db()
    assert vu.seances_tenues == 3
    actes.terminer(acteur=m.psychologue, soutien=lu(soutien), issue=IssueSoutien.ATTEINT)
    automates.balayer()
    creneau()
    assert SoutienVisible.objects.get().seances_tenues == 3, "its end is not told"
    services.cacher(soutien=lu(soutien), acteur=m.secretariat, voie=Voie.TELEPHONE)
    assert not SoutienVisible.objects.exists()
    services.cacher(soutien=lu(soutien), acteur=None, voie=Voie.LIEN)
    assert lu(soutien).visible_retire_le is not None
    services.montrer(soutien=lu(soutien), acteur=None, voie=Voie.LIEN)
    assert SoutienVisible.objects.get().seances_tenues == 3


def test_nothing_is_shown_before_it_is_accepted(m: f.Monde, sinistre: Sinistre, lien: LienAgent) -> None:
    soutien = services.proposer(acteur=m.secretariat, sinistre=sinistre, programme=Programme.ATLAS)
    with pytest.raises(Erreur):
        services.montrer(soutien=soutien, acteur=None, voie=Voie.LIEN)
    trouve = du_lien(lien)
    assert trouve is not None and trouve.pk == soutien.pk


def test_a_slot_that_fails_is_tried_again_and_stops_nobody(m: f.Monde, lien: LienAgent, monkeypatch: pytest.MonkeyPatch) -> None:
    soutien = services.demander(lien=lien, programme=Programme.ATLAS, contact="06")
    with monkeypatch.context() as patch:
        patch.setattr(moteur, "ouvrir", lambda **_: 1 / 0)
        creneau()
    assert lu(soutien).branche is None and lu(soutien).suite_le is not None
    creneau()
    assert lu(soutien).branche is not None
    assert creneaux.suivre() == 0


@contextlib.contextmanager
def at_most(nombre: int) -> Iterator[None]:
    """Statements, the savepoints apart: outside a test there is one BEGIN."""
    with CaptureQueriesContext(connection) as ctx:
        yield
    requetes = [q["sql"] for q in ctx.captured_queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert len(requetes) <= nombre, requetes


def test_a_step_costs_at_most_thirty_queries(m: f.Monde, lien: LienAgent) -> None:
    soutien = demande(lien, Programme.REPERE)
    with at_most(30):
        actes.affecter(acteur=m.secretariat, soutien=soutien, psychologue=m.psychologue)
    frais = lu(soutien)
    with at_most(30):  # two steps open at once behind it, a timer falls, another is set
        actes.prendre_contact(acteur=m.psychologue, soutien=frais, le=timezone.localdate())
    frais = lu(soutien)
    with at_most(30):
        actes.tenir_seance(acteur=m.psychologue, soutien=frais, saisie=saisie(note="x"))
    with at_most(30):
        actes.terminer(acteur=m.psychologue, soutien=frais, issue=IssueSoutien.ATTEINT)
    with at_most(30):
        actes.finir_social(acteur=m.psychologue, soutien=frais)
