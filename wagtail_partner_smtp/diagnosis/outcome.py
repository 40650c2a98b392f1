"""The one sentence about a whole connection test."""

from __future__ import annotations

from django.utils.translation import gettext as _


def headline(*, ok: bool, deliverable: bool) -> str:
    if not ok:
        return _("The test failed.")
    if not deliverable:
        return _("The server answers, but mail will not be sent with these settings as they are.")
    return _("The connection works: mail can be sent with these settings.")
