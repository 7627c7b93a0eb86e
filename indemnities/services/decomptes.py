"""Décomptes: typed, approved by another person, corrected by new lines, rejected.

The caller (workflows/payments.py) holds the lock of the sinistre and its transaction: lock order of the house, sinistre then décompte.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from django.db import IntegrityError, transaction

from accounts.gate import exiger
from accounts.models import User
from cases.enums import Etat, GenreTache
from cases.errors import DonneeInvalide, Erreur, TransitionImpossible
from cases.models import Arret, Sinistre
from cases.services import taches
from cases.services.interruptions import interruptions_de, interruptions_par_sinistre, raison, touching
from indemnities.dossier.projets import est_a_jour
from indemnities.enums import EtatDecompte, GenreDecompte, OrigineDecompte
from indemnities.models import Decompte
from indemnities.services import delais
from journal.services import Objet, annoncer, annoncer_tous, consigner, consigner_tous

CENT = Decimal("0.01")
CORRIGES_AILLEURS = {
    GenreDecompte.FRAIS: "une facture de soins : elle se corrige dans la bulle, puis sur la page « Frais médicaux »",
    GenreDecompte.CAPITAL: "un capital décès : il se corrige sur la page « Capital décès »",
}


def calculer(
    *,
    acteur: User,
    sinistre: Sinistre,
    debut: dt.date,
    fin: dt.date,
    montant: Decimal,
    explication: str,
    arret: Arret | None = None,
    corrige: Decompte | None = None,
) -> Decompte:
    """Type a décompte for [debut, fin], amount in euros; `corrige` makes it a correction (which alone may be negative).

    Raises DonneeInvalide when the period is wrong, paid already, or outside the arrêt, TransitionImpossible on a sinistre that was
    cancelled or refused.
    """
    exiger(acteur, "decompte_calculer", sinistre)
    require_payable(sinistre)
    erreurs: dict[str, list[str]] = {}
    if fin < debut:
        erreurs["fin"] = ["La fin précède le début."]
    if debut < sinistre.survenance:
        erreurs["debut"] = ["Le décompte commence avant la survenance du sinistre."]
    if not montant.is_finite() or abs(montant) >= Decimal("100000000"):
        erreurs["montant"] = ["Ce montant est trop grand."]
    elif montant != montant.quantize(CENT, ROUND_HALF_UP):
        erreurs["montant"] = ["Le montant s’arrête au centime."]
    elif corrige is None and montant < 0:
        erreurs["montant"] = ["Un montant négatif se saisit comme correction d’un décompte."]
    if not explication.strip():
        erreurs["explication"] = ["Dites d’où vient ce montant."]
    if montant.is_finite() and montant > 0:
        une = touching(interruptions_de(sinistre), debut, fin)
        if une is not None:
            erreurs.setdefault("fin", []).append(raison(une))
    erreurs |= _check_arret(sinistre, arret, debut, fin, corrige) | _check_corrected(sinistre, corrige)
    if erreurs:
        raise DonneeInvalide(erreurs)
    try:
        with transaction.atomic():
            decompte = Decompte.objects.create(
                sinistre=sinistre,
                arret=arret,
                debut=debut,
                fin=fin,
                montant=montant,
                explication=explication.strip(),
                corrige=corrige,
                calcule_par=acteur,
            )
    except IntegrityError as error:
        raise _explain(error) from error
    submit(acteur, decompte)
    return decompte


def submit(acteur: User, decompte: Decompte) -> None:
    """A new décompte waits for its second person, and the promised delay runs."""
    sinistre = decompte.sinistre
    taches.ouvrir(
        genre=GenreTache.APPROUVER_DECOMPTE,
        sinistre=sinistre,
        objet_type="decompte",
        objet_id=decompte.pk,
        departement=sinistre.collectivite.departement,
    )
    record(acteur, "decompte.calcule", decompte)
    delais.suivre(sinistre)


def require_payable(sinistre: Sinistre) -> None:
    """Nothing is typed nor agreed once the whole sinistre was cancelled or refused: only lines already agreed stop that."""
    if sinistre.etat in (Etat.ANNULE, Etat.REFUSE):
        raise TransitionImpossible(f"Le dossier est « {sinistre.get_etat_display().lower()} » : rien ne s’y paie plus.")


def _check_arret(sinistre: Sinistre, arret: Arret | None, debut: dt.date, fin: dt.date, corrige: Decompte | None) -> dict[str, list[str]]:
    if arret is None:
        return {}
    if arret.sinistre_id != sinistre.pk:
        return {"arret": ["Cet arrêt n’est pas de ce dossier."]}
    if corrige is not None:
        return {}  # what it corrects may have been paid before the arrêt was cut
    if not arret.actif:
        return {"arret": ["Cet arrêt a été écarté : il ne se paie pas."]}
    if debut < arret.debut or fin > arret.fin:
        return {"arret": [f"Le décompte sort de l’arrêt, qui va du {arret.debut:%d/%m/%Y} au {arret.fin:%d/%m/%Y}."]}
    return {}


def _check_corrected(sinistre: Sinistre, corrige: Decompte | None) -> dict[str, list[str]]:
    if corrige is None:
        return {}
    if corrige.sinistre_id != sinistre.pk:
        return {"corrige": ["Le décompte corrigé n’est pas de ce dossier."]}
    if corrige.genre != GenreDecompte.IJ:
        # Its amount comes from an invoice or from the facts of a death: a line typed by hand would not be counted with it.
        return {"corrige": [f"Ce décompte paie {CORRIGES_AILLEURS[GenreDecompte(corrige.genre)]}."]}
    if corrige.etat == EtatDecompte.REJETE and corrige.corrige_id is None:
        # Its period is free for a new line: correcting it as well would pay the same days twice.
        return {"corrige": ["Ce décompte a été rejeté : saisissez-en un nouveau pour la période."]}
    return {}


def _explain(error: IntegrityError) -> Exception:
    texte = str(error)
    if "decompte_periode_payee_une_fois" in texte:
        return DonneeInvalide.sur("debut", "Un décompte de ce dossier couvre déjà une partie de cette période.")
    if "corrige" in texte:
        return DonneeInvalide.sur("corrige", "Ce décompte a déjà sa correction : corrigez la correction.")
    return error


def approuver(*, acteur: User, decompte: Decompte) -> Decompte:
    """Approve a décompte somebody else has typed. Raises Refus, Erreur for its own author, TransitionImpossible."""
    exiger(acteur, "decompte_approuver", decompte.sinistre)
    fresh = lock(decompte)
    if fresh.calcule_par_id == acteur.pk:
        raise Erreur("La personne qui a saisi un décompte ne l’approuve pas : une autre doit le faire.")
    require_state(fresh, "approuver", EtatDecompte.CALCULE)
    require_payable(fresh.sinistre)
    if fresh.origine == OrigineDecompte.CALCULE and fresh.genre == GenreDecompte.IJ:
        require_up_to_date(fresh)
    require_not_interrupted([fresh])
    fresh.approuver(par=acteur)
    fresh.save(update_fields=["etat", "approuve_par", "approuve_le"])
    taches.fermer_objet(genre=GenreTache.APPROUVER_DECOMPTE, objet_type="decompte", objet_id=fresh.pk, issue="approuve")
    taches.ouvrir(
        genre=GenreTache.PAYER_DECOMPTE,
        sinistre=fresh.sinistre,
        objet_type="decompte",
        objet_id=fresh.pk,
        departement=fresh.sinistre.collectivite.departement,
    )
    record(acteur, "decompte.approuve", fresh)
    return fresh


def rejeter(*, acteur: User, decompte: Decompte, motif: str) -> Decompte:
    """Reject a décompte, before or after it was sent, with the reason; its period can then be paid by another line."""
    exiger(acteur, "decompte_rejeter", decompte.sinistre)
    if not motif.strip():
        raise DonneeInvalide.sur("motif", "Dites pourquoi ce décompte est rejeté.")
    fresh = lock(decompte)
    if fresh.etat == EtatDecompte.REJETE:
        raise TransitionImpossible("Ce décompte est déjà rejeté.")
    fresh.rejeter(motif=motif.strip()[:200])
    fresh.save(update_fields=["etat", "motif_rejet"])
    for genre in (GenreTache.APPROUVER_DECOMPTE, GenreTache.PAYER_DECOMPTE):
        taches.fermer_objet(genre=genre, objet_type="decompte", objet_id=fresh.pk, issue="rejete")
    taches.ouvrir(
        genre=GenreTache.TRAITER_REJET,
        sinistre=fresh.sinistre,
        objet_type="decompte",
        objet_id=fresh.pk,
        departement=fresh.sinistre.collectivite.departement,
    )
    record(acteur, "decompte.rejete", fresh, motif=motif)
    delais.suivre(fresh.sinistre)
    return fresh


def lock(decompte: Decompte) -> Decompte:
    """The row as it is now, locked. The sinistre's lock is held already."""
    return (
        Decompte.objects.select_for_update(of=("self",))
        .select_related("sinistre__collectivite", "sinistre__agent", "sinistre__contrat")
        .get(pk=decompte.pk)
    )


def require_up_to_date(decompte: Decompte) -> None:
    """Raise TransitionImpossible when the engines would give another result now: nobody agrees what is no longer owed."""
    if not est_a_jour(decompte):
        raise TransitionImpossible("Les faits ont changé depuis ce calcul : recalculez les décomptes du dossier, puis approuvez.")


def require_not_interrupted(decomptes: Sequence[Decompte]) -> None:
    """Raise TransitionImpossible when the employer has decided, since one was made, that a day of it is not paid. Two queries for all."""
    interrompus = interruptions_par_sinistre({d.sinistre_id for d in decomptes if d.montant > 0})
    for decompte in decomptes:
        jours = _paid_days(decompte) if decompte.montant > 0 and decompte.sinistre_id in interrompus else []
        connues = interrompus.get(decompte.sinistre_id, ())
        une = next((une for debut, fin in jours if (une := touching(connues, debut, fin)) is not None), None)
        if une is not None:
            numero = decompte.sinistre.numero
            raise TransitionImpossible(f"Dossier {numero} : {raison(une)} Rejetez ce décompte et saisissez les autres jours.")


def _paid_days(decompte: Decompte) -> list[tuple[dt.date, dt.date]]:
    """The runs of days that it pays: those of its lines, or its whole period where it was typed."""
    if decompte.origine == OrigineDecompte.SAISI:
        return [(decompte.debut, decompte.fin)]
    return [(ligne.debut, ligne.fin) for ligne in decompte.lignes.all() if ligne.est_payee]


def require_state(decompte: Decompte, act: str, *etats: str) -> None:
    """Raise TransitionImpossible unless the décompte is in one of these states."""
    if decompte.etat not in etats:
        raise TransitionImpossible(f"Ce décompte est « {decompte.get_etat_display().lower()} » : impossible de l’{act}.")


def record(acteur: User, action: str, decompte: Decompte, *, motif: str = "") -> None:
    """Journal row and event of an act on a décompte."""
    un = _told(decompte)
    consigner(acteur=acteur, action=action, motif=motif, **vars(un))
    annoncer(type=action, objet_type=un.objet_type, objet_id=un.objet_id, sinistre_id=un.sinistre_id)


def record_all(acteur: User, action: str, decomptes: Sequence[Decompte]) -> None:
    """The same of one act on many, sent together: a row and an event each."""
    objets = [_told(decompte) for decompte in decomptes]
    consigner_tous(acteur=acteur, action=action, objets=objets)
    annoncer_tous(type=action, objets=objets)


def _told(decompte: Decompte) -> Objet:
    donnees = {
        "debut": decompte.debut.isoformat(),
        "fin": decompte.fin.isoformat(),
        "montant": f"{decompte.montant:.2f}",
        "corrige": decompte.corrige_id,
    }
    return Objet("decompte", decompte.pk, decompte.sinistre_id, donnees)
