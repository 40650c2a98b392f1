"""Any text as subject, header, address and body: an error of ours, or a message that holds what was meant."""

from __future__ import annotations

import email
import email.policy
import re
from email.header import decode_header, make_header
from email.message import MIMEPart
from email.mime.base import MIMEBase
from typing import Any

import django
from django.core.mail import EmailMessage
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.support.delivery import SENDER
from wagtail_partner_smtp.delivery import envelope
from wagtail_partner_smtp.delivery.envelope import MessageError
from wagtail_partner_smtp.delivery.mailboxes import MAX_ENTRY, Mailbox, encoded, parse, parse_header, spaced
from wagtail_partner_smtp.smtp.content import with_crlf
from wagtail_partner_smtp.smtp.errors import SettingsError
from wagtail_partner_smtp.smtp.reply import has_controls

LONGEST_LINE = 998  # octets (RFC 5322 2.1.1)
OUR_HEADERS = {
    "content-type", "mime-version", "content-transfer-encoding", "subject", "from", "to", "cc", "reply-to",
    "date",
    "message-id", "x-note",
}  # fmt: skip

TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60),
    st.text("aB ü=?_\"\\<>(),;:@.\t-", max_size=60),
    st.sampled_from(
        ["=?utf-8?q?=0D=0ABcc:_x@y.example?=", "=?utf-8?b?//8=?=", "=?x?q?a?=", "ü" * 400, "a" * 1200,
         "a b " * 300,
         "x\r\nBcc: evil@example.com", "\u2028", "=?utf-8?q?a?= =?utf-8?q?b?="]
    ),
)  # fmt: skip
PLAIN = TEXTS.filter(lambda text: not set(text) & set("\r\n\0"))
LOCAL_PARTS = st.text('ab.+ü"', min_size=1, max_size=8) | st.text("aü", min_size=20, max_size=70)
DOMAINS = st.sampled_from(["x.example", "straße.example", "[127.0.0.1]", "x", "-x.example", "\u3002.example"])
ADDRESSES = st.one_of(
    st.sampled_from(["ann@customer.example", "Ann <ann@customer.example>", '"Ann, Ltd" <ann@customer.example>']),
    st.builds("{} <{}@{}>".format, TEXTS, LOCAL_PARTS, DOMAINS),
    TEXTS,
)  # fmt: skip


def tells_what_is_wrong(error: SettingsError) -> None:
    assert not isinstance(error, MessageError), "that is for what is no text"
    assert not has_controls(str(error))


@given(
    TEXTS,
    TEXTS,
    TEXTS,
    st.lists(ADDRESSES, max_size=3),
    st.lists(ADDRESSES, max_size=2),
    ADDRESSES | st.just(""),
)
def test_a_message_is_refused_by_an_error_of_ours_or_has_no_header_that_was_not_meant(
    subject: str, note: str, body: str, to: list[str], cc: list[str], author: str
) -> None:
    message = EmailMessage(subject, body, author, to, cc=cc, headers={"X-Note": note})
    try:
        outgoing = envelope.prepare(message, SENDER)
    except SettingsError as error:
        tells_what_is_wrong(error)
        return
    for content in map(with_crlf, (outgoing.data({"8BITMIME"}), outgoing.data(()))):
        head = content.partition(b"\r\n\r\n")[0]
        names = [line.partition(b":")[0].decode().lower() for line in head.split(b"\r\n") if line[:1].strip()]
        assert len(names) == len(set(names))
        assert set(names) <= OUR_HEADERS
        assert max(map(len, content.split(b"\r\n"))) <= LONGEST_LINE
        assert b"\0" not in content
    read = email.message_from_bytes(outgoing.data(()), policy=email.policy.compat32)
    for name, text in (("Subject", subject), ("X-Note", note)):
        shown = str(read[name]).replace("\r\n", "")
        if not text.isascii():
            assert str(make_header(decode_header(shown))) == spaced(text)
        else:
            assert shown == spaced(text)


CONTENTS = st.one_of(
    st.text("a\0\r\n.=ü \x85\u2028", max_size=40),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.builds(str.__mul__, st.sampled_from(["x", "ü", "\0", "x ", "=?"]), st.integers(300, 3000)),
)
HEADS = st.lists(
    st.builds(
        "{}: {}".format,
        st.sampled_from(
            ["Subject", "Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "MIME-Version",
             "X"]
        ),
        st.sampled_from(
            ["text/plain", "multipart/mixed; boundary=b", "message/rfc822", "application/x", "binary",
             "base64",
             "quoted-printable", "text/plain; charset=utf-16", "8bit", "7bit", "x-none", "attachment",
             "a " * 600]
        )
        | TEXTS,
    ),
    max_size=4,
).map("\r\n".join)  # fmt: skip
PARTED = st.builds(
    "Content-Type: multipart/mixed; boundary=b\r\n{}\r\n\r\n{}\r\n--b\r\n{}\r\n\r\n{}\r\n--b--\r\n{}".format,
    HEADS, CONTENTS, HEADS, CONTENTS, CONTENTS,
)  # fmt: skip
MESSAGES = st.one_of(PARTED, st.builds("{}\r\n\r\n{}".format, HEADS, CONTENTS)).map(str.encode) | st.binary(
    max_size=60
)
KINDS = st.sampled_from(
    ["text/plain", "text/html", "text/csv", "application/octet-stream", "image/png", "x/y"]
)
ENCODINGS = st.sampled_from(["", "7bit", "8bit", "binary", "BINARY", "base64", "quoted-printable", "x-none"])


def made_part(kind: str, encoding: str, content: str | bytes) -> Any:
    part: Any = MIMEPart() if django.VERSION >= (6,) else MIMEBase(*kind.split("/"))
    for name, value in (("Content-Type", kind), ("Content-Transfer-Encoding", encoding)):
        if value:
            del part[name]
            part[name] = value
    part.set_payload(content)
    return part


ATTACHMENTS = st.one_of(
    st.tuples(st.just("a.txt"), CONTENTS | st.binary(max_size=60), KINDS),
    st.tuples(st.just("a.eml"), MESSAGES, st.just("message/rfc822")),
    st.builds(made_part, KINDS, ENCODINGS, CONTENTS | st.binary(max_size=60)),
)


@given(CONTENTS, st.lists(ATTACHMENTS, max_size=3))
def test_what_leaves_is_made_of_lines_that_every_server_takes(body: str, attachments: list[Any]) -> None:
    message = EmailMessage("Invoice", body, "", ["ann@customer.example"])
    for attachment in attachments:
        message.attach(*attachment) if isinstance(attachment, tuple) else message.attach(attachment)
    try:
        outgoing = envelope.prepare(message, SENDER)
    except SettingsError as error:
        tells_what_is_wrong(error)
        return
    for extensions in ({"8BITMIME"}, set()):
        content = with_crlf(outgoing.data(extensions))
        assert b"\0" not in content
        assert content.count(b"\r") == content.count(b"\n") == content.count(b"\r\n")
        assert max(map(len, content.split(b"\r\n"))) <= LONGEST_LINE
        assert "8BITMIME" in extensions or content.isascii()
        parts = email.message_from_bytes(content).walk()
        first: Any = next(part for part in parts if not part.is_multipart())
        # Without a text there is no such part.
        assert not body or lines_of(first.get_payload(decode=True).decode()) == lines_of(body)


def lines_of(text: str) -> list[str]:
    return re.split(r"\r\n|\r|\n", text.rstrip("\r\n"))


@given(PLAIN)
def test_an_encoded_text_reads_as_it_was(text: str) -> None:
    assume(text and spaced(text) == text)
    words = encoded(text)
    assert words.isascii()
    assert str(make_header(decode_header(words))) == text


@given(ADDRESSES)
@example('"a" <a@x.example>')
def test_a_mailbox_is_refused_or_written_as_it_is_read(text: str) -> None:
    try:
        found = parse(text)
    except SettingsError as error:
        tells_what_is_wrong(error)
        return
    # In encoded-words a long name is longer than people may write one.
    assume(len(str(found)) <= MAX_ENTRY)
    assert parse(str(found)) == Mailbox(found.name, found.envelope, found.envelope)


@given(st.lists(ADDRESSES, max_size=3).map(", ".join))
def test_a_list_of_addresses_is_refused_or_written_as_it_is_read(text: str) -> None:
    try:
        found = parse_header(text)
    except SettingsError:
        return
    assume(all(len(str(each)) <= MAX_ENTRY for each in found))
    written = ", ".join(map(str, found))
    assert [str(each) for each in parse_header(written)] == [str(each) for each in found]
    assert not set(written) & set("\r\n\0")
