"""The dialogue: greeting, then one command after the other."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from .addresses import has_controls
from .chunks import Chunks, size_of
from .data import Data
from .hello import Hello
from .link import Ended
from .login import Login
from .words import upper

# RFC 5321 4.5.3.1.4 with room for the parameters of the extensions; RFC 4954 4.
_LONGEST_COMMAND = 2048
_LONGEST_AUTH = 12288 + 64
# What Python makes of octets that are not UTF-8.
_NOT_UTF8 = re.compile("[\udc80-\udcff]")

_ALWAYS = ("EHLO", "HELO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT", "VRFY", "HELP")


def _unreadable(verb: str, argument: str) -> str:
    """Why a command cannot be taken whatever it means, as a reply."""
    if len(argument) > (_LONGEST_AUTH if verb == "AUTH" else _LONGEST_COMMAND):
        return "500 5.5.2 Line too long"
    # RFC 6531 3.3; without it, what is not ASCII is refused in any encoding.
    return "500 5.5.2 Not UTF-8" if _NOT_UTF8.search(argument) else ""


class Conversation(Hello, Login, Data, Chunks):
    """One SMTP session."""

    _has_quit = False

    async def converse(self) -> None:
        """Greet, then serve commands until the end."""
        greeting = self.faults("BANNER")
        if not await self.meet_all(greeting.before, "BANNER"):
            await self.push(f"220 {self.hostname} {self.profile.software}")
        await self.meet_all(greeting.answered, "BANNER")
        while not self._has_quit:
            await self._serve(*await self._command())
        raise Ended

    async def _command(self) -> tuple[str, str]:
        line = await self.read_line()
        verb, _, argument = line.decode("utf-8", "surrogateescape").partition(" ")
        verb = upper(verb)
        self.record.heard(line, is_command=verb in self._smtp_methods)
        return verb, argument.strip(" \t")

    async def _serve(self, verb: str, argument: str) -> None:
        self.port.commands[verb if verb in self._smtp_methods else "?"] += 1
        if obstacle := _unreadable(verb, argument):
            return await self.say(obstacle)
        is_grouped = self._is_grouped(verb, argument)
        # What is behind STARTTLS is thrown away, and a chunk is never taken for commands.
        if is_grouped and verb not in ("STARTTLS", "BDAT") and not self.profile.speaks("PIPELINING"):
            return await self.say("503 5.5.0 Improper use of SMTP command pipelining")
        self.due = self.faults(verb, argument, grouped=is_grouped)
        method = self._method(verb)
        # A chunk is taken off the line before anything is said about it.
        before = [] if method == self.smtp_BDAT else self.due.before
        if not (before and await self.meet_before(before, verb)):
            await method(argument)
        if self.due.answered:
            await self.meet_all(self.due.answered, verb)

    def _is_grouped(self, verb: str, argument: str) -> bool:
        chunk = size_of(argument) if verb == "BDAT" else 0
        return self.buffered > chunk

    def _method(self, verb: str) -> Callable[[str], Awaitable[None]]:
        if verb == "BDAT" and not self.profile.speaks("CHUNKING"):
            return self._unknown
        method: Callable[[str], Awaitable[None]] = self._smtp_methods.get(verb, self._unknown)
        return method

    async def _unknown(self, argument: str) -> None:
        await self.say("500 5.5.1 Command not recognized")

    async def smtp_HELP(self, arg: str) -> None:
        """RFC 5321 4.1.1.8; the same whatever is asked for."""
        await self.say(f"214 2.0.0 Commands: {' '.join(self._known())}")

    def _known(self) -> list[str]:
        offered = {line.split()[0] for line in self.offers()}
        extensions = [verb for verb in ("STARTTLS", "AUTH") if verb in offered]
        return [*_ALWAYS, *extensions, *(["BDAT"] if self.profile.speaks("CHUNKING") else [])]

    async def smtp_VRFY(self, arg: str) -> None:
        """RFC 5321 3.5.3: who is known here is not told."""
        if not arg or has_controls(arg):
            return await self.say("501 5.5.4 Syntax: VRFY address")
        await self.say("252 2.0.0 Cannot verify the address, but will take mail for it")

    async def smtp_EXPN(self, arg: str) -> None:
        """RFC 5321 3.5.2: there are no lists."""
        await self.say("502 5.5.1 EXPN is not implemented")

    async def smtp_NOOP(self, arg: str) -> None:
        """RFC 5321 4.1.1.9."""
        await self.say("250 2.0.0 OK")

    async def smtp_QUIT(self, arg: str) -> None:
        """RFC 5321 4.1.1.10."""
        await self.say("221 2.0.0 Bye")
        self._has_quit = True


COMMANDS = tuple(name.removeprefix("smtp_") for name in dir(Conversation) if name.startswith("smtp_"))
