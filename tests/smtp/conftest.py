"""Servers and values for the tests of a session."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from smtp_sandbox import Sandbox
from wagtail_partner_smtp.smtp import limits, network

from .peers import Script, Server

Serve = Callable[..., Server]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """``serve(script, context=None)``: a scripted server until the end of the test."""
    servers: list[Server] = []

    def start(script: Script, context: ssl.SSLContext | None = None) -> Server:
        servers.append(Server(script, context))
        return servers[-1]

    yield start
    for server in servers:
        server.close()
    assert [failure for server in servers for failure in server.failures] == []


@dataclass
class Clock:
    """Stands in for the module ``time``, and stands still until a test moves ``now``."""

    now: float = field(default_factory=time.monotonic)

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time by which deadlines are reckoned."""
    clock = Clock()
    for module in (limits, network):
        monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def users(smtp_sandbox: Sandbox) -> Iterator[dict[str, str]]:
    """The sandbox's names and passwords, which the test may change."""
    usual = dict(smtp_sandbox.users)
    yield smtp_sandbox.users
    smtp_sandbox.users.clear()
    smtp_sandbox.users.update(usual)


@pytest.fixture
def server_context(smtp_sandbox: Sandbox) -> ssl.SSLContext:
    """A server's context with a certificate that the sandbox's authority has signed for localhost."""
    return smtp_sandbox.ssl.context()
