"""The recours contre tiers as pages: the forms of its steps, the facts and tables to show, what may be read by whom."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from accounts.gate import peut
from accounts.models import User
from cases.enums import BRANCHES_INTERDITES, Canal, EtatBranche, GenreBranche
from cases.models import Branche, Sinistre
from indemnities.enums import BeneficiaireRecours, EtatRecours, PosteRecours, SorteMontant
from indemnities.francais import euros
from indemnities.models import RecoursTiers
from indemnities.rules_recours import FONDEMENTS, ZERO, lignes_de
from indemnities.selectors_recours import encaissements_de, lignes, montants_de, prescription_de, recours_de
from indemnities.services.recours import champ_de
from portal.branches.recours_formulaires import (
    AbandonnerForm,
    AccepterForm,
    ActeForm,
    AlerteForm,
    AnnulerForm,
    AssignerForm,
    CompleterForm,
    CorrigerTiersForm,
    DemandeForm,
    DepensesForm,
    EncaisserForm,
    JugementForm,
    OffreForm,
    QualifierForm,
    ReclamerForm,
    RefuserForm,
    SolderForm,
    TiersForm,
    recours_of,
)
from portal.presentation import jour
from portal.procedures import Acte, Demande
from workflows.branches.recours import argent, negociation, ouverture

MENER, ENCAISSER, SIGNALER = "recours_mener", "recours_encaisser", "recours_signaler"
GABARIT = "portal/branches/recours.html"


# -- Asking, qualifying, naming -----------------------------------------------------------------------------------------------


def _demander(acteur: User, sinistre: Sinistre, lu: dict[str, Any], canal: Canal) -> Branche:
    return ouverture.demander(acteur=acteur, numero=sinistre.numero, constat=lu["constat"], canal=canal)


def _possible(sinistre: Sinistre) -> bool:
    return GenreBranche.RECOURS not in BRANCHES_INTERDITES.get(sinistre.etat, frozenset())


DEMANDE: Demande | None = Demande(
    action=SIGNALER,
    libelle="Signaler un tiers responsable",
    formulaire=DemandeForm,
    executer=_demander,
    possible=_possible,
    aide="Quand un tiers a causé l’accident ou la maladie, ce qui a été versé ou maintenu à l’agent peut lui être réclamé, "
    "à lui ou à son assureur (CGFP L825-1), même après la clôture du dossier.",
)


def _ask_qualifier(branche: Branche, data: Any = None) -> forms.Form:
    return QualifierForm(branche, data, constat=recours_of(branche).constat)


def _qualifier(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    responsable = lu["responsable"] == "oui"
    ouverture.qualifier(acteur=acteur, branche=branche, responsable=responsable, constat=lu["constat"])
    return "Un tiers est responsable : identifiez-le." if responsable else "Aucun tiers responsable : le recours est terminé."


def _ask_corriger(branche: Branche, data: Any = None) -> forms.Form:
    r = recours_of(branche)
    return CorrigerTiersForm(
        branche, data, nom=r.tiers_nom, qualite=r.tiers_qualite, vehicule=r.vehicule, adresse=r.tiers_adresse,
        assureur=r.assureur_nom, reference=r.reference, mandat=r.mandat, mandat_du=r.mandat_du,
    )  # fmt: skip


def _identifier(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    ouverture.identifier(acteur=acteur, branche=branche, tiers=ouverture.Tiers(**lu))
    return "Tiers identifié : le chiffrage se prépare."


def _corriger_tiers(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    ouverture.corriger_tiers(acteur=acteur, branche=branche, tiers=ouverture.Tiers(**lu))
    return "Tiers corrigé."


# -- Amounts ------------------------------------------------------------------------------------------------------------------


def _depenses(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    cles = {champ_de(cle): cle for cle in ouverture.lignes_de_l_employeur(branche)}
    montants = {cles[champ]: montant for champ, montant in lu.items() if montant is not None}
    ouverture.declarer_depenses(acteur=acteur, branche=branche, montants=montants)
    return "Dépenses enregistrées : la réclamation en tiendra compte."


def _reclamer(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    recours = recours_of(branche)
    cles = lignes_de(recours.sinistre.nature, recours.mandat)
    negociation.reclamer(
        acteur=acteur,
        branche=branche,
        le=lu["le"],
        montants={cle: lu[champ_de(cle)] or ZERO for cle in cles},
        raisons={poste: lu[f"raison_{poste.lower()}"] for poste in {cle[0] for cle in cles}},
        assigne_le=lu["assigne_le"],
        juridiction=lu["juridiction"],
    )
    return "Réclamation enregistrée."


def _par_poste(lu: dict[str, Any]) -> dict[str, Decimal]:
    return {poste: lu[poste.lower()] for poste in PosteRecours.values if lu.get(poste.lower()) is not None}


def _offre(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    negociation.consigner_offre(acteur=acteur, branche=branche, montants=_par_poste(lu), globale=lu["globale"])
    return "Offre enregistrée : acceptez-la ou refusez-la."


def _accepter(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    negociation.accepter(acteur=acteur, branche=branche, le=lu["le"])
    return "Accord enregistré : les paiements sont attendus."


def _refuser(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    negociation.refuser(acteur=acteur, branche=branche, motif=lu["motif"])
    return "Offre refusée : une autre est attendue."


def _assigner(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    negociation.assigner(acteur=acteur, branche=branche, le=lu["le"], juridiction=lu["juridiction"])
    return "Assignation enregistrée : la prescription est interrompue."


def _completer(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    negociation.completer(acteur=acteur, branche=branche, motif=lu["motif"])
    return "La réclamation est à compléter : le chiffrage se refait."


def _juger(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    negociation.juger(
        acteur=acteur, branche=branche, le=lu["le"], montants=_par_poste(lu), globale=lu["globale"], accord=lu["accord"]
    )  # fmt: skip
    return "Issue de l’instance enregistrée."


# -- Money, warnings, giving up -----------------------------------------------------------------------------------------------


def _encaisser(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    argent.encaisser(acteur=acteur, branche=branche, **lu)
    return f"{euros(lu['montant'])} encaissés : la répartition se fait."


def _solder(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    argent.solder(acteur=acteur, branche=branche, motif=lu["motif"])
    return "Plus rien n’est attendu : le recours se termine."


def _annuler(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    argent.annuler_encaissement(acteur=acteur, branche=branche, encaissement_id=lu["encaissement"], motif=lu["motif"])
    return "Paiement annulé : chacun rend sa part."


def _voir_alerte(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    ouverture.voir_alerte(acteur=acteur, branche=branche, suite=lu["suite"])
    return "Noté. La prochaine alerte viendra à son heure."


def _abandonner(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    ouverture.abandonner(acteur=acteur, branche=branche, motif=lu["motif"], explication=lu["explication"])
    return "Le recours est abandonné."


def _aujourd_hui(form: type[ActeForm]) -> Any:
    """The form, its day being today until another is chosen."""
    return lambda branche, data=None: form(branche, data, le=timezone.localdate())


def _offre_en_attente(branche: Branche) -> bool:
    return branche.est_en_cours and recours_of(branche).etat == EtatRecours.OFFERT


ACTES: tuple[Acte, ...] = (
    Acte(nom="alerte", etape="prescription", libelle="Répondre à l’alerte de prescription", action=MENER, formulaire=AlerteForm,
         executer=_voir_alerte),
    Acte(nom="qualifier", etape="qualifier", libelle="Dire si un tiers est responsable", action=MENER, formulaire=_ask_qualifier,
         executer=_qualifier),
    Acte(nom="identifier", etape="identifier", libelle="Identifier le tiers", action=MENER, formulaire=TiersForm, executer=_identifier),
    Acte(nom="reclamer", etape="reclamer", libelle="Enregistrer la réclamation", action=MENER, formulaire=ReclamerForm,
         executer=_reclamer, aide="Le chiffrage propose ce que le logiciel connaît : décomptes réglés, franchise, part au-delà du "
         "niveau, éléments non assurés. Complétez-le, poste par poste."),
    Acte(nom="accepter", libelle="Accepter l’offre", action=MENER, formulaire=_aujourd_hui(AccepterForm), executer=_accepter,
         possible=_offre_en_attente),
    Acte(nom="refuser", libelle="Refuser l’offre", action=MENER, formulaire=RefuserForm, executer=_refuser, possible=_offre_en_attente),
    Acte(nom="offre", etape="offre", libelle="Enregistrer une offre", action=MENER, formulaire=OffreForm, executer=_offre),
    Acte(nom="assigner", etape="offre", libelle="Enregistrer l’assignation", second=True, action=MENER, formulaire=AssignerForm,
         executer=_assigner,
         aide="Seule la demande en justice interrompt la prescription (C. civ. 2241)."),
    Acte(nom="completer", etape="offre", libelle="Compléter la réclamation", second=True, action=MENER, formulaire=CompleterForm,
         executer=_completer),
    Acte(nom="jugement", etape="jugement", libelle="Enregistrer l’issue de l’instance", action=MENER,
         formulaire=_aujourd_hui(JugementForm), executer=_juger, aide="Rien d’accordé : laissez les montants vides."),
    Acte(nom="encaisser", etape="encaisser", libelle="Constater un paiement", action=ENCAISSER, formulaire=EncaisserForm,
         executer=_encaisser, aide="Chaque paiement est réparti aussitôt, comme le contrat le dit."),
    Acte(nom="annuler", etape="encaisser", libelle="Annuler un paiement", second=True, action=ENCAISSER, formulaire=AnnulerForm,
         executer=_annuler),
    Acte(nom="solder", etape="encaisser", libelle="Terminer les encaissements", action=ENCAISSER, formulaire=SolderForm,
         executer=_solder),
    Acte(nom="depenses", libelle="Déclarer ce que l’employeur a payé", second=True, action=SIGNALER, formulaire=DepensesForm,
         executer=_depenses,
         possible=lambda branche: ouverture.peut_declarer_depenses(branche),
         aide="Salaires, charges et frais que l’employeur a payés lui-même à cause du tiers. Laissez vide ce que vous ne savez pas."),
    Acte(nom="corriger-tiers", libelle="Corriger le tiers", second=True, action=MENER, formulaire=_ask_corriger, executer=_corriger_tiers,
         possible=lambda branche: ouverture.peut_corriger_tiers(branche)),
    Acte(nom="renoncer", libelle="Abandonner le recours", second=True, action=MENER, formulaire=AbandonnerForm, executer=_abandonner,
         possible=lambda branche: branche.est_en_cours),
)  # fmt: skip


# -- Facts and tables ---------------------------------------------------------------------------------------------------------


def faits(user: User, branche: Branche) -> list[tuple[str, str]]:
    """What this person may read of it; whoever may not follow a recours learns only that there is one."""
    r = recours_de(user, branche.pk)
    if r is None:
        return []
    lus = [("Recours", _situation(r, branche)), ("Année de survenance", str(r.exercice))]
    if r.constat:
        lus.append(("Constat", r.constat))
    if r.tiers_nom:
        lus.append(("Tiers", f"{r.tiers_nom} ({r.get_tiers_qualite_display().lower()})"))
        if r.tiers_adresse and peut(user, MENER, r.sinistre):
            lus.append(("Adresse", r.tiers_adresse))
        lus.append(("Véhicule impliqué", "oui, loi 85-677" if r.vehicule else "non"))
    if r.assureur_nom:
        lus.append(("Son assureur", f"{r.assureur_nom}, réf. {r.reference}" if r.reference else r.assureur_nom))
    if r.mandat:
        lus.append(("Mené", r.get_mandat_display() + (f", mandat du {jour(r.mandat_du)}" if r.mandat_du else "")))
    etapes = (("Réclamé le", r.reclame_le), ("Accord du", r.accord_le), ("Assigné le", r.assigne_le), ("Jugé le", r.juge_le))
    lus += [(libelle, jour(le)) for libelle, le in etapes if le is not None]
    if r.juridiction:
        lus.append(("Juridiction", r.juridiction))
    lus.append(("Prescription", _prescription(r, branche)))
    lus.append(("Répartition", r.sinistre.contrat.get_repartition_recours_display()))
    return lus


def _situation(r: RecoursTiers, branche: Branche) -> str:
    if branche.etat == EtatBranche.ABANDONNEE and not r.motif_abandon:
        return "Abandonné"
    return r.get_etat_display() + (f" : {r.get_motif_abandon_display().lower()}" if r.motif_abandon else "")


def _prescription(r: RecoursTiers, branche: Branche) -> str:
    """The clock in words."""
    if r.assigne_le is not None:
        return f"interrompue par l’assignation du {jour(r.assigne_le)} (C. civ. 2241)"
    if r.accord_le is not None:
        return f"sans objet depuis l’accord du {jour(r.accord_le)}"
    regle = prescription_de(r, r.sinistre)
    if regle.fin is None:
        return regle.texte
    acquise = regle.fin < timezone.localdate()
    return f"{'acquise depuis le' if acquise else 'on peut agir jusqu’au'} {jour(regle.fin)} : {regle.texte}"


def contexte(user: User, branche: Branche) -> dict[str, Any]:
    """The table of the postes, the payments and their parts. Empty for whoever may not follow a recours."""
    r = recours_de(user, branche.pk)
    if r is None:
        return {"recours": None}
    tableau = lignes(r)
    propose = montants_de(r, SorteMontant.PROPOSE) if r.reclame_le is None else {}
    return {
        "recours": r,
        "fondements": FONDEMENTS,
        "lignes": [(ligne, propose.get((ligne.poste, ligne.beneficiaire))) for ligne in tableau],
        "avec_propose": r.reclame_le is None,
        "totaux": {
            "propose": sum(propose.values(), ZERO),
            "reclame": sum((ligne.reclame or ZERO for ligne in tableau), ZERO),
            "offert": sum((ligne.offert or ZERO for ligne in tableau), ZERO),
            "accorde": sum((ligne.accorde or ZERO for ligne in tableau), ZERO),
            "reparti": sum((ligne.reparti for ligne in tableau), ZERO),
        },
        "encaissements": [(e, _parts(e)) for e in encaissements_de(user, r)],
    }


def _parts(encaissement: Any) -> str:
    """« L’assureur 300,00 €, la collectivité 200,00 € »."""
    sommes = dict.fromkeys(BeneficiaireRecours.values, ZERO)
    for part in encaissement.parts.all():
        sommes[part.beneficiaire] += part.montant
    dites = [f"{BeneficiaireRecours(b).label.lower()} {euros(somme)}" for b, somme in sommes.items() if somme]
    return ", ".join(dites) or "répartition en cours"
