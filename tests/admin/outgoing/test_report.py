"""The report *Outgoing mail* and a partner's own page: what they list, how they narrow it, and at what cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.support.admin import make_partner, read_spreadsheet
from tests.support.admin import url as section_url
from tests.support.outgoing import (
    AUTH_REPLY,
    RESULTS,
    URL,
    ago,
    make_attempt,
    make_message,
    mime,
    queue_of,
    row_for,
    see_worker,
)
from wagtail_partner_smtp.models import AbstractPartner, QueuedMessage

pytestmark = pytest.mark.django_db


def html_of(client: Client, address: str = URL) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode().replace("\xa0", " ")


def listed(client: Client, address: str = URL) -> list[str]:
    """The subjects of the page, from top to bottom."""
    response = client.get(address)
    assert response.status_code == 200
    return [message.subject for message in response.context["object_list"]]


def test_row_says_what_became_of_the_message(client: Client, partner: AbstractPartner) -> None:
    see_worker(timezone.now())
    make_message(
        partner,
        "deferred",
        recipients="jane@example.net\nbob@example.net\neve@example.net",
        code="server_busy",
        stage="connect",
        reply="421 4.3.2 Try again later",
        due_at=timezone.now() + timedelta(minutes=9.5),
        attempted_at=ago(minutes=5),
    )
    html = html_of(client)
    for text in (
        "jane@example.net",
        "and 2 more",
        "Acme",
        "Invoice 1",
        "Waiting to be tried again",
        "(9 minutes left)",
        "5 minutes ago",
    ):
        assert text in html
    assert "(421)" in html or "busy" in html


@pytest.mark.parametrize("state", ["queued", "deferred"])
def test_stopped_mail_says_so_instead_of_a_time(client: Client, partner: AbstractPartner, state: str) -> None:
    queue_of(partner, stopped_at=ago(hours=1))
    make_message(partner, state, due_at=timezone.now() + timedelta(minutes=9))
    html = html_of(client)
    assert "The mail of this partner is stopped." in html
    assert "Next attempt" not in html


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["D", "C", "B", "A"]),
        ("?ordering=created_at", ["A", "B", "C", "D"]),
        ("?ordering=nonsense", ["D", "C", "B", "A"]),
        ("?state=failed", ["B"]),
        ("?state=failed&state=unknown", ["C", "B"]),
        ("?state=nonsense", ["D", "C", "B", "A"]),
        ("?partner=BETA", ["D"]),
        ("?partner=nobody", []),
        ("?recipient=carol", ["C"]),
        ("?recipient=%25", []),
        ("?q=invoice:1", ["A"]),
        ("?q=%3C4%40", ["D"]),
        ("?q=bob@", ["B"]),
        ("?since=2026-03-02", ["C", "B"]),
        ("?until=2026-03-02", ["D", "B", "A"]),
        ("?since=2026-03-02&until=2026-03-02", ["B"]),
        ("?since=nonsense", ["D", "C", "B", "A"]),
        ("?since=0001-01-01", ["D", "C", "B", "A"]),
        ("?until=9999-12-31", ["D", "C", "B", "A"]),
    ],
)
def test_filters_and_search(client: Client, partner: AbstractPartner, query: str, found: list[str]) -> None:
    def at(day: int, hour: int) -> Any:
        return timezone.make_aware(timezone.datetime(2026, 3, day, hour))  # type: ignore[attr-defined]

    beta = make_partner(name="Beta", slug="beta")
    make_message(partner, "sent", subject="A", key="invoice:1", created_at=at(1, 23), message_id="<1@x>")
    make_message(partner, "failed", subject="B", recipients="bob@x", created_at=at(2, 0), message_id="<2@x>")
    make_message(
        partner, "unknown", subject="C", recipients="ann@x\ncarol@x", created_at=at(3, 0), message_id="<3@x>"
    )
    make_message(beta, "queued", subject="D", created_at=at(1, 1), message_id="<4@x>")
    assert listed(client, URL + query) == listed(client, RESULTS + query) == found


def test_partner_has_a_page_of_its_own(client: Client, partner: AbstractPartner) -> None:
    make_message(partner, subject="Mine")
    make_message(make_partner(name="Beta", slug="beta"), subject="Other")
    own = section_url("outgoing_mail", partner)
    for address in (own, section_url("outgoing_mail_results", partner), f"{own}?partner=beta"):
        assert listed(client, address) == ["Mine"]
    assert listed(client, f"{own}?state=failed") == []
    assert [row[5] for row in read_spreadsheet(client, own, "csv")[1]] == ["Mine"]
    assert own in html_of(client, section_url("edit", partner))


@pytest.mark.parametrize("pk", ["0", "nonsense", "9" * 40])
@pytest.mark.parametrize("page", ["", "results/"])
def test_no_partner_has_no_page(client: Client, partner: AbstractPartner, pk: str, page: str) -> None:
    address = section_url("outgoing_mail", partner).replace(f"/{partner.pk}/", f"/{pk}/")
    assert client.get(address + page).status_code == 404


def test_partner_without_mail_says_so(client: Client, partner: AbstractPartner) -> None:
    assert "No mail of this partner was queued yet." in html_of(client, section_url("edit", partner))
    assert listed(client, section_url("outgoing_mail", partner)) == []


def test_copy_and_new_partner_have_no_mail(
    client: Client, partner: AbstractPartner, superuser_client: Client
) -> None:
    make_message(partner)
    for address in (section_url("add"), section_url("copy", partner)):
        html = html_of(superuser_client, address)
        assert "jane@example.net" not in html
        assert "tab-outgoing_mail" not in html


HOSTILE = '<img src=x onerror="alert(1)">'


def test_what_came_from_elsewhere_is_text(client: Client, partner: AbstractPartner) -> None:
    message = make_message(
        partner,
        "failed",
        subject=HOSTILE,
        recipients=HOSTILE,
        key=HOSTILE,
        message_id=HOSTILE,
        sender=HOSTILE,
        partner_name=HOSTILE,
        code=HOSTILE[:60],
        outcomes={HOSTILE: {"fate": "refused", "reply": HOSTILE}},
    )
    make_attempt(message, "failed", reply=HOSTILE, code=HOSTILE[:60])
    queue_of(partner, stopped_at=ago(hours=1), trouble_code=HOSTILE[:60])
    addresses = (
        URL,
        section_url("outgoing_mail", partner),
        section_url("edit", partner),
        f"{URL}{message.pk}/",
        "/admin/",
    )
    for address in addresses:
        html = html_of(client, address)
        assert "<img src=x" not in html, address


# The number of queries


def make_many(partner: AbstractPartner, number: int) -> None:
    states = ("sent", "failed", "deferred", "queued", "unknown", "partly")
    rows = [
        row_for(partner, states[each % 6], subject=f"Invoice {each}", code="data_refused", reply="550 No")
        for each in range(number)
    ]
    QueuedMessage.objects.bulk_create(rows)


@pytest.mark.parametrize(
    "query", ["", "?state=sent&state=failed", "?q=invoice&recipient=jane", "?partner=a", "?export=csv"]
)
@pytest.mark.parametrize("page", ["all", "own", "list", "mail", "home", "edit"])
def test_number_of_queries_does_not_grow(
    client: Client, partner: AbstractPartner, query: str, page: str
) -> None:
    address = {
        "all": URL,
        "own": section_url("outgoing_mail", partner),
        "list": section_url("list"),
        "mail": "/admin/reports/partner-mail/",
        "home": "/admin/",
        "edit": section_url("edit", partner),
    }[page]
    if page not in ("all", "own") and query:
        pytest.skip("has none of these filters")
    others = [make_partner(name=f"P{each}", slug=f"p{each}") for each in range(2)]

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            response = client.get(address + query)
            assert response.status_code == 200
            response.getvalue()
        return len(queries)

    for each in (partner, others[0]):
        make_many(each, 6)
        queue_of(each, stopped_at=ago(hours=1))
    count()
    few = count()
    for each in (partner, *others, *(make_partner(name=f"N{n}", slug=f"n{n}") for n in range(8))):
        make_many(each, 12)
        queue_of(each, stopped_at=ago(hours=1))
    assert count() == few


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the others know how many rows there are")
@pytest.mark.parametrize("page", ["all", "own"])
def test_a_page_reads_no_more_rows_than_it_shows(client: Client, partner: AbstractPartner, page: str) -> None:
    make_many(partner, 6)
    with CaptureQueriesContext(connection) as queries:
        html_of(client, URL if page == "all" else section_url("outgoing_mail", partner))
    (rows,) = (each["sql"] for each in queries if each["sql"].endswith("LIMIT 6"))
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + rows)
        plan = [step[-1] for step in cursor.fetchall()]
    assert not [step for step in plan if "TEMP B-TREE" in step], plan


# Spreadsheets


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_spreadsheet_has_words_and_no_body(client: Client, partner: AbstractPartner, kind: str) -> None:
    make_message(
        partner,
        "failed",
        content=mime("The secret text"),
        recipients="a@x\nb@x",
        code="auth_failed",
        reply=AUTH_REPLY,
        key="invoice:1",
        created_at=timezone.now(),
    )
    headings, [row] = read_spreadsheet(client, URL, kind)
    values = dict(zip(headings, row, strict=True))
    assert values["Partner"] == "Acme"
    assert values["State"] == "Failed"
    assert values["Reason"] == "The server does not accept login and password."
    assert values["Recipients"] == "a@x, b@x"
    assert values["Server's reply"] == AUTH_REPLY
    assert values["Key"] == "invoice:1"
    assert "secret text" not in str(row)


def test_what_has_ended_has_no_next_attempt(client: Client, partner: AbstractPartner) -> None:
    later = timezone.now() + timedelta(days=5)
    for state in ("cancelled", "queued"):
        make_message(partner, state, due_at=later)
    headings, rows = read_spreadsheet(client, URL, "csv")
    due = headings.index("Next attempt")
    assert [(row[1], bool(row[due])) for row in rows] == [("Queued", True), ("Cancelled", False)]


def test_text_of_a_spreadsheet_is_no_formula(client: Client, partner: AbstractPartner) -> None:
    make_message(
        partner,
        "failed",
        subject='=HYPERLINK("https://evil.example")',
        key="+1",
        reply="@SUM(1)",
        recipients="-1@x",
    )
    [row] = read_spreadsheet(client, URL, "csv")[1]
    assert '\'=HYPERLINK("https://evil.example")' in row
    for cell in ("'+1", "'@SUM(1)", "'-1@x"):
        assert cell in row


def test_spreadsheet_follows_filters_and_has_all_pages(client: Client, partner: AbstractPartner) -> None:
    make_many(partner, 120)
    assert len(read_spreadsheet(client, URL, "csv")[1]) == 120
    rows = read_spreadsheet(client, f"{URL}?state=failed", "csv")[1]
    assert len(rows) == 20
    assert {row[1] for row in rows} == {"Failed"}


# What stands above the list


def test_chart_and_its_table(client: Client, partner: AbstractPartner) -> None:
    assert "The last 30 days" not in html_of(client)
    for state in ("sent", "sent", "partly", "failed", "unknown"):
        make_message(partner, state)
    make_attempt(make_message(partner, "deferred"), "deferred")
    html = html_of(client)
    for text in (
        "The last 30 days",
        "Sent: <strong>3",
        "Deferred: <strong>1",
        "Failed or unknown: <strong>2",
    ):
        assert text in html
    table = html.split("Outgoing mail of each day</caption>")[1].split("</table>")[0]
    assert [part.split("</td>")[0] for part in table.split("<td>")[1:]] == ["3", "1", "2"]
    assert "style=" not in html.split("partner-smtp-chart__picture")[1].split("</svg>")[0]
    assert "The last 30 days" not in html_of(client, RESULTS)


def test_missing_worker_is_told_while_mail_waits(client: Client, partner: AbstractPartner) -> None:
    see_worker(ago(minutes=35))
    told = "No worker has been seen for 35 minutes."
    assert told not in html_of(client)
    make_message(partner, "queued", due_at=ago(minutes=50))
    for address in (
        URL,
        section_url("outgoing_mail", partner),
        section_url("list"),
        "/admin/",
        section_url("edit", partner),
    ):
        assert told in html_of(client, address), address
    see_worker(timezone.now())
    assert told not in html_of(client)


def test_pages_work_on_a_site_without_time_zones(client: Client, settings: Any) -> None:
    settings.USE_TZ = False
    partner = make_partner()
    see_worker(ago(minutes=35))
    queue_of(partner, last_sent_at=ago(days=1))
    message = make_message(partner, "deferred", due_at=ago(minutes=30), attempted_at=ago(hours=1))
    make_attempt(message, "deferred")
    make_message(partner, "sent")
    pages = (
        "/admin/",
        section_url("list"),
        section_url("edit", partner),
        section_url("outgoing_mail", partner),
    )
    for address in (URL, f"{URL}?since=2020-01-01", f"{URL}{message.pk}/", *pages):
        assert "No worker has been seen for" in html_of(client, address), address
