"""TLS on a connected socket."""

from __future__ import annotations

import socket
import ssl

import pytest

from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import Stopwatch
from wagtail_partner_smtp.smtp.errors import Code, DeadlineError, DisconnectedError, TLSError
from wagtail_partner_smtp.smtp.tls import (
    _handshake_code,
    handshake,
    reading_error,
    unverified_context,
    verifying_context,
)


def ssl_error(reason: str) -> ssl.SSLError:
    error = ssl.SSLError(1, f"[SSL: {reason}]")
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        ("WRONG_VERSION_NUMBER", Code.TLS_NOT_SPOKEN),
        ("PACKET_LENGTH_TOO_LONG", Code.TLS_NOT_SPOKEN),
        ("HTTP_REQUEST", Code.TLS_NOT_SPOKEN),
        ("TLSV1_ALERT_PROTOCOL_VERSION", Code.TLS_VERSION),
        ("UNSUPPORTED_PROTOCOL", Code.TLS_VERSION),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", Code.TLS_CIPHER),
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", Code.CLIENT_CERTIFICATE_REQUIRED),
        ("TLSV1_ALERT_INTERNAL_ERROR", Code.TLS_BROKEN),
        ("", Code.TLS_BROKEN),
    ],
)
def test_openssl_s_reasons_have_codes(reason: str, code: Code) -> None:
    assert _handshake_code(reason) is code


def test_an_alert_after_the_handshake_is_told_from_a_hang_up() -> None:
    wanted = reading_error(ssl_error("TLSV13_ALERT_CERTIFICATE_REQUIRED"))
    assert (type(wanted), wanted.code) == (TLSError, Code.CLIENT_CERTIFICATE_REQUIRED)
    assert type(reading_error(ssl_error("BAD_RECORD"))) is DisconnectedError


def test_a_verifying_context_verifies(smtp: Served) -> None:
    for ca_file in (None, smtp.ca_file):
        context = verifying_context(ca_file)
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
        assert not context.hostname_checks_common_name
    assert unverified_context().verify_mode is ssl.CERT_NONE


def test_p18_a_handshake_ends_at_its_own_timeout_whatever_the_socket_s_was() -> None:
    ours, theirs = socket.socketpair()
    ours.settimeout(5)
    with Stopwatch() as watch, theirs, pytest.raises(DeadlineError):
        handshake(ours, unverified_context(), "localhost", 0.2)
    assert watch.seconds < 1.0
    assert ours.fileno() < 0
