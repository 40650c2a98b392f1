"""A mail server for the tests of the admin's pages."""

from __future__ import annotations

from typing import Any

import pytest

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served
from tests.support.admin import listen


@pytest.fixture
def server(smtp: Served, settings: Any) -> Listener:
    """With nothing wrong, over STARTTLS; the site may reach it, and trusts it."""
    return listen(smtp, settings, mode="starttls")
