"""Sign-in, second factor, identity providers, lock-out, sessions, cookies and headers."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from project import environment as env
from project.environment import SettingRefused
from project.settings.base import DEMO, OWN_URL, PROCESS, PRODUCTION, SECURE

# -- sign-in ---------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "project.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False
# django-axes counts failed passwords (below); this stays for second-factor codes, and lets the lock-out speak first.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,10/300s/key"}
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SECURE else "http"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_ADAPTER = "allauth.mfa.adapter.DefaultMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "Vigie"
# A code typed in its last second is still good when it arrives (RFC 6238, §5.2: one step for the delay of the network).
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
# Required of every CDG and medical role; a demonstration lets its visitors in without.
MFA_REQUIRED = env.boolean("VIGIE_MFA_REQUIRED", not DEMO)
if PRODUCTION and not MFA_REQUIRED:
    raise SettingRefused("VIGIE_MFA_REQUIRED", "ne peut pas être levé en production.")
# How long a password or a second factor is good for an act on money (portal/securite.py); a demonstration never asks again.
STEP_UP_MINUTES = 0 if DEMO else env.integer("VIGIE_STEP_UP_MINUTES", 15, 1, 60)

SOCIALACCOUNT_ADAPTER = "project.adapters.SocialAccountAdapter"
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_STORE_TOKENS = False


def _oidc(provider: str, label: str) -> dict[str, Any] | None:
    """OIDC_<PROVIDER>_URL, _CLIENT_ID, _SECRET, _NOM declare one identity provider."""
    prefix = f"OIDC_{provider.upper()}_"
    server = env.url(prefix + "URL", "", ("http", "https"))
    if not server:
        return None
    if PRODUCTION and not server.startswith("https://"):
        raise SettingRefused(prefix + "URL", "doit commencer par https:// en production.")
    client, secret = env.text(prefix + "CLIENT_ID"), env.text(prefix + "SECRET")
    if not client or not secret:
        raise SettingRefused(prefix + ("SECRET" if client else "CLIENT_ID"), f"est obligatoire avec {prefix}URL.")
    return {
        "provider_id": provider,
        "name": env.text(prefix + "NOM", label),
        "client_id": client,
        "secret": secret,
        "settings": {"server_url": server, "oauth_pkce_enabled": True, "token_auth_method": "client_secret_post"},
    }


OIDC_PROVIDERS = [
    found
    for provider, label in (("proconnect", "ProConnect"), ("psc", "Pro Santé Connect"), ("generique", "Mon organisation"))
    if (found := _oidc(provider, label))
]
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": OIDC_PROVIDERS}}

AXES_FAILURE_LIMIT = env.integer("VIGIE_LOGIN_FAILURES", 5, 1, 100)
AXES_COOLOFF_TIME = env.integer("VIGIE_LOGIN_COOLOFF_HOURS", 1, 1, 720)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"], "username"]
AXES_RESET_ON_SUCCESS = True
AXES_SENSITIVE_PARAMETERS = ["password"]
AXES_USERNAME_CALLABLE = "accounts.lockout.username_of"
AXES_LOCKOUT_CALLABLE = "accounts.lockout.locked_out"
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_IPWARE_PROXY_COUNT = env.integer("VIGIE_PROXIES", 0, 0, 10)
AXES_IPWARE_META_PRECEDENCE_ORDER = ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"] if AXES_IPWARE_PROXY_COUNT else ["REMOTE_ADDR"]

# -- sessions, cookies, headers --------------------------------------------------------------------------------------

SESSION_ENGINE = "project.sessions"
SESSION_COOKIE_NAME = "vigie_bulle" if PROCESS == "bulle" else "vigie"
SESSION_COOKIE_AGE = 20 * 60 if PROCESS == "bulle" else env.integer("VIGIE_SESSION_MINUTES", 60 * 8, 5, 60 * 24) * 60
SESSION_SAVE_EVERY_REQUEST = PROCESS == "bulle"  # 20 minutes without a request, not 20 minutes in all
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict" if PROCESS == "bulle" else "Lax"
SESSION_COOKIE_SECURE = SECURE
CSRF_COOKIE_NAME = f"{SESSION_COOKIE_NAME}_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SECURE = SECURE
CSRF_TRUSTED_ORIGINS = [OWN_URL]
LANGUAGE_COOKIE_NAME = f"{SESSION_COOKIE_NAME}_langue"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
ALLOWED_HOSTS = env.words(
    "VIGIE_HOSTS", [urlsplit(OWN_URL).hostname or "localhost"] + ([] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
)
if PRODUCTION and "*" in ALLOWED_HOSTS:
    raise SettingRefused("VIGIE_HOSTS", "ne peut pas être « * » en production.")
if env.boolean("VIGIE_BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = SECURE and env.boolean("VIGIE_SSL_REDIRECT", True)
SECURE_HSTS_SECONDS = 63072000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
if PROCESS == "bulle":
    # What a form sends there is medical: it stays in memory, and what is too big for it is not taken. Never a temporary file in clear.
    FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
