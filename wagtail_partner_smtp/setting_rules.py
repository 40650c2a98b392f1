"""What each setting must be."""

from __future__ import annotations

import math
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from os import PathLike
from typing import Any

from django.core.checks import Error
from django.core.exceptions import ImproperlyConfigured
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.module_loading import import_string

from . import conf
from .discovery.dns import parse_nameserver
from .oauth.vendors import VENDORS
from .smtp.addresses import AllowedDestination
from .smtp.names import PORT_RANGE, qualified_name
from .smtp.settings import UnverifiedTest, email_error


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What one setting must be: ``is_valid`` returns ``True``, else ``False`` or raises."""

    id: str
    name: str
    is_valid: Callable[[Any], bool]
    hint: str

    def errors(self) -> Iterator[Error]:
        reason = ""
        try:
            if self.is_valid(conf.read(self.name)):
                return
        except (ImportError, OSError, ValueError) as error:
            reason = f" ({error})"
        message = f"{conf.PREFIX}{self.name} has a value that cannot be used{reason}."
        yield Error(message, hint=self.hint, id=f"wagtail_partner_smtp.{self.id}")


def _is_list(value: Any, is_item: Callable[[Any], bool]) -> bool:
    return isinstance(value, list | tuple) and all(map(is_item, value))


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_seconds(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < math.inf


def _is_port(value: Any) -> bool:
    return _is_count(value) and value in PORT_RANGE


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_address(value: Any) -> bool:
    return _is_text(value) and "@" in value and value.isprintable()


def _is_mailbox(value: Any) -> bool:
    return isinstance(value, str) and (value == "" or (email_error(value) is None and value.isascii()))


def _is_function_path(path: Any) -> bool:
    return isinstance(path, str) and (not path or callable(import_string(path)))


def _is_transport(path: Any) -> bool:
    if not isinstance(path, str):
        return False
    backend = import_string(path) if path else BaseEmailBackend
    return isinstance(backend, type) and issubclass(backend, BaseEmailBackend)


def _is_ca_file(path: Any) -> bool:
    if path is None:
        return True
    if not isinstance(path, str | PathLike):
        return False
    ssl.create_default_context(cafile=path)
    return True


def _is_oauth(value: Any) -> bool:
    try:
        providers = conf.oauth()
    except ImproperlyConfigured as error:
        raise ValueError(str(error)) from error
    for name, site in providers.items():
        has_client = site.client_id or site.client_secret or site.service_account_file
        if has_client and not site.hosts and name not in VENDORS:
            raise ValueError(f"{name!r} has a client but no hosts, so its tokens are sent nowhere")
    return True


def _is_destination(entry: Any) -> bool:
    return isinstance(entry, str) and bool(AllowedDestination.parse(entry))


def _is_nameserver(entry: Any) -> bool:
    return isinstance(entry, str) and bool(parse_nameserver(entry))


def _is_own_name(name: Any) -> bool:
    return isinstance(name, str) and (name == "" or bool(qualified_name(name)))


RULES = (
    Rule(
        id="E001",
        name="KEYS",
        is_valid=lambda value: _is_list(value, _is_text),
        hint="A list of secrets, the newest first. An empty list means SECRET_KEY.",
    ),
    Rule(
        id="E002",
        name="CAN_MANAGE",
        is_valid=_is_function_path,
        hint="The dotted path of a function that takes a user and a partner.",
    ),
    Rule(id="E003", name="TEST_TIMEOUT", is_valid=_is_seconds, hint="A number of seconds above 0."),
    Rule(id="E004", name="SEND_TIMEOUT", is_valid=_is_seconds, hint="A number of seconds above 0."),
    Rule(
        id="E005",
        name="DEBUG_LEVEL",
        is_valid=lambda value: value in (0, 1),
        hint="0, or 1 for a transcript without secrets in the log.",
    ),
    Rule(
        id="E006",
        name="CA_FILE",
        is_valid=_is_ca_file,
        hint="The path of a readable file with certificates in PEM format, or None.",
    ),
    Rule(
        id="E007",
        name="ALLOWED_NETWORKS",
        is_valid=lambda value: _is_list(value, _is_destination),
        hint='A list such as ["10.0.0.0/8", "192.168.1.5:2525", "relay.internal", "[fd00::]/8:25"].',
    ),
    Rule(
        id="E008",
        name="STARTTLS",
        is_valid=lambda value: value in ("required", "opportunistic"),
        hint='"required" or "opportunistic".',
    ),
    Rule(
        id="E009",
        name="UNVERIFIED_TEST",
        is_valid=lambda value: value in list(UnverifiedTest),
        hint='"login", "no_login" or "refuse".',
    ),
    Rule(
        id="E010", name="TEST_SENDER", is_valid=lambda value: isinstance(value, bool), hint="True or False."
    ),
    Rule(
        id="E032",
        name="TEST_RECIPIENT",
        is_valid=_is_mailbox,
        hint="An email address of another domain than the partners', or an empty text.",
    ),
    Rule(id="E021", name="PIPELINING", is_valid=lambda value: isinstance(value, bool), hint="True or False."),
    Rule(
        id="E011",
        name="PROBE_PORTS",
        is_valid=lambda value: _is_list(value, _is_port),
        hint="A list of ports from 1 to 65535; an empty one probes nothing.",
    ),
    Rule(
        id="E018",
        name="NAMESERVERS",
        is_valid=lambda value: _is_list(value, _is_nameserver),
        hint='A list of addresses such as ["10.0.0.53", "10.0.0.53:5353", "[fd00::53]:5353"].',
    ),
    Rule(
        id="E012",
        name="EHLO_NAME",
        is_valid=_is_own_name,
        hint="The name that this machine has in the DNS, with its domain, or an empty text.",
    ),
    Rule(
        id="E013",
        name="MAX_CONCURRENT_TESTS",
        is_valid=_is_count,
        hint="A whole number from 1.",
    ),
    Rule(
        id="E017",
        name="TRANSPORT",
        is_valid=_is_transport,
        hint='The dotted path of an email backend, such as "django.core.mail.backends.locmem.EmailBackend".',
    ),
    Rule(
        id="E019",
        name="ALERT_RECIPIENTS",
        is_valid=lambda value: _is_list(value, _is_address),
        hint="A list of email addresses. An empty list means ADMINS.",
    ),
    Rule(
        id="E020",
        name="CERTIFICATE_ALERT_DAYS",
        is_valid=lambda value: type(value) is int and value >= 0,
        hint="A whole number of days; 0 for no alert.",
    ),
    Rule(
        id="E022", name="KEEP_BODIES", is_valid=lambda value: isinstance(value, bool), hint="True or False."
    ),
    Rule(id="E023", name="LOG_DAYS", is_valid=_is_count, hint="A whole number of days from 1."),
    Rule(id="E024", name="QUEUE_SESSIONS", is_valid=_is_count, hint="A whole number from 1."),
    Rule(
        id="E025",
        name="QUEUE_RATE",
        is_valid=lambda value: value is None or _is_count(value),
        hint="A whole number of messages a minute from 1, or None for no limit.",
    ),
    Rule(id="E026", name="QUEUE_BATCH", is_valid=_is_count, hint="A whole number from 1."),
    Rule(id="E027", name="QUEUE_LEASE", is_valid=_is_seconds, hint="A number of seconds above 0."),
    Rule(id="E028", name="QUEUE_HOURS", is_valid=_is_seconds, hint="A number of hours above 0."),
    Rule(
        id="E029",
        name="OAUTH",
        is_valid=_is_oauth,
        hint='A dictionary such as {"microsoft": {"client_id": "…", "client_secret": "…", "tenant": "…"}}.',
    ),
    Rule(
        id="E030",
        name="TOKEN_PROVIDER",
        is_valid=_is_function_path,
        hint="The dotted path of a function that takes a partner and renew=True or False.",
    ),
    Rule(id="E031", name="QUEUE_REPLY_TIMEOUT", is_valid=_is_seconds, hint="A number of seconds above 0."),
    Rule(
        id="E034", name="QUEUE_TASKS", is_valid=lambda value: isinstance(value, bool), hint="True or False."
    ),
    Rule(id="E033", name="TEST_EMAILS_PER_DAY", is_valid=_is_count, hint="A whole number from 1."),
)
