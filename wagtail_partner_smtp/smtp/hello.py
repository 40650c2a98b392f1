"""The beginning of a session: the greeting and EHLO, and what it means if they are not a mail server's."""

from __future__ import annotations

from dataclasses import replace

from . import services, trust
from .certificate import TLSFacts
from .channel import Channel
from .errors import Code, ProtocolError, ReplyError
from .extensions import say_ehlo
from .reply import Reply


def read_greeting(channel: Channel, deadline: float) -> Reply:
    """What the server says first. Raises ``ProtocolError`` that names another service, if it is one."""
    try:
        return channel.read_reply(deadline)
    except ProtocolError as error:
        if error.code is Code.NOT_SMTP and (service := services.of_greeting(channel)):
            raise ProtocolError(Code.WRONG_SERVICE, facts={"service": service}) from error
        raise


def must_welcome(greeting: Reply, facts: TLSFacts | None) -> None:
    """Raise ``ReplyError``, without the server's text, if a greeting turns the client away."""
    if greeting.code == 220:
        return
    code = Code.SERVER_BUSY if greeting.temporary else Code.SERVER_REFUSES
    if trust.lacks_certificate(greeting, facts):
        code = Code.CLIENT_CERTIFICATE_REQUIRED
    raise ReplyError(code, replace(greeting, text=""))


def introduce(
    channel: Channel, name: str, facts: TLSFacts | None, *, ask_who: bool
) -> tuple[Reply, dict[str, str]]:
    """EHLO: the reply and the extensions. ``ask_who`` asks a server that refuses it what it is."""
    try:
        return say_ehlo(channel, name)
    except ReplyError as error:
        if trust.lacks_certificate(error.reply, facts):
            raise ReplyError(Code.CLIENT_CERTIFICATE_REQUIRED, error.reply) from error
        if ask_who and error.code is Code.EHLO_REFUSED and (service := services.ask(channel)):
            raise ProtocolError(Code.WRONG_SERVICE, facts={"service": service}) from error
        raise
