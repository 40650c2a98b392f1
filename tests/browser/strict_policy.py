"""A strict content security policy around every page, and what the browser blocks under it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, Route

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'"
)


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
