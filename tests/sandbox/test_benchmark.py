"""The benchmark runs."""

from __future__ import annotations

import json
import re
import sys

from tests.benchmarks.sandbox import LOADS, PEER, growth, in_a_process, paces, rows


def test_start_and_stop_can_be_measured() -> None:
    assert set(json.loads(in_a_process("--measure", "smtp_sandbox"))) == {"start", "stop_tls"}


def test_stops_are_compared_in_pairs() -> None:
    # Since Python 3.12 the Controller waits for half a minute, which is not waited for.
    expected = r"faster in \d+% of 2 pairs" if sys.version_info < (3, 12) else "> 5000 ms"
    assert re.search(expected, in_a_process("--stops", "2"))


def test_the_sandbox_is_compared_with_a_peer_message_by_message() -> None:
    found = paces(["smtp_sandbox", PEER], runs=1, scale=0.02)

    assert {name: [len(pace.wall) for pace in each] for name, each in found.items()} == {
        "smtp_sandbox": [1] * len(LOADS),
        PEER: [1] * len(LOADS),
    }
    assert len(list(rows(found))) == 3 * len(LOADS)


def test_memory_is_that_of_the_messages() -> None:
    assert growth("smtp_sandbox", 2000) > 2000 * 1500 / 2**20
