"""What the OAuth server knows: applications, tenants, codes and tokens."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Literal, TypeAlias

from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin
from authlib.oidc.core import AuthorizationCodeMixin

from ..tokens import Issued, Token
from ..web_server import parts_of
from .refusals import Reason, refusal

CODE, REFRESH, APPLICATION = "authorization_code", "refresh_token", "client_credentials"
ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"
GRANT_TYPES = frozenset((CODE, REFRESH, APPLICATION, ASSERTION))

TENANT = "5f9b6c1e-3a52-4d7e-9c1a-0d4c7b2e8f60"
CODE_SECONDS = 600.0

# "none": no new refresh token; "keep": a new one, and the old one stays good; "revoke": and the old one ends.
Rotation: TypeAlias = Literal["none", "keep", "revoke"]

# A token opens a mailbox if it is for one of them; Microsoft's application permission is asked for as ".default".
SMTP_SCOPES = frozenset(
    (
        "smtp",
        "https://mail.google.com/",
        "https://outlook.office.com/SMTP.Send",
        "https://outlook.office365.com/SMTP.Send",
        "https://outlook.office.com/.default",
        "https://outlook.office365.com/.default",
    )
)


@dataclass(kw_only=True)
class Client(ClientMixin):
    """An application; its fields may be changed at any time.

    An empty ``client_secret`` makes it a public one. An empty ``redirect_uris`` takes any, and so do ``scopes``
    None. ``mailboxes`` are those that it may send for without a person (Microsoft: by a permission in Exchange;
    Google: by domain-wide delegation). ``public_key`` is PEM, of a service account.
    """

    client_id: str
    client_secret: str = field(default="", repr=False)
    name: str = "Partner mail"
    redirect_uris: set[str] = field(default_factory=set)
    scopes: set[str] | None = None
    grant_types: set[str] = field(default_factory=lambda: set(GRANT_TYPES))
    mailboxes: set[str] = field(default_factory=set)
    public_key: str = field(default="", repr=False)
    secret_expired: bool = False

    def get_client_id(self) -> str:
        """Its name on the wire."""
        return self.client_id

    def get_default_redirect_uri(self) -> str:
        """The only one that is registered, or ""."""
        return next(iter(self.redirect_uris)) if len(self.redirect_uris) == 1 else ""

    def get_allowed_scope(self, scope: str | None) -> str:
        """The scope, if it may have all of it."""
        if self.scopes is not None and not self.scopes.issuperset((scope or "").split()):
            raise refusal(Reason.SCOPE)
        return scope or ""

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Whether people may be sent there."""
        return (
            redirect_uri in self.redirect_uris if self.redirect_uris else parts_of(redirect_uri) is not None
        )

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether it is its secret, which has not expired; raised is why not."""
        if not secrets.compare_digest(self.client_secret.encode(), client_secret.encode()):
            raise refusal(Reason.SECRET_WRONG)
        if self.secret_expired:
            raise refusal(Reason.SECRET_EXPIRED)
        return True

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """A public application proves nothing, another one its secret."""
        return (method == "none") == (not self.client_secret)

    def check_response_type(self, response_type: str) -> bool:
        """Only codes are given away."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether it may ask in this way."""
        return grant_type in self.grant_types


@dataclass(kw_only=True)
class Code(AuthorizationCodeMixin):
    """An authorization code; ``offline`` is whether a refresh token goes with it."""

    code: str = field(repr=False)
    client_id: str
    mailbox: str
    redirect_uri: str
    scope: str
    nonce: str | None
    code_challenge: str | None
    code_challenge_method: str | None
    offline: bool
    issued_at: float = field(default_factory=time.time)
    used: bool = False

    @property
    def is_expired(self) -> bool:
        """Whether it has not been used in time."""
        return time.time() > self.issued_at + CODE_SECONDS

    def get_redirect_uri(self) -> str:
        """Where it was sent."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """What was consented to."""
        return self.scope

    def get_nonce(self) -> str | None:
        """What the ID token repeats."""
        return self.nonce

    def get_auth_time(self) -> int:
        """When the person signed in."""
        return int(self.issued_at)

    def get_acr(self) -> None:
        """How surely: not said."""

    def get_amr(self) -> None:
        """In which way: not said."""


@dataclass(kw_only=True)
class Grant(TokenMixin):
    """An access token, and the refresh token that came with it ("" without one).

    ``mailbox`` is whose it is, "" for an application's own. ``family`` is shared by all that came of one consent.
    """

    client_id: str
    mailbox: str
    scope: str
    access_token: str = field(repr=False)
    refresh_token: str = field(default="", repr=False)
    expires_in: float = 3600.0
    family: str = field(default_factory=lambda: secrets.token_hex(8), repr=False)
    issued_at: float = field(default_factory=time.time)
    revoked: bool = False
    refresh_token_revoked: bool = False

    def check_client(self, client: Client | None) -> bool:
        """Whether it was issued to that application; None asks for nobody's."""
        return client is None or client.client_id == self.client_id

    def get_scope(self) -> str:
        """What it is for."""
        return self.scope

    def get_expires_in(self) -> float:
        """For how many seconds it was good."""
        return self.expires_in

    def is_expired(self) -> bool:
        """Whether the access token's time is over."""
        return time.time() > self.issued_at + self.expires_in

    def is_revoked(self) -> bool:
        """Whether it has been taken back."""
        return self.revoked


@dataclass
class Registry:
    """The server's memory, and its habits, which may be changed at any time.

    ``lifetime`` is for how many seconds an access token is good, ``token_length`` how many characters it has.
    ``rotation`` is what happens to refresh tokens; None leaves it to the vendor whose endpoint was asked.
    ``tenants`` are known to Microsoft's endpoints. A token opens a mailbox if it is for one of ``smtp_scopes``.
    ``people`` names mailboxes for the consent page.
    """

    issued: Issued
    people: Callable[[], Sequence[str]] = field(repr=False)
    _: KW_ONLY
    lifetime: float = 3600.0
    token_length: int = 1200
    rotation: Rotation | None = None
    smtp_scopes: set[str] = field(default_factory=lambda: set(SMTP_SCOPES))
    tenants: set[str] = field(default_factory=lambda: {"common", "organizations", TENANT})
    clients: dict[str, Client] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict, repr=False)
    grants: list[Grant] = field(default_factory=list, repr=False)

    def remember(self, grant: Grant) -> None:
        """Keep it, and let its access token open the mailbox."""
        self.grants.append(grant)
        self.issued.add(
            Token.lasting(grant.access_token, grant.expires_in), lambda name: self._opens(grant, name)
        )

    def _opens(self, grant: Grant, mailbox: str) -> bool:
        if not self.smtp_scopes & set(grant.scope.split()):
            return False
        if grant.mailbox:
            return grant.mailbox.lower() == mailbox.lower()
        client = self.clients.get(grant.client_id)
        return client is not None and mailbox.lower() in map(str.lower, client.mailboxes)

    def find(self, *, access_token: str = "", refresh_token: str = "") -> Grant | None:
        """What one of these tokens belongs to."""
        for grant in self.grants:
            if access_token and grant.access_token == access_token:
                return grant
            if refresh_token and grant.refresh_token == refresh_token:
                return grant
        return None

    def revoke(self, grant: Grant) -> None:
        """End all that came of the same consent."""
        for each in self.grants:
            if each.family == grant.family:
                each.revoked = each.refresh_token_revoked = True
                self.issued.discard(each.access_token)
