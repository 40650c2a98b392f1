"""Pages under axe-core, as far as they are ours."""

from __future__ import annotations

from contextlib import closing
from typing import Literal, NamedTuple

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

OURS = "[class*=partner-smtp], [data-controller*=partner-smtp], [name^=smtp_], [id*=partner-smtp]"
PLAIN = "/admin/snippets/shop/brand/"
"""Pages of Wagtail's own that have nothing of ours."""

LIST_LIKE, FORM_LIKE = PLAIN, f"{PLAIN}add/"
Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
# What has to do with colours is looked at in both, everything else once.
RULES: dict[Scheme, dict[str, list[str]]] = {
    "light": {},
    "dark": {"runOnly": ["color-contrast", "link-in-text-block"]},
}
TRANSITIONS_END = """() => Promise.allSettled(
    document.getAnimations().filter((each) => each instanceof CSSTransition).map((each) => each.finished)
).then(() => null)"""
Known = dict[tuple[str, str], set[str]]
"""Address and colours of a page of Wagtail's own to the rules that it breaks."""


class Audit:
    """``audit(of_wagtail)``: what axe-core finds on the page that is ours, in light and dark colours.

    A rule that is broken at one of our elements is ours; at other elements it is, unless a page of Wagtail's of
    the same kind breaks it as well.
    """

    def __init__(self, page: Page, known: Known) -> None:
        self.page = page
        self._known = known

    def __call__(self, like: str) -> list[str]:
        return [found for scheme in SCHEMES for found in self._ours(like, scheme)]

    def _ours(self, like: str, scheme: Scheme) -> list[str]:
        violations = violations_on(self.page, scheme)
        return ours_of(violations, scheme, self._known_of(like, scheme) if violations else set())

    def _known_of(self, like: str, scheme: Scheme) -> set[str]:
        if (like, scheme) not in self._known:
            with closing(self.page.context.new_page()) as page:
                page.goto(like)
                self._known[like, scheme] = {each.rule for each in violations_on(page, scheme)}
        return self._known[like, scheme]


class Violation(NamedTuple):
    rule: str
    html: str
    is_ours: bool


def violations_on(page: Page, scheme: Scheme) -> list[Violation]:
    """What axe-core finds in these colours; the page keeps them."""
    page.emulate_media(color_scheme=scheme)
    # Wagtail's own buttons have too little contrast below the pointer.
    page.mouse.move(0, 0)
    page.evaluate(TRANSITIONS_END)
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(Axe().axe_script)
    options = {"resultTypes": ["violations"]} | RULES[scheme]
    found = page.evaluate("(options) => axe.run(options).then(({ violations }) => violations)", options)
    return [
        Violation(violation["id"], node["html"], _is_ours(page, node["target"]))
        for violation in found
        for node in violation["nodes"]
    ]


def ours_of(violations: list[Violation], scheme: Scheme, known: set[str]) -> list[str]:
    """In words, those that are at our elements or break no rule that Wagtail is ``known`` to break."""
    return [
        f"{scheme}, {each.rule}: {each.html}" for each in violations if each.is_ours or each.rule not in known
    ]


def _is_ours(page: Page, target: list[str]) -> bool:
    found = page.locator(target[-1])
    return bool(found.count()) and bool(
        found.first.evaluate("(element, ours) => Boolean(element.closest(ours))", OURS)
    )
