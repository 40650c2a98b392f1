"""The contract of an email backend of Django's, kept by sending for real."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING, Any, NoReturn

import django
import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail import EmailMessage, send_mail
from django.db import connections

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.support.delivery import EMAIL, LOGIN, PASSWORD, PartnerOn, make_message, text_of
from tests.support.stopwatch import PATIENCE
from tests.support.threads import at_once, usual_transactions
from wagtail_partner_smtp.account.names import name_of
from wagtail_partner_smtp.backend import QueuedEmailBackend
from wagtail_partner_smtp.connection_test import email
from wagtail_partner_smtp.delivery.backend import EmailBackend, PartnerError, PartnerInactive, PartnerMissing
from wagtail_partner_smtp.models import AbstractPartner
from wagtail_partner_smtp.smtp.errors import AuthError, Code, RecipientsRefusedError, SettingsError

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

BACKEND = "wagtail_partner_smtp.backend.EmailBackend"
LOCMEM = "django.core.mail.backends.locmem.EmailBackend"
HAS_MAILERS = django.VERSION >= (6, 1)


# Which partner


def test_a_message_leaves_through_the_server_of_its_partner(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.starttls)
    assert EmailBackend().send_messages([make_message(partner)]) == 1
    (received,) = smtp.messages
    assert (received.mail_from, received.rcpt_tos) == (EMAIL, ("ann@customer.example",))
    assert (received.session.user, received.session.origin.port) == (LOGIN, smtp.starttls.port)
    assert received.email["From"] == EMAIL


@pytest.mark.parametrize("way", ["send", "send_mail", "backend", "test email"])
def test_name_and_reply_to_of_the_partner_leave_with_its_mail(
    way: str, smtp: Served, partner_on: PartnerOn, admin_user: User
) -> None:
    partner = partner_on(smtp.plain, smtp_sender_name="Büro, Acme", smtp_reply_to="desk@acme.example")
    if way == "send":
        partner.send(make_message(from_email=EMAIL))
    elif way == "send_mail":
        partner.send_mail("Invoice", "Text", ["ann@customer.example"])
    elif way == "backend":
        EmailBackend(partner=partner.slug).send_messages([make_message(from_email=EMAIL)])
    else:
        assert email.send(partner, admin_user).ok
    (received,) = smtp.messages
    assert received.mail_from == EMAIL
    (author,) = received.email["From"].addresses
    assert (author.display_name, author.addr_spec) == ("Büro, Acme", EMAIL)
    assert received.email["Reply-To"] == "desk@acme.example"


@pytest.mark.parametrize(
    "values", [{"smtp_sender_name": "Acme\r\nBcc: eve@evil.example"}, {"smtp_reply_to": "a@b.example\n"}]
)
def test_a_name_that_would_begin_a_header_is_refused(
    smtp: Served, partner_on: PartnerOn, values: dict[str, str]
) -> None:
    partner = partner_on(smtp.plain)
    for name, value in values.items():
        setattr(partner, name, f"{value}x")
    with pytest.raises(SettingsError) as refusal:
        EmailBackend(partner=partner).send_messages([make_message()])
    assert refusal.value.code is Code.CONTROL_CHARACTERS
    assert smtp.plain.connections == 0


def test_a_message_may_name_its_partner_by_the_slug(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    assert EmailBackend().send_messages([make_message(partner.slug)]) == 1
    assert smtp.messages[0].session.user == LOGIN


@pytest.mark.parametrize("by_slug", [True, False])
def test_the_backend_has_a_partner_for_messages_that_name_none(
    by_slug: bool, smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain)
    other = partner_on(smtp.listen())
    backend = EmailBackend(partner=partner.slug if by_slug else partner)
    assert backend.send_messages([make_message(), make_message(other)]) == 2
    ports = {message.session.origin.port for message in smtp.messages}
    assert ports == {partner.smtp_port, other.smtp_port}


@pytest.mark.parametrize("named", [None, "nobody", "", object()])
def test_a_message_without_a_partner_is_not_sent(named: Any, smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    message = make_message()
    message.partner = named  # type: ignore[attr-defined]
    # Another partner's server is no fallback for a partner that does not exist.
    backend = EmailBackend(partner=None if named is None else partner)
    with pytest.raises(PartnerMissing, match="partner_missing"):
        backend.send_messages([message])
    assert smtp.plain.connections == 0


def test_an_error_and_the_log_say_who_was_named(
    smtp: Served, partner_on: PartnerOn, caplog: pytest.LogCaptureFixture
) -> None:
    partner = partner_on(smtp.plain, active=False)
    name = f"{partner._meta.label_lower}:{partner.pk}"
    cases: list[tuple[AbstractPartner | str, str]] = [
        ("nob\nody-here", "nob ody-here"),
        (partner, name),
        (partner.slug, name),
    ]
    for named, told in cases:
        for backend in (EmailBackend(), QueuedEmailBackend()):
            caplog.clear()
            with pytest.raises(PartnerError) as raised:
                backend.send_messages([make_message(named)])
            assert told in str(raised.value)
            (record,) = caplog.records
            assert record.partner == told  # type: ignore[attr-defined]
            assert told in record.getMessage()


def test_a_header_does_not_choose_the_partner(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    message = make_message(headers={"X-Partner": partner.slug, "Partner": partner.slug})
    with pytest.raises(PartnerMissing):
        EmailBackend().send_messages([message])


@pytest.mark.parametrize("by", ["switched off", "deleted", "deleted itself"])
def test_an_older_instance_of_a_partner_that_may_not_send_sends_nothing(
    by: str, smtp: Served, partner_on: PartnerOn
) -> None:
    # The first of these may.
    _, partner = partner_on(smtp.plain), partner_on(smtp.plain)
    rows = type(partner)._default_manager.filter(pk=partner.pk)
    if by == "switched off":
        rows.update(active=False)
    elif by == "deleted":
        rows.delete()
    else:
        partner.delete()
    error = PartnerInactive if by == "switched off" else PartnerMissing
    for send in (partner.send, EmailBackend(partner=partner).send_messages):
        message = make_message()
        with pytest.raises(error) as caught:
            send(message if send == partner.send else [message])  # type: ignore[arg-type]
        assert (caught.value.stage, caught.value.facts) == ("settings", {"partner": name_of(partner)})
    assert smtp.plain.connections == 0


def test_it_takes_one_query_to_know(
    smtp: Served, partner_on: PartnerOn, django_assert_num_queries: Any, settings: Settings
) -> None:
    settings.PARTNER_SMTP_TRANSPORT = LOCMEM
    partner = partner_on(smtp.plain)
    with django_assert_num_queries(1):
        partner.send(make_message())


def test_p50_an_inactive_partner_sends_nothing(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain, active=False)
    for named in (partner, partner.slug):
        with pytest.raises(PartnerInactive, match="partner_inactive"):
            EmailBackend().send_messages([make_message(named)])
    with pytest.raises(PartnerInactive):
        partner.send_mail("Invoice", "Text", ["ann@customer.example"])
    assert smtp.plain.connections == 0


# No fallback to the site's own account


@pytest.fixture
def site_account(settings: Settings, smtp: Served) -> str:
    """The site's own server and login, in whichever way its Django has them."""
    smtp.sandbox.users["siteuser"] = "sitepass"
    values = {"host": "localhost", "port": smtp.plain.port, "username": "siteuser", "password": "sitepass"}
    if HAS_MAILERS:
        smtp_backend = "django.core.mail.backends.smtp.EmailBackend"
        settings.MAILERS = {"default": {"BACKEND": smtp_backend, "OPTIONS": values}}
    else:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "localhost", smtp.plain.port
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "siteuser", "sitepass"
    return "siteuser"


@pytest.mark.usefixtures("site_account")
def test_p04_a_partner_without_login_never_logs_in_as_the_site(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen()
    partner_on(listener, smtp_login="").send_mail("Invoice", "Text", ["ann@customer.example"])
    (received,) = smtp.messages
    assert received.session.user is None
    assert listener.count("AUTH") == 0


@pytest.mark.usefixtures("site_account")
def test_p05_a_partner_without_host_never_uses_the_server_of_the_site(
    smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain, smtp_host="")
    with pytest.raises(SettingsError) as caught:
        partner.send_mail("Invoice", "Text", ["ann@customer.example"])
    assert caught.value.code is Code.HOST_MISSING
    assert smtp.plain.connections == 0


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"smtp_email": ""}, Code.EMAIL_MISSING),
        ({"smtp_email": "not an address"}, Code.EMAIL_INVALID),
        ({"smtp_port": 65536}, Code.PORT_INVALID),
        ({"smtp_host": "two words"}, Code.HOST_INVALID),
    ],
)
def test_unusable_settings_are_told_without_connecting(
    columns: dict[str, Any], code: Code, smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain, **columns)
    with pytest.raises(SettingsError) as caught:
        EmailBackend().send_messages([make_message(partner)])
    assert caught.value.code is code
    assert smtp.plain.connections == 0


# Sessions


def test_many_messages_share_one_session(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(mode="starttls")
    partner = partner_on(listener)
    assert EmailBackend(partner=partner).send_messages([make_message() for _ in range(5)]) == 5
    assert (listener.connections, listener.count("AUTH"), len(listener.messages)) == (1, 1, 5)
    listener.wait_idle()
    assert listener.count("QUIT") == 1


def test_within_with_the_session_stays_open(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen()
    with EmailBackend(partner=partner_on(listener)) as backend:
        for _ in range(3):
            backend.send_messages([make_message()])
        assert listener.count("QUIT") == 0
    listener.wait_idle()
    assert (listener.connections, listener.count("QUIT")) == (1, 1)


def test_without_with_each_call_has_its_own(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen()
    backend = EmailBackend(partner=partner_on(listener))
    for _ in range(2):
        backend.send_messages([make_message()])
    listener.wait_idle()
    assert (listener.connections, listener.count("QUIT")) == (2, 2)


def test_open_says_whether_it_was_closed() -> None:
    backend = EmailBackend()
    assert (backend.open(), backend.open()) == (True, False)
    backend.close()
    assert backend.open() is True
    backend.close()
    backend.close()


def test_partners_in_one_batch_do_not_share_sessions(smtp: Served, partner_on: PartnerOn) -> None:
    first, second = smtp.listen(), smtp.listen(mode="ssl")
    smtp.sandbox.users["other"] = "another password"
    partners = [
        partner_on(first),
        partner_on(second, smtp_email="post@borealis.example"),
        partner_on(first, smtp_login="other", password="another password"),
    ]
    batch = [make_message(partner) for partner in partners * 2]
    assert EmailBackend().send_messages(batch) == 6
    assert (first.connections, second.connections) == (2, 1)
    assert sorted(str(message.session.user) for message in first.messages) == [LOGIN] * 2 + ["other"] * 2
    assert {message.mail_from for message in second.messages} == {"post@borealis.example"}


def test_a_changed_password_opens_a_new_session(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen()
    partner = partner_on(listener)
    with EmailBackend() as backend:
        backend.send_messages([make_message(partner)])
        partner.set_smtp_password("not the password")
        partner.save()
        with pytest.raises(Exception, match="auth_failed"):
            backend.send_messages([make_message(partner)])
    assert len(listener.messages) == 1


@pytest.mark.django_db(transaction=True)
def test_two_threads_can_share_a_backend(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen("throttle")
    backend = EmailBackend(partner=partner_on(listener))

    def send_three(number: int) -> int:
        return backend.send_messages([make_message(subject=f"{number}-{i}") for i in range(3)])

    with backend, usual_transactions():
        results = at_once(send_three, range(2))
    assert results == [3, 3]
    assert listener.connections == 1
    assert sorted(message.subject for message in listener.messages) == [
        f"{number}-{i}" for number in range(2) for i in range(3)
    ]


# What is returned and raised


def test_nothing_is_sent_of_nothing(smtp: Served, partner_on: PartnerOn) -> None:
    backend = EmailBackend(partner=partner_on(smtp.plain))
    assert backend.send_messages([]) == 0
    assert backend.send_messages([make_message(to=[])]) == 0
    assert smtp.plain.connections == 0


def test_the_receipt_tells_what_the_server_said(smtp: Served, partner_on: PartnerOn) -> None:
    message = make_message(partner_on(smtp.plain))
    EmailBackend().send_messages([message])
    receipt = message.smtp_receipt  # type: ignore[attr-defined]
    assert (receipt.reply.code, receipt.reply.enhanced_code, dict(receipt.refused)) == (250, "2.0.0", {})


def test_fail_silently_goes_on_with_the_next_message(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(rules=(on("RCPT", match="*<bad@*", reply="550 5.1.1 no such user"),))
    partner = partner_on(listener)
    batch = [make_message(to=["bad@customer.example"]), make_message("nobody"), make_message()]
    assert EmailBackend(partner=partner, fail_silently=True).send_messages(batch) == 1
    assert batch[0].smtp_receipt is None  # type: ignore[attr-defined]
    assert len(listener.messages) == 1


def test_the_first_error_ends_a_batch_that_does_not_fail_silently(
    smtp: Served, partner_on: PartnerOn
) -> None:
    listener = smtp.listen(rules=(on("RCPT", match="*<bad@*", reply="550 5.1.1 no such user"),))
    batch = [make_message(subject="1"), make_message(to=["bad@customer.example"]), make_message()]
    with pytest.raises(RecipientsRefusedError, match="550"):
        EmailBackend(partner=partner_on(listener)).send_messages(batch)
    assert [message.subject for message in listener.messages] == ["1"]
    listener.wait_idle()
    assert listener.count("QUIT") == 1


POISON = {
    "recipient": {"to": ["no address, at all"]},
    "line break in a recipient": {"to": ["a@b.example>\r\nRCPT TO:<evil@evil.example"]},
    "line break in the subject": {"subject": "Invoice\r\nBcc: evil@evil.example"},
    "line break in From": {"from_email": "Evil\r\nBcc: x@evil.example <a@b.example>"},
    "line break in a header": {"headers": {"X-Note": "a\r\nBcc: evil@evil.example"}},
    "Bcc in the headers": {"headers": {"bcc": "evil@evil.example"}},
}


@pytest.mark.parametrize("values", POISON.values(), ids=POISON.keys())
def test_p52_a_poisonous_message_fails_alone(
    values: dict[str, Any], smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain)
    with pytest.raises(ValueError, match=r".+"):
        EmailBackend(partner=partner).send_messages([make_message(**values)])
    assert smtp.plain.connections == 0
    batch = [make_message(**values), make_message(subject="good")]
    assert EmailBackend(partner=partner, fail_silently=True).send_messages(batch) == 1
    assert [message.subject for message in smtp.messages] == ["good"]
    assert smtp.messages[0].rcpt_tos == ("ann@customer.example",)


def test_p52_an_encoding_that_does_not_exist_fails_alone(smtp: Served, partner_on: PartnerOn) -> None:
    bad = make_message(body="ü")
    bad.encoding = "no-such-charset"
    backend = EmailBackend(partner=partner_on(smtp.plain), fail_silently=True)
    assert backend.send_messages([make_message(subject="1"), bad, make_message(subject="2")]) == 2
    assert [message.subject for message in smtp.messages] == ["1", "2"]
    assert smtp.plain.connections == 1


# The log


def unprintable(**options: Any) -> NoReturn:
    raise ValueError("Invoice 42 for ann@customer.example cannot be printed")


def test_each_message_leaves_one_record_without_secrets_and_addresses(
    smtp: Served, partner_on: PartnerOn, caplog: pytest.LogCaptureFixture
) -> None:
    listener = smtp.listen(
        mode="ssl", rules=(on("RCPT", match="*<bad@*", reply="550 5.1.1 bad@customer.example unknown"),)
    )
    partner = partner_on(listener)
    batch = [
        make_message(),
        make_message(to=["bad@customer.example"]),
        make_message(to=["ann@customer.example", "bad@customer.example"]),
        make_message(),
    ]
    batch[3].message = unprintable  # type: ignore[method-assign]
    with caplog.at_level(logging.INFO, "wagtail_partner_smtp"):
        EmailBackend(partner=partner, fail_silently=True).send_messages(batch)
    records = [record for record in caplog.records if record.name == "wagtail_partner_smtp"]
    assert [record.levelname for record in records] == ["INFO", "ERROR", "WARNING", "ERROR"]
    name = f"{partner._meta.label_lower}:{partner.pk}"
    assert {(r.partner, r.host, r.port) for r in records} == {(name, "localhost", listener.port)}  # type: ignore[attr-defined]
    refused = records[1]
    assert (refused.code, refused.stage, refused.smtp_code) == ("recipient_unknown", "rcpt", 550)  # type: ignore[attr-defined]
    assert records[2].refused == 1  # type: ignore[attr-defined]
    assert records[2].getMessage() == f"Mail of {name} was sent, but: recipients refused: 1"
    text = text_of(records)
    assert "@" not in text
    assert PASSWORD not in text
    assert "Invoice" not in text


def test_p33_mail_does_not_leave_without_the_login_that_was_typed(
    smtp: Served, partner_on: PartnerOn, caplog: pytest.LogCaptureFixture
) -> None:
    listener = smtp.listen(mode="ssl", auth=())
    with pytest.raises(AuthError, match="auth_not_offered at auth"):
        EmailBackend(partner=partner_on(listener)).send_messages([make_message()])
    assert listener.messages == ()
    (record,) = caplog.records
    assert (record.levelname, record.code) == ("ERROR", "auth_not_offered")  # type: ignore[attr-defined]


# Django's ways to a backend


@pytest.mark.skipif(HAS_MAILERS, reason="MAILERS replace EMAIL_BACKEND")
def test_email_backend_is_enough_for_messages_with_a_partner(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = BACKEND
    message = make_message(partner_on(smtp.plain))
    assert message.send() == 1
    assert len(smtp.messages) == 1
    with pytest.raises(PartnerMissing):
        send_mail("Invoice", "Text", None, ["ann@customer.example"])
    assert send_mail("Invoice", "Text", None, ["ann@customer.example"], fail_silently=True) == 0


@pytest.mark.skipif(HAS_MAILERS, reason="MAILERS replace connections")
def test_a_message_may_have_the_backend_as_its_connection(smtp: Served, partner_on: PartnerOn) -> None:
    connection = mail.get_connection(BACKEND, partner=partner_on(smtp.plain), timeout=30)
    assert EmailMessage("Invoice", "Text", to=["a@b.example"], connection=connection).send() == 1
    assert smtp.messages[0].mail_from == EMAIL


@pytest.mark.skipif(not HAS_MAILERS, reason="MAILERS came with Django 6.1")
def test_mailers_may_be_made_for_a_partner(smtp: Served, partner_on: PartnerOn, settings: Settings) -> None:
    partner = partner_on(smtp.ssl)
    options = {"partner": partner.slug, "timeout": 30}
    settings.MAILERS = {
        "default": {"BACKEND": LOCMEM},
        "acme": {"BACKEND": BACKEND, "OPTIONS": options},
        "partners": {"BACKEND": BACKEND},
    }
    assert make_message().send(using="acme") == 1
    assert send_mail("Invoice", "Text", None, ["ann@customer.example"], using="acme") == 1
    assert make_message(partner).send(using="partners") == 1
    assert [message.session.user for message in smtp.messages] == [LOGIN] * 3
    with pytest.raises(PartnerMissing):
        make_message().send(using="partners")


@pytest.mark.skipif(not HAS_MAILERS, reason="MAILERS came with Django 6.1")
def test_an_unknown_option_of_a_mailer_is_refused(settings: Settings) -> None:
    from django.core.mail import InvalidMailer, mailers

    settings.MAILERS = {"acme": {"BACKEND": BACKEND, "OPTIONS": {"partner": "acme", "hostt": "x"}}}
    with pytest.raises(InvalidMailer, match="hostt"):
        mailers["acme"]


# Another transport


def test_a_transport_gets_the_finished_message_in_place_of_the_server(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    settings.PARTNER_SMTP_TRANSPORT = LOCMEM
    partner = partner_on(smtp.plain)
    message = make_message(partner, from_email="Ann <ann@site.example>", bcc=["bob@customer.example"])
    assert EmailBackend().send_messages([message]) == 1
    (sent,) = mail.outbox
    assert (sent.from_email, sent.reply_to) == (f"Ann <{EMAIL}>", ["Ann <ann@site.example>"])
    assert sent.recipients() == ["ann@customer.example", "bob@customer.example"]
    assert vars(sent)["partner"] == partner
    assert sent.message()["Message-ID"] == message.smtp_message_id  # type: ignore[attr-defined]
    assert partner.send_mail("Invoice", "Text", ["ann@customer.example"]) == 1
    assert len(mail.outbox) == 2
    assert smtp.plain.connections == 0


@pytest.mark.skipif(HAS_MAILERS, reason="MAILERS replace connections")
def test_a_transport_gets_messages_that_know_their_connection(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    settings.PARTNER_SMTP_TRANSPORT = LOCMEM
    connection = mail.get_connection(BACKEND, partner=partner_on(smtp.plain))
    message = EmailMessage("Invoice", "Text", to=["a@b.example"], connection=connection)
    assert message.send() == 1
    assert message.connection is connection
    assert len(mail.outbox) == 1


def test_a_transport_changes_nothing_about_who_may_send(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    settings.PARTNER_SMTP_TRANSPORT = LOCMEM
    with pytest.raises(PartnerInactive):
        EmailBackend().send_messages([make_message(partner_on(smtp.plain, active=False))])
    with pytest.raises(SettingsError):
        EmailBackend().send_messages([make_message(partner_on(smtp.plain, smtp_email=""))])
    assert mail.outbox == []


def test_a_partner_sends_with_all_that_a_mail_has(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.ssl)
    sent = partner.send_mail(
        "Invoice 42",
        "Text",
        ["ann@customer.example"],
        html_message="<p>Text</p>",
        cc=["bob@customer.example"],
        bcc=["archive@acme.example"],
        reply_to=["desk@acme.example"],
        headers={"X-Invoice": "42"},
        attachments=[("invoice.pdf", b"%PDF-1.7", "application/pdf")],
    )
    assert sent == 1
    assert smtp.messages[0].rcpt_tos == (
        "ann@customer.example",
        "bob@customer.example",
        "archive@acme.example",
    )
    received = smtp.messages[0].email
    assert (received["Cc"], received["Bcc"]) == ("bob@customer.example", None)
    assert (received["Reply-To"], received["X-Invoice"]) == ("desk@acme.example", "42")
    kinds = [part.get_content_type() for part in received.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "application/pdf"]


def test_a_partner_sends_messages_of_django_as_its_own(smtp: Served, partner_on: PartnerOn) -> None:
    partner, other = partner_on(smtp.plain), partner_on(smtp.listen())
    assert partner.send(make_message(other)) == 1
    assert partner.send_mails(make_message(to=[f"{name}@customer.example"]) for name in ("ann", "bob")) == 2
    assert {message.session.origin.port for message in smtp.messages} == {partner.smtp_port}
    assert (smtp.plain.connections, len(smtp.messages)) == (2, 3)


def test_the_first_message_that_fails_ends_a_group(smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain)
    with pytest.raises(SettingsError):
        partner.send_mails([make_message(), make_message(to=["nobody"]), make_message()])
    assert len(smtp.messages) == 1


@pytest.mark.django_db(transaction=True)
def test_the_event_loop_goes_on_while_a_message_is_sent(smtp: Served, partner_on: PartnerOn) -> None:
    released = threading.Event()
    listener = smtp.listen()
    partner = partner_on(listener)
    original = type(partner).send_mail

    def held(self: Any, *args: Any, **options: Any) -> int:
        assert released.wait(PATIENCE)
        return original(self, *args, **options)

    async def send_and_go_on() -> int:
        sending = asyncio.ensure_future(
            partner.asend_mail("Invoice", "Text", ["ann@customer.example"], cc=["bob@customer.example"])
        )
        await asyncio.sleep(0)
        released.set()
        try:
            return await sending
        finally:
            # The thread lives on, and with it the connection, which would keep the database from being dropped.
            await sync_to_async(connections.close_all)()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(partner), "send_mail", held)
        assert asyncio.run(send_and_go_on()) == 1
    assert smtp.messages[0].rcpt_tos == ("ann@customer.example", "bob@customer.example")


def test_secrets_are_not_in_the_representation(smtp: Served, partner_on: PartnerOn) -> None:
    with EmailBackend(partner=partner_on(smtp.plain)) as backend:
        backend.send_messages([make_message()])
        assert PASSWORD not in repr(vars(backend)) + repr(vars(backend._pool))
