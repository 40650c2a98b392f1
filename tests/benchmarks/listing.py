"""The list of partners beside a plain one, the report, the first page and spreadsheets, with few rows and many."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.utils import timezone

from tests.benchmarks.plain.models import Row
from tests.benchmarks.site import migrate
from wagtail_partner_smtp.account import encryption
from wagtail_partner_smtp.account.encryption import Kind
from wagtail_partner_smtp.admin.lists.listing import bulk_test_url
from wagtail_partner_smtp.models import AbstractPartner, get_partner_model

BULK = 3000
STATES = (*8 * ["ok"], "unproven", "changed", "untested")
SPREADSHEETS = (("list", "csv"), ("report", "csv"), ("list", "xlsx"))
FEW = 1000
PLAIN = "plain list"


def table(rows: int, runs: int) -> Iterator[str]:
    """The lines of the comparison: with a thousand partners, with ``rows``, and how the two compare."""
    migrate()
    client = Client()
    User.objects.create_superuser("benchmark")
    client.force_login(User.objects.get(username="benchmark"))
    few: dict[str, Taken] = {}
    for number in (FEW, rows):
        fill(number)
        yield f"{number:,} rows{'processor':>26}{'all':>10}{'to the plain list':>20}{'to 1,000':>14}   queries"
        pages = measured(client, addresses(number), runs)
        few = few or pages
        for name, taken in pages.items():
            plain = pages.get(f"plain {name}", pages[PLAIN])
            yield (
                f"  {name:26}{taken.processor:>6.1f} ms{taken.wall:>7.1f} ms"
                f"{taken.processor / plain.processor:>13.2f}, {taken.wall / plain.wall:.2f}"
                f"{taken.processor / few[name].processor:>9.2f}, {taken.wall / few[name].wall:.2f}"
                f"   {taken.queries}"
            )
        for name, kind in SPREADSHEETS:
            size, memory = spreadsheet(client, f"{addresses(number)[name]}?export={kind}")
            yield f"  {name} as {kind}: {size / 2**20:.1f} MiB, with {memory / 2**20:.1f} MiB of memory at most"


def addresses(rows: int) -> dict[str, str]:
    partners, plain = addresses_of_lists()
    last = f"?p={rows // 50}"
    return {
        PLAIN: plain,
        "list": partners,
        "plain list, last page": plain + last,
        "list, last page": partners + last,
        "plain list, search": f"{plain}?q=7",
        "list, search": f"{partners}?q=7",
        "report": reverse("partner_smtp_report"),
        "report, last page": reverse("partner_smtp_report") + last,
        "first page": reverse("wagtailadmin_home"),
        "bulk test": bulk_page(),
    }


def bulk_page() -> str:
    """That which tests three thousand partners of a filtered list."""
    return bulk_test_url(get_partner_model(), id="all", smtp_security="ssl")


def fill(rows: int) -> None:
    """As many rows of each kind as that, in place of those that were there."""
    names = [f"Partner {number:06}" for number in range(rows)]
    model = get_partner_model()
    for each in (Row, model):
        each._default_manager.all().delete()
    Row._default_manager.bulk_create(
        (Row(name=name, host="mail.example.com", email="billing@example.com") for name in names), 1000
    )
    model._default_manager.bulk_create((_partner(number, name) for number, name in enumerate(names)), 1000)
    if connection.vendor == "postgresql":
        # What autovacuum does in time.
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _partner(number: int, name: str) -> AbstractPartner:
    """One of many, most of whose mail leaves: of 500 one has failed, and one has a certificate that ends soon."""
    partner = get_partner_model()(
        name=name,
        slug=f"partner-{number}",
        smtp_uuid=uuid4(),
        smtp_host="mail.example.com",
        smtp_email="billing@example.com",
        smtp_login="billing",
        smtp_security="ssl" if number < BULK else "tls",
        smtp_status="failed" if number % 500 == 7 else STATES[number % len(STATES)],
        smtp_status_since=timezone.now(),
        smtp_certificate_until=timezone.now() + timedelta(days=3 if number % 500 == 8 else 60),
    )
    partner.smtp_password_encrypted = encryption.seal("a password", partner._own_row(Kind.PASSWORD))
    return partner


def addresses_of_lists() -> list[str]:
    get_resolver().url_patterns  # noqa: B018  registers the snippets
    models: list[Any] = [get_partner_model(), Row]
    return [reverse(model.snippet_viewset.get_url_name("list")) for model in models]


@dataclass(frozen=True)
class Taken:
    """Milliseconds for a page, of this process's processor and in all (medians), and its queries."""

    processor: float
    wall: float
    queries: int


def measured(client: Client, pages: Mapping[str, str], runs: int) -> dict[str, Taken]:
    """The pages asked for in turn, so that noise is shared."""
    queries = {name: queries_of(client, address) for name, address in pages.items()}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in pages}
    for _ in range(runs):
        for name, address in pages.items():
            processor, wall = time.process_time(), time.perf_counter()
            client.get(address)
            times[name].append((time.process_time() - processor, time.perf_counter() - wall))
    return {name: Taken(_median(taken, 0), _median(taken, 1), queries[name]) for name, taken in times.items()}


def _median(times: Sequence[tuple[float, float]], place: int) -> float:
    return 1000 * median(each[place] for each in times)


def queries_of(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
        return len(captured)


def spreadsheet(client: Client, address: str) -> tuple[int, int]:
    """Octets of the file, and the most that Python held while it was written."""
    tracemalloc.start()
    size = sum(map(len, client.get(address)))
    memory = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return size, memory
