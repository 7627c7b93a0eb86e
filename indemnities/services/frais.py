"""Frais médicaux: an invoice to payment, its correction, what is to be given back; certificates of prise en charge provisoire.

The caller (workflows/frais.py) holds the lock of the sinistre and its transaction, and says what left the bulle of the invoice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.errors import AlerteAConfirmer, DonneeInvalide, Erreur
from cases.models import Sinistre
from cases.rules import add_months
from contracts.enums import ModeReglement, Nature, Regime
from indemnities.calcul.modele import Sort
from indemnities.dossier.chaines import ZERO, last_of, live_initial, net_of
from indemnities.enums import GenreDecompte
from indemnities.francais import euros
from indemnities.models import Decompte, Frais, PriseEnCharge
from indemnities.selectors_frais import CITIS, Couverture, FactureDue, decomptes_par_facture, doubles, read_dossier
from indemnities.services.decomptes import require_payable
from indemnities.services.ecriture import Calcul, LigneCalculee, ecrire
from journal.services import annoncer, consigner

CENT = Decimal("0.01")
SOURCE = "CGFP L822-24 ; CE, avis, 1er mars 2012, n° 354898"
VALIDITE_MAX_MOIS = 12
TIERS, REMBOURSEMENT = "Tiers payant : elle est payée au praticien.", "Elle est remboursée à qui l’a payée."


# -- Invoices -----------------------------------------------------------------------------------------------------------------


def mettre_en_paiement(
    *, acteur: User, sinistre: Sinistre, facture: FactureDue, couverture: Couverture, alerte_assumee: str = ""
) -> list[Decompte]:
    """Write what is owed of an invoice and is not counted yet: its décompte, or the corrections of one made from what was read before.

    Raises Refus, TransitionImpossible (dossier cancelled or refused), Erreur with the reasons it is not paid or when nothing is left,
    AlerteAConfirmer when the agent has another invoice of that date and amount and no reason is given.
    """
    exiger(acteur, "frais_payer", sinistre)
    require_payable(sinistre)
    if couverture.raisons:
        raise Erreur(" ".join(couverture.raisons))
    if facture.tiers_payant and sinistre.contrat.mode_reglement == ModeReglement.CDG:
        raise Erreur(
            "Le CDG règle ce contrat par virement à la collectivité : il ne peut pas payer le praticien, dont le nom ne sort pas de la "
            "bulle. Que la collectivité le paie, et que la facture soit corrigée sans tiers payant."
        )
    connus = decomptes_par_facture(sinistre).get(facture.numero, [])
    alerte = alerte_assumee.strip()[:300]
    if live_initial(connus) is None:
        memes = doubles(sinistre, facture)
        if memes and not alerte:
            numeros = ", ".join(sorted({une.decompte.sinistre.numero for une in memes}))
            raise AlerteAConfirmer(
                {"double": f"Une facture de même date et de même montant est déjà en paiement pour cet agent (dossier {numeros})."}
            )
    return _settle(acteur, sinistre, facture, couverture, connus, alerte, owed=owed_of(sinistre, facture))


def reverser(*, acteur: User, sinistre: Sinistre, decomptes: Sequence[Decompte]) -> list[Decompte]:
    """Prepare the negative lines of an invoice paid on a certificate whose imputabilité was refused. Raises Refus, Erreur."""
    exiger(acteur, "frais_payer", sinistre)
    initial = live_initial(decomptes)
    if initial is None or net_of(decomptes) == 0:
        raise Erreur("Rien n’est à reverser de cette facture.")
    dernier = last_of(initial, decomptes)
    lue = dernier.frais
    facture = FactureDue(initial.facture or 0, lue.extrait, lue.facture_du, dernier.debut, dernier.fin, lue.total, lue.tiers_payant)
    prise = initial.frais.prise_en_charge
    titre = f"Imputabilité refusée : ce qui a été payé sur le certificat {prise.numero if prise is not None else ''} est indu."
    return _settle(acteur, sinistre, facture, Couverture(titre, prise), decomptes, "", owed=ZERO)


def _settle(
    acteur: User, sinistre: Sinistre, facture: FactureDue, couverture: Couverture, connus: Sequence[Decompte], alerte: str, *, owed: Decimal
) -> list[Decompte]:  # fmt: skip
    """What was counted for the practitioner and for who paid him are reckoned apart: a tiers payant corrected is taken from one and given
    to the other."""
    faits = list(connus)
    nouveaux: list[Decompte] = []
    initial = live_initial(faits)

    def add(tiers_payant: bool, du: Decimal, corrige: Decompte | None) -> Decompte:
        deja = net_of([d for d in faits if d.frais.tiers_payant == tiers_payant])
        decompte = _write(acteur, sinistre, facture, couverture, tiers_payant, du, deja, corrige, alerte)
        faits.append(decompte)
        nouveaux.append(decompte)
        return decompte

    if initial is None:
        initial = add(facture.tiers_payant, owed, None)
    for tiers_payant in (not facture.tiers_payant, facture.tiers_payant):
        du = owed if tiers_payant == facture.tiers_payant else ZERO
        if du != net_of([d for d in faits if d.frais.tiers_payant == tiers_payant]):
            add(tiers_payant, du, last_of(initial, faits))
    if not nouveaux:
        raise Erreur("Cette facture est déjà en paiement, pour ce montant.")
    return nouveaux


def _write(
    acteur: User, sinistre: Sinistre, facture: FactureDue, couverture: Couverture, tiers_payant: bool, du: Decimal, deja: Decimal,
    corrige: Decompte | None, alerte: str,
) -> Decompte:  # fmt: skip
    trace = _trace(facture, couverture, tiers_payant, du, deja, _niveau(sinistre))
    ligne = LigneCalculee(
        nature=Nature.FM,
        debut=facture.debut,
        fin=facture.fin,
        montant=du,
        trace=trace,
        sort=Sort.PAYE if du else Sort.REFUSE,
    )
    decompte = ecrire(
        acteur=acteur,
        sinistre=sinistre,
        calcul=Calcul(
            genre=GenreDecompte.FRAIS,
            debut=facture.debut,
            fin=facture.fin,
            lignes=[ligne],
            explication="\n".join(trace["pourquoi"]),
            deja=deja,
            corrige=corrige,
            facture=facture.numero,
        ),
    )
    Frais.objects.create(
        decompte=decompte,
        extrait=facture.extrait,
        facture_du=facture.facture_du,
        total=facture.total,
        tiers_payant=tiers_payant,
        prise_en_charge=couverture.prise_en_charge,
        alerte_assumee=alerte,
    )
    return decompte


def owed_of(sinistre: Sinistre, facture: FactureDue) -> Decimal:
    """What the contract owes of an invoice that is covered, euros, half-up to the cent."""
    return (facture.total * _niveau(sinistre)).quantize(CENT, rounding=ROUND_HALF_UP)


def _niveau(sinistre: Sinistre) -> Decimal:
    """S002 spares frais médicaux the contract's reduction; a contract may say otherwise for the nature FM."""
    return Decimal(sinistre.termes.niveaux.get(Nature.FM, "1.00"))


def _trace(
    facture: FactureDue, couverture: Couverture, tiers_payant: bool, du: Decimal, deja: Decimal, niveau: Decimal
) -> dict[str, Any]:  # fmt: skip
    soins = f"Soins du {facture.debut:%d/%m/%Y} au {facture.fin:%d/%m/%Y}. " if facture.fin != facture.debut else ""
    pourquoi = [
        f"{soins}Facture du {facture.facture_du:%d/%m/%Y} : {euros(facture.total)}. {TIERS if tiers_payant else REMBOURSEMENT}",
        couverture.titre,
    ]
    if not du:
        pourquoi.append("Rien n’est dû à ce titre.")
    elif niveau == 1:
        pourquoi.append("Niveau : 100 %. Les frais médicaux échappent à la réduction du contrat (S002).")
    else:
        pourquoi.append(f"Niveau du contrat pour les frais médicaux : {(niveau * 100).normalize():f} %, soit {euros(du)}.")
    if deja:
        pourquoi.append(f"Dû : {euros(du)}. Déjà décompté : {euros(deja)}. Différence : {euros(du - deja)}.")
    return {
        "regle": "FRAIS" if du else "FRAIS_INDUS",
        "motif": "Frais médicaux d’un accident ou d’une maladie imputables au service",
        "source": SOURCE,
        "facture_du": facture.facture_du.isoformat(),
        "total": f"{facture.total:.2f}",
        "tiers_payant": tiers_payant,
        "niveau": f"{niveau:.2f}",
        "pourquoi": pourquoi,
    }


# -- Certificates -------------------------------------------------------------------------------------------------------------


def donner_prise_en_charge(*, acteur: User, sinistre: Sinistre, debut: dt.date, fin: dt.date) -> PriseEnCharge:
    """Give a certificat de prise en charge provisoire for care of [debut, fin], while imputabilité is not decided.

    Raises Refus, TransitionImpossible, Erreur (nature, regime, decided already), DonneeInvalide on the days.
    """
    exiger(acteur, "prise_en_charge_donner", sinistre)
    require_payable(sinistre)
    dossier = read_dossier(sinistre)
    episode = dossier.episodes[-1]
    if sinistre.regime != Regime.CNRACL or episode.nature not in CITIS:
        raise Erreur("Seul un accident ou une maladie de service d’un agent CNRACL donne lieu à une prise en charge provisoire.")
    instruction = dossier.instructions.get(episode.pk)
    if instruction is not None and instruction.decision:
        raise Erreur(
            f"L’imputabilité est décidée ({instruction.get_decision_display().lower()}) : un certificat provisoire n’a plus d’objet."
        )
    erreurs: dict[str, list[str]] = {}
    if fin < debut:
        erreurs["fin"] = ["Le dernier jour ne précède pas le premier."]
    elif fin >= add_months(debut, VALIDITE_MAX_MOIS):
        erreurs["fin"] = ["Un certificat vaut un an au plus : donnez-en un autre ensuite."]
    if debut < episode.debut:
        erreurs["debut"] = [f"Le certificat ne précède pas l’accident, ou la rechute, du {episode.debut:%d/%m/%Y}."]
    deja = next((p for p in dossier.prises_en_charge if p.retiree_au is None and p.debut <= fin and debut <= p.fin), None)
    if deja is not None:
        erreurs.setdefault("debut", []).append(f"Le certificat {deja.numero} couvre déjà des jours, jusqu’au {deja.fin:%d/%m/%Y}.")
    if erreurs:
        raise DonneeInvalide(erreurs)
    prise = PriseEnCharge.objects.create(numero=_next_number(), sinistre=sinistre, episode=episode, debut=debut, fin=fin, donnee_par=acteur)
    _record(acteur, "prise_en_charge.donnee", prise)
    return prise


def retirer_prise_en_charge(*, acteur: User, prise: PriseEnCharge, au: dt.date, motif: str) -> PriseEnCharge:
    """From the day `au` on, the certificate pays no more care. Raises Refus, DonneeInvalide, Erreur when it is withdrawn already."""
    exiger(acteur, "prise_en_charge_donner", prise.sinistre)
    fresh = PriseEnCharge.objects.select_for_update(of=("self",)).select_related("sinistre").get(pk=prise.pk)
    if fresh.retiree_au is not None:
        raise Erreur(f"Ce certificat ne vaut plus depuis le {fresh.retiree_au:%d/%m/%Y}.")
    erreurs: dict[str, list[str]] = {}
    if not fresh.debut <= au <= fresh.fin:
        erreurs["au"] = [f"Le retrait se place dans la validité du certificat, jusqu’au {fresh.fin:%d/%m/%Y}."]
    if not motif.strip():
        erreurs["motif"] = ["Dites pourquoi."]
    if erreurs:
        raise DonneeInvalide(erreurs)
    return withdraw(acteur, fresh, au, motif.strip()[:200])


def withdraw(acteur: User, prise: PriseEnCharge, au: dt.date, motif: str) -> PriseEnCharge:
    """The same for a caller who has checked all: what a decision on imputabilité does."""
    prise.retiree_au, prise.motif_retrait = au, motif
    prise.save(update_fields=["retiree_au", "motif_retrait"])
    _record(acteur, "prise_en_charge.retiree", prise, motif)
    return prise


def _next_number() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('prise_en_charge_numero_seq')")
        (rang,) = cursor.fetchone()
    return f"PEC-{timezone.localdate().year}-{rang:06d}"


def _record(acteur: User, action: str, prise: PriseEnCharge, motif: str = "") -> None:
    consigner(
        acteur=acteur,
        action=action,
        objet_type="prise_en_charge",
        objet_id=prise.pk,
        sinistre_id=prise.sinistre_id,
        motif=motif,
        donnees={
            "libelle": prise.numero,
            "debut": prise.debut.isoformat(),
            "fin": prise.fin.isoformat(),
            "retiree_au": prise.retiree_au.isoformat() if prise.retiree_au is not None else None,
        },
    )
    annoncer(type=action, objet_type="prise_en_charge", objet_id=prise.pk, sinistre_id=prise.sinistre_id)
