"""A soutien from the agent's side: asked for, proposed, accepted or refused, shown or hidden, stopped.

Nothing here writes outside the bulle but `montrer` and `cacher`, which is what they are for: what the procedure must know of it, it is
told at the next slot (workflows/branches/soutien/creneaux.py), so that no instant outside tells whom it concerns.
"""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.gate import exiger, peut
from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from cases.models import Programme, Sinistre, SoutienVisible
from medical.enums_soutien import Accord, ActeSoutien, IssueSoutien, OrigineSoutien, Voie
from medical.enveloppe import draw_data_key, open_data_key, open_field, seal_field
from medical.models import LienAgent, Seance, Soutien, TraceSoutien
from medical.rules_soutien import REGLES, creneau_apres

CONTACT, MOTIF = "contact", "motif"
MAX_CONTACT = 500


class SoutienTermine(Erreur):
    def __init__(self) -> None:
        super().__init__("Ce soutien est terminé : rien n’y change plus.")


class DejaUn(Erreur):
    def __init__(self) -> None:
        super().__init__("Un soutien est déjà demandé ou en cours pour cet agent, sur ce dossier.")


# -- Asking -------------------------------------------------------------------------------------------------------------------


def demander(*, lien: LienAgent, programme: str, contact: str) -> Soutien:
    """The agent asks for a soutien, by his link: asking is agreeing. `contact`: how to reach him, encrypted.

    Raises DonneeInvalide, DejaUn, Indisponible.
    """
    _check_programme(programme)
    _check_contact(contact)
    now = timezone.now()
    soutien = _new(lien.sinistre, programme, OrigineSoutien.AGENT, now)
    soutien.accord, soutien.accord_le, soutien.accord_voie = Accord.DONNE, now, Voie.LIEN
    soutien.contact = seal_field(open_data_key(soutien.cle), soutien, CONTACT, contact.strip())
    return _insert(soutien, ActeSoutien.DEMANDE, None, Voie.LIEN)


def proposer(*, acteur: User, sinistre: Sinistre, programme: str) -> Soutien:
    """Propose a soutien to the agent of a dossier: nothing happens before he accepts. In whatever state the dossier is.

    Raises Refus, DonneeInvalide, Indisponible, and DejaUn to the secretariat alone: the médecin conseil, who gives opinions on this agent,
    must not learn by trying that he has a soutien. The secretariat finds his proposal beside the running one, which is returned.
    """
    exiger(acteur, "soutien_proposer", sinistre)
    _check_programme(programme)
    soutien = _new(sinistre, programme, OrigineSoutien.PROPOSE, timezone.now())
    soutien.accord, soutien.propose_par = Accord.A_RECUEILLIR, acteur
    try:
        return _insert(soutien, ActeSoutien.PROPOSE, acteur)
    except DejaUn:
        if peut(acteur, "soutien_affecter"):
            raise
    with transaction.atomic():
        en_cours = Soutien.objects.get(sinistre=sinistre, clos_le__isnull=True)
        tracer(en_cours, ActeSoutien.PROPOSE, acteur)
    return en_cours


def _check_programme(programme: str) -> None:
    if programme not in Programme.values:
        raise DonneeInvalide.sur("programme", "Choisissez un programme.")


def _check_contact(contact: str) -> None:
    if not contact.strip():
        raise DonneeInvalide.sur("contact", "Dites comment vous joindre : un téléphone ou une adresse électronique.")
    if len(contact) > MAX_CONTACT:
        raise DonneeInvalide.sur("contact", f"{MAX_CONTACT} caractères au plus.")


def _new(sinistre: Sinistre, programme: str, origine: OrigineSoutien, now: dt.datetime) -> Soutien:
    """A row not yet saved, nor its key: drawn outside any transaction, since it may be asked of a service."""
    soutien = Soutien(sinistre=sinistre, programme=programme, quota=REGLES[programme].maximum, origine=origine, demande_le=now)
    soutien.cle, soutien.suite_le = draw_data_key().cle, creneau_apres(now)
    return soutien


def _insert(soutien: Soutien, acte: ActeSoutien, acteur: User | None, voie: str = "") -> Soutien:
    try:
        with transaction.atomic():
            soutien.cle.save(force_insert=True)
            soutien.cle = soutien.cle  # its key is known now
            soutien.save(force_insert=True)
            tracer(soutien, acte, acteur, voie)
    except IntegrityError as error:
        if "soutien_un_a_la_fois" not in str(error):
            raise
        raise DejaUn() from error
    return soutien


# -- Answering ----------------------------------------------------------------------------------------------------------------


def repondre(*, lien: LienAgent, accepte: bool, contact: str = "") -> Soutien:
    """The agent answers, by his link, what was proposed to him. Raises DonneeInvalide, Erreur when nothing is proposed, Indisponible."""
    soutien = Soutien.objects.select_related("cle").filter(sinistre=lien.sinistre_id, clos_le__isnull=True).first()
    if soutien is None:
        raise Erreur("Aucun soutien ne vous est proposé.")
    scelle = sealed_contact(soutien, contact) if accepte else None
    with transaction.atomic():
        fresh = verrouiller(soutien)
        poser_reponse(fresh, accepte=accepte, scelle=scelle, voie=Voie.LIEN, le=timezone.now(), note_par=None)
        suivre_plus_tard(fresh)
    return fresh


def sealed_contact(soutien: Soutien, contact: str) -> bytes:
    """How to reach the agent, encrypted: outside any transaction. Raises DonneeInvalide, Indisponible."""
    _check_contact(contact)
    return seal_field(open_data_key(soutien.cle), soutien, CONTACT, contact.strip())


def poser_reponse(soutien: Soutien, *, accepte: bool, scelle: bytes | None, voie: str, le: dt.datetime, note_par: User | None) -> None:
    """Write the answer on a locked row. A refusal ends it. Raises Erreur when it has been answered."""
    if soutien.accord != Accord.A_RECUEILLIR:
        raise Erreur("L’agent a déjà répondu à cette proposition.")
    soutien.accord, soutien.accord_le, soutien.accord_voie = Accord.DONNE if accepte else Accord.REFUSE, le, voie
    soutien.accord_note_par, soutien.contact = note_par, scelle
    if not accepte:
        soutien.clos_le, soutien.issue = timezone.now(), IssueSoutien.REFUS
    soutien.save(update_fields=["accord", "accord_le", "accord_voie", "accord_note_par", "contact", "clos_le", "issue"])
    tracer(soutien, ActeSoutien.ACCEPTE if accepte else ActeSoutien.REFUSE, note_par, voie)


# -- Stopping -----------------------------------------------------------------------------------------------------------------


def arreter(*, soutien: Soutien, acteur: User | None, voie: str) -> Soutien:
    """The agent stops, at any time: by his link (`acteur` None; the caller holds the link), or through the secretariat.

    At once for the psychologue; the procedure follows. Twice changes nothing. Raises Refus, DonneeInvalide.
    """
    _said_by_the_agent(soutien, acteur, voie)
    with transaction.atomic():
        fresh = verrouiller(soutien)
        if fresh.est_clos:
            return fresh
        fresh.clos_le, fresh.issue = timezone.now(), IssueSoutien.AGENT
        fresh.save(update_fields=["clos_le", "issue"])
        tracer(fresh, ActeSoutien.ARRET, acteur, voie)
        suivre_plus_tard(fresh)
    return fresh


# -- Being seen from outside --------------------------------------------------------------------------------------------------


def montrer(*, soutien: Soutien, acteur: User | None, voie: str) -> Soutien:
    """The agent accepts that employer and centre de gestion see his soutien: that it exists, its programme, its séances held.

    Twice changes nothing. Raises Refus, DonneeInvalide, Erreur before he has accepted the soutien itself.
    """
    _said_by_the_agent(soutien, acteur, voie)
    with transaction.atomic():
        fresh = verrouiller(soutien)
        if fresh.accord != Accord.DONNE:
            raise Erreur("Ce soutien n’a pas été accepté : il n’y a rien à montrer.")
        if fresh.est_visible:
            return fresh
        fresh.visible = SoutienVisible.objects.create(
            sinistre_id=fresh.sinistre_id, programme=fresh.programme, seances_tenues=seances_tenues(fresh)
        )
        fresh.visible_donne_le, fresh.visible_retire_le = timezone.now(), None
        fresh.save(update_fields=["visible", "visible_donne_le", "visible_retire_le"])
        tracer(fresh, ActeSoutien.MONTRE, acteur, voie)
    return fresh


def cacher(*, soutien: Soutien, acteur: User | None, voie: str) -> Soutien:
    """The agent withdraws it: the row outside is deleted, at once, and nothing outside says that it was. Twice changes nothing.

    Raises Refus, DonneeInvalide.
    """
    _said_by_the_agent(soutien, acteur, voie)
    with transaction.atomic():
        fresh = verrouiller(soutien)
        visible = fresh.visible
        if visible is None:
            return fresh
        fresh.visible, fresh.visible_retire_le = None, timezone.now()
        fresh.save(update_fields=["visible", "visible_retire_le"])
        visible.delete()
        tracer(fresh, ActeSoutien.CACHE, acteur, voie)
    return fresh


def tenir_a_jour(soutien: Soutien) -> None:
    """Bring what is seen outside to what is so, on a locked row."""
    if soutien.visible_id is not None:
        SoutienVisible.objects.filter(pk=soutien.visible_id).update(seances_tenues=seances_tenues(soutien))


# -- Common -------------------------------------------------------------------------------------------------------------------


def verrouiller(soutien: Soutien) -> Soutien:
    """The row as it is now, locked. After the lock of its process, never before it.

    Joined to it: only what it never changes. Whatever else is joined to a locked row would be that of before the wait.
    """
    return Soutien.objects.select_for_update(of=("self",)).select_related("sinistre__agent", "cle").get(pk=soutien.pk)


def suivre_plus_tard(soutien: Soutien) -> None:
    """The procedure follows what was done here at the next slot."""
    if soutien.suite_le is None:
        soutien.suite_le = creneau_apres(timezone.now())
        soutien.save(update_fields=["suite_le"])


def tracer(soutien: Soutien, acte: ActeSoutien, acteur: User | None, voie: str = "") -> None:
    """One line of the trail that stays in the bulle, in the transaction of the act."""
    TraceSoutien.objects.create(soutien=soutien, acte=acte, acteur=acteur, voie=voie)


def lire_contact(*, acteur: User, soutien: Soutien) -> str:
    """How to reach the agent: for his psychologue and for the secretariat, as long as the soutien runs. The page's reading is traced.

    Raises Refus, Indisponible.
    """
    exiger(acteur, "soutien_mener" if soutien.psychologue_id == acteur.pk else "soutien_affecter", soutien)
    contact = open_field(soutien, CONTACT) if soutien.contact is not None and not soutien.est_clos else ""
    with transaction.atomic():
        tracer(soutien, ActeSoutien.LU, acteur)
    return contact


def seances_tenues(soutien: Soutien) -> int:
    return Seance.objects.filter(soutien=soutien, absent=False).count()


def _said_by_the_agent(soutien: Soutien, acteur: User | None, voie: str) -> None:
    """His own act by his link, or what he said to the secretariat, which notes by which way."""
    if acteur is None:
        if voie != Voie.LIEN:
            raise ValueError("Nobody but the agent, by his link, acts without an account.")
        return
    exiger(acteur, "soutien_affecter", soutien)
    if voie not in (Voie.TELEPHONE, Voie.COURRIER):
        raise DonneeInvalide.sur("voie", "Dites comment l’agent l’a demandé.")
