"""One batch of one partner, over one session."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, transaction
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..account.database import is_lost_race, persistently
from ..account.health import is_active
from ..account.row import SMTPAccount
from ..delivery.partners import refuse_unusable
from ..delivery.sessions import SessionPool
from ..delivery.transport import hand_over
from ..diagnosis.consequences import Consequence
from ..smtp.errors import Code, DeadlineError, SettingsError, SMTPError
from ..smtp.limits import Limits
from ..smtp.receipt import Receipt
from ..smtp.settings import SMTPSettings, Stage
from . import claiming, judging, letters, queues, sealing, stopping
from .claiming import Batch
from .judging import Verdict
from .patience import Patience
from .rows import QueuedMessage
from .settling import LeaseLost, Ledger
from .states import MailState

TURN = 10.0
"""Seconds after which a batch is left for the next one, if that is another partner's."""

SESSION = 60.0
MESSAGES = 1000
"""Seconds, and messages, after which a session ends though nobody else waits. Servers have limits of their own
(Exim takes 1,000 messages, if nobody has set another number); and what the queue shows is written at the end."""

KNOWN_FOR = 1.0
"""Seconds for which the account counts as known; before a message that leaves later, it is read again. That is one
statement a second at most."""

LOST_SESSIONS = 2
"""After this number of sessions in a row that ended during messages that were not accepted, the queue waits."""


def send(
    batch: Batch, is_enough: Callable[[], bool] = lambda: False, patience: Patience | None = None
) -> Counter[str]:
    """Send the messages one after the other, and those that come after them; how many came to which state.

    ``is_enough`` is asked before each whether to leave the rest. With ``patience`` no content begins to
    leave once that is over; what has begun to leave may take ``PARTNER_SMTP_SEND_TIMEOUT``, and so may its answer.
    Whatever happens, what is known is stored, and what was not tried waits again. Raises ``DatabaseError`` where
    the database stays away: the leases run out then.
    """
    _refuse_transactions()
    sending = _Sending(batch, patience)
    sending.run(is_enough)
    return sending.outcomes


class _OutdatedError(Exception):
    """The account is not that any more by which the session was opened."""


class _Sending:
    def __init__(self, batch: Batch, patience: Patience | None) -> None:
        self._batch = batch
        self._rest = deque(batch.messages)
        self._ledger = Ledger(queue=batch.queue, token=batch.token)
        self._patience = patience
        self._pool = SessionPool(verdict_timeout=conf.queue_reply_timeout(), limits=_limits(patience))
        self._reader = sealing.Reader(batch.messages)
        self._turn_ends = time.monotonic() + TURN
        self._session_ends = time.monotonic() + SESSION
        self._known_at = time.monotonic()
        self.tried = 0
        self._lost = 0
        self._partner: SMTPAccount | None = None

    @property
    def outcomes(self) -> Counter[str]:
        return self._ledger.outcomes

    @sensitive_variables("settings")
    def run(self, is_enough: Callable[[], bool]) -> None:
        try:
            self._partner = persistently(lambda: stopping.partner_of(self._batch.queue))
            if code := _reason_to_cancel(self._partner):
                return self._cancel_all(code)
            settings = self._settings()
            while settings is not None and not is_enough() and self._goes_on(settings):
                self.tried += 1
                if self._is_over(self._attempt(self._rest.popleft(), settings)):
                    break
        except _OutdatedError:
            return None
        finally:
            # QUIT may take its time; and the server counts sessions: the next may come when this one has ended.
            self._ledger.flush()
            self._pool.close()
            self._ledger.close(self._partner, self._rest)

    @sensitive_variables("settings")
    def _goes_on(self, settings: SMTPSettings) -> bool:
        """Whether there is another message for this session. Whoever waits, one is tried."""
        if self._rest and (self._is_turn() or not self.tried):
            return self._is_known(settings)
        # Opening a session may take ten times as long as a message does.
        is_young = time.monotonic() < self._session_ends and self.tried < MESSAGES
        if not is_young or not self._is_still(settings):
            return False
        self._turn_ends = time.monotonic() + TURN
        if self._rest:
            return not persistently(lambda: claiming.others_wait(self._batch.queue))
        self._ledger.store(self._partner)
        self._take_more()
        return bool(self._rest)

    def _is_turn(self) -> bool:
        return time.monotonic() < self._turn_ends

    @sensitive_variables("settings")
    def _is_known(self, settings: SMTPSettings) -> bool:
        """Whether the account was, within the last second, as it was when the session was opened."""
        return time.monotonic() - self._known_at < KNOWN_FOR or self._is_still(settings)

    @sensitive_variables("settings")
    def _is_still(self, settings: SMTPSettings) -> bool:
        """Whether the account is as it was when the session was opened."""
        # Before it is read: what is changed after that is not known.
        now = time.monotonic()
        partner = persistently(lambda: stopping.partner_of(self._batch.queue))
        if partner is None or _reason_to_cancel(partner):
            return False
        try:
            is_same = partner.smtp_settings() == settings
        except SettingsError:
            return False
        if is_same:
            self._known_at = now
        return is_same

    def _take_more(self) -> None:
        try:
            messages = persistently(lambda: claiming.claim_more(self._batch))
        except DatabaseError as error:
            if not is_lost_race(error):
                raise
            return
        self._rest.extend(messages)
        self._reader = sealing.Reader(messages)

    def _settings(self) -> SMTPSettings | None:
        """The account; ``None`` if it cannot be used, which stops the queue."""
        assert self._partner is not None
        try:
            settings = self._partner.smtp_settings()
            refuse_unusable(settings)
        except SettingsError as error:
            message = self._rest.popleft()
            self._settle(message, judging.of_account(error, letters.open_recipients(message)))
            return None
        return settings

    def _cancel_all(self, code: Code) -> None:
        while self._rest:
            verdict = Verdict(state=MailState.CANCELLED, code=code.value, stage=Stage.SETTINGS.value)
            self._settle(self._rest.popleft(), verdict)

    @sensitive_variables("settings")
    def _attempt(self, message: QueuedMessage, settings: SMTPSettings) -> Verdict | None:
        """``None``: the message was not ours any more, or waits again as it was; nothing of it left.

        Raises ``_OutdatedError``.
        """
        recipients = letters.open_recipients(message)
        before, began = message.known_outcomes, time.monotonic()
        if not recipients:
            verdict = judging.unknown(())
            self._settle(message, verdict)
            return verdict
        try:
            receipt = self._deliver(message, settings)
        except LeaseLost:
            return None
        except SMTPError as error:
            if self._was_cut_short(message, began, error):
                self._rest.appendleft(message)
                return None
            verdict = judging.of_error(error, recipients, before)
        except sealing.ContentUnreadable as error:
            verdict = _unreadable(error, recipients, before)
        except (DatabaseError, InterfaceError, _OutdatedError):
            # Of handing over or of reading: nothing has left.
            self._rest.appendleft(message)
            raise
        # Not only SMTPError: what is wrong with one message is no reason to leave the others.
        except Exception as error:
            verdict = self._of_fault(message, error, recipients)
        except BaseException:
            # A forced stop: mail may be half out.
            self._leave(message)
            raise
        else:
            verdict = judging.of_receipt(receipt, before)
        self._settle(message, verdict)
        return verdict

    @sensitive_variables("settings")
    def _deliver(self, message: QueuedMessage, settings: SMTPSettings) -> Receipt:
        content = persistently(lambda: self._reader.read(message))
        outgoing = letters.outgoing(message, content, settings.email)
        if not self._pool.leaves_at_once(settings, len(content)):
            self._ledger.flush()
        if path := conf.transport():
            outgoing = letters.rebuilt(message, outgoing, self._partner)
            self._hand_over(message, settings)
            return hand_over(path, outgoing, "partner")
        receipt, _ = self._pool.deliver(settings, outgoing, lambda: self._hand_over(message, settings))
        return receipt

    @sensitive_variables("settings")
    def _hand_over(self, message: QueuedMessage, settings: SMTPSettings) -> None:
        """Raises ``LeaseLost``, ``_OutdatedError``."""
        # Again: a session may take long to open, and a server to answer about recipients. But what is half out is
        # finished: some of its recipients may have it.
        if message.handed_over_at is None and not self._is_known(settings):
            raise _OutdatedError
        self._ledger.hand_over(message)

    def _was_cut_short(self, message: QueuedMessage, began: float, error: SMTPError) -> bool:
        """Whether it only came too late for somebody's patience; nothing of it has left."""
        if self._patience is None or message.handed_over_at is not None:
            return False
        is_late = isinstance(error, DeadlineError) and self._patience.is_over()
        return is_late and self._patience.had_little_left(began)

    def _of_fault(self, message: QueuedMessage, error: Exception, recipients: list[str]) -> Verdict:
        if message.handed_over_at is None:
            return judging.of_fault(type(error).__name__, recipients, message.known_outcomes)
        return judging.unknown(recipients, code=type(error).__name__, stage="")

    def _leave(self, message: QueuedMessage) -> None:
        if message.handed_over_at is None:
            self._rest.appendleft(message)
            return
        self._settle(message, judging.unknown(letters.open_recipients(message)))

    def _settle(self, message: QueuedMessage, verdict: Verdict) -> None:
        self._ledger.settle(message, verdict, self._partner)

    def _is_over(self, verdict: Verdict | None) -> bool:
        """Whether the rest of the batch had better wait."""
        if verdict is None:
            return False
        if verdict.holds_partner:
            return True
        # Without a stage it did not come to a session.
        is_lost = verdict.consequence is Consequence.RETRY_SOON and verdict.stage and not verdict.reply
        self._lost = self._lost + 1 if is_lost else 0
        if self._lost < LOST_SESSIONS:
            return False
        self._ledger.hold(judging.held(verdict))
        return True


def _limits(patience: Patience | None) -> Limits | None:
    return Limits.for_request(conf.send_timeout(), patience.ends) if patience else None


def _reason_to_cancel(partner: SMTPAccount | None) -> Code | None:
    if partner is None:
        return Code.PARTNER_MISSING
    return None if is_active(partner) else Code.PARTNER_INACTIVE


def _unreadable(
    error: sealing.ContentUnreadable, recipients: list[str], before: dict[str, dict[str, str]]
) -> Verdict:
    if error.reason != "key_lost":
        return judging.of_fault(f"content_{error.reason}", recipients, before)
    # The key may be put back into the settings.
    outcomes = {name: {"fate": "untried"} for name in recipients}
    return Verdict(
        state=MailState.DEFERRED,
        code="content_key_lost",
        outcomes=outcomes,
        consequence=Consequence.RETRY_SOON,
    )


def _refuse_transactions() -> None:
    """Raises ``RuntimeError`` within one: what is written while mail leaves must be there whatever comes next."""
    with transaction.atomic(using=queues.database(), durable=True):
        pass
