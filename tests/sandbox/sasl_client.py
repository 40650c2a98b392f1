"""The client's side of SASL mechanisms that smtplib lacks, written from their RFCs."""

from __future__ import annotations

import base64
import hashlib
import hmac
import smtplib


def encode(text: str | bytes) -> str:
    """Base64, as in AUTH."""
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def decode(reply: bytes) -> str:
    """The text of a challenge."""
    return base64.b64decode(reply).decode()


def authenticate(
    client: smtplib.SMTP, mechanism: str, user: str, password: str, *, initial: bool = True
) -> int:
    """Log in, with an initial response or without; returns the last code of the server."""
    client.ehlo_or_helo_if_needed()
    if mechanism == "SCRAM-SHA-256":
        return scram(client, user, password, initial=initial)
    if mechanism == "CRAM-MD5":
        code, challenge = client.docmd("AUTH", "CRAM-MD5")
        digest = hmac.new(password.encode(), base64.b64decode(challenge), "md5").hexdigest()
        return client.docmd(encode(f"{user} {digest}"))[0]
    first, *further = responses(mechanism, user, password)
    code, _ = begin(client, mechanism, first, initial=initial)
    for response in further:
        if code == 334:
            code, _ = client.docmd(encode(response))
    return code


def responses(mechanism: str, user: str, password: str) -> list[str]:
    """What the client says, in order; a bearer's last word is said only after a failure."""
    return {
        "PLAIN": [f"\0{user}\0{password}"],
        "LOGIN": [user, password],
        "XOAUTH2": [f"user={user}\x01auth=Bearer {password}\x01\x01", ""],
        "OAUTHBEARER": [f"n,a={user},\x01host=localhost\x01auth=Bearer {password}\x01\x01", "\x01"],
    }[mechanism]


def begin(client: smtplib.SMTP, mechanism: str, first: str, *, initial: bool) -> tuple[int, bytes]:
    """Send the first response with the command or after a challenge."""
    if initial:
        return client.docmd("AUTH", f"{mechanism} {encode(first)}")
    code, reply = client.docmd("AUTH", mechanism)
    return client.docmd(encode(first)) if code == 334 else (code, reply)


def scram(client: smtplib.SMTP, user: str, password: str, *, initial: bool) -> int:
    """RFC 5802 3, RFC 7677; checks the server's signature too."""
    bare = f"n={user},r=fyko+d2lbbFgONRv9qkxdawL"
    code, reply = begin(client, "SCRAM-SHA-256", f"n,,{bare}", initial=initial)
    if code != 334:
        return code
    server_first = decode(reply)
    nonce, salt, count = (part[2:] for part in server_first.split(","))
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(count))
    key = hmac.digest(salted, b"Client Key", "sha256")
    signed = f"{bare},{server_first},c=biws,r={nonce}".encode()
    signature = hmac.digest(hashlib.sha256(key).digest(), signed, "sha256")
    proof = encode(bytes(a ^ b for a, b in zip(key, signature, strict=True)))
    code, reply = client.docmd(encode(f"c=biws,r={nonce},p={proof}"))
    if code != 334:
        return code
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    assert decode(reply) == f"v={encode(hmac.digest(server_key, signed, 'sha256'))}"
    return client.docmd("")[0]
