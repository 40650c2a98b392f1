"""The chart's geometry: every message is seen, nothing sticks out, and the scale is a round number."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from wagtail_partner_smtp.admin.outgoing.chart import HEIGHT, WIDTH, Chart
from wagtail_partner_smtp.outbox.operations import DayCount


def chart_of(*days: tuple[int, int, int]) -> Chart:
    first = date(2026, 3, 1)
    return Chart(
        [
            DayCount(day=first + timedelta(days=number), sent=sent, deferred=deferred, failed=failed)
            for number, (sent, deferred, failed) in enumerate(days)
        ]
    )


@pytest.mark.parametrize(
    ("highest", "top"), [(1, 1), (2, 2), (7, 8), (9, 10), (11, 20), (300, 300), (301, 400), (81_000, 100_000)]
)
def test_scale_ends_at_a_round_number(highest: int, top: int) -> None:
    assert chart_of((highest, 0, 0), (0, 0, 0)).top == top


def test_bars_stand_on_each_other_within_the_field() -> None:
    chart = chart_of((50, 30, 20), (0, 0, 100), (0, 0, 0))
    blocks = chart.blocks
    assert [(block.kind, block.y, block.height) for block in blocks] == [
        ("sent", HEIGHT // 2, HEIGHT // 2),
        ("deferred", HEIGHT // 5, 48),
        ("failed", 0, 32),
        ("failed", 0, HEIGHT),
    ]
    assert all(block.x >= 0 and block.x + block.width <= WIDTH for block in blocks)


def test_one_among_thousands_is_seen() -> None:
    assert min(block.height for block in chart_of((100_000, 1, 1)).blocks) == 2


def test_nothing_sent_is_no_chart() -> None:
    assert not chart_of((0, 0, 0))
    assert chart_of((0, 1, 0))


def test_table_has_the_days_on_which_anything_happened() -> None:
    chart = chart_of((1, 0, 0), (0, 0, 0), (0, 0, 3))
    assert [row.failed for row in chart.rows] == [3, 0]
    assert [(kind, number) for kind, _name, number in chart.totals] == [
        ("sent", 1),
        ("deferred", 0),
        ("failed", 3),
    ]
