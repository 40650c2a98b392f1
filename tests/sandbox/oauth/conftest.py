"""The OAuth server of the sandbox, and a listener that takes its tokens."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served

# Where Authlib is not installed there is no server; test_without_authlib.py says what there is then.
if find_spec("authlib") is None:
    collect_ignore = [
        "test_grants.py",
        "test_consent.py",
        "test_faults.py",
        "test_vendors.py",
        "test_server.py",
    ]


@pytest.fixture
def mail(smtp: Served) -> Listener:
    return smtp.listen("token-only", mode="ssl")
