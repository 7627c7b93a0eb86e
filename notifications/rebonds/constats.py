"""What a bounce or a complaint changes.

Anybody can send a report: it counts when it names a Message-ID of ours together with the very address that e-mail was for, and that
e-mail has been in front of a server. The first report of a final failure settles it; told again, it changes nothing.
"""

from __future__ import annotations

from django.db import transaction

from cases.enums import GenreTache
from cases.services import taches
from journal.services import annoncer, consigner
from notifications.enums import EtatCourriel, GenreDefaut
from notifications.models import AdresseEnDefaut, Courriel
from notifications.rebonds.lecture import Action, Rebond

PARTIS = (EtatCourriel.EN_COURS, EtatCourriel.ENVOYE, EtatCourriel.INCERTAIN)
"""Those that a server may have taken: no other can come back."""

PAS_L_ADRESSE = ("5.1.7", "5.1.8", "5.2.2", "5.2.3", "5.3.", "5.4.5", "5.4.6", "5.4.7", "5.6.", "5.7.")
"""Final refusals that say nothing against the address (RFC 3463): the sender's own address, a full mailbox, a size, the server, a loop, a
delay, the content, a policy. Were they held against addresses, one fault of our domain's signature would silence every collectivité."""


def constater(rebond: Rebond) -> bool:
    """Act on one report. Whether it told something new of one of our e-mails.

    A final failure or a complaint makes the e-mail « rejeté »; where the address is to blame (5.x.x but PAS_L_ADRESSE, or a complaint), it
    is not written to any more until somebody restores it. A delay is noted. No `acteur`: a machine's word, and it says so in the journal.
    """
    with transaction.atomic():
        courriel = _ours(rebond)
        if courriel is None:
            return False
        if rebond.action is Action.RETARD:
            return bool(Courriel.objects.filter(pk=courriel.pk).update(erreur=f"retardé par un serveur ({rebond.code})"))
        _reject(courriel, rebond)
        genre = GenreDefaut.PLAINTE if rebond.action is Action.PLAINTE else GenreDefaut.REBOND
        if genre == GenreDefaut.PLAINTE or _blames_the_address(rebond.code):
            _mark(courriel, genre, rebond.code)
    return True


def _ours(rebond: Rebond) -> Courriel | None:
    """The e-mail that the report is about, locked; None when it is not ours, was for somebody else, or is settled."""
    found = Courriel.objects.select_for_update(of=("self",)).filter(
        message_id__in=list(rebond.message_ids)[:10], etat__in=PARTIS, conserve=False
    )
    return next((courriel for courriel in found.order_by("pk") if courriel.adresse.lower() in rebond.adresses), None)


def _blames_the_address(code: str) -> bool:
    return code.startswith("5.") and not any(code == other or (other.endswith(".") and code.startswith(other)) for other in PAS_L_ADRESSE)


def _reject(courriel: Courriel, rebond: Rebond) -> None:
    """The e-mail is to be looked at, even if somebody had filed it in doubt; not when it has been sent again since."""
    if not courriel.renvois.exists():
        courriel.vu_le, courriel.vu_par, courriel.vu_motif = None, None, ""
    courriel.etat = EtatCourriel.REJETE
    courriel.erreur = "signalé comme indésirable" if rebond.action is Action.PLAINTE else f"refusé par un serveur ({rebond.code})"
    courriel.bail = courriel.bail_jusqu_a = None
    courriel.save(update_fields=["etat", "erreur", "bail", "bail_jusqu_a", "vu_le", "vu_par", "vu_motif"])
    consigner(
        acteur=None,
        action="courriel.rejete",
        objet_type="courriel",
        objet_id=courriel.pk,
        sinistre_id=courriel.sinistre_id,
        donnees={"code": rebond.code, "plainte": rebond.action is Action.PLAINTE},
    )
    annoncer(type="courriel.rejete", objet_type="courriel", objet_id=courriel.pk, sinistre_id=courriel.sinistre_id)


def _mark(courriel: Courriel, genre: GenreDefaut, code: str) -> None:
    """Open the address's row and its work item, unless they are open: the database allows one."""
    adresse = courriel.adresse.lower()
    AdresseEnDefaut.objects.bulk_create(
        [AdresseEnDefaut(adresse=adresse, genre=genre, code=code, courriel=courriel)], ignore_conflicts=True
    )
    defaut = AdresseEnDefaut.objects.filter(adresse=adresse, levee_le__isnull=True).first()
    if defaut is None or defaut.courriel_id != courriel.pk:
        return  # another report has opened it
    taches.ouvrir(genre=GenreTache.CORRIGER_ADRESSE, sinistre=None, objet_type="adresse", objet_id=defaut.pk)
    donnees = {"genre": str(genre), "code": code}
    consigner(acteur=None, action="adresse.refusee", objet_type="adresse", objet_id=defaut.pk, donnees=donnees)
    annoncer(type="adresse.refusee", objet_type="adresse", objet_id=defaut.pk, donnees=donnees)
