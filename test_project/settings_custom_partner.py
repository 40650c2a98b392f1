"""The same project with a partner model of its own, chosen before the first migrate."""

from test_project.settings import *  # noqa: F403
from test_project.settings import INSTALLED_APPS

# The migration of the invoices names the partner model that the other settings choose.
INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "test_project.invoices"]
INSTALLED_APPS += ["test_project.custom_partner"]
PARTNER_SMTP_PARTNER_MODEL = "custom_partner.CustomPartner"
