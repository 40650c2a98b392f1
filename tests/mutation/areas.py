"""What is mutated: the modules on which a promise about secrets, mail or permissions depends, and their tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).parents[2]

PACKAGE = ROOT / "wagtail_partner_smtp"

AREAS: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "smtp": ("smtp",),
        "encryption": (
            "account/encryption.py",
            "account/password.py",
            "account/saving.py",
            "account/secret.py",
        ),
        "claiming": ("outbox/claiming.py", "outbox/leases.py", "outbox/pacing.py", "outbox/queues.py"),
        "oauth": ("oauth", "account/oauth.py", "account/oauth_values.py"),
        "permissions": (
            "permissions.py",
            "account/granting.py",
            "admin/guards.py",
            "admin/lists/listing.py",
            "admin/outgoing/gate.py",
        ),
    }
)
"""Files and folders of the package, by the name of their area."""

TESTS: Sequence[str] = (
    "tests/account",
    "tests/admin",
    "tests/connection_test",
    "tests/delivery",
    "tests/diagnosis",
    "tests/oauth",
    "tests/outbox",
    "tests/smtp",
    "tests/test_form_pages.py",
    "tests/test_permissions.py",
)

TUNING = frozenset(
    {
        "ANSWER_BUDGET",
        "ANSWER_TIMEOUT",
        "ASK_FIRST",
        "ATTEMPT_DELAY",
        "BLOCK",
        "CANDIDATES",
        "EXPIRES_SOON",
        "FORGOTTEN_AFTER",
        "FURTHER_REPLY",
        "GREETING_GRACE",
        "JITTER",
        "LONGEST_MARGIN",
        "MAX_ABANDONED",
        "MAX_ADDRESSES",
        "MAX_EXTENSIONS",
        "MAX_HEARD",
        "MAX_HOST_TEXT",
        "MAX_ITERATIONS",
        "MAX_LOOK_UPS",
        "MAX_NAMES",
        "MAX_PASSWORD",
        "MAX_SHOWN",
        "MAX_SKEW",
        "MAX_TEXT",
        "PRECEDENCE",
        "PROBE_TIMEOUT",
        "QUESTION_TIMEOUT",
        "QUIT_TIMEOUT",
        "RECOVERY",
        "RENEWALS",
        "REPLY_BUDGET",
        "RSET_TIMEOUT",
        "SHORTEST_PIECE",
        "SLOT",
        "SMALL_MESSAGE",
        "UNKNOWN_LIFETIME",
        "YOUNG_TOKEN",
        "_AFTER_DEADLINE",
        "_LAST_MOMENT",
        "_LONGEST_LIFETIME",
        "_LONG_RUN",
        "_SHORTEST",
        "_UNTIL_NEXT_TRY",
    }
)
"""Constants whose value is a matter of measure: one more or less is no fault."""


def modules(area: str) -> list[Path]:
    """The files of an area, in order."""
    found: list[Path] = []
    for name in AREAS[area]:
        path = PACKAGE / name
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return found
