"""The demand that the engine of indemnities answers for one dossier, from its rows: about a dozen queries, however long the leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from cases.errors import DonneeInvalide, GardeNonSatisfaite
from cases.models import Sinistre
from cases.services.interruptions import interruptions_de
from contracts.enums import GenreFranchise, Regime, RegimeGestion
from contracts.models import Adhesion, BaseAssurance, DatedQuerySet
from contracts.models import Remuneration as LigneDePaie
from indemnities.calcul import ijss
from indemnities.calcul.lignes import RemunerationInconnue, calculer
from indemnities.calcul.modele import (
    ArretDroit,
    Assiette,
    Composante,
    Demande,
    Ecarte,
    Franchise,
    Ligne,
    Montant,
    Remuneration,
    Sort,
    Termes,
)
from indemnities.dossier.histoire import Suivi, agent_de, histoire_de
from indemnities.dossier.intervalles import JOUR, Intervalle, overlap, without
from indemnities.droits import modele, moteur, regles
from indemnities.enums import GenreMontant
from indemnities.models import FaitsDroits
from indemnities.selectors_constats import montants_de

TOUJOURS = dt.date(2199, 12, 31)


@dataclass(frozen=True)
class DossierCalcule:
    """A dossier ready to be reckoned. `jours` are its own runs of leave, those that another dossier has taken left out.

    `sans_ijss`: days whose allowances of the Sécurité sociale nobody knows nor can estimate: they wait for the CPAM's décompte.
    """

    demande: Demande
    jours: tuple[Intervalle, ...]
    sans_ijss: tuple[Intervalle, ...] = ()

    def lignes(self, debut: dt.date, fin: dt.date, *, a_payer: bool = True) -> list[Ligne]:
        """The lines of [debut, fin], in date order. Raises GardeNonSatisfaite where the pay of a day is not known, nor, when they are
        `a_payer`, its allowances."""
        attendues = [jours for jours in self.sans_ijss if overlap(jours, (debut, fin))] if a_payer else []
        if attendues:
            raise GardeNonSatisfaite([sans_decompte_cpam(*jours) for jours in attendues])
        bounds = {debut, fin + JOUR} | {bound for premier, dernier in self.jours for bound in (premier, dernier + JOUR)}
        try:
            lignes = calculer(replace(self.demande, coupures=sorted(bounds)))
        except RemunerationInconnue as error:
            raise GardeNonSatisfaite([f"La rémunération de l’agent au {error.le:%d/%m/%Y} n’est pas connue."]) from error
        return [
            ligne for ligne in lignes
            if debut <= ligne.debut and ligne.fin <= fin and any(overlap((ligne.debut, ligne.fin), jours) for jours in self.jours)
        ]  # fmt: skip


def sans_decompte_cpam(debut: dt.date, fin: dt.date) -> str:
    """Why these days wait."""
    return f"Du {debut:%d/%m/%Y} au {fin:%d/%m/%Y}, le décompte de la CPAM manque : rien ne permet d’estimer ses indemnités."


def lire(sinistre: Sinistre) -> DossierCalcule:
    """Read all that the indemnity of `sinistre` depends on, and reckon the agent's rights.

    Raises GardeNonSatisfaite with each reason, in French, for which nothing can be reckoned.
    """
    agent = agent_de(sinistre)
    faits = {f.sinistre_id: f for f in FaitsDroits.objects.filter(sinistre__agent=sinistre.agent_id)}
    suivis = histoire_de(sinistre, agent, faits)
    try:
        resultat = moteur.droits(
            [s.arret for s in suivis],
            nature=modele.Nature.CMO,
            agent=agent,
            decompte=modele.Decompte(sinistre.contrat.decompte_droits),
        )
    except DonneeInvalide as error:
        raise GardeNonSatisfaite([message for messages in error.champs.values() for message in messages]) from error
    couples = list(zip(sorted(suivis, key=lambda s: s.jours), resultat.droits, strict=True))
    adhesion = _adhesion(sinistre)
    termes = _terms(sinistre, adhesion)
    remunerations = [_pay(r) for r in LigneDePaie.objects.filter(agent=sinistre.agent_id).order_by("debut")]
    arrets = [a for suivi, droit in couples if _counts(suivi, sinistre, termes) for a in _with_rights(suivi, droit)]
    propres = [s for s in suivis if s.sinistre_id == sinistre.pk]
    allocations, inconnues = _allowances(sinistre, propres, remunerations)
    return DossierCalcule(
        demande=Demande(
            regime=sinistre.regime,
            survenance=sinistre.survenance,
            arrets=arrets,
            remunerations=remunerations,
            assiette=_insured(sinistre, adhesion),
            termes=termes,
            ijss=allocations,
            maintenu=[m.en_calcul() for m in montants_de(sinistre, GenreMontant.PAIE)],
            ecartes=[*_interrupted(sinistre), *_refused(sinistre, faits.get(sinistre.pk))],
        ),
        jours=tuple(s.jours for s in propres),
        sans_ijss=tuple(inconnues),
    )


def _counts(suivi: Suivi, sinistre: Sinistre, termes: Termes) -> bool:
    """Whether an arrêt takes part in this dossier's lines: its own; for a cumulated franchise, all those of the contract."""
    if suivi.sinistre_id == sinistre.pk:
        return True
    return termes.franchise.genre == GenreFranchise.CUMULEE and suivi.contrat_id == sinistre.contrat_id


def _with_rights(suivi: Suivi, droit: modele.Droit) -> Iterator[ArretDroit]:
    """Half pay kept while the avis is awaited is a guarantee of its own (MDT), which not every contract has (domain: §1.2)."""
    for maintenu, segments in groupby(droit.segments, key=lambda s: s.motif is regles.MAINTIEN):
        nature = modele.Nature.MDT if maintenu else droit.nature
        yield ArretDroit(str(nature), tuple(segments), rechute=suivi.rechute, absence=suivi.absence)


# -- The contract ------------------------------------------------------------------------------------------------------------


def _adhesion(sinistre: Sinistre) -> Adhesion:
    adhesions: DatedQuerySet = Adhesion.objects.en_vigueur(sinistre.survenance)
    adhesion: Adhesion | None = adhesions.filter(
        collectivite=sinistre.collectivite_id, formule=sinistre.termes.formule_id, regime=sinistre.regime
    ).first()
    if adhesion is None:
        raise GardeNonSatisfaite([f"L’adhésion de la collectivité au {sinistre.survenance:%d/%m/%Y} est introuvable."])
    return adhesion


def _terms(sinistre: Sinistre, adhesion: Adhesion) -> Termes:
    """The terms of the year of survenance. In répartition nothing is paid past the contract's end, nor the adhésion's (domain: §4.4)."""
    annee, contrat = sinistre.termes, sinistre.contrat
    capitalisation = contrat.regime_gestion == RegimeGestion.CAPITALISATION
    return Termes(
        diviseur=contrat.diviseur,
        franchise=Franchise(annee.genre_franchise, annee.franchise_jours, annee.franchise_carence_comprise, annee.franchise_ecart),
        niveau=annee.niveau,
        niveaux={nature: annee.niveau_de(nature) for nature in annee.niveaux},
        niveau_ircantec=annee.niveau_ircantec,
        suit_les_hausses=capitalisation,
        plafond_jour=annee.plafond_jour,
        natures=frozenset(annee.natures),
        fin_de_couverture=None if capitalisation else min(contrat.fin, adhesion.fin or contrat.fin),
        decompte=modele.Decompte(contrat.decompte_droits),
    )


def _insured(sinistre: Sinistre, adhesion: Adhesion) -> Assiette:
    """The components insured the year of the survenance; the last fixed before it where that year has none of its own."""
    base = BaseAssurance.objects.filter(adhesion=adhesion, annee__lte=sinistre.survenance.year).order_by("-annee").first()
    if base is None:
        raise GardeNonSatisfaite([f"La base d’assurance de la collectivité pour {sinistre.survenance.year} n’est pas fixée."])
    choisies = {
        Composante.NBI: base.nbi,
        Composante.SFT: base.sft,
        Composante.IR: base.indemnite_residence,
        Composante.PRIMES: base.primes,
    }
    composantes = frozenset({Composante.TIB, *(composante for composante, assuree in choisies.items() if assuree)})
    return Assiette(composantes, base.charges_patronales)


def _pay(ligne: LigneDePaie) -> Remuneration:
    return Remuneration(
        debut=ligne.debut,
        fin=ligne.fin,
        tib=ligne.tib,
        nbi=ligne.nbi,
        sft=ligne.sft,
        ir=ligne.indemnite_residence,
        primes=ligne.primes,
    )


# -- What is taken out -------------------------------------------------------------------------------------------------------


def _interrupted(sinistre: Sinistre) -> Iterator[Ecarte]:
    for une in interruptions_de(sinistre):
        fin = TOUJOURS if une.reprise_le is None else une.reprise_le - JOUR
        if une.a_compter_du <= fin:
            yield Ecarte(une.a_compter_du, fin, Sort.INTERROMPU)


def _refused(sinistre: Sinistre, faits: FaitsDroits | None) -> list[Ecarte]:
    """The days that the insurer refused. A partial refusal whose days nobody has said can't be reckoned."""
    if faits is not None and faits.refus_debut is not None and faits.refus_fin is not None:
        return [Ecarte(faits.refus_debut, faits.refus_fin, Sort.REFUSE)]
    if sinistre.motif_refus:
        raise GardeNonSatisfaite(["Une partie de ce dossier est refusée : dites quels jours avant de calculer."])
    return []


# -- Sécurité sociale --------------------------------------------------------------------------------------------------------


def _allowances(
    sinistre: Sinistre, suivis: Sequence[Suivi], remunerations: Sequence[Remuneration]
) -> tuple[list[Montant], list[Intervalle]]:  # fmt: skip
    """IJSS to deduct: what the CPAM's décomptes say; for the days they do not reach, an estimate, or nothing known. None for the CNRACL."""
    if sinistre.regime != Regime.IRCANTEC:
        return [], []
    montants = [m.en_calcul() for m in montants_de(sinistre, GenreMontant.CPAM)]
    connus = [(m.debut, m.fin) for m in montants]
    inconnus: list[Intervalle] = []
    for suite in _leaves([s for s in suivis if s.absence == 1]):
        restes = [reste for suivi in suite for reste in without(suivi.jours, connus)]
        if not restes:
            continue
        try:
            estimes = _estimate(suite, remunerations)
        except ijss.DonneesManquantes:
            inconnus += restes
        else:
            montants += [piece for montant in estimes for piece in _pieces(montant, connus)]
    return montants, inconnus


def _leaves(suivis: Sequence[Suivi]) -> Iterator[list[Suivi]]:
    """Runs of one nature without a day of work between them: one leave for the Sécurité sociale."""
    for _, groupe in groupby(suivis, key=lambda s: s.arret.nature):
        suite: list[Suivi] = []
        for suivi in groupe:
            if suite and suite[-1].arret.fin + JOUR != suivi.arret.debut:
                yield suite
                suite = []
            suite.append(suivi)
        yield suite


def _estimate(suite: Sequence[Suivi], remunerations: Sequence[Remuneration]) -> list[Montant]:
    debut = suite[0].arret.debut
    return ijss.estimer(str(suite[0].arret.nature), debut, suite[-1].arret.fin, _salaries(debut, remunerations))


def _salaries(debut: dt.date, remunerations: Sequence[Remuneration]) -> list[Decimal]:
    """Gross pay of the three months before a leave, the latest first, as far as it is known."""
    salaires: list[Decimal] = []
    mois = debut.replace(day=1)
    for _ in range(3):
        mois = (mois - JOUR).replace(day=1)
        paie = next((r for r in reversed(remunerations) if r.debut <= mois and (r.fin is None or mois <= r.fin)), None)
        if paie is None:
            break
        annuel = paie.tib + paie.nbi + paie.sft + paie.ir + paie.primes
        salaires.append(annuel / 12)
    return salaires


def _pieces(montant: Montant, connus: Sequence[Intervalle]) -> Iterator[Montant]:
    """What is left of an estimate where the CPAM has not spoken: whole cents a day, so its pieces add up."""
    par_jour = Fraction(montant.montant) / ((montant.fin - montant.debut).days + 1)
    for debut, fin in without((montant.debut, montant.fin), connus):
        exact = par_jour * ((fin - debut).days + 1)
        yield Montant(debut, fin, Decimal(exact.numerator) / exact.denominator, estime=True)
