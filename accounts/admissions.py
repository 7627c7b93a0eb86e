"""Who is admitted in the bulle: acts of a médecin conseil inside it, or of a command on the server; only the bulle's login can do them.

The administrator gives the habilitation, a médecin conseil acknowledges it here and hands over a one-time link himself: no e-mail, since
the addresses and the mails stand where the web's login writes (ADR 0012).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.hashers import is_password_usable, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from accounts.enums import MEDICAL_ROLES
from accounts.gate import Refus, exiger
from accounts.models import Admission, Habilitation, HabilitationQuerySet, IdentifiantBulle, LienEnrolement, User
from accounts.sessions import close_all_sessions
from journal.services import consigner

DUREE_DU_LIEN = dt.timedelta(hours=48)
ACTION = "bulle_admettre"

Acteur = User | None
"""Who acts; None for whoever runs a command on the server, or for the sweeper."""


def _check(acteur: Acteur, user_id: int) -> None:
    if acteur is None:
        return
    exiger(acteur, ACTION)
    if acteur.pk == user_id:
        raise Refus("Un autre médecin conseil décide de votre propre accès à la bulle.", action=ACTION, visible=True)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def lien_d_enrolement(secret: str) -> str:
    """The address to hand over. The secret stands in the fragment, which no server and no log ever sees."""
    return f"{settings.BULLE_URL}{reverse('bulle:enrolement')}#{secret}"


# -- reads ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LigneAdmission:
    admission: Admission
    etat: str
    """What remains to be done, in French, or « en service »."""
    en_service: bool


def _etat(admission: Admission, identifiant: IdentifiantBulle | None, jour: dt.date) -> LigneAdmission:
    if identifiant is None or not is_password_usable(identifiant.password):
        return LigneAdmission(admission, "mot de passe à choisir", False)
    if identifiant.enrole_le is None:
        return LigneAdmission(admission, "seconde vérification à mettre en place", False)
    if admission.debut > jour:
        return LigneAdmission(admission, "à venir", False)
    return LigneAdmission(admission, "en service", True)


def admissions_en_cours() -> list[LigneAdmission]:
    """Everybody admitted today or later, by name. For the bulle's own pages, behind the gate."""
    rows = list(Admission.objects.en_cours().select_related("user").order_by("user__nom", "user__prenom", "role", "pk"))
    identifiants = IdentifiantBulle.objects.in_bulk([row.user_id for row in rows])
    jour = timezone.localdate()
    return [_etat(row, identifiants.get(row.user_id), jour) for row in rows]


def habilitations_a_admettre() -> list[Habilitation]:
    """Medical roles that the administrator has given and that nobody has acknowledged here yet."""
    admises = Admission.objects.en_cours().filter(user_id=OuterRef("user_id"), role=OuterRef("role"))
    rows = _habilitations_en_cours().filter(~Exists(admises), role__in=sorted(MEDICAL_ROLES), user__is_active=True)
    return list(rows.select_related("user").order_by("user__nom", "user__prenom", "role", "pk"))


def _habilitations_en_cours() -> HabilitationQuerySet:
    return Habilitation.objects.en_cours()


def personne_du_lien(secret: str) -> User | None:
    """Whose link this is while it serves: not used, not replaced, younger than 48 h, its holder active and still admitted."""
    lien = LienEnrolement.objects.select_related("user").filter(_serves(secret)).first()
    return lien.user if lien is not None else None


def _serves(secret: str) -> Q:
    admis = Admission.objects.en_cours().filter(user_id=OuterRef("user_id"))
    return Q(
        Exists(admis),
        empreinte=_digest(secret.strip()),
        utilise_le__isnull=True,
        annule_le__isnull=True,
        expire_le__gt=timezone.now(),
        user__is_active=True,
    )


# -- acts ----------------------------------------------------------------------------------------------------------------


@transaction.atomic
def admettre(*, acteur: Acteur, user_id: int, role: str, debut: dt.date | None = None, fin: dt.date | None = None) -> tuple[Admission, str]:
    """Admit a person to a medical role between two dates, both included. Returns the admission and the secret of the enrolment link,
    empty when the person has a password in the bulle already.

    Raises Refus, also for oneself; ValidationError without the habilitation, for a closed account, a role already admitted, bad dates.
    """
    _check(acteur, user_id)
    user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    if not user.is_active:
        raise ValidationError("Ce compte est fermé.")
    if role not in MEDICAL_ROLES or not _habilitations_en_cours().filter(user=user, role=role).exists():
        raise ValidationError("Cette personne n’a pas ce rôle\u00a0: l’administrateur le donne d’abord, dans «\u00a0Configuration\u00a0».")
    if Admission.objects.en_cours().filter(user=user, role=role).exists():
        raise ValidationError("Cette personne est déjà admise dans ce rôle.")
    Admission.objects.filter(user=user, role=role, retiree_le__isnull=True).update(retiree_le=timezone.now(), motif="Terme échu")
    admission = Admission(user=user, role=role, debut=debut or timezone.localdate(), fin=fin, admise_par=acteur)
    admission.full_clean(exclude=["admise_par", "retiree_le", "retiree_par"])
    if fin is not None and fin < timezone.localdate():
        raise ValidationError({"fin": "Cette date est passée."})
    admission.save()
    consigner(
        acteur=acteur,
        action="admission.donnee",
        objet_type="admission",
        objet_id=admission.pk,
        donnees={
            "compte": user.pk,
            "role": role,
            "debut": admission.debut.isoformat(),
            "fin": fin.isoformat() if fin is not None else None,
        },
    )
    identifiant, _ = IdentifiantBulle.objects.get_or_create(user=user, defaults={"password": make_password(None)})
    if is_password_usable(identifiant.password):
        return admission, ""
    return admission, _new_link(acteur, user)


@transaction.atomic
def exclure(*, acteur: Acteur, admission_id: int, motif: str) -> Admission:
    """Withdraw an admission at once. With the last one go the password, the second factors and the sessions of the bulle. Idempotent.

    Raises Refus, also for oneself; ValidationError without a reason; Admission.DoesNotExist.
    """
    admission = Admission.objects.get(pk=admission_id)
    _check(acteur, admission.user_id)
    if not motif.strip():
        raise ValidationError({"motif": "Dites pourquoi."})
    user = User.objects.select_for_update(of=("self",)).get(pk=admission.user_id)
    admission = Admission.objects.select_for_update(of=("self",)).get(pk=admission_id)
    if admission.retiree_le is not None:
        return admission
    _withdraw(acteur, admission, motif.strip())
    if not Admission.objects.en_cours().filter(user=user).exists():
        _void_credentials(user)
    return admission


@transaction.atomic
def nouveau_lien(*, acteur: Acteur, user_id: int) -> str:
    """A new enrolment link for an admitted person who has lost his password or his phone. Returns its secret.

    What he had there (password, second factors, linked identities, sessions, earlier links) is void at once: a lost phone is in
    somebody's hands. Raises Refus, also for oneself; ValidationError for who is not admitted.
    """
    _check(acteur, user_id)
    user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    if not user.is_active or not Admission.objects.en_cours().filter(user=user).exists():
        raise ValidationError("Cette personne n’est pas admise dans la bulle.")
    _void_credentials(user)
    return _new_link(acteur, user)


@transaction.atomic
def enroler(*, secret: str, mot_de_passe: str) -> User:
    """Set the password of the person to whom the link was handed; the link serves once. The second factor comes at his first sign-in.

    Raises ValidationError on `secret` when the link does not serve (any more), on `mot_de_passe` when it is too weak.
    """
    lien = LienEnrolement.objects.select_for_update(of=("self",)).select_related("user").filter(_serves(secret)).first()
    if lien is None:
        raise ValidationError({"secret": "Ce lien ne sert plus\u00a0: demandez-en un autre à un médecin conseil."})
    try:
        validate_password(mot_de_passe, lien.user)
    except ValidationError as error:
        raise ValidationError({"mot_de_passe": error.messages}) from error
    maintenant = timezone.now()
    lien.utilise_le = maintenant
    lien.save(update_fields=["utilise_le"])
    IdentifiantBulle.objects.filter(user=lien.user).update(password=make_password(mot_de_passe), modifie_le=maintenant, enrole_le=None)
    consigner(acteur=lien.user, action="bulle.mot_de_passe_choisi", objet_type="compte", objet_id=lien.user_id)
    return lien.user


@transaction.atomic
def terminer_enrolement(*, acteur: User) -> None:
    """The second factor is in place: from now on the roles of the person count. Idempotent."""
    done = IdentifiantBulle.objects.filter(user=acteur, enrole_le__isnull=True).update(enrole_le=timezone.now())
    acteur.forget_identifiant_bulle()
    if done:
        consigner(acteur=acteur, action="bulle.enrolement_termine", objet_type="compte", objet_id=acteur.pk)


def tenir_admissions() -> int:
    """Withdraw the admissions of closed accounts and of habilitations that are over. Returns how many. Safe to run twice.

    Within a minute of the administrator's act, so that opening the account again, or giving the habilitation back, is not enough to
    come in: somebody inside must admit anew. What the person had as password stays, and opens nothing meanwhile.
    """
    tenue = _habilitations_en_cours().filter(user_id=OuterRef("user_id"), role=OuterRef("role"))
    orphans = Admission.objects.filter(~Exists(tenue) | Q(user__is_active=False), retiree_le__isnull=True)
    done = 0
    for pk in orphans.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            admission = orphans.select_for_update(of=("self",), skip_locked=True).filter(pk=pk).first()
            if admission is not None:
                _withdraw(None, admission, "Compte fermé ou habilitation terminée")
                done += 1
    return done


# -- parts of acts -------------------------------------------------------------------------------------------------------


def _withdraw(acteur: Acteur, admission: Admission, motif: str) -> None:
    admission.retiree_le, admission.retiree_par, admission.motif = timezone.now(), acteur, motif[:200]
    admission.save(update_fields=["retiree_le", "retiree_par", "motif"])
    consigner(
        acteur=acteur,
        action="admission.retiree",
        objet_type="admission",
        objet_id=admission.pk,
        motif=motif,
        donnees={"compte": admission.user_id, "role": admission.role},
    )


def _void_credentials(user: User) -> None:
    maintenant = timezone.now()
    IdentifiantBulle.objects.filter(user=user).update(password=make_password(None), modifie_le=maintenant, enrole_le=None)
    Authenticator.objects.filter(user=user).delete()
    SocialAccount.objects.filter(user=user).delete()
    LienEnrolement.objects.filter(user=user, utilise_le__isnull=True, annule_le__isnull=True).update(annule_le=maintenant)
    close_all_sessions(user.pk, processus="bulle")


def _new_link(acteur: Acteur, user: User) -> str:
    secret = secrets.token_urlsafe(32)
    maintenant = timezone.now()
    LienEnrolement.objects.filter(user=user, utilise_le__isnull=True, annule_le__isnull=True).update(annule_le=maintenant)
    LienEnrolement.objects.create(
        user=user, empreinte=_digest(secret), cree_par=acteur, cree_le=maintenant, expire_le=maintenant + DUREE_DU_LIEN
    )
    consigner(acteur=acteur, action="bulle.lien_remis", objet_type="compte", objet_id=user.pk)
    return secret
