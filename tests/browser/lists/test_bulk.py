"""Testing many partners at once: the script alone, and with the site and real servers."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from html import escape, unescape
from itertools import pairwise
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, Route, expect

from smtp_sandbox import Listener, on
from smtp_sandbox.pytest_plugin import Served
from tests.admin.lists.test_bulk import action, chosen
from tests.browser.answers import Answer, given, holding
from tests.browser.bare import Bare
from tests.browser.fitting import WIDTHS, overflowing
from tests.browser.rendered import Rendered, Values
from tests.support.admin import (
    HTTP_AJAX,
    RIGHT,
    WRONG,
    account_of,
    listen,
    make_partner,
    reach,
    read_again,
    url,
)
from tests.support.stopwatch import until
from wagtail_partner_smtp.admin.lists import bulk
from wagtail_partner_smtp.admin.tab import answers
from wagtail_partner_smtp.connection_test.leases import Busy
from wagtail_partner_smtp.models import AbstractPartner, ConnectionTestLease, get_partner_model
from wagtail_partner_smtp.smtp import SMTPSettings
from wagtail_partner_smtp.smtp.errors import Code

together = pytest.mark.django_db(transaction=True)
"""For what is tested on Wagtail's page, with the site behind it."""

PATIENCE = 40_000  # milliseconds
Times = Callable[[], list[dict[str, float]]]
ADDRESS = "**/test-saved/**"
NAMES = ("localhost", "127.0.0.1")


@pytest.fixture
def without_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PAUSE", 0)


@pytest.fixture
def server(smtp: Served, settings: Any) -> Listener:
    return listen(smtp, settings, mode="starttls")


@pytest.fixture
def silent(smtp: Served, settings: Any) -> Listener:
    """A server that keeps whoever connects waiting until it is closed."""
    server = listen(smtp, settings, "silent")
    settings.PARTNER_SMTP_TEST_TIMEOUT = 50
    settings.PARTNER_SMTP_PROBE_PORTS = ()
    return server


@pytest.fixture
def fine(rendered: Rendered, server: Listener) -> Answer:
    """What the site answers about a partner whose mail works."""
    return rendered.answer("test_saved", **account_of(server), password=RIGHT)


@pytest.fixture
def refused(rendered: Rendered, server: Listener) -> Answer:
    """What it answers about one whose login is refused."""
    return rendered.answer("test_saved", **account_of(server), password=WRONG)


def busy(retry_after: int, code: Code = Code.BUSY) -> Answer:
    return given(answers.busy(SMTPSettings(host="localhost"), Busy(retry_after, code)))


def hosts(count: int) -> list[Values]:
    """Partners whose servers go by two names in turn, so that two of them can be tested at once."""
    return [{"smtp_host": NAMES[number % 2]} for number in range(count)]


def answering(page: Page, answer_of: Callable[[int], Answer]) -> list[str]:
    """From now on let the test of each row be answered by its number. Returns the addresses as they are asked."""
    addresses = row(page).evaluate_all("(rows) => rows.map((row) => row.dataset.url)")
    asked: list[str] = []

    def handle(route: Route) -> None:
        asked.append(next(each for each in addresses if route.request.url.endswith(each)))
        answer = answer_of(addresses.index(asked[-1]))
        if answer is None:
            route.abort()
        else:
            route.fulfill(**answer)

    page.unroute(ADDRESS)
    page.route(ADDRESS, handle)
    return asked


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def start(page: Page) -> None:
    page.get_by_role("button", name=re.compile(r"^Test( all)?$")).click()


def live(page: Page) -> Locator:
    return page.get_by_role("status").filter(visible=True)


def row(page: Page) -> Locator:
    return page.locator("[data-url]")


def row_of(page: Page, partner: AbstractPartner) -> Locator:
    return page.locator(f'[data-url="{url("test_saved", partner)}"]')


def results(page: Page) -> list[str]:
    return page.locator("[data-result]").all_inner_texts()


def ends_with(page: Page, sentence: str) -> None:
    expect(page.locator(".partner-smtp__live")).to_have_text(sentence, timeout=PATIENCE)


# Together with the site


def open_page(page: Page, *partners: AbstractPartner) -> None:
    page.goto(chosen(*partners))
    expect(button(page, "Test all")).to_be_visible()


def noted(page: Page) -> list[str]:
    """The addresses that are asked from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    return asked


def partners_of(server: Listener, count: int) -> list[AbstractPartner]:
    return [
        make_partner(**account_of(server) | values, slug=f"partner-{number}", password=RIGHT)
        for number, values in enumerate(hosts(count))
    ]


@together
@pytest.mark.usefixtures("without_pause")
def test_mixture_is_tested_to_the_end(admin_page: Page, smtp: Served, settings: Any) -> None:
    good = smtp.listen("honest", mode="starttls")
    untrusted = smtp.listen("honest", mode="ssl", certificate="untrusted")
    tls_only = smtp.listen("honest", mode="ssl")
    refusing = smtp.listen("honest", mode="plain", rules=(on("MAIL", reply="550 5.7.1 Not yours"),))
    reach(settings, smtp.ca_file, good, untrusted, tls_only, refusing)
    expected = {
        make_partner(**account_of(refusing), password=RIGHT, name="Refused", slug="refused"): (
            "failed",
            "Failed",
            "mail from this address",
        ),
        make_partner(**account_of(good), password=RIGHT, name="Good"): (
            "ok",
            "OK",
            "The connection works: mail can be sent with these settings.",
        ),
        make_partner(**account_of(good), password=WRONG, name="Wrong", slug="wrong"): (
            "failed",
            "Failed",
            "The server does not accept login and password.",
        ),
        make_partner(**account_of(untrusted), password=RIGHT, name="Untrusted", slug="untrusted"): (
            "untrusted",
            "Certificate not trusted",
            "The certificate is not trusted, and mail will not be sent",
        ),
        make_partner(
            **account_of(tls_only, smtp_security="none"), name="Plain", slug="plain", active=False
        ): (
            "failed",
            "Failed",
            "SSL",
        ),
        make_partner(smtp_host="", password="", name="Empty", slug="empty"): (
            "not_set_up",
            "Not set up",
            "Enter the name or address of the mail server.",
        ),
    }
    open_page(admin_page, *expected)
    assert admin_page.get_by_role("progressbar").is_hidden()
    button(admin_page, "Test all").click()
    ends_with(admin_page, "Finished. OK: 1, Certificate not trusted: 1, Failed: 3, Not set up: 1")
    for partner, (status, label, cause) in expected.items():
        assert read_again(partner).smtp_status == status
        expect(row_of(admin_page, partner).locator("[data-badge]")).to_have_text(label)
        expect(row_of(admin_page, partner).locator("[data-result]")).to_contain_text(cause)
        link = row_of(admin_page, partner).get_by_role("link", name=partner.name)
        assert (link.get_attribute("href") or "").endswith(url("edit", partner))
    expect(admin_page.get_by_role("progressbar", name="6 of 6 tested")).to_have_js_property("value", 1)
    counts = admin_page.locator("dd").all_inner_texts()
    assert counts == ["1", "0", "1", "0", "3", "1", "0", "0"]
    admin_page.get_by_label("Show only those that are not OK").check()
    for partner, (status, _, _) in expected.items():
        expect(row_of(admin_page, partner)).to_be_visible(visible=status != "ok")


@together
def test_cancel_twice_does_not_wait(admin_page: Page, silent: Listener) -> None:
    partners = partners_of(silent, 3)
    open_page(admin_page, *partners)
    button(admin_page, "Test all").click()
    until(lambda: ConnectionTestLease.objects.filter(expires__gt=timezone.now()).count() == 2)
    button(admin_page, "Cancel").click()
    button(admin_page, "Don't wait").click()
    ends_with(admin_page, "Cancelled. Not tested: 3")
    assert sum("This page did not wait for it." in each for each in results(admin_page)) == 2
    # The site ends what it has begun, and keeps the result.
    silent.close()
    expected = {"failed": 2, "untested": 1}
    until(lambda: Counter(read_again(each).smtp_status for each in partners) == expected)


@together
def test_ended_session_stops_it(admin_page: Page, server: Listener) -> None:
    open_page(admin_page, *partners_of(server, 4))
    admin_page.context.clear_cookies()
    asked = noted(admin_page)
    button(admin_page, "Test all").click()
    ends_with(
        admin_page, "Stopped: you may not do this any more. Perhaps your session has ended: log in again."
    )
    assert sum("/test-saved/" in address for address in asked) <= 2
    assert server.connections == 0


@together
def test_all_of_a_filtered_list_are_taken_across_its_pages(admin_page: Page) -> None:
    for number in range(60):
        make_partner(
            name=f"Partner {number:02}",
            slug=f"partner-{number}",
            smtp_security="ssl" if number < 55 else "none",
            password="",
        )
    admin_page.goto(url("list") + "?smtp_security=ssl")
    admin_page.locator("thead [data-bulk-action-select-all-checkbox]").check()
    admin_page.get_by_role("button", name="Select all snippets in listing").click()
    admin_page.get_by_role("link", name="Test connection of selected snippets").click()
    expect(button(admin_page, "Test all")).to_be_visible()
    expect(admin_page.locator("[data-result]")).to_have_count(55)
    admin_page.get_by_role("link", name="Back to the list").click()
    admin_page.wait_for_url(f"**{url('list')}**")


# Pace


@contextmanager
def fetching(page: Page, script: str) -> Iterator[None]:
    """Meanwhile the page's requests go through this function, which gets the browser's own."""
    page.evaluate(
        f"() => {{ window.usualFetch = window.fetch; window.fetch = ({script})(window.usualFetch); }}"
    )
    try:
        yield
    finally:
        page.evaluate("() => { window.fetch = window.usualFetch; }")


@pytest.fixture
def times(bare: Bare) -> Iterator[Times]:
    """When the page's requests began and ended, in milliseconds."""
    script = """(usual) => {
        window.times = [];
        return async (...asked) => {
            const time = { began: performance.now() };
            window.times.push(time);
            try { return await usual(...asked); } finally { time.ended = performance.now(); }
        };
    }"""
    with fetching(bare.page, script):
        yield lambda: bare.page.evaluate("window.times")


def test_one_server_is_tested_once_at_a_time_with_a_pause(bare: Bare, fine: Answer, times: Times) -> None:
    same = [{"smtp_host": host} for host in ("localhost", "LOCALHOST.", "localhost")]
    page = bare.bulk(*same, pause=bulk.PAUSE)
    answering(page, lambda number: fine)
    start(page)
    ends_with(page, "Finished. OK: 3")
    assert len(times()) == 3
    # A timer may be a little early, never late for that: no machine is too slow.
    assert all(later["began"] - earlier["ended"] >= 990 for earlier, later in pairwise(times()))


def test_refused_logins_end_the_tests_of_their_server(bare: Bare, fine: Answer, refused: Answer) -> None:
    page = bare.bulk(*[{"smtp_host": "localhost"}] * 5, {"smtp_host": "127.0.0.1"})
    asked = answering(page, lambda number: refused if number < 5 else fine)
    start(page)
    ends_with(page, "Finished. OK: 1, Failed: 3, Not tested: 2")
    assert len(asked) == 4
    expect(page.locator("[data-result]").nth(4)).to_contain_text("localhost has refused 3 logins")
    expect(button(page, "Test the others too")).to_be_visible()


# Stopping


def test_cancel_waits_for_what_is_being_tested(bare: Bare, refused: Answer) -> None:
    page = bare.bulk(*hosts(5))
    with holding(page, ADDRESS) as held:
        start(page)
    expect(page.get_by_text("Testing…")).to_have_count(2)
    button(page, "Cancel").click()
    expect(live(page)).to_have_text("Stopping. This page still waits for the tests that are running.")
    for route in list(held):
        route.fulfill(**refused or {})
    ends_with(page, "Cancelled. Failed: 2, Not tested: 3")
    assert len(held) == 2
    expect(button(page, "Test all")).to_be_focused()
    asked = answering(page, lambda number: refused)
    button(page, "Test the others too").click()
    ends_with(page, "Finished. Failed: 5")
    assert len(asked) == 3
    expect(button(page, "Test the others too")).to_be_hidden()


def test_keyboard_alone_is_enough(bare: Bare, refused: Answer) -> None:
    page = bare.bulk(*hosts(3))
    button(page, "Test all").focus()
    expect(button(page, "Test all")).to_be_focused()
    with holding(page, ADDRESS) as held:
        page.keyboard.press("Enter")
    expect(page.get_by_text("Testing…")).to_have_count(2)
    page.keyboard.press("Tab")
    expect(button(page, "Cancel")).to_be_focused()
    page.keyboard.press("Space")
    for route in list(held):
        route.fulfill(**refused or {})
    ends_with(page, "Cancelled. Failed: 2, Not tested: 1")
    expect(button(page, "Test all")).to_be_focused()


# Busy


DAYS_AGO: Values = {"smtp_status": "ok", "smtp_tested_at": datetime(2026, 3, 1, 12, tzinfo=UTC)}


def test_an_earlier_state_is_never_shown_as_if_it_were_new(bare: Bare, refused: Answer) -> None:
    page = bare.bulk(
        *[{"smtp_host": "localhost", "name": f"P{each}", "active": each < 2} | DAYS_AGO for each in range(3)]
    )
    expect(page.locator("td.title")).to_have_text(["P0", "P1", "P2 (inactive)"])
    badges = page.locator("[data-badge]")
    for badge in badges.all():
        expect(badge).to_contain_text("OK")
        expect(badge.locator("time")).to_have_attribute("datetime", "2026-03-01T12:00:00.000Z")
        expect(badge.locator("time")).to_have_text(re.compile(r"^\d+ (month|year)s? ago$"))
    with holding(page, ADDRESS) as held:
        start(page)
    # One is being tested, and two wait for it.
    expect(badges).to_have_text(["", "", ""])
    button(page, "Cancel").click()
    held[0].fulfill(**refused or {})
    ends_with(page, "Cancelled. Failed: 1, Not tested: 2")
    expect(badges.first).to_have_text("Failed")
    for badge in badges.all()[1:]:
        expect(badge.locator("time")).to_be_visible()


@pytest.mark.parametrize("code", [Code.BUSY, Code.LOGIN_TOO_SOON])
def test_busy_partner_is_tried_again_after_the_time_that_was_asked_for(
    bare: Bare, fine: Answer, times: Times, code: Code
) -> None:
    page = bare.bulk({})
    queue = [busy(1, code), fine]
    answering(page, lambda number: queue.pop(0))
    start(page)
    expect(page.locator("[data-result]")).to_contain_text("Trying again in 1 s")
    ends_with(page, "Finished. OK: 1")
    first, second = times()
    assert second["began"] - first["ended"] >= 990


def test_partner_that_stays_busy_is_said_to_be(bare: Bare, fine: Answer) -> None:
    page = bare.bulk({})
    asked = answering(page, lambda number: busy(0))
    start(page)
    ends_with(page, "Finished. Busy: 1")
    assert len(asked) == bulk.TRIES
    answering(page, lambda number: fine)
    button(page, "Test the failed ones again").click()
    ends_with(page, "Finished. OK: 1")


def test_failed_ones_are_tested_again(bare: Bare, fine: Answer, refused: Answer) -> None:
    page = bare.bulk(*hosts(2))
    first = answering(page, lambda number: (fine, refused)[number])
    start(page)
    ends_with(page, "Finished. OK: 1, Failed: 1")
    asked = answering(page, lambda number: fine)
    button(page, "Test the failed ones again").click()
    ends_with(page, "Finished. OK: 2")
    assert len(first) == 2
    assert asked == [row(page).nth(1).get_attribute("data-url")]
    expect(page.get_by_role("progressbar", name="1 of 1 tested")).to_be_visible()
    expect(button(page, "Test the failed ones again")).to_be_hidden()


# The site itself fails


def test_network_that_fails_stops_it(bare: Bare, fine: Answer) -> None:
    page = bare.bulk(*hosts(6))
    asked = answering(page, lambda number: None)
    start(page)
    ends_with(page, "Stopped, because the site does not answer. Not tested: 6")
    assert 3 <= len(asked) <= 4
    assert "The site did not answer." in results(page)
    answering(page, lambda number: fine)
    button(page, "Test the others too").click()
    ends_with(page, "Finished. OK: 6")


def test_one_strange_answer_does_not_stop_it(bare: Bare, fine: Answer) -> None:
    page = bare.bulk(*hosts(4))
    overloaded: Answer = {"status": 503, "headers": {"Retry-After": "1"}}
    queues: list[list[Answer]] = [
        [fine],
        [{"status": 404}],
        [{"status": 502, "body": "<h1>Bad gateway</h1>"}],
        [overloaded] * 2 + [fine],
    ]
    answering(page, lambda number: queues[number].pop(0))
    start(page)
    ends_with(page, "Finished. OK: 2, Not tested: 2")
    assert queues == [[]] * 4
    assert results(page)[1:3] == ["It is no longer there.", "The site gave an unexpected answer (502)."]


# Many, none, and none that can be used


def test_rows_are_made_as_they_are_needed(bare: Bare, fine: Answer, refused: Answer) -> None:
    """The table of the page has three rows here; the script is told that it has 250."""
    page = bare.show(many(bare.rendered.bulk({"smtp_host": "localhost"}), 250), ".partner-smtp-bulk")
    expect(row(page)).to_have_count(100)
    more = button(page, "Show more (100 of 250 are shown)")
    more.press("Enter")
    expect(row(page)).to_have_count(200)
    button(page, "Show more (200 of 250 are shown)").click()
    expect(row(page)).to_have_count(250)
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()

    # What is tested is in the table, and so is the only one that fails.
    page = bare.show(many(bare.rendered.bulk({"smtp_host": "localhost"}), 250), ".partner-smtp-bulk")
    codes = json.dumps(
        {str(status): str((answer or {})["body"]) for status, answer in ((200, fine), (400, refused))}
    )
    script = f"""() => async (url) => {{
        const status = url.includes("/row-249/") ? 400 : 200;
        return new Response(({codes})[status], {{ status, headers: {{ "Content-Type": "application/json" }} }});
    }}"""
    with fetching(page, script):
        start(page)
        ends_with(page, "Finished. OK: 249, Failed: 1")
    expect(row(page)).to_have_count(250)
    page.get_by_label("Show only those that are not OK").check()
    expect(row(page).filter(visible=True)).to_have_text([re.compile("Partner 249")])


def many(html: str, number: int) -> str:
    """The page with so many rows in its table, each on a server of its own."""
    before, table, behind = re.split(r'data-partner-smtp-bulk-table-value="([^"]*)"', html)
    given = json.loads(unescape(table))
    names = [f"Partner {each:03}" for each in range(number)]
    given["rows"] = [[f"row-{each}", name, each, 0, 0, 0] for each, name in enumerate(names)]
    given["servers"] = [f"mail-{each}.example" for each in range(number)]
    return f'{before}data-partner-smtp-bulk-table-value="{escape(json.dumps(given))}"{behind}'


@pytest.mark.django_db
@pytest.mark.usefixtures("without_pause")
def test_a_hundred(bare: Bare, superuser_client: Client) -> None:
    """The page alone: every answer is the one that the endpoint gave for the first."""
    model = get_partner_model()
    hosts = ["", *(f"mail-{number}.example" for number in range(1, 100))]
    model._default_manager.bulk_create(
        model(name=f"Partner {number:03}", slug=f"partner-{number}", smtp_host=host)
        for number, host in enumerate(hosts)
    )
    first = model._default_manager.get(slug="partner-0")
    answer = superuser_client.post(url("test_saved", first), headers=HTTP_AJAX)
    page = bare.show(superuser_client.get(action(model, "?id=all")).content.decode(), ".partner-smtp-bulk")
    page.evaluate(
        """() => {
            window.heard = [];
            const live = document.querySelector(".partner-smtp__live");
            new MutationObserver(() => window.heard.push(live.textContent)).observe(live, { childList: true });
        }"""
    )
    script = f"""() => {{
        window.asked = [];
        return async (url) => {{
            window.asked.push(url);
            return new Response({json.dumps(answer.content.decode())}, {{
                status: {answer.status_code}, headers: {{ "Content-Type": "application/json" }},
            }});
        }};
    }}"""
    with fetching(page, script):
        start(page)
        ends_with(page, "Finished. Not set up: 100")
    asked = page.evaluate("window.asked")
    assert len(set(asked)) == len(asked) == 100
    assert set(results(page)) == {"Enter the name or address of the mail server."}
    # Every tenth is read aloud, not every partner.
    heard = [each for each in page.evaluate("window.heard") if each]
    assert heard == [*(f"{tenth * 10} of 100 tested" for tenth in range(1, 10)), "Finished. Not set up: 100"]


def test_without_javascript_there_is_no_button(browser: Browser, rendered: Rendered) -> None:
    """Wagtail itself says on every page that its admin needs JavaScript."""
    with closing(browser.new_context(java_script_enabled=False)) as context:
        page = context.new_page()
        page.set_content(rendered.bulk({"name": "Acme"}))
        expect(page.get_by_text("Tests the saved settings of 1 account.")).to_be_visible()
        expect(button(page, "Test all")).to_be_hidden()


def test_before_and_after_it_is_accessible_and_nothing_is_cut_off(
    bare: Bare, rendered: Rendered, smtp: Served, settings: Any
) -> None:
    untrusted = listen(smtp, settings, mode="ssl", certificate="untrusted")
    answer = rendered.answer("test_saved", **account_of(untrusted), password=RIGHT)
    page = bare.bulk({"name": "Acme"})
    assert bare.audit() == []
    answering(page, lambda number: answer)
    start(page)
    ends_with(page, "Finished. Certificate not trusted: 1")
    assert bare.audit() == []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert overflowing(page, ".partner-smtp-bulk") == [], width
