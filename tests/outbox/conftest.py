"""Partners with a mail server, and queued mail that nobody delivers until a test does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtp_sandbox.pytest_plugin import Served
from tests.support.delivery import PartnerOn, partner_maker
from wagtail_partner_smtp.outbox import waking

if TYPE_CHECKING:
    from pytest_django import Settings


@pytest.fixture
def partner_on(smtp: Served, settings: Settings) -> PartnerOn:
    return partner_maker(smtp, settings)


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The queues that a worker was told of, and no worker."""
    told: list[int] = []
    monkeypatch.setattr(waking._Wake, "__call__", lambda wake: told.append(wake.queue_id))
    return told
