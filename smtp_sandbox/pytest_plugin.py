"""Fixtures for pytest: ``smtp_sandbox`` for the session, ``smtp`` and ``smtp_oauth`` for each test, and the marker
``smtp``.

Nothing beyond this module is imported before a test asks for a fixture.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .journal.records import Message, Session
    from .oauth.server import OAuthServer
    from .profiles import Mode, Profile
    from .sandbox import Sandbox
    from .tokens import Token


class Served:
    """What a test sees: the listener that its marker asked for, and the sandbox behind it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.listener = sandbox, sandbox.plain
        # The sandbox's own, under a shorter name.
        self.plain, self.ssl, self.starttls = sandbox.plain, sandbox.ssl, sandbox.starttls
        self.client_context = sandbox.client_context
        self.wait_for_message, self.await_message = sandbox.wait_for_message, sandbox.await_message
        self.wait_for_messages, self.await_messages = sandbox.wait_for_messages, sandbox.await_messages
        self.assert_no_message, self.await_no_message = sandbox.assert_no_message, sandbox.await_no_message
        self.listen = sandbox.listen

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


@pytest.fixture(autouse=True)
def _as_before(request: pytest.FixtureRequest) -> Iterator[None]:
    """After a test that uses the sandbox, its users, tokens and listeners are those from before."""
    # First among the fixtures of a test, so that it also undoes what the others do.
    if "smtp_sandbox" not in request.fixturenames:
        yield
        return
    sandbox: Sandbox = request.getfixturevalue("smtp_sandbox")
    users, tokens, listeners = dict(sandbox.users), dict(sandbox.tokens), list(sandbox.listeners)
    yield
    for listener in [each for each in sandbox.listeners if each not in listeners]:
        listener.close()
    # The same objects, since the listeners have them.
    sandbox.users.clear()
    sandbox.users.update(users)
    sandbox.tokens.clear()
    sandbox.tokens.update(tokens)


@pytest.fixture
def smtp(smtp_sandbox: Sandbox, request: pytest.FixtureRequest) -> Served:
    """The sandbox with nothing of earlier tests in it, at the listener of ``@pytest.mark.smtp``."""
    smtp_sandbox.reset()
    served = Served(smtp_sandbox)
    if request.node.get_closest_marker("smtp"):
        served.listener = served.listen(**_wanted(request.node))
    return served


@pytest.fixture
def smtp_oauth(smtp: Served) -> OAuthServer:
    """The OAuth server of the sandbox with nothing of earlier tests in it; its tokens are good at ``smtp``."""
    try:
        return smtp.sandbox.oauth
    except ModuleNotFoundError as error:
        pytest.fail(str(error), pytrace=False)


def _wanted(item: pytest.Item) -> dict[str, Any]:
    """The arguments of all markers of a test; of the same ones, those of the closest marker."""
    from .catalogue import named
    from .profiles import Profile

    usual = Profile("usual")
    wanted: dict[str, Any] = {}
    for marker in reversed(list(item.iter_markers("smtp"))):
        closer = _keywords(*marker.args, **marker.kwargs)
        if profile := closer.get("profile"):
            profile = named(profile) if isinstance(profile, str) else profile
            # What the profile is about is closer, too: no keyword from farther away takes it back.
            wanted = {
                key: value
                for key, value in wanted.items()
                if getattr(profile, key, None) == getattr(usual, key, None)
            }
        wanted |= closer
    return wanted


def _keywords(profile: Profile | str | None = None, **others: Any) -> dict[str, Any]:
    return others if profile is None else {"profile": profile, **others}


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Refuse a marker without effect, with which the test would pass without having met the fault."""
    used = getattr(item, "fixturenames", ())
    # A class or module may also have tests without any server.
    markers = item.iter_markers("smtp") if "smtp_sandbox" in used else item.own_markers
    says_something = any(each.name == "smtp" and (each.args or each.kwargs) for each in markers)
    if says_something and "smtp" not in used:
        pytest.fail(
            "@pytest.mark.smtp is about the fixture `smtp`, which this test does not use; write `smtp` as an "
            'argument of the test, or @pytest.mark.usefixtures("smtp")',
            pytrace=False,
        )


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
