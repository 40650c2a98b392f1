"""How many examples a property is tried with: few and always the same, or as many as one has time for."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings


def load_profile() -> None:
    """The profile that ``HYPOTHESIS_PROFILE`` names, "suite" without it."""
    # No deadline: a machine that stalls is no fault. No database: a found case is kept as a test of its own.
    common = settings(
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    settings.register_profile("suite", common, derandomize=True, max_examples=40)
    examples = int(os.environ.get("HYPOTHESIS_EXAMPLES", "20000"))
    settings.register_profile("long", common, max_examples=examples, print_blob=True)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))
