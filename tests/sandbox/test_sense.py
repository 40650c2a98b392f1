"""What no client could meet is an error, of ``listen`` and of ``switch``."""

from __future__ import annotations

from typing import Any

import pytest

from smtp_sandbox import PROFILES, Mode, Profile, Rule, Service, TokenRefusal, on
from smtp_sandbox.catalogue.replies import PROFILES as REPLIES
from smtp_sandbox.profiles import EXTENSIONS
from smtp_sandbox.pytest_plugin import Served
from smtp_sandbox.sense import chosen_mode
from tests.sandbox.clients import MESSAGE, connect, send

RCPT = on("RCPT", reply="550 5.1.1 No")


def without(name: str) -> tuple[str, ...]:
    return tuple(each for each in EXTENSIONS if each != name)


def test_every_profile_of_the_catalogue_makes_sense_in_all_its_modes() -> None:
    for profile in (*PROFILES.values(), *REPLIES.values()):
        assert [chosen_mode(profile, mode) for mode in profile.modes] == list(profile.modes)


@pytest.mark.parametrize("name", ["refuse", "unroutable", "silent", "close", "http", "pop3"])
@pytest.mark.parametrize(
    "changes",
    [
        {"certificate": "expired"},
        {"rules": (RCPT,)},
        {"fault_addresses": True},
        {"auth_required": True},
        {"tls_min": "TLSv1.3"},
        {"size": 1000},
        {"hostname": "mx.example.org"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_where_no_smtp_is_spoken_its_fields_have_no_effect(
    smtp: Served, name: str, changes: dict[str, Any]
) -> None:
    (field,) = changes
    with pytest.raises(ValueError, match=rf"'{name}' makes no sense: no.*; leave out {field}$"):
        smtp.listen(name, **changes)


def test_a_service_behind_tls_shows_a_certificate(smtp: Served) -> None:
    assert smtp.listen("https", certificate="expired").profile.certificate == "expired"
    with pytest.raises(ValueError, match="leave out service"):
        smtp.listen("https", reach="refused")


@pytest.mark.parametrize("name", ["starttls-missing", "starttls-454", "starttls-drop", "starttls-lies"])
def test_without_a_handshake_there_is_no_certificate(smtp: Served, name: str) -> None:
    with pytest.raises(ValueError, match=r"never comes to a handshake; leave out certificate$"):
        smtp.listen(name, certificate="expired")
    with pytest.raises(ValueError, match="never comes to a handshake"):
        smtp.listen(name).use_certificate("expired")


def test_a_handshake_that_fails_once_is_one(smtp: Served) -> None:
    once = on("STARTTLS", times=1, reply="454 4.7.0 Later")
    assert smtp.listen(mode="starttls", certificate="expired", rules=(once,)).mode == "starttls"


@pytest.mark.parametrize("name", ["refuse", "http", "https"])
def test_no_certificate_is_changed_where_none_is_shown(smtp: Served, name: str) -> None:
    with pytest.raises(ValueError, match="never comes to a handshake"):
        smtp.listen(name, mode="ssl").use_certificate("expired")


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"auth": (), "auth_required": True}, r"write auth=\(\.\.\.\)"),
        ({"auth": (), "auth_after_tls": True}, r"write auth=\(\.\.\.\)"),
        ({"token_refusal": TokenRefusal(always=True)}, r"write auth=\('XOAUTH2', 'OAUTHBEARER'\)"),
        ({"offers_starttls": False, "injects": "250 x"}, "leave out offers_starttls=False"),
        ({"tls_min": "TLSv1.3", "ciphers": "AES128-SHA"}, "leave out tls_min"),
        ({"unspoken": ("CHUNKING",), "extensions": ("SIZE",)}, r"write extensions=\(\.\.\.\) with it"),
        ({"bdat_failure_ends": False, "extensions": ("SIZE",)}, r"write extensions=\(\.\.\.\) with CHUNKING"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_fields_that_need_another_one(smtp: Served, changes: dict[str, Any], advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        smtp.listen(**changes)


def test_tls_can_be_required_where_it_can_be_asked_for(smtp: Served) -> None:
    assert smtp.listen(tls_required=True).mode == "starttls"
    for mode in ("plain", "ssl"):
        with pytest.raises(ValueError, match='write mode="starttls"'):
            smtp.listen(mode=mode, tls_required=True)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"auth": ("plain",)}, "'PLAIN'; not 'plain'"),
        ({"auth": ("",)}, "auth has capital letters"),
        ({"extensions": ("SIZE 1000",)}, r"and the number as size="),
        ({"extensions": ("",)}, "extensions='' is not one line"),
        ({"extensions": ("DSN\r\n250 X",)}, "is not one line"),
        ({"unspoken": ("chunking",)}, "unspoken='chunking' is none of"),
        ({"unspoken": ("FOO",)}, "unspoken='FOO' is none of"),
        ({"reach": "closed"}, "reach='closed' is none of 'open', 'refused'"),
        ({"size": -1}, "size=-1 is not between 0 and"),
        ({"size": 10**20}, "size="),
        ({"hostname": "a\r\n220 b"}, "hostname='a"),
        ({"hostname": ""}, "hostname=''"),
        ({"software": "\ud800"}, "software cannot be encoded"),
        ({"modes": ("tls",)}, "modes='tls' is none of"),
        ({"tls_min": "TLSv9"}, "tls_min='TLSv9' is none of"),
        ({"tls_max": "TLS1.2"}, "tls_max='TLS1.2' is none of"),
        ({"tls_min": "TLSv1.3", "tls_max": "TLSv1.2"}, "tls_min='TLSv1.3' is above tls_max='TLSv1.2'"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_values_of_fields_that_make_no_sense(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Profile("mine", **changes)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"auth": "PLAIN"}, r"write auth=\('PLAIN',\)"),
        ({"modes": "ssl"}, r"write modes=\('ssl',\)"),
        ({"rules": RCPT}, "rules has to be tuple or list"),
        ({"rules": ("RCPT",)}, "each of rules has to be Rule"),
        ({"size": "1000"}, "size has to be int, not '1000'"),
        ({"auth_required": "yes"}, "auth_required has to be bool"),
        ({"service": "http"}, "service has to be Service or None"),
        ({"token_refusal": None}, "token_refusal has to be TokenRefusal"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_values_of_fields_of_another_type(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(TypeError, match=reason):
        Profile("mine", **changes)


def test_a_list_will_do_for_a_tuple(smtp: Served) -> None:
    assert smtp.listen(auth=["PLAIN"]).profile.auth == ("PLAIN",)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", ["ssl", "starttls"])
def test_what_openssl_does_not_have_is_an_error_before_a_port_is_opened(smtp: Served, mode: Mode) -> None:
    before = len(smtp.sandbox.listeners)
    with pytest.raises(ValueError, match=r"OpenSSL refuses ciphers='NONSENSE': .*for example"):
        smtp.listen(mode=mode, ciphers="NONSENSE")
    assert len(smtp.sandbox.listeners) == before


def test_a_size_that_is_not_kept_to_is_announced_as_it_stands(smtp: Served) -> None:
    listener = smtp.listen(extensions=("SIZE 0500",), unspoken=("SIZE",))
    with connect(listener) as client:
        client.ehlo()
        assert client.esmtp_features["size"] == "0500"
        assert client.docmd("MAIL", "FROM:<a@example.org> SIZE=600")[0] == 555
        client.docmd("MAIL", "FROM:<a@example.org>")
        client.rcpt("b@example.org")
        assert client.data("x" * 600)[0] == 250


@pytest.mark.parametrize("line", ["SIZE", "size"])
def test_a_size_of_0_is_no_limit(smtp: Served, line: str) -> None:
    """RFC 1870 3."""
    listener = smtp.listen(size=0, extensions=(line,))
    with connect(listener) as client:
        client.ehlo()
        assert client.esmtp_features["size"] == "0"
        assert client.docmd("MAIL", f"FROM:<a@example.org> SIZE={10**15}")[0] == 250
        client.rset()
        client.sendmail("a@example.org", ["b@example.org"], MESSAGE)

    assert len(listener.messages) == 1


UNMET = [
    ("honest", "plain", on("TLS", drop="fin"), 'listen with mode="ssl" or mode="starttls"'),
    ("honest", "plain", on("STARTTLS", drop="fin"), 'listen with mode="starttls"'),
    ("honest", "ssl", on("STARTTLS", drop="fin"), 'listen with mode="starttls"'),
    ("starttls-missing", "starttls", on("STARTTLS", drop="fin"), "offers_starttls=False"),
    ("starttls-missing", "starttls", on("TLS", drop="fin"), "offers_starttls=False"),
    ("http", "plain", RCPT, "no SMTP is spoken"),
    ("refuse", "plain", RCPT, "nobody can connect"),
    ("auth-none", "plain", on("AUTH", drop="fin"), r"write auth=\(\.\.\.\)"),
    ("no-chunking", "plain", on("BDAT", drop="fin"), r'write on\("DATA"'),
    ("no-pipelining", "plain", on("RCPT", grouped=True, drop="fin"), "leave out grouped=True"),
]


@pytest.mark.parametrize(("name", "mode", "rule", "advice"), UNMET)
def test_a_rule_that_cannot_be_met_is_not_switched_on(
    smtp: Served, name: str, mode: Mode, rule: Rule, advice: str
) -> None:
    listener = smtp.listen(name, mode=mode)
    with pytest.raises(ValueError, match=rf"no client can meet on\('{rule.verb}', \.\.\.\) .*{advice}"):
        listener.switch(rule)
    assert listener.switched_on == ()


@pytest.mark.parametrize(("name", "mode", "rule", "advice"), UNMET)
def test_a_rule_that_cannot_be_met_is_not_listened_with(
    smtp: Served, name: str, mode: Mode, rule: Rule, advice: str
) -> None:
    with pytest.raises(ValueError, match=r"makes no sense|no client can meet"):
        smtp.listen(name, mode=mode, rules=(rule,))


def test_what_is_no_rule_is_an_error_and_changes_nothing(smtp: Served) -> None:
    smtp.plain.switch(RCPT)
    with pytest.raises(TypeError, match="each of rules has to be Rule"):
        smtp.plain.switch("RCPT")  # type: ignore[arg-type]
    assert smtp.plain.switched_on == (RCPT,)


def test_what_is_left_of_a_profile_can_be_met(smtp: Served) -> None:
    listener = smtp.listen(extensions=without("CHUNKING"))
    send(listener)
    assert len(listener.messages) == 1


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"drop": "close"}, "drop='close' is none of None, 'fin', 'rst'"),
        ({"challenge": None, "endless": True}, "come with a challenge"),
        ({"challenge": None, "drop": "fin"}, "come with a challenge"),
        ({"endless": True, "drop": "fin"}, "leave out drop= or endless=True"),
        ({"reply": ""}, "reply='' is not one line"),
        ({"challenge": b"{}"}, "challenge has to be str or None"),
    ],
    ids=str,
)
def test_refusals_of_tokens_that_make_no_sense(values: dict[str, Any], reason: str) -> None:
    with pytest.raises((TypeError, ValueError), match=reason):
        TokenRefusal(**values)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"greeting": "220 hello"}, "greeting has to be bytes"),
        ({"answers": (("FEAT", b"211"),)}, "each of answers has to be bytes"),
        ({"end": "close"}, "end='close' is none of 'open', 'fin', 'rst'"),
        ({"wait": -1}, "wait=-1 is not between 0 and"),
        ({"pause": float("inf")}, "pause=inf"),
    ],
    ids=str,
)
def test_services_that_make_no_sense(values: dict[str, Any], reason: str) -> None:
    with pytest.raises((TypeError, ValueError), match=reason):
        Service(**values)
