"""What an editor reads about one cause."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from ..smtp.errors import Code
from ..smtp.settings import Stage

Text = Promise | str


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """``message`` says what happened, ``hint`` what to do, ``field`` which form field to look at.

    Placeholders are filled from the facts of the case.
    """

    message: Text
    hint: Text = ""
    field: str = ""


STAGE_NAMES: dict[Stage, Text] = {
    Stage.SETTINGS: _("Settings"),
    Stage.TOKEN: _("Access token"),
    Stage.RESOLVE: _("Name look-up"),
    Stage.CONNECT: _("Connection"),
    Stage.EHLO: _("Greeting"),
    Stage.STARTTLS: _("Encryption"),
    # Wagtail has the same word for the name that one logs in with.
    Stage.AUTH: pgettext_lazy("step of a test", "Login"),
    Stage.SENDER: _("Sender"),
    Stage.QUIT: _("Goodbye"),
    Stage.MAIL: _("Sender"),
    Stage.RCPT: _("Recipients"),
    Stage.DATA: _("Message"),
}


_REFUSED_BY_THE_SITE = {Code.ADDRESS_NOT_ALLOWED, Code.PORT_NOT_ALLOWED}


def stage_title(stage: Stage, code: Code | str | None = None) -> str:
    """The name of a step; of a look-up whose result the site may not connect to, that of what the site refused."""
    if stage is Stage.RESOLVE and code in _REFUSED_BY_THE_SITE:
        return gettext("Allowed destination")
    return str(STAGE_NAMES[stage])
