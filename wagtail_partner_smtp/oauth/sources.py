"""Which source an account gets its tokens from."""

from __future__ import annotations

from typing import cast

from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..account.oauth import SMTPAccountOAuth
from ..account.row import SMTPAccount
from ..smtp.errors import Code, SettingsError
from ..smtp.stages import Stage
from ..smtp.token_source import TokenSource
from . import is_available
from .providers import SITE
from .site import SiteTokenSource
from .tokens import AccountTokenSource


@sensitive_variables()
def source_of(account: SMTPAccountOAuth) -> TokenSource:
    """Raises ``SettingsError`` where this site cannot get tokens, or the account's secret cannot be read."""
    partner = cast("SMTPAccount", account)
    if partner.smtp_oauth_provider == SITE:
        if conf.token_provider():
            return SiteTokenSource.of(partner)
        code, name = Code.OAUTH_PROVIDER_UNKNOWN, "oauth_provider"
        raise SettingsError(code, stage=Stage.SETTINGS, facts={"field": name})
    if not is_available():
        raise SettingsError(Code.OAUTH_UNAVAILABLE, stage=Stage.SETTINGS, facts={"field": "auth"})
    return AccountTokenSource.of(partner)
