"""Two payeurs at once: a bordereau is in one remise, a remise is signed once, its file leaves or it is given up, its answer counts once."""

from __future__ import annotations

from functools import partial

from django.utils import timezone

from cases.errors import DonneeInvalide, TransitionImpossible
from indemnities.enums import EtatDecompte, EtatRemise, EtatVirement
from indemnities.models import Bordereau, CompteBancaire, Decompte, Remise, Virement
from indemnities.models.virements import VIVANTS
from indemnities.services import comptes
from indemnities.services.comptes import Rib
from journal.models import Entree
from tests import factories as f
from tests.indemnities.virements import bordereau, camt053, ecriture, emise, iban, pain002, payeur_cdg, remise
from tests.races.conftest import ROUNDS, Tally, Track, count
from tests.races.test_races import by
from workflows import payments, retours, virements


def entries(action: str, objet_id: int) -> int:
    return Entree.objects.filter(action=action, objet_id=objet_id).count()


def test_two_remises_for_one_bordereau(track: Track, tally: Tally) -> None:
    """One of the two bordereaux is wanted by both, in the other order: no deadlock, one winner, nothing half done."""
    m = payeur_cdg(f.monde())
    today = timezone.localdate()
    for _ in range(ROUNDS):
        un, deux = bordereau(m), bordereau(m, chez=m.autre_collectivite)
        before = Remise.objects.count()
        compose = partial(virements.composer, execution=today)
        results = track.race(
            partial(compose, acteur=m.payeur, bordereau_ids=[un.pk, deux.pk]),
            partial(compose, acteur=m.payeur2, bordereau_ids=[deux.pk, un.pk]),
        )
        assert count(tally, results, DonneeInvalide) == 1
        assert Remise.objects.count() == before + 1
        for du in (un, deux):
            assert Virement.objects.filter(bordereau=du, etat__in=VIVANTS).count() == 1


def test_one_remise_signed_twice(track: Track, tally: Tally) -> None:
    m = payeur_cdg(f.monde())
    for _ in range(ROUNDS):
        faite = remise(m, bordereau(m))
        results = track.race(*by(partial(virements.signer, numero=faite.numero), m.payeur2, m.responsable))
        assert count(tally, results, TransitionImpossible) == 1
        assert entries("remise.signee", faite.pk) == 1


def test_taken_or_given_up(track: Track, tally: Tally) -> None:
    """Never a file at the bank for bordereaux that are free again."""
    m = payeur_cdg(f.monde())
    for _ in range(ROUNDS):
        faite = remise(m, bordereau(m))
        virements.signer(acteur=m.payeur2, numero=faite.numero)
        results = track.race(
            partial(virements.prendre_fichier, acteur=m.payeur, numero=faite.numero),
            partial(virements.abandonner, acteur=m.payeur2, numero=faite.numero, motif="Mauvaise date"),
        )
        assert count(tally, results, TransitionImpossible) == 1
        faite.refresh_from_db()
        ligne = faite.virements.get()
        taken = (faite.etat, ligne.etat) == (EtatRemise.EMISE, EtatVirement.EMIS)
        assert taken or (faite.etat, ligne.etat) == (EtatRemise.ABANDONNEE, EtatVirement.ABANDONNE)
        assert taken is (results[0] is None)


def test_one_file_taken_twice_is_one_file(track: Track, tally: Tally) -> None:
    m = payeur_cdg(f.monde())
    for _ in range(ROUNDS):
        faite = remise(m, bordereau(m))
        virements.signer(acteur=m.payeur2, numero=faite.numero)
        assert count(tally, track.race(*by(partial(virements.prendre_fichier, numero=faite.numero), m.payeur, m.payeur2))) == 2
        first, second = track.values
        assert isinstance(first, tuple)
        assert isinstance(second, tuple)
        assert first[1] == second[1]
        assert entries("remise.fichier_pris", faite.pk) == 2


def test_two_statements_pay_once(track: Track, tally: Tally) -> None:
    """The same operation told by two files, or by one file imported by two people: settled once."""
    m = payeur_cdg(f.monde())
    for rank in range(ROUNDS):
        du = bordereau(m, "100.00", "7.00")
        emise(m, du)
        contenus = [camt053(ecriture(f"{du.numero}-1", "107.00"), message=f"R{rank}-{copie if rank % 2 else 0}") for copie in (1, 2)]
        results = track.race(
            partial(retours.importer, acteur=m.payeur, contenu=contenus[0]),
            partial(retours.importer, acteur=m.payeur2, contenu=contenus[1]),
        )
        assert count(tally, results) == 2
        assert entries("bordereau.regle", du.pk) == 1
        for ligne in Decompte.objects.filter(bordereau=du):
            assert (ligne.etat, entries("decompte.regle", ligne.pk)) == (EtatDecompte.REGLE, 1)


def test_executed_and_refused_at_once(track: Track, tally: Tally) -> None:
    """The bank contradicts itself: one of the two holds, the other is told, and nothing is half settled."""
    m = payeur_cdg(f.monde())
    for rank in range(ROUNDS):
        du = bordereau(m)
        faite = emise(m, du)
        results = track.race(
            partial(retours.importer, acteur=m.payeur, contenu=camt053(ecriture(f"{du.numero}-1", "100.00"), message=f"E{rank}")),
            partial(
                retours.importer, acteur=m.payeur2, contenu=pain002(faite.numero, (f"{du.numero}-1", "RJCT", "AC04"), message=f"F{rank}")
            ),
        )
        assert count(tally, results) == 2
        paid = faite.virements.get().etat == EtatVirement.EXECUTE
        assert Decompte.objects.get(bordereau=du).etat == (EtatDecompte.REGLE if paid else EtatDecompte.REJETE)
        assert Bordereau.objects.get(pk=du.pk).etat == ("REGLE" if paid else "REJETE")


def test_a_line_rejected_by_hand_is_never_in_a_transfer(track: Track, tally: Tally) -> None:
    m = payeur_cdg(f.monde())
    for _ in range(ROUNDS):
        du = bordereau(m, "100.00", "7.00")
        ligne = Decompte.objects.get(bordereau=du, montant="7.00")
        results = track.race(
            partial(virements.composer, acteur=m.payeur, bordereau_ids=[du.pk], execution=timezone.localdate()),
            partial(payments.rejeter_decompte, acteur=m.payeur2, decompte_id=ligne.pk, motif="Erreur"),
        )
        count(tally, results, TransitionImpossible)
        assert results[0] is None
        rejected = results[1] is None
        ligne = Decompte.objects.get(pk=ligne.pk)
        assert ligne.etat == (EtatDecompte.REJETE if rejected else EtatDecompte.TRANSMIS)
        assert str(du.virements.get().montant) == ("100.00" if rejected else "107.00")


def test_paid_by_hand_or_by_transfer(track: Track, tally: Tally) -> None:
    m = payeur_cdg(f.monde())
    today = timezone.localdate()
    for _ in range(ROUNDS):
        du = bordereau(m)
        results = track.race(
            partial(virements.composer, acteur=m.payeur, bordereau_ids=[du.pk], execution=today),
            partial(payments.regler_bordereau, acteur=m.payeur2, bordereau_id=du.pk, le=today, reference="Chèque"),
        )
        assert count(tally, results, TransitionImpossible, DonneeInvalide) == 1
        assert du.virements.exists() is (results[0] is None)


def test_one_account_confirmed_or_dropped(track: Track, tally: Tally) -> None:
    m = payeur_cdg(f.monde())
    for rank in range(ROUNDS):
        saisi = comptes.saisir(acteur=m.payeur, collectivite=m.collectivite, rib=Rib("Mairie", iban(100 + rank)))
        results = track.race(
            partial(comptes.confirmer, acteur=m.payeur2, compte_id=saisi.pk),
            partial(comptes.ecarter, acteur=m.responsable, compte_id=saisi.pk, motif="Faux"),
        )
        assert count(tally, results, TransitionImpossible) == 1
        assert CompteBancaire.objects.filter(collectivite=m.collectivite, etat="EN_VIGUEUR").count() == 1
