"""Soutien psychologique (domain: §5.3): every path to its end, under the bulle's login; nothing before the agent's agreement; quotas."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import EtatBranche, GenreTache
from cases.errors import DonneeInvalide, Erreur
from cases.models import Branche, Echeance, Programme, Sinistre, Tache
from medical.enums_soutien import Accord, ActeSoutien, IssueSoutien, Voie
from medical.models import LienAgent, Seance, Soutien
from medical.rules_soutien import REGLES
from medical.selectors_soutien import mes_soutiens
from medical.services import soutien as services
from tests import factories as f
from tests.dehors import dehors
from tests.soutiens import actes_de, coherent, creneau, demande, engage, lu, ouverts, saisie, tenir
from workflows import automates, moteur
from workflows.branches.soutien import actes

pytestmark = [pytest.mark.bulle, pytest.mark.django_db]


@pytest.fixture
def sinistre(m: f.Monde) -> Sinistre:
    with dehors():
        return f.sinistre(m, "AS")


@pytest.fixture
def lien(m: f.Monde, sinistre: Sinistre) -> LienAgent:
    expire = timezone.now() + dt.timedelta(days=1)
    return LienAgent.objects.create(sinistre=sinistre, empreinte="e", code="c", cree_par=m.secretariat, expire_le=expire)


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
