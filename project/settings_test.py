"""Settings of the tests: the application logins, parts of their own, quick hashing, nothing that leaves."""

import os

os.environ["VIGIE_ENV"] = "test"
os.environ.setdefault("VIGIE_PROCESS", "web")
os.environ.setdefault("VIGIE_ENV_FILE", os.devnull)

from project.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_BROKER_CONNECTION_MAX_RETRIES = 0
AXES_ENABLED = False
