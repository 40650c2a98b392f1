"""Markup in whatever people type and servers say is text on every page, and no formula in a spreadsheet."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from zipfile import ZipFile

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db import models
from django.test import Client
from django.urls import reverse

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.support.admin import (
    HTTP_AJAX,
    account_of,
    addresses_of,
    client_of,
    endpoint,
    listen,
    make_partner,
    other_names,
    read_again,
    read_spreadsheet,
    section_names,
    url,
    values_of,
)
from tests.support.outbox import deliver
from tests.support.outgoing import make_attempt, make_message, mime, queue_of
from wagtail_partner_smtp.account.encryption import Kind
from wagtail_partner_smtp.account.saving import SEALED
from wagtail_partner_smtp.alerts import news, telling
from wagtail_partner_smtp.connection_test import rounds
from wagtail_partner_smtp.models import AbstractPartner, QueuedMessage, get_partner_model

pytestmark = pytest.mark.django_db

# Ends a text, an attribute of either kind, a script and a comment.
MARK = "=x\"'--></script></title></textarea><x-mark x-attribute=1>"
FORMULAS = ("=", "+", "-", "@", "\t=", "\r=", " =", "\uff1d")


class Marked(HTMLParser):
    """Finds an element or an attribute that only the mark can have made."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = ["x-mark"] if tag == "x-mark" else []
        self.found += made + [name for name, _ in attrs if "x-attribute" in name]


def assert_text(response: Any) -> str:
    """That nothing of the mark is markup; JSON and mail are none."""
    content = response.getvalue() if response.streaming else response.content
    text: str = content.decode("utf-8", "replace")
    kind = response.get("Content-Type", "")
    if "html" in kind:
        assert Marked(text).found == []
    elif response.status_code < 300 and content:
        assert kind.startswith(("application/json", "text/plain", "text/csv", "application/vnd"))
    return text


@pytest.fixture
def client(superuser: User) -> Client:
    superuser.first_name = superuser.last_name = MARK
    superuser.save()
    return client_of(superuser)


@pytest.fixture
def partner() -> AbstractPartner:
    """One that has the mark in each column of text, and mail that has it everywhere."""
    partner = make_partner(name=MARK)
    model = get_partner_model()
    texts = {
        field.name: MARK[: field.max_length]
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField)
        and not field.choices
        and not isinstance(field, models.SlugField)
        and field.name not in SEALED.values()
        and not field.generated
    }
    failure = {"code": MARK, "stage": MARK, "smtp_code": None, "enhanced_code": MARK, "beyond_tests": True}
    summary = {
        "code": MARK,
        "cause": MARK,
        "stage": MARK,
        "warnings": [MARK],
        "deliverable": False,
        "ok": False,
    }
    model._default_manager.update(
        **texts, smtp_status="failed", smtp_failures=3, smtp_failure=failure, smtp_test_summary=summary
    )
    partner = read_again(partner)
    make_mail(partner)
    return partner


def make_mail(partner: AbstractPartner) -> None:
    queue_of(partner, trouble_code=MARK[:64], trouble_stage=MARK[:16], partner_name=MARK)
    texts = {"partner_name": MARK, "sender": MARK, "recipients": MARK, "subject": MARK, "message_id": MARK}
    for state in ("failed", "queued", "deferred", "unknown", "sent"):
        message = make_message(
            partner,
            state,
            content=mime(MARK, html=f"<p>{MARK}</p>"),
            **texts,
            code=MARK[:64],
            stage=MARK[:16],
            reply=MARK,
            outcomes={MARK: {"fate": "refused", "reply": MARK}},
        )
        make_attempt(message, "failed", code=MARK[:64], stage=MARK[:16], reply=MARK)


QUERIES = ("?q={mark}&mail={mark}&p=1", "?export=csv", "?ordering={mark}&next={mark}&kind={mark}")


def pages(partner: AbstractPartner) -> Iterator[str]:
    """Every address of the plugin, and those of Wagtail that show partners."""
    viewset = get_partner_model().snippet_viewset  # type: ignore[attr-defined]
    own = [viewset.get_url_name(name) for name in section_names()]
    chooser = viewset.get_chooser_admin_url_namespace()
    others = ["wagtailadmin_home", "wagtailadmin_reports:site_history"]
    names = [*own, *other_names(), *others, f"{chooser}:choose", f"{chooser}:choose_results"]
    yield from addresses_of(*names, arguments=[partner.pk, "resend"])
    options = partner._meta
    for action in ("delete", "test_connection"):
        yield reverse("wagtail_bulk_action", args=[options.app_label, options.model_name, action])


def test_the_mark_is_found_where_it_is_markup() -> None:
    assert Marked(f"<p>{MARK}").found == ["x-mark", "x-attribute"]
    assert Marked(f"<p title='{MARK}'>").found
    assert Marked("<p title='&lt;x-mark x-attribute=1&gt;'>&lt;x-mark&gt;").found == []


def test_every_page_shows_it_as_text(client: Client, partner: AbstractPartner) -> None:
    shown = 0
    for address in pages(partner):
        for query in QUERIES:
            separator = "&" if "bulk" in address else ""
            query = query.format(mark="%3Cx-mark%20x-attribute%3D1%3E%22%27")
            start = f"?id={partner.pk}" if "bulk" in address else ""
            response = client.get(f"{address}{start}{query.replace('?', separator or '?')}")
            assert response.status_code in (200, 302, 400, 403, 404, 405), address
            text = assert_text(response)
            shown += "x-mark" in text
    assert shown > 20


@pytest.mark.parametrize("is_connected", [True, False])
def test_so_does_the_account_of_a_mailbox_that_is_or_was_connected(
    client: Client, partner: AbstractPartner, is_connected: bool
) -> None:
    sealed = partner.sealed_smtp_oauth_token(Kind.REFRESH_TOKEN, "token")
    get_partner_model()._default_manager.update(
        smtp_auth="oauth",
        smtp_oauth_needs_consent="" if is_connected else MARK[:64],
        **{SEALED[Kind.REFRESH_TOKEN]: sealed},
    )
    for name in ("edit", "inspect", "copy"):
        assert "x-mark" in assert_text(client.get(url(name, partner)))
    for address in (url("list"), reverse("partner_smtp_report"), reverse("wagtailadmin_home")):
        assert_text(client.get(address))


def test_every_answer_to_a_form_shows_it_as_text(client: Client, partner: AbstractPartner) -> None:
    names = [*values_of(partner), "smtp_password", "smtp_sender_name", "smtp_reply_to", "smtp_oauth_provider"]
    for name in names:
        sent = values_of(partner, name="Acme", smtp_host="localhost", smtp_login="user") | {name: MARK}
        for address in (
            url("add"),
            url("edit", partner),
            endpoint(partner),
            endpoint(),
            url("find_settings_new"),
        ):
            response = client.post(address, sent, follow=True)
            assert response.status_code in (200, 400), address
            assert_text(response)


def test_every_action_on_mail_shows_it_as_text(client: Client, partner: AbstractPartner) -> None:
    ids = list(QueuedMessage.objects.values_list("pk", flat=True))
    for action in ("retry", "cancel", "resend"):
        sent = {"id": ids, "next": MARK, "query": MARK, "queue": ""}
        asked = client.post(reverse("partner_smtp_mail_action", args=[action]), sent)
        assert asked.status_code in (200, 302)
        assert_text(asked)
        assert_text(
            client.post(
                reverse("partner_smtp_mail_action", args=[action]), sent | {"confirmed": "1"}, follow=True
            )
        )


# What servers say


REPLIES = {
    "BANNER": f"554 5.7.1 {MARK}",
    "EHLO": f"250-{MARK}\r\n250-{MARK}\r\n250 AUTH {MARK}",
    "AUTH": f"535 5.7.8 {MARK}",
    "MAIL": f"550 5.1.0 {MARK}",
    "RCPT": f"550 5.1.1 {MARK}",
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", REPLIES)
def test_what_a_server_says_is_text_wherever_it_is_shown(
    client: Client, smtp: Served, settings: Any, verb: str
) -> None:
    server = listen(smtp, settings, mode="plain", rules=(on(verb, reply=REPLIES[verb]),))
    partner = make_partner(**account_of(server), password="pass")
    response = client.post(endpoint(partner), values_of(partner), headers=HTTP_AJAX)
    assert response["Content-Type"] == "application/json"
    assert_text(client.post(url("send_test_email", partner), headers=HTTP_AJAX))
    partner.queue_mail("Invoice", "Hello", ["ann@example.org"])
    deliver()
    message = QueuedMessage.objects.get()
    assert message.code or message.queue.trouble_code
    shown = [
        assert_text(client.get(address))
        for address in (
            url("edit", partner),
            url("inspect", partner),
            url("list"),
            url("outgoing_mail", partner),
            reverse("partner_smtp_message", args=[message.pk]),
            reverse("partner_smtp_report"),
            reverse("wagtailadmin_home"),
        )
    ]
    assert any("x-mark" in text for text in shown)


# Spreadsheets and mail


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("beginning", FORMULAS)
def test_no_cell_of_a_spreadsheet_is_a_formula(client: Client, kind: str, beginning: str) -> None:
    partner = make_partner(name="Acme", password="")
    text = f'{beginning}HYPERLINK("https://evil.example","x")'
    columns = ["name", "slug", "smtp_host", "smtp_login", "smtp_email", "smtp_sender_name", "smtp_reply_to"]
    get_partner_model()._default_manager.update(**dict.fromkeys(columns, text), smtp_oauth_provider=text[:64])
    make_message(partner, "failed", partner_name=text, subject=text, recipients=text, sender=text, reply=text)
    for address in (url("list"), reverse("partner_smtp_report"), reverse("partner_smtp_outgoing_mail")):
        _, cells = read_spreadsheet(client, address, kind)
        found = [cell for row in cells for cell in row if "HYPERLINK" in cell]
        assert found
        if kind == "csv":
            assert not [cell for cell in found if not cell.startswith("'") and not cell.startswith(" '")]


@pytest.mark.parametrize("address", ["list", "partner_smtp_report"])
def test_no_cell_of_a_workbook_has_a_formula(client: Client, address: str) -> None:
    make_partner(name=f"={MARK}")
    response = client.get(f"{url(address) if address == 'list' else reverse(address)}?export=xlsx")
    archive = ZipFile(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]
    for name in archive.namelist():
        assert b"<f>" not in archive.read(name)


def test_an_alert_is_plain_text_of_which_each_line_is_ours(settings: Any) -> None:
    settings.PARTNER_SMTP_ALERT_RECIPIENTS = ["admin@example.com"]
    partner = make_partner(name=f"{MARK}\r\nBcc: eve@example.net\r\n\r\n<b>x</b>", smtp_host="10.0.0.1")
    (report,) = rounds.check_all([partner], jobs=1)
    telling.tell(list(news.of(partner, report)))
    (sent,) = mail.outbox
    assert isinstance(sent, mail.EmailMessage)
    assert not getattr(sent, "alternatives", [])
    raw = sent.message().as_bytes()
    assert b"text/html" not in raw
    assert b"\nBcc:" not in raw
    assert json.dumps(sent.recipients()) == '["admin@example.com"]'
