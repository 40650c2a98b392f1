"""What the panel shows of a result, of real servers where words matter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from smtp_sandbox import Listener, on
from smtp_sandbox.pytest_plugin import Served
from tests.browser.bare import Bare
from tests.browser.tab.parts import press
from tests.support.admin import RIGHT, account_of, reach

EMAIL = "user@example.com"


def panel_after_test(bare: Bare, settings: Any, smtp: Served, server: Listener, **values: Any) -> Locator:
    """The panel after a test of the server, as a saved partner."""
    reach(settings, smtp.ca_file, server)
    page = bare.tab(name="Acme")
    bare.answer("test_connection", **{"password": RIGHT, **account_of(server, **values)})
    press(page)
    return page.locator(".partner-smtp")


def outcome(panel: Locator) -> Locator:
    return panel.locator(".partner-smtp-outcome")


def opened(panel: Locator, title: str) -> Locator:
    """The part of that title, unfolded."""
    part = panel.locator("details", has=panel.page.locator("summary", has_text=title))
    part.evaluate("(details) => { details.open = true; }")
    return part


def bars(panel: Locator) -> dict[str, tuple[float, float]]:
    """Stage to start and length of its bar, as parts of the track, from where a reader begins."""
    script = """(list) => [...list.querySelectorAll("[data-stage]")].map((item) => {
        const track = item.querySelector(".partner-smtp-stage__bar");
        if (!track) return null;
        const whole = track.getBoundingClientRect();
        const part = track.firstElementChild.getBoundingClientRect();
        const rtl = getComputedStyle(item).direction === "rtl";
        const start = rtl ? whole.right - part.right : part.left - whole.left;
        return [item.dataset.stage, [start / whole.width, part.width / whole.width]];
    }).filter(Boolean)"""
    return {name: tuple(place) for name, place in panel.locator("ol").evaluate(script)}


def test_a_test_takes_the_place_of_mail_that_failed(bare: Bare, settings: Any, smtp: Served) -> None:
    server = smtp.listen("honest", mode="starttls")
    reach(settings, smtp.ca_file, server)
    page = bare.tab(
        name="Acme",
        smtp_status="failed",
        smtp_judged_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
        smtp_failure={"code": "auth_failed"},
        smtp_test_summary={"code": "auth_failed", "stage": "auth"},
    )
    state, why = page.locator(".partner-smtp__state"), page.get_by_text("The server does not accept login")
    expect(state).to_contain_text(re.compile(r"Last mail:\s+Failed"))
    expect(why).to_be_visible()
    bare.answer("test_connection", **{"password": RIGHT, **account_of(server)})
    press(page)
    expect(state).to_contain_text(re.compile(r"Last test:\s+OK\s+just now"))
    expect(why).to_have_count(0)


def panel_with(bare: Bare, **report: Any) -> Locator:
    """The panel after a test that was answered with this report."""
    page = bare.tab()
    bare.answer_next("test_connection", {"json": report})
    press(page)
    return page.locator(".partner-smtp")


def stage(name: str, ms: float, status: str = "ok", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "title": name.title(),
        "status": status,
        "ms": ms,
        "message": "",
        "reply": "",
    } | more


MADE_UP = {
    "ok": True,
    "deliverable": True,
    "headline": "Fine.",
    "stages": [
        stage("settings", 0.0),
        stage("connect", 600.0, "warning", message="Hm.", reply="220 hello"),
        stage("ehlo", 0.0, "skipped"),
        stage("auth", 1800.0, "failed"),
        stage("quit", 0.2),
    ],
}


# The timeline


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_each_bar_begins_where_those_before_it_ended(
    bare: Bare, direction: str, subtests: pytest.Subtests
) -> None:
    panel = panel_with(bare, **MADE_UP)
    panel.evaluate("(panel, direction) => { document.documentElement.dir = direction; }", direction)
    for width in (1280, 400, 320):
        bare.page.set_viewport_size({"width": width, "height": 900})
        with subtests.test(width=width):
            expect_bars_in_a_row(panel)


def expect_bars_in_a_row(panel: Locator) -> None:
    found = bars(panel)
    assert list(found) == ["settings", "connect", "auth", "quit"]
    assert found["connect"] == pytest.approx((0.0, 0.25), abs=0.01)
    assert found["auth"] == pytest.approx((0.25, 0.75), abs=0.01)
    # Seen although they took no time, and inside the track.
    for name in ("settings", "quit"):
        start, length = found[name]
        assert 0 < length < 0.05
        assert -0.001 <= start <= 1.001 - length
    assert panel.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def test_the_bars_of_a_real_test_add_up(bare: Bare, settings: Any, smtp: Served) -> None:
    slow = smtp.listen("honest", mode="starttls", rules=(on("AUTH", delay=1.0),))
    panel = panel_after_test(bare, settings, smtp, slow)
    expect(outcome(panel)).to_contain_text("The connection works")
    found = bars(panel)
    assert list(found) == ["settings", "resolve", "connect", "ehlo", "starttls", "auth", "sender", "quit"]
    starts = [start for start, _ in found.values()]
    assert starts == sorted(starts)
    assert found["auth"][0] + found["auth"][1] == pytest.approx(found["sender"][0], abs=0.02)


def test_the_timeline_is_a_list_with_its_times_in_words_and_bars_for_eyes_only(bare: Bare) -> None:
    panel = panel_with(bare, **MADE_UP)
    expect(panel.get_by_text("All steps together took 2.4 s.")).to_be_visible()
    expect(panel.locator("[data-stage=settings]")).to_contain_text("under 1 ms")
    expect(panel.locator("[data-stage=connect]")).to_contain_text("600 ms")
    expect(panel.locator("[data-stage=auth]")).to_contain_text("1.8 s")
    expect(panel.locator("[data-stage=ehlo]")).not_to_contain_text("ms")
    items = panel.get_by_role("list", name="Step by step").get_by_role("listitem")
    expect(items).to_have_count(5)
    expect(items).to_contain_text(["done", "warning", "skipped", "failed", "done"])
    shown = panel.locator(".partner-smtp-bar")
    expect(shown).to_have_count(4)
    assert shown.evaluate_all("(all) => all.every((bar) => bar.getAttribute('aria-hidden') === 'true')")
    snapshot = panel.get_by_role("list", name="Step by step").aria_snapshot()
    assert "Connect warning" in snapshot
    assert "The server said:" in snapshot


def test_what_a_failure_kept_from_being_tried_is_one_line(bare: Bare) -> None:
    stages = [
        stage("settings", 1.0),
        stage("starttls", 0.0, "skipped", message="Not needed."),
        stage("connect", 2.0, "failed"),
        stage("ehlo", 0.0, "skipped", message="Not reached."),
        stage("auth", 0.0, "skipped", message="Not reached."),
        stage("quit", 1.0),
    ]
    panel = panel_with(bare, ok=False, deliverable=False, headline="The test failed.", stages=stages)
    rows = panel.get_by_role("list", name="Step by step").get_by_role("listitem")
    expect(rows).to_have_count(5)
    expect(rows.nth(1)).to_contain_text("Not needed.")
    expect(rows.nth(3)).to_have_text("Ehlo, Auth not reached")
    expect(rows.nth(4)).to_contain_text("Quit")


def test_a_suggestion_fits_on_a_narrow_screen(bare: Bare) -> None:
    bare.page.set_viewport_size({"width": 320, "height": 900})
    suggestion = {"smtp_host": "a-long-name.mail.example.com", "smtp_port": 465, "smtp_security": "ssl"}
    error = {"message": "Wrong.", "suggestion": suggestion}
    panel = panel_with(bare, ok=False, deliverable=False, headline="The test failed.", error=error)
    button = panel.get_by_role("button", name="Change to:")
    expect(button).to_be_visible()
    assert button.evaluate(
        """(button) => {
            const edge = button.closest(".partner-smtp").getBoundingClientRect().right;
            const isCut = button.scrollWidth > button.clientWidth || button.scrollHeight > button.clientHeight + 1;
            return !isCut && button.getBoundingClientRect().right <= edge;
        }"""
    )


def test_states_differ_without_colours(bare: Bare) -> None:
    bare.page.emulate_media(forced_colors="active")
    panel = panel_with(bare, **MADE_UP)
    looks = panel.locator("[data-stage] .partner-smtp-bar__filling").evaluate_all(
        """(all) => all.map((each) => {
            const { backgroundImage, backgroundColor, borderTopWidth } = getComputedStyle(each);
            return [backgroundImage, backgroundColor, borderTopWidth].join(" ");
        })"""
    )
    fine, warning, failed, _ = looks
    assert len({fine, warning, failed}) == 3
    symbols = panel.locator("[data-stage] > svg use").evaluate_all(
        "(all) => all.map((each) => each.getAttribute('href'))"
    )
    assert symbols == ["#icon-check", "#icon-warning", "#icon-minus", "#icon-cross", "#icon-check"]


# The server's facts


def test_extensions_are_explained(bare: Bare, settings: Any, smtp: Served) -> None:
    hello = "250-localhost\r\n250-SIZE 10240000\r\n250-X-<b>BOLD</b>\r\n250-XYZZY 1 2\r\n250 AUTH PLAIN"
    server = smtp.listen("honest", mode="plain", rules=(on("EHLO", reply=hello),))
    panel = panel_after_test(bare, settings, smtp, server, smtp_login="")
    part = opened(panel, "What the server offers")
    meaning = part.get_by_role("term").filter(has_text="SIZE").locator("+ dd")
    expect(meaning).to_have_text("Accepts messages of up to 9.8\u00a0MB. RFC 1870")
    expect(part.get_by_role("term").filter(has_text="SIZE").locator("code")).to_have_text(
        ["SIZE", "10240000"]
    )
    expect(part.get_by_role("term").filter(has_text="XYZZY").locator("code")).to_have_text(["XYZZY", "1 2"])
    expect(part.get_by_role("term").filter(has_text="XYZZY").locator("+ dd")).to_contain_text("knows nothing")


def test_a_certificate_tells_how_long_it_holds(bare: Bare, settings: Any, smtp: Served) -> None:
    server = smtp.listen("honest", mode="ssl", certificate="self-signed")
    part = opened(panel_after_test(bare, settings, smtp, server), "Encryption and certificate")
    expect(part.locator("summary")).to_contain_text("364 days left")
    expect(
        part.get_by_role("definition").filter(has_text="Not trusted: The server has signed")
    ).to_be_visible()
    expect(part.locator(".partner-smtp-meter--good")).to_be_visible()
    groups = part.locator(".partner-smtp-group")
    expect(groups).to_have_count(8)
    assert len("".join(groups.all_inner_texts()).split(":")) == 32


def test_an_expired_certificate_has_an_empty_meter(bare: Bare, settings: Any, smtp: Served) -> None:
    server = smtp.listen("honest", mode="starttls", certificate="expired")
    part = opened(panel_after_test(bare, settings, smtp, server), "Encryption and certificate")
    expect(part.locator(".partner-smtp-meter--bad")).to_be_visible()
    expect(part).to_contain_text("Expired 30 days ago")
    assert (
        part.locator(".partner-smtp-bar__filling").evaluate("(bar) => bar.getBoundingClientRect().width") < 5
    )


def test_p24_an_earlier_good_certificate_is_told_about(bare: Bare, settings: Any, smtp: Served) -> None:
    server = smtp.listen("honest", mode="ssl", certificate="expired")
    panel = panel_after_test(bare, settings, smtp, server, smtp_known_certificate="d1" * 32)
    expect(outcome(panel)).to_contain_text(
        "At an earlier test this server had a certificate that was trusted, now it shows another one"
    )


# The report as text


@pytest.fixture
def server(smtp: Served) -> Listener:
    return smtp.listen("honest", rules=(on("MAIL", reply=f"550 5.7.1 <{EMAIL}> <img src=x> not yours"),))


def copy_button(panel: Locator) -> Locator:
    return panel.get_by_role("button", name="Copy report")


def test_the_report_is_copied(
    bare: Bare, browser_context: BrowserContext, settings: Any, smtp: Served, server: Listener
) -> None:
    browser_context.grant_permissions(["clipboard-read", "clipboard-write"])
    panel = panel_after_test(bare, settings, smtp, server)
    copy_button(panel).click()
    expect(outcome(panel).get_by_role("status")).to_have_text("Copied.")
    text = str(bare.page.evaluate("navigator.clipboard.readText()"))
    assert f"Test of the mail server smtp://localhost:{server.port}" in text
    assert "«550 5.7.1 <us…@example.com> <img src=x> not yours»" in text
    assert "! sender_not_owned:" in text
    assert EMAIL not in text
    expect(opened(panel, "Report as text").locator("pre")).to_have_text(text, use_inner_text=False)
    expect(panel.locator(".partner-smtp__report img")).to_have_count(0)


@pytest.mark.parametrize(
    "clipboard", ["undefined", "{ writeText: () => Promise.reject(new Error('denied')) }"]
)
def test_without_a_clipboard_the_text_is_selected(
    bare: Bare, settings: Any, smtp: Served, server: Listener, clipboard: str
) -> None:
    panel = panel_after_test(bare, settings, smtp, server)
    source = panel.locator("pre")
    expect(source).to_be_hidden()
    with clipboard_of(bare.page, clipboard):
        copy_button(panel).click()
        expect(outcome(panel).get_by_role("status")).to_contain_text("copy it from there")
    expect(source).to_be_visible()
    expect(source).to_be_focused()
    assert bare.page.evaluate("getSelection().toString().trim()") == source.inner_text().strip()


@contextmanager
def clipboard_of(page: Page, script: str) -> Iterator[None]:
    """Meanwhile the page finds this instead of the browser's clipboard."""
    page.evaluate(
        f"Object.defineProperty(navigator, 'clipboard', {{ get: () => {script}, configurable: true }})"
    )
    yield
    page.evaluate("delete navigator.clipboard")


def test_p40_nothing_of_a_password_is_on_the_page(bare: Bare, settings: Any, smtp: Served) -> None:
    server = smtp.listen("auth-535")
    secret = "Tr0ub4dor-7391"
    panel = panel_after_test(bare, settings, smtp, server, password=secret)
    opened(panel, "Report as text")
    assert secret not in bare.page.content()
    assert secret not in panel.inner_text()


# What others build on


def test_another_controller_can_have_its_report_shown(bare: Bare) -> None:
    panel = bare.tab().locator(".partner-smtp")
    panel.evaluate(
        """(panel) => {
            panel.dataset.action += " site:report->partner-smtp-report#show";
            panel.querySelector("[name=smtp_test_token]").value = "kept";
            panel.addEventListener("partner-smtp-report:shown", ({ detail }) => {
              detail.actions.append(`in ${detail.report.headline}`);
              detail.output.append("at the end");
            });
        }"""
    )
    # Stimulus notices the new action in a later task.
    bare.page.wait_for_function(
        """() => {
            const panel = document.querySelector(".partner-smtp");
            const detail = { ok: true, deliverable: true, headline: "Sent." };
            panel.dispatchEvent(new CustomEvent("site:report", { detail }));
            return panel.querySelector(".partner-smtp-outcome") !== null;
        }"""
    )
    expect(outcome(panel)).to_contain_text("in Sent.")
    expect(panel.locator(".partner-smtp__report")).to_contain_text("at the end")
    expect(panel.locator("[name=smtp_test_token]")).to_have_value("kept")


@pytest.mark.parametrize(("host", "links"), [("smtp.gmail.com", 1), ("localhost", 0)])
def test_the_provider_s_page_is_linked_where_the_remedy_is(
    bare: Bare, settings: Any, smtp: Served, host: str, links: int
) -> None:
    refusal = on("AUTH", reply="534 5.7.9 Application-specific password required")
    panel = panel_after_test(bare, settings, smtp, smtp.listen(rules=(refusal,), hostname=host))
    link = outcome(panel).get_by_role("link")
    expect(link).to_have_count(links)
    if links:
        expect(link).to_have_text("The provider's page about this")
        expect(link).to_have_attribute("href", "https://myaccount.google.com/apppasswords")
        expect(link).to_have_attribute("rel", "noopener noreferrer")
