"""The site that many test at once; the environment says which ports it may reach, and how many places it has."""

import os

from test_project.settings import *  # noqa: F403
from test_project.settings import DATABASES

LOGGING_CONFIG = None

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # As docs/scaling.md wants it.
    DATABASES["default"]["OPTIONS"] = {
        "init_command": "PRAGMA journal_mode=WAL",
        "transaction_mode": "IMMEDIATE",
    }

PARTNER_SMTP_ALLOWED_NETWORKS = [f"127.0.0.1:{port}" for port in os.environ.get("LOAD_PORTS", "").split()]
PARTNER_SMTP_CA_FILE = os.environ.get("LOAD_CA")
PARTNER_SMTP_PROBE_PORTS = ()
PARTNER_SMTP_TEST_TIMEOUT = float(os.environ.get("LOAD_TIMEOUT", "8"))
PARTNER_SMTP_MAX_CONCURRENT_TESTS = int(os.environ.get("LOAD_PLACES", "4"))
PARTNER_SMTP_QUEUE_TASKS = False
