#!/usr/bin/env bash
# One would guess: LMTP is SMTP with LHLO, and with one reply for each recipient after the message (RFC 2033 4.2).
# That is what it is for: one mailbox is full, the other has its message. A client and a server of it know that.
#
# What really happens: they work together because neither does. aiosmtpd's LMTP gives one reply for any number of
# recipients, unless its handler returns several replies in one text. smtplib's LMTP reads one. Of two replies the
# second stays in the connection and is taken for the answer to the next message's MAIL. So a full mailbox is no error
# at all, and then the refusal of another message's sender; and where nothing was refused, the next message fails with
# the code 250.
#
# Seen with smtplib of Python 3.11.7, 3.12.1 and 3.13.0, aiosmtpd 1.4.6. Node's smtp-server 3.21.6 gives a reply for
# each, with the same outcome in smtplib; nodemailer 10.6.1 as the client reads each, and gets no second one from
# aiosmtpd.
#
# Why it matters for mail: servers of mailboxes, such as Dovecot, take mail by LMTP. With smtplib a session is good
# for one recipient; and a receiver that is made of aiosmtpd has to give one reply for each address itself.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "aiosmtpd==1.4.6"
"$folder/env/bin/python" - <<'PYTHON'
import smtplib
import socket
import sys
from importlib.metadata import version

from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP

NEWS, ANN, BOB = "news@shop.example", "ann@customer.example", "bob@customer.example"
MESSAGE = f"From: {NEWS}\r\nSubject: News\r\n\r\nSee below.\r\n"


class Server(Controller):
    def factory(self):
        return LMTP(self.handler)


class Plain:
    """A handler as the documentation has them."""

    async def handle_DATA(self, server, session, envelope):
        return "250 2.0.0 taken"


class ForEach:
    """One reply for each recipient, as the standard says; a mailbox may be full."""

    def __init__(self, full=None):
        self.full, self.taken = full, []

    async def handle_DATA(self, server, session, envelope):
        self.taken += [address for address in envelope.rcpt_tos if address != self.full]
        return "\r\n".join(
            "552 5.2.2 full" if address == self.full else "250 2.0.0 taken" for address in envelope.rcpt_tos
        )


def serve(handler) -> Server:
    with socket.create_server(("127.0.0.1", 0)) as free:
        server = Server(handler, hostname="127.0.0.1", port=free.getsockname()[1])
    server.start()
    return server


def replies(port: int) -> list[str]:
    """What follows the message of a plain session with two recipients, up to the farewell."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sock, sock.makefile("rwb") as file:
        file.readline()
        for command in ("LHLO shop.example", f"MAIL FROM:<{NEWS}>", f"RCPT TO:<{ANN}>", f"RCPT TO:<{BOB}>", "DATA"):
            file.write(f"{command}\r\n".encode())
            file.flush()
            while file.readline()[3:4] == b"-":
                pass
        file.write(f"{MESSAGE}.\r\nQUIT\r\n".encode())
        file.flush()
        return [line[:3].decode() for line in file]


def two_messages(port: int) -> list[object]:
    outcomes = []
    client = smtplib.LMTP("127.0.0.1", port, timeout=20)
    for _ in range(2):
        try:
            outcomes.append(client.sendmail(NEWS, [ANN, BOB], MESSAGE))
        except smtplib.SMTPResponseException as error:
            outcomes.append((type(error).__name__, error.smtp_code))
    client.close()
    return outcomes


print(f"Python {sys.version.split()[0]}, aiosmtpd {version('aiosmtpd')}")
for handler, codes, outcomes in [
    (Plain(), ["250", "221"], [{}, {}]),
    (ForEach(), ["250", "250", "221"], [{}, ("SMTPDataError", 250)]),
    (ForEach(full=BOB), ["250", "552", "221"], [{}, ("SMTPSenderRefused", 552)]),
]:
    server = serve(handler)
    try:
        after = replies(server.port)
        sent = two_messages(server.port)
    finally:
        server.stop()
    print(f"after a message to two: {after}; smtplib of two such messages: {sent}")
    assert (after, sent) == (codes, outcomes), (after, sent)
print("As described: one reply is given, and one is read.")
PYTHON
