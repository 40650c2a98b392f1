"""The documentation: its Markdown, and its numbers.

What breaks a table or a list leaves its source readable, but not its page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.paths import ROOT
from wagtail_partner_smtp.delivery import sessions
from wagtail_partner_smtp.outbox import claiming, outlook, pacing, queueing, sending, tasks, worker
from wagtail_partner_smtp.smtp import envelope, session, transaction

PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("findings/*.md"),
        *ROOT.glob("smtp_sandbox/*.md"),
    ]
)
WORDS = {1: "one", 2: "two", 4: "four", 5: "five", 10: "ten", 20: "20", 100: "100"}
FURTHER_ITEM = re.compile(r"(?!1\.)\d+\. ")


def prose(page: Path) -> Iterator[tuple[int, str]]:
    """The lines outside of code, with their numbers; code counts as an empty line."""
    in_code = False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        is_fence = line.lstrip().startswith("```")
        yield number, "" if in_code or is_fence else line
        in_code ^= is_fence


def indent(line: str) -> int:
    return len(line) - len(line.lstrip())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_row_of_a_table_is_one_line_below_the_others(page: Path) -> None:
    before = ""
    for number, line in prose(page):
        if line.lstrip().startswith("|"):
            assert line.endswith("|"), number
            if before.lstrip().startswith("|"):
                assert indent(line) == indent(before), number
            else:
                assert not before, number
        before = line


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_belongs_to_a_numbered_item_is_indented(page: Path) -> None:
    item: list[tuple[int, str]] = []
    for number, line in prose(page):
        if FURTHER_ITEM.match(line):
            assert [each for each in item if each[1] and not each[1].startswith(" ")] == []
        item = [] if re.match(r"\d+\. |#", line) else [*item, (number, line)]


def minutes(time: timedelta) -> int:
    return int(time.total_seconds() // 60)


BACK_OFF = ", ".join(str(minutes(each)) for each in pacing.BACK_OFF[:-1])
NUMBERS = [
    ("sending", f"a message of {transaction.ASK_FIRST // 2**20} MiB or more"),
    ("architecture", f"A message of {transaction.ASK_FIRST // 2**20} MiB or more asks first"),
    ("sending", f"tried again after {BACK_OFF} minutes, then each hour"),
    ("sending", f"from -{queueing.MAX_PRIORITY} to {queueing.MAX_PRIORITY}"),
    ("sending", f"a name of at most {queueing.MAX_KEY} characters"),
    ("sending", f"{WORDS[sending.LOST_SESSIONS]} sessions in a row that ended"),
    ("sending", f"after {WORDS[minutes(pacing.RECOVERY)]} minutes without such a reply"),
    ("sending", f"begun to leave after {WORDS[int(tasks.IN_A_REQUEST)]} seconds waits"),
    ("sending", f"the end of the session {WORDS[int(session.QUIT_TIMEOUT)]} second"),
    ("sending", f"with {WORDS[worker.THREADS]} threads"),
    ("sending", f"after {WORDS[envelope.EVERY_SERVER_TAKES]} were accepted"),
    ("form-pages", f"takes {WORDS[int(tasks.IN_A_REQUEST)]} seconds more at most"),
    ("scaling", f"begun to leave after {WORDS[int(tasks.IN_A_REQUEST)]} seconds of a request"),
    ("scaling", f"for at most {int(tasks.ELSEWHERE)} seconds"),
    ("scaling", f"at least {WORDS[int(outlook.SOONEST.total_seconds())]} seconds"),
    ("scaling", f"at most {WORDS[minutes(outlook.FURTHEST)]} minutes ahead"),
    ("scaling", f"or {WORDS[int(sending.TURN)]} seconds, whichever ends first"),
    ("scaling", f"up to a minute or {sending.MESSAGES:,} messages"),
    ("settings", f"after {WORDS[int(sending.TURN)]} seconds it is its turn anyway"),
    ("settings", f"no session is opened for fewer than {claiming.WORTH_A_SESSION}"),
]


@pytest.mark.parametrize(("page", "text"), NUMBERS)
def test_a_number_is_the_programs(page: str, text: str) -> None:
    assert text in " ".join((ROOT / "docs" / f"{page}.md").read_text().split())


def test_times_that_the_documentation_has_words_for() -> None:
    hour, minute = 3600.0, 60.0
    assert sessions.SUSPECTED_FOR == pacing.BACK_OFF[-1].total_seconds() == hour
    assert claiming.SLOT.total_seconds() == sending.SESSION == minute
