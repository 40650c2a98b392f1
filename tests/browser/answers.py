"""What a page is answered in the place of the site."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Page, Route

Given = dict[str, Any]
"""As ``Route.fulfill`` takes it."""

Answer = Given | None
"""``None`` for no answer at all."""


def given(response: Any) -> Given:
    """An answer of the site's own, to Django's client or of a view."""
    return {
        "status": response.status_code,
        "headers": dict(response.headers),
        "body": response.content.decode(),
    }


def answer_next(page: Page, address: str, answer: Answer) -> None:
    """Let the next request of the page to this address, a glob, be answered so."""

    def handle(route: Route) -> None:
        if answer is None:
            route.abort()
        else:
            route.fulfill(**answer)

    page.route(address, handle, times=1)


@contextmanager
def holding(page: Page, address: str) -> Iterator[list[Route]]:
    """Requests to this address, a glob, are kept waiting in the list; the first is there when the block ends."""
    held: list[Route] = []
    page.route(address, lambda route: held.append(route))
    with page.expect_request(address):
        yield held
    # What the browser answers after the request comes after its route, too.
    page.evaluate("null")
