"""The page of a provider that explains a cause or its remedy."""

from __future__ import annotations

from ..discovery.providers import PROVIDERS, of_host
from ..smtp.errors import Code

# What a password of another kind helps.
_PASSWORD = {Code.APPLICATION_PASSWORD_REQUIRED, Code.BROWSER_SIGN_IN_REQUIRED, Code.PASSWORD_EXPIRED}
# What the provider's own page about sending says more about.
_HELP = {
    Code.AUTH_FAILED,
    Code.LOGIN_UNKNOWN,
    Code.BASIC_AUTH_DISABLED,
    Code.LOGIN_AGAINST_POLICY,
    Code.SMTP_OFF_FOR_ORGANISATION,
    Code.SMTP_OFF_FOR_MAILBOX,
    Code.SMTP_OFF_FOR_ACCOUNT,
    Code.LICENCE_MISSING,
    Code.SITE_IP_NOT_ALLOWED,
    Code.QUOTA_PER_DAY,
    Code.QUOTA_PER_HOUR,
    Code.QUOTA_REACHED,
    Code.SENDER_NOT_OWNED,
    Code.SENDER_NOT_VERIFIED,
    Code.SENDER_DOMAIN_NOT_VERIFIED,
}

_BY_KEY = {provider.key: provider for provider in PROVIDERS}


def page_for(code: Code, host: str, key: str = "") -> str:
    """Its address; "" where none is known. ``key`` is the provider's, or that of ``host`` is taken."""
    if code not in _PASSWORD | _HELP:
        return ""
    provider = _BY_KEY.get(key) or of_host(host)
    if provider is None:
        return ""
    page = provider.credentials_url if code in _PASSWORD else ""
    return page or provider.help_url
