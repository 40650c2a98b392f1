"""Whether a reply says something: plain substrings of its words, so that no text costs more than its length."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ...smtp.reply import MAX_HEARD, Reply

_APART = re.compile(r"[\W_]+")
# qmail and its relatives put the enhanced code behind their words, Cisco's gateways before them.
_NUMBERED = re.compile(r"#([245]\.\d{1,3}\.\d{1,3})")
_APOSTROPHES = str.maketrans("", "", "'\u2019`\u00b4")


@dataclass(frozen=True)
class Phrase:
    """Alternatives, as in ``"spam | block list | blacklist*"``: whole words, in any case and punctuation.

    A ``*`` leaves the end of the last word open, or the beginning of the first: ``"*授权码*"`` is found anywhere,
    as languages without spaces need it. Apostrophes are left out on both sides.
    """

    text: str
    needles: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "needles", tuple(_needle(each.strip()) for each in self.text.split("|")))

    def is_in(self, words: str) -> bool:
        """``words`` are what ``words_of`` makes of a reply."""
        return any(needle in words for needle in self.needles)


def words_of(reply: Reply) -> str:
    """The words of a reply in lower case, a space around each, without the enhanced codes of its lines.

    They are those of its beginning, where servers say what they mean: what comes after is explanation, or
    hostile.
    """
    text = beginning(reply)
    if reply.enhanced_code:
        text = text.replace(reply.enhanced_code, " ")
    # An address may be made of any words; it says nothing about what is wrong with it.
    return f" {_apart(' '.join(word for word in text.split() if '@' not in word))} "


def enhanced_code_of(reply: Reply) -> str:
    """The enhanced code (RFC 3463) at the head of a reply or, with a number sign, anywhere; or ""."""
    if reply.enhanced_code:
        return reply.enhanced_code
    found = _NUMBERED.search(beginning(reply))
    return found.group(1) if found else ""


def beginning(reply: Reply) -> str:
    """What a reply is judged by, as it came. Never to be shown."""
    return reply.heard[: 3 * MAX_HEARD] or reply.text[:MAX_HEARD]


def _needle(alternative: str) -> str:
    begin = "" if alternative.startswith("*") else " "
    end = "" if alternative.endswith("*") else " "
    return f"{begin}{_apart(alternative)}{end}"


def _apart(text: str) -> str:
    return _APART.sub(" ", text.translate(_APOSTROPHES).casefold()).strip()
