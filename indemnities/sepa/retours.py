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
        return words_of(self.code)


@dataclass(frozen=True)
class Lot:
    """A whole file debited at once, as a bank that books batches says it: `fichier` is its message id, or its batch's."""

    fichier: str
    montant: Decimal | None
    le: dt.date | None


@dataclass(frozen=True)
class Retour:
    """A message of the bank: its own id, the file it answers (pain.002), that file's fate where told for the whole, each transfer's,
    and the files that a statement debits without their detail."""

    genre: str
    message: str
    fichier: str
    sort_du_fichier: Sort | None
    code: str
    reponses: tuple[Reponse, ...]
    lots: tuple[Lot, ...] = ()

    @property
    def motif(self) -> str:
        return words_of(self.code)


def words_of(code: str) -> str:
    """A reason as a payeur reads it; empty when the bank gave none."""
    return MOTIFS.get(code, f"Motif {code}" if code else "")


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
    sort, code = _fate(_text(groupe, "{*}GrpSts")), _text(groupe, "{*}StsRsnInf/{*}Rsn/{*}Cd")
    lots = corps.findall("{*}OrgnlPmtInfAndSts")
    if (
        sort is None
        and lots
        and all(_fate(_text(lot, "{*}PmtInfSts")) == Sort.REJETE and lot.find("{*}TxInfAndSts") is None for lot in lots)
    ):
        sort, code = Sort.REJETE, code or _text(lots[0], "{*}StsRsnInf/{*}Rsn/{*}Cd")
    return Retour(
        genre="PAIN002",
        message=_text(corps, "{*}GrpHdr/{*}MsgId"),
        fichier=_text(groupe, "{*}OrgnlMsgId"),
        sort_du_fichier=sort,
        code=code,
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
    """Debits are transfers executed, one by one or a whole file at once; credits that name one of them are returns."""
    reponses: list[Reponse] = []
    lots: list[Lot] = []
    for ecriture in corps.iterfind("{*}Stmt/{*}Ntry"):
        if (_text(ecriture, "{*}Sts/{*}Cd") or _text(ecriture, "{*}Sts")) != "BOOK":
            continue
        le = _day(_text(ecriture, "{*}BookgDt/{*}Dt") or _text(ecriture, "{*}BookgDt/{*}DtTm")[:10])
        lues = list(_details(ecriture, le))
        reponses += lues
        lot = ecriture.find("{*}NtryDtls/{*}Btch")
        if lot is not None and not lues and _text(ecriture, "{*}CdtDbtInd") == "DBIT":
            lots.append(Lot(_text(lot, "{*}MsgId") or _text(lot, "{*}PmtInfId"), _amount(_text(ecriture, "{*}Amt")), le))
    return Retour("CAMT053", _text(corps, "{*}GrpHdr/{*}MsgId"), "", None, "", tuple(reponses), tuple(lots))


def _details(ecriture: Element, le: dt.date | None) -> Iterator[Reponse]:
    details = ecriture.findall("{*}NtryDtls/{*}TxDtls")
    # A bank that details one operation alone may leave its amount to the entry.
    seul = _text(ecriture, "{*}Amt") if len(details) == 1 else ""
    for tx in details:
        reference = _text(tx, "{*}Refs/{*}EndToEndId")
        if not reference or reference == "NOTPROVIDED":
            continue
        sens = _text(tx, "{*}CdtDbtInd") or _text(ecriture, "{*}CdtDbtInd")
        montant = _amount(_text(tx, "{*}Amt") or _text(tx, "{*}AmtDtls/{*}TxAmt/{*}Amt") or seul)
        sort = Sort.EXECUTE if sens == "DBIT" else Sort.RETOURNE
        yield Reponse(reference, sort, _text(tx, "{*}RtrInf/{*}Rsn/{*}Cd"), montant, le)


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
