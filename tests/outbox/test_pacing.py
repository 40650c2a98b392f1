from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from wagtail_partner_smtp.outbox import pacing

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("rate", [1, 2, 5, 6, 7, 30, 60, 100, 600])
@pytest.mark.parametrize("batch", [1, 3, 50])
def test_in_no_minute_more_messages_leave_than_the_rate(rate: int, batch: int) -> None:
    now, free, sent = NOON, None, []
    while now < NOON + timedelta(minutes=5):
        granted = pacing.allowance(rate, free, now, batch)
        free = granted.free_at
        sent += [now] * granted.messages
        now += timedelta(milliseconds=250)
    for start in sent:
        assert sum(1 for each in sent if start <= each < start + timedelta(minutes=1)) <= rate
    most = min(rate, 240 * batch)  # at four looks a second
    assert len(sent) >= 0.7 * most * 5


def test_without_a_rate_everything_leaves() -> None:
    assert pacing.allowance(None, NOON + timedelta(hours=1), NOON, 7) == pacing.Allowance(
        messages=7, free_at=None
    )


def test_a_clock_that_was_put_back_holds_a_queue_for_a_minute_at_most() -> None:
    allowed = pacing.allowance(6, NOON + timedelta(days=1), NOON, 1)
    assert allowed.messages == 0
    assert allowed.free_at is not None
    assert allowed.free_at <= NOON + timedelta(minutes=1)


def test_p54_waiting_grows_to_a_cap_and_is_spread() -> None:
    waits = [{pacing.back_off(failures) for _ in range(50)} for failures in range(1, 20)]
    assert all(len(each) > 40 for each in waits), "no two come back at one moment"
    assert all(min(each) >= pacing.BACK_OFF[min(n, 6)] for n, each in enumerate(waits))
    assert max(max(each) for each in waits) <= pacing.LONGEST_WAIT


def test_a_learnt_rate_recovers_by_itself() -> None:
    step = pacing.RECOVERY
    assert [pacing.recovered_rate(5, step * n, 30) for n in range(4)] == [5, 10, 20, 30]
    assert pacing.recovered_rate(5, pacing.FORGOTTEN_AFTER, None) is None
    assert pacing.recovered_rate(None, step, None) is None
    assert pacing.recovered_rate(5, -step, 30) == 5
    assert [pacing.recovered_sessions(1, step * n, 3) for n in range(4)] == [1, 2, 3, 3]


@pytest.mark.parametrize(
    ("current", "seen", "expected"), [(None, 30, 15), (60, 30, 15), (10, 30, 5), (1, 0, 1), (None, 0, 1)]
)
def test_half_of_what_was_too_much_is_tried_next(current: int | None, seen: int, expected: int) -> None:
    assert pacing.lowered(current, seen) == expected
