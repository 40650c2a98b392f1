"""Every word that our pages show comes through gettext.

The translation functions put brackets around what they are asked for; a letter outside of any brackets was
never marked for translation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation
from playwright.sync_api import Locator, expect

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served
from tests.browser.answers import given
from tests.browser.bare import Bare
from tests.browser.tab.parts import outcome
from tests.support.admin import HTTP_AJAX, RIGHT, WRONG, account_of, listen, make_partner, url, values_of
from wagtail_partner_smtp.discovery.providers import PROVIDERS
from wagtail_partner_smtp.oauth.vendors import VENDORS

pytestmark = pytest.mark.django_db

BRACKETED = re.compile(r"⟦[^⟦⟧]*⟧")
LETTERS = re.compile(r"[^\W\d_]{2,}")
# What a server or an editor has said is nobody's to translate.
FOREIGN = "code, input, textarea, pre"
BRANDS = (*(each.name for each in PROVIDERS), *(each.label for each in VENDORS.values()))
NAMES = re.compile("|".join([*map(re.escape, BRANDS), r"RFC \d+", r"Testing (cert|CA) #\S+"]))


@pytest.fixture
def brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    real = translation._trans  # type: ignore[attr-defined]

    def bracketed(name: str, singular_at: int) -> Callable[..., str]:
        function = getattr(real, name)

        def call(*args: Any) -> str:
            text: str = function(*args)
            return f"⟦{text}⟧" if str(args[singular_at]).strip() else text

        return call

    for name, singular_at in (("gettext", 0), ("ngettext", 0), ("pgettext", 1), ("npgettext", 1)):
        monkeypatch.setattr(real, name, bracketed(name, singular_at), raising=False)


@pytest.fixture
def server(smtp: Served, settings: Any) -> Listener:
    return listen(smtp, settings, mode="ssl", certificate="untrusted")


def unmarked(part: Locator) -> list[str]:
    """Words that a reader or a screen reader meets within ``part``, outside of brackets."""
    texts: list[str] = part.evaluate_all(
        """(parts, foreign) => parts.flatMap((part) => {
            const texts = [];
            const walker = document.createTreeWalker(part, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
            for (let node = part; node; node = walker.nextNode()) {
                if (node.nodeType === Node.TEXT_NODE) {
                    if (!node.parentElement.closest(foreign)) texts.push(node.data);
                    continue;
                }
                for (const name of ["aria-label", "title", "placeholder", "alt"]) {
                    if (node.getAttribute(name)) texts.push(node.getAttribute(name));
                }
            }
            return texts;
        })""",
        FOREIGN,
    )
    return [text.strip() for text in texts if LETTERS.search(NAMES.sub("", outside(text)))]


def outside(text: str) -> str:
    """What is outside of any brackets, those within others included."""
    while (shorter := BRACKETED.sub("", text)) != text:
        text = shorter
    return text


@pytest.mark.usefixtures("brackets")
@pytest.mark.parametrize("password", [RIGHT, WRONG])
def test_tab_and_result(bare: Bare, superuser_client: Client, server: Listener, password: str) -> None:
    partner = make_partner(**account_of(server))
    bare.show(superuser_client.get(url("edit", partner)).content.decode(), "form")
    values = values_of(partner, smtp_password=password)
    answer = superuser_client.post(url("test_connection", partner), values, headers=HTTP_AJAX)
    bare.answer_next("test_connection", given(answer))
    bare.page.locator("[data-partner-smtp-test-target=button]").click()
    expect(outcome(bare.page)).to_be_visible()
    tab = bare.page.locator("#tab-smtp")
    assert tab.locator("ol [data-stage]").count() == 8
    assert unmarked(tab) == []


@pytest.mark.usefixtures("brackets")
@pytest.mark.parametrize(
    ("address", "part"),
    [
        ("/admin/snippets/partners/", "main table"),
        ("/admin/reports/partner-mail/", "main table"),
        ("/admin/", ".partner-smtp-home"),
    ],
)
def test_overviews(bare: Bare, superuser_client: Client, address: str, part: str) -> None:
    partner = make_partner(name="42", slug="42", smtp_host="", smtp_email="", password="")
    now = timezone.now()
    values = {"smtp_status_since": now, "smtp_tested_at": now, "smtp_certificate_until": now}
    type(partner)._default_manager.update(smtp_status="failed", **values)
    bare.show(superuser_client.get(address).content.decode(), part)
    shown = bare.page.locator("main > *")
    expect(shown).to_be_visible()
    # Wagtail's own word for a tick.
    assert [text for text in unmarked(shown) if text != "True"] == []
