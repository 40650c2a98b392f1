"""Groups and chunks on real servers: refusals at each place, what arrives, and the session's next message."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import pytest

from tests.support.stopwatch import PATIENCE
from wagtail_partner_smtp.smtp import SMTPError
from wagtail_partner_smtp.smtp.limits import Limits
from wagtail_partner_smtp.smtp.message import deliver
from wagtail_partner_smtp.smtp.outcome import Outcome
from wagtail_partner_smtp.smtp.session import SMTPSession
from wagtail_partner_smtp.smtp.transaction import ASK_FIRST

from .accounts import account, policy
from .daemon import EMAIL, MailServer

pytestmark = pytest.mark.servers

ANN, BOB, SPAM = "ann@customer.example", "bob@customer.example", "spam@customer.example"
UNKNOWN, UNKNOWN_TOO, COLLEAGUE = "nobody@example.org", "no-one@example.org", "ann@example.org"
FLOWS = ("chunking", "pipelining", "plain")
WITHOUT_CHUNKING = {"nodemailer"}


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A message that a listener refuses, wholly or in part, and the error."""

    listener: str = "submissions"
    sender: str = EMAIL
    to: tuple[str, ...] = (ANN,)
    accepted: tuple[str, ...] = ()
    stage: str = ""


REFUSALS = {
    "postfix": {
        "mail": Refusal(listener="owners-at-mail", sender=COLLEAGUE, stage="mail"),
        "one rcpt": Refusal(to=(UNKNOWN, ANN, BOB), accepted=(ANN, BOB)),
        "each rcpt": Refusal(to=(UNKNOWN, UNKNOWN_TOO), stage="rcpt"),
        "message": Refusal(listener="refuses-spam", to=(SPAM,), stage="data"),
    },
    "exim": {
        "mail": Refusal(listener="owners-only-at-mail", sender=COLLEAGUE, stage="mail"),
        "one rcpt": Refusal(to=(UNKNOWN, ANN, BOB), accepted=(ANN, BOB)),
        "each rcpt": Refusal(to=(UNKNOWN, UNKNOWN_TOO), stage="rcpt"),
        "message": Refusal(to=(SPAM, ANN), stage="data"),
    },
    "dovecot": {
        "one rcpt": Refusal(to=(UNKNOWN, ANN, BOB), accepted=(ANN, BOB)),
        "each rcpt": Refusal(to=(UNKNOWN, UNKNOWN_TOO), stage="rcpt"),
    },
    "nodemailer": {
        "mail": Refusal(sender=COLLEAGUE, stage="mail"),
        "one rcpt": Refusal(to=(UNKNOWN, ANN, BOB), accepted=(ANN, BOB)),
        "each rcpt": Refusal(to=(UNKNOWN, UNKNOWN_TOO), stage="rcpt"),
        "message": Refusal(to=(SPAM, ANN), stage="data"),
    },
}


def flows_of(server: str) -> tuple[str, ...]:
    return FLOWS[1:] if server in WITHOUT_CHUNKING else FLOWS


CASES = [
    (server, name, flow) for server, table in REFUSALS.items() for name in table for flow in flows_of(server)
]


def open_session(server: MailServer, listener: str, flow: str) -> SMTPSession:
    settings = account(server, listener, "ssl")
    site = policy(server, pipelining=flow != "plain")
    session = SMTPSession(settings, site, Limits.for_delivery(PATIENCE))
    session.open()
    if flow == "pipelining":
        session.flow.learn({name: value for name, value in session.extensions.items() if name != "CHUNKING"})
    assert (session.flow.pipelines, session.flow.chunks) == (flow != "plain", flow == "chunking")
    return session


def message(subject: str, size: int = 0) -> bytes:
    head = f"From: {EMAIL}\r\nSubject: {subject}\r\n\r\n.a dot\r\n".encode()
    return head + (b"x" * 70 + b"\r\n") * (size // 72)


def attempt(session: SMTPSession, refusal: Refusal, data: bytes) -> tuple[Outcome, str]:
    try:
        return deliver(session, refusal.sender, refusal.to, data), ""
    except SMTPError as error:
        return error.outcome or Outcome(), str(error.stage)


@pytest.fixture
def server(request: pytest.FixtureRequest) -> MailServer:
    if request.param == "dovecot":
        request.getfixturevalue("postfix_server")
    found: MailServer = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.mark.parametrize("size", [0, ASK_FIRST], ids=["small", "large"])
@pytest.mark.parametrize(("server", "case", "flow"), CASES, indirect=["server"])
def test_a_refusal_is_exact_and_the_next_message_arrives_once(
    request: pytest.FixtureRequest, server: MailServer, case: str, size: int, flow: str
) -> None:
    refusal = REFUSALS[request.node.callspec.params["server"]][case]
    refused, following = f"Refused {uuid4()}", f"Next {uuid4()}"
    session = open_session(server, refusal.listener, flow)
    outcome, stage = attempt(session, refusal, message(refused, size))
    assert (outcome.accepted, stage) == (refusal.accepted, refusal.stage)
    assert set(outcome.refused) == set(refusal.to) - set(refusal.accepted)
    assert (outcome.unknown, outcome.untried, session.is_open) == ((), (), True)

    assert deliver(session, EMAIL, [ANN, BOB], message(following)).accepted == (ANN, BOB)
    session.close()
    for recipient in (ANN, BOB):
        payload = server.received(following, recipient).get_payload()
        assert str(payload).startswith(".a dot")
    for recipient in refusal.accepted:
        assert server.received(refused, recipient)
    if not refusal.accepted:
        assert not any(refused.encode() in path.read_bytes() for path in server.inbox.glob("new/*"))


@pytest.mark.parametrize("flow", FLOWS)
def test_postfix_takes_the_rest_in_further_transactions(postfix_server: MailServer, flow: str) -> None:
    to = [f"r{number}@customer.example" for number in range(25)]
    subject = f"Many {uuid4()}"
    session = open_session(postfix_server, "ten-recipients", flow)
    receipt = deliver(session, EMAIL, to, message(subject))
    session.close()
    assert (receipt.accepted, dict(receipt.refused), receipt.error) == (tuple(to), {}, None)
    for recipient in (to[0], to[9], to[10], to[24]):
        assert postfix_server.received(subject, recipient)


@pytest.mark.parametrize("server", REFUSALS, indirect=True)
def test_many_messages_share_a_session_in_groups(request: pytest.FixtureRequest, server: MailServer) -> None:
    flow = flows_of(request.node.callspec.params["server"])[0]
    session = open_session(server, "submissions", flow)
    subjects = [f"Number {number} {uuid4()}" for number in range(10)]
    for subject in subjects:
        deliver(session, EMAIL, [ANN, BOB], message(subject))
    assert (session.flow.groups_are_proven, session.flow.chunks_are_proven) == (True, flow == "chunking")
    session.close()
    for subject in subjects:
        assert server.received(subject, ANN)
        assert server.received(subject, BOB)
