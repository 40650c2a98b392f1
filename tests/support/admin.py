"""The admin section of partners, as tests use it: rows, addresses and what a browser would send."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, TypeVar

from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, get_resolver, resolve, reverse
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served
from wagtail_partner_smtp.models import AbstractPartner, get_partner_model

PASSWORD = "sésame-öffne-dich-7391"
HTTP_AJAX = {"X-Requested-With": "XMLHttpRequest"}

DEFAULTS: dict[str, Any] = {
    "name": "Acme",
    "slug": "acme",
    "smtp_host": "localhost",
    "smtp_port": 587,
    "smtp_login": "user",
    "smtp_email": "user@example.com",
    "smtp_security": "tls",
}
# Of the sandbox's user.
RIGHT, WRONG = "pass", "wrong-7391"
Row = TypeVar("Row", bound=AbstractPartner)

ACCOUNT = ("smtp_host", "smtp_port", "smtp_login", "smtp_email", "smtp_security")


def make_partner(*, password: str = PASSWORD, **values: Any) -> AbstractPartner:
    """A saved partner of the model that the site has chosen, read anew."""
    partner = get_partner_model()(**DEFAULTS | values)
    if password:
        partner.set_smtp_password(password)
    partner.save()
    return read_again(partner)


def read_again(partner: Row) -> Row:
    row: Row = type(partner)._default_manager.get(pk=partner.pk)
    return row


def url(name: str, partner: AbstractPartner | None = None) -> str:
    """An address of the section, such as ``url("edit", partner)``."""
    viewset = get_partner_model().snippet_viewset  # type: ignore[attr-defined]
    return reverse(viewset.get_url_name(name), args=[partner.pk] if partner else [])


def endpoint(partner: AbstractPartner | None = None) -> str:
    """Where the connection test of a partner, or of a new one, is asked for."""
    return url("test_connection", partner) if partner else url("test_connection_new")


def values_of(partner: AbstractPartner | None = None, **changes: Any) -> dict[str, str]:
    """What the edit form sends, the account as it is stored except for ``changes``."""
    values = {name: getattr(partner, name, default) for name, default in DEFAULTS.items()} | changes
    return {name: "" if value is None else str(value) for name, value in values.items()} | {"active": "on"}


def account_of(listener: Listener, **changes: Any) -> dict[str, Any]:
    """The account of the sandbox's user on one of its listeners."""
    security = {"plain": "none", "ssl": "ssl", "starttls": "tls"}[listener.mode]
    return {
        "smtp_host": listener.host,
        "smtp_port": listener.port,
        "smtp_login": "user",
        "smtp_email": "user@example.com",
        "smtp_security": security,
    } | changes


def reach(settings: Any, ca_file: str, *listeners: Listener) -> None:
    """Allow tests of these loopback listeners, and nothing else."""
    settings.PARTNER_SMTP_ALLOWED_NETWORKS = [f"127.0.0.1:{listener.port}" for listener in listeners]
    settings.PARTNER_SMTP_CA_FILE = ca_file
    settings.PARTNER_SMTP_PROBE_PORTS = [listener.port for listener in listeners]


def listen(smtp: Served, settings: Any, profile: str = "honest", **options: Any) -> Listener:
    """A listener that the site may test."""
    listener = smtp.listen(profile, **options)
    reach(settings, smtp.ca_file, listener)
    return listener


def post(client: Client, partner: AbstractPartner | None = None, **values: Any) -> tuple[int, dict[str, Any]]:
    """Press Test connection."""
    response = client.post(endpoint(partner), values_of(partner, **values), headers=HTTP_AJAX)
    return response.status_code, json.loads(response.content)


def permit(user: User, *actions: str) -> User:
    """Grant permissions on the partner model: ``change``, ``add``, ``view``, ``manage`` …"""
    options = get_partner_model()._meta
    codenames = [
        "manage_partner_smtp" if each == "manage" else f"{each}_{options.model_name}" for each in actions
    ]
    user.user_permissions.add(
        *Permission.objects.filter(content_type__app_label=options.app_label, codename__in=codenames)
    )
    return User.objects.get(pk=user.pk)


def client_of(user: User, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


def read_spreadsheet(client: Client, address: str, kind: str) -> tuple[list[str], list[list[str]]]:
    """The headings and the rows of what ``address`` exports as ``csv`` or ``xlsx``."""
    response = client.get(f"{address}{'&' if '?' in address else '?'}export={kind}")
    content = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    if kind == "csv":
        rows = list(csv.reader(io.StringIO(content.decode())))
    else:
        sheet = load_workbook(io.BytesIO(content)).active
        assert isinstance(sheet, Worksheet)
        rows = [[str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    return rows[0], rows[1:]


def section_names() -> list[str]:
    """The names of all addresses of the section, without its namespace."""
    # Wagtail registers the section when the site's addresses are read.
    assert get_resolver().url_patterns
    patterns: list[URLPattern] = get_partner_model().snippet_viewset.get_urlpatterns()  # type: ignore[attr-defined]
    return sorted({pattern.name for pattern in patterns if pattern.name})


def other_names() -> list[str]:
    """The names of the plugin's addresses outside the section."""
    names: Any = get_resolver().reverse_dict
    return sorted(key for key in names if isinstance(key, str) and key.startswith("partner_smtp_"))


def addresses_of(*names: str, arguments: Sequence[Any]) -> list[str]:
    """The addresses of these names: those that take nothing, or one of the arguments; a word is no row's key."""
    found: dict[str, None] = {}
    for name in names:
        for each in ([], *([argument] for argument in arguments)):
            with suppress(NoReverseMatch):
                address = reverse(name, args=each)
                # Wagtail's page for a copy, before 8.0, ends in an error at what is no key.
                if str(resolve(address).kwargs.get("pk", 0)).isdigit():
                    found[address] = None
    return list(found)
