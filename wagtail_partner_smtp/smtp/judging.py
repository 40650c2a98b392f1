"""What a refusal is judged by, besides its codes: the words of the reply, and what the session knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from .errors import Code, Fact
from .reply import Reply
from .stages import Stage


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A server's refusal. ``code`` is what it means by its codes and by the session's state alone.

    ``names`` are what tells whose server it is: the host, the greeting, the answer to EHLO, the names of the
    certificate. ``has_login`` tells that one was set, ``authenticated`` that it was accepted. ``of_itself`` is a
    recipient's refusal where the SMTP Email is the only recipient, as in a connection test.
    """

    code: Code
    stage: Stage | None
    reply: Reply
    names: tuple[str, ...] = ()
    encrypted: bool = False
    has_login: bool = False
    authenticated: bool = False
    of_itself: bool = False


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The cause, and facts for the sentence about it."""

    code: Code
    facts: Mapping[str, Fact] = field(default_factory=lambda: MappingProxyType({}))


Judge = Callable[[Refusal], Judgement]


def by_codes(refusal: Refusal) -> Judgement:
    """A judge that does not read the text of replies."""
    return Judgement(code=refusal.code)
