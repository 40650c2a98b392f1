"""Access tokens that Dovecot takes: JSON Web Tokens (RFC 7519), signed with a key that it shares."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import time
from pathlib import Path

_KEY = secrets.token_bytes(32)


def write_key(directory: Path) -> None:
    """Where Dovecot looks for it: by authorized party, algorithm and name of the key."""
    (directory / "default" / "HS256").mkdir(parents=True)
    (directory / "default" / "HS256" / "default").write_bytes(base64.b64encode(_KEY))


def make_token(login: str, *, seconds: float = 600, length: int = 0) -> str:
    """Good for so many seconds, and at least so many characters long."""
    now = int(time.time())
    claims = {"sub": login, "iat": now - 60, "nbf": now - 60, "exp": int(now + seconds), "padding": ""}
    claims["padding"] = "x" * max(0, (length - len(_signed(claims))) * 3 // 4 + 3)
    return _signed(claims)


def _signed(claims: dict[str, object]) -> str:
    head = ".".join(_encoded(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "HS256"}, claims))
    return f"{head}.{_encoded(hmac.digest(_KEY, head.encode(), 'sha256'))}"


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
