"""The test project with django-post_office beside the outbox; the environment says where their server is."""

import os

import django

from test_project.settings import *  # noqa: F403
from test_project.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "post_office", "tests.benchmarks.plain"]
LOGGING_CONFIG = None

HOST, PORT = "127.0.0.1", int(os.environ.get("QUEUE_PORT", "0"))
LOGIN, PASSWORD = "billing", "correct-horse-7391"
CERTIFICATES = os.environ.get("QUEUE_CA", "")
SESSIONS = int(os.environ.get("QUEUE_SESSIONS", "2"))

PARTNER_SMTP_ALLOWED_NETWORKS = [f"{HOST}:{PORT}"]
PARTNER_SMTP_CA_FILE = CERTIFICATES
PARTNER_SMTP_QUEUE_SESSIONS = SESSIONS

TASKS_MODULE = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
TASKS = {"default": {"BACKEND": f"{TASKS_MODULE}.backends.dummy.DummyBackend"}}

POST_OFFICE = {
    "THREADS_PER_PROCESS": SESSIONS // 2,
    "BATCH_SIZE": int(os.environ.get("QUEUE_THEIR_BATCH", "100")),
    # After their default of 180 seconds the rest of a batch would be left for later.
    "BATCH_DELIVERY_TIMEOUT": 3600,
}
SMTP = "django.core.mail.backends.smtp.EmailBackend"
if django.VERSION >= (6, 1):
    OPTIONS = {"host": "localhost", "port": PORT, "username": LOGIN, "password": PASSWORD, "use_tls": True}
    MAILERS = {"default": {"BACKEND": SMTP, "OPTIONS": OPTIONS}}  # type: ignore[dict-item]
else:
    EMAIL_BACKEND = SMTP
    EMAIL_HOST, EMAIL_PORT, EMAIL_USE_TLS = "localhost", PORT, True
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = LOGIN, PASSWORD
