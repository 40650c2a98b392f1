"""Delivery under attack and fault: hostile certificates, broken sessions, servers that refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from django.utils import timezone

from smtp_sandbox import Listener, Rule, on
from smtp_sandbox.pytest_plugin import Served
from tests.smtp.accounts import DEADLINE, FLOWS
from tests.support.delivery import LOGIN, PASSWORD, PartnerOn, make_message, said
from wagtail_partner_smtp import conf, connection_test
from wagtail_partner_smtp.account.encryption import UnreadablePassword
from wagtail_partner_smtp.delivery.backend import EmailBackend
from wagtail_partner_smtp.models import AbstractPartner
from wagtail_partner_smtp.smtp.errors import (
    AuthenticationError,
    AuthError,
    CertificateError,
    Code,
    DataRefusedError,
    DeadlineError,
    DisconnectedError,
    RecipientsRefusedError,
    ReplyError,
    SenderRefusedError,
    SMTPError,
    TLSError,
)
from wagtail_partner_smtp.smtp.settings import Stage

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

MODES = ("plain", "ssl", "starttls")
ENCRYPTED = ("ssl", "starttls")
BAD_CERTIFICATES = {
    "expired": Code.CERTIFICATE_EXPIRED,
    "not-yet": Code.CERTIFICATE_NOT_YET_VALID,
    "wrong-host": Code.CERTIFICATE_WRONG_HOST,
    "untrusted": Code.CERTIFICATE_UNKNOWN_ISSUER,
    "self-signed": Code.CERTIFICATE_SELF_SIGNED,
}


def send(partner: AbstractPartner, **values: Any) -> int:
    return EmailBackend().send_messages([make_message(partner, **values)])


def failure(partner: AbstractPartner, **values: Any) -> SMTPError:
    with pytest.raises(SMTPError) as caught:
        send(partner, **values)
    assert PASSWORD not in str(caught.value)
    return caught.value


# Modes, logins, certificates


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("login", [LOGIN, ""])
def test_mail_is_delivered_in_every_mode(mode: Any, login: str, smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(mode=mode, auth_required=bool(login))
    assert send(partner_on(listener, smtp_login=login)) == 1
    (message,) = listener.messages
    assert message.session.user == (login or None)
    assert bool(message.session.tls) == (mode != "plain")


@pytest.mark.parametrize("mode", MODES)
def test_a_wrong_password_is_refused_in_every_mode(mode: Any, smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(mode=mode)
    error = failure(partner_on(listener, password="not the password"))
    assert isinstance(error, AuthenticationError)
    assert (error.code, error.stage, error.smtp_code) == (Code.AUTH_FAILED, Stage.AUTH, 535)
    assert listener.count("AUTH") == 1
    assert listener.count("MAIL") == 0


@pytest.mark.parametrize("certificate", BAD_CERTIFICATES)
@pytest.mark.parametrize("mode", ENCRYPTED)
def test_p22_nothing_is_sent_to_a_server_with_a_bad_certificate(
    mode: Any, certificate: str, smtp: Served, partner_on: PartnerOn
) -> None:
    listener = smtp.listen(mode=mode, certificate=certificate)
    error = failure(partner_on(listener))
    assert isinstance(error, CertificateError)
    assert error.code is BAD_CERTIFICATES[certificate]
    # Unlike the test, delivery never comes back without verifying.
    assert listener.connections == 1
    assert (listener.count("AUTH"), listener.messages) == (0, ())


@pytest.mark.parametrize("mode", ENCRYPTED)
def test_p24_a_pinned_certificate_is_the_only_one_taken(
    mode: Any, smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    listener = smtp.listen(mode=mode, certificate="self-signed")
    partner = partner_on(listener)
    report = connection_test.run(partner.smtp_settings(), conf.policy())
    assert report.tls is not None
    assert partner.trust_smtp_certificate(report.tls.sha256)
    assert send(partner) == 1

    logins = listener.count("AUTH")
    listener.use_certificate("untrusted")
    error = failure(partner)
    assert (error.code, listener.count("AUTH")) == (Code.CERTIFICATE_CHANGED, logins)
    assert len(listener.messages) == 1


def test_p24_a_certificate_that_no_longer_verifies_is_refused(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(mode="ssl")
    partner = partner_on(listener)
    assert send(partner) == 1
    listener.use_certificate("expired")
    assert failure(partner).code is Code.CERTIFICATE_EXPIRED
    assert listener.count("AUTH") == 1


@pytest.mark.parametrize(
    ("profile", "code"),
    [
        ("starttls-missing", Code.STARTTLS_NOT_OFFERED),
        ("starttls-454", Code.STARTTLS_REFUSED),
        ("starttls-inject", Code.STARTTLS_INJECTION),
    ],
)
def test_p20_no_login_and_no_mail_without_tls(
    profile: str, code: Code, smtp: Served, partner_on: PartnerOn
) -> None:
    listener = smtp.listen(profile, mode="starttls")
    error = failure(partner_on(listener))
    assert isinstance(error, TLSError | ReplyError)
    assert error.code is code
    assert said(listener.sessions, "AUTH") == said(listener.sessions, "MAIL") == []


@pytest.mark.parametrize("mode", MODES)
def test_p33_a_server_without_auth_gets_mail_only_of_who_has_no_login(
    mode: Any, smtp: Served, partner_on: PartnerOn
) -> None:
    listener = smtp.listen("auth-none", mode=mode)
    with pytest.raises(AuthError) as raised:
        send(partner_on(listener))
    assert (raised.value.code, len(listener.messages)) == (Code.AUTH_NOT_OFFERED, 0)
    assert send(partner_on(listener, smtp_login="")) == 1
    assert listener.messages[0].session.user is None


# The row


def test_p03_a_host_rewritten_in_the_database_does_not_get_the_password(
    smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.plain)
    evil = partner_on(smtp.listen())
    for columns in ({"smtp_port": evil.smtp_port}, {"smtp_host": "127.0.0.1"}, {"smtp_login": "root"}):
        row = type(partner)._default_manager.filter(pk=partner.pk)
        row.update(smtp_host="localhost", smtp_port=partner.smtp_port, smtp_login=LOGIN)
        row.update(**columns)
        with pytest.raises(UnreadablePassword):
            send(row.get())
        with pytest.raises(UnreadablePassword):
            EmailBackend(partner=partner.slug).send_messages([make_message()])
    assert all(listener.connections == 0 for listener in (smtp.plain, smtp.sandbox.plain))


def test_p37_with_a_lost_key_nothing_is_sent_and_nothing_overwritten(
    smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    settings.PARTNER_SMTP_KEYS = ["the first key " * 4]
    partner = partner_on(smtp.plain)
    before = type(partner)._default_manager.values().get(pk=partner.pk)
    settings.PARTNER_SMTP_KEYS = ["another key " * 4]
    error = failure(partner)
    assert isinstance(error, UnreadablePassword)
    assert EmailBackend(partner=partner.slug, fail_silently=True).send_messages([make_message()]) == 0
    assert type(partner)._default_manager.values().get(pk=partner.pk) == before
    assert smtp.plain.connections == 0


# Refusals


@pytest.mark.smtp("rcpt-partial", mode="ssl")
def test_p41_refused_recipients_are_recorded_and_the_others_get_the_mail(
    smtp: Served, partner_on: PartnerOn
) -> None:
    partner = partner_on(smtp.listener)
    to = ["ann@customer.example", "unknown@customer.example", "Bob <bob@customer.example>"]
    message = make_message(partner, to=to)
    assert EmailBackend().send_messages([message]) == 1
    assert smtp.messages[0].rcpt_tos == ("ann@customer.example", "bob@customer.example")
    receipt = vars(message)["smtp_receipt"]
    assert list(receipt.refused) == ["unknown@customer.example"]
    assert receipt.refused["unknown@customer.example"].code == 550
    assert len(smtp.messages) == 1


REFUSALS = [
    (on("MAIL", reply="550 5.7.1 no"), SenderRefusedError, "mail", Code.SENDER_NOT_OWNED),
    (on("MAIL", reply="451 4.3.0 later"), SenderRefusedError, "mail", Code.SENDER_TEMPORARY),
    (on("RCPT", reply="550 5.1.1 who?"), RecipientsRefusedError, "rcpt", Code.RECIPIENT_UNKNOWN),
    (on("RCPT", reply="450 4.2.0 no"), RecipientsRefusedError, "rcpt", Code.SENDER_TEMPORARY),
    (on("RCPT", reply="450 4.2.0 greylisted"), RecipientsRefusedError, "rcpt", Code.GREYLISTED),
    (on("DATA", reply="554 5.6.0 no"), DataRefusedError, "data", Code.DATA_REFUSED),
    (on("DATA-END", reply="554 5.7.1 no"), DataRefusedError, "data", Code.DATA_REFUSED),
    (on("DATA-END", reply="554 5.7.1 spam"), DataRefusedError, "data", Code.CONTENT_REFUSED),
    (on("DATA-END", reply="451 4.3.0 later"), DataRefusedError, "data", Code.DATA_REFUSED),
    (on("DATA-END", reply="552 5.3.4 too big"), DataRefusedError, "data", Code.MESSAGE_TOO_LARGE),
]


@pytest.mark.parametrize(("rule", "kind", "stage", "code"), REFUSALS, ids=[str(r[0]) for r in REFUSALS])
def test_p45_a_refusal_is_typed_and_the_session_takes_the_next_message(
    rule: Rule, kind: type[ReplyError], stage: str, code: Code, smtp: Served, partner_on: PartnerOn
) -> None:
    once = on(rule.verb, reply=rule.reply, times=1)
    listener = smtp.listen(rules=(once,), extensions=FLOWS["pipelining"])
    partner = partner_on(listener)
    with EmailBackend() as backend:
        with pytest.raises(kind) as caught:
            backend.send_messages([make_message(partner, subject="refused")])
        error = caught.value
        assert (error.stage, error.code) == (stage, code)
        assert str(error.smtp_code) == rule.text[:3]
        assert error.reply.temporary == rule.text.startswith("4")
        assert backend.send_messages([make_message(partner, subject="next")]) == 1
    assert [message.subject for message in listener.messages] == ["next"]
    assert listener.connections == 1


@pytest.mark.smtp("auth-454", mode="ssl")
def test_p45_a_login_that_cannot_be_checked_now_is_no_wrong_password(
    smtp: Served, partner_on: PartnerOn
) -> None:
    error = failure(partner_on(smtp.listener))
    assert error.code is Code.AUTH_TEMPORARY
    assert error.reply is not None
    assert error.reply.temporary


# Broken sessions


def unknown(listener: Listener, partner_on: PartnerOn) -> tuple[EmailBackend, Any]:
    message = make_message(partner_on(listener))
    backend = EmailBackend()
    with pytest.raises(SMTPError) as caught:
        backend.send_messages([message])
    assert (caught.value.code, caught.value.stage) == (Code.OUTCOME_UNKNOWN, Stage.DATA)
    return backend, message


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        (on("DATA-END", drop="fin", times=1), DisconnectedError),
        (on("DATA-END", drop="rst", times=1), DisconnectedError),
        (on("DATA-END", hang=True, times=1), DeadlineError),
    ],
    ids=str,
)
def test_p42_after_the_final_dot_nothing_is_sent_again(
    rule: Rule, kind: type[SMTPError], smtp: Served, partner_on: PartnerOn, settings: Settings
) -> None:
    listener = smtp.listen(rules=(rule,))
    partner = partner_on(listener)
    if rule.hang:
        settings.PARTNER_SMTP_SEND_TIMEOUT = DEADLINE
    error = failure(partner)
    assert isinstance(error, kind)
    assert (error.code, error.stage) == (Code.OUTCOME_UNKNOWN, Stage.DATA)
    assert (listener.connections, listener.count("BDAT"), listener.count("DATA")) == (1, 1, 0)


@pytest.mark.smtp(rules=(on("DATA-END", drop="fin", times=1),))
def test_p42_a_message_sent_again_by_hand_has_the_same_message_id(
    smtp: Served, partner_on: PartnerOn
) -> None:
    backend, message = unknown(smtp.listener, partner_on)
    assert message.smtp_receipt is None
    assert backend.send_messages([message]) == 1
    first, second = (received.email["Message-ID"] for received in smtp.messages)
    assert first == second == message.smtp_message_id
    assert first.endswith("@acme.example>")


def test_a_message_that_was_sent_gets_another_message_id(smtp: Served, partner_on: PartnerOn) -> None:
    message = make_message(partner_on(smtp.plain))
    for recipient in ("ann@customer.example", "bob@customer.example"):
        message.to = [recipient]
        EmailBackend().send_messages([message])
    assert len({received.email["Message-ID"] for received in smtp.messages}) == 2
    assert "Message-ID" not in message.extra_headers


@pytest.mark.parametrize(
    "rule",
    [
        on("QUIT", hang=True),
        on("QUIT", drop="rst"),
        on("QUIT", reply="500 what?"),
        on("QUIT", reply="x" * 70_000),
    ],
    ids=["hang", "reset", "500", "long line"],
)
def test_p43_a_broken_quit_changes_nothing(
    rule: Rule, smtp: Served, partner_on: PartnerOn, brief_quit: None
) -> None:
    listener = smtp.listen(mode="ssl", rules=(rule,))
    message = make_message(partner_on(listener))
    assert EmailBackend().send_messages([message]) == 1
    assert vars(message)["smtp_receipt"].reply.code == 250


def test_p44_after_421_the_message_goes_over_a_new_session(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen("421-mid-session")
    batch = [make_message(partner_on(listener), subject=str(number)) for number in range(3)]
    assert EmailBackend().send_messages(batch) == 3
    assert [message.subject for message in listener.messages] == ["0", "1", "2"]
    assert listener.connections == 3


def test_p44_a_session_that_was_closed_is_opened_again(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(mode="starttls")
    partner = partner_on(listener)
    with EmailBackend() as backend:
        backend.send_messages([make_message(partner)])
        listener.disconnect()
        assert backend.send_messages([make_message(partner)]) == 1
    assert (listener.connections, len(listener.messages)) == (2, 2)


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize("first", ["250 yes", "550 5.1.1 no such user"])
def test_p44_a_server_that_has_kept_the_last_transaction_gets_the_message_over_a_new_session(
    first: str, flow: str, smtp: Served, partner_on: PartnerOn
) -> None:
    """Dovecot's relay after a refused recipient, for all that RSET was answered with 250."""
    stuck = on("MAIL", skip=1, times=1, reply="503 5.5.1 Error: nested MAIL command")
    rules = (stuck, on("RCPT", match="*nobody@*", reply=first))
    listener = smtp.listen(rules=rules, extensions=FLOWS[flow])
    partner = partner_on(listener)
    with EmailBackend(fail_silently=True) as backend:
        backend.send_messages([make_message(partner, to=["nobody@example.com"])])
        for subject in ("second", "third"):
            assert backend.send_messages([make_message(partner, subject=subject)]) == 1
    assert [message.subject for message in listener.messages][-2:] == ["second", "third"]
    assert listener.connections == 2
    # Nothing is wrong with chunks because of that.
    assert (listener.count("DATA") == 0) is (flow == "chunking")


@pytest.mark.parametrize(
    ("reply", "connections"), [("503 5.5.1 Error", 2), ("503 Error", 2), ("503 5.7.1 Not your address", 1)]
)
def test_what_is_said_of_a_sender_is_no_transaction_that_was_kept(
    reply: str, connections: int, smtp: Served, partner_on: PartnerOn
) -> None:
    listener = smtp.listen(rules=(on("MAIL", skip=1, reply=reply),), extensions=FLOWS["pipelining"])
    partner = partner_on(listener)
    with EmailBackend() as backend:
        backend.send_messages([make_message(partner)])
        with pytest.raises(SenderRefusedError):
            backend.send_messages([make_message(partner)])
    assert listener.connections == connections


def test_p44_a_session_is_opened_again_only_once(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(rules=(on("MAIL", skip=1, reply="421 4.3.2 closing"),))
    partner = partner_on(listener)
    with EmailBackend() as backend:
        backend.send_messages([make_message(partner)])
        with pytest.raises(SenderRefusedError):
            backend.send_messages([make_message(partner)])
    assert listener.connections == 2


@pytest.mark.parametrize("verb", ["RCPT", "DATA", "DATA-END"])
@pytest.mark.parametrize("trouble", [{"reply": "421 4.3.2 closing"}, {"drop": "fin"}], ids=["421", "closed"])
def test_p44_once_the_sender_was_accepted_nothing_is_sent_again(
    verb: str, trouble: dict[str, Any], smtp: Served, partner_on: PartnerOn
) -> None:
    rules = (on(verb, skip=1, times=1, **trouble),)
    listener = smtp.listen(rules=rules, extensions=FLOWS["pipelining"])
    partner = partner_on(listener)
    with EmailBackend() as backend:
        backend.send_messages([make_message(partner)])
        with pytest.raises(SMTPError):
            backend.send_messages([make_message(partner)])
        assert listener.connections == 1
        assert backend.send_messages([make_message(partner, subject="third")]) == 1
    assert listener.connections == 2
    assert listener.messages[-1].subject == "third"


def test_a_first_session_that_closes_is_not_opened_again(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(rules=(on("MAIL", drop="fin"),))
    assert isinstance(failure(partner_on(listener)), DisconnectedError)
    assert listener.connections == 1


def test_what_breaks_amid_a_message_ends_its_session(
    smtp: Served, partner_on: PartnerOn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl+C between RCPT and DATA must not leave a transaction that the next message falls into."""
    listener = smtp.listen(extensions=FLOWS["pipelining"])
    partner = partner_on(listener)

    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    with EmailBackend() as backend:
        with monkeypatch.context() as patch:
            patch.setattr("wagtail_partner_smtp.smtp.transaction.Transaction._hand_over", interrupted)
            with pytest.raises(KeyboardInterrupt):
                backend.send_messages([make_message(partner)])
        assert backend.send_messages([make_message(partner)]) == 1
    assert (listener.connections, len(listener.messages)) == (2, 1)


def test_a_silent_server_ends_at_the_timeout_of_the_command(
    smtp: Served, partner_on: PartnerOn, brief_quit: None
) -> None:
    listener = smtp.listen("auth-hang")
    partner = partner_on(listener)
    with pytest.raises(DeadlineError) as caught:
        EmailBackend(partner=partner, timeout=DEADLINE).send_messages([make_message()])
    assert caught.value.stage is Stage.AUTH


# When mail was last delivered


def test_the_time_of_the_last_mail_is_kept_with_one_update(
    partner_on: PartnerOn, smtp: Served, django_capture_on_commit_callbacks: Any
) -> None:
    partner = partner_on(smtp.plain)
    type(partner)._default_manager.update(smtp_status="ok")
    partner.refresh_from_db()
    before = timezone.now()
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        EmailBackend().send_messages([make_message(partner), make_message(partner)])
    assert len(callbacks) == 1
    partner.refresh_from_db()
    assert partner.smtp_last_mail_at is not None
    assert before < partner.smtp_last_mail_at < timezone.now()


def test_what_was_delivered_before_a_failure_counts(
    partner_on: PartnerOn, smtp: Served, django_capture_on_commit_callbacks: Any
) -> None:
    partner, broken = partner_on(smtp.plain), partner_on(smtp.listen("mail-550"))
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(SenderRefusedError):
        EmailBackend().send_messages([make_message(partner), make_message(broken)])
    partner.refresh_from_db()
    broken.refresh_from_db()
    assert partner.smtp_last_mail_at is not None
    assert broken.smtp_last_mail_at is None


def test_mail_of_a_partner_that_is_not_saved_is_sent_all_the_same(
    partner_on: PartnerOn, smtp: Served, django_capture_on_commit_callbacks: Any
) -> None:
    partner = partner_on(smtp.plain)
    partner.pk, partner.smtp_uuid, partner._state.adding = None, None, True
    partner.set_smtp_password(PASSWORD)
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        assert send(partner) == 1
    assert (partner.pk, callbacks) == (None, [])


@pytest.mark.django_db(transaction=True)
def test_mail_of_a_caller_that_commits_by_hand_is_sent_without_an_error(
    partner_on: PartnerOn, smtp: Served
) -> None:
    partner = partner_on(smtp.plain)
    transaction.set_autocommit(False)
    try:
        assert send(partner) == 1
    finally:
        transaction.rollback()
        transaction.set_autocommit(True)


@pytest.mark.django_db(transaction=True)
def test_no_row_is_locked_while_the_callers_transaction_goes_on(partner_on: PartnerOn, smtp: Served) -> None:
    partner = partner_on(smtp.plain)
    rows = type(partner)._default_manager.filter(pk=partner.pk, smtp_last_mail_at=None)
    with transaction.atomic():
        send(partner)
        assert rows.exists()
    assert not rows.exists()


# Servers that do not bear groups


def test_one_message_finds_out_that_a_server_hangs_up_on_groups(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen("pipelining-drops")
    partner = partner_on(listener)
    assert failure(partner).code is Code.OUTCOME_UNKNOWN
    assert [send(partner), send(partner)] == [1, 1]
    assert (listener.connections, len(listener.messages)) == (3, 2)


def test_a_server_that_refuses_chunks_is_asked_for_them_once(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen("chunking-refused")
    partner = partner_on(listener)
    assert [send(partner), send(partner)] == [1, 1]
    assert (listener.count("BDAT"), len(listener.messages)) == (1, 2)


def test_what_was_delivered_before_a_session_broke_is_not_raised(
    smtp: Served, partner_on: PartnerOn, caplog: pytest.LogCaptureFixture
) -> None:
    limit = on("RCPT", per="message", skip=100, reply="452 4.5.3 Too many recipients")
    listener = smtp.listen(rules=(limit, on("BDAT", skip=1, times=1, drop="fin")))
    partner = partner_on(listener)
    message = make_message(partner, to=[f"r{number}@customer.example" for number in range(150)])
    with EmailBackend() as backend:
        assert backend.send_messages([message]) == 1
        receipt = vars(message)["smtp_receipt"]
        assert (len(receipt.accepted), len(receipt.unknown)) == (100, 50)
        assert receipt.error.code is Code.OUTCOME_UNKNOWN
        assert "recipients whose outcome is unknown: 50" in caplog.text
        assert backend.send_messages([make_message(partner, subject="next")]) == 1
    assert [len(each.rcpt_tos) for each in listener.messages] == [100, 1]
