"""The demonstration: the sandbox's addresses come from the program that started it."""

import json
import os

from test_project.settings import *  # noqa: F403
from test_project.settings import VAR_DIR

DEBUG = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": VAR_DIR / "demo.sqlite3"}}

PARTNER_SMTP_ALLOWED_NETWORKS = os.environ.get("DEMO_ALLOWED_NETWORKS", "").split()
PARTNER_SMTP_CA_FILE = os.environ.get("DEMO_CA_FILE") or None
PARTNER_SMTP_OAUTH = json.loads(os.environ.get("DEMO_OAUTH", "{}"))
PARTNER_SMTP_NAMESERVERS = os.environ.get("DEMO_NAMESERVERS", "").split()
PARTNER_SMTP_PROBE_PORTS = tuple(map(int, os.environ.get("DEMO_PROBE_PORTS", "465 587 25").split()))

# The report of each test is printed; the records of the failed ones would only repeat it.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"null": {"class": "logging.NullHandler"}},
    "loggers": {"wagtail_partner_smtp": {"handlers": ["null"], "propagate": False}},
}
