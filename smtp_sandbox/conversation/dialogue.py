"""The dialogue: greeting, then one command after the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from .hello import Hello
from .link import Ended
from .login import Login
from .transaction import Transaction

# RFC 5321 4.5.3.1.4 with room for the parameters of the extensions; RFC 4954 4.
_LONGEST_COMMAND = 2048
_LONGEST_AUTH = 12288 + 64


class Conversation(Hello, Login, Transaction):
    """One SMTP session."""

    async def converse(self) -> None:
        """Greet, then serve commands until the end."""
        if not await self.meet_faults("BANNER", ""):
            await self.push(f"220 {self.hostname} {self.profile.software}")
        while True:
            await self._serve(*await self._command())

    async def _command(self) -> tuple[str, str]:
        line = await self.read_line()
        verb, _, argument = line.decode("utf-8", "backslashreplace").partition(" ")
        verb = verb.upper()
        self.record.heard(line, is_command=verb in self._smtp_methods)
        return verb, argument.strip()

    async def _serve(self, verb: str, argument: str) -> None:
        self.port.commands[verb if verb in self._smtp_methods else "?"] += 1
        if len(argument) > (_LONGEST_AUTH if verb == "AUTH" else _LONGEST_COMMAND):
            return await self.say("500 5.5.2 Line too long")
        if self._is_ahead(verb):
            return await self.say("503 5.5.0 Improper use of SMTP command pipelining")
        if not await self._meets_a_fault(verb, argument):
            await self._method(verb)(argument)

    async def _meets_a_fault(self, verb: str, argument: str) -> bool:
        due = self.faults(verb, argument)
        self.cuts = tuple(rule for rule in due if rule.after is not None)
        for rule in due:
            if rule.after is None and await self.meet(rule, verb):
                return True
        return False

    def _is_ahead(self, verb: str) -> bool:
        # What is behind STARTTLS is thrown away later, and a BDAT is followed by its chunk.
        if self.profile.offers("PIPELINING") or verb in ("STARTTLS", "BDAT"):
            return False
        return bool(self._reader._buffer)  # type: ignore[attr-defined]

    def _method(self, verb: str) -> Callable[[str], Awaitable[None]]:
        if verb == "BDAT" and not self.profile.offers("CHUNKING"):
            return self._unknown
        method: Callable[[str], Awaitable[None]] = self._smtp_methods.get(verb, self._unknown)
        return method

    async def _unknown(self, argument: str) -> None:
        await self.say("500 5.5.1 Command not recognized")

    async def smtp_NOOP(self, arg: str) -> None:
        """RFC 5321 4.1.1.9."""
        await self.say("250 2.0.0 OK")

    async def smtp_QUIT(self, arg: str) -> None:
        """RFC 5321 4.1.1.10."""
        await self.say("221 2.0.0 Bye")
        raise Ended
