"""Nothing about a result that no mail would follow is green."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from smtp_sandbox import Listener, on
from smtp_sandbox.pytest_plugin import Served
from tests.browser.bare import Bare
from tests.browser.tab.parts import press, stage
from tests.support.admin import RIGHT, account_of, reach


def colours(page: Page) -> set[str]:
    """Of all symbols, bars and frames in the tab's panel."""
    script = """(panel) => [...panel.querySelectorAll(
            "svg, .partner-smtp-badge, .partner-smtp-outcome, .partner-smtp-bar__filling"
        )].map((each) => getComputedStyle(each))
        .flatMap((each) => [each.color, each.borderInlineStartColor, each.backgroundColor])"""
    return set(page.locator(".partner-smtp").evaluate(script))


def test_only_what_can_be_delivered_is_green(bare: Bare, smtp: Served, settings: Any) -> None:
    good = smtp.listen("honest", mode="plain")
    refusing = smtp.listen("honest", mode="ssl", rules=(on("MAIL", reply="550 5.7.1 Not yours"),))
    untrusted = [smtp.listen("honest", mode=mode, certificate="expired") for mode in ("ssl", "starttls")]
    reach(settings, smtp.ca_file, good, refusing, *untrusted)
    assert green(bare.page) in colours_after_test(bare, good)
    for bad in (refusing, *untrusted):
        assert green(bare.page) not in colours_after_test(bare, bad), bad
        expect(stage(bare.page, "resolve")).to_contain_text("done")


def colours_after_test(bare: Bare, server: Listener) -> set[str]:
    page = bare.tab(name="Acme")
    bare.answer("test_connection", **account_of(server), password=RIGHT)
    press(page)
    return colours(page)


def green(page: Page) -> str:
    """The one of a page of the admin, in the words of the browser."""
    script = """() => { const probe = document.createElement("i"); document.body.append(probe);
        probe.style.color = "var(--w-color-positive-100)"; return getComputedStyle(probe).color; }"""
    return str(page.evaluate(script))
