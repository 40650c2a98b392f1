"""The sandbox: a thread, an event loop, and any number of listeners."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from ssl import SSLContext
from typing import TYPE_CHECKING, Self, Unpack

from . import catalogue
from .journal.messages import Journal
from .journal.records import Message
from .journal.store import Store
from .journal.wanted import Wanted
from .listener import Listener, Surroundings, host_name, names_of, shut
from .profiles import MODES, Mode, Overrides, Profile
from .sense import chosen_mode
from .thread import LoopThread
from .tls.certificates import Authority, check_name
from .tls.contexts import check_settings
from .tls.trust import Trust
from .tokens import Issued, Token

if TYPE_CHECKING:
    from .oauth.server import OAuthServer


class Sandbox:
    """An SMTP server for tests that behaves correctly on three ports, and wrongly on as many as you ask for.

    Use it in ``with`` or ``async with``. ``users`` maps names to passwords, ``tokens`` names to what XOAUTH2 and
    OAUTHBEARER take of them; for a name that is not there they take the password. ``keep`` bounds the stored
    messages, and the sessions of each listener; the counters go on. ``host`` is the address to listen on;
    "localhost" is 127.0.0.1 and, where there is one, ::1. Certificates hold it, loopback's names and ``names``;
    they are issued by ``authority``, or a CA of this sandbox alone. ``store`` is a folder where each message
    becomes a file. ``honest`` False leaves out the three honest listeners. Nothing is ever relayed.
    """

    plain: Listener
    ssl: Listener
    starttls: Listener

    def __init__(
        self,
        users: Mapping[str, str] | None = None,
        *,
        tokens: Mapping[str, Token] | None = None,
        keep: int | None = None,
        host: str = "localhost",
        names: Iterable[str] = (),
        authority: Authority | None = None,
        store: str | Path | None = None,
        honest: bool = True,
    ) -> None:
        self.users = dict(users or {})
        self.tokens = dict(tokens or {})
        self.authority = authority or Authority()
        self.authority.add_names((*names_of(host), *names))
        self.journal = Journal(keep, Store(store) if store else None)
        self.thread = LoopThread()
        self.listeners: list[Listener] = []
        self._oauth: OAuthServer | None = None
        self._opening = threading.Lock()
        self._honest = honest
        self._trust = Trust(self.authority)
        self._shared = Surroundings(
            address=host,
            users=self.users,
            tokens=self.tokens,
            issued=Issued(),
            trust=self._trust,
            journal=self.journal,
            thread=self.thread,
            close=self._close,
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Open the honest listeners in a new thread; returns when they accept.

        Takes milliseconds, so it may be called from a running event loop. Raises RuntimeError if it
        runs already.
        """
        self.thread.start()
        self.thread.at_stop(self._shut_all)
        try:
            if self._honest:
                self.plain, self.ssl, self.starttls = (self.listen(mode=mode) for mode in MODES)
        except BaseException:
            self.stop()
            raise

    async def _shut_all(self) -> None:
        await shut(self.listeners)

    def stop(self) -> None:
        """Abort every connection, close every port, end the thread; records stay. May be called twice."""
        self.thread.stop()
        self.listeners.clear()
        self._oauth = None
        self._trust.remove_files()

    def listen(
        self,
        profile: Profile | str = "honest",
        *,
        mode: Mode | None = None,
        port: int = 0,
        **overrides: Unpack[Overrides],
    ) -> Listener:
        """Open a profile, by name or value, in a mode; port 0 takes a free one.

        Without a mode it is the first in which the profile makes sense. Further keywords change fields of the
        profile: ``auth=("PLAIN",)``, ``certificate="expired"``. Raises KeyError for an unknown name, TypeError for
        an unknown field or a value of another type, ValueError for one that makes no sense and for what no client
        can meet, with this profile or in this mode, OSError if the port is taken.
        """
        if isinstance(profile, str):
            profile = catalogue.named(profile)
        profile = profile.but(**overrides) if overrides else profile
        check_name(profile.certificate)
        mode = chosen_mode(profile, mode)
        check_settings(profile)
        listener = Listener(self._shared, profile, mode, port)
        try:
            self.thread.submit(listener.open()).result()
        except BaseException:
            listener.release()
            raise
        self.listeners.append(listener)
        return listener

    @property
    def oauth(self) -> OAuthServer:
        """The OAuth server, opened on a free port when it is first asked for.

        Raises ModuleNotFoundError where Authlib is not installed.
        """
        with self._opening:
            return self._oauth or self.open_oauth()

    def open_oauth(self, port: int = 0) -> OAuthServer:
        """Open the OAuth server; port 0 takes a free one.

        Raises ModuleNotFoundError where Authlib is not installed, OSError if the port is taken, RuntimeError if it
        is open already.
        """
        if self._oauth:
            raise RuntimeError("the OAuth server is open already")
        try:
            from .oauth.server import OAuthServer
        except ModuleNotFoundError as error:
            hint = f"{error}; pip install 'smtp-sandbox[oauth]'"
            raise ModuleNotFoundError(hint, name=error.name) from error
        server = OAuthServer(
            self.thread, self._trust, self._shared.issued, self._people, host=host_name(self._shared.address)
        )
        server.open(self._shared.address, port)
        self._oauth = server
        return server

    def _people(self) -> list[str]:
        return sorted({*self.users, *self.tokens})

    def _close(self, listener: Listener) -> None:
        if listener in self.listeners:
            self.listeners.remove(listener)
            self.thread.submit(shut([listener])).result()

    @property
    def messages(self) -> tuple[Message, ...]:
        """Every message accepted, whatever the listener."""
        return self.journal.messages()

    def reset(self) -> None:
        """Abort every connection, and reset every listener."""
        for listener in self.listeners:
            listener.disconnect()
            listener.reset()
        if self._oauth:
            self._oauth.disconnect()
            self._oauth.reset()
        self.journal.discard()

    @property
    def ca_file(self) -> str:
        """Path of the certificate to trust; the file lives until stop()."""
        return self._trust.ca_file

    @property
    def crl_file(self) -> str:
        """Path of the same certificate with the revocation list that names "revoked"."""
        return self._trust.crl_file

    def client_context(self, *, certificate: bool = False) -> SSLContext:
        """A client's context that trusts the sandbox's CA only; with a client certificate if asked for."""
        return self._trust.client_context(certificate=certificate)

    def wait_for_message(self, *, timeout: float = 5.0, **wanted: Unpack[Wanted]) -> Message:
        """The first message, here already or yet to come, with this recipient, sender, subject and listener.

        The keywords are ``to``, ``mail_from``, ``subject`` and ``at`` (a listener). A message that one wait was
        given is not given to the next; with ``after``, a message, each later one counts. Raises TimeoutError
        after ``timeout`` seconds; it lists what arrived last. TypeError is raised for another keyword, ValueError
        for ``to`` and ``mail_from`` that are no address.
        """
        return self.wait_for_messages(1, timeout=timeout, **wanted)[0]

    def wait_for_messages(
        self, count: int, *, timeout: float = 5.0, **wanted: Unpack[Wanted]
    ) -> tuple[Message, ...]:
        """So many messages, in the order of their arrival, all within ``timeout`` seconds.

        Raises TimeoutError if there are fewer; they are then left to the next wait.
        """
        return self.journal.wait(count, timeout, **wanted)

    def assert_no_message(self, *, within: float, **unwanted: Unpack[Wanted]) -> None:
        """Wait ``within`` seconds for a message that no wait was given. Raises AssertionError if there is one."""
        self.journal.wait_in_vain(within, **unwanted)

    async def await_message(self, *, timeout: float = 5.0, **wanted: Unpack[Wanted]) -> Message:
        """As ``wait_for_message``, for asynchronous tests on their own event loop."""
        return (await self.await_messages(1, timeout=timeout, **wanted))[0]

    async def await_messages(
        self, count: int, *, timeout: float = 5.0, **wanted: Unpack[Wanted]
    ) -> tuple[Message, ...]:
        """As ``wait_for_messages``."""
        return await self.journal.wait_async(count, timeout, **wanted)

    async def await_no_message(self, *, within: float, **unwanted: Unpack[Wanted]) -> None:
        """As ``assert_no_message``."""
        await self.journal.wait_in_vain_async(within, **unwanted)
