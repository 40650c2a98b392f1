"""Any password in any text of a server: what is taken out of it, and what is not."""

from __future__ import annotations

import base64
from urllib.parse import quote

from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.support.any_server import NOISE, PASSWORDS, PROTOCOL_WORDS, TEXTS, replies
from wagtail_partner_smtp.smtp import SMTPError
from wagtail_partner_smtp.smtp.channel import Channel
from wagtail_partner_smtp.smtp.extensions import parse, shown
from wagtail_partner_smtp.smtp.limits import Limits
from wagtail_partner_smtp.smtp.reply import REDACTED, Redactor, strip_controls
from wagtail_partner_smtp.smtp.vocabulary import is_ordinary

LOGIN = "user"
NEUTRAL = "Tr0ub4dor&3 horse"


def sent_forms(password: str) -> list[str]:
    """As it travels, and as servers write what they have got."""
    secret, user = password.encode(), LOGIN.encode()
    octets = [secret, b"\0" + user + b"\0" + secret, user + b"\0" + user + b"\0" + secret]
    encoded = [base64.b64encode(each).decode() for each in octets]
    return [password, secret.hex(), secret.hex().upper(), quote(secret, safe=""), *encoded]


def is_seen(form: str, text: str) -> bool:
    return form in text.replace(REDACTED, "\0")


@given(PASSWORDS, st.integers(0, 6), TEXTS, TEXTS, st.booleans())
def test_no_form_of_an_extraordinary_password_is_left(
    password: str, position: int, before: bytes, after: bytes, auth_began: bool
) -> None:
    assume(not is_ordinary(password) and strip_controls(password))
    form = sent_forms(password)[position]
    redactor = Redactor(LOGIN, password)
    redactor.auth_began = auth_began
    # What the server says without having heard it.
    assume(not is_seen(strip_controls(form), (before + b" " + after).decode("utf-8", "replace")))
    assume(auth_began or not is_said_by_itself(form, before, after))
    text = redactor.clean(b" ".join([before, form.encode(), after]))
    assert not is_seen(strip_controls(form), text)


def is_said_by_itself(form: str, before: bytes, after: bytes) -> bool:
    """Whether it reads like a name or a number of the server, before it can have heard the password."""
    redactor = Redactor(LOGIN, form)
    redactor.clean(b" ".join([before, form.encode(), after]))
    return redactor._is_common


@given(st.sampled_from(PROTOCOL_WORDS), st.lists(st.sampled_from(PROTOCOL_WORDS), max_size=8))
def test_an_ordinary_password_leaves_no_gap_in_what_servers_say(password: str, words: list[str]) -> None:
    assume(is_ordinary(password))
    sent = {form.rstrip("=").casefold() for form in sent_forms(password)[1:]}
    # What was sent is taken out of the words of every server.
    text = " ".join(word for word in words if word.rstrip("=").casefold() not in sent).encode()
    assert Redactor(LOGIN, password).clean(text) == Redactor(LOGIN, NEUTRAL).clean(text)


@given(st.lists(TEXTS, max_size=6), PASSWORDS)
@example([b"mail.test", b"SIZE 33554432", b"AUTH PLAIN LOGIN"], "33554432")
def test_what_is_shown_of_the_extensions_is_a_part_of_them(lines: list[bytes], password: str) -> None:
    found = parse(lines)
    told = shown(found, Redactor(LOGIN, password))
    assert told.keys() <= found.keys()
    assert all(set(value.split()) <= set(found[keyword].split()) for keyword, value in told.items())
    assert REDACTED not in repr({name: value for name, value in told.items() if REDACTED not in found[name]})


class Pieces:
    """A socket that hands out what it has in pieces, and then ends."""

    def __init__(self, data: bytes, octets: int) -> None:
        self.pieces = [data[start : start + octets] for start in range(0, len(data), octets)]

    def settimeout(self, timeout: float) -> None:
        pass

    def recv(self, size: int) -> bytes:
        return self.pieces.pop(0) if self.pieces else b""


def read(data: bytes, octets: int) -> list[object]:
    channel = Channel(Pieces(data, octets), Limits.for_delivery(60), Redactor())  # type: ignore[arg-type]
    found: list[object] = []
    while True:
        try:
            reply = channel.read_reply()
        except SMTPError as error:
            return [*found, type(error), str(error)]
        found += [reply, reply.heard]


@given(st.lists(replies() | NOISE, max_size=3).map(b"".join), st.sampled_from([1, 2, 5, 100]))
def test_a_reply_is_read_alike_however_it_is_split(data: bytes, octets: int) -> None:
    data = data[:2000]
    assert read(data, octets) == read(data, 8192)
