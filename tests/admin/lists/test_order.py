"""The order of the list of partners."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.support.admin import make_partner, url

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", ("name", "pk")),
        ("?ordering=smtp_host", ("smtp_host", "pk")),
        ("?ordering=-name", ("-name", "pk")),
    ],
)
def test_what_rows_have_in_common_puts_none_on_two_pages(
    client: Client, query: str, order: tuple[str, ...]
) -> None:
    make_partner()
    page = client.get(url("list") + query).context["page_obj"]
    assert page.paginator.object_list.query.order_by == order
