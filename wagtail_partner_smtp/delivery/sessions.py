"""Open sessions for delivery, one for each account."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..diagnosis.replies import judge
from ..smtp.errors import Code, DisconnectedError, ProtocolError, ReplyError, SettingsError, SMTPError
from ..smtp.limits import Limits
from ..smtp.message import deliver
from ..smtp.receipt import Receipt
from ..smtp.refusals import SERVICE_CLOSING
from ..smtp.session import SMTPSession
from ..smtp.settings import SMTPSettings, Stage
from ..smtp.transaction import ASK_FIRST
from .envelope import Outgoing

SUSPECTED_FOR = 3600.0  # seconds

# Hosts and ports that did not support a group of commands, or closed the connection at the first one, and the
# time until which other sessions send single commands there. Otherwise each message to such a server would
# have to find that out, and its own outcome would be unknown.
_suspects: dict[tuple[str, int], float] = {}


class SessionPool:
    """Opens a session when the first message needs it and keeps it for the next. Not for several threads.

    ``timeout`` is the limit of each command in seconds, ``PARTNER_SMTP_SEND_TIMEOUT`` if ``None``;
    ``verdict_timeout`` that of the answer to a message, if it is more; ``limits`` take the place of both.
    ``latest`` is the session of the last message, open or not: its trace tells what happened.
    """

    def __init__(
        self, timeout: float | None = None, *, verdict_timeout: float = 0.0, limits: Limits | None = None
    ) -> None:
        self._timeout = timeout
        self._verdict_timeout = verdict_timeout
        self._limits = limits
        self.latest: SMTPSession | None = None
        self._sessions: dict[SMTPSettings, SMTPSession] = {}

    @sensitive_variables("settings")
    def deliver(
        self, settings: SMTPSettings, outgoing: Outgoing, before_content: Callable[[], None] | None = None
    ) -> tuple[Receipt, list[Code]]:
        """Send one message; the receipt, and what the session warns of. Raises ``SMTPError``.

        A session that the server has given up in the meantime is opened anew, once. ``before_content`` is called
        before the first octet of the message leaves, maybe more than once; what it raises keeps it from leaving.
        """
        reused = settings in self._sessions
        try:
            return self._deliver_once(settings, outgoing, before_content)
        except SMTPError as error:
            if not reused or not _is_stale(error):
                raise
        return self._deliver_once(settings, outgoing, before_content)

    @sensitive_variables("settings")
    def leaves_at_once(self, settings: SMTPSettings, size: int) -> bool:
        """Whether a message of so many octets leaves in one write with its envelope, with nothing to wait for."""
        session = self._sessions.get(settings)
        if session is None or not session.is_open:
            return False
        return session.flow.chunks_are_proven and session.flow.pipelines and size < ASK_FIRST

    def close(self) -> None:
        """End all sessions politely."""
        while self._sessions:
            self._sessions.popitem()[1].close()

    @sensitive_variables("settings")
    def _deliver_once(
        self, settings: SMTPSettings, outgoing: Outgoing, before_content: Callable[[], None] | None
    ) -> tuple[Receipt, list[Code]]:
        session = self._session(settings)
        try:
            data = outgoing.data(session.extensions)
            receipt = deliver(
                session,
                outgoing.sender,
                outgoing.recipients,
                data,
                before_content,
                other_letters=outgoing.other_letters,
            )
        except BaseException as error:
            self._keep_if(settings, _can_go_on(error))
            raise
        self._keep_if(settings, receipt.error is None or _can_go_on(receipt.error))
        return receipt, [warning.code for warning in session.trace.warnings]

    @sensitive_variables("settings")
    def _session(self, settings: SMTPSettings) -> SMTPSession:
        if settings in self._sessions:
            self.latest = self._sessions[settings]
        else:
            timeout = conf.send_timeout() if self._timeout is None else self._timeout
            limits = self._limits or Limits.for_delivery(timeout, self._verdict_timeout)
            self.latest = SMTPSession(settings, conf.policy(), limits, judge=judge)
            if _is_suspect(settings):
                self.latest.flow.use_single_commands()
            self.latest.open()
            self._sessions[settings] = self.latest
        return self.latest

    @sensitive_variables("settings")
    def _keep_if(self, settings: SMTPSettings, can_go_on: bool) -> None:
        session = self._sessions[settings]
        if session.flow.is_suspect:
            _suspects[settings.host, settings.effective_port] = time.monotonic() + SUSPECTED_FOR
        if not (can_go_on and session.is_open):
            self._sessions.pop(settings).abort()


@sensitive_variables("settings")
def _is_suspect(settings: SMTPSettings) -> bool:
    return _suspects.get((settings.host, settings.effective_port), 0.0) > time.monotonic()


def _can_go_on(error: BaseException) -> bool:
    """Whether the session can take the next message: after a refusal it can, during a message it cannot."""
    return isinstance(error, SettingsError) or (isinstance(error, ReplyError) and not _is_closing(error))


def _is_stale(error: SMTPError) -> bool:
    """Whether the server had given up the session before it took anything of the message."""
    is_lost = _is_closing(error) or isinstance(error, DisconnectedError | ProtocolError)
    return error.stage is Stage.MAIL and is_lost


def _is_closing(error: BaseException) -> bool:
    return isinstance(error, ReplyError) and error.reply.code == SERVICE_CLOSING
