"""Lists what is known of providers and was last read more than a year ago (``make stale``)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from smtp_sandbox.catalogue.replies import SAMPLES
from wagtail_partner_smtp.discovery.presets import PROVIDERS

A_YEAR = timedelta(days=365)


def stale(today: date) -> Iterator[str]:
    """A line for each preset, and for each collected reply, with its source."""
    for provider in PROVIDERS:
        if date.fromisoformat(provider.read) < today - A_YEAR:
            yield f"{provider.read}  preset {provider.key}  {provider.source}"
    for sample in SAMPLES:
        if date.fromisoformat(sample.read) < today - A_YEAR:
            yield f"{sample.read}  reply {sample.id}  {sample.source}"


if __name__ == "__main__":
    print("\n".join(stale(date.today())) or "Nothing is older than a year.")
