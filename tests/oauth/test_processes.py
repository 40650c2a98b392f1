"""Several processes and threads that want one account's token at the same time."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.utils import timezone

from smtp_sandbox import Listener
from smtp_sandbox.oauth.server import OAuthServer
from tests.support.accounts import set_columns
from tests.support.outbox import OtherProcess
from tests.support.threads import at_once, usual_transactions
from wagtail_partner_smtp.account.encryption import Kind
from wagtail_partner_smtp.models import Partner
from wagtail_partner_smtp.smtp.token_source import AccessToken

from .accounts import again, connect, make_partner_on, stored
from .providers import soon

pytestmark = pytest.mark.django_db(transaction=True)

PROCESSES = 4


@pytest.fixture
def partner(site: Any, mail: Listener, smtp_oauth: OAuthServer) -> Partner:
    return connect(make_partner_on(mail), smtp_oauth)


@pytest.mark.processes
def test_four_processes_that_renew_at_once_make_one_request(
    partner: Partner, smtp_oauth: OAuthServer, tmp_path: Path
) -> None:
    smtp_oauth.registry.rotation = "revoke"
    names = ("PARTNER_SMTP_CA_FILE", "PARTNER_SMTP_ALLOWED_NETWORKS", "PARTNER_SMTP_OAUTH")
    values = {name: getattr(site_settings, name) for name in names}
    held = smtp_oauth.fail("oauth:hang", times=1)
    with ExitStack() as stack:
        processes = []
        for number in range(PROCESSES):
            folder = tmp_path / str(number)
            folder.mkdir()
            arguments = ("tests.oauth.renewing_process", str(partner.pk))
            processes.append(stack.enter_context(OtherProcess(folder, values, *arguments)).process)
        for each in processes:
            assert each.stdout is not None
            assert each.stdout.readline() == "ready\n"
        for each in processes:
            assert each.stdin is not None
            each.stdin.write("go\n")
            each.stdin.flush()
        smtp_oauth.wait_for_requests(1, timeout=30)
        held.release()
        tokens = {each.stdout.readline().strip() for each in processes if each.stdout}

    assert tokens == {str(stored(partner, Kind.ACCESS_TOKEN))}
    assert len(smtp_oauth.token_requests()) == 1


@pytest.mark.parametrize("age", [0, 3400])
def test_threads_that_renew_at_once_make_one_request(
    partner: Partner, smtp_oauth: OAuthServer, age: int
) -> None:
    """Without any token they wait for it, with one that is still good they use that."""
    if age:
        token_of(partner)
        now = timezone.now()
        set_columns(
            partner,
            smtp_oauth_token_issued_at=now - timedelta(seconds=age),
            smtp_oauth_token_expires_at=now + timedelta(seconds=3600 - age),
        )
    before = len(smtp_oauth.token_requests())

    with usual_transactions():
        tokens = at_once(lambda _: token_of(partner), range(8))

    assert len(smtp_oauth.token_requests()) == before + 1
    assert str(stored(partner, Kind.ACCESS_TOKEN)) in {token.value for token in tokens}
    assert len({token.value for token in tokens}) <= before + 1


def token_of(partner: Partner) -> AccessToken:
    source = again(partner).smtp_settings().token_source
    assert source is not None
    return source.token(soon())
