"""What is expected of dossiers: every line reachable, every condition by real dossiers, one and many at once and a naive model agree."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

import hypothesis.strategies as st
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings

from cases.enums import GenreArret, GenreEpisode
from cases.models import Arret, Episode, Sinistre
from contracts.enums import NATURES_BY_REGIME, Nature, Regime
from documents import listes
from documents.enums import Condition, EtatPiece, Fait
from documents.evaluation import attendues, completude
from documents.models import DossierPieces, Exigence, ListePieces, Piece
from documents.services.checklist import reevaluer
from tests import factories as f
from tests.documents import modele

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
FILE = listes.FOLDER / "2026-2.toml"
START = dt.date(2026, 1, 5)


@pytest.fixture
def liste(db: None) -> ListePieces:
    return listes.load(acteur=None, chemin=FILE, contrat=f.contrat())[0]


@pytest.fixture
def m(db: None) -> f.Monde:
    return f.monde()


def dossier(m: f.Monde, liste: ListePieces, nature: str, regime: str = Regime.CNRACL, **champs: Any) -> Sinistre:
    """A bare dossier held to that list: its initial épisode, and no arrêt."""
    like = f.sinistre(m, de=f.agent(m.collectivite))
    Piece.objects.filter(sinistre=like).delete()
    Arret.objects.filter(sinistre=like).delete()
    Episode.objects.filter(sinistre=like).update(nature=nature, debut=START)
    Sinistre.objects.filter(pk=like.pk).update(nature=nature, regime=regime, survenance=START, **champs)
    DossierPieces.objects.filter(sinistre=like).update(liste=liste)
    return Sinistre.objects.select_related("collectivite").get(pk=like.pk)


def leave(
    sinistre: Sinistre, debut: dt.date, jours: int, genre: str = GenreArret.INITIAL, *, episode: Episode | None = None, actif: bool = True
) -> Arret:
    return Arret.objects.create(
        sinistre=sinistre,
        episode=episode or sinistre.episodes.order_by("-rang")[0],
        genre=genre,
        debut=debut,
        fin=debut + (jours - 1) * DAY,
        certificat_du=debut,
        quotite=50 if genre == GenreArret.TPT else None,
        actif=actif,
    )


def codes(sinistre: Sinistre, *, required: bool = False) -> set[str]:
    return {code for _, code, _, requise in attendues([sinistre.pk]) if requise or not required}


def say(sinistre: Sinistre, *faits: str) -> None:
    DossierPieces.objects.filter(sinistre=sinistre).update(faits=list(faits))


# -- Every line ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("regime", Regime.values)
def test_every_line_is_reached_by_some_dossier(m: f.Monde, liste: ListePieces, regime: str) -> None:
    """A long life in every nature, everything said: no line of the list is there for nothing, and each asks what it says."""
    reached: set[int] = set()
    for nature in sorted(NATURES_BY_REGIME[regime]):
        it = dossier(m, liste, nature, regime, tiers_possible=True, reprise_effective=dt.date(2031, 1, 1))
        say(it, *Fait.values)
        if nature not in (Nature.DC, Nature.FM, Nature.AIT):
            kind = GenreArret.TPT if nature == Nature.TPT else GenreArret.INITIAL
            leave(it, START, 400, kind)
            leave(it, START + 400 * DAY, 800, GenreArret.TPT if nature == Nature.TPT else GenreArret.PROLONGATION)
        if nature in (Nature.AS, Nature.TRJ, Nature.MP, Nature.ATC, Nature.ATI):
            suite = Episode.objects.create(sinistre=it, rang=2, genre=GenreEpisode.RECHUTE, nature=nature, debut=START + 1300 * DAY)
            leave(it, START + 1300 * DAY, 10, GenreArret.RECHUTE, episode=suite)
        reevaluer(it)
        rows = Piece.objects.filter(sinistre=it).select_related("exigence")
        for piece in rows:
            assert nature in piece.exigence.natures, (nature, piece.code)
            assert regime in piece.exigence.regimes, (nature, piece.code)
            assert (piece.stade, piece.visibilite, piece.libelle) == (
                piece.exigence.stade, piece.exigence.visibilite, piece.exigence.libelle,
            )  # fmt: skip
            assert (piece.arret_id is not None) == (piece.exigence.par_periode and nature not in (Nature.DC, Nature.FM, Nature.AIT))
        reached |= {piece.exigence_id for piece in rows}
        assert {p[1:] for p in attendues([it.pk])} == {p[1:] for p in modele.expected(it)}, nature
    rest = Exigence.objects.filter(liste=liste, regimes__contains=[regime], natures__overlap=list(NATURES_BY_REGIME[regime]))
    # An opinion on the temps partiel asked for at its first day is the one that a prolongation would ask for again.
    missing = {(e.code, e.stade) for e in rest.exclude(pk__in=reached)}
    assert missing == {("avis-medecin-agree", "PROLONGATION")}


@pytest.mark.parametrize(
    ("nature", "regime", "initial", "prolonged"),
    [
        ("CMO", "CNRACL", {"certificat-arret", "arrete-cmo", "bulletin-salaire", "rib"},
         {"certificat-arret", "arrete-cmo", "bulletin-salaire"}),
        ("CMO", "IRCANTEC", {"certificat-arret", "arrete-cmo", "bulletin-salaire", "decompte-ij-cpam", "rib"},
         {"certificat-arret", "arrete-cmo", "bulletin-salaire", "decompte-ij-cpam"}),
        ("CLM", "CNRACL", {"avis-conseil-medical", "arrete-conge", "certificat-prolongation", "bulletin-salaire", "rib"},
         {"arrete-conge", "certificat-prolongation", "bulletin-salaire"}),
        ("AS", "CNRACL", {"declaration-accident", "certificat-medical-initial", "arrete-imputabilite", "bulletin-salaire", "rib"},
         {"certificat-prolongation-citis", "bulletin-salaire"}),
        ("ATC", "IRCANTEC", {"declaration-accident-travail", "decision-cpam", "bulletin-salaire", "decompte-ij-cpam", "rib"},
         {"certificat-prolongation-citis", "bulletin-salaire", "decompte-ij-cpam"}),
        ("MAT", "CNRACL", {"certificat-grossesse", "arrete-conge", "bulletin-salaire", "rib"}, {"arrete-conge", "bulletin-salaire"}),
        ("PAT", "IRCANTEC", {"acte-naissance", "arrete-conge", "bulletin-salaire", "decompte-ij-cpam", "rib"},
         {"arrete-conge", "bulletin-salaire", "decompte-ij-cpam"}),
        ("DORS", "CNRACL", {"avis-conseil-medical-position", "arrete-position", "bulletin-salaire", "rib"},
         {"arrete-position", "bulletin-salaire"}),
    ],
)  # fmt: skip
def test_what_a_leave_and_its_prolongation_require(
    m: f.Monde, liste: ListePieces, nature: str, regime: str, initial: set[str], prolonged: set[str]
) -> None:
    it = dossier(m, liste, nature, regime)
    leave(it, START, 20)
    assert codes(it, required=True) == initial
    before = attendues([it.pk])
    suite = leave(it, START + 20 * DAY, 20, GenreArret.PROLONGATION)
    assert {code for _, code, arret, requise in attendues([it.pk]) - before if requise} == prolonged
    assert {arret for *_, arret, _ in attendues([it.pk]) - before} == {suite.pk}


def test_what_has_no_leave(m: f.Monde, liste: ListePieces) -> None:
    death = {"acte-deces", "attestation-ayants-droit", "livret-famille", "dernier-bulletin", "certificat-post-mortem", "rib"}
    assert codes(dossier(m, liste, "DC"), required=True) == death
    assert codes(dossier(m, liste, "FM"), required=True) == {"facture-soins", "rib"}
    it = dossier(m, liste, "AIT")
    assert codes(it, required=True) == {"avis-conseil-medical-position", "arrete-position", "avis-cpam", "bulletin-salaire", "rib"}
    assert {arret for *_, arret, _ in attendues([it.pk])} == {None}


# -- Conditions, by real dossiers -----------------------------------------------------------------------------------------------


def end_of(months: int) -> dt.date:
    """The last day of so many months from START."""
    return modele.add_months(START, months) - DAY


@pytest.mark.parametrize(
    ("fin", "six", "twelve"),
    [(end_of(6), False, False), (end_of(6) + DAY, True, False), (end_of(12) - DAY, True, False), (end_of(12), True, True)],
)
def test_six_and_twelve_months_of_maladie_ordinaire(m: f.Monde, liste: ListePieces, fin: dt.date, six: bool, twelve: bool) -> None:
    it = dossier(m, liste, "CMO")
    leave(it, START, 60)
    leave(it, START + 60 * DAY, (fin - START).days + 1 - 60, GenreArret.PROLONGATION)
    found = codes(it, required=True)
    assert ("conclusions-controle-6-mois" in found, "avis-conseil-medical-12-mois" in found) == (six, twelve)


@pytest.mark.parametrize(("gap", "one_leave"), [(0, True), (2, True), (3, False)])
def test_a_weekend_does_not_cut_a_leave(m: f.Monde, liste: ListePieces, gap: int, one_leave: bool) -> None:
    it = dossier(m, liste, "CMO")
    leave(it, START, 100)
    leave(it, START + (100 + gap) * DAY, 100, GenreArret.PROLONGATION)
    assert ("conclusions-controle-6-mois" in codes(it)) is one_leave


def test_an_arret_set_aside_counts_no_more(m: f.Monde, liste: ListePieces) -> None:
    it = dossier(m, liste, "CMO")
    leave(it, START, 20)
    last = leave(it, START + 20 * DAY, 300, GenreArret.PROLONGATION)
    assert "conclusions-controle-6-mois" in codes(it)
    Arret.objects.filter(pk=last.pk).update(actif=False)
    assert "conclusions-controle-6-mois" not in codes(it)
    assert last.pk not in {arret for *_, arret, _ in attendues([it.pk])}


@pytest.mark.parametrize(("nature", "regime", "months"), [("CLM", "CNRACL", 12), ("CLD", "CNRACL", 36), ("CGM", "IRCANTEC", 12)])
def test_half_pay(m: f.Monde, liste: ListePieces, nature: str, regime: str, months: int) -> None:
    it = dossier(m, liste, nature, regime)
    full = (end_of(months) - START).days + 1
    leave(it, START, 30)
    # Taken in pieces, the days count the same.
    last = leave(it, START + 50 * DAY, full - 30, GenreArret.PROLONGATION)
    assert "conclusions-controle-annuel" not in codes(it)
    Arret.objects.filter(pk=last.pk).update(fin=last.fin + DAY)
    assert "conclusions-controle-annuel" in codes(it, required=True)


def test_the_year_of_longue_maladie_counts_in_the_three_of_longue_duree(m: f.Monde, liste: ListePieces) -> None:
    it = dossier(m, liste, "CLM")
    leave(it, START, 365)
    suite = Episode.objects.create(sinistre=it, rang=2, genre=GenreEpisode.REQUALIFICATION, nature="CLD", debut=START + 365 * DAY)
    leave(it, START + 365 * DAY, 730, GenreArret.PROLONGATION, episode=suite)
    assert "conclusions-controle-annuel" not in codes(it)
    leave(it, START + 1095 * DAY, 5, GenreArret.PROLONGATION, episode=suite)
    assert "conclusions-controle-annuel" in codes(it)


def test_three_months_of_temps_partiel(m: f.Monde, liste: ListePieces) -> None:
    it = dossier(m, liste, "CMO")
    leave(it, START, 10)
    months = (end_of(3) - START).days + 1
    leave(it, START + 10 * DAY, months - 10, GenreArret.TPT)
    assert {"demande-tpt", "arrete-tpt"} <= codes(it)
    assert "avis-medecin-agree" not in codes(it)
    leave(it, START + 200 * DAY, 20, GenreArret.TPT)
    assert "avis-medecin-agree" in codes(it, required=True)


@pytest.mark.parametrize(
    ("fait", "nature", "regime", "asked"),
    [
        (Fait.CONSEIL_MEDICAL, "AS", "CNRACL", "avis-conseil-medical-citis"),
        (Fait.ENQUETE, "TRJ", "CNRACL", "enquete-administrative"),
        (Fait.FRAIS_MEDICAUX, "MP", "CNRACL", "facture-soins"),
        (Fait.AVANCE_DES_FRAIS, "FM", "CNRACL", "preuve-paiement"),
        (Fait.CONJOINT, "DC", "CNRACL", "attestation-conjoint"),
        (Fait.PACS, "DC", "CNRACL", "pacs"),
        (Fait.DEVOUEMENT, "DC", "CNRACL", "pv-devouement"),
    ],
)
def test_what_is_said_of_a_dossier(m: f.Monde, liste: ListePieces, fait: str, nature: str, regime: str, asked: str) -> None:
    it = dossier(m, liste, nature, regime)
    assert asked not in codes(it)
    say(it, *[other for other in Fait.values if other != fait and other != Fait.FRAIS_MEDICAUX])
    assert asked not in codes(it)
    say(it, fait)
    assert asked in codes(it, required=True)


def test_a_third_party_the_return_and_what_is_only_where_the_case_calls_for_it(m: f.Monde, liste: ListePieces) -> None:
    it = dossier(m, liste, "AS")
    assert not codes(it) & {"identite-tiers", "circonstances-tiers", "certificat-final", "attestation-reprise"}
    Sinistre.objects.filter(pk=it.pk).update(tiers_possible=True)
    assert {"identite-tiers", "circonstances-tiers"} <= codes(it, required=True)
    Sinistre.objects.filter(pk=it.pk).update(reprise_effective=START + 10 * DAY)
    assert {"certificat-final", "attestation-reprise"} <= codes(it) - codes(it, required=True)
    assert "declaration-collectivite" in codes(it) - codes(it, required=True)


def test_the_rib_is_asked_once_for_a_collectivite(m: f.Monde, liste: ListePieces) -> None:
    first, second = dossier(m, liste, "FM"), dossier(m, liste, "FM")
    abroad = f.sinistre(m, par=m.mairie2, de=m.autre_agent)
    DossierPieces.objects.filter(sinistre=abroad).update(liste=liste)
    reevaluer(first)
    assert "rib" in codes(second)
    rib = Piece.objects.get(sinistre=first, code="rib")
    Piece.objects.filter(pk=rib.pk).update(etat=EtatPiece.CONFORME, decidee_par=m.gestionnaire, decidee_le=timezone.now())
    assert "rib" not in codes(second)
    assert "rib" in codes(abroad)


def test_every_condition_has_one_predicate() -> None:
    from documents import conditions

    named = [*conditions.OF_DOSSIER, *conditions.RUN_OF_CMO, *conditions.TOTALS]
    assert sorted(named) == sorted(Condition.values)


# -- One, many, and the model ---------------------------------------------------------------------------------------------------

PERIODS = st.lists(
    st.tuples(
        st.sampled_from(["INITIAL", "PROLONGATION", "PROLONGATION", "RECHUTE", "TPT"]),
        st.integers(0, 5),  # days since the one before
        st.sampled_from([1, 30, 90, 180, 365, 400]),
        st.booleans(),  # still active
        st.integers(0, 2),  # épisode
    ),
    max_size=6,
)
DOSSIERS = st.lists(
    st.fixed_dictionaries(
        {
            "natures": st.lists(st.sampled_from(Nature.values), min_size=1, max_size=3),
            "episodes": st.lists(st.sampled_from([GenreEpisode.RECHUTE, GenreEpisode.REQUALIFICATION]), min_size=2, max_size=2),
            "regime": st.sampled_from(Regime.values),
            "tiers_possible": st.sampled_from([None, False, True]),
            "reprise": st.booleans(),
            "faits": st.sets(st.sampled_from(Fait.values)),
            "periods": PERIODS,
            "rib": st.booleans(),
        }
    ),
    min_size=1,
    max_size=4,
)


RELAPSE_BEFORE_ITS_LEAVE: dict[str, Any] = {
    "natures": ["CMO", "CMO"],
    "episodes": [GenreEpisode.RECHUTE, GenreEpisode.RECHUTE],
    "regime": "CNRACL",
    "tiers_possible": None,
    "reprise": False,
    "faits": set(),
    "periods": [("INITIAL", 0, 30, True, 0)],
    "rib": False,
}
"""The first épisode has its arrêt, which asks for its certificate; the second, of the same nature, has none yet."""


def build(m: f.Monde, liste: ListePieces, told: dict[str, Any]) -> Sinistre:
    it = dossier(m, liste, told["natures"][0], told["regime"], tiers_possible=told["tiers_possible"])
    if told["reprise"]:
        Sinistre.objects.filter(pk=it.pk).update(reprise_effective=START + 2000 * DAY)
    say(it, *sorted(told["faits"]))
    episodes = list(it.episodes.all())
    for rang, (nature, genre) in enumerate(zip(told["natures"][1:], told["episodes"], strict=False), start=2):
        episodes.append(Episode.objects.create(sinistre=it, rang=rang, genre=genre, nature=nature, debut=START))
    jour = START
    for told_genre, gap, jours, actif, rang in told["periods"]:
        episode = episodes[rang % len(episodes)]
        genre = told_genre
        if told_genre in ("INITIAL", "RECHUTE"):  # the first certificate of an épisode is of its kind
            genre = "RECHUTE" if episode.genre == GenreEpisode.RECHUTE else "INITIAL"
        arret = leave(it, jour + gap * DAY, jours, genre, episode=episode, actif=actif)
        jour = arret.fin + DAY
    if told["rib"]:
        ligne = liste.exigences.get(code="rib")
        Piece.objects.create(
            sinistre=it, exigence=ligne, code="rib", libelle="RIB", stade="REMBOURSEMENT", visibilite="A", etat="CONFORME",
            decidee_par=m.gestionnaire, decidee_le=timezone.now(),
        )  # fmt: skip
    return Sinistre.objects.select_related("collectivite").get(pk=it.pk)


@settings(
    max_examples=200 if os.environ.get("VIGIE_PROVE") else 25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(told=DOSSIERS)
@example(told=[RELAPSE_BEFORE_ITS_LEAVE])
def test_one_by_one_all_together_and_the_model_agree(m: f.Monde, liste: ListePieces, told: list[dict[str, Any]]) -> None:
    with transaction.atomic():
        dossiers = [build(m, liste, one) for one in told]
        together = attendues([it.pk for it in dossiers])
        alone = set().union(*(attendues([it.pk]) for it in dossiers))
        model = set().union(*(modele.expected(it) for it in dossiers))
        assert together == alone == model
        whole = completude()
        for it in dossiers:
            before = set(Piece.objects.filter(sinistre=it).values_list("code", flat=True))
            reevaluer(it)
            rows = Piece.objects.filter(sinistre=it).exclude(etat="SANS_OBJET")
            found = {(it.pk, p.code, p.arret_id, p.requise) for p in rows if p.code not in before}
            assert found == {x for x in modele.expected(it) if x[1] not in before}
            lacking = sorted(p.code for p in rows if p.requise and p.etat != "CONFORME")
            told_missing = list(whole[it.pk].manquantes) if it.pk in whole else []
            assert told_missing == lacking
            assert reevaluer(it).rien, "an evaluation of what has not changed changes nothing"
        transaction.set_rollback(True)


def test_a_connection_plans_the_evaluation_once(m: f.Monde, liste: ListePieces) -> None:
    for _ in range(3):
        gained = reevaluer(dossier(m, liste, "CMO")).ajoutees
        assert gained
        assert not any(piece.get_deferred_fields() for piece in gained)
    with connection.cursor() as cursor:
        cursor.execute("SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE name = 'documents_apply'")
        ((kept, anew),) = cursor.fetchall()
    assert kept >= 6, "those of the factory and those of this test"
    assert not anew


def test_the_whole_set_is_one_query(m: f.Monde, liste: ListePieces) -> None:
    for _ in range(3):
        leave(dossier(m, liste, "CMO"), START, 20)
    with CaptureQueriesContext(connection) as captured:
        found = completude()
    asked = [q["sql"] for q in captured if not q["sql"].startswith(("SET", "SAVEPOINT", "RELEASE"))]
    assert len(asked) == 1
    assert len(found) == 3
    assert not any(one.complet for one in found.values())
    it = Sinistre.objects.order_by("pk")[0]
    reevaluer(it)
    f.complete_pieces(it, m.gestionnaire)
    assert completude()[it.pk].complet
    assert completude([it.pk]) == {it.pk: completude()[it.pk]}
