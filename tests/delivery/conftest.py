"""Partners with a mail server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smtp_sandbox.pytest_plugin import Served
from tests.support.delivery import PartnerOn, partner_maker

if TYPE_CHECKING:
    from pytest_django import Settings


@pytest.fixture
def partner_on(smtp: Served, settings: Settings) -> PartnerOn:
    return partner_maker(smtp, settings)
