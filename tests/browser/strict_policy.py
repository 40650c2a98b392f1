"""A strict content security policy around every page, and what the browser blocks under it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'"
)

# The last of Wagtail's own scripts to do something to a page: its bar at the left, which React draws.
DRAWN = ".sidebar-main-menu"


def enforce(page: Page) -> Callable[[], set[str]]:
    """From now on pages may use the site's own files only. What is returned tells what was blocked on the page."""

    def add_policy(route: Route) -> None:
        if not route.request.is_navigation_request():
            route.fallback()
            return
        response = route.fetch(max_redirects=0)
        route.fulfill(response=response, headers={**response.headers, "content-security-policy": POLICY})

    page.route("**/*", add_policy)
    page.add_init_script(
        """window.violations = [];
        document.addEventListener("securitypolicyviolation", (event) =>
          window.violations.push([event.effectiveDirective, event.sourceFile, event.sample].join(" ")));"""
    )
    return lambda: set(page.evaluate("window.violations"))


def is_enforced(page: Page) -> bool:
    """Whether the page blocks an inline style."""
    blocked: str = page.evaluate(
        """() => new Promise((resolve) => {
            document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
            document.body.setAttribute("style", "color: red");
        })"""
    )
    return blocked == "style-src-attr"


def drawn(page: Page, violations: Callable[[], set[str]]) -> set[str]:
    """What was blocked by the time that Wagtail, too, has drawn everything."""
    expect(page.locator(DRAWN)).to_be_visible()
    return violations()
