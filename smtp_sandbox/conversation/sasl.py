"""The server's side of SASL mechanisms, apart from any connection.

Each is an async function that talks through an :class:`Exchange` and returns the user's name, or raises
Refused.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
import unicodedata
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from hashlib import pbkdf2_hmac, sha256
from typing import NoReturn, Protocol, TypeAlias

from ..rules import Drop
from ..tokens import Issued, Token, TokenRefusal

ITERATIONS = 4096


class Refused(Exception):
    """The login failed; the text is the reply to the client."""

    def __init__(self, reply: str = "535 5.7.8 Authentication credentials invalid") -> None:
        super().__init__(reply)
        self.reply = reply


class Exchange(Protocol):
    """One AUTH dialogue; ``users`` maps names to passwords, ``tokens`` names to bearer tokens."""

    @property
    def users(self) -> Mapping[str, str]:
        """Names and passwords."""

    @property
    def tokens(self) -> Mapping[str, Token]:
        """Names and access tokens."""

    @property
    def issued(self) -> Issued:
        """The access tokens of the sandbox's OAuth server."""

    @property
    def token_refusal(self) -> TokenRefusal:
        """How a token is refused."""

    @property
    def is_begun(self) -> bool:
        """Whether the client has sent an initial response."""

    async def initial(self, prompt: bytes = b"") -> bytes:
        """The initial response, asked for with the prompt if the client sent none."""

    async def challenge(self, data: bytes) -> bytes:
        """The client's decoded response to a challenge."""

    async def drop_after(self, data: bytes, how: Drop) -> NoReturn:
        """Say a challenge and end the connection."""

    def note(self, text: str) -> None:
        """Write into the transcript."""


Mechanism: TypeAlias = Callable[[Exchange], Awaitable[str]]


def decode(response: bytes) -> bytes:
    """Base64 as in AUTH, where "=" stands for an empty initial response (RFC 4954 4). Raises Refused."""
    if response == b"*":
        raise Refused("501 5.7.0 Authentication aborted")
    try:
        return b"" if response == b"=" else base64.b64decode(response, validate=True)
    except binascii.Error as error:
        raise Refused("501 5.5.2 Cannot decode base64") from error


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Refused from error


def _check(users: Mapping[str, str], user: str, password: str) -> str:
    expected = users.get(user)
    if expected is None or not hmac.compare_digest(_prepared(expected), _prepared(password)):
        raise Refused
    return user


def _prepared(password: str) -> bytes:
    # The part of SASLprep (RFC 4013) that changes passwords people really have.
    return unicodedata.normalize("NFKC", password).encode()


async def plain(exchange: Exchange) -> str:
    """PLAIN, RFC 4616."""
    parts = (await exchange.initial()).split(b"\0")
    if len(parts) != 3:
        raise Refused("501 5.5.2 Cannot split the PLAIN response")
    authorize, user, password = map(_text, parts)
    if authorize not in ("", user):
        raise Refused
    return _check(exchange.users, user, password)


async def login(exchange: Exchange) -> str:
    """LOGIN, draft-murchison-sasl-login."""
    user = _text(await exchange.initial(b"Username:"))
    return _check(exchange.users, user, _text(await exchange.challenge(b"Password:")))


async def cram_md5(exchange: Exchange) -> str:
    """CRAM-MD5, RFC 2195; here the server begins (RFC 4954 4)."""
    if exchange.is_begun:
        raise Refused("501 5.7.0 CRAM-MD5 has no initial response")
    challenge = f"<{os.urandom(8).hex()}@localhost>".encode()
    user, _, digest = _text(await exchange.challenge(challenge)).rpartition(" ")
    password = exchange.users.get(user)
    if password is None:
        raise Refused
    expected = hmac.new(password.encode(), challenge, "md5").hexdigest()
    if not hmac.compare_digest(expected.encode(), digest.encode()):
        raise Refused
    return user


async def xoauth2(exchange: Exchange) -> str:
    """XOAUTH2 as Google and Microsoft speak it; a refusal is answered with an empty line."""
    fields = _fields(_text(await exchange.initial()).split("\x01"))
    return await _bearer(exchange, fields.get("user", ""), fields.get("auth", ""), b"")


async def oauthbearer(exchange: Exchange) -> str:
    """OAUTHBEARER, RFC 7628; a refusal is answered with a dummy (3.2.3)."""
    header, *pairs = _text(await exchange.initial()).split("\x01")
    user = header.split(",")[1].removeprefix("a=") if header.count(",") == 2 else ""
    return await _bearer(exchange, _saslname(user), _fields(pairs).get("auth", ""), b"\x01")


def _fields(pairs: list[str]) -> dict[str, str]:
    return dict(pair.partition("=")[::2] for pair in pairs if pair)


async def _bearer(exchange: Exchange, user: str, authorization: str, acknowledgement: bytes) -> str:
    scheme, _, token = authorization.partition(" ")
    how = exchange.token_refusal
    if not how.always and scheme.lower() == "bearer" and _is_good(exchange, user, token):
        return user
    if how.challenge is not None:
        await _explain(exchange, how, how.challenge.encode(), acknowledgement)
    raise Refused(how.reply)


def _is_good(exchange: Exchange, user: str, token: str) -> bool:
    if exchange.issued.accepts(user, token):
        return True
    if user in exchange.tokens:
        return exchange.tokens[user].accepts(token)
    return user in exchange.users and Token(exchange.users[user]).accepts(token)


async def _explain(exchange: Exchange, how: TokenRefusal, challenge: bytes, acknowledgement: bytes) -> None:
    """The client learns the reason in a challenge, and answers it before the failure (RFC 7628 3.2.3)."""
    if how.drop:
        await exchange.drop_after(challenge, how.drop)
    while True:
        answer = await exchange.challenge(challenge)
        properly = "acknowledged" if answer == acknowledgement else "answered with something else"
        exchange.note(f"refusal of the token {properly}")
        if not how.endless:
            return


def _saslname(text: str) -> str:
    return text.replace("=2C", ",").replace("=3D", "=")


@lru_cache(maxsize=256)
def _salted(password: str) -> tuple[bytes, bytes]:
    salt = os.urandom(16)
    return salt, pbkdf2_hmac("sha256", _prepared(password), salt, ITERATIONS)


def _attributes(message: str) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in message.split(","))


async def scram_sha_256(exchange: Exchange) -> str:
    """SCRAM-SHA-256 without channel binding, RFC 5802 and RFC 7677."""
    header, bare = _client_first(_text(await exchange.initial()))
    attributes = _attributes(bare)
    user, nonce = _saslname(attributes["n"]), attributes["r"] + os.urandom(12).hex()
    # An unknown user gets the whole dialogue too, so that both failures look the same.
    salt, salted = _salted(exchange.users.get(user, os.urandom(16).hex()))
    server_first = f"r={nonce},s={base64.b64encode(salt).decode()},i={ITERATIONS}"
    final = _text(await exchange.challenge(server_first.encode()))
    without_proof, _, proof = final.rpartition(",p=")
    signed = f"{bare},{server_first},{without_proof}".encode()
    binding = base64.b64encode(header.encode()).decode()
    proven = without_proof == f"c={binding},r={nonce}" and _proves(salted, signed, proof)
    if not proven or user not in exchange.users:
        raise Refused
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    await exchange.challenge(b"v=" + base64.b64encode(hmac.digest(server_key, signed, "sha256")))
    return user


def _client_first(message: str) -> tuple[str, str]:
    match = re.fullmatch(r"([ny],[^,]*,)(n=[^,]*,r=[^,]+.*)", message)
    if not match:
        raise Refused("501 5.5.2 Not a SCRAM message without channel binding")
    return match.group(1), match.group(2)


def _proves(salted: bytes, signed: bytes, proof: str) -> bool:
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    signature = hmac.digest(sha256(client_key).digest(), signed, "sha256")
    expected = bytes(a ^ b for a, b in zip(client_key, signature, strict=True))
    return hmac.compare_digest(base64.b64encode(expected), proof.encode())


MECHANISMS: dict[str, Mechanism] = {
    "PLAIN": plain,
    "LOGIN": login,
    "CRAM-MD5": cram_md5,
    "SCRAM-SHA-256": scram_sha_256,
    "XOAUTH2": xoauth2,
    "OAUTHBEARER": oauthbearer,
}
