"""SASL (RFC 4422) in SMTP (RFC 4954): one mechanism is chosen, and tried once."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Collection, Generator
from contextlib import suppress

from . import bearer, sasl
from .channel import Channel
from .errors import AuthenticationError, AuthError, Code, SMTPError
from .reply import Reply
from .scram import scram_sha_256
from .settings import SMTPSettings

# Under verified TLS the plain ones, which every server's password store supports, come first; elsewhere
# those that do not show the password.
PREFERENCE_TRUSTED = ("PLAIN", "LOGIN", "SCRAM-SHA-256", "CRAM-MD5")
PREFERENCE_EXPOSED = ("SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN")
SHOWS_PASSWORD = frozenset({"PLAIN", "LOGIN"})

_TLS_WANTED = {530, 538}
# RFC 5248 2.4 and the registry that it opened, and what providers made up.
_BY_ENHANCED_CODE = {
    (525, "5.7.13"): Code.ACCOUNT_DISABLED,
    (534, "5.7.9"): Code.APPLICATION_PASSWORD_REQUIRED,
    (535, "5.7.139"): Code.BASIC_AUTH_DISABLED,
    (550, "5.7.30"): Code.BASIC_AUTH_DISABLED,
    (432, "4.3.2"): Code.CONNECTION_LIMIT,
}

# The client's side of a mechanism: yields each response (None: the server speaks first), is sent each
# challenge, and ends when nothing is left to say.
Exchange = Generator[bytes | None, bytes, None]


def choose(
    offered: Collection[str], *, trusted: bool, token: bool = False, shown: Callable[[str], str] = str
) -> str:
    """The mechanism to use, with a ``token`` one of those that are made for it.

    Raises ``AuthError`` if none of those offered is known; ``shown`` redacts what is told of them.
    """
    for mechanism in bearer.PREFERENCE if token else PREFERENCE_TRUSTED if trusted else PREFERENCE_EXPOSED:
        if mechanism in offered:
            return mechanism
    code = Code.TOKEN_NOT_SUPPORTED if token else Code.NO_COMMON_MECHANISM
    raise AuthError(code, facts={"offered": shown(", ".join(sorted(offered)))})


def authenticate(
    channel: Channel, mechanism: str, settings: SMTPSettings, *, encrypted: bool = False
) -> Reply:
    """One attempt. Only 235 is success (RFC 4954 6).

    Raises ``AuthenticationError`` with the server's reply, or ``AuthError`` if the server does not prove
    that it knows the password (SCRAM). The error's traceback begins here.
    """
    try:
        if settings.access_token:
            return bearer.log_in(channel, mechanism, settings)
        return _attempt(channel, mechanism, settings.login, settings.password, encrypted)
    except Exception as error:
        # The frames below hold the secret, and error reports show the variables of frames.
        error.__cause__ = error.__context__ = None
        raise error.with_traceback(None) from None


def _attempt(channel: Channel, mechanism: str, login: str, password: str, encrypted: bool) -> Reply:
    exchange = _EXCHANGES[mechanism](login, password)
    reply = sasl.begin(channel, mechanism, next(exchange))
    while reply.code == 334:
        response = _answer_or_cancel(channel, exchange)
        if response is None:
            raise AuthenticationError(Code.AUTH_REJECTED, sasl.cancel(channel))
        reply = sasl.respond(channel, response)
    if reply.code != 235:
        raise AuthenticationError(refusal_code(reply, encrypted=encrypted), reply)
    if not _is_finished(exchange, sasl.challenge(channel)):
        raise AuthError(Code.SERVER_NOT_AUTHENTIC)
    return reply


def refusal_code(reply: Reply, *, encrypted: bool = False) -> Code:
    """What a refused AUTH means, by its codes alone (RFC 4954 4 and 6).

    Over an encrypted connection 530 and 538 cannot mean that encryption is missing.
    """
    if code := _BY_ENHANCED_CODE.get(reply.kind):
        return code
    if reply.temporary:
        return Code.AUTH_TEMPORARY
    if reply.code in _TLS_WANTED and not encrypted:
        return Code.ENCRYPTION_REQUIRED
    if reply.code in {534, 535} or reply.enhanced_code == "5.7.8":
        return Code.AUTH_FAILED
    return Code.AUTH_REJECTED


def _answer_or_cancel(channel: Channel, exchange: Exchange) -> bytes | None:
    try:
        return _answer(exchange, sasl.challenge(channel))
    except AuthError:
        with suppress(SMTPError):
            sasl.cancel(channel)
        raise


def _answer(exchange: Exchange, challenge: bytes) -> bytes | None:
    try:
        return exchange.send(challenge)
    except StopIteration:
        return None


def _is_finished(exchange: Exchange, last_words: bytes) -> bool:
    """Some servers put the last words of SCRAM into the 235 instead of a challenge of its own."""
    return _answer(exchange, last_words) is None or _answer(exchange, b"") is None


def _plain(login: str, password: str) -> Exchange:
    """RFC 4616."""
    yield b"\0" + login.encode() + b"\0" + password.encode()


def _login(login: str, password: str) -> Exchange:
    """The prompts are not looked at: every server asks for the login first, in words of its own."""
    yield None
    yield login.encode()
    yield password.encode()


def _cram_md5(login: str, password: str) -> Exchange:
    """RFC 2195."""
    challenge = yield None
    digest = hmac.new(password.encode(), challenge, hashlib.md5).hexdigest()
    yield f"{login} {digest}".encode()


_EXCHANGES: dict[str, Callable[[str, str], Exchange]] = {
    "PLAIN": _plain,
    "LOGIN": _login,
    "CRAM-MD5": _cram_md5,
    "SCRAM-SHA-256": scram_sha_256,
}
