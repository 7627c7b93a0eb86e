"""The forms of a recours: shapes only, rules stand in the services. Several stand on one page, each with identifiers of its own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from cases.models import Branche, Sinistre
from indemnities.enums import AbandonRecours, BeneficiaireRecours, MandatRecours, PosteRecours, QualiteTiers, SorteMontant
from indemnities.francais import euros
from indemnities.models import RecoursTiers
from indemnities.rules_recours import ZERO, Cle, lignes_de
from indemnities.selectors_recours import dus, montants_de
from indemnities.services.recours import champ_de
from portal.gestion.formulaires import DateField
from portal.gestion.formulaires_argent import MontantField
from portal.presentation import jour
from workflows.branches.recours import ouverture


def recours_of(branche: Branche) -> RecoursTiers:
    return RecoursTiers.objects.select_related("sinistre__contrat").get(branche=branche)


def _texte(libelle: str, aide: str = "", *, lignes: int = 2, longueur: int = 500) -> forms.CharField:
    return forms.CharField(label=libelle, help_text=aide, max_length=longueur, widget=forms.Textarea(attrs={"rows": lignes}))


class ActeForm(forms.Form):
    """A form of one act: several stand on a page, each with identifiers of its own."""

    ident = ""

    def __init__(self, branche: Branche, data: Any = None, **initial: Any) -> None:
        super().__init__(data, auto_id=f"id_{self.ident}_%s", initial=initial)


class DemandeForm(forms.Form):
    constat = _texte("Qui, ou ce qui, a causé le dommage", "Les faits connus depuis la déclaration. Jamais de lésion ni de diagnostic.")

    def __init__(self, sinistre: Sinistre, data: Any = None) -> None:
        super().__init__(data)


class QualifierForm(ActeForm):
    ident = "qualifier"
    responsable = forms.ChoiceField(
        label="Un tiers est-il responsable ?", choices=[("oui", "Oui"), ("non", "Non")], widget=forms.RadioSelect
    )
    constat = _texte("Pourquoi", "Circonstances, procès-verbal, témoins. Jamais de lésion ni de diagnostic.", lignes=3, longueur=2000)


class TiersForm(ActeForm):
    ident = "identifier"
    nom = forms.CharField(label="Nom du tiers", max_length=150, help_text="Ou du fonds de garantie, quand le responsable est inconnu.")
    qualite = forms.ChoiceField(
        label="Qualité", choices=[("", "Choisissez"), *((q.value, q.label) for q in QualiteTiers if q != QualiteTiers.INCONNU)],
        help_text="Contre une personne publique, on n’a que quatre ans pour agir, hors accident de véhicule.",
    )  # fmt: skip
    vehicule = forms.BooleanField(label="Un véhicule à moteur est impliqué (loi 85-677)", required=False)
    adresse = forms.CharField(label="Adresse du tiers", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    assureur = forms.CharField(label="Assureur du tiers", max_length=150, required=False)
    reference = forms.CharField(label="Référence du sinistre chez lui", max_length=60, required=False)
    mandat = forms.ChoiceField(label="Le recours est mené", choices=[("", "Choisissez"), *MandatRecours.choices])
    mandat_du = DateField(label="Mandat ou convention de l’assureur du", required=False)


class CorrigerTiersForm(TiersForm):
    ident = "corriger_tiers"


def _libelle(cle: Cle) -> str:
    return f"{PosteRecours(cle[0]).label} : {BeneficiaireRecours(cle[1]).label.lower()}, en euros"


class DepensesForm(ActeForm):
    ident = "depenses"

    def __init__(self, branche: Branche, data: Any = None) -> None:
        deja = montants_de(recours_of(branche), SorteMontant.DEPENSE)
        super().__init__(branche, data, **{champ_de(cle): montant for cle, montant in deja.items()})
        for cle in ouverture.lignes_de_l_employeur(branche):
            self.fields[champ_de(cle)] = MontantField(label=f"{PosteRecours(cle[0]).label}, en euros", required=False)


class ReclamerForm(ActeForm):
    ident = "reclamer"

    def __init__(self, branche: Branche, data: Any = None) -> None:
        recours = recours_of(branche)
        proposes = montants_de(recours, SorteMontant.PROPOSE)
        cles = lignes_de(recours.sinistre.nature, recours.mandat)
        super().__init__(branche, data, le=timezone.localdate(), **{champ_de(cle): proposes.get(cle, ZERO) for cle in cles})
        self.fields["le"] = DateField(label="Réclamation adressée le")
        for poste in dict.fromkeys(cle[0] for cle in cles):
            for cle in (c for c in cles if c[0] == poste):
                self.fields[champ_de(cle)] = MontantField(label=_libelle(cle), required=False)
            self.fields[f"raison_{poste.lower()}"] = forms.CharField(
                label=f"{PosteRecours(poste).label} : pourquoi un autre montant", max_length=500, required=False,
                help_text="À remplir si vous changez ce que le chiffrage propose.",
            )  # fmt: skip
        self.fields["assigne_le"] = DateField(
            label="Assignation du", required=False, help_text="Seulement si l’on va directement devant le juge."
        )
        self.fields["juridiction"] = forms.CharField(label="Devant quelle juridiction", max_length=150, required=False)


class _AccordeForm(ActeForm):
    """Amounts that the other side, or the judge, gives: one sum, or by poste."""

    def __init__(self, branche: Branche, data: Any = None, **initial: Any) -> None:
        super().__init__(branche, data, **initial)
        reclames = montants_de(recours_of(branche), SorteMontant.RECLAME)
        self.fields["globale"] = MontantField(
            label="Somme globale, en euros", required=False, help_text="Ou les montants par poste, ci-dessous."
        )
        for poste in PosteRecours:
            total = sum((montant for cle, montant in reclames.items() if cle[0] == poste), ZERO)
            if total:
                self.fields[poste.lower()] = MontantField(
                    label=f"{poste.label}, en euros", required=False, help_text=f"Réclamé : {euros(total)}."
                )


class OffreForm(_AccordeForm):
    ident = "offre"


class AccepterForm(ActeForm):
    ident = "accepter"
    le = DateField(label="Accord du")


class RefuserForm(ActeForm):
    ident = "refuser"
    motif = _texte("Pourquoi l’offre est refusée")


class AssignerForm(ActeForm):
    ident = "assigner"
    le = DateField(label="Assignation du")
    juridiction = forms.CharField(label="Devant quelle juridiction", max_length=150)


class CompleterForm(ActeForm):
    ident = "completer"
    motif = _texte("Ce qui s’ajoute à la réclamation")


class JugementForm(_AccordeForm):
    ident = "jugement"
    le = DateField(label="Jugement ou accord du")
    accord = forms.BooleanField(label="C’est un accord trouvé en cours d’instance", required=False)


class EncaisserForm(ActeForm):
    ident = "encaisser"
    recu_le = DateField(label="Reçu le")
    montant = MontantField(label="Montant, en euros")
    reference = forms.CharField(label="Référence du paiement", max_length=60)
    poste = forms.ChoiceField(label="Pour le poste", required=False)
    dernier = forms.BooleanField(label="Plus rien n’est attendu ensuite", required=False)

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(branche, data, recu_le=timezone.localdate())
        postes = dict.fromkeys(cle[0] for cle in dus(recours_of(branche)))
        self.fields["poste"].choices = [("", "Tous"), *((p, PosteRecours(p).label) for p in postes)]  # type: ignore[attr-defined]


class SolderForm(ActeForm):
    ident = "solder"
    motif = _texte("Pourquoi plus rien n’est attendu")


class AnnulerForm(ActeForm):
    ident = "annuler"
    encaissement = forms.TypedChoiceField(label="Paiement à annuler", coerce=int)
    motif = forms.CharField(label="Pourquoi", max_length=200)

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(branche, data)
        rows = _annulables(branche)
        self.fields["encaissement"].choices = [  # type: ignore[attr-defined]
            ("", "Choisissez"),
            *((e.pk, f"{jour(e.recu_le)}, {euros(e.montant)}, {e.reference}") for e in rows),
        ]


def _annulables(branche: Branche) -> list[Any]:
    return list(recours_of(branche).encaissements.filter(annule__isnull=True, annulation__isnull=True).order_by("pk"))


class AlerteForm(ActeForm):
    ident = "alerte"
    suite = _texte("Ce qui est fait avant la prescription")


class AbandonnerForm(ActeForm):
    ident = "abandonner"
    motif = forms.ChoiceField(label="Motif", choices=[("", "Choisissez"), *AbandonRecours.choices])
    explication = _texte("Explication", longueur=160)
