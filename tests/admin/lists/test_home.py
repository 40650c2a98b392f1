"""The admin's first page: what it says of partners' mail, to whom, and when it says nothing."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.admin.lists.test_report import HOSTILE, days, make, make_many, make_pinned
from tests.support.admin import client_of, make_partner, permit
from tests.support.admin import url as section_url
from wagtail_partner_smtp.models import get_partner_model

pytestmark = pytest.mark.django_db


def panel(client: Client) -> str:
    """The HTML of our panel, empty if there is none."""
    response = client.get(reverse("wagtailadmin_home"))
    assert response.status_code == 200
    found = re.search(
        r'<section[^>]* id="partner-mail-section".*?</section>', response.content.decode(), re.S
    )
    return found.group() if found else ""


def text_of(client: Client) -> str:
    """The words of our panel."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", panel(client))).split())


def matches(client: Client, sentence: str) -> int:
    """How many partners the report shows that the sentence leads to."""
    found = re.search(rf'<a href="([^"]*)">{re.escape(html.escape(sentence))}</a>', panel(client))
    assert found
    count: int = client.get(html.unescape(found[1])).context["items_count"]
    return count


def test_nothing_is_said_while_all_is_well(client: Client) -> None:
    assert panel(client) == ""
    for status in ("ok", "changed", "untested"):
        make(status, smtp_status=status, smtp_certificate_until=days(14.1))
    make("Idle", smtp_status="failed", smtp_certificate_until=days(1), active=False)
    make_pinned("Pinned", smtp_status="ok", smtp_certificate_until=days(-1))
    assert panel(client) == ""


def test_broken_partners_are_counted_and_named(client: Client) -> None:
    alpha = make("Alpha", smtp_status="failed", smtp_status_since=days(-3.1))
    make("Beta", smtp_status="ok")
    make("Delta", smtp_status="failed", active=False)
    assert "1 of 2 partners can't send mail." in text_of(client)
    assert f'<a href="{section_url("edit", alpha)}">Alpha</a>' in panel(client)
    make("Gamma", smtp_status="untrusted", smtp_status_since=days(-1.1))
    text = text_of(client)
    assert (
        "2 of 3 partners can't send mail. Gamma Certificate not trusted 1 day ago Alpha Failed 3 days ago"
        in text
    )
    for name in ("Beta", "Delta", "more", "certificate of"):
        assert name not in text
    assert matches(client, "2 of 3 partners can't send mail.") == 2


def test_failed_mails_are_counted_in_the_words_of_the_report(client: Client) -> None:
    make("Alpha", smtp_status="failed", smtp_status_since=days(-3.1), smtp_failures=1)
    make("Beta", smtp_status="ok", smtp_failures=4)
    make("Delta", smtp_status="failed", smtp_failures=8, active=False)
    assert (
        "1 of 2 partners can't send mail. 1 attempt to send mail has failed. "
        "Alpha Failed 3 days ago 1 attempt to send mail has failed." in text_of(client)
    )
    make("Gamma", smtp_status="login_unused", smtp_status_since=days(-1.1), smtp_failures=41)
    text = text_of(client)
    assert "2 of 3 partners can't send mail. 42 attempts to send mail have failed." in text
    assert "Gamma Login not used 1 day ago 41 attempts to send mail have failed." in text
    assert matches(client, "2 of 3 partners can't send mail.") == 2


def test_lost_key_is_told(client: Client, settings: Any) -> None:
    partner = make_partner()
    type(partner)._default_manager.update(smtp_status="ok")
    assert panel(client) == ""
    settings.PARTNER_SMTP_KEYS = ["another key " * 4]
    sentence = "1 of 1 partners can't send mail."
    assert f"{sentence} Acme The saved password can no longer be read." in text_of(client)
    assert "OK" not in text_of(client)
    assert matches(client, sentence) == 1


def test_partner_that_was_never_set_up_is_not_broken(client: Client) -> None:
    make("Empty", smtp_status="failed", smtp_host="")
    assert panel(client) == ""


def test_first_five_of_many_are_named(client: Client) -> None:
    make_many(7)
    make("Newest", smtp_status="failed", smtp_status_since=days(-1))
    text = text_of(client)
    assert re.findall(r"Newest|P00\d", text) == ["Newest", "P000", "P001", "P002", "P003"]
    assert "and 3 more" in text
    assert matches(client, "and 3 more") == 8


def test_ending_certificates_are_counted(client: Client) -> None:
    make("Alpha", smtp_status="ok", smtp_certificate_until=days(13.9))
    one = "The certificate of 1 mail server ends within 14 days or has ended."
    assert one in text_of(client)
    assert "can't send mail" not in text_of(client)
    assert matches(client, one) == 1
    make("Beta", smtp_status="failed", smtp_certificate_until=days(-1))
    make("Gamma", smtp_certificate_until=days(1), active=False)
    make_pinned("Delta", smtp_certificate_until=days(-1))
    two = "The certificates of 2 mail servers end within 14 days or have ended."
    assert matches(client, two) == 2


@pytest.mark.parametrize("actions", [(), ("view", "add", "change", "delete"), ("view", "manage")])
def test_nothing_is_said_to_those_who_do_not_manage_mail(editor: User, actions: tuple[str, ...]) -> None:
    make("Alpha", smtp_status="failed", smtp_certificate_until=days(1))
    client = client_of(permit(editor, *actions))
    with CaptureQueriesContext(connection) as queries:
        assert panel(client) == ""
    assert about_partners(queries) == []


def not_beta(user: Any, partner: Any) -> bool:
    return getattr(partner, "name", "") not in {"Beta", "Gamma"}


def test_a_site_that_decides_per_partner_has_them_counted_one_by_one(client: Client, settings: Any) -> None:
    settings.PARTNER_SMTP_CAN_MANAGE = f"{__name__}.not_beta"
    make("Beta", smtp_status="failed", smtp_certificate_until=days(1))
    make("Gamma", smtp_status="ok")
    make("Delta", smtp_status="ok")
    assert panel(client) == ""
    make("Alpha", smtp_status="failed")
    text = text_of(client)
    assert "1 of 2 partners can't send mail. Alpha" in text
    assert "certificate" not in text
    assert "Beta" not in text


def refuse(user: Any, partner: Any) -> bool:
    return False


def test_a_site_that_refuses_has_nothing_said(client: Client, settings: Any) -> None:
    settings.PARTNER_SMTP_CAN_MANAGE = f"{__name__}.refuse"
    make("Alpha", smtp_status="failed")
    assert panel(client) == ""


def test_names_are_text(client: Client) -> None:
    make(HOSTILE, smtp_status="failed")
    assert HOSTILE not in panel(client)
    assert HOSTILE in html.unescape(panel(client))


def about_partners(queries: CaptureQueriesContext) -> list[str]:
    table = connection.ops.quote_name(get_partner_model()._meta.db_table)
    return [query["sql"] for query in queries if f"FROM {table}" in query["sql"]]


@pytest.mark.parametrize(
    ("columns", "number"),
    [
        ({"smtp_status": "ok"}, 3),
        ({"smtp_status": "ok", "smtp_certificate_until": 1}, 3),
        ({"smtp_status": "failed"}, 5),
        ({"smtp_status": "failed", "smtp_certificate_until": 1}, 5),
    ],
)
def test_three_or_five_queries_are_enough(client: Client, columns: dict[str, Any], number: int) -> None:
    if left := columns.get("smtp_certificate_until"):
        columns = columns | {"smtp_certificate_until": days(left)}
    model = get_partner_model()
    for count in (10, 1000):
        model._default_manager.all().delete()
        model._default_manager.bulk_create(
            model(name=f"P{each}", slug=f"p{each}", smtp_host="localhost", **columns) for each in range(count)
        )
        with CaptureQueriesContext(connection) as queries:
            panel(client)
        assert len(about_partners(queries)) == number
