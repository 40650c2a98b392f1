"""Whether a reply says something: plain substrings of its words, so that no text costs more than its length."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ...smtp.reply import MAX_HEARD, Reply

_APART = re.compile(r"[\W_]+")
_APOSTROPHES = str.maketrans("", "", "'\u2019`\u00b4")


@dataclass(frozen=True)
class Phrase:
    """Alternatives, as in ``"spam | block list | blacklist*"``: whole words, in any case and punctuation.

    A ``*`` leaves the end of the last word open, or the beginning of the first: ``"*授权码*"`` is found anywhere,
    as languages without blanks need it. Apostrophes are left out on both sides.
    """

    text: str
    needles: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "needles", tuple(_needle(each.strip()) for each in self.text.split("|")))

    def is_in(self, words: str) -> bool:
        """``words`` are what ``words_of`` makes of a reply."""
        return any(needle in words for needle in self.needles)


def words_of(reply: Reply) -> str:
    """The words of a reply in lower case, a blank around each, without the enhanced codes of its lines.

    They are those of its beginning, where servers say what they mean: what comes after is explanation, or
    hostile.
    """
    text = reply.heard[: 3 * MAX_HEARD] or reply.text[:MAX_HEARD]
    if reply.enhanced_code:
        text = text.replace(reply.enhanced_code, " ")
    # An address may be made of any words; it says nothing about what is wrong with it.
    return f" {_apart(' '.join(word for word in text.split() if '@' not in word))} "


def _needle(alternative: str) -> str:
    begin = "" if alternative.startswith("*") else " "
    end = "" if alternative.endswith("*") else " "
    return f"{begin}{_apart(alternative)}{end}"


def _apart(text: str) -> str:
    return _APART.sub(" ", text.translate(_APOSTROPHES).casefold()).strip()
