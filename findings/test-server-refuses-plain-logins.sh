#!/usr/bin/env bash
# One would guess: a mail server made for tests, which offers PLAIN, LOGIN and CRAM-MD5, takes the right password by each of them; a
# test that logs in to it with smtplib says that logging in works.
#
# What really happens: smtpdfix never takes a login by PLAIN. It looks for blanks between the parts of the response, where RFC 4616
# 2 has NUL, and answers 535, as to a wrong password. smtplib, and Django with it, does not notice: its login() begins with
# CRAM-MD5, and would go on to LOGIN after PLAIN. In LOGIN a password loses the blanks that it begins with.
#
# Seen with smtpdfix 0.5.3 and aiosmtplib 5.1.3 on Python 3.11.7. nodemailer 10.6.1, swaks 20201014.0 and msmtp 1.8.23 are
# refused as well when they use PLAIN.
#
# Why it matters for mail: PLAIN is what big providers offer. Whoever changes from smtplib to a client that begins with it looks for
# a fault in it or in the password, and the tests that pass have tried CRAM-MD5 alone, which hardly a provider still has.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "smtpdfix==0.5.3" "aiosmtpd==1.4.6" "aiosmtplib==5.1.3"
"$folder/env/bin/python" - <<'PYTHON'
import asyncio
import logging
import smtplib
from importlib.metadata import version

import aiosmtplib
from smtpdfix import Config, SMTPDFix

USER = "ann@customer.example"


def by(mechanism: str, password: str) -> int:
    with smtplib.SMTP("127.0.0.1", server.port) as client:
        client.ehlo()
        assert mechanism in client.esmtp_features["auth"].split()
        client.user, client.password = USER, password
        try:
            return client.auth(mechanism, getattr(client, f"auth_{mechanism.lower()}"))[0]
        except smtplib.SMTPAuthenticationError as error:
            return error.smtp_code


def by_login(password: str) -> int:
    with smtplib.SMTP("127.0.0.1", server.port) as client:
        return client.login(USER, password)[0]


async def by_aiosmtplib(password: str) -> int:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=server.port) as client:
        try:
            return (await client.auth_plain(USER, password)).code
        except aiosmtplib.SMTPAuthenticationError as error:
            return error.code


logging.disable()
config = Config()
config.auth_require_tls = False
config.login_username = USER
print("smtpdfix", version("smtpdfix"))
for password, in_login in [("s3cret", 235), (" s3cret", 535)]:
    config.login_password = password
    with SMTPDFix(hostname="127.0.0.1", config=config) as server:
        codes = {mechanism: by(mechanism, password) for mechanism in ("PLAIN", "LOGIN")}
        codes["aiosmtplib's PLAIN"] = asyncio.run(by_aiosmtplib(password))
        if password == "s3cret":
            codes["smtplib's login()"] = by_login(password)
    print(f"the right password, {password!r}:", *(f"{name} {code}," for name, code in codes.items()))
    assert codes.pop("smtplib's login()", 235) == 235
    assert codes == {"PLAIN": 535, "LOGIN": in_login, "aiosmtplib's PLAIN": 535}
print("As described: PLAIN is refused, and smtplib's login() hides it.")
PYTHON
