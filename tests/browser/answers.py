"""What a page is answered in the place of the site."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, Route

Answer = dict[str, Any] | None
"""As ``Route.fulfill`` takes it; ``None`` for no answer at all."""


def answer_next(page: Page, address: str, answer: Answer) -> None:
    """Let the next request of the page to this address, a glob, be answered so."""

    def handle(route: Route) -> None:
        if answer is None:
            route.abort()
        else:
            route.fulfill(**answer)

    page.route(address, handle, times=1)
