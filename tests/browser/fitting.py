"""What sticks out of the panel that it is in."""

from __future__ import annotations

from playwright.sync_api import Page

WIDTHS = (1280, 400, 320)


def overflowing(page: Page, within: str = ".partner-smtp") -> list[str]:
    """Our elements that are wider than the panel, as they begin; what floats beside it has the whole window."""
    found: list[str] = page.locator(within).evaluate(
        """(panel) => {
            const inside = panel.getBoundingClientRect();
            const whole = { left: 0, right: document.documentElement.clientWidth };
            const all = [...panel.querySelectorAll("*")];
            const floats = all.filter((each) => getComputedStyle(each).position === "fixed");
            return all.filter((element) => {
                const own = element.getBoundingClientRect();
                const box = floats.some((each) => each.contains(element)) ? whole : inside;
                return own.width > 1 && (own.left < box.left - 1 || own.right > box.right + 1);
            }).map((element) => element.outerHTML.slice(0, 80));
        }"""
    )
    return found
