"""The text of a message as a page of its own, in which nothing runs and which fetches nothing."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from .inert import inert

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox"
)
"""Inline styles are all that a message may bring along. ``sandbox`` holds without the frame too."""

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "SAMEORIGIN",
    "X-Content-Type-Options": "nosniff",
    "X-DNS-Prefetch-Control": "off",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """``size`` in octets."""

    name: str
    type: str
    size: int


def text_response(content: bytes | None, missing: str = "") -> HttpResponse:
    """A message in MIME as a page; without one ``missing`` is the reason of ``sealing.ContentUnreadable``."""
    if content is None:
        page = _page(note=_why(missing))
    else:
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        html = mark_safe(inert(_html(message)))  # noqa: S308 -- that is what makes it safe
        page = _page(html=html, text=_plain(message), attachments=_attachments(message))
    return HttpResponse(page, headers=HEADERS)


def _html(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    return _decoded(part) if part is not None else ""


def _plain(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    return _decoded(part) if part is not None else ""


def _decoded(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    # An unknown charset or encoding.
    except (LookupError, ValueError):
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _attachments(message: EmailMessage) -> list[Attachment]:
    return [
        Attachment(
            name=part.get_filename() or _("(no name)"),
            type=part.get_content_type(),
            size=len(payload) if isinstance(payload := part.get_payload(decode=True), bytes) else 0,
        )
        for part in message.iter_attachments()
    ]


def _page(
    *, html: str = "", text: str = "", note: str = "", attachments: list[Attachment] | None = None
) -> str:
    context = {"html": html, "text": text, "note": note, "attachments": attachments or []}
    return render_to_string("wagtail_partner_smtp/outgoing/text.html", context)


def _why(missing: str) -> str:
    sentences = {
        "gone": _("The text is no longer kept."),
        "key_lost": _("The text can no longer be read: the key that it was encrypted with is gone."),
    }
    return sentences.get(missing, _("The text cannot be read: it does not belong to this message."))
