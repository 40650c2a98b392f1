"""What is said of a certificate besides its faults: how long it still holds."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def days_left(days: int) -> str:
    """``days`` are whole days until the certificate expires, negative when it has."""
    if days == 0:
        return _("Less than a day left")
    if days > 0:
        return ngettext("%(days)d day left", "%(days)d days left", days) % {"days": days}
    if days == -1:
        return _("Expired within the last day")
    ago = -days - 1
    return ngettext("Expired %(days)d day ago", "Expired %(days)d days ago", ago) % {"days": ago}
