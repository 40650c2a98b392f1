"""What an editor reads about one cause."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from ..smtp.errors import Code, Fact
from ..smtp.settings import Stage

Text = Promise | str


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """``message`` says what happened, ``hint`` what to do, ``field`` which form field to look at.

    Placeholders are filled from the facts of the case. ``general`` is the message for a case of which too few of
    them are kept.
    """

    message: Text
    general: Text = ""
    hint: Text = ""
    field: str = ""

    def message_of(self, facts: Mapping[str, Fact]) -> str:
        """Without a gap, whatever the facts."""
        return told(self.message, facts) or str(self.general)

    def hint_of(self, facts: Mapping[str, Fact]) -> str:
        """Those of its sentences that can be told."""
        parts = _ENDS.split(str(self.hint))
        return " ".join(filter(None, (told(part, facts) for part in parts)))


_GAP = "\0"
_ENDS = re.compile(r"(?<=[.!?]) +")
_IN_BRACKETS = re.compile(rf"\s*\([^()]*{_GAP}[^()]*\)")
_BEHIND_A_COLON = re.compile(rf"\s*:\s[^.:]*{_GAP}[^.]*\.?")


class _Known(dict[str, Fact]):
    def __missing__(self, name: str) -> str:
        return _GAP


def told(text: Text, facts: Mapping[str, Fact]) -> str:
    """The text with its facts. What it adds in brackets or behind a colon is left out where a fact of it is not
    known; "" if it cannot do without one."""
    sentence = str(text)
    if "%(" not in sentence:
        return sentence
    known = _Known({name: fact for name, fact in facts.items() if fact != ""})
    sentence = _IN_BRACKETS.sub("", sentence % known)
    sentence = _BEHIND_A_COLON.sub(".", sentence)
    return "" if _GAP in sentence else sentence


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
