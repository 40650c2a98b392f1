"""HTML without anything that could lead elsewhere: known elements and attributes, and no address of anything.

What shows it forbids all of that as well (``text.POLICY``), but no policy keeps a browser from connecting to a
server that a ``link`` names, and a link that is clicked would leave the frame for another site's page.
"""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

_ELEMENT_NAMES = (
    "a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup dd "
    "del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd "
    "li main mark nav ol p pre q s samp section small span strike strong style sub summary sup table "
    "tbody td tfoot th thead time tr tt u ul var wbr"
)
_ATTRIBUTE_NAMES = (
    "align alt bgcolor border cellpadding cellspacing class color cols colspan dir face height hspace id lang "
    "nowrap rowspan size span style title valign vspace width"
)
_ELEMENTS, _ATTRIBUTES = frozenset(_ELEMENT_NAMES.split()), frozenset(_ATTRIBUTE_NAMES.split())
_VOID = frozenset({"br", "col", "hr", "img", "wbr"})


def inert(html: str) -> str:
    """The same text and looks. Pictures stay if they are in the message itself; links say where they led."""
    parser = _Inert()
    parser.feed(html)
    parser.close()
    return "".join(parser.pieces)


class _Inert(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = ""  # the element that is left out with all that is in it
        self._is_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "title"):
            self._hidden = tag
        elif tag in _ELEMENTS:
            self._is_style = tag == "style"
            kept = "".join(f' {name}="{escape(value)}"' for name, value in _kept(tag, attrs))
            self.pieces.append(f"<{tag}{kept}>")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._hidden:
            self._hidden = ""
        elif tag in _ELEMENTS and tag not in _VOID:
            self._is_style = False
            self.pieces.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            # The parser ends a style sheet where a browser does, and both read it as it is.
            self.pieces.append(data if self._is_style else escape(data, quote=False))


def _kept(tag: str, attrs: list[tuple[str, str | None]]) -> list[tuple[str, str]]:
    given = [(name, value or "") for name, value in attrs]
    kept = [(name, value) for name, value in given if name in _ATTRIBUTES]
    for name, value in given:
        if (tag, name) == ("a", "href"):
            kept = [*((other, text) for other, text in kept if other != "title"), ("title", value)]
        if (tag, name) == ("img", "src") and value.lower().startswith("data:image/"):
            kept.append((name, value))
    return kept
