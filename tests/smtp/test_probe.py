"""One look at one port."""

from __future__ import annotations

import ipaddress
import socket
import time
from typing import Any

import pytest

from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import PATIENCE, Stopwatch
from wagtail_partner_smtp.smtp import Security, probe
from wagtail_partner_smtp.smtp.network import Endpoint
from wagtail_partner_smtp.smtp.probe import PROBE_TIMEOUT, Finding, Probe, look, look_closely

from .conftest import Serve
from .peers import Peer, dialogue


def probe_of(port: int, seconds: float = PATIENCE, *, ca_file: str | None = None) -> Probe:
    endpoint = Endpoint(address=ipaddress.ip_address("127.0.0.1"), port=port)
    deadline = time.monotonic() + seconds
    return Probe(endpoint=endpoint, host="localhost", deadline=deadline, ca_file=ca_file)


def look_at(port: int, seconds: float = PATIENCE) -> Finding:
    return look(probe_of(port, seconds))


@pytest.mark.parametrize(
    ("profile", "mode", "finding"),
    [
        ("honest", "plain", Finding(security=Security.NONE, offers_login=True)),
        ("honest", "starttls", Finding(security=Security.TLS, offers_login=True)),
        ("auth-none", "starttls", Finding(security=Security.TLS)),
        ("starttls-454", "starttls", Finding()),
        ("starttls-drop", "starttls", Finding()),
        ("starttls-inject", "starttls", Finding()),
        ("tls10-only", "starttls", Finding()),
        ("client-cert", "starttls", Finding()),
        ("honest", "ssl", Finding(security=Security.SSL, offers_login=True)),
        ("auth-none", "ssl", Finding(security=Security.SSL)),
        ("auth-none", "plain", Finding(security=Security.NONE)),
        ("cert-untrusted", "ssl", Finding(security=Security.SSL, offers_login=True)),
        ("tls12-only", "ssl", Finding(security=Security.SSL, offers_login=True)),
        ("starttls-missing", "starttls", Finding(security=Security.NONE)),
        ("refuse", "plain", Finding()),
        ("close", "plain", Finding(hangs_up=True)),
        ("reset", "plain", Finding(hangs_up=True)),
        ("banner-554", "plain", Finding()),
        ("tls10-only", "ssl", Finding(service="TLS")),
        ("http", "plain", Finding(service="HTTP")),
        ("ssh", "plain", Finding(service="SSH")),
        ("pop3", "plain", Finding(service="POP3")),
        ("imap", "plain", Finding(service="IMAP")),
        ("ftp", "plain", Finding(service="FTP")),
        ("ftp-lines", "plain", Finding(service="FTP")),
        ("ftp-features", "plain", Finding(service="FTP")),
        ("mysql", "plain", Finding(service="MySQL")),
        ("rabbitmq", "plain", Finding(service="AMQP")),
        ("banner-garbage", "plain", Finding(is_foreign=True)),
        ("banner-garbage", "ssl", Finding(service="TLS", is_foreign=True)),
    ],
)
def test_what_answers_is_found(smtp: Served, profile: str, mode: str, finding: Finding) -> None:
    assert look_at(smtp.listen(profile, mode=mode).port) == finding  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("profile", "service"),
    [
        ("postgresql", "PostgreSQL"),
        ("redis", "Redis"),
        ("https", "HTTPS"),
        ("http", "HTTP"),
        ("rabbitmq", "AMQP"),
    ],
)
def test_who_does_not_speak_first_is_prompted(
    smtp: Served, monkeypatch: pytest.MonkeyPatch, profile: str, service: str
) -> None:
    monkeypatch.setattr(probe, "PROBE_TIMEOUT", 0.3)
    assert look_closely(probe_of(smtp.listen(profile).port)) == Finding(service=service)


@pytest.mark.parametrize("profile", ["silent", "close", "reset"])
def test_who_answers_to_nothing_stays_unknown(
    smtp: Served, monkeypatch: pytest.MonkeyPatch, profile: str
) -> None:
    monkeypatch.setattr(probe, "PROBE_TIMEOUT", 0.2)
    found = look_closely(probe_of(smtp.listen(profile).port))
    assert (found.service, found.security, found.is_silent) == ("", None, profile == "silent")


@pytest.mark.parametrize(
    ("profile", "mode"), [("honest", "plain"), ("banner-554", "plain"), ("honest", "ssl")]
)
def test_a_mail_server_is_not_prompted(smtp: Served, profile: str, mode: Any) -> None:
    listener = smtp.listen(profile, mode=mode)
    assert look_closely(probe_of(listener.port, ca_file=listener.ca_file)).service == ""
    assert listener.connections == 2


@pytest.mark.parametrize("mode", ["ssl", "starttls"])
@pytest.mark.parametrize(
    ("profile", "fault", "connections"),
    [
        ("honest", "", 2),
        ("cert-expired", "certificate_expired", 3),
        ("cert-untrusted", "certificate_unknown_issuer", 3),
    ],
)
def test_a_look_tells_what_is_wrong_with_the_certificate(
    smtp: Served, mode: Any, profile: str, fault: str, connections: int
) -> None:
    listener = smtp.listen(profile, mode=mode)
    found = look(probe_of(listener.port, ca_file=listener.ca_file))
    assert (found.security, found.offers_login) == (
        {"ssl": Security.SSL, "starttls": Security.TLS}[mode],
        True,
    )
    assert (found.fault.code if found.fault else "") == fault
    assert listener.connections == connections


def test_behind_starttls_nothing_is_found_where_nobody_answers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert probe.look_behind_starttls(probe_of(port)) == Finding()


def test_a_mail_server_is_left_politely_and_told_nothing(serve: Serve) -> None:
    server = serve(dialogue())
    look_at(server.port)
    server.close()
    assert [line.split(b" ")[0] for line in server.peers[1].lines] == [b"EHLO", b"QUIT"]


def test_p16_a_look_is_short(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    assert PROBE_TIMEOUT == 2.0
    monkeypatch.setattr(probe, "PROBE_TIMEOUT", 0.2)
    server = serve(Peer.hang)
    with Stopwatch() as watch:
        assert look_at(server.port) == Finding(is_silent=True)
    assert watch.seconds < 0.7


def test_p16_a_look_ends_at_the_deadline(serve: Serve) -> None:
    server = serve(Peer.hang)
    with Stopwatch() as watch:
        assert look_at(server.port, 0.3) == Finding()
    assert watch.seconds < 0.5
