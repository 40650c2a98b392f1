"""What is said about connecting a mailbox: after the way to the provider, and beside the buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ... import diagnosis
from ...connection_test import without_password
from ...oauth import consent
from ...smtp.reply import strip_controls
from ..tab.strings import interface_strings as tab_strings

if TYPE_CHECKING:
    from ...account.row import SMTPAccount
    from ...smtp.errors import SMTPError

MAX_QUOTED = 300
"""Characters of a provider's words."""

SESSION_ENDED = gettext_lazy("Your session has ended. Log in and press “Connect” again.")
NOT_EXPECTED = gettext_lazy(
    "This sign-in was not expected: it took longer than ten minutes, was used "
    "already, or was begun elsewhere. Nothing was connected. Press “Connect” again."
)
GONE = gettext_lazy("It does not exist any more, so nothing was connected.")
NOT_ALLOWED = gettext_lazy("You may not manage this account.")
NOT_WANTED = gettext_lazy("Nobody signs in for this account. Change it and save first.")
UNSAVED = gettext_lazy("Save first, then connect: only saved settings can be connected.")


def no_https(redirect_uri: str) -> str:
    """What is said if providers will not take this redirect URI; "" if they do."""
    if redirect_uri.startswith(("https://", "http://localhost:", "http://localhost/")):
        return ""
    return _(
        "Providers send nobody back to an address without https. Open this page by https. If you did, the site's "
        "developers have to set SECURE_PROXY_SSL_HEADER."
    )


def connected(connection: consent.Connection) -> str:
    if not connection.mailbox:
        return _("Connected. Now test the connection.")
    return _("Connected as %(mailbox)s. Now test the connection.") % {"mailbox": connection.mailbox}


def other_mailbox(mailbox: str, login: str) -> str:
    """``mailbox`` has signed in, but ``login`` is what mail is sent as."""
    sentence = _(
        "%(mailbox)s has signed in, but the SMTP Login is %(login)s. That is right for a shared mailbox in which "
        "%(mailbox)s may send. Otherwise connect again and sign in as %(login)s, or change the SMTP Login."
    )
    return sentence % {"mailbox": mailbox, "login": login}


def declined(error: str, description: str) -> str:
    """Of what the provider sent in the place of a code (RFC 6749 4.1.2.1)."""
    if error == "access_denied":
        sentence = _("Nothing was connected: the consent was refused at the provider's page.")
    elif error in {"server_error", "temporarily_unavailable"}:
        sentence = _("Nothing was connected: the provider has trouble right now. Try again later.")
    else:
        sentence = _("Nothing was connected: the provider did not ask for the consent.")
    return f"{sentence} {_quoted(f'{error}: {description}' if description else error)}"


def failed(error: SMTPError | consent.ConsentError, partner: SMTPAccount) -> str:
    """Why the answer was not taken."""
    if isinstance(error, consent.AccountChanged):
        return _(
            "The settings were changed while somebody signed in, so nothing was connected. Connect again."
        )
    if isinstance(error, consent.NotPermitted):
        return _(
            "Somebody has signed in, but not agreed that this site may send mail, so nothing was connected. "
            "Connect again, and agree to everything on the provider's page."
        )
    if isinstance(error, consent.NothingLasting):
        return _(
            "The provider allows sending for one hour only, so nothing was connected. For a "
            "lasting permission the scope offline_access, or what this provider calls it, "
            "has to be asked for."
        )
    if isinstance(error, consent.ConsentError):
        return _("What came back does not belong to this sign-in, so nothing was connected. Connect again.")
    found = diagnosis.of_error(error, without_password(partner))
    return f"{found.message} {found.hint}".strip()


def disconnected(*, at_provider: bool) -> str:
    if at_provider:
        return _("Disconnected. The provider has withdrawn the permission as well.")
    return _(
        "Disconnected: this site has forgotten the permission. To withdraw it at the provider too, remove this "
        "site's application from those that the mailbox's account gives access to."
    )


def interface_strings() -> dict[str, str]:
    """The strings of the script."""
    strings = tab_strings()
    return {
        **{
            name: str(strings[name]) for name in ("network", "forbidden", "unexpected", "cancelled", "copied")
        },
        "running": _("Asking for the provider's page…"),
        "leaving": _("Opening the provider's page…"),
        "disconnecting": _("Disconnecting…"),
        "unsaved": str(UNSAVED),
        "selected": _(
            "Your browser does not allow copying here. The address is selected: copy it from there."
        ),
        "sure": _("Disconnect? No mail is sent for it until somebody connects it again."),
        "connect": _("Connect"),
    }


def _quoted(text: str) -> str:
    return _("The provider says: “%(words)s”") % {"words": strip_controls(text)[:MAX_QUOTED]}
