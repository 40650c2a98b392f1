"""Our markup on a page that has nothing else: Wagtail's styles, what its scripts need at least, and ours.

The page is loaded once in a process. What a test shows on it is part of a page that the site's own views have
rendered; Stimulus connects it, as it connects what Wagtail itself puts into a page later. A page of Wagtail's with
its editors, comments and menus takes ten times as long.
"""

from __future__ import annotations

import re
from contextlib import closing
from typing import Any

from playwright.sync_api import Page, ViewportSize

from tests.browser.answers import Answer, Given, answer_next
from tests.browser.audit import FORM_LIKE, SCHEMES, Scheme, ours_of, violations_on
from tests.browser.rendered import Rendered, Values

ADDRESS = "/bare/"

VIEWPORT: ViewportSize = {"width": 1280, "height": 900}

SCRIPT = re.compile(r'<script\b[^>]*\bsrc="([^"]+)"[^>]*></script>')
# Stimulus and Wagtail's controllers are in core.js, which does not start without the three others.
NEEDED = ("/jquery-", "/jsi18n/", "/js/core.js", "/js/vendor.js", "/wagtail_partner_smtp/")

SHOW = """([html, part]) => {
    const given = new DOMParser().parseFromString(html, "text/html");
    for (const name of ["lang", "dir", "class"]) {
        document.documentElement.setAttribute(name, given.documentElement.getAttribute(name));
    }
    // Which of Wagtail's tabs is open.
    history.replaceState(null, "", "#tab-smtp");
    // The bar with "Save", which would lie over what is below it.
    given.querySelectorAll("footer").forEach((each) => each.remove());
    document.querySelector("main").replaceChildren(...given.querySelectorAll(part));
    scrollTo(0, 0);
}"""


class Bare:
    """``bare.page`` shows what ``tab()`` or ``bulk()`` were last asked for."""

    def __init__(self, page: Page, rendered: Rendered) -> None:
        self.page, self.rendered = page, rendered
        self._known: dict[Scheme, set[str]] = {}

    def open(self) -> None:
        """Load the page, with the scripts of all of our pages."""
        html = shell(self.rendered.tab(), self.rendered.bulk({}))
        self.page.route("**/bare/", lambda route: route.fulfill(body=html, content_type="text/html"))
        self.page.goto(ADDRESS)
        self.page.unroute("**/bare/")

    def tab(self, **values: Any) -> Page:
        """The SMTP tab, and the other fields, of a partner saved with ``values``, or of a new one without any."""
        return self.show(self.rendered.tab(**values), "form:has([name=smtp_host])")

    def bulk(self, *rows: Values, pause: float = 0.0) -> Page:
        """The page that tests partners with these values, in their order."""
        return self.show(self.rendered.bulk(*rows, pause=pause), ".partner-smtp-bulk")

    def show(self, html: str, part: str) -> Page:
        """What matches the selector ``part`` on a page of this HTML."""
        self.page.evaluate(SHOW, [html, part])
        return self.page

    def answer(self, endpoint: str, **values: Any) -> Given:
        """Let the page's next request to the endpoint be answered as ``Rendered.answer()`` says; returns that."""
        answer = self.rendered.answer(endpoint, **values)
        self.answer_next(endpoint, answer)
        return answer

    def answer_next(self, endpoint: str, answer: Answer) -> None:
        """The same with an answer that no endpoint of ours gives."""
        answer_next(self.page, f"**/{endpoint.replace('_', '-')}/**", answer)

    def audit(self) -> list[str]:
        """What axe-core finds that is ours, in all colours, beside a form of Wagtail's own that is as bare."""
        return [found for scheme in SCHEMES for found in self._ours(scheme)]

    def _ours(self, scheme: Scheme) -> list[str]:
        violations = violations_on(self.page, scheme)
        return ours_of(violations, scheme, self._known_in(scheme) if violations else set())

    def _known_in(self, scheme: Scheme) -> set[str]:
        if scheme not in self._known:
            with closing(self.page.context.new_page()) as page:
                other = Bare(page, self.rendered)
                other.open()
                other.show(self.rendered.page(FORM_LIKE), "main form")
                self._known[scheme] = {each.rule for each in violations_on(page, scheme)}
        return self._known[scheme]

    def clear(self) -> None:
        """Nothing of a test stays: no element, no route, no size and no preference."""
        self.page.unroute_all(behavior="ignoreErrors")
        self.page.evaluate(SHOW, ["", "main"])
        self.page.emulate_media(color_scheme="null", reduced_motion="null", forced_colors="null")
        self.page.set_viewport_size(VIEWPORT)
        self.page.mouse.move(0, 0)


def shell(*pages: str) -> str:
    """The frame of the first page, without content, and the scripts that are needed of all of them."""
    head, _, rest = pages[0].partition("</head>")
    config = re.search(r'(?s)<script id="wagtail-config".*?</script>', rest)
    assert config
    scripts = dict.fromkeys(
        match[0]
        for page in pages
        for match in SCRIPT.finditer(page)
        if any(name in match[1] for name in NEEDED)
    )
    return f'{head}</head><body id="wagtail">{config[0]}{"".join(scripts)}<main></main></body></html>'
