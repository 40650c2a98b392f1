"""No page reads all rows to show some."""

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tests.support.admin import client_of, make_partner, url
from tests.support.delivery import make_message
from wagtail_partner_smtp.connection_test import leases
from wagtail_partner_smtp.models import QueuedMessage, get_partner_model

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor == "mysql", reason="looks through a small table in any case"),
]

REPORT = "partner_smtp_report"
LOST_KEY = "v1:0123456789abcdef:AAAA"
STATES = ("ok", "ok", "changed", "failed")


@pytest.fixture
def client(admin_user: Any) -> Client:
    return client_of(admin_user)


@pytest.fixture(params=["", LOST_KEY], ids=["readable", "key lost"])
def partners(request: pytest.FixtureRequest) -> None:
    model = get_partner_model()
    model._default_manager.bulk_create(
        model(
            name=f"P{number:03}",
            slug=f"p{number}",
            smtp_host="mail.example.com",
            smtp_status=STATES[number % len(STATES)],
            smtp_certificate_until=timezone.now() + timedelta(days=number),
            smtp_password_encrypted=request.param if number == 7 else "",
        )
        for number in range(120)
    )


def plans(queries: CaptureQueriesContext) -> list[str]:
    """How the database reads the partners' table, statement by statement."""
    table = get_partner_model()._meta.db_table
    asked = [query["sql"] for query in queries.captured_queries if f'FROM "{table}"' in query["sql"]]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # It looks through a small table in any case.
            cursor.execute("SET LOCAL enable_seqscan = off")
        found = []
        for sql in asked:
            cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{sql}")
            found.append("\n".join(str(row[-1]) for row in cursor.fetchall()))
    return found


def reads_all(plan: str) -> bool:
    """Whether rows are looked at one by one; counting them in an index alone is another matter."""
    table = get_partner_model()._meta.db_table
    return bool(re.search(rf"SCAN {table}(?! USING COVERING INDEX)|Seq Scan on", plan))


@pytest.mark.usefixtures("partners")
@pytest.mark.parametrize(
    ("name", "query"),
    [("wagtailadmin_home", ""), (REPORT, ""), (REPORT, "?p=3"), (REPORT, "?ordering=-smtp_status")],
)
def test_rows_are_found_by_an_index(client: Client, name: str, query: str) -> None:
    url = reverse(name) + query
    client.get(url)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(url).status_code == 200
    found = plans(queries)
    assert len(found) >= 3
    assert not [plan for plan in found if reads_all(plan)]
    # A sort takes no more than what comes first whatever its state.
    if connection.vendor == "sqlite":
        sorted_ = [plan for plan in found if "USE TEMP B-TREE FOR ORDER BY" in plan]
        assert all("MULTI-INDEX OR" in plan for plan in sorted_), sorted_


def test_the_lists_queries_depend_neither_on_running_tests_nor_on_queued_mail(
    client: Client, superuser: Any, settings: Any
) -> None:
    settings.PARTNER_SMTP_QUEUE_TASKS = False
    partners = [make_partner(slug=f"p{number}") for number in range(3)]

    def number_of_queries() -> int:
        with CaptureQueriesContext(connection) as queries:
            response = client.get(url("list"))
        assert response.content.decode().count(f"{len(QueuedMessage.objects.all()) // 3} waiting") == 3
        return len(queries)

    def queue(number: int) -> None:
        for partner in partners:
            partner.queue_mails(make_message(partner) for _ in range(number))

    queue(1)
    number_of_queries()
    idle = number_of_queries()
    queue(40)
    with ExitStack() as running:
        for partner in partners:
            running.enter_context(leases.hold(partner, superuser))
        assert number_of_queries() == idle


def test_a_scan_would_be_found() -> None:
    model = get_partner_model()
    with CaptureQueriesContext(connection) as queries:
        list(model._default_manager.filter(smtp_login="x").order_by())
    if connection.vendor == "sqlite":
        assert [reads_all(plan) for plan in plans(queries)] == [True]
