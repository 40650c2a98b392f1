"""What has to be known about many providers alike."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

WHOLE_ADDRESS = _("The login is the whole email address, the password that of the mailbox.")
APP_PASSWORD = _(
    "The login is the whole email address. The password is an app password, made in the security settings of the "
    "account; the ordinary password is refused."
)
APP_PASSWORD_IF_ALLOWED = _(
    "The login is the whole email address. Mail programs have to be allowed in the settings of the mailbox,"
    " and the password may have to be an app password."
)
AUTHORISATION_CODE = _(
    "The login is the whole email address. SMTP has to be switched on in the settings of the mailbox, which"
    " then show an authorisation code: that is the password."
)
SWITCH_ON = _(
    "The login is the whole email address. Sending with mail programs (SMTP) has to be switched on in the"
    " settings of the mailbox."
)
