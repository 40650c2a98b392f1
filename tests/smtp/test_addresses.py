"""Which addresses may be dialled."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable

import pytest

from tests.support.stopwatch import PATIENCE
from wagtail_partner_smtp.smtp import Policy, SMTPSettings, examine
from wagtail_partner_smtp.smtp.addresses import AddressGuard, AllowedDestination, is_global, unwrap
from wagtail_partner_smtp.smtp.errors import AddressError
from wagtail_partner_smtp.smtp.limits import Limits
from wagtail_partner_smtp.smtp.session import SMTPSession

from .accounts import code, stage

FORBIDDEN = [
    "0.0.0.0",  # noqa: S104
    "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1",
    "127.255.255.254", "168.63.129.16", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255",
    "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::10.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:100.64.0.1",
    "::ffff:169.254.169.254", "::ffff:168.63.129.16", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1",
    "2001:10::1", "2002:7f00:1::", "2002:a00:1::1", "2002:a9fe:a9fe::", "3fff::1", "4000::1", "5f00::1",
    "fc00::1", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254", "fe80::1", "fec0::1", "ff02::1",
]  # fmt: skip
GLOBAL = [
    "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "192.0.1.1",
    "193.0.0.1", "223.255.255.255", "2606:4700::1", "2a00:1450::1", "2003::1", "64:ff9b::8.8.8.8",
    "::ffff:8.8.8.8", "2002:808:808::1",
]  # fmt: skip
SPELLINGS = [
    "2130706433", "0x7f.1", "0x7f000001", "017700000001", "127.1", "127.0.1", "0177.0.0.1", "0",
    "①②⑦.⓪.⓪.①", "\uff11\uff12\uff17.\uff10.\uff10.\uff11", "127。0。0。1", "127.0.0.1.", "[127.0.0.1]", "[::1]",
    "[::ffff:7f00:1]", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "localhost", "LOCALHOST.",
]  # fmt: skip

Dialled = list[tuple[object, ...]]


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> Dialled:
    """Every address that somebody tries to connect to; none is."""
    addresses: Dialled = []

    class Recording(socket.socket):
        def connect(self, address: tuple[object, ...]) -> None:  # type: ignore[override]
            addresses.append(address)
            raise ConnectionRefusedError

    monkeypatch.setattr(socket, "socket", Recording)
    return addresses


@pytest.fixture
def resolve_to(monkeypatch: pytest.MonkeyPatch) -> Callable[[Iterable[str]], list[str]]:
    """``resolve_to([…])``: what the resolver answers; returns the names that it was asked for."""

    def answer_with(addresses: Iterable[str]) -> list[str]:
        asked: list[str] = []
        found = list(addresses)

        def getaddrinfo(host: str, *args: object, **kwargs: object) -> list[object]:
            asked.append(host)
            family = {True: socket.AF_INET6, False: socket.AF_INET}
            return [(family[":" in a], socket.SOCK_STREAM, 6, "", (a, 0)) for a in found]

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        return asked

    return answer_with


@pytest.mark.parametrize("literal", FORBIDDEN)
def test_p06_a_forbidden_address_is_refused_before_connecting(literal: str, dialled: Dialled) -> None:
    report = examine(SMTPSettings(host=literal), Policy(timeout=PATIENCE))
    assert (code(report), dialled) == ("address_not_allowed", [])
    assert str(report.error and report.error.stage) == "resolve"


@pytest.mark.parametrize("literal", FORBIDDEN)
def test_p06_a_name_for_a_forbidden_address_is_refused(
    literal: str, dialled: Dialled, resolve_to: Callable[[Iterable[str]], list[str]]
) -> None:
    resolve_to([literal])
    report = examine(SMTPSettings(host="mail.example.com"), Policy(timeout=PATIENCE))
    assert (code(report), dialled) == ("host_unknown", [])


@pytest.mark.parametrize("literal", GLOBAL)
def test_a_global_address_is_dialled(literal: str, dialled: Dialled) -> None:
    report = examine(SMTPSettings(host=literal, port=2525), Policy(timeout=PATIENCE, probe_ports=()))
    assert code(report) == "connection_refused"
    assert set(dialled) == {(str(ipaddress.ip_address(literal)), 2525)}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_p07_other_spellings_of_loopback_are_refused(spelling: str, dialled: Dialled) -> None:
    report = examine(SMTPSettings(host=spelling), Policy(timeout=PATIENCE))
    # Some are an address to the system's resolver alone.
    is_name = spelling in {"0x7f.1", "127.1", "127.0.1", "0177.0.0.1"}
    assert (code(report), dialled) == ("host_unknown" if is_name else "address_not_allowed", [])


def test_p08_a_second_answer_of_the_resolver_is_never_asked_for(
    dialled: Dialled, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [["93.184.215.14"], ["127.0.0.1"], ["127.0.0.1"]]

    def getaddrinfo(host: str, *args: object, **kwargs: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, 0)) for a in answers.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    examine(SMTPSettings(host="rebind.example", port=25), Policy(timeout=PATIENCE))
    assert len(answers) == 2
    assert "127.0.0.1" not in {address for address, _ in dialled}


def test_p09_private_records_among_public_ones_are_skipped(
    dialled: Dialled, resolve_to: Callable[[Iterable[str]], list[str]]
) -> None:
    resolve_to(["10.0.0.1", "93.184.215.14", "::1", "2606:4700::1", "169.254.169.254"])
    report = examine(SMTPSettings(host="mixed.example", port=25), Policy(timeout=PATIENCE, probe_ports=()))
    assert {address for address, _ in dialled} == {"93.184.215.14", "2606:4700::1"}
    assert stage(report, "resolve").facts["addresses"] == "93.184.215.14, 2606:4700::1"


@pytest.mark.parametrize(
    ("entry", "address", "port", "host"),
    [
        ("10.0.0.0/8", "10.1.2.3", 25, "x"),
        ("10.0.0.0/8", "10.1.2.3", 2525, "x"),
        ("10.0.0.0/8", "::ffff:10.1.2.3", 587, "x"),
        ("10.0.0.0/8", "64:ff9b::10.1.2.3", 465, "x"),
        ("10.1.2.3", "10.1.2.3", 25, "x"),
        ("10.1.2.3:1025", "10.1.2.3", 1025, "x"),
        ("10.0.0.0/8:1025", "10.1.2.3", 1025, "x"),
        ("fd00::/8", "fd00::1", 25, "x"),
        ("[fd00::]/8:1025", "fd00::1", 1025, "x"),
        ("[fd00::1]:1025", "fd00::1", 1025, "x"),
        ("[fd00::1]", "fd00::1", 25, "x"),
        ("::1", "::1", 25, "x"),
        ("relay.internal", "10.1.2.3", 25, "relay.internal"),
        ("Relay.Internal.:1025", "10.1.2.3", 1025, "relay.internal"),
        ("169.254.169.254", "169.254.169.254", 25, "x"),
    ],
)
def test_p10_an_internal_relay_can_be_allowed(entry: str, address: str, port: int, host: str) -> None:
    assert AddressGuard([entry]).allows(ipaddress.ip_address(address), port, host)
    assert not AddressGuard([]).allows(ipaddress.ip_address(address), port, host)


PRIVATE_NAMES = ["relay", "db.internal", "mail.corp", "printer.local", "nas.home.arpa", "a.lan"]


KNOWN = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.1.2.3", 0))]
UNKNOWN = socket.gaierror(socket.EAI_NONAME, "x")


class Told:
    """``told(host, found)`` is what a test, or a delivery, makes of what the resolver finds."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, interactive: bool) -> None:
        self.asked: list[str] = []
        self._interactive = interactive
        self._patch = monkeypatch

    def __call__(self, host: str, found: object, networks: tuple[str, ...] = ()) -> tuple[str, object]:
        def getaddrinfo(name: str, *args: object, **kwargs: object) -> object:
            self.asked.append(name)
            if isinstance(found, Exception):
                raise found
            return found

        self._patch.setattr(socket, "getaddrinfo", getaddrinfo)
        settings, policy = SMTPSettings(host=host), Policy(timeout=PATIENCE, allowed_networks=networks)
        if self._interactive:
            error = examine(settings, policy).error
        else:
            with pytest.raises(AddressError) as raised:
                SMTPSession(settings, policy, Limits.for_delivery(PATIENCE)).open()
            error = raised.value
        assert error is not None
        return error.code, dict(error.facts)


@pytest.fixture(params=[True, False], ids=["test", "delivery"])
def told(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Told:
    return Told(monkeypatch, interactive=request.param)


@pytest.mark.parametrize("host", PRIVATE_NAMES)
def test_p12_a_private_name_is_not_looked_up(told: Told, host: str) -> None:
    """How long the name service takes would tell as well."""
    answers = [told(host, found) for found in (KNOWN, UNKNOWN)]
    assert (answers[0], answers[0][0], told.asked) == (answers[1], "address_not_allowed", [])
    # Of the site's own relay it has to be told.
    for entry in (host, "10.0.0.0/8"):
        assert told(host, UNKNOWN, (entry,))[0] == "host_unknown"
    assert told.asked == [host] * 2


@pytest.mark.parametrize(
    ("host", "networks"),
    [
        ("alias.example.com", ()),
        ("alias.example.com", ("192.168.0.0/16", "relay.internal")),
        # An entry that is an address may be about any name.
        ("db.internal", ("192.168.1.5:1025",)),
    ],
)
def test_p12_a_name_for_a_private_address_answers_like_one_that_does_not_exist(
    told: Told, host: str, networks: tuple[str, ...]
) -> None:
    """Whoever has a domain can give it an alias in the site's own network, and ask whether there is one."""
    answers = [told(host, found, networks) for found in (KNOWN, UNKNOWN)]
    assert answers == [("host_unknown", {"host": host})] * 2


@pytest.mark.parametrize("host", ["mail.example.com", "internal.example.org", "corp.example"])
def test_a_public_name_that_is_unknown_is_told_as_unknown(host: str) -> None:
    assert code(examine(SMTPSettings(host=host), Policy(timeout=PATIENCE))) == "host_unknown"


@pytest.mark.parametrize(
    ("entry", "address", "port", "host"),
    [
        ("10.0.0.0/8", "11.0.0.1", 25, "x"),
        ("10.0.0.0/8", "10.0.0.1", 22, "x"),
        ("10.0.0.0/8:1025", "10.0.0.1", 25, "x"),
        ("10.1.2.3", "10.1.2.4", 25, "x"),
        ("relay.internal", "10.1.2.3", 22, "relay.internal"),
        ("relay.internal", "10.1.2.3", 25, "other.internal"),
        ("relay.internal", "10.1.2.3", 25, "10.1.2.3"),
    ],
)
def test_p10_an_entry_allows_no_more_than_it_says(entry: str, address: str, port: int, host: str) -> None:
    guard = AddressGuard([entry])
    asked = ipaddress.ip_address(address)
    assert guard.allows(asked, port, host) is is_global(asked)


@pytest.mark.parametrize(
    ("entries", "host", "port", "expected"),
    [
        (("10.0.0.0/8",), "10.0.0.1", 2526, "port_not_allowed"),
        (("10.0.0.1:2526",), "10.0.0.1", 25, "port_not_allowed"),
        (("10.0.0.1:2526", "192.0.2.0/24"), "10.0.0.2", 25, "address_not_allowed"),
        (("mail.internal",), "10.0.0.1", 2526, "address_not_allowed"),
    ],
)
def test_an_address_that_is_allowed_on_another_port_is_told_from_others(
    entries: tuple[str, ...], host: str, port: int, expected: str, dialled: Dialled
) -> None:
    policy = Policy(timeout=PATIENCE, allowed_networks=entries)
    report = examine(SMTPSettings(host=host, port=port), policy)
    assert (code(report), dialled) == (expected, [])


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "169.254.170.2", "fe80::1", "168.63.129.16", "100.100.100.200", "192.0.0.192",
        "fd00:ec2::254", "fd20:ce::254", "::ffff:169.254.169.254", "64:ff9b::169.254.169.254",
        "2002:a9fe:a9fe::1",
    ],
)  # fmt: skip
def test_p10_a_host_entry_never_lets_metadata_in(address: str) -> None:
    guard = AddressGuard(["relay.internal", "relay.internal:80"])
    assert not guard.allows(ipaddress.ip_address(address), 25, "relay.internal")
    assert not guard.allows(ipaddress.ip_address(address), 80, "relay.internal")


@pytest.mark.parametrize(
    "entry",
    ["", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/8:0", "x:y", "relay:70000", "fd00::/129", "a b", "/8"],
)
def test_an_entry_that_is_neither_network_nor_host_is_an_error(entry: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        AllowedDestination.parse(entry)


def test_p12_forbidden_addresses_answer_alike(dialled: Dialled) -> None:
    answers = set()
    for literal in FORBIDDEN:
        for port in (22, 25, 80, 3306):
            report = examine(SMTPSettings(host=literal, port=port), Policy(timeout=PATIENCE))
            assert report.error is not None
            answers.add(
                (report.error.code, report.error.stage, report.suggestion, report.tls, report.error.reply)
            )
    assert len(answers) == 1
    assert dialled == []


def test_an_embedded_address_is_unwrapped() -> None:
    for wrapped in ("::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "2002:a01:203::1"):
        assert str(unwrap(ipaddress.ip_address(wrapped))) == "10.1.2.3"
