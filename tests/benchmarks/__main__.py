"""The benchmarks: ``python -m tests.benchmarks [TABLE …] [--runs 15] [--rows 10000]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence

from tests.benchmarks.site import site

# What is measured needs Django set up before it can be imported.


def lists(options: argparse.Namespace) -> Iterator[str]:
    """The list beside a plain one, the report, the first page, spreadsheets; with 1,000 partners and with many"""
    from tests.benchmarks import listing

    return listing.table(options.rows, options.runs)


def test(options: argparse.Namespace) -> Iterator[str]:
    """The connection test and a bare smtplib conversation of the same steps"""
    from tests.benchmarks import conversation

    return conversation.table(options.runs)


def delivery(options: argparse.Namespace) -> Iterator[str]:
    """Delivery over one session, by server: milliseconds a message, those of others by ours, and round trips"""
    from tests.benchmarks import delivery

    return delivery.table(max(1, options.runs // 5))


def asking(options: argparse.Namespace) -> Iterator[str]:
    """Messages that ask first, 25 ms each way: milliseconds, and how many of 100 refused make it worth while"""
    from tests.benchmarks import asking

    return asking.table(max(1, options.runs // 5))


def outbox(options: argparse.Namespace) -> Iterator[str]:
    """2,000 queued messages to one server, two workers, beside django-post_office: seconds, and the ratio"""
    from tests.benchmarks import outbox

    return outbox.table(max(1, options.runs // 5))


def long(options: argparse.Namespace) -> Iterator[str]:
    """A long queue sent by one worker, ten times as many messages as --rows says, and a hundredth of it"""
    from tests.benchmarks import outbox

    return outbox.long(10 * options.rows)


def load(options: argparse.Namespace) -> Iterator[str]:
    """The list while 200 test their connections at once, ten times as many messages queued as --rows says"""
    from tests.benchmarks import load

    return load.table(10 * options.rows, max(1, options.runs // 5))


def replies(options: argparse.Namespace) -> Iterator[str]:
    """Diagnosing a reply against the whole catalogue"""
    from tests.benchmarks import replies

    return replies.table(options.runs)


def sandbox(options: argparse.Namespace) -> Iterator[str]:
    """The sandbox and other test servers"""
    from tests.benchmarks import sandbox

    return sandbox.table()


TABLES: dict[str, Callable[[argparse.Namespace], Iterator[str]]] = {
    each.__name__: each for each in (lists, test, delivery, asking, outbox, long, load, replies, sandbox)
}


def main(argv: Sequence[str] | None = None) -> int:
    """Print the tables, each with its rivals side by side."""
    parser = argparse.ArgumentParser(description="Compare the project with what it stands beside.")
    parser.add_argument("tables", nargs="*", metavar="TABLE", help=f"{', '.join(TABLES)}; none: all of them")
    parser.add_argument("--runs", type=int, default=15, help="of which the median is taken")
    parser.add_argument("--rows", type=int, default=10_000, help="in the lists")
    options = parser.parse_args(argv)
    if unknown := set(options.tables) - set(TABLES):
        parser.error(f"there is no table {', '.join(sorted(unknown))}")
    with site():
        for name in options.tables or TABLES:
            print(f"\n{TABLES[name].__doc__}")
            for line in TABLES[name](options):
                print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
