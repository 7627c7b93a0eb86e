"""The contre-visite as pages: the forms of its steps, the facts to show, what may be read by whom. Rules stand in workflows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from accounts.gate import peut
from accounts.models import User
from cases.enums import Canal
from cases.enums_contre_visite import (
    AuteurContestation,
    LieuContreVisite,
    MotifContreVisite,
    ResultatContreVisite,
    SuiteContreVisite,
)
from cases.models import Branche, ContreVisite, InterruptionVersement, MedecinAgree, Sinistre
from cases.services.medecins import annuaire
from medical.enums import RaisonConclusion
from portal.gestion.formulaires import DateField
from portal.gestion.formulaires_argent import MontantField
from portal.presentation import instant, jour
from portal.procedures import Acte, Demande
from workflows.branches.contre_visite import actes, decision, demande

MENER, DECIDER = "contre_visite_mener", "contre_visite_decider"


class InstantField(forms.DateTimeField):
    """A day and an hour, in the browser's own picker, told in French time."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
        kwargs.setdefault("input_formats", ["%Y-%m-%dT%H:%M", "%d/%m/%Y %H:%M"])
        super().__init__(**kwargs)


def _vide(choix: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("", "Choisissez"), *choix]


def _contre_visite(branche: Branche) -> ContreVisite:
    return ContreVisite.objects.select_related("medecin", "arret", "avis_recu_par", "decision_par").get(branche=branche)


# -- Asking -------------------------------------------------------------------------------------------------------------------


class DemandeForm(forms.Form):
    motif = forms.ChoiceField(label="Motif")
    arret = forms.ChoiceField(label="Arrêt à contrôler")
    lieu = forms.ChoiceField(label="Lieu souhaité", choices=LieuContreVisite.choices)
    adresse = forms.CharField(
        label="Adresse de visite",
        max_length=300,
        required=False,
        help_text="Où l’agent peut être visité. Nécessaire pour une visite à domicile.",
    )
    souhaits = forms.CharField(
        label="Souhaits", max_length=200, required=False, help_text="Jours à éviter, accès. N’écrivez rien de l’état de santé de l’agent."
    )

    def __init__(self, sinistre: Sinistre, data: Any = None) -> None:
        super().__init__(data)
        impose = demande.controle_impose_des(sinistre)
        a_temps = impose is not None and timezone.localdate() >= impose
        motifs = [(c, libelle) for c, libelle in MotifContreVisite.choices if a_temps or c != MotifContreVisite.CONTROLE_6_MOIS]
        self.fields["motif"].choices = _vide(motifs)  # type: ignore[attr-defined]
        arrets = demande.arrets_controlables(sinistre)
        self.fields["arret"].choices = [(str(a.pk), f"Du {jour(a.debut)} au {jour(a.fin)}") for a in arrets]  # type: ignore[attr-defined]
        self.arrets = {str(a.pk): a for a in arrets}

    def clean_arret(self) -> Any:
        return self.arrets.get(self.cleaned_data["arret"])


def _demander(acteur: User, sinistre: Sinistre, lu: dict[str, Any], canal: Canal) -> Branche:
    return demande.demander(acteur=acteur, sinistre=sinistre, canal=canal, **lu)


DEMANDE: Demande | None = Demande(
    action="contre_visite_demander",
    libelle="Demander une contre-visite",
    formulaire=DemandeForm,
    executer=_demander,
    possible=demande.est_controlable,
    aide="Un médecin agréé dit si l’arrêt est encore justifié le jour du contrôle. Son avis oral suit sous 48 heures, ses conclusions "
    "écrites ensuite. Vous seul décidez des suites.",
)


# -- Steps of the CDG -------------------------------------------------------------------------------------------------------------


class DesignerForm(forms.Form):
    medecin = forms.ModelChoiceField(label="Médecin agréé", queryset=MedecinAgree.objects.none(), empty_label="Choisissez")
    atteste = forms.BooleanField(label="J’atteste que ce n’est pas le médecin traitant de l’agent", required=False)
    hors_departement = forms.CharField(label="S’il exerce dans un autre département, pourquoi lui", max_length=200, required=False)

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data, auto_id="id_designer_%s")
        champ = self.fields["medecin"]
        sinistre = branche.sinistre
        departement = sinistre.collectivite.departement if sinistre is not None else ""
        champ.queryset = annuaire(departement).exclude(pk__in=_contre_visite(branche).recuses.values("pk"))  # type: ignore[attr-defined]
        champ.label_from_instance = _libelle_medecin  # type: ignore[attr-defined]


def _libelle_medecin(medecin: MedecinAgree) -> str:
    domicile = ", se déplace à domicile" if medecin.visite_a_domicile else ""
    return f"{medecin} ({medecin.departement}{domicile})"


def _designer(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    actes.designer(acteur=acteur, branche=branche, **lu)
    return f"{lu['medecin']} est désigné."


class RendezVousForm(forms.Form):
    le = InstantField(label="Jour et heure")
    mode = forms.ChoiceField(label="Lieu du contrôle", choices=LieuContreVisite.choices)
    adresse = forms.CharField(label="Adresse de la visite à domicile", max_length=300, required=False)

    def __init__(self, branche: Branche, data: Any = None) -> None:
        contre_visite = _contre_visite(branche)
        initial = {"mode": contre_visite.lieu_souhaite, "adresse": contre_visite.adresse_visite}
        super().__init__(data, auto_id="id_rendez_vous_%s", initial=initial)


def _fixer(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    actes.fixer_rendez_vous(acteur=acteur, branche=branche, **lu)
    return f"Rendez-vous fixé le {instant(lu['le'])}."


class SansChampForm(forms.Form):
    """Nothing to type: the button says it all."""

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data)


def _recuser(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    actes.recuser(acteur=acteur, branche=branche)
    return "Récusation notée : désignez un autre médecin."


def _deplacer(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    actes.deplacer(acteur=acteur, branche=branche)
    return "Le rendez-vous est à fixer de nouveau."


class AvisForm(forms.Form):
    recu_le = InstantField(label="Reçu le")
    resultat = forms.ChoiceField(label="Résultat", choices=_vide(list(ResultatContreVisite.choices)))
    resultat_date = DateField(
        label="Date que porte le résultat", required=False, help_text="Dernier jour justifié, ou jour de reprise, selon le résultat."
    )

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data, auto_id="id_avis_%s", initial={"recu_le": timezone.localtime()})


def _avis(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    actes.recevoir_avis(acteur=acteur, branche=branche, **lu)
    return "Avis enregistré : la collectivité le lit dès maintenant."


class ConclusionsForm(forms.Form):
    texte = forms.CharField(
        label="Conclusions administratives",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Ce que l’employeur lira : l’arrêt est-il justifié, jusqu’à quand, à quelles conditions. Jamais pourquoi.",
    )
    recues_le = DateField(label="Reçues le")
    raison = forms.ChoiceField(
        label="Si des mots paraissent médicaux, pourquoi ils restent",
        choices=[("", "Sans objet"), *RaisonConclusion.choices],
        required=False,
    )

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data, auto_id="id_conclusions_%s", initial={"recues_le": timezone.localdate()})


def _conclusions(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    actes.recevoir_conclusions(acteur=acteur, branche=branche, **lu)
    return "Conclusions enregistrées."


class HonorairesForm(forms.Form):
    reference = forms.CharField(label="Référence de la facture", max_length=60)
    facture_du = DateField(label="Facture du")
    montant = MontantField(label="Montant, en euros")

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data, auto_id="id_honoraires_%s")


def _honoraires(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    saisi = actes.saisir_honoraires(acteur=acteur, branche=branche, **lu)
    return f"Honoraires saisis, à la charge de : {saisi.get_charge_display().lower()}."


class SansHonorairesForm(forms.Form):
    motif = forms.CharField(label="Pourquoi", max_length=200)

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data, auto_id="id_sans_honoraires_%s")


def _sans_honoraires(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    actes.sans_honoraires(acteur=acteur, branche=branche, **lu)
    return "Noté : rien ne sera facturé."


class ArbitrerForm(forms.Form):
    commentaire = forms.CharField(label="Ce qui a été fait", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data, auto_id="id_arbitrer_%s")


def _arbitrer(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    decision.arbitrer(acteur=acteur, branche=branche, **lu)
    return "Retard arbitré."


# -- The employer -------------------------------------------------------------------------------------------------------------------


class DecisionForm(forms.Form):
    suite = forms.ChoiceField(label="Décision")
    le = DateField(label="Décision du")
    a_compter_du = DateField(label="À compter du", required=False, help_text="Pour une reprise ou une interruption du versement.")
    justification_demandee_le = DateField(
        label="Justification demandée à l’agent le", required=False, help_text="Pour interrompre le versement après un contrôle manqué."
    )
    volonte_etablie = forms.BooleanField(label="La volonté de l’agent de se soustraire au contrôle est établie", required=False)

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data, auto_id="id_decision_%s", initial={"le": timezone.localdate()})
        contre_visite = _contre_visite(branche)
        suites = decision.SUITES_DE.get(contre_visite.resultat, ())
        self.fields["suite"].choices = _vide([(s.value, s.label) for s in suites])  # type: ignore[attr-defined]
        if not contre_visite.est_manque:
            del self.fields["justification_demandee_le"], self.fields["volonte_etablie"]


def _decider(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    decision.decider(acteur=acteur, branche=branche, **lu)
    return f"Décision enregistrée : {SuiteContreVisite(lu['suite']).label.lower()}."


class LeverForm(forms.Form):
    reprise_le = DateField(label="Le versement reprend à compter du")
    motif = forms.CharField(label="Pourquoi", max_length=200)

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data, auto_id="id_lever_%s")


def _lever(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    decision.lever_interruption(acteur=acteur, branche=branche, **lu)
    return f"Le versement reprend à compter du {jour(lu['reprise_le'])}."


def _interrompue(branche: Branche) -> InterruptionVersement | None:
    return InterruptionVersement.objects.filter(branche=branche, levee_le__isnull=True).first()


class ContesterForm(forms.Form):
    par = forms.ChoiceField(label="Qui conteste", choices=_vide(list(AuteurContestation.choices)))
    le = DateField(label="Contestée le")

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data, auto_id="id_contester_%s", initial={"le": timezone.localdate()})


def _contester(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    decision.contester(acteur=acteur, branche=branche, **lu)
    return "Contestation enregistrée : la saisine du conseil médical est ouverte."


def _contestable(branche: Branche) -> bool:
    contre_visite = _contre_visite(branche)
    return contre_visite.conclusions_recues_le is not None and contre_visite.contestee_le is None


ACTES: tuple[Acte, ...] = (
    Acte(nom="arbitrer", libelle="Arbitrer le retard", action="escalade_arbitrer", formulaire=ArbitrerForm, executer=_arbitrer,
         possible=lambda branche: decision.retard_a_arbitrer(branche) is not None),
    Acte(nom="designer", etape="designer", libelle="Désigner le médecin", action=MENER, formulaire=DesignerForm, executer=_designer),
    Acte(nom="convoquer", etape="convoquer", libelle="Fixer le rendez-vous", action=MENER, formulaire=RendezVousForm, executer=_fixer),
    Acte(nom="recuser", etape="convoquer", libelle="Le médecin se récuse", action=MENER, formulaire=SansChampForm, executer=_recuser,
         second=True),
    Acte(nom="avis", etape="avis", libelle="Enregistrer l’avis oral", action=MENER, formulaire=AvisForm, executer=_avis,
         aide="Le résultat seul, tel que le médecin le dit au téléphone : jamais ses raisons."),
    Acte(nom="deplacer", etape="avis", libelle="Fixer un autre rendez-vous", action=MENER, formulaire=SansChampForm, executer=_deplacer,
         aide="À la demande du médecin. Si l’agent demande le report, c’est un résultat de l’avis.", second=True),
    Acte(nom="recuser-avis", etape="avis", libelle="Le médecin se récuse", action=MENER, formulaire=SansChampForm, executer=_recuser,
         second=True),
    Acte(nom="conclusions", etape="conclusions", libelle="Enregistrer les conclusions", action=MENER, formulaire=ConclusionsForm,
         executer=_conclusions),
    Acte(nom="decision", etape="decision", libelle="Enregistrer la décision de l’employeur", action=DECIDER, formulaire=DecisionForm,
         executer=_decider, aide="Rien ne s’applique sans elle : un avis n’arrête aucun versement."),
    Acte(nom="lever", libelle="Lever l’interruption du versement", action=DECIDER, formulaire=LeverForm, executer=_lever,
         possible=lambda branche: _interrompue(branche) is not None, second=True),
    Acte(nom="honoraires", etape="honoraires", libelle="Saisir les honoraires", action="honoraires_saisir", formulaire=HonorairesForm,
         executer=_honoraires),
    Acte(nom="sans-honoraires", etape="honoraires", libelle="Pas d’honoraires", action="honoraires_saisir", formulaire=SansHonorairesForm,
         executer=_sans_honoraires, second=True),
    Acte(nom="contester", libelle="Contester devant le conseil médical", action="contre_visite_contester", formulaire=ContesterForm,
         executer=_contester, possible=_contestable, second=True),
)  # fmt: skip


# -- Facts --------------------------------------------------------------------------------------------------------------------------


def faits(user: User, branche: Branche) -> list[tuple[str, str]]:
    """What this person may read of it, in the order things happened. The address is for those who act on the case alone."""
    cv = _contre_visite(branche)
    agit = peut(user, "contre_visite_demander", branche.sinistre)
    lus = [("Motif", cv.get_motif_display()), ("Arrêt contrôlé", f"du {jour(cv.arret.debut)} au {jour(cv.arret.fin)}")]
    if cv.obligatoire:
        lus.append(("Contrôle", "imposé par les textes"))
    if agit:
        lus.append(("Lieu souhaité", cv.get_lieu_souhaite_display()))
        lus += [(libelle, valeur) for libelle, valeur in (("Adresse", cv.adresse_visite), ("Souhaits", cv.souhaits)) if valeur]
    if cv.medecin is not None:
        lus.append(("Médecin agréé", str(cv.medecin)))
    if cv.rendez_vous_le is not None:
        lus.append(("Rendez-vous", f"{instant(cv.rendez_vous_le)}, {cv.get_mode_display().lower()}"))
    if cv.reports:
        lus.append(("Reports demandés", str(cv.reports)))
    if not peut(user, "piece_lire", branche.sinistre):
        return lus + _versement(branche)
    if cv.avis_oral_le is not None:
        date = f", {jour(cv.resultat_date)}" if cv.resultat_date is not None else ""
        lus.append(("Avis oral", f"{cv.get_resultat_display()}{date} (reçu le {instant(cv.avis_oral_le)})"))
    if cv.conclusions_recues_le is not None:
        lus += [("Conclusions écrites", cv.conclusions), ("Reçues le", jour(cv.conclusions_recues_le))]
    return lus + _decision(cv) + _versement(branche) + _contestation(cv)


def _decision(cv: ContreVisite) -> list[tuple[str, str]]:
    lus = []
    if cv.mise_en_demeure_le is not None:
        lus.append(("Mise en demeure", jour(cv.mise_en_demeure_le)))
    if cv.demande_justification_le is not None:
        lus.append(("Justification demandée", jour(cv.demande_justification_le)))
    if cv.decision_le is not None:
        effet = f", à compter du {jour(cv.a_compter_du)}" if cv.a_compter_du is not None else ""
        lus.append(("Décision de l’employeur", f"{cv.get_suite_display()}{effet} (le {jour(cv.decision_le)})"))
    return lus


def _versement(branche: Branche) -> list[tuple[str, str]]:
    lus = []
    for une in InterruptionVersement.objects.filter(branche=branche).order_by("pk"):
        fin = f", repris le {jour(une.reprise_le)}" if une.reprise_le is not None else ""
        lus.append(("Versement", f"interrompu à compter du {jour(une.a_compter_du)}{fin}"))
    return lus


def _contestation(cv: ContreVisite) -> list[tuple[str, str]]:
    if cv.contestee_le is None:
        return []
    return [("Contestée devant le conseil médical", f"par {cv.get_contestee_par_display().lower()}, le {jour(cv.contestee_le)}")]
