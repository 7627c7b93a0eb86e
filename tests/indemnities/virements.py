"""What tests of transfers begin with: a CDG that pays itself, accounts confirmed, bordereaux to pay, a bank that answers."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import time_machine
from django.utils import timezone
from schwifty import IBAN

from accounts.models import Collectivite, User
from cases.models import Sinistre
from indemnities.models import Bordereau, CompteBancaire, Remise, Virement
from indemnities.services import comptes
from indemnities.services.comptes import Rib
from tests import factories as f
from workflows import payments, virements
from workflows.lifecycle import transiter

DAY = dt.timedelta(days=1)
LONGTEMPS = 60 * DAY


def iban(rang: int = 1) -> str:
    """An IBAN whose keys are right."""
    return str(IBAN.generate("FR", bank_code="30001", branch_code="00567", account_code=f"T34{rang:08d}"))


def compte(m: f.Monde, chez: Collectivite | None, rang: int = 1, *, depuis: dt.timedelta = LONGTEMPS) -> CompteBancaire:
    """Keyed by one payeur and confirmed by the other, so long ago."""
    rib = Rib(titulaire=chez.nom if chez is not None else "Centre de gestion de l’Hérault", iban=iban(rang), ville="Lodève")
    with time_machine.travel(timezone.now() - depuis):
        saisi = comptes.saisir(acteur=m.payeur, collectivite=chez, rib=rib)
        return comptes.confirmer(acteur=m.payeur2, compte_id=saisi.pk)


def payeur_cdg(m: f.Monde) -> f.Monde:
    """The contract of this small world is settled by the CDG, whose account and whose collectivités' are known for long."""
    m.contrat.mode_reglement = "CDG"
    m.contrat.save(update_fields=["mode_reglement"])
    for rang, chez in enumerate((None, m.collectivite, m.autre_collectivite), start=1):
        compte(m, chez, rang)
    return m


def valide(m: f.Monde, *, chez: Collectivite | None = None) -> Sinistre:
    sinistre = f.sinistre(m, de=f.agent(chez or m.collectivite), par=m.gestionnaire)
    f.complete_pieces(sinistre, m.gestionnaire)
    return transiter(acteur=m.gestionnaire, numero=sinistre.numero, nom="valider")


def bordereau(m: f.Monde, *montants: str, chez: Collectivite | None = None) -> Bordereau:
    """Transmitted, with one line of each amount (each of a dossier of its own)."""
    ou = chez or m.collectivite
    lignes = []
    for montant in montants or ("100.00",):
        sinistre = valide(m, chez=ou)
        arret = sinistre.arrets.get()
        saisi = payments.saisir_decompte(
            acteur=m.gestionnaire, numero=sinistre.numero, debut=arret.debut, fin=arret.fin, montant=Decimal(montant), explication="Essai",
            arret=arret,
        )  # fmt: skip
        lignes.append(payments.approuver_decompte(acteur=m.responsable, decompte_id=saisi.pk).pk)
    return payments.composer_bordereau(acteur=m.payeur, collectivite=ou, contrat=m.contrat, decompte_ids=lignes)


def remise(m: f.Monde, *bordereaux: Bordereau, par: User | None = None) -> Remise:
    return virements.composer(acteur=par or m.payeur, bordereau_ids=[b.pk for b in bordereaux], execution=timezone.localdate())


def emise(m: f.Monde, *bordereaux: Bordereau) -> Remise:
    """Composed, signed by the other, its file taken."""
    numero = remise(m, *bordereaux).numero
    virements.signer(acteur=m.payeur2, numero=numero)
    return virements.prendre_fichier(acteur=m.payeur, numero=numero)[0]


def lignes(une: Remise) -> list[Virement]:
    return list(Virement.objects.filter(remise=une).order_by("pk"))


# -- What a bank sends -------------------------------------------------------------------------------------------------------


def camt053(*ecritures: str, message: str = "RELEVE-1") -> bytes:
    corps = "".join(ecritures)
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>{message}</MsgId></GrpHdr><Stmt><Id>1</Id>{corps}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def ecriture(reference: str, montant: object, *, sens: str = "DBIT", code: str = "", le: dt.date | None = None) -> str:
    """An operation booked: DBIT, the transfer is executed; CRDT, the money comes back."""
    retour = f"<RtrInf><Rsn><Cd>{code}</Cd></Rsn></RtrInf>" if code else ""
    return (
        f'<Ntry><Amt Ccy="EUR">{montant}</Amt><CdtDbtInd>{sens}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{(le or timezone.localdate()).isoformat()}</Dt></BookgDt><NtryDtls><TxDtls>"
        f"<Refs><EndToEndId>{reference}</EndToEndId></Refs>"
        f'<Amt Ccy="EUR">{montant}</Amt>{retour}</TxDtls></NtryDtls></Ntry>'
    )


def pain002(remise_numero: str, *statuts: tuple[str, str, str], groupe: str = "PART", code: str = "", message: str = "CR-1") -> bytes:
    """A status report; `statuts`: reference, status (RJCT, ACSP…), reason."""
    transactions = "".join(
        f"<TxInfAndSts><OrgnlEndToEndId>{ref}</OrgnlEndToEndId><TxSts>{statut}</TxSts>"
        f"<StsRsnInf><Rsn><Cd>{motif}</Cd></Rsn></StsRsnInf></TxInfAndSts>"
        for ref, statut, motif in statuts
    )
    raison = f"<StsRsnInf><Rsn><Cd>{code}</Cd></Rsn></StsRsnInf>" if code else ""
    lot = f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>L</OrgnlPmtInfId>{transactions}</OrgnlPmtInfAndSts>" if transactions else ""
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt>'
        f"<GrpHdr><MsgId>{message}</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>{remise_numero}</OrgnlMsgId>"
        f"<GrpSts>{groupe}</GrpSts>{raison}</OrgnlGrpInfAndSts>{lot}</CstmrPmtStsRpt></Document>"
    ).encode()
