"""What the bank answers: pain.002 (refused or accepted) and camt.053 (the account's statement). Read, never trusted: amounts are compared.

Versions differ by their namespace only in what is read here: local names are used, so that a bank may send its own version.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from cases.errors import DonneeInvalide

POIDS_MAX = 20 * 1024 * 1024

REFUS = {"RJCT"}
ACCEPTES = {"ACCP", "ACSP", "ACSC", "ACTC", "ACWC", "ACCC"}

MOTIFS: dict[str, str] = {
    "AC01": "Numéro de compte incorrect",
    "AC04": "Compte clos",
    "AC06": "Compte bloqué",
    "AG01": "Opération interdite sur ce compte",
    "AM04": "Provision insuffisante",
    "AM05": "Virement en double",
    "BE04": "Adresse du bénéficiaire manquante",
    "FF01": "Fichier mal formé",
    "MD07": "Titulaire décédé",
    "MS02": "Refus du bénéficiaire, sans motif",
    "MS03": "Refus de la banque, sans motif",
    "RC01": "BIC incorrect",
    "RR01": "Compte du donneur d’ordre manquant",
    "RR04": "Motif réglementaire",
    "TM01": "Remise après l’heure limite",
}
"""Reasons of rejects and returns (ISO 20022 external codes) in the words a payeur knows."""


class Sort(StrEnum):
    """What became of a transfer."""

    ACCEPTE = "ACCEPTE"
    REJETE = "REJETE"
    EXECUTE = "EXECUTE"
    RETOURNE = "RETOURNE"


@dataclass(frozen=True)
class Reponse:
    """The fate of one transfer. `montant` in euros where the message gives it; `le` the booking day of a statement."""

    reference: str
    sort: Sort
    code: str = ""
    montant: Decimal | None = None
    le: dt.date | None = None

    @property
    def motif(self) -> str:
        return MOTIFS.get(self.code, f"Motif {self.code}" if self.code else "")


@dataclass(frozen=True)
class Retour:
    """A message of the bank: its own id, the file it answers (pain.002), that file's fate where told for the whole, each transfer's."""

    message: str
    fichier: str
    sort_du_fichier: Sort | None
    code: str
    reponses: tuple[Reponse, ...]


def lire(contenu: bytes) -> Retour:
    """Read a pain.002 or a camt.053. Raises DonneeInvalide, in words a payeur can act on."""
    racine = _parse(contenu)
    for nom, lecture in (("CstmrPmtStsRpt", _report), ("BkToCstmrStmt", _statement)):
        corps = racine.find(f"{{*}}{nom}")
        if corps is not None:
            return lecture(corps)
    raise DonneeInvalide.sur("fichier", "Ce fichier n’est ni un pain.002 ni un camt.053.")


def _parse(contenu: bytes) -> Element:
    """No message of a bank has a document type declaration: one is refused before its entities are read."""
    if len(contenu) > POIDS_MAX:
        raise DonneeInvalide.sur("fichier", "Ce fichier dépasse 20 Mo.")
    try:
        racine: Element = fromstring(contenu, forbid_dtd=True)
    except DefusedXmlException as error:
        raise DonneeInvalide.sur("fichier", "Ce fichier contient des déclarations qu’un message bancaire n’a jamais.") from error
    except (ParseError, ValueError) as error:
        raise DonneeInvalide.sur("fichier", "Ce fichier n’est pas du XML lisible : redemandez-le à la banque.") from error
    return racine


def _report(corps: Element) -> Retour:
    groupe = corps.find("{*}OrgnlGrpInfAndSts")
    if groupe is None:
        raise DonneeInvalide.sur("fichier", "Ce pain.002 ne dit pas à quelle remise il répond.")
    return Retour(
        message=_text(corps, "{*}GrpHdr/{*}MsgId"),
        fichier=_text(groupe, "{*}OrgnlMsgId"),
        sort_du_fichier=_fate(_text(groupe, "{*}GrpSts")),
        code=_text(groupe, "{*}StsRsnInf/{*}Rsn/{*}Cd"),
        reponses=tuple(_answers(corps)),
    )


def _answers(corps: Element) -> Iterator[Reponse]:
    for lot in corps.iterfind("{*}OrgnlPmtInfAndSts"):
        du_lot, code_du_lot = _text(lot, "{*}PmtInfSts"), _text(lot, "{*}StsRsnInf/{*}Rsn/{*}Cd")
        for tx in lot.iterfind("{*}TxInfAndSts"):
            sort = _fate(_text(tx, "{*}TxSts") or du_lot)
            reference = _text(tx, "{*}OrgnlEndToEndId")
            if sort is not None and reference:
                code = _text(tx, "{*}StsRsnInf/{*}Rsn/{*}Cd") or code_du_lot
                yield Reponse(reference, sort, code, _amount(_text(tx, "{*}OrgnlTxRef/{*}Amt/{*}InstdAmt")))


def _statement(corps: Element) -> Retour:
    """Debits are transfers executed; credits that name one of them are returns."""
    reponses = []
    for ecriture in corps.iterfind("{*}Stmt/{*}Ntry"):
        if (_text(ecriture, "{*}Sts/{*}Cd") or _text(ecriture, "{*}Sts")) != "BOOK":
            continue
        le = _day(_text(ecriture, "{*}BookgDt/{*}Dt") or _text(ecriture, "{*}BookgDt/{*}DtTm")[:10])
        for tx in ecriture.iterfind("{*}NtryDtls/{*}TxDtls"):
            reference = _text(tx, "{*}Refs/{*}EndToEndId")
            if not reference or reference == "NOTPROVIDED":
                continue
            sens = _text(tx, "{*}CdtDbtInd") or _text(ecriture, "{*}CdtDbtInd")
            montant = _amount(_text(tx, "{*}Amt") or _text(tx, "{*}AmtDtls/{*}TxAmt/{*}Amt"))
            sort = Sort.EXECUTE if sens == "DBIT" else Sort.RETOURNE
            reponses.append(Reponse(reference, sort, _text(tx, "{*}RtrInf/{*}Rsn/{*}Cd"), montant, le))
    return Retour(_text(corps, "{*}GrpHdr/{*}MsgId"), "", None, "", tuple(reponses))


def _fate(code: str) -> Sort | None:
    if code in REFUS:
        return Sort.REJETE
    return Sort.ACCEPTE if code in ACCEPTES else None


def _amount(texte: str) -> Decimal | None:
    try:
        montant = Decimal(texte) if texte else None
    except InvalidOperation:
        montant = Decimal("NaN")
    if montant is not None and not montant.is_finite():
        raise DonneeInvalide.sur("fichier", "Un montant de ce fichier n’est pas un nombre.")
    return montant


def _day(texte: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(texte) if texte else None
    except ValueError as error:
        raise DonneeInvalide.sur("fichier", "Une date de ce fichier n’existe pas.") from error


def _text(noeud: Element, chemin: str) -> str:
    trouve = noeud.find(chemin)
    return (trouve.text or "").strip() if trouve is not None else ""
