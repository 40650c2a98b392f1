"""Rules that are wrong or could never apply are errors where they are written."""

from __future__ import annotations

from typing import Any

import pytest

from smtp_sandbox import on
from smtp_sandbox.rules import VERBS


@pytest.mark.parametrize(
    ("keyword", "value", "reason"),
    [
        ("times", 0, "times=0 is not between 1 and"),
        ("times", -1, "times=-1"),
        ("skip", -1, "skip=-1 is not between 0 and"),
        ("delay", -0.1, "delay=-0.1"),
        ("delay", float("nan"), "delay=nan"),
        ("delay", float("inf"), "delay=inf"),
        ("delay", 10**400, "delay="),
        ("per", "mail", "per='mail' is none of 'listener', 'session', 'message'"),
        ("drop", "close", "drop='close' is none of 'fin', 'rst'"),
        ("reply", "550 \ud800", "reply cannot be encoded"),
    ],
)
def test_values_that_make_no_sense_are_errors(keyword: str, value: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        on("RCPT", **{"reply": "550 No", keyword: value})


def test_an_offset_is_not_negative() -> None:
    with pytest.raises(ValueError, match="after=-5"):
        on("DATA", after=-5, drop="fin")


@pytest.mark.parametrize(
    ("keyword", "value", "kind"),
    [
        ("reply", 550, "str or bytes or None"),
        ("delay", "1", "int or float"),
        ("delay", True, "int or float"),
        ("times", 1.0, "int or None"),
        ("times", True, "int or None"),
        ("skip", None, "int"),
        ("grouped", "no", "bool"),
        ("hang", 1, "bool"),
        ("match", None, "str"),
        ("match", b"*", "str"),
        ("drop", True, "str or None"),
    ],
)
def test_values_of_another_type_are_errors(keyword: str, value: Any, kind: str) -> None:
    with pytest.raises(TypeError, match=f"^{keyword} has to be {kind}, not {value!r}".replace("*", r"\*")):
        on("RCPT", **{"reply": "550 No", keyword: value})


def test_a_verb_is_text() -> None:
    with pytest.raises(TypeError, match="verb has to be str"):
        on(None, delay=1)  # type: ignore[arg-type]


WITHOUT_ARGUMENT = ("BANNER", "TLS", "STARTTLS", "DATA", "DATA-END", "RSET", "QUIT")
WITHOUT_GROUP = ("BANNER", "TLS", "DATA-END")
ONCE = ("BANNER", "TLS", "EHLO", "HELO", "STARTTLS", "MAIL", "DATA", "DATA-END", "RSET", "QUIT")


@pytest.mark.parametrize("verb", VERBS)
def test_an_argument_is_matched_where_there_is_one(verb: str) -> None:
    if verb not in WITHOUT_ARGUMENT:
        assert on(verb, match="*a*", drop="fin").match == "*a*"
        return
    with pytest.raises(ValueError, match=rf'{verb} has no argument .* write on\("RCPT", match'):
        on(verb, match="*@example.com*", drop="fin")


@pytest.mark.parametrize("verb", VERBS)
def test_commands_alone_come_in_groups(verb: str) -> None:
    if verb not in WITHOUT_GROUP:
        assert on(verb, grouped=True, drop="fin").grouped
        return
    with pytest.raises(ValueError, match=rf"{verb} is no command .* write the command"):
        on(verb, grouped=True, drop="fin")


@pytest.mark.parametrize("verb", VERBS)
def test_what_comes_once_a_message_has_no_second_one(verb: str) -> None:
    assert on(verb, skip=1, per="session", drop="fin").skip == 1
    if verb not in ONCE:
        assert on(verb, skip=1, per="message", drop="fin").skip == 1
        return
    with pytest.raises(ValueError, match=rf'{verb} comes once a message.* write per="session"'):
        on(verb, skip=1, per="message", drop="fin")


def test_nothing_happens_after_a_hang() -> None:
    with pytest.raises(ValueError, match="leave out hang= or drop="):
        on("MAIL", hang=True, drop="fin")
