"""Settings of every process, from the environment. docs/reglages.md explains each variable.

VIGIE_PROCESS says who is asking: `web` (also worker and beat), `bulle` (and its worker) or `owner` (migrations). Each
has its own database login; only the bulle reads the medical bucket's credentials and the key-encryption key.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF

from project import environment as env
from project.embedded.home import Home, default_home
from project.environment import SettingRefused
from project.settings.logs import logging_settings

BASE_DIR = Path(__file__).resolve().parents[2]
env.load(BASE_DIR)

# -- who, where ------------------------------------------------------------------------------------------------------

VIGIE_ENV = env.choice("VIGIE_ENV", "demonstration", ("demonstration", "test", "preproduction", "production"))
PROCESS = env.choice("VIGIE_PROCESS", "web", ("web", "bulle", "owner"))
PRODUCTION = VIGIE_ENV == "production"
VIGIE_HOME = default_home()
DEMO = env.boolean("VIGIE_DEMO", VIGIE_ENV == "demonstration")
DEBUG = env.boolean("VIGIE_DEBUG", False)

# The tests have parts and secrets of their own, planned (not started) here.
HOME = Home(VIGIE_HOME / "tests", fast=True) if VIGIE_ENV == "test" else Home(VIGIE_HOME)
TEST_DATABASE = "vigie"
if PRODUCTION:
    EMBEDDED: dict[str, str] = {}
else:
    if VIGIE_ENV == "test" and not env.text("DATABASE_URL"):
        HOME.plan()
        for _login in ("postgres", "vigie_web", "vigie_bulle", "vigie_owner"):
            HOME.secret(f"postgres_{_login}")
        for _secret in ("valkey", "s3_key_id", "s3_key", "s3_medical_key_id", "s3_medical_key"):
            HOME.secret(_secret)
    EMBEDDED = HOME.addresses()

PORT = env.port("PORT", 8000)
BULLE_PORT = env.port("BULLE_PORT", PORT + 1)
PUBLIC_URL = env.url("VIGIE_PUBLIC_URL", f"http://localhost:{PORT}", ("http", "https"), bare=True)
BULLE_URL = env.url("VIGIE_BULLE_URL", f"http://localhost:{BULLE_PORT}", ("http", "https"), bare=True)
OWN_URL = BULLE_URL if PROCESS == "bulle" else PUBLIC_URL
SECURE = OWN_URL.startswith("https://")


def _required(name: str, fallback: str | None) -> str:
    """A value that production must give and that the embedded parts stand for elsewhere."""
    given = env.text(name)
    if given:
        return given
    # Migrations run with the owner's database login and nothing else.
    if PRODUCTION and (PROCESS != "owner" or name == "DATABASE_OWNER_URL"):
        raise SettingRefused(name, "est obligatoire en production.")
    return fallback or ""


if PRODUCTION:
    if DEMO:
        raise SettingRefused("VIGIE_DEMO", "est interdit en production : les comptes de démonstration y sont publics.")
    if DEBUG:
        raise SettingRefused("VIGIE_DEBUG", "est interdit en production.")
    for _name, _address in (("VIGIE_PUBLIC_URL", PUBLIC_URL), ("VIGIE_BULLE_URL", BULLE_URL)):
        if not _address.startswith("https://"):
            raise SettingRefused(_name, "doit commencer par https:// en production.")

# Printed by `make run`, generated once per VIGIE_HOME; no account has it outside the demonstration.
DEMO_PASSWORD = (env.text("VIGIE_DEMO_PASSWORD") or HOME.read_secret("demo_password") or "") if DEMO else ""

# -- secrets ---------------------------------------------------------------------------------------------------------


def _secret_key(name: str, remembered: str) -> str:
    key = _required(name, HOME.read_secret(remembered) or secrets.token_urlsafe(48))
    if PRODUCTION and (len(key) < 40 or len(set(key)) < 10 or key == HOME.read_secret(remembered)):
        raise SettingRefused(name, "doit être un secret tiré au hasard d'au moins 40 caractères, propre à la production.")
    return key


_KEY_NAMES = {"web": ("VIGIE_SECRET_KEY", "secret_key"), "bulle": ("VIGIE_SECRET_KEY_BULLE", "secret_key_bulle")}
SECRET_KEY = secrets.token_urlsafe(48) if PROCESS == "owner" else _secret_key(*_KEY_NAMES[PROCESS])
if PROCESS != "owner" and env.text("VIGIE_SECRET_KEY") and env.text("VIGIE_SECRET_KEY") == env.text("VIGIE_SECRET_KEY_BULLE"):
    raise SettingRefused("VIGIE_SECRET_KEY_BULLE", "doit différer de VIGIE_SECRET_KEY.")

# Key-encryption keys of the bulle: « identifier:base64 of 32 bytes », the first one encrypts. Only the bulle has them.
MEDICAL_KEYS = env.words("VIGIE_MEDICAL_KEYS") if PROCESS == "bulle" else []
if PROCESS == "bulle" and not MEDICAL_KEYS:
    _required("VIGIE_MEDICAL_KEYS", "-")
    _remembered = HOME.read_secret("medical_kek")
    MEDICAL_KEYS = [f"local:{_remembered}"] if _remembered else []

# -- database --------------------------------------------------------------------------------------------------------

_DATABASE_NAMES = {"web": "DATABASE_URL", "bulle": "DATABASE_BULLE_URL", "owner": "DATABASE_OWNER_URL"}
_LOGINS = {"web": "vigie_web", "bulle": "vigie_bulle", "owner": "vigie_owner"}
_given = [_name for _name in _DATABASE_NAMES.values() if env.text(_name)]
for _name in _given:
    env.database(_name, "")  # a wrong address stops every process, not only the one that uses it


def database_settings(process: str) -> dict[str, Any]:
    name = _DATABASE_NAMES[process]
    nowhere = f"postgres://{_LOGINS[process]}@127.0.0.1:1/vigie"
    found = env.database(name, _required(name, EMBEDDED.get(name, nowhere)))
    parameters = {
        "search_path": "public" if process == "web" else "public,medical",
        "lock_timeout": "10s" if process == "owner" else "5s",
        "statement_timeout": "0" if process == "owner" else "30s",
        "idle_in_transaction_session_timeout": "0" if process == "owner" else "60s",
        "application_name": f"vigie-{process}",
    }
    if process == "owner":
        parameters["role"] = "vigie_tables"
    found["OPTIONS"] |= {"options": " ".join(f"-c {key}={value}" for key, value in parameters.items())}
    found["OPTIONS"].setdefault("connect_timeout", 5)
    found["CONN_MAX_AGE"] = 0 if process == "owner" else 60
    found["CONN_HEALTH_CHECKS"] = True
    return found


DATABASES = {"default": database_settings(PROCESS)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# -- applications ----------------------------------------------------------------------------------------------------

ROOMS = [
    "journal",
    "accounts",
    "contracts",
    "cases",
    "documents",
    "indemnities",
    "medical",
    "workflows",
    "notifications",
    "reporting",
    "portal",
    "api",
]
INSTALLED_APPS = [
    "project",
    *ROOMS,
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
    "csp",
    "django_celery_beat",
    "django_filters",
    "django_fsm",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "pghistory",
    "pgtrigger",
    "rest_framework",
    "viewflow",
    "viewflow.workflow",
]
MIDDLEWARE = [
    "project.health.HealthMiddleware",
    "project.metrics.MetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.sessions.SessionsMiddleware",
    "accounts.middleware.PorteMiddleware",
    "accounts.middleware.MfaRequiredMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.errors.ErrorsMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "project.urls_bulle" if PROCESS == "bulle" else "project.urls_web"
WSGI_APPLICATION = "project.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "project.context.installation",
                "portal.context.porte",
            ],
        },
    }
]

# -- language and time -----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH: list[str] = []

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
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
# Required of every CDG and medical role; a demonstration lets its visitors in without.
MFA_REQUIRED = env.boolean("VIGIE_MFA_REQUIRED", not DEMO)
if PRODUCTION and not MFA_REQUIRED:
    raise SettingRefused("VIGIE_MFA_REQUIRED", "ne peut pas être levé en production.")

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

# -- files -----------------------------------------------------------------------------------------------------------

_S3_SCHEMES = ("http", "https")
S3_ENDPOINT_URL = env.url("S3_ENDPOINT_URL", _required("S3_ENDPOINT_URL", EMBEDDED.get("S3_ENDPOINT_URL")), _S3_SCHEMES, bare=True)
S3_PUBLIC_ENDPOINT_URL = env.url("S3_PUBLIC_ENDPOINT_URL", S3_ENDPOINT_URL, _S3_SCHEMES, bare=True)
S3_REGION = env.text("S3_REGION", "us-east-1")
S3_BUCKET = env.text("S3_BUCKET", "vigie-pieces")


def _s3_key(name: str, remembered: str) -> str:
    """A real store needs its own keys; those of the embedded one open nothing there."""
    if env.text("S3_ENDPOINT_URL") and not env.text(name):
        raise SettingRefused(name, "est obligatoire avec S3_ENDPOINT_URL.")
    return _required(name, HOME.read_secret(remembered))


# Migrations touch no file.
S3_ACCESS_KEY_ID = _s3_key("S3_ACCESS_KEY_ID", "s3_key_id") if PROCESS != "owner" else ""
S3_SECRET_ACCESS_KEY = _s3_key("S3_SECRET_ACCESS_KEY", "s3_key") if PROCESS != "owner" else ""
S3_MEDICAL_BUCKET = env.text("S3_MEDICAL_BUCKET", "vigie-medical")
if S3_MEDICAL_BUCKET == S3_BUCKET:
    raise SettingRefused("S3_MEDICAL_BUCKET", "doit différer de S3_BUCKET.")
S3_MEDICAL_ENDPOINT_URL = ""
S3_MEDICAL_ACCESS_KEY_ID = ""
S3_MEDICAL_SECRET_ACCESS_KEY = ""
if PROCESS == "bulle":
    _embedded_medical = "" if env.text("S3_ENDPOINT_URL") else EMBEDDED.get("S3_MEDICAL_ENDPOINT_URL", "")
    S3_MEDICAL_ENDPOINT_URL = env.url("S3_MEDICAL_ENDPOINT_URL", _embedded_medical or S3_ENDPOINT_URL, _S3_SCHEMES, bare=True)
    S3_MEDICAL_ACCESS_KEY_ID = _s3_key("S3_MEDICAL_ACCESS_KEY_ID", "s3_medical_key_id")
    S3_MEDICAL_SECRET_ACCESS_KEY = _s3_key("S3_MEDICAL_SECRET_ACCESS_KEY", "s3_medical_key")
if PRODUCTION and PROCESS != "owner" and not S3_PUBLIC_ENDPOINT_URL.startswith("https://"):
    raise SettingRefused("S3_PUBLIC_ENDPOINT_URL", "doit commencer par https:// en production.")


def _s3_storage(endpoint: str, bucket: str, key: str, secret: str) -> dict[str, Any]:
    return {
        "BACKEND": "project.storage.Store",
        "OPTIONS": {
            "endpoint_url": endpoint,
            "bucket_name": bucket,
            "access_key": key,
            "secret_key": secret,
            "region_name": S3_REGION,
            "default_acl": None,
            "file_overwrite": False,
            "querystring_auth": True,
        },
    }


STORAGES = {
    "default": _s3_storage(S3_ENDPOINT_URL, S3_BUCKET, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or VIGIE_ENV == "test"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
if PROCESS == "bulle":
    STORAGES["medical"] = _s3_storage(S3_MEDICAL_ENDPOINT_URL, S3_MEDICAL_BUCKET, S3_MEDICAL_ACCESS_KEY_ID, S3_MEDICAL_SECRET_ACCESS_KEY)

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("VIGIE_STATIC_ROOT", str(VIGIE_HOME / "static")))
_NODE = Path(env.text("VIGIE_NODE_MODULES", str(BASE_DIR / "node_modules")))
_NODE_FOLDERS = (("tabler", "@tabler/core/dist"), ("echarts", "echarts/dist"))
NODE_FILES = {
    f"tabler/{name}{end}"
    for name in ("css/tabler.min.css", "css/tabler-vendors.min.css", "js/tabler.min.js", "js/tabler-theme.min.js")
    for end in ("", ".map")
} | {"echarts/echarts.min.js"}
STATICFILES_DIRS = [(prefix, str(_NODE / folder)) for prefix, folder in _NODE_FOLDERS if (_NODE / folder).is_dir()]
STATICFILES_FINDERS = [
    "project.statics.NodeFinder",
    "project.statics.AppFinder",
]
WHITENOISE_USE_FINDERS = VIGIE_ENV == "test"
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MANIFEST_STRICT = False

_STORE_ORIGIN = S3_PUBLIC_ENDPOINT_URL if S3_PUBLIC_ENDPOINT_URL else SELF
_OTHER_DOOR = [] if PROCESS == "bulle" else [BULLE_URL]  # a medical deposit goes from the page straight to the bulle
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *([] if PROCESS == "bulle" else [_STORE_ORIGIN])],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF, *_OTHER_DOOR, *([] if PROCESS == "bulle" else [_STORE_ORIGIN])],
        "frame-src": [SELF, *([] if PROCESS == "bulle" else [_STORE_ORIGIN])],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF, *_OTHER_DOOR],
        "frame-ancestors": [NONE],
    }
}

# -- journal ---------------------------------------------------------------------------------------------------------

# The heads of the journal's chain, outside the database: keep this folder where the database's owner can't write.
ANCRES_DIR = Path(env.text("VIGIE_ANCRES", str(HOME.path / "ancres")))

# -- broker and tasks ------------------------------------------------------------------------------------------------

BROKER_URL = env.url("BROKER_URL", _required("BROKER_URL", EMBEDDED.get("BROKER_URL", "redis://127.0.0.1:1/0")), ("redis", "rediss"))
CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A page never waits for a broker that is down: the sweepers find the work in the database.
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 2,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "global_keyprefix": env.text("VIGIE_BROKER_PREFIX", "vigie:"),
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_BACKEND = None
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_ACKS_ON_FAILURE_OR_TIMEOUT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_TASK_ROUTES = {"medical.*": {"queue": "bulle"}}
CELERY_TIMEZONE = TIME_ZONE
CELERY_ENABLE_UTC = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
# A wake-up that waited longer than its period is worth nothing: the next one does its work.
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": float(seconds), "options": {"expires": seconds}}
    for name, seconds in (
        ("cases.balayer_echeances", 60),
        ("journal.sceller", 60),
        ("documents.balayer", 60),
        ("notifications.relever", 30),
        ("project.battement", 30),
        ("api.purger_cles", 3600),
    )
} | {
    "project.battement_bulle": {"task": "project.battement", "schedule": 30.0, "options": {"expires": 30, "queue": "bulle"}},
}
DJANGO_CELERY_BEAT_TZ_AWARE = True

# -- mail, antivirus -------------------------------------------------------------------------------------------------

_EMAIL_SCHEMES = ("outbox", "smtp", "smtps", "smtp+tls", "anymail")
EMAIL_URL = env.url("EMAIL_URL", _required("EMAIL_URL", "outbox://local"), _EMAIL_SCHEMES)
_mail = urlsplit(EMAIL_URL)
if _mail.scheme == "outbox":
    # Kept by the application and shown in its « Boîte d'envoi »; nothing leaves.
    if PRODUCTION and PROCESS != "owner":
        raise SettingRefused("EMAIL_URL", "doit nommer un serveur SMTP ou un prestataire en production.")
    EMAIL_BACKEND = "notifications.backends.BoiteEnvoi"
elif _mail.scheme == "anymail":
    # anymail://mailjet with the provider's own ANYMAIL_… variables.
    EMAIL_BACKEND = f"anymail.backends.{_mail.hostname}.EmailBackend"
    ANYMAIL = {name.removeprefix("ANYMAIL_"): value for name, value in os.environ.items() if name.startswith("ANYMAIL_")}
else:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = _mail.hostname
    EMAIL_PORT = _mail.port or {"smtp": 25, "smtps": 465, "smtp+tls": 587}[_mail.scheme]
    EMAIL_HOST_USER = unquote(_mail.username or "")
    EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
    EMAIL_USE_SSL = _mail.scheme == "smtps"
    EMAIL_USE_TLS = _mail.scheme == "smtp+tls"
EMAIL_TIMEOUT = 10
EMAIL_OUTBOX_ONLY = _mail.scheme == "outbox"
DEFAULT_FROM_EMAIL = env.text("VIGIE_FROM_EMAIL", "Vigie <ne-pas-repondre@vigie.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

CLAMD_URL = env.url("CLAMD_URL", "", ("tcp", "unix")) if not env.text("CLAMD_URL").startswith("unix:///") else env.text("CLAMD_URL")
# Without an antivirus, files wait in quarantine; only a demonstration may accept them, and says so on every page.
ACCEPT_UNSCANNED = DEMO and not CLAMD_URL

# -- API -------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Vigie",
    "DESCRIPTION": "Sinistres d’assurance statutaire d’un centre de gestion : déclarer, déposer les pièces, instruire, payer, clore.\n\n"
    "Les documents sont en JSON strict : un champ inconnu, un type inexact ou une clé en double sont refusés. Les dates s’écrivent "
    "« AAAA-MM-JJ », les instants en ISO 8601 avec leur fuseau, les montants en euros sous forme de texte (« 892.50 »). Tout refus est "
    "un document « application/problem+json » (RFC 9457), en français.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "EtatSinistre": "cases.enums.Etat",
        "EtatPiece": "documents.enums.EtatPiece",
        "EtatFichier": "documents.enums.EtatDepot",
        "EtatDecompte": "indemnities.enums.EtatDecompte",
        "EtatBordereau": "indemnities.enums.EtatBordereau",
        "GenreArret": "cases.enums.GenreArret",
        "GenreTache": "cases.enums.GenreTache",
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "api.openapi.close_documents"],
}
# Requests of one account in a minute, all processes together.
API_REQUESTS_PER_MINUTE = env.integer("VIGIE_API_PER_MINUTE", 600, 1, 1_000_000)

# -- logs, metrics ---------------------------------------------------------------------------------------------------

METRICS_TOKEN = env.text("VIGIE_METRICS_TOKEN")
LOGGING = logging_settings(json=env.choice("VIGIE_LOG_FORMAT", "text", ("text", "json")) == "json")
LOGGING_CONFIG = "logging.config.dictConfig"
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
PGHISTORY_ADMIN_ALL_EVENTS = False
SILENCED_SYSTEM_CHECKS: list[str] = []
