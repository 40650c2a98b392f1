"""Faults as data: which command has which fault, and how often."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass
from fnmatch import fnmatchcase
from types import NoneType
from typing import Literal, NamedTuple, TypeAlias, get_args

from .values import check_choice, check_kind, check_number, check_text

Drop: TypeAlias = Literal["fin", "rst"]
Scope: TypeAlias = Literal["listener", "session", "message"]


class Verb(NamedTuple):
    """What there is of it: an argument; another command right behind it; a second one before the next message."""

    has_argument: bool = True
    has_groups: bool = True
    may_repeat: bool = True


CONTENT_VERBS = ("DATA", "BDAT")
VERBS: dict[str, Verb] = {
    "*": Verb(),
    **dict.fromkeys(("BANNER", "TLS", "DATA-END"), Verb(False, False, False)),
    **dict.fromkeys(("EHLO", "HELO", "MAIL"), Verb(may_repeat=False)),
    **dict.fromkeys(("STARTTLS", "DATA", "RSET", "QUIT"), Verb(has_argument=False, may_repeat=False)),
    **dict.fromkeys(("AUTH", "RCPT", "BDAT", "NOOP", "VRFY"), Verb()),
}
# Where it takes more than an answer to do what the command asks for.
_NOT_SERVED = ("AUTH", "STARTTLS", "BDAT")
_TYPES: dict[str, tuple[type, ...]] = {
    "verb": (str,),
    "match": (str,),
    "grouped": (bool,),
    "reply": (str, bytes, NoneType),
    "delay": (int, float),
    "hang": (bool,),
    "drop": (str, NoneType),
    "answered": (bool,),
    "after": (int, NoneType),
    "times": (int, NoneType),
    "skip": (int,),
    "per": (str,),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What happens on a command: ``on("RCPT", times=1, reply="451 4.7.1 Later")``.

    ``verb`` is an SMTP command, or ``BANNER`` (before the greeting), ``TLS`` (before a handshake), ``DATA``
    (before the 354), ``BDAT`` (once the chunk came), ``DATA-END`` (after the final dot or the last chunk, before
    the message's own answer) or ``*``. ``match`` is a glob on the command's argument; with ``grouped`` only
    commands match that have another one right behind them, as pipelining clients send them (RFC 2920).

    What happens, in this order: ``delay`` (seconds), ``reply`` (text or raw octets, without the last CRLF; 421
    also closes), ``hang`` (for ever) or ``drop`` ("fin" closes, "rst" resets). Without a reply, hang or drop
    the command is then served as usual. So it is with a positive reply (2xx, for DATA 3xx), which is said instead
    of the command's own positive one; except for AUTH, STARTTLS and BDAT. With ``answered`` all this happens once
    it was served and answered; with ``after``, once so many octets of a message (DATA) or a chunk (BDAT) came.

    Of the commands that match, the first ``skip`` pass, the next ``times`` (all, if None) meet the fault.
    They are counted per listener, or anew for each session or message with ``per``.

    Raises TypeError or ValueError for an unknown verb, a value that makes no sense, and a rule that does nothing
    or could never apply.
    """

    verb: str
    _: KW_ONLY
    match: str = "*"
    grouped: bool = False
    reply: str | bytes | None = None
    delay: float = 0.0
    hang: bool = False
    drop: Drop | None = None
    answered: bool = False
    after: int | None = None
    times: int | None = None
    skip: int = 0
    per: Scope = "listener"

    def __post_init__(self) -> None:
        for name, kinds in _TYPES.items():
            check_kind(name, getattr(self, name), *kinds)
        object.__setattr__(self, "verb", self.verb.upper())
        if self.verb not in VERBS:
            raise ValueError(f"no such verb: {self.verb!r}; known are {', '.join(sorted(VERBS))}")
        self._check_values()
        self._check_place()
        if not (self.delay or self.hang or self.drop or self.reply is not None):
            raise ValueError("a rule needs at least one of reply, delay, hang and drop")
        if self.hang and self.drop:
            raise ValueError("after hang=True nothing more happens; leave out hang= or drop=")

    def _check_values(self) -> None:
        check_number("delay", self.delay, least=0)
        check_number("skip", self.skip, least=0)
        if self.times is not None:
            check_number("times", self.times, least=1)
        if self.after is not None:
            check_number("after", self.after, least=0)
        check_choice("per", self.per, get_args(Scope))
        if self.drop is not None:
            check_choice("drop", self.drop, get_args(Drop))
        if isinstance(self.reply, str):
            check_text("reply", self.reply)

    def _check_place(self) -> None:
        verb = VERBS[self.verb]
        if self.after is not None and (self.answered or self.verb not in CONTENT_VERBS):
            raise ValueError("after= counts octets of a message, before its answer; the verb is DATA or BDAT")
        if self.answered and self.verb == "TLS":
            raise ValueError("a handshake is not answered; use the command that follows")
        if self.match != "*" and not verb.has_argument:
            advice = 'for one recipient write on("RCPT", match=...), for one sender on("MAIL", match=...)'
            raise ValueError(f"{self.verb} has no argument that match= could be about; {advice}")
        if self.grouped and not verb.has_groups:
            advice = "write the command that follows it, or that comes before it"
            raise ValueError(f"{self.verb} is no command that comes in a group (grouped=True); {advice}")
        if self.per == "message" and self.skip and not verb.may_repeat:
            advice = 'for a later message write per="session" or per="listener"'
            raise ValueError(
                f'{self.verb} comes once a message: skip= with per="message" skips all; {advice}'
            )

    def covers(self, verb: str, argument: str, *, grouped: bool = False) -> bool:
        """Whether the rule is about this command. ``match`` is a glob on the argument, any case."""
        if self.verb not in (verb, "*") or (self.grouped and not grouped):
            return False
        return self.match == "*" or fnmatchcase(argument.lower(), self.match.lower())

    @property
    def refuses(self) -> bool:
        """Whether the client is told no."""
        return self.reply is not None and not self.text.startswith(("2", "3"))

    def agrees_to(self, verb: str) -> bool:
        """Whether the client is told yes, and the command is to be served."""
        return verb not in _NOT_SERVED and self.text.startswith("3" if verb == "DATA" else "2")

    @property
    def text(self) -> str:
        """The reply as text."""
        return self.reply.decode("latin-1") if isinstance(self.reply, bytes) else self.reply or ""

    def __str__(self) -> str:
        parts = [f"delay {self.delay:g} s"] if self.delay else []
        parts += ["once answered"] if self.answered else []
        parts += [f"after {self.after} octets"] if self.after is not None else []
        parts += [f"reply {self.text}"] if self.reply is not None else []
        parts += ["hang"] if self.hang else []
        parts += [f"drop {self.drop}"] if self.drop else []
        return ", ".join(parts)


# A profile reads as a sentence: on RCPT, reply so.
on = Rule


class Due:
    """The rules that apply to one command, by the moment: before its answer, within its content, once answered."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        rules = tuple(rules)
        self.before = [rule for rule in rules if rule.after is None and not rule.answered]
        self.within = sorted(
            (rule for rule in rules if rule.after is not None), key=lambda rule: rule.after or 0
        )
        self.answered = [rule for rule in rules if rule.answered]

    def refuses(self) -> bool:
        """Whether the client is told no instead of the honest answer."""
        return any(rule.refuses for rule in (*self.before, *self.within))


class Counter:
    """How often each rule was met, for one listener or one session."""

    def __init__(self) -> None:
        # With the rule, so that no later one gets its identity.
        self._met: dict[int, tuple[Rule, int]] = {}

    def is_due(self, rule: Rule) -> bool:
        """Count one more match of the rule, and say whether it applies to this one."""
        met = self._met.get(id(rule), (rule, 0))[1] + 1
        self._met[id(rule)] = rule, met
        return met > rule.skip and (rule.times is None or met <= rule.skip + rule.times)

    def clear(self) -> None:
        """Start again from the first match."""
        self._met.clear()
