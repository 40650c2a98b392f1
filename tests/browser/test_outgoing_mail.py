"""Outgoing mail in a real browser: from the first page to a message that is sent again, and what must not be."""

from __future__ import annotations

import socket
from select import select
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Frame, Page, expect
from wagtail.models import ModelLogEntry
from wagtail.users.models import UserProfile

from tests.browser.audit import FORM_LIKE, LIST_LIKE, Audit
from tests.browser.strict_policy import DRAWN, drawn, enforce, is_enforced
from tests.support.admin import make_partner, url
from tests.support.outgoing import URL, ago, make_attempt, make_message, mime, queue_of, see_worker
from wagtail_partner_smtp.models import AbstractPartner, QueuedMessage
from wagtail_partner_smtp.outbox import waking

pytestmark = pytest.mark.django_db(transaction=True)

HTML = """<h1 style="font-weight: 700">Invoice</h1><p id="said">Dear Jane</p>
<link rel="preconnect" href="{0}"><link rel="prefetch" href="{0}k.html">
<link rel="stylesheet" href="{0}a.css"><link rel="preload" as="image" href="{0}b.png">
<img src="{0}c.png"><iframe src="{0}d.html"></iframe><object data="{0}e.bin"></object>
<div style="background: url({0}f.png)">f</div><video src="{0}g.mp4" poster="{0}h.png"></video>
<meta http-equiv="refresh" content="0;url={0}i.html"><form action="{0}j"><button>Pay</button></form>
<script>document.getElementById("said").textContent = "ran";</script>
<img src="x" onerror="document.getElementById('said').textContent = 'ran'">"""


@pytest.fixture(autouse=True)
def nobody_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "wake", lambda *args, **options: None)


@pytest.fixture
def messages(db: None) -> list[QueuedMessage]:
    """One of each state of a stopped partner, and days with sent, deferred and failed mail."""
    partner = make_partner()
    queue_of(
        partner,
        stopped_at=ago(hours=2),
        trouble_code="auth_failed",
        trouble_stage="auth",
        last_sent_at=ago(days=1),
    )
    see_worker(ago(minutes=35))
    due: dict[str, Any] = {"due_at": ago(minutes=40)}
    made = [
        make_message(partner, "queued", **due),
        make_message(make_partner(name="Beta", slug="beta"), "queued", **due),
        make_message(partner, "deferred", code="server_busy", stage="connect", reply="421 4.3.2 Try later"),
        *(make_message(partner, state, ended_at=ago(days=2)) for state in ("sent", "partly", "cancelled")),
        make_message(partner, "failed", code="data_refused", stage="data", reply="550 5.7.1 " + "long" * 60),
        make_message(
            partner,
            "unknown",
            code="outcome_unknown",
            stage="data",
            subject="Invoice 4711",
            recipients="jane@example.net\n" + "verylongaddress" * 8 + "@example.net",
            content=mime(html="<p>Dear Jane</p>"),
            outcomes={"jane@example.net": {"fate": "refused", "reply": "550 5.1.1 User unknown"}},
        ),
    ]
    make_attempt(made[2], "deferred", code="server_busy", stage="connect", reply="421 4.3.2 Try later")
    make_attempt(made[-1], "unknown", code="outcome_unknown", stage="data")
    return made


def partner_of(messages: list[QueuedMessage]) -> AbstractPartner:
    partner = messages[0].queue.partner
    assert isinstance(partner, AbstractPartner)
    return partner


def test_from_the_first_page_to_a_message_that_is_sent_again(
    admin_page: Page, messages: list[QueuedMessage]
) -> None:
    page = admin_page
    page.goto("/admin/")
    page.get_by_role("link", name="Of 1 message of the last 7 days nobody can tell").click()
    expect(page.locator("td.title")).to_have_count(1)
    page.locator("tbody input[type=checkbox]").check()
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_text("the recipient may get it twice")).to_be_visible()
    page.get_by_role("button", name="Yes, send again").click()
    expect(page.get_by_text("1 message was queued again.")).to_be_visible()
    messages[-1].refresh_from_db()
    assert messages[-1].state == "queued"

    # All of a list at once, without one being chosen by hand.
    page.goto(URL)
    page.get_by_role("checkbox", name="Select all on this page").check()
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Yes, cancel").click()
    expect(page.get_by_text("4 messages were cancelled.")).to_be_visible()

    # Found while typing: the table came later, and a double click opens a row of it.
    page.locator("#id_q").fill("4711")
    expect(page.locator("td.title")).to_have_count(1)
    page.locator(".partner-smtp-outgoing tbody td").nth(2).dblclick()
    expect(page.get_by_role("heading", name="Recipients")).to_be_visible()


def test_one_click_resumes_a_partner(admin_page: Page, messages: list[QueuedMessage]) -> None:
    partner = partner_of(messages)
    admin_page.goto(f"{url('edit', partner)}#tab-outgoing_mail")
    admin_page.get_by_role("button", name="Resume").click()
    expect(admin_page.get_by_text("The mail of Acme is resumed.")).to_be_visible()
    assert queue_of(partner).stopped_at is None
    assert admin_page.url.partition("#")[0].endswith(url("edit", partner))


def test_text_runs_nothing_and_fetches_nothing(admin_page: Page, messages: list[QueuedMessage]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        port = elsewhere.getsockname()[1]
        html = HTML.format(f"http://127.0.0.1:{port}/")
        message = make_message(partner_of(messages), content=mime(html=html))
        admin_page.goto(f"{URL}{message.pk}/")
        admin_page.get_by_role("button", name="Show the text").click()
        frame = admin_page.frame_locator("iframe.partner-smtp-message__text")
        expect(frame.get_by_role("heading", name="Invoice")).to_have_css("font-weight", "700")
        has_loaded(admin_page.frames[-1])
        expect(frame.locator("#said")).to_have_text("Dear Jane")
        # On a page of its own neither.
        admin_page.goto(admin_page.frames[-1].url)
        has_loaded(admin_page.main_frame)
        expect(admin_page.locator("#said")).to_have_text("Dear Jane")
        assert select([elsewhere], [], [], 0)[0] == []
    assert ModelLogEntry.objects.filter(action="wagtail_partner_smtp.read_mail").count() == 1


def has_loaded(frame: Frame) -> None:
    """All that a document asks for has come, or was refused, when it says that it is complete."""
    frame.wait_for_load_state("load")


def pages(messages: list[QueuedMessage]) -> dict[str, str]:
    """Addresses, and what is there once they are shown."""
    partner, unknown = partner_of(messages), messages[-1]
    return {
        URL: ".partner-smtp-chart",
        url("outgoing_mail", partner): ".partner-smtp-standing",
        f"{URL}{unknown.pk}/": ".partner-smtp-facts",
        f"{url('edit', partner)}#tab-outgoing_mail": ".partner-smtp-latest",
        "/admin/": "#outgoing-mail-section",
    }


def test_pages_under_axe(audit: Audit, admin_page: Page, messages: list[QueuedMessage]) -> None:
    for address, ours in pages(messages).items():
        admin_page.goto(address)
        expect(admin_page.locator(ours).first).to_be_visible()
        assert audit(FORM_LIKE if "edit" in address else LIST_LIKE) == [], address
    admin_page.goto(f"{URL}{messages[-1].pk}/")
    admin_page.get_by_role("button", name="Send again").click()
    expect(admin_page.locator(".partner-smtp-warning__icon")).to_have_css("inline-size", "20px")
    assert audit(LIST_LIKE) == []


def test_nothing_violates_a_strict_policy(admin_page: Page, messages: list[QueuedMessage]) -> None:
    violations = enforce(admin_page)
    # Wagtail 7.0 has violations of its own on every page.
    admin_page.goto("/admin/snippets/shop/brand/add/")
    of_wagtail = drawn(admin_page, violations)
    for address, ours in pages(messages).items():
        admin_page.goto(address)
        expect(admin_page.locator(ours).first).to_be_visible()
        assert drawn(admin_page, violations) <= of_wagtail, address
    assert is_enforced(admin_page)


@pytest.fixture
def right_to_left(superuser: User, settings: pytest.FixtureRequest) -> None:
    settings.WAGTAILADMIN_PERMITTED_LANGUAGES = [("en", "English"), ("ar", "Arabic")]  # type: ignore[attr-defined]
    UserProfile.objects.update_or_create(user=superuser, defaults={"preferred_language": "ar"})


WIDE = ".partner-smtp-scroll, .partner-smtp-scroll *"


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_nothing_makes_a_small_page_wider(
    admin_page: Page, messages: list[QueuedMessage], direction: str, request: pytest.FixtureRequest
) -> None:
    if direction == "rtl":
        request.getfixturevalue("right_to_left")
    for address, ours in pages(messages).items():
        admin_page.goto(address)
        expect(admin_page.locator(ours).first).to_be_visible()
        expect(admin_page.locator("html")).to_have_attribute("dir", direction)
        for width in (390, 320):
            admin_page.set_viewport_size({"width": width, "height": 900})
            at_rest(admin_page)
            assert sticking_out(admin_page) == [], (address, width)


def at_rest(page: Page) -> None:
    """Once what moves has arrived: the bar at the left gives way to a small page."""
    expect(page.locator(DRAWN)).to_be_attached()
    page.evaluate(
        """() => new Promise(requestAnimationFrame)
            .then(() => Promise.allSettled(document.getAnimations()
            .filter((each) => each instanceof CSSTransition).map((each) => each.finished)))"""
    )


def sticking_out(page: Page) -> list[str]:
    """Elements of ours beyond the window's edges, but for tables that scroll within their own."""
    # From right to left Wagtail's own panel at the side lies beyond the edge, and the way to a tab scrolls to it.
    found: list[str] = page.locator("main").evaluate(
        """(main, wide) => [...main.querySelectorAll("[class*=partner-smtp]")]
            .filter((element) => !element.matches(wide) && element.getBoundingClientRect().width > 1)
            .filter((element) => {
                const box = element.getBoundingClientRect();
                const [left, right] = [box.left + main.scrollLeft, box.right + main.scrollLeft];
                return left < -1 || right > document.documentElement.clientWidth + 1;
            })
            .map((element) => element.outerHTML.slice(0, 120))""",
        WIDE,
    )
    return found
