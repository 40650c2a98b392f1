"""The names of what a session goes through."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """The named steps of a session, ``TEST_STAGES`` or ``DELIVERY_STAGES``."""

    SETTINGS = "settings"
    TOKEN = "token"
    RESOLVE = "resolve"
    CONNECT = "connect"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    SENDER = "sender"
    QUIT = "quit"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"


TEST_STAGES = (
    Stage.SETTINGS,
    Stage.TOKEN,
    Stage.RESOLVE,
    Stage.CONNECT,
    Stage.EHLO,
    Stage.STARTTLS,
    Stage.AUTH,
    Stage.SENDER,
    Stage.QUIT,
)
DELIVERY_STAGES = (*TEST_STAGES[:7], Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.QUIT)
