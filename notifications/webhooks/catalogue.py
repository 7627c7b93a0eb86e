"""What a program may ask to be told. The public list: what is not here is told to no program, whatever rooms announce.

Left out for good: whatever is medical or tells the nature of a leave (procedures, CITIS, prises en charge, observed leaves, medical
pièces), the soutien psychologique, the inner work of the CDG, its transfers to the bank. A rechute exists for accidents and imputable
illnesses alone: it is told as any other reopening. A requalification is told as a change of the dossier.
"""

from __future__ import annotations

from dataclasses import dataclass

ESSAI = "essai"
"""The type of a trial call; nobody subscribes to it."""


@dataclass(frozen=True)
class Type:
    """One public type. `evenements`: the events of the outbox that are told under it."""

    code: str
    libelle: str
    evenements: tuple[str, ...]


def _same(code: str, libelle: str) -> Type:
    return Type(code, libelle, (code,))


TYPES: dict[str, Type] = {
    un.code: un
    for un in (
        _same("sinistre.declare", "Un dossier est déclaré"),
        _same("pieces.demandees", "Des pièces sont demandées"),
        _same("pieces.relance", "Des pièces demandées ne sont pas venues : relance"),
        _same("piece.conforme", "Une pièce administrative est conforme"),
        _same("piece.refusee", "Une pièce administrative est à remplacer"),
        _same("reprise.demandee", "La date de reprise est demandée"),
        _same("sinistre.valider", "Un dossier est validé"),
        _same("sinistre.rembourser", "Un dossier est remboursé"),
        _same("sinistre.rejeter_reglement", "Un règlement est rejeté par la banque ou le payeur"),
        Type(
            "sinistre.modifie",
            "Un dossier a changé : il est à relire",
            ("sinistre.arret_ajoute", "sinistre.prolonger", "sinistre.reprise_declaree", "sinistre.requalifier", "sinistre.regulariser"),
        ),
        _same("sinistre.proposer_refus", "Un refus est proposé : médiation"),
        _same("sinistre.lever_refus", "Une proposition de refus est levée"),
        _same("sinistre.refuser", "Un dossier est refusé"),
        _same("sinistre.refuser_partie", "Une partie d’un dossier est refusée"),
        _same("sinistre.annuler", "Une déclaration est annulée"),
        _same("sinistre.clore", "Un dossier est clos"),
        Type("sinistre.rouvrir", "Un dossier est rouvert", ("sinistre.rouvrir", "sinistre.rouvrir_rechute")),
        _same("decompte.approuve", "Un décompte est approuvé"),
        _same("decompte.transmis", "Un décompte est transmis au payeur"),
        _same("decompte.regle", "Un décompte est réglé"),
        _same("bordereau.transmis", "Un bordereau est transmis"),
        _same("bordereau.regle", "Un bordereau est réglé"),
    )
}

TYPE_OF: dict[str, str] = {evenement: un.code for un in TYPES.values() for evenement in un.evenements}
"""The public type of each event of the outbox that has one."""


def libelle(code: str) -> str:
    return TYPES[code].libelle if code in TYPES else "Appel d’essai"
