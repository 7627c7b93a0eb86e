"""The directory of médecins agréés: kept by the CDG, from the list of the préfet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.utils import timezone

from accounts.enums import Role
from accounts.gate import exiger
from accounts.models import Habilitation, User
from cases.errors import DonneeInvalide
from cases.models import MedecinAgree
from journal.services import consigner

DEPARTEMENT = re.compile(r"(\d{2}|2[AB]|97[1-6])$")
CHAMPS = ("nom", "prenom", "specialite", "commune", "departement", "telephone", "email", "visite_a_domicile", "compte", "actif")


@dataclass(frozen=True)
class FicheMedecin:
    """What is kept of one of them. `compte`: his sign-in to the bulle, where he has one."""

    nom: str
    prenom: str
    commune: str
    departement: str
    specialite: str = ""
    telephone: str = ""
    email: str = ""
    visite_a_domicile: bool = False
    compte: User | None = None
    actif: bool = True


def annuaire(departement: str = "") -> QuerySet[MedecinAgree]:
    """Those who may be called upon, the ones of `departement` first."""
    ici = Case(When(departement=departement, then=Value(0)), default=Value(1), output_field=IntegerField())
    return MedecinAgree.objects.filter(actif=True).order_by(ici, "departement", "nom", "prenom", "pk")


def experts() -> QuerySet[User]:
    """The people who sign in to the bulle as médecin agréé."""
    jour = timezone.localdate()
    habilites = Habilitation.objects.filter(role=Role.EXPERT, debut__lte=jour).exclude(fin__lt=jour)
    return User.objects.filter(is_active=True, pk__in=habilites.values("user_id")).order_by("nom", "prenom", "pk")


def enregistrer(*, acteur: User, fiche: FicheMedecin, medecin_id: int | None = None) -> MedecinAgree:
    """Add a médecin agréé, or change one; one who is no longer agréé is set inactive, never deleted.

    Raises Refus, MedecinAgree.DoesNotExist, DonneeInvalide.
    """
    exiger(acteur, "medecins_agrees_tenir")
    with transaction.atomic():
        medecin = MedecinAgree.objects.select_for_update(of=("self",)).get(pk=medecin_id) if medecin_id is not None else MedecinAgree()
        valeurs = {nom: valeur.strip() if isinstance(valeur, str) else valeur for nom, valeur in vars(fiche).items()}
        _check(medecin_id, valeurs)
        changes = [nom for nom in CHAMPS if getattr(medecin, nom) != valeurs[nom]]
        if medecin_id is not None and not changes:
            return medecin
        for nom in changes:
            setattr(medecin, nom, valeurs[nom])
        medecin.save()
        action = "medecin_agree.change" if medecin_id is not None else "medecin_agree.ajoute"
        consigner(acteur=acteur, action=action, objet_type="medecin_agree", objet_id=medecin.pk, donnees={"champs": changes})
    return medecin


def _check(medecin_id: int | None, valeurs: dict[str, Any]) -> None:
    erreurs: dict[str, list[str]] = {}
    for nom, phrase in (("nom", "Donnez son nom."), ("prenom", "Donnez son prénom."), ("commune", "Donnez sa commune d’exercice.")):
        if not valeurs[nom]:
            erreurs[nom] = [phrase]
    if not DEPARTEMENT.match(str(valeurs["departement"])):
        erreurs["departement"] = ["Donnez le numéro du département : 34, 2A, 974."]
    if valeurs["email"]:
        try:
            validate_email(str(valeurs["email"]))
        except ValidationError:
            erreurs["email"] = ["Cette adresse électronique n’en est pas une."]
    autres = MedecinAgree.objects.exclude(pk=medecin_id or 0)
    if valeurs["compte"] is not None:
        if not experts().filter(pk=valeurs["compte"].pk).exists():
            erreurs["compte"] = ["Cette personne n’entre pas dans la bulle comme médecin agréé."]
        elif autres.filter(compte=valeurs["compte"]).exists():
            erreurs["compte"] = ["Ce compte est déjà celui d’un autre médecin."]
    meme = {f"{nom}__iexact": valeurs[nom] for nom in ("nom", "prenom", "commune")}
    if not erreurs and autres.filter(**meme).exists():
        erreurs["nom"] = ["Ce médecin est déjà dans l’annuaire, dans cette commune."]
    if erreurs:
        raise DonneeInvalide(erreurs)
