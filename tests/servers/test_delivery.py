"""Mail that really arrives, or does not, through partners whose server is a real one."""

from __future__ import annotations

from collections.abc import Callable
from email.message import Message
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.mail import EmailMessage

from smtp_sandbox import OAuthServer
from tests.oauth.accounts import connect, site_settings
from tests.support.delivery import make_message
from tests.support.stopwatch import PATIENCE
from wagtail_partner_smtp.delivery.backend import EmailBackend
from wagtail_partner_smtp.models import AbstractPartner, Partner, get_partner_model
from wagtail_partner_smtp.smtp import SMTPError

from .accounts import COLLEAGUE, WITHOUT_LOGIN, WRONG_PASSWORD, Values, account
from .daemon import EMAIL, LOGIN, MailServer

pytestmark = [pytest.mark.servers, pytest.mark.django_db]

# What has to be told from the end of the message, cannot be sent as it is, or is longer than a line may be.
BODY = f"Grüße!\n.\n..\nFrom here\n{'x' * 2000}\n"
TO = ["ann@customer.example", "bob@customer.example"]
PartnerOn = Callable[..., AbstractPartner]
_numbers = count(1)


@pytest.fixture
def partner_on(settings: Any) -> PartnerOn:
    """``partner_on(server, listener, security, **values)``: a saved partner with the account there."""
    settings.PARTNER_SMTP_SEND_TIMEOUT = PATIENCE

    def make(server: MailServer, listener: str, security: str, **values: Any) -> AbstractPartner:
        settings.PARTNER_SMTP_CA_FILE = str(server.ca_file)
        settings.PARTNER_SMTP_ALLOWED_NETWORKS = [f"127.0.0.0/8:{server.ports[listener]}"]
        given = account(server, listener, security, **values)
        name = f"acme-{next(_numbers)}"
        partner = get_partner_model()(
            name=name,
            slug=name,
            smtp_host=given.host,
            smtp_port=given.port,
            smtp_login=given.login,
            smtp_email=given.email,
            smtp_security=given.security.value,
        )
        if given.password:
            partner.set_smtp_password(given.password)
        partner.save()
        return partner

    return make


def message_for(partner: AbstractPartner, **values: Any) -> EmailMessage:
    """A message with a subject of its own."""
    return make_message(partner, **{"subject": f"Invoice {uuid4()}", "body": BODY, "to": TO} | values)


def send(message: EmailMessage) -> int:
    return EmailBackend().send_messages([message])


def arrived(server: MailServer, message: EmailMessage, recipient: str) -> Message:
    return server.received(str(message.subject), recipient)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> MailServer:
    found: MailServer = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.mark.parametrize(
    ("server", "listener", "security", "protocol"),
    [
        ("postfix", "clear", "none", "ESMTPA"),
        ("postfix", "submission", "tls", "ESMTPSA"),
        ("postfix", "submissions", "ssl", "ESMTPSA"),
        ("exim", "clear", "none", "esmtpa"),
        ("exim", "submission", "tls", "esmtpsa"),
        ("exim", "submissions", "ssl", "esmtpsa"),
    ],
    indirect=["server"],
)
def test_a_message_arrives(
    server: MailServer, partner_on: PartnerOn, listener: str, security: str, protocol: str
) -> None:
    message = message_for(partner_on(server, listener, security))
    assert send(message) == 1
    received = [arrived(server, message, recipient) for recipient in TO]
    for each in received:
        assert (each["From"], each["Return-Path"]) == (EMAIL, f"<{EMAIL}>")
        assert f" with {protocol} " in " ".join(each["Received"].split())
        payload = each.get_payload(decode=True)
        assert isinstance(payload, bytes)
        assert payload.decode().replace("\r\n", "\n") == BODY
    assert len({each["Message-ID"] for each in received}) == 1


@pytest.mark.parametrize(("listener", "security"), [("submission", "tls"), ("submissions", "ssl")])
def test_a_message_arrives_through_dovecot_at_its_relay(
    postfix_server: MailServer,
    dovecot_server: MailServer,
    partner_on: PartnerOn,
    listener: str,
    security: str,
) -> None:
    message = message_for(partner_on(dovecot_server, listener, security))
    assert send(message) == 1
    assert arrived(dovecot_server, message, TO[1])["Return-Path"] == f"<{EMAIL}>"


@pytest.mark.parametrize("server", ["postfix", "dovecot"], indirect=True)
def test_a_message_arrives_by_a_token_of_the_oauth_server(
    postfix_server: MailServer,
    server: MailServer,
    oauth_server: OAuthServer,
    partner_on: PartnerOn,
    settings: Any,
    tmp_path: Path,
) -> None:
    """The whole way among strangers: whoever gives the token and whoever takes it know nothing of this site."""
    partner = partner_on(server, "submission", "tls", password="")
    assert isinstance(partner, Partner)
    authorities = tmp_path / "authorities.pem"
    authorities.write_text(server.ca_file.read_text() + Path(oauth_server.ca_file).read_text())
    settings.PARTNER_SMTP_CA_FILE = str(authorities)
    settings.PARTNER_SMTP_ALLOWED_NETWORKS.append(f"127.0.0.1:{oauth_server.port}")
    settings.PARTNER_SMTP_OAUTH = site_settings(oauth_server, acme={"hosts": [server.host]})
    partner.smtp_auth, partner.smtp_oauth_provider = "oauth", "acme"
    partner.save()
    asked = len(oauth_server.token_requests())

    connected = connect(partner, oauth_server, LOGIN)
    messages = [message_for(connected) for _ in range(3)]
    for message in messages:
        assert send(message) == 1

    for message in messages:
        assert arrived(server, message, TO[0])["Return-Path"] == f"<{EMAIL}>"
    # The first message's token does for all.
    assert len(oauth_server.token_requests()) - asked == 1


@pytest.mark.parametrize("server", ["postfix", "exim"], indirect=True)
def test_a_refused_recipient_does_not_keep_the_message_from_the_other(
    server: MailServer, partner_on: PartnerOn
) -> None:
    unknown = "nobody@example.org"
    message = message_for(partner_on(server, "submission", "tls"), to=[unknown, TO[0]])
    assert send(message) == 1
    assert arrived(server, message, TO[0])
    receipt = message.smtp_receipt  # type: ignore[attr-defined]
    assert [(address, reply.code) for address, reply in receipt.refused.items()] == [(unknown, 550)]


@pytest.mark.parametrize("server", ["postfix", "exim"], indirect=True)
def test_messages_share_a_session(server: MailServer, partner_on: PartnerOn) -> None:
    partner = partner_on(server, "submission", "tls")
    messages = [message_for(partner, to=TO[:1]) for _ in range(3)]
    assert EmailBackend().send_messages(messages) == 3
    assert all(arrived(server, message, TO[0]) for message in messages)


Case = tuple[str, str, str, Values, str, str]
REFUSALS: list[Case] = [
    ("postfix", "submission", "tls", WRONG_PASSWORD, "auth_failed", "auth"),
    ("exim", "submission", "tls", WRONG_PASSWORD, "auth_failed", "auth"),
    ("dovecot", "submission", "tls", WRONG_PASSWORD, "auth_failed", "auth"),
    ("postfix", "untrusted-ssl", "ssl", {}, "certificate_unknown_issuer", "connect"),
    ("postfix", "untrusted-starttls", "tls", {}, "certificate_unknown_issuer", "starttls"),
    ("exim", "untrusted-ssl", "ssl", {}, "certificate_unknown_issuer", "connect"),
    ("exim", "untrusted-starttls", "tls", {}, "certificate_unknown_issuer", "starttls"),
    ("postfix", "no-starttls", "tls", {}, "starttls_not_offered", "starttls"),
    ("postfix", "client-certificate-1.3-ssl", "ssl", {}, "client_certificate_required", "connect"),
    ("postfix", "owners-logged-in", "ssl", COLLEAGUE, "sender_not_owned", "rcpt"),
    ("exim", "owners-only", "ssl", COLLEAGUE, "recipients_refused", "rcpt"),
    ("postfix", "small", "ssl", {}, "message_too_large", "mail"),
    ("postfix", "greylist", "ssl", {}, "sender_temporary", "rcpt"),
    ("postfix", "full", "ssl", {}, "server_busy", "mail"),
    # The connection test takes these, since the sender is of a domain of the server's own.
    ("postfix", "login-anywhere", "tls", WITHOUT_LOGIN, "login_required", "rcpt"),
    ("postfix", "incoming", "tls", WITHOUT_LOGIN, "relay_refused", "rcpt"),
    ("exim", "incoming", "tls", WITHOUT_LOGIN, "recipients_refused", "rcpt"),
]


@pytest.mark.parametrize(
    ("server", "listener", "security", "values", "code", "stage"), REFUSALS, indirect=["server"]
)
def test_what_is_not_delivered_is_told(
    server: MailServer,
    partner_on: PartnerOn,
    listener: str,
    security: str,
    values: Values,
    code: str,
    stage: str,
) -> None:
    message = message_for(partner_on(server, listener, security, **values))
    with pytest.raises(SMTPError) as raised:
        send(message)
    assert (raised.value.code, raised.value.stage) == (code, stage)
    assert message.smtp_receipt is None  # type: ignore[attr-defined]


def test_the_login_is_the_partner_s(postfix_server: MailServer, partner_on: PartnerOn) -> None:
    message = message_for(partner_on(postfix_server, "submissions", "ssl"))
    send(message)
    received = arrived(postfix_server, message, TO[0])["Received"]
    assert f"(Authenticated sender: {LOGIN})" in received
