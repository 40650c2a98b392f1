"""Fixtures for pytest: ``smtp_sandbox`` for the session, ``smtp`` for each test, and the marker ``smtp``.

Nothing beyond this module is imported before a test asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Unpack

import pytest

if TYPE_CHECKING:
    from ssl import SSLContext

    from .listener import Listener
    from .profiles import Mode, Overrides, Profile
    from .records import Message, Session
    from .sandbox import Sandbox


class Served:
    """What a test sees: the listener that its marker asked for, and the sandbox behind it."""

    def __init__(self, sandbox: Sandbox, listener: Listener) -> None:
        self.sandbox, self.listener = sandbox, listener
        self._opened: list[Listener] = []

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
    def plain(self) -> Listener:
        """The honest listener without TLS."""
        return self.sandbox.plain

    @property
    def ssl(self) -> Listener:
        """The honest listener with TLS from the first octet."""
        return self.sandbox.ssl

    @property
    def starttls(self) -> Listener:
        """The honest listener with STARTTLS."""
        return self.sandbox.starttls

    @property
    def messages(self) -> tuple[Message, ...]:
        """Every message of this test."""
        return self.sandbox.messages

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions of the listener."""
        return self.listener.sessions

    @property
    def ca_file(self) -> str:
        """Path of the certificate to trust."""
        return self.sandbox.ca_file

    def client_context(self, *, certificate: bool = False) -> SSLContext:
        """A client's context that trusts the sandbox."""
        return self.sandbox.client_context(certificate=certificate)

    def listen(
        self,
        profile: Profile | str = "honest",
        *,
        mode: Mode = "plain",
        port: int = 0,
        **overrides: Unpack[Overrides],
    ) -> Listener:
        """``Sandbox.listen`` until the end of the test."""
        listener = self.sandbox.listen(profile, mode=mode, port=port, **overrides)
        self._opened.append(listener)
        return listener

    def wait_for_message(
        self,
        *,
        to: str | None = None,
        mail_from: str | None = None,
        subject: str | None = None,
        at: Listener | None = None,
        timeout: float = 5.0,
    ) -> Message:
        """``Sandbox.wait_for_message``."""
        return self.sandbox.wait_for_message(
            to=to, mail_from=mail_from, subject=subject, at=at, timeout=timeout
        )

    async def await_message(
        self,
        *,
        to: str | None = None,
        mail_from: str | None = None,
        subject: str | None = None,
        at: Listener | None = None,
        timeout: float = 5.0,
    ) -> Message:
        """``Sandbox.await_message``."""
        return await self.sandbox.await_message(
            to=to, mail_from=mail_from, subject=subject, at=at, timeout=timeout
        )

    def close(self) -> None:
        """Close what the test opened."""
        for listener in self._opened:
            listener.close()


@pytest.fixture(scope="session")
def smtp_users() -> Mapping[str, str]:
    """Names and passwords of the sandbox; override it in your conftest.py."""
    return {"user": "pass"}


@pytest.fixture(scope="session")
def smtp_sandbox(smtp_users: Mapping[str, str]) -> Iterator[Sandbox]:
    """One running sandbox for the whole test session (and each worker of pytest-xdist)."""
    try:
        from .sandbox import Sandbox
    except ImportError as error:
        pytest.fail(f"{error}; pip install 'wagtail-partner-smtp[sandbox]'", pytrace=False)

    with Sandbox(users=smtp_users) as sandbox:
        yield sandbox


@pytest.fixture
def smtp(smtp_sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Served]:
    """The sandbox with nothing of earlier tests in it, at the listener of ``@pytest.mark.smtp``."""
    smtp_sandbox.reset()
    served = Served(smtp_sandbox, smtp_sandbox.plain)
    if marker := request.node.get_closest_marker("smtp"):
        served.listener = served.listen(*marker.args, **marker.kwargs)
    yield served
    served.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--smtp-profiles``."""
    group = parser.getgroup("smtp_sandbox")
    group.addoption("--smtp-profiles", action="store_true", help="list the profiles of smtp_sandbox and exit")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        'smtp(profile="honest", mode="plain", **overrides): what the `smtp` fixture serves in this test',
    )


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Answer ``--smtp-profiles``."""
    if not config.getoption("smtp_profiles"):
        return None
    from .cli import main

    return main(["list"])
