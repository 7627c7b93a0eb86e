"""Two at once, one wins: 0 lost, 0 doubled."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils import timezone

from accounts.models import User
from cases.enums import Etat, GenreEcheance, GenreTache
from cases.errors import AlerteAConfirmer, DejaPris, DonneeInvalide, Erreur, GardeNonSatisfaite, TransitionImpossible, VersionPerimee
from cases.models import Echeance, Sinistre, Tache
from cases.models.avis import QuestionMedecin
from cases.services import avis, echeances, taches
from documents import storage
from documents.enums import EtatDepot, EtatPiece
from documents.models import Depot, Piece
from documents.services import decisions, depots
from indemnities.enums import EtatDecompte
from indemnities.models import Bordereau, Decompte
from journal.models import Entree, Evenement
from notifications.relances import relancer
from tests import factories as f
from tests.documents.conftest import PDF
from tests.races.conftest import ROUNDS, Tally, Track, count
from workflows import decomptes, payments
from workflows.demande import Demande
from workflows.lifecycle import transiter

DAY = dt.timedelta(days=1)


def by(act: Callable[..., object], *people: User) -> list[Callable[[], object]]:
    """The same act by several people."""
    return [partial(act, acteur=who) for who in people]


def new_sinistre(m: f.Monde, **champs: Any) -> Sinistre:
    return f.sinistre(m, de=f.agent(m.collectivite), **champs)


def validated(m: f.Monde) -> Sinistre:
    sinistre = new_sinistre(m)
    f.complete_pieces(sinistre, m.gestionnaire)
    return transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")


def fresh(sinistre: Sinistre) -> Sinistre:
    return Sinistre.objects.get(pk=sinistre.pk)


def acts_on(sinistre: Sinistre, action: str) -> tuple[int, int]:
    """Journal rows and events of one action on a sinistre."""
    rows = Entree.objects.filter(sinistre_id=sinistre.pk, action=action).count()
    return rows, Evenement.objects.filter(sinistre_id=sinistre.pk, type=action).count()


def test_two_people_compute_the_same_dossier(track: Track, tally: Tally) -> None:
    """The second finds nothing left to write: one décompte, its lines once."""
    m = f.monde()
    for _ in range(ROUNDS):
        sinistre = validated(m)
        results = track.race(*by(partial(decomptes.preparer, numero=sinistre.numero), m.gestionnaire, m.payeur))
        assert count(tally, results) == 2
        assert Decompte.objects.get(sinistre=sinistre).lignes.count() == 3


def typed(m: f.Monde, sinistre: Sinistre) -> Decompte:
    arret = sinistre.arrets.get()
    return payments.saisir_decompte(
        acteur=m.gestionnaire, numero=sinistre.numero, debut=arret.debut, fin=arret.fin, montant=Decimal("10.00"), explication="x",
        arret=arret,
    )  # fmt: skip


def approved(m: f.Monde, sinistre: Sinistre) -> Decompte:
    return payments.approuver_decompte(acteur=m.payeur, decompte_id=typed(m, sinistre).pk)


def test_two_transitions_on_one_dossier(track: Track, tally: Tally) -> None:
    """The one who arrives second sees the state that the first left, and its version says so."""
    m = f.monde()
    cancel = Demande(motif="DOUBLE")
    for rank in range(ROUNDS):
        sinistre = new_sinistre(m)
        f.complete_pieces(sinistre, m.gestionnaire)
        version = 1 if rank % 2 else None
        act = partial(transiter, numero=sinistre.numero, version=version)
        results = track.race(
            partial(act, acteur=m.gestionnaire, nom="valider"), partial(act, acteur=m.responsable, nom="annuler", demande=cancel)
        )
        won = count(tally, results, TransitionImpossible, VersionPerimee)
        after = fresh(sinistre)
        # Without a version, « valider » then « annuler » may both be right, one after the other; never the other way round.
        assert won == 1 or (won == 2 and version is None and after.etat == Etat.ANNULE)
        assert after.version == 1 + won
        done = [acts_on(sinistre, "sinistre.valider"), acts_on(sinistre, "sinistre.annuler")]
        assert sum(rows for rows, _ in done) == sum(events for _, events in done) == won
        if won == 1:
            assert after.etat == (Etat.VALIDE if done[0][0] else Etat.ANNULE)
        assert acts_on(sinistre, "sinistre.refus_de_transition")[0] == sum(isinstance(e, TransitionImpossible) for e in results)


def test_the_same_transition_twice(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        sinistre = new_sinistre(m)
        ask = partial(transiter, numero=sinistre.numero, nom="demander_pieces")
        assert count(tally, track.race(*by(ask, m.gestionnaire, m.gestionnaire2)), TransitionImpossible) == 1
        assert (fresh(sinistre).etat, fresh(sinistre).version) == (Etat.PIECES_EN_ATTENTE, 2)
        assert acts_on(sinistre, "sinistre.demander_pieces")[0] == 1
        assert Evenement.objects.filter(sinistre_id=sinistre.pk, type="pieces.demandees").count() == 1
        assert Echeance.objects.filter(sinistre=sinistre, genre=GenreEcheance.PIECES_ATTENDUES).count() == 1


def test_two_take_one_task(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        tache = Tache.objects.get(sinistre=new_sinistre(m), genre=GenreTache.INSTRUIRE)
        results = track.race(*by(partial(taches.prendre, tache=tache), m.gestionnaire, m.gestionnaire2))
        assert count(tally, results, DejaPris) == 1
        holder = Tache.objects.get(pk=tache.pk).porteur
        assert holder == (m.gestionnaire if results[0] is None else m.gestionnaire2)
        loser = next(e for e in results if e is not None)
        assert str(loser).startswith(f"Pris par {holder} à ")
        assert Entree.objects.filter(action="tache.prise", objet_id=tache.pk).count() == 1


def test_two_approve_one_decompte(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        decompte = typed(m, validated(m))
        results = track.race(*by(partial(payments.approuver_decompte, decompte_id=decompte.pk), m.payeur, m.payeur2))
        assert count(tally, results, TransitionImpossible) == 1
        after = Decompte.objects.get(pk=decompte.pk)
        assert (after.etat, after.approuve_par) == (EtatDecompte.APPROUVE, m.payeur if results[0] is None else m.payeur2)
        assert Entree.objects.filter(action="decompte.approuve", objet_id=decompte.pk).count() == 1
        assert Tache.objects.filter(genre=GenreTache.PAYER_DECOMPTE, objet_id=decompte.pk).count() == 1


def test_two_type_the_same_period(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        sinistre = validated(m)
        assert count(tally, track.race(*[partial(typed, m, sinistre)] * 2), DonneeInvalide) == 1
        assert Decompte.objects.filter(sinistre=sinistre).count() == 1


def test_two_bordereaux_from_the_same_lines(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        lines = [approved(m, validated(m)).pk for _ in range(2)]
        compose = partial(payments.composer_bordereau, collectivite=m.collectivite, contrat=m.contrat)
        before = Bordereau.objects.count()
        results = track.race(
            partial(compose, acteur=m.payeur, decompte_ids=lines), partial(compose, acteur=m.payeur2, decompte_ids=lines[::-1])
        )
        assert count(tally, results, TransitionImpossible) == 1
        assert Bordereau.objects.count() == before + 1
        assert Decompte.objects.filter(pk__in=lines, etat=EtatDecompte.TRANSMIS).values("bordereau").distinct().count() == 1


def test_one_bordereau_settled_twice(track: Track, tally: Tally) -> None:
    m = f.monde()
    today = timezone.localdate()
    for _ in range(ROUNDS):
        sinistre = validated(m)
        line = approved(m, sinistre)
        bordereau = payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=[line.pk])
        settle = partial(payments.regler_bordereau, bordereau_id=bordereau.pk, le=today, reference="V")
        assert count(tally, track.race(*by(settle, m.payeur, m.payeur2)), TransitionImpossible) == 1
        assert acts_on(sinistre, "decompte.regle") == (1, 1)
        assert acts_on(sinistre, "sinistre.rembourser") == (1, 1)


def test_settled_or_rejected_at_once(track: Track, tally: Tally) -> None:
    """Both are allowed, one after the other: whichever order, the money ends rejected and the sinistre unpaid."""
    m = f.monde()
    today = timezone.localdate()
    for _ in range(ROUNDS):
        sinistre = validated(m)
        line = approved(m, sinistre)
        bordereau = payments.composer_bordereau(acteur=m.payeur, collectivite=m.collectivite, contrat=m.contrat, decompte_ids=[line.pk])
        results = track.race(
            partial(payments.regler_bordereau, acteur=m.payeur, bordereau_id=bordereau.pk, le=today, reference="V"),
            partial(payments.rejeter_decompte, acteur=m.payeur2, decompte_id=line.pk, motif="IBAN clos"),
        )
        assert count(tally, results) == 2
        assert Decompte.objects.get(pk=line.pk).etat == EtatDecompte.REJETE
        assert fresh(sinistre).etat == Etat.VALIDE


def test_one_declaration_twice(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        agent = f.agent(m.collectivite)
        results = track.race(partial(f.sinistre, m, de=agent), partial(f.sinistre, m, de=agent, par=m.gestionnaire))
        assert count(tally, results, AlerteAConfirmer) == 1
        assert Sinistre.objects.filter(agent=agent).count() == 1


def test_one_death_opens_one_sinistre(track: Track, tally: Tally) -> None:
    """Two dossiers of one agent, both closed by his death at once."""
    m = f.monde()
    for _ in range(ROUNDS):
        agent = f.agent(m.collectivite)
        first = f.sinistre(m, "AS", de=agent, arret=f.arret_demande(jours=5))
        second = f.sinistre(m, "CMO", de=agent, arret=f.arret_demande(first.survenance + 10 * DAY, 5))
        for sinistre in (first, second):
            f.complete_pieces(sinistre, m.gestionnaire)
            transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")
        close = Demande(motif="DECES", date_effet=first.survenance + 20 * DAY)
        act = partial(transiter, nom="clore", demande=close)
        results = track.race(
            partial(act, acteur=m.gestionnaire, numero=first.numero), partial(act, acteur=m.gestionnaire2, numero=second.numero)
        )
        assert count(tally, results) == 2
        assert Sinistre.objects.filter(agent=agent, nature="DC").count() == 1


def _due(*sinistres: Sinistre) -> None:
    """As if each had been waiting for its pièces for two weeks: one reminder is due, and none was told."""
    asked = timezone.now() - 14 * DAY
    Piece.objects.filter(sinistre__in=sinistres).update(demandee_le=asked)
    Echeance.objects.filter(sinistre__in=sinistres).update(levee_le=timezone.now())
    Echeance.objects.bulk_create(
        Echeance(sinistre=s, genre=GenreEcheance.PIECES_ATTENDUES, depart=asked, jours=7, due_at=timezone.now()) for s in sinistres
    )


def test_two_sweepers(track: Track, tally: Tally) -> None:
    """Of échéances that open an item, and of reminders: each due row is handled once."""
    m = f.monde()
    sinistres = [new_sinistre(m) for _ in range(3)]
    for rang in range(1, ROUNDS + 1):
        _due(*sinistres)
        Tache.objects.filter(genre=GenreTache.DEMANDER_REPRISE, fermee_le=None).update(fermee_le=timezone.now())
        for sinistre in sinistres:
            echeances.poser_jours(sinistre=sinistre, jours={GenreEcheance.REPRISE_ATTENDUE: timezone.localdate() - DAY})
        assert count(tally, track.race(echeances.balayer, echeances.balayer)) == 2
        assert count(tally, track.race(relancer, relancer)) == 2
        # A row whose sinistre another sweeper held is left for the next round: never lost.
        echeances.balayer()
        relancer()
        assert Entree.objects.filter(action="echeance.echue").count() == 3 * rang
        assert Tache.objects.filter(genre=GenreTache.DEMANDER_REPRISE, fermee_le=None).count() == 3
        assert Entree.objects.filter(action="relance.faite").count() == 3 * rang
        assert Evenement.objects.filter(type="pieces.relance").count() == 3 * rang


def test_a_transition_against_the_sweeper(track: Track, tally: Tally) -> None:
    """Valid at the moment its reminder is due: nothing is asked of a dossier that lacks nothing, and no clock is left on it."""
    m = f.monde()
    for _ in range(ROUNDS):
        sinistre = new_sinistre(m)
        f.complete_pieces(sinistre, m.gestionnaire)
        _due(sinistre)
        results = track.race(
            partial(transiter, acteur=m.gestionnaire, numero=sinistre.numero, nom="valider"),
            relancer,
        )
        assert count(tally, results) == 2
        relancer()
        assert fresh(sinistre).etat == Etat.VALIDE
        assert acts_on(sinistre, "relance.faite")[0] == 0
        assert not Echeance.objects.filter(sinistre=sinistre, genre=GenreEcheance.PIECES_ATTENDUES, traitee_le=None, levee_le=None).exists()


def test_a_transition_against_a_decision(track: Track, tally: Tally) -> None:
    """« Valider » while its last pièce is being refused: valid with a conforme pièce, or refused by the guard."""
    m = f.monde()
    for _ in range(ROUNDS):
        sinistre = new_sinistre(m)
        f.complete_pieces(sinistre, m.gestionnaire)
        piece = Piece.objects.select_related("sinistre").get(sinistre=sinistre, code="arrete")
        results = track.race(
            partial(transiter, acteur=m.gestionnaire, numero=sinistre.numero, nom="valider"),
            partial(decisions.refuser, acteur=m.gestionnaire2, piece=piece, motif="ILLISIBLE"),
        )
        won = count(tally, results, GardeNonSatisfaite)
        assert fresh(sinistre).etat == (Etat.VALIDE if won == 2 else Etat.DECLARE)
        assert acts_on(sinistre, "sinistre.valider") == ((1, 1) if won == 2 else (0, 0))
        order = list(Entree.objects.filter(sinistre_id=sinistre.pk, action__in=["sinistre.valider", "piece.refusee"]).order_by("xid", "id"))
        assert [e.action for e in order] in (["sinistre.valider", "piece.refusee"], ["piece.refusee"]) or won == 2


def test_two_ask_the_medecin(track: Track, tally: Tally) -> None:
    m = f.monde()
    for _ in range(ROUNDS):
        sinistre = new_sinistre(m)
        ask = partial(avis.confier, sinistre=sinistre, medecin=m.medecin, question=QuestionMedecin.REPRISE)
        assert count(tally, track.race(*by(ask, m.gestionnaire, m.gestionnaire2)), Erreur) == 1
        assert Tache.objects.filter(sinistre=sinistre, genre=GenreTache.AVIS_MEDECIN).count() == 1


def test_one_file_confirmed_and_checked_twice(track: Track, tally: Tally, settings: Any) -> None:
    settings.CLAMD_URL, settings.DEMO = "", True
    m = f.monde()
    for _ in range(ROUNDS):
        piece = Piece.objects.select_related("sinistre").get(sinistre=new_sinistre(m), code="arrete")
        depot = depots.annoncer_depot(acteur=m.mairie, piece=piece, nom="a.pdf", type="application/pdf", taille=len(PDF))
        storage.put_quarantine(depot, io.BytesIO(PDF))
        confirm = partial(depots.confirmer, acteur=m.mairie, depot=depot)
        assert count(tally, track.race(confirm, confirm)) == 2
        check = partial(depots.controler, depot.pk)
        assert count(tally, track.race(check, check)) == 2
        assert sorted(map(str, track.values)) == sorted([str(EtatDepot.DISPONIBLE), "ailleurs"])
        assert Depot.objects.get(pk=depot.pk).etat == EtatDepot.DISPONIBLE
        assert Piece.objects.get(pk=piece.pk).etat == EtatPiece.A_CONTROLER
        actions = Entree.objects.filter(objet_type="depot", objet_id=depot.pk).order_by("id").values_list("action", flat=True)
        assert list(actions) == ["depot.annonce", "depot.confirme", "depot.disponible"]
        assert Evenement.objects.filter(type="piece.deposee", objet_id=piece.pk).count() == 1
