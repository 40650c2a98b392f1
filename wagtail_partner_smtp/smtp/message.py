"""One message to all its recipients, in as many transactions as the server makes necessary."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from .content import with_crlf
from .envelope import Answers, Envelope, StuckTransactionError, write_envelope
from .errors import Code, RecipientsRefusedError, ReplyError, SMTPError
from .outcome import Outcome
from .receipt import Receipt
from .refusals import recipients_code
from .reply import Reply
from .session import SMTPSession
from .settings import Stage
from .transaction import Transaction

_ABOUT_MAIL = {Stage.MAIL, Stage.RCPT, Stage.DATA}


def deliver(
    session: SMTPSession,
    sender: str,
    recipients: Sequence[str],
    data: bytes,
    before_content: Callable[[], None] | None = None,
    *,
    other_letters: str = "",
) -> Receipt:
    """One message. ``sender`` may be "" (the null sender); ``data`` is the message with any line ends.

    ``before_content`` is called before the first octet of the message is written, in each transaction that it
    takes: until then nobody can have got it. What it raises ends the delivery, and the session is to be aborted.
    ``other_letters`` is an address in the headers that is not ASCII, or "": such a message needs SMTPUTF8 (RFC
    6531 3.4) whoever is left of its recipients.

    Raises ``SenderRefusedError``, ``RecipientsRefusedError`` if all are refused, ``DataRefusedError``, or an
    error with the code ``outcome_unknown`` if the connection ended between the message and its answer; the
    error's ``outcome`` tells what happened to each recipient. Once somebody was accepted nothing is raised: the
    receipt tells about the others. After a refusal the session can take the next message, if it is open.
    ``ValueError`` if there is no recipient.
    """
    if not recipients:
        raise ValueError("a message needs a recipient")
    once = list(dict.fromkeys(recipients))
    return _Delivery(session, sender, once, with_crlf(data), before_content, other_letters).run()


class _Delivery:
    def __init__(
        self,
        session: SMTPSession,
        sender: str,
        recipients: list[str],
        lines: bytes,
        before_content: Callable[[], None] | None,
        other_letters: str,
    ) -> None:
        self._session = session
        self._before_content = before_content
        self._recipients = recipients
        self._lines = lines
        with session.trace.stage(Stage.MAIL):
            self._envelope = write_envelope(session, sender, recipients, lines, other_letters)
        self._reply: Reply | None = None
        self._accepted: set[str] = set()
        self._refused: dict[str, Reply] = {}
        self._refused_at_rcpt: dict[str, Reply] = {}
        self._postponed: dict[str, Reply] = {}
        self._unknown: set[str] = set()

    def run(self) -> Receipt:
        rest = self._recipients
        while rest:
            limit = self._session.flow.recipient_limit or len(rest)
            batch, rest = rest[:limit], rest[limit:]
            answers, error = self._transact(self._envelope.only(batch))
            self._tally(batch, answers, error)
            if error and not isinstance(error, RecipientsRefusedError):
                return self._end(error)
            if answers.postponed:
                self._session.flow.recipient_limit = len(answers.accepted)
            rest = [*answers.postponed, *answers.unasked, *rest]
            if again := self._refused_as_before(answers):
                self._session.flow.forget_limit()
                if len(again) == len(batch):
                    # All were refused again, so their number was not the reason: no more of them are tried.
                    self._refuse({each: self._postponed[each] for each in rest if each in self._postponed})
                    rest = [recipient for recipient in rest if recipient not in self._postponed]
        return self._end(None)

    def _refused_as_before(self, answers: Answers) -> list[str]:
        """Recipients that were postponed as too many, and are refused again now that they come first."""
        return [
            recipient
            for recipient, reply in answers.refused.items()
            if (before := self._postponed.get(recipient)) and before.kind == reply.kind
        ]

    def _transact(self, envelope: Envelope) -> tuple[Answers, SMTPError | None]:
        """Once more with single commands, where the server does not support what it offers.

        And on another connection, where it has not ended the last transaction of this one.
        """
        is_second = False
        while True:
            transaction = Transaction(self._session, envelope, self._lines, self._before_content)
            try:
                self._reply = transaction.run()
                if is_second:
                    self._session.flow.distrust()
                return transaction.answers, None
            except StuckTransactionError:
                pass
            except SMTPError as error:
                if not transaction.was_unsupported(error):
                    return transaction.answers, error
                # Whether the group was the reason is known if single commands succeed.
                self._session.flow.use_single_commands()
                is_second = True
            try:
                self._session.open_again()
            except SMTPError as error:
                return Answers(), error

    def _tally(self, batch: Sequence[str], answers: Answers, error: SMTPError | None) -> None:
        self._refuse(answers.refused)
        self._postponed |= answers.postponed
        if error is None:
            self._accepted.update(answers.accepted)
            return
        judged = {*answers.refused, *answers.postponed, *answers.unasked}
        others = [recipient for recipient in batch if recipient not in judged]
        if isinstance(error, ReplyError) and error.stage in _ABOUT_MAIL:
            self._refused |= dict.fromkeys(others, error.reply)
        elif error.code is Code.OUTCOME_UNKNOWN:
            self._unknown.update(others)

    def _refuse(self, recipients: Mapping[str, Reply]) -> None:
        self._refused |= recipients
        self._refused_at_rcpt |= recipients

    def _end(self, error: SMTPError | None) -> Receipt:
        outcome = self._outcome()
        if self._reply is not None:
            return Receipt(reply=self._reply, error=error, **vars(outcome))
        if error is None:
            code = recipients_code(self._session, self._refused)
            refusal = RecipientsRefusedError(code, self._refused, stage=Stage.RCPT)
            self._session.judge(refusal)
            error = refusal
        error.outcome = outcome
        raise error

    def _outcome(self) -> Outcome:
        known = self._accepted | self._unknown
        refused = {
            recipient: replace(reply, heard="")
            for recipient, reply in self._refused.items()
            if recipient not in known
        }
        return Outcome(
            accepted=tuple(filter(self._accepted.__contains__, self._recipients)),
            refused=refused,
            unknown=tuple(filter(self._unknown.__contains__, self._recipients)),
            untried=tuple(each for each in self._recipients if each not in known and each not in refused),
            causes=self._causes(),
        )

    def _causes(self) -> dict[str, SMTPError]:
        """What each permanent refusal of a recipient means by itself; each wording is judged once."""
        judged: dict[str, RecipientsRefusedError] = {}
        causes: dict[str, SMTPError] = {}
        for recipient, reply in self._refused_at_rcpt.items():
            if reply.temporary:
                continue
            words = str(reply)
            if words not in judged:
                refused = {recipient: reply}
                code = recipients_code(self._session, refused)
                judged[words] = RecipientsRefusedError(code, refused, stage=Stage.RCPT)
                self._session.judge(judged[words])
            causes[recipient] = judged[words]
        return causes
