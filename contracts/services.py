"""Writes of contracts and staff. Everything is dated: what changes gets a new row, the past keeps its own.

Each raises Refus without the right `configuration_modifier` (`relances_regler` for the calendars of reminders), and django's
ValidationError, in French, when the data is wrong.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import Collectivite, Organisme, User
from contracts.enums import NATURES_BY_REGIME, DecompteDroits, Diviseur, GenreFranchise, ModeReglement, Regime, RegimeGestion, Statut
from contracts.models import (
    Adhesion,
    Agent,
    BaseAssurance,
    CalendrierRelances,
    ContratGroupe,
    Formule,
    FormuleAnnee,
    Remuneration,
    SituationAgent,
)
from journal.services import consigner

M = TypeVar("M", bound=models.Model)
L = TypeVar("L", SituationAgent, Remuneration)

ONE_DAY = dt.timedelta(days=1)
MAX_REMINDERS, MAX_DAY = 10, 250
"""Reminders of one calendar, and working days that it spans: a year. Beyond, it is a typing error."""
MIN_AGE = 14
"""Years: nobody is a public servant younger than that; a later birth date is a typing error."""


# -- Contracts -------------------------------------------------------------------------------------------------------


@transaction.atomic
def creer_contrat(
    *,
    acteur: User,
    numero: str,
    libelle: str,
    assureur: Organisme,
    courtier: Organisme | None,
    debut: dt.date,
    fin: dt.date,
    regime_gestion: str = RegimeGestion.CAPITALISATION,
    delai_declaration_jours: int = 120,
    diviseur: str = Diviseur.J360,
    rechutes_apres_terme: bool = True,
    mode_reglement: str = ModeReglement.ASSUREUR,
    decompte_droits: str = DecompteDroits.CALENDAIRE,
    delai_remboursement_jours: int | None = None,
) -> ContratGroupe:
    """Register a group contract. Both delays in calendar days (None: no delay of reimbursement is promised); both dates included."""
    exiger(acteur, "configuration_modifier")
    contrat = ContratGroupe(
        numero=numero,
        libelle=libelle,
        assureur=assureur,
        courtier=courtier,
        debut=debut,
        fin=fin,
        regime_gestion=regime_gestion,
        delai_declaration_jours=delai_declaration_jours,
        diviseur=diviseur,
        rechutes_apres_terme=rechutes_apres_terme,
        mode_reglement=mode_reglement,
        decompte_droits=decompte_droits,
        delai_remboursement_jours=delai_remboursement_jours,
    )
    return _create(acteur, contrat, "contrat.cree", {"numero": numero})


@transaction.atomic
def creer_formule(*, acteur: User, contrat: ContratGroupe, code: str, libelle: str, regime: str) -> Formule:
    """Add a cover to a contract, for one regime."""
    exiger(acteur, "configuration_modifier")
    return _create(acteur, Formule(contrat=contrat, code=code, libelle=libelle, regime=regime), "formule.creee", {"code": code})


@transaction.atomic
def fixer_termes(
    *,
    acteur: User,
    formule: Formule,
    annee: int,
    natures: Sequence[str],
    taux: Decimal,
    niveau: Decimal = Decimal(1),
    genre_franchise: str = GenreFranchise.AUCUNE,
    franchise_jours: int = 0,
    franchise_carence_comprise: bool = True,
    franchise_ecart: int = 0,
    niveaux: Mapping[str, Decimal] | None = None,
    niveau_ircantec: bool = False,
    plafond_jour: Decimal | None = None,
) -> FormuleAnnee:
    """Fix the terms of a formule for one year of survenance: `taux` in %, `niveau` from 0 to 1, `niveaux` those of some natures alone.

    `franchise_ecart`: days between two arrêts up to which the second brings no franchise of its own; `plafond_jour` in euros.

    Terms once fixed are never edited: sinistres of the year are pinned to them.
    """
    exiger(acteur, "configuration_modifier")
    etrangeres = sorted(set(natures) - NATURES_BY_REGIME.get(formule.regime, frozenset()))
    if etrangeres:
        raise ValidationError({"natures": f"N’existe pas au régime {formule.regime} : {', '.join(etrangeres)}."})
    if not formule.contrat.debut.year <= annee <= formule.contrat.fin.year:
        raise ValidationError({"annee": f"Le contrat {formule.contrat.numero} ne couvre pas l’année {annee}."})
    termes = FormuleAnnee(
        formule=formule,
        annee=annee,
        natures=list(natures),
        genre_franchise=genre_franchise,
        franchise_jours=franchise_jours,
        franchise_carence_comprise=franchise_carence_comprise,
        franchise_ecart=franchise_ecart,
        niveau=niveau,
        niveaux={nature: f"{un:.2f}" for nature, un in (niveaux or {}).items()},
        niveau_ircantec=niveau_ircantec,
        plafond_jour=plafond_jour,
        taux=taux,
    )
    return _create(acteur, termes, "formule.termes", {"annee": annee, "niveau": str(niveau), "taux": str(taux)})


@transaction.atomic
def adherer(*, acteur: User, collectivite: Collectivite, formule: Formule, debut: dt.date, fin: dt.date | None = None) -> Adhesion:
    """Make a collectivité a member, for the regime of the formule. One adhésion a day and a regime (constraint)."""
    exiger(acteur, "configuration_modifier")
    contrat = formule.contrat
    if not contrat.debut <= debut <= contrat.fin or (fin is not None and fin > contrat.fin):
        raise ValidationError({"debut": f"Le contrat va du {contrat.debut:%d/%m/%Y} au {contrat.fin:%d/%m/%Y} : l’adhésion s’y tient."})
    adhesion = Adhesion(collectivite=collectivite, formule=formule, regime=formule.regime, debut=debut, fin=fin)
    return _create(acteur, adhesion, "adhesion.creee", {"formule": formule.code, "debut": debut.isoformat()})


@transaction.atomic
def fixer_base(
    *,
    acteur: User,
    adhesion: Adhesion,
    annee: int,
    nbi: bool = True,
    sft: bool = False,
    indemnite_residence: bool = False,
    primes: bool = False,
    charges_patronales: Decimal = Decimal(0),
) -> BaseAssurance:
    """Say which pay components the adhésion insures in one year; `charges_patronales`: % of TIB and NBI, 0 or 10 to 60."""
    exiger(acteur, "configuration_modifier")
    base = BaseAssurance(
        adhesion=adhesion,
        annee=annee,
        nbi=nbi,
        sft=sft,
        indemnite_residence=indemnite_residence,
        primes=primes,
        charges_patronales=charges_patronales,
    )
    return _create(acteur, base, "base.fixee", {"annee": annee, "charges_patronales": str(charges_patronales)})


# -- Reminders -------------------------------------------------------------------------------------------------------


@transaction.atomic
def fixer_calendrier(
    *, acteur: User, contrat: ContratGroupe | None, stade: str, debut: dt.date, jours: Sequence[int], appel: int
) -> CalendrierRelances:
    """Say when missing pièces are asked for again, from `debut` on: the row before ends on its eve, one of the same day is written over.

    `jours`: working days after the request, each beyond the one before; `appel`: the one on which the collectivité is to be called.
    Of the CDG without `contrat`, of every stage with an empty `stade`. What was decided before `debut` stays as it was.
    """
    exiger(acteur, "relances_regler")
    fautes = _calendar_faults(debut, list(jours), appel)
    if fautes:
        raise ValidationError(fautes)
    rows = CalendrierRelances.objects.select_for_update(of=("self",)).filter(contrat=contrat, stade=stade)
    latest = rows.order_by("-debut").first()
    if latest is not None and latest.debut > debut:
        raise ValidationError({"debut": f"Un calendrier commence déjà le {latest.debut:%d/%m/%Y} : choisissez ce jour ou un jour suivant."})
    donnees = {
        "contrat": contrat.pk if contrat is not None else None, "stade": stade, "debut": debut.isoformat(), "jours": list(jours),
        "appel": appel,
    }  # fmt: skip
    if latest is not None and latest.debut == debut:
        latest.jours, latest.appel, latest.fin = list(jours), appel, None
        latest.full_clean()
        latest.save(update_fields=["jours", "appel", "fin"])
        consigner(acteur=acteur, action="calendrier.corrige", objet_type="calendrierrelances", objet_id=latest.pk, donnees=donnees)
        return latest
    if latest is not None and (latest.fin is None or latest.fin >= debut):
        latest.fin = debut - ONE_DAY
        latest.save(update_fields=["fin"])
    nouveau = CalendrierRelances(contrat=contrat, stade=stade, debut=debut, jours=list(jours), appel=appel)
    return _create(acteur, nouveau, "calendrier.fixe", donnees)


def _calendar_faults(debut: dt.date, jours: list[int], appel: int) -> dict[str, str]:
    fautes: dict[str, str] = {}
    if debut < timezone.localdate():
        fautes["debut"] = "Ce jour est passé : un calendrier vaut à partir d’aujourd’hui au plus tôt."
    if not jours or jours[0] < 1 or any(apres <= avant for avant, apres in pairwise(jours)):
        fautes["jours"] = "Donnez des jours ouvrés croissants, à partir de 1 : « 7, 21, 45 »."
    elif len(jours) > MAX_REMINDERS or jours[-1] > MAX_DAY:
        fautes["jours"] = f"Au plus {MAX_REMINDERS} relances, sur {MAX_DAY} jours ouvrés."
    elif not jours[-1] < appel <= MAX_DAY:
        fautes["appel"] = f"L’appel vient après la dernière relance ({jours[-1]} jours ouvrés), dans les {MAX_DAY} jours ouvrés."
    return fautes


def _create(acteur: User, objet: M, action: str, donnees: dict[str, Any]) -> M:
    """Check every field and constraint, insert, append the journal entry."""
    objet.full_clean()
    objet.save(force_insert=True)
    consigner(acteur=acteur, action=action, objet_type=objet._meta.model_name or "", objet_id=objet.pk, donnees=donnees)
    return objet


# -- Staff -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LigneSituation:
    """A statut and a regime from `debut` to `fin` (both included; no end: still)."""

    debut: dt.date
    statut: str
    regime: str
    heures_hebdomadaires: Decimal = Decimal(35)
    fin: dt.date | None = None


@dataclass(frozen=True)
class LigneRemuneration:
    """Annual gross amounts in euros from `debut` to `fin` (both included; no end: still)."""

    debut: dt.date
    tib: Decimal
    nbi: Decimal = Decimal(0)
    sft: Decimal = Decimal(0)
    indemnite_residence: Decimal = Decimal(0)
    primes: Decimal = Decimal(0)
    fin: dt.date | None = None


@dataclass(frozen=True)
class FicheAgent:
    """An agent as his employer describes him."""

    matricule: str
    nom: str
    prenom: str
    naissance: dt.date
    situations: tuple[LigneSituation, ...]
    remunerations: tuple[LigneRemuneration, ...] = field(default=())


@transaction.atomic
def inscrire_agents(*, acteur: User, collectivite: Collectivite, fiches: Sequence[FicheAgent]) -> list[Agent]:
    """Register the agents of a collectivité, all or none of them.

    Raises ValidationError with one sentence for each wrong fiche, named by its place and matricule.
    """
    exiger(acteur, "configuration_modifier")
    connus = set(
        Agent.objects.filter(collectivite=collectivite, matricule__in=[f.matricule for f in fiches]).values_list("matricule", flat=True)
    )
    fautes: list[str] = []
    agents: list[Agent] = []
    situations: list[SituationAgent] = []
    remunerations: list[Remuneration] = []
    for rang, fiche in enumerate(fiches, start=1):
        agent = Agent(collectivite=collectivite, matricule=fiche.matricule, nom=fiche.nom, prenom=fiche.prenom, naissance=fiche.naissance)
        own_situations = [SituationAgent(agent=agent, **vars(ligne)) for ligne in fiche.situations]
        own_remunerations = [Remuneration(agent=agent, **vars(ligne)) for ligne in fiche.remunerations]
        found = _faults(agent, own_situations, own_remunerations)
        if fiche.matricule in connus:
            found.append("ce matricule est déjà pris dans cette collectivité")
        connus.add(fiche.matricule)
        fautes += [f"Fiche {rang} (matricule {fiche.matricule or 'absent'}) : {faute}." for faute in found]
        agents.append(agent)
        situations += own_situations
        remunerations += own_remunerations
    if fautes:
        raise ValidationError(fautes)
    try:
        with transaction.atomic():
            Agent.objects.bulk_create(agents)
            SituationAgent.objects.bulk_create(situations)
            Remuneration.objects.bulk_create(remunerations)
    except IntegrityError as error:
        raise ValidationError("Ces agents étaient en cours d’inscription ailleurs : rien n’a été enregistré.") from error
    consigner(
        acteur=acteur,
        action="agents.inscrits",
        objet_type="collectivite",
        objet_id=collectivite.pk,
        donnees={"nombre": len(agents)},
    )
    return agents


def _faults(agent: Agent, situations: list[SituationAgent], remunerations: list[Remuneration]) -> list[str]:
    """Everything wrong with one fiche, as French fragments. Reads nothing from the database."""
    fautes: list[str] = []
    for objet in (agent, *situations, *remunerations):
        try:
            objet.clean_fields(exclude=["agent", "collectivite", "compte"])
        except ValidationError as error:
            fautes += [f"{champ} : {' '.join(messages)}".rstrip(".") for champ, messages in error.message_dict.items()]
    if fautes:
        return fautes
    if not situations:
        return ["aucune situation"]
    if agent.naissance.year + MIN_AGE > min(s.debut for s in situations).year:
        fautes.append(f"la date de naissance donne moins de {MIN_AGE} ans à l’entrée")
    for lignes, nom in ((situations, "situations"), (remunerations, "rémunérations")):
        fautes += [f"{nom} : {faute}" for faute in _date_faults([(ligne.debut, ligne.fin) for ligne in lignes])]
    if any(s.statut == Statut.CONTRACTUEL and s.regime != Regime.IRCANTEC for s in situations):
        fautes.append("un contractuel relève de l’IRCANTEC")
    if any(min(r.tib, r.nbi, r.sft, r.indemnite_residence, r.primes) < 0 for r in remunerations):
        fautes.append("une rémunération est négative")
    return fautes


def _date_faults(periodes: list[tuple[dt.date, dt.date | None]]) -> list[str]:
    fautes = ["une fin précède son début" for debut, fin in periodes if fin is not None and fin < debut]
    ordonnees = sorted(periodes, key=lambda periode: periode[0])
    for (_, fin), (debut, _) in pairwise(ordonnees):
        if fin is None or fin >= debut:
            fautes.append("deux périodes se recouvrent")
    return fautes


@transaction.atomic
def changer_situation(*, acteur: User, agent: Agent, ligne: LigneSituation) -> SituationAgent:
    """Give an agent another statut or regime from `ligne.debut` on; the one before ends on its eve."""
    return _change(acteur, agent, SituationAgent(agent=agent, **vars(ligne)), "agent.situation")


@transaction.atomic
def changer_remuneration(*, acteur: User, agent: Agent, ligne: LigneRemuneration) -> Remuneration:
    """Give an agent another pay from `ligne.debut` on; the one before ends on its eve."""
    return _change(acteur, agent, Remuneration(agent=agent, **vars(ligne)), "agent.remuneration")


def _change(acteur: User, agent: Agent, nouvelle: L, action: str) -> L:
    exiger(acteur, "configuration_modifier")
    Agent.objects.select_for_update(of=("self",)).get(pk=agent.pk)
    courante = type(nouvelle).objects.filter(agent=agent).order_by("-debut").first()
    if courante is not None and nouvelle.debut <= courante.debut:
        raise ValidationError({"debut": f"Une ligne plus récente existe déjà, depuis le {courante.debut:%d/%m/%Y}."})
    if courante is not None and (courante.fin is None or courante.fin >= nouvelle.debut):
        courante.fin = nouvelle.debut - ONE_DAY
        courante.save(update_fields=["fin"])
    return _create(acteur, nouvelle, action, {"agent": agent.pk, "debut": nouvelle.debut.isoformat()})
