"""The consent of a mailbox's owner: the address that it is asked for at, and what is kept of the answer.

The authorization code grant (RFC 6749 4.1) with PKCE (RFC 7636); whose mailbox it is, the ID token says (OpenID
Connect Core 3.1.3). Nothing is stored unless the account is still the one that the consent was asked for.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import router
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..account.columns import SMTPStatus
from ..account.database import give_back, persistently
from ..account.encryption import Kind
from ..account.lookup import account_models
from ..account.row import SMTPAccount, rows_of
from ..account.saving import CONNECTION, FILLED_IN, NEVER_TESTED, SEALED
from ..smtp.errors import Code, SMTPError
from ..smtp.web_address import WebAddress
from . import identity, is_available, providers, tokens

if TYPE_CHECKING:
    from .client import Answer

_BOUND = ("smtp_uuid", *FILLED_IN, SEALED[Kind.OAUTH_SECRET])
"""The columns that must not change between the question and the answer."""

_APPLICATION = (
    "smtp_auth",
    "smtp_oauth_provider",
    "smtp_oauth_tenant",
    "smtp_oauth_client_id",
    "smtp_oauth_connected_as",
)
"""The columns that tell whose permission it is, and for which application."""


class ConsentError(Exception):
    """Nothing was stored. Why not, is the class."""


class AccountChanged(ConsentError):
    """The account is another one than the consent was asked for."""


class ForeignAnswer(ConsentError):
    """The answer is that of another provider, or to another question."""


class NotPermitted(ConsentError):
    """The owner has signed in, but not agreed to what it takes to send: some pages let people choose."""


class NothingLasting(ConsentError):
    """The provider gave no refresh token: within the hour somebody would have to sign in again."""


# Asked for beside what it takes to send (OpenID Connect Core 5.4, 11).
_IDENTITY = {"openid", "email", "profile", "offline_access"}


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One question to a mailbox's owner. ``verifier`` (RFC 7636 4.1) and ``nonce`` prove that an answer is its."""

    fingerprint: str
    redirect_uri: str
    verifier: str = field(repr=False)
    nonce: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Connection:
    """``mailbox`` is the address that signed in, "" if the provider does not tell."""

    mailbox: str
    is_own: bool
    """Whether it is the mailbox of the SMTP Login, as far as is known."""


def attempt(partner: SMTPAccount, redirect_uri: str) -> Attempt:
    """A new question. Raises ``TokenError`` if something is missing for it."""
    return Attempt(
        fingerprint=_fingerprint(partner, _provider(partner)),
        redirect_uri=redirect_uri,
        verifier=secrets.token_urlsafe(48),
        nonce=secrets.token_urlsafe(24),
    )


def address(partner: SMTPAccount, attempt: Attempt, state: str) -> str:
    """Where the question is put: the provider's page, always by HTTPS. Raises ``TokenError``."""
    provider = _provider(partner)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest())
    asked = {
        **provider.authorization_parameters,
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": attempt.redirect_uri,
        "scope": " ".join(provider.scopes),
        "state": state,
        "nonce": attempt.nonce,
        "code_challenge": challenge.rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    if "@" in partner.smtp_login:
        asked["login_hint"] = partner.smtp_login
    page, _, query = _endpoint(provider).partition("?")
    # An endpoint may have a query of its own, which must stay (RFC 6749 3.1).
    return f"{page}?{urlencode({**QueryDict(query).dict(), **asked})}"


def page_host(partner: SMTPAccount) -> str:
    """The host of that page; "" if nobody can be sent there yet."""
    try:
        return WebAddress.parse(_provider(partner).authorization_endpoint).host
    except (SMTPError, ValueError):
        return ""


@sensitive_variables()
def connect(partner: SMTPAccount, attempt: Attempt, answer: Mapping[str, str]) -> Connection:
    """Redeem the code in ``answer`` (RFC 6749 4.1.2) and store what comes of it; the instance is read anew.

    Raises ``ConsentError``, and ``SMTPError`` if the provider does not redeem it.
    """
    from . import grants

    provider = _provider(partner)
    if _fingerprint(partner, provider) != attempt.fingerprint:
        raise AccountChanged
    if "code" not in answer or not _is_from(provider.authorization_endpoint, answer.get("iss")):
        raise ForeignAnswer
    give_back()
    granted = grants.exchange_code(
        provider,
        code=answer["code"],
        verifier=attempt.verifier,
        redirect_uri=attempt.redirect_uri,
        deadline=time.monotonic() + conf.test_timeout(),
    )
    try:
        names = identity.mailboxes(granted.id_token, audience=provider.client_id, nonce=attempt.nonce)
    except ValueError as error:
        raise ForeignAnswer from error
    if _is_without(provider.scopes, granted.scope):
        raise NotPermitted
    if not granted.refresh_token:
        raise NothingLasting
    connection = _connection(partner, names)
    # The code has been used up.
    if not persistently(lambda: _store(partner, granted, connection.mailbox), conf.test_timeout()):
        raise AccountChanged
    return connection


@sensitive_variables()
def disconnect(partner: SMTPAccount) -> bool:
    """Forget the connection, and have the provider withdraw it; whether it did."""
    try:
        token = partner.smtp_oauth_token(Kind.REFRESH_TOKEN)
        provider = _provider(partner)
    except SMTPError:
        token, provider = "", None
    # First: whatever the provider says, this site has it no more.
    is_shared = _is_shared(partner)
    _rows(partner).update(**CONNECTION, **_untested(partner))
    partner.refresh_from_db()
    if not token or provider is None or not provider.revocation_endpoint or is_shared:
        return False
    from . import grants

    give_back()
    try:
        grants.revoke(provider, token, deadline=time.monotonic() + conf.test_timeout())
    except SMTPError:
        return False
    return True


def _provider(partner: SMTPAccount) -> providers.Provider:
    if not is_available():
        raise providers.wrong(Code.OAUTH_UNAVAILABLE, "auth")
    return providers.provider_of(partner)


def _endpoint(provider: providers.Provider) -> str:
    if not provider.authorization_endpoint:
        raise providers.wrong(Code.OAUTH_ENDPOINT_MISSING, "oauth_authorization_endpoint")
    return provider.authorization_endpoint


def _connection(partner: SMTPAccount, names: Sequence[str]) -> Connection:
    login = partner.smtp_login.casefold()
    own = next((name for name in names if name.casefold() == login), "")
    return Connection(mailbox=own or next(iter(names), ""), is_own=bool(own) or not names)


def _store(partner: SMTPAccount, granted: Answer, mailbox: str) -> bool:
    """Whether the account was still the same."""
    values = {
        **CONNECTION,
        **_untested(partner),
        **tokens.columns(partner, granted),
        "smtp_oauth_connected_as": mailbox,
        "smtp_oauth_connected_at": timezone.now(),
    }
    bound = {name: getattr(partner, name) for name in _BOUND}
    stored = bool(_rows(partner).filter(**bound).update(**values))
    partner.refresh_from_db()
    return stored


def _rows(partner: SMTPAccount) -> QuerySet[Any]:
    """The partner's own row."""
    return rows_of(partner, router.db_for_write(type(partner), instance=partner)).filter(pk=partner.pk)


def _is_shared(partner: SMTPAccount) -> bool:
    """Whether another account lives on the same application's permission for the same mailbox.

    Google withdraws all that an application has of an account at once.
    """
    same = {name: getattr(partner, name) for name in _APPLICATION}
    connected = ~Q(**{SEALED[Kind.REFRESH_TOKEN]: ""}) & ~Q(smtp_uuid=partner.smtp_uuid)
    return any(model._base_manager.filter(connected, **same).exists() for model in account_models())


def _untested(partner: SMTPAccount) -> dict[str, Any]:
    """What the last test found was found with another connection."""
    if partner.smtp_status in (*NEVER_TESTED, SMTPStatus.CHANGED):
        return {}
    return {"smtp_status": SMTPStatus.CHANGED, "smtp_status_since": timezone.now()}


def _fingerprint(partner: SMTPAccount, provider: providers.Provider) -> str:
    values = [*(getattr(partner, name) for name in _BOUND), provider.token_endpoint, provider.client_id]
    return hashlib.sha256(json.dumps([str(value) for value in values]).encode()).hexdigest()


def _is_without(asked: Sequence[str], granted: str) -> bool:
    """Whether nothing was granted but identity; a server that says nothing has granted all (RFC 6749 5.1)."""
    wanted = {_permission(scope) for scope in asked if scope not in _IDENTITY}
    return bool(granted and wanted) and wanted.isdisjoint(map(_permission, granted.split()))


def _permission(scope: str) -> str:
    """Without the resource, which Microsoft writes in several ways."""
    return scope.rstrip("/").rpartition("/")[2].lower()


def _is_from(endpoint: str, issuer: str | None) -> bool:
    """RFC 9207 2.4, against servers that send people on to another one: issuers live where people sign in."""
    try:
        return issuer is None or WebAddress.parse(issuer).host == WebAddress.parse(endpoint).host
    except ValueError:
        return False
