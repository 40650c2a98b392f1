"""Secrets at rest: ``v1:<key id>:<base64 of nonce, ciphertext and tag>``, AES-256-GCM.

::

    UnreadablePassword      (SettingsError)  code ``password_unreadable``, or that of another kind of secret
    ├── KeyLost             sealed with a key that the settings no longer name
    ├── NotForThisRow       sealed for another row, destination or application, or tampered with
    └── Malformed           not what ``seal`` writes

A sealed secret opens only for the row and the destination that it was sealed for, those of OAuth also only for
their application and its token endpoint: all of that is associated data of the cipher. Each kind has keys of its
own, so that none is taken for another.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import partial
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.encoding import force_bytes
from django.views.decorators.debug import sensitive_variables

from .. import conf
from ..smtp.errors import Code, SettingsError
from ..smtp.settings import Destination, Stage

VERSION = "v1"
KEY_BYTES = 32
KEY_ID_BYTES = 8
NONCE_BYTES = 12
NONCE_CHARACTERS = NONCE_BYTES * 4 // 3  # in base64, without a rest
TAG_BYTES = 16

BEGINNING = len(f"{VERSION}:") + 2 * KEY_ID_BYTES + len(":")
"""So many characters of what is sealed tell the key."""

_SEALED = re.compile(rf"{VERSION}:([0-9a-f]{{{2 * KEY_ID_BYTES}}}):([A-Za-z0-9+/]+={{0,2}})")


class Kind(StrEnum):
    """What is sealed. Access and refresh tokens are those of RFC 6749 1.4 and 1.5.

    The fingerprint of a certificate is no secret: sealed, it proves that this site has written it.
    """

    PASSWORD = "password"
    OAUTH_SECRET = "oauth-secret"
    REFRESH_TOKEN = "refresh-token"
    ACCESS_TOKEN = "access-token"
    CERTIFICATE = "certificate"

    @property
    def purpose(self) -> bytes:
        """What its keys are derived for."""
        return f"wagtail_partner_smtp/{self.value}/{VERSION}".encode()


_CODES = {
    Kind.PASSWORD: (Code.PASSWORD_UNREADABLE, "password"),
    Kind.OAUTH_SECRET: (Code.OAUTH_SECRET_UNREADABLE, "oauth_secret"),
    Kind.REFRESH_TOKEN: (Code.OAUTH_TOKEN_UNREADABLE, "auth"),
    Kind.ACCESS_TOKEN: (Code.OAUTH_TOKEN_UNREADABLE, "auth"),
    Kind.CERTIFICATE: (Code.CERTIFICATE_CHANGED, "host"),
}


class UnreadablePassword(SettingsError):
    """The stored password, or another secret in its place, cannot be read and is never sent."""

    reason = "unreadable"

    def __init__(self, kind: Kind = Kind.PASSWORD) -> None:
        code, field = _CODES[kind]
        super().__init__(code, stage=Stage.SETTINGS, facts={"reason": self.reason, "field": field})
        self.kind = kind


class KeyLost(UnreadablePassword):
    reason = "key_lost"


class NotForThisRow(UnreadablePassword):
    reason = "not_for_this_row"


class Malformed(UnreadablePassword):
    reason = "malformed"


@dataclass(frozen=True, kw_only=True)
class OAuthTarget:
    """Where an OAuth secret may go, and what it is good for: the columns of that name, as they are."""

    provider: str
    grant: str
    tenant: str
    client_id: str
    token_endpoint: str


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a secret is bound to: the row (concrete model, UUID), the destination, and ``oauth`` unless it is a
    password."""

    model: str
    uuid: UUID
    destination: Destination
    oauth: OAuthTarget | None = None


@dataclass(frozen=True, kw_only=True)
class Key:
    """A derived key. ``id`` may be seen by anybody."""

    id: str
    material: bytes = field(repr=False)


@sensitive_variables()
def keys(purpose: bytes = Kind.PASSWORD.purpose) -> tuple[Key, ...]:
    """The keys for one purpose, newest first."""
    secrets: tuple[str | bytes, ...] = conf.sealing_keys()
    if not secrets:
        secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    # Not a generator: error reports do not see that its frame belongs to a function with secrets.
    return tuple(map(partial(_derive, purpose), secrets))


@sensitive_variables("text")
def seal(text: str, row: Row, kind: Kind = Kind.PASSWORD) -> str:
    """The secret, encrypted with the newest key."""
    return _seal(text, row, kind, os.urandom(NONCE_BYTES))


@sensitive_variables("plain")
def unseal(sealed: str, row: Row, kind: Kind = Kind.PASSWORD) -> str:
    """The secret. Raises ``UnreadablePassword``."""
    key, payload = _parse(sealed, kind)
    try:
        plain = AESGCM(key.material).decrypt(
            payload[:NONCE_BYTES], payload[NONCE_BYTES:], _bound_to(key, row)
        )
    except InvalidTag:
        raise NotForThisRow(kind) from None
    return plain.decode()


@sensitive_variables("text")
def rotate(sealed: str, row: Row, kind: Kind = Kind.PASSWORD) -> str:
    """The same secret under the newest key; unchanged if it is. Raises ``UnreadablePassword``.

    It keeps its nonce, which is random, and which no other text has under that key: however often and in whatever
    order keys are changed, the same one comes of it.
    """
    text = unseal(sealed, row, kind)
    if is_current(sealed, kind):
        return sealed
    _, payload = _parse(sealed, kind)
    return _seal(text, row, kind, payload[:NONCE_BYTES])


def mark_of(sealed: str) -> str:
    """What tells a sealed secret from all that were typed before or after it, and nothing about its text.

    ``rotate`` keeps it.
    """
    return sealed[BEGINNING:][:NONCE_CHARACTERS]


def readable_beginnings(kind: Kind = Kind.PASSWORD) -> tuple[str, ...]:
    """What every sealed secret of a kind begins with whose key is not lost."""
    return tuple(f"{VERSION}:{key.id}:" for key in keys(kind.purpose))


def is_current(sealed: str, kind: Kind = Kind.PASSWORD) -> bool:
    """Whether the newest key sealed it."""
    return sealed.startswith(readable_beginnings(kind)[0])


@sensitive_variables("text")
def _seal(text: str, row: Row, kind: Kind, nonce: bytes) -> str:
    key = keys(kind.purpose)[0]
    payload = nonce + AESGCM(key.material).encrypt(nonce, text.encode(), _bound_to(key, row))
    return f"{VERSION}:{key.id}:{base64.b64encode(payload).decode()}"


def _derive(purpose: bytes, secret: str | bytes) -> Key:
    hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES + KEY_ID_BYTES, salt=None, info=purpose)
    output = hkdf.derive(force_bytes(secret))
    return Key(id=output[KEY_BYTES:].hex(), material=output[:KEY_BYTES])


def _parse(sealed: str, kind: Kind) -> tuple[Key, bytes]:
    match = _SEALED.fullmatch(sealed)
    if not match:
        raise Malformed(kind)
    try:
        payload = base64.b64decode(match[2], validate=True)
    except binascii.Error:
        raise Malformed(kind) from None
    if len(payload) < NONCE_BYTES + TAG_BYTES:
        raise Malformed(kind)
    for key in keys(kind.purpose):
        if key.id == match[1]:
            return key, payload
    raise KeyLost(kind)


def _bound_to(key: Key, row: Row) -> bytes:
    destination = row.destination
    bound: dict[str, object] = {
        "version": VERSION,
        "key": key.id,
        "model": row.model,
        "uuid": str(row.uuid),
        "host": destination.host,
        "port": destination.port,
        "login": destination.login,
        "security": destination.security.value,
    }
    # Absent for a password, so that those open which were sealed before there was OAuth.
    if row.oauth is not None:
        bound["oauth"] = asdict(row.oauth)
    return json.dumps(bound, sort_keys=True, separators=(",", ":")).encode()
