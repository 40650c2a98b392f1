"""The list of partners beside a plain snippet list of as many rows and columns."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from statistics import median
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse

from tests.benchmarks.plain.models import Row
from tests.benchmarks.site import migrate
from wagtail_partner_smtp.admin.lists.listing import bulk_test_url
from wagtail_partner_smtp.models import get_partner_model

PASSWORD_COLUMN = "v1:none:none"
PAGES = ("", "?p=200", "?q=7")
BULK = 3000


def table(rows: int, runs: int) -> Iterator[str]:
    """The lines of the comparison."""
    migrate()
    fill(rows)
    yield f"{'processor':22}{'partners':>10}{'plain':>10}{'ratio':>8}   queries"
    addresses = addresses_of_lists()
    for page in PAGES:
        partners, plain = measured([address + page for address in addresses], runs)
        name = f"{rows} rows {page}"
        yield (
            f"{name:22}{partners[0]:>7.1f} ms{plain[0]:>7.1f} ms{partners[0] / plain[0]:>8.2f}"
            f"   {partners[1]} and {plain[1]}"
        )
    others = {
        "report": reverse("partner_smtp_report"),
        "first page": reverse("wagtailadmin_home"),
        f"bulk test, {BULK} rows": bulk_page(),
    }
    *measures, yardstick = measured([*others.values(), addresses[1]], runs)
    for name, (taken, queries) in zip(others, measures, strict=True):
        yield f"{name:22}{taken:>7.1f} ms{yardstick[0]:>7.1f} ms{taken / yardstick[0]:>8.2f}   {queries}"


def bulk_page() -> str:
    """That which tests three thousand partners of a filtered list."""
    return bulk_test_url(get_partner_model(), id="all", smtp_security="ssl")


def fill(rows: int) -> None:
    names = [f"Partner {number:05}" for number in range(rows)]
    model = get_partner_model()
    User.objects.create_superuser("benchmark")
    Row._default_manager.bulk_create(
        Row(name=name, host="mail.example.com", email="billing@example.com") for name in names
    )
    model._default_manager.bulk_create(
        model(
            name=name,
            slug=f"partner-{number}",
            smtp_uuid=uuid4(),
            smtp_host="mail.example.com",
            smtp_email="billing@example.com",
            smtp_login="billing",
            smtp_security="ssl" if number < BULK else "tls",
            smtp_password_encrypted=PASSWORD_COLUMN,
        )
        for number, name in enumerate(names)
    )


def addresses_of_lists() -> list[str]:
    get_resolver().url_patterns  # noqa: B018  registers the snippets
    models: list[Any] = [get_partner_model(), Row]
    return [reverse(model.snippet_viewset.get_url_name("list")) for model in models]


def measured(addresses: Sequence[str], runs: int) -> list[tuple[float, int]]:
    """Milliseconds of the processor (median) and queries of each, asked for in turn, so that noise is shared."""
    client = Client()
    client.force_login(User.objects.get(username="benchmark"))
    queries = [queries_of(client, address) for address in addresses]
    times: list[list[float]] = [[] for _ in addresses]
    for _ in range(runs):
        for address, taken in zip(addresses, times, strict=True):
            started = time.process_time()
            client.get(address)
            taken.append((time.process_time() - started) * 1000)
    return list(zip(map(median, times), queries, strict=True))


def queries_of(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
        return len(captured)
