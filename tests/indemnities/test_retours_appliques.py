"""What the bank and the insurer say, acted upon: paid once, rejected with its reason, and nothing done for what does not match."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.gate import Refus
from cases.enums import Etat, GenreTache
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre, Tache
from documents import storage
from indemnities.enums import EtatBordereau, EtatDecompte, EtatRemise, EtatVirement, IssueRetour
from indemnities.models import Bordereau, Decompte, Remise, RetourPaiement
from indemnities.sepa import avis
from journal.models import Entree
from tests import factories as f
from tests.indemnities.virements import DAY, bordereau, camt053, ecriture, emise, lignes, pain002, payeur_cdg, remise
from workflows import payments, retours


@pytest.fixture
def m(db: None) -> f.Monde:
    return payeur_cdg(f.monde())


def issues(retour: RetourPaiement) -> list[tuple[str, str]]:
    return [(ligne["reference"], ligne["issue"]) for ligne in retour.lignes]


def lire(m: f.Monde, contenu: bytes) -> RetourPaiement:
    retour, nouveau = retours.importer(acteur=m.payeur, contenu=contenu)
    assert nouveau
    return retour


def etats(une: Remise) -> tuple[str, list[str]]:
    return Remise.objects.get(pk=une.pk).etat, [v.etat for v in lignes(une)]


# -- The bank ----------------------------------------------------------------------------------------------------------------


def test_executed_is_settled(m: f.Monde) -> None:
    un, deux = bordereau(m, "100.00", "20.00"), bordereau(m, "7.00", chez=m.autre_collectivite)
    faite = emise(m, un, deux)
    hier = timezone.localdate() - DAY
    retour = lire(m, camt053(ecriture(f"{un.numero}-1", "120.00", le=hier)))
    assert issues(retour) == [(f"{un.numero}-1", IssueRetour.REGLE)]
    assert retour.traite_le is not None
    un.refresh_from_db()
    assert (un.etat, un.regle_le, un.reference) == (EtatBordereau.REGLE, hier, f"{un.numero}-1")
    assert set(un.decomptes.values_list("etat", flat=True)) == {EtatDecompte.REGLE}
    assert set(Sinistre.objects.filter(decomptes__bordereau=un).values_list("etat", flat=True)) == {Etat.REMBOURSE}
    assert etats(faite) == (EtatRemise.EMISE, [EtatVirement.EXECUTE, EtatVirement.EMIS]), "the other has no answer yet"
    lire(m, camt053(ecriture(f"{deux.numero}-1", "7.00"), message="RELEVE-2"))
    assert etats(faite) == (EtatRemise.REGLEE, [EtatVirement.EXECUTE] * 2)


def test_rejected_goes_back_to_people_with_the_bank_s_reason(m: f.Monde) -> None:
    un, deux = bordereau(m, "100.00", "20.00"), bordereau(m, chez=m.autre_collectivite)
    faite = emise(m, un, deux)
    retour = lire(m, pain002(faite.numero, (f"{un.numero}-1", "RJCT", "AC04"), (f"{deux.numero}-1", "ACSP", "")))
    assert issues(retour) == [(f"{un.numero}-1", IssueRetour.REJETE), (f"{deux.numero}-1", IssueRetour.NOTE)]
    rejetes = Decompte.objects.filter(bordereau=un)
    assert {(d.etat, d.motif_rejet) for d in rejetes} == {(EtatDecompte.REJETE, f"Virement {un.numero}-1 : Compte clos")}
    taches = Tache.objects.filter(genre=GenreTache.TRAITER_REJET, fermee_le=None)
    assert {t.objet_id for t in taches} == {d.pk for d in rejetes}
    assert Bordereau.objects.get(pk=un.pk).etat == EtatBordereau.REJETE
    assert etats(faite) == (EtatRemise.EMISE, [EtatVirement.REJETE, EtatVirement.EMIS])
    lire(m, camt053(ecriture(f"{deux.numero}-1", "100.00")))
    assert etats(faite)[0] == EtatRemise.PARTIELLE


def test_money_that_comes_back_after_it_was_paid(m: f.Monde) -> None:
    du = bordereau(m)
    faite = emise(m, du)
    retour = lire(m, camt053(ecriture(f"{du.numero}-1", "100.00"), ecriture(f"{du.numero}-1", "100.00", sens="CRDT", code="MD07")))
    assert [issue for _, issue in issues(retour)] == [IssueRetour.REGLE, IssueRetour.REJETE]
    assert etats(faite) == (EtatRemise.REJETEE, [EtatVirement.REJETE])
    assert Decompte.objects.get(bordereau=du).motif_rejet == f"Virement {du.numero}-1 : Titulaire décédé"
    assert Sinistre.objects.get(decomptes__bordereau=du).etat == Etat.VALIDE
    lire(m, camt053(ecriture(f"{du.numero}-1", "100.00"), message="RELEVE-2"))
    assert etats(faite) == (EtatRemise.REJETEE, [EtatVirement.REJETE]), "an old statement read late pays nothing again"


def test_what_is_rejected_is_paid_by_new_lines_once(m: f.Monde) -> None:
    """The whole round: rejected, typed again, approved, sent in another bordereau and another transfer."""
    du = bordereau(m)
    faite = emise(m, du)
    lire(m, pain002(faite.numero, (f"{du.numero}-1", "RJCT", "AC01")))
    ancien = Decompte.objects.get(bordereau=du)
    nouveau = payments.saisir_decompte(
        acteur=m.gestionnaire, numero=ancien.sinistre.numero, debut=ancien.debut, fin=ancien.fin, montant=ancien.montant,
        explication="Compte corrigé", arret=ancien.arret,
    )  # fmt: skip
    payments.approuver_decompte(acteur=m.responsable, decompte_id=nouveau.pk)
    suivant = payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=[nouveau.pk])
    emise(m, suivant)
    lire(m, camt053(ecriture(f"{suivant.numero}-1", "100.00")))
    payes = Decompte.objects.filter(sinistre=ancien.sinistre, etat=EtatDecompte.REGLE)
    assert [d.pk for d in payes] == [nouveau.pk]


def test_the_same_file_twice_is_said_and_changes_nothing(m: f.Monde) -> None:
    du = bordereau(m)
    emise(m, du)
    contenu = camt053(ecriture(f"{du.numero}-1", "100.00"))
    premier = lire(m, contenu)
    lignes_avant = Entree.objects.count()
    second, nouveau = retours.importer(acteur=m.payeur2, contenu=contenu)
    assert (second.pk, nouveau, Entree.objects.count()) == (premier.pk, False, lignes_avant)
    assert second.sha256 == hashlib.sha256(contenu).hexdigest()
    assert retours.fichier_du(acteur=m.payeur2, retour_id=second.pk)[1] == contenu
    lire(m, contenu.replace(b"RELEVE-1", b"RELEVE-2"))
    assert Entree.objects.filter(action="bordereau.regle", objet_id=du.pk).count() == 1


@pytest.mark.parametrize("montant", ["100.01", "1.00", "10000.00"])
def test_another_amount_is_told_and_nothing_is_done(m: f.Monde, montant: str) -> None:
    du = bordereau(m)
    faite = emise(m, du)
    for rang, sens in enumerate(("DBIT", "CRDT")):
        retour = lire(m, camt053(ecriture(f"{du.numero}-1", montant, sens=sens), message=f"R{rang}"))
        assert issues(retour) == [(f"{du.numero}-1", IssueRetour.ECART)]
        assert "100,00" in retour.lignes[0]["detail"]
    assert etats(faite) == (EtatRemise.EMISE, [EtatVirement.EMIS])
    assert Bordereau.objects.get().etat == EtatBordereau.TRANSMIS


def test_unknown_references_are_listed_and_other_people_s_are_not(m: f.Monde) -> None:
    retour = lire(m, camt053(ecriture("B-2020-000999-1", "1.00"), ecriture("SALAIRE MARTIN", "2000.00")))
    assert issues(retour) == [("B-2020-000999-1", IssueRetour.INCONNU)]
    assert issues(lire(m, pain002("R-2020-000001", ("AUTRE", "RJCT", "AC01"), groupe="RJCT"))) == [
        ("AUTRE", IssueRetour.INCONNU),
        ("R-2020-000001", IssueRetour.INCONNU),
    ]


def test_a_transfer_that_never_left_has_no_answer(m: f.Monde) -> None:
    du = bordereau(m)
    remise(m, du)
    for contenu in (camt053(ecriture(f"{du.numero}-1", "100.00")), pain002("R", (f"{du.numero}-1", "RJCT", ""))):
        retour = lire(m, contenu)
        assert issues(retour)[0][1] == IssueRetour.REFUSE
        assert "« prévu »" in retour.lignes[0]["detail"]
        assert retour.traite_le is None
    assert Bordereau.objects.get().etat == EtatBordereau.TRANSMIS


def test_a_late_report_of_refusal_does_not_undo_what_the_statement_showed(m: f.Monde) -> None:
    du = bordereau(m)
    faite = emise(m, du)
    lire(m, camt053(ecriture(f"{du.numero}-1", "100.00")))
    retour = lire(m, pain002(faite.numero, (f"{du.numero}-1", "RJCT", "AC01")))
    assert issues(retour) == [(f"{du.numero}-1", IssueRetour.REFUSE)]
    assert etats(faite)[0] == EtatRemise.REGLEE


def test_a_whole_file_refused(m: f.Monde) -> None:
    un, deux = bordereau(m), bordereau(m, chez=m.autre_collectivite)
    faite = emise(m, un, deux)
    retour = lire(m, pain002(faite.numero, groupe="RJCT", code="FF01"))
    assert [issue for _, issue in issues(retour)] == [IssueRetour.REJETE] * 2
    assert etats(faite)[0] == EtatRemise.REJETEE
    assert {d.motif_rejet.split(" : ")[1] for d in Decompte.objects.all()} == {"Fichier mal formé"}


def test_a_whole_file_debited_at_once(m: f.Monde) -> None:
    un, deux = bordereau(m), bordereau(m, "7.00", chez=m.autre_collectivite)
    faite = emise(m, un, deux)

    def releve(total: str, message: str) -> bytes:
        return camt053(
            f'<Ntry><Amt Ccy="EUR">{total}</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
            f"<BookgDt><Dt>{timezone.localdate().isoformat()}</Dt></BookgDt>"
            f"<NtryDtls><Btch><PmtInfId>{faite.numero}-1</PmtInfId></Btch></NtryDtls></Ntry>",
            message=message,
        )

    assert issues(lire(m, releve("106.99", "A"))) == [(f"{faite.numero}-1", IssueRetour.ECART)]
    assert etats(faite)[0] == EtatRemise.EMISE
    assert [issue for _, issue in issues(lire(m, releve("107.00", "B")))] == [IssueRetour.REGLE] * 2
    assert etats(faite)[0] == EtatRemise.REGLEE


def test_a_whole_file_accepted_is_noted(m: f.Monde) -> None:
    du = bordereau(m)
    faite = emise(m, du)
    assert issues(lire(m, pain002(faite.numero, groupe="ACCP"))) == [(f"{du.numero}-1", IssueRetour.NOTE)]
    assert etats(faite)[0] == EtatRemise.EMISE


def test_nobody_records_the_rejection_of_his_own_money(m: f.Monde) -> None:
    """His line waits for somebody else; the rest of the message is done."""
    sien, autre = bordereau(m), bordereau(m, "7.00", chez=m.autre_collectivite)
    faite = emise(m, sien, autre)
    agent = Decompte.objects.get(bordereau=sien).sinistre.agent
    agent.compte = m.payeur
    agent.save(update_fields=["compte"])
    contenu = pain002(faite.numero, (f"{sien.numero}-1", "RJCT", "AC04"), (f"{autre.numero}-1", "RJCT", "AC04"))
    retour = lire(m, contenu)
    assert [issue for _, issue in issues(retour)] == [IssueRetour.REFUSE, IssueRetour.REJETE]
    assert retour.traite_le is None
    retour, nouveau = retours.importer(acteur=m.payeur2, contenu=contenu)
    assert nouveau
    assert [issue for _, issue in issues(retour)] == [IssueRetour.REJETE, IssueRetour.DEJA]
    assert retour.traite_le is not None


def test_a_message_cut_by_a_crash_is_finished_by_the_sweeper(m: f.Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    un, deux = bordereau(m), bordereau(m, "7.00", chez=m.autre_collectivite)
    faite = emise(m, un, deux)
    contenu = camt053(ecriture(f"{un.numero}-1", "100.00"), ecriture(f"{deux.numero}-1", "7.00"))
    settle, calls = payments.settle_locked, itertools.count()

    def cut(*args: Any, **champs: Any) -> None:
        if next(calls):
            raise KeyboardInterrupt
        settle(*args, **champs)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(payments, "settle_locked", cut)
        retours.importer(acteur=m.payeur, contenu=contenu)
    assert etats(faite)[1] == [EtatVirement.EXECUTE, EtatVirement.EMIS]
    assert retours.balayer() == 0, "young: whoever imports it may be at it"
    monkeypatch.setattr(retours, "YOUNG", dt.timedelta(0))
    assert retours.balayer() == 1
    assert etats(faite) == (EtatRemise.REGLEE, [EtatVirement.EXECUTE] * 2)
    assert [issue for _, issue in issues(RetourPaiement.objects.get())] == [IssueRetour.DEJA, IssueRetour.REGLE]
    assert retours.balayer() == 0


def test_a_long_message_is_left_to_a_worker(m: f.Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    du = bordereau(m)
    emise(m, du)
    monkeypatch.setattr(retours, "TOUT_DE_SUITE", 0)
    retour = lire(m, camt053(ecriture(f"{du.numero}-1", "100.00")))
    assert (retour.traite_le, retour.lignes) == (None, [])
    assert retours.traiter(retour.pk)
    assert not retours.traiter(retour.pk)
    assert Bordereau.objects.get().etat == EtatBordereau.REGLE


def test_the_store_down_nothing_is_done(m: f.Monde, monkeypatch: pytest.MonkeyPatch) -> None:
    du = bordereau(m)
    emise(m, du)

    def down(name: str, contenu: bytes) -> None:
        raise storage.StockageIndisponible("essai")

    monkeypatch.setattr(storage, "keep", down)
    with pytest.raises(storage.StockageIndisponible):
        lire(m, camt053(ecriture(f"{du.numero}-1", "100.00")))
    assert not RetourPaiement.objects.exists()
    assert Bordereau.objects.get().etat == EtatBordereau.TRANSMIS


def test_told_by_telephone(m: f.Monde) -> None:
    du, autre = bordereau(m), bordereau(m, chez=m.autre_collectivite)
    faite = emise(m, du, autre)
    premier, second = lignes(faite)
    today = timezone.localdate()
    for sort, le in (("ACCEPTE", today), ("EXECUTE", today + DAY), ("REJETE", today)):
        with pytest.raises(DonneeInvalide):
            retours.constater(acteur=m.payeur, virement_id=premier.pk, sort=sort, le=le)
    assert retours.constater(acteur=m.payeur, virement_id=premier.pk, sort="EXECUTE", le=today).etat == EtatVirement.EXECUTE
    with pytest.raises(Erreur, match="Exécuté le"):
        retours.constater(acteur=m.payeur, virement_id=premier.pk, sort="EXECUTE", le=today)
    rejete = retours.constater(acteur=m.payeur, virement_id=second.pk, sort="REJETE", le=today, motif="Compte saisi")
    assert (rejete.etat, rejete.motif_rejet) == (EtatVirement.REJETE, "Compte saisi")
    rejete = retours.constater(acteur=m.payeur, virement_id=premier.pk, sort="REJETE", le=today, motif="Rendu par la banque")
    assert etats(faite)[0] == EtatRemise.REJETEE


def test_who_may(m: f.Monde) -> None:
    du = bordereau(m)
    emise(m, du)
    contenu = camt053(ecriture(f"{du.numero}-1", "100.00"))
    for qui, user in m.people.items():
        if qui not in {"responsable", "payeur", "payeur2"}:
            with pytest.raises(Refus):
                retours.importer(acteur=user, contenu=contenu)
            with pytest.raises(Refus):
                retours.constater(acteur=user, virement_id=1, sort="EXECUTE", le=timezone.localdate())
    assert not RetourPaiement.objects.exists()


# -- The insurer's notice ----------------------------------------------------------------------------------------------------


@pytest.fixture
def assureur(db: None) -> f.Monde:
    return f.monde()


def csv(*lignes_csv: str, entete: str = "bordereau;date;reference;montant") -> bytes:
    return "\r\n".join([entete, *lignes_csv]).encode()


def test_a_notice_settles_several_bordereaux_and_says_the_bad_lines(assureur: f.Monde) -> None:
    m = assureur
    un, deux, trois = bordereau(m, "1234.50"), bordereau(m, "20.00"), bordereau(m, "30.00")
    today = timezone.localdate()
    retour = lire(
        m,
        csv(
            f"{un.numero};{today:%d/%m/%Y};VIR-9;1 234,50 €",
            f"{deux.numero};{today.isoformat()};VIR-9;20.01",
            f"{trois.numero};31/02/2026;VIR-9;30",
            "B-2020-000999;2026-01-02;VIR-9;1",
            f"{un.numero};{today:%d/%m/%Y};VIR-9;1234.5",
            "=1+1;;;",
        ),
    )
    assert [issue for _, issue in issues(retour)] == ["REGLE", "ECART", "ILLISIBLE", "INCONNU", "DEJA", "ILLISIBLE"]
    assert retour.lignes[2]["detail"] == "Ligne 4 : la date n’est pas lisible."
    assert retour.traite_le is not None
    un.refresh_from_db()
    assert (un.etat, un.regle_le, un.reference) == (EtatBordereau.REGLE, today, "VIR-9")
    assert {b.etat for b in Bordereau.objects.exclude(pk=un.pk)} == {EtatBordereau.TRANSMIS}


def test_a_notice_on_a_bordereau_that_the_cdg_pays(m: f.Monde) -> None:
    du = bordereau(m)
    retour = lire(m, csv(f"{du.numero};{timezone.localdate().isoformat()};VIR-9;100,00"))
    assert issues(retour) == [(du.numero, IssueRetour.SANS_OBJET)]
    assert Bordereau.objects.get().etat == EtatBordereau.TRANSMIS


def test_a_notice_in_the_future_is_refused(assureur: f.Monde) -> None:
    du = bordereau(assureur)
    demain = timezone.localdate() + DAY
    retour = lire(assureur, csv(f"{du.numero};{demain.isoformat()};VIR-9;100,00"))
    assert issues(retour) == [(du.numero, IssueRetour.REFUSE)]


@pytest.mark.parametrize(
    ("contenu", "dit"),
    [
        (b"", "colonnes"),
        (b"bordereau;date\n", "reference, montant"),
        (csv(), "de 1 à"),
        (csv(*["B;2026-01-01;V;1"] * 1001), "de 1 à"),
        (csv("a\x00;b;c;d"), "pas un CSV"),
        (b"x" * (1024 * 1024 + 1), "1 Mo"),
        (b"\x89PNG\r\n\x1a\n" + b"\x00" * 20, "pas un CSV"),
        (b'bordereau;date;reference;montant\n"' + b"x" * 200_000, "pas un CSV"),
    ],
)
def test_what_is_no_notice_is_refused_whole(assureur: f.Monde, contenu: bytes, dit: str) -> None:
    with pytest.raises(DonneeInvalide, match=dit):
        lire(assureur, contenu)
    assert not RetourPaiement.objects.exists()


def test_reading_a_notice_as_spreadsheets_write_it() -> None:
    entete = "Référence,Montant,Bordereau,Date,Autre"
    (ligne,) = avis.lire("\ufeff".encode() + csv('V 1,"1\u202f000,5",B-1,2026-01-02,x', entete=entete))
    assert (ligne.bordereau, ligne.le, ligne.reference, ligne.montant, ligne.faute) == (
        "B-1",
        dt.date(2026, 1, 2),
        "V 1",
        Decimal("1000.5"),
        "",
    )
    assert avis.lire("bordereau;date;référence;montant\nB-1;2026-01-02;été;1".encode("cp1252"))[0].reference == "été"
    assert avis.lire(csv("B-1;2026-01-02;V"))[0].faute == "Ligne 2 : le montant n’est pas lisible."
    assert avis.lire(csv("B-1;2026-01-02;V;1;trop;long"))[0].montant == Decimal(1)
