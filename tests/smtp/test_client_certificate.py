"""Servers that ask for a client certificate: those that insist say so in many ways, others go on without."""

from __future__ import annotations

import ssl

import pytest

from smtp_sandbox import PROFILES, Sandbox
from smtp_sandbox.pytest_plugin import Served
from smtp_sandbox.tls.contexts import server_context
from wagtail_partner_smtp.smtp.report import Report

from .accounts import account, failed_at, try_out
from .conftest import Serve
from .peers import WITH_AUTH, Peer, Script, Server, dialogue, drop

STARTTLS = b"250-peer.test\r\n250 STARTTLS\r\n"
REFUSED = b"421 4.7.1 peer.test no certificate\r\n"


@pytest.fixture
def asking(smtp_sandbox: Sandbox) -> ssl.SSLContext:
    """A server's context that asks for a client certificate, and can do without."""
    context = server_context(PROFILES["client-cert"], smtp_sandbox.authority, "good")
    context.verify_mode = ssl.CERT_OPTIONAL
    return context


def over_ssl(server: Server, sandbox: Sandbox) -> Report:
    return try_out(
        server,
        settings=account(server, security="ssl", host="localhost"),
        ca_file=sandbox.ca_file,
    )


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize(("mode", "stage"), [("ssl", "connect"), ("starttls", "starttls")])
def test_a_server_that_insists_is_named(smtp: Served, version: str, mode: str, stage: str) -> None:
    listener = smtp.listen("client-cert", mode=mode, tls_min=version, tls_max=version)  # type: ignore[arg-type]
    assert failed_at(try_out(listener)) == ("client_certificate_required", stage)


@pytest.mark.parametrize("script", [dialogue(GREETING=REFUSED), dialogue(GREETING=drop)])
def test_a_refusal_right_after_the_handshake_is_for_want_of_the_certificate(
    serve: Serve, asking: ssl.SSLContext, smtp_sandbox: Sandbox, script: Script
) -> None:
    report = over_ssl(serve(script, asking), smtp_sandbox)
    assert failed_at(report) == ("client_certificate_required", "connect")


def test_a_refusal_behind_starttls_is_for_want_of_the_certificate(
    serve: Serve, asking: ssl.SSLContext, smtp_sandbox: Sandbox
) -> None:
    def encrypt(peer: Peer) -> None:
        peer.send(b"220 go\r\n")
        peer.start_tls(asking)
        peer.read_line()
        peer.send(REFUSED)

    server = serve(dialogue(EHLO=STARTTLS, STARTTLS=encrypt))
    settings = account(server, security="tls", host="localhost")
    report = try_out(server, settings=settings, ca_file=smtp_sandbox.ca_file)
    assert failed_at(report) == ("client_certificate_required", "starttls")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (dialogue(GREETING=b"421 4.3.2 peer.test busy\r\n"), ("server_busy", "connect")),
        (dialogue(GREETING=b"554 5.7.0 peer.test no\r\n"), ("server_refuses", "connect")),
        (dialogue(EHLO=drop), ("disconnected", "ehlo")),
    ],
)
def test_other_failures_of_a_server_that_asks_keep_their_cause(
    serve: Serve, asking: ssl.SSLContext, smtp_sandbox: Sandbox, script: Script, expected: tuple[str, str]
) -> None:
    assert failed_at(over_ssl(serve(script, asking), smtp_sandbox)) == expected


def test_a_server_that_does_not_ask_is_busy_with_the_same_words(
    serve: Serve, server_context: ssl.SSLContext, smtp_sandbox: Sandbox
) -> None:
    report = over_ssl(serve(dialogue(GREETING=REFUSED), server_context), smtp_sandbox)
    assert failed_at(report) == ("server_busy", "connect")


def test_a_server_that_only_asks_is_used(serve: Serve, asking: ssl.SSLContext, smtp_sandbox: Sandbox) -> None:
    report = over_ssl(serve(dialogue(EHLO=WITH_AUTH), asking), smtp_sandbox)
    assert report.deliverable
    assert report.tls is not None
    assert report.tls.asks_for_certificate
