"""From a provider's refusal (RFC 6749 5.2) to its cause.

What is done about a refusal hangs on ``error`` alone, which the standard defines; the numbers in Microsoft's and
the words in Google's descriptions only say more exactly why. Both may change, as their documentation says.

Microsoft's numbers are those of learn.microsoft.com, "Microsoft Entra authentication and authorization error
codes", in a copy of April 2024 that was read on 2026-11-28; 900023 and 700024 were reported by people. Google's
words about assertions and refresh tokens are as others quote its pages and as people report them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final

from django.views.decorators.debug import sensitive_variables

from ..smtp.errors import Code, Fact, TokenError
from ..smtp.reply import MAX_HEARD, strip_controls
from ..smtp.stages import Stage
from .words import shown

MAX_SKEW: Final = 300.0
"""Seconds by which the clock of this machine may differ from the provider's: both vendors allow five minutes."""

_NUMBER = re.compile(r"AADSTS(\d{5,8})\b")


class Kind(StrEnum):
    """What a token was asked for with."""

    CODE = "authorization_code"
    REFRESH = "refresh_token"
    CLIENT = "client_credentials"
    ASSERTION = "assertion"


INVALID_GRANT: Final = "invalid_grant"

NEEDS_CONSENT: Final = frozenset(
    {
        Code.OAUTH_CONSENT_MISSING,
        Code.OAUTH_CONSENT_EXPIRED,
        Code.OAUTH_CONSENT_REVOKED,
        Code.OAUTH_CONSENT_REFUSED,
        Code.OAUTH_SIGN_IN_AGAIN,
    }
)
"""After these only the owner of the mailbox can help."""

_BY_ERROR: Mapping[str, Code] = {
    "invalid_client": Code.OAUTH_CLIENT_REFUSED,
    "unauthorized_client": Code.OAUTH_CLIENT_NOT_ALLOWED,
    "unsupported_grant_type": Code.OAUTH_CLIENT_NOT_ALLOWED,
    "invalid_scope": Code.OAUTH_SCOPE_REFUSED,
    "invalid_resource": Code.OAUTH_SCOPE_REFUSED,
    "access_denied": Code.OAUTH_CONSENT_MISSING,
    "consent_required": Code.OAUTH_CONSENT_MISSING,
    "interaction_required": Code.OAUTH_SIGN_IN_AGAIN,
    "login_required": Code.OAUTH_SIGN_IN_AGAIN,
    "temporarily_unavailable": Code.OAUTH_PROVIDER_BUSY,
    "server_error": Code.OAUTH_PROVIDER_BUSY,
    "slow_down": Code.OAUTH_PROVIDER_BUSY,
    # Google's
    "deleted_client": Code.OAUTH_CLIENT_UNKNOWN,
    "disabled_client": Code.OAUTH_CLIENT_DISABLED,
    "admin_policy_enforced": Code.OAUTH_CLIENT_NOT_ALLOWED,
    "org_internal": Code.OAUTH_CLIENT_NOT_ALLOWED,
    "rate_limit_exceeded": Code.OAUTH_PROVIDER_BUSY,
    "internal_failure": Code.OAUTH_PROVIDER_BUSY,
    # Microsoft's
    "invalid_tenant": Code.OAUTH_TENANT_UNKNOWN,
}
_BY_NUMBER: Mapping[int, Code] = {
    # the application
    700011: Code.OAUTH_CLIENT_UNKNOWN,
    700016: Code.OAUTH_CLIENT_UNKNOWN,
    70001: Code.OAUTH_CLIENT_DISABLED,
    7000112: Code.OAUTH_CLIENT_DISABLED,
    70002: Code.OAUTH_CLIENT_REFUSED,
    7000215: Code.OAUTH_CLIENT_REFUSED,
    7000218: Code.OAUTH_CLIENT_REFUSED,
    700025: Code.OAUTH_CLIENT_REFUSED,
    7000222: Code.OAUTH_CLIENT_EXPIRED,
    50194: Code.OAUTH_TENANT_MISSING,
    9001023: Code.OAUTH_TENANT_MISSING,
    700024: Code.OAUTH_CLOCK_WRONG,
    # the tenant
    50059: Code.OAUTH_TENANT_UNKNOWN,
    50128: Code.OAUTH_TENANT_UNKNOWN,
    90002: Code.OAUTH_TENANT_UNKNOWN,
    900023: Code.OAUTH_TENANT_UNKNOWN,
    # what was asked for
    28002: Code.OAUTH_SCOPE_REFUSED,
    28003: Code.OAUTH_SCOPE_REFUSED,
    500011: Code.OAUTH_SCOPE_REFUSED,
    650057: Code.OAUTH_SCOPE_REFUSED,
    70011: Code.OAUTH_SCOPE_REFUSED,
    700022: Code.OAUTH_SCOPE_REFUSED,
    700023: Code.OAUTH_SCOPE_REFUSED,
    # consent
    65001: Code.OAUTH_CONSENT_MISSING,
    65004: Code.OAUTH_CONSENT_MISSING,
    650056: Code.OAUTH_CONSENT_MISSING,
    90094: Code.OAUTH_CONSENT_MISSING,
    90095: Code.OAUTH_CONSENT_MISSING,
    # refresh tokens
    70008: Code.OAUTH_CONSENT_EXPIRED,
    70043: Code.OAUTH_CONSENT_EXPIRED,
    700082: Code.OAUTH_CONSENT_EXPIRED,
    700084: Code.OAUTH_CONSENT_EXPIRED,
    50089: Code.OAUTH_CONSENT_EXPIRED,
    50132: Code.OAUTH_CONSENT_REVOKED,
    50133: Code.OAUTH_CONSENT_REVOKED,
    50173: Code.OAUTH_CONSENT_REVOKED,
    # whoever signed in has to do so again
    50055: Code.OAUTH_SIGN_IN_AGAIN,
    50072: Code.OAUTH_SIGN_IN_AGAIN,
    50074: Code.OAUTH_SIGN_IN_AGAIN,
    50076: Code.OAUTH_SIGN_IN_AGAIN,
    50078: Code.OAUTH_SIGN_IN_AGAIN,
    50079: Code.OAUTH_SIGN_IN_AGAIN,
    50097: Code.OAUTH_SIGN_IN_AGAIN,
    50131: Code.OAUTH_SIGN_IN_AGAIN,
    50158: Code.OAUTH_SIGN_IN_AGAIN,
    53000: Code.OAUTH_SIGN_IN_AGAIN,
    53001: Code.OAUTH_SIGN_IN_AGAIN,
    53002: Code.OAUTH_SIGN_IN_AGAIN,
    53003: Code.OAUTH_SIGN_IN_AGAIN,
    530032: Code.OAUTH_SIGN_IN_AGAIN,
    530035: Code.OAUTH_SIGN_IN_AGAIN,
    700020: Code.OAUTH_SIGN_IN_AGAIN,
    # it passes
    50033: Code.OAUTH_PROVIDER_BUSY,
    50087: Code.OAUTH_PROVIDER_BUSY,
    50196: Code.OAUTH_PROVIDER_BUSY,
    90006: Code.OAUTH_PROVIDER_BUSY,
    90012: Code.OAUTH_PROVIDER_BUSY,
    90024: Code.OAUTH_PROVIDER_BUSY,
    90033: Code.OAUTH_PROVIDER_BUSY,
    90055: Code.OAUTH_PROVIDER_BUSY,
    90090: Code.OAUTH_PROVIDER_BUSY,
}
# Of a signed assertion ``invalid_grant`` is not about anybody's consent.
_OF_ASSERTION: tuple[tuple[str, Code], ...] = (
    ("short-lived token", Code.OAUTH_CLOCK_WRONG),
    ("invalid jwt signature", Code.OAUTH_KEY_INVALID),
    ("account not found", Code.OAUTH_KEY_INVALID),
    ("invalid email or user id", Code.OAUTH_MAILBOX_UNKNOWN),
)
_EXPIRED_OR_REVOKED = "expired or revoked"
_NOT_DELEGATED = {"unauthorized_client", "access_denied"}
# What is no secret, whatever it reads like.
_NAMES = {INVALID_GRANT, *_BY_ERROR, *_NOT_DELEGATED}
_WITHOUT_A_PERSON = {Kind.CLIENT, Kind.ASSERTION}
# What Microsoft says with ``invalid_grant`` too, though no new consent would help.
_NOT_THE_GRANT = {
    Code.OAUTH_PROVIDER_BUSY,
    Code.OAUTH_CLIENT_REFUSED,
    Code.OAUTH_CLIENT_EXPIRED,
    Code.OAUTH_CLIENT_UNKNOWN,
    Code.OAUTH_CLIENT_DISABLED,
    Code.OAUTH_TENANT_UNKNOWN,
    Code.OAUTH_TENANT_MISSING,
}


@sensitive_variables("answer", "secrets")
def refusal(
    answer: Mapping[str, object], *, kind: Kind, secrets: Iterable[str] = (), skew: float = 0.0
) -> TokenError:
    """What the provider means. ``secrets`` were in the request; ``skew`` are seconds that our clock is ahead.

    Facts: ``error`` and ``said``, the provider's words, both cleaned and redacted, and ``number``, of Microsoft.
    """
    known = tuple(secrets)
    # Read as they came: a secret that is one of these words must not change what they mean.
    error, words = _text(answer.get("error")), _text(answer.get("error_description"))
    numbers = [int(found) for found in _NUMBER.findall(words)]
    code = _cause(error, words.lower(), numbers, kind, skew)
    name, said = error if error in _NAMES else shown(error, known), shown(words, known)
    facts: dict[str, Fact] = {"error": name, "said": said or name}
    if numbers:
        facts["number"] = numbers[-1]
    return TokenError(code, stage=Stage.TOKEN, facts=facts)


def needs_consent(error: TokenError) -> bool:
    """Whether what the owner of the mailbox gave is used up, so that no further request can succeed.

    Of all that ``error`` can be, only ``invalid_grant`` means that (RFC 6749 5.2).
    """
    return error.code in NEEDS_CONSENT and error.facts.get("error") == INVALID_GRANT


def _text(value: object) -> str:
    return strip_controls(value)[:MAX_HEARD] if isinstance(value, str) else ""


def _cause(error: str, said: str, numbers: Iterable[int], kind: Kind, skew: float) -> Code:
    meant = _by_error(error, said, kind, skew)
    # The last number is the most exact one where there are several.
    for number in numbers:
        meant = _BY_NUMBER.get(number, meant)
    if kind in _WITHOUT_A_PERSON and meant in NEEDS_CONSENT:
        # Nobody signs in there: an administrator has to agree for the application.
        return Code.OAUTH_CLIENT_NOT_ALLOWED
    if kind not in _WITHOUT_A_PERSON and error == INVALID_GRANT:
        return meant if meant in NEEDS_CONSENT | _NOT_THE_GRANT else Code.OAUTH_CONSENT_REFUSED
    return meant


def _by_error(error: str, said: str, kind: Kind, skew: float) -> Code:
    if kind is Kind.ASSERTION and error == INVALID_GRANT:
        clock = Code.OAUTH_CLOCK_WRONG if abs(skew) > MAX_SKEW else Code.OAUTH_REFUSED
        return next((code for words, code in _OF_ASSERTION if words in said), clock)
    if kind is Kind.ASSERTION and error in _NOT_DELEGATED:
        return Code.OAUTH_DELEGATION_MISSING
    if error == INVALID_GRANT:
        expired = _EXPIRED_OR_REVOKED in said
        return Code.OAUTH_CONSENT_EXPIRED if expired else Code.OAUTH_CONSENT_REFUSED
    return _BY_ERROR.get(error, Code.OAUTH_REFUSED)
