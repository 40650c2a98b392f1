"""Passwords at rest: ``v1:<key id>:<base64 of nonce, ciphertext and tag>``, AES-256-GCM.

::

    UnreadablePassword      (SettingsError)  code ``password_unreadable``
    ├── KeyLost             sealed with a key that the settings no longer name
    ├── NotForThisRow       sealed for another row or destination, or tampered with
    └── Malformed           not what ``seal`` writes

A sealed password opens only for the row and the destination that it was sealed for: both are associated
data of the cipher.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
from dataclasses import dataclass, field
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
TAG_BYTES = 16

_PASSWORDS = b"wagtail_partner_smtp/password/v1"
_SEALED = re.compile(rf"{VERSION}:([0-9a-f]{{{2 * KEY_ID_BYTES}}}):([A-Za-z0-9+/]+={{0,2}})")


class UnreadablePassword(SettingsError):
    """The stored password cannot be read and is never sent."""

    reason = "unreadable"

    def __init__(self) -> None:
        super().__init__(Code.PASSWORD_UNREADABLE, stage=Stage.SETTINGS, facts={"reason": self.reason})


class KeyLost(UnreadablePassword):
    reason = "key_lost"


class NotForThisRow(UnreadablePassword):
    reason = "not_for_this_row"


class Malformed(UnreadablePassword):
    reason = "malformed"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a sealed password is bound to: the row (concrete model, UUID) and the destination."""

    model: str
    uuid: UUID
    destination: Destination


@dataclass(frozen=True, kw_only=True)
class Key:
    """A derived key. ``id`` may be seen by anybody."""

    id: str
    material: bytes = field(repr=False)


@sensitive_variables()
def keys(purpose: bytes = _PASSWORDS) -> tuple[Key, ...]:
    """The keys for one purpose, newest first."""
    secrets: tuple[str | bytes, ...] = conf.sealing_keys()
    if not secrets:
        secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    # Not a generator: error reports do not see that its frame belongs to a function with secrets.
    return tuple(map(partial(_derive, purpose), secrets))


@sensitive_variables("text")
def seal(text: str, row: Row) -> str:
    """The password, sealed with the newest key."""
    key, nonce = keys()[0], os.urandom(NONCE_BYTES)
    payload = nonce + AESGCM(key.material).encrypt(nonce, text.encode(), _bound_to(key, row))
    return f"{VERSION}:{key.id}:{base64.b64encode(payload).decode()}"


@sensitive_variables("plain")
def unseal(sealed: str, row: Row) -> str:
    """The password. Raises ``UnreadablePassword``."""
    key, payload = _parse(sealed)
    try:
        plain = AESGCM(key.material).decrypt(
            payload[:NONCE_BYTES], payload[NONCE_BYTES:], _bound_to(key, row)
        )
    except InvalidTag:
        raise NotForThisRow from None
    return plain.decode()


@sensitive_variables("text")
def rotate(sealed: str, row: Row) -> str:
    """The same password under the newest key; unchanged if it is. Raises ``UnreadablePassword``."""
    text = unseal(sealed, row)
    return sealed if is_current(sealed) else seal(text, row)


def readable_beginnings() -> tuple[str, ...]:
    """What every sealed password begins with whose key is not lost."""
    return tuple(f"{VERSION}:{key.id}:" for key in keys())


def is_current(sealed: str) -> bool:
    """Whether the newest key sealed it."""
    return sealed.startswith(f"{VERSION}:{keys()[0].id}:")


def _derive(purpose: bytes, secret: str | bytes) -> Key:
    hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES + KEY_ID_BYTES, salt=None, info=purpose)
    output = hkdf.derive(force_bytes(secret))
    return Key(id=output[KEY_BYTES:].hex(), material=output[:KEY_BYTES])


def _parse(sealed: str) -> tuple[Key, bytes]:
    match = _SEALED.fullmatch(sealed)
    if not match:
        raise Malformed
    try:
        payload = base64.b64decode(match[2], validate=True)
    except binascii.Error:
        raise Malformed from None
    if len(payload) < NONCE_BYTES + TAG_BYTES:
        raise Malformed
    for key in keys():
        if key.id == match[1]:
            return key, payload
    raise KeyLost


def _bound_to(key: Key, row: Row) -> bytes:
    destination = row.destination
    bound = {
        "version": VERSION,
        "key": key.id,
        "model": row.model,
        "uuid": str(row.uuid),
        "host": destination.host,
        "port": destination.port,
        "login": destination.login,
        "security": destination.security.value,
    }
    return json.dumps(bound, sort_keys=True, separators=(",", ":")).encode()
