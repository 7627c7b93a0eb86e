"""Nobody signs up: accounts are opened by the CDG. An identity provider only opens an account that exists.

At the web's address it is found by an address that the provider has verified. At the bulle's only by an identity that its holder has
linked himself, from inside: the addresses of accounts stand where the web's login writes.
"""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_password_reset_mail(self, user: AbstractBaseUser, email: str, context: dict[str, Any]) -> None:
        """Whoever works in the bulle only has no password at the web's address: the mail says whom to ask."""
        if isinstance(user, User) and user.works_at_the_bulle_only:
            self.send_mail("account/email/password_in_the_bulle", email, {"adresse_bulle": settings.BULLE_URL})
            return
        super().send_password_reset_mail(user, email, context)


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def can_authenticate_by_email(self, login: SocialLogin, email: str) -> bool:
        return settings.PROCESS != "bulle" and super().can_authenticate_by_email(login, email)
