"""What the bank and the insurer say of payments: a message is kept as it came, read once, and each of its lines is a fact told apart.

A line that is right is acted upon even when another is wrong: what it tells has happened, and holding back the settlement of two hundred
collectivités for a misprint would make the books false. Each line is a transaction; said twice, it changes nothing the second time.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import re
from collections.abc import Callable, Collection, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.gate import Refus, exiger
from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from contracts.enums import ModeReglement
from documents import storage
from indemnities.enums import EtatBordereau, EtatVirement, GenreRetour, IssueRetour
from indemnities.francais import euros
from indemnities.models import Remise, RetourPaiement, Virement
from indemnities.selectors import bordereaux_visibles
from indemnities.selectors_virements import retours_visibles, virements_visibles
from indemnities.sepa import avis, retours
from indemnities.sepa.avis import LigneAvis
from indemnities.sepa.retours import Reponse, Sort
from indemnities.services import remises
from journal.services import annoncer, consigner
from workflows import payments
from workflows.virements import LOT, lock_remise, wake

logger = logging.getLogger(__name__)

TOUT_DE_SUITE = 50
"""Lines dealt with while the person waits; a longer message is left to a worker, and its page says so."""
YOUNG = dt.timedelta(minutes=2)
NOTRE = re.compile(r"B-\d{4}-\d{6,12}-\d{1,4}", re.ASCII)
"""The references of our transfers: a statement holds many others, which are nobody's business here."""
SANS_MOTIF = "Refusé par la banque, sans motif"

Ligne = dict[str, Any]
Issue = tuple[IssueRetour, str]


def importer(*, acteur: User, contenu: bytes) -> tuple[RetourPaiement, bool]:
    """Keep a message (pain.002, camt.053, or the CSV of an insurer's notice) and act on it. True unless it had been read whole already.

    Raises Refus, DonneeInvalide for what is no such message, StockageIndisponible (nothing is done then).
    """
    exiger(acteur, "retour_importer")
    genre, message, lignes = _read(contenu)
    sha256 = hashlib.sha256(contenu).hexdigest()
    known = RetourPaiement.objects.filter(sha256=sha256).first()
    if known is not None and known.traite_le is not None:
        return known, False
    retour = known or _keep(acteur, contenu, genre, message, sha256)
    if len(lignes) > TOUT_DE_SUITE and not retour.lignes:
        transaction.on_commit(lambda: wake("workflows.traiter_retour", retour.pk), robust=True)
    else:
        _process(acteur, retour, lignes)
    return RetourPaiement.objects.get(pk=retour.pk), True


def traiter(retour_id: int) -> bool:
    """Act on a message that is kept and not read whole yet, for whoever imported it. Raises StockageIndisponible."""
    retour = RetourPaiement.objects.select_related("importe_par").get(pk=retour_id)
    if retour.traite_le is not None:
        return False
    _, _, lignes = _read(storage.read_kept(retour.nom_fichier))
    _process(retour.importe_par, retour, lignes)
    return True


def balayer(*, limite: int = LOT) -> int:
    """Go on with the messages that a crash or a lost wake-up left unread. Returns how many."""
    waiting = RetourPaiement.objects.filter(traite_le__isnull=True, lignes=[], importe_le__lt=timezone.now() - YOUNG).order_by("pk")
    done = 0
    for pk in waiting.values_list("pk", flat=True)[:limite]:
        try:
            done += traiter(pk)
        except (storage.StockageIndisponible, storage.FichierAbsent):
            logger.warning("retour.stockage_absent", extra={"retour": pk})
    return done


def constater(*, acteur: User, virement_id: int, sort: str, le: dt.date, motif: str = "") -> Virement:
    """What the bank has told otherwise than by a file, typed by a person: EXECUTE on that day, or REJETE with its motive.

    Raises Virement.DoesNotExist, Refus, DonneeInvalide, Erreur when the transfer has its answer or never left.
    """
    exiger(acteur, "retour_importer")
    virement = virements_visibles(acteur).get(pk=virement_id)
    if sort not in (Sort.EXECUTE, Sort.REJETE):
        raise DonneeInvalide.sur("sort", "Dites si la banque a exécuté ou rejeté ce virement.")
    if le > timezone.localdate():
        raise DonneeInvalide.sur("le", "Cette date est à venir.")
    if sort == Sort.REJETE and not motif.strip():
        raise DonneeInvalide.sur("motif", "Dites pourquoi la banque l’a rejeté.")
    rejet = Sort.RETOURNE if virement.etat == EtatVirement.EXECUTE else Sort.REJETE
    reponse = Reponse(virement.reference, Sort.EXECUTE if sort == Sort.EXECUTE else rejet, "", virement.montant, le)
    issue, detail = _answer(acteur, reponse, motif.strip())
    if issue not in (IssueRetour.REGLE, IssueRetour.REJETE):
        raise Erreur(detail)
    virement.refresh_from_db()
    return virement


def fichier_du(*, acteur: User, retour_id: int) -> tuple[RetourPaiement, bytes]:
    """A message as it came; its reading is journaled. Raises RetourPaiement.DoesNotExist, StockageIndisponible, FichierAbsent."""
    retour = retours_visibles(acteur).get(pk=retour_id)
    contenu = storage.read_kept(retour.nom_fichier)
    with transaction.atomic():
        _record(acteur, "retour.lu", retour)
    return retour, contenu


# -- Reading and keeping -----------------------------------------------------------------------------------------------------


def _read(contenu: bytes) -> tuple[GenreRetour, str, list[Reponse | LigneAvis | Ligne]]:
    """Its kind, its own id, its lines: what the message says, or already an answer where it says nothing that can be acted upon."""
    if not contenu.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return GenreRetour.AVIS, "", list(avis.lire(contenu))
    lu = retours.lire(contenu)
    lignes: list[Reponse | LigneAvis | Ligne] = [r for r in lu.reponses if lu.genre == GenreRetour.PAIN002 or NOTRE.fullmatch(r.reference)]
    for lot in lu.lots:
        lignes += _whole(lot.fichier, Sort.EXECUTE, "", lot.montant, lot.le)
    if lu.sort_du_fichier is not None:
        lignes += _whole(lu.fichier, lu.sort_du_fichier, lu.code, None, None, sauf={r.reference for r in lu.reponses})
    return GenreRetour(lu.genre), lu.message[:60], lignes


def _whole(
    fichier: str, sort: Sort, code: str, montant: Decimal | None, le: dt.date | None, *, sauf: Collection[str] = ()
) -> Iterator[Reponse | LigneAvis | Ligne]:
    """The fate of a whole remise, for each transfer that is not told apart (`sauf`), when its number and its amount are ours."""
    remise = Remise.objects.filter(numero__in=[fichier, fichier.rpartition("-")[0]]).first()
    if remise is None:
        # A statement tells other people's files too: only what looks like ours is shown.
        if sort != Sort.EXECUTE or fichier.startswith("R-"):
            yield _line(fichier, sort, montant, (IssueRetour.INCONNU, "Aucune remise n’a ce numéro."))
    elif sort == Sort.EXECUTE and montant != remise.total:
        yield _line(fichier, sort, montant, (IssueRetour.ECART, _gap(montant, remise.total)))
    else:
        for virement in remise.virements.exclude(reference__in=sauf).order_by("pk"):
            yield Reponse(virement.reference, sort, code, virement.montant, le)


def _keep(acteur: User, contenu: bytes, genre: GenreRetour, message: str, sha256: str) -> RetourPaiement:
    """Its bytes first, then its row: a row without its file could not be read again."""
    storage.keep(f"retours/{sha256}", contenu)
    try:
        with transaction.atomic():
            retour = RetourPaiement.objects.create(genre=genre, message=message, sha256=sha256, taille=len(contenu), importe_par=acteur)
            _record(acteur, "retour.importe", retour)
            annoncer(type="retour.importe", objet_type="retour", objet_id=retour.pk)
    except IntegrityError:
        return RetourPaiement.objects.get(sha256=sha256)
    return retour


def _process(acteur: User, retour: RetourPaiement, lignes: list[Reponse | LigneAvis | Ligne]) -> None:
    """Each line for itself; then, in one transaction, what was done for each.

    A line that was refused leaves the message open to a second reading, by somebody who may.
    """
    faites = []
    for ligne in lignes:
        if isinstance(ligne, Reponse):
            faites.append(_line(ligne.reference, ligne.sort, ligne.montant, _attempt(partial(_answer, acteur, ligne))))
        elif isinstance(ligne, LigneAvis):
            faites.append(_line(ligne.bordereau, Sort.EXECUTE, ligne.montant, _attempt(partial(_notice, acteur, ligne))))
        else:
            faites.append(ligne)
    with transaction.atomic():
        row = RetourPaiement.objects.select_for_update(of=("self",)).get(pk=retour.pk)
        if row.traite_le is not None:
            return
        row.lignes = faites
        if not any(ligne["issue"] == IssueRetour.REFUSE for ligne in faites):
            row.traite_le = timezone.now()
        row.save(update_fields=["lignes", "traite_le"])
        _record(acteur, "retour.traite", row)


def _attempt(act: Callable[[], Issue]) -> Issue:
    """A refusal of one line is its answer: it stops no other."""
    try:
        return act()
    except (Refus, Erreur) as refus:
        return IssueRetour.REFUSE, refus.message


# -- One line ----------------------------------------------------------------------------------------------------------------


def _answer(acteur: User, reponse: Reponse, motif: str = "") -> Issue:
    """Act on what the bank says of one transfer. Nothing is done for an unknown reference or another amount."""
    virement = Virement.objects.filter(reference=reponse.reference).first()
    if virement is None:
        return IssueRetour.INCONNU, "Aucun virement n’a cette référence."
    constate = reponse.sort in (Sort.EXECUTE, Sort.RETOURNE)
    if reponse.montant != virement.montant and (constate or reponse.montant is not None):
        return IssueRetour.ECART, _gap(reponse.montant, virement.montant)
    if reponse.sort == Sort.ACCEPTE:
        return IssueRetour.NOTE, "Accepté par la banque, pas encore exécuté."
    if reponse.sort == Sort.EXECUTE and reponse.le is None:
        return IssueRetour.REFUSE, "La date de l’opération manque."
    with transaction.atomic():
        bordereau, lignes = payments.lock_bordereau(virement.bordereau_id)
        remise = lock_remise(virement.remise_id)
        virement = Virement.objects.select_for_update(of=("self",)).get(pk=virement.pk)
        virement.remise, virement.bordereau = remise, bordereau
        if reponse.sort == Sort.EXECUTE and reponse.le is not None:
            deja = _why_not_executed(virement)
            if deja is not None:
                return deja
            payments.settle_locked(acteur, bordereau, lignes, le=reponse.le, reference=virement.reference)
            remises.noter_execution(acteur=acteur, virement=virement, le=reponse.le)
            return IssueRetour.REGLE, f"Bordereau {bordereau.numero} réglé."
        deja = _why_not_rejected(virement, reponse.sort)
        if deja is not None:
            return deja
        dit = motif or reponse.motif or SANS_MOTIF
        payments.reject_locked(acteur, lignes, motif=f"Virement {virement.reference} : {dit}")
        remises.noter_rejet(acteur=acteur, virement=virement, code=reponse.code, motif=dit)
    return IssueRetour.REJETE, f"Bordereau {bordereau.numero} : {dit}."


def _why_not_executed(virement: Virement) -> Issue | None:
    if virement.execute_le is not None:
        return IssueRetour.DEJA, f"Exécuté le {virement.execute_le:%d/%m/%Y}."
    return None if virement.etat == EtatVirement.EMIS else _contradiction(virement)


def _why_not_rejected(virement: Virement, sort: Sort) -> Issue | None:
    if virement.etat == EtatVirement.REJETE:
        return IssueRetour.DEJA, "Déjà rejeté."
    if sort == Sort.REJETE and virement.etat == EtatVirement.EXECUTE:
        return IssueRetour.REFUSE, "Ce virement est exécuté : seul un retour de fonds, sur un relevé, peut le défaire."
    return None if virement.etat in (EtatVirement.EMIS, EtatVirement.EXECUTE) else _contradiction(virement)


def _contradiction(virement: Virement) -> Issue:
    etat = virement.get_etat_display().lower()
    return (
        IssueRetour.REFUSE,
        f"Ce virement est « {etat} » dans la remise {virement.remise.numero} : la banque ne devrait pas le connaître ainsi.",
    )


def _notice(acteur: User, ligne: LigneAvis) -> Issue:
    """Settle the bordereau that an insurer says it has paid, when the amount is the one expected."""
    if ligne.le is None or ligne.montant is None or ligne.faute:
        return IssueRetour.ILLISIBLE, ligne.faute
    visible = bordereaux_visibles(acteur).filter(numero=ligne.bordereau).first()
    if visible is None:
        return IssueRetour.INCONNU, f"Ligne {ligne.rang} : aucun bordereau n’a ce numéro."
    if visible.contrat.mode_reglement == ModeReglement.CDG:
        return IssueRetour.SANS_OBJET, "Ce bordereau est réglé par le centre de gestion : c’est sa banque qui en répond."
    with transaction.atomic():
        bordereau, lignes = payments.lock_bordereau(visible.pk)
        if bordereau.etat == EtatBordereau.REGLE and bordereau.regle_le is not None:
            return IssueRetour.DEJA, f"Réglé le {bordereau.regle_le:%d/%m/%Y}, référence {bordereau.reference}."
        attendu = remises.nets_of([bordereau])[bordereau.pk]
        if ligne.montant != attendu:
            return IssueRetour.ECART, _gap(ligne.montant, attendu)
        payments.settle_locked(acteur, bordereau, lignes, le=ligne.le, reference=ligne.reference)
    return IssueRetour.REGLE, f"Bordereau {bordereau.numero} réglé."


def _gap(montant: Decimal | None, attendu: Decimal) -> str:
    return (
        f"{euros(montant)} annoncés, {euros(attendu)} attendus." if montant is not None else f"Montant absent, {euros(attendu)} attendus."
    )


def _line(reference: str, sort: Sort, montant: Decimal | None, issue: Issue) -> Ligne:
    return {
        "reference": reference[:35],
        "sort": sort.value,
        "montant": f"{montant:.2f}" if montant is not None else "",
        "issue": issue[0].value,
        "detail": issue[1],
    }


def _record(acteur: User, action: str, retour: RetourPaiement) -> None:
    issues = [ligne["issue"] for ligne in retour.lignes]
    consigner(
        acteur=acteur,
        action=action,
        objet_type="retour",
        objet_id=retour.pk,
        donnees={
            "genre": retour.genre,
            "message": retour.message,
            "sha256": retour.sha256,
            "issues": {issue: issues.count(issue) for issue in sorted(set(issues))},
        },
    )
