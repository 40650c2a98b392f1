"""The AUTH command (RFC 4954)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from typing import NoReturn

from ..journal.masking import MASK
from ..rules import Drop
from ..tokens import Issued, Token, TokenRefusal
from . import sasl
from .hello import may_authenticate
from .link import Link
from .transaction import Transaction
from .words import upper


class LinkExchange:
    """A SASL exchange over a connection."""

    def __init__(self, link: Link, response: str | None) -> None:
        self._link, self._response = link, response

    @property
    def users(self) -> Mapping[str, str]:
        """Names and passwords."""
        return self._link.port.users

    @property
    def tokens(self) -> Mapping[str, Token]:
        """Names and access tokens."""
        return self._link.port.tokens

    @property
    def issued(self) -> Issued:
        """The access tokens of the sandbox's OAuth server."""
        return self._link.port.issued

    @property
    def token_refusal(self) -> TokenRefusal:
        """How a token is refused."""
        return self._link.profile.token_refusal

    @property
    def is_begun(self) -> bool:
        """Whether the client has sent an initial response."""
        return self._response is not None

    async def initial(self, prompt: bytes = b"") -> bytes:
        """The initial response, asked for if need be."""
        if self._response is None:
            return await self.challenge(prompt)
        return sasl.decode(self._response.encode())

    async def challenge(self, data: bytes) -> bytes:
        """Send a 334 and read its answer."""
        await self._link.push(b"334 " + b64encode(data))
        response = await self._link.read_line()
        self._link.record.note("C", MASK)
        return sasl.decode(response)

    async def drop_after(self, data: bytes, how: Drop) -> NoReturn:
        """Send a 334 and end the connection."""
        await self._link.push(b"334 " + b64encode(data))
        self._link.hang_up(how)

    def note(self, text: str) -> None:
        """Write into the transcript."""
        self._link.record.note("-", text)


class Login(Transaction):
    """AUTH."""

    async def smtp_AUTH(self, arg: str) -> None:
        """Authenticate, or say why not."""
        if obstacle := self._obstacle(arg):
            return await self.say(obstacle)
        name, _, response = arg.partition(" ")
        name = upper(name)
        if name not in self.profile.auth or name not in sasl.MECHANISMS:
            return await self.say("504 5.5.4 Unrecognized authentication type")
        try:
            user = await sasl.MECHANISMS[name](LinkExchange(self, response.strip() or None))
        except sasl.Refused as refused:
            return await self.say(refused.reply)
        await self._welcome(user, name)

    def _obstacle(self, arg: str) -> str:
        if not (self.state.extended_smtp and self.profile.auth):
            return "503 5.5.1 AUTH is not offered"
        if not may_authenticate(self.profile, self.port.mode, over_tls=self.over_tls):
            return "538 5.7.11 Encryption required for requested authentication mechanism"
        if self.state.authenticated:
            return "503 5.5.1 Already authenticated"
        if self.is_open:
            return "503 5.5.1 AUTH is not permitted during a mail transaction"
        return "" if arg else "501 5.5.4 Syntax: AUTH mechanism [initial-response]"

    async def _welcome(self, user: str, mechanism: str) -> None:
        self.state.authenticated = True
        self.record.user, self.record.mechanism = user, mechanism
        self.record.note("-", f"authenticated: {user} by {mechanism}")
        await self.say("235 2.7.0 Authentication successful")
