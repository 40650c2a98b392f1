"""Diagnosing a reply against the whole catalogue of replies."""

from __future__ import annotations

import timeit
from collections.abc import Iterator
from statistics import median

from smtp_sandbox.catalogue.replies import SAMPLES
from tests.diagnosis.replies.samples import refusal_of
from wagtail_partner_smtp.diagnosis.replies import judge
from wagtail_partner_smtp.diagnosis.replies.judging import CATALOGUE
from wagtail_partner_smtp.smtp.judging import Refusal
from wagtail_partner_smtp.smtp.reply import Reply

UNKNOWN = "550 5.7.1 Nobody has ever said this before, and it fits no row of the catalogue at all"


def table(runs: int) -> Iterator[str]:
    """Microseconds: the median of the collected replies, the slowest of them, an unknown and a hostile one."""
    collected = [_cost(refusal_of(sample), runs) for sample in SAMPLES]
    at_rcpt = refusal_of(next(sample for sample in SAMPLES if sample.place == "RCPT"))
    yield f"{len(SAMPLES)} replies, {len(CATALOGUE)} rows"
    yield f"median    {median(collected):7.0f} µs"
    yield f"slowest   {max(collected):7.0f} µs"
    for name, text in (("unknown", UNKNOWN), ("64 KiB", "not allowed " * 5_461)):
        refusal = refusal_of(SAMPLES[0], reply=Reply(code=550, text=text))
        at = [_cost(each, runs) for each in (refusal, _with(at_rcpt, refusal))]
        yield f"{name:9} {max(at):7.0f} µs"


def _with(state: Refusal, refusal: Refusal) -> Refusal:
    return Refusal(**{**vars(state), "reply": refusal.reply})


def _cost(refusal: Refusal, runs: int) -> float:
    return median(timeit.repeat(lambda: judge(refusal), number=1, repeat=runs)) * 1e6
