"""An account's tokens: got, kept, renewed, given up."""

from __future__ import annotations

import time
from datetime import timedelta

from django.utils import timezone

from smtp_sandbox import Listener
from smtp_sandbox.oauth.server import OAuthServer
from tests.support.accounts import set_columns
from tests.support.stopwatch import PATIENCE
from wagtail_partner_smtp import conf, connection_test
from wagtail_partner_smtp.models import Partner
from wagtail_partner_smtp.smtp.token_source import AccessToken

from .accounts import MAILBOX, again


def soon() -> float:
    return time.monotonic() + PATIENCE


def token_of(partner: Partner) -> AccessToken:
    source = again(partner).smtp_settings().token_source
    assert source is not None
    return source.token(soon())


def run(partner: Partner) -> connection_test.ConnectionReport:
    return connection_test.run(again(partner).smtp_settings(), conf.policy())


def test_a_test_gets_a_token_and_logs_in_with_it(partner: Partner, smtp_oauth: OAuthServer) -> None:
    report = run(partner)

    assert (report.ok, report.deliverable, report.error) == (True, True, None)
    token = report.stages[1]
    assert (token.name, token.title, token.status) == ("token", "Access token", "ok")
    assert token.message == "Got a new access token."
    assert [each.grant_type for each in smtp_oauth.token_requests()] == ["refresh_token"]


def test_a_second_test_takes_the_token_that_is_there(partner: Partner, smtp_oauth: OAuthServer) -> None:
    run(partner)
    set_columns(partner, smtp_oauth_token_issued_at=timezone.now() - timedelta(seconds=30))

    report = run(partner)

    assert report.stages[1].message == "An access token that is still good was there."
    assert len(smtp_oauth.token_requests()) == 1


def test_mail_leaves_with_a_token(partner: Partner, mail: Listener, smtp_oauth: OAuthServer) -> None:
    assert again(partner).send_mail("Hello", "Text", ["jane@example.com"]) == 1

    assert mail.sessions[0].user == MAILBOX
    assert len(smtp_oauth.token_requests()) == 1
