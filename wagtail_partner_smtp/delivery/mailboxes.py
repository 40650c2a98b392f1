"""What people write as a recipient: ``Care Team, Billing <care@example.com>``, ``ann@example.com``.

One entry is one mailbox (RFC 5322 3.4), however its name is punctuated; what is no address as it stands is refused
by its text. The parsers of Python's ``email`` package are not asked: the old one joins words to addresses, the new
one corrects what is broken, and both differ between patch releases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import Header, decode_header, make_header

from ..smtp.errors import Code, SettingsError
from ..smtp.names import envelope_address, shown
from ..smtp.settings import Stage

MAX_ENTRY = 1000  # characters
WORD = 60  # characters of an encoded-word: with the header's name it shall fit into a line (RFC 2047 2)

_LINE_BREAKS = re.compile(r"[\r\n\0]")
# What ends a line for some program or other (str.splitlines), and what only office programs know.
_CONTROLS = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]")
_BRACKETED = re.compile(r'(?P<name>.*)<\s*(?P<address>(?:"(?:[^"\\]|\\.)*"|[^<>"])*?)\s*>', re.DOTALL)
_COMMENTED = re.compile(r"(?P<address>[^()]*[^()\s])\s*\((?P<name>[^()]*)\)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
# Up to a comma that is neither quoted nor in brackets. Behind a quote that nothing ends all others are escaped, so
# none of them begins a search for its end.
_ENTRY = re.compile(r'((?:"(?:[^"\\]|\\.)*"|<[^<>]*>|\\"|[^,])*?)(?:,|\Z)', re.DOTALL)
_EMPTY_GROUP = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+: *;")
# RFC 5322 3.2.3: a phrase of other characters is quoted. An encoded-word in quotes would be read as one by many.
_PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_ENCODED_WORD = re.compile(r"=\?[^?\s]+\?[bqBQ]\?[^?]*\?=")


@dataclass(frozen=True)
class Mailbox:
    """A name, which may be empty, an address as it stands in the text, and the same with A-labels for a domain."""

    name: str
    address: str
    envelope: str

    @classmethod
    def of(cls, address: str, name: str = "") -> Mailbox:
        """Raises ``SettingsError`` for what is no address."""
        if not address:
            raise SettingsError(Code.EMAIL_INVALID)
        return cls(name, address, envelope_address(address))

    @property
    def key(self) -> str:
        """What is the same of two spellings of one mailbox: domains know no capitals, local parts may."""
        local, _, domain = self.envelope.rpartition("@")
        return f"{local}@{domain.lower()}"

    def __str__(self) -> str:
        """As it stands in a header: the name quoted or encoded where it has to be."""
        return f"{written_name(self.name)} <{self.envelope}>" if self.name else self.envelope


@dataclass(frozen=True)
class EmptyGroup:
    """``undisclosed-recipients:;``: stands in a header, and nobody is mailed for it."""

    text: str

    def __str__(self) -> str:
        return self.text


Addressee = Mailbox | EmptyGroup


def parse(text: str, stage: Stage = Stage.RCPT) -> Mailbox:
    """One entry. Raises ``SettingsError`` with its text in ``facts["address"]``."""
    try:
        return _parse(text)
    except SettingsError as error:
        raise SettingsError(error.code, stage=stage, facts={**error.facts, "address": shown(text)}) from None


def parse_entries(texts: Iterable[str], stage: Stage = Stage.RCPT) -> list[Addressee]:
    """Entries of a list, each one mailbox or an empty group. Raises as ``parse`` does."""
    return [EmptyGroup(spaced(text)) if _is_empty_group(text) else parse(text, stage) for text in texts]


def parse_header(text: str, stage: Stage = Stage.DATA) -> list[Addressee]:
    """The value of an address header: one entry, or several separated by commas. Raises as ``parse`` does."""
    try:
        return parse_entries([text], stage)
    except SettingsError as error:
        if error.code is not Code.EMAIL_INVALID:
            raise
        entries = [match[1].strip() for match in _ENTRY.finditer(spaced(text))]
        return parse_entries(filter(None, entries), stage)


def spaced(text: str) -> str:
    """One line: what would end it for some reader is a space."""
    return _CONTROLS.sub(" ", text).strip()


def one_line(text: str) -> str:
    """The same of a text without controls, which stays as it is."""
    return spaced(text) if _CONTROLS.search(text) else text


def written_name(name: str) -> str:
    """The display name for a header (RFC 5322 3.2.5): as it is, quoted, or in encoded-words (RFC 2047)."""
    if not name.isascii() or _ENCODED_WORD.search(name):
        return encoded(name)
    if _PLAIN.fullmatch(name):
        return name
    escaped = name.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}"'


def encoded(text: str) -> str:
    """The text as encoded-words with a space between them, each of which fits into a line (RFC 2047 2)."""
    return Header(text, "utf-8").encode(linesep="", maxlinelen=WORD)


def _is_empty_group(text: str) -> bool:
    return not _LINE_BREAKS.search(text.strip()) and bool(_EMPTY_GROUP.fullmatch(spaced(text)))


def _parse(text: str) -> Mailbox:
    if _LINE_BREAKS.search(text):
        raise SettingsError(Code.CONTROL_CHARACTERS)
    line = spaced(text)
    if not line or len(line) > MAX_ENTRY:
        raise SettingsError(Code.EMAIL_INVALID)
    match = _BRACKETED.fullmatch(line) if line.endswith(">") else _COMMENTED.fullmatch(line)
    if match is None:
        return Mailbox.of(line)
    if line.endswith(">") and _holds_address(match["name"]):
        raise SettingsError(Code.EMAIL_INVALID)
    return Mailbox.of(match["address"], _decoded(match["name"]))


def _holds_address(name: str) -> bool:
    """Whether a mailbox of its own stands before a comma or semicolon, where others have a part of their name."""
    return any(map(_is_address, re.split("[,;]", _QUOTED.sub("q", name))[:-1]))


def _is_address(entry: str) -> bool:
    match = _BRACKETED.fullmatch(entry.strip())
    try:
        return bool(envelope_address(match["address"] if match else entry.strip()))
    except SettingsError:
        return False


def _decoded(name: str) -> str:
    bare = _QUOTED.sub(lambda match: re.sub(r"\\(.)", r"\1", match[1]), name.strip())
    if _ENCODED_WORD.search(bare):
        with suppress(HeaderParseError, LookupError, ValueError):
            bare = str(make_header(decode_header(bare)))
    return " ".join(spaced(bare).split())
