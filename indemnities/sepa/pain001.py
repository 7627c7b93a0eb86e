"""The file of transfers given to the bank: pain.001.001.09, written by sepaxml, then read again before anybody may use it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import as_file, files
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from lxml import etree
from schwifty import IBAN
from sepaxml import SepaTransfer

from indemnities.sepa.virements import Adresse, Compte, Virement, propre, verifier

SCHEMA = "pain.001.001.09"
NS = {"p": f"urn:iso:std:iso:20022:tech:xsd:{SCHEMA}"}


class FichierIncoherent(RuntimeError):
    """The file read again is not what was asked for: nothing leaves."""


@dataclass(frozen=True)
class Fichier:
    """The bytes, their message id, the number of transfers and their sum in euros."""

    contenu: bytes
    message: str
    nombre: int
    total: Decimal


def ecrire(donneur: Compte, virements: Sequence[Virement], *, message: str, execution: dt.date, cree_le: dt.datetime) -> Fichier:
    """One batch of transfers, executed on `execution`. `message` identifies the file for ever (at most 32 characters).

    The same arguments give the same bytes: nothing of the hour nor of chance is in them. `cree_le` is in the house's time zone.
    Raises DonneeInvalide (virements.verifier), FichierIncoherent when the schema, a line or the control sum is not as expected.
    """
    verifier(donneur, virements, execution, aujourd_hui=cree_le.date())
    config: dict[str, object] = {"name": propre(donneur.titulaire), "IBAN": _iban(donneur), "batch": True, "currency": "EUR"}
    if donneur.bic:
        config["BIC"] = donneur.bic
    if donneur.adresse is not None:
        config["address"] = _address(donneur.adresse)
    transfert = _Remise(config, message, cree_le)
    for virement in virements:
        transfert.add_payment(_payment(virement, execution))
    contenu: bytes = transfert.export(validate=False)
    _check_schema(contenu)
    fichier = Fichier(contenu, message, len(virements), sum((v.montant for v in virements), Decimal("0.00")))
    relire(fichier, virements)
    return fichier


def relire(fichier: Fichier, virements: Sequence[Virement]) -> None:
    """Read the file as the bank will: each line, and the control sum recomputed from them. Raises FichierIncoherent."""
    racine = fromstring(fichier.contenu)
    lus = {
        _text(tx, "p:PmtId/p:EndToEndId"): (_text(tx, "p:CdtrAcct/p:Id/p:IBAN"), Decimal(_text(tx, "p:Amt/p:InstdAmt")))
        for tx in racine.iterfind(".//p:CdtTrfTxInf", NS)
    }
    voulus = {v.reference: (_iban(v.beneficiaire), v.montant) for v in virements}
    somme = sum((montant for _, montant in lus.values()), Decimal("0.00"))
    entete = racine.find("p:CstmrCdtTrfInitn/p:GrpHdr", NS)
    if entete is None or lus != voulus:
        raise FichierIncoherent("Les virements du fichier ne sont pas ceux qui ont été demandés.")
    annonces = (_text(entete, "p:MsgId"), int(_text(entete, "p:NbOfTxs")), Decimal(_text(entete, "p:CtrlSum")))
    if annonces != (fichier.message, len(voulus), somme) or somme != fichier.total:
        raise FichierIncoherent("La somme de contrôle du fichier n’est pas celle de ses virements.")


def _check_schema(contenu: bytes) -> None:
    schema = _schema()
    document = etree.fromstring(contenu, etree.XMLParser(resolve_entities=False, no_network=True))
    if not schema.validate(document):
        fault = schema.error_log[0]
        # Where and what, never the value: this ends in a log, the file holds names and accounts.
        where = [etree.QName(noeud).localname for noeud in document.xpath(fault.path)]
        raise FichierIncoherent(f"Le fichier ne suit pas le schéma {SCHEMA} : {', '.join([*where, fault.type_name])}")


def _schema() -> etree.XMLSchema:
    """The schema that the library carries. It compiles it anew for each file, which takes longer than all the rest: libxml2 does not."""
    with as_file(files("sepaxml") / "schemas" / f"{SCHEMA}.xsd") as path:
        return etree.XMLSchema(file=str(path))


class _Remise(SepaTransfer):  # type: ignore[misc]
    """The library draws its ids by lot and reads the clock; ours are the remise's own, so that a file written twice is one."""

    def __init__(self, config: dict[str, object], message: str, cree_le: dt.datetime) -> None:
        self.message, self.cree_le = message, cree_le
        super().__init__(config, schema=SCHEMA, clean=False)

    def _create_header(self) -> None:
        self.msg_id = self.message
        super()._create_header()
        self._xml.find(".//CreDtTm").text = self.cree_le.strftime("%Y-%m-%dT%H:%M:%S")

    def _finalize_batch(self) -> None:
        super()._finalize_batch()
        for rang, lot in enumerate(self._xml.iter("PmtInfId"), start=1):
            lot.text = f"{self.message}-{rang}"


def _payment(virement: Virement, execution: dt.date) -> dict[str, object]:
    beneficiaire = virement.beneficiaire
    paiement: dict[str, object] = {
        "name": propre(beneficiaire.titulaire),
        "IBAN": _iban(beneficiaire),
        "amount": int(virement.montant * 100),
        "execution_date": execution,
        "description": propre(virement.libelle),
        "endtoend_id": virement.reference,
    }
    if beneficiaire.bic:
        paiement["BIC"] = beneficiaire.bic
    if beneficiaire.adresse is not None:
        paiement["address"] = _address(beneficiaire.adresse)
    return paiement


def _address(adresse: Adresse) -> dict[str, str]:
    parts = {"street_name": adresse.rue, "postcode": adresse.code_postal, "town": adresse.ville, "country": adresse.pays}
    return {nom: propre(valeur) for nom, valeur in parts.items() if valeur}


def _iban(compte: Compte) -> str:
    return IBAN(compte.iban).compact


def _text(noeud: Element, chemin: str) -> str:
    trouve = noeud.find(chemin, NS)
    return (trouve.text or "") if trouve is not None else ""
