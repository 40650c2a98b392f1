"""What the backend of PARTNER_SMTP_TRANSPORT gets of queued mail: the same as of mail that is sent at once."""

from __future__ import annotations

import copy
from collections.abc import Callable
from email.message import MIMEPart
from email.mime.base import MIMEBase
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from hypothesis import given
from hypothesis import strategies as st

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.support.accounts import make_partner
from tests.support.delivery import PartnerOn
from tests.support.outbox import deliver, row, states, wait_no_longer
from wagtail_partner_smtp.account.sender import Sender
from wagtail_partner_smtp.delivery import envelope
from wagtail_partner_smtp.models import AbstractPartner
from wagtail_partner_smtp.outbox.rebuilding import RebuiltMessage
from wagtail_partner_smtp.outbox.states import MailState

if TYPE_CHECKING:
    from pytest_django import Settings

OWN = Sender("billing@acme.example", "Acme Büro")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
TEXT, HTML = "Grüße aus Köln,\nund auf bald!\n", '<p>Grüße <img src="cid:logo"></p>\n'


def prepared(message: EmailMessage) -> envelope.Outgoing:
    return envelope.prepare(message, OWN)


def rebuilt(outgoing: envelope.Outgoing, recipients: list[str] | None = None) -> RebuiltMessage:
    """As it is queued now, and sent to these later."""
    left = outgoing.recipients if recipients is None else recipients
    return RebuiltMessage(outgoing.content, recipients=left, everybody=outgoing.recipients, partner=None)


def inline_image() -> Any:
    """As each Django wants it."""
    if django.VERSION >= (6, 0):
        part = MIMEPart()
        part.set_content(PNG, "image", "png", disposition="inline", filename="logo.png", cid="<logo>")
        return part
    image = MIMEImage(PNG)
    image.add_header("Content-ID", "<logo>")
    image.add_header("Content-Disposition", "inline", filename="logo.png")
    return image


def html_only() -> EmailMessage:
    message = EmailMessage("Invoice", HTML, to=["ann@example.com"])
    message.content_subtype = "html"
    return message


def with_forms(**values: Any) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        **{"subject": "Invoice", "body": TEXT, "to": ["ann@example.com"]} | values
    )
    message.attach_alternative(HTML, "text/html")
    return message


def with_files() -> EmailMessage:
    message = with_forms()
    message.attach("Übersicht 1.csv", "a;b\nä;ß\n", "text/csv")
    message.attach("invoice.pdf", PNG, "application/pdf")
    message.attach(None, "no name\n", "text/plain")
    return message


def with_page_and_image() -> EmailMessage:
    message = with_forms()
    if django.VERSION < (6, 0):
        vars(message)["mixed_subtype"] = "related"
    message.attach(inline_image())
    return message


def with_everything_in_headers() -> EmailMessage:
    return EmailMessage(
        "Rechnung für März: " + "sehr lang " * 20,
        TEXT,
        '"Büro, Köln" <ann@site.example>',
        ["Jürgen Ångström, Kasse <juergen@example.com>", "bob@example.com"],
        cc=["cc@example.com"],
        bcc=["secret@example.com"],
        reply_to=["Ann <ann@example.net>", "answers@example.net"],
        headers={
            "X-Long": "word " * 40 + "end",
            "X-Umlaut": "Grüße " * 20 + "Ende",
            "References": "<" + "a" * 90 + "@example.com> <b@example.com>",
            "List-Unsubscribe": "<https://example.com/" + "u" * 100 + ">",
        },
    )


MESSAGES: dict[str, Callable[[], EmailMessage]] = {
    "text": lambda: EmailMessage("Invoice", TEXT, to=["ann@example.com"]),
    "nothing": lambda: EmailMessage("Invoice", "", to=["ann@example.com"]),
    "html": html_only,
    "forms": with_forms,
    "no text": lambda: with_forms(body=""),
    "files": with_files,
    "files alone": lambda: EmailMessage(
        "Invoice",
        "",
        to=["ann@example.com"],
        attachments=[("a.txt", "a\n", "text/plain"), ("b", PNG, "image/png")],
    ),
    "page and image": with_page_and_image,
    "headers": with_everything_in_headers,
    "only bcc": lambda: EmailMessage("Invoice", TEXT, bcc=["secret@example.com"]),
    "address of another alphabet": lambda: EmailMessage("Grüße", TEXT, to=["Jörg <jörg@straße.example>"]),
}


def seen(message: Any) -> dict[str, Any]:
    """What a backend that sends by HTTP reads."""
    return {
        "subject": str(message.subject),
        "from": str(message.from_email),
        "body": message.body,
        "subtype": message.content_subtype,
        "mixed": getattr(message, "mixed_subtype", "") if message.attachments else "",
        "alternatives": [tuple(each) for each in getattr(message, "alternatives", [])],
        "attachments": [attachment(each) for each in message.attachments],
        "to": list(message.to),
        "cc": list(message.cc),
        "bcc": list(message.bcc),
        "reply_to": list(message.reply_to),
        "headers": {name: str(value) for name, value in message.extra_headers.items() if name != "Date"},
    }


def attachment(found: Any) -> Any:
    if not isinstance(found, (MIMEBase, MIMEPart)):
        return tuple(found)
    names = ("Content-ID", "Content-Disposition")
    described = [str(found[name]) for name in names]
    return found.get_content_type(), found.get_filename(), found.get_payload(decode=True), described


@pytest.mark.parametrize("kind", MESSAGES)
def test_its_attributes_are_those_of_a_message_that_is_sent_at_once(kind: str) -> None:
    outgoing = prepared(MESSAGES[kind]())
    assert seen(rebuilt(outgoing)) == seen(outgoing.message)


@pytest.mark.parametrize("kind", MESSAGES)
def test_its_octets_are_those_that_were_queued(kind: str) -> None:
    outgoing = prepared(MESSAGES[kind]())
    message = rebuilt(outgoing).message()
    assert message.as_bytes(policy=message.policy) == outgoing.content
    assert message["Message-ID"] == envelope.message_id_of(outgoing.message)


@pytest.mark.parametrize("kind", MESSAGES)
def test_django_can_make_a_message_of_its_attributes(kind: str) -> None:
    """A backend may change one and send what comes of it."""
    outgoing = prepared(MESSAGES[kind]())
    message = rebuilt(outgoing)
    again = EmailMultiAlternatives.message(message)
    types = [part.get_content_type() for part in message.message().walk()]
    assert [part.get_content_type() for part in again.walk()] == types
    assert copy.deepcopy(message).message().as_bytes() == message.message().as_bytes()


def test_a_message_that_is_attached_stays_as_it_is() -> None:
    inner = (
        b"From: a@example.com\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Odd: two  spaces\r\n\r\nHello\r\n"
    )
    message = EmailMessage("Invoice", TEXT, to=["ann@example.com"])
    message.attach("mail.eml", inner, "message/rfc822")
    [(name, content, kind)] = rebuilt(prepared(message)).attachments
    assert (name, content, kind) == ("mail.eml", inner, "message/rfc822")


def test_the_parts_of_what_message_returns_have_octets_of_their_own() -> None:
    message = rebuilt(prepared(with_page_and_image())).message()
    *_, image = message.walk()
    assert b"Content-ID: <logo>" in image.as_bytes()
    assert "Content-ID: <logo>" in image.as_string()
    assert "Grüße" not in image.as_string()


class Nested(EmailMessage):
    """A site's own class: a page with its image within the forms, beside a file, and a part of its own."""

    def message(self, **kwargs: Any) -> Any:
        page = MIMEMultipart("related", _subparts=[MIMEText(HTML, "html"), with_content_id()])
        forms = MIMEMultipart("alternative", _subparts=[MIMEText(TEXT, "plain", "iso-8859-1"), page])
        event = MIMEText("BEGIN:VCALENDAR\n", "calendar")
        event.set_param("method", "REQUEST")
        mixed = MIMEMultipart("mixed", _subparts=[forms, event])
        mixed["Subject"], mixed["From"], mixed["To"] = str(self.subject), self.from_email, "ann@example.com"
        return mixed


def with_content_id() -> MIMEImage:
    image = MIMEImage(PNG, "png")
    image.add_header("Content-ID", "<logo>")
    return image


def test_a_message_of_another_build_is_read_as_far_as_django_can_hold_it() -> None:
    message = rebuilt(prepared(Nested("Invoice", to=["ann@example.com"])))
    assert (message.body, [tuple(each) for each in message.alternatives]) == (TEXT, [(HTML, "text/html")])
    image, event = message.attachments
    assert isinstance(image, MIMEPart if django.VERSION >= (6, 0) else MIMEBase)
    assert (image["Content-ID"], image.get_payload(decode=True)) == ("<logo>", PNG)
    assert isinstance(event, MIMEPart if django.VERSION >= (6, 0) else MIMEBase)
    assert event.get_param("method") == "REQUEST"


# Who gets it


def recipients_of(message: EmailMessage) -> tuple[list[str], list[str], list[str]]:
    return list(message.to), list(message.cc), list(message.bcc)


def test_only_those_are_recipients_who_are_yet_to_get_it() -> None:
    outgoing = prepared(with_everything_in_headers())
    message = rebuilt(outgoing, ["bob@example.com", "secret@example.com"])
    assert recipients_of(message) == (["bob@example.com"], [], ["secret@example.com"])
    assert message.recipients() == ["bob@example.com", "secret@example.com"]
    assert not {"To", "Cc"} & message.extra_headers.keys()
    assert [each.addr_spec for each in message.message()["To"].addresses] == [
        "juergen@example.com",
        "bob@example.com",
    ]
    assert message.message()["Bcc"] is None


def test_a_mailbox_is_the_same_however_its_domain_is_written() -> None:
    outgoing = prepared(EmailMessage("Invoice", TEXT, to=["Ann@Straße.example"], cc=["bob@EXAMPLE.com"]))
    message = rebuilt(outgoing, outgoing.recipients[:1])
    assert recipients_of(message) == (["Ann@xn--strae-oqa.example"], [], [])


@pytest.mark.parametrize(
    ("values", "expected", "shown"),
    [
        ({"to": ["ann@example.com"], "headers": {"To": "list@example.com"}}, [], "list@example.com"),
        ({"to": ["undisclosed-recipients:;"], "bcc": ["ann@example.com"]}, [], "undisclosed-recipients:;"),
        ({"to": ["ann@example.com"], "headers": {"Cc": "bob@example.com"}}, ["ann@example.com"], None),
    ],
)
def test_whom_a_header_names_without_sending_to_them_gets_nothing(
    values: dict[str, Any], expected: list[str], shown: str | None
) -> None:
    message = rebuilt(prepared(EmailMessage("Invoice", TEXT, **values)))
    assert (message.to, message.cc, message.recipients()) == (expected, [], ["ann@example.com"])
    assert message.extra_headers.get("To") == shown


def test_a_header_that_a_class_of_the_site_has_written_anyhow_names_nobody() -> None:
    content = b"From: a@example.com\r\nTo: no address at all\r\n\r\nHello\r\n"
    message = RebuiltMessage(content, recipients=["a@b.example"], everybody=["a@b.example"], partner=None)
    assert (recipients_of(message), message.extra_headers["To"]) == (
        ([], [], ["a@b.example"]),
        "no address at all",
    )


names = st.sampled_from(["", "Ann", "Jürgen, Kasse", 'says "hi"', "=?utf-8?q?x?=", "日本語 のなまえ"])


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(["to", "cc", "bcc"]), names), min_size=1, max_size=8
    ),
    st.sets(st.integers(0, 5)),
)
def test_whoever_has_it_never_gets_it_again_and_all_others_do(
    entries: list[tuple[int, str, str]], done: set[int]
) -> None:
    lists: dict[str, list[str]] = {"to": [], "cc": [], "bcc": []}
    for number, field, name in entries:
        lists[field].append(f"{name} <r{number}@example.com>")
    outgoing = prepared(EmailMessage("Invoice", TEXT, **lists))  # type: ignore[arg-type]
    left = [each for each in outgoing.recipients if int(each[1]) not in done]
    message = rebuilt(outgoing, left)
    bare = [each.rpartition("<")[2].rstrip(">") for each in message.recipients()]
    assert set(bare) == set(left)
    listed = {f"r{number}@example.com" for number, field, _ in entries if field != "bcc"}
    assert set(message.bcc) == set(left) - listed
    assert message.message().as_bytes(policy=message.message().policy) == outgoing.content


# Where it is sent


class Keeping(BaseEmailBackend):
    """Keeps what it gets."""

    got: list[Any] = []

    def send_messages(self, email_messages: Any) -> int:
        self.got.extend(email_messages)
        return len(email_messages)


@pytest.fixture
def got(settings: Settings) -> list[Any]:
    settings.PARTNER_SMTP_TRANSPORT = f"{__name__}.{Keeping.__name__}"
    Keeping.got = []
    return Keeping.got


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("woken")
def test_a_transport_gets_the_same_of_both_ways_to_send(got: list[Any]) -> None:
    partner = make_partner(smtp_sender_name="Acme")
    arguments = ("Rechnung für März", TEXT, ["Ann <ann@example.com>"])
    values: dict[str, Any] = {
        "html_message": HTML,
        "cc": ["cc@example.com"],
        "bcc": ["bcc@example.com"],
        "reply_to": ["r@example.com"],
        "headers": {"X-A": "1", "Message-ID": "<a@example.com>"},
        "attachments": [("a.txt", "hello\n", "text/plain")],
    }
    partner.send_mail(*arguments, **values)
    partner.queue_mail(*arguments, **values)
    deliver()
    at_once, queued = got
    assert seen(queued) == seen(at_once)
    assert at_once.partner == queued.partner == partner
    assert states() == {MailState.SENT: 1}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("woken")
def test_a_transport_gets_the_rest_of_a_message_for_the_rest_of_its_recipients(
    smtp: Served, partner_on: PartnerOn, got: list[Any], settings: Settings
) -> None:
    listener = smtp.listen(rules=(on("RCPT", match="*bob*", reply="450 4.2.1 later"),))
    partner: AbstractPartner = partner_on(listener)
    transport, settings.PARTNER_SMTP_TRANSPORT = settings.PARTNER_SMTP_TRANSPORT, ""
    partner.queue_mail("Invoice", TEXT, ["ann@example.com"], cc=["bob@example.com"])
    deliver()
    assert row().state == MailState.DEFERRED
    type(partner)._default_manager.update(smtp_email="other@acme.example")
    settings.PARTNER_SMTP_TRANSPORT = transport
    wait_no_longer()
    deliver()
    [message] = got
    assert recipients_of(message) == ([], ["bob@example.com"], [])
    assert (message.from_email, str(message.message()["From"])) == ("other@acme.example",) * 2
    assert (message.message()["To"], message.message()["Message-ID"]) == ("ann@example.com", row().message_id)
    assert states() == {MailState.SENT: 1}
