"""Fixtures for pytest: ``smtp_sandbox`` for the session, ``smtp`` and ``smtp_oauth`` for each test, and the marker
``smtp``.

Nothing beyond this module is imported before a test asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, ParamSpec

import pytest

if TYPE_CHECKING:
    from .journal.records import Message, Session
    from .listener import Listener
    from .oauth.server import OAuthServer
    from .profiles import Mode
    from .sandbox import Sandbox
    from .tokens import Token

P = ParamSpec("P")


class Served:
    """What a test sees: the listener that its marker asked for, and the sandbox behind it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.listener = sandbox, sandbox.plain
        self._opened: list[Listener] = []
        # The sandbox's own, under a shorter name.
        self.plain, self.ssl, self.starttls = sandbox.plain, sandbox.ssl, sandbox.starttls
        self.client_context = sandbox.client_context
        self.wait_for_message, self.await_message = sandbox.wait_for_message, sandbox.await_message
        self.wait_for_messages, self.await_messages = sandbox.wait_for_messages, sandbox.await_messages
        self.assert_no_message, self.await_no_message = sandbox.assert_no_message, sandbox.await_no_message
        self.listen = _remembering(sandbox.listen, self._opened)

    @property
    def host(self) -> str:
        """Host of the listener."""
        return self.listener.host

    @property
    def port(self) -> int:
        """Port of the listener."""
        return self.listener.port

    @property
    def mode(self) -> Mode:
        """Mode of the listener."""
        return self.listener.mode

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions of the listener."""
        return self.listener.sessions

    @property
    def messages(self) -> tuple[Message, ...]:
        """Every message of this test."""
        return self.sandbox.messages

    @property
    def ca_file(self) -> str:
        """Path of the certificate to trust."""
        return self.sandbox.ca_file

    def close(self) -> None:
        """Close what the test opened."""
        for listener in self._opened:
            listener.close()


def _remembering(listen: Callable[P, Listener], opened: list[Listener]) -> Callable[P, Listener]:
    def remember(*args: P.args, **kwargs: P.kwargs) -> Listener:
        opened.append(listen(*args, **kwargs))
        return opened[-1]

    return remember


@pytest.fixture(scope="session")
def smtp_users() -> Mapping[str, str]:
    """Names and passwords of the sandbox; override it in your conftest.py."""
    return {"user": "pass"}


@pytest.fixture(scope="session")
def smtp_tokens() -> Mapping[str, Token]:
    """Names and access tokens of the sandbox; override it in your conftest.py."""
    return {}


@pytest.fixture(scope="session")
def smtp_sandbox(smtp_users: Mapping[str, str], smtp_tokens: Mapping[str, Token]) -> Iterator[Sandbox]:
    """One running sandbox for the whole test session (and each worker of pytest-xdist)."""
    try:
        from .sandbox import Sandbox
    except ImportError as error:
        pytest.fail(f"{error}; pip install smtp-sandbox", pytrace=False)

    with Sandbox(users=smtp_users, tokens=smtp_tokens) as sandbox:
        yield sandbox


@pytest.fixture
def smtp(smtp_sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Served]:
    """The sandbox with nothing of earlier tests in it, at the listener of ``@pytest.mark.smtp``."""
    smtp_sandbox.reset()
    served = Served(smtp_sandbox)
    if marker := request.node.get_closest_marker("smtp"):
        served.listener = served.listen(*marker.args, **marker.kwargs)
    yield served
    served.close()


@pytest.fixture
def smtp_oauth(smtp: Served) -> OAuthServer:
    """The OAuth server of the sandbox with nothing of earlier tests in it; its tokens are good at ``smtp``."""
    try:
        return smtp.sandbox.oauth
    except ModuleNotFoundError as error:
        pytest.fail(str(error), pytrace=False)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--smtp-profiles``."""
    group = parser.getgroup("smtp_sandbox")
    group.addoption("--smtp-profiles", action="store_true", help="list the profiles of smtp_sandbox and exit")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        'smtp(profile="honest", mode=…, **overrides): what the `smtp` fixture serves in this test',
    )


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Answer ``--smtp-profiles``."""
    if not config.getoption("smtp_profiles"):
        return None
    from .cli import main

    return main(["list"])
