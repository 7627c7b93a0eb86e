"""The saisine du conseil médical as pages: the forms of its steps, the facts to show. Rules stand in workflows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.utils import timezone

from accounts.gate import peut
from accounts.models import User
from cases.enums import Canal
from cases.enums_saisine import (
    ACCORDE_UNE_PERIODE,
    FORMATION_DE,
    Contestataire,
    DecisionEmployeur,
    FormationConseil,
    ObjetSaisine,
    PieceSaisine,
    SensConseil,
)
from cases.models import Branche, Saisine, Sinistre
from contracts.enums import Nature
from portal.gestion.formulaires import DateField
from portal.presentation import jour
from portal.procedures import GESTION, Acte, Demande
from workflows.branches.saisine import actes, avis, delais, regles

MENER, DECIDER = "saisine_mener", "saisine_decider"


def _saisine(branche: Branche) -> Saisine:
    return Saisine.objects.select_related("conteste__branche").get(branche=branche)


def _vide(choix: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [("", "Choisissez"), *choix]


# -- Asking -------------------------------------------------------------------------------------------------------------------


class DemandeForm(forms.Form):
    objet = forms.ChoiceField(label="Objet de la saisine")
    demande_agent_le = DateField(
        label="Demande de l’agent reçue le",
        required=False,
        help_text="Si l’agent l’a demandée : l’employeur a trois semaines pour la transmettre, au-delà l’agent peut saisir lui-même.",
    )

    def __init__(self, sinistre: Sinistre, data: Any = None) -> None:
        super().__init__(data)
        possibles = [(code, libelle) for code, libelle in ObjetSaisine.choices if not regles.raison_contre(sinistre, code)]
        self.fields["objet"].choices = _vide(possibles)  # type: ignore[attr-defined]


def _demander(acteur: User, sinistre: Sinistre, lu: dict[str, Any], canal: Canal) -> Branche:
    return actes.demander(acteur=acteur, numero=sinistre.numero, canal=canal, **lu)


DEMANDE: Demande | None = Demande(
    action=MENER,
    libelle="Préparer une saisine du conseil médical",
    formulaire=DemandeForm,
    executer=_demander,
    portes=(GESTION,),
    possible=lambda sinistre: any(not regles.raison_contre(sinistre, objet) for objet in ObjetSaisine.values),
    aide="À saisir deux mois avant la fin du congé, ou dès que la dernière prolongation est connue.",
)


# -- The dossier, its transmission --------------------------------------------------------------------------------------------


class DossierForm(forms.Form):
    pieces = forms.MultipleChoiceField(label="Pièces réunies", widget=forms.CheckboxSelectMultiple, required=False)
    incomplet_motif = forms.CharField(
        label="Pour transmettre sans attendre le reste, dites pourquoi", max_length=200, required=False, help_text="Rien de médical."
    )

    def __init__(self, branche: Branche, data: Any = None) -> None:
        saisine = _saisine(branche)
        super().__init__(data, auto_id="id_dossier_%s", initial={"pieces": saisine.pieces})
        requises = [(code, PieceSaisine(code).label) for code in saisine.pieces_requises]
        self.fields["pieces"].choices = requises  # type: ignore[attr-defined]


def _reunir(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    if actes.reunir(acteur=acteur, branche=branche, **lu):
        return "Le dossier est prêt à transmettre."
    return "Les pièces réunies sont notées : le dossier attend les autres."


class TransmettreForm(forms.Form):
    le = DateField(label="Transmis le")
    formation = forms.ChoiceField(label="Formation", choices=FormationConseil.choices)

    def __init__(self, branche: Branche, data: Any = None) -> None:
        initial = {"le": timezone.localdate(), "formation": FORMATION_DE[_saisine(branche).objet]}
        super().__init__(data, auto_id="id_transmettre_%s", initial=initial)


def _transmettre(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    actes.transmettre(acteur=acteur, branche=branche, **lu)
    return f"Saisine transmise le {jour(lu['le'])}."


# -- The opinion --------------------------------------------------------------------------------------------------------------


class AvisForm(forms.Form):
    sens = forms.ChoiceField(label="Sens de l’avis")
    seance_le = DateField(label="Séance du")
    notifie_le = DateField(label="Avis notifié le", required=False, help_text="Le délai de contestation en part. Rien si c’est ajourné.")
    debut = DateField(label="Période accordée : début", required=False)
    fin = DateField(label="Période accordée : fin", required=False)
    avis_conforme = forms.BooleanField(label="Cet avis lie l’employeur (avis conforme)", required=False)

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data, auto_id="id_avis_%s")
        saisine = _saisine(branche)
        sens = [(c, libelle) for c, libelle in SensConseil.choices if not (saisine.est_superieure and c == SensConseil.AJOURNE)]
        self.fields["sens"].choices = _vide(sens)  # type: ignore[attr-defined]
        if saisine.objet not in ACCORDE_UNE_PERIODE:
            del self.fields["debut"], self.fields["fin"]


def _avis(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    avis.enregistrer(acteur=acteur, branche=branche, **lu)
    return "Ajournement enregistré : l’attente reprend." if lu["sens"] == SensConseil.AJOURNE else "Avis enregistré."


class SansChampForm(forms.Form):
    """Nothing to type: the button says it all."""

    def __init__(self, branche: Branche, data: Any = None) -> None:
        super().__init__(data)


def _suspendre(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    avis.suspendre(acteur=acteur, branche=branche)
    return "Le délai de quatre mois est suspendu."


def _reprendre(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    avis.reprendre(acteur=acteur, branche=branche)
    return "Le délai de quatre mois reprend."


def _court(branche: Branche, *, en_pause: bool) -> bool:
    echeance = avis.minuterie(branche)
    return echeance is not None and echeance.en_pause == en_pause and _saisine(branche).est_superieure


# -- The decision, what follows -----------------------------------------------------------------------------------------------


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(label="Décision", choices=_vide(list(DecisionEmployeur.choices)))
    le = DateField(label="Décision du")
    effet = DateField(label="Date d’effet", required=False, help_text="Le début de la période accordée, si rien n’est dit.")
    motif = forms.CharField(
        label="Si elle s’écarte de l’avis, pourquoi", max_length=200, required=False, help_text="Administratif : jamais de motif médical."
    )

    def __init__(self, branche: Branche, data: Any = None) -> None:
        initial = {"le": timezone.localdate(), "effet": _saisine(branche).periode_debut}
        super().__init__(data, auto_id="id_decision_%s", initial=initial)


def _decider(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    avis.decider(acteur=acteur, branche=branche, **lu)
    return f"Décision enregistrée : {DecisionEmployeur(lu['decision']).label.lower()}."


REQUALIFIER, LAISSER = "requalifier", "laisser"


class SuitesForm(forms.Form):
    suite = forms.ChoiceField(label="Que faire du dossier", widget=forms.RadioSelect)
    effet = DateField(label="À compter du", required=False)
    commentaire = forms.CharField(label="Explication", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, branche: Branche, data: Any = None) -> None:
        initial = {"suite": REQUALIFIER, "effet": _saisine(branche).decision_effet}
        super().__init__(data, auto_id="id_suites_%s", initial=initial)
        nature = Nature(regles.nature_a_donner(branche)).label.lower() if regles.nature_a_donner(branche) else "la nature accordée"
        self.fields["suite"].choices = [  # type: ignore[attr-defined]
            (REQUALIFIER, f"Requalifier en {nature}"),
            (LAISSER, "Laisser sa nature au dossier, en disant pourquoi"),
        ]


def _suites(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    requalifier = lu["suite"] == REQUALIFIER
    avis.preparer_suites(acteur=acteur, branche=branche, requalifier=requalifier, effet=lu["effet"], commentaire=lu["commentaire"])
    return "Le dossier est requalifié." if requalifier else "Le dossier garde sa nature."


class ContesterForm(forms.Form):
    le = DateField(label="Contesté le")

    def __init__(self, branche: Branche, data: Any = None, *, par: str) -> None:
        super().__init__(data, auto_id=f"id_contester_{par.lower()}_%s", initial={"le": timezone.localdate()})


def _contester(par: str) -> Callable[[User, Branche, dict[str, Any]], str]:
    def executer(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
        actes.contester(acteur=acteur, branche=branche, par=par, le=lu["le"])
        return "Contestation enregistrée : la saisine du conseil médical supérieur est à constituer."

    return executer


def _contestable(branche: Branche) -> bool:
    saisine = _saisine(branche)
    limite = saisine.limite_contestation
    return limite is not None and timezone.localdate() <= limite and not Saisine.objects.filter(conteste=saisine).exists()


ACTES: tuple[Acte, ...] = (
    Acte(nom="dossier", etape="dossier", libelle="Noter les pièces réunies", action=MENER, formulaire=DossierForm, executer=_reunir,
         aide="Un certificat médical part sous pli confidentiel : notez qu’il est parti, n’en gardez rien ici."),
    Acte(nom="transmettre", etape="transmettre", libelle="Transmettre la saisine", action=MENER, formulaire=TransmettreForm,
         executer=_transmettre),
    Acte(nom="avis", etape="avis", libelle="Enregistrer l’avis", action=MENER, formulaire=AvisForm, executer=_avis,
         aide="Le sens de l’avis et la période accordée, jamais leurs raisons médicales."),
    Acte(nom="avis-superieur", etape="avis_superieur", libelle="Enregistrer l’avis du conseil médical supérieur", action=MENER,
         formulaire=AvisForm, executer=_avis, aide="Sans réponse au bout de quatre mois, l’avis contesté est confirmé."),
    Acte(nom="suspendre", libelle="Expertise ordonnée : suspendre le délai", second=True, action=MENER,
         formulaire=SansChampForm, executer=_suspendre, possible=lambda branche: _court(branche, en_pause=False)),
    Acte(nom="reprendre", libelle="Expertise rendue : reprendre le délai", action=MENER,
         formulaire=SansChampForm, executer=_reprendre, possible=lambda branche: _court(branche, en_pause=True)),
    Acte(nom="decision", etape="decision", libelle="Enregistrer la décision de l’employeur", action=DECIDER, formulaire=DecisionForm,
         executer=_decider),
    Acte(nom="suites", etape="suites", libelle="Mettre le dossier en accord", action=MENER, formulaire=SuitesForm, executer=_suites,
         aide="Rien ne se requalifie de soi-même : la date d’effet est proposée d’après la décision."),
    Acte(nom="contester", libelle="Contester l’avis devant le conseil médical supérieur", action=DECIDER, possible=_contestable,
         formulaire=partial(ContesterForm, par=Contestataire.EMPLOYEUR), executer=_contester(Contestataire.EMPLOYEUR),
         aide="Pour l’employeur, dans les deux mois de la notification.", second=True),
    Acte(nom="contester-agent", libelle="Enregistrer la contestation de l’agent", action=MENER, possible=_contestable,
         formulaire=partial(ContesterForm, par=Contestataire.AGENT), executer=_contester(Contestataire.AGENT),
         aide="Devant le conseil médical supérieur, dans les deux mois de la notification.", second=True),
)  # fmt: skip


# -- Facts --------------------------------------------------------------------------------------------------------------------


def faits(user: User, branche: Branche) -> list[tuple[str, str]]:
    """What this person may read of it, in the order things happened."""
    saisine = _saisine(branche)
    lus = [("Objet", saisine.get_objet_display()), ("Devant", saisine.get_instance_display().lower())]
    if saisine.conteste is not None:
        lus.append(("Avis contesté", f"{_le(saisine.conteste.seance_le)}, par {saisine.get_contestee_par_display().lower()}"))
    if saisine.demande_agent_le is not None:
        lus.append(("Demandée par l’agent", f"le {jour(saisine.demande_agent_le)}"))
        if saisine.transmise_le is None:
            limite = saisine.demande_agent_le + delais.TRANSMETTRE
            lus.append(("À transmettre avant le", f"{jour(limite)} ; au-delà, l’agent peut saisir lui-même le conseil médical"))
    if saisine.transmise_le is None:
        lus += [("Manque encore", PieceSaisine(code).label) for code in saisine.pieces_manquantes]
    else:
        lus.append(("Transmise", f"le {jour(saisine.transmise_le)}, {saisine.get_formation_display().lower()}"))
        lus += [("Transmise incomplète", saisine.incomplet_motif)] if saisine.incomplet_motif else []
    if not peut(user, "piece_lire", branche.sinistre):
        return lus
    return lus + _avis_rendu(branche, saisine) + _decision(saisine)


def _avis_rendu(branche: Branche, saisine: Saisine) -> list[tuple[str, str]]:
    lus = []
    echeance = avis.minuterie(branche)
    if echeance is not None:
        attente = "délai suspendu par une expertise" if echeance.en_pause else f"le {jour(timezone.localdate(echeance.due_at))}"
        lus.append(("Silence : avis confirmé" if saisine.est_superieure else "Relance sans avis", attente))
    if saisine.ajournements:
        lus.append(("Ajournements", str(saisine.ajournements)))
    if saisine.sens and not regles.est_ajournee(saisine):
        lie = ", avis conforme" if saisine.avis_conforme else ", avis simple"
        seance = " (confirmé par le silence)" if saisine.silence else f" (séance {_le(saisine.seance_le)})"
        lus.append(("Avis", f"{saisine.get_sens_display()}{lie}{seance}"))
    if saisine.periode_debut is not None:
        lus.append(("Période accordée", f"du {jour(saisine.periode_debut)} au {jour(saisine.periode_fin or saisine.periode_debut)}"))
    if saisine.limite_contestation is not None:
        lus.append(("Contestable jusqu’au", jour(saisine.limite_contestation)))
    return lus


def _le(quand: dt.date | None) -> str:
    return f"du {jour(quand)}" if quand is not None else ""


def _decision(saisine: Saisine) -> list[tuple[str, str]]:
    if saisine.decision_le is None:
        return []
    effet = f", à effet du {jour(saisine.decision_effet)}" if saisine.decision_effet is not None else ""
    ecart = f" ; s’écarte de l’avis : {saisine.decision_motif}" if saisine.decision_motif else ""
    return [("Décision de l’employeur", f"{saisine.get_decision_display()} le {jour(saisine.decision_le)}{effet}{ecart}")]
