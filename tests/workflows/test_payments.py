"""Money and the state of the sinistre: bordereaux frozen with their digest, settled once, rejected, composed by two at once."""

from __future__ import annotations

import datetime as dt
import threading
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from accounts.gate import Refus
from accounts.models import User
from cases.enums import Etat, GenreTache
from cases.errors import DonneeInvalide, Erreur, GardeNonSatisfaite, TransitionImpossible
from cases.models import Sinistre, Tache
from indemnities.enums import EtatBordereau, EtatDecompte
from indemnities.models import Bordereau, Decompte
from indemnities.selectors import bordereaux_visibles, decomptes_visibles
from journal.models import Entree
from tests import factories as f
from tests.mediations import entendre
from workflows import lifecycle, payments
from workflows.demande import Demande
from workflows.lifecycle import transiter

DAY = dt.timedelta(days=1)


@pytest.fixture
def m(db: None) -> f.Monde:
    return f.monde()


def validated(m: f.Monde) -> Sinistre:
    sinistre = f.sinistre(m, de=f.agent(m.collectivite))
    f.complete_pieces(sinistre, m.gestionnaire)
    return transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")


def approved(m: f.Monde, sinistre: Sinistre, *, montant: str = "100.00", corrige: Decompte | None = None) -> Decompte:
    """An approved décompte on the whole last arrêt."""
    arret = sinistre.arrets.filter(actif=True).latest("debut")
    decompte = payments.saisir_decompte(
        acteur=m.gestionnaire, numero=sinistre.numero, debut=arret.debut, fin=arret.fin, montant=Decimal(montant),
        explication="Calcul d’essai", arret=arret, corrige=corrige,
    )  # fmt: skip
    return payments.approuver_decompte(acteur=m.payeur, decompte_id=decompte.pk)


def compose(m: f.Monde, *decomptes: Decompte, par: User | None = None) -> Bordereau:
    return payments.composer_bordereau(
        acteur=par or m.payeur2, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=[d.pk for d in decomptes]
    )


def settle(m: f.Monde, bordereau: Bordereau, *, par: User | None = None, le: dt.date | None = None, reference: str = "VIR-1") -> Bordereau:
    return payments.regler_bordereau(acteur=par or m.payeur, bordereau_id=bordereau.pk, le=le or timezone.localdate(), reference=reference)


def state(row: Sinistre | Decompte | Bordereau) -> str:
    return str(type(row).objects.get(pk=row.pk).etat)


def open_tasks(sinistre: Sinistre) -> set[str]:
    return set(Tache.objects.filter(sinistre=sinistre, fermee_le=None).values_list("genre", flat=True))


# -- Composing ---------------------------------------------------------------------------------------------------------------


def test_a_bordereau_freezes_its_lines(m: f.Monde) -> None:
    first, second = approved(m, validated(m)), approved(m, validated(m), montant="250.55")
    bordereau = compose(m, first, second)
    assert (bordereau.total, len(bordereau.empreinte), bordereau.etat) == (Decimal("350.55"), 64, EtatBordereau.TRANSMIS)
    assert [state(first), state(second)] == [EtatDecompte.TRANSMIS] * 2
    assert Entree.objects.filter(action="bordereau.transmis", objet_id=bordereau.pk).count() == 1


def test_a_line_goes_into_one_bordereau(m: f.Monde) -> None:
    decompte = approved(m, validated(m))
    compose(m, decompte)
    with pytest.raises(TransitionImpossible):
        compose(m, decompte)
    assert Bordereau.objects.count() == 1


def test_what_a_bordereau_refuses(m: f.Monde) -> None:
    sinistre = validated(m)
    typed = payments.saisir_decompte(
        acteur=m.gestionnaire,
        numero=sinistre.numero,
        debut=sinistre.survenance,
        fin=sinistre.survenance,
        montant=Decimal(1),
        explication="x",
    )
    good = approved(m, validated(m))
    with pytest.raises(TransitionImpossible):
        compose(m, good, typed)
    with pytest.raises(DonneeInvalide):
        compose(m)
    with pytest.raises(Refus):
        payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=[good.pk, 10**9])
    for wrong in ({"collectivite": m.autre_collectivite, "contrat": m.contrat}, {"collectivite": m.collectivite, "contrat": f.contrat()}):
        with pytest.raises(DonneeInvalide):
            payments.composer_bordereau(acteur=m.payeur, decompte_ids=[good.pk], **wrong)  # type: ignore[arg-type]
    for qui in ("gestionnaire", "mairie", "assureur", "medecin", "admin"):
        with pytest.raises(Refus):
            compose(m, good, par=m.people[qui])
    assert state(good) == EtatDecompte.APPROUVE
    assert not Bordereau.objects.exists()


def test_a_payeur_never_sends_his_own_money(m: f.Monde) -> None:
    sinistre = validated(m)
    decompte = approved(m, sinistre)
    sinistre.agent.compte = m.payeur2
    sinistre.agent.save(update_fields=["compte"])
    with pytest.raises(Refus):
        compose(m, decompte, par=m.payeur2)


# -- Settling ----------------------------------------------------------------------------------------------------------------


def test_settling_pays_each_sinistre_once(m: f.Monde) -> None:
    first, second = validated(m), validated(m)
    bordereau = compose(m, approved(m, first), approved(m, second))
    settle(m, bordereau)
    assert [state(first), state(second), state(bordereau)] == [Etat.REMBOURSE, Etat.REMBOURSE, EtatBordereau.REGLE]
    with pytest.raises(TransitionImpossible):
        settle(m, bordereau)
    for sinistre in (first, second):
        assert Entree.objects.filter(sinistre_id=sinistre.pk, action="sinistre.rembourser").count() == 1


def test_settling_never_depends_on_the_state_of_the_sinistre(m: f.Monde) -> None:
    """Sent, then closed, put back to pièces, or in mediation: the money that arrives is recorded all the same."""
    closed, prolonged, disputed, plain = (validated(m) for _ in range(4))
    lines = [approved(m, s) for s in (closed, prolonged, disputed, plain)]
    bordereau = compose(m, *lines)
    demande = Demande(motif="SANS_SUITE", date_effet=timezone.localdate())
    transiter(acteur=m.gestionnaire, numero=closed.numero, nom="clore", demande=demande)
    suite = f.arret_demande(prolonged.arrets.get().fin + DAY, 5)
    transiter(acteur=m.gestionnaire, numero=prolonged.numero, nom="prolonger", demande=Demande(arret=suite))
    refusal = Demande(motif="NON_COUVERT", portee="PERIODE")
    transiter(acteur=m.gestionnaire, numero=disputed.numero, nom="proposer_refus", demande=refusal)
    settle(m, bordereau)
    assert {state(line) for line in lines} == {EtatDecompte.REGLE}
    assert [state(s) for s in (closed, prolonged, disputed, plain)] == [
        Etat.CLOS, Etat.PIECES_EN_ATTENTE, Etat.EN_MEDIATION, Etat.REMBOURSE,
    ]  # fmt: skip


def test_a_line_rejected_on_its_way_is_not_settled(m: f.Monde) -> None:
    good, bad = validated(m), validated(m)
    first, second = approved(m, good), approved(m, bad)
    bordereau = compose(m, first, second)
    payments.rejeter_decompte(acteur=m.payeur, decompte_id=second.pk, motif="IBAN clos")
    settle(m, bordereau)
    assert [state(first), state(second)] == [EtatDecompte.REGLE, EtatDecompte.REJETE]
    assert [state(good), state(bad)] == [Etat.REMBOURSE, Etat.VALIDE]


def test_bad_notices_of_payment(m: f.Monde) -> None:
    bordereau = compose(m, approved(m, validated(m)))
    with pytest.raises(DonneeInvalide) as refused:
        settle(m, bordereau, le=timezone.localdate() + DAY, reference=" ")
    assert set(refused.value.champs) == {"le", "reference"}
    for qui in ("gestionnaire", "mairie", "assureur"):
        with pytest.raises(Refus):
            settle(m, bordereau, par=m.people[qui])
    for qui in ("mairie2", "medecin", "admin", "secretariat"):
        with pytest.raises(Bordereau.DoesNotExist):
            settle(m, bordereau, par=m.people[qui])
    with pytest.raises(IntegrityError, match="bordereau_regle_date"), transaction.atomic():
        Bordereau.objects.filter(pk=bordereau.pk).update(etat=EtatBordereau.REGLE)


def test_lines_changed_after_sending_are_noticed(m: f.Monde) -> None:
    first, second, third = (approved(m, validated(m)) for _ in range(3))
    bordereau, other = compose(m, first, second), compose(m, third)
    tamperings = [
        lambda: Decompte.objects.filter(pk=second.pk).update(bordereau=other),  # one line fewer
        lambda: Decompte.objects.filter(pk=third.pk).update(bordereau=bordereau),  # one line more
        lambda: Decompte.objects.filter(pk=first.pk).update(approuve_par=m.payeur2),  # another signature
        lambda: Decompte.objects.filter(pk=second.pk).delete(),
        lambda: Bordereau.objects.filter(pk=bordereau.pk).update(empreinte="0" * 64),
        lambda: Bordereau.objects.filter(pk=bordereau.pk).update(total=Decimal(1)),
    ]
    for tamper in tamperings:
        with pytest.raises((Erreur, DatabaseError)), transaction.atomic():
            tamper()
            settle(m, bordereau)
    assert settle(m, bordereau).etat == EtatBordereau.REGLE


def test_who_reads_decomptes_and_bordereaux(m: f.Monde) -> None:
    decompte = approved(m, validated(m))
    bordereau = compose(m, decompte)
    readers = {"gestionnaire", "gestionnaire2", "responsable", "payeur", "payeur2", "mairie", "assureur"}
    assert {q for q, u in m.people.items() if bordereaux_visibles(u).filter(pk=bordereau.pk).exists()} == readers
    assert {q for q, u in m.people.items() if decomptes_visibles(u).filter(pk=decompte.pk).exists()} == readers


# -- Rejections --------------------------------------------------------------------------------------------------------------


def test_a_payment_sent_back_reopens_the_money_and_is_paid_again(m: f.Monde) -> None:
    sinistre = validated(m)
    first = approved(m, sinistre)
    settle(m, compose(m, first))
    payments.rejeter_decompte(acteur=m.payeur, decompte_id=first.pk, motif="IBAN clos")
    assert state(sinistre) == Etat.VALIDE
    settle(m, compose(m, approved(m, sinistre)))
    assert state(sinistre) == Etat.REMBOURSE


def test_rejecting_a_line_never_sent_leaves_a_paid_sinistre_paid(m: f.Monde) -> None:
    """An old rejection, paid again since, must not make the next refused draft look like one."""
    sinistre = validated(m)
    first = approved(m, sinistre)
    settle(m, compose(m, first))
    payments.rejeter_decompte(acteur=m.payeur, decompte_id=first.pk, motif="IBAN clos")
    second = approved(m, sinistre)
    settle(m, compose(m, second))
    draft = approved(m, sinistre, montant="5.00", corrige=second)
    payments.rejeter_decompte(acteur=m.payeur, decompte_id=draft.pk, motif="Correction inutile")
    assert state(sinistre) == Etat.REMBOURSE


# -- Nothing validated is left unpaid ----------------------------------------------------------------------------------------


def with_two_periods(m: f.Monde) -> Sinistre:
    """VALIDE, with an initial arrêt and a prolongation that were validated together."""
    sinistre = f.sinistre(m, de=f.agent(m.collectivite), arret=f.arret_demande(jours=20))
    suite = f.arret_demande(sinistre.arrets.get().fin + DAY, 10)
    lifecycle.ajouter_arret(acteur=m.gestionnaire, numero=sinistre.numero, arret=suite)
    f.complete_pieces(sinistre, m.gestionnaire)
    return transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")


def test_a_validated_period_without_its_line_keeps_the_sinistre_unpaid(m: f.Monde) -> None:
    sinistre = with_two_periods(m)
    settle(m, compose(m, approved(m, sinistre)))  # the prolongation alone
    assert state(sinistre) == Etat.VALIDE
    assert GenreTache.SAISIR_DECOMPTE in open_tasks(sinistre), "somebody still has the first period to compute"
    with pytest.raises(GardeNonSatisfaite, match="décompte"):
        transiter(acteur=m.payeur, numero=sinistre.numero, nom="rembourser")
    arret = sinistre.arrets.earliest("debut")
    decompte = payments.saisir_decompte(
        acteur=m.gestionnaire, numero=sinistre.numero, debut=arret.debut, fin=arret.fin, montant=Decimal(1), explication="x", arret=arret
    )
    assert GenreTache.SAISIR_DECOMPTE not in open_tasks(sinistre)
    settle(m, compose(m, payments.approuver_decompte(acteur=m.payeur, decompte_id=decompte.pk)))
    assert state(sinistre) == Etat.REMBOURSE


def test_a_part_refused_is_not_waited_for(m: f.Monde) -> None:
    sinistre = with_two_periods(m)
    refusal = Demande(motif="NON_JUSTIFIE", portee="PERIODE")
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="proposer_refus", demande=refusal)
    entendre(m, sinistre)
    transiter(acteur=m.responsable, numero=sinistre.numero, nom="refuser_partie", demande=Demande(commentaire="Le début est accepté"))
    settle(m, compose(m, approved(m, sinistre)))
    assert state(sinistre) == Etat.REMBOURSE


def test_a_part_accepted_is_still_to_be_computed(m: f.Monde) -> None:
    """VALIDE with nothing to do for anybody would be a dossier forgotten."""
    sinistre = f.sinistre(m)
    refusal = Demande(motif="NON_JUSTIFIE", portee="PERIODE")
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="proposer_refus", demande=refusal)
    entendre(m, sinistre)
    transiter(acteur=m.responsable, numero=sinistre.numero, nom="refuser_partie", demande=Demande(commentaire="Le début est accepté"))
    assert open_tasks(sinistre) == {GenreTache.SAISIR_DECOMPTE}


def test_a_capital_paid_is_paid(m: f.Monde) -> None:
    sinistre = f.sinistre(m, "DC", arret=None)
    f.complete_pieces(sinistre, m.gestionnaire)
    transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")
    jour = sinistre.survenance
    decompte = payments.saisir_decompte(
        acteur=m.gestionnaire, numero=sinistre.numero, debut=jour, fin=jour, montant=Decimal("24000"), explication="Capital"
    )
    assert GenreTache.SAISIR_DECOMPTE not in open_tasks(sinistre)
    settle(m, compose(m, payments.approuver_decompte(acteur=m.payeur, decompte_id=decompte.pk)))
    assert state(sinistre) == Etat.REMBOURSE


# -- Two at once -------------------------------------------------------------------------------------------------------------


def at_once(*acts: object) -> list[BaseException | None]:
    """Run each act on a connection of its own, all released together. Returns what each raised."""
    barrier = threading.Barrier(len(acts))
    raised: list[BaseException | None] = [None] * len(acts)

    def run(rank: int, act: object) -> None:
        barrier.wait()
        try:
            act()  # type: ignore[operator]
        except BaseException as error:
            raised[rank] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_two_bordereaux_that_share_sinistres_settle_without_deadlock(vraie_base: None) -> None:
    m = f.monde()
    sinistres = [with_two_periods(m) for _ in range(3)]
    lots: list[list[Decompte]] = [[], []]
    for sinistre in sinistres:
        for lot, arret in zip(lots, sinistre.arrets.order_by("debut"), strict=True):
            decompte = payments.saisir_decompte(
                acteur=m.gestionnaire, numero=sinistre.numero, debut=arret.debut, fin=arret.fin, montant=Decimal(1), explication="x",
                arret=arret,
            )  # fmt: skip
            lot.append(payments.approuver_decompte(acteur=m.payeur, decompte_id=decompte.pk))
    first, second = (compose(m, *lot) for lot in lots)
    assert at_once(lambda: settle(m, first), lambda: settle(m, second, par=m.payeur2)) == [None, None]
    assert [state(s) for s in sinistres] == [Etat.REMBOURSE] * 3
    assert Entree.objects.filter(action="sinistre.rembourser").count() == 3
