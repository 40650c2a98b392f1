"""A message as it travels."""

from __future__ import annotations

import pytest

from wagtail_partner_smtp.smtp.content import dot_stuffed, reads_like_commands, with_crlf


@pytest.mark.parametrize(
    ("data", "sent"),
    [
        (b"", b".\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b"a\r\n", b"a\r\n.\r\n"),
        (b"a\nb\rc\r\nd", b"a\r\nb\r\nc\r\nd\r\n.\r\n"),
        (b".", b"..\r\n.\r\n"),
        (b"a\n.\n..b\n", b"a\r\n..\r\n...b\r\n.\r\n"),
        (b"a\r.\rb", b"a\r\n..\r\nb\r\n.\r\n"),
        (b"a\n\n", b"a\r\n\r\n.\r\n"),
    ],
)
def test_dots_and_line_ends(data: bytes, sent: bytes) -> None:
    assert dot_stuffed(with_crlf(data)) == sent


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (b"Dear Ann,\r\nRCPT means recipient.\r\n", True),
        (b"rcpt to:<a@example.org>\r\n", True),
        (b"x\r\n \tRcpt To:<a@example.org>\r\n", True),
        (b"See RCPT TO in the standard.\r\nRCPTS\r\n", False),
        (b"MAIL FROM:<a@example.org>\r\nDATA\r\n", True),
        (b"data", True),
        (b"x\r\n\tDATA \r\n", True),
        (b"MAIL FROM:<a@example.org>\r\nRSET\r\n", False),
        (b"Data protection\r\nno data\r\n", False),
    ],
)
def test_what_could_add_a_recipient_or_begin_a_message_reads_like_commands(
    lines: bytes, expected: bool
) -> None:
    assert reads_like_commands(lines) is expected
