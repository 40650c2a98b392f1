"""The providers that need no endpoints typed: where they are, and what they want to be asked for.

Where it is documented, and last looked up on 2026-11-28, in copies and in what others quote of them:

- Microsoft: learn.microsoft.com, "Authenticate an IMAP, POP or SMTP connection using OAuth" (scopes, hosts) and
  "Microsoft identity platform and OAuth 2.0 authorization code flow" (endpoints). It has no revocation endpoint.
- Google: developers.google.com, "Using OAuth 2.0 for Web Server Applications", "Using OAuth 2.0 for Server to
  Server Applications" (endpoints) and "XOAUTH2 Protocol" of Gmail (scope, host).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

_NOTHING: Mapping[str, str] = MappingProxyType({})
_IDENTITY = ("openid", "email")


class Application(StrEnum):
    """How an application gets tokens without a person."""

    CLIENT_CREDENTIALS = "client_credentials"  # RFC 6749 4.4
    JWT_BEARER = "jwt_bearer"  # RFC 7523 2.1


@dataclass(frozen=True, kw_only=True)
class Vendor:
    """``{tenant}`` in an endpoint stands for the customer's organisation.

    ``hosts`` are the servers that its tokens may be sent to, in canonical form: nobody who can edit a partner
    may send a token of the site's application to their own server.
    """

    name: str
    label: str
    authorization_endpoint: str
    token_endpoint: str
    revocation_endpoint: str = ""
    scopes: tuple[str, ...]
    application_scopes: tuple[str, ...]
    hosts: tuple[str, ...]
    tenant: str = ""
    application: Application = Application.CLIENT_CREDENTIALS
    authorization_parameters: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


MICROSOFT = Vendor(
    name="microsoft",
    label="Microsoft 365",
    authorization_endpoint="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/authorize",
    token_endpoint="https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",  # noqa: S106
    scopes=("https://outlook.office.com/SMTP.Send", "offline_access", *_IDENTITY),
    application_scopes=("https://outlook.office365.com/.default",),
    hosts=("smtp.office365.com", "smtp-mail.outlook.com", "outlook.office365.com"),
    tenant="common",
    # Without it a browser that is signed in as somebody else consents for that somebody.
    authorization_parameters=MappingProxyType({"prompt": "select_account"}),
)
GOOGLE = Vendor(
    name="google",
    label="Google",
    authorization_endpoint="https://accounts.google.com/o/oauth2/v2/auth",
    token_endpoint="https://oauth2.googleapis.com/token",  # noqa: S106
    revocation_endpoint="https://oauth2.googleapis.com/revoke",
    scopes=("https://mail.google.com/", *_IDENTITY),
    application_scopes=("https://mail.google.com/",),
    hosts=("smtp.gmail.com", "smtp.googlemail.com", "smtp-relay.gmail.com"),
    application=Application.JWT_BEARER,
    # Google gives a refresh token for offline access only, and a second one only if it asks for consent again.
    authorization_parameters=MappingProxyType({"access_type": "offline", "prompt": "consent"}),
)
VENDORS: Mapping[str, Vendor] = MappingProxyType({each.name: each for each in (MICROSOFT, GOOGLE)})
