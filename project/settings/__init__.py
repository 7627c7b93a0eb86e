"""Settings of every process, from the environment. docs/reglages.md explains each variable.

VIGIE_PROCESS says who is asking: `web` (also worker and beat), `bulle` (and its worker) or `owner` (migrations). Each
has its own database login; only the bulle reads the medical bucket's credentials and the key-encryption key.
"""

from __future__ import annotations

from project import environment as env
from project.settings.api import *  # noqa: F403
from project.settings.base import *  # noqa: F403
from project.settings.base import PROCESS
from project.settings.files import *  # noqa: F403
from project.settings.logs import logging_settings
from project.settings.people import *  # noqa: F403
from project.settings.work import *  # noqa: F403

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
    "portal.securite.SecuriteMiddleware",
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

# -- logs, metrics ---------------------------------------------------------------------------------------------------

METRICS_TOKEN = env.text("VIGIE_METRICS_TOKEN")
LOGGING = logging_settings(json=env.choice("VIGIE_LOG_FORMAT", "text", ("text", "json")) == "json")
LOGGING_CONFIG = "logging.config.dictConfig"
DJANGO_STRUCTLOG_CELERY_ENABLED = True
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
PGHISTORY_ADMIN_ALL_EVENTS = False
SILENCED_SYSTEM_CHECKS: list[str] = []
