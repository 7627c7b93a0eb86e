"""How facts read on screen: amounts, dates, ages of deadlines. Pure functions, no database, no HTML."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format

from cases.rules import working_days_between
from indemnities.francais import NBSP

BIENTOT_JOURS = 3
TRES_EN_RETARD_JOURS = 5

BON, ATTENTION, URGENT, ACTIF, NEUTRE, DISCRET = "bon", "attention", "urgent", "actif", "neutre", "discret"

TONS: dict[str, str] = {
    # Sinistres
    "DECLARE": ACTIF,
    "PIECES_EN_ATTENTE": ATTENTION,
    "VALIDE": ACTIF,
    "REMBOURSE": BON,
    "CLOS": NEUTRE,
    "ROUVERT": ACTIF,
    "EN_MEDIATION": ATTENTION,
    "REFUSE": URGENT,
    "ANNULE": DISCRET,
    # Pièces and deposits
    "DEMANDEE": NEUTRE,
    "RECUE": ACTIF,
    "SANS_OBJET": DISCRET,
    "A_CONTROLER": ATTENTION,
    "CONFORME": BON,
    "REFUSEE": URGENT,
    "ATTENDU": NEUTRE,
    "CONTROLE": ACTIF,
    "DISPONIBLE": BON,
    "ECARTE": URGENT,
    "RECLASSE": DISCRET,
    # Procedures
    "EN_COURS": ACTIF,
    "TERMINEE": BON,
    "ABANDONNEE": DISCRET,
    # Décomptes and bordereaux
    "CALCULE": NEUTRE,
    "APPROUVE": ACTIF,
    "TRANSMIS": ACTIF,
    "REGLE": BON,
    "REJETE": URGENT,
    # Accounts, remises and transfers
    "SAISI": ATTENTION,
    "EN_VIGUEUR": BON,
    "REMPLACE": DISCRET,
    "BROUILLON": ATTENTION,
    "SIGNEE": ACTIF,
    "EMISE": ACTIF,
    "REGLEE": BON,
    "PARTIELLE": ATTENTION,
    "REJETEE": URGENT,
    "PREVU": NEUTRE,
    "EMIS": ACTIF,
    "EXECUTE": BON,
    "ABANDONNE": DISCRET,
    # E-mails
    "A_ENVOYER": NEUTRE,
    "ENVOYE": BON,
    "INCERTAIN": ATTENTION,
    # Calls of other programs
    "A_LIVRER": NEUTRE,
    "LIVREE": BON,
}
"""The colour that accompanies the word of a state; the word always stands beside it."""


def jour(valeur: dt.date | dt.datetime) -> str:
    """« 16/11/2026 », in Paris for an instant."""
    if isinstance(valeur, dt.datetime):
        valeur = timezone.localtime(valeur).date()
    return f"{valeur:%d/%m/%Y}"


def jour_en_lettres(valeur: dt.date) -> str:
    """« lundi 2 novembre 2026 », « 1er » for the first of a month."""
    premier = "1er" if valeur.day == 1 else str(valeur.day)
    return f"{date_format(valeur, 'l')} {premier} {date_format(valeur, 'F Y')}"


def jour_court(valeur: dt.date, reference: dt.date) -> str:
    """« 16/11 », with the year when it is not the reference's."""
    return f"{valeur:%d/%m}" if valeur.year == reference.year else f"{valeur:%d/%m/%Y}"


def instant(valeur: dt.datetime) -> str:
    """« 16/11/2026 à 10:42 », in Paris."""
    return f"{timezone.localtime(valeur):%d/%m/%Y à %H:%M}"


def duree(valeur: dt.timedelta) -> str:
    """« 3 j 4 h », « 5 h », « moins d’une heure »."""
    jours, heures = valeur.days, valeur.seconds // 3600
    morceaux = [f"{n}{NBSP}{unite}" for n, unite in ((jours, "j"), (heures, "h")) if n]
    return " ".join(morceaux) or "moins d’une heure"


@dataclass(frozen=True)
class Age:
    """How a deadline stands. `groupe`: the heading of the queue it belongs under; `ton`: its colour."""

    texte: str
    detail: str
    groupe: str
    ton: str

    @property
    def phrase(self) -> str:
        return f"{self.texte} ({self.detail})"


def _ouvres(nombre_de_jours: int) -> str:
    return f"{nombre_de_jours}{NBSP}j{NBSP}ouvré{'s' if nombre_de_jours > 1 else ''}"


def age_echeance(
    due_at: dt.datetime,
    departement: str,
    *,
    maintenant: dt.datetime | None = None,
    suspendue_depuis: dt.datetime | None = None,
    suspendue_motif: str = "",
) -> Age:
    """The age of a deadline in words: « en retard de 4 j ouvrés (échéance 16/11) »; a suspended clock says why and since when.

    Working days are those of `departement`. A deadline passed today, in the hours after its instant, is late « depuis aujourd’hui ».
    """
    present = maintenant or timezone.now()
    aujourdhui, echeance = timezone.localtime(present).date(), timezone.localtime(due_at).date()
    if suspendue_depuis is not None:
        depuis = jour_court(timezone.localtime(suspendue_depuis).date(), aujourdhui)
        return Age("suspendu", f"{suspendue_motif}, depuis le {depuis}", "En attente d’un tiers", DISCRET)
    detail = f"échéance {jour_court(echeance, aujourdhui)}"
    if due_at <= present:
        retard = working_days_between(echeance, aujourdhui, departement)
        texte = f"en retard de {_ouvres(retard)}" if retard else "en retard depuis aujourd’hui"
        if retard > TRES_EN_RETARD_JOURS:
            return Age(texte, detail, "Très en retard", URGENT)
        return Age(texte, detail, "En retard", ATTENTION)
    reste = working_days_between(aujourdhui, echeance, departement)
    texte = f"dans {_ouvres(reste)}" if reste else "aujourd’hui"
    if reste <= BIENTOT_JOURS:
        return Age(texte, detail, "Bientôt", ACTIF)
    return Age(texte, detail, "À l’heure", NEUTRE)


_BROWSERS = (("Firefox", "Firefox"), ("Edg/", "Edge"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"))


def appareil(user_agent: str) -> str:
    """« Firefox sur Windows », from what a browser says of itself; the first words of it when nothing is known."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser:
        return f"{browser} sur {system}" if system else browser
    return user_agent[:40] or "Appareil inconnu"


def changement_de_pieces(demandees: int, retirees: int) -> str:
    """What a precision changed: « 2 pièces de plus sont demandées ; 1 n’est plus demandée. »."""
    parts = []
    if demandees:
        parts.append(f"{demandees} pièce{'s' if demandees > 1 else ''} de plus {'sont demandées' if demandees > 1 else 'est demandée'}")
    if retirees:
        parts.append(f"{retirees} pièce{'s' if retirees > 1 else ''} {'ne sont plus demandées' if retirees > 1 else 'n’est plus demandée'}")
    return f"C’est noté : {' ; '.join(parts)}." if parts else "C’est noté : les pièces demandées ne changent pas."
