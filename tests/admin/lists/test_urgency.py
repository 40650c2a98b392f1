from __future__ import annotations

from itertools import product

import pytest
from django.db.models import Count, QuerySet

from test_project.invoices.models import Invoice
from wagtail_partner_smtp.admin.lists.urgency import MOST_URGENT_FIRST, ByUrgency, urgency
from wagtail_partner_smtp.models import Partner, SMTPStatus

pytestmark = pytest.mark.django_db

LOST_KEY = "v1:0123456789abcdef:AAAA"


@pytest.fixture
def partners() -> QuerySet[Partner]:
    """Two of each state, one of which cannot log in, in disorder; of some states nobody knows."""
    states = (*reversed(MOST_URGENT_FIRST), "newer", "unheard of")
    Partner.objects.bulk_create(
        Partner(
            name=name,
            slug=f"{name}-{number}",
            smtp_status=state,
            smtp_host="" if state == "ok" else "mail.example.com",
            smtp_password_encrypted=LOST_KEY if name == "b" else "",
        )
        for name, (number, state) in product("ba", enumerate(states))
    )
    return Partner.objects.all()


def test_each_state_has_its_place() -> None:
    assert sorted(MOST_URGENT_FIRST) == sorted(SMTPStatus)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("names", [["name", "pk"], ["pk"]])
def test_pages_are_parts_of_the_whole_order(
    partners: QuerySet[Partner], reverse: bool, names: list[str]
) -> None:
    key = urgency().desc(nulls_last=True) if reverse else urgency().asc(nulls_last=True)
    expected = list(partners.order_by(key, *names))
    rows = ByUrgency(partners, names, reverse=reverse)
    assert rows.count() == len(expected) == 20
    for size in (1, 3, 7, 50):
        assert [row for at in range(0, 20, size) for row in rows[at : at + size]] == expected


def test_nobody_is_a_page_as_well() -> None:
    rows = ByUrgency(Partner.objects.none(), ["pk"])
    assert (rows.count(), rows[0:50]) == (0, [])


def test_rows_that_a_site_joins_with_others_count_once(partners: QuerySet[Partner]) -> None:
    Invoice.objects.bulk_create(Invoice(partner=partner, number=n) for partner in partners for n in "ab")
    expected = list(partners.order_by(urgency().asc(nulls_last=True), "pk"))
    numbered, joined = partners.annotate(number=Count("invoice")), partners.filter(invoice__number__in="ab")
    for rows in (numbered, joined.distinct(), numbered.distinct()):
        pages = ByUrgency(rows, ["pk"])
        assert pages.count() == 20
        assert pages[5:15] == expected[5:15]
