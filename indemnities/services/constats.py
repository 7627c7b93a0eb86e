"""What is known besides the dossier: entered, annulled, never edited.

The caller (workflows/constats.py) holds the locks of the sinistres and of the agent, and the transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.gate import Refus, exiger
from accounts.models import User
from cases.enums import Etat, GenreArret
from cases.errors import DonneeInvalide, TransitionImpossible
from cases.models import Arret, Sinistre
from contracts.enums import Nature
from contracts.models import Agent
from indemnities.enums import GenreMontant, OrigineConstat
from indemnities.models import ArretConnu, MontantConstate
from indemnities.rules_constats import MOTIF_MAX, LigneArret, LigneMontant, Prise, fautes_arret, fautes_montant
from indemnities.selectors_constats import arrets_connus_de, arrets_declares, montants_de
from journal.services import annoncer, consigner

Constat = ArretConnu | MontantConstate
C = TypeVar("C", ArretConnu, MontantConstate)

TYPES: dict[type[Constat], str] = {ArretConnu: "arret_connu", MontantConstate: "montant_constate"}
OCCUPE = {
    "arret_connu_sans_recouvrement": "Des jours de cet arrêt sont déjà dans un autre arrêt connu de l’agent.",
    "montant_constate_sans_recouvrement": "Des jours de cette période sont déjà dans un autre montant de ce dossier.",
}


def exiger_sur_agent(acteur: User, action: str, agent: Agent) -> None:
    """The gate's answer for an agent: as for a dossier, nobody acts on what concerns himself. Raises Refus."""
    exiger(acteur, action, agent)
    if agent.compte_id == acteur.pk:
        raise Refus("Vous ne pouvez rien saisir pour vous-même.", action=action, visible=True)


def saisir_arret(*, acteur: User, agent: Agent, ligne: LigneArret) -> ArretConnu:
    """Enter a leave that no dossier declares. Raises Refus, DonneeInvalide (the days of a dossier are refused with its number)."""
    exiger_sur_agent(acteur, "constat_saisir", agent)
    prises = [*prises_connues(arrets_connus_de(agent)), *prises_declarees(arrets_declares([agent.pk]))]
    fautes = fautes_arret(ligne, naissance=agent.naissance, aujourdhui=timezone.localdate(), prises=prises)
    if fautes:
        raise DonneeInvalide(fautes)
    (arret,) = creer(ArretConnu, [arret_de(acteur, agent, ligne, OrigineConstat.SAISI)])
    noter(acteur, "arret_connu.saisi", arret, donnees={**_periode(arret), "nature": arret.nature, "agent": agent.pk})
    return arret


def saisir_montant(*, acteur: User, sinistre: Sinistre, ligne: LigneMontant) -> MontantConstate:
    """Enter what a paper says was paid. Raises Refus, DonneeInvalide, TransitionImpossible on a dossier cancelled or refused."""
    exiger(acteur, "constat_saisir", sinistre)
    exiger_vivant(sinistre)
    arrets = sinistre.arrets.filter(actif=True).values_list("debut", "fin")
    fautes = fautes_montant(
        ligne,
        regime=sinistre.regime,
        aujourdhui=timezone.localdate(),
        arrets=arrets,
        prises=prises_de_montants(montants_de(sinistre, ligne.genre)),
    )
    if fautes:
        raise DonneeInvalide(fautes)
    (montant,) = creer(MontantConstate, [montant_de(acteur, sinistre, ligne, OrigineConstat.SAISI)])
    noter(acteur, "montant_constate.saisi", montant, sinistre_id=sinistre.pk, donnees=contenu(montant))
    return montant


def annuler(*, acteur: User, constat: Constat, motif: str) -> None:
    """Annul a leave or an amount, for good, with its motive. Raises Refus, DonneeInvalide, TransitionImpossible when it is already."""
    if isinstance(constat, ArretConnu):
        exiger_sur_agent(acteur, "constat_annuler", constat.agent)
    else:
        exiger(acteur, "constat_annuler", constat.sinistre)
    motif = motif.strip()
    if not motif or len(motif) > MOTIF_MAX:
        raise DonneeInvalide.sur("motif", "Dites pourquoi cette ligne est annulée." if not motif else f"{MOTIF_MAX} caractères au plus.")
    fresh = type(constat).objects.select_for_update(of=("self",)).get(pk=constat.pk)
    if fresh.annule_le is not None:
        raise TransitionImpossible("Cette ligne est déjà annulée.")
    fresh.annule_par, fresh.annule_le, fresh.motif_annulation = acteur, timezone.now(), motif
    fresh.save(update_fields=["annule_par", "annule_le", "motif_annulation"])
    sinistre_id = None if isinstance(fresh, ArretConnu) else fresh.sinistre_id
    noter(acteur, f"{TYPES[type(fresh)]}.annule", fresh, sinistre_id=sinistre_id, motif=motif, donnees=_periode(fresh))


# -- Shared with the import ---------------------------------------------------------------------------------------------------


def exiger_vivant(sinistre: Sinistre) -> None:
    """Raise TransitionImpossible on a dossier where nothing is paid any more."""
    if sinistre.etat in (Etat.ANNULE, Etat.REFUSE):
        raise TransitionImpossible(f"Le dossier {sinistre.numero} est « {sinistre.get_etat_display().lower()} » : rien ne s’y paie plus.")


def arret_de(acteur: User, agent: Agent, ligne: LigneArret, origine: OrigineConstat) -> ArretConnu:
    ligne = replace(ligne, certificat_du=ligne.certificat_du or ligne.debut)
    return ArretConnu(agent=agent, origine=origine, saisi_par=acteur, **vars(ligne))


def montant_de(acteur: User, sinistre: Sinistre, ligne: LigneMontant, origine: OrigineConstat) -> MontantConstate:
    ligne = replace(ligne, reference=ligne.reference.strip())
    return MontantConstate(sinistre=sinistre, origine=origine, saisi_par=acteur, **vars(ligne))


def creer(modele: type[C], constats: Sequence[C]) -> list[C]:
    """Insert, all or none. Raises DonneeInvalide when another transaction has taken some of the days meanwhile."""
    try:
        with transaction.atomic():
            return modele.objects.bulk_create(constats)
    except IntegrityError as error:
        for contrainte, message in OCCUPE.items():
            if contrainte in str(error):
                raise DonneeInvalide.sur("debut", message) from error
        raise


def prises_connues(arrets: Iterable[ArretConnu]) -> list[Prise]:
    return [Prise(a.debut, a.fin, f"l’arrêt connu du {a.debut:%d/%m/%Y} au {a.fin:%d/%m/%Y}") for a in arrets if a.nature != Nature.TPT]


def prises_declarees(arrets: Iterable[Arret]) -> list[Prise]:
    return [Prise(a.debut, a.fin, f"le dossier {a.sinistre.numero}") for a in arrets if a.genre != GenreArret.TPT]


def prises_de_montants(montants: Iterable[MontantConstate]) -> list[Prise]:
    noms = {GenreMontant.CPAM: "le décompte", GenreMontant.PAIE: "la paie"}
    return [Prise(m.debut, m.fin, f"{noms[GenreMontant(m.genre)]} du {m.debut:%d/%m/%Y} au {m.fin:%d/%m/%Y}") for m in montants]


def noter(
    acteur: User, action: str, constat: Constat, *, sinistre_id: int | None = None, motif: str = "", donnees: dict[str, Any] | None = None
) -> None:
    """Journal row and event of an act on one leave or amount."""
    genre = TYPES[type(constat)]
    consigner(acteur=acteur, action=action, objet_type=genre, objet_id=constat.pk, sinistre_id=sinistre_id, motif=motif, donnees=donnees)
    annoncer(type=action, objet_type=genre, objet_id=constat.pk, sinistre_id=sinistre_id)


def contenu(montant: MontantConstate) -> dict[str, Any]:
    return {"genre": montant.genre, **_periode(montant), "montant": f"{montant.montant:.2f}"}


def _periode(constat: Constat) -> dict[str, str]:
    return {"debut": constat.debut.isoformat(), "fin": constat.fin.isoformat()}
