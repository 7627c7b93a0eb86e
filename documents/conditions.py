"""What makes a line of a list apply, beside nature, régime and stage: one SQL predicate for each `Condition`, in this one place.

documents/evaluation.py puts them into its statement, whether it looks at one dossier or at all of them. A predicate reads:

* `i`: one run of consecutive maladie ordinaire of the dossier, first and last certified day (`debut`, `fin`);
* `c`: the certified days of the dossier added up by nature (`clm_jours`, `clm_debut`…), since a leave may be taken in pieces;
* `d`: the dossier itself (`tiers_possible`, `faits`, `collectivite_id`).

Durations are those of active arrêts: no clock, so that the same dossier always asks for the same pièces.
"""

from __future__ import annotations

from documents.enums import Condition, Fait

SAME_LEAVE_DAYS = 3
"""Two certificates are one leave when the second starts at most this many days after the end of the first: 48 hours between them."""

RUN_OF_CMO: dict[str, str] = {
    # The control is due once past six months (CDG58), the conseil médical at the end of the twelve (CDG64-CM).
    Condition.CMO_6_MOIS: "i.fin >= (i.debut + interval '6 months')::date",
    Condition.CMO_12_MOIS: "i.fin + 1 >= (i.debut + interval '12 months')::date",
}
"""True of a dossier when it is of one of its runs."""

TOTALS: dict[str, str] = {
    # Full pay: one year of CLM or CGM, three of CLD, in which the CLM before it counts (domain: §1.2). The days are laid end to end.
    Condition.DEMI_TRAITEMENT: """
        c.clm_debut + c.clm_jours > (c.clm_debut + interval '1 year')::date
        OR c.cgm_debut + c.cgm_jours > (c.cgm_debut + interval '1 year')::date
        OR (c.cld_jours > 0 AND c.long_debut + c.long_jours > (c.long_debut + interval '3 years')::date)""",
    # Beyond three months, continuous or not (LANDOT).
    Condition.TPT_3_MOIS: "c.tpt_debut + c.tpt_jours > (c.tpt_debut + interval '3 months')::date",
}
"""True of a dossier's days added up."""

CONFORME_RIBS = """
    SELECT autre.collectivite_id FROM documents_piece rib JOIN cases_sinistre autre ON autre.id = rib.sinistre_id
    WHERE rib.code = 'rib' AND rib.etat = 'CONFORME'"""
"""The collectivités whose RIB is known (index piece_rib_conforme)."""


def _said(fait: str) -> str:
    return f"'{fait}' = ANY (d.faits)"


OF_DOSSIER: dict[str, str] = {
    Condition.TOUJOURS: "true",
    Condition.SI_LE_CAS: "true",
    Condition.TIERS: "d.tiers_possible IS TRUE",
    Condition.RIB_INCONNU: f"d.collectivite_id NOT IN ({CONFORME_RIBS})",
    Condition.CONSEIL_MEDICAL: _said(Fait.CONSEIL_MEDICAL),
    Condition.ENQUETE: _said(Fait.ENQUETE),
    Condition.AVANCE_DES_FRAIS: _said(Fait.AVANCE_DES_FRAIS),
    Condition.SUBROGATION: _said(Fait.SUBROGATION),
    Condition.CONJOINT: _said(Fait.CONJOINT),
    Condition.PACS: _said(Fait.PACS),
    Condition.DEVOUEMENT: _said(Fait.DEVOUEMENT),
}
"""True of the dossier's own row and of what was said of it."""

NEVER_REQUIRED = Condition.SI_LE_CAS
"""Shown, may be sent, blocks nothing."""
