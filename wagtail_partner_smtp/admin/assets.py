"""The plugin's stylesheet and scripts: plain modules, one Stimulus controller each."""

from __future__ import annotations

from typing import Any

from django.forms.widgets import Script

STYLES = "wagtail_partner_smtp/partner-smtp.css"
OUTGOING_STYLES = "wagtail_partner_smtp/outgoing/outgoing.css"
REPORT_STYLES = "wagtail_partner_smtp/tab/report.css"


def _module(name: str) -> Any:
    # Any, since Django's type stubs know of no script but its path.
    return Script(f"wagtail_partner_smtp/{name}.js", type="module")


ROW_OPEN = _module("lists/row-open")
CLEARTEXT_WARNING = _module("tab/cleartext-warning")
_SHARED = (_module("elements"), _module("endpoint"))
# In this order: each uses what those before it have put on window.partnerSmtp.
BULK_TEST = (
    *_SHARED,
    _module("lists/pace"),
    _module("lists/saved-test"),
    _module("lists/bulk-test"),
)
TEST_CONNECTION = (
    *_SHARED,
    _module("tab/timeline"),
    _module("tab/server-facts"),
    _module("tab/test-connection"),
    _module("tab/report"),
    _module("tab/fields"),
    _module("tab/certificate"),
    _module("tab/copy-report"),
    _module("tab/send-test-email"),
)
CONNECT = (*_SHARED, _module("oauth/connect"))
SETUP_HELP = (*_SHARED, _module("tab/fill-in"), _module("tab/find-settings"))
METHOD = (_module("elements"), _module("tab/method"))
PORT_NOTE = _module("tab/port-note")
SENDER_NOTE = _module("tab/sender-note")
