"""The parts of a message for the inbox: attachments, and images that its HTML shows."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from email.message import EmailMessage, MIMEPart
from email.policy import SMTPUTF8
from urllib.parse import quote, unquote

from .. import web_server as http
from ..journal.reading import body, name_of, octets

# A message's HTML may look as it likes, but neither run scripts nor load anything.
MESSAGE_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'none'"
)
_DOCTYPE = re.compile(r"\s*<!doctype[^>]*>", re.IGNORECASE)
# As the value of an attribute, or within url() of a style.
_CID = re.compile(r"(?<=[\"'=(])\s*cid:([^\"'\s)>]+)", re.IGNORECASE)
_IMAGE = re.compile(r"image/[\w.+-]+", re.ASCII)
_AS_IT_CAME = SMTPUTF8.clone(refold_source="none")
_UNSAFE = re.compile(r"[^\w. ()+-]", re.ASCII)


def attachments(email: MIMEPart) -> list[MIMEPart]:
    """The parts that are neither multipart nor a body; attached messages are parts as a whole."""
    bodies = [email.get_body(("plain",)), email.get_body(("html",))]
    return [part for part in _leaves(email) if not any(part is one for one in bodies)]


def _leaves(part: MIMEPart) -> Iterator[MIMEPart]:
    if part.is_multipart() and part.get_content_maintype() == "multipart":
        for each in part.iter_parts():
            yield from _leaves(each)
    else:
        yield part


def content(part: MIMEPart) -> bytes:
    """What the part holds, without its transfer encoding; of an attached message its source.

    If that cannot be written as it came, what its parts hold.
    """
    if not part.is_multipart():
        return octets(part)
    try:
        return _source(part)
    except Exception:
        return b"\r\n".join(octets(each) for each in part.walk() if not each.is_multipart())


def _source(part: MIMEPart) -> bytes:
    # The parser takes any message/… for a message in clear; those of RFC 6532 and 6533 may be encoded.
    source = MIMEPart()
    source["Content-Transfer-Encoding"] = part["Content-Transfer-Encoding"] or "8bit"
    _, _, written = (b"\r\n" + part.as_bytes(policy=_AS_IT_CAME)).partition(b"\r\n\r\n")
    source.set_payload(written.decode("ascii", "surrogateescape"))
    return octets(source)


def disposition(name: str) -> str:
    """The header for a download of that name (RFC 6266, RFC 8187)."""
    plain = _UNSAFE.sub("_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='', errors='replace')}"


def download(data: bytes, name: str) -> http.Response:
    """The data as a file to be saved."""
    # Never of its own type: a browser would show what somebody has sent as a page of ours.
    headers = (("Content-Disposition", disposition(name)), *http.PRIVATE)
    return http.page(data, policy=MESSAGE_POLICY, kind="application/octet-stream", extra=headers)


def file_name(part: MIMEPart, number: int) -> str:
    """What a part is called, or a name for it."""
    ending = ".eml" if part.get_content_type() == "message/rfc822" else ""
    return name_of(part) or f"attachment-{number}{ending}"


def html_of(email: EmailMessage) -> str:
    """The HTML body, with its attached images in it and with links that open in no frame."""
    images = dict(_images(email))

    def shown(match: re.Match[str]) -> str:
        part = images.get(unquote(match[1]))
        return (
            f"data:{part.get_content_type()};base64,{b64encode(octets(part)).decode()}" if part else match[0]
        )

    text = _CID.sub(shown, body(email, "html"))
    doctype = _DOCTYPE.match(text)
    at = doctype.end() if doctype else 0
    # A sandboxed frame may open no window, so that a link does nothing.
    return f'{text[:at]}<base target="_blank">{text[at:]}'


def _images(email: MIMEPart) -> Iterator[tuple[str, MIMEPart]]:
    for part in _leaves(email):
        if _IMAGE.fullmatch(part.get_content_type()) and part["content-id"]:
            yield str(part["content-id"]).strip().strip("<>"), part
