#!/usr/bin/env bash
# One would guess: a client of OAuth 2.0 writes its id and secret into HTTP Basic as RFC 6749 2.3.1 says, each encoded like a
# form's value first, so that any secret which a provider gives out arrives as it is.
#
# What really happens: Authlib joins them as they are. A server that decodes as the standard says reads another secret where
# there is a percent sign or a plus in it, and takes another id where the id holds a colon, as ids that are addresses do; a secret
# with a letter outside of Latin-1 raises UnicodeEncodeError before anything is sent.
#
# Seen with Authlib 1.9.10.
#
# Why it matters for mail: client_secret_basic is the one method that every token endpoint has to know, so a generic "sign in with
# your own provider" uses it. Mail then stops at "invalid_client" for some customers and not for others, by the letters of a secret
# that a machine has drawn.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "authlib==1.9.10"
"$folder/env/bin/python" - <<'PYTHON'
import base64
from importlib.metadata import version
from urllib.parse import unquote_plus

from authlib.oauth2.auth import ClientAuth


def read_by_the_standard(header: str) -> tuple[str, str]:
    """RFC 6749 2.3.1, RFC 7617 2: apart at the first colon, then both decoded."""
    name, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    return unquote_plus(name), unquote_plus(secret)


def sent(name: str, secret: str) -> str:
    auth = ClientAuth(name, secret, "client_secret_basic")
    _, headers, _ = auth.prepare("POST", "https://login.example/token", {}, "grant_type=client_credentials")
    return str(headers["Authorization"])


print("Authlib", version("authlib"))
for client, secret, arrives in [
    ("mailer", "plain-secret", ("mailer", "plain-secret")),
    ("mailer", "50%25off+tax", ("mailer", "50%off tax")),
    ("urn:mailer", "secret", ("urn", "mailer:secret")),
]:
    got = read_by_the_standard(sent(client, secret))
    print(f"{(client, secret)} arrives as {got}")
    assert got == arrives, got
try:
    sent("mailer", "sekret-\N{LATIN SMALL LETTER S WITH ACUTE}")
except UnicodeEncodeError as error:
    print("A secret outside of Latin-1:", type(error).__name__, "in", error.encoding)
else:
    raise AssertionError("it was sent")
print("As described: what is sent is not encoded.")
PYTHON
