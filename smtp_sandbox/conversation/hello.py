"""The start of a session: what is offered, EHLO, HELO and STARTTLS."""

from __future__ import annotations

import asyncio

from ..profiles import Mode, Profile
from .addresses import has_controls
from .link import Link
from .replies import multi_line


def may_authenticate(profile: Profile, mode: Mode, *, over_tls: bool) -> bool:
    """Whether AUTH is open now."""
    after_tls = (mode == "starttls") if profile.auth_after_tls is None else profile.auth_after_tls
    return over_tls or not after_tls


def offers(profile: Profile, mode: Mode, *, over_tls: bool) -> list[str]:
    """The lines of the EHLO response after the first (RFC 5321 4.1.1.1)."""
    lines = [f"{line} {profile.size}" if line.upper() == "SIZE" else line for line in profile.extensions]
    if mode == "starttls" and profile.offers_starttls and not over_tls:
        lines.append("STARTTLS")
    if profile.auth and may_authenticate(profile, mode, over_tls=over_tls):
        lines.append(" ".join(("AUTH", *profile.auth)))
    return lines


class Hello(Link):
    """The commands that open a session."""

    async def smtp_EHLO(self, hostname: str) -> None:
        """RFC 5321 4.1.1.1."""
        if await self._greeted(hostname, extended=True):
            await self.push(multi_line(250, [self.hostname, *self.offers()]))

    def offers(self) -> list[str]:
        """The lines of the EHLO response after the first, as of now."""
        return offers(self.profile, self.port.mode, over_tls=self.over_tls)

    async def smtp_HELO(self, hostname: str) -> None:
        """RFC 5321 4.1.1.1."""
        if await self._greeted(hostname, extended=False):
            await self.push(f"250 {self.hostname}")

    async def _greeted(self, hostname: str, *, extended: bool) -> bool:
        if not hostname or not hostname.isascii() or has_controls(hostname):
            # Without an enhanced code, as RFC 2034 4 has it for this command.
            await self.push(f"501 Syntax: {'EHLO' if extended else 'HELO'} hostname")
            return False
        self._set_rset_state()  # type: ignore[no-untyped-call]
        self.state.host_name = self.record.hello = hostname
        self.state.extended_smtp = extended
        return True

    async def smtp_STARTTLS(self, arg: str) -> None:
        """RFC 3207 4; what the client sent ahead of the handshake is thrown away."""
        if self.port.mode != "starttls" or not self.profile.offers_starttls or self.over_tls:
            return await self.say("503 5.5.1 STARTTLS is not offered")
        if arg:
            return await self.say("501 5.5.4 Syntax: STARTTLS")
        transport = self._transport_now()
        transport.pause_reading()
        reply = "220 2.0.0 Ready to start TLS"
        await self.say(f"{reply}\r\n{self.profile.injects}" if self.profile.injects else reply)
        # Before the handshake: behind it the client's next line may already be there.
        self.incoming.octets.clear()
        self.is_ahead = False
        self._restart(await self.encrypt(transport))

    def _restart(self, encrypted: asyncio.Transport) -> None:
        self.transport = self.incoming.transport = encrypted
        self.renew()
