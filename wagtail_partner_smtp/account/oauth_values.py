"""What the values of an account with OAuth must be, whoever typed them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..smtp.errors import Code
from ..smtp.settings import Security
from ..smtp.web_address import WebAddress

OAUTH_COLUMNS = (
    "smtp_oauth_provider",
    "smtp_oauth_grant",
    "smtp_oauth_tenant",
    "smtp_oauth_client_id",
    "smtp_oauth_authorization_endpoint",
    "smtp_oauth_token_endpoint",
    "smtp_oauth_scopes",
)
"""What people fill in for OAuth, besides its secret."""

ENDPOINTS = ("smtp_oauth_authorization_endpoint", "smtp_oauth_token_endpoint")

# An ID or a domain.
_TENANT = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
# RFC 6749 A.1: VSCHAR; A.4: scope tokens between spaces.
_CLIENT_ID = re.compile(r"[\x20-\x7e]*")
_SCOPES = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]*")


def errors(values: Mapping[str, Any]) -> Iterator[tuple[str, Code]]:
    """The columns whose values cannot be used, whatever the rest. ``values`` are by the columns' names."""
    if values["smtp_security"] == Security.NONE:
        yield "smtp_security", Code.TOKEN_NEEDS_ENCRYPTION
    if (tenant := values["smtp_oauth_tenant"]) and not is_tenant(tenant):
        yield "smtp_oauth_tenant", Code.OAUTH_TENANT_INVALID
    for name in ENDPOINTS:
        if values[name] and not is_endpoint(values[name]):
            yield name, Code.OAUTH_ENDPOINT_INVALID
    if not _CLIENT_ID.fullmatch(values["smtp_oauth_client_id"]):
        yield "smtp_oauth_client_id", Code.OAUTH_CHARACTERS_INVALID
    if not _SCOPES.fullmatch(values["smtp_oauth_scopes"]):
        yield "smtp_oauth_scopes", Code.OAUTH_CHARACTERS_INVALID


def is_tenant(text: str) -> bool:
    """Whether it can stand in the path of an endpoint: anything else would lead to another one."""
    return bool(_TENANT.fullmatch(text)) and ".." not in text


def is_endpoint(text: str) -> bool:
    """Whether it is an address that tokens may be asked for at (RFC 6749 3.1, 3.2)."""
    try:
        WebAddress.parse(text)
    except ValueError:
        return False
    return True
