"""What a person reads of a message: its texts and its links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import MIMEPart
from html.parser import HTMLParser

from .reading import body

_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
# What ends a sentence, or the brackets around a link, is not part of it.
_BEHIND_A_LINK = ".,;:!?'*_)]}"
_UNSEEN = ("script", "style", "title", "template")
_INLINE = ("a", "abbr", "b", "code", "em", "font", "i", "mark", "small", "span", "strong", "u", "wbr")


class Page(HTMLParser):
    """The text of an HTML body as people see it, and where its links lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self._pieces: list[str] = []
        self._unseen = ""
        try:
            self.feed(html)
            self.close()
        except Exception:
            # Unread markup is better than nothing.
            self._pieces = [html]
            self.links += _in_text(html)

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """Take ``<![if !mso]>`` for a comment, as browsers do; the parser fails at what it does not know."""
        return self.parse_bogus_comment(i, report)

    @property
    def text(self) -> str:
        """Without markup; blocks and line breaks begin a line."""
        return "".join(self._pieces)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link, and the beginning of what is not seen."""
        self._unseen = self._unseen or (tag if tag in _UNSEEN else "")
        if tag in ("a", "area"):
            self.links += [value.strip() for name, value in attrs if name == "href" and value]
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note the end of what is not seen."""
        if tag == self._unseen:
            self._unseen = ""
        self._break(tag)

    def handle_data(self, data: str) -> None:
        """Keep what is seen."""
        if not self._unseen:
            self._pieces.append(data)

    def _break(self, tag: str) -> None:
        if tag not in _INLINE:
            self._pieces.append("\n")


def links(email: MIMEPart) -> tuple[str, ...]:
    """Where the links of the HTML lead, then the web addresses of the plain text; each once."""
    return tuple(dict.fromkeys((*Page(body(email, "html")).links, *_in_text(body(email, "plain")))))


def _in_text(text: str) -> Iterator[str]:
    for match in _LINK.finditer(text):
        link = match[0].rstrip(_BEHIND_A_LINK)
        # As in https://example.org/wiki/Mail_(letter)
        yield f"{link})" if match[0].startswith(f"{link})") and link.count("(") > link.count(")") else link
