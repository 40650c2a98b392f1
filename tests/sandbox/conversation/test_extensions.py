"""ESMTP extensions: spoken when they are offered, refused when they are not."""

from __future__ import annotations

import smtplib
import socket

import pytest

from smtp_sandbox import Listener
from smtp_sandbox.profiles import EXTENSIONS
from smtp_sandbox.pytest_plugin import Served
from tests.sandbox.clients import MESSAGE, connect, send
from tests.sandbox.raw_client import MAIL, talking
from tests.support.stopwatch import PATIENCE


def without(*names: str) -> tuple[str, ...]:
    return tuple(name for name in EXTENSIONS if name not in names)


def converse(listener: Listener, sent: bytes, *, end: bytes = b"221 ") -> list[bytes]:
    """Send everything at once and read lines until the one that begins with ``end``."""
    with (
        socket.create_connection((listener.host, listener.port), timeout=PATIENCE) as sock,
        sock.makefile("rb") as file,
    ):
        assert file.readline().startswith(b"220 ")
        sock.sendall(sent)
        lines: list[bytes] = []
        while not (lines and lines[-1].startswith(end)):
            lines.append(file.readline())
            assert lines[-1]
        return lines


@pytest.mark.parametrize("name", EXTENSIONS)
def test_each_is_listed_or_not(smtp: Served, name: str) -> None:
    with connect(smtp.plain) as client, connect(smtp.listen(extensions=without(name))) as lacking:
        client.ehlo()
        lacking.ehlo()

        assert (client.has_extn(name), lacking.has_extn(name)) == (True, False)


@pytest.mark.parametrize(
    ("extension", "command", "argument"),
    [
        ("SIZE", "MAIL", "FROM:<a@example.org> SIZE=100"),
        ("8BITMIME", "MAIL", "FROM:<a@example.org> BODY=8BITMIME"),
        ("SMTPUTF8", "MAIL", "FROM:<a@example.org> SMTPUTF8"),
        ("DSN", "MAIL", "FROM:<a@example.org> RET=HDRS ENVID=x1"),
        ("DSN", "RCPT", "TO:<b@example.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;c@example.org"),
    ],
)
def test_parameters_go_with_their_extension(
    smtp: Served, extension: str, command: str, argument: str
) -> None:
    codes = []
    for listener in (smtp.plain, smtp.listen(extensions=without(extension))):
        with connect(listener) as client:
            client.ehlo()
            if command == "RCPT":
                client.mail("a@example.org")
            codes.append(client.docmd(command, argument)[0])

    assert codes == [250, 555]


@pytest.mark.parametrize(
    ("argument", "code"),
    [
        ("FROM:<a@example.org> AUTH=<>", 250),
        ("from: <a@example.org>", 250),
        ('FROM:<"a>b c"@example.org>', 250),
        ("FROM:<@relay.example.org:a@example.org>", 250),
        ("FROM:<a@example.org> SIZE=ten", 501),
        ("FROM:<a@example.org> SIZE=1 SIZE=2", 501),
        ("FROM:<a@example.org> RET=ALL", 501),
        ("FROM:<a@example.org> SIZE=99999999999", 552),
        ("FROM:<a@example.org> NONSENSE=1", 555),
        ("FROM:<a@example.org> NOTIFY=NEVER", 555),
        ("FROM:a@example.org", 501),
        ("FROM:<a>", 501),
        ("TO:<a@example.org>", 501),
        ("", 501),
    ],
)
def test_arguments_of_mail(smtp: Served, argument: str, code: int) -> None:
    with connect(smtp.plain) as client:
        client.ehlo()
        assert client.docmd("MAIL", argument)[0] == code


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (b"MAIL FROM:<> ENVID=a+2Bb", 250),
        (b"MAIL FROM:<> ENVID=" + b"a" * 100, 250),
        (b"MAIL FROM:<> ENVID=" + b"a" * 101, 501),
        (b"MAIL FROM:<> ENVID=foo+bar", 501),
        (b"MAIL FROM:<> ENVID=a=b", 501),
        (b"MAIL FROM:<> ENVID=", 501),
        (b"MAIL FROM:<> AUTH=x+3Dy@example.org", 250),
        (b"MAIL FROM:<> AUTH=x@y=z", 501),
        (b"MAIL FROM:<> AUTH=a+zz@example.org", 501),
        (b"RCPT TO:<b@example.org> ORCPT=rfc822;b+2Bc@example.org", 250),
        (b"RCPT TO:<b@example.org> ORCPT=rfc822;b+c@example.org", 501),
        (b"RCPT TO:<b@example.org> ORCPT=rfc822;b\xc3\xbc@example.org", 501),
        (b"RCPT TO:<b@example.org> ORCPT=utf-8;b\\x{20AC}@example.org", 250),
        (b"RCPT TO:<b@example.org> ORCPT=utf-8;b=c@example.org", 501),
        (b"RCPT TO:<b@example.org> ORCPT=utf-8;b\xc3\xbc@example.org", 553),
    ],
)
def test_values_are_encoded_as_xtext(smtp: Served, command: bytes, code: int) -> None:
    """RFC 3461 4, RFC 4954 5."""
    with talking(smtp.plain) as client:
        before = MAIL if command.startswith(b"RCPT") else b"NOOP\r\n"
        assert client.say(before, command + b"\r\n") == [250, code]


def test_an_original_recipient_beyond_ascii_needs_smtputf8(smtp: Served) -> None:
    command = "RCPT TO:<b@example.org> ORCPT=utf-8;ü@example.org\r\n".encode()
    with talking(smtp.plain) as client:
        assert client.say(b"MAIL FROM:<> SMTPUTF8\r\n", command) == [250, 250]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("MA\u0131L FROM:<>", 500),
        ("MAIL FROM:<> \u017fIZE=1", 555),
        ("MAIL FROM:<> ENV\u0131D=1", 555),
        ("AUTH PLA\u0131N AAAA", 504),
        ("BDAT 0 LA\u017fT", 501),
    ],
)
def test_words_of_the_protocol_are_ascii(smtp: Served, command: str, code: int) -> None:
    with talking(smtp.plain) as client:
        assert client.say(f"{command}\r\n".encode()) == [code]


def test_parameters_are_kept_with_the_message(smtp: Served) -> None:
    with connect(smtp.plain) as client:
        client.sendmail(
            "a@example.org",
            ["b@example.org"],
            MESSAGE,
            mail_options=["ret=HDRS"],
            rcpt_options=["notify=NEVER"],
        )

    message = smtp.messages[0]
    assert message.mail_options == {"SIZE": str(len(MESSAGE)), "RET": "HDRS"}
    assert message.rcpt_options == ({"NOTIFY": "NEVER"},)


def test_international_addresses_need_smtputf8(smtp: Served) -> None:
    with connect(smtp.plain) as client:
        client.ehlo()
        client.command_encoding = "utf-8"
        assert client.docmd("MAIL", "FROM:<jörg@example.org>")[0] == 553
        assert client.docmd("MAIL", "FROM:<jörg@example.org> SMTPUTF8")[0] == 250
        assert client.docmd("RCPT", "TO:<δοκιμή@example.org>")[0] == 250


def test_pipelined_commands_are_answered_in_order(smtp: Served) -> None:
    lines = converse(
        smtp.plain,
        b"EHLO me\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nRCPT TO:<bad>\r\nDATA\r\n"
        b"Subject: 1\r\n\r\n1\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<c@example.org>\r\nDATA\r\n.\r\nQUIT\r\n",
    )

    codes = [line[:3] for line in lines if line[3:4] == b" "]
    assert codes == [b"250", b"250", b"250", b"501", b"354", b"250", b"250", b"250", b"354", b"250", b"221"]
    assert [m.mail_from for m in smtp.messages] == ["a@example.org", ""]


def test_pipelining_that_was_not_offered_is_refused(smtp: Served) -> None:
    listener = smtp.listen(extensions=without("PIPELINING"))

    assert converse(listener, b"EHLO me\r\nNOOP\r\nQUIT\r\n")[0].startswith(b"503 5.5.0")


def test_a_client_that_waits_needs_no_pipelining(smtp: Served) -> None:
    listener = smtp.listen(extensions=without("PIPELINING"))
    send(listener)

    assert len(listener.messages) == 1


def test_what_is_sent_before_the_handshake_does_not_count(smtp: Served) -> None:
    with socket.create_connection((smtp.starttls.host, smtp.starttls.port), timeout=PATIENCE) as sock:
        sock.recv(1000)
        sock.sendall(b"EHLO me\r\n")
        sock.recv(1000)
        sock.sendall(b"STARTTLS\r\nMAIL FROM:<evil@example.org>\r\n")
        assert sock.recv(1000).startswith(b"220 ")
        with smtp.client_context().wrap_socket(sock, server_hostname="localhost") as encrypted:
            encrypted.sendall(b"NOOP\r\n")
            assert encrypted.recv(1000).startswith(b"250 ")
    smtp.starttls.wait_idle()

    assert smtp.starttls.count("MAIL") == 0
    assert ("-", "pipelined") not in smtp.starttls.sessions[0].transcript


def test_chunks_make_a_message(smtp: Served) -> None:
    with connect(smtp.plain) as client:
        client.ehlo()
        client.mail("a@example.org")
        client.rcpt("b@example.org")
        client.send(b"BDAT 8\r\n.\r\nbin\0\xff")
        assert client.getreply()[0] == 250
        assert client.docmd("DATA")[0] == 503
        client.send(b"BDAT 0 LAST\r\n")
        assert client.getreply()[0] == 250

    assert smtp.messages[0].data == b".\r\nbin\0\xff"


def test_a_chunk_without_recipients_is_read_and_refused(smtp: Served) -> None:
    with connect(smtp.plain) as client:
        client.ehlo()
        client.send(b"BDAT 6 LAST\r\nNOOP\r\n")
        assert client.getreply()[0] == 503
        assert client.docmd("RSET")[0] == 250
        assert client.docmd("BDAT", "x")[0] == 501


@pytest.mark.parametrize("octets", [3000, 500_000])
def test_what_is_over_the_limit_is_read_but_not_kept(smtp: Served, octets: int) -> None:
    listener = smtp.listen("size-552", extensions=without("SIZE"))
    with connect(listener) as client:
        client.ehlo()
        client.mail("a@example.org")
        client.rcpt("b@example.org")
        client.send(b"BDAT %d LAST\r\n%s" % (octets, b"x" * octets))
        assert client.getreply()[0] == 552
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("a@example.org", ["b@example.org"], ("x" * 70 + "\r\n") * (octets // 72))
        assert refused.value.smtp_code == 552
        assert client.noop()[0] == 250

    assert listener.messages == ()


def test_chunks_that_were_not_offered_are_unknown(smtp: Served) -> None:
    with connect(smtp.listen(extensions=without("CHUNKING"))) as client:
        assert client.docmd("BDAT", "0 LAST")[0] == 500


def test_enhanced_codes_are_given_only_where_offered(smtp: Served) -> None:
    listener = smtp.listen(extensions=without("ENHANCEDSTATUSCODES"))
    with connect(smtp.plain) as client, connect(listener) as bare:
        assert client.noop() == (250, b"2.0.0 OK")
        assert bare.noop() == (250, b"OK")
        assert bare.docmd("RCPT", "TO:<b@example.org>") == (503, b"Need MAIL command")


def test_a_message_over_the_limit_is_refused_after_it(smtp: Served) -> None:
    listener = smtp.listen("size-552", extensions=without("SIZE"))

    with pytest.raises(smtplib.SMTPDataError) as refused:
        send(listener, text="x" * 70 + "\r\n" + ("x" * 70 + "\r\n") * 20)

    assert refused.value.smtp_code == 552


def test_over_long_lines_are_refused(smtp: Served) -> None:
    with connect(smtp.plain) as client:
        client.ehlo()
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("a@example.org", ["b@example.org"], "x" * 999)
        assert refused.value.smtp_code == 500
        assert client.sendmail("a@example.org", ["b@example.org"], "x" * 998) == {}
        assert client.docmd("NOOP", "x" * 3000)[0] == 500
        assert client.docmd("NOOP")[0] == 250


def test_an_endless_line_ends_the_session(smtp: Served) -> None:
    lines = converse(smtp.plain, b"x" * 200_000, end=b"500 ")

    assert lines == [b"500 5.5.2 Line too long\r\n"]


def test_so_does_one_that_is_too_long_with_its_end(smtp: Served) -> None:
    lines = converse(smtp.plain, b"x" * 70_000 + b"\r\nNOOP\r\n", end=b"500 ")

    assert lines == [b"500 5.5.2 Line too long\r\n"]


@pytest.mark.parametrize("command", ["RCPT TO:<b@example.org>", "DATA"])
def test_commands_out_of_order_are_refused(smtp: Served, command: str) -> None:
    with connect(smtp.plain) as client:
        client.ehlo()
        assert client.docmd(command)[0] == 503
        client.mail("a@example.org")
        assert client.mail("a@example.org")[0] == 503
        assert client.docmd("DATA")[0] == 554
        client.rset()
        assert client.docmd(command)[0] == 503


def test_unknown_commands_are_counted_together(smtp: Served) -> None:
    with connect(smtp.plain) as client:
        assert client.docmd("GET", "/ HTTP/1.1")[0] == 500

    assert smtp.plain.count("?") == 1


def test_helo_has_no_parameters(smtp: Served) -> None:
    with connect(smtp.plain) as client:
        client.helo()
        assert client.docmd("MAIL", "FROM:<a@example.org> SIZE=1")[0] == 555
        assert client.docmd("AUTH", "PLAIN")[0] == 503
        assert client.docmd("MAIL", "FROM:<a@example.org>")[0] == 250


def test_a_message_has_a_thousand_recipients_at_most(smtp: Served) -> None:
    recipients = b"RCPT TO:<b@example.org>\r\n" * 1001
    lines = converse(smtp.plain, b"EHLO me\r\nMAIL FROM:<>\r\n" + recipients + b"QUIT\r\n")

    assert lines.count(b"250 2.1.5 OK\r\n") == 1000
    assert lines[-2] == b"452 4.5.3 Too many recipients\r\n"
