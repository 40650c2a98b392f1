"""The sandbox: a thread, an event loop, and any number of listeners."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from ssl import SSLContext
from typing import Self, Unpack

from . import catalogue
from .certificates import Authority, check_name
from .contexts import Contexts, client_context
from .journal import Journal, Wanted, missing
from .listener import Listener
from .profiles import MODES, Mode, Overrides, Profile
from .records import Message
from .thread import LoopThread


class Sandbox:
    """An SMTP server for tests that is honest on three ports and misbehaves on as many as you ask for.

    Use it in ``with`` or ``async with``. ``users`` maps names to passwords (which are also the tokens of
    XOAUTH2 and OAUTHBEARER). ``keep`` bounds the stored messages, and the sessions of each listener; the
    counters go on. ``host`` is the address to listen on, loopback unless said otherwise. ``honest``
    False leaves out the three honest listeners. Nothing is ever relayed.
    """

    plain: Listener
    ssl: Listener
    starttls: Listener

    def __init__(
        self,
        users: Mapping[str, str] | None = None,
        *,
        keep: int | None = None,
        host: str = "127.0.0.1",
        authority: Authority | None = None,
        honest: bool = True,
    ) -> None:
        self.users = dict(users or {})
        self.address = host
        self.authority = authority or Authority()
        self.contexts = Contexts(self.authority)
        self.journal = Journal(keep)
        self.thread = LoopThread()
        self.listeners: list[Listener] = []
        self._honest = honest
        self._files: dict[str, Path] = {}

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
        await asyncio.gather(*(listener.shut() for listener in self.listeners))

    def stop(self) -> None:
        """Abort every connection, close every port, end the thread; records stay. May be called twice."""
        self.thread.stop()
        self.listeners.clear()
        while self._files:
            self._files.popitem()[1].unlink(missing_ok=True)

    def listen(
        self,
        profile: Profile | str = "honest",
        *,
        mode: Mode = "plain",
        port: int = 0,
        **overrides: Unpack[Overrides],
    ) -> Listener:
        """Open a profile, by name or value, in a mode; port 0 takes a free one.

        Further keywords change fields of the profile: ``auth=("PLAIN",)``, ``certificate="expired"``. Raises
        KeyError for an unknown name, TypeError for an unknown field, OSError if the port is taken.
        """
        if isinstance(profile, str):
            profile = catalogue.named(profile)
        if mode not in MODES:
            raise ValueError(f"no mode {mode!r}; known are {', '.join(MODES)}")
        profile = profile.but(**overrides) if overrides else profile
        check_name(profile.certificate)
        listener = Listener(self, profile, mode, port)
        try:
            self.thread.submit(listener.open()).result()
        except BaseException:
            listener.release()
            raise
        self.listeners.append(listener)
        return listener

    def forget(self, listener: Listener) -> None:
        """Close a listener."""
        if listener in self.listeners:
            self.listeners.remove(listener)
            self.thread.submit(listener.shut()).result()

    @property
    def messages(self) -> tuple[Message, ...]:
        """Every message accepted, whatever the listener."""
        return self.journal.messages()

    def reset(self) -> None:
        """Abort every connection, and reset every listener."""
        for listener in self.listeners:
            listener.disconnect()
            listener.reset()
        self.journal.discard(lambda _: True)

    @property
    def ca_file(self) -> str:
        """Path of the certificate to trust; the file lives until stop()."""
        return self._file("ca", self.authority.ca_pem)

    @property
    def crl_file(self) -> str:
        """Path of the same certificate with the revocation list that names "revoked"."""
        return self._file("crl", lambda: self.authority.ca_pem() + self.authority.revocation_list())

    def _file(self, name: str, content: Callable[[], bytes]) -> str:
        if name not in self._files:
            handle, path = tempfile.mkstemp(prefix=f"smtp_sandbox-{name}-", suffix=".pem")
            with open(handle, "wb") as file:
                file.write(content())
            self._files[name] = Path(path)
        return str(self._files[name])

    def client_context(self, *, certificate: bool = False) -> SSLContext:
        """A client's context that trusts the sandbox's CA only; with a client certificate if asked for."""
        return client_context(self.authority, certificate=certificate)

    def wait_for_message(
        self,
        *,
        to: str | None = None,
        mail_from: str | None = None,
        subject: str | None = None,
        at: Listener | None = None,
        timeout: float = 5.0,
    ) -> Message:
        """The first message, here already or yet to come, with this recipient, sender, subject and listener.

        Raises TimeoutError after ``timeout`` seconds; it lists what did arrive.
        """
        wanted = Wanted(to=to, mail_from=mail_from, subject=subject, origin=at.origin if at else None)
        future = self.journal.expect(wanted)
        with contextlib.suppress(TimeoutError):
            return future.result(timeout)
        future.cancel()
        raise missing(wanted, timeout, self.messages)

    async def await_message(
        self,
        *,
        to: str | None = None,
        mail_from: str | None = None,
        subject: str | None = None,
        at: Listener | None = None,
        timeout: float = 5.0,
    ) -> Message:
        """The same for asynchronous tests, on their own event loop."""
        wanted = Wanted(to=to, mail_from=mail_from, subject=subject, origin=at.origin if at else None)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                return await asyncio.wrap_future(self.journal.expect(wanted))
        raise missing(wanted, timeout, self.messages)
