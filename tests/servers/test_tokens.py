"""Access tokens at Dovecot, at Postfix, which asks Dovecot, and at nodemailer's server."""

from __future__ import annotations

import base64
import smtplib
import ssl

import pytest

from smtp_sandbox import OAuthServer
from tests.sandbox.oauth.asking import CREDENTIALS, ask
from tests.support.outcomes import FINE, failed, outcome
from wagtail_partner_smtp.connection_test.report import ConnectionReport
from wagtail_partner_smtp.smtp import bearer

from .accounts import mechanism, try_out
from .daemon import EMAIL, LOGIN, MailServer
from .nodemailer import TOKEN
from .tokens import make_token

pytestmark = pytest.mark.servers

MECHANISMS = ("XOAUTH2", "OAUTHBEARER")
# What Dovecot says of a token that is none of the login's: its own XOAUTH2 is that of Google.
REASONS = {"XOAUTH2": "401", "OAUTHBEARER": "invalid_token"}
# Octets of base64 in a response that the server still takes.
LIMITS = {"dovecot": 8192, "postfix": 12288}


@pytest.fixture(params=LIMITS)
def server(request: pytest.FixtureRequest) -> MailServer:
    # Dovecot hands its mail to Postfix, which finds its logins at Dovecot.
    request.getfixturevalue("postfix_server")
    found: MailServer = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture(params=MECHANISMS)
def only(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The one mechanism that is known to the session."""
    monkeypatch.setattr(bearer, "PREFERENCE", (request.param,))
    return str(request.param)


def try_token(server: MailServer, token: str, listener: str = "submissions") -> ConnectionReport:
    security = "tls" if listener == "submission" else "ssl"
    return try_out(server, listener, security, password="", access_token=token)


def fetched(oauth: OAuthServer, mailbox: str, length: int = 1200) -> str:
    """An access token that the token endpoint has given for a refresh token."""
    oauth.registry.token_length = length
    refresh_token = oauth.issue(mailbox).refresh_token
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **CREDENTIALS}
    token: str = ask(oauth.token_endpoint, oauth.client_context(), form).json["access_token"]
    return token


def asked_about(oauth: OAuthServer, token: str) -> bool:
    """Whether a mail server has asked whose the token is."""
    return token in [each.parameters["token"] for each in oauth.requests if each.endpoint == "introspection"]


def reason(report: ConnectionReport) -> object:
    assert report.facts.error is not None
    return report.facts.error.facts["status"]


@pytest.mark.parametrize("listener", ["submission", "submissions"])
def test_a_token_is_green(server: MailServer, only: str, listener: str) -> None:
    report = try_token(server, make_token(LOGIN), listener)
    assert (outcome(report), mechanism(report)) == (FINE, only)


@pytest.mark.parametrize("kind", ["expired", "of somebody else", "made up"])
def test_a_refused_token_is_named_with_its_reason(server: MailServer, only: str, kind: str) -> None:
    tokens = {
        "expired": make_token(LOGIN, seconds=-60),
        "of somebody else": make_token("ann"),
        "made up": "opaque-t0ken",
    }
    report = try_token(server, tokens[kind])
    assert outcome(report) == failed("token_refused", "auth", "smtp_login")
    assert reason(report) == REASONS[only]
    assert report.error is not None
    assert (report.error.smtp_code, report.error.enhanced_code) == (535, "5.7.8")


@pytest.mark.parametrize("length", [300, 400, 1000, 2000, 5900])
def test_a_token_may_be_long(server: MailServer, only: str, length: int) -> None:
    assert outcome(try_token(server, make_token(LOGIN, length=length))) == FINE


def test_a_token_may_be_longer_than_the_server_takes(
    request: pytest.FixtureRequest, server: MailServer, only: str
) -> None:
    limit = LIMITS[request.node.callspec.params["server"]]
    assert outcome(try_token(server, make_token(LOGIN, length=limit * 3 // 4 - 150))) == FINE
    report = try_token(server, make_token(LOGIN, length=limit * 3 // 4))
    assert outcome(report) == failed("token_too_long", "auth", "smtp_login")


def test_what_is_behind_the_limit_of_a_command_line(server: MailServer) -> None:
    """The same token that ``test_a_token_may_be_long`` logs in with, as an initial response."""
    response = base64.b64encode(
        f"user={LOGIN}\x01auth=Bearer {make_token(LOGIN, length=2000)}\x01\x01".encode()
    ).decode()
    context = ssl.create_default_context(cafile=str(server.ca_file))
    with smtplib.SMTP_SSL(server.host, server.ports["submissions"], context=context) as client:
        client.ehlo("site.example.org")
        code, text = client.docmd("AUTH", f"XOAUTH2 {response}")
    assert (code, text[:5]) in [(500, b"5.5.2"), (535, b"5.7.8")]


def test_nodemailer_takes_a_token(nodemailer_server: MailServer) -> None:
    report = try_out(nodemailer_server, "submissions", "ssl", login=EMAIL, password="", access_token=TOKEN)
    assert (outcome(report), mechanism(report)) == (FINE, "XOAUTH2")


def test_nodemailer_refuses_a_token(nodemailer_server: MailServer) -> None:
    report = try_out(
        nodemailer_server, "submissions", "ssl", login=EMAIL, password="", access_token="another"
    )
    assert outcome(report) == failed("token_refused", "auth", "smtp_login")
    assert reason(report) == "401"
    assert report.facts.error is not None
    assert report.facts.error.facts["scope"] == "https://mail.example.org/"


def test_a_token_that_a_server_issued_is_green(
    server: MailServer, oauth_server: OAuthServer, only: str
) -> None:
    token = fetched(oauth_server, LOGIN)

    report = try_token(server, token)

    assert (outcome(report), mechanism(report)) == (FINE, only)
    assert asked_about(oauth_server, token)


@pytest.mark.parametrize("kind", ["of somebody else", "expired", "revoked"])
def test_a_token_that_a_server_issued_for_nobody_or_somebody_else_is_refused(
    server: MailServer, oauth_server: OAuthServer, only: str, kind: str
) -> None:
    token = fetched(oauth_server, "ann" if kind == "of somebody else" else LOGIN)
    grant = oauth_server.registry.find(access_token=token)
    assert grant
    if kind == "expired":
        grant.issued_at -= 7200
    elif kind == "revoked":
        oauth_server.registry.revoke(grant)

    report = try_token(server, token)

    assert outcome(report) == failed("token_refused", "auth", "smtp_login")
    assert reason(report) == REASONS[only]
    assert asked_about(oauth_server, token)


def test_nodemailer_takes_a_long_token_that_a_server_issued(
    nodemailer_server: MailServer, oauth_server: OAuthServer
) -> None:
    for length in (300, 12_000):
        token = fetched(oauth_server, EMAIL, length)

        report = try_out(
            nodemailer_server, "submissions", "ssl", login=EMAIL, password="", access_token=token
        )

        assert (outcome(report), mechanism(report)) == (FINE, "XOAUTH2")
        assert asked_about(oauth_server, token)


def test_nodemailer_refuses_a_token_that_a_server_issued_for_somebody_else(
    nodemailer_server: MailServer, oauth_server: OAuthServer
) -> None:
    token = fetched(oauth_server, "ann@example.org")

    report = try_out(nodemailer_server, "submissions", "ssl", login=EMAIL, password="", access_token=token)

    assert outcome(report) == failed("token_refused", "auth", "smtp_login")
    assert asked_about(oauth_server, token)
