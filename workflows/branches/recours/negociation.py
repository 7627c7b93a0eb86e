"""Claiming, and what the third party, his insurer or the judge answers.

Only a suit interrupts the prescription, never an amicable claim (C. civ. 2241); a judge grants no more than what is claimed (CPC, art. 5).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from django.utils import timezone

from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from cases.models import Branche
from indemnities.enums import EtatRecours, PosteRecours, SorteMontant, VoieRecours
from indemnities.models import RecoursTiers
from indemnities.rules_recours import ZERO, Cle, lignes_de, repartir
from indemnities.selectors_recours import montants_de
from indemnities.services import recours as services
from workflows import moteur
from workflows.branches.recours import delais
from workflows.noeuds import tell


def reclamer(
    *,
    acteur: User,
    branche: Branche,
    le: dt.date,
    montants: Mapping[Cle, Decimal],
    raisons: Mapping[str, str] | None = None,
    assigne_le: dt.date | None = None,
    juridiction: str = "",
) -> None:
    """Send the claim: amounts in euros by line. What differs from the chiffrage takes a reason, by poste. `assigne_le`: straight to court.

    Raises Refus, EtapeFermee, DejaPris, DonneeInvalide (day to come or before the survenance, line that cannot be claimed, nothing
    claimed, change without its reason).
    """
    with moteur.etape(acteur=acteur, branche=branche, nom="reclamer") as e:
        recours, sinistre = e.branche.recours, e.dossier
        erreurs = _check_day("le", le, sinistre.survenance, "la survenance")
        etrangeres = set(montants) - set(lignes_de(sinistre.nature, recours.mandat))
        erreurs |= {services.champ_de(cle): ["Ce poste n’est pas à réclamer dans ce recours."] for cle in sorted(etrangeres)}
        erreurs |= {services.champ_de(cle): [phrase] for cle, montant in montants.items() if (phrase := services.faute(montant))}
        propositions = montants_de(recours, SorteMontant.PROPOSE)
        erreurs |= _check_reasons(propositions, montants, raisons or {})
        if assigne_le is not None:
            erreurs |= _check_suit(assigne_le, juridiction, le)
        if not any(montants.values()):
            erreurs.setdefault("", []).append("Réclamez au moins un poste.")
        if erreurs:
            raise DonneeInvalide(erreurs)
        explications = {
            cle: (raisons or {}).get(cle[0], "").strip() for cle, montant in montants.items() if montant != propositions.get(cle, ZERO)
        }
        total = services.ecrire(acteur=acteur, recours=recours, sorte=SorteMontant.RECLAME, montants=montants, explications=explications)
        recours.reclame_le = recours.reclame_le or le
        recours.etat = EtatRecours.RECLAME
        if assigne_le is not None:
            _sue(recours, assigne_le, juridiction)
        recours.save()
        if assigne_le is not None:
            delais.arreter(e.branche)
        elif recours.est_quadriennal:
            delais.recaler(e.branche)
        e.issue = "assigne" if assigne_le is not None else "amiable"
        tell(e.branche, "recours.reclame", acteur=acteur, montant=f"{total:.2f}")


def _check_reasons(
    propositions: Mapping[Cle, Decimal], montants: Mapping[Cle, Decimal], raisons: Mapping[str, str]
) -> dict[str, list[str]]:
    changes = {cle[0] for cle in set(montants) | set(propositions) if montants.get(cle, ZERO) != propositions.get(cle, ZERO)}
    return {
        f"raison_{poste.lower()}": ["Ce montant n’est pas celui du chiffrage : dites pourquoi."]
        for poste in sorted(changes)
        if not raisons.get(poste, "").strip()
    }


def _check_day(champ: str, jour: dt.date, pas_avant: dt.date, quoi: str) -> dict[str, list[str]]:
    if jour > timezone.localdate():
        return {champ: ["Cette date est à venir."]}
    return {champ: [f"Cette date précède {quoi} ({pas_avant:%d/%m/%Y})."]} if jour < pas_avant else {}


def _check_suit(assigne_le: dt.date, juridiction: str, reclame_le: dt.date) -> dict[str, list[str]]:
    erreurs = _check_day("assigne_le", assigne_le, reclame_le, "la réclamation")
    if not juridiction.strip() or len(juridiction) > 150:
        erreurs["juridiction"] = ["Dites devant quelle juridiction (150 caractères au plus)."]
    return erreurs


def _sue(recours: RecoursTiers, assigne_le: dt.date, juridiction: str) -> None:
    recours.voie, recours.assigne_le, recours.juridiction = VoieRecours.JUDICIAIRE, assigne_le, juridiction.strip()
    recours.etat = EtatRecours.ASSIGNE


def consigner_offre(*, acteur: User, branche: Branche, montants: Mapping[str, Decimal], globale: Decimal | None = None) -> None:
    """An offer: by poste, or one sum for all, in euros. Each poste is split between insurer and collectivité as the contract says.

    Another offer replaces it. Raises Refus, EtapeFermee, DejaPris, DonneeInvalide (above what is claimed, nothing offered, both ways).
    """
    with moteur.etape(acteur=acteur, branche=branche, nom="offre") as e:
        total = _write_granted(acteur, e, SorteMontant.OFFERT, montants, globale)
        e.branche.recours.etat = EtatRecours.OFFERT
        e.branche.recours.save(update_fields=["etat"])
        e.issue = "offre"
        tell(e.branche, "recours.offre", acteur=acteur, montant=f"{total:.2f}")


def accepter(*, acteur: User, branche: Branche, le: dt.date) -> None:
    """Accept the offer as it stands: what it says is now owed. Raises Refus, EtapeFermee, DejaPris, DonneeInvalide, Erreur without one."""
    with moteur.etape(acteur=acteur, branche=branche, nom="offre") as e:
        recours = e.branche.recours
        if recours.etat != EtatRecours.OFFERT:
            raise Erreur("Aucune offre n’attend de réponse : consignez-la d’abord.")
        erreurs = _check_day("le", le, recours.reclame_le or e.dossier.survenance, "la réclamation")
        if erreurs:
            raise DonneeInvalide(erreurs)
        offerts = montants_de(recours, SorteMontant.OFFERT)
        total = services.ecrire(acteur=acteur, recours=recours, sorte=SorteMontant.ACCORDE, montants=offerts)
        recours.etat, recours.accord_le = EtatRecours.ACCORD, le
        recours.save(update_fields=["etat", "accord_le"])
        delais.arreter(e.branche)
        e.issue = "accord"
        tell(e.branche, "recours.accord", acteur=acteur, montant=f"{total:.2f}")


def refuser(*, acteur: User, branche: Branche, motif: str) -> None:
    """Refuse the offer as it stands, and wait for another. Raises as `accepter`; DonneeInvalide without a motive."""
    if not motif.strip():
        raise DonneeInvalide.sur("motif", "Dites pourquoi l’offre est refusée.")
    with moteur.etape(acteur=acteur, branche=branche, nom="offre", motif=motif.strip()[:500]) as e:
        if e.branche.recours.etat != EtatRecours.OFFERT:
            raise Erreur("Aucune offre n’attend de réponse : consignez-la d’abord.")
        e.branche.recours.etat = EtatRecours.OFFRE_REFUSEE
        e.branche.recours.save(update_fields=["etat"])
        e.issue = "refusee"


def assigner(*, acteur: User, branche: Branche, le: dt.date, juridiction: str) -> None:
    """Sue: the prescription is interrupted (C. civ. 2241). Raises Refus, EtapeFermee, DejaPris, DonneeInvalide."""
    with moteur.etape(acteur=acteur, branche=branche, nom="offre") as e:
        recours = e.branche.recours
        erreurs = _check_suit(le, juridiction, recours.reclame_le or e.dossier.survenance)
        if erreurs:
            raise DonneeInvalide({"le" if champ == "assigne_le" else champ: messages for champ, messages in erreurs.items()})
        _sue(recours, le, juridiction)
        recours.save(update_fields=["voie", "assigne_le", "juridiction", "etat"])
        delais.arreter(e.branche)
        e.issue = "assigne"
        tell(e.branche, "recours.assigne", acteur=acteur, le=le.isoformat())


def completer(*, acteur: User, branche: Branche, motif: str) -> None:
    """The leave has gone on, a pièce has come: the claim is reckoned afresh, then sent again. Raises as `refuser`, but for an offer."""
    if not motif.strip():
        raise DonneeInvalide.sur("motif", "Dites ce qui s’ajoute à la réclamation.")
    with moteur.etape(acteur=acteur, branche=branche, nom="offre", motif=motif.strip()[:500]) as e:
        e.branche.recours.etat = EtatRecours.IDENTIFIE
        e.branche.recours.save(update_fields=["etat"])
        e.issue = "complement"


def juger(
    *, acteur: User, branche: Branche, le: dt.date, montants: Mapping[str, Decimal], globale: Decimal | None = None, accord: bool = False
) -> None:
    """The judgment, or the agreement that ended the suit: what is granted by poste, or in one sum, in euros. Nothing: the claim fails.

    Raises Refus, EtapeFermee, DejaPris, DonneeInvalide.
    """
    with moteur.etape(acteur=acteur, branche=branche, nom="jugement") as e:
        recours = e.branche.recours
        erreurs = _check_day("le", le, recours.assigne_le or e.dossier.survenance, "l’assignation")
        if erreurs:
            raise DonneeInvalide(erreurs)
        rien = globale == 0 or (globale is None and not any(montants.values()))
        if rien and accord:
            raise DonneeInvalide.sur("globale", "Un accord donne un montant.")
        total = ZERO if rien else _write_granted(acteur, e, SorteMontant.ACCORDE, montants, globale)
        if accord:
            recours.etat, recours.accord_le = EtatRecours.ACCORD, le
        else:
            recours.etat, recours.juge_le = EtatRecours.DEBOUTE if rien else EtatRecours.JUGE, le
        recours.save(update_fields=["etat", "accord_le", "juge_le"])
        e.issue = recours.etat.lower()
        if rien:
            e.branche.issue = EtatRecours.DEBOUTE.value
            e.branche.save(update_fields=["issue"])
        tell(e.branche, "recours.juge", acteur=acteur, montant=f"{total:.2f}")


def _write_granted(
    acteur: User, e: moteur.EtapeOuverte, sorte: SorteMontant, montants: Mapping[str, Decimal], globale: Decimal | None
) -> Decimal:
    """Amounts by poste, or one sum for all, as lines. Lines granted nothing are written at zero: they replace an earlier offer."""
    recours = e.branche.recours
    reclames = {cle: m for cle, m in montants_de(recours, SorteMontant.RECLAME).items() if m > 0}
    par_poste = {poste: sum((m for cle, m in reclames.items() if cle[0] == poste), ZERO) for poste in PosteRecours.values}
    dits = {poste: montant for poste, montant in montants.items() if montant}
    erreurs: dict[str, list[str]] = {}
    if globale is not None and dits:
        erreurs["globale"] = ["Donnez une somme globale, ou des montants par poste : pas les deux."]
    elif globale is None and not dits:
        erreurs["globale"] = ["Donnez une somme globale, ou au moins un montant par poste."]
    for champ, montant, plafond in [
        *((poste.lower(), montant, par_poste.get(poste, ZERO)) for poste, montant in dits.items()),
        *([("globale", globale, sum(par_poste.values(), ZERO))] if globale is not None else []),
    ]:
        if message := services.faute(montant):
            erreurs[champ] = [message]
        elif montant > plafond:
            erreurs[champ] = [f"C’est plus que ce qui est réclamé ({plafond:.2f} €).".replace(".", ",", 1)]
    if erreurs:
        raise DonneeInvalide(erreurs)
    mode = e.dossier.contrat.repartition_recours
    lignes = dict.fromkeys(reclames, ZERO)
    if globale is not None:
        lignes |= repartir(globale, dus=reclames, deja={}, mode=mode)
    for poste, montant in dits.items():
        lignes |= repartir(montant, dus={cle: m for cle, m in reclames.items() if cle[0] == poste}, deja={}, mode=mode)
    return services.ecrire(acteur=acteur, recours=recours, sorte=sorte, montants=lignes)
