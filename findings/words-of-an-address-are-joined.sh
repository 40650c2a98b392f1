#!/usr/bin/env bash
# One would guess: text that is no address is refused, or at least mailed to what stands in it. RFC 5322 3.4.1 allows blanks
# around the parts of an address as obsolete syntax only; "jane@exa mple.com" and "jane@example.com extra" are none.
#
# What really happens: email.utils.getaddresses() joins the words, and smtplib's send_message(), which takes the recipients
# from the headers by it, mails jane@example.com and jane@example.comextra. The header that was sent says something else.
# strict=True, the default where the parameter exists, changes nothing about that; but it drops other entries without a word:
# of "user@example.com <user@example.com>" nothing is left.
#
# Seen with Python 3.11.7, 3.12.1 and 3.13.0 (strict=True: 3.13.0; it was brought to 3.11 and 3.12 in later patch releases).
#
# Why it matters for mail: a slip of the keyboard sends a letter to another person or domain, and nobody is told. What is
# dropped without a word depends on the patch release of one's Python.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "aiosmtpd==1.4.6"
"$folder/env/bin/python" - <<'PYTHON'
import inspect
import smtplib
import socket
import sys
from email.message import Message
from email.utils import getaddresses

from aiosmtpd.controller import Controller


class Handler:
    async def handle_DATA(self, server, session, envelope):
        seen.append(envelope.rcpt_tos)
        return "250 OK"


def sent(to: str) -> list[str]:
    message = Message()
    message["From"], message["To"] = "billing@acme.example", to
    message.set_payload("Text")
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.send_message(message)
    return seen.pop()


seen: list[list[str]] = []
with socket.socket() as sock:
    sock.bind(("127.0.0.1", 0))
    port = sock.getsockname()[1]
controller = Controller(Handler(), hostname="127.0.0.1", port=port)
controller.start()
try:
    print("Python", sys.version.split()[0])
    for written, mailed in [
        ("jane@exa mple.com", "jane@example.com"),
        ("jane@example.com extra", "jane@example.comextra"),
    ]:
        got = sent(written)
        print(f"To: {written:30} mailed to {got}")
        assert got == [mailed], got
    entry = "user@example.com <user@example.com>"
    found = getaddresses([entry])
    print(f"getaddresses([{entry!r}]) = {found}")
    if "strict" in inspect.signature(getaddresses).parameters:
        assert found == [("", "")], found
    else:
        assert found == [("", "user@example.com")] * 2, found
finally:
    controller.stop()
print("As described: words are joined to addresses that nobody wrote.")
PYTHON
