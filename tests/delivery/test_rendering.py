"""The bytes that leave: what was meant, octet by octet, on every Django."""

from __future__ import annotations

import base64
import email
import email.message
import email.policy
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.mime.base import MIMEBase
from typing import Any

import django
import pytest
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served
from tests.support.delivery import EMAIL, SENDER, PartnerOn, make_message
from wagtail_partner_smtp.backend import EmailBackend
from wagtail_partner_smtp.delivery import envelope, seven_bits
from wagtail_partner_smtp.delivery.envelope import MessageError, MessageTypeError
from wagtail_partner_smtp.delivery.headers import HeaderError
from wagtail_partner_smtp.smtp.errors import Code, SettingsError, SMTPError

CONTROLS = ["\x01", "\t", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f", "\x7f", "\x85", "\u2028", "\u2029"]
LINK = "<https://news.example/unsubscribe?token=" + "aZ09_-" * 30 + ">"
LONG_ID = "<" + "x" * 120 + "@mail.example>"
DATE = "Mon, 01 Jun 2026 12:00:00 +0000"


def data(message: EmailMessage, *extensions: str) -> bytes:
    return envelope.prepare(message, SENDER).data(extensions)


def block(content: bytes) -> bytes:
    return content.partition(b"\r\n\r\n")[0]


def unfolded(content: bytes, name: str) -> str:
    lines = re.sub(rb"\r\n(?=[ \t])", b"", block(content)).decode().split("\r\n")
    (found,) = (line for line in lines if line.lower().startswith(f"{name.lower()}:"))
    return found.partition(": ")[2]


def read(content: bytes) -> Any:
    return email.message_from_bytes(content, policy=email.policy.default)


# The same as Django's own backend, where that is right


def calendar() -> EmailMessage:
    message = make_message(body="See attachment.\n")
    message.attach("team.ics", "BEGIN:VCALENDAR\r\nSUMMARY:Treffen\r\nEND:VCALENDAR\r\n", "text/calendar")
    return message


def alternatives() -> EmailMessage:
    message = EmailMultiAlternatives("Rechnung für Mai", "Grüße\n", EMAIL, ["ann@customer.example"])
    message.attach_alternative("<p>Grüße</p>", "text/html")
    message.attach("blob.bin", bytes(range(256)), "application/octet-stream")
    return message


ORDINARY: dict[str, Callable[[], EmailMessage]] = {
    "plain": make_message,
    "no body": lambda: make_message(body=""),
    "other letters": lambda: make_message(subject="Rechnung für Ölgemälde", body="Grüße\n"),
    "long subject of other letters": lambda: make_message(
        subject="Rechnung für Ölgemälde" + " und mehr" * 20
    ),
    "several recipients": lambda: make_message(to=["ann@a.example", "Bob <b@b.example>"], cc=["c@c.example"]),
    "reply to": lambda: make_message(reply_to=["desk@acme.example"], headers={"X-Number": "42"}),
    "dots": lambda: make_message(body=".\n..\nFrom here\n.\n"),
    "long line": lambda: make_message(body="x" * 3000 + "\n"),
    "long line of other letters": lambda: make_message(body="ü" * 3000 + "\n"),
    "alternatives": alternatives,
    "calendar": calendar,
}


def comparable(content: bytes) -> tuple[bytes, str]:
    """Without boundaries, and the subject read: Django 6 encodes pieces of it, which goes wrong in long ones."""
    content = re.sub(rb"={10,}\d+==", b"=boundary=", content)
    subject = text_of(content, "Subject")
    if django.VERSION >= (6,) and not subject.isascii():
        content = re.sub(rb"(?m)^Subject: .*\r\n(?:[ \t].*\r\n)*", b"", content)
    return content, subject


def text_of(content: bytes, name: str) -> str:
    """A header as other programs read it (RFC 2047 6.2)."""
    return str(make_header(decode_header(unfolded(content, name))))


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_message_leaves_as_django_sends_it(name: str, sent_by_django: Any) -> None:
    message = ORDINARY[name]()
    message.extra_headers |= {"Message-ID": "<1@acme.example>", "Date": DATE}
    assert comparable(data(message, "8BITMIME")) == comparable(sent_by_django(message))


@pytest.mark.parametrize("name", ["Subject", "X-Note"])
@pytest.mark.parametrize(
    "text",
    [
        "Ihre prochain… 😀 Özdemir Rechnung Straße naïve 🎉 » "
        "Datenschutzgrundverordnung 3. Ihre Jetzt 🎉 12,50 l'été (Mahnung)",
        "😀 😀 Zahlung l'été & façade Rechnung l'été Übermittlung GmbH Söhne Bestätigung & Rechnung",
        "Ihre Jetzt überfällig … Größe, à «Déjà Jetzt Zahlung Łódź vom 100% GmbH … GmbH l'été 12,50 » … „Zitat“",
        *(f"{'x' * length} (für Ölgemälde) " + "und mehr für Größere " * 8 + "." for length in range(1, 60, 7)),
        "é=?utf-8?q?x?=é",
        "ü" * 500,
    ],
)  # fmt: skip
def test_no_blank_of_a_long_text_comes_or_goes(name: str, text: str) -> None:
    message = make_message(subject=text, headers={"X-Note": text})
    assert text_of(data(message), name) == text


@pytest.fixture
def sent_by_django(smtp: Served, recwarn: pytest.WarningsRecorder) -> Callable[[EmailMessage], bytes]:
    """What the sandbox gets from Django's own backend."""

    def send(message: EmailMessage) -> bytes:
        path = "django.core.mail.backends.smtp.EmailBackend"
        host, port = "127.0.0.1", smtp.plain.port
        if django.VERSION >= (6, 1):
            from django.core.mail.backends.smtp import EmailBackend as Backend

            backend: Any = Backend(alias="site", host=host, port=port)
        else:
            backend = mail.get_connection(path, host=host, port=port)
        assert backend.send_messages([message]) == 1
        return smtp.plain.messages[-1].data

    return send


@pytest.mark.django_db
def test_what_is_rendered_is_what_the_server_gets(smtp: Served, partner_on: PartnerOn) -> None:
    message = make_message(partner_on(smtp.plain), body=".leading dot\nGrüße\n", headers={"Date": DATE})
    assert EmailBackend().send_messages([message]) == 1
    assert smtp.messages[0].data == data(
        make_message(
            body=".leading dot\nGrüße\n",
            headers={"Date": DATE, "Message-ID": message.smtp_message_id},  # type: ignore[attr-defined]
        ),
        "8BITMIME",
    )


# Line ends


@pytest.mark.parametrize("text", ["a,ü\r\n1,2\r\n", "a,ü\n1,2\n" + "x" * 2000 + "ü\n"])
@pytest.mark.parametrize("subtype", ["csv", "calendar"])
@pytest.mark.parametrize("extensions", [("8BITMIME",), ()])
def test_a_text_attachment_has_the_line_ends_of_mail(
    text: str, subtype: str, extensions: tuple[str, ...]
) -> None:
    message = make_message()
    message.attach(f"file.{subtype}", text, f"text/{subtype}")
    content = data(message, *extensions)
    (part,) = read(content).iter_attachments()
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode().replace("\r\n", "\n").rstrip("\n") == text.replace("\r\n", "\n").rstrip("\n")
    for each in (payload, content):
        assert each.count(b"\n") == each.count(b"\r\n")


# Headers


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("letters", ["", "ü"])
def test_a_control_character_is_a_space_in_every_header(control: str, letters: str) -> None:
    text = f"A{letters}{control}B"
    message = make_message(
        subject=text,
        from_email=f"{text} <{EMAIL}>",
        to=[f"{text} <ann@a.example>"],
        cc=[f"{text} <bob@a.example>"],
        reply_to=[f"{text} <desk@a.example>"],
        headers={"X-Note": text},
    )
    content = data(message, "8BITMIME")
    assert not re.search(rb"[^\r\n -~]", block(content))
    received = read(content)
    assert received["Subject"] == received["X-Note"] == f"A{letters} B"
    for name in ("From", "To", "Cc", "Reply-To"):
        assert received[name].addresses[0].display_name == f"A{letters} B"


@pytest.mark.parametrize("name", ["a\nb.csv", "a\r\nX-Evil: 1.csv", "a\x0bb\u2028.csv", "ü\n.csv"])
@pytest.mark.parametrize("kind", ["text/csv", "application/pdf"])
def test_a_file_name_is_one_line(name: str, kind: str) -> None:
    message = make_message()
    message.attach(name, "x", kind)
    (part,) = read(data(message)).iter_attachments()
    assert part.get_filename() == re.sub(r"[\r\n\x0b\u2028]", " ", name)
    assert part["X-Evil"] is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("List-Unsubscribe", LINK),
        ("List-Unsubscribe", f"{LINK}, <mailto:leave@news.example?subject={'x' * 90}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("References", " ".join([LONG_ID] * 9)),
        ("In-Reply-To", LONG_ID),
        ("Message-ID", LONG_ID),
        ("Feedback-ID", "campaign:" + "4711-" * 30 + ":acme"),
        ("X-Mailgun-Variables", '{"token": "' + "a" * 300 + '"}'),
        ("X-SES-CONFIGURATION-SET", "y" * 500),
        ("X-Spaces", "two  spaces and\ttabs " * 20 + "end"),
    ],
)
@pytest.mark.parametrize("extensions", [("8BITMIME",), ()])
def test_a_header_of_programs_leaves_as_it_was_given(
    name: str, value: str, extensions: tuple[str, ...]
) -> None:
    content = data(make_message(body="Grüße", headers={name: value}), *extensions)
    assert unfolded(content, name) == value.replace("\t", " ")
    assert max(map(len, block(content).split(b"\r\n"))) <= 998
    assert all(len(line) <= 78 for line in block(content).split(b"\r\n") if b" " in line.strip()[30:])


@pytest.mark.parametrize("name", ["References", "X-Note", "Subject"])
def test_a_line_that_nothing_folds_is_an_error_that_names_the_header(name: str) -> None:
    values: dict[str, Any] = {"subject": "x" * 990} if name == "Subject" else {"headers": {name: "x" * 999}}
    if name == "Subject":
        values["subject"] += "x" * 9
    with pytest.raises(HeaderError, match=f"header_too_long at data: {name}") as raised:
        envelope.prepare(make_message(**values), SENDER)
    assert raised.value.facts == {"header": name}


def test_the_longest_token_has_a_line_of_its_own() -> None:
    assert unfolded(data(make_message(headers={"X-Note": "x" * 997})), "X-Note").strip() == "x" * 997


@pytest.mark.parametrize("name", ["Bcc", "bcc", "BCC", "Resent-Bcc", "RESENT-BCC", "Bcc ", " bcc", "Bcc\t"])
def test_a_header_for_blind_copies_is_refused_in_any_spelling(name: str) -> None:
    with pytest.raises(ValueError, match="header_invalid"):
        envelope.prepare(make_message(headers={name: "eve@evil.example"}), SENDER)


@pytest.mark.parametrize("name", ["Return-Path", "return-path", "Sender", "SENDER"])
def test_nobody_but_the_partner_is_named_as_the_sender(name: str) -> None:
    content = data(make_message(headers={name: "<other@site.example>"}))
    assert b"other@site.example" not in content


class Adding(EmailMessage):
    """As a site may have it: headers that only its ``message()`` adds."""

    added: tuple[str, ...] = ()

    def message(self, **options: Any) -> Any:
        mime = super().message(**options)
        for name in self.added:
            mime[name] = "eve@evil.example"
        return mime


@pytest.mark.parametrize("name", ["Bcc", "Resent-Bcc", "Return-Path", "Sender"])
def test_what_the_message_adds_itself_is_taken_away_as_well(name: str) -> None:
    message = Adding("Invoice", "Text", EMAIL, ["ann@a.example"])
    message.added = (name, "X-Added")
    content = data(message)
    assert (block(content).lower().count(b"evil"), read(content)["X-Added"]) == (1, "eve@evil.example")


class WithoutPolicy(EmailMessage):
    def message(self) -> Any:  # type: ignore[override]
        return super().message()


def test_a_message_of_a_site_s_own_class_need_not_know_policies() -> None:
    content = data(
        WithoutPolicy("A" * 200, "Grüße", EMAIL, ["ann@a.example"], headers={"References": LONG_ID})
    )
    assert (unfolded(content, "References"), unfolded(content, "Subject")) == (LONG_ID, "A" * 200)


@pytest.mark.parametrize("name", ["Subject", "subject", "Content-Type", "MIME-Version"])
def test_what_may_be_there_once_is_refused_twice(name: str) -> None:
    with pytest.raises(ValueError, match=r"header_invalid|message_invalid"):
        envelope.prepare(make_message(headers={name: "text/plain"}), SENDER)


@pytest.mark.parametrize(
    "headers", [{"To": "a@a.example", "to": "b@a.example"}, {"X Note": "1"}, {"X:Y": "1"}]
)
def test_headers_that_would_be_malformed_are_refused(headers: dict[str, str]) -> None:
    with pytest.raises(HeaderError, match="header_invalid"):
        envelope.prepare(make_message(headers=headers), SENDER)


def test_an_identifier_of_other_letters_is_refused() -> None:
    with pytest.raises(HeaderError, match="header_invalid at data: References"):
        envelope.prepare(make_message(headers={"References": "<ü@acme.example>"}), SENDER)


@pytest.mark.parametrize("breaker", ["\r\n", "\n", "\r", "\0"])
def test_p31_a_line_break_in_a_header_is_an_error_that_names_it(breaker: str) -> None:
    error = getattr(mail.message, "BadHeaderError", ValueError)
    with pytest.raises(error, match="control_characters at data: X-Note"):
        envelope.prepare(make_message(headers={"X-Note": f"a{breaker}Bcc: eve@evil.example"}), SENDER)


def test_a_date_is_written_as_mail_has_it() -> None:
    moment = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert unfolded(data(make_message(headers={"date": moment})), "Date") == DATE


# Addresses in headers


def test_what_people_write_leaves_as_one_mailbox_each() -> None:
    message = make_message(
        from_email="Care Team, Billing <care@site.example>",
        to=["Doe, Ann <ann@a.example>", "x@x.example <x@x.example>", '"odd user"@a.example'],
        cc=["Büro: Süd <süd@straße.example>".replace("süd@", "sued@"), "to@[192.0.2.1]"],
        reply_to=["Help; Desk <desk@faß.example>"],
    )
    received = read(data(message, "8BITMIME"))
    found = {
        name: [(each.display_name, each.addr_spec) for each in received[name].addresses]
        for name in ("From", "To", "Cc", "Reply-To")
    }
    assert found == {
        "From": [("Care Team, Billing", EMAIL)],
        "To": [("Doe, Ann", "ann@a.example"), ("x@x.example", "x@x.example"), ("", '"odd user"@a.example')],
        "Cc": [("Büro: Süd", "sued@xn--strae-oqa.example"), ("", "to@[192.0.2.1]")],
        "Reply-To": [("Help; Desk", "desk@xn--fa-hia.example")],
    }


def test_many_long_names_are_folded_within_the_limits() -> None:
    to = [
        f"Ännie Müller-Lüdenscheidt, {'Abteilung ' * 6} {number} <a{number}@a.example>"
        for number in range(40)
    ]
    content = data(make_message(to=to))
    assert max(map(len, block(content).split(b"\r\n"))) <= 78
    assert [each.addr_spec for each in read(content)["To"].addresses] == [
        f"a{n}@a.example" for n in range(40)
    ]


def test_a_mailbox_is_addressed_once_however_its_domain_is_written() -> None:
    outgoing = envelope.prepare(
        make_message(to=["ann@STRASSE.example", "Ann <ann@strasse.example>"], cc=["Ann@strasse.example"],
                     bcc=["b@faß.example", "b@xn--fa-hia.example"]),
        SENDER,
    )  # fmt: skip
    assert outgoing.recipients == ["ann@STRASSE.example", "Ann@strasse.example", "b@faß.example"]


@pytest.mark.parametrize("field", ["to", "cc", "bcc", "reply_to"])
@pytest.mark.parametrize(
    "bad", ["jane@exa mple.com", "a@a.example, b@b.example", "jane", "j\u200be@a.example"]
)
def test_one_bad_address_of_many_is_named(field: str, bad: str) -> None:
    values: dict[str, Any] = {"to": ["first@a.example"], field: [f"u{n}@a.example" for n in range(9)] + [bad]}
    with pytest.raises(SettingsError) as raised:
        envelope.prepare(make_message(**values), SENDER)
    shown = bad.replace("\u200b", "")
    assert raised.value.facts["address"] == shown
    assert shown in str(raised.value)


def test_a_from_that_is_no_address_is_named() -> None:
    with pytest.raises(SettingsError, match="email_invalid at mail: Acme Billing"):
        envelope.prepare(make_message(from_email="Acme Billing"), SENDER)


@pytest.mark.parametrize("name", ["to", "cc", "bcc", "reply_to"])
def test_a_text_where_a_list_is_meant_is_one_entry(name: str) -> None:
    message = make_message(to=["first@a.example"])
    setattr(message, name, "Doe, Ann <ann@a.example>")
    outgoing = envelope.prepare(message, SENDER)
    assert ("ann@a.example" in outgoing.recipients) is (name != "reply_to")
    assert (b"ann@a.example" in outgoing.data(())) is (name != "bcc")


@pytest.mark.django_db
def test_a_text_of_several_addresses_is_refused_by_that_text(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    with pytest.raises(SMTPError, match=r"ann@a\.example, bob@a\.example"):
        partner.send_mail("Hi", "Text", ["ann@a.example, bob@a.example"])
    assert smtp.plain.connections == 0


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["recipient_list", "cc", "bcc", "reply_to"])
def test_a_text_in_place_of_a_list_is_django_s_own_error(
    name: str, smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain)
    values: dict[str, Any] = {"recipient_list": ["ann@a.example"], name: "bob@a.example"}
    for send in (partner.send_mail, partner.queue_mail):
        with pytest.raises(TypeError, match="must be a list or tuple"):
            send("Hi", "Text", **values)
    assert smtp.plain.connections == 0


def test_undisclosed_recipients_stand_in_the_header_alone() -> None:
    group = "undisclosed-recipients:;"
    for values in ({"to": [group]}, {"to": [], "headers": {"To": group}}):
        outgoing = envelope.prepare(make_message(bcc=["ann@a.example"], **values), SENDER)
        assert outgoing.recipients == ["ann@a.example"]
        assert unfolded(outgoing.data(()), "To") == group
    with pytest.raises(SettingsError, match=group):
        envelope.prepare(make_message(to=[group]), SENDER)


def test_letters_before_the_at_sign_stay_letters_in_headers() -> None:
    outgoing = envelope.prepare(make_message(to=["Jürgen <jürgen@köln.example>"]), SENDER)
    assert unfolded(outgoing.data(("8BITMIME", "SMTPUTF8")), "To").endswith("<jürgen@xn--kln-sna.example>")
    with pytest.raises(SettingsError, match=r"smtputf8_required at data: desk-ü@a\.example"):
        envelope.prepare(make_message(reply_to=["desk-ü@a.example"]), SENDER)


# Seven bits


def forwarded(content: bytes) -> EmailMessage:
    message = make_message(body="See below.\n")
    message.attach("mail.eml", content, "message/rfc822")
    return message


INNER = "Subject: Grüße\r\nContent-Type: text/plain{}\r\n\r\nFüße\r\n.\r\n"
MIXED = (
    b"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\npr\xc3\xa4ambel\r\n--b\r\n\r\nF\xfc\xdfe\r\n"
    b"--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: binary\r\n\r\n\x89PNG\r\n\x00\xff\r\n"
    b"--b--\r\nepil\xc3\xb6g\r\n"
)
FORWARDED: dict[str, bytes] = {
    "with a charset": INNER.format("; charset=utf-8").encode(),
    "without a charset": INNER.format("").encode(),
    "of another charset than it says": INNER.format("; charset=us-ascii").encode("latin-1"),
    "of a charset that nobody knows": INNER.format("; charset=x-none").encode(),
    "with an encoding that nobody knows": INNER.format("\r\nContent-Transfer-Encoding: x-none").encode(),
    "with an encoding that it has not": INNER.format("\r\nContent-Transfer-Encoding: base64").encode(),
    "of several parts": MIXED,
    "without its parts": MIXED.replace(b"; boundary=b", b""),
    "within another": b"Content-Type: message/rfc822\r\n\r\n" + MIXED,
    "of bytes": b"\xff\xfe\x00" * 50,
    "a report": b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; m\xc3\xbc\r\n\r\nX: y\r\n",
}


@pytest.mark.parametrize("name", FORWARDED)
def test_an_attached_message_goes_in_seven_bits(name: str) -> None:
    content = data(forwarded(FORWARDED[name]))
    assert content.isascii()
    assert b"\0" not in content
    assert content.count(b"\n") == content.count(b"\r\n")


def test_what_goes_in_seven_bits_is_read_as_before() -> None:
    inner = read(data(forwarded(MIXED))).get_payload(1).get_payload(0)
    text, image = inner.get_payload()
    assert text.get_payload(decode=True) == b"F\xfc\xdfe"
    assert b"PNG" in image.get_payload(decode=True)
    assert inner["Content-Transfer-Encoding"] == "7bit"
    first = read(data(forwarded(FORWARDED["without a charset"]))).get_payload(1).get_payload(0)
    assert first["Subject"] == "Grüße"
    assert first.get_payload(decode=True).decode().splitlines() == ["Füße", "."]


def test_what_is_in_seven_bits_already_is_not_touched() -> None:
    signed = (
        b"Subject:  two  spaces\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type:multipart/signed;boundary=s\r\n\r\npreamble \r\n--s\r\nX-Long: " + b"x" * 200 +
        b"\r\nX-Odd:\r\n\tfolded  so\r\n\r\nsigned text \r\n\r\n--s\r\n\r\nsignature\r\n--s--\r\n\r\n"
        b"--b\r\n\r\nF\xc3\xbc\r\n--b--\r\n"
    )  # fmt: skip
    begin, end = signed.index(b"--s\r\n"), signed.index(b"--s--")
    assert signed[begin:end] in seven_bits.in_seven_bits(signed)


def test_headers_of_one_name_stay_those_that_they_are_in_seven_bits() -> None:
    head = "Content-Type: multipart/mixed; boundary=b\r\nX-Note: a\r\nX-Note: ü\r\nContent-Type: ü\r\n"
    inner = read(data(forwarded(f"{head}\r\n--b--\r\n".encode()))).get_payload(1).get_payload(0)
    assert inner.get_all("X-Note") == ["a", "ü"]
    assert inner.get_all("Content-Type")[0].startswith("multipart/mixed;")


def test_what_cannot_be_made_seven_bits_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(data: bytes) -> bytes:
        raise AttributeError("secret")

    monkeypatch.setattr(envelope, "in_seven_bits", fail)
    with pytest.raises(MessageError, match="message_invalid at data") as raised:
        data(make_message(body="ü"))
    assert raised.value.facts == {"reason": "AttributeError"}


@pytest.mark.parametrize("letter", ["ü", "\0"])
def test_every_line_end_of_a_text_is_one_in_quoted_printable(letter: str) -> None:
    content = data(make_message(body=f"{letter}\r\r\n\n.\r"))
    assert read(content).get_payload(decode=True).decode().splitlines() == [letter, "", "", "."]


def test_eight_bits_are_not_made_seven_for_a_server_that_takes_them() -> None:
    message = make_message(body="Grüße\n")
    assert "Grüße".encode() in data(message, "8BITMIME")
    assert data(message).isascii()


# What 7bit and 8bit exclude


def with_part(content: str | bytes, kind: str, encoding: str = "", charset: str = "") -> EmailMessage:
    """A part that the site has made itself."""
    part: Any = email.message.MIMEPart() if django.VERSION >= (6,) else MIMEBase(*kind.split("/"))
    if django.VERSION >= (6,):
        part["Content-Type"] = kind
    if encoding:
        part["Content-Transfer-Encoding"] = encoding
    if charset:
        part.set_param("charset", charset)
    part.set_payload(content)
    message = make_message(body="See below.\n")
    message.attach(part)
    return message


NULS: dict[str, Callable[[], EmailMessage]] = {
    "body": lambda: make_message(body="a\0b\r\nü\n"),
    "body in seven bits": lambda: make_message(body="a\0b\n"),
    "alternative": lambda: alternatives_with("<p>a\0b</p>"),
    "attached text": lambda: attached("note.txt", "a\0b", "text/plain"),
    "attached octets that are text": lambda: attached("note.txt", b"a\0b", "text/plain"),
    "attached message": lambda: forwarded(b"Subject: x\r\n\r\na\0b\r\n"),
    "around the parts": lambda: forwarded(MIXED.replace(b"ambel", b"\0").replace(b"il\xc3\xb6g", b"\0")),
    "part": lambda: with_part("a\0b", "text/plain"),
    "part in seven bits, it says": lambda: with_part("a\0b", "text/plain", "7bit"),
    "part in quoted-printable, it says": lambda: with_part("a\0b=20", "text/plain", "quoted-printable"),
    "part of octets": lambda: with_part(b"a\0\xffb", "application/octet-stream", "8bit"),
    "part in UTF-16": lambda: with_part("ü\n".encode("utf-16"), "text/plain", "8bit", "utf-16"),
}


def alternatives_with(html: str) -> EmailMessage:
    message = EmailMultiAlternatives("s", "t", EMAIL, ["ann@customer.example"])
    message.attach_alternative(html, "text/html")
    return message


def attached(name: str, content: str | bytes, kind: str) -> EmailMessage:
    message = make_message(body="See below.\n")
    message.attach(name, content, kind)
    return message


@pytest.mark.parametrize("name", NULS)
@pytest.mark.parametrize("extensions", [(), ("8BITMIME",)])
def test_no_nul_leaves(name: str, extensions: tuple[str, ...]) -> None:
    content = data(NULS[name](), *extensions)
    assert b"\0" not in content
    leaves = [part.get_payload(decode=True) for part in read(content).walk() if not part.is_multipart()]
    assert any(b"\0" in leaf for leaf in leaves)


def test_a_text_with_a_nul_is_read_as_it_was() -> None:
    found = read(data(NULS["body"](), "8BITMIME"))
    assert found["Content-Transfer-Encoding"] == "quoted-printable"
    assert found.get_content().splitlines() == ["a\0b", "ü"]
    text = read(data(NULS["part in UTF-16"](), "8BITMIME")).get_payload(1)
    assert text["Content-Transfer-Encoding"] == "base64"
    assert text.get_payload(decode=True) == "ü\n".encode("utf-16")


@pytest.mark.parametrize("kind", ["text/plain", "application/json"])
@pytest.mark.parametrize("extensions", [(), ("8BITMIME",)])
def test_a_line_that_is_too_long_for_a_server_is_encoded(kind: str, extensions: tuple[str, ...]) -> None:
    long = b"x" * 999
    for message in (
        with_part(long, kind),
        with_part(b"a\n" + long + b"\nb\n", kind),
        with_part(base64.b64encode(long), kind, "base64"),
        forwarded(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + long + b"\r\n"),
    ):
        content = data(message, *extensions)
        assert max(map(len, content.split(b"\r\n"))) <= 78
        *_, leaf = read(content).walk()
        assert long in leaf.get_payload(decode=True).split()


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_the_longest_line_of_a_body_leaves_as_it_is(end: str) -> None:
    lines = [b"x" * 998, b"y" * 998]
    assert b"\r\n".join(lines) in data(with_part(end.join(line.decode() for line in lines), "text/plain"))


@pytest.mark.parametrize("kind", ["image/png", "application/octet-stream"])
def test_what_is_called_binary_leaves_octet_by_octet(kind: str) -> None:
    octets = b"\r\n\n\r\x89 PNG\r"
    part = read(data(with_part(octets, kind, "binary"), "8BITMIME")).get_payload(1)
    assert part["Content-Transfer-Encoding"] == "base64"
    assert part.get_payload(decode=True) == octets


def test_a_part_that_stands_in_several_messages_stays_as_it_is() -> None:
    message = with_part("a\0b", "text/plain", "7bit")
    (part,) = message.attachments
    first = part.as_bytes()
    assert b"a=00b" in data(message)
    assert part.as_bytes() == first


def test_a_long_header_of_an_attached_message_is_folded() -> None:
    words = "x" * 60 + " ü" * 600
    content = data(forwarded(f"Subject: {words}\r\n\r\nText\r\n".encode()), "8BITMIME")
    assert max(map(len, content.split(b"\r\n"))) <= 998
    if django.VERSION >= (6,):
        assert words.encode() in content.replace(b"\r\n ", b" ")


@pytest.mark.skipif(django.VERSION < (6,), reason="Django 5.2 encodes it")
@pytest.mark.parametrize("header", ["Subject: Grüße\r\n aus Köln", "MIME-Version: 1.0 (für Köln)"])
def test_a_header_of_an_attached_message_that_has_8_bits_leaves_as_it_was(header: str) -> None:
    for end in ("\r\n", "\n"):
        text = f"{header}\r\n\r\nText\r\n".replace("\r\n", end)
        assert f"\r\n{header}\r\n".encode() in data(forwarded(text.encode()), "8BITMIME")


@pytest.mark.parametrize("header", ["Subject: a\0b", "Content-Type: text/plain; a=\0"])
def test_a_nul_in_a_header_of_an_attached_message_is_an_error_that_names_it(header: str) -> None:
    with pytest.raises(HeaderError, match=f"control_characters at data: {header.partition(':')[0]}"):
        data(forwarded(f"{header}\r\n\r\nText\r\n".encode()))


# Errors


class Broken(EmailMessage):
    error: Exception

    def message(self, **options: Any) -> Any:
        raise self.error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ValueError("secret"), MessageError),
        (UnicodeEncodeError("ascii", "ü", 0, 1, "secret"), MessageError),
        (TypeError("secret"), MessageTypeError),
        (LookupError("secret"), MessageError),
        (AttributeError("secret"), MessageError),
    ],
)
def test_whatever_rendering_raises_comes_from_our_tree(error: Exception, kind: type[MessageError]) -> None:
    message = Broken("Invoice", "Text", EMAIL, ["ann@a.example"])
    message.error = error
    with pytest.raises(kind) as raised:
        envelope.prepare(message, SENDER)
    assert (raised.value.code, raised.value.facts) == (Code.MESSAGE_INVALID, {"reason": type(error).__name__})
    assert isinstance(raised.value, SMTPError)
    assert isinstance(raised.value, ValueError)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("text", ["\ud800", "a\udcffb"])
@pytest.mark.parametrize("field", ["subject", "body", "X-Note", "to", "from_email"])
def test_half_a_character_is_an_error_of_ours(field: str, text: str) -> None:
    values: dict[str, Any] = {field: text}
    if field == "X-Note":
        values = {"headers": {field: text}}
    if field in {"to", "from_email"}:
        entry = f"{text} <ann@a.example>"
        values = {field: [entry] if field == "to" else entry}
    message = make_message(**values)
    try:
        content = data(message)
    except SMTPError:
        return
    assert content.isascii()


def test_a_message_is_rendered_once_for_a_second_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    outgoing = envelope.prepare(make_message(body="Grüße\n"), SENDER)
    assert outgoing.data(("8BITMIME",)) is outgoing.data(("8BITMIME", "SIZE"))
    assert outgoing.data(()) is outgoing.data(("SIZE",))


@pytest.mark.django_db
def test_a_message_that_cannot_leave_dials_nobody(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    for values in ({"to": ["jane@exa mple.com"]}, {"headers": {"X-Note": "x" * 999}}, {"subject": "a\nb"}):
        with pytest.raises(SMTPError):
            EmailBackend().send_messages([make_message(partner, **values)])
    assert smtp.plain.connections == 0


@pytest.mark.django_db
@pytest.mark.parametrize("extensions", [("SIZE",), ("SIZE", "8BITMIME")])
def test_a_quoted_address_goes_quoted_into_the_envelope(
    smtp: Served, partner_on: PartnerOn, extensions: tuple[str, ...]
) -> None:
    listener: Listener = smtp.listen(extensions=extensions)
    partner = partner_on(listener, smtp_email='"our billing"@acme.example')
    message = make_message(partner, from_email=None, to=['"odd user"@a.example', "to@[192.0.2.1]"])
    assert EmailBackend().send_messages([message]) == 1
    (received,) = listener.messages
    assert received.rcpt_tos == ('"odd user"@a.example', "to@[192.0.2.1]")
    assert received.mail_from == '"our billing"@acme.example'


@pytest.mark.parametrize("name", ["to", "cc", "reply_to", "from_email"])
def test_an_address_may_be_as_long_in_other_letters_as_in_ascii(name: str) -> None:
    """64 octets before the @ (RFC 5321 4.5.3.1.1), which Django 5.2 folds in the middle and then refuses."""
    address = "ü" * 32 + "@customer.example"
    value: Any = address if name == "from_email" else [address]
    message = make_message(**{name: value})
    if name in {"cc", "to"}:
        assert address.encode() in data(message, "SMTPUTF8")
    else:
        message.to = ["ä@customer.example"]
        assert f"Reply-To: {address}\r\n".encode() in data(message, "SMTPUTF8")
