#!/usr/bin/env bash
# One would guess: a DKIM library that signs List-Unsubscribe without being asked also signs List-Unsubscribe-Post, the other half of
# one-click unsubscribing. RFC 8058 4 wants both in h= of a valid signature.
#
# What really happens: dkimpy signs the headers that RFC 6376 5.4.1 names, which is older. List-Unsubscribe is one of them,
# List-Unsubscribe-Post is not. The signature is valid, so that no check of SPF, DKIM or DMARC shows anything.
#
# Seen with dkimpy 1.1.8, which dkimpy-milter 1.2.3 signs with, by the same list. nodemailer 10.6.1 signs both.
#
# Why it matters for mail: a receiver should not offer one-click unsubscribing for such a message. The mailbox providers that
# demand it of bulk mail see a newsletter without it, although both headers and a good signature are there. One has to name the
# headers oneself (include_headers).
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "dkimpy==1.1.8" "dnspython==2.8.0" "cryptography==46.0.3"
"$folder/env/bin/python" - <<'PYTHON'
import base64
from importlib.metadata import version

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

key = rsa.generate_private_key(65537, 2048)
private = key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
)
public = key.public_key().public_bytes(
    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
)
record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
message = b"\r\n".join(
    [
        b"From: News <news@shop.example>",
        b"To: ann@customer.example",
        b"Subject: News",
        b"Date: Sun, 29 Nov 2026 12:00:00 +0000",
        b"Message-ID: <1@shop.example>",
        b"List-Unsubscribe: <https://shop.example/unsubscribe/1>",
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        b"MIME-Version: 1.0",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Transfer-Encoding: 7bit",
        b"",
        b"See below.",
        b"",
    ]
)


def signed(**how: object) -> set[str]:
    """The names in h=, of a signature that is valid."""
    header = dkim.sign(message, b"mail", b"shop.example", private, **how)
    assert dkim.verify(header + message, dnsfunc=lambda name, timeout=5: record)
    tags = dict(tag.strip().split("=", 1) for tag in header.decode().partition(":")[2].split(";"))
    return {name.strip() for name in tags["h"].split(":")}


print("dkimpy", version("dkimpy"))
names = signed()
print("h=", *sorted(names))
assert "list-unsubscribe" in names, names
assert "list-unsubscribe-post" not in names, names
named = signed(include_headers=[*(name.encode() for name in names), b"list-unsubscribe-post"])
assert named == names | {"list-unsubscribe-post"}, named
print("As described: the signature is valid, and List-Unsubscribe-Post is not in it unless one names it.")
PYTHON
