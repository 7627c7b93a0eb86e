"""Remises of transfers: composed by one person, signed by another who freezes the file's digest, given to the bank once.

The caller (workflows/virements.py) holds the transaction and the locks: bordereaux by id, then the remise, then its transfers.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from decimal import Decimal

from django.db import connection
from django.db.models import Sum
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.errors import AlerteAConfirmer, DonneeInvalide, Erreur, TransitionImpossible
from contracts.enums import ModeReglement
from indemnities.enums import EtatBordereau, EtatCompte, EtatDecompte, EtatRemise, EtatVirement
from indemnities.francais import euros
from indemnities.models import Bordereau, CompteBancaire, Decompte, Frais, Remise, Virement
from indemnities.models.virements import VIVANTS
from indemnities.sepa import pain001
from indemnities.sepa.virements import Adresse, Compte
from indemnities.sepa.virements import Virement as Ordre
from journal.services import annoncer, consigner

VIREMENTS_MAX = 500
EXECUTION_MAX = dt.timedelta(days=60)
RECENT = dt.timedelta(days=30)
"""An account in force for less is an interruption card: the commonest fraud is a change of RIB just before a payment."""


def composer(*, acteur: User, bordereaux: Sequence[Bordereau], execution: dt.date, alertes_assumees: str = "") -> Remise:
    """One transfer for each bordereau (locked), in a remise that another person signs.

    Raises Refus; DonneeInvalide with every bordereau that cannot be paid and why; AlerteAConfirmer when an account is in force for less
    than thirty days and no reason is given.
    """
    exiger(acteur, "remise_composer")
    donneur = _account(None)
    comptes = {c.collectivite_id: c for c in CompteBancaire.objects.filter(etat=EtatCompte.EN_VIGUEUR, collectivite__isnull=False)}
    nets, essais, occupes = nets_of(bordereaux), *_attempts(bordereaux)
    praticiens = set(Frais.objects.filter(decompte__bordereau__in=nets, tiers_payant=True).values_list("decompte__bordereau", flat=True))
    fautes = []
    for b in bordereaux:
        faute = _fault(b, nets[b.pk], comptes.get(b.collectivite_id), occupe=b.pk in occupes, aux_praticiens=b.pk in praticiens)
        fautes += [f"Bordereau {b.numero} : {faute}"] if faute else []
    erreurs = {"bordereaux": fautes} if fautes else {}
    if not 1 <= len(bordereaux) <= VIREMENTS_MAX:
        erreurs["bordereaux"] = [f"Choisissez de 1 à {VIREMENTS_MAX} bordereaux."]
    if not timezone.localdate() <= execution <= timezone.localdate() + EXECUTION_MAX:
        erreurs["execution"] = ["La date d’exécution va d’aujourd’hui à dans soixante jours."]
    if donneur is None:
        erreurs["compte"] = ["Le compte du centre de gestion n’est pas connu : saisissez-le et faites-le confirmer."]
    if erreurs or donneur is None:
        raise DonneeInvalide(erreurs)
    recents = {f"compte_recent_{c.pk}": _recent_words(c) for b in bordereaux if _is_recent(c := comptes[b.collectivite_id])}
    if recents and not alertes_assumees.strip():
        raise AlerteAConfirmer(recents)
    remise = Remise.objects.create(
        numero=_next_number(),
        compte=donneur,
        execution=execution,
        nombre=len(bordereaux),
        total=sum((nets[b.pk] for b in bordereaux), Decimal(0)),
        alertes_assumees=alertes_assumees.strip()[:500] if recents else "",
        cree_par=acteur,
    )
    Virement.objects.bulk_create(
        Virement(
            remise=remise,
            bordereau=b,
            compte=comptes[b.collectivite_id],
            essai=essais[b.pk] + 1,
            reference=f"{b.numero}-{essais[b.pk] + 1}",
            montant=nets[b.pk],
            libelle=f"Bordereau {b.numero}",
        )
        for b in bordereaux
    )
    _record(acteur, "remise.composee", remise, motif=remise.alertes_assumees)
    return remise


def signer(*, acteur: User, remise: Remise) -> Remise:
    """Agree to every line of a remise (locked, with its bordereaux); the digest of its file is frozen here.

    Raises Refus, TransitionImpossible, Erreur for its own author or when an account or an amount is no longer what was composed,
    DonneeInvalide when the day of execution has passed.
    """
    exiger(acteur, "remise_signer")
    _require(remise, "signer", EtatRemise.BROUILLON)
    if remise.cree_par_id == acteur.pk:
        raise Erreur("La personne qui a composé une remise ne la signe pas : une autre doit le faire.")
    virements = virements_de(remise)
    nets = nets_of([v.bordereau for v in virements])
    perimes = [v.bordereau.numero for v in virements if v.compte.etat != EtatCompte.EN_VIGUEUR or nets[v.bordereau_id] != v.montant]
    if perimes or remise.compte.etat != EtatCompte.EN_VIGUEUR:
        quoi = f"le compte ou le montant de {', '.join(perimes)} a changé" if perimes else "le compte débité a changé"
        raise Erreur(f"Depuis que cette remise est composée, {quoi} : abandonnez-la et composez-en une autre.")
    remise.etat, remise.signe_par, remise.signe_le = EtatRemise.SIGNEE, acteur, timezone.now()
    fichier = fichier_de(remise, virements)
    remise.sha256, remise.taille = hashlib.sha256(fichier.contenu).hexdigest(), len(fichier.contenu)
    remise.save(update_fields=["etat", "signe_par", "signe_le", "sha256", "taille"])
    _record(acteur, "remise.signee", remise)
    return remise


def fichier_de(remise: Remise, virements: Sequence[Virement]) -> pain001.Fichier:
    """The file of a remise, from rows that never change: the same bytes each time. Raises as `pain001.ecrire`."""
    if remise.signe_le is None:
        raise TransitionImpossible("Une remise n’a de fichier qu’une fois signée.")
    ordres = [Ordre(v.reference, _payable(v.compte), v.montant, v.libelle) for v in virements]
    instant = timezone.localtime(remise.signe_le)
    return pain001.ecrire(_payable(remise.compte), ordres, message=remise.numero, execution=remise.execution, cree_le=instant)


def emettre(*, acteur: User, remise: Remise) -> Remise:
    """The file is given to this person for the bank; each time is a journal row, the first one makes the transfers « émis ».

    Raises Refus, TransitionImpossible before signature, after an abandon, or while the file is not in the store.
    """
    exiger(acteur, "remise_emettre")
    if remise.etat in (EtatRemise.BROUILLON, EtatRemise.ABANDONNEE):
        raise TransitionImpossible(f"Cette remise est « {remise.get_etat_display().lower()} » : elle n’a pas de fichier à prendre.")
    if remise.ecrit_le is None:
        raise TransitionImpossible("Le fichier de cette remise n’est pas encore gardé.")
    if remise.etat == EtatRemise.SIGNEE:
        remise.etat, remise.emis_par, remise.emis_le = EtatRemise.EMISE, acteur, timezone.now()
        remise.save(update_fields=["etat", "emis_par", "emis_le"])
        remise.virements.filter(etat=EtatVirement.PREVU).update(etat=EtatVirement.EMIS)
    _record(acteur, "remise.fichier_pris", remise)
    return remise


def abandonner(*, acteur: User, remise: Remise, motif: str) -> Remise:
    """Give up a remise whose file nobody has taken: its bordereaux may enter another.

    Raises Refus, DonneeInvalide without a motive, TransitionImpossible.
    """
    exiger(acteur, "remise_composer")
    if not motif.strip():
        raise DonneeInvalide.sur("motif", "Dites pourquoi cette remise est abandonnée.")
    _require(remise, "abandonner", EtatRemise.BROUILLON, EtatRemise.SIGNEE)
    remise.etat, remise.motif_abandon = EtatRemise.ABANDONNEE, motif.strip()[:200]
    remise.save(update_fields=["etat", "motif_abandon"])
    remise.virements.filter(etat=EtatVirement.PREVU).update(etat=EtatVirement.ABANDONNE)
    _record(acteur, "remise.abandonnee", remise, motif=remise.motif_abandon)
    return remise


def noter_fichier(remise_id: int) -> None:
    """The store has the file. Safe to say twice."""
    Remise.objects.filter(pk=remise_id, ecrit_le__isnull=True).exclude(etat=EtatRemise.BROUILLON).update(ecrit_le=timezone.now())


# -- What the bank says ------------------------------------------------------------------------------------------------------


def noter_execution(*, acteur: User, virement: Virement, le: dt.date) -> None:
    """The bank has paid. The caller settles the bordereau in the same transaction."""
    virement.etat, virement.execute_le = EtatVirement.EXECUTE, le
    virement.save(update_fields=["etat", "execute_le"])
    _record_transfer(acteur, "virement.execute", virement)
    suivre(virement.remise)


def noter_rejet(*, acteur: User, virement: Virement, code: str, motif: str) -> None:
    """The bank refuses, or the money comes back. The caller rejects the décomptes in the same transaction."""
    virement.etat, virement.code_rejet, virement.motif_rejet = EtatVirement.REJETE, code[:10], motif[:200]
    virement.save(update_fields=["etat", "code_rejet", "motif_rejet"])
    bordereau = virement.bordereau
    bordereau.etat = EtatBordereau.REJETE
    bordereau.save(update_fields=["etat"])
    _record_transfer(acteur, "virement.rejete", virement, motif=virement.motif_rejet)
    suivre(virement.remise)


def suivre(remise: Remise) -> None:
    """Once every transfer of a remise (locked) has its answer, the remise has its own."""
    etats = set(remise.virements.values_list("etat", flat=True))
    if EtatVirement.EMIS in etats:
        return
    fin = EtatRemise.REGLEE if etats == {EtatVirement.EXECUTE} else EtatRemise.PARTIELLE
    remise.etat = EtatRemise.REJETEE if etats == {EtatVirement.REJETE} else fin
    remise.save(update_fields=["etat"])


# -- Guards of others' acts --------------------------------------------------------------------------------------------------


def exiger_hors_remise(bordereau: Bordereau) -> None:
    """Raise TransitionImpossible while a transfer of this bordereau (locked) is planned or on its way: the bank's answer comes first."""
    virement = bordereau.virements.filter(etat__in=[EtatVirement.PREVU, EtatVirement.EMIS]).select_related("remise").first()
    if virement is None:
        return
    suite = "abandonnez-la d’abord" if virement.etat == EtatVirement.PREVU else "attendez la réponse de la banque"
    raise TransitionImpossible(f"Le bordereau {bordereau.numero} est dans la remise {virement.remise.numero} : {suite}.")


# -- Reading -----------------------------------------------------------------------------------------------------------------


def virements_de(remise: Remise) -> list[Virement]:
    """In the order of the file."""
    return list(remise.virements.select_related("bordereau__collectivite", "compte").order_by("pk"))


def nets_of(bordereaux: Sequence[Bordereau]) -> dict[int, Decimal]:
    """What each bordereau is still owed: its lines that nobody rejected. By id, one query."""
    nets = dict.fromkeys((b.pk for b in bordereaux), Decimal(0))
    lignes = Decompte.objects.filter(bordereau__in=nets, etat=EtatDecompte.TRANSMIS).values("bordereau_id").order_by("bordereau_id")
    return nets | {ligne["bordereau_id"]: ligne["net"] for ligne in lignes.annotate(net=Sum("montant"))}


def _attempts(bordereaux: Sequence[Bordereau]) -> tuple[dict[int, int], set[int]]:
    """How many transfers each bordereau has had already, and which have one that lives."""
    essais = dict.fromkeys((b.pk for b in bordereaux), 0)
    occupes = set()
    for bordereau_id, etat in Virement.objects.filter(bordereau__in=essais).values_list("bordereau_id", "etat"):
        essais[bordereau_id] += 1
        if etat in VIVANTS:
            occupes.add(bordereau_id)
    return essais, occupes


def _fault(bordereau: Bordereau, net: Decimal, compte: CompteBancaire | None, *, occupe: bool, aux_praticiens: bool) -> str:
    """Why this bordereau cannot be paid now; empty when it can."""
    if bordereau.contrat.mode_reglement != ModeReglement.CDG:
        return "son contrat est réglé par l’assureur, pas par le centre de gestion."
    if bordereau.etat != EtatBordereau.TRANSMIS:
        return f"il est « {bordereau.get_etat_display().lower()} »."
    if occupe:
        return "il est déjà dans une remise."
    if aux_praticiens:
        return "ses factures sont en tiers payant : elles ne se virent pas à la collectivité."
    if net <= 0:
        return f"son net est de {euros(net)}, il n’y a rien à virer. Retenez-le sur un autre règlement ou émettez un titre de recettes."
    return "" if compte is not None else f"aucun compte confirmé n’est connu pour {bordereau.collectivite.nom}."


def _account(collectivite_id: int | None) -> CompteBancaire | None:
    return CompteBancaire.objects.filter(collectivite=collectivite_id, etat=EtatCompte.EN_VIGUEUR).first()


def _is_recent(compte: CompteBancaire) -> bool:
    return compte.confirme_le is not None and compte.confirme_le > timezone.now() - RECENT


def _recent_words(compte: CompteBancaire) -> str:
    depuis = timezone.localtime(compte.confirme_le)
    return f"{compte.collectivite} : ce compte (…{compte.iban[-4:]}) n’est en vigueur que depuis le {depuis:%d/%m/%Y}. Vérifiez le RIB."


def _payable(compte: CompteBancaire) -> Compte:
    adresse = Adresse(compte.ville, compte.pays, compte.code_postal, compte.rue) if compte.ville else None
    return Compte(compte.titulaire, compte.iban, compte.bic, adresse)


def _require(remise: Remise, acte: str, *etats: str) -> None:
    if remise.etat not in etats:
        raise TransitionImpossible(f"Cette remise est « {remise.get_etat_display().lower()} » : impossible de l’{acte}.")


def _next_number() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('remise_numero_seq')")
        (rang,) = cursor.fetchone()
    return f"R-{timezone.localdate().year}-{rang:06d}"


def _record(acteur: User, action: str, remise: Remise, *, motif: str = "") -> None:
    donnees = {"numero": remise.numero, "nombre": remise.nombre, "total": f"{remise.total:.2f}", "sha256": remise.sha256}
    consigner(acteur=acteur, action=action, objet_type="remise", objet_id=remise.pk, motif=motif, donnees=donnees)
    annoncer(type=action, objet_type="remise", objet_id=remise.pk)


def _record_transfer(acteur: User, action: str, virement: Virement, *, motif: str = "") -> None:
    donnees = {"reference": virement.reference, "montant": f"{virement.montant:.2f}", "code": virement.code_rejet}
    consigner(acteur=acteur, action=action, objet_type="virement", objet_id=virement.pk, motif=motif, donnees=donnees)
    annoncer(type=action, objet_type="virement", objet_id=virement.pk)
