"""News that come from a date: rights that run out, contracts that end, bases to fix. Told once, in time, and not when seen to."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.enums import Role
from cases.models import Sinistre
from contracts.models import Adhesion, BaseAssurance
from indemnities.droits import modele, moteur
from notifications import echeancier
from notifications.annonces import Nouvelle, annoncer_nouvelles
from notifications.echeancier import annoncer_dates, fins_des_droits
from notifications.enums import GenreCourriel
from notifications.genres import GENRES
from notifications.models import Annonce
from tests import factories as f
from tests.factories import Monde
from tests.notifications.dits import ecrit, petit_monde, tout
from workflows.lifecycle import ajouter_arret, declarer_reprise

G = GenreCourriel
JOUR = dt.timedelta(days=1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def m(db: None) -> Monde:
    return petit_monde()


def en_arret(m: Monde, depuis: int, jours: int, nature: str = "CMO", **champs: Any) -> Sinistre:
    """On leave since so many days, for so many days."""
    debut = timezone.localdate() - depuis * JOUR
    return f.sinistre(m, nature, de=f.agent(m.collectivite), arret=f.arret_demande(debut, jours), **champs)


def droits_dits() -> list[Annonce]:
    annoncer_dates()
    annoncer_dates()  # again, the same night or the next
    return list(Annonce.objects.filter(genre=G.DROITS_EN_FIN).order_by("pk"))


# -- Rights -------------------------------------------------------------------------------------------------------------------


def test_the_end_of_full_pay_is_told_within_thirty_days(m: Monde) -> None:
    sinistre = en_arret(m, 70, 80)
    (annonce,) = droits_dits()
    # 90 days of full pay, the jour de carence among them (domain: §1.1, §1.3)
    fin = sinistre.survenance + 89 * JOUR
    assert (annonce.destinataire, annonce.echeance, annonce.donnees["droits"]) == (m.mairie, fin, "PLEIN")
    (rendu,) = ecrit(G.DROITS_EN_FIN)
    assert "rémunération entière" in rendu.texte and "demi" not in tout(rendu)


@pytest.mark.parametrize("depuis", [20, 58, 95])
def test_what_is_far_or_past_is_not_told(m: Monde, depuis: int) -> None:
    en_arret(m, depuis, 120)
    assert droits_dits() == []


def test_the_end_of_all_rights_is_told(m: Monde) -> None:
    sinistre = en_arret(m, 345, 350)
    (annonce,) = droits_dits()
    assert annonce.donnees["droits"] == "TOUS"
    assert annonce.echeance is not None and annonce.echeance - sinistre.survenance in (364 * JOUR, 365 * JOUR, 359 * JOUR)


def test_earlier_leaves_of_the_agent_count(m: Monde) -> None:
    agent = f.agent(m.collectivite)
    aujourd_hui = timezone.localdate()
    f.sinistre(m, de=agent, arret=f.arret_demande(aujourd_hui - 200 * JOUR, 75))
    second = f.sinistre(m, de=agent, arret=f.arret_demande(aujourd_hui - 3 * JOUR, 10))
    (annonce,) = droits_dits()
    assert annonce.sinistre == second and annonce.echeance == second.survenance + 14 * JOUR


def test_leaves_whose_rights_have_no_end_are_left_alone(m: Monde) -> None:
    en_arret(m, 70, 80, "AS")
    en_arret(m, 70, 80, "MAT")
    assert droits_dits() == []


def test_it_is_not_told_once_the_leave_is_over(m: Monde) -> None:
    sinistre = en_arret(m, 70, 80)
    assert len(droits_dits()) == 1
    declarer_reprise(acteur=m.mairie, numero=sinistre.numero, le=timezone.localdate())
    assert ecrit(G.DROITS_EN_FIN) == []
    Annonce.objects.all().delete()
    assert droits_dits() == []


def test_it_is_not_told_once_the_day_has_passed(m: Monde) -> None:
    en_arret(m, 70, 120)
    (annonce,) = droits_dits()
    assert annonce.echeance is not None
    with time_machine.travel(timezone.now() + 25 * JOUR):
        assert ecrit(G.DROITS_EN_FIN) == []


def test_a_prolongation_tells_nothing_again(m: Monde) -> None:
    sinistre = en_arret(m, 70, 80)
    assert len(droits_dits()) == 1
    suite = f.arret_demande(sinistre.survenance + 80 * JOUR, 30)
    ajouter_arret(acteur=m.mairie, numero=sinistre.numero, arret=suite)
    assert len(droits_dits()) == 1


def test_a_dossier_that_fails_keeps_none_behind_from_being_told(
    m: Monde, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fautif, sain = en_arret(m, 70, 80), en_arret(m, 70, 80)
    agent_de = echeancier.agent_de

    def fails(sinistre: Sinistre) -> modele.Agent:
        if sinistre.pk == fautif.pk:
            Sinistre.objects.raw("SELECT 1 / 0 AS id")[0]
        return agent_de(sinistre)

    monkeypatch.setattr(echeancier, "agent_de", fails)
    (annonce,) = droits_dits()
    assert annonce.sinistre == sain
    assert any(record.getMessage() == "droits.echec" for record in caplog.records)


def test_the_end_of_full_pay_and_that_of_all_pay_are_two_news(m: Monde) -> None:
    sinistre = en_arret(m, 10, 80)
    for jours, droits in ((5, "PLEIN"), (25, "TOUS")):
        fin = (timezone.localdate() + jours * JOUR).isoformat()
        nouvelle = Nouvelle.du_dossier(G.DROITS_EN_FIN, f"droits:{droits}", sinistre, fin=fin, droits=droits)
        annoncer_nouvelles([nouvelle])
    (rendu,) = ecrit(G.DROITS_EN_FIN)
    assert "rémunération entière" in rendu.texte and "tous les droits" in rendu.texte


def test_slices_go_on_where_they_stopped(m: Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(echeancier, "TRANCHE", 2)
    for _ in range(5):
        en_arret(m, 70, 80)
    apres, tours = 0, 0
    while True:
        apres, tours = annoncer_dates(apres=apres, limite=2), tours + 1
        if not apres:
            break
    assert tours == 3 and Annonce.objects.filter(genre=G.DROITS_EN_FIN).count() == 5


def test_the_day_told_is_the_engines_for_a_leave_certified_all_along(m: Monde) -> None:
    """Drawn out by the night task or certified by the médecin: the same day."""
    for depuis in (62, 75, 89):
        court, entier = en_arret(m, depuis, depuis + 3), en_arret(m, depuis, depuis + 60)
        aujourd_hui = timezone.localdate()
        dits = fins_des_droits(court, aujourd_hui, aujourd_hui + 30 * JOUR)
        segments = moteur.droits([modele.Arret(entier.survenance, entier.survenance + (depuis + 60) * JOUR)], nature=modele.Nature.CMO)
        payes = [s for s in segments.droits[0].segments if s.fraction >= modele.NEUF_DIXIEMES]
        assert dits == {"PLEIN": payes[-1].fin} == fins_des_droits(entier, aujourd_hui, aujourd_hui + 30 * JOUR)


# -- Contracts ----------------------------------------------------------------------------------------------------------------


def contrats_dits(le: dt.date) -> list[Annonce]:
    with time_machine.travel(dt.datetime(le.year, le.month, le.day, 10, tzinfo=dt.UTC)):
        annoncer_dates()
        annoncer_dates()
    return list(Annonce.objects.filter(genre=G.ECHEANCE_CONTRAT).order_by("pk"))


def tenues(lot: list[Annonce]) -> set[int]:
    return set(GENRES[G.ECHEANCE_CONTRAT].tiennent(lot))


def test_the_end_of_a_contract_is_told_six_then_two_months_before(m: Monde) -> None:
    fin = m.contrat.fin
    assert contrats_dits(fin - 200 * JOUR) == []
    loin = contrats_dits(fin - 150 * JOUR)
    assert {a.destinataire for a in loin} == {m.mairie, m.mairie2, m.responsable} and len(loin) == 3
    assert {a.echeance for a in loin} == {fin}
    assert len(contrats_dits(fin - 90 * JOUR)) == 3
    assert len([a for a in contrats_dits(fin - 40 * JOUR) if a.donnees["quoi"] == "FIN"]) == 6
    assert tenues(loin) == {a.pk for a in loin}


def test_after_an_outage_the_nearer_warning_alone_is_told(m: Monde) -> None:
    fins = [a for a in contrats_dits(m.contrat.fin - 40 * JOUR) if a.donnees["quoi"] == "FIN"]
    assert len(fins) == 3


def test_a_contract_that_another_follows_is_not_told(m: Monde) -> None:
    lot = contrats_dits(m.contrat.fin - 150 * JOUR)
    Adhesion.objects.update(fin=m.contrat.fin)
    suite = f.contrat(debut=m.contrat.fin + JOUR, fin=m.contrat.fin + 1000 * JOUR)
    formule = f.formule(suite)
    Adhesion.objects.create(collectivite=m.collectivite, formule=formule, regime=formule.regime, debut=suite.debut)
    restent = {a.destinataire for a in lot if a.pk in tenues(lot)}
    assert restent == {m.mairie2, m.responsable}
    Adhesion.objects.create(collectivite=m.autre_collectivite, formule=formule, regime=formule.regime, debut=suite.debut)
    assert tenues(lot) == set()


def test_a_missing_base_is_told_from_november_on(m: Monde) -> None:
    annee = m.contrat.fin.year
    adhesion = Adhesion.objects.get(collectivite=m.collectivite)
    BaseAssurance.objects.filter(adhesion=adhesion, annee=annee).delete()
    assert contrats_dits(dt.date(annee - 1, 10, 31)) == []
    lot = contrats_dits(dt.date(annee - 1, 11, 1))
    assert {a.destinataire for a in lot} == {m.mairie, m.responsable}
    assert len(contrats_dits(dt.date(annee - 1, 12, 20))) == 2
    dire = GENRES[G.ECHEANCE_CONTRAT].tiennent(lot)
    assert {d.variables["evenement"] for d in dire.values()} == {f"la base d’assurance de {annee} est à fixer avant"}
    assert {d.variables["jour"] for d in dire.values()} == {f"1er janvier {annee}"}
    BaseAssurance.objects.create(adhesion=adhesion, annee=annee)
    assert tenues(lot) == set()


def test_who_is_no_longer_responsable_is_not_told(m: Monde) -> None:
    lot = contrats_dits(m.contrat.fin - 150 * JOUR)
    m.responsable.habilitations.all().delete()
    assert {a.destinataire for a in lot if a.pk in tenues(lot)} == {m.mairie, m.mairie2}


def test_two_regimes_of_a_collectivite_are_one_news(m: Monde) -> None:
    seconde = f.formule(m.contrat, "IRCANTEC", natures=["CMO"])
    f.adhesion(m.collectivite, seconde)
    autre = f.person(Role.RESPONSABLE)
    lot = contrats_dits(m.contrat.fin - 150 * JOUR)
    assert sorted(a.destinataire_id or 0 for a in lot) == sorted([m.mairie.pk, m.mairie2.pk, m.responsable.pk, autre.pk])
