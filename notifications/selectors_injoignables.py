"""Whom no e-mail reaches: collectivités that nobody can be told of, and dossiers whose only reader would be the agent himself."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.enums import Role
from accounts.gate import peut
from accounts.models import Collectivite, Habilitation, User
from cases.enums import OUVERTS, GenreTache
from cases.models import Sinistre, Tache
from contracts.models import Adhesion
from notifications.models import AdresseEnDefaut

COLLECTIVITE, DOSSIER = "collectivite", "sinistre"
"""What an item to call is about. One about an address (« adresse ») belongs to defauts.py."""
RAPPEL = dt.timedelta(days=30)
"""Whoever has called is left in peace for that long, even if nobody can be written to yet."""


def gens() -> QuerySet[Habilitation]:
    """Who may be told today for a collectivité, were his address to take our e-mails."""
    return Habilitation.objects.actives().filter(role=Role.COLLECTIVITE, user__is_active=True)


def _refusee(adresse: str) -> Exists:
    return Exists(AdresseEnDefaut.objects.filter(levee_le__isnull=True, adresse=Lower(OuterRef(adresse))))


def _joignables() -> QuerySet[Habilitation]:
    return gens().exclude(_refusee("user__email"))


def sans_personne() -> QuerySet[Collectivite]:
    """Collectivités with an open dossier that no e-mail can be written to now: neither anybody nor a contact address, or only addresses
    that refuse ours. `a_des_gens`: somebody is there, and can't be written to."""
    presents, joignables = (people.filter(collectivite_id=OuterRef("pk")) for people in (gens(), _joignables()))
    contact = Q(a_des_gens=False) & ~Q(email="") & ~Q(_refusee("email"))
    found = Collectivite.objects.annotate(a_des_gens=Exists(presents)).exclude(Exists(joignables)).exclude(contact)
    return found.filter(Exists(Sinistre.objects.filter(collectivite_id=OuterRef("pk"), etat__in=OUVERTS)))


def de_leur_seule_personne() -> QuerySet[Sinistre]:
    """Open dossiers of an agent who is the only person of his collectivité that e-mails reach: nobody is told of his own."""
    ceux = _joignables().filter(collectivite_id=OuterRef("collectivite_id"))
    return Sinistre.objects.filter(
        Exists(ceux.filter(user_id=OuterRef("agent__compte_id"))),
        ~Exists(ceux.exclude(user_id=OuterRef("agent__compte_id"))),
        etat__in=OUVERTS,
        agent__compte__isnull=False,
    )


def appels(objet_type: str) -> QuerySet[Tache]:
    """The items about a row of that kind that somebody has ended within RAPPEL, having called."""
    appelees = Tache.objects.filter(issue="terminee", fermee_le__gt=timezone.now() - RAPPEL)
    return appelees.filter(genre=GenreTache.CORRIGER_ADRESSE, objet_type=objet_type, objet_id=OuterRef("pk"))


def _dernier_appel(objet_type: str) -> Subquery:
    return Subquery(appels(objet_type).order_by("-fermee_le").values("fermee_le")[:1])


def collectivites_a_joindre(user: User) -> QuerySet[Collectivite]:
    """`sans_personne`, for whoever deals with addresses. `appelee_le`: when somebody last called, None for longer ago than RAPPEL."""
    found = sans_personne() if peut(user, "adresses_traiter") else Collectivite.objects.none()
    return found.annotate(appelee_le=_dernier_appel(COLLECTIVITE)).order_by("nom", "pk")


def dossiers_a_joindre(user: User) -> QuerySet[Sinistre]:
    """`de_leur_seule_personne`, for whoever deals with addresses, but his own. `appelee_le` as above."""
    found = de_leur_seule_personne() if peut(user, "adresses_traiter") else Sinistre.objects.none()
    return found.exclude(agent__compte=user.pk).annotate(appelee_le=_dernier_appel(DOSSIER)).order_by("pk")


def collectivites_injoignables(user: User) -> QuerySet[Collectivite]:
    """Those under contract today that have neither anybody here nor a contact address, for whoever reads the outbox."""
    if not peut(user, "courriels_lire"):
        return Collectivite.objects.none()
    adherentes = Adhesion.objects.en_vigueur(timezone.localdate()).filter(collectivite_id=OuterRef("pk"))
    sans_adresse = Collectivite.objects.filter(Exists(adherentes), email="")
    return sans_adresse.exclude(Exists(gens().filter(collectivite_id=OuterRef("pk")))).order_by("nom", "pk")
