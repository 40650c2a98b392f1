"""What the bulk action's script says, translated on the server."""

from __future__ import annotations

from django.utils.translation import gettext as _


def bulk_strings() -> dict[str, str]:
    """The strings by their name in the script; ``%(…)s`` are filled in there."""
    return {
        "waiting": _("Waiting"),
        "running": _("Testing…"),
        "busy": _("Another test of it is running, or too many at once."),
        "again": _("Another test of it is running, or too many at once. Trying again in %(seconds)s s."),
        "held": _(
            "Not tested: %(server)s has refused %(count)s logins, and may lock the site out "
            "after more. Correct those first."
        ),
        "notWaitedFor": _(
            "This page did not wait for it. The site ends the test by itself and keeps its result."
        ),
        "gone": _("It is no longer there."),
        "inactive": _("(inactive)"),
        "more": _("Show more (%(shown)s of %(total)s are shown)"),
        "network": _("The site did not answer."),
        "unexpected": _("The site gave an unexpected answer (%(status)s)."),
        "progress": _("%(done)s of %(total)s tested"),
        "elapsed": _("%(elapsed)s elapsed"),
        "left": _("%(elapsed)s elapsed, about %(left)s left"),
        "stopping": _("Stopping. This page still waits for the tests that are running."),
        "stopNow": _("Don't wait"),
        "finished": _("Finished. %(counts)s"),
        "cancelled": _("Cancelled. %(counts)s"),
        "offline": _("Stopped, because the site does not answer. %(counts)s"),
        "forbidden": _(
            "Stopped: you may not do this any more. Perhaps your session has ended: log in again."
        ),
    }
