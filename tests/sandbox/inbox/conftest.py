"""A sandbox with its inbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from smtp_sandbox import Sandbox
from smtp_sandbox.inbox import Inbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def inbox(sandbox: Sandbox) -> Inbox:
    inbox = Inbox(sandbox)
    inbox.open()
    return inbox
