"""SCRAM-SHA-256 (RFC 5802, RFC 7677), the client's side, without channel binding."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import stringprep
import unicodedata
from collections.abc import Callable, Generator

from .errors import AuthError, Code

MIN_ITERATIONS = 4096  # RFC 7677 4
# PBKDF2 runs as often as the server says: more would only keep this process busy.
MAX_ITERATIONS = 1_000_000

_PROHIBITED = (
    stringprep.in_table_c12,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def scram_sha_256(
    login: str, password: str, nonce: Callable[[], str] = lambda: secrets.token_urlsafe(24)
) -> Generator[bytes | None, bytes, None]:
    """Ends only after the server has proved that it knows the password, else raises ``AuthError``."""
    client_nonce = nonce()
    name = saslprep(login).replace("=", "=3D").replace(",", "=2C")
    first_bare = f"n={name},r={client_nonce}"
    server_first = yield f"n,,{first_bare}".encode()

    salt, iterations, full_nonce = _server_first(server_first, client_nonce)
    salted = hashlib.pbkdf2_hmac("sha256", saslprep(password).encode(), salt, iterations)
    final_bare = f"c=biws,r={full_nonce}"
    signed = b",".join([first_bare.encode(), server_first, final_bare.encode()])
    server_final = yield f"{final_bare},p={_proof(salted, signed)}".encode()

    expected = _mac(_mac(salted, b"Server Key"), signed)
    signature = _attributes(server_final).get("v", "").encode()
    if not hmac.compare_digest(signature, base64.b64encode(expected)):
        raise AuthError(Code.SERVER_NOT_AUTHENTIC)
    yield b""


def saslprep(text: str) -> str:
    """RFC 4013. A text with characters that it prohibits is used as it is: the server decides."""
    mapped = "".join(" " if stringprep.in_table_c12(c) else c for c in text if not stringprep.in_table_b1(c))
    normal = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    return text if any(prohibits(c) for c in normal for prohibits in _PROHIBITED) else normal


def _server_first(message: bytes, client_nonce: str) -> tuple[bytes, int, str]:
    attributes = _attributes(message)
    try:
        salt = base64.b64decode(attributes["s"], validate=True)
        iterations, full_nonce = int(attributes["i"]), attributes["r"]
    except (KeyError, ValueError):
        raise AuthError(Code.SERVER_NOT_AUTHENTIC) from None
    fresh = full_nonce.startswith(client_nonce) and full_nonce != client_nonce
    if not fresh or not MIN_ITERATIONS <= iterations <= MAX_ITERATIONS:
        raise AuthError(Code.SERVER_NOT_AUTHENTIC)
    return salt, iterations, full_nonce


def _attributes(message: bytes) -> dict[str, str]:
    parts = message.decode("utf-8", "replace").split(",")
    return {part[0]: part[2:] for part in parts if part[1:2] == "="}


def _proof(salted: bytes, signed: bytes) -> str:
    client_key = _mac(salted, b"Client Key")
    signature = _mac(hashlib.sha256(client_key).digest(), signed)
    return base64.b64encode(bytes(a ^ b for a, b in zip(client_key, signature, strict=True))).decode()


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")
