"""What sticks out of the panel that it is in."""

from __future__ import annotations

from playwright.sync_api import Page

WIDTHS = (1280, 400, 320)


def overflowing(page: Page, within: str = ".partner-smtp") -> list[str]:
    """Our elements that are wider than the panel, as they begin."""
    found: list[str] = page.locator(within).evaluate(
        """(panel) => {
            const box = panel.getBoundingClientRect();
            return [...panel.querySelectorAll("*")].filter((element) => {
                const own = element.getBoundingClientRect();
                return own.width > 1 && (own.left < box.left - 1 || own.right > box.right + 1);
            }).map((element) => element.outerHTML.slice(0, 80));
        }"""
    )
    return found
