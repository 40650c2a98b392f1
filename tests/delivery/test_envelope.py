"""Whose name a message leaves in, whom it goes to, and its bytes."""

from __future__ import annotations

import email
from email.message import EmailMessage as MIME
from email.policy import default
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives

from smtp_sandbox.pytest_plugin import Served
from tests.support.delivery import EMAIL, SENDER, PartnerOn, make_message
from wagtail_partner_smtp.account.sender import Sender
from wagtail_partner_smtp.delivery import envelope
from wagtail_partner_smtp.delivery.backend import EmailBackend
from wagtail_partner_smtp.smtp.errors import SettingsError, SMTPError

if TYPE_CHECKING:
    from pytest_django import Settings

NO_8BIT = ("SIZE", "ENHANCEDSTATUSCODES")


def parsed(message: EmailMessage, sender: str | Sender = SENDER, extensions: tuple[str, ...] = ()) -> MIME:
    given = Sender(sender) if isinstance(sender, str) else sender
    data = envelope.prepare(message, given).data(extensions)
    return email.message_from_bytes(data, policy=default)


# From and Reply-To


@pytest.mark.parametrize(
    ("written", "sender", "reply_to"),
    [
        (EMAIL, EMAIL, None),
        (f"Acme Billing <{EMAIL}>", f"Acme Billing <{EMAIL}>", None),
        (EMAIL.upper(), EMAIL, None),
        ("ann@site.example", EMAIL, "ann@site.example"),
        ("Ann <ann@site.example>", f"Ann <{EMAIL}>", "Ann <ann@site.example>"),
        ('"Doe, Ann" <ann@site.example>', f'"Doe, Ann" <{EMAIL}>', '"Doe, Ann" <ann@site.example>'),
        ("Änn Ö <ann@site.example>", f"Änn Ö <{EMAIL}>", "Änn Ö <ann@site.example>"),
        (
            "=?utf-8?q?=C3=84nn?= <ann@site.example>",
            f"Änn <{EMAIL}>",
            "Änn <ann@site.example>",
        ),
    ],
)
def test_the_name_is_kept_and_another_sender_becomes_reply_to(
    written: str, sender: str, reply_to: str | None
) -> None:
    message = parsed(make_message(from_email=written))
    assert (message["From"], message["Reply-To"]) == (sender, reply_to)


@pytest.mark.parametrize("name", ["From", "from", "FROM"])
def test_a_from_header_counts_as_the_sender(name: str) -> None:
    message = parsed(make_message(headers={name: "Ann <ann@site.example>"}))
    assert message.get_all("From") == [f"Ann <{EMAIL}>"]
    assert message["Reply-To"] == "Ann <ann@site.example>"


@pytest.mark.parametrize(
    "values", [{"reply_to": ["desk@acme.example"]}, {"headers": {"reply-TO": "desk@acme.example"}}]
)
def test_a_reply_to_of_the_message_stays(values: dict[str, Any]) -> None:
    message = parsed(make_message(from_email="ann@site.example", **values))
    assert message.get_all("Reply-To") == ["desk@acme.example"]


def test_the_default_of_the_site_is_nobody_to_reply_to(settings: Settings) -> None:
    settings.DEFAULT_FROM_EMAIL = "The site <noreply@site.example>"
    message = parsed(EmailMessage("Invoice", "Text", to=["ann@customer.example"]))
    assert (message["From"], message["Reply-To"]) == (f"The site <{EMAIL}>", None)


ACME = Sender(EMAIL, "Acme Billing", "desk@acme.example")


@pytest.mark.parametrize(
    ("values", "sender", "reply_to"),
    [
        ({}, f"Acme Billing <{EMAIL}>", "desk@acme.example"),
        ({"from_email": f"Ann <{EMAIL}>"}, f"Ann <{EMAIL}>", "desk@acme.example"),
        ({"headers": {"From": f"Ann <{EMAIL}>"}}, f"Ann <{EMAIL}>", "desk@acme.example"),
        ({"from_email": "ann@site.example"}, f"Acme Billing <{EMAIL}>", "ann@site.example"),
        ({"reply_to": ["bob@acme.example"]}, f"Acme Billing <{EMAIL}>", "bob@acme.example"),
        ({"headers": {"reply-TO": "bob@acme.example"}}, f"Acme Billing <{EMAIL}>", "bob@acme.example"),
        ({"from_email": "The site <noreply@site.example>"}, f"Acme Billing <{EMAIL}>", "desk@acme.example"),
    ],
)
def test_name_and_reply_to_of_the_partner_stand_where_the_message_brings_none(
    settings: Settings, values: dict[str, Any], sender: str, reply_to: str
) -> None:
    settings.DEFAULT_FROM_EMAIL = "The site <noreply@site.example>"
    message = parsed(make_message(**{"from_email": EMAIL} | values), ACME)
    assert message.get_all("From") == [sender]
    assert message.get_all("Reply-To") == [reply_to]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Acme", b"From: Acme <billing@acme.example>"),
        ("Care Team, Billing", b'From: "Care Team, Billing" <billing@acme.example>'),
        ('The "Best" \\', b'From: "The \\"Best\\" \\\\" <billing@acme.example>'),
        ("Müller & Söhne", b"From: =?utf-8?"),
        ("=?utf-8?q?x?=", b"From: =?utf-8?"),
        ("billing@other.example", b'From: "billing@other.example" <billing@acme.example>'),
    ],
)
def test_a_sender_name_of_any_letters_is_one_name(name: str, written: bytes) -> None:
    sender = Sender(EMAIL, name)
    assert b"\r\n" + written in b"\r\n" + envelope.prepare(make_message(from_email=EMAIL), sender).data(())
    (address,) = parsed(make_message(from_email=EMAIL), sender)["From"].addresses
    assert (address.display_name, address.addr_spec) == (name, EMAIL)


def test_the_message_itself_stays_as_it_is() -> None:
    headers = {"From": "ann@site.example", "X-Note": "1"}
    message = make_message(headers=headers)
    before = {name: repr(value) for name, value in vars(message).items()}
    envelope.prepare(message, SENDER).data(())
    assert {name: repr(value) for name, value in vars(message).items()} == before
    assert headers == {"From": "ann@site.example", "X-Note": "1"}


def test_a_message_id_of_the_message_stays() -> None:
    message = parsed(make_message(headers={"message-id": "<1@site.example>"}))
    assert message.get_all("Message-ID") == ["<1@site.example>"]


def test_a_new_message_id_tells_nothing_of_the_machine() -> None:
    assert parsed(make_message())["Message-ID"].endswith("@acme.example>")
    assert parsed(make_message(), "billing@bücher.example")["Message-ID"].endswith("@xn--bcher-kva.example>")


# Recipients


def test_every_recipient_is_addressed_once_and_bcc_in_no_header() -> None:
    message = make_message(
        to=["ann@customer.example", "Bob <bob@customer.example>"],
        cc=['"Doe, Eve" <eve@customer.example>', "ann@customer.example"],
        bcc=["Secret <hidden@customer.example>", "bob@customer.example"],
    )
    outgoing = envelope.prepare(message, SENDER)
    names = ("ann", "bob", "eve", "hidden")
    assert outgoing.recipients == [f"{name}@customer.example" for name in names]
    data = outgoing.data(())
    assert b"hidden" not in data
    assert b"bcc" not in data.lower()


@pytest.mark.parametrize(
    "recipient", ["ann@a.example, bob@b.example", "", " ", "two words@a.example", "<>", "ann@.example"]
)
def test_what_is_not_one_address_is_refused(recipient: str) -> None:
    with pytest.raises(SettingsError):
        envelope.prepare(make_message(to=[recipient or " "]), SENDER)


@pytest.mark.parametrize("breaker", ["\r\n", "\n", "\r", "\0"])
@pytest.mark.parametrize("field", ["to", "cc", "bcc", "from_email", "subject", "reply_to", "X-Header"])
def test_line_breaks_are_refused_everywhere(field: str, breaker: str) -> None:
    text = f"ann@a.example{breaker}Bcc: evil@evil.example"
    if field == "X-Header":
        message = make_message(headers={field: text})
    elif field in {"from_email", "subject"}:
        message = make_message(None, **{field: text})
    else:
        message = make_message(None, **{field: [text]})
    with pytest.raises(ValueError, match=r".+"):
        envelope.prepare(message, SENDER).data(())


# Addresses that are not ASCII


@pytest.mark.django_db
def test_international_domains_travel_as_a_labels(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(extensions=NO_8BIT)
    partner = partner_on(listener, smtp_email="post@bücher.example")
    message = make_message(partner, from_email="Bücher <post@bücher.example>", to=["ann@köln.example"])
    assert EmailBackend().send_messages([message]) == 1
    (received,) = listener.messages
    assert received.mail_from == "post@xn--bcher-kva.example"
    assert received.rcpt_tos == ("ann@xn--kln-sna.example",)
    assert received.email["From"] == "Bücher <post@xn--bcher-kva.example>"
    assert received.email["To"] == "ann@xn--kln-sna.example"
    assert received.email["Reply-To"] is None
    assert received.data.isascii()


@pytest.mark.django_db
def test_local_parts_that_are_not_ascii_need_smtputf8(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    assert EmailBackend().send_messages([make_message(partner, to=["jürgen@customer.example"])]) == 1
    (received,) = smtp.messages
    assert received.rcpt_tos == ("jürgen@customer.example",)
    assert "SMTPUTF8" in received.mail_options
    if django.VERSION >= (6, 0):
        assert "jürgen@customer.example".encode() in received.data

    without = partner_on(smtp.listen(extensions=NO_8BIT))
    with pytest.raises(SMTPError, match="smtputf8_required"):
        EmailBackend().send_messages([make_message(without, to=["jürgen@customer.example"])])


@pytest.mark.django_db
def test_a_sender_that_is_not_ascii_needs_smtputf8(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain, smtp_email="jürgen@acme.example")
    assert EmailBackend().send_messages([make_message(partner)]) == 1
    assert smtp.messages[0].mail_from == "jürgen@acme.example"


# Bodies


def bodies() -> dict[str, EmailMessage]:
    alternative = EmailMultiAlternatives("Rechnung", "Grüße\n", EMAIL, ["ann@customer.example"])
    alternative.attach_alternative("<p>Grüße</p>", "text/html")
    attached = make_message(body="Grüße\n", attachments=[("straße.txt", "Füße\n", "text/plain")])
    attached.attach("blob.bin", bytes(range(256)), "application/octet-stream")
    nested = make_message(body="Grüße\n")
    nested.attach("inner.eml", make_message(body="Innere Grüße\n"), "message/rfc822")
    return {
        "plain": make_message(body="Grüße\n"),
        "html alternative": alternative,
        "attachments": attached,
        "a message in a message": nested,
        "long lines": make_message(body="Grüße " * 500),
        "long ASCII lines": make_message(body="x" * 5000),
        "dots": make_message(body=".\n..\n.leading\n\nFrom here\n.\n"),
        "carriage returns": make_message(body="one\r\ntwo\rthree\nfour"),
        "empty": make_message(body=""),
        "lone surrogate free emoji": make_message(body="📬\n", subject="📬 " * 40),
    }


def texts(message: MIME) -> list[str]:
    found = []
    for part in message.walk():
        if part.get_content_maintype() == "text":
            found.append("\n".join(part.get_content().rstrip("\n").splitlines()))
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("name", bodies())
@pytest.mark.parametrize("eight_bit", [True, False])
def test_bodies_arrive_as_they_were_written(
    name: str, eight_bit: bool, smtp: Served, partner_on: PartnerOn
) -> None:
    listener = smtp.listen(extensions=("8BITMIME", "SIZE")) if eight_bit else smtp.listen(extensions=NO_8BIT)
    message = bodies()[name]
    message.partner = partner_on(listener)  # type: ignore[attr-defined]
    assert EmailBackend().send_messages([message]) == 1
    (received,) = listener.messages
    if not eight_bit:
        assert received.data.isascii()
    assert ("BODY" in received.mail_options) == (not received.data.isascii())
    assert max(map(len, received.data.split(b"\r\n"))) <= 998
    assert received.data.count(b"\n") == received.data.count(b"\r\n")

    mime = email.message_from_bytes(received.data, policy=default)
    assert mime["Subject"] == str(message.subject).strip() or name.startswith("lone")
    wanted = [part for part in [message.body] if part or not message.attachments]
    got = texts(mime)
    assert got[: len(wanted)] == ["\n".join(text.rstrip("\n").splitlines()) for text in wanted]
    if name == "html alternative":
        assert got[1] == "<p>Grüße</p>"
    if name == "attachments":
        parts = {part.get_filename(): part.get_content() for part in mime.iter_attachments()}
        assert parts["straße.txt"].rstrip("\r\n") == "Füße"
        assert parts["blob.bin"] == bytes(range(256))
    if name == "a message in a message":
        assert got[1] == "Innere Grüße"


def test_a_subject_that_is_not_ascii_arrives() -> None:
    message = parsed(make_message(subject="Rechnung für Ölgemälde"))
    assert message["Subject"] == "Rechnung für Ölgemälde"
