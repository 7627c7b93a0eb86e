"""Bank accounts: keyed by one person, confirmed by another, replaced and never edited."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from schwifty import IBAN

from accounts.gate import exiger
from accounts.models import Collectivite, User
from cases.errors import DonneeInvalide, Erreur, TransitionImpossible
from indemnities.enums import EtatCompte
from indemnities.models import CompteBancaire
from indemnities.sepa.virements import Adresse, Compte, fautes_du_compte
from journal.services import annoncer, consigner


@dataclass(frozen=True)
class Rib:
    """What a RIB says. The address may stay empty; begun, it has a town and a country (two letters)."""

    titulaire: str
    iban: str
    bic: str = ""
    rue: str = ""
    code_postal: str = ""
    ville: str = ""
    pays: str = ""


def saisir(*, acteur: User, collectivite: Collectivite | None, rib: Rib) -> CompteBancaire:
    """Key an account of a collectivité, or of the CDG (None); it serves once another person has confirmed it.

    Raises Refus, DonneeInvalide for what no bank would pay, for the account already in force, and while another waits.
    """
    exiger(acteur, "compte_saisir")
    pays = rib.pays.strip().upper() or ("FR" if rib.ville.strip() else "")
    adresse = Adresse(rib.ville.strip(), pays, rib.code_postal.strip(), rib.rue.strip())
    commencee = any((adresse.ville, adresse.pays, adresse.code_postal, adresse.rue))
    compte = Compte(rib.titulaire.strip(), rib.iban, rib.bic.replace(" ", "").upper(), adresse if commencee else None)
    fautes = fautes_du_compte(compte) | _lengths(adresse)
    if fautes:
        raise DonneeInvalide({"ville" if champ == "adresse" else champ: texte for champ, texte in fautes.items()})
    iban = IBAN(compte.iban).compact
    en_vigueur = CompteBancaire.objects.filter(collectivite=collectivite, etat=EtatCompte.EN_VIGUEUR).first()
    if en_vigueur is not None and _same(en_vigueur, compte, iban, adresse):
        raise DonneeInvalide.sur("iban", "C’est déjà le compte en vigueur.")
    try:
        with transaction.atomic():
            cree = CompteBancaire.objects.create(
                collectivite=collectivite, titulaire=compte.titulaire, iban=iban, bic=compte.bic, rue=adresse.rue,
                code_postal=adresse.code_postal, ville=adresse.ville, pays=adresse.pays, saisi_par=acteur,
            )  # fmt: skip
            _record(acteur, "compte_bancaire.saisi", cree)
    except IntegrityError as error:
        if "compte_un_a_confirmer" not in str(error):
            raise
        raise DonneeInvalide.sur("iban", "Un compte attend déjà d’être confirmé : confirmez-le ou écartez-le d’abord.") from error
    return cree


def confirmer(*, acteur: User, compte_id: int) -> CompteBancaire:
    """Bring an account into force in the place of the former one; by somebody else than who keyed it, who has compared it to the RIB.

    One that nobody keyed (taken over from an earlier version) is first vouched for, then confirmed by another.
    Raises CompteBancaire.DoesNotExist, Refus, Erreur for its own author, TransitionImpossible when it waits no more.
    """
    exiger(acteur, "compte_confirmer")
    with transaction.atomic():
        compte = _locked(compte_id)
        if compte.saisi_par_id is None:
            compte.saisi_par = acteur
            compte.save(update_fields=["saisi_par"])
            _record(acteur, "compte_bancaire.repris", compte)
            return compte
        if compte.saisi_par_id == acteur.pk:
            raise Erreur("La personne qui a saisi un compte ne le confirme pas : une autre doit le comparer au RIB.")
        CompteBancaire.objects.filter(collectivite=compte.collectivite_id, etat=EtatCompte.EN_VIGUEUR).update(
            etat=EtatCompte.REMPLACE, fini_le=timezone.now()
        )
        compte.etat, compte.confirme_par, compte.confirme_le = EtatCompte.EN_VIGUEUR, acteur, timezone.now()
        compte.save(update_fields=["etat", "confirme_par", "confirme_le"])
        _record(acteur, "compte_bancaire.confirme", compte)
    return compte


def ecarter(*, acteur: User, compte_id: int, motif: str) -> CompteBancaire:
    """Drop an account that waits. Raises CompteBancaire.DoesNotExist, Refus, DonneeInvalide, TransitionImpossible."""
    exiger(acteur, "compte_saisir")
    if not motif.strip():
        raise DonneeInvalide.sur("motif", "Dites pourquoi ce compte est écarté.")
    with transaction.atomic():
        compte = _locked(compte_id)
        compte.etat, compte.fini_le, compte.motif = EtatCompte.ECARTE, timezone.now(), motif.strip()[:200]
        compte.save(update_fields=["etat", "fini_le", "motif"])
        _record(acteur, "compte_bancaire.ecarte", compte, motif=motif)
    return compte


def _locked(compte_id: int) -> CompteBancaire:
    compte = CompteBancaire.objects.select_for_update(of=("self",)).select_related("collectivite").get(pk=compte_id)
    if compte.etat != EtatCompte.SAISI:
        raise TransitionImpossible(f"Ce compte n’attend plus : il est « {compte.get_etat_display().lower()} ».")
    return compte


def _same(actuel: CompteBancaire, compte: Compte, iban: str, adresse: Adresse) -> bool:
    avant = (actuel.iban, actuel.titulaire, actuel.bic, actuel.ville, actuel.pays, actuel.code_postal, actuel.rue)
    return avant == (iban, compte.titulaire, compte.bic, adresse.ville, adresse.pays, adresse.code_postal, adresse.rue)


def _lengths(adresse: Adresse) -> dict[str, list[str]]:
    fautes = {}
    for champ, maximum in (("rue", 70), ("code_postal", 16), ("ville", 35)):
        if len(getattr(adresse, champ)) > maximum:
            fautes[champ] = [f"{maximum} caractères au plus."]
    return fautes


def _record(acteur: User, action: str, compte: CompteBancaire, *, motif: str = "") -> None:
    """Of the number, the journal keeps the end alone: the row has it whole."""
    consigner(
        acteur=acteur,
        action=action,
        objet_type="compte_bancaire",
        objet_id=compte.pk,
        motif=motif,
        donnees={"collectivite": compte.collectivite_id, "fin": compte.iban[-4:]},
    )
    annoncer(type=action, objet_type="compte_bancaire", objet_id=compte.pk)
