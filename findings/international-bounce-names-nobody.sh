#!/usr/bin/env bash
# One would guess: a program that reads delivery reports (RFC 3464) also reads those of internationalised mail (RFC 6533 4). They
# have the same fields in the same blocks, and differ in a name: message/global-delivery-status, and "utf-8" as a type of address.
#
# What really happens: Python's email package makes a message of each block of message/delivery-status. Of the other type it makes
# one message: the fields of the server are its headers, and everything about the recipients is its text. There is no error and
# no defect. flufl.bounce finds the failed address in the first, and says of the second that it is no bounce.
#
# Seen with Python 3.11.7, 3.12.1 and 3.13.0, with the policies compat32 and default, and with flufl.bounce 6.0.0.
#
# Why it matters for mail: a server may report so whenever the message was sent with SMTPUTF8, also for an address that is
# plain ASCII. Nobody is told that mail fails, and such addresses are never taken off a list.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "flufl.bounce==6.0.0"
"$folder/env/bin/python" - <<'PYTHON'
import email
import sys
from email import policy
from importlib.metadata import version

from flufl.bounce import all_failures


def report(kind: str, recipient: str) -> bytes:
    return f"""\
From: MAILER-DAEMON@mx.example
To: billing@shop.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type={kind}; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

Your message could not be delivered.

--b
Content-Type: message/{kind}
Content-Transfer-Encoding: 8bit

Reporting-MTA: dns; mx.example
Arrival-Date: Sun, 29 Nov 2026 12:00:00 +0000

Final-Recipient: {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 No such user here

--b
Content-Type: text/rfc822-headers

Subject: Invoice
From: billing@shop.example

--b--
""".encode()


print(f"Python {sys.version.split()[0]}, flufl.bounce {version('flufl.bounce')}")
for kind, recipient, is_read in [
    ("delivery-status", "rfc822; ann@customer.example", True),
    ("global-delivery-status", "rfc822; ann@customer.example", False),
    ("global-delivery-status", "utf-8; jürgen@customer.example", False),
]:
    raw = report(kind, recipient)
    for each in (policy.compat32, policy.default):
        part = email.message_from_bytes(raw, policy=each).get_payload()[1]
        blocks = part.get_payload()
        statuses = [block["Status"] for block in blocks]
        assert statuses == ([None, "5.1.1"] if is_read else [None]), statuses
        assert not part.defects and not any(block.defects for block in blocks)
    temporary, permanent = all_failures(email.message_from_bytes(raw))
    print(f"{kind}, {recipient}: {len(blocks)} block(s) in Python, failed by flufl.bounce: {sorted(permanent)}")
    assert temporary == set() and permanent == ({b"ann@customer.example"} if is_read else set()), permanent
print("As described: of internationalised mail nobody is named.")
PYTHON
