"""A pasted mailbox is taken apart while it is typed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.bare import Bare
from tests.browser.tab.parts import field


def paste(page: Page, name: str, text: str) -> None:
    field(page, name).fill(text)
    field(page, name).press("Tab")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Acme <billing@acme.example>", "Acme"),
        (' "Acme, \\"Best\\"" <billing@acme.example> ', 'Acme, "Best"'),
        ("<billing@acme.example>", "Before"),
    ],
)
def test_name_and_address_go_into_their_fields(bare: Bare, text: str, name: str) -> None:
    page = bare.tab()
    field(page, "smtp_sender_name").fill("Before")
    paste(page, "smtp_email", text)
    expect(field(page, "smtp_email")).to_have_value("billing@acme.example")
    expect(field(page, "smtp_sender_name")).to_have_value(name)
    said = "" if name == "Before" else f"The sender name was set to {name}, as in the pasted address."
    expect(page.locator("[data-controller=partner-smtp-sender]")).to_have_text(said)


@pytest.mark.parametrize(
    "text",
    ["billing@acme.example", "ann@a.example, Acme <b@a.example>", "=?utf-8?q?x?= <b@a.example>", "Acme <b"],
)
def test_what_is_no_plain_mailbox_is_left_to_the_form(bare: Bare, text: str) -> None:
    page = bare.tab()
    paste(page, "smtp_email", text)
    expect(field(page, "smtp_email")).to_have_value(text)
    expect(field(page, "smtp_sender_name")).to_have_value("")


def test_a_reply_to_is_its_address_alone(bare: Bare) -> None:
    page = bare.tab()
    paste(page, "smtp_reply_to", "Desk <desk@acme.example>")
    expect(field(page, "smtp_reply_to")).to_have_value("desk@acme.example")
    expect(field(page, "smtp_sender_name")).to_have_value("")
