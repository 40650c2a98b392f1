"""What the tab's script knows of the authentication methods, and where it is time to change to OAuth."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from ...account.columns import OAuthGrant, SMTPAuth
from ...discovery.provider import OAuth, Provider
from ...discovery.providers import of_host
from ...oauth.providers import allows
from ...oauth.vendors import VENDORS
from ...smtp.errors import Code
from ...smtp.names import host_or_nothing
from . import oauth_input
from .method_form import METHOD_FIELDS

if TYPE_CHECKING:
    from ...connection_test.report import ConnectionReport
    from ...forms import SMTPAccountFormMixin

OF_PASSWORD = ("smtp_password", "smtp_password_remove")

_NEEDS_OAUTH = {Code.BASIC_AUTH_DISABLED, Code.BROWSER_SIGN_IN_REQUIRED}


def counting(form: SMTPAccountFormMixin) -> dict[str, Any]:
    """Which fields count: for a password, for OAuth by provider and grant, and all that OAuth has."""
    choices = oauth_input.offered()
    names = dict.fromkeys((*choices, form.stored.method[oauth_input.PROVIDER]))
    return {
        "password": OF_PASSWORD,
        "oauth": {
            name: {grant: sorted(oauth_input.counting(name, grant, choices)) for grant in OAuthGrant.values}
            for name in names
        },
        "all": [name for name in METHOD_FIELDS if name != "smtp_auth"],
    }


def servers() -> dict[str, Any]:
    """Name, mail server and hosts of each provider that has any."""
    choices = oauth_input.offered()
    return {
        name: {"name": each.label, "hosts": each.hosts, "values": values}
        for name, each in choices.items()
        if (values := oauth_input.mail_server(name, choices))
    }


def method_for(provider: Provider) -> dict[str, str]:
    """The method to fill in together with a provider's mail server; empty if a password does."""
    if provider.oauth is not OAuth.NEEDED or provider.key not in oauth_input.offered():
        return {}
    return _change_to(provider.key)


def hint_for(provider: Provider) -> str:
    """What to know about a provider on this site, which may offer what it needs, or not."""
    if provider.oauth is not OAuth.NEEDED or provider.key not in VENDORS:
        return str(provider.hint)
    if oauth_input.offered():
        sentence = _("Choose OAuth 2.0 as authentication method.")
    else:
        sentence = _("The developers of this site have to enable OAuth 2.0 for that.")
    return f"{provider.hint} {sentence}"


def offer(form: SMTPAccountFormMixin) -> dict[str, str] | None:
    """The change to OAuth for an account with a password at a provider that takes none any more."""
    stored = form.stored
    if stored.method["smtp_auth"] == SMTPAuth.OAUTH or not stored.has_password:
        return None
    provider = of_host(host_or_nothing(stored.values["host"]))
    if provider is None or not (values := method_for(provider)):
        return None
    return {"name": provider.name, "values": json.dumps(values)}


def remedy(report: ConnectionReport) -> dict[str, str] | None:
    """The same for a server that has just refused a password as such."""
    error = report.facts.error
    if error is None or error.code not in _NEEDS_OAUTH:
        return None
    host, choices = host_or_nothing(report.settings.host), oauth_input.offered()
    for name, each in choices.items():
        if each.hosts and allows(each.hosts, host):
            return _change_to(name)
    provider = of_host(host)
    return _change_to(provider.key) if provider and provider.key in choices else None


def with_remedy(answer: Mapping[str, Any], report: ConnectionReport) -> dict[str, Any]:
    """The report's JSON, with the change as a suggestion where it is one."""
    values = remedy(report)
    if values is None:
        return dict(answer)
    told = {name: answer[name] | {"suggestion": values} for name in ("error", "cause") if answer[name]}
    return {**answer, **told}


def _change_to(provider: str) -> dict[str, str]:
    return {"smtp_auth": SMTPAuth.OAUTH.value, "smtp_oauth_provider": provider}
