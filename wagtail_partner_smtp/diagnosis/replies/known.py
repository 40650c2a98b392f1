"""What a known reply looks like: one row of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ...smtp.errors import Code
from ...smtp.judging import Refusal
from ...smtp.stages import Stage
from .words import Phrase

COLLECTED = "2026-11-28"

FIRST = frozenset({Stage.CONNECT, Stage.EHLO})
LOGIN = frozenset({Stage.AUTH})
SENDING = frozenset({Stage.MAIL, Stage.RCPT, Stage.DATA})
SENDER = frozenset({Stage.MAIL, Stage.RCPT})
RECIPIENT = frozenset({Stage.RCPT, Stage.DATA})
MESSAGE = frozenset({Stage.DATA})
EHLO = frozenset({Stage.EHLO})
STARTTLS = frozenset({Stage.STARTTLS})
MAIL = frozenset({Stage.MAIL})
RCPT = frozenset({Stage.RCPT})
ANYWHERE = frozenset({*FIRST, *LOGIN, *SENDING})


@dataclass(frozen=True, kw_only=True)
class KnownReply:
    """Replies that say all of ``says`` and nothing of ``but_not`` at one of ``stages`` mean ``cause``.

    ``codes`` are three digits, ``enhanced`` enhanced codes (RFC 3463), or their beginnings up to a dot; empty is
    any. ``logged_in`` and ``encrypted`` are the state that they mean it in, ``None`` is any. ``source`` is where
    such a reply was reported or documented (the sandbox has all of them), and ``read`` the day (ISO 8601) on which
    that was read; words of the field have none.
    """

    cause: Code
    says: tuple[Phrase, ...] = ()
    but_not: tuple[Phrase, ...] = ()
    stages: frozenset[Stage] = ANYWHERE
    codes: frozenset[int] = frozenset()
    enhanced: tuple[str, ...] = ()
    logged_in: bool | None = None
    encrypted: bool | None = None
    source: str = field(default="", repr=False)
    read: str = field(default="", repr=False)

    def fits(self, refusal: Refusal, words: str, enhanced_code: str) -> bool:
        """``words`` and ``enhanced_code`` are those of the refusal's reply, wherever they stand in it."""
        reply = refusal.reply
        return (
            refusal.stage in self.stages
            and (not self.codes or reply.code in self.codes)
            and (not self.enhanced or any(_covers(code, enhanced_code) for code in self.enhanced))
            and self.logged_in in (None, refusal.authenticated)
            and self.encrypted in (None, refusal.encrypted)
            and all(phrase.is_in(words) for phrase in self.says)
            and not any(phrase.is_in(words) for phrase in self.but_not)
        )


def _covers(code: str, found: str) -> bool:
    return found.startswith(code) if code.endswith(".") else found == code


def known(
    cause: Code,
    *says: str,
    but_not: str = "",
    stages: frozenset[Stage] = ANYWHERE,
    codes: Iterable[int] = (),
    enhanced: str = "",
    logged_in: bool | None = None,
    encrypted: bool | None = None,
    source: str = "",
    read: str = COLLECTED,
) -> KnownReply:
    """A row as it stands in the catalogue. ``enhanced`` are codes with a space between them."""
    return KnownReply(
        cause=cause,
        says=tuple(map(Phrase, says)),
        but_not=(Phrase(but_not),) if but_not else (),
        stages=stages,
        codes=frozenset(codes),
        enhanced=tuple(enhanced.split()),
        logged_in=logged_in,
        encrypted=encrypted,
        source=source,
        read=read if source else "",
    )
