"""Rounds of tests of accounts with OAuth: their threads leave the database to the one that waits for them."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections

from smtp_sandbox import Listener
from smtp_sandbox.oauth.server import OAuthServer
from tests.support.accounts import column
from wagtail_partner_smtp.account.encryption import Kind
from wagtail_partner_smtp.connection_test import rounds
from wagtail_partner_smtp.models import Partner

from .accounts import again, connect, make_partner_on, stored

pytestmark = pytest.mark.django_db


def test_a_round_gets_tokens_and_keeps_them(
    site: Any, mail: Listener, smtp_oauth: OAuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the transaction of this test, which no other thread could see."""
    partners = [connect(make_partner_on(mail), smtp_oauth) for _ in range(3)]
    threads: set[int] = set()
    execute = connections["default"].execute_wrapper

    def note(call: Any, *arguments: Any) -> Any:
        threads.add(threading.get_ident())
        return call(*arguments)

    with execute(note):
        reports = list(rounds.check_all([again(each) for each in partners], jobs=3))

    assert [report.status for report in reports] == ["ok"] * 3
    assert [column(each, "smtp_status") for each in partners] == ["ok"] * 3
    assert all(stored(each, Kind.ACCESS_TOKEN) for each in partners)
    assert len(smtp_oauth.token_requests()) == 3
    assert threads == {threading.get_ident()}


def test_what_goes_wrong_with_the_database_is_no_deadlock(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("wagtail_partner_smtp.oauth.tokens._Renewal._rows", fail)
    (report,) = rounds.check_all([again(partner)], jobs=1)
    assert report.error is not None
    assert (report.error.code, report.error.stage) == ("internal_error", "token")


def test_the_command_tests_an_account_with_oauth(
    partner: Partner, smtp_oauth: OAuthServer, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("check_partner_smtp", partner.slug)
    told = capsys.readouterr().out
    assert "Got a new access token." in told


def test_a_password_has_no_line_about_tokens(
    mail: Listener, site: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = make_partner_on(mail, smtp_auth="password", smtp_login="")
    call_command("check_partner_smtp", plain.slug)
    assert "token" not in capsys.readouterr().out.lower()
