"""Partners with a mail server, and queued mail that nobody delivers until a test does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

import pytest
from django.utils import timezone

from smtp_sandbox.pytest_plugin import Served
from tests.support.delivery import PartnerOn, partner_maker
from tests.support.slow_server import SlowServer
from wagtail_partner_smtp.outbox import waking

if TYPE_CHECKING:
    from pytest_django import Settings

SetClock: TypeAlias = Callable[[timedelta], None]


@pytest.fixture
def partner_on(smtp: Served, settings: Settings) -> PartnerOn:
    return partner_maker(smtp, settings)


@pytest.fixture
def slow_server() -> Iterator[SlowServer]:
    server = SlowServer()
    yield server
    server.may_answer.set()
    server.close()


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """By how much the clock of all workers and sites is wrong."""
    usual = timezone.now
    wrong = [timedelta()]

    def now() -> datetime:
        return usual() + wrong[0]

    monkeypatch.setattr(timezone, "now", now)
    return lambda by: wrong.__setitem__(0, by)


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The queues that a worker was told of, and no worker."""
    told: list[int] = []
    monkeypatch.setattr(waking._Wake, "__call__", lambda wake: told.append(wake.queue_id))
    return told
