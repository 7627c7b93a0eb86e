"""The dated list of required pièces: complete, checked, loaded once, never changed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.enums import Role
from accounts.gate import Refus
from contracts.enums import NATURES_BY_REGIME
from documents import listes
from documents.enums import Stade, Visibilite
from documents.models import Exigence, ListePieces
from documents.services.listes import preparer, publier
from tests import factories

LINE = '[[exigence]]\ncode = "x"\nlibelle = "X"\nnatures = ["CMO"]\nstade = "CLOTURE"\nvisibilite = "A"\n'


def _write(dossier: Path, version: int, debut: str, lignes: str = "") -> Path:
    chemin = dossier / f"{version}.toml"
    lignes = lignes or (
        '[[exigence]]\ncode = "arrete"\nlibelle = "Arrêté"\nnatures = ["CMO"]\nstade = "REMBOURSEMENT"\nvisibilite = "AS"\n'
    )
    chemin.write_text(f'version = {version}\nlibelle = "Essai"\ndebut = {debut}\n{lignes}', encoding="utf-8")
    return chemin


def test_every_nature_of_every_regime_asks_for_something() -> None:
    lignes = [ligne for chemin in listes.FOLDER.glob("*.toml") for ligne in listes.read(chemin).exigences]
    for regime, natures in NATURES_BY_REGIME.items():
        for nature in natures:
            requises = [e for e in lignes if e["requise"] and nature in e["natures"] and regime in e["regimes"]]
            assert requises, (regime, nature)


def test_what_is_medical_is_marked_so_and_volet_1_is_named() -> None:
    lignes = {(e["code"], e["stade"]): e for chemin in listes.FOLDER.glob("*.toml") for e in listes.read(chemin).exigences}
    medicales = {code for (code, _), e in lignes.items() if e["visibilite"] == Visibilite.M}
    assert medicales == {
        "certificat-medical-initial", "certificat-rechute", "certificat-final", "certificat-grossesse", "facture-soins",
        "certificat-post-mortem", "rapport-controle-6-mois", "rapport-controle-annuel", "factures-recours",
    }  # fmt: skip
    for stade in (Stade.DECLARATION, Stade.PROLONGATION):
        assert "volet 1" in lignes["certificat-arret", stade]["a_ne_pas_envoyer"].lower()
    assert all(e["aide"] for e in lignes.values())


@pytest.mark.django_db
def test_loading_twice_changes_nothing() -> None:
    call_command("charger_listes")
    before = (ListePieces.objects.count(), Exigence.objects.count())
    assert before[1] > 40
    assert [nouvelle for _, nouvelle in listes.load_all()] == [False] * before[0]
    assert (ListePieces.objects.count(), Exigence.objects.count()) == before


@pytest.mark.django_db
def test_the_application_s_files_step_aside_for_the_cdg_s_own_versions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listes, "FOLDER", tmp_path)
    _write(tmp_path, 1, "2025-01-01")
    assert [nouvelle for _, nouvelle in listes.load_all()] == [True]
    responsable = factories.person(Role.RESPONSABLE)
    brouillon = preparer(acteur=responsable)
    _write(tmp_path, 2, "2026-01-01")
    assert [liste.version for liste, _ in listes.load_all()] == [1], "a draft holds the number"
    publier(acteur=responsable, liste_id=brouillon.pk, debut=dt.date(2026, 2, 1))
    assert [liste.version for liste, _ in listes.load_all()] == [1]
    assert ListePieces.objects.count() == 2


@pytest.mark.django_db
def test_a_version_is_never_changed_and_the_next_ends_it(tmp_path: Path) -> None:
    premiere, _ = listes.load(acteur=None, chemin=_write(tmp_path, 1, "2025-01-01"))
    changee = '[[exigence]]\ncode = "rib"\nlibelle = "RIB"\nnatures = ["CMO"]\nstade = "REMBOURSEMENT"\nvisibilite = "A"\n'
    with pytest.raises(listes.ListeInvalide, match="autre contenu"):
        listes.load(acteur=None, chemin=_write(tmp_path, 1, "2025-01-01", changee))
    with pytest.raises(listes.ListeInvalide, match="01/01/2025"):
        listes.load(acteur=None, chemin=_write(tmp_path, 2, "2025-01-01", changee))
    listes.load(acteur=None, chemin=_write(tmp_path, 2, "2026-01-01", changee))
    premiere.refresh_from_db()
    assert premiere.fin == dt.date(2025, 12, 31)
    assert ListePieces.objects.en_vigueur(dt.date(2026, 1, 1)).get().version == 2
    assert premiere.exigences.get().code == "arrete"


@pytest.mark.django_db
def test_a_contract_has_its_own_list(tmp_path: Path) -> None:
    contrat = factories.contrat()
    chemin = _write(tmp_path, 1, "2025-01-01")
    call_command("charger_listes")
    call_command("charger_listes", fichier=chemin, contrat=contrat.numero)
    assert ListePieces.objects.get(contrat=contrat).exigences.count() == 1
    with pytest.raises(CommandError, match="INCONNU"):
        call_command("charger_listes", fichier=chemin, contrat="INCONNU")


@pytest.mark.parametrize(
    ("lignes", "phrase"),
    [
        ('[[exigence]]\ncode = "x"\nlibelle = "X"\nnatures = ["ZZZ"]\nstade = "CLOTURE"\nvisibilite = "A"\n', "ZZZ"),
        ('[[exigence]]\ncode = "x"\nlibelle = "X"\nnatures = ["CMO"]\nstade = "JAMAIS"\nvisibilite = "A"\n', "JAMAIS"),
        ('[[exigence]]\nlibelle = "X"\nnatures = ["CMO"]\nstade = "CLOTURE"\nvisibilite = "A"\n', "« code » absent"),
        ('[[exigence]]\ncode = "x"\nlibele = "X"\nnatures = ["CMO"]\nstade = "CLOTURE"\nvisibilite = "A"\n', "« libele »"),
        ('couleur = "bleu"\nexigence = []\n', "« couleur »"),
        (
            '[[exigence]]\ncode = "x"\nlibelle = "X"\nnatures = ["CMO"]\nstade = "CLOTURE"\nvisibilite = "A"\ncondition = "PARFOIS"\n',
            "« PARFOIS » n’est pas une valeur de condition",
        ),
        (
            LINE
            + 'alternatives = [{ code = "a b", libelle = "", sens = 1 }, { code = "c", libelle = "C" }, { code = "c", libelle = "C" }]\n',
            "inconnu « sens » .* minuscules.* 200 caractères .* dite deux fois",
        ),
        (
            LINE + 'alternatives = [{ code = "a", libelle = "A", regimes = ["CNRACL"] }]\n',
            "aucune alternative pour le régime IRCANTEC",
        ),
        (2 * '[[exigence]]\ncode = "x"\nlibelle = "X"\nnatures = ["CMO"]\nstade = "CLOTURE"\nvisibilite = "A"\n', "même code"),
        ("[[exigence\n", "illisible"),
    ],
)
def test_a_wrong_file_is_refused_with_its_fault(tmp_path: Path, lignes: str, phrase: str) -> None:
    with pytest.raises(listes.ListeInvalide, match=phrase):
        listes.read(_write(tmp_path, 1, "2025-01-01", lignes))


@pytest.mark.django_db
def test_only_the_administrator_loads(tmp_path: Path) -> None:
    with pytest.raises(Refus):
        listes.load(acteur=factories.person(Role.GESTIONNAIRE), chemin=_write(tmp_path, 1, "2025-01-01"))
    listes.load(acteur=factories.person(Role.ADMINISTRATEUR), chemin=_write(tmp_path, 1, "2025-01-01"))
    assert ListePieces.objects.exists()
