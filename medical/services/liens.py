"""An agent reads his own file: a link and, given by another way, a code, which together open one dossier once, for half an hour.

Issuing reads nothing. The link's secret stands after the « # » of the address, so that no server ever logs it; only digests are kept.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone

from accounts.gate import exiger
from accounts.models import User
from cases.errors import DonneeInvalide, Erreur
from cases.models import Sinistre
from journal.services import consigner
from medical.enums import EtatFichier, Finalite, GenreFichier
from medical.models import Fichier, LienAgent, Mission, Opinion
from medical.services import missions, opinions
from medical.services.lectures import Lecture, livrer

JOURS, JOURS_MAX = 7, 30
ESSAIS = 5
CHIFFRES = 8
SEANCE = dt.timedelta(minutes=30)
PAR_L_AGENT = "lu par l’agent, par son lien"


class LienInvalide(Erreur):
    """Unknown, expired, opened, revoked, or too many wrong codes: which one is not told."""

    def __init__(self) -> None:
        super().__init__(
            "Ce lien n’ouvre plus rien : il a déjà servi, a expiré ou a été retiré. Demandez-en un autre à qui vous l’a donné."
        )


class CodeFaux(Erreur):
    """The code is wrong; `restants` more may be tried."""

    def __init__(self, restants: int) -> None:
        super().__init__(f"Ce code n’est pas le bon. Il vous reste {restants} essai{'s' if restants > 1 else ''}.")


@dataclass(frozen=True, repr=False)
class Remise:
    """What is shown once to whoever issues a link: its address, and the code to be given by another way."""

    lien: LienAgent
    secret: str
    code: str

    @property
    def adresse(self) -> str:
        return f"{settings.BULLE_URL}/mon-dossier/#{self.secret}"


# -- Issued by the médecin conseil or the gestionnaire de bulle ------------------------------------------------------------------


def ouvrir_a_l_agent(*, acteur: User, sinistre: Sinistre, jours: int = JOURS) -> Remise:
    """Issue a link to a dossier, good for `jours` days (1 to 30) and one opening; the one issued before no longer opens.

    Raises Refus, DonneeInvalide.
    """
    exiger(acteur, "dossier_agent_ouvrir", sinistre)
    if not 1 <= jours <= JOURS_MAX:
        raise DonneeInvalide.sur("jours", f"Un lien vaut de 1 à {JOURS_MAX} jours.")
    secret, code = secrets.token_urlsafe(32), f"{secrets.randbelow(10**CHIFFRES):0{CHIFFRES}d}"
    empreinte_du_code = make_password(code)
    now = timezone.now()
    with transaction.atomic():
        Sinistre.objects.select_for_update(of=("self",)).values_list("pk").get(pk=sinistre.pk)  # two issued at once: the last one stands
        LienAgent.objects.filter(sinistre=sinistre, ouvert_le__isnull=True, revoque_le__isnull=True).update(revoque_le=now)
        lien = LienAgent.objects.create(
            sinistre=sinistre,
            empreinte=_digest(secret),
            code=empreinte_du_code,
            cree_par=acteur,
            cree_le=now,
            expire_le=now + dt.timedelta(days=jours),
        )
        _consigner(acteur, "lien_agent.donne", lien)
    return Remise(lien, secret, code)


def revoquer(*, acteur: User, lien: LienAgent) -> None:
    """Close a link, and the reading under way if it is open. Revoking twice changes nothing. Raises Refus."""
    exiger(acteur, "dossier_agent_ouvrir", lien.sinistre)
    with transaction.atomic():
        if LienAgent.objects.filter(pk=lien.pk, revoque_le__isnull=True).update(revoque_le=timezone.now()):
            _consigner(acteur, "lien_agent.revoque", lien)


# -- Used by the agent -----------------------------------------------------------------------------------------------------------


def entrer(*, secret: str, code: str) -> str:
    """Open a dossier to its agent. Returns the token of his half hour, of which only the digest is kept.

    Raises LienInvalide, or CodeFaux: the fifth wrong code voids the link.
    """
    restants = 0
    with transaction.atomic():
        lien = LienAgent.objects.select_for_update(of=("self",)).filter(empreinte=_digest(secret)).first()
        if lien is None or not _opens(lien):
            raise LienInvalide()
        bon = check_password("".join(code.split()), lien.code)
        if bon:
            jeton = secrets.token_urlsafe(32)
            lien.ouvert_le, lien.session = timezone.now(), _digest(jeton)
            lien.save(update_fields=["ouvert_le", "session"])
            _consigner(None, "lien_agent.ouvert", lien, motif="par l’agent")
        else:
            lien.essais += 1
            lien.save(update_fields=["essais"])
            restants = ESSAIS - lien.essais
            _consigner(None, "lien_agent.code_faux", lien, motif="par l’agent")
    if bon:
        return jeton
    if restants > 0:
        raise CodeFaux(restants)
    raise LienInvalide()


def seance(jeton: str) -> LienAgent | None:
    """The link whose half hour this token is, while it lasts and nobody has revoked it."""
    if not jeton:
        return None
    return (
        LienAgent.objects.filter(session=_digest(jeton), ouvert_le__gt=timezone.now() - SEANCE, revoque_le__isnull=True)
        .select_related("sinistre__agent", "sinistre__collectivite")
        .first()
    )


def sortir(lien: LienAgent) -> None:
    """The agent has finished: his token opens nothing more."""
    with transaction.atomic():
        if LienAgent.objects.filter(pk=lien.pk).exclude(session="").update(session=""):
            _consigner(None, "lien_agent.ferme", lien, motif="par l’agent")


def fichiers(lien: LienAgent) -> list[Fichier]:
    """What the agent may read of his dossier: its medical pièces, the reports rendered. Never a misfiled paper, which may be another's."""
    files = Fichier.objects.filter(sinistre=lien.sinistre_id, etat=EtatFichier.DISPONIBLE).select_related(
        "cle", "piece", "mission", "sinistre"
    )
    return [
        fichier
        for fichier in files.order_by("pk")
        if fichier.genre == GenreFichier.PIECE or (fichier.mission is not None and fichier.mission.rendue_le is not None)
    ]


def lire_fichier(*, lien: LienAgent, uid: object, apercu: bool) -> Lecture:
    """One of them, journaled as read by the agent. Raises Fichier.DoesNotExist, Erreur, Indisponible."""
    found = next((fichier for fichier in fichiers(lien) if fichier.uid == uid), None)
    if found is None:
        raise Fichier.DoesNotExist
    return livrer(fichier=found, apercu=apercu, acteur=None, finalite=Finalite.DROIT_D_ACCES, par=PAR_L_AGENT)


def lire_opinions(lien: LienAgent) -> list[opinions.OpinionLue]:
    """The opinions given on his dossier, both halves. Journaled. Raises Indisponible."""
    rows = Opinion.objects.filter(avis__sinistre=lien.sinistre_id, figee_le__isnull=False).select_related("avis", "cle", "auteur")
    return opinions.journaled(list(rows.order_by("pk")), lien.sinistre, acteur=None, par=PAR_L_AGENT)


def lire_missions(lien: LienAgent) -> list[missions.MissionLue]:
    """The expertises rendered on his dossier. Journaled. Raises Indisponible."""
    rows = Mission.objects.lues().filter(sinistre=lien.sinistre_id, rendue_le__isnull=False).order_by("pk")
    return missions.journaled(list(rows), acteur=None, par=PAR_L_AGENT)


def _opens(lien: LienAgent) -> bool:
    return lien.ouvert_le is None and lien.revoque_le is None and lien.expire_le > timezone.now() and lien.essais < ESSAIS


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _consigner(acteur: User | None, action: str, lien: LienAgent, *, motif: str = "") -> None:
    consigner(acteur=acteur, action=action, objet_type="lien_agent", objet_id=lien.pk, sinistre_id=lien.sinistre_id, motif=motif)
