#!/usr/bin/env bash
# One would guess: each DKIM signature of a message counts by itself (RFC 6376 4.2), and DMARC passes if any that is
# valid is of the sender's own domain (RFC 7489 3.1.1). So both the sender and the provider that sends for it may
# sign.
#
# What really happens: dkimpy's verify() looks at one signature, by default the first. authheaders asks for no other:
# its Authentication-Results has one entry for DKIM, and its DMARC knows only that. With the provider's signature
# first it is "fail", although the sender's is as valid; the other way round it is "pass".
#
# Seen with authheaders 0.16.3 and dkimpy 1.1.8. mailauth 4.13.3 (Node.js) looks at both, and says "pass" in either
# order.
#
# Why it matters for mail: a signer puts its signature above the others (RFC 6376 5.6), so the provider's is the first
# where a site signs before it hands the message over. Who tests the signatures of outgoing mail so sees a fault which
# it does not have, and a receiver refuses good mail. With dkimpy one has to ask for each signature by its index.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "authheaders==0.16.3" "dkimpy==1.1.8" "authres==1.2.0" \
    "publicsuffix2==2.20191221" "dnspython==2.8.0" "cryptography==46.0.3"
"$folder/env/bin/python" - <<'PYTHON'
import base64
from importlib.metadata import version

import dkim
from authheaders import authenticate_message
from authres import AuthenticationResultsHeader
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

key = rsa.generate_private_key(65537, 2048)
private = key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
)
public = key.public_key().public_bytes(
    serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
)
message = b"\r\n".join(
    [
        b"From: News <news@example.com>",
        b"To: ann@customer.example",
        b"Subject: News",
        b"Date: Sun, 29 Nov 2026 12:00:00 +0000",
        b"Message-ID: <1@example.com>",
        b"",
        b"See below.",
        b"",
    ]
)


def record(name, timeout=5):
    """The DNS: dkimpy wants octets, authheaders text."""
    name = (name.decode() if isinstance(name, bytes) else name).rstrip(".")
    if name in ("mail._domainkey.example.com", "mail._domainkey.example.net"):
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    return "v=DMARC1; p=reject" if name == "_dmarc.example.com" else None


print(*(f"{name} {version(name)}" for name in ("authheaders", "dkimpy")), sep=", ")
sender, provider = (dkim.sign(message, b"mail", domain, private) for domain in (b"example.com", b"example.net"))
for above, below, expected in [
    (sender, provider, [("dkim", "pass", "example.com"), ("dmarc", "pass", "example.com")]),
    (provider, sender, [("dkim", "pass", "example.net"), ("dmarc", "fail", "example.com")]),
]:
    signed = above + below + message
    assert all(dkim.DKIM(signed).verify(index, dnsfunc=record) for index in (0, 1))
    header = authenticate_message(signed, "mx.example.com", dnsfunc=record)
    print("both signatures are valid;", header)
    found = [
        (result.method, result.result, value.value)
        for result in AuthenticationResultsHeader.parse(header).results
        for value in result.properties
        if (value.type, value.name) in {("header", "d"), ("header", "from")}
    ]
    assert found == expected, found
print("As described: one signature is looked at, and DMARC fails by the order of two.")
PYTHON
