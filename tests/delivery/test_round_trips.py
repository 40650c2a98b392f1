"""The connection test waits for the server less often than smtplib does."""

from __future__ import annotations

from typing import Any

import pytest

from smtp_sandbox import Listener, Sandbox
from tests.benchmarks import conversation, delivery
from tests.benchmarks.conversation import LOGIN, PASSWORD, SECURITY
from tests.benchmarks.proxy import Proxy, proxied

pytestmark = pytest.mark.django_db


@pytest.fixture
def sandbox(smtp_sandbox: Sandbox) -> Sandbox:
    smtp_sandbox.users[LOGIN] = PASSWORD
    return smtp_sandbox


def commands(listener: Listener) -> list[str]:
    """What the last client said, by the names of the commands."""
    listener.wait_idle()
    (session,) = listener.sessions
    said = [line.split()[0].upper() for direction, line in session.transcript if direction == "C"]
    listener.reset()
    return said


@pytest.mark.parametrize("mode", ["plain", "ssl", "starttls"])
def test_the_test_says_exactly_what_smtplib_says(mode: Any, sandbox: Sandbox) -> None:
    listener = sandbox.listen(mode=mode, auth=("PLAIN",))
    try:
        conversation.ours(listener.port, SECURITY[mode], str(sandbox.ca_file))
        ours = commands(listener)
        conversation.bare(listener.port, SECURITY[mode], str(sandbox.ca_file))
        assert ours == commands(listener)
        assert ours.count("EHLO") == (2 if mode == "starttls" else 1)
    finally:
        listener.close()


def test_the_proxy_counts_the_turns_of_the_server(sandbox: Sandbox) -> None:
    """In clear text, where TLS cannot blur who spoke when."""
    ours, bare = conversation.compared(sandbox, sandbox.plain, 0.005, runs=1)
    # The greeting, EHLO, AUTH, MAIL, RCPT, RSET, QUIT.
    assert bare.round_trips == 7
    # MAIL, RCPT and RSET go in one group.
    assert ours.round_trips == 5
    # Two ways of 5 ms for each of them and for the connection.
    assert bare.milliseconds >= 8 * 10
    assert ours.milliseconds >= 6 * 10


def test_the_proxy_counts_from_zero_again(sandbox: Sandbox) -> None:
    with proxied(sandbox.plain.port, 0.0) as proxy:
        assert isinstance(proxy, Proxy)
        for _ in range(2):
            proxy.reset()
            conversation.bare(proxy.port, SECURITY["plain"], str(sandbox.ca_file))
            assert (proxy.connections, proxy.round_trips) == (1, 7)


@pytest.mark.parametrize(("lacking", "expected"), [((), 1.0), (delivery.NO_CHUNKS, 2.0)])
def test_a_delivery_waits_as_seldom_as_the_server_allows(lacking: tuple[str, ...], expected: float) -> None:
    scenario = delivery.Scenario(delay=0.005, recipients=3, messages=2, without=lacking)
    figures = delivery.measured(scenario, 1)
    assert (figures["ours"].round_trips, figures["Django"].round_trips) == (expected, 6.0)
