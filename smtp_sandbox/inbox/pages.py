"""The pages of the inbox, as HTML without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from email.message import MIMEPart
from html import escape
from urllib.parse import urlencode, urlsplit

from ..journal.reading import body, header_lines
from ..journal.records import Message, Session
from ..listener import Listener
from ..web_server import parts_of
from .markup import button, facts, page, pre, section, table, time
from .parts import attachments, content, file_name

_MOST_SESSIONS = 200
_ON_A_PAGE = 50
_CLASSES = {"S": "S", "C": "C", "-": "E"}


def index(
    listeners: Sequence[Listener], messages: Sequence[Message], wanted: str = "", number: int = 1
) -> str:
    """Messages, sessions and listeners, the latest first: of the messages those that are wanted, page by page."""
    sessions = [session for listener in listeners for session in listener.sessions]
    found = [message for message in reversed(messages) if is_wanted(message, wanted)]
    last = max(1, -(-len(found) // _ON_A_PAGE))
    number = min(max(1, number), last)
    first = (number - 1) * _ON_A_PAGE
    shown = found[first : first + _ON_A_PAGE]
    return page(
        "Inbox",
        table(
            "Messages",
            ("Received", "From", "To", "Subject"),
            map(_message_row, shown),
            _search(wanted, total=len(messages)),
            _place(wanted, number, last, first, len(shown), len(found)),
        ),
        table(
            "Sessions",
            ("Started", "Listener", "TLS", "User", "State"),
            map(_session_row, _latest(sessions)),
            f'<p class="none">The latest {_MOST_SESSIONS} of {len(sessions)}.</p>'
            if len(sessions) > _MOST_SESSIONS
            else "",
        ),
        table(
            "Listeners",
            ("Profile", "Mode", "Address", "What it does", "Connections", "Faults"),
            map(_listener_row, listeners),
        ),
    )


def is_wanted(message: Message, wanted: str) -> bool:
    """Whether each word of the search is in sender, recipients or subject, in any case."""
    words = wanted.casefold().split()
    texts = " ".join((message.mail_from, *message.rcpt_tos, message.subject)).casefold() if words else ""
    return all(word in texts for word in words)


def _search(wanted: str, *, total: int) -> str:
    field = (
        '<form role="search" action="/"><label>From, to or subject '
        f'<input type="search" name="q" value="{escape(wanted)}"></label> <button>Search</button></form>'
    )
    emptying = f"<details><summary>Delete all…</summary>{button('/delete', f'Delete all {total}')}</details>"
    return f'<div class="tools">{field}{emptying if total else ""}</div>'


def _place(wanted: str, number: int, last: int, first: int, shown: int, found: int) -> str:
    """Which of the messages are on the page, and the way to the others."""

    def link(to: int, label: str) -> str:
        query = urlencode({"q": wanted, "page": to} if wanted else {"page": to})
        return f'<a href="/?{escape(query)}#messages">{label}</a>' if 1 <= to <= last else ""

    if not found:
        return ""
    matching = f" matching “{escape(wanted)}”" if wanted else ""
    span = f"{first + 1} to {first + shown} of {found}{matching}"
    links = f"{link(number - 1, 'Newer')} {link(number + 1, 'Older')}" if last > 1 else ""
    return f'<nav class="tools" aria-label="Pages">{span} {links}</nav>'


def session_page(session: Session) -> str:
    """A session with its transcript."""
    known = [
        ("Listener", session.origin),
        ("Client", session.peer),
        ("TLS", " ".join(filter(None, (session.tls, session.cipher)))),
        ("User", f"{session.user} ({session.mechanism})" if session.user else ""),
    ]
    lines = (
        f'<span class="{_CLASSES[direction]}">{escape(f"{direction} {text}")}</span>'
        for direction, text in tuple(session.transcript)
    )
    legend = '<p class="none">S: server, C: client, -: what happened</p>'
    return page(
        f"Session {session.number}",
        facts("Facts", known),
        section("Transcript", pre("\n".join(lines)), legend),
    )


def message_page(message: Message) -> str:
    """A message: envelope, headers, text, HTML in a sandboxed frame, attachments."""
    email = message.email
    link = f"/message/{message.number}"
    envelope = [
        ("From", message.mail_from or "<>"),
        ("To", ", ".join(message.rcpt_tos)),
        ("By", _way(message)),
    ]
    frame = f'<iframe sandbox="" src="{link}/html" title="HTML part"></iframe>'
    return page(
        message.subject or "(no subject)",
        _message_tools(message, link),
        facts("Envelope", envelope),
        facts("Headers", header_lines(email)),
        section("Text", pre(escape(body(email, "plain")))),
        section("HTML", f'<div class="card">{frame}</div>') if body(email, "html") else "",
        table("Links", ("Address", "Open"), _link_rows(message)),
        table("Attachments", ("Name", "Type", "Octets"), _attachment_rows(message, attachments(email))),
    )


def _message_tools(message: Message, link: str) -> str:
    links = (
        f'<a href="/session/{message.session.number}">Session</a> <a href="{link}/raw">Source</a> '
        f'<a href="{link}/eml">Download</a>'
    )
    return f'<div class="tools">{links} {button(f"{link}/delete", "Delete")}</div>'


def link_page(message: Message, link: str) -> str:
    """Asks before a link is followed."""
    host = urlsplit(link).hostname or ""
    return page(
        "Open this link?",
        f"<p>It leads to <strong><bdi>{escape(host)}</bdi></strong>, out of the sandbox:</p>",
        pre(f'<span class="url">{escape(link)}</span>'),
        f'<p><a href="{escape(link)}" rel="noopener noreferrer">Open</a> · '
        f'<a href="/message/{message.number}">Back to the message</a></p>',
    )


def can_be_opened(link: str) -> bool:
    """Whether it is an address of the web; others are only shown."""
    parts = parts_of(link)
    return parts is not None and parts.scheme in ("http", "https") and bool(parts.hostname)


def _way(message: Message) -> str:
    if not message.chunks:
        return message.command
    count = len(message.chunks)
    return f"{message.command}, {count} chunk{'s' if count > 1 else ''}"


def _latest(sessions: Iterable[Session]) -> list[Session]:
    return sorted(sessions, key=lambda session: session.number, reverse=True)[:_MOST_SESSIONS]


def _message_row(message: Message) -> Sequence[str]:
    link = f'<a href="/message/{message.number}">{escape(message.subject or "(no subject)")}</a>'
    recipients = escape(", ".join(message.rcpt_tos))
    return time(message.received), escape(message.mail_from or "<>"), recipients, link


def _session_row(session: Session) -> Sequence[str]:
    link = f'<a href="/session/{session.number}">{time(session.started)}</a>'
    state = "ended" if session.ended else "open"
    return link, escape(str(session.origin)), session.tls or "", escape(session.user or ""), state


def _listener_row(listener: Listener) -> Sequence[str]:
    profile = listener.profile
    address = f'<span class="address">{escape(listener.host)}:{listener.port}</span>'
    mode = f'<span class="mode"><span>{listener.mode}</span></span>'
    counts = str(listener.connections), str(listener.faults)
    return escape(profile.name), mode, address, escape(profile.summary), *counts


def _link_rows(message: Message) -> Iterable[Sequence[str]]:
    for number, link in enumerate(message.links):
        address = f'<span class="url">{escape(link)}</span>'
        page = f"/message/{message.number}/link/{number}"
        yield (
            address,
            f'<a class="open" href="{page}" target="_blank" rel="noopener noreferrer">Open…</a>'
            if can_be_opened(link)
            else "",
        )


def _attachment_rows(message: Message, parts: Sequence[MIMEPart]) -> Iterable[Sequence[str]]:
    for number, part in enumerate(parts):
        link = f"/message/{message.number}/attachment/{number}"
        name = f'<a href="{link}">{escape(file_name(part, number))}</a>'
        yield name, escape(part.get_content_type()), str(len(content(part)))
