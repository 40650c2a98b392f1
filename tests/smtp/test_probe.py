"""One look at one port."""

from __future__ import annotations

import ipaddress
import time

import pytest

from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import PATIENCE, Stopwatch
from wagtail_partner_smtp.smtp import Security, probe
from wagtail_partner_smtp.smtp.network import Endpoint
from wagtail_partner_smtp.smtp.probe import PROBE_TIMEOUT, Finding, Probe, look

from .conftest import Serve
from .peers import Peer, dialogue


def look_at(port: int, seconds: float = PATIENCE) -> Finding:
    endpoint = Endpoint(address=ipaddress.ip_address("127.0.0.1"), port=port)
    return look(Probe(endpoint=endpoint, host="localhost", deadline=time.monotonic() + seconds))


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
    ],
)
def test_what_answers_is_found(smtp: Served, profile: str, mode: str, finding: Finding) -> None:
    assert look_at(smtp.listen(profile, mode=mode).port) == finding  # type: ignore[arg-type]


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
        assert look_at(server.port) == Finding()
    assert watch.seconds < 0.7


def test_p16_a_look_ends_at_the_deadline(serve: Serve) -> None:
    server = serve(Peer.hang)
    with Stopwatch() as watch:
        assert look_at(server.port, 0.3) == Finding()
    assert watch.seconds < 0.5
