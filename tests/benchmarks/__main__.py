"""All benchmarks: ``python -m tests.benchmarks [--runs 15] [--rows 10000] [--no-sandbox]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from tests.benchmarks import conversation, delivery, listing, sandbox


def main(argv: Sequence[str] | None = None) -> int:
    """Print the tables, each with its rivals side by side."""
    parser = argparse.ArgumentParser(description="Compare the project with what it stands beside.")
    parser.add_argument("--runs", type=int, default=15, help="of which the median is taken")
    parser.add_argument("--rows", type=int, default=10_000, help="in the lists")
    parser.add_argument("--no-sandbox", action="store_true", help="leave the sandbox's table out")
    options = parser.parse_args(argv)
    print("\nThe list of partners and a plain snippet list")
    for line in listing.table(options.rows, options.runs):
        print(line, flush=True)
    print("\nThe connection test and a bare smtplib conversation of the same steps")
    for line in conversation.table(options.runs):
        print(line, flush=True)
    print(
        "\nDelivery over one session, by server: milliseconds a message, those of others by ours, and round trips"
    )
    for line in delivery.table(max(1, options.runs // 5)):
        print(line, flush=True)
    if not options.no_sandbox:
        print("\nThe sandbox and other test servers")
        return sandbox.main([])
    return 0


if __name__ == "__main__":
    sys.exit(main())
