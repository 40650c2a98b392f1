"""The sandbox's inbox in a real browser, with its scripts switched off and on."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import closing
from email.message import EmailMessage

import pytest
from playwright.sync_api import Browser, Page, expect

from smtp_sandbox.inbox import Inbox
from smtp_sandbox.pytest_plugin import Served
from tests.browser.audit import SCHEMES
from tests.sandbox.clients import connect
from tests.support.stopwatch import PATIENCE

Look = Callable[..., Page]


@pytest.fixture
def inbox(smtp: Served) -> Inbox:
    inbox = Inbox(smtp.sandbox)
    inbox.open()
    return inbox


@pytest.fixture
def look(browser: Browser, inbox: Inbox) -> Iterator[Look]:
    """`look(**options)` opens the inbox in a browser of its own, without JavaScript unless said otherwise."""
    contexts = []

    def open_inbox(**options: object) -> Page:
        settings = {"java_script_enabled": False, "base_url": inbox.url, **options}
        contexts.append(browser.new_context(**settings))  # type: ignore[arg-type]
        contexts[-1].set_default_timeout(1000 * PATIENCE)
        page = contexts[-1].new_page()
        page.goto("/")
        return page

    yield open_inbox
    for context in contexts:
        context.close()


# The smallest GIF.
LOGO = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def send_letter(smtp: Served, html: str = "<p>Rich text</p>", logo: bytes = b"") -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "a@example.org", "b@example.org", "Invoice"
    letter.set_content("Plain text")
    letter.add_alternative(html, subtype="html")
    if logo:
        letter.get_payload()[1].add_related(logo, "image", "gif", cid="<logo>")  # type: ignore[index, union-attr]
    name = f"{'x' * 150 if logo else ''}invoice.pdf"
    letter.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename=name)
    with connect(smtp.starttls) as client:
        client.login("user", "pass")
        client.send_message(letter)
    smtp.starttls.wait_idle()


def test_a_message_and_its_session_are_found_without_javascript(smtp: Served, look: Look) -> None:
    send_letter(smtp)
    page = look()
    expect(page.get_by_role("table", name="Listeners")).to_contain_text(f"localhost:{smtp.starttls.port}")

    page.get_by_role("table", name="Messages").get_by_role("link", name="Invoice").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Invoice")
    expect(page.get_by_role("table", name="Headers").get_by_role("row", name="Subject")).to_contain_text(
        "Invoice"
    )
    expect(page.get_by_role("region", name="Text")).to_contain_text("Plain text")
    expect(page.frame_locator("iframe[title='HTML part']").get_by_text("Rich text")).to_be_visible()
    expect(
        page.get_by_role("table", name="Attachments").get_by_role("row", name="invoice.pdf")
    ).to_be_visible()

    page.get_by_role("main").get_by_role("link", name="Session").click()

    transcript = page.get_by_role("region", name="Transcript")
    expect(transcript).to_contain_text("C AUTH PLAIN ****")
    expect(transcript).to_contain_text("S 235 2.7.0 Authentication successful")


def test_the_html_of_a_message_neither_runs_nor_loads_anything(smtp: Served, look: Look) -> None:
    url = f"http://127.0.0.1:{smtp.plain.port}/"
    send_letter(
        smtp,
        f"<p>Rich text</p><img src='{url}image'><link rel=stylesheet href='{url}style'>"
        f"<iframe src='{url}frame'></iframe>"
        f"<script>document.body.append('run'); top.location = '{url}'</script>"
        f"<img src=x onerror=\"document.body.append('run')\"><meta http-equiv=refresh content='0;url={url}'>"
        f"<p>The end</p>",
    )
    page = look(java_script_enabled=True)
    asked: list[str] = []
    page.on("response", lambda response: asked.append(response.url))

    page.get_by_role("link", name="Invoice").click()

    frame = page.frame_locator("iframe[title='HTML part']")
    expect(page.get_by_role("heading", level=1)).to_have_text("Invoice")
    # Whatever ran or was loaded would have done so before the end was shown, and a page that is to be replaced
    # at once would have been before another one that came later.
    expect(frame.get_by_text("The end")).to_be_visible()
    page.wait_for_load_state("load")
    replace_another_page(page)
    assert frame.get_by_text("The end").is_visible()
    assert "run" not in (frame.locator("body").text_content() or "").replace(
        "document.body.append('run')", ""
    )
    assert [one for one in asked if one.startswith(url)] == []
    # Chromium may open a connection for a frame before it looks at the policy; it then says nothing.
    assert [text for session in smtp.plain.sessions for who, text in session.transcript if who == "C"] == []


def replace_another_page(page: Page) -> None:
    """As the letter wants it, but where nothing forbids it."""
    with closing(page.context.new_page()) as other:
        refresh = f"<meta http-equiv=refresh content='0;url={page.url}'>"
        with other.expect_navigation(url=page.url):
            other.set_content(refresh)


def test_mail_is_found_followed_and_deleted_without_javascript(smtp: Served, look: Look) -> None:
    send_letter(smtp, "<p><a href='http://127.0.0.1:9/x'>Pay</a> <img alt=Logo src='cid:logo'></p>", LOGO)
    with connect(smtp.plain) as client:
        client.sendmail("a@example.org", ["c@example.org"], "Subject: Another\r\n\r\nText\r\n")
    page = look(viewport={"width": 390, "height": 700})
    page.get_by_label("From, to or subject").fill("b@example.org")
    page.get_by_role("button", name="Search").click()
    table = page.get_by_role("table", name="Messages")
    expect(table.get_by_role("link")).to_have_text(["Invoice"])
    expect(page.get_by_role("navigation", name="Pages")).to_contain_text(
        "1 to 1 of 1 matching “b@example.org”"
    )
    table.get_by_role("link", name="Invoice").click()

    # In the preview the image is there, and a link leads nowhere.
    frame = page.frame_locator("iframe[title='HTML part']")
    frame.get_by_role("link", name="Pay").click()
    expect(frame.get_by_role("img", name="Logo")).to_have_js_property("naturalWidth", 1)
    assert len(page.context.pages) == 1

    # A long name leaves size and type in sight.
    row = page.get_by_role("table", name="Attachments").get_by_role("row", name="invoice.pdf")
    assert all(cell.bounding_box()["x"] < 350 for cell in row.get_by_role("cell").all())  # type: ignore[index]
    with page.expect_download() as download:
        row.get_by_role("link").click()
    assert download.value.suggested_filename.endswith("invoice.pdf")

    with page.expect_popup() as popup:
        page.get_by_role("table", name="Links").get_by_role("link", name="Open…").click()
    expect(popup.value.get_by_role("heading", level=1)).to_have_text("Open this link?")
    expect(popup.value.get_by_role("link", name="Open", exact=True)).to_have_attribute(
        "href", "http://127.0.0.1:9/x"
    )

    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Inbox")
    assert [message.subject for message in smtp.messages] == ["Another"]
    page.get_by_text("Delete all…").click()
    page.get_by_role("button", name="Delete all 1").click()
    expect(page.get_by_role("region", name="Messages")).to_contain_text("None.")
    assert smtp.messages == ()


def test_its_pages_are_well_marked_up_and_fit_a_small_screen(
    smtp: Served, look: Look, subtests: pytest.Subtests
) -> None:
    send_letter(smtp)
    page = look(java_script_enabled=True, viewport={"width": 360, "height": 640})
    message = smtp.messages[0]
    for path in ("/", f"/message/{message.number}", f"/session/{message.session.number}"):
        page.goto(path)
        with subtests.test(path=path):
            expect_good_markup(page)


def expect_good_markup(page: Page) -> None:
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("h1").count() == 1
    assert page.locator("th:not([scope])").count() == 0
    assert page.locator("table:not([aria-labelledby]), iframe:not([title])").count() == 0
    assert page.evaluate("[...document.querySelectorAll('[id]')].length") == page.evaluate(
        "new Set([...document.querySelectorAll('[id]')].map(one => one.id)).size"
    )
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_it_is_light_or_dark_as_the_reader_likes(look: Look) -> None:
    brightness = {}
    page = look(java_script_enabled=True)
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        text = page.evaluate("getComputedStyle(document.body).color.match(/\\d+/g).map(Number)")
        brightness[scheme] = sum(colour) - sum(text)

    assert brightness["light"] > 300
    assert brightness["dark"] < -300
