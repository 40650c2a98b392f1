"""More recipients than a server takes in one transaction (RFC 5321 4.5.3.1.10)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from wagtail_partner_smtp.smtp.errors import Code, DataRefusedError, RecipientsRefusedError, SMTPError
from wagtail_partner_smtp.smtp.message import deliver
from wagtail_partner_smtp.smtp.receipt import Receipt

from .accounts import EMAIL, make_session, make_settings
from .conftest import Serve
from .mail_peer import DROP, EXTENSIONS, MailServer

MESSAGE = b"Subject: one\r\n\r\nHello\r\n"
TOO_MANY = [
    b"452 4.5.3 Too many recipients",
    b"452 Too many recipients",
    b"552 5.5.3 Too many recipients",
    b"552 Too many recipients",
    b"550 5.5.3 Too many recipients",
    b"451 4.5.3 Too many recipients",
]


def recipients(count: int) -> list[str]:
    return [f"r{number}@example.com" for number in range(1, count + 1)]


class Later(dict[str, bytes]):
    """Faults that wait until something was delivered."""

    def __init__(self, mail: MailServer, faults: dict[str, bytes]) -> None:
        super().__init__(faults)
        self.mail = mail

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(key, default) if self.mail.mailbox else default


def send(serve: Serve, mail: MailServer, to: list[str]) -> Receipt:
    server = serve(mail)
    session = make_session(server, make_settings(server))
    with session:
        return deliver(session, EMAIL, to, MESSAGE)


def delivered(mail: MailServer) -> list[int]:
    return [len(each.recipients) for each in mail.mailbox]


@pytest.mark.parametrize("too_many", TOO_MANY, ids=lambda reply: reply.decode()[:9])
@pytest.mark.parametrize("flow", EXTENSIONS)
def test_the_rest_goes_in_further_transactions_of_the_same_session(
    serve: Serve, flow: str, too_many: bytes
) -> None:
    mail = MailServer(extensions=EXTENSIONS[flow], recipient_limit=4, too_many=too_many)
    receipt = send(serve, mail, recipients(10))
    assert receipt.accepted == tuple(recipients(10))
    assert (receipt.refused, receipt.error, delivered(mail), mail.connections) == ({}, None, [4, 4, 2], 1)
    assert [each for one in mail.mailbox for each in one.recipients] == recipients(10)


@pytest.mark.parametrize("flow", EXTENSIONS)
def test_150_recipients_reach_a_server_that_takes_100_and_has_no_code_for_it(serve: Serve, flow: str) -> None:
    mail = MailServer(extensions=EXTENSIONS[flow], recipient_limit=100, too_many=b"550 5.7.1 no more")
    receipt = send(serve, mail, recipients(150))
    assert (len(receipt.accepted), receipt.refused, delivered(mail)) == (150, {}, [100, 50])


@pytest.mark.parametrize(("more", "further"), [(1, []), (2, [2])])
def test_two_that_are_refused_alike_after_100_were_too_many_and_a_single_one_is_refused(
    serve: Serve, more: int, further: list[int]
) -> None:
    mail = MailServer(recipient_limit=100, too_many=b"550 5.7.1 no more")
    receipt = send(serve, mail, recipients(100 + more))
    assert delivered(mail) == [100, *further]
    assert list(receipt.refused) == recipients(100 + more)[100 + sum(further) :]


def test_a_limit_that_was_met_is_kept_to_for_the_next_message(serve: Serve) -> None:
    mail = MailServer(recipient_limit=4)
    server = serve(mail)
    with make_session(server, make_settings(server)) as session:
        deliver(session, EMAIL, recipients(6), MESSAGE)
        asked = len(mail.asked)
        deliver(session, EMAIL, recipients(6), MESSAGE)
    assert (asked, len(mail.asked) - asked, delivered(mail)) == (6 + 2, 6, [4, 2, 4, 2])


def test_a_limit_that_the_server_tells_is_kept_to(serve: Serve) -> None:
    """RFC 9422."""
    mail = MailServer(extensions=("PIPELINING", "LIMITS MAILMAX=50 RCPTMAX=4"), recipient_limit=4)
    receipt = send(serve, mail, recipients(10))
    assert (len(receipt.accepted), len(mail.asked), delivered(mail)) == (10, 10, [4, 4, 2])


@pytest.mark.parametrize("flow", ["chunking", "plain"])
def test_who_is_refused_for_another_reason_is_asked_once(serve: Serve, flow: str) -> None:
    unknown = {"r2@example.com", "r6@example.com", "r10@example.com"}
    mail = MailServer(extensions=EXTENSIONS[flow], recipient_limit=4, unknown=unknown)
    receipt = send(serve, mail, recipients(10))
    assert set(receipt.refused) == unknown
    assert {reply.code for reply in receipt.refused.values()} == {550}
    assert set(receipt.accepted) == set(recipients(10)) - unknown
    asked = Counter(mail.asked)
    assert all(asked[each] == 1 for each in unknown)


@pytest.mark.parametrize(
    "reply",
    [b"450 4.2.1 greylisted", b"452 4.2.2 mailbox full", b"452 4.3.1 no room", b"552 5.2.2 full", b"550 no"],
)
def test_other_refusals_at_the_end_of_a_short_list_are_no_limit(serve: Serve, reply: bytes) -> None:
    mail = MailServer(recipient_limit=4, too_many=reply)
    receipt = send(serve, mail, recipients(6))
    assert (len(receipt.accepted), list(receipt.refused), len(mail.asked)) == (4, recipients(6)[4:], 6)


def test_a_limit_of_none_is_no_loop(serve: Serve) -> None:
    mail = MailServer(recipient_limit=0)
    with pytest.raises(RecipientsRefusedError) as raised:
        send(serve, mail, recipients(5))
    assert (len(raised.value.refused), len(mail.asked), mail.count("MAIL")) == (5, 5, 1)


def test_a_further_transaction_that_nobody_is_taken_in_is_the_last(serve: Serve) -> None:
    mail = MailServer(recipient_limit=2, always=True)
    mail.faults = Later(mail, {f"RCPT {number}": b"452 4.5.3 Come tomorrow" for number in (1, 2)})
    receipt = send(serve, mail, recipients(8))
    assert receipt.accepted == tuple(recipients(2))
    assert set(receipt.refused) == set(recipients(8)[2:])
    assert (mail.count("MAIL"), len(mail.asked), receipt.error) == (2, 8 + 2, None)


@pytest.mark.parametrize(
    ("place", "trouble", "fate", "code"),
    [
        ("MAIL", b"451 4.3.0 later", "refused", Code.SENDER_TEMPORARY),
        ("MAIL", DROP, "unknown", Code.OUTCOME_UNKNOWN),
        ("BDAT", b"554 5.7.1 spam", "refused", Code.DATA_REFUSED),
        ("BDAT", DROP, "unknown", Code.OUTCOME_UNKNOWN),
        ("RCPT 1", b"421 4.3.2 closing", "refused", Code.SERVER_BUSY),
    ],
)
def test_a_later_transaction_that_fails_takes_nothing_back(
    serve: Serve, place: str, trouble: bytes, fate: str, code: Code
) -> None:
    """Raised, the whole message would be sent again, to those who have it too."""
    mail = MailServer(recipient_limit=4)
    server = serve(mail)
    session = make_session(server, make_settings(server))
    session.open()

    mail.faults = Later(mail, {place: trouble})
    receipt = deliver(session, EMAIL, recipients(10), MESSAGE)
    session.close()
    assert receipt.accepted == tuple(recipients(10)[:4])
    assert receipt.reply.code == 250
    assert isinstance(receipt.error, SMTPError)
    assert receipt.error.code is code
    second, third = recipients(10)[4:8], recipients(10)[8:]
    told = {"refused": list(receipt.refused), "unknown": list(receipt.unknown)}
    assert told[fate][: len(second)] == second
    # The last two were too many in the first transaction, and never asked again: nobody has refused them.
    assert receipt.untried == tuple(third)
    assert delivered(mail) == [4]


@pytest.mark.parametrize("reply", [b"452 4.5.3 too many", b"552 too many", b"550 5.5.3 too many"])
@pytest.mark.parametrize("place", ["MAIL", "RCPT 1", "BDAT"])
@pytest.mark.parametrize("flow", EXTENSIONS)
def test_who_was_too_many_is_not_refused_for_that(serve: Serve, flow: str, place: str, reply: bytes) -> None:
    """Servers have 552 for what is 452 (RFC 5321 4.5.3.1.10); a permanent refusal is the end for a recipient."""
    mail = MailServer(extensions=EXTENSIONS[flow], recipient_limit=4, too_many=reply)
    place = "DATA" if place == "BDAT" and "CHUNKING" not in mail.extensions else place
    mail.faults = Later(mail, {place: b"421 4.3.2 closing"})
    receipt = send(serve, mail, recipients(10))
    assert receipt.accepted == tuple(recipients(4))
    assert {each.code for each in receipt.refused.values()} <= {421}
    assert {*receipt.refused, *receipt.untried} == set(recipients(10)[4:])
    assert set(recipients(10)[8:]) <= set(receipt.untried)


def test_nor_is_who_was_taken_for_one_too_many_behind_a_hundred(serve: Serve) -> None:
    mail = MailServer(recipient_limit=100, too_many=b"550 5.7.1 that is enough")
    mail.faults = Later(mail, {"MAIL": b"451 4.3.0 later"})
    receipt = send(serve, mail, recipients(250))
    assert (len(receipt.accepted), {each.code for each in receipt.refused.values()}) == (100, {451})
    assert len(receipt.refused) + len(receipt.untried) == 150


@pytest.mark.parametrize("flow", EXTENSIONS)
def test_a_session_that_ends_between_two_transactions_takes_nothing_back(serve: Serve, flow: str) -> None:
    mail = MailServer(extensions=EXTENSIONS[flow], recipient_limit=2)
    refused = {"RCPT 1": b"550 5.1.1 unknown", "RCPT 2": b"550 5.1.1 unknown", "RSET": DROP}
    mail.faults = Later(mail, refused)
    receipt = send(serve, mail, recipients(6))
    assert receipt.accepted == tuple(recipients(2))
    assert (receipt.error and receipt.error.code, delivered(mail)) == (Code.DISCONNECTED, [2])
    assert [receipt.refused[each].code for each in recipients(4)[2:]] == [550, 550]


@pytest.mark.parametrize("flow", EXTENSIONS)
def test_those_who_were_too_many_are_asked_again_whoever_stands_before_them(serve: Serve, flow: str) -> None:
    mail = MailServer(extensions=EXTENSIONS[flow], recipient_limit=2)
    mail.faults = Later(mail, {f"RCPT {number}": b"550 5.1.1 unknown" for number in (1, 2)})
    receipt = send(serve, mail, recipients(6))
    assert receipt.accepted == (*recipients(2), *recipients(6)[4:])
    assert (list(receipt.refused), receipt.error, delivered(mail)) == (recipients(4)[2:], None, [2, 2])


@pytest.mark.parametrize("reply", [b"552 mailbox full", b"452 mailbox full", b"452 4.5.3 daily quota"])
@pytest.mark.parametrize("flow", EXTENSIONS)
def test_a_recipient_who_is_always_refused_like_one_too_many_costs_one_transaction(
    serve: Serve, flow: str, reply: bytes
) -> None:
    """Were it kept for a limit, each of the others would get a transaction of its own."""
    full = {"r2@example.com", "r9@example.com"}
    mail = MailServer(extensions=EXTENSIONS[flow], unknown=full, not_here=reply)
    server = serve(mail)
    with make_session(server, make_settings(server)) as session:
        receipt = deliver(session, EMAIL, recipients(20), MESSAGE)
        asked = mail.count("MAIL")
        deliver(session, EMAIL, ["next@example.com", *recipients(20)[9:]], MESSAGE)
    assert set(receipt.refused) == full
    assert len(receipt.accepted) == 18
    assert asked <= 1 + 2 * len(full)
    assert delivered(mail)[-1] == 12


def test_a_message_refused_in_its_first_transaction_is_an_error(serve: Serve) -> None:
    mail = MailServer(recipient_limit=4, faults={"BDAT": b"554 5.7.1 spam"})
    with pytest.raises(DataRefusedError) as raised:
        send(serve, mail, recipients(10))
    outcome = raised.value.outcome
    assert outcome is not None
    assert [outcome.refused[each].code for each in recipients(4)] == [554] * 4
    assert outcome.untried == tuple(recipients(10)[4:])
    assert delivered(mail) == []


def test_a_recipient_that_is_named_twice_is_asked_once(serve: Serve) -> None:
    mail = MailServer()
    receipt = send(serve, mail, [*recipients(2), *recipients(2)])
    assert (receipt.accepted, mail.asked) == (tuple(recipients(2)), recipients(2))
