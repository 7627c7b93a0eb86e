"""The volume loader leaves data that the schema and the application accept."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from accounts.models import Collectivite, User
from accounts.validators import validate_siret
from cases.enums import QUEUE_OF, Etat
from cases.models import Arret, Episode, Sinistre, Tache
from cases.selectors import FiltreSinistres, search_sinistres, sinistres_visibles, taches_visibles
from contracts.models import Agent, SituationAgent
from documents.listes import load_all
from documents.models import Piece
from indemnities.models import Bordereau, Decompte
from indemnities.services.bordereaux import digest_of
from journal.models import Contenu, Entree
from journal.services import digest_of as journal_digest
from project.volume import TABLES, DejaCharge, load
from workflows.demande import Demande
from workflows.lifecycle import transiter

N = 2000


def _secondary(connection: psycopg.Connection[Any]) -> dict[str, set[str]]:
    """Indexes, constraints and enabled triggers of the loaded tables, as the catalogue describes them."""
    tables = [list(TABLES)]
    return {
        "index": {row[0] for row in connection.execute("SELECT indexdef FROM pg_indexes WHERE tablename = ANY (%s)", tables).fetchall()},
        "contraintes": {
            row[0]
            for row in connection.execute(
                "SELECT conname || pg_get_constraintdef(oid) || convalidated FROM pg_constraint WHERE conrelid = ANY (%s::regclass[])",
                tables,
            ).fetchall()
        },
        "triggers": {
            row[0]
            for row in connection.execute(
                "SELECT tgname || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = ANY (%s::regclass[])", tables
            ).fetchall()
        },
    }


def test_volume_is_coherent_and_leaves_the_schema_as_it_was(vraie_base: None, owner_dsn: str) -> None:
    load_all()
    with psycopg.connect(owner_dsn, autocommit=True) as owner:
        before = _secondary(owner)
        debits = load(owner, N, journal=True, dire=lambda _: None)
        assert _secondary(owner) == before
        with pytest.raises(DejaCharge):
            load(owner, 10, journal=False, dire=lambda _: None)
    assert {debit.table for debit in debits} == set(TABLES) | {"journal_contenu", "documents_dossierpieces"}
    assert all(debit.lignes > 0 for debit in debits)

    assert Sinistre.objects.count() == Episode.objects.count() == Arret.objects.count() == N
    assert Entree.objects.filter(action="sinistre.declarer").count() == N
    assert set(Sinistre.objects.values_list("etat", flat=True)) == set(Etat.values)
    assert Agent.objects.count() == SituationAgent.objects.count() == N // 2
    assert not Sinistre.objects.exclude(agent__collectivite_id__isnull=False).exists()
    for sinistre in Sinistre.objects.select_related("agent", "termes").order_by("?")[:50]:
        assert sinistre.collectivite_id == sinistre.agent.collectivite_id
        assert sinistre.termes.annee == sinistre.survenance.year
        assert sinistre.numero.startswith(f"{sinistre.declare_le.year}-")
    for arret in Arret.objects.select_related("sinistre", "episode").order_by("?")[:50]:
        assert arret.debut == arret.sinistre.survenance
        assert arret.episode.sinistre_id == arret.sinistre_id
    _check_taches()
    _check_pieces()
    _check_money()
    _check_journal()
    _check_identifiers()
    _check_application()


def _check_taches() -> None:
    ouvertes = Tache.objects.filter(fermee_le__isnull=True)
    assert 0.04 * N < ouvertes.count() < 0.14 * N
    assert ouvertes.filter(suspendue=True).exists()
    assert ouvertes.filter(porteur__isnull=False).exists()
    assert ouvertes.filter(porteur__isnull=True).exists()
    for tache in ouvertes.select_related("sinistre"):
        assert tache.sinistre is not None
        assert tache.objet_id == tache.sinistre_id
        assert tache.collectivite_id == tache.sinistre.collectivite_id
        assert tache.file == QUEUE_OF[tache.genre]
        assert tache.sinistre.etat in ("DECLARE", "ROUVERT", "EN_MEDIATION", "PIECES_EN_ATTENTE", "VALIDE")


def _check_pieces() -> None:
    assert Piece.objects.count() > N
    for piece in Piece.objects.select_related("sinistre", "arret", "exigence").order_by("?")[:50]:
        assert piece.sinistre.nature in piece.exigence.natures
        assert piece.arret is None or piece.arret.sinistre_id == piece.sinistre_id
        assert (piece.arret is not None) == piece.exigence.par_periode


def _check_money() -> None:
    for bordereau in Bordereau.objects.all():
        lignes = list(Decompte.objects.filter(bordereau=bordereau))
        assert bordereau.empreinte == digest_of(lignes)
        assert bordereau.total == sum(ligne.montant for ligne in lignes)
    assert Decompte.objects.count() == Sinistre.objects.filter(etat=Etat.REMBOURSE).count()


def _check_journal() -> None:
    contenu = Contenu.objects.select_related("entree").first()
    assert contenu is not None
    assert bytes(contenu.entree.empreinte) == journal_digest(contenu.donnees, bytes(contenu.sel))


def _check_identifiers() -> None:
    for collectivite in Collectivite.objects.filter(nom__startswith="Volume"):
        validate_siret(collectivite.siret)


def _check_application() -> None:
    gestionnaire = User.objects.get(email="gestionnaire@volume.example")
    assert not gestionnaire.has_usable_password()
    assert sinistres_visibles(gestionnaire).count() == N
    assert taches_visibles(gestionnaire).exists()
    sinistre = Sinistre.objects.filter(etat=Etat.DECLARE).select_related("agent").earliest("pk")
    assert sinistre in search_sinistres(gestionnaire, FiltreSinistres(texte=sinistre.agent.matricule))
    after = transiter(acteur=gestionnaire, numero=sinistre.numero, nom="demander_pieces", demande=Demande())
    assert after.etat == Etat.PIECES_EN_ATTENTE
    assert Sinistre.objects.order_by("-pk").values_list("pk", flat=True)[0] == Sinistre.objects.count()


def test_refused_in_production_and_under_another_login() -> None:
    with override_settings(PRODUCTION=True, PROCESS="owner"), pytest.raises(CommandError, match="production"):
        call_command("charger_volume", "10")
    with override_settings(VIGIE_ENV="preproduction", PROCESS="owner"), pytest.raises(CommandError, match="préproduction"):
        call_command("charger_volume", "10")
    with override_settings(PROCESS="web"), pytest.raises(CommandError, match="propriétaire"):
        call_command("charger_volume", "10")
