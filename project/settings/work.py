"""Broker and tasks, mail, antivirus."""

from __future__ import annotations

import os
import re
from email.utils import parseaddr
from urllib.parse import unquote, urlsplit

from project import environment as env
from project.environment import SettingRefused
from project.settings.base import DEMO, EMBEDDED, PROCESS, PRODUCTION, required

# -- broker and tasks ------------------------------------------------------------------------------------------------

BROKER_URL = env.url("BROKER_URL", required("BROKER_URL", EMBEDDED.get("BROKER_URL", "redis://127.0.0.1:1/0")), ("redis", "rediss"))
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
CELERY_TASK_ROUTES = {"medical.*": {"queue": "bulle"}, "accounts.tenir_admissions": {"queue": "bulle"}}
CELERY_TIMEZONE = "Europe/Paris"
CELERY_ENABLE_UTC = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
# A wake-up that waited longer than its period is worth nothing: the next one does its work.
CELERY_BEAT_SCHEDULE = {
    name: {"task": name, "schedule": float(seconds), "options": {"expires": seconds}}
    for name, seconds in (
        ("accounts.tenir_admissions", 60),
        ("cases.balayer_echeances", 60),
        ("journal.sceller", 60),
        ("documents.balayer", 60),
        ("documents.rattraper_ribs", 60),
        ("documents.relire", 3600),
        ("documents.verifier_stockage", 86400),
        ("medical.balayer", 60),  # these three run in the bulle's worker: CELERY_TASK_ROUTES
        ("medical.relire", 3600),
        ("medical.inventorier", 86400),
        ("notifications.relever", 30),
        ("notifications.annoncer_dates", 86400),
        ("notifications.relancer", 60),
        ("notifications.rattraper", 3600),
        ("notifications.tenir_injoignables", 300),
        ("notifications.lire_rebonds", 60),
        ("notifications.livrer", 30),
        ("notifications.purger_livraisons", 86400),
        ("project.battement", 30),
        ("workflows.balayer", 30),
        ("workflows.balayer_bordereaux", 60),
        ("workflows.balayer_virements", 60),
        ("workflows.relire_bordereaux", 86400),
        ("api.purger_cles", 3600),
    )
} | {
    "project.battement_bulle": {"task": "project.battement", "schedule": 30.0, "options": {"expires": 30, "queue": "bulle"}},
    "workflows.balayer_bulle": {"task": "workflows.balayer", "schedule": 30.0, "options": {"expires": 30, "queue": "bulle"}},
}
DJANGO_CELERY_BEAT_TZ_AWARE = True

# -- mail, antivirus -------------------------------------------------------------------------------------------------

_EMAIL_SCHEMES = ("outbox", "smtp", "smtps", "smtp+tls", "anymail")
EMAIL_URL = env.url("EMAIL_URL", required("EMAIL_URL", "outbox://local"), _EMAIL_SCHEMES)
_mail = urlsplit(EMAIL_URL)
if _mail.scheme == "outbox":
    # Kept by the application and shown in its « Boîte d'envoi »; nothing leaves.
    if PRODUCTION and PROCESS != "owner":
        raise SettingRefused("EMAIL_URL", "doit nommer un serveur SMTP ou un prestataire en production.")
    EMAIL_BACKEND = "notifications.backends.BoiteEnvoi"
elif _mail.scheme == "anymail":
    # anymail://mailjet with the provider's own ANYMAIL_… variables. It tells bounces to the web process, under that secret.
    EMAIL_BACKEND = f"anymail.backends.{_mail.hostname}.EmailBackend"
    ANYMAIL = {name.removeprefix("ANYMAIL_"): value for name, value in os.environ.items() if name.startswith("ANYMAIL_")}
    ANYMAIL.setdefault("IGNORE_UNSUPPORTED_FEATURES", "1")  # metadata, that only bounces need: an e-mail leaves without them
    _secret = ANYMAIL.get("WEBHOOK_SECRET", "")
    if (_secret or (PRODUCTION and PROCESS == "web")) and not re.fullmatch(r"[^:\s]+:[^:\s]{16,}", _secret):
        raise SettingRefused("ANYMAIL_WEBHOOK_SECRET", "doit être « nom:secret », un secret d’au moins 16 signes.")
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
# Where servers return what they can't deliver (SMTP's envelope), and the Maildir where those returns arrive, if a server puts them there.
RETOUR_EMAIL = env.text("VIGIE_RETOUR_EMAIL", parseaddr(DEFAULT_FROM_EMAIL)[1])
if "@" not in RETOUR_EMAIL or parseaddr(RETOUR_EMAIL)[1] != RETOUR_EMAIL:
    raise SettingRefused("VIGIE_RETOUR_EMAIL", "doit être une adresse de courriel, sans nom.")
REBONDS_MAILDIR = env.text("VIGIE_REBONDS_MAILDIR")
if REBONDS_MAILDIR and not os.path.isabs(REBONDS_MAILDIR):
    raise SettingRefused("VIGIE_REBONDS_MAILDIR", "doit être le chemin entier d’un dossier.")

# Calls to other programs go to public addresses; an employer’s private network has to be allowed, loopback with it.
WEBHOOKS_PRIVES = env.boolean("VIGIE_WEBHOOKS_PRIVES", False)
# Days for which calls that are over can be read and replayed.
WEBHOOKS_CONSERVATION = env.integer("VIGIE_WEBHOOKS_CONSERVATION", 90, 7, 3650)

CLAMD_URL = env.url("CLAMD_URL", "", ("tcp", "unix")) if not env.text("CLAMD_URL").startswith("unix:///") else env.text("CLAMD_URL")
# Without an antivirus, files wait in quarantine; only a demonstration may accept them, and says so on every page.
ACCEPT_UNSCANNED = DEMO and not CLAMD_URL
# How many published files an hourly run reads again to compare their digest (documents.relire): at 50, some 36,000 a month.
RELECTURES = env.integer("VIGIE_RELECTURES", 50, 1, 10_000)
