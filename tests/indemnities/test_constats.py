"""What is known besides the dossier: facts with an author, never edited, never twice the same days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import GenreTache
from cases.errors import DonneeInvalide, TransitionImpossible
from cases.models import Sinistre, Tache
from contracts.enums import Nature, Regime
from contracts.models import Agent
from indemnities.droits import modele
from indemnities.enums import DispenseConnue, GenreMontant
from indemnities.lecture_constats import GenreFichier
from indemnities.models import ArretConnu, MontantConstate
from indemnities.rules_constats import LigneArret, LigneMontant
from indemnities.selectors_constats import arrets_connus_de, arrets_connus_visibles, constats_de, historique_de, montants_de
from journal.models import Entree, Evenement
from tests import factories as f
from workflows import constats, decomptes
from workflows.demande import Demande
from workflows.lifecycle import transiter

J = dt.date.fromisoformat
Saisie = Callable[..., ArretConnu]


def ligne(debut: str = "2025-02-03", fin: str = "2025-02-14", nature: str = "CMO", **champs: Any) -> LigneArret:
    return LigneArret(nature, J(debut), J(fin), **champs)


@pytest.fixture
def saisir(m: f.Monde) -> Saisie:
    def entered(*args: str, par: Any = None, agent: Agent | None = None, **champs: Any) -> ArretConnu:
        return constats.saisir_arret(acteur=par or m.mairie, agent_id=(agent or m.agent).pk, ligne=ligne(*args, **champs))

    return entered


@pytest.fixture
def ircantec(m: f.Monde) -> Sinistre:
    """A dossier of the régime général, whose agent the CPAM pays."""
    f.adhesion(m.collectivite, f.formule(m.contrat, Regime.IRCANTEC, natures=[Nature.CMO]))
    return f.sinistre(m, de=f.agent(m.collectivite, Regime.IRCANTEC))


def montant(
    sinistre: Sinistre, euros: str = "412.30", genre: str = GenreMontant.CPAM, a_partir: int = 3, jours: int = 14, ref: str = "BPIJ 1"
) -> LigneMontant:
    debut = sinistre.survenance + dt.timedelta(days=a_partir)
    return LigneMontant(genre, debut, debut + dt.timedelta(days=jours - 1), Decimal(euros), ref)


def champs_refuses(acte: Callable[[], Any]) -> set[str]:
    with pytest.raises(DonneeInvalide) as refus:
        acte()
    return set(refus.value.champs)


# -- Arrêts ------------------------------------------------------------------------------------------------------------------


def test_known_leaves_come_in_date_order_and_the_annulled_ones_no_more(m: f.Monde, saisir: Saisie) -> None:
    late, early = saisir(), saisir("2024-11-04", "2024-11-08")
    wrong = saisir("2024-12-02", "2024-12-06")
    constats.annuler_arret(acteur=m.gestionnaire, arret_id=wrong.pk, motif="Autre agent")
    assert list(arrets_connus_de(m.agent)) == [early, late]
    assert historique_de(m.mairie, m.agent) == [late, wrong, early]
    assert historique_de(m.mairie2, m.agent) == historique_de(m.admin, m.agent) == []
    saisir("2024-12-02", "2024-12-06")


def test_a_known_leave_as_the_engine_takes_it(saisir: Saisie) -> None:
    plain = saisir(certificat_du=J("2025-02-01"))
    assert plain.en_droit() == modele.Arret(J("2025-02-03"), J("2025-02-14"), J("2025-02-01"), modele.Nature.CMO)
    same = saisir("2025-02-17", "2025-02-20", dispense=DispenseConnue.MEME_CAUSE)
    assert (same.certificat_du, same.en_droit().dispense) == (J("2025-02-17"), modele.Dispense.MEME_CAUSE)
    legal = saisir("2025-03-03", "2025-03-04", dispense=DispenseConnue.LEGALE).en_droit().dispense
    assert legal not in (None, modele.Dispense.MEME_CAUSE)


def test_days_are_known_once(m: f.Monde, saisir: Saisie) -> None:
    saisir()
    with pytest.raises(DonneeInvalide, match="l’arrêt connu du 03/02/2025 au 14/02/2025"):
        saisir("2025-02-14", "2025-02-20")
    saisir("2025-02-15", "2025-02-20")
    saisir("2025-02-10", "2025-03-10", nature="TPT")
    saisir(agent=f.agent(m.collectivite))


def test_the_days_of_a_dossier_are_refused_with_its_number(m: f.Monde, saisir: Saisie) -> None:
    sinistre = f.sinistre(m)
    debut = sinistre.survenance
    ends, touches = (debut - dt.timedelta(days=1)).isoformat(), debut.isoformat()
    with pytest.raises(DonneeInvalide, match=f"le dossier {sinistre.numero}"):
        saisir((debut - dt.timedelta(days=9)).isoformat(), touches)
    saisir((debut - dt.timedelta(days=9)).isoformat(), ends)
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="annuler", demande=Demande(motif="ERREUR"))
    saisir(touches, touches)


@pytest.mark.parametrize(
    ("champs", "faux"),
    [
        ({"fin": "2025-02-02"}, {"fin"}),
        ({"debut": "1925-02-03", "fin": "1925-02-05"}, {"debut"}),
        ({"debut": "2090-01-01", "fin": "2090-01-02"}, {"debut"}),
        ({"nature": "DC"}, {"nature"}),
        ({"nature": "grippe", "fin": "2025-01-01"}, {"nature", "fin"}),
        ({"dispense": "ALD"}, {"dispense"}),
        ({"nature": "CLM", "dispense": "MEME_CAUSE"}, {"dispense"}),
        ({"certificat_du": dt.date(2090, 1, 1)}, {"certificat_du"}),
        ({"certificat_du": dt.date(2025, 2, 15)}, {"certificat_du"}),
        ({"fin": "2205-02-14"}, {"fin"}),
    ],
)
def test_a_wrong_leave_is_refused_field_by_field(saisir: Saisie, champs: dict[str, Any], faux: set[str]) -> None:
    assert champs_refuses(lambda: saisir(**champs)) == faux
    assert not ArretConnu.objects.exists() and not Entree.objects.filter(action="arret_connu.saisi").exists()


def test_the_journal_and_the_outbox_know_each_act(m: f.Monde, saisir: Saisie) -> None:
    arret = saisir(dispense=DispenseConnue.LEGALE)
    constats.annuler_arret(acteur=m.gestionnaire, arret_id=arret.pk, motif="Faux matricule")
    for action, motif in (("arret_connu.saisi", ""), ("arret_connu.annule", "Faux matricule")):
        entree = Entree.objects.get(action=action)
        assert (entree.objet_type, entree.objet_id, entree.motif) == ("arret_connu", arret.pk, motif)
        assert "dispense" not in entree.contenu.donnees
        assert Evenement.objects.filter(type=action, objet_id=arret.pk).count() == 1


def test_an_annulment_is_motivated_and_final(m: f.Monde, saisir: Saisie) -> None:
    arret = saisir()
    assert champs_refuses(lambda: constats.annuler_arret(acteur=m.mairie, arret_id=arret.pk, motif="  ")) == {"motif"}
    assert champs_refuses(lambda: constats.annuler_arret(acteur=m.mairie, arret_id=arret.pk, motif="x" * 201)) == {"motif"}
    constats.annuler_arret(acteur=m.mairie, arret_id=arret.pk, motif="Erreur")
    with pytest.raises(TransitionImpossible):
        constats.annuler_arret(acteur=m.gestionnaire, arret_id=arret.pk, motif="Encore")
    assert ArretConnu.objects.get(pk=arret.pk).annule_par == m.mairie


def test_who_may_enter(m: f.Monde, saisir: Saisie) -> None:
    for role in ("gestionnaire", "responsable", "mairie"):
        with transaction.atomic():
            saisir(par=m.people[role])
            transaction.set_rollback(True)
    for role in ("payeur", "assureur", "admin", "mairie2", "medecin"):
        with pytest.raises((Refus, Agent.DoesNotExist)):
            saisir(par=m.people[role])
    Agent.objects.filter(pk=m.agent.pk).update(compte=m.gestionnaire)
    with pytest.raises(Refus, match="vous-même"):
        saisir(par=m.gestionnaire)
    arret = saisir()
    assert arret not in arrets_connus_visibles(m.gestionnaire)
    with pytest.raises(ArretConnu.DoesNotExist):
        constats.annuler_arret(acteur=m.gestionnaire, arret_id=arret.pk, motif="x")


# -- Amounts -----------------------------------------------------------------------------------------------------------------


def test_amounts_of_a_dossier(m: f.Monde, ircantec: Sinistre) -> None:
    numero = ircantec.numero
    second = constats.saisir_montant(acteur=m.gestionnaire, numero=numero, ligne=montant(ircantec, a_partir=17, ref=" BPIJ 2 "))
    first = constats.saisir_montant(acteur=m.mairie, numero=numero, ligne=montant(ircantec))
    paie = constats.saisir_montant(acteur=m.mairie, numero=numero, ligne=montant(ircantec, "0", GenreMontant.PAIE, 0, 30))
    assert list(montants_de(ircantec, GenreMontant.CPAM)) == [first, second]
    assert list(montants_de(ircantec)) == [paie, first, second]
    assert (second.reference, first.en_calcul().montant) == ("BPIJ 2", Decimal("412.30"))
    constats.annuler_montant(acteur=m.mairie, montant_id=first.pk, motif="Illisible")
    assert list(montants_de(ircantec, GenreMontant.CPAM)) == [second]
    assert constats_de(m.payeur, ircantec) == [paie, first, second]
    assert constats_de(m.mairie2, ircantec) == constats_de(m.assureur, ircantec) == []
    entree = Entree.objects.filter(action="montant_constate.saisi", sinistre_id=ircantec.pk).first()
    assert entree is not None and entree.contenu.donnees["montant"] in {"412.30", "0.00"}


@pytest.mark.parametrize(
    ("champs", "faux"),
    [
        ({"euros": "-0.01"}, {"montant"}),
        ({"euros": "1.005"}, {"montant"}),
        ({"euros": "1e9"}, {"montant"}),
        ({"euros": "NaN"}, {"montant"}),
        ({"ref": "  "}, {"reference"}),
        ({"ref": "x" * 61}, {"reference"}),
        ({"jours": 0}, {"fin"}),
        ({"a_partir": -20, "jours": 20}, {"debut"}),
        ({"a_partir": 400}, {"debut"}),
        ({"genre": "MUTUELLE"}, {"genre"}),
    ],
)
def test_a_wrong_amount_is_refused_field_by_field(m: f.Monde, ircantec: Sinistre, champs: dict[str, Any], faux: set[str]) -> None:
    wrong = montant(ircantec, **champs)
    assert champs_refuses(lambda: constats.saisir_montant(acteur=m.mairie, numero=ircantec.numero, ligne=wrong)) == faux
    assert not MontantConstate.objects.exists()


def test_a_period_is_paid_by_one_paper_of_a_kind(m: f.Monde, ircantec: Sinistre) -> None:
    numero = ircantec.numero
    constats.saisir_montant(acteur=m.mairie, numero=numero, ligne=montant(ircantec))
    with pytest.raises(DonneeInvalide, match="le décompte du"):
        constats.saisir_montant(acteur=m.mairie, numero=numero, ligne=montant(ircantec, a_partir=16, jours=2))
    constats.saisir_montant(acteur=m.mairie, numero=numero, ligne=montant(ircantec, genre=GenreMontant.PAIE))
    constats.saisir_montant(acteur=m.mairie, numero=numero, ligne=montant(ircantec, a_partir=17, jours=2))


def test_the_cpam_pays_no_agent_of_the_cnracl(m: f.Monde) -> None:
    sinistre = f.sinistre(m)
    with pytest.raises(DonneeInvalide, match="IRCANTEC"):
        constats.saisir_montant(acteur=m.mairie, numero=sinistre.numero, ligne=montant(sinistre))
    constats.saisir_montant(acteur=m.mairie, numero=sinistre.numero, ligne=montant(sinistre, genre=GenreMontant.PAIE))


def test_nothing_is_entered_on_a_cancelled_dossier(m: f.Monde, ircantec: Sinistre) -> None:
    transiter(acteur=m.gestionnaire, numero=ircantec.numero, nom="annuler", demande=Demande(motif="ERREUR"))
    with pytest.raises(TransitionImpossible, match="annulé"):
        constats.saisir_montant(acteur=m.mairie, numero=ircantec.numero, ligne=montant(ircantec))


def test_who_may_enter_an_amount(m: f.Monde, ircantec: Sinistre) -> None:
    for role in ("payeur", "assureur", "admin", "mairie2", "medecin"):
        with pytest.raises((Refus, Sinistre.DoesNotExist)):
            constats.saisir_montant(acteur=m.people[role], numero=ircantec.numero, ligne=montant(ircantec))
    kept = constats.saisir_montant(acteur=m.mairie, numero=ircantec.numero, ligne=montant(ircantec))
    for role in ("payeur", "assureur", "admin", "mairie2"):
        with pytest.raises((Refus, MontantConstate.DoesNotExist)):
            constats.annuler_montant(acteur=m.people[role], montant_id=kept.pk, motif="x")


# -- The database itself -----------------------------------------------------------------------------------------------------


def refused(sql: str, *valeurs: Any) -> str:
    with pytest.raises(DatabaseError) as error, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, valeurs)
    return str(error.value)


def test_the_database_keeps_facts_as_they_were_entered(m: f.Monde, saisir: Saisie, ircantec: Sinistre) -> None:
    arret = saisir()
    paye = constats.saisir_montant(acteur=m.mairie, numero=ircantec.numero, ligne=montant(ircantec))
    for table, pk in (("indemnities_arretconnu", arret.pk), ("indemnities_montantconstate", paye.pk)):
        assert "Cannot delete" in refused(f"DELETE FROM {table} WHERE id = %s", pk)
        for colonne in ("debut = debut - 1", "fin = fin + 1", "saisi_par_id = saisi_par_id + 1", "origine = 'IMPORTE'"):
            assert "Cannot update" in refused(f"UPDATE {table} SET {colonne} WHERE id = %s", pk)
        assert "_annulation" in refused(f"UPDATE {table} SET annule_le = now() WHERE id = %s", pk)
        assert "_annulation" in refused(f"UPDATE {table} SET motif_annulation = 'x' WHERE id = %s", pk)
    for colonne in ("nature = 'CLM'", "dispense = 'LEGALE'", "certificat_du = debut - 1"):
        assert "Cannot update" in refused(f"UPDATE indemnities_arretconnu SET {colonne} WHERE id = %s", arret.pk)
    for colonne in ("montant = montant + 1", "reference = 'x'", "genre = 'PAIE'"):
        assert "Cannot update" in refused(f"UPDATE indemnities_montantconstate SET {colonne} WHERE id = %s", paye.pk)
    constats.annuler_arret(acteur=m.mairie, arret_id=arret.pk, motif="Erreur")
    for colonne in ("motif_annulation = 'Autre'", "annule_par_id = NULL, annule_le = NULL, motif_annulation = ''"):
        assert "Cannot update" in refused(f"UPDATE indemnities_arretconnu SET {colonne} WHERE id = %s", arret.pk)


def test_the_database_refuses_what_the_services_refuse(m: f.Monde, ircantec: Sinistre) -> None:
    def arret(**champs: Any) -> ArretConnu:
        valeurs: dict[str, Any] = vars(ligne(certificat_du=J("2025-02-03"))) | {"agent": m.agent, "origine": "SAISI", "saisi_par": m.mairie}
        return ArretConnu.objects.create(**(valeurs | champs))

    def paye(**champs: Any) -> MontantConstate:
        valeurs: dict[str, Any] = vars(montant(ircantec)) | {"sinistre": ircantec, "origine": "SAISI", "saisi_par": m.mairie}
        return MontantConstate.objects.create(**(valeurs | champs))

    arret(), paye()
    for contrainte, make, champs in (
        ("arret_connu_sans_recouvrement", arret, {"debut": J("2025-02-14"), "fin": J("2025-02-14")}),
        ("arret_connu_dates", arret, {"nature": "TPT", "fin": J("2025-02-01")}),
        ("arret_connu_nature", arret, {"nature": "DC", "debut": J("2020-01-01"), "fin": J("2020-01-01")}),
        ("arret_connu_dispense_cmo", arret, {"nature": "TPT", "dispense": "LEGALE"}),
        ("montant_constate_sans_recouvrement", paye, {}),
        ("montant_constate_dates", paye, {"fin": ircantec.survenance}),
        ("montant_constate_positif", paye, {"genre": "PAIE", "montant": Decimal("-0.01")}),
        ("montant_constate_reference", paye, {"genre": "PAIE", "reference": ""}),
    ):
        with pytest.raises(IntegrityError, match=contrainte), transaction.atomic():
            make(**champs)
    arret(nature="TPT")
    paye(genre="PAIE")


# -- What follows ------------------------------------------------------------------------------------------------------------


def test_somebody_is_told_when_what_was_computed_is_no_longer_owed(m: f.Monde, sinistre: Sinistre) -> None:
    def told(act: Callable[[], Any]) -> bool:
        Tache.objects.filter(sinistre=sinistre).update(fermee_le=timezone.now(), issue="x")
        act()
        return Tache.objects.filter(sinistre=sinistre, genre=GenreTache.SAISIR_DECOMPTE, fermee_le__isnull=True).exists()

    def day(ecart: int) -> str:
        return (sinistre.survenance + dt.timedelta(days=ecart)).isoformat()

    enter = partial(constats.saisir_arret, acteur=m.mairie, agent_id=sinistre.agent_id)
    bulletin = montant(sinistre, "600.00", GenreMontant.PAIE, 0, 30)
    assert decomptes.preparer(acteur=m.gestionnaire, numero=sinistre.numero)
    assert not told(lambda: enter(ligne=ligne(day(40), day(40)))), "a later leave changes nothing of an earlier one"
    assert not told(lambda: enter(ligne=ligne(day(-900), day(-890)))), "nor does one that the year has left behind"
    assert told(lambda: enter(ligne=ligne(day(-100), day(-11)))), "ninety days at full pay leave the half"
    past = ArretConnu.objects.get(debut=day(-100))
    decomptes.preparer(acteur=m.gestionnaire, numero=sinistre.numero)
    assert told(lambda: constats.annuler_arret(acteur=m.mairie, arret_id=past.pk, motif="Autre agent"))
    decomptes.preparer(acteur=m.gestionnaire, numero=sinistre.numero)
    assert told(lambda: constats.saisir_montant(acteur=m.mairie, numero=sinistre.numero, ligne=bulletin))
    decomptes.preparer(acteur=m.gestionnaire, numero=sinistre.numero)
    paie = MontantConstate.objects.get()
    assert told(lambda: constats.annuler_montant(acteur=m.mairie, montant_id=paie.pk, motif="Bulletin d’un autre mois"))


def test_a_file_tells_as_well(m: f.Monde, sinistre: Sinistre) -> None:
    decomptes.preparer(acteur=m.gestionnaire, numero=sinistre.numero)
    Tache.objects.filter(sinistre=sinistre).update(fermee_le=timezone.now(), issue="x")
    debut, fin = sinistre.survenance - dt.timedelta(days=100), sinistre.survenance - dt.timedelta(days=11)
    texte = f"matricule;nature;debut;fin\n{sinistre.agent.matricule};CMO;{debut};{fin}\n"
    assert not constats.importer(acteur=m.mairie, collectivite_id=m.collectivite.pk, genre=GenreFichier.ARRETS, texte=texte).fautes
    assert Tache.objects.filter(sinistre=sinistre, genre=GenreTache.SAISIR_DECOMPTE, fermee_le__isnull=True).count() == 1
