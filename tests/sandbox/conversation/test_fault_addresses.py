"""Recipients that say how they are to be refused."""

from __future__ import annotations

import smtplib

import pytest

from smtp_sandbox import PROFILES
from smtp_sandbox.profiles import EXTENSIONS
from smtp_sandbox.pytest_plugin import Served
from tests.sandbox.clients import MESSAGE, connect, texts

WORDS = "Refused, as the address asks for"


@pytest.mark.parametrize(
    ("address", "code", "enhanced"),
    [
        ("550@example.org", 550, "5.1.1"),
        ("450@example.org", 450, "4.2.1"),
        ("499@example.org", 499, "4.0.0"),
        ("599@example.org", 599, "5.0.0"),
        ("452-4.3.1@example.org", 452, "4.3.1"),
        ("550+ann@example.org", 550, "5.1.1"),
        ("554-5.7.26+ann@example.org", 554, "5.7.26"),
    ],
)
def test_it_is_refused_as_it_says(smtp: Served, address: str, code: int, enhanced: str) -> None:
    listener = smtp.listen(fault_addresses=True)
    with connect(listener) as client:
        refused = client.sendmail("a@example.org", [address, "b@example.org"], MESSAGE)

    assert refused == {address: (code, f"{enhanced} {WORDS}".encode())}
    assert smtp.wait_for_message().rcpt_tos == ("b@example.org",)
    assert listener.faults == 1
    assert f"fault: RCPT: reply {code} {enhanced} {WORDS}" in texts(listener)


def test_421_closes_the_connection(smtp: Served) -> None:
    with connect(smtp.listen(fault_addresses=True)) as client:
        client.ehlo()
        client.mail("a@example.org")
        assert client.rcpt("421@example.org") == (421, f"4.3.2 {WORDS}".encode())
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.noop()


@pytest.mark.parametrize(
    "address",
    [
        *(
            "250@b.example",
            "350@b.example",
            "650@b.example",
            "55@b.example",
            "5500@b.example",
            "550x@b.example",
        ),
        *("x550@b.example", "550-2.1.1@b.example", "a@550.example", '"550"@b.example', "550.1@b.example"),
    ],
)
def test_other_recipients_are_accepted(smtp: Served, address: str) -> None:
    with connect(smtp.listen(fault_addresses=True)) as client:
        assert client.sendmail("a@example.org", [address], MESSAGE) == {}


def test_it_is_off_unless_it_is_asked_for(smtp: Served) -> None:
    with connect(smtp.plain) as client:
        assert client.sendmail("550@example.org", ["550@example.org", "421@example.org"], MESSAGE) == {}

    assert not any(profile.fault_addresses for profile in PROFILES.values())


def test_senders_are_not_asked_and_the_order_of_commands_is_kept(smtp: Served) -> None:
    with connect(smtp.listen(fault_addresses=True)) as client:
        client.ehlo()
        assert client.rcpt("550@example.org")[0] == 503
        assert client.mail("550@example.org")[0] == 250


def test_without_enhanced_codes_there_is_none(smtp: Served) -> None:
    extensions = tuple(name for name in EXTENSIONS if name != "ENHANCEDSTATUSCODES")
    with connect(smtp.listen(fault_addresses=True, extensions=extensions)) as client:
        client.ehlo()
        client.mail("a@example.org")

        assert client.rcpt("550@example.org") == (550, WORDS.encode())
