"""The way to a token endpoint: through the guard, over HTTPS that is verified, in time, and no further."""

from __future__ import annotations

import logging
import socket
import ssl
from contextlib import closing
from typing import Any

import pytest

from smtp_sandbox.oauth.faults import Fault
from smtp_sandbox.oauth.replies import Raw
from smtp_sandbox.oauth.server import CLIENT_SECRET, OAuthServer
from tests.smtp.test_auth import Locals
from tests.support.stopwatch import Stopwatch
from wagtail_partner_smtp.oauth import grants, network
from wagtail_partner_smtp.oauth.client import UNKNOWN_LIFETIME
from wagtail_partner_smtp.oauth.network import ANSWER_BUDGET
from wagtail_partner_smtp.smtp import connecting, tls
from wagtail_partner_smtp.smtp.errors import Code, DeadlineError, DisconnectedError, SMTPError, TokenError
from wagtail_partner_smtp.smtp.stages import Stage
from wagtail_partner_smtp.smtp.token_source import AccessToken

from .accounts import MAILBOX
from .providers import make_provider, refreshed, soon

pytestmark = pytest.mark.usefixtures("site")

SHORT = 0.5  # seconds


def error_of(server: OAuthServer, deadline: float | None = None, **values: Any) -> SMTPError:
    with pytest.raises(SMTPError) as raised:
        refreshed(server, deadline, **values)
    assert raised.value.stage is Stage.TOKEN
    return raised.value


def test_an_answer_has_what_the_server_gave(smtp_oauth: OAuthServer) -> None:
    answer = refreshed(smtp_oauth)

    grant = smtp_oauth.registry.find(access_token=answer.access_token)
    assert grant is not None
    assert (answer.refresh_token, answer.lifetime) == (grant.refresh_token, 3600)
    assert [each.status for each in smtp_oauth.requests] == [200]


# The address


def test_p06_a_private_address_is_not_dialled(site: Any, smtp_oauth: OAuthServer) -> None:
    site.PARTNER_SMTP_ALLOWED_NETWORKS = []

    error = error_of(smtp_oauth)

    assert (error.code, error.facts["reason"]) == (Code.OAUTH_ENDPOINT_NOT_ALLOWED, "address_not_allowed")
    assert (smtp_oauth.connections, smtp_oauth.requests) == (0, ())


def test_a_network_that_is_allowed_for_mail_is_not_allowed_for_tokens(
    site: Any, smtp_oauth: OAuthServer
) -> None:
    site.PARTNER_SMTP_ALLOWED_NETWORKS = ["127.0.0.0/8"]

    error = error_of(smtp_oauth)

    assert (error.code, error.facts["reason"]) == (Code.OAUTH_ENDPOINT_NOT_ALLOWED, "port_not_allowed")
    assert smtp_oauth.connections == 0


def test_p08_the_address_that_was_checked_is_the_one_that_is_dialled(
    monkeypatch: pytest.MonkeyPatch, smtp_oauth: OAuthServer
) -> None:
    asked: list[str] = []
    dialled: list[str] = []

    def getaddrinfo(host: str, *args: Any, **kwargs: Any) -> list[Any]:
        asked.append(host)
        found = "93.184.215.14" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (found, 0))]

    def connect(endpoints: Any, deadline: float) -> Any:
        dialled.extend(str(endpoint) for endpoint in endpoints)
        raise DeadlineError(Code.CONNECTION_FILTERED)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(connecting, "connect", connect)

    error = error_of(smtp_oauth, token_endpoint=f"https://rebinding.example:{smtp_oauth.port}/token")

    assert error.code is Code.OAUTH_ENDPOINT_UNREACHABLE
    assert (asked, dialled) == (["rebinding.example"], [f"93.184.215.14:{smtp_oauth.port}"])


def test_a_host_without_an_address_cannot_be_reached(
    monkeypatch: pytest.MonkeyPatch, smtp_oauth: OAuthServer
) -> None:
    def getaddrinfo(*args: Any, **kwargs: Any) -> list[Any]:
        raise socket.gaierror(socket.EAI_NONAME, "x")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    error = error_of(smtp_oauth)
    assert (error.code, error.facts["reason"]) == (Code.OAUTH_ENDPOINT_UNREACHABLE, "host_unknown")


def test_proxies_of_the_environment_are_not_asked(
    monkeypatch: pytest.MonkeyPatch, smtp_oauth: OAuthServer
) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert refreshed(smtp_oauth).access_token


# Encryption


@pytest.mark.parametrize("certificate", ["untrusted", "expired", "wrong-host"])
def test_p22_nothing_is_sent_to_a_server_whose_certificate_does_not_verify(
    smtp_oauth: OAuthServer, certificate: str
) -> None:
    smtp_oauth.use_certificate(certificate)

    error = error_of(smtp_oauth)

    assert error.code is Code.OAUTH_ENDPOINT_UNTRUSTED
    assert str(error.facts["reason"]).startswith("certificate_")
    assert smtp_oauth.requests == ()


def test_an_authority_that_the_site_does_not_name_is_not_trusted(site: Any, smtp_oauth: OAuthServer) -> None:
    site.PARTNER_SMTP_CA_FILE = None
    assert error_of(smtp_oauth).code is Code.OAUTH_ENDPOINT_UNTRUSTED
    assert smtp_oauth.requests == ()


def test_p59_a_list_of_authorities_that_cannot_be_read_is_named(site: Any, smtp_oauth: OAuthServer) -> None:
    site.PARTNER_SMTP_CA_FILE = "/nonexistent/ca.pem"
    assert error_of(smtp_oauth).code is Code.AUTHORITIES_UNREADABLE
    assert smtp_oauth.requests == ()


def test_nothing_is_sent_without_encryption(smtp_oauth: OAuthServer) -> None:
    endpoint = smtp_oauth.token_endpoint.replace("https://", "http://")

    with pytest.raises(TokenError):
        refreshed(smtp_oauth, token_endpoint=endpoint)

    assert (smtp_oauth.connections, smtp_oauth.requests) == (0, ())


def test_the_protocol_of_the_web_is_not_offered_to_mail_servers(site: Any, smtp_oauth: OAuthServer) -> None:
    """Some of them end the handshake then (RFC 7301 3.2)."""
    refreshed(smtp_oauth)
    sent = ssl.MemoryBIO()
    client = tls.verifying_context(site.PARTNER_SMTP_CA_FILE).wrap_bio(
        ssl.MemoryBIO(), sent, server_hostname="mail.example.com"
    )
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    hello = sent.read()
    assert (b"mail.example.com" in hello, b"http/1.1" in hello) == (True, False)


# What the server does


@pytest.mark.parametrize("fault", ["oauth:redirect", "oauth:redirect-307"])
def test_a_redirect_is_not_followed(smtp_oauth: OAuthServer, fault: str) -> None:
    smtp_oauth.fail(fault)

    assert error_of(smtp_oauth).code is Code.OAUTH_ENDPOINT_REDIRECTS
    assert [each.endpoint for each in smtp_oauth.requests] == ["token"]
    assert smtp_oauth.connections == 1


@pytest.mark.parametrize("fault", ["oauth:hang", "oauth:drip"])
def test_p16_a_slow_endpoint_ends_at_the_deadline(smtp_oauth: OAuthServer, fault: str) -> None:
    refreshed(smtp_oauth)
    smtp_oauth.fail(fault)

    with Stopwatch() as watch:
        error = error_of(smtp_oauth, soon(SHORT))

    assert (error.code, isinstance(error, DeadlineError)) == (Code.OAUTH_ENDPOINT_SLOW, True)
    assert watch.seconds < SHORT + 0.3


def test_p17_a_long_answer_is_cut(smtp_oauth: OAuthServer) -> None:
    smtp_oauth.fail("oauth:too-long")
    assert error_of(smtp_oauth).code is Code.OAUTH_ANSWER_TOO_LONG


def test_an_answer_of_almost_64_kib_is_read(smtp_oauth: OAuthServer) -> None:
    padding = "x" * (ANSWER_BUDGET - 8 * 1024)
    smtp_oauth.fail(Fault(name="long", changes={"padding": padding}))
    assert refreshed(smtp_oauth).access_token


def test_an_error_of_the_system_is_a_lost_connection() -> None:
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        theirs.close()
        stream = network._Stream(ours, soon())
        with pytest.raises(DisconnectedError) as raised:
            stream.write(b"x" * 100_000)
    assert raised.value.code is Code.DISCONNECTED
    assert isinstance(raised.value.__cause__, OSError)


@pytest.mark.parametrize("fault", ["oauth:drop", "oauth:reset"])
def test_a_connection_that_is_lost_cannot_be_reached(smtp_oauth: OAuthServer, fault: str) -> None:
    smtp_oauth.fail(fault)
    error = error_of(smtp_oauth)
    assert (error.code, error.facts["reason"]) == (Code.OAUTH_ENDPOINT_UNREACHABLE, "disconnected")


@pytest.mark.parametrize(
    "fault",
    ["html", "nonsense", "json-list", "empty", "not-utf8", "gzip", "endless", "404",
     "drop-in-headers", "drop-in-body",
     "no-access-token", "null-access-token", "empty-access-token", "access-token-number",
     "access-token-controls", "token-type-mac"],
)  # fmt: skip
def test_nonsense_is_no_token(smtp_oauth: OAuthServer, fault: str) -> None:
    smtp_oauth.fail(f"oauth:{fault}")
    assert error_of(smtp_oauth).code is Code.OAUTH_ANSWER_INVALID


def test_brackets_without_end_are_nonsense(smtp_oauth: OAuthServer) -> None:
    smtp_oauth.fail(Fault(name="deep", reply=Raw(b"[" * 50_000)))
    assert error_of(smtp_oauth).code is Code.OAUTH_ANSWER_INVALID


@pytest.mark.parametrize("fault", ["busy", "500", "503"])
def test_a_server_that_cannot_say_is_busy(smtp_oauth: OAuthServer, fault: str) -> None:
    smtp_oauth.fail(f"oauth:{fault}")
    assert error_of(smtp_oauth).code is Code.OAUTH_PROVIDER_BUSY


def test_so_is_one_that_was_asked_too_often(smtp_oauth: OAuthServer) -> None:
    smtp_oauth.fail(Fault(name="429", reply=Raw(b"<h1>Too many requests</h1>", status=429, kind="text/html")))
    assert error_of(smtp_oauth).code is Code.OAUTH_PROVIDER_BUSY


@pytest.mark.parametrize(
    ("fault", "lifetime"),
    [
        ("no-expires-in", UNKNOWN_LIFETIME), ("null-expires-in", UNKNOWN_LIFETIME),
        ("expires-in-0", UNKNOWN_LIFETIME), ("expires-in-negative", UNKNOWN_LIFETIME),
        ("expires-in-empty", UNKNOWN_LIFETIME), ("expires-in-words", UNKNOWN_LIFETIME),
        ("expires-in-true", UNKNOWN_LIFETIME), ("expires-in-text", 3600), ("expires-in-fraction", 3599.5),
        ("expires-in-huge", 10 * 365 * 24 * 3600), ("no-token-type", 3600), ("token-type-lower", 3600),
    ],
)  # fmt: skip
def test_how_long_a_token_is_good_is_read_in_any_shape(
    smtp_oauth: OAuthServer, fault: str, lifetime: float
) -> None:
    smtp_oauth.fail(f"oauth:{fault}")
    assert refreshed(smtp_oauth).lifetime == lifetime


@pytest.mark.parametrize("fault", ["no-refresh-token", "null-refresh-token", "empty-refresh-token"])
def test_no_new_refresh_token_is_empty(smtp_oauth: OAuthServer, fault: str) -> None:
    smtp_oauth.fail(f"oauth:{fault}")
    assert refreshed(smtp_oauth).refresh_token == ""


# Secrets


@pytest.mark.parametrize("fault", ["AADSTS7000215", "nonsense", "drop", "redirect", "too-long", "busy"])
@pytest.mark.parametrize("auth_method", ["client_secret_post", "client_secret_basic"])
def test_p30_an_error_holds_no_secret(
    smtp_oauth: OAuthServer, caplog: pytest.LogCaptureFixture, fault: str, auth_method: str
) -> None:
    caplog.set_level(logging.DEBUG)
    smtp_oauth.fail(f"oauth:{fault}")

    error = error_of(smtp_oauth, auth_method=auth_method)

    (asked,) = smtp_oauth.requests
    secrets = [CLIENT_SECRET, asked.parameters["refresh_token"]]
    shown = Locals(error).text + caplog.text + repr(error) + str(error) + repr(error.facts)
    assert "refresh" in shown
    assert not [secret for secret in secrets if secret in shown]


def test_a_server_that_echoes_secrets_is_redacted(smtp_oauth: OAuthServer) -> None:
    grant = smtp_oauth.issue(MAILBOX)
    text = f"secret {CLIENT_SECRET} token {grant.refresh_token} other {'aB3' * 20} id 0000aaaa-11bb-cccc"
    body = f'{{"error": "invalid_client", "error_description": "{text}"}}'.encode()
    smtp_oauth.fail(Fault(name="echo", reply=Raw(body, status=401)))

    with pytest.raises(TokenError) as raised:
        grants.refresh(make_provider(smtp_oauth), grant.refresh_token, deadline=soon())

    said = str(raised.value.facts["said"])
    assert said == "secret [redacted] token [redacted] other [redacted] id 0000aaaa-11bb-cccc"


def test_values_hide_their_secrets(smtp_oauth: OAuthServer) -> None:
    answer = refreshed(smtp_oauth)
    shown = repr(answer) + repr(make_provider(smtp_oauth)) + repr(AccessToken(value=answer.access_token))
    for secret in (answer.access_token, answer.refresh_token, CLIENT_SECRET):
        assert secret not in shown
