"""Testing many partners at once, in a real browser against real servers."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, Request, Response, expect
from pytest_django.live_server_helper import LiveServer

from smtp_sandbox import Listener, on
from smtp_sandbox.pytest_plugin import Served
from tests.admin.lists.test_bulk import action, chosen
from tests.browser.strict_policy import enforce, is_enforced
from tests.support.admin import HTTP_AJAX, account_of, make_partner, reach, read_again, url
from tests.support.stopwatch import until
from wagtail_partner_smtp.admin.lists import bulk
from wagtail_partner_smtp.connection_test import leases
from wagtail_partner_smtp.models import AbstractPartner, ConnectionTestLease, get_partner_model

pytestmark = pytest.mark.django_db(transaction=True)

RIGHT, WRONG = "pass", "wrong-7391"
PATIENCE = 40_000  # milliseconds


@pytest.fixture
def without_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "PAUSE", 0)


@pytest.fixture
def server(smtp: Served, settings: Any) -> Listener:
    server = smtp.listen("honest", mode="starttls")
    reach(settings, smtp.ca_file, server)
    return server


@pytest.fixture
def silent(smtp: Served, settings: Any) -> Listener:
    """A server that keeps whoever connects waiting until it is closed."""
    server = smtp.listen("silent")
    reach(settings, smtp.ca_file, server)
    settings.PARTNER_SMTP_TEST_TIMEOUT = 50
    settings.PARTNER_SMTP_PROBE_PORTS = ()
    return server


def partners_of(
    server: Listener, count: int, *, password: str = RIGHT, **values: Any
) -> list[AbstractPartner]:
    """Partners whose servers go by two names in turn, so that two of them can be tested at once."""
    return [
        make_partner(
            **account_of(server, smtp_host=("localhost", "127.0.0.1")[number % 2]) | values,
            name=f"Partner {number}",
            slug=f"partner-{number}",
            password=password,
        )
        for number in range(count)
    ]


def open_page(page: Page, *partners: AbstractPartner) -> None:
    page.goto(chosen(*partners))
    expect(button(page, "Test all")).to_be_visible()


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def live(page: Page) -> Locator:
    return page.get_by_role("status").filter(visible=True)


def row(page: Page, partner: AbstractPartner) -> Locator:
    return page.locator(f'[data-url="{url("test_saved", partner)}"]')


def results(page: Page) -> list[str]:
    return page.locator("[data-result]").all_inner_texts()


def ends_with(page: Page, sentence: str) -> None:
    expect(page.locator(".partner-smtp__live")).to_have_text(sentence, timeout=PATIENCE)


def noted(page: Page) -> list[str]:
    """The addresses that are asked from now on."""
    asked: list[str] = []

    def note(request: Request) -> None:
        if "/test-saved/" in request.url:
            asked.append(request.url)

    page.on("request", note)
    return asked


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
            "failed",
            "Failed",
            "Enter the name or address of the mail server.",
        ),
    }
    open_page(admin_page, *expected)
    assert admin_page.get_by_role("progressbar").is_hidden()
    button(admin_page, "Test all").click()
    ends_with(admin_page, "Finished. OK: 1, Certificate not trusted: 1, Failed: 4")
    for partner, (status, label, cause) in expected.items():
        assert read_again(partner).smtp_status == status
        expect(row(admin_page, partner).locator("[data-badge]")).to_have_text(label)
        expect(row(admin_page, partner).locator("[data-result]")).to_contain_text(cause)
        link = row(admin_page, partner).get_by_role("link", name=partner.name)
        assert (link.get_attribute("href") or "").endswith(url("edit", partner))
    expect(admin_page.get_by_role("progressbar", name="6 of 6 tested")).to_have_js_property("value", 1)
    counts = admin_page.locator("dd").all_inner_texts()
    assert counts == ["1", "1", "4", "0", "0"]


@pytest.mark.usefixtures("without_pause")
def test_only_those_that_are_not_ok_are_shown(admin_page: Page, server: Listener) -> None:
    good, wrong = make_partner(**account_of(server), password=RIGHT), make_partner(smtp_host="", slug="wrong")
    open_page(admin_page, good, wrong)
    button(admin_page, "Test all").click()
    ends_with(admin_page, "Finished. OK: 1, Failed: 1")
    admin_page.get_by_label("Show only those that are not OK").check()
    expect(row(admin_page, good)).to_be_hidden()
    expect(row(admin_page, wrong)).to_be_visible()


def test_one_server_is_tested_once_at_a_time_with_a_pause(
    admin_page: Page, smtp: Served, settings: Any
) -> None:
    slow = smtp.listen("honest", mode="plain", rules=(on("BANNER", delay=0.5),))
    reach(settings, smtp.ca_file, slow)
    partners = [
        make_partner(**account_of(slow, smtp_host=host), password=RIGHT, slug=f"slow-{number}")
        for number, host in enumerate(["localhost", "LOCALHOST.", "localhost"])
    ]
    open_page(admin_page, *partners)
    button(admin_page, "Test all").click()
    ends_with(admin_page, "Finished. OK: 3")
    started = [session.started for session in slow.sessions]
    assert len(started) == 3
    # Half a second for the greeting, one for the pause; no machine is too slow for that.
    assert all(later - earlier >= timedelta(seconds=1.4) for earlier, later in pairwise(started))


@pytest.mark.usefixtures("without_pause")
def test_refused_logins_end_the_tests_of_their_server(admin_page: Page, server: Listener) -> None:
    wrong = partners_of(server, 5, password=WRONG, smtp_host="localhost")
    elsewhere = make_partner(**account_of(server, smtp_host="127.0.0.1"), password=RIGHT, slug="elsewhere")
    open_page(admin_page, *wrong, elsewhere)
    button(admin_page, "Test all").click()
    ends_with(admin_page, "Finished. OK: 1, Failed: 3, Not tested: 2")
    assert sum("AUTH" in str(session) and session.user is None for session in server.sessions) == 3
    held = row(admin_page, wrong[-1]).locator("[data-result]")
    expect(held).to_contain_text("localhost has refused 3 logins")
    assert read_again(wrong[-1]).smtp_status == "untested"
    expect(button(admin_page, "Test the others too")).to_be_visible()


# Stopping


def test_cancel_waits_for_what_is_being_tested(admin_page: Page, silent: Listener) -> None:
    partners = partners_of(silent, 5)
    open_page(admin_page, *partners)
    asked = noted(admin_page)
    button(admin_page, "Test all").click()
    expect(admin_page.get_by_text("Testing…")).to_have_count(2)
    button(admin_page, "Cancel").click()
    expect(live(admin_page)).to_have_text("Stopping. What is being tested is still waited for.")
    silent.close()
    ends_with(admin_page, "Cancelled. Failed: 2, Not tested: 3")
    assert len(asked) == 2
    assert Counter(read_again(each).smtp_status for each in partners) == {"failed": 2, "untested": 3}
    expect(button(admin_page, "Test all")).to_be_focused()
    button(admin_page, "Test the others too").click()
    ends_with(admin_page, "Finished. Failed: 5")
    assert len(asked) == 5
    expect(button(admin_page, "Test the others too")).to_be_hidden()


def test_cancel_twice_does_not_wait(admin_page: Page, silent: Listener) -> None:
    partners = partners_of(silent, 3)
    open_page(admin_page, *partners)
    button(admin_page, "Test all").click()
    until(lambda: ConnectionTestLease.objects.filter(expires__gt=timezone.now()).count() == 2)
    button(admin_page, "Cancel").click()
    button(admin_page, "Don't wait").click()
    ends_with(admin_page, "Cancelled. Not tested: 3")
    assert sum("Not waited for." in each for each in results(admin_page)) == 2
    # The site ends what it has begun, and keeps the result.
    silent.close()
    expected = {"failed": 2, "untested": 1}
    until(lambda: Counter(read_again(each).smtp_status for each in partners) == expected)


# Busy


def test_busy_partner_is_tried_again_after_the_time_that_was_asked_for(
    admin_page: Page, server: Listener
) -> None:
    partner = make_partner(**account_of(server), password=RIGHT)
    answers: list[Response] = []

    def note(answer: Response) -> None:
        if "/test-saved/" in answer.url:
            answers.append(answer)

    admin_page.on("response", note)
    open_page(admin_page, partner)
    ConnectionTestLease.objects.create(
        key=f"{partner._meta.label_lower}:{partner.pk}",
        token=uuid4(),
        user_id="somebody else",
        expires=timezone.now() + timedelta(seconds=10),
    )
    button(admin_page, "Test all").click()
    expect(row(admin_page, partner).locator("[data-result]")).to_contain_text("Trying again in")
    ends_with(admin_page, "Finished. OK: 1")
    assert [each.status for each in answers] == [400, 200]
    asked_for = float(answers[0].headers["retry-after"])
    waited = (answers[1].request.timing["startTime"] - answers[0].request.timing["startTime"]) / 1000
    assert waited >= asked_for


@pytest.mark.usefixtures("without_pause")
def test_partner_that_stays_busy_is_said_to_be(
    admin_page: Page, server: Listener, settings: Any, superuser: User
) -> None:
    settings.PARTNER_SMTP_MAX_CONCURRENT_TESTS = 1
    partner = make_partner(**account_of(server), password=RIGHT)
    open_page(admin_page, partner)
    asked = noted(admin_page)
    with leases.hold(make_partner(slug="other"), None):
        button(admin_page, "Test all").click()
        ends_with(admin_page, "Finished. Busy: 1")
    assert len(asked) == bulk.TRIES
    assert server.connections == 0
    button(admin_page, "Test the failed ones again").click()
    ends_with(admin_page, "Finished. OK: 1")


@pytest.mark.usefixtures("without_pause")
def test_failed_ones_are_tested_again(admin_page: Page, server: Listener) -> None:
    good, wrong = partners_of(server, 2)
    wrong.set_smtp_password(WRONG)
    wrong.save()
    open_page(admin_page, good, wrong)
    button(admin_page, "Test all").click()
    ends_with(admin_page, "Finished. OK: 1, Failed: 1")
    wrong.set_smtp_password(RIGHT)
    wrong.save()
    asked = noted(admin_page)
    button(admin_page, "Test the failed ones again").click()
    ends_with(admin_page, "Finished. OK: 2")
    assert [address.endswith(url("test_saved", wrong)) for address in asked] == [True]
    expect(admin_page.get_by_role("progressbar", name="1 of 1 tested")).to_be_visible()
    expect(button(admin_page, "Test the failed ones again")).to_be_hidden()


# The site itself fails


@pytest.mark.usefixtures("without_pause")
def test_network_that_fails_stops_it(admin_page: Page, server: Listener) -> None:
    partners = partners_of(server, 6)
    open_page(admin_page, *partners)
    asked = noted(admin_page)
    admin_page.route("**/test-saved/**", lambda route: route.abort())
    button(admin_page, "Test all").click()
    ends_with(admin_page, "Stopped, because the site does not answer. Not tested: 6")
    assert 3 <= len(asked) <= 4
    assert "The site did not answer." in results(admin_page)
    admin_page.unroute("**/test-saved/**")
    button(admin_page, "Test the others too").click()
    ends_with(admin_page, "Finished. OK: 6")


@pytest.mark.usefixtures("without_pause")
def test_one_strange_answer_does_not_stop_it(admin_page: Page, server: Listener) -> None:
    good, gone, strange, overloaded = partners_of(server, 4)
    open_page(admin_page, good, gone, strange, overloaded)
    gone.delete()
    admin_page.route(
        f"**{url('test_saved', strange)}",
        lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"),
    )
    admin_page.route(
        f"**{url('test_saved', overloaded)}",
        lambda route: route.fulfill(status=503, headers={"Retry-After": "1"}),
        times=2,
    )
    button(admin_page, "Test all").click()
    ends_with(admin_page, "Finished. OK: 2, Not tested: 2")
    assert results(admin_page)[1:3] == [
        "It is no longer there.",
        "The site gave an unexpected answer (502).",
    ]


def test_ended_session_stops_it(admin_page: Page, server: Listener) -> None:
    open_page(admin_page, *partners_of(server, 4))
    admin_page.context.clear_cookies()
    asked = noted(admin_page)
    button(admin_page, "Test all").click()
    ends_with(
        admin_page, "Stopped: you may not do this any more. Perhaps your session has ended: log in again."
    )
    assert len(asked) <= 2
    assert server.connections == 0


# From the list, and many


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


@pytest.mark.usefixtures("without_pause")
def test_hundreds(admin_page: Page, superuser_client: Client) -> None:
    """The page alone: every answer is the one that the endpoint gave for the first."""
    model = get_partner_model()
    hosts = ["", *(f"mail-{number}.example" for number in range(1, 300))]
    model._default_manager.bulk_create(
        model(name=f"Partner {number:03}", slug=f"partner-{number}", smtp_host=host)
        for number, host in enumerate(hosts)
    )
    first = model._default_manager.get(slug="partner-0")
    answer = superuser_client.post(url("test_saved", first), headers=HTTP_AJAX)
    admin_page.goto(action(model, "?id=all"))
    admin_page.evaluate(
        """([status, body]) => {
            window.asked = [];
            window.fetch = async (url) => {
                window.asked.push(url);
                return new Response(body, { status, headers: { "Content-Type": "application/json" } });
            };
            window.heard = [];
            const live = document.querySelector(".partner-smtp__live");
            new MutationObserver(() => window.heard.push(live.textContent)).observe(live, { childList: true });
        }""",
        [answer.status_code, answer.content.decode()],
    )
    button(admin_page, "Test all").click()
    ends_with(admin_page, "Finished. Failed: 300")
    asked = admin_page.evaluate("window.asked")
    assert len(set(asked)) == len(asked) == 300
    assert set(results(admin_page)) == {"Enter the name or address of the mail server."}
    # Every tenth is read aloud, not every partner.
    heard = [each for each in admin_page.evaluate("window.heard") if each]
    assert heard == [*(f"{tenth * 30} of 300 tested" for tenth in range(1, 10)), "Finished. Failed: 300"]


# Without scripts, without mouse, under a strict policy


def test_without_javascript_there_is_no_button(
    browser: Browser, live_server: LiveServer, admin_page: Page
) -> None:
    """Wagtail itself says on every page that its admin needs JavaScript."""
    partner = make_partner()
    cookies: Any = admin_page.context.cookies()
    with closing(browser.new_context(base_url=live_server.url, java_script_enabled=False)) as context:
        context.add_cookies(cookies)
        page = context.new_page()
        page.goto(chosen(partner))
        expect(page.get_by_role("link", name="Acme")).to_be_visible()
        expect(button(page, "Test all")).to_be_hidden()


@pytest.mark.usefixtures("without_pause")
def test_keyboard_alone_is_enough(admin_page: Page, silent: Listener) -> None:
    open_page(admin_page, *partners_of(silent, 3))
    button(admin_page, "Test all").focus()
    admin_page.keyboard.press("Enter")
    expect(admin_page.get_by_text("Testing…")).to_have_count(2)
    admin_page.keyboard.press("Tab")
    expect(button(admin_page, "Cancel")).to_be_focused()
    admin_page.keyboard.press("Space")
    silent.close()
    ends_with(admin_page, "Cancelled. Failed: 2, Not tested: 1")
    expect(button(admin_page, "Test all")).to_be_focused()


@pytest.mark.usefixtures("without_pause")
def test_nothing_violates_a_strict_policy(admin_page: Page, server: Listener) -> None:
    violations = enforce(admin_page)
    # Wagtail 7.0 has violations of its own on every page.
    admin_page.goto("/admin/snippets/shop/brand/")
    admin_page.wait_for_load_state("networkidle")
    of_wagtail = violations()
    open_page(admin_page, *partners_of(server, 2), make_partner(smtp_host=""))
    button(admin_page, "Test all").click()
    ends_with(admin_page, "Finished. OK: 2, Failed: 1")
    assert violations() <= of_wagtail
    assert is_enforced(admin_page)
