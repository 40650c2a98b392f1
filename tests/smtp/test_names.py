"""Names: one spelling of a host, what may stand in an envelope, what we call ourselves."""

from __future__ import annotations

import idna
import pytest

from wagtail_partner_smtp.smtp.errors import Code, SettingsError
from wagtail_partner_smtp.smtp.names import (
    MAX_HOST_TEXT,
    address_literal,
    ascii_domain,
    canonical_host,
    envelope_address,
    qualified_name,
    without_invisible_characters,
)


def test_what_is_too_long_for_a_domain_costs_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """IDNA takes seconds for what a recipient's domain can hold."""
    monkeypatch.setattr(idna, "uts46_remap", lambda *args, **options: pytest.fail("nothing to map"))
    for ask in (canonical_host, ascii_domain):
        with pytest.raises(ValueError, match="too long"):
            ask("ü" * (MAX_HOST_TEXT + 1))


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("mail.example.com", "mail.example.com"),
        (" Mail.Example.COM. ", "mail.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example.", "xn--bcher-kva.example"),
        ("mail。example。com", "mail.example.com"),
        ("192.0.2.1", "192.0.2.1"),
        ("①②⑦.0.0.①", "127.0.0.1"),
        ("[2001:DB8::1]", "2001:db8::1"),
        ("2001:0db8:0:0::1", "2001:db8::1"),
        ("under_score.example", "under_score.example"),
        ("under_score.bücher.example", "under_score.xn--bcher-kva.example"),
        # IDNA 2003 makes other people's domains of these.
        ("straße.example", "xn--strae-oqa.example"),
        ("STRASSE.example", "strasse.example"),
        ("βόλος.example", "xn--nxasmm1c.example"),
        ("\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.example", "xn--mgba3gch31f060k.example"),
        ("xn--strae-oqa.example", "xn--strae-oqa.example"),
    ],
)
def test_a_host_has_one_spelling(typed: str, canonical: str) -> None:
    assert canonical_host(typed) == canonical


@pytest.mark.parametrize(
    "typed",
    [
        "", ".", "a..b", "-a.example", "a-.example", "mail example", "mail/example", "x:25", "http://x",
        "a" * 64 + ".example", ".".join(["a" * 60] * 5), "fe80::1%eth0", "2001:db8::1%x y", "a@b", "::1]x",
        "mail%2eexample", "a\u202eb.example", "💩.example", "a\u200d.example", "ü" * 64 + ".example",
    ],
)  # fmt: skip
def test_what_is_no_host_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        canonical_host(typed)


def test_p16_endless_text_is_refused_before_idna_works_on_it() -> None:
    # Soft hyphens vanish (UTS 46), so this would be a name of one letter.
    with pytest.raises(ValueError, match="too long"):
        canonical_host("a" + "\u00ad" * 5000)


@pytest.mark.parametrize(
    ("written", "envelope"),
    [
        ("", ""),
        ("ann@Example.com", "ann@Example.com"),
        ("o'hara+invoices=1@example.com", "o'hara+invoices=1@example.com"),
        ("ann@localhost", "ann@localhost"),
        ('"odd user"@example.com', '"odd user"@example.com'),
        ('"a@b\\" c"@example.com', '"a@b\\" c"@example.com'),
        ("to@[192.0.2.1]", "to@[192.0.2.1]"),
        ("to@[IPv6:2001:db8::1]", "to@[IPv6:2001:db8::1]"),
        ("ann@straße.example", "ann@xn--strae-oqa.example"),
        ("jürgen@köln.example", "jürgen@xn--kln-sna.example"),
        ("x" * 200 + "@example.com", "x" * 200 + "@example.com"),
    ],
)
def test_an_address_goes_into_the_envelope_as_it_is_written(written: str, envelope: str) -> None:
    assert envelope_address(written) == envelope


@pytest.mark.parametrize(
    "written",
    [
        "ann", "@example.com", "ann@", "ann@example.com.", "jane@exa mple.com", "jane@example.com extra",
        "jane doe@example.com", "a..b@example.com", ".a@example.com", "a.@example.com", "a@b@example.com",
        "<ann@example.com>", "ann@example.com,bob@example.com", "ann@192.0.2.1", "to@[192.0.2]", "to@[::1]",
        "to@[IPv6:fe80::1%eth0]", "to@[IPv6:192.0.2.1]", "ann@-x.example", "ann@a..b", "ann@exa(c)mple.com",
        '"odd user@example.com', '"odd"user@example.com', "ann@💩.example", "ann\0@example.com",
        "ann@example.com\r\nRSET", "ann\x85@example.com", "a\ud800@example.com", "ann\u00a0b@example.com",
        "x" * 243 + "@example.com", "ü" * 122 + "@example.com",
    ],
)  # fmt: skip
def test_what_is_no_address_as_it_stands_is_refused_with_its_text(written: str) -> None:
    with pytest.raises(SettingsError, match="email_invalid: ") as raised:
        envelope_address(written)
    shown = str(raised.value.facts["address"])
    assert (raised.value.code, shown.isprintable(), len(shown) <= 100) == (Code.EMAIL_INVALID, True, True)


@pytest.mark.parametrize(
    ("written", "characters", "clean"),
    [
        ("ann@exam\u200bple.com", "U+200B", "ann@example.com"),
        ("\ufeffann\u2060@example.com", "U+FEFF U+2060", "ann@example.com"),
        ("\u202aann@example.com\u202c", "U+202A U+202C", "ann@example.com"),
        ("ann\u200d@example.com", "U+200D", "ann@example.com"),
        ("ann@ex\u00adample.com", "U+00AD", "ann@example.com"),
    ],
)
def test_an_address_with_an_invisible_character_is_refused_by_its_name(
    written: str, characters: str, clean: str
) -> None:
    with pytest.raises(SettingsError) as raised:
        envelope_address(written)
    assert raised.value.code is Code.INVISIBLE_CHARACTERS
    assert raised.value.facts == {"address": "ann@example.com", "characters": characters}
    assert without_invisible_characters(written) == clean


def test_joiners_within_words_are_letters_of_some_scripts() -> None:
    address = "\u0646\u0627\u0645\u0647\u200c\u0627\u06cc@example.com"
    assert envelope_address(address) == without_invisible_characters(address) == address


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("www.example.com", "www.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("[192.0.2.1]", "[192.0.2.1]"),
        ("[IPv6:2001:db8::1]", "[IPv6:2001:db8::1]"),
        ("web_1.internal", ""),
        ("laptop", ""),
        ("www.example.com.", ""),
        ("my pc.example", ""),
        ("192.0.2.1", ""),
        ("[2001:db8::1]", ""),
        ("-a.example", ""),
        ("", ""),
    ],
)
def test_only_a_qualified_name_is_said_in_ehlo(name: str, said: str) -> None:
    assert qualified_name(name) == said


def test_an_address_is_said_as_a_literal() -> None:
    assert address_literal("192.0.2.1") == "[192.0.2.1]"
    assert address_literal("fe80::1%eth0") == "[IPv6:fe80::1]"
