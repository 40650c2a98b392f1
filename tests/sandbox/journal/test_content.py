"""The links and codes of a message."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from smtp_sandbox.pytest_plugin import Served
from tests.sandbox.clients import send

HTML = (
    "<style>p {color: #123456}</style><p>Your code: <b>98</b>7654</p>"
    '<a href="https://example.org/reset?a=1&amp;b=2">Reset</a>'
)
TEXT = "Go to https://example.org/plain?x=1. Or (see https://example.org/a_(b)), or https://example.org/plain?x=1\n"


def letter(text: str = TEXT, html: str = HTML) -> str:
    email = EmailMessage()
    email["Subject"] = "Code 111111"
    email.set_content(text)
    email.add_alternative(html, subtype="html")
    return email.as_string().replace("\n", "\r\n")


def test_links_are_those_of_html_and_text(smtp: Served) -> None:
    send(smtp.plain, text=letter())

    assert smtp.wait_for_message().links == (
        "https://example.org/reset?a=1&b=2",
        "https://example.org/plain?x=1",
        "https://example.org/a_(b)",
    )


def test_a_code_is_found_where_people_see_it(smtp: Served) -> None:
    send(smtp.plain, text=letter())
    message = smtp.wait_for_message()

    assert message.find(r"\d{6}") == "987654"
    assert message.find(r"plain\?(x)=1") == "x"
    assert message.find("Code 1+") == "Code 111111"
    with pytest.raises(LookupError, match=r"nothing matches 'zzz' in .*Your code: 987654"):
        message.find("zzz")
