"""Writes about people: accounts, habilitations, tokens. People are deactivated, never deleted."""

from __future__ import annotations

import datetime as dt
import secrets

import pghistory
from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone

from accounts.enums import MEDICAL_ROLES, Role
from accounts.gate import Refus, exiger
from accounts.models import Collectivite, Habilitation, JetonApi, Organisme, User
from accounts.selectors import token_digest
from accounts.sessions import close_all_sessions
from journal.services import consigner

JOURS_DU_JETON = 90
JOURS_DU_JETON_MAXIMUM = 366
PREFIXE_DU_JETON = "vigie_"

Acteur = User | None
"""Who acts; None for whoever runs a command on the server: he already holds the database."""


def _check(acteur: Acteur) -> None:
    if acteur is not None:
        exiger(acteur, "comptes_gerer")


# -- accounts ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def creer_compte(*, acteur: Acteur, email: str, prenom: str, nom: str) -> User:
    """Open an account without a password: its holder sets one through « Mot de passe oublié » or the invitation's link.

    Raises Refus; ValidationError by field (address taken, whatever its case, or malformed; empty name).
    """
    _check(acteur)
    user = User(email=User.objects.normalize_email(email.strip()).lower(), prenom=prenom.strip(), nom=nom.strip())
    user.set_unusable_password()
    user.full_clean()
    if User.objects.filter(email__iexact=user.email).exists():
        raise ValidationError({"email": "Un compte porte déjà cette adresse."})
    user.save()
    # The CDG vouches for the address: an identity provider that has verified the same one opens this account.
    EmailAddress.objects.create(user_id=user.pk, email=user.email, verified=True, primary=True)
    consigner(acteur=acteur, action="compte.cree", objet_type="compte", objet_id=user.pk)
    return user


@transaction.atomic
def desactiver_compte(*, acteur: Acteur, user_id: int, motif: str) -> User:
    """Close an account for good reason: no sign-in, tokens revoked, open sessions void. The row stays. Idempotent.

    Raises Refus, also for one's own account; ValidationError without a reason.
    """
    _check(acteur)
    if acteur is not None and acteur.pk == user_id:
        raise Refus("Vous ne pouvez pas désactiver votre propre compte.", action="comptes_gerer", visible=True)
    if not motif.strip():
        raise ValidationError({"motif": "Dites pourquoi."})
    user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    if not user.is_active:
        return user
    user.is_active = False
    user.save(update_fields=["is_active"])
    JetonApi.objects.filter(user=user, revoque_le__isnull=True).update(revoque_le=timezone.now())
    close_all_sessions(user.pk)
    consigner(acteur=acteur, action="compte.desactive", objet_type="compte", objet_id=user.pk, motif=motif.strip())
    return user


@transaction.atomic
def reactiver_compte(*, acteur: Acteur, user_id: int, motif: str) -> User:
    """Open again an account that was closed. Its old tokens stay revoked. Idempotent. Raises Refus, ValidationError."""
    _check(acteur)
    if not motif.strip():
        raise ValidationError({"motif": "Dites pourquoi."})
    user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    if user.is_active:
        return user
    user.is_active = True
    user.save(update_fields=["is_active"])
    consigner(acteur=acteur, action="compte.reactive", objet_type="compte", objet_id=user.pk, motif=motif.strip())
    return user


@transaction.atomic
def modifier_compte(*, acteur: Acteur, user_id: int, email: str, prenom: str, nom: str) -> User:
    """Correct a name or an address. A new address signs the person out everywhere. Raises Refus, ValidationError by field."""
    _check(acteur)
    user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    ancienne = user.email
    user.email, user.prenom, user.nom = email.strip().lower(), prenom.strip(), nom.strip()
    user.full_clean()
    if User.objects.filter(email__iexact=user.email).exclude(pk=user.pk).exists():
        raise ValidationError({"email": "Un compte porte déjà cette adresse."})
    user.save(update_fields=["email", "prenom", "nom"])
    if user.email != ancienne:
        EmailAddress.objects.filter(user_id=user.pk).delete()
        EmailAddress.objects.create(user_id=user.pk, email=user.email, verified=True, primary=True)
        close_all_sessions(user.pk)
    consigner(acteur=acteur, action="compte.modifie", objet_type="compte", objet_id=user.pk, donnees={"adresse": user.email != ancienne})
    return user


@transaction.atomic
def choisir_raccourcis(*, acteur: User, actifs: bool) -> None:
    """Keep keyboard shortcuts, or do without them (RGAA 12.10): everybody decides for himself."""
    User.objects.filter(pk=acteur.pk).update(raccourcis=actifs)
    acteur.raccourcis = actifs


# -- habilitations -------------------------------------------------------------------------------------------------------


@transaction.atomic
def habiliter(
    *,
    acteur: Acteur,
    user: User,
    role: str,
    collectivite: Collectivite | None = None,
    organisme: Organisme | None = None,
    debut: dt.date | None = None,
    fin: dt.date | None = None,
) -> Habilitation:
    """Give a role between two dates, both included; no end means until withdrawn.

    Raises Refus, also for oneself: nobody raises his own rights; ValidationError (perimeter, dates, same right already given).
    """
    _check(acteur)
    if acteur is not None and acteur.pk == user.pk:
        raise Refus("Vous ne pouvez pas modifier vos propres droits.", action="comptes_gerer", visible=True)
    habilitation = Habilitation(
        user=user, role=role, collectivite=collectivite, organisme=organisme, debut=debut or timezone.localdate(), fin=fin
    )
    habilitation.full_clean()
    habilitation.save()
    if role in MEDICAL_ROLES:
        JetonApi.objects.filter(user=user, revoque_le__isnull=True).update(revoque_le=timezone.now())
    consigner(
        acteur=acteur,
        action="habilitation.donnee",
        objet_type="habilitation",
        objet_id=habilitation.pk,
        donnees={
            "compte": user.pk,
            "role": role,
            "collectivite": collectivite.pk if collectivite is not None else None,
            "organisme": organisme.pk if organisme is not None else None,
            "debut": habilitation.debut.isoformat(),
            "fin": fin.isoformat() if fin is not None else None,
        },
    )
    return habilitation


@transaction.atomic
def retirer_habilitation(*, acteur: Acteur, habilitation_id: int, motif: str, dernier_jour: dt.date | None = None) -> Habilitation:
    """Withdraw a right: after `dernier_jour`, or at once (its last day was yesterday; deleted when it began today). Idempotent.

    Raises Refus, also for oneself; ValidationError without a reason.
    """
    _check(acteur)
    if not motif.strip():
        raise ValidationError({"motif": "Dites pourquoi."})
    habilitation = Habilitation.objects.select_for_update(of=("self",)).get(pk=habilitation_id)
    if acteur is not None and acteur.pk == habilitation.user_id:
        raise Refus("Vous ne pouvez pas modifier vos propres droits.", action="comptes_gerer", visible=True)
    fin = dernier_jour or timezone.localdate() - dt.timedelta(days=1)
    if habilitation.fin is not None and habilitation.fin <= fin:
        return habilitation
    consigner(
        acteur=acteur,
        action="habilitation.retiree",
        objet_type="habilitation",
        objet_id=habilitation.pk,
        motif=motif.strip(),
        donnees={"compte": habilitation.user_id, "role": habilitation.role, "fin": fin.isoformat()},
    )
    if habilitation.debut > fin:
        habilitation.delete()
    else:
        habilitation.fin = fin
        habilitation.save(update_fields=["fin"])
    return habilitation


@transaction.atomic
def creer_premier_administrateur(*, email: str, prenom: str, nom: str) -> User:
    """The account that opens all others on a new installation; for the server's command only.

    Raises ValidationError when somebody already administers: from then on accounts are given from the screen.
    """
    if Habilitation.objects.actives().filter(role=Role.ADMINISTRATEUR, user__is_active=True).exists():
        raise ValidationError(
            "Un administrateur existe déjà\u00a0: il ouvre les autres comptes depuis l’écran «\u00a0Configuration\u00a0»."
        )
    user = User.objects.filter(email__iexact=email.strip(), is_active=True).first()
    user = user or creer_compte(acteur=None, email=email, prenom=prenom, nom=nom)
    habiliter(acteur=None, user=user, role=Role.ADMINISTRATEUR)
    return user


# -- configuration -------------------------------------------------------------------------------------------------------


@transaction.atomic
def enregistrer_configuration(*, acteur: User, objet: models.Model, champs: list[str]) -> None:
    """Save a row of configuration (collectivité, organisme, contract, list of pièces…), new or changed; `champs` names what changed.

    The row's own history is kept by trigger (accounts/history.py); the journal says who. Raises Refus, ValidationError by field.
    """
    exiger(acteur, "configuration_modifier")
    nouveau = objet._state.adding
    objet.full_clean()
    with pghistory.context(compte=acteur.pk):
        objet.save()
    consigner(
        acteur=acteur,
        action="configuration.creee" if nouveau else "configuration.modifiee",
        objet_type=objet._meta.model_name or "",
        objet_id=objet.pk,
        donnees={"champs": champs},
    )


# -- tokens --------------------------------------------------------------------------------------------------------------


@transaction.atomic
def creer_jeton(*, acteur: Acteur, user: User, libelle: str, jours: int = JOURS_DU_JETON) -> tuple[JetonApi, str]:
    """An API token for `user` and its secret, which nobody can read again: only its SHA-256 is kept.

    `jours`: 1 to 366. Raises Refus for somebody else's account, a disabled one, or a person without a right to the API; medical
    roles never have one. ValidationError for a label or a delay out of bounds.
    """
    if acteur is not None and acteur.pk != user.pk:
        raise Refus("Un jeton se crée pour soi-même.", action="jeton_gerer", visible=True)
    if user.has_role(*MEDICAL_ROLES):
        raise Refus(
            "Un rôle médical n’a pas de jeton d’API\u00a0: le secret médical ne passe que par la bulle.",
            action="jeton_gerer",
            visible=True,
        )
    exiger(user, "jeton_gerer")
    if not 1 <= jours <= JOURS_DU_JETON_MAXIMUM:
        raise ValidationError({"jours": f"La durée va de 1 à {JOURS_DU_JETON_MAXIMUM} jours."})
    secret = PREFIXE_DU_JETON + secrets.token_urlsafe(32)
    jeton = JetonApi(
        user=user, empreinte=token_digest(secret), libelle=libelle.strip(), expire_le=timezone.now() + dt.timedelta(days=jours)
    )
    jeton.full_clean()
    jeton.save()
    consigner(acteur=acteur, action="jeton.cree", objet_type="jeton", objet_id=jeton.pk, donnees={"compte": user.pk, "jours": jours})
    return jeton, secret


@transaction.atomic
def confirmer_jeton(*, acteur: User, jeton_id: int) -> JetonApi:
    """Its holder, who has just confirmed his identity, answers for what this token does with money during STEP_UP_MINUTES.

    Raises JetonApi.DoesNotExist for a token that is not his, or opens nothing any more.
    """
    vivants = JetonApi.objects.select_for_update(of=("self",)).filter(user=acteur, revoque_le__isnull=True, expire_le__gt=timezone.now())
    jeton = vivants.get(pk=jeton_id)
    jeton.confirme_le = timezone.now()
    jeton.save(update_fields=["confirme_le"])
    consigner(acteur=acteur, action="jeton.confirme", objet_type="jeton", objet_id=jeton.pk)
    return jeton


@transaction.atomic
def revoquer_jeton(*, acteur: Acteur, jeton_id: int) -> JetonApi:
    """Void a token at once. Idempotent. Its holder does it, or whoever manages accounts. Raises JetonApi.DoesNotExist, Refus."""
    jeton = JetonApi.objects.select_for_update(of=("self",)).get(pk=jeton_id)
    if acteur is not None and acteur.pk != jeton.user_id:
        exiger(acteur, "comptes_gerer")
    if jeton.revoque_le is None:
        jeton.revoque_le = timezone.now()
        jeton.save(update_fields=["revoque_le"])
        consigner(acteur=acteur, action="jeton.revoque", objet_type="jeton", objet_id=jeton.pk, donnees={"compte": jeton.user_id})
    return jeton
