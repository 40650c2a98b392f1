"""What can be wrong with each answer, in each flow: every recipient's outcome is exact, and the next message
arrives once and clean.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from wagtail_partner_smtp.smtp.errors import Code, SMTPError
from wagtail_partner_smtp.smtp.message import deliver
from wagtail_partner_smtp.smtp.outcome import Outcome
from wagtail_partner_smtp.smtp.session import SMTPSession
from wagtail_partner_smtp.smtp.settings import Stage

from .accounts import EMAIL, make_session, make_settings
from .conftest import Serve
from .mail_peer import DROP, EXTENSIONS, Mail, MailServer

MESSAGE = b"Subject: one\r\n\r\n.dot\r\n"
NEXT = Mail(EMAIL, ("next@example.com",), b"Subject: two\r\n\r\n.dots\r\n")
TEMPORARY, FINAL, CLOSING, NONSENSE = b"451 4.3.0 later", b"554 5.7.1 no", b"421 4.3.2 closing", b"what?"
TROUBLES = {"4xx": TEMPORARY, "5xx": FINAL, "421": CLOSING, "drop": DROP, "nonsense": NONSENSE}
PLACES = ("MAIL", "RCPT 1", "RCPT 3", "RCPT", "DATA", "END")
STAGES = {"MAIL": Stage.MAIL, "RCPT": Stage.RCPT, "DATA": Stage.DATA, "END": Stage.DATA}


def recipients(count: int) -> list[str]:
    return [f"r{number}@example.com" for number in range(1, count + 1)]


@dataclass(frozen=True)
class Case:
    """One fault, and what is to be told of it."""

    flow: str
    place: str
    trouble: str
    count: int

    def __str__(self) -> str:
        return f"{self.flow}-{self.place}-{self.trouble}-{self.count}"

    @property
    def to(self) -> list[str]:
        return recipients(self.count)

    @property
    def faults(self) -> dict[str, bytes]:
        reply = TROUBLES[self.trouble]
        if self.place == "RCPT":
            return {f"RCPT {number}": reply for number in range(1, self.count + 1)}
        chunked = "chunk" in self.flow and self.place in {"DATA", "END"}
        return {"BDAT" if chunked else self.place: reply}

    @property
    def is_answer(self) -> bool:
        return self.trouble in {"4xx", "5xx", "421"}

    @property
    def message_was_sent(self) -> bool:
        """Before the trouble showed."""
        return (
            self.place == "END" or self.flow == "chunking" or ("chunk" in self.flow and self.place == "DATA")
        )

    def fates(self) -> dict[str, str]:
        """Of each recipient: accepted, refused, unknown or untried."""
        if self.is_bridged:
            return dict.fromkeys(self.to, "accepted")
        if self.trouble in {"4xx", "5xx"} and self.place.startswith("RCPT "):
            refused = self.place.replace("RCPT ", "r") + "@example.com"
            return {each: "refused" if each == refused else "accepted" for each in self.to}
        if self.is_answer:
            return dict.fromkeys(self.to, "refused")
        return dict.fromkeys(self.to, "unknown" if self.message_was_sent else "untried")

    @property
    def is_bridged(self) -> bool:
        """A hang-up on the first group, before anything was taken: the plain sequence does it."""
        return (self.flow, self.place, self.trouble) == ("pipelining", "MAIL", "drop")

    @property
    def code_and_stage(self) -> tuple[Code, Stage] | None:
        if "accepted" in self.fates().values():
            return None
        stage = STAGES[self.place.split()[0]]
        if not self.is_answer and self.message_was_sent:
            return Code.OUTCOME_UNKNOWN, Stage.DATA
        if not self.is_answer:
            return (Code.DISCONNECTED if self.trouble == "drop" else Code.NOT_SMTP), stage
        if stage is Stage.DATA:
            return Code.DATA_REFUSED, stage
        codes = {"421": Code.SERVER_BUSY, "4xx": Code.SENDER_TEMPORARY, "5xx": Code.LOGIN_REQUIRED}
        # Without a login and without AUTH, 554 5.7.1 is about this site.
        return (Code.RELAY_REFUSED if self.trouble == "5xx" else codes[self.trouble]), stage


CASES = [
    Case(flow, place, trouble, count)
    for flow in EXTENSIONS
    for place in PLACES
    for trouble in TROUBLES
    for count in (1, 3)
    if not (place == "RCPT 3" and count == 1)
    and not (place == "RCPT 1" and count == 1)
    and not (place == "END" and "chunk" in flow)
]


def fates(outcome: Outcome) -> dict[str, str]:
    return {
        **dict.fromkeys(outcome.accepted, "accepted"),
        **dict.fromkeys(outcome.refused, "refused"),
        **dict.fromkeys(outcome.unknown, "unknown"),
        **dict.fromkeys(outcome.untried, "untried"),
    }


@pytest.mark.parametrize("holds_back", [False, True], ids=["at once", "held back"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_recipient_s_outcome_is_exact_and_the_next_message_arrives(
    serve: Serve, case: Case, holds_back: bool
) -> None:
    mail = MailServer(extensions=EXTENSIONS[case.flow], faults=case.faults, holds_back=holds_back)
    server = serve(mail)
    session = make_session(server, make_settings(server))
    session.open()
    outcome, error = attempt(session, case.to)
    assert fates(outcome) == case.fates()
    assert (error and (error.code, error.stage)) == case.code_and_stage
    said = TROUBLES[case.trouble].decode()
    assert {str(reply) for reply in outcome.refused.values()} <= {said}

    session.open_again()
    deliver(session, NEXT.sender, NEXT.recipients, NEXT.data)
    session.close()
    server.close()
    *taken, last = mail.mailbox
    assert last == NEXT
    if not outcome.unknown:
        assert taken == ([Mail(EMAIL, outcome.accepted, MESSAGE)] if outcome.accepted else [])


def attempt(session: SMTPSession, to: list[str]) -> tuple[Outcome, SMTPError | None]:
    try:
        receipt = deliver(session, EMAIL, to, MESSAGE)
    except SMTPError as error:
        return error.outcome or Outcome(), error
    return receipt, receipt.error
