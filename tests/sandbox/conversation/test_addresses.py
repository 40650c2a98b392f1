"""What is taken as an address, as a name, and as no command at all.

Postfix and Exim are asked the same in tests/servers/test_sandbox.py.
"""

from __future__ import annotations

import socket

import pytest

from smtp_sandbox import Listener
from smtp_sandbox.profiles import EXTENSIONS
from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import PATIENCE


def replies(listener: Listener, *commands: bytes) -> list[str]:
    """The last line of the answer to each."""
    said: list[str] = []
    with (
        socket.create_connection((listener.host, listener.port), timeout=PATIENCE) as sock,
        sock.makefile("rb") as file,
    ):
        file.readline()
        for command in commands:
            sock.sendall(command + b"\r\n")
            while (line := file.readline())[3:4] == b"-":
                pass
            said.append(line.decode().strip())
    return said


def answers(listener: Listener, path: bytes, *, parameters: bytes = b"") -> list[str]:
    """What is said to the address as sender and as recipient."""
    sender = replies(listener, b"EHLO me", b"MAIL FROM:" + path + parameters)[-1]
    recipient = replies(listener, b"EHLO me", b"MAIL FROM:<a@b.example>" + parameters, b"RCPT TO:" + path)[-1]
    return [sender, recipient]


@pytest.mark.parametrize("octet", [b"\x00", b"\x01", b"\t", b"\x0b", b"\x1f", b"\x7f"])
@pytest.mark.parametrize(
    "path", [b"<a%s@b.example>", b'<"%s"@b.example>', b"<a@b%s.example>", b"%s<a@b.example>"]
)
def test_control_characters_belong_in_no_address(smtp: Served, path: bytes, octet: bytes) -> None:
    assert [answer[:10] for answer in answers(smtp.plain, path % octet)] == ["501 5.5.4 ", "501 5.5.4 "]
    assert smtp.messages == ()


@pytest.mark.parametrize(
    "path",
    [b"<\xff@b.example>", b"<a@\xc3.example>", b"<a@b.example> ENVID=\xff", b"<\xed\xa0\x80@b.example>"],
)
@pytest.mark.parametrize("parameters", [b"", b" SMTPUTF8"])
def test_what_is_not_utf8_is_refused_with_and_without_smtputf8(
    smtp: Served, path: bytes, parameters: bytes
) -> None:
    assert answers(smtp.plain, path, parameters=parameters) == ["500 5.5.2 Not UTF-8"] * 2


@pytest.mark.parametrize(
    "address", ["ü@b.example", '"ü"@b.example', "a@ü.example", "\x85@b.example", "a@例え.テスト"]
)
def test_beyond_ascii_smtputf8_is_needed(smtp: Served, address: str) -> None:
    path = f"<{address}>".encode()

    assert answers(smtp.plain, path) == ["553 5.6.7 Address needs SMTPUTF8"] * 2
    assert answers(smtp.plain, path, parameters=b" SMTPUTF8") == ["250 2.1.0 OK", "250 2.1.5 OK"]


@pytest.mark.parametrize(
    "command", [b"EHLO a\x00b", b"EHLO a\x01", b"EHLO a\tb", b"HELO a\x7f", b"EHLO m\xc3\xbcller", b"EHLO"]
)
def test_a_client_s_name_is_printable_ascii(smtp: Served, command: bytes) -> None:
    # RFC 2034 4: no enhanced code in any answer to these.
    syntax = f"501 Syntax: {command[:4].decode()} hostname"

    assert replies(smtp.plain, command, b"MAIL FROM:<>") == [syntax, "503 5.5.1 Send EHLO first"]


@pytest.mark.parametrize("command", [b"EHLO [127.0.0.1]", b"EHLO my_laptop", b"EHLO a b", b"HELO -"])
def test_what_a_client_is_called_is_not_judged_further(smtp: Served, command: bytes) -> None:
    assert replies(smtp.plain, command)[0][:3] == "250"


def test_without_a_domain_only_the_postmaster_gets_mail(smtp: Served) -> None:
    assert answers(smtp.plain, b"<a>") == [
        "501 5.1.7 Malformed sender address",
        "501 5.1.3 Malformed recipient address",
    ]
    assert answers(smtp.plain, b"<postmaster>") == ["501 5.1.7 Malformed sender address", "250 2.1.5 OK"]
    assert answers(smtp.plain, b"<PostMaster>")[1] == "250 2.1.5 OK"
    assert answers(smtp.plain, b"<>") == ["250 2.1.0 OK", "501 5.1.3 Malformed recipient address"]


@pytest.mark.parametrize(
    ("local", "is_taken"),
    [
        *(
            ('"a b"', True),
            ('"a@b"', True),
            ('"a\\"b"', True),
            ('"a>b"', True),
            ('""', True),
            ('a."b"', True),
        ),
        *(('a"b"', False), ('"a', False), ('"a"b', False), ("a b", False), ("a,b", False), ("a@b", False)),
        *(("a..b", True), (".a", True), ("a" * 65, True)),
    ],
)
def test_local_parts(smtp: Served, local: str, is_taken: bool) -> None:
    codes = [answer[:3] for answer in answers(smtp.plain, f"<{local}@b.example>".encode())]

    assert codes == (["250", "250"] if is_taken else ["501", "501"])


@pytest.mark.parametrize(
    ("domain", "is_taken"),
    [
        *(
            ("localhost", True),
            ("127.0.0.1", True),
            ("[127.0.0.1]", True),
            ("[IPv6:::1]", True),
            ("b-c.d", True),
        ),
        *(
            ("[::1]", False),
            ("[x]", False),
            ("[IPv6:x]", False),
            ("", False),
            ("b..c", False),
            ("-b.c", False),
        ),
        *(("b-.c", False), ("b_c", False), ("b.", False), ("x" * 63, True), ("x" * 64, False)),
        *((".".join(["x" * 63] * 4), True), (".".join(["x" * 63] * 4 + ["x"]), False)),
    ],
)
def test_domains(smtp: Served, domain: str, is_taken: bool) -> None:
    codes = [answer[:3] for answer in answers(smtp.plain, f"<a@{domain}>".encode())]

    assert codes == (["250", "250"] if is_taken else ["501", "501"])


def test_a_quoted_local_part_is_kept_as_it_was_said(smtp: Served) -> None:
    commands = (b"EHLO me", b'MAIL FROM:<"a b"@c.example>', b'RCPT TO:<"d@e"@f.example>', b"DATA", b".")
    replies(smtp.plain, *commands)

    message = smtp.wait_for_message()
    assert (message.mail_from, message.rcpt_tos) == ('"a b"@c.example', ('"d@e"@f.example',))


def test_an_address_of_any_length_is_judged_at_once(smtp: Served) -> None:
    # Nested repetition would take for ever to find out that none of these is an address.
    for local in (b"a" * 1900, b"a." * 950, b'"a".' * 470, b"\\a" * 950, b"a(b)." * 380, b"." * 1900):
        assert answers(smtp.plain, b"<%s@>" % local)[0][:3] == "501"


@pytest.mark.parametrize(
    ("command", "reply"),
    [
        (b"VRFY a@b.example", "252 2.0.0 Cannot verify the address, but will take mail for it"),
        (b"VRFY", "501 5.5.4 Syntax: VRFY address"),
        (b"VRFY a\x01", "501 5.5.4 Syntax: VRFY address"),
        (b"EXPN list", "502 5.5.1 EXPN is not implemented"),
        (b"RSET now", "501 5.5.4 Syntax: RSET"),
        (b"DATA now", "501 5.5.4 Syntax: DATA"),
    ],
)
def test_enhanced_codes_are_there_where_they_are_advertised(smtp: Served, command: bytes, reply: str) -> None:
    code, _, words = reply.split(" ", 2)
    older = smtp.listen(extensions=tuple(name for name in EXTENSIONS if name != "ENHANCEDSTATUSCODES"))

    assert replies(smtp.plain, command) == [reply]
    assert replies(older, command) == [f"{code} {words}"]


@pytest.mark.parametrize("command", [b"HELP", b"HELP MAIL", b"HELP nothing"])
def test_help_names_the_commands_that_are_served_now(smtp: Served, command: bytes) -> None:
    lacking = smtp.listen(auth=(), extensions=())
    known = "EHLO HELO MAIL RCPT DATA RSET NOOP QUIT VRFY HELP"

    assert replies(smtp.plain, command) == [f"214 2.0.0 Commands: {known} AUTH BDAT"]
    assert replies(smtp.starttls, command) == [f"214 2.0.0 Commands: {known} STARTTLS BDAT"]
    assert replies(lacking, command) == [f"214 Commands: {known}"]


def test_size_counts_neither_doubled_dots_nor_the_final_one(smtp: Served) -> None:
    # RFC 1870 6
    message = b".\r\n" * 30_000
    begin = (b"EHLO me", b"MAIL FROM:<> SIZE=%d" % len(message), b"RCPT TO:<a@b.example>", b"DATA")
    stuffed = message.replace(b".", b"..") + b"."

    exact = replies(smtp.listen(size=len(message)), *begin, stuffed)
    smaller = replies(smtp.listen(size=len(message) - 1), b"EHLO me", b"MAIL FROM:<>", *begin[2:], stuffed)

    assert exact[1:] == [
        "250 2.1.0 OK",
        "250 2.1.5 OK",
        "354 End data with <CR><LF>.<CR><LF>",
        "250 2.0.0 OK: queued",
    ]
    assert smaller[-1] == "552 5.3.4 Message size exceeds fixed limit"
    assert [each.data for each in smtp.messages] == [message]
