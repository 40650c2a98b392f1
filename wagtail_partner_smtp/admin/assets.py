"""The plugin's stylesheet and scripts: plain modules, one Stimulus controller each."""

from __future__ import annotations

from typing import Any

from django.forms.widgets import Script

STYLES = "wagtail_partner_smtp/partner-smtp.css"
REPORT_STYLES = "wagtail_partner_smtp/report.css"


def _module(name: str) -> Any:
    # Any, since Django's type stubs know of no script but its path.
    return Script(f"wagtail_partner_smtp/{name}.js", type="module")


ROW_OPEN = _module("row-open")
CLEARTEXT_WARNING = _module("cleartext-warning")
BULK_TEST = (_module("elements"), _module("pace"), _module("saved-test"), _module("bulk-test"))
# In this order: each uses what those before it have put on window.partnerSmtp.
TEST_CONNECTION = (
    _module("elements"),
    _module("timeline"),
    _module("server-facts"),
    _module("test-connection"),
    _module("report"),
    _module("fields"),
    _module("certificate"),
    _module("copy-report"),
    _module("send-test-email"),
)
SETUP_HELP = (_module("elements"), _module("fill-in"), _module("find-settings"))
PORT_NOTE = _module("port-note")
