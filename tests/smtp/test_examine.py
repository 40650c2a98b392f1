"""The second look: what really answers, and settings that were seen to work."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace
from typing import Any

import pytest
from cryptography import x509

from smtp_sandbox import Listener, Rule, Service, on
from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import PATIENCE, Stopwatch
from wagtail_partner_smtp.smtp import SMTPSettings, connecting, examine, inspector, network, probe, session
from wagtail_partner_smtp.smtp.probe import PROBE_TIMEOUT
from wagtail_partner_smtp.smtp.report import Report

from .accounts import (
    DEADLINE,
    SECURITY,
    account,
    code,
    failed_at,
    make_policy,
    make_settings,
    stage,
    try_out,
)
from .conftest import Serve
from .peers import Peer, dialogue, raw


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second look begins soon."""
    monkeypatch.setattr(session, "GREETING_GRACE", 0.2)


def examine_at(listener: Listener, *others: Listener, **values: Any) -> Report:
    """The others' ports are those that are looked at."""
    ports = tuple(each.port for each in others)
    settings = account(listener, **values)
    policy = make_policy(listener.port, *ports, sandbox=listener, probe_ports=ports)
    return examine(settings, policy)


def suggested(report: Report) -> dict[str, Any] | None:
    return dict(report.suggestion.values) if report.suggestion else None


def applied(report: Report) -> SMTPSettings:
    values = suggested(report)
    assert values is not None
    return replace(report.settings, port=values["smtp_port"], security=values["smtp_security"])


MISTAKES = [
    # (mode of the server, tested security, code, stage)
    ("plain", "ssl", "encryption_not_offered", "connect", None),
    ("starttls", "ssl", "tls_not_spoken", "connect", "tls"),
    ("ssl", "none", "tls_expected", "connect", "ssl"),
    ("ssl", "tls", "tls_expected", "connect", "ssl"),
    ("plain", "tls", "starttls_not_offered", "starttls", None),
]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("mode", "security", "expected", "where", "remedy"), MISTAKES)
def test_a_wrong_security_is_named_and_the_right_one_suggested(
    smtp: Served, mode: str, security: str, expected: str, where: str, remedy: str | None
) -> None:
    listener = smtp.listen(mode=mode)  # type: ignore[arg-type]
    report = examine_at(listener, security=security)
    assert failed_at(report) == (expected, where)
    assert suggested(report) == (remedy and {"smtp_port": listener.port, "smtp_security": remedy})
    assert (listener.count("AUTH"), listener.count("MAIL")) == (0, 0)
    if remedy:
        again = examine(applied(report), make_policy(listener.port, sandbox=listener))
        assert again.deliverable


def test_an_ssl_port_is_recognised_with_the_real_patience(smtp: Served) -> None:
    with Stopwatch() as watch:
        report = try_out(smtp.ssl, settings=account(smtp.ssl, security="none"))
    assert failed_at(report) == ("tls_expected", "connect")
    assert suggested(report) == {"smtp_port": smtp.ssl.port, "smtp_security": "ssl"}
    assert watch.by_the_clock > 3.0
    assert watch.seconds < 5.0


def test_a_slow_server_is_not_taken_for_an_ssl_port(smtp: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "PROBE_TIMEOUT", PROBE_TIMEOUT)
    listener = smtp.listen(mode="starttls", rules=(on("BANNER", delay=4.0),))
    report = try_out(listener)
    assert (report.ok, report.deliverable) == (True, True)


@pytest.mark.usefixtures("impatient")
def test_a_slow_ssl_port_is_an_ssl_port_and_no_other_service(
    smtp: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "PROBE_TIMEOUT", DEADLINE)
    listener = smtp.listen(mode="ssl", rules=(on("BANNER", hang=True),))
    report = examine_at(listener, security="tls")
    assert failed_at(report) == ("tls_expected", "connect")
    assert suggested(report) is None


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("profile", ["tls12-only", "tls13-only"])
def test_a_slow_ssl_server_is_looked_at_and_waited_for(smtp: Served, profile: str) -> None:
    # TLS 1.3 sends session tickets behind the handshake, which breaks no silence.
    listener = smtp.listen(profile, mode="ssl", rules=(on("BANNER", delay=0.6),))
    assert try_out(listener).deliverable
    assert listener.connections == 3


def test_the_first_connection_still_waits_during_the_second_look(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "GREETING_GRACE", 0.1)
    monkeypatch.setattr(probe, "PROBE_TIMEOUT", 0.2)
    is_over = threading.Event()

    def look(*arguments: Any, **how: Any) -> probe.Finding:
        try:
            return probe.look_closely(*arguments, **how)
        finally:
            is_over.set()

    def slow(peer: Peer) -> None:
        if peer is not server.peers[0]:
            peer.hang()
        is_over.wait(PATIENCE)
        dialogue()(peer)

    monkeypatch.setattr(inspector, "look_closely", look)
    server = serve(slow)
    report = try_out(server, settings=make_settings(server))
    assert report.ok
    assert server.peers[0].lines[-1] == b"QUIT"
    assert server.count(b"EHLO") == 1


@pytest.mark.parametrize(
    ("mode", "security"), [("ssl", "ssl"), ("starttls", "tls"), ("ssl", "tls"), ("starttls", "ssl")]
)
def test_a_refused_port_leads_to_an_open_one(smtp: Served, mode: str, security: str) -> None:
    closed, other = smtp.listen("refuse"), smtp.listen(mode=mode)  # type: ignore[arg-type]
    report = examine_at(closed, other, security=security)
    assert failed_at(report) == ("connection_refused", "connect")
    assert suggested(report) == {"smtp_port": other.port, "smtp_security": SECURITY[mode].value}
    assert other.count("AUTH") == 0
    assert examine(applied(report), make_policy(other.port, sandbox=other)).deliverable


def test_a_suggestion_with_a_good_certificate_comes_first(smtp: Served) -> None:
    closed, expired = smtp.listen("refuse"), smtp.listen("cert-expired", mode="ssl")
    report = examine_at(closed, expired, security="tls")
    assert suggested(report) == {"smtp_port": expired.port, "smtp_security": "ssl"}
    assert report.suggestion is not None
    assert report.suggestion.fault is not None
    assert report.suggestion.fault.code == "certificate_expired"
    report = examine_at(closed, expired, smtp.starttls, security="tls")
    assert suggested(report) == {"smtp_port": smtp.starttls.port, "smtp_security": "tls"}
    assert report.suggestion is not None
    assert report.suggestion.fault is None


@pytest.mark.parametrize("security", ["ssl", "tls"])
def test_a_suggestion_never_lowers_the_security(smtp: Served, security: str) -> None:
    closed, plain = smtp.listen("refuse"), smtp.listen()
    report = examine_at(closed, plain, security=security)
    assert (code(report), suggested(report)) == ("connection_refused", None)
    report = examine_at(closed, plain, security="none")
    assert suggested(report) == {"smtp_port": plain.port, "smtp_security": "none"}


def test_only_the_probe_ports_of_the_checked_address_are_dialled(
    smtp: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed, probed, other = smtp.listen("refuse"), smtp.listen(), smtp.listen()
    dialled: set[object] = set()

    class Recording(socket.socket):
        def connect(self, address: Any) -> None:
            dialled.add(address)
            super().connect(address)

    monkeypatch.setattr(socket, "socket", Recording)
    examine_at(closed, probed, security="none")
    assert dialled == {("127.0.0.1", closed.port), ("127.0.0.1", probed.port)}
    assert other.connections == 0


def test_p06_probe_ports_that_are_not_allowed_are_not_dialled(smtp: Served) -> None:
    closed, forbidden = smtp.listen("refuse"), smtp.listen(mode="starttls")
    report = try_out(closed, settings=account(closed, security="tls"), probe_ports=(forbidden.port,))
    assert (code(report), suggested(report), forbidden.connections) == ("connection_refused", None, 0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("mode", "security", "expected", "where", "remedy"), MISTAKES)
def test_no_credentials_and_no_address_are_sent_while_looking(
    smtp: Served, mode: str, security: str, expected: str, where: str, remedy: str | None
) -> None:
    listener = smtp.listen(mode=mode, auth_after_tls=False)  # type: ignore[arg-type]
    examine_at(listener, listener, security=security, login="billing-login", password="s3cret-password")
    listener.wait_idle()
    said = "\n".join(text for each in listener.sessions for side, text in each.transcript if side == "C")
    for secret in ("billing-login", "s3cret", "AUTH", "MAIL", "example.org"):
        assert secret not in said


def test_encryption_demanded_at_auth_is_named_and_suggested(smtp: Served) -> None:
    listener = smtp.listen(
        mode="starttls", auth_after_tls=False, rules=(on("AUTH", times=1, reply="538 5.7.11 Encrypt first"),)
    )
    report = examine_at(listener, security="none")
    assert failed_at(report) == ("encryption_required", "auth")
    assert suggested(report) == {"smtp_port": listener.port, "smtp_security": "tls"}
    assert listener.count("AUTH") == 1
    assert examine(applied(report), make_policy(listener.port, sandbox=listener)).deliverable


def test_starttls_that_is_refused_leads_to_ssl_where_that_answers(smtp: Served) -> None:
    broken, good = smtp.listen("starttls-454", mode="starttls"), smtp.listen(mode="ssl")
    report = examine_at(broken, good)
    assert failed_at(report) == ("starttls_refused", "starttls")
    assert suggested(report) == {"smtp_port": good.port, "smtp_security": "ssl"}


def test_a_hang_up_during_the_login_is_not_explained_by_another_port(smtp: Served, serve: Serve) -> None:
    other = smtp.listen(mode="starttls")
    server = smtp.listen(rules=(on("AUTH", drop="fin"),))
    policy = make_policy(server.port, other.port, sandbox=smtp.sandbox, probe_ports=(other.port,))
    report = examine(account(server), policy)
    assert (failed_at(report), suggested(report)) == (("disconnected", "auth"), None)
    assert (server.connections, other.connections) == (1, 0)


def test_a_wrong_password_takes_no_second_look(smtp: Served) -> None:
    other = smtp.listen(mode="starttls")
    examine_at(smtp.plain, other, password="wrong")
    assert (smtp.plain.connections, other.connections) == (1, 0)


SERVICES = {
    "SSH": raw(b"SSH-2.0-OpenSSH_9.9 secret-version\r\n"),
    "POP3": raw(b"+OK secret-version POP3 ready\r\n"),
    "IMAP": raw(b"* OK [CAPABILITY IMAP4rev1] secret-version\r\n"),
    "FTP": dialogue(
        GREETING=b"220 secret-version FTP\r\n",
        EHLO=b"530 Please login secret-version\r\n",
        HELO=b"530 Please login secret-version\r\n",
        LHLO=b"530 Please login secret-version\r\n",
        FEAT=b"211-Features secret-version\r\n211 End\r\n",
    ),
    "LMTP": dialogue(
        GREETING=b"220 secret-version LMTP\r\n",
        EHLO=b"500 5.5.1 secret-version\r\n",
        HELO=b"500 5.5.1 secret-version\r\n",
        LHLO=b"250-secret-version\r\n250 PIPELINING\r\n",
    ),
    "MySQL": raw(b"J\0\0\0\x0a8.0.36-secret-version\0"),
    "VNC": raw(b"RFB 003.008\nsecret-version"),
    "Redis": raw(b"-DENIED Redis is running in secret-version\r\n"),
}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("service", "script"), SERVICES.items(), ids=SERVICES.keys())
def test_p12_another_service_is_named_and_never_quoted(serve: Serve, service: str, script: Any) -> None:
    server = serve(script)
    report = try_out(server)
    assert failed_at(report)[0] == "wrong_service"
    assert report.error is not None
    assert report.error.facts["service"] == service
    assert "secret-version" not in repr(report) + str(report.error) + repr(report.error.facts)
    assert server.count(b"AUTH") == 0


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("security", ["none", "tls", "ssl"])
def test_p12_a_web_server_is_named(smtp: Served, security: str) -> None:
    listener = smtp.listen("http")
    report = examine_at(listener, security=security)
    assert failed_at(report) == ("wrong_service", "connect")
    assert report.error is not None
    assert report.error.facts["service"] == "HTTP"
    assert "Bad Request" not in repr(report)


@pytest.mark.parametrize("service", ["SSH", "POP3", "IMAP", "FTP"])
def test_p12_another_service_behind_ssl_settings_is_named_where_it_shows(serve: Serve, service: str) -> None:
    server = serve(SERVICES[service])
    report = try_out(server, settings=account(server, security="ssl"))
    assert code(report) in {"wrong_service", "tls_not_spoken"}
    assert "secret-version" not in repr(report)


@pytest.mark.parametrize(
    "greeting", [b"hello there\r\n", b"\x00\xff\xfe\x80\r\n", b"2200 x\r\n", b"22\r\n", b"120 x\r\n"]
)
def test_p12_what_is_no_smtp_is_not_quoted(smtp: Served, greeting: bytes) -> None:
    listener = smtp.listen(service=Service(greeting + b"private words\r\n"))
    report = try_out(listener)
    assert failed_at(report) == ("not_smtp", "connect")
    assert "private" not in repr(report)
    assert stage(report, "connect").reply is None


@pytest.mark.parametrize(
    "rules",
    [
        (on("BANNER", reply="554 private words"),),
        (on("BANNER", reply="421 private words"),),
        (on("EHLO", reply="550 private words"), on("HELO", reply="550 private")),
        (on("EHLO", drop="fin"),),
        (on("EHLO", reply="private words"),),
    ],
)
def test_p12_nothing_is_quoted_before_a_greeting_and_ehlo(smtp: Served, rules: tuple[Rule, ...]) -> None:
    report = try_out(smtp.listen(rules=rules, software="private words"))
    assert not report.ok
    assert "private" not in repr(report) + str(report.error)


def test_a_greeting_is_quoted_once_ehlo_was_answered(smtp: Served) -> None:
    report = try_out(smtp.listen(hostname="peer.test", software="at your service"))
    assert str(stage(report, "connect").reply) == "220 peer.test at your service"


@pytest.mark.usefixtures("impatient")
def test_a_port_that_accepts_and_closes_is_a_lost_connection(smtp: Served) -> None:
    assert failed_at(try_out(smtp.listen("close"))) == ("disconnected", "connect")
    assert failed_at(try_out(smtp.listen("reset"))) == ("disconnected", "connect")


@pytest.mark.usefixtures("impatient")
def test_p16_the_second_look_holds_the_deadline_too(serve: Serve, smtp: Served) -> None:
    silent = [smtp.listen("silent") for _ in range(6)]
    ports = tuple(each.port for each in silent)
    with Stopwatch() as watch:
        report = examine(account(silent[0]), make_policy(*ports, probe_ports=ports, timeout=2.0))
    assert code(report) == "deadline_passed"
    assert watch.seconds < 2.2 + 0.2


# Errors of our own


@pytest.mark.parametrize("where", ["resolve", "connect"])
def test_an_unforeseen_error_is_an_internal_one_and_shows_nothing(
    smtp: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, where: str
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("s3cret-password")

    monkeypatch.setattr({"resolve": network, "connect": connecting}[where], where, broken)
    report = try_out(smtp.plain, settings=account(smtp.plain, password="s3cret-password"))
    assert failed_at(report) == ("internal_error", where)
    assert (report.deliverable, stage(report, where).status) == (False, "failed")
    assert "s3cret" not in caplog.text + repr(report)


def test_an_unforeseen_error_of_the_second_look_keeps_the_first_error(
    smtp: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(inspector, "look", broken)
    assert code(try_out(smtp.listen("refuse"))) == "connection_refused"


def test_a_wrong_allow_list_is_an_internal_error(smtp: Served) -> None:
    report = examine(account(smtp.plain), make_policy(allowed_networks=("10.0.0.1/8",)))
    assert failed_at(report) == ("internal_error", "resolve")


def test_a_certificate_that_cannot_be_read_is_known_by_its_fingerprint(
    smtp: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(der: bytes) -> None:
        raise x509.DuplicateExtension("twice", x509.NameOID.COMMON_NAME)

    monkeypatch.setattr(x509, "load_der_x509_certificate", refuse)
    report = try_out(smtp.listen("cert-untrusted", mode="ssl"))
    assert report.ok
    assert report.tls is not None
    assert (len(report.tls.sha256), report.tls.subject, report.tls.days_left) == (64, "", None)


def test_a_process_with_many_open_files_can_wait_for_a_greeting(smtp: Served) -> None:
    import os
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 1200:
        pytest.skip("fewer than 1,200 files may be open")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 1200), hard))
    files = [os.open(os.devnull, os.O_RDONLY) for _ in range(1050)]
    try:
        report = try_out(smtp.plain)
    finally:
        for file in files:
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert report.ok
