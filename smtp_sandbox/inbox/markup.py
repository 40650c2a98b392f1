"""The building blocks of the inbox's pages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from html import escape
from importlib.resources import files


@cache
def style() -> str:
    """The style sheet, for light and dark screens."""
    return files(__package__).joinpath("inbox.css").read_text("utf-8")


def time(when: datetime) -> str:
    """The local time of day."""
    local = when.astimezone()
    return f'<time class="time" datetime="{local.isoformat("T", "seconds")}">{local:%H:%M:%S}</time>'


def pre(content: str) -> str:
    """Preformatted text, escaped already."""
    return f'<div class="card"><pre>{content}</pre></div>'


def section(title: str, *parts: str) -> str:
    """A titled part of a page."""
    name = title.lower()
    return f'<section aria-labelledby="{name}"><h2 id="{name}">{title}</h2>{"".join(parts)}</section>'


def facts(title: str, known: Iterable[tuple[str, object]]) -> str:
    """A section with a table of names and values."""
    rows = (
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(str(value or "-"))}</td></tr>'
        for name, value in known
    )
    return section(title, _sheet(title, f"<tbody>{''.join(rows)}</tbody>", kind="facts"))


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]], *above: str) -> str:
    """A section with a table below other HTML; its cells are HTML already, the first of a row is its head."""
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    lines = "".join(f"<tr>{_cells(*row)}</tr>" for row in rows)
    if not lines:
        return section(title, *above, '<p class="none">None.</p>')
    return section(title, *above, _sheet(title, f"<thead><tr>{head}</tr></thead><tbody>{lines}</tbody>"))


def _cells(first: str, *others: str) -> str:
    return f'<th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in others)}'


def _sheet(title: str, content: str, *, kind: str = "rows") -> str:
    # Focusable, because a wide table scrolls inside of its frame.
    name = title.lower()
    frame = f'class="card" role="region" aria-labelledby="{name}" tabindex="0"'
    return f'<div {frame}><table class="{kind}" aria-labelledby="{name}">{content}</table></div>'


def button(action: str, label: str) -> str:
    """A form of one button, that changes something."""
    return f'<form method="post" action="{escape(action)}"><button>{escape(label)}</button></form>'


def page(title: str, *parts: str) -> str:
    """A whole page."""
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)} · SMTP sandbox</title><link rel="stylesheet" href="/style.css">'
    )
    links = "".join(
        f'<a href="/#{name.lower()}">{name}</a>' for name in ("Messages", "Sessions", "Listeners")
    )
    links += '<a href="">Refresh</a>'
    top = f'<header><nav aria-label="Inbox"><a href="/">SMTP sandbox</a>{links}</nav></header>'
    content = f"{top}<main><h1>{escape(title)}</h1>{''.join(parts)}</main>"
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{content}</body></html>'
