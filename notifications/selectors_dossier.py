"""What was told of a dossier, to whom, and what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.utils import timezone

from accounts.gate import peut
from accounts.models import User
from cases.models import Sinistre
from notifications.enums import Cadence, EtatAnnonce, EtatCourriel
from notifications.genres.base import jour_en_francais
from notifications.models import Annonce
from notifications.selectors import adresses_en_defaut
from notifications.selectors_injoignables import gens

LIMITE = 40
"""News shown of one dossier, the latest first: what an older one became is in the outbox."""

EN_ROUTE = (EtatCourriel.A_ENVOYER, EtatCourriel.EN_COURS)

DEVENUS: dict[str, str] = {
    EtatCourriel.EN_COURS: "en cours d’envoi",
    EtatCourriel.INCERTAIN: "envoi incertain\u00a0: personne ne sait s’il est arrivé",
    EtatCourriel.ABANDONNE: "n’a pas pu être envoyé",
    EtatCourriel.REJETE: "rejeté par le serveur du destinataire",
    EtatCourriel.SANS_OBJET: "sans objet\u00a0: ce n’était plus à dire",
}
"""What became of an e-mail that did not simply leave."""


@dataclass(frozen=True)
class Dit:
    """One news, to one recipient: `quand` it was or will be told, None when it was not and will not be.

    `attend`: it is still to be told; `refusee`: to an address that refuses ours; `passe`: to somebody else than this recipient.
    """

    annonce: Annonce
    etat: str
    quand: dt.datetime | None = None
    parti: bool = False
    attend: bool = False
    refusee: bool = False
    passe: bool = False

    @property
    def a_qui(self) -> str:
        """The name of a person; the contact address of a collectivité that has nobody here."""
        return self.annonce.destinataire.get_full_name() if self.annonce.destinataire is not None else self.annonce.adresse

    @property
    def courriel_id(self) -> int | None:
        return self.annonce.courriel_id


@dataclass(frozen=True)
class Prevenue:
    """Whether the collectivité was told: one sentence, what to do where something is wrong, and each news."""

    phrase: str
    a_faire: str = ""
    dits: list[Dit] = field(default_factory=list)


def courriels_du_dossier(user: User, sinistre: Sinistre) -> Prevenue | None:
    """What was told of a dossier that `user` may see, None for whoever may not read e-mails and for one's own dossier. Three queries.

    The sinistre comes with its agent and collectivité.
    """
    if not peut(user, "courriels_lire") or sinistre.compte_agent_id == user.pk:
        return None
    annonces = list(
        Annonce.objects.filter(sinistre=sinistre, collectivite__isnull=False)
        .select_related("courriel", "destinataire")
        .order_by("-pk")[:LIMITE]
    )
    people = dict(gens().filter(collectivite=sinistre.collectivite_id).order_by().values_list("user_id", "user__email"))
    contact = {sinistre.collectivite.email} - {""}
    refusees = adresses_en_defaut({_address(annonce) for annonce in annonces} | contact | set(people.values()))
    dits = _told_once([_told(annonce, refusees, sinistre, people) for annonce in annonces])
    a_prevenir = {email for pk, email in people.items() if pk != sinistre.compte_agent_id}
    injoignables = _all_refused(a_prevenir if people else contact, refusees)
    if not people and not contact:
        return Prevenue(
            "La collectivité ne peut pas être prévenue\u00a0: elle n’a ni personne ici, ni adresse de contact.",
            "Appelez-la, et faites-lui donner un compte ou une adresse\u00a0: les relances suivantes partiront d’elles-mêmes.",
            dits,
        )
    if people and not a_prevenir:
        return Prevenue(
            "La collectivité ne peut pas être prévenue\u00a0: la seule personne est l’agent concerné.",
            "Appelez-la, et faites donner un compte à une autre personne\u00a0: les relances suivantes partiront d’elles-mêmes.",
            dits,
        )
    if injoignables and sinistre.compte_agent_id in people:
        return Prevenue(
            "La collectivité ne peut pas être prévenue\u00a0: l’agent concerné mis à part, ses adresses refusent nos courriels.",
            f"Appelez-la, et demandez la bonne adresse ({injoignables[0]}) ou un compte pour une autre personne\u00a0: "
            "les relances suivantes partiront d’elles-mêmes.",
            dits,
        )
    return _in_one_sentence(dits, injoignables)


def _all_refused(adresses: Iterable[str], refusees: set[str]) -> list[str]:
    """These addresses when every one of them refuses our e-mails, else none."""
    found = sorted(adresses)
    return found if set(found) <= refusees else []


def _in_one_sentence(dits: list[Dit], injoignables: list[str]) -> Prevenue:
    parti = max((dit for dit in dits if dit.parti), key=lambda dit: dit.quand or timezone.now(), default=None)
    attend = [dit for dit in dits if dit.attend]
    partent = [dit for dit in attend if not dit.refusee and not dit.passe]
    debut = "La collectivité n’a pas encore été prévenue"
    if parti is not None and parti.quand is not None:
        debut = f"La collectivité a été prévenue le {jour_en_francais(timezone.localdate(parti.quand))}"
    if partent:
        return Prevenue(f"{debut}\u00a0{';' if parti else ':'} {_when(partent)}.", "", dits)
    if any(dit.passe for dit in attend) and not injoignables:
        return Prevenue(f"{debut}\u00a0{';' if parti else ':'} ce qui attendait passe à une autre personne.", "", dits)
    if attend:
        adresse = injoignables[0] if injoignables else next(_address(dit.annonce) for dit in attend if dit.refusee)
        return Prevenue(
            f"{debut}\u00a0{'; depuis,' if parti else ':'} son adresse refuse nos courriels.",
            f"Demandez-lui la bonne adresse ({adresse})\u00a0: ce qui attend partira ensuite, sous six heures.",
            dits,
        )
    if parti is not None:
        return Prevenue(f"{debut}.", "", dits)
    return Prevenue(f"{debut}\u00a0: {_why_not(dits)}.", _what_to_do(dits), dits)


def _when(partent: list[Dit]) -> str:
    prochaine = min((dit.quand for dit in partent if dit.quand is not None), default=None)
    if prochaine is None or prochaine <= timezone.now():
        return "un courriel part dans les minutes qui viennent"
    return f"le prochain récapitulatif part le {jour_en_francais(timezone.localdate(prochaine))}"


def _why_not(dits: list[Dit]) -> str:
    etats = {dit.annonce.etat for dit in dits}
    if not dits:
        return "rien n’est à lui dire"
    if etats <= {EtatAnnonce.NON_VOULUE, EtatAnnonce.SANS_OBJET}:
        return "elle ne veut pas de courriel pour ces nouvelles" if EtatAnnonce.NON_VOULUE in etats else "ce qui était à dire ne l’est plus"
    return "aucun courriel n’est arrivé à coup sûr"


def _what_to_do(dits: list[Dit]) -> str:
    perdus = [dit for dit in dits if dit.annonce.courriel is not None and dit.annonce.courriel.etat in DEVENUS]
    perdus = [dit for dit in perdus if dit.etat != DEVENUS[EtatCourriel.SANS_OBJET]]
    return "Ouvrez le courriel ci-dessous pour le renvoyer ou le classer, ou appelez la collectivité." if perdus else ""


def _told_once(dits: list[Dit]) -> list[Dit]:
    """A fact that somebody else is told passes to nobody: the relay leaves it there."""
    sus = {dit.annonce.intention for dit in dits if dit.parti or (dit.attend and not dit.passe)}
    return [
        replace(dit, etat="sans objet\u00a0: une autre personne est prévenue", attend=False, passe=False)
        if dit.passe and dit.annonce.intention in sus
        else dit
        for dit in dits
    ]


def _told(annonce: Annonce, refusees: set[str], sinistre: Sinistre, people: Mapping[int, str]) -> Dit:
    """Where one news stands, in words."""
    courriel = annonce.courriel
    if annonce.etat == EtatAnnonce.NON_VOULUE:
        return Dit(annonce, "pas de courriel, à sa demande")
    if annonce.etat == EtatAnnonce.SANS_OBJET:
        return Dit(annonce, DEVENUS[EtatCourriel.SANS_OBJET])
    if courriel is not None and courriel.etat == EtatCourriel.ENVOYE:
        return Dit(annonce, "envoyé", courriel.envoye_le, parti=True)
    if courriel is not None and courriel.etat not in EN_ROUTE:
        return Dit(annonce, DEVENUS[courriel.etat])
    if why := _why_another(annonce, sinistre, people):
        return Dit(annonce, f"attend une autre personne\u00a0: {why}", attend=True, passe=True)
    if _address(annonce) in refusees:
        return Dit(annonce, "attend\u00a0: l’adresse refuse nos courriels", attend=True, refusee=True)
    if courriel is not None and courriel.etat == EtatCourriel.EN_COURS:
        return Dit(annonce, DEVENUS[EtatCourriel.EN_COURS], attend=True)
    quand = courriel.prochaine_le if courriel is not None else annonce.prevue_le
    recap = annonce.cadence == Cadence.RECAPITULATIF
    return Dit(annonce, "attend le prochain récapitulatif" if recap else "va partir", quand, attend=True)


def _why_another(annonce: Annonce, sinistre: Sinistre, people: Mapping[int, str]) -> str:
    """Why this recipient is told no more (`destinataires.encore_a_dire`), nothing when he is."""
    if annonce.destinataire_id is None:
        return "" if annonce.adresse == sinistre.collectivite.email else "cette adresse n’est plus celle de la collectivité"
    if annonce.destinataire_id == sinistre.compte_agent_id:
        return "celle-ci est l’agent concerné"
    return "" if annonce.destinataire_id in people else "celle-ci n’est plus de la collectivité"


def _address(annonce: Annonce) -> str:
    return annonce.destinataire.email if annonce.destinataire is not None else annonce.adresse


def dits_a_la_collectivite(user: User, sinistre: Sinistre) -> list[tuple[dt.date, str]]:
    """What the user's own collectivité was told by e-mail of one of its dossiers, the latest first: the day and the kind, once each."""
    if sinistre.compte_agent_id == user.pk or sinistre.collectivite_id not in user.collectivite_ids:
        return []
    partis = Annonce.objects.filter(
        sinistre=sinistre, collectivite_id=sinistre.collectivite_id, etat=EtatAnnonce.CONFIEE, courriel__etat=EtatCourriel.ENVOYE
    ).select_related("courriel")
    found: dict[tuple[dt.date, str], None] = {}
    for annonce in partis.order_by("-courriel__envoye_le", "-pk")[:LIMITE]:
        if annonce.courriel is not None and annonce.courriel.envoye_le is not None:
            found.setdefault((timezone.localdate(annonce.courriel.envoye_le), annonce.get_genre_display()))
    return list(found)
