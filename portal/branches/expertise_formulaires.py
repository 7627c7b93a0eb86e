"""The forms of an expertise outside the bulle: shapes only, rules stand in workflows/branches/expertise."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import User
from cases.enums import FileTravail, MotifRefus, PorteeRefus
from cases.enums_expertise import ButExpertise, DecisionExpertise, MotifAbsence, MotifRecusation, SuiteExamen
from cases.models import Arret, Branche, MedecinAgree, Sinistre
from cases.selectors_files import porteurs_possibles
from portal.gestion.formulaires import DateField
from portal.gestion.formulaires_argent import MontantField
from portal.presentation import jour
from workflows.branches.expertise.decision import fin_du_conge
from workflows.branches.expertise.delais import MISSION, PREAVIS
from workflows.branches.expertise.demande import avis_en_cours

VIDE = [("", "Choisir…")]


class DemandeForm(forms.Form):
    """What the expertise must establish. The médecin conseil is asked for where the dossier is entrusted to none."""

    buts = forms.MultipleChoiceField(
        label="Ce que l’expertise doit établir",
        choices=ButExpertise.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="Les questions médicales sont posées par le médecin conseil, dans la bulle.",
        error_messages={"required": "Dites ce que l’expertise doit établir."},
    )
    arret = forms.ModelChoiceField(
        label="Période en question",
        queryset=Arret.objects.none(),
        required=False,
        empty_label="Choisir…",
        help_text="Pour le lien d’une prolongation ou d’une rechute.",
    )
    obligatoire = forms.BooleanField(
        label="Ce contrôle est imposé par les textes",
        required=False,
        help_text="Ses honoraires sont alors à la charge de la collectivité ; de l’assureur sinon.",
    )
    medecin = forms.ModelChoiceField(
        label="Médecin conseil",
        queryset=User.objects.none(),
        empty_label="Choisir…",
        help_text="Il lira le dossier médical et rédigera la mission.",
        error_messages={"required": "Choisissez le médecin conseil qui rédigera la mission."},
    )

    def __init__(self, sinistre: Sinistre, data: Any = None) -> None:
        super().__init__(data)
        self.fields["arret"].queryset = sinistre.arrets.filter(actif=True).order_by("debut")  # type: ignore[attr-defined]
        if avis_en_cours(sinistre) is not None:
            del self.fields["medecin"]
        else:
            self.fields["medecin"].queryset = _medecins_conseil(sinistre)  # type: ignore[attr-defined]
            self.fields["medecin"].label_from_instance = User.get_full_name  # type: ignore[attr-defined]


def _medecins_conseil(sinistre: Sinistre) -> Any:
    return porteurs_possibles([FileTravail.MEDECIN]).exclude(pk=sinistre.compte_agent_id or 0)


class ActeForm(forms.Form):
    """The form of an act: several stand on one page, each with names of its own for its fields' elements."""

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, auto_id=f"id_{type(self).__name__.lower()}_%s")


class DesignerForm(ActeForm):
    medecin = forms.ModelChoiceField(
        label="Médecin agréé",
        queryset=MedecinAgree.objects.none(),
        empty_label="Choisir…",
        error_messages={"required": "Choisissez un médecin."},
    )
    atteste = forms.BooleanField(
        label="Ce médecin n’est pas le médecin traitant de l’agent",
        required=False,
        help_text="L’expertise ne peut pas être confiée au médecin traitant.",
    )

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data)
        medecins = MedecinAgree.objects.filter(actif=True).exclude(pk__in=branche.expertise.recuses)
        self.fields["medecin"].queryset = medecins.select_related("compte").order_by("departement", "nom", "pk")  # type: ignore[attr-defined]
        self.fields["medecin"].label_from_instance = _medecin_en_mots  # type: ignore[attr-defined]


def _medecin_en_mots(medecin: MedecinAgree) -> str:
    specialite = f", {medecin.specialite}" if medecin.specialite else ""
    return f"{medecin} ({medecin.departement}){specialite}, {'répond dans la bulle' if medecin.compte_id else 'répond par courrier'}"


class ConvoquerForm(ActeForm):
    le = forms.DateTimeField(
        label="Jour et heure de l’examen",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=f"L’agent est prévenu au moins {PREAVIS.days} jours avant.",
        error_messages={"required": "Donnez le jour et l’heure.", "invalid": "Cette date n’existe pas."},
    )
    lieu = forms.CharField(label="Lieu", max_length=300, error_messages={"required": "Donnez le lieu de l’examen."})
    motif_preavis = forms.CharField(
        label=f"Pourquoi moins de {PREAVIS.days} jours",
        max_length=200,
        required=False,
        help_text="Seulement pour un délai plus court. Aucune raison médicale ici.",
    )
    fin = DateField(
        label="Dernier jour de la mission", required=False, help_text=f"{MISSION.days} jours après l’examen si vous n’en donnez pas."
    )

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data, initial={"lieu": branche.expertise.lieu})


class FinForm(ActeForm):
    fin = DateField(label="Nouveau dernier jour de la mission", error_messages={"required": "Donnez le jour."})

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data, initial={"fin": branche.expertise.fin})


class AbsenceForm(ActeForm):
    absence = forms.ChoiceField(label="Pourquoi l’examen n’a pas eu lieu", choices=[*VIDE, *MotifAbsence.choices])
    reporter = forms.ChoiceField(
        label="Suite",
        choices=[("oui", "Fixer un autre rendez-vous"), ("non", "En rester là : l’employeur décide")],
        widget=forms.RadioSelect,
        initial="oui",
    )

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data)


class VideForm(ActeForm):
    """An act that needs nothing typed."""

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data)


class RecuserForm(ActeForm):
    motif = forms.ChoiceField(label="Motif", choices=[*VIDE, *MotifRecusation.choices])

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data)


class HonorairesForm(ActeForm):
    medecin = forms.ModelChoiceField(label="Médecin", queryset=MedecinAgree.objects.none(), empty_label="Choisir…")
    reference = forms.CharField(label="Référence de la facture", max_length=60, error_messages={"required": "Donnez la référence."})
    facture_du = DateField(label="Facture du", error_messages={"required": "Donnez la date de la facture."})
    montant = MontantField(label="Montant, en euros")

    def __init__(self, branche: Branche, data: Any = None) -> None:
        expertise = branche.expertise
        super().__init__(data, initial={"medecin": expertise.medecin_id})
        connus = [*expertise.recuses, *([expertise.medecin_id] if expertise.medecin_id else [])]
        self.fields["medecin"].queryset = MedecinAgree.objects.filter(pk__in=connus).order_by("nom", "pk")  # type: ignore[attr-defined]


class SansHonorairesForm(ActeForm):
    raison = forms.CharField(label="Pourquoi aucune facture n’est attendue", max_length=200)

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data)


class DecisionForm(ActeForm):
    decision = forms.ChoiceField(label="Décision", widget=forms.RadioSelect, error_messages={"required": "Choisissez la décision."})
    le = DateField(label="Prise le", initial=timezone.localdate, error_messages={"required": "Donnez la date de la décision."})
    consolidation = DateField(
        label="Date de guérison ou de consolidation retenue", required=False, help_text="Celle des conclusions si vous les suivez."
    )
    a_compter_du = DateField(label="Ne plus verser à compter du", required=False)
    motivation = forms.CharField(
        label="Motivation",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Obligatoire si les conclusions ne sont pas suivies entièrement.",
    )

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data)
        expertise = branche.expertise
        carence = expertise.suite == SuiteExamen.CARENCE
        choix = [(d.value, d.label) for d in DecisionExpertise if (d == DecisionExpertise.PRENDRE_ACTE) == carence]
        self.fields["decision"].choices = choix  # type: ignore[attr-defined]
        if carence or ButExpertise.CONSOLIDATION not in expertise.buts:
            del self.fields["consolidation"]
        fin = fin_du_conge(expertise, expertise.reponses_donnees)
        if fin is None:
            del self.fields["a_compter_du"]
        else:
            self.fields["a_compter_du"].help_text = (
                f"Seulement si vous suivez les conclusions et que l’agent ne reprend pas : le {jour(fin)} au plus tôt. "
                "Vide, le versement continue."
            )


class LeverForm(ActeForm):
    reprise_le = DateField(label="Le versement reprend à compter du", error_messages={"required": "Donnez le jour."})
    motif_levee = forms.CharField(label="Pourquoi il reprend", max_length=200, error_messages={"required": "Dites pourquoi."})

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data)


class RefusForm(ActeForm):
    """A refusal with its motive and its scope ready: a person sends it, or not."""

    motif = forms.ChoiceField(label="Motif", choices=[*VIDE, *MotifRefus.choices])
    portee = forms.ChoiceField(label="Le refus porte sur", choices=[*VIDE, *PorteeRefus.choices])
    commentaire = forms.CharField(label="Commentaire", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, branche: Branche, data: Any = None) -> None:
        imputabilite = ButExpertise.IMPUTABILITE in branche.expertise.buts
        portee = PorteeRefus.PERIODE if branche.expertise.arret_id and not imputabilite else PorteeRefus.SINISTRE
        motif = MotifRefus.NON_IMPUTABLE if imputabilite or branche.expertise.arret_id else MotifRefus.NON_JUSTIFIE
        super().__init__(data, initial={"motif": motif, "portee": portee})


class MedecinForm(ActeForm):
    medecin = forms.ModelChoiceField(label="Médecin conseil", queryset=User.objects.none(), empty_label="Choisir…")

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data)
        self.fields["medecin"].queryset = _medecins_conseil(dossier_de(branche))  # type: ignore[attr-defined]
        self.fields["medecin"].label_from_instance = User.get_full_name  # type: ignore[attr-defined]


def dossier_de(branche: Branche) -> Sinistre:
    """The sinistre of an expertise."""
    if branche.sinistre is None:
        raise ValueError("An expertise belongs to a sinistre.")
    return branche.sinistre
