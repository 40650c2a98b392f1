"""From which size on a message should ask first: what that costs if it is taken, and saves if it is refused."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from unittest.mock import patch

from django.core.mail import EmailMessage
from django.test import override_settings

from smtp_sandbox import Sandbox, on
from tests.benchmarks.proxy import proxied
from wagtail_partner_smtp.delivery.backend import EmailBackend
from wagtail_partner_smtp.models import Partner
from wagtail_partner_smtp.smtp import transaction
from wagtail_partner_smtp.smtp.errors import RecipientsRefusedError

EMAIL, TAKEN, REFUSED = "billing@acme.example", "ann@customer.example", "gone@customer.example"
DELAY = 0.025
LINES = {"10 Mbit/s": 1.25e6, "50 Mbit/s": 6.25e6, "200 Mbit/s": 25e6}
SIZES = tuple(2**power * 1024 for power in range(5, 12))
REFUSING = on("RCPT", match="*gone@*", reply="550 5.1.1 No such user")


@contextmanager
def asking_from(size: int) -> Iterator[None]:
    """A message of ``size`` octets or more asks first."""
    with patch.object(transaction, "ASK_FIRST", size):
        yield


def email(recipient: str, size: int) -> EmailMessage:
    return EmailMessage("Invoice 42", ("x" * 70 + "\n") * (size // 72), EMAIL, [recipient])


def seconds(backend: EmailBackend, recipient: str, size: int, ask_first: int) -> float:
    """For one message on an open session that has taken a message before."""
    with asking_from(ask_first):
        started = time.perf_counter()
        try:
            backend.send_messages([email(recipient, size)])
        except RecipientsRefusedError:
            assert recipient == REFUSED
        return time.perf_counter() - started


def measured(speed: float, size: int, runs: int) -> dict[tuple[str, str], float]:
    """Milliseconds by recipient (taken, refused) and way (ahead, asked), in turn."""
    ways = {"ahead": size * 2, "asked": 0}
    times: dict[tuple[str, str], list[float]] = {(to, way): [] for to in (TAKEN, REFUSED) for way in ways}
    with Sandbox(keep=10) as sandbox:
        port = sandbox.listen(rules=(REFUSING,)).port
        with proxied(port, DELAY, speed) as proxy:
            partner = Partner(
                smtp_host="127.0.0.1", smtp_port=proxy.port, smtp_email=EMAIL, smtp_security="none"
            )
            with (
                override_settings(PARTNER_SMTP_ALLOWED_NETWORKS=[f"127.0.0.1:{proxy.port}"]),
                EmailBackend(partner=partner) as backend,
            ):
                seconds(backend, TAKEN, 1000, 0)
                for _ in range(runs):
                    for (to, way), taken in times.items():
                        taken.append(seconds(backend, to, size, ways[way]) * 1000)
    return {case: median(taken) for case, taken in times.items()}


def table(runs: int) -> Iterator[str]:
    """For each line and size: what asking costs, what it saves, and from how many refusals in 100 on it pays."""
    logging.getLogger("wagtail_partner_smtp").setLevel(logging.CRITICAL)
    yield f"{'':24}{'ahead':>8}{'asked':>8}{'refused: ahead':>16}{'asked':>8}   pays from"
    for line, speed in LINES.items():
        for size in SIZES:
            figures = measured(speed, size, runs)
            cost = figures[TAKEN, "asked"] - figures[TAKEN, "ahead"]
            saved = figures[REFUSED, "ahead"] - figures[REFUSED, "asked"]
            pays = f"{100 * cost / (cost + saved):.0f} %" if cost > 0 and saved > 0 else "-"
            yield (
                f"{line:12}{size // 1024:>8} KiB{figures[TAKEN, 'ahead']:>8.0f}{figures[TAKEN, 'asked']:>8.0f}"
                f"{figures[REFUSED, 'ahead']:>16.0f}{figures[REFUSED, 'asked']:>8.0f}   {pays}"
            )
