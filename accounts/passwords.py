"""The one-time address at which somebody sets his password, for whoever can't receive an e-mail yet."""

from __future__ import annotations

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from accounts.models import User


def password_link(user: User) -> str:
    """Same link as « Mot de passe oublié » sends: void once used, or past PASSWORD_RESET_TIMEOUT."""
    key = default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": user_pk_to_url_str(user), "key": key})
    return f"{settings.OWN_URL}{path}"
