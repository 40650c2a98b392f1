"""The test email: to nobody but the user who asks, on the way that all mail of the partner takes."""

from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from django.utils import translation
from wagtail.models import ModelLogEntry

from smtp_sandbox import Listener, on
from smtp_sandbox.pytest_plugin import Served
from tests.smtp.accounts import FLOWS
from tests.support.admin import (
    HTTP_AJAX,
    RIGHT,
    WRONG,
    account_of,
    client_of,
    listen,
    make_partner,
    permit,
    reach,
    read_again,
    url,
    values_of,
)
from tests.support.paths import DOCS
from tests.support.threads import at_once, usual_transactions
from tests.support.transactions import depths_within, transaction_depth
from wagtail_partner_smtp import audit, conf
from wagtail_partner_smtp.admin.history import SentEmailFormatter
from wagtail_partner_smtp.connection_test import email, leases
from wagtail_partner_smtp.models import AbstractPartner, ConnectionTestLease
from wagtail_partner_smtp.smtp.settings import DELIVERY_STAGES

pytestmark = pytest.mark.django_db

OWN, OTHER = "editor@example.com", "somebody-else@example.com"
DOCUMENT = DOCS / "connection-test.md"
MODES = ("plain", "ssl", "starttls")


@pytest.fixture
def manager(editor: User) -> User:
    return permit(editor, "change", "manage")


@pytest.fixture
def client(manager: User) -> Client:
    return client_of(manager)


@pytest.fixture
def server(smtp: Served, settings: Any) -> Listener:
    return listen(smtp, settings)


@pytest.fixture
def partner(server: Listener) -> AbstractPartner:
    return make_partner(**account_of(server), password=RIGHT)


def send(client: Client, partner: AbstractPartner, **values: str) -> tuple[int, dict[str, Any]]:
    """Press Send test email."""
    response = client.post(url("send_test_email", partner), values, headers=HTTP_AJAX)
    return response.status_code, json.loads(response.content)


def stages(report: dict[str, Any]) -> dict[str, str]:
    return {stage["name"]: stage["status"] for stage in report["stages"]}


def reply_at(report: dict[str, Any], name: str) -> str:
    return next(str(stage["reply"]) for stage in report["stages"] if stage["name"] == name)


# What arrives


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("login", ["user", ""])
def test_it_arrives_in_every_mode_with_the_right_envelope(
    client: Client, smtp: Served, settings: Any, mode: str, login: str
) -> None:
    server = listen(smtp, settings, mode=mode, auth_required=bool(login))
    partner = make_partner(
        **account_of(server, smtp_login=login, smtp_email="billing@acme.example"),
        password=RIGHT if login else "",
    )
    status, report = send(client, partner)
    assert (status, report["ok"], report["deliverable"], report["error"]) == (200, True, True, None)
    assert report["headline"] == "The server has accepted the test email. Look for it in your mail."
    (message,) = server.messages
    assert (message.mail_from, message.rcpt_tos) == ("billing@acme.example", (OWN,))
    assert message.session.user == (login or None)
    assert bool(message.session.tls) == (mode != "plain")
    assert server.connections == 1


def test_it_says_what_it_is_and_that_nothing_is_to_be_done(
    client: Client, partner: AbstractPartner, server: Listener
) -> None:
    _, report = send(client, partner)
    email = server.messages[0].email
    assert email["Subject"] == "Test email for Acme (Test project)"
    assert (email["From"], email["To"]) == ("user@example.com", OWN)
    assert email["Auto-Submitted"] == "auto-generated"
    assert (email.get_content_type(), email.is_multipart()) == ("text/plain", False)
    text = email.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert "This is a test email for Acme from the site Test project." in text
    assert f"It was sent through smtp://localhost:{server.port} on " in text
    assert "UTC" in text
    assert "No action is needed." in text
    assert RIGHT not in text.split()
    assert report["notes"] == [f"To: {OWN}", f"Message-ID: {email['Message-ID']}"]
    assert email["Message-ID"].endswith("@example.com>")


def test_it_is_in_the_language_of_the_user(partner: AbstractPartner) -> None:
    with translation.override("de"):
        message = email.compose(partner, OWN, "smtp://x:25")
    assert "smtp://x:25" in str(message.body)


def test_the_stages_are_those_of_a_delivery_with_the_servers_words(
    client: Client, partner: AbstractPartner, server: Listener
) -> None:
    _, report = send(client, partner)
    assert [stage["name"] for stage in report["stages"]] == [str(stage) for stage in DELIVERY_STAGES]
    assert stages(report) == dict.fromkeys(stages(report), "ok") | {"token": "skipped", "starttls": "skipped"}
    assert [stage["title"] for stage in report["stages"]][-4:] == [
        "Sender",
        "Recipients",
        "Message",
        "Goodbye",
    ]
    for name in ("connect", "ehlo", "auth", "mail", "rcpt", "data", "quit"):
        assert reply_at(report, name)[:1] == "2"
    messages = {stage["name"]: stage["message"] for stage in report["stages"]}
    assert messages["mail"] == "The server accepts mail from user@example.com."
    assert messages["rcpt"] == "The server accepts mail for 1 recipient."
    assert messages["data"] == "The server has accepted the message."
    assert report["parameters"]["address"] == f"smtp://localhost:{server.port}"
    assert report["parameters"]["password_set"] is True
    assert "PIPELINING" in report["extensions"]


def test_the_certificate_is_told(client: Client, smtp: Served, settings: Any) -> None:
    server = listen(smtp, settings, mode="starttls")
    _, report = send(client, make_partner(**account_of(server), password=RIGHT))
    assert (report["tls"]["verified"], len(report["tls"]["sha256"])) == (True, 64)


@pytest.mark.django_db(transaction=True)
def test_it_counts_as_mail_that_was_sent_but_not_as_a_test(client: Client, partner: AbstractPartner) -> None:
    _, report = send(client, partner)
    saved = read_again(partner)
    assert saved.smtp_last_mail_at is not None
    assert (saved.smtp_status, saved.smtp_tested_at, report["badge"]["status"]) == ("ok", None, "ok")


# To nobody else


def test_p13_no_request_can_name_another_address(
    client: Client, partner: AbstractPartner, server: Listener
) -> None:
    names = (
        "to",
        "email",
        "address",
        "recipient",
        "recipients",
        "cc",
        "bcc",
        "user",
        "user_email",
        "smtp_email",
    )
    status, _ = send(client, partner, **dict.fromkeys(names, OTHER))
    assert status == 200
    assert [message.rcpt_tos for message in server.messages] == [(OWN,)]
    assert server.messages[0].mail_from == "user@example.com"
    assert OTHER not in server.messages[0].email.as_string()


def test_what_was_typed_is_not_used(
    client: Client, partner: AbstractPartner, server: Listener, smtp: Served, settings: Any
) -> None:
    other = smtp.listen("honest")
    reach(settings, smtp.ca_file, server, other)
    status, report = send(client, partner, smtp_port=str(other.port), smtp_password=WRONG)
    assert (status, report["parameters"]["port"]) == (200, server.port)
    assert other.connections == 0


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example\nRCPT TO:<c@d.example>",
        "a@b.example>,<c@d.example",
        "a@b.example, c@d.example",
        "Ann <a@b.example>",
    ],
)
def test_p31_an_address_that_is_none_is_refused_without_a_connection(
    client: Client, manager: User, partner: AbstractPartner, server: Listener, address: str
) -> None:
    User.objects.filter(pk=manager.pk).update(email=address)
    status, report = send(client, partner)
    assert (status, report["error"]["code"]) == (400, "user_email_missing")
    assert report["error"]["field"] == ""
    assert stages(report)["settings"] == "failed"
    assert (server.connections, list(ModelLogEntry.objects.all())) == (0, [])


def test_p31_an_address_that_no_database_takes_is_none() -> None:
    assert email.own_address(User(email="a@b.example\0")) == ""
    assert email.own_address(User(email="a@b.example")) == "a@b.example"


HOSTILE = "Acme\r\nBcc: c@d.example\r\n\r\nX\x1b[2J\u202e"


def test_p31_names_cannot_add_headers_or_lines(
    client: Client, partner: AbstractPartner, server: Listener, settings: Any
) -> None:
    settings.WAGTAIL_SITE_NAME = HOSTILE
    type(partner)._default_manager.update(name=HOSTILE)
    status, _ = send(client, partner)
    assert status == 200
    (message,) = server.messages
    assert message.rcpt_tos == (OWN,)
    assert message.email["Bcc"] is None
    # A long subject may begin on its second line, behind the blank that folds it.
    subject = message.email["Subject"].lstrip()
    assert subject == "Test email for Acme Bcc: c@d.example X[2J (Acme Bcc: c@d.example X[2J)"
    text = message.email.get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert "This is a test email for Acme Bcc: c@d.example X[2J from the site Acme Bcc:" in text
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_long_names_are_cut(
    client: Client, partner: AbstractPartner, server: Listener, settings: Any
) -> None:
    settings.WAGTAIL_SITE_NAME = "Ä" * 5000
    assert send(client, partner)[0] == 200
    assert server.messages[0].email["Subject"].strip() == f"Test email for Acme ({'Ä' * 100})"


@pytest.mark.parametrize("name", [None, ""])
def test_a_site_without_a_name_is_called_wagtail(partner: AbstractPartner, settings: Any, name: Any) -> None:
    settings.WAGTAIL_SITE_NAME = name
    assert email.compose(partner, OWN, "x").subject == "Test email for Acme (Wagtail)"


# Who may


@pytest.mark.parametrize("actions", [(), ("view",), ("add", "change"), ("manage",), ("add", "manage")])
def test_p13_it_needs_change_and_manage(
    editor: User, partner: AbstractPartner, server: Listener, actions: tuple[str, ...]
) -> None:
    status, _ = send(client_of(permit(editor, *actions)), partner)
    assert (status, server.connections) == (403, 0)
    assert not ModelLogEntry.objects.exists()


def test_p13_logged_out_is_403(partner: AbstractPartner, server: Listener) -> None:
    assert Client().post(url("send_test_email", partner), headers=HTTP_AJAX).status_code == 403
    assert server.connections == 0


def test_p13_without_csrf_token_is_403(manager: User, partner: AbstractPartner, server: Listener) -> None:
    client = client_of(manager, enforce_csrf_checks=True)
    assert client.post(url("send_test_email", partner), headers=HTTP_AJAX).status_code == 403
    assert server.connections == 0


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_p13_anything_but_post_is_405(
    client: Client, partner: AbstractPartner, server: Listener, method: str
) -> None:
    assert getattr(client, method)(url("send_test_email", partner), headers=HTTP_AJAX).status_code == 405
    assert server.connections == 0


def nobody(user: User, partner: Any) -> bool:
    return False


def test_p14_site_decides_per_partner(
    client: Client, partner: AbstractPartner, server: Listener, settings: Any
) -> None:
    settings.PARTNER_SMTP_CAN_MANAGE = f"{__name__}.nobody"
    assert send(client, partner)[0] == 403
    assert server.connections == 0


def test_unknown_partner_is_404(manager: User, partner: AbstractPartner) -> None:
    client = client_of(permit(manager, "add"))
    address = url("send_test_email", partner)
    partner.delete()
    assert client.post(address, headers=HTTP_AJAX).status_code == 404


# What goes wrong


def test_p27_a_wrong_password_is_told_at_its_field_and_in_the_log_once(
    client: Client, server: Listener, caplog: pytest.LogCaptureFixture
) -> None:
    partner = make_partner(**account_of(server), password=WRONG)
    with caplog.at_level(logging.DEBUG):
        status, report = send(client, partner)
    assert (status, report["ok"], report["headline"]) == (400, False, "The test email was not sent.")
    error = report["error"]
    assert (error["code"], error["stage"], error["field"]) == ("auth_failed", "auth", "smtp_password")
    assert error["hint"]
    assert stages(report)["auth"] == "failed"
    assert {stages(report)[name] for name in ("mail", "rcpt", "data")} == {"skipped"}
    assert report["notes"] == [f"To: {OWN}"]
    assert server.count("AUTH") == 1
    records = [record for record in caplog.records if record.name == "wagtail_partner_smtp"]
    assert [(each.levelname, vars(each)["code"]) for each in records] == [("ERROR", "auth_failed")]
    assert WRONG not in caplog.text


REFUSALS = [
    ("MAIL", "550 5.7.1 not yours", "sender_not_owned", "mail", "smtp_email"),
    ("RCPT", "550 5.1.1 who is that?", "recipient_unknown", "rcpt", ""),
    ("RCPT", "450 4.2.0 later", "sender_temporary", "rcpt", ""),
    ("DATA", "554 5.6.0 no", "data_refused", "data", ""),
    ("DATA-END", "554 5.7.1 looks like spam", "content_refused", "data", ""),
]


@pytest.mark.parametrize(("verb", "reply", "code", "stage", "field"), REFUSALS)
def test_a_refusal_is_told_at_its_stage_with_the_servers_words(
    client: Client, smtp: Served, settings: Any, verb: str, reply: str, code: str, stage: str, field: str
) -> None:
    server = listen(smtp, settings, rules=(on(verb, reply=reply),), extensions=FLOWS["pipelining"])
    status, report = send(client, make_partner(**account_of(server), password=RIGHT))
    error = report["error"]
    assert (status, error["code"], error["stage"], error["field"]) == (400, code, stage, field)
    assert (error["smtp_code"], error["enhanced_code"]) == (int(reply[:3]), reply.split()[1])
    names = list(stages(report))
    assert stages(report)[stage] == "failed"
    assert all(stages(report)[name] in {"ok", "skipped"} for name in names[: names.index(stage)])
    assert reply_at(report, stage) == reply
    assert stages(report)["quit"] == "ok"
    assert server.messages == ()


def test_p42_an_unknown_outcome_is_told_as_such(client: Client, smtp: Served, settings: Any) -> None:
    server = listen(smtp, settings, "drop-after-dot")
    partner = make_partner(**account_of(server), password=RIGHT)
    status, report = send(client, partner)
    assert (status, report["error"]["code"]) == (400, "outcome_unknown")
    assert report["headline"] == "It is not known whether the test email was sent."
    assert report["notes"][1].startswith("Message-ID: <")
    entry = ModelLogEntry.objects.get()
    assert SentEmailFormatter().outcome(entry) == "Sent a test email without learning whether it was accepted"


def test_the_text_for_the_support_has_the_message_id_but_no_address(
    client: Client, smtp: Served, settings: Any
) -> None:
    server = listen(smtp, settings, rules=(on("QUIT", reply=f"221 2.0.0 Bye <{OWN}>"),))
    partner = make_partner(**account_of(server), password=RIGHT)
    _, report = send(client, partner)
    message_id = server.messages[0].email["Message-ID"]
    assert f"  Message-ID: {message_id}\n" in report["text"]
    assert "The server has accepted the test email." in report["text"]
    assert "«221 2.0.0 Bye <ed…@example.com>»" in report["text"]
    assert OWN not in report["text"]


def test_the_text_of_a_message_that_was_not_sent_has_no_message_id(
    client: Client, smtp: Served, settings: Any
) -> None:
    server = listen(smtp, settings, rules=(on("RCPT", reply="550 5.1.1 no"),))
    _, report = send(client, make_partner(**account_of(server), password=RIGHT))
    assert "The test email was not sent." in report["text"]
    assert "Message-ID" not in report["text"]


def test_p22_bad_certificate_is_never_accepted(client: Client, smtp: Served, settings: Any) -> None:
    server = listen(smtp, settings, mode="ssl", certificate="self-signed")
    partner = make_partner(**account_of(server), password=RIGHT)
    status, report = send(client, partner)
    assert (status, report["error"]["code"]) == (400, "certificate_self_signed")
    assert len(report["tls"]["sha256"]) == 64
    assert (server.connections, server.count("AUTH")) == (1, 0)


def test_p27_echoed_login_is_redacted(
    client: Client, smtp: Served, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "Zq7-öffne-dich-7391"
    echo = base64.b64encode(f"\0user\0{secret}".encode()).decode()
    server = listen(
        smtp, settings, rules=(on("AUTH", reply=f"535 5.7.8 {echo} {secret} is wrong <img src=x>"),)
    )
    settings.PARTNER_SMTP_DEBUG_LEVEL = 1
    with caplog.at_level(logging.DEBUG):
        status, report = send(client, make_partner(**account_of(server), password=secret))
    assert status == 400
    for text in (json.dumps(report, ensure_ascii=False), caplog.text, str(ModelLogEntry.objects.values())):
        assert echo not in text
        assert secret not in text
    assert "<img src=x>" in reply_at(report, "auth")
    assert "img" not in str(ModelLogEntry.objects.values())


def test_p28_answer_is_json_that_is_neither_cached_nor_sniffed(
    client: Client, partner: AbstractPartner
) -> None:
    response = client.post(url("send_test_email", partner), headers=HTTP_AJAX)
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]


def test_p50_an_inactive_partner_is_refused_with_its_own_sentence(
    client: Client, partner: AbstractPartner, server: Listener
) -> None:
    type(partner)._default_manager.update(active=False)
    status, report = send(client, partner)
    assert (status, report["error"]["code"]) == (400, "partner_inactive")
    assert report["error"]["message"] == "This partner is not active, so nothing is sent."
    assert report["parameters"]["password_set"] is True
    assert stages(report)["settings"] == "failed"
    assert server.connections == 0


def test_p37_unreadable_password_is_told_without_a_connection(
    client: Client, partner: AbstractPartner, server: Listener, settings: Any
) -> None:
    settings.PARTNER_SMTP_KEYS = ["another key " * 4]
    status, report = send(client, partner)
    assert (status, report["error"]["code"]) == (400, "password_unreadable")
    assert (report["error"]["field"], server.connections) == ("smtp_password", 0)
    assert report["parameters"]["login"] == "user"


@pytest.mark.parametrize(
    ("columns", "code", "field"),
    [
        ({"smtp_host": ""}, "host_missing", "smtp_host"),
        ({"smtp_email": ""}, "email_missing", "smtp_email"),
        ({"smtp_email": "a@b.example\r\nRSET"}, "control_characters", "smtp_email"),
        ({"smtp_security": "ssh"}, "security_invalid", "smtp_security"),
    ],
)
def test_p31_an_account_that_cannot_be_used_is_told_without_a_connection(
    client: Client, server: Listener, columns: dict[str, str], code: str, field: str
) -> None:
    partner = make_partner(**account_of(server, smtp_login=""), password="")
    type(partner)._default_manager.update(**columns)
    status, report = send(client, partner)
    assert (status, report["error"]["code"], report["error"]["field"]) == (400, code, field)
    assert server.connections == 0


@pytest.mark.parametrize("profile", ["silent", "drip"])
def test_p16_one_deadline_for_all_of_it(client: Client, smtp: Served, settings: Any, profile: str) -> None:
    server = listen(smtp, settings, profile, mode="plain")
    settings.PARTNER_SMTP_TEST_TIMEOUT = 1.0
    settings.PARTNER_SMTP_SEND_TIMEOUT = 3600.0
    status, report = send(client, make_partner(**account_of(server), password=RIGHT))
    assert status == 400
    assert report["error"]["code"] in {"deadline_passed", "reply_unfinished"}


def test_p16_the_deadline_holds_for_a_server_that_is_slow_at_every_step(
    client: Client, smtp: Served, settings: Any
) -> None:
    rules = tuple(on(verb, delay=1.5) for verb in ("AUTH", "MAIL", "RCPT", "DATA"))
    server = listen(smtp, settings, rules=rules, extensions=FLOWS["plain"])
    settings.PARTNER_SMTP_TEST_TIMEOUT = 3.0
    status, report = send(client, make_partner(**account_of(server), password=RIGHT))
    assert (status, report["error"]["code"]) == (400, "deadline_passed")


# Another transport


def test_a_replaced_transport_is_told_honestly(
    client: Client, partner: AbstractPartner, server: Listener, settings: Any
) -> None:
    path = "django.core.mail.backends.locmem.EmailBackend"
    settings.PARTNER_SMTP_TRANSPORT = path
    status, report = send(client, partner)
    assert (status, report["ok"], report["deliverable"], server.connections) == (200, True, False, 0)
    assert report["headline"] == "The test email was made, but not sent through the server."
    (warning,) = report["warnings"]
    assert warning["code"] == "transport_replaced"
    assert path in warning["message"]
    assert stages(report)["data"] == "warning"
    assert {stages(report)[name] for name in ("connect", "auth", "mail", "rcpt")} == {"skipped"}
    (message,) = mail.outbox
    assert message.to == [OWN]
    assert f"It was sent through {path} on " in message.body
    entry = ModelLogEntry.objects.get()
    assert SentEmailFormatter().outcome(entry) == "Made a test email that did not go through the mail server"


class BrokenTransport(BaseEmailBackend):
    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        raise OSError("no such spool")


def test_a_transport_that_breaks_is_told_as_a_fault_of_the_site(
    client: Client, partner: AbstractPartner, settings: Any
) -> None:
    settings.PARTNER_SMTP_TRANSPORT = f"{__name__}.{BrokenTransport.__name__}"
    status, report = send(client, partner)
    assert (status, report["ok"], report["error"]["code"]) == (400, False, "internal_error")
    assert stages(report)["data"] == "failed"
    assert "spool" not in json.dumps(report)


# One at a time


def test_p15_busy_is_400_with_retry_after_and_no_error_in_the_log(
    client: Client,
    partner: AbstractPartner,
    server: Listener,
    superuser: User,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with leases.hold(partner, superuser):
        response = client.post(url("send_test_email", partner), headers=HTTP_AJAX)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "busy")
    assert int(response["Retry-After"]) >= 1
    assert server.connections == 0
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert not ModelLogEntry.objects.exists()
    assert send(client, partner)[0] == 200


@pytest.fixture
def long_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than any machine takes for a test."""
    monkeypatch.setattr(leases, "PAUSE", timedelta(hours=1))


@pytest.mark.usefixtures("long_pause")
def test_p15_the_next_one_has_to_wait_whatever_the_partner(
    client: Client, partner: AbstractPartner, server: Listener, superuser: User
) -> None:
    other = make_partner(slug="other", **account_of(server), password=RIGHT)
    assert send(client, partner)[0] == 200
    for each in (partner, other):
        response = client.post(url("send_test_email", each), headers=HTTP_AJAX)
        assert (response.status_code, response.json()["error"]["code"]) == (400, "too_soon")
        assert 3000 < int(response["Retry-After"]) <= 3600
    assert send(client_of(superuser), other)[0] == 200
    assert len(server.messages) == 2
    ConnectionTestLease.objects.filter(key__startswith="email:").update(expires="2020-01-01T00:00:00Z")
    assert send(client, partner)[0] == 200


@pytest.mark.usefixtures("long_pause")
def test_the_answer_and_the_page_say_how_long_the_pause_is(
    client: Client, partner: AbstractPartner, manager: User
) -> None:
    assert leases.email_pause(manager) == 0
    for _ in ("sent", "refused"):
        assert 3000 < send(client, partner)[1]["wait"] <= 3600
    type(partner)._default_manager.update(smtp_status="ok")
    page = client.get(url("edit", partner)).content.decode()
    assert re.search(r'email-wait-value="3[456]\d\d"', page)


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "PAUSE", timedelta(0))


@pytest.mark.usefixtures("no_pause")
def test_p15_a_user_s_test_emails_of_a_day_are_limited_over_partners_and_addresses(
    client: Client, partner: AbstractPartner, server: Listener, manager: User, superuser: User, settings: Any
) -> None:
    settings.PARTNER_SMTP_TEST_EMAILS_PER_DAY = 2
    other = make_partner(slug="other", **account_of(server), password=RIGHT)
    assert send(client, partner)[1]["wait"] == 0
    User.objects.filter(pk=manager.pk).update(email=OTHER)
    assert 86_000 < send(client, other)[1]["wait"] <= 86_400
    User.objects.filter(pk=manager.pk).update(email="third@example.com")
    for each in (partner, other):
        response = client.post(url("send_test_email", each), headers=HTTP_AJAX)
        report = response.json()
        assert (response.status_code, report["error"]["code"]) == (400, "test_email_limit")
        assert 86_000 < int(response["Retry-After"]) == report["wait"] <= 86_400
    assert [message.rcpt_tos for message in server.messages] == [(OWN,), (OTHER,)]
    assert ModelLogEntry.objects.count() == 2
    assert send(client_of(superuser), partner)[0] == 200
    oldest = ModelLogEntry.objects.filter(user=manager).earliest("timestamp")
    ModelLogEntry.objects.filter(pk=oldest.pk).update(timestamp=oldest.timestamp - timedelta(hours=24))
    assert send(client, partner)[0] == 200


@pytest.mark.usefixtures("no_pause")
def test_p15_a_refused_recipient_counts_as_well(client: Client, smtp: Served, settings: Any) -> None:
    settings.PARTNER_SMTP_TEST_EMAILS_PER_DAY = 1
    server = listen(smtp, settings, rules=(on("RCPT", reply="550 5.1.1 who is that?"),))
    partner = make_partner(**account_of(server), password=RIGHT)
    codes = [send(client, partner)[1]["error"]["code"] for _ in range(2)]
    assert codes == ["recipient_unknown", "test_email_limit"]
    assert server.connections == 1


def test_the_limit_is_the_documented_one() -> None:
    assert conf.test_emails_per_day() == 20
    assert "ask for 20 (`PARTNER_SMTP_TEST_EMAILS_PER_DAY`)" in DOCUMENT.read_text()


def test_p15_a_test_of_the_connection_does_not_have_to_wait(client: Client, partner: AbstractPartner) -> None:
    assert send(client, partner)[0] == 200
    response = client.post(url("test_connection", partner), values_of(partner), headers=HTTP_AJAX)
    assert response.status_code == 200


def test_p15_the_pause_is_the_documented_one() -> None:
    assert timedelta(seconds=10) == leases.PAUSE
    assert "ten seconds" in DOCUMENT.read_text()


@pytest.mark.usefixtures("long_pause")
@pytest.mark.django_db(transaction=True)
def test_p15_twenty_presses_at_once_send_one_email(smtp: Served, settings: Any, superuser: User) -> None:
    server = listen(smtp, settings)
    settings.PARTNER_SMTP_MAX_CONCURRENT_TESTS = 20
    with usual_transactions():
        partner = make_partner(**account_of(server), password=RIGHT)
        clients = [client_of(superuser) for _ in range(20)]
        answers = at_once(lambda client: send(client, partner), clients)
    codes = sorted((report["error"] or {"code": ""})["code"] for _, report in answers)
    assert codes == [""] + ["too_soon"] * 19
    assert len(server.messages) == 1


def test_no_transaction_is_open_while_the_network_is_waited_for(
    client: Client, partner: AbstractPartner, monkeypatch: pytest.MonkeyPatch
) -> None:
    depths = depths_within(monkeypatch, email, "send")
    send(client, partner)
    assert depths == [transaction_depth()]


# The history


def test_the_history_says_who_sent_one_and_how_it_ended(
    client: Client, partner: AbstractPartner, server: Listener, manager: User
) -> None:
    send(client, partner)
    entry = ModelLogEntry.objects.get()
    assert (entry.action, entry.user, entry.data) == (
        audit.SEND_TEST_EMAIL,
        manager,
        {"outcome": "sent", "code": ""},
    )
    page = client.get(url("history", partner)).content.decode()
    assert "Sent a test email" in page
    assert OWN not in page.split("<tbody>")[1]


def test_the_history_says_that_one_failed_but_not_what_the_server_said(
    client: Client, smtp: Served, settings: Any
) -> None:
    server = listen(smtp, settings, rules=(on("RCPT", reply="550 5.1.1 words-of-the-server"),))
    partner = make_partner(**account_of(server), password=RIGHT)
    send(client, partner)
    entry = ModelLogEntry.objects.get()
    assert SentEmailFormatter().outcome(entry) == "Could not send a test email"
    assert entry.data == {"outcome": "failed", "code": "recipient_unknown"}
    assert "words-of-the-server" not in client.get(url("history", partner)).content.decode()


def test_an_entry_of_another_version_is_read_without_an_error() -> None:
    entry = ModelLogEntry(data={})
    assert SentEmailFormatter().outcome(entry) == "Could not send a test email"


@pytest.mark.django_db(transaction=True)
def test_it_tells_of_another_state_only(
    client: Client, partner: AbstractPartner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "PAUSE", timedelta(0))
    badges = [send(client, partner)[1].get("badge") for _ in range(2)]
    assert [badge and badge["status"] for badge in badges] == ["ok", None]
