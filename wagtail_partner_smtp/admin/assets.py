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
    # It shows a report at once, which the others must be there for.
    _module("tab/kept-report"),
    _module("tab/form-errors"),
)
CONNECT = (*_SHARED, _module("oauth/connect"))
SETUP_HELP = (*_SHARED, _module("tab/fill-in"), _module("tab/find-settings"))
DOMAIN_CHECK = (*_SHARED, _module("tab/check-domain"))
METHOD = (_module("elements"), _module("tab/method"))
PORT_NOTE = _module("tab/port-note")
PASSWORD = (_module("elements"), _module("tab/password"))
READ_SERVER = (*_SHARED, _module("tab/read-server"))
SENDER_NOTE = _module("tab/sender-note")
