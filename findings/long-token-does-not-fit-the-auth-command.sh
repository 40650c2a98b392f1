#!/usr/bin/env bash
# One would guess: a mail library that knows XOAUTH2 logs in with any access token. Tokens of 1 to 4 KB are usual (a JSON Web Token
# with groups and claims), and of responses to AUTH servers take 8 to 12 KiB.
#
# What really happens: aiosmtplib's auth_xoauth2() sends the token in the AUTH command itself, whatever its length. RFC 4954 4 leaves
# that line the limit of every command, and has a longer response wait for the server's empty challenge. aiosmtpd answers 500, and
# takes the same token in the other way, here one of 600 octets. Of real servers Dovecot 2.3 answered 500 to a line of 1,400 octets;
# Postfix 3.7 reads 2,048 octets, finds no base64 in them and answers 535, as to a wrong password.
#
# Seen with aiosmtplib 5.1.3 and aiosmtpd 1.4.6.
#
# Why it matters for mail: the login works while tokens are short, and fails for the one user who is in more groups than the others,
# with an error that speaks of wrong credentials. Where tokens may be long, AUTH has to be sent without them first.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "aiosmtplib==5.1.3" "aiosmtpd==1.4.6"
"$folder/env/bin/python" - <<'PYTHON'
import asyncio
import base64
import socket

import aiosmtplib
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

SHORT, LONG = "t" * 300, "t" * 600


class Handler:
    async def auth_XOAUTH2(self, server, arguments):
        encoded = arguments[1] if len(arguments) > 1 else await server.challenge_auth("", encode_to_b64=False)
        response = base64.b64decode(encoded) if isinstance(encoded, str) else encoded
        good = response in {f"user=ann\x01auth=Bearer {token}\x01\x01".encode() for token in (SHORT, LONG)}
        return AuthResult(success=good, auth_data="ann")


async def in_the_command(token: str) -> int:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port) as client:
        try:
            return (await client.auth_xoauth2("ann", token)).code
        except aiosmtplib.SMTPAuthenticationError as error:
            return error.code


async def after_the_challenge(token: str) -> int:
    response = base64.b64encode(f"user=ann\x01auth=Bearer {token}\x01\x01".encode())
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port) as client:
        await client.ehlo()
        assert (await client.execute_command(b"AUTH", b"XOAUTH2")).code == 334
        return (await client.execute_command(response)).code


with socket.socket() as sock:
    sock.bind(("127.0.0.1", 0))
    port = sock.getsockname()[1]
controller = Controller(Handler(), hostname="127.0.0.1", port=port, auth_require_tls=False)
controller.start()
try:
    for token, in_command, after in [(SHORT, 235, 235), (LONG, 500, 235)]:
        codes = asyncio.run(in_the_command(token)), asyncio.run(after_the_challenge(token))
        print(f"a token of {len(token):4} octets: in the command {codes[0]}, after the challenge {codes[1]}")
        assert codes == (in_command, after), codes
finally:
    controller.stop()
PYTHON
