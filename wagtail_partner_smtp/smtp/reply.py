"""Replies of a server (RFC 5321 4.2): parsed, cleaned and redacted before anybody sees them."""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import quote

from .token_traces import TokenTraces
from .vocabulary import is_listed, is_ordinary

MAX_TEXT = 300  # characters that are shown
MAX_HEARD = 500  # characters that are judged
REDACTED = "[redacted]"

_ENHANCED = re.compile(r"([245])\.(\d{1,3})\.(\d{1,3})(?=\s|$)")
_LONG_RUN = 8
_ENCODED_RUN = re.compile(rf"[A-Za-z0-9+/_=-]{{{_LONG_RUN},}}")
_NAME_OR_NUMBER = re.compile(r"(?<!\S)(?:[\w-]+(?:\.[\w-]+)+|\d+)(?!\S)")
# A run that is one plain word is what servers say in sentences; base64 of 8 or more is practically never that.
_WORD = re.compile(r"[-/]*(?:[A-Z]?[a-z]+|[A-Z]+)(?:[-/]+(?:[A-Z]?[a-z]+|[A-Z]+))*[-/]*")
_HEX_RUN = re.compile(r"[0-9a-f]+|[0-9A-F]+")


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A server's answer: the three digits, the enhanced status code (RFC 3463) or "", the cleaned text.

    ``heard`` is what a refusal is judged by, as ``heard()`` reads it; never to be shown, since a server can echo
    anything. Empty in replies that say yes, and once a refusal was judged.
    """

    code: int
    enhanced_code: str = ""
    text: str = ""
    heard: str = field(default="", repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.code} {self.text}".rstrip()

    @property
    def kind(self) -> tuple[int, str]:
        """What two answers that mean the same have in common, whatever their words."""
        return self.code, self.enhanced_code

    @property
    def positive(self) -> bool:
        """Positive completion: what was asked is done, whatever the other digits say (RFC 5321 4.2.1)."""
        return 200 <= self.code < 300

    @property
    def temporary(self) -> bool:
        return 400 <= self.code < 500


def enhanced_code(text: str) -> str:
    """The enhanced status code (RFC 3463) at the head of a reply's text, or ""."""
    match = _ENHANCED.match(text)
    return match.group(0) if match else ""


class Redactor:
    """Takes secrets out of a server's text.

    Known forms of the password or the access token are taken out, whatever their case. Once AUTH has begun
    (``auth_began``), so is every run of 8 or more characters that looks like base64 or hex, since a server
    can echo any piece of the exchange. What a session acts on is read before.

    A password that is among the words which servers say anyway, in what is ``public`` (the host, the login, the
    address) or in the names and numbers that this server says before it can have heard of it, is left where it
    stands by itself: a hole in the place of such a word would tell it to everybody who knows what servers say.
    """

    def __init__(
        self, login: str = "", password: str = "", access_token: str = "", public: Iterable[str] = ()
    ) -> None:
        self.auth_began = False
        self._tokens = [TokenTraces(access_token)]
        self._login, self._secret, self._password = login, password, password.casefold()
        self._is_common = bool(password) and (
            is_ordinary(password) or any(self._password in text.casefold() for text in (login, *public))
        )

    # Made for the first reply: what is refused for its length before any connection would take a minute.

    @cached_property
    def _spelled(self) -> re.Pattern[str] | None:
        return _pattern(map(re.escape, _longest_first(_spellings(self._secret) - {""})))

    @cached_property
    def _encoded(self) -> re.Pattern[str] | None:
        return _pattern(map(_bounded, _longest_first(_encodings(self._login, self._secret))))

    def know(self, secret: str) -> None:
        """Take out this secret as well, an access token or one of its kind."""
        self._tokens.append(TokenTraces(secret))

    def __call__(self, text: str) -> str:
        if not self.auth_began:
            self._hear(text)
        for pattern in (self._encoded, None if self._is_common else self._spelled):
            text = pattern.sub(REDACTED, text) if pattern else text
        for traces in self._tokens:
            text = traces.replaced(text, REDACTED)
        if self.auth_began:
            text = _ENCODED_RUN.sub(_redact_run, text)
        return text

    def _hear(self, text: str) -> None:
        """What this server says to everybody."""
        if self._password and not self._is_common:
            own = _NAME_OR_NUMBER.findall(text.casefold())
            self._is_common = any(self._password in each for each in own)

    def clean(self, raw: bytes) -> str:
        """Bytes of a reply as one line of text that may be shown: decoded, stripped, redacted, cut."""
        return self.shown(raw.decode("utf-8", "replace"))

    def shown(self, text: str) -> str:
        """The same of a text."""
        return self(strip_controls(text))[:MAX_TEXT]


def heard(raw: bytes) -> str:
    """The beginning of a reply as it came. Where it is not UTF-8, in each encoding that it may be in."""
    raw = raw[:MAX_HEARD]
    encodings = ["utf-8"] if _is_utf_8(raw) else ["utf-8", "latin-1", "gb18030"]
    return " ".join(strip_controls(raw.decode(each, "replace")) for each in encodings)


def _is_utf_8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        # A character that the cut went through.
        return error.end == len(raw) == MAX_HEARD
    return True


# Categories of Unicode: what ends a line or a command for some reader or other, and what no octets stand for.
_CONTROLS = {"Cc", "Cs", "Zl", "Zp"}
_FORMAT = "Cf"


def strip_controls(text: str) -> str:
    """One line without control, format and separator characters (which could hide or reverse text)."""
    spaced = " ".join(text.split())
    if spaced.isascii() and spaced.isprintable():
        return spaced
    return "".join(c for c in spaced if unicodedata.category(c) not in {*_CONTROLS, _FORMAT})


def has_controls(text: str) -> bool:
    """Whether a character is in it that no line may hold. Those of format belong to words of some scripts."""
    return not text.isprintable() and any(unicodedata.category(c) in _CONTROLS for c in text)


def _redact_run(match: re.Match[str]) -> str:
    run = match.group()
    if is_listed(run) or (_WORD.fullmatch(run) and not _HEX_RUN.fullmatch(run)):
        return run
    return REDACTED


def _pattern(alternatives: Iterable[str]) -> re.Pattern[str] | None:
    either = "|".join(alternatives)
    return re.compile(either, re.IGNORECASE) if either else None


def _longest_first(forms: Collection[str]) -> list[str]:
    return sorted(forms, key=len, reverse=True)


def _bounded(form: str) -> str:
    """A short form stands for itself only as a whole: two letters are in many words."""
    pattern = re.escape(form)
    return pattern if len(form) >= _LONG_RUN else rf"(?<![\w+/-]){pattern}(?![\w+/-])"


def _encodings(login: str, password: str) -> set[str]:
    if not password:
        return set()
    secret = password.encode("utf-8", "surrogatepass")
    user = login.encode("utf-8", "surrogatepass")
    raw_forms = (
        secret,
        b"\0" + user + b"\0" + secret,
        user + b"\0" + user + b"\0" + secret,
    )
    encoded = {base64.b64encode(raw).decode().rstrip("=") for raw in raw_forms}
    encoded |= {base64.urlsafe_b64encode(raw).decode().rstrip("=") for raw in raw_forms}
    return {quote(secret, safe=""), secret.hex(), *encoded} - _spellings(password)


def _spellings(password: str) -> set[str]:
    """As ``clean`` shows a password that comes back as it is, in another case, or in another encoding."""
    # Pattern matching ignores case, but does not take "ß" for "SS".
    texts = {password, password.upper(), password.casefold(), unicodedata.normalize("NFKC", password)}
    with suppress(UnicodeEncodeError):
        texts.add(password.encode().decode("latin-1"))
        texts.add(password.encode("latin-1").decode("utf-8", "replace"))
    return texts | {strip_controls(text) for text in texts}
