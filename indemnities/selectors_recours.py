"""Reads of recours contre tiers: amounts by line, what was recovered, until when one may act."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q, Sum

from accounts.gate import peut
from accounts.models import User
from cases.enums import GenreArret
from cases.models import Arret, Sinistre
from cases.selectors import sinistres_visibles
from contracts.enums import Diviseur
from contracts.models import BaseAssurance, ContratGroupe, Remuneration
from indemnities.enums import BeneficiaireRecours, EtatDecompte, PosteRecours, SorteMontant
from indemnities.models import Decompte, EncaissementRecours, MontantRecours, PartRecours, RecoursTiers
from indemnities.rules_recours import ZERO, Cle, Connu, Prescription, prescription


@dataclass(frozen=True)
class Ligne:
    """One line of a recours: amounts in euros, None for what nobody has said. `reparti`: what has come back to the beneficiary."""

    poste: str
    beneficiaire: str
    reclame: Decimal | None
    offert: Decimal | None
    accorde: Decimal | None
    reparti: Decimal
    explication: str

    @property
    def poste_libelle(self) -> str:
        return str(PosteRecours(self.poste).label)

    @property
    def beneficiaire_libelle(self) -> str:
        return str(BeneficiaireRecours(self.beneficiaire).label)


def montants(recours: RecoursTiers) -> dict[str, dict[Cle, MontantRecours]]:
    """The amounts that hold, by sorte then line: the last one written of each."""
    rows = recours.montants.order_by("sorte", "poste", "beneficiaire", "-pk").distinct("sorte", "poste", "beneficiaire")
    found: dict[str, dict[Cle, MontantRecours]] = {sorte: {} for sorte in SorteMontant.values}
    for row in rows:
        found[row.sorte][(row.poste, row.beneficiaire)] = row
    return found


def montants_de(recours: RecoursTiers, sorte: SorteMontant) -> dict[Cle, Decimal]:
    """The amounts of one sorte that hold, by line, in euros."""
    rows = recours.montants.filter(sorte=sorte).order_by("poste", "beneficiaire", "-pk").distinct("poste", "beneficiaire")
    return {(row.poste, row.beneficiaire): row.montant for row in rows}


def dus(recours: RecoursTiers) -> dict[Cle, Decimal]:
    """What money is split by: what was granted, where an agreement or a judgment says it; else what was claimed."""
    accordes = {cle: m for cle, m in montants_de(recours, SorteMontant.ACCORDE).items() if m > 0}
    return accordes or {cle: m for cle, m in montants_de(recours, SorteMontant.RECLAME).items() if m > 0}


def repartis(recours: RecoursTiers) -> dict[Cle, Decimal]:
    """What each line has had, in euros."""
    rows = PartRecours.objects.filter(encaissement__recours=recours).values("poste", "beneficiaire").annotate(total=Sum("montant"))
    return {(row["poste"], row["beneficiaire"]): row["total"] for row in rows.order_by("poste", "beneficiaire")}


def encaisse(recours: RecoursTiers) -> Decimal:
    """What has been recovered, annulments deducted, in euros."""
    total: Decimal | None = recours.encaissements.aggregate(total=Sum("montant"))["total"]
    return total or ZERO


def lignes(recours: RecoursTiers) -> list[Ligne]:
    """The table of a recours, in the order of the postes."""
    dits, eus = montants(recours), repartis(recours)
    reclames, offerts, accordes = dits[SorteMontant.RECLAME], dits[SorteMontant.OFFERT], dits[SorteMontant.ACCORDE]
    cles = set(reclames) | set(eus) if reclames else set(dits[SorteMontant.PROPOSE])
    ordre = {(p, b): rang for rang, (p, b) in enumerate((p, b) for p in PosteRecours.values for b in BeneficiaireRecours.values)}
    trouvees = []
    for cle in sorted(cles, key=ordre.__getitem__):
        reclame, offert, accorde = reclames.get(cle), offerts.get(cle), accordes.get(cle)
        propose = dits[SorteMontant.PROPOSE].get(cle)
        explication = (reclame and reclame.explication) or (propose and propose.explication) or ""
        trouvees.append(
            Ligne(
                *cle,
                reclame.montant if reclame else None,
                offert.montant if offert else None,
                accorde.montant if accorde else None,
                eus.get(cle, ZERO),
                explication,
            )
        )
    return [ligne for ligne in trouvees if ligne.reclame or ligne.reparti or not reclames]


def encaissements_de(user: User, recours: RecoursTiers) -> list[EncaissementRecours]:
    """The payments of a recours, oldest first, with their parts."""
    if not peut(user, "recours_lire", recours.sinistre):
        return []
    return list(recours.encaissements.select_related("annule", "annulation", "saisi_par").prefetch_related("parts").order_by("pk"))


def recours_de(user: User, branche_id: int) -> RecoursTiers | None:
    """The recours of a branch, if `user` may read it."""
    recours = RecoursTiers.objects.select_related("sinistre__contrat", "branche").filter(branche=branche_id).first()
    return recours if recours is not None and peut(user, "recours_lire", recours.sinistre) else None


def prescription_de(recours: RecoursTiers, sinistre: Sinistre) -> Prescription:
    """Until when one may sue in this recours, whatever has been done since."""
    return prescription(
        nature=sinistre.nature,
        survenance=sinistre.survenance,
        consolidation=sinistre.consolidation,
        quadriennale=recours.est_quadriennal,
        reclame_le=recours.reclame_le,
    )


def recouvrements_par_exercice(user: User, contrat: ContratGroupe) -> dict[int, dict[str, Decimal]]:
    """What recours have brought in under a contract, in euros, by year of survenance (domain: §5.4) then beneficiary."""
    parts = PartRecours.objects.filter(encaissement__recours__sinistre__in=sinistres_visibles(user, "recours_lire").filter(contrat=contrat))
    rows = parts.values("encaissement__recours__exercice", "beneficiaire").annotate(total=Sum("montant"))
    trouves: dict[int, dict[str, Decimal]] = {}
    for row in rows.order_by("encaissement__recours__exercice", "beneficiaire"):
        exercice = trouves.setdefault(row["encaissement__recours__exercice"], dict.fromkeys(BeneficiaireRecours.values, ZERO))
        exercice[row["beneficiaire"]] = row["total"]
    return trouves


def connu_de(sinistre: Sinistre) -> Connu:
    """What is known of what a sinistre has cost: settled décomptes, terms of the contract, pay and insured base at survenance.

    A décompte with an arrêt is an indemnity; without, frais or a capital. Corrections are deducted.
    """
    arrets = list(Arret.objects.filter(sinistre=sinistre, actif=True).exclude(genre=GenreArret.TPT).order_by("debut"))
    regles = Decompte.objects.filter(sinistre=sinistre, etat=EtatDecompte.REGLE)
    sommes = regles.aggregate(ij=Sum("montant", filter=Q(arret__isnull=False)), autres=Sum("montant", filter=Q(arret__isnull=True)))
    assure, charges, non_assure = _bases(sinistre)
    return Connu(
        nature=sinistre.nature,
        indemnites=sommes["ij"] or ZERO,
        autres=sommes["autres"] or ZERO,
        niveau=sinistre.termes.niveau,
        genre_franchise=sinistre.termes.genre_franchise,
        franchise_jours=sinistre.termes.franchise_jours,
        jours=sum(arret.jours for arret in arrets),
        debut=arrets[0].debut if arrets else None,
        diviseur=360 if sinistre.contrat.diviseur == Diviseur.J360 else 365,
        assure=assure,
        charges=charges,
        non_assure=non_assure,
    )


def _bases(sinistre: Sinistre) -> tuple[Decimal, Decimal, Decimal]:
    """(insured base, forfait of charges, base not insured), annual, at survenance (domain: §4.1). Zeros while the pay is not known."""
    paie = Remuneration.objects.en_vigueur(sinistre.survenance).filter(agent=sinistre.agent_id).first()
    if paie is None:
        return ZERO, ZERO, ZERO
    adhesions = sinistre.termes.formule.adhesions.filter(collectivite=sinistre.collectivite_id).en_vigueur(sinistre.survenance)
    base = BaseAssurance.objects.filter(adhesion__in=adhesions, annee=sinistre.survenance.year).first()
    elements = (("nbi", paie.nbi), ("sft", paie.sft), ("indemnite_residence", paie.indemnite_residence), ("primes", paie.primes))
    couverts = sum((montant for nom, montant in elements if base is not None and getattr(base, nom)), ZERO)
    total = sum((montant for _, montant in elements), ZERO)
    assiette = paie.tib + (paie.nbi if base is not None and base.nbi else ZERO)
    charges = assiette * base.charges_patronales / 100 if base is not None else ZERO
    return paie.tib + couverts, charges, total - couverts
