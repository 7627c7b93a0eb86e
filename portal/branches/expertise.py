"""The expertise médicale at the doors: what the gestionnaire and the employer ask, do and read. Nothing medical comes here."""

from __future__ import annotations

from typing import Any

from django.utils.text import capfirst

from accounts.gate import peut
from accounts.models import User
from cases.enums import Canal, Etat, GenreTache
from cases.enums_expertise import (
    CARENCE_DE_L_AGENT,
    ButExpertise,
    SuiteExamen,
)
from cases.models import Branche, Expertise, InterruptionVersement, Sinistre, Tache
from cases.states import PASSAGES
from portal.branches.expertise_formulaires import (
    AbsenceForm,
    ConvoquerForm,
    DecisionForm,
    DemandeForm,
    DesignerForm,
    FinForm,
    HonorairesForm,
    LeverForm,
    MedecinForm,
    RecuserForm,
    RefusForm,
    SansHonorairesForm,
    VideForm,
    dossier_de,
)
from portal.presentation import instant, jour
from portal.procedures import GESTION, Acte, Demande
from workflows.branches.expertise import actes, decision
from workflows.branches.expertise.demande import demander
from workflows.demande import Demande as DemandeDeTransition
from workflows.lifecycle import transiter

GABARIT = "portal/branches/expertise.html"
LIRE_AVANT = True


# -- The request -----------------------------------------------------------------------------------------------------------------


def _demander(acteur: User, sinistre: Sinistre, lu: dict[str, Any], canal: Canal) -> Branche:
    return demander(
        acteur=acteur, sinistre=sinistre, buts=lu["buts"], arret=lu["arret"], obligatoire=lu["obligatoire"], medecin=lu.get("medecin"),
        canal=canal,
    )  # fmt: skip


DEMANDE: Demande | None = Demande(
    action="expertise_demander",
    libelle="Demander une expertise",
    formulaire=DemandeForm,
    executer=_demander,
    portes=(GESTION,),
    aide="Le médecin conseil rédige la mission dans la bulle ; vous désignez ensuite le médecin agréé et convoquez l’agent.",
)


# -- The médecin agréé, the convocation --------------------------------------------------------------------------------------------


def _designer(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    actes.designer(acteur=acteur, branche=branche, medecin=lu["medecin"], atteste=lu["atteste"])
    return "Le médecin est désigné. Fixez le rendez-vous avec lui."


def _convoquer(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    actes.convoquer(acteur=acteur, branche=branche, le=lu["le"], lieu=lu["lieu"], motif_preavis=lu["motif_preavis"], fin=lu["fin"])
    return "L’agent est convoqué ; la mission est confiée au médecin."


def _prolonger(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    actes.prolonger(acteur=acteur, branche=branche, fin=lu["fin"])
    return f"La mission court jusqu’au {jour(lu['fin'])}."


# -- What prevents the examination -------------------------------------------------------------------------------------------------


def _constater(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    reporter = lu["reporter"] == "oui"
    actes.constater_absence(acteur=acteur, branche=branche, absence=lu["absence"], reporter=reporter)
    return "Fixez un autre rendez-vous." if reporter else "L’expertise s’arrête sans examen : l’employeur est prévenu."


def _finir(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    actes.finir_sans_examen(acteur=acteur, branche=branche)
    return "L’expertise s’arrête sans examen : l’employeur est prévenu."


def _recuser(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    actes.recuser(acteur=acteur, branche=branche, motif=lu["motif"])
    return "Ce médecin est écarté : il ne lit plus rien de ce dossier. Désignez-en un autre."


# -- The fees ------------------------------------------------------------------------------------------------------------------------


def _payer(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    honoraire = actes.saisir_honoraires(acteur=acteur, branche=branche, **lu)
    return f"La facture est saisie, à la charge de : {honoraire.get_charge_display().lower()}."


def _renoncer(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    actes.renoncer_aux_honoraires(acteur=acteur, branche=branche, raison=lu["raison"])
    return "C’est noté : aucune facture n’est attendue."


# -- The decision, and what follows ------------------------------------------------------------------------------------------------


def _decider(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    decision.decider(
        acteur=acteur, branche=branche, decision=lu["decision"], le=lu["le"], motivation=lu["motivation"],
        consolidation=lu.get("consolidation"), a_compter_du=lu.get("a_compter_du"),
    )  # fmt: skip
    return "La décision est enregistrée. Rien n’est refusé ni clos de ce seul fait."


def _lever(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    decision.lever_interruption(acteur=acteur, branche=branche, reprise_le=lu["reprise_le"], motif=lu["motif_levee"])
    return f"Le versement reprend à compter du {jour(lu['reprise_le'])}."


def _proposer_refus(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    transiter(acteur=acteur, numero=dossier_de(branche).numero, nom="proposer_refus", demande=DemandeDeTransition(**lu))
    return "Le refus est proposé : la médiation s’ouvre."


def _changer(acteur: User, branche: Branche, lu: dict[str, Any]) -> str:
    actes.changer_de_medecin_conseil(acteur=acteur, branche=branche, medecin=lu["medecin"])
    return f"Le dossier est confié à {lu['medecin'].get_full_name()}."


def _awaits_report(branche: Branche) -> bool:
    expertise = branche.expertise
    return branche.est_en_cours and expertise.medecin_id is not None and expertise.convoquee_le is not None and not expertise.suite


def _has_medecin(branche: Branche) -> bool:
    expertise = branche.expertise
    return branche.est_en_cours and expertise.medecin_id is not None and expertise.suite in ("", SuiteExamen.REPORT)


def _missed_by_the_agent(branche: Branche) -> bool:
    expertise = branche.expertise
    return branche.est_en_cours and expertise.suite == SuiteExamen.REPORT and expertise.absence in CARENCE_DE_L_AGENT


def _taken_back(branche: Branche) -> bool:
    expertise = branche.expertise
    return branche.est_en_cours and not expertise.est_conclue and expertise.avis.rappele_le is not None


def _interrupted(branche: Branche) -> bool:
    return InterruptionVersement.objects.filter(branche=branche, levee_le__isnull=True).exists()


def _refusal_prepared(branche: Branche) -> bool:
    if dossier_de(branche).etat not in PASSAGES["proposer_refus"].depuis or dossier_de(branche).etat == Etat.EN_MEDIATION:
        return False
    return Tache.objects.filter(genre=GenreTache.EX_SUITES, objet_type="branche", objet_id=branche.pk, fermee_le__isnull=True).exists()


ACTES: tuple[Acte, ...] = (
    Acte("designer", "Désigner le médecin agréé", "expertise_mener", DesignerForm, _designer, etape="designer"),
    Acte("convoquer", "Convoquer l’agent", "expertise_mener", ConvoquerForm, _convoquer, etape="convoquer"),
    Acte("sans-examen", "En rester là sans examen", "expertise_mener", VideForm, _finir, possible=_missed_by_the_agent, second=True),
    Acte("absence", "L’examen n’a pas eu lieu", "expertise_mener", AbsenceForm, _constater, possible=_awaits_report, second=True),
    Acte("prolonger", "Prolonger la mission", "expertise_mener", FinForm, _prolonger, possible=_awaits_report, second=True),
    Acte("recuser", "Remplacer le médecin", "expertise_mener", RecuserForm, _recuser, possible=_has_medecin, second=True),
    Acte("decider", "Enregistrer la décision de l’employeur", "expertise_decider", DecisionForm, _decider, etape="decision"),
    Acte("lever", "Lever l’interruption du versement", "expertise_decider", LeverForm, _lever, possible=_interrupted, second=True),
    Acte(
        "proposer-refus", "Proposer un refus", "proposer_refus", RefusForm, _proposer_refus, possible=_refusal_prepared,
        aide="Les conclusions sont défavorables. Le motif et la portée sont préparés ; la médiation précède tout refus.",
    ),
    Acte("honoraires", "Saisir les honoraires", "honoraires_saisir", HonorairesForm, _payer, etape="honoraires"),
    Acte("sans-honoraires", "Pas d’honoraires", "honoraires_saisir", SansHonorairesForm, _renoncer, etape="honoraires", second=True),
    Acte("medecin-conseil", "Confier à un autre médecin conseil", "expertise_mener", MedecinForm, _changer, possible=_taken_back),
)  # fmt: skip


# -- What is read --------------------------------------------------------------------------------------------------------------------


def _readable(user: User, branche: Branche) -> bool:
    """Conclusions are read by those who read the administrative pièces: employer, CDG, insurer; not by the payeur (domain: §5.2, §7)."""
    return peut(user, "piece_lire", branche.sinistre)


def faits(user: User, branche: Branche) -> list[tuple[str, str]]:
    expertise = Expertise.objects.select_related("avis__medecin", "medecin", "arret").get(branche=branche)
    found: list[tuple[str, str]] = []
    if _readable(user, branche):
        found.append(("Doit établir", capfirst(", ".join(ButExpertise(but).label.lower() for but in expertise.buts))))
        if expertise.arret is not None:
            found.append(("Période en question", str(expertise.arret)))
    found.append(("Honoraires", "À la charge de la collectivité" if expertise.obligatoire else "À la charge de l’assureur"))
    found.append(("Médecin conseil", expertise.avis.medecin.get_full_name()))
    if expertise.medecin is not None:
        found.append(("Médecin agréé", str(expertise.medecin)))
    if expertise.rendez_vous is not None and expertise.medecin is not None:
        found.append(("Examen", f"{instant(expertise.rendez_vous)}, {expertise.lieu}"))
        if expertise.motif_preavis:
            found.append(("Préavis raccourci", expertise.motif_preavis))
    if expertise.fin is not None and _awaits_report(branche):
        found.append(
            ("Rapport attendu", f"{'par courrier' if expertise.par_courrier else 'dans la bulle'}, au plus tard le {jour(expertise.fin)}")
        )
    if expertise.absence:
        found.append(("Sans examen", expertise.get_absence_display()))
    for une in InterruptionVersement.objects.filter(branche=branche).order_by("pk"):
        fin = f", repris le {jour(une.reprise_le)}" if une.reprise_le is not None else ""
        found.append(("Versement", f"Interrompu à compter du {jour(une.a_compter_du)}{fin}"))
    if expertise.sans_honoraires:
        found.append(("Pas d’honoraires", expertise.sans_honoraires))
    return found


def contexte(user: User, branche: Branche) -> dict[str, Any]:
    expertise = branche.expertise
    return {
        "expertise": expertise,
        "lisible": _readable(user, branche),
        "reponses": expertise.reponses_donnees,
    }
