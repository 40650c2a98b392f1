"""The same project with a partner model of its own, chosen before the first migrate."""

from test_project.settings import *  # noqa: F403
from test_project.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "test_project.custom_partner"]
PARTNER_SMTP_PARTNER_MODEL = "custom_partner.CustomPartner"
