"""Bordereaux: the approved décomptes of a collectivité, frozen together and sent to whoever pays."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from decimal import Decimal

from django.db import connection
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import Collectivite, User
from cases.enums import GenreTache
from cases.errors import DonneeInvalide, Erreur, TransitionImpossible
from cases.models import Tache
from contracts.enums import ModeReglement
from contracts.models import ContratGroupe
from indemnities.enums import EtatBordereau, EtatDecompte
from indemnities.models import Bordereau, Decompte, Frais
from indemnities.services.decomptes import record_all, require_not_interrupted
from journal.services import annoncer, consigner


def digest_of(decomptes: Sequence[Decompte]) -> str:
    """SHA-256 over the frozen lines, in id order: id, period, amount, author, approver."""
    lignes = (
        f"{d.pk}|{d.debut.isoformat()}|{d.fin.isoformat()}|{d.montant:.2f}|{d.calcule_par_id}|{d.approuve_par_id}"
        for d in sorted(decomptes, key=lambda d: d.pk)
    )
    return hashlib.sha256("\n".join(lignes).encode()).hexdigest()


def composer(*, acteur: User, collectivite: Collectivite, contrat: ContratGroupe, decomptes: Sequence[Decompte]) -> Bordereau:
    """Gather approved décomptes into a new bordereau, transmitted at once. The caller has locked sinistres, then décomptes.

    Raises DonneeInvalide for an empty list, a décompte of another collectivité or contract, or payees mixed, TransitionImpossible for
    one that is not approved.
    """
    exiger(acteur, "bordereau_transmettre", _Perimetre(collectivite.pk))
    if not decomptes:
        raise DonneeInvalide.sur("decomptes", "Choisissez au moins un décompte approuvé.")
    for decompte in decomptes:
        if decompte.sinistre.collectivite_id != collectivite.pk or decompte.sinistre.contrat_id != contrat.pk:
            raise DonneeInvalide.sur("decomptes", "Un bordereau ne réunit que les décomptes d’une collectivité et d’un contrat.")
        if decompte.etat != EtatDecompte.APPROUVE:
            raise TransitionImpossible(f"Le décompte du dossier {decompte.sinistre.numero} n’est pas approuvé, ou il est déjà transmis.")
    require_not_interrupted(decomptes)
    _require_one_payee(contrat, decomptes)
    bordereau = Bordereau.objects.create(
        numero=_next_number(),
        collectivite=collectivite,
        contrat=contrat,
        cree_par=acteur,
        total=sum((d.montant for d in decomptes), Decimal(0)),
        empreinte=digest_of(decomptes),
    )
    for decompte in decomptes:
        decompte.transmettre(bordereau=bordereau)
    # One statement for thousands of lines: the trigger of the states checks each row.
    Decompte.objects.filter(pk__in=[d.pk for d in decomptes]).update(etat=EtatDecompte.TRANSMIS, bordereau=bordereau)
    record_all(acteur, "decompte.transmis", decomptes)
    _close_tasks([d.pk for d in decomptes], "transmis")
    _record(acteur, "bordereau.transmis", bordereau)
    return bordereau


def regler(*, acteur: User, bordereau: Bordereau, le: dt.date, reference: str, decomptes: Sequence[Decompte]) -> Bordereau:
    """Record the payer's notice: every décompte of the bordereau that was not rejected is settled.

    Raises Erreur when its lines are not those that were frozen, DonneeInvalide, TransitionImpossible when settled already.
    """
    exiger(acteur, "bordereau_regler", bordereau)
    erreurs: dict[str, list[str]] = {}
    if le > timezone.localdate():
        erreurs["le"] = ["La date de règlement est à venir."]
    if not reference.strip():
        erreurs["reference"] = ["Donnez la référence de l’avis de règlement."]
    if erreurs:
        raise DonneeInvalide(erreurs)
    if bordereau.etat != EtatBordereau.TRANSMIS:
        raise TransitionImpossible("Ce bordereau est déjà réglé ou rejeté.")
    if digest_of(decomptes) != bordereau.empreinte:
        raise Erreur("Les lignes de ce bordereau ne sont plus celles qui ont été transmises : ne le réglez pas, prévenez un responsable.")
    regles = [decompte for decompte in decomptes if decompte.etat == EtatDecompte.TRANSMIS]
    for decompte in regles:
        decompte.regler()
    Decompte.objects.filter(pk__in=[d.pk for d in regles]).update(etat=EtatDecompte.REGLE)
    record_all(acteur, "decompte.regle", regles)
    bordereau.etat, bordereau.regle_le, bordereau.reference = EtatBordereau.REGLE, le, reference.strip()[:60]
    bordereau.save(update_fields=["etat", "regle_le", "reference"])
    _record(acteur, "bordereau.regle", bordereau)
    return bordereau


def _require_one_payee(contrat: ContratGroupe, decomptes: Sequence[Decompte]) -> None:
    """Invoices in tiers payant go to practitioners: nothing of their bordereau comes back to the collectivité, nor passes by the CDG."""
    au_praticien = Frais.objects.filter(decompte__in=[d.pk for d in decomptes], tiers_payant=True).count()
    if au_praticien and contrat.mode_reglement == ModeReglement.CDG:
        raise DonneeInvalide.sur("decomptes", "Le CDG ne paie pas les praticiens, dont les noms ne sortent pas de la bulle.")
    if au_praticien not in (0, len(decomptes)):
        raise DonneeInvalide.sur("decomptes", "Les factures en tiers payant, payées aux praticiens, vont sur un bordereau à part.")


class _Perimetre:
    """A collectivité as the gate wants to see it."""

    def __init__(self, collectivite_id: int) -> None:
        self.collectivite_id = collectivite_id


def _next_number() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('bordereau_numero_seq')")
        (rang,) = cursor.fetchone()
    return f"B-{timezone.localdate().year}-{rang:06d}"


def _close_tasks(decompte_ids: list[int], issue: str) -> None:
    Tache.objects.filter(genre=GenreTache.PAYER_DECOMPTE, objet_type="decompte", objet_id__in=decompte_ids, fermee_le__isnull=True).update(
        fermee_le=timezone.now(), issue=issue
    )


def _record(acteur: User, action: str, bordereau: Bordereau) -> None:
    consigner(
        acteur=acteur,
        action=action,
        objet_type="bordereau",
        objet_id=bordereau.pk,
        donnees={"numero": bordereau.numero, "total": f"{bordereau.total:.2f}", "empreinte": bordereau.empreinte},
    )
    annoncer(type=action, objet_type="bordereau", objet_id=bordereau.pk)
