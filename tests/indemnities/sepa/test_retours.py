"""The bank's answers: rejects, executions, returns; and files that are none."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from cases.errors import DonneeInvalide
from indemnities.sepa.retours import Lot, Reponse, Sort, lire

PAIN002 = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>
<GrpHdr><MsgId>BQ-1</MsgId><CreDtTm>2026-11-24T08:00:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>R-2026-000001</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>L1</OrgnlPmtInfId>
<TxInfAndSts><OrgnlEndToEndId>B-1-1</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf>
<OrgnlTxRef><Amt><InstdAmt Ccy="EUR">12.30</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>
<TxInfAndSts><OrgnlEndToEndId>B-1-2</OrgnlEndToEndId><TxSts>ACSC</TxSts></TxInfAndSts>
<TxInfAndSts><OrgnlEndToEndId>B-1-3</OrgnlEndToEndId><TxSts>PDNG</TxSts></TxInfAndSts>
</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>"""

CAMT053 = """<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>
<GrpHdr><MsgId>RELEVE-7</MsgId></GrpHdr><Stmt><Id>7</Id>
<Ntry><Amt Ccy="EUR">22.30</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-11-25</Dt></BookgDt><NtryDtls>
<TxDtls><Refs><EndToEndId>B-1-2</EndToEndId></Refs><Amt Ccy="EUR">10.00</Amt><CdtDbtInd>DBIT</CdtDbtInd></TxDtls>
<TxDtls><Refs><EndToEndId>B-1-4</EndToEndId></Refs><Amt Ccy="EUR">12.30</Amt><CdtDbtInd>DBIT</CdtDbtInd></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">12.30</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><DtTm>2026-11-26T10:00:00</DtTm></BookgDt>
<NtryDtls>
<TxDtls><Refs><EndToEndId>B-1-4</EndToEndId></Refs>
<Amt Ccy="EUR">12.30</Amt><RtrInf><Rsn><Cd>MD07</Cd></Rsn></RtrInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">1.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts><NtryDtls>
<TxDtls><Refs><EndToEndId>B-1-9</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">3.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><NtryDtls>
<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>
</Stmt></BkToCstmrStmt></Document>"""


def test_a_status_report() -> None:
    retour = lire(PAIN002.encode())
    assert (retour.message, retour.fichier, retour.sort_du_fichier) == ("BQ-1", "R-2026-000001", None)
    assert retour.reponses == (Reponse("B-1-1", Sort.REJETE, "AC04", Decimal("12.30")), Reponse("B-1-2", Sort.ACCEPTE))
    assert retour.reponses[0].motif == "Compte clos"


def test_a_whole_file_refused() -> None:
    retour = lire(PAIN002.replace("PART", "RJCT").encode())
    assert retour.sort_du_fichier == Sort.REJETE


def test_a_batch_s_status_holds_for_its_transfers() -> None:
    lot = "<OrgnlPmtInfId>L1</OrgnlPmtInfId>"
    refused = PAIN002.replace(lot, lot + "<PmtInfSts>RJCT</PmtInfSts><StsRsnInf><Rsn><Cd>RR04</Cd></Rsn></StsRsnInf>").replace(
        "<TxSts>ACSC</TxSts>", ""
    )
    assert Reponse("B-1-2", Sort.REJETE, "RR04") in lire(refused.encode()).reponses


def test_a_batch_refused_without_detail_is_the_file_refused() -> None:
    debut, fin = PAIN002.split("<OrgnlPmtInfAndSts>")[0], "</CstmrPmtStsRpt></Document>"
    lot = "<OrgnlPmtInfAndSts><PmtInfSts>{}</PmtInfSts><StsRsnInf><Rsn><Cd>AM04</Cd></Rsn></StsRsnInf></OrgnlPmtInfAndSts>"
    retour = lire((debut + lot.format("RJCT") + fin).encode())
    assert (retour.sort_du_fichier, retour.motif, retour.reponses) == (Sort.REJETE, "Provision insuffisante", ())
    assert lire((debut + lot.format("RJCT") + lot.format("ACSP") + fin).encode()).sort_du_fichier is None


def test_a_statement_may_debit_a_whole_file_at_once() -> None:
    lot = "<Btch><MsgId>R-2026-000001</MsgId><NbOfTxs>2</NbOfTxs></Btch>"
    retour = lire(
        CAMT053.replace("<NtryDtls>\n<TxDtls><Refs><EndToEndId>B-1-2", f"<NtryDtls>{lot}\n<TxDtls><Refs><EndToEndId>B-1-2").encode()
    )
    assert retour.lots == (), "where each transfer is told, the batch says nothing more"
    debut, reste = CAMT053.split("<NtryDtls>", 1)
    retour = lire((debut + f"<NtryDtls>{lot}</NtryDtls>" + reste.split("</NtryDtls>", 1)[1]).encode())
    assert retour.lots == (Lot("R-2026-000001", Decimal("22.30"), dt.date(2026, 11, 25)),)
    assert {r.sort for r in retour.reponses} == {Sort.RETOURNE}


def test_the_amount_of_a_lone_detail_may_stand_on_its_entry() -> None:
    seul = CAMT053.replace('<Amt Ccy="EUR">12.30</Amt><RtrInf>', "<RtrInf>")
    assert lire(seul.encode()).reponses[-1].montant == Decimal("12.30")


def test_a_statement_tells_executions_and_returns() -> None:
    jour = dt.date(2026, 11, 25)
    assert lire(CAMT053.encode()).reponses == (
        Reponse("B-1-2", Sort.EXECUTE, "", Decimal("10.00"), jour),
        Reponse("B-1-4", Sort.EXECUTE, "", Decimal("12.30"), jour),
        Reponse("B-1-4", Sort.RETOURNE, "MD07", Decimal("12.30"), dt.date(2026, 11, 26)),
    )


@pytest.mark.parametrize(
    ("contenu", "dit"),
    [
        (b"", "XML lisible"),
        (b"%PDF-1.7", "XML lisible"),
        (b"<Document/>", "ni un pain.002 ni un camt.053"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><Document>&b;</Document>', "jamais"),
        (PAIN002.encode("utf-16"), "XML lisible"),
        (PAIN002.replace("12.30", "beaucoup").encode(), "n’est pas un nombre"),
        (PAIN002.replace("12.30", "NaN").encode(), "n’est pas un nombre"),
        (CAMT053.replace("2026-11-25", "2026-02-30").encode(), "n’existe pas"),
        (PAIN002.replace("OrgnlGrpInfAndSts", "Autre").encode(), "à quelle remise"),
        (b"<" * (20 * 1024 * 1024 + 1), "20 Mo"),
    ],
)
def test_what_is_no_answer_of_a_bank_is_refused_in_words(contenu: bytes, dit: str) -> None:
    with pytest.raises(DonneeInvalide, match=dit):
        lire(contenu)
