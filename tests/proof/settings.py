"""The test project, impatient: what a killed worker had in hand waits for seconds, not minutes."""

import django

from test_project.settings import *  # noqa: F403
from test_project.settings import DATABASES

DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Workers find the mail by themselves.
TASKS_MODULE = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
TASKS = {"default": {"BACKEND": f"{TASKS_MODULE}.backends.dummy.DummyBackend"}}
PARTNER_SMTP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
PARTNER_SMTP_QUEUE_LEASE = 15.0
PARTNER_SMTP_QUEUE_BATCH = 25
PARTNER_SMTP_SEND_TIMEOUT = 5.0
