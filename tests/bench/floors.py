"""The same work in bare SQL, by hand, on a connection of its own under the application's login: what each figure is held against."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from typing import Any

import psycopg

LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

PAGE = """
    SELECT t.id, t.genre, t.due_at, t.suspendue, t.suspendue_motif, t.pris_le, s.numero, s.etat, s.nature, a.nom, a.prenom, c.nom,
           c.departement, p.prenom, p.nom,
           (SELECT n.texte FROM cases_note n WHERE n.sinistre_id = s.id ORDER BY n.le DESC, n.id DESC LIMIT 1)
    FROM (
        SELECT * FROM cases_tache
        WHERE fermee_le IS NULL AND file = %s AND (suspendue, due_at, id) > (%s, %s, %s)
        ORDER BY suspendue, due_at, id LIMIT 51
    ) t
    LEFT JOIN cases_sinistre s ON s.id = t.sinistre_id
    LEFT JOIN contracts_agent a ON a.id = s.agent_id
    LEFT JOIN accounts_collectivite c ON c.id = t.collectivite_id
    LEFT JOIN accounts_user p ON p.id = t.porteur_id
    ORDER BY t.suspendue, t.due_at, t.id
"""

SEARCH = """
    SELECT a.id, a.matricule, a.nom, a.prenom, c.nom FROM contracts_agent a
    JOIN accounts_collectivite c ON c.id = a.collectivite_id
    WHERE a.recherche LIKE %s ORDER BY a.nom, a.prenom, a.id LIMIT 20
"""

CHECKLISTS = """
    SELECT s.id, count(DISTINCT a.id), count(*) FILTER (WHERE p.requise), count(*) FILTER (WHERE p.requise AND p.etat = 'CONFORME'),
           array_agg(p.code ORDER BY p.code) FILTER (WHERE p.requise AND p.etat <> 'CONFORME')
    FROM cases_sinistre s
    JOIN documents_dossierpieces d ON d.sinistre_id = s.id
    JOIN cases_episode e ON e.sinistre_id = s.id
    JOIN cases_arret a ON a.episode_id = e.id AND a.actif
    JOIN documents_piece p ON p.sinistre_id = s.id
    JOIN documents_exigence x ON x.id = p.exigence_id AND x.liste_id = d.liste_id
    GROUP BY s.id
"""
"""Reading the same tables and counting what is there, without working out what should be."""


def page(bare: psycopg.Connection[Any], file: str, after: tuple[bool, dt.datetime, int] = (False, LONG_AGO, 0)) -> int:
    """The page that follows one row (the first page without one)."""
    return len(bare.execute(PAGE, (file, *after)).fetchall())


def search(bare: psycopg.Connection[Any], mot: str) -> int:
    return len(bare.execute(SEARCH, (f"%{mot}%",)).fetchall())


def _record(bare: psycopg.Connection[Any], acteur: int, action: str, sinistre: int) -> None:
    now = dt.datetime.now(dt.UTC)
    bare.execute(
        "WITH e AS (INSERT INTO journal_entree"
        " (le, acteur_id, acteur, origine, action, objet_type, objet_id, sinistre_id, motif, empreinte)"
        " VALUES (%s, %s, 'banc', 'web', %s, 'sinistre', %s, %s, '', %s) RETURNING id)"
        " INSERT INTO journal_contenu (entree_id, donnees, sel) SELECT id, %s::jsonb, %s FROM e",
        (now, acteur, action, sinistre, sinistre, secrets.token_bytes(32), json.dumps({"avant": "x"}), secrets.token_bytes(16)),
    )
    bare.execute(
        "INSERT INTO journal_evenement (le, type, objet_type, objet_id, sinistre_id, donnees) VALUES (%s, %s, 'sinistre', %s, %s, '{}')",
        (now, action, sinistre, sinistre),
    )


def _open_task(bare: psycopg.Connection[Any], sinistre: int, collectivite: int, genre: str, file: str) -> None:
    now = dt.datetime.now(dt.UTC)
    bare.execute(
        "INSERT INTO cases_tache (file, genre, objet_type, objet_id, sinistre_id, collectivite_id, priorite, cree_le, due_at, suspendue,"
        " suspendue_motif, issue) VALUES (%s, %s, 'sinistre', %s, %s, %s, 0, %s, %s, false, '', '') ON CONFLICT DO NOTHING",
        (file, genre, sinistre, sinistre, collectivite, now, now + dt.timedelta(days=3)),
    )


def transition(bare: psycopg.Connection[Any], numero: str, acteur: int) -> None:
    """The writes of « valider »: the row, its work items and échéance, journal, event."""
    now = dt.datetime.now(dt.UTC)
    with bare.transaction():
        pk, collectivite = bare.execute(
            "SELECT id, collectivite_id FROM cases_sinistre WHERE numero = %s FOR UPDATE", (numero,)
        ).fetchone() or (0, 0)
        bare.execute(
            "UPDATE cases_sinistre SET etat = 'VALIDE', etat_depuis = %s, version = version + 1, transmis_assureur_le = %s WHERE id = %s",
            (now, now, pk),
        )
        bare.execute(
            "UPDATE cases_tache SET fermee_le = %s, issue = 'valider' WHERE sinistre_id = %s AND fermee_le IS NULL"
            " AND genre IN ('INSTRUIRE', 'CONTROLER_PIECES', 'VALIDER', 'RELANCER', 'MENER_MEDIATION')",
            (now, pk),
        )
        _open_task(bare, pk, collectivite, "SAISIR_DECOMPTE", "a-payer")
        _record(bare, acteur, "sinistre.valider", pk)


def declaration(bare: psycopg.Connection[Any], like: int, acteur: int, jour: dt.date) -> None:
    """The writes of a declaration, for the agent and the terms of the sinistre `like`."""
    now = dt.datetime.now(dt.UTC)
    with bare.transaction():
        pk, collectivite = bare.execute(
            "INSERT INTO cases_sinistre (numero, collectivite_id, agent_id, contrat_id, termes_id, nature, regime, survenance, declare_le,"
            " limite_declaration, jours_de_retard, circonstances, tiers_possible, etat, etat_depuis, version, motif_cloture,"
            " motif_annulation, motif_refus, portee_refus, etat_avant_mediation)"
            " SELECT 'banc-' || nextval('sinistre_numero_seq'), collectivite_id, agent_id, contrat_id, termes_id, nature, regime, %s, %s,"
            " %s,"
            " 0, '', false, 'DECLARE', %s, 1, '', '', '', '', '' FROM cases_sinistre WHERE id = %s RETURNING id, collectivite_id",
            (jour, jour, jour + dt.timedelta(days=120), now, like),
        ).fetchone() or (0, 0)
        (episode,) = bare.execute(
            "INSERT INTO cases_episode (sinistre_id, rang, genre, nature, debut, decision)"
            " VALUES (%s, 1, 'INITIAL', 'CMO', %s, '') RETURNING id",
            (pk, jour),
        ).fetchone() or (0,)
        (arret,) = bare.execute(
            "INSERT INTO cases_arret (sinistre_id, episode_id, genre, debut, fin, certificat_du, actif, cree_le, motif_recouvrement)"
            " VALUES (%s, %s, 'INITIAL', %s, %s, %s, true, %s, '') RETURNING id",
            (pk, episode, jour, jour + dt.timedelta(days=20), jour, now),
        ).fetchone() or (0,)
        bare.execute(
            "INSERT INTO documents_dossierpieces (sinistre_id, liste_id, faits, epinglee_le)"
            " SELECT %s, max(liste_id), '{}', %s FROM documents_exigence",
            (pk, now),
        )
        bare.execute(
            "INSERT INTO documents_piece (sinistre_id, arret_id, exigence_id, code, libelle, stade, visibilite, requise, etat, demandee_le,"
            " sur_papier, motif_refus, message_refus, version, alternative)"
            " SELECT %s, CASE WHEN par_periode THEN %s END, id, code, libelle, stade, visibilite, requise, 'DEMANDEE', %s, false, '', '',"
            " 1, ''"
            " FROM documents_exigence WHERE natures @> ARRAY['CMO']::varchar[] AND stade IN ('DECLARATION', 'VALIDATION', 'REMBOURSEMENT')"
            " AND liste_id = (SELECT max(liste_id) FROM documents_exigence)",
            (pk, arret, now),
        )
        _open_task(bare, pk, collectivite, "INSTRUIRE", "a-instruire")
        bare.execute(
            "INSERT INTO cases_echeance (sinistre_id, genre, depart, jours, jours_ouvres, due_at, rang, en_pause, tentatives, erreur)"
            " SELECT %s, genre, %s, 8, false, %s, 0, false, 0, '' FROM unnest(ARRAY['REPRISE_ATTENDUE', 'PIECES_ATTENDUES']) genre",
            (pk, now, now + dt.timedelta(days=8)),
        )
        bare.execute(
            "INSERT INTO journal_evenement (le, type, objet_type, objet_id, sinistre_id, donnees)"
            " VALUES (%s, 'pieces.attendues', 'sinistre', %s, %s, '{}')",
            (now, pk, pk),
        )
        _record(bare, acteur, "sinistre.declarer", pk)


def checklists(bare: psycopg.Connection[Any]) -> int:
    """One pass over every dossier with its list, its arrêts and its pièces, grouped. How many dossiers."""
    with bare.transaction():
        bare.execute("SET LOCAL work_mem = '64MB'")
        return len(bare.execute(CHECKLISTS).fetchall())
