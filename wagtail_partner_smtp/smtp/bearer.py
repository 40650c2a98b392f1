"""Access tokens (RFC 6750) in SASL: OAUTHBEARER (RFC 7628), and XOAUTH2 as Google and Microsoft define it.

A server that refuses a token may say why before it says no: in a challenge of JSON, which the client has to
answer. The 535 comes only then.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from . import sasl
from .channel import Channel
from .errors import AuthenticationError, AuthError, Code, Fact, SMTPError
from .reply import Reply
from .settings import SMTPSettings

# The first is what every server of this kind has, some of them alone; the second is the standard.
PREFERENCE = ("XOAUTH2", "OAUTHBEARER")

_REFUSED = {534, 535}
_TLS_WANTED = {530, 538}
_BY_ENHANCED_CODE = {
    (525, "5.7.13"): Code.ACCOUNT_DISABLED,
    (535, "5.7.139"): Code.SMTP_AUTH_DISABLED,
    (432, "4.3.2"): Code.CONNECTION_LIMIT,
}
_BAD_CREDENTIALS = "5.7.8"
_TOO_LONG = {"5.5.6", "5.5.2", ""}  # RFC 4954 6; Dovecot; servers without enhanced codes
_NOT_PERMITTED = (535, "5.7.3")
_NO_SCOPE = "insufficient_scope"
# RFC 6750 3.1, or the status of HTTP. These are no secrets, although they may look like base64.
_STATUS = re.compile(rf"invalid_request|invalid_token|{_NO_SCOPE}|[1-5][0-9]{{2}}")


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """What a server says against a token (RFC 7628 3.2.2), as it came; "" for what it leaves open."""

    status: str = ""
    schemes: str = ""
    scope: str = ""

    def facts(self, channel: Channel, reply: Reply) -> dict[str, Fact]:
        """What may be told, cleaned and redacted. Without a ``status`` it is the code of the last reply."""
        is_known = _STATUS.fullmatch(self.status)
        return {
            "status": self.status if is_known else channel.shown(self.status) or str(reply.code),
            "schemes": channel.shown(self.schemes),
            "scope": channel.shown(self.scope),
        }


def log_in(channel: Channel, mechanism: str, settings: SMTPSettings) -> Reply:
    """One attempt, to its end. Raises ``AuthenticationError`` with the server's last reply.

    Raises ``AuthError`` with the same code if the server has said why in a challenge and nothing after it.
    The errors' ``facts`` are ``status``, ``schemes`` and ``scope``.
    """
    write, acknowledgement = _MECHANISMS[mechanism]
    response, refusal = write(settings), None
    reply = sasl.begin(channel, mechanism, response)
    if reply.code == 334:
        refusal = understand(sasl.challenge(channel))
        reply = _hear_out(channel, refusal, reply, acknowledgement)
    if reply.code == 235:
        return reply
    facts = (refusal or Refusal()).facts(channel, reply)
    is_long = not sasl.fits_a_command(mechanism, response)
    raise AuthenticationError(refusal_code(reply, refusal, is_long=is_long), reply, facts=facts)


def _hear_out(channel: Channel, refusal: Refusal, challenge: Reply, acknowledgement: bytes) -> Reply:
    """The reply to the acknowledgement, which is what counts."""
    code, facts = _challenged_code(refusal), refusal.facts(channel, challenge)
    try:
        reply = sasl.respond(channel, acknowledgement)
        if reply.code == 334:
            raise AuthenticationError(code, sasl.cancel(channel), facts=facts)
    except AuthenticationError:
        raise
    except SMTPError as error:
        # It has closed the connection, or says no more: the cause is known all the same.
        raise AuthError(code, facts=facts) from error
    return reply


def understand(challenge: bytes) -> Refusal:
    """The JSON of a challenge; what is none says nothing. Never raises."""
    try:
        said = json.loads(challenge)
    # Thousands of brackets in each other.
    except (ValueError, RecursionError):
        return Refusal()
    if not isinstance(said, Mapping):
        return Refusal()
    return Refusal(**{name: _text(said.get(name)) for name in ("status", "schemes", "scope")})


def refusal_code(reply: Reply, refusal: Refusal | None, *, is_long: bool = False) -> Code:
    """What a refused token means, by codes alone. ``refusal`` is ``None`` if no challenge said why.

    ``is_long`` tells that the token had a line of its own.
    """
    if code := _BY_ENHANCED_CODE.get((reply.code, reply.enhanced_code)):
        return code
    if reply.temporary:
        return Code.AUTH_TEMPORARY
    # Microsoft says so of a good token that opens another mailbox only, or none.
    if (reply.code, reply.enhanced_code) == _NOT_PERMITTED and not (refusal and refusal.status):
        return Code.MAILBOX_NOT_PERMITTED
    if refusal is not None:
        return _challenged_code(refusal)
    if is_long and reply.code == 500 and reply.enhanced_code in _TOO_LONG:
        return Code.TOKEN_TOO_LONG
    if reply.code in _TLS_WANTED:
        return Code.ENCRYPTION_REQUIRED
    is_refused = reply.code in _REFUSED or reply.enhanced_code == _BAD_CREDENTIALS
    return Code.TOKEN_REFUSED if is_refused else Code.AUTH_REJECTED


def _challenged_code(refusal: Refusal) -> Code:
    return Code.TOKEN_SCOPE_MISSING if refusal.status == _NO_SCOPE else Code.TOKEN_REFUSED


def _text(value: object) -> str:
    is_plain = isinstance(value, str | int) and not isinstance(value, bool)
    return str(value) if is_plain else ""


def _xoauth2(settings: SMTPSettings) -> bytes:
    return f"user={settings.login}\x01auth=Bearer {settings.access_token}\x01\x01".encode()


def _oauthbearer(settings: SMTPSettings) -> bytes:
    """RFC 7628 3.1; the name as RFC 5801 4 writes it."""
    name = settings.login.replace("=", "=3D").replace(",", "=2C")
    where = f"host={settings.canonical_host}\x01port={settings.effective_port}"
    return f"n,a={name},\x01{where}\x01auth=Bearer {settings.access_token}\x01\x01".encode()


# The response, and what answers the challenge of a refusal: an empty line, or RFC 7628 3.2.3.
_MECHANISMS: dict[str, tuple[Callable[[SMTPSettings], bytes], bytes]] = {
    "XOAUTH2": (_xoauth2, b""),
    "OAUTHBEARER": (_oauthbearer, b"\x01"),
}
