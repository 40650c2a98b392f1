"""The sender name of an account's mail, and where replies go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from ..smtp.errors import Code, SettingsError
from ..smtp.names import envelope_address
from ..smtp.reply import has_controls
from ..smtp.settings import InputError, Stage, email_error

if TYPE_CHECKING:
    from .columns import SMTPAccountColumns

SENDER_COLUMNS = ("smtp_sender_name", "smtp_reply_to")


@dataclass(frozen=True)
class Sender:
    """The address that mail is sent from, the name beside it, and one address for answers.

    ``name`` and ``reply_to`` may be empty; both are for messages that bring none of their own.
    """

    email: str
    name: str = ""
    reply_to: str = ""

    @classmethod
    def of(cls, account: SMTPAccountColumns) -> Self:
        """That of an account. Raises ``SettingsError`` for a name or an address that no header may hold."""
        sender = cls(
            account.smtp_email or "",
            (account.smtp_sender_name or "").strip(),
            (account.smtp_reply_to or "").strip(),
        )
        for error in sender.errors():
            facts = {**error.facts, "field": error.field}
            raise SettingsError(Code(error.code), stage=Stage.SETTINGS, facts=facts)
        return sender

    def errors(self) -> Iterator[InputError]:
        """What is wrong with the name and the address for answers; of ``email`` others know."""
        if has_controls(self.name):
            yield InputError(field="sender_name", code=Code.CONTROL_CHARACTERS)
        if error := email_error(self.reply_to):
            yield replace(error, field="reply_to")
        elif self._needs_utf8(self.reply_to) and not self._needs_utf8(self.email):
            # Each message would be refused: UTF-8 in headers is asked for by the envelope (RFC 6532 3).
            yield InputError(field="reply_to", code=Code.SMTPUTF8_REQUIRED)

    @staticmethod
    def _needs_utf8(address: str) -> bool:
        try:
            return not envelope_address(address).isascii()
        except SettingsError:
            return False
