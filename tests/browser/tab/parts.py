"""The parts of the SMTP tab, as a reader finds them."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.support.admin import url
from wagtail_partner_smtp.models import AbstractPartner


def open_tab(page: Page, partner: AbstractPartner | None = None) -> None:
    """On Wagtail's page."""
    page.goto((url("edit", partner) if partner else url("add")) + "#tab-smtp")
    expect(button(page)).to_be_visible()
    wait_for_scripts(page)


def wait_for_scripts(page: Page) -> None:
    """Until Stimulus has connected the tab's buttons: a click before that does nothing."""
    page.wait_for_function(
        "() => window.wagtail?.app?.controllers.some((each) => each.identifier === 'partner-smtp-test')"
    )


def button(page: Page, name: str = "Test connection") -> Locator:
    return page.get_by_role("button", name=name)


def press(page: Page, name: str = "Test connection") -> None:
    """And wait for the report."""
    button(page, name).click()
    expect(outcome(page)).to_be_visible()


def field(page: Page, name: str) -> Locator:
    return page.locator(f"[name={name}]")


def fill_in(page: Page, **values: Any) -> None:
    for name, value in values.items():
        if name == "smtp_security":
            field(page, name).select_option(value)
        else:
            field(page, name).fill(str(value))


def live(page: Page) -> Locator:
    return page.locator(".partner-smtp__live")


def outcome(page: Page) -> Locator:
    return page.locator(".partner-smtp-outcome")


def stage(page: Page, name: str) -> Locator:
    return page.locator(f"ol [data-stage~={name}]")


def errors_at(page: Page, name: str) -> Locator:
    return page.locator("[data-field]", has=field(page, name)).locator(".error-message")
