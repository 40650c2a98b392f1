"""The ``PARTNER_SMTP_*`` settings, typed, read from Django's settings at each use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.views.decorators.debug import sensitive_variables

from .smtp.certificate import EXPIRES_SOON
from .smtp.names import canonical_host
from .smtp.settings import Policy, UnverifiedTest
from .smtp.web_address import WebAddress

PREFIX: Final = "PARTNER_SMTP_"

DEFAULTS: Final[Mapping[str, object]] = MappingProxyType(
    {
        "KEYS": (),
        "PARTNER_MODEL": "wagtail_partner_smtp.Partner",
        "CAN_MANAGE": "",
        "TEST_TIMEOUT": 15.0,
        "SEND_TIMEOUT": 30.0,
        "DEBUG_LEVEL": 0,
        "CA_FILE": None,
        "ALLOWED_NETWORKS": (),
        "STARTTLS": "required",
        "UNVERIFIED_TEST": "login",
        "TEST_SENDER": True,
        "TEST_RECIPIENT": "",
        "PIPELINING": True,
        "PROBE_PORTS": (465, 587, 25),
        "NAMESERVERS": (),
        "EHLO_NAME": "",
        "MAX_CONCURRENT_TESTS": 4,
        "TRANSPORT": "",
        "ALERT_RECIPIENTS": (),
        "CERTIFICATE_ALERT_DAYS": EXPIRES_SOON.days,
        "KEEP_BODIES": False,
        "LOG_DAYS": 90,
        "QUEUE_SESSIONS": 2,
        "QUEUE_RATE": None,
        "QUEUE_BATCH": 200,
        "QUEUE_LEASE": 300.0,
        "QUEUE_HOURS": 72.0,
        "OAUTH": {},
        "TOKEN_PROVIDER": "",
        "QUEUE_REPLY_TIMEOUT": 600.0,
        "QUEUE_TASKS": True,
        "TEST_EMAILS_PER_DAY": 20,
    }
)


def read(name: str) -> Any:
    """The raw value of ``PARTNER_SMTP_<name>``, or its default."""
    return getattr(settings, PREFIX + name, DEFAULTS[name])


def _list(name: str) -> tuple[Any, ...]:
    value = read(name)
    if not isinstance(value, list | tuple):
        raise ImproperlyConfigured(f"{PREFIX}{name} must be a list or a tuple.")
    return tuple(value)


@sensitive_variables()
def sealing_keys() -> tuple[str, ...]:
    """The secrets that passwords are sealed with, newest first; empty means Django's SECRET_KEY.

    Raises ``ImproperlyConfigured`` rather than sealing with something that was not meant as a secret.
    """
    keys = _list("KEYS")
    if not all(isinstance(key, str) and key for key in keys):
        raise ImproperlyConfigured(f"{PREFIX}KEYS must hold texts that are not empty.")
    return keys


def partner_model() -> str:
    return str(read("PARTNER_MODEL"))


def can_manage() -> str:
    """Dotted path of the site's own ``can_manage_smtp``, or empty."""
    return str(read("CAN_MANAGE") or "")


def test_timeout() -> float:
    return float(read("TEST_TIMEOUT"))


def send_timeout() -> float:
    return float(read("SEND_TIMEOUT"))


def debug_level() -> int:
    return int(read("DEBUG_LEVEL"))


def ca_file() -> str | None:
    path = read("CA_FILE")
    return str(path) if path else None


def allowed_networks() -> tuple[str, ...]:
    return _list("ALLOWED_NETWORKS")


def opportunistic_starttls() -> bool:
    return bool(read("STARTTLS") == "opportunistic")


def unverified_test() -> UnverifiedTest:
    """Raises ``ImproperlyConfigured``, since no value may silently mean the most lenient one."""
    try:
        return UnverifiedTest(read("UNVERIFIED_TEST"))
    except ValueError as error:
        raise ImproperlyConfigured(f"{PREFIX}UNVERIFIED_TEST: {error}") from error


def test_sender() -> bool:
    return bool(read("TEST_SENDER"))


def test_recipient() -> str:
    """An address of another domain that connection tests ask for, or empty."""
    return str(read("TEST_RECIPIENT") or "")


def pipelining() -> bool:
    return bool(read("PIPELINING"))


def probe_ports() -> tuple[int, ...]:
    return _list("PROBE_PORTS")


def nameservers() -> tuple[str, ...]:
    """Who is asked what the DNS says about a domain; empty means the system's name servers."""
    return _list("NAMESERVERS")


def ehlo_name() -> str:
    return str(read("EHLO_NAME"))


def max_concurrent_tests() -> int:
    return int(read("MAX_CONCURRENT_TESTS"))


def test_emails_per_day() -> int:
    """How many test emails one user may ask for within 24 hours."""
    return int(read("TEST_EMAILS_PER_DAY"))


def transport() -> str:
    """Dotted path of the email backend that gets partners' mail in place of their servers, or empty."""
    return str(read("TRANSPORT") or "")


def alert_recipients() -> tuple[str, ...]:
    """Addresses that are told about partners' mail; empty means Django's ADMINS."""
    return _list("ALERT_RECIPIENTS")


def certificate_alert_days() -> int:
    return int(read("CERTIFICATE_ALERT_DAYS"))


def keep_bodies() -> bool:
    """Whether the content of queued mail is kept once it was sent."""
    return bool(read("KEEP_BODIES"))


def log_days() -> int:
    """How long is kept what happened to queued mail."""
    return int(read("LOG_DAYS"))


def queue_sessions() -> int:
    """How many sessions one partner's queue may have at a time."""
    return int(read("QUEUE_SESSIONS"))


def queue_rate() -> int | None:
    """How many messages a minute one partner's queue may send, if there is a limit."""
    rate = read("QUEUE_RATE")
    return None if rate is None else int(rate)


def queue_batch() -> int:
    """How many messages are claimed at a time, for one session."""
    return int(read("QUEUE_BATCH"))


def queue_lease() -> float:
    """Seconds after which a message is taken from a worker that says nothing more."""
    return float(read("QUEUE_LEASE"))


def queue_reply_timeout() -> float:
    """Seconds that a queued message's answer may take once the server has the message (RFC 5321 4.5.3.2.6)."""
    return float(read("QUEUE_REPLY_TIMEOUT"))


def queue_tasks() -> bool:
    """Whether a task is queued for mail, besides what ``deliver_partner_mail`` does."""
    return bool(read("QUEUE_TASKS"))


def queue_hours() -> float:
    """The age at which a message that cannot be sent is given up."""
    return float(read("QUEUE_HOURS"))


def token_provider() -> str:
    """Dotted path of the site's own function that gets access tokens, or empty."""
    return str(read("TOKEN_PROVIDER") or "")


@dataclass(frozen=True, kw_only=True)
class OAuthSettings:
    """What the site has set of one provider of access tokens; empty where it has set nothing."""

    label: str = ""
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    tenant: str = ""
    service_account_file: str = ""
    authorization_endpoint: str = ""
    token_endpoint: str = ""
    revocation_endpoint: str = ""
    scopes: tuple[str, ...] = ()
    application_scopes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    token_endpoint_auth_method: str = ""


OAUTH_RESERVED: Final = ("other", "site")
"""Names that no provider of the settings may have: they stand for what is in none."""

_LISTS = ("scopes", "application_scopes", "hosts")
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "revocation_endpoint")
_AUTH_METHODS = ("client_secret_post", "client_secret_basic")


@sensitive_variables()
def oauth() -> dict[str, OAuthSettings]:
    """The site's providers of access tokens by name. Raises ``ImproperlyConfigured``, and never shows a value."""
    providers = read("OAUTH")
    if not isinstance(providers, Mapping):
        raise ImproperlyConfigured(f"{PREFIX}OAUTH must be a dictionary.")
    # Not a comprehension: error reports do not see that its frame belongs to a function with secrets.
    return dict(map(_oauth_item, providers.items()))


@sensitive_variables()
def _oauth_item(item: tuple[Any, Any]) -> tuple[str, OAuthSettings]:
    name, values = item
    if not isinstance(name, str) or not name or len(name) > 64 or name in OAUTH_RESERVED:
        raise ImproperlyConfigured(f"{PREFIX}OAUTH names a provider by what is no name: {name!r}.")
    where = f"{PREFIX}OAUTH[{name!r}]"
    if not isinstance(values, Mapping):
        raise ImproperlyConfigured(f"{where} must be a dictionary.")
    if unknown := values.keys() - {each.name for each in fields(OAuthSettings)}:
        raise ImproperlyConfigured(f"{where} has a key that is not known: {', '.join(map(repr, unknown))}.")
    return name, OAuthSettings(**{key: _oauth_value(where, key, value) for key, value in values.items()})


@sensitive_variables("value")
def _oauth_value(where: str, key: str, value: Any) -> Any:
    if key in _LISTS:
        is_list = isinstance(value, list | tuple) and all(isinstance(each, str) and each for each in value)
        if not is_list:
            raise ImproperlyConfigured(f"{where}[{key!r}] must be a list of texts.")
        return _oauth_hosts(where, value) if key == "hosts" else tuple(value)
    if key == "label":
        # It may be translated later.
        return value
    if not isinstance(value, str):
        raise ImproperlyConfigured(f"{where}[{key!r}] must be a text.")
    if key in _ENDPOINTS and value:
        try:
            WebAddress.parse(value.replace("{tenant}", "tenant"))
        except ValueError as error:
            raise ImproperlyConfigured(
                f"{where}[{key!r}] must be an address that begins with https://."
            ) from error
    if key == "token_endpoint_auth_method" and value not in _AUTH_METHODS:
        raise ImproperlyConfigured(f"{where}[{key!r}] must be one of {', '.join(_AUTH_METHODS)}.")
    return value


def _oauth_hosts(where: str, names: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    try:
        return tuple(
            f"*.{canonical_host(name[2:])}" if name.startswith("*.") else canonical_host(name)
            for name in names
        )
    except ValueError as error:
        raise ImproperlyConfigured(f"{where}['hosts'] must be names or addresses of servers.") from error


def policy() -> Policy:
    """What a session may do on this site."""
    return Policy(
        timeout=test_timeout(),
        command_timeout=send_timeout(),
        allowed_networks=allowed_networks(),
        ca_file=ca_file(),
        unverified_test=unverified_test(),
        opportunistic_starttls=opportunistic_starttls(),
        test_sender=test_sender(),
        test_recipient=test_recipient(),
        pipelining=pipelining(),
        probe_ports=probe_ports(),
        debug_level=debug_level(),
        local_hostname=ehlo_name(),
    )
