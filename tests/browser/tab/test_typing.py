"""Filling in the form without a stumble: what was pasted, the password, and a form that comes back with errors."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from smtp_sandbox.pytest_plugin import Served
from tests.browser.answers import holding
from tests.browser.bare import Bare
from tests.browser.tab.parts import button, errors_at, field, outcome
from tests.support.admin import RIGHT, account_of, listen, make_partner, url

LINE = "Postausgangsserver: smtp.acme.example (Port 465, SSL/TLS)"


def leave(page: Page, name: str, text: str) -> None:
    field(page, name).fill(text)
    field(page, name).blur()


def read_note(page: Page) -> Locator:
    return page.locator("[data-controller=partner-smtp-read]")


def help_of(page: Page, name: str) -> Locator:
    return page.locator("[data-field]", has=field(page, name)).locator("[data-field-help]")


# What was pasted


def test_pasted_line_fills_in_the_fields_and_says_so(bare: Bare) -> None:
    page = bare.tab()
    sent = {"smtp_host": LINE, "smtp_port": "", "smtp_security": "tls"}
    bare.answer("read_server", sent=sent)
    leave(page, "smtp_host", LINE)
    expect(field(page, "smtp_host")).to_have_value("smtp.acme.example")
    expect(field(page, "smtp_port")).to_have_value("465")
    expect(field(page, "smtp_security")).to_have_value("ssl")
    expect(read_note(page)).to_contain_text("The host was read as smtp.acme.example.")
    # A pasted port is somebody's choice.
    field(page, "smtp_security").select_option("tls")
    expect(field(page, "smtp_port")).to_have_value("465")
    bare.answer("read_server", sent={"smtp_host": "", "smtp_port": "mail.acme.example:587"})
    field(page, "smtp_host").fill("")
    leave(page, "smtp_port", "mail.acme.example:587")
    expect(field(page, "smtp_host")).to_have_value("mail.acme.example")
    expect(field(page, "smtp_port")).to_have_value("587")


def test_what_is_no_server_is_said_at_its_field(bare: Bare) -> None:
    page = bare.tab()
    bare.answer("read_server", sent={"smtp_host": "info@acme.example", "smtp_port": ""})
    leave(page, "smtp_host", "info@acme.example")
    expect(errors_at(page, "smtp_host")).to_contain_text("This is an email address")
    expect(field(page, "smtp_host")).to_have_value("info@acme.example")
    bare.answer("read_server", sent={"smtp_host": "587", "smtp_port": ""})
    leave(page, "smtp_host", "587")
    expect(errors_at(page, "smtp_host")).to_contain_text("This is a port")


def test_plain_values_ask_nobody_and_a_filled_in_port_gives_way_to_a_pasted_one(bare: Bare) -> None:
    page = bare.tab()
    asked: list[str] = []
    page.route("**/read-server/", lambda route: asked.append(route.request.url))
    leave(page, "smtp_host", "mail.acme.example")
    expect(field(page, "smtp_port")).to_have_value("587")
    assert asked == []
    page.unroute("**/read-server/")
    with holding(page, "**/read-server/") as waiting:
        leave(page, "smtp_host", LINE)
    body = waiting[0].request.post_data or ""
    assert 'name="smtp_port"\r\n\r\n\r\n' in body
    # What was typed meanwhile is not overwritten.
    field(page, "smtp_host").fill("other.example")
    with page.expect_response("**/read-server/"):
        waiting[0].fulfill(json={"values": {"smtp_host": "smtp.acme.example"}, "notes": ["x"], "errors": []})
    expect(field(page, "smtp_host")).to_have_value("other.example")
    expect(read_note(page)).to_have_text("")


# The password


def test_password_can_be_seen_and_is_hidden_when_the_form_is_sent(bare: Bare) -> None:
    page = bare.tab()
    password = field(page, "smtp_password")
    password.fill("typed-7391")
    toggle = page.get_by_role("button", name="Show SMTP Password")
    expect(toggle).to_have_attribute("aria-pressed", "false")
    toggle.focus()
    toggle.press("Enter")
    expect(toggle).to_have_attribute("aria-pressed", "true")
    expect(password).to_have_attribute("type", "text")
    expect(password).to_have_value("typed-7391")
    page.evaluate("""() => {
        const { form } = document.querySelector('[name=smtp_password]');
        form.addEventListener('submit', (event) => event.preventDefault(), { once: true });
        form.dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
    }""")
    expect(password).to_have_attribute("type", "password")
    expect(toggle).to_have_attribute("aria-pressed", "false")


def test_help_says_what_the_saved_password_was_saved_for_while_the_form_says_something_else(
    bare: Bare,
) -> None:
    page = bare.tab(name="Acme", smtp_host="Mail.bücher.example", smtp_port=587, smtp_security="tls")
    words = help_of(page, "smtp_password")
    expect(words).to_contain_text("A password is saved.")
    for same in ("mail.BÜCHER.example.", "mail.xn--bcher-kva.example"):
        field(page, "smtp_host").fill(same)
        expect(words).to_contain_text("A password is saved.")
    field(page, "smtp_port").fill("465")
    expect(words).to_have_text("Type it again: it was saved for port 587.")
    field(page, "smtp_login").fill("somebody")
    expect(words).to_contain_text("port 587, the login user.")
    field(page, "smtp_password").fill("x")
    expect(words).to_contain_text("A password is saved.")
    field(page, "smtp_password").fill("")
    field(page, "smtp_login").fill("user")
    field(page, "smtp_port").fill("587")
    expect(words).to_contain_text("A password is saved.")


def test_space_at_the_end_of_a_password_is_said_and_a_login_needs_one(bare: Bare) -> None:
    page = bare.tab()
    note = page.locator("#partner-smtp-password-note")
    password = field(page, "smtp_password")
    mark = page.locator("label[for=id_smtp_password] .w-required-mark")
    expect(mark).to_have_count(0)
    field(page, "smtp_login").fill("user")
    expect(mark).to_have_count(1)
    expect(password).to_have_attribute("aria-required", "true")
    for typed, is_said in (("pass", False), ("pass ", True), ("\u00a0pass", True), ("pa ss", False)):
        password.fill(typed)
        expect(note).to_contain_text("begins or ends with a space" if is_said else "")
        expect(note).to_have_class(re.compile("mismatch") if is_said else "partner-smtp-note")
    assert "partner-smtp-password-note" in (password.get_attribute("aria-describedby") or "").split()


def test_everything_new_is_accessible_and_fits_a_small_screen(bare: Bare) -> None:
    page = bare.tab(name="Acme")
    field(page, "smtp_port").fill("25")
    field(page, "smtp_password").fill("pass ")
    assert bare.audit() == []
    page.set_viewport_size({"width": 320, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth <= 320")


# After a test, and when the form comes back


@pytest.mark.django_db(transaction=True)
def test_form_that_comes_back_leads_to_its_errors_and_keeps_the_report(
    admin_page: Page, smtp: Served, settings: Any
) -> None:
    page = admin_page
    server = listen(smtp, settings, mode="starttls")
    make_partner(slug="taken")
    page.goto(f"{url('add')}#tab-smtp")
    for name, value in account_of(server).items():
        if name != "smtp_security":
            field(page, name).fill(str(value))
    field(page, "smtp_password").fill(RIGHT)
    button(page).click()
    expect(outcome(page)).to_contain_text("The connection works")
    page.get_by_role("tab", name="Details").click()
    leave(page, "name", "Acme")
    expect(field(page, "slug")).to_have_value("acme")
    field(page, "slug").fill("taken")
    page.get_by_role("button", name="Save").click()
    errors = page.locator(".partner-smtp-errors")
    expect(errors).to_be_focused()
    expect(errors).to_contain_text("SMTP Password: Type it again before you save.")
    expect(errors).to_contain_text("Slug:")
    errors.get_by_role("link", name="SMTP Password").click()
    expect(field(page, "smtp_password")).to_be_focused()
    expect(outcome(page)).to_contain_text("The connection works")
    errors.get_by_role("link", name="Slug").click()
    expect(field(page, "slug")).to_be_focused()
    # Nothing of it is left for another page.
    assert page.evaluate("sessionStorage.length") == 0


def test_field_that_a_test_marks_is_scrolled_into_view(bare: Bare) -> None:
    page = bare.tab()
    page.set_viewport_size({"width": 800, "height": 300})
    bare.answer("test_connection", sent={"smtp_port": "25x"})
    button(page).click()
    expect(errors_at(page, "smtp_port")).to_be_in_viewport()
