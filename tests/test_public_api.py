"""What the documentation tells people to import is there."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
from django.core.management import CommandParser, load_command_class

from tests.support.paths import DOCS, ROOT
from wagtail_partner_smtp.account.columns import SMTPAccountColumns
from wagtail_partner_smtp.connection_test import ConnectionReport
from wagtail_partner_smtp.delivery.evidence import failed
from wagtail_partner_smtp.diagnosis.consequences import Consequence
from wagtail_partner_smtp.models import QueuedMessage

DOCUMENT = DOCS / "public-api.md"
PAGES = (*sorted(DOCS.glob("*.md")), ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "SECURITY.md")

TABLES = {
    "ConnectionTestLease",
    "DeliveryAttempt",
    "PartnerQueue",
    "QueuedContent",
    "WorkerPulse",
}

COMMANDS = (
    "check_partner_smtp",
    "deliver_partner_mail",
    "export_partner_smtp",
    "forget_partner_mail",
    "import_partner_smtp",
    "rotate_partner_smtp_keys",
)

# A logger, a model's label, and the ids of system checks.
NO_PATH = re.compile(r"wagtail_partner_smtp\.(transcript|Partner|[EW]\d{3})")
DOTTED = re.compile(r"\bwagtail_partner_smtp(?:\.\w+)+")
IMPORT = re.compile(r"^ *from (wagtail_partner_smtp[\w.]*) import (.+)$", re.MULTILINE)


def documented() -> list[tuple[str, str]]:
    """The modules of the page's headings, each with the names in its table."""
    _, *sections = re.split(r"^## ", DOCUMENT.read_text(), flags=re.MULTILINE)
    return [
        (module[1], name)
        for section in sections
        if (module := re.match(r"`([\w.]+)`", section))
        for name in re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    ]


@pytest.mark.parametrize(("module", "name"), documented())
def test_a_public_name_can_be_imported(module: str, name: str) -> None:
    assert hasattr(import_module(module), name)


def test_what_a_public_module_exports_is_documented() -> None:
    for module in ("backend", "models", "smtp"):
        path = f"wagtail_partner_smtp.{module}"
        exported = set(import_module(path).__all__)
        private = {"models": TABLES, "smtp": {"examine"}}.get(module, set())
        assert {name for where, name in documented() if where == path} == exported - private


# Of the machine alone: how it keeps secrets, and what it remembers between two sessions.
PRIVATE_COLUMNS = {
    "smtp_uuid",
    "smtp_password_encrypted",
    "smtp_oauth_secret_encrypted",
    "smtp_oauth_refresh_token_encrypted",
    "smtp_oauth_access_token_encrypted",
    "smtp_oauth_token_issued_at",
    "smtp_oauth_token_expires_at",
    "smtp_login_needs",
    "smtp_oauth_renewing",
    "smtp_oauth_renewing_until",
    "smtp_oauth_connected_as",
    "smtp_oauth_connected_at",
    "smtp_oauth_needs_consent",
    "smtp_pinned_certificate",
    "smtp_pinned_certificate_encrypted",
    "smtp_known_certificate",
    "smtp_known_certificate_at",
    "smtp_test_summary",
    "smtp_judged_at",
    "smtp_relay_proven_at",
    "smtp_alerted_until",
}


def named_in(text: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", text))


def test_the_columns_of_an_account_are_documented() -> None:
    (bullet,) = re.findall(r"^- the columns (.*?)^\S", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
    columns = {field.name for field in SMTPAccountColumns._meta.get_fields()}
    named = {name for name in named_in(bullet) if name.startswith("smtp_")} - {"smtp_code"}
    assert named - columns == {"smtp_certificate_days_left"}
    assert named & columns == columns - PRIVATE_COLUMNS
    (about_failure,) = re.findall(r"`smtp_failure` a(.*?)\(ISO 8601\)", bullet, re.DOTALL)
    finding = failed("auth_failed", "auth", Consequence.STOP_PARTNER, smtp_code=535, enhanced_code="5.7.8")
    assert finding is not None
    assert named_in(about_failure) == finding.failure.keys() - {"beyond_tests"}


@pytest.mark.parametrize("kind", [QueuedMessage, ConnectionReport], ids=lambda kind: kind.__name__)
def test_what_is_documented_of_a_class_is_there(kind: type) -> None:
    (row,) = re.findall(rf"^\| `{kind.__name__}` \| (.*) \|$", DOCUMENT.read_text(), re.MULTILINE)
    members = set(dir(kind)) | set(getattr(kind, "__annotations__", {}))
    assert named_in(row) - {"True", "False", "None"} <= members


def find(path: str) -> bool:
    """Whether there is a module, or something in one, of that path."""
    try:
        import_module(path)
    except ModuleNotFoundError:
        module, _, name = path.rpartition(".")
        return bool(module) and find(module) and hasattr(import_module(module), name)
    return True


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_dotted_name_in_the_documentation_is_there(page: Path) -> None:
    text = page.read_text()
    imported = {
        f"{module}.{name}" for module, names in IMPORT.findall(text) for name in re.findall(r"\w+", names)
    }
    named = {path for path in DOTTED.findall(text) if not NO_PATH.fullmatch(path)}
    assert [path for path in sorted(imported | named) if not find(path)] == []


def test_the_options_of_the_commands_are_documented() -> None:
    for command in COMMANDS:
        (row,) = re.findall(rf"^\| `{command}` \|(.*)$", DOCUMENT.read_text(), re.MULTILINE)
        own = CommandParser()
        load_command_class("wagtail_partner_smtp", command).add_arguments(own)
        options = set(own._option_string_actions) - {"-h", "--help"}
        assert set(re.findall(r"--[\w-]+", row)) == options
