"""Settings of the tests: the application logins, parts of their own, quick hashing, nothing that leaves."""

import os

os.environ["VIGIE_ENV"] = "test"
os.environ.setdefault("VIGIE_PROCESS", "web")
os.environ.setdefault("VIGIE_ENV_FILE", os.devnull)
# A worker of a session run in parallel forgets the names that it inherits; what it starts itself keeps its own.
_worker = os.environ.get("PYTEST_XDIST_WORKER", "")
if os.environ.get("VIGIE_TEST_WORKER", "") != _worker:
    os.environ["VIGIE_TEST_WORKER"] = _worker
    for _name in ("VIGIE_BROKER_PREFIX", "S3_BUCKET", "S3_MEDICAL_BUCKET"):
        os.environ.pop(_name, None)
# Sessions of tests at the same time share the servers, never a queue or a bucket.
os.environ.setdefault("VIGIE_BROKER_PREFIX", f"test-{os.getpid()}:")
os.environ.setdefault("S3_BUCKET", f"test-pieces-{os.getpid()}")
os.environ.setdefault("S3_MEDICAL_BUCKET", f"test-medical-{os.getpid()}")

from project.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CELERY_BROKER_CONNECTION_MAX_RETRIES = 0
AXES_ENABLED = False
# Django adds it by itself, but on settings that are dropped when the first test of a session runs as the bulle.
ALLOWED_HOSTS = [*ALLOWED_HOSTS, "testserver"]  # noqa: F405
INSTALLED_APPS = [*INSTALLED_APPS, "tests.essai"]  # noqa: F405
WHITENOISE_AUTOREFRESH = True  # files are looked for when asked for: each client of a test would list them all again
