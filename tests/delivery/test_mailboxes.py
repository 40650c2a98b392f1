"""What people write as an address: one mailbox with its whole name, or refused by its text."""

from __future__ import annotations

import time
from contextlib import suppress
from email import policy
from email.parser import HeaderParser

import pytest

from wagtail_partner_smtp.delivery.mailboxes import MAX_ENTRY, parse, parse_entries, parse_header
from wagtail_partner_smtp.smtp.errors import Code, SettingsError
from wagtail_partner_smtp.smtp.settings import Stage

WRITTEN = [
    # (as it is written, the name, the address, as it stands in a header)
    ("ann@example.com", "", "ann@example.com", "ann@example.com"),
    ("<ann@example.com>", "", "ann@example.com", "ann@example.com"),
    (" Ann  Doe <ann@example.com> ", "Ann Doe", "ann@example.com", "Ann Doe <ann@example.com>"),
    ("Ann < ann@example.com >", "Ann", "ann@example.com", "Ann <ann@example.com>"),
    ('"Doe, Ann" <ann@example.com>', "Doe, Ann", "ann@example.com", '"Doe, Ann" <ann@example.com>'),
    ("Doe, Ann <ann@example.com>", "Doe, Ann", "ann@example.com", '"Doe, Ann" <ann@example.com>'),
    ("Care; Bills <c@example.com>", "Care; Bills", "c@example.com", '"Care; Bills" <c@example.com>'),
    ("Team: Ann <ann@example.com>", "Team: Ann", "ann@example.com", '"Team: Ann" <ann@example.com>'),
    ("[EXT] Ann <ann@example.com>", "[EXT] Ann", "ann@example.com", '"[EXT] Ann" <ann@example.com>'),
    ("Ann @ Work <ann@example.com>", "Ann @ Work", "ann@example.com", '"Ann @ Work" <ann@example.com>'),
    ("Ann (Sales) <ann@example.com>", "Ann (Sales)", "ann@example.com", '"Ann (Sales)" <ann@example.com>'),
    ("A < B <ab@example.com>", "A < B", "ab@example.com", '"A < B" <ab@example.com>'),
    ("A > B <ab@example.com>", "A > B", "ab@example.com", '"A > B" <ab@example.com>'),
    ('"Ann <ann@example.com>', '"Ann', "ann@example.com", r'"\"Ann" <ann@example.com>'),
    (r'"a\"b" <ab@example.com>', 'a"b', "ab@example.com", r'"a\"b" <ab@example.com>'),
    ("a\\b <ab@example.com>", "a\\b", "ab@example.com", r'"a\\b" <ab@example.com>'),
    ("u@a.example <u@a.example>", "u@a.example", "u@a.example", '"u@a.example" <u@a.example>'),
    ('"b@a.example, c" <u@a.example>', "b@a.example, c", "u@a.example", '"b@a.example, c" <u@a.example>'),
    ("ann@example.com (Ann Doe)", "Ann Doe", "ann@example.com", "Ann Doe <ann@example.com>"),
    ('"odd user"@example.com', "", '"odd user"@example.com', '"odd user"@example.com'),
    ('Odd <"odd <user>"@example.com>', "Odd", '"odd <user>"@example.com', 'Odd <"odd <user>"@example.com>'),
    ("Ann <to@[192.0.2.1]>", "Ann", "to@[192.0.2.1]", "Ann <to@[192.0.2.1]>"),
    ("Änn <ann@example.com>", "Änn", "ann@example.com", "=?utf-8?q?=C3=84nn?= <ann@example.com>"),
    ("Änn, B <ann@example.com>", "Änn, B", "ann@example.com", "=?utf-8?b?w4RubiwgQg==?= <ann@example.com>"),
    ("=?utf-8?q?=C3=84nn?= <ann@example.com>", "Änn", "ann@example.com", "=?utf-8?q?=C3=84nn?= <ann@example.com>"),
    ("=?x-no?q?a?= <a@a.example>", "=?x-no?q?a?=", "a@a.example", "=?utf-8?b?PT94LW5vP3E/YT89?= <a@a.example>"),
    ("Ann <ann@straße.example>", "Ann", "ann@straße.example", "Ann <ann@xn--strae-oqa.example>"),
    # What office programs leave in names.
    ("Ann\x0b\u2028Doe\x85 <ann@example.com>", "Ann Doe", "ann@example.com", "Ann Doe <ann@example.com>"),
    ("=?utf-8?q?A=0D=0ABcc=3A_e?= <a@a.example>", "A Bcc: e", "a@a.example", '"A Bcc: e" <a@a.example>'),
]  # fmt: skip


@pytest.mark.parametrize(("written", "name", "address", "header"), WRITTEN)
def test_an_entry_is_one_mailbox_with_its_whole_name(
    written: str, name: str, address: str, header: str
) -> None:
    mailbox = parse(written)
    assert (mailbox.name, mailbox.address, str(mailbox)) == (name, address, header)


@pytest.mark.parametrize("header", [case[3] for case in WRITTEN])
def test_a_header_says_to_others_what_was_meant(header: str) -> None:
    again = parse(header)
    assert str(again) == header
    read = HeaderParser(policy=policy.default).parsestr(f"To: {header}\n\n")["To"]
    assert len(read.addresses) == 1
    assert read.addresses[0].display_name == again.name


@pytest.mark.parametrize(
    "written",
    [
        "jane@example.com extra", "jane@exa mple.com", "jane doe@example.com", "Jane jane@example.com", "Jane <>",
        "Jane <jane@example.com", "jane@example.com>", "jane", "", " ", "<>", "@example.com", "jane@",
        "jane@example.com.", "mailto:jane@example.com", "a@x.example, b@x.example", "a@x.example; b@x.example",
        "a@x.example, Bob <b@x.example>", "a@x.example, <b@x.example>", "Bob <b@x.example>; Ann <a@x.example>",
        '"odd user"@x.example, Bob <b@x.example>', "Team: a@x.example, b@x.example;", "jane@💩.la",
        "Jane <jane@example.com> (home)", "x" * MAX_ENTRY + " <jane@example.com>", "jane\x0b@example.com",
    ],
)  # fmt: skip
def test_what_is_not_one_address_is_refused_by_its_text(written: str) -> None:
    with pytest.raises(SettingsError) as raised:
        parse(written)
    error = raised.value
    assert (error.code, error.stage) == (Code.EMAIL_INVALID, Stage.RCPT)
    assert error.facts["address"] == " ".join(written.split())[:100]
    assert str(error.facts["address"]) in str(error)


@pytest.mark.parametrize(
    ("written", "code"),
    [("ann@example.com\u200b", Code.INVISIBLE_CHARACTERS), ("ann\r\n@example.com", Code.CONTROL_CHARACTERS)],
)
def test_an_error_of_another_kind_names_the_text_as_well(written: str, code: Code) -> None:
    with pytest.raises(SettingsError) as raised:
        parse(f"Ann <{written}>")
    assert raised.value.code is code
    assert str(raised.value.facts["address"]).startswith("Ann <ann")


def test_an_empty_group_is_shown_and_addresses_nobody() -> None:
    shown, ann = parse_entries(["undisclosed-recipients:;", "ann@example.com"])
    assert [str(shown), str(ann)] == ["undisclosed-recipients:;", "ann@example.com"]


@pytest.mark.parametrize(
    ("value", "entries"),
    [
        ("Undisclosed recipients:;", ["Undisclosed recipients:;"]),
        ("a@x.example, b@y.example", ["a@x.example", "b@y.example"]),
        ('"Doe, Ann" <a@x.example>, Bob <b@y.example>', ['"Doe, Ann" <a@x.example>', "Bob <b@y.example>"]),
        ("Doe, Ann <a@x.example>", ['"Doe, Ann" <a@x.example>']),
        ('5" Disks <a@x.example>, b@y.example', [r'"5\" Disks" <a@x.example>', "b@y.example"]),
        (r'"A \"B, C\"" <a@x.example>, b@y.example', [r'"A \"B, C\"" <a@x.example>', "b@y.example"]),
    ],
)
def test_a_header_of_several_addresses_is_taken_apart(value: str, entries: list[str]) -> None:
    assert [str(entry) for entry in parse_header(value)] == entries


def test_a_header_with_a_bad_address_is_refused_by_that() -> None:
    with pytest.raises(SettingsError, match="email_invalid at data: b y"):
        parse_header("a@x.example, b y, c@x.example")


def test_mailboxes_are_the_same_whatever_spelling_their_domain_has() -> None:
    one, other = parse("Ann <ann@STRASSE.example>"), parse("ann@strasse.EXAMPLE")
    assert one.key == other.key
    assert parse("ann@straße.example").key == parse("ann@xn--Strae-oqa.example").key
    assert parse("Ann@example.com").key != parse("ann@example.com").key


@pytest.mark.parametrize("piece", ['"', "<", "(", "\\", "a,", "<>", '"<', "=?", "a@b,", '<"', "@"])
def test_p52_no_text_takes_long_to_refuse(piece: str) -> None:
    started = time.process_time()
    for end in ("", ">", "<a@b.example>"):
        text = (piece * MAX_ENTRY)[: MAX_ENTRY - len(end)] + end
        try:
            parse_header(text)
        except SettingsError:
            continue
    assert time.process_time() - started < 1


@pytest.mark.parametrize(
    "piece", ['"', "<", "(", "\\", "a,", '"<', '\\"', '"\\', '\\\\"', '"\\"', '<"', '"a', "a@b.c, "]
)
def test_p52_a_long_header_takes_no_longer_than_its_length(piece: str) -> None:
    started = time.process_time()
    for begin in ("", '"', "<", "a"):
        with suppress(SettingsError):
            parse_header(begin + piece * 20_000)
    assert time.process_time() - started < 2


def test_a_group_is_on_one_line() -> None:
    """It stands in the header as it is: two line breaks in it would end all headers."""
    assert [str(each) for each in parse_entries(["nobody:\t\u2028;\n"])] == ["nobody:  ;"]
    for text in ("nobody:\r\n\r\n;", "nobody:\n;"):
        with pytest.raises(SettingsError) as raised:
            parse_entries([text])
        assert raised.value.code is Code.CONTROL_CHARACTERS
