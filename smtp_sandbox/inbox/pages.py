"""The pages of the inbox, as HTML without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from email.message import MIMEPart
from html import escape

from ..journal.content import body, octets
from ..journal.records import Message, Session
from ..listener import Listener
from .markup import facts, page, pre, section, table, time

_MOST_ROWS = 200
_CLASSES = {"S": "S", "C": "C", "-": "E"}


def index(listeners: Sequence[Listener], messages: Sequence[Message]) -> str:
    """Messages, sessions and listeners, the latest first."""
    sessions = [session for listener in listeners for session in listener.sessions]
    return page(
        "Inbox",
        table(
            "Messages",
            ("Received", "From", "To", "Subject"),
            map(_message_row, reversed(messages[-_MOST_ROWS:])),
        ),
        table(
            "Sessions", ("Started", "Listener", "TLS", "User", "State"), map(_session_row, _latest(sessions))
        ),
        table(
            "Listeners",
            ("Profile", "Mode", "Address", "What it does", "Connections", "Faults"),
            map(_listener_row, listeners),
        ),
    )


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
        f'<p><a href="/session/{message.session.number}">Session</a> · <a href="{link}/raw">Source</a></p>',
        facts("Envelope", envelope),
        facts("Headers", email.raw_items()),
        section("Text", pre(escape(body(email, "plain")))),
        section("HTML", f'<div class="card">{frame}</div>') if body(email, "html") else "",
        table("Attachments", ("Name", "Type", "Octets"), map(_attachment_row, attachments(email))),
    )


def _way(message: Message) -> str:
    if not message.chunks:
        return message.command
    count = len(message.chunks)
    return f"{message.command}, {count} chunk{'s' if count > 1 else ''}"


def attachments(email: MIMEPart) -> list[MIMEPart]:
    """The parts that are neither multipart nor a body."""
    bodies = [email.get_body(("plain",)), email.get_body(("html",))]
    return [
        part
        for part in email.walk()
        if isinstance(part, MIMEPart) and not part.is_multipart() and not any(part is one for one in bodies)
    ]


def _latest(sessions: Iterable[Session]) -> list[Session]:
    return sorted(sessions, key=lambda session: session.number, reverse=True)[:_MOST_ROWS]


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


def _attachment_row(part: MIMEPart) -> Sequence[str]:
    return escape(part.get_filename() or ""), escape(part.get_content_type()), str(len(octets(part)))
