"""Opening a medical dossier: its purpose is told once per dossier and session, and is in the journal before anything is read."""

from __future__ import annotations

from django.db import transaction

from accounts.gate import Refus
from accounts.models import User
from cases.errors import DonneeInvalide
from cases.models import Sinistre
from journal.services import consigner
from medical.enums import Finalite
from medical.errors import OuvertureRequise
from medical.models import Ouverture
from medical.selectors import finalites_de, ouverture_de


def ouvrir(*, acteur: User, sinistre: Sinistre, session: str, finalite: str) -> Ouverture:
    """Open a dossier for the time of a session (`request.session.empreinte`). A second opening keeps the first purpose.

    Raises Refus (not visible) for whoever has nothing to read there now, DonneeInvalide for a purpose that is not his.
    """
    possibles = finalites_de(acteur, sinistre)
    if not possibles:
        raise _not_his()
    if finalite not in possibles:
        raise DonneeInvalide.sur("finalite", "Dites pourquoi vous ouvrez ce dossier.")
    if not session:
        raise ValueError("An opening belongs to a session.")
    with transaction.atomic():
        ouverture, created = Ouverture.objects.get_or_create(
            user=acteur, sinistre=sinistre, session=session, defaults={"finalite": finalite}
        )
        if created:
            consigner(
                acteur=acteur,
                action="dossier_medical.ouvert",
                objet_type="sinistre",
                objet_id=sinistre.pk,
                sinistre_id=sinistre.pk,
                motif=Finalite(finalite).label,
                donnees={"finalite": finalite},
            )
    return ouverture


def exiger_ouverture(*, acteur: User, sinistre: Sinistre, session: str) -> Ouverture:
    """The opening of this session, by somebody who may still read: the right is asked anew each time.

    Raises Refus (not visible) when the referral was recalled, the delegation or the mission has ended; OuvertureRequise.
    """
    if not finalites_de(acteur, sinistre):
        raise _not_his()
    ouverture = ouverture_de(acteur, sinistre, session)
    if ouverture is None:
        raise OuvertureRequise()
    return ouverture


def _not_his() -> Refus:
    return Refus("Ce dossier ne vous est pas confié.", action="dossier_medical_lire", visible=False)
