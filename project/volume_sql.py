"""The statements of the volume loader, in order. `pg_temp.v` gives a parameter or the last id before the load, `pg_temp.h` a hash."""

from __future__ import annotations

TABLES = (
    "contracts_contratgroupe", "contracts_formule", "contracts_formuleannee", "contracts_adhesion", "contracts_agent",
    "contracts_situationagent", "cases_sinistre", "cases_episode", "cases_arret", "cases_tache", "cases_echeance",
    "documents_piece", "indemnities_bordereau", "indemnities_decompte", "accounts_user", "accounts_habilitation",
    "journal_entree",
)  # fmt: skip
"""Every table that is written to, each with a bigint `id` of its own."""

CONTRAT = """
INSERT INTO contracts_contratgroupe (numero, libelle, assureur_id, courtier_id, debut, fin, regime_gestion,
    delai_declaration_jours, dernier_jour_compris, diviseur, rechutes_apres_terme, mode_reglement,
    depart_contre_visite, repartition_recours, decompte_droits)
SELECT 'VOLUME', 'Contrat de mesure', id, NULL, current_date - 1500, current_date + 1500, 'CAPITALISATION',
    120, true, '360', true, 'ASSUREUR', 'DEMANDE', 'PRORATA', 'calendaire' FROM accounts_organisme WHERE nom = 'Volume assurances'
"""

FORMULE = """
INSERT INTO contracts_formule (contrat_id, code, libelle, regime)
SELECT id, 'MO15', 'Franchise 15 j en maladie ordinaire', 'CNRACL' FROM contracts_contratgroupe WHERE numero = 'VOLUME'
"""

TERMES = """
INSERT INTO contracts_formuleannee (formule_id, annee, natures, genre_franchise, franchise_jours, niveau, taux, niveaux,
    niveau_ircantec, franchise_carence_comprise, franchise_ecart)
SELECT f.id, annee, ARRAY['CMO', 'AS', 'CLM', 'MAT', 'PAT', 'DC'], 'PAR_ARRET_MO', 15, CASE WHEN annee < 2024 THEN 1 ELSE 0.8 END, 6.49,
    '{}'::jsonb, false, true, 0
FROM contracts_formule f JOIN contracts_contratgroupe c ON c.id = f.contrat_id AND c.numero = 'VOLUME',
     generate_series(extract(year FROM c.debut)::int, extract(year FROM c.fin)::int) annee
"""

ADHESIONS = """
INSERT INTO contracts_adhesion (collectivite_id, formule_id, regime, debut, fin)
SELECT o.id, f.id, 'CNRACL', c.debut, NULL
FROM accounts_collectivite o, contracts_formule f JOIN contracts_contratgroupe c ON c.id = f.contrat_id AND c.numero = 'VOLUME'
WHERE o.nom LIKE 'Volume %'
"""

COMPTES = """
INSERT INTO accounts_user (password, last_login, email, prenom, nom, is_active, raccourcis, cree_le)
SELECT '!volume', NULL, role || '@volume.example', prenom, 'Volume', true, true, now()
FROM (VALUES ('gestionnaire', 'Une'), ('gestionnaire2', 'Autre'), ('payeur', 'Payeuse')) AS c (role, prenom)
"""

HABILITATIONS = """
INSERT INTO accounts_habilitation (user_id, role, collectivite_id, organisme_id, debut, fin)
SELECT id, CASE WHEN email LIKE 'payeur%' THEN 'PAYEUR' ELSE 'GESTIONNAIRE' END, NULL, NULL, current_date - 1500, NULL
FROM accounts_user WHERE email LIKE '%@volume.example'
"""

AGENTS = """
INSERT INTO contracts_agent (id, collectivite_id, matricule, nom, prenom, naissance, compte_id)
OVERRIDING SYSTEM VALUE
SELECT pg_temp.v('contracts_agent') + i, o.id, 'V' || lpad(i::text, 7, '0'), n.mot, p.mot, date '1962-01-01' + (i * 7919 % 14000)::int, NULL
FROM generate_series(1, (SELECT pg_temp.v('agents'))) i
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS rang FROM accounts_collectivite WHERE nom LIKE 'Volume %') o
  ON o.rang = i % (SELECT pg_temp.v('collectivites'))
JOIN volume_noms n ON n.rang = pg_temp.h(i) % (SELECT count(*) FROM volume_noms)
JOIN volume_prenoms p ON p.rang = pg_temp.h(i * 31) % (SELECT count(*) FROM volume_prenoms)
"""

SITUATIONS = """
INSERT INTO contracts_situationagent (agent_id, debut, fin, statut, regime, heures_hebdomadaires)
SELECT id, date '2000-01-01', NULL, 'TITULAIRE', 'CNRACL', 35 FROM contracts_agent WHERE id > (SELECT pg_temp.v('contracts_agent'))
"""

# Of 100 sinistres: 70 closed, 9 paid, 6 validated, 7 awaiting pièces, 2 declared, 1 reopened, 1 in mediation, 2 refused, 2 cancelled.
# Open ones are recent; a leave lasts 5 to 64 days.
SINISTRES = """
INSERT INTO cases_sinistre (id, numero, collectivite_id, agent_id, contrat_id, termes_id, nature, regime, survenance, declare_le,
    limite_declaration, jours_de_retard, circonstances, tiers_possible, etat, etat_depuis, version, transmis_assureur_le,
    motif_cloture, date_cloture, motif_annulation, motif_refus, portee_refus, etat_avant_mediation, reprise_effective,
    origine_id)
OVERRIDING SYSTEM VALUE
SELECT pg_temp.v('cases_sinistre') + s.i,
    extract(year FROM s.declare_le)::text || '-' || lpad((s.numero + s.i)::text, greatest(6, length((s.numero + s.i)::text)), '0'),
    a.collectivite_id, a.id, t.contrat_id, t.id, s.nature, 'CNRACL', s.survenance, s.declare_le, s.survenance + 120, 0,
    CASE WHEN s.nature = 'AS' THEN 'Chute dans la cour.' ELSE '' END, false, s.etat, s.declare_le + time '09:00', 1 + s.i % 5,
    CASE WHEN s.etat IN ('VALIDE', 'REMBOURSE', 'CLOS') THEN s.declare_le + time '10:00' END,
    CASE WHEN s.etat = 'CLOS' THEN 'REPRISE' ELSE '' END, CASE WHEN s.etat = 'CLOS' THEN s.survenance + s.duree END,
    CASE WHEN s.etat = 'ANNULE' THEN 'ERREUR' ELSE '' END,
    CASE WHEN s.etat IN ('EN_MEDIATION', 'REFUSE') THEN 'NON_JUSTIFIE' ELSE '' END,
    CASE WHEN s.etat IN ('EN_MEDIATION', 'REFUSE') THEN 'SINISTRE' ELSE '' END,
    CASE WHEN s.etat = 'EN_MEDIATION' THEN 'PIECES_EN_ATTENTE' ELSE '' END,
    CASE WHEN s.etat = 'CLOS' THEN s.survenance + s.duree END, NULL
FROM (
    SELECT r.*, least(r.survenance + (r.h / 7 % 20)::int, current_date) AS declare_le
    FROM (
        SELECT e.*, current_date - CASE WHEN e.etat IN ('CLOS', 'REFUSE', 'ANNULE') THEN 90 + (e.h / 3 % 1000)::int
                                        ELSE 2 + (e.h / 3 % 70)::int END AS survenance
        FROM (
            SELECT i, h, 5 + (h / 11 % 60)::int AS duree, (SELECT pg_temp.v('numero')) AS numero,
                CASE WHEN h / 13 % 10 < 7 THEN 'CMO' WHEN h / 13 % 10 < 9 THEN 'AS' ELSE 'CLM' END AS nature,
                CASE WHEN h % 100 < 70 THEN 'CLOS' WHEN h % 100 < 79 THEN 'REMBOURSE' WHEN h % 100 < 85 THEN 'VALIDE'
                     WHEN h % 100 < 92 THEN 'PIECES_EN_ATTENTE' WHEN h % 100 < 94 THEN 'DECLARE' WHEN h % 100 < 95 THEN 'ROUVERT'
                     WHEN h % 100 < 96 THEN 'EN_MEDIATION' WHEN h % 100 < 98 THEN 'REFUSE' ELSE 'ANNULE' END AS etat
            FROM generate_series(1, (SELECT pg_temp.v('n'))) i, LATERAL (SELECT pg_temp.h(i) AS h) x
        ) e
    ) r
) s
JOIN contracts_agent a ON a.id = (SELECT pg_temp.v('contracts_agent')) + 1 + (s.i - 1) % (SELECT pg_temp.v('agents'))
JOIN (SELECT t.id, t.annee, f.contrat_id FROM contracts_formuleannee t JOIN contracts_formule f ON f.id = t.formule_id
      JOIN contracts_contratgroupe c ON c.id = f.contrat_id AND c.numero = 'VOLUME') t ON t.annee = extract(year FROM s.survenance)
"""

EPISODES = """
INSERT INTO cases_episode (id, sinistre_id, rang, genre, nature, debut, fin, decision)
OVERRIDING SYSTEM VALUE
SELECT id - (SELECT pg_temp.v('cases_sinistre')) + (SELECT pg_temp.v('cases_episode')), id, 1, 'INITIAL', nature, survenance, NULL, ''
FROM cases_sinistre WHERE id > (SELECT pg_temp.v('cases_sinistre'))
"""

ARRETS = """
INSERT INTO cases_arret (id, sinistre_id, episode_id, genre, debut, fin, certificat_du, quotite, actif, cree_le, motif_recouvrement)
OVERRIDING SYSTEM VALUE
SELECT i + (SELECT pg_temp.v('cases_arret')), id, i + (SELECT pg_temp.v('cases_episode')), 'INITIAL', survenance,
    survenance + 4 + (pg_temp.h(i) / 11 % 60)::int, survenance, NULL, true, declare_le + time '09:00', ''
FROM (SELECT *, id - (SELECT pg_temp.v('cases_sinistre')) AS i FROM cases_sinistre WHERE id > (SELECT pg_temp.v('cases_sinistre'))) s
"""

# About 8 open items of 100 sinistres, one in twenty suspended, two in five held; and one closed item for each that went on.
TACHES = """
INSERT INTO cases_tache (file, genre, objet_type, objet_id, sinistre_id, collectivite_id, destinataire_id, priorite, cree_le, due_at,
    suspendue, suspendue_depuis, suspendue_motif, ressort_le, porteur_id, pris_le, fermee_le, issue)
SELECT t.file, t.genre, 'sinistre', s.id, s.id, s.collectivite_id, NULL, 0, t.due_at - interval '3 days', t.due_at,
    t.suspendue, CASE WHEN t.suspendue THEN now() END, CASE WHEN t.suspendue THEN 'Arrêté en cours de signature.' ELSE '' END,
    CASE WHEN t.suspendue THEN current_date + 10 END, p.id, CASE WHEN p.id IS NOT NULL THEN now() - interval '1 day' END, t.fermee_le,
    CASE WHEN t.fermee_le IS NULL THEN '' ELSE 'fait' END
FROM cases_sinistre s,
LATERAL (SELECT pg_temp.h(s.id) AS h) x,
LATERAL (
    SELECT o.file, o.genre, date_trunc('day', now()) + ((x.h / 17 % 45) - 15) * interval '1 day' + interval '17 hours' AS due_at,
           x.h / 19 % 20 = 0 AS suspendue, NULL::timestamptz AS fermee_le
    FROM (VALUES ('DECLARE', 0, 'a-instruire', 'INSTRUIRE'), ('ROUVERT', 0, 'a-instruire', 'INSTRUIRE'),
                 ('EN_MEDIATION', 0, 'a-instruire', 'MENER_MEDIATION'), ('PIECES_EN_ATTENTE', 0, 'pieces-a-controler', 'CONTROLER_PIECES'),
                 ('PIECES_EN_ATTENTE', 1, 'relances-echues', 'RELANCER'), ('VALIDE', 0, 'a-payer', 'SAISIR_DECOMPTE')
         ) AS o (etat, part, file, genre)
    WHERE o.etat = s.etat AND (s.etat IN ('DECLARE', 'ROUVERT', 'EN_MEDIATION') OR x.h / 23 % 3 = o.part)
    UNION ALL
    SELECT 'a-instruire', 'INSTRUIRE', s.declare_le + time '18:00' + interval '3 days', false,
           s.declare_le + time '15:00' + interval '2 days'
    WHERE s.etat NOT IN ('DECLARE', 'ROUVERT')
) t
LEFT JOIN LATERAL (SELECT id FROM accounts_user WHERE email = CASE WHEN x.h / 29 % 5 = 0 THEN 'gestionnaire@volume.example'
                                                                   WHEN x.h / 29 % 5 = 1 THEN 'gestionnaire2@volume.example' END
                     AND t.fermee_le IS NULL) p ON true
WHERE s.id > (SELECT pg_temp.v('cases_sinistre'))
"""

ECHEANCES = """
INSERT INTO cases_echeance (sinistre_id, genre, depart, jours, jours_ouvres, due_at, rang, en_pause, traitee_le, levee_le, tentatives,
    erreur)
SELECT id, CASE WHEN etat = 'PIECES_EN_ATTENTE' THEN 'PIECES_ATTENDUES' ELSE 'REPRISE_ATTENDUE' END, now(), 8, false,
    date_trunc('day', now()) + (2 + pg_temp.h(id) / 31 % 40) * interval '1 day' + interval '17 hours', 0, false, NULL, NULL, 0, ''
FROM cases_sinistre
WHERE id > (SELECT pg_temp.v('cases_sinistre')) AND etat IN ('PIECES_EN_ATTENTE', 'VALIDE', 'REMBOURSE')
"""

EPINGLES = """
INSERT INTO documents_dossierpieces (sinistre_id, liste_id, faits, epinglee_le)
SELECT s.id, l.id, '{}', s.declare_le + time '09:00'
FROM cases_sinistre s,
    (SELECT id FROM documents_listepieces WHERE contrat_id IS NULL AND publiee_le IS NOT NULL ORDER BY version DESC LIMIT 1) l
WHERE s.id > (SELECT pg_temp.v('cases_sinistre'))
"""

PIECES = """
INSERT INTO documents_piece (sinistre_id, arret_id, exigence_id, code, libelle, stade, visibilite, requise, etat, demandee_le, recue_le,
    sur_papier, decidee_le, decidee_par_id, motif_refus, message_refus, version, alternative)
SELECT s.id, CASE WHEN e.par_periode THEN s.id - (SELECT pg_temp.v('cases_sinistre')) + (SELECT pg_temp.v('cases_arret')) END,
    e.id, e.code, e.libelle, e.stade, e.visibilite, true, p.etat, s.declare_le + time '09:00',
    CASE WHEN p.etat <> 'DEMANDEE' THEN s.declare_le + time '11:00' END, false,
    CASE WHEN p.etat = 'CONFORME' THEN s.declare_le + time '12:00' END, CASE WHEN p.etat = 'CONFORME' THEN u.id END, '', '', 1, ''
FROM cases_sinistre s
JOIN documents_exigence e ON s.nature = ANY (e.natures) AND 'CNRACL' = ANY (e.regimes) AND e.requise AND e.visibilite <> 'M'
    AND e.condition = 'TOUJOURS'
    AND e.stade IN ('DECLARATION', 'VALIDATION', 'REMBOURSEMENT')
    AND e.liste_id = (SELECT h.liste_id FROM documents_dossierpieces h WHERE h.sinistre_id = s.id),
LATERAL (SELECT CASE WHEN s.etat IN ('CLOS', 'VALIDE', 'REMBOURSE') THEN 'CONFORME'
                     WHEN s.etat = 'PIECES_EN_ATTENTE' AND pg_temp.h(s.id) / 23 % 3 = 0 THEN 'A_CONTROLER' ELSE 'DEMANDEE' END AS etat) p,
(SELECT id FROM accounts_user WHERE email = 'gestionnaire@volume.example') u
WHERE s.id > (SELECT pg_temp.v('cases_sinistre'))
"""

BORDEREAUX = """
INSERT INTO indemnities_bordereau (numero, collectivite_id, contrat_id, cree_par_id, cree_le, total, empreinte, etat, regle_le, reference)
SELECT 'B-' || extract(year FROM now()) || '-'
        || lpad((pg_temp.v('bordereau') + row_number() OVER (ORDER BY s.collectivite_id))::text, 6, '0'),
    s.collectivite_id, s.contrat_id, u.id, now() - interval '20 days', count(*) * 500, '', 'REGLE', current_date - 5, 'VOLUME'
FROM cases_sinistre s, (SELECT id FROM accounts_user WHERE email = 'payeur@volume.example') u
WHERE s.id > (SELECT pg_temp.v('cases_sinistre')) AND s.etat = 'REMBOURSE'
GROUP BY s.collectivite_id, s.contrat_id, u.id
"""

DECOMPTES = """
INSERT INTO indemnities_decompte (sinistre_id, arret_id, debut, fin, montant, explication, corrige_id, etat, calcule_par_id, calcule_le,
    approuve_par_id, approuve_le, bordereau_id, motif_rejet, genre, origine, deja)
SELECT s.id, a.id, a.debut, a.fin, 500, 'Montant de mesure.', NULL, 'REGLE', g.id, now() - interval '22 days', p.id,
    now() - interval '21 days', b.id, '', 'IJ', 'SAISI', 0
FROM cases_sinistre s
JOIN cases_arret a ON a.sinistre_id = s.id AND a.id > (SELECT pg_temp.v('cases_arret'))
JOIN indemnities_bordereau b ON b.collectivite_id = s.collectivite_id AND b.id > (SELECT pg_temp.v('indemnities_bordereau')),
(SELECT id FROM accounts_user WHERE email = 'gestionnaire@volume.example') g,
(SELECT id FROM accounts_user WHERE email = 'payeur@volume.example') p
WHERE s.id > (SELECT pg_temp.v('cases_sinistre')) AND s.etat = 'REMBOURSE'
"""

EMPREINTES = """
UPDATE indemnities_bordereau b SET empreinte = l.empreinte
FROM (
    SELECT bordereau_id, encode(sha256(convert_to(string_agg(
        id || '|' || debut || '|' || fin || '|' || montant || '|' || calcule_par_id || '|' || approuve_par_id, E'\\n' ORDER BY id
    ), 'UTF8')), 'hex') AS empreinte
    FROM indemnities_decompte WHERE bordereau_id > (SELECT pg_temp.v('indemnities_bordereau')) GROUP BY bordereau_id
) l WHERE l.bordereau_id = b.id
"""

# One entry a sinistre, its payload empty: the digest is that of an empty salt followed by « {} », as journal.services.digest_of has it.
JOURNAL = """
INSERT INTO journal_entree (le, acteur_id, acteur, origine, action, objet_type, objet_id, sinistre_id, motif, empreinte)
SELECT declare_le + time '09:00', NULL, 'système', 'web', 'sinistre.declarer', 'sinistre', id, id, '', sha256('{}'::bytea)
FROM cases_sinistre WHERE id > (SELECT pg_temp.v('cases_sinistre')) ORDER BY id
"""

JOURNAL_CONTENUS = """
INSERT INTO journal_contenu (entree_id, donnees, sel)
SELECT id, '{}'::jsonb, ''::bytea FROM journal_entree WHERE id > (SELECT pg_temp.v('journal_entree'))
"""

STEPS: tuple[tuple[str, str], ...] = (
    ("contracts_contratgroupe", CONTRAT),
    ("contracts_formule", FORMULE),
    ("contracts_formuleannee", TERMES),
    ("contracts_adhesion", ADHESIONS),
    ("accounts_user", COMPTES),
    ("accounts_habilitation", HABILITATIONS),
    ("contracts_agent", AGENTS),
    ("contracts_situationagent", SITUATIONS),
    ("cases_sinistre", SINISTRES),
    ("cases_episode", EPISODES),
    ("cases_arret", ARRETS),
    ("cases_tache", TACHES),
    ("cases_echeance", ECHEANCES),
    ("documents_dossierpieces", EPINGLES),
    ("documents_piece", PIECES),
    ("indemnities_bordereau", BORDEREAUX),
    ("indemnities_decompte", DECOMPTES),
    ("indemnities_bordereau", EMPREINTES),
    ("journal_entree", JOURNAL),
    ("journal_contenu", JOURNAL_CONTENUS),
)
"""(table, statement), in the order in which they must run."""
