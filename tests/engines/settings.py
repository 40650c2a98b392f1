"""The test project on one engine, which the environment variable ``ENGINE`` names."""

import os

import django

from test_project.settings import *  # noqa: F403
from test_project.settings import INSTALLED_APPS

ENGINE = os.environ["ENGINE"]
TASKS_MODULE = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"
BACKENDS = {
    # Workers find the mail by themselves.
    "command": f"{TASKS_MODULE}.backends.dummy.DummyBackend",
    "immediate": f"{TASKS_MODULE}.backends.immediate.ImmediateBackend",
    "db": "django_tasks_db.DatabaseBackend",
    "rq": "django_tasks_rq.RQBackend",
    "celery": "tests.engines.celery_site.CeleryBackend",
}
TASKS = {"default": {"BACKEND": BACKENDS[ENGINE], "QUEUES": ["default"]}}
INSTALLED_APPS = [*INSTALLED_APPS, "django_tasks_db", "django_rq", "django_tasks_rq"]
if ENGINE != "rq" and django.VERSION < (6, 0):
    INSTALLED_APPS += ["django_tasks"]


class NoMigrations:
    """Tables are made from the models, which takes a tenth of the time."""

    def __contains__(self, label: object) -> bool:
        return True

    def __getitem__(self, label: str) -> None:
        return None


MIGRATION_MODULES = NoMigrations()

RQ_QUEUES = {"default": {"URL": os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/15")}}
CELERY_BROKER_URL = os.environ.get("RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672//")
# Other queues of the same broker are nobody's business.
CELERY_TASK_DEFAULT_QUEUE = os.environ.get("CELERY_QUEUE", "partner_smtp_engines")

PARTNER_SMTP_ALLOWED_NETWORKS = ["127.0.0.0/8"]
PARTNER_SMTP_QUEUE_LEASE = float(os.environ.get("QUEUE_LEASE", "300"))
PARTNER_SMTP_SEND_TIMEOUT = 30.0
