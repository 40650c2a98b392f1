#!/usr/bin/env bash
# One would guess: set_content() of Python's email package takes octets with cte="8bit" or cte="binary", so the recipient's
# program gets these octets, as with the default, base64; or the message cannot be made for SMTP, which is made of lines.
#
# What really happens: the generator writes such a part line by line with the line end of its policy. With policy.SMTP, and
# in smtplib's send_message(), each lone CR and LF in it becomes CRLF, and the part arrives longer than it was, without an error and
# without a defect. The octets are lost: what was CRLF before cannot be told from what became one.
#
# Seen with Python 3.11.7, 3.12.1 and 3.13.0 and their smtplib, and aiosmtpd 1.4.6.
#
# Why it matters for mail: an image or an archive that is attached so is broken for everybody who gets it. BINARYMIME (RFC 3030)
# is needed for such a part, and neither smtplib nor Django has it. The default, base64, is right.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python="${PYTHON:-python3}"
"$python" -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "aiosmtpd==1.4.6"
"$folder/env/bin/python" - <<'PYTHON'
import email
import smtplib
import socket
import sys
from email import policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller


class Kept:
    async def handle_DATA(self, server, session, envelope):
        self.content = envelope.original_content
        return "250 OK"


octets = b"\x89PNG\r\n\x1a\n" + bytes(range(1, 32))
kept = Kept()
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
controller = Controller(kept, hostname="127.0.0.1", port=port)
controller.start()
print(f"Python {sys.version.split()[0]}: {len(octets)} octets are attached")
try:
    for encoding, is_kept in (("base64", True), ("8bit", False), ("binary", False)):
        message = EmailMessage(policy=policy.SMTP)
        message["From"], message["To"], message["Subject"] = "a@x.example", "b@x.example", "A picture"
        message.set_content("See below.\n")
        message.add_attachment(octets, "image", "png", cte=encoding)
        with smtplib.SMTP("127.0.0.1", port) as server:
            server.send_message(message)
        read = email.message_from_bytes(kept.content, policy=policy.default)
        (part,) = read.iter_attachments()
        found = part.get_payload(decode=True)
        print(f"{encoding}: {len(found)} octets arrive, {'the same' if found == octets else 'others'}, defects: {part.defects}")
        assert (found == octets, part.defects) == (is_kept, [])
finally:
    controller.stop()
PYTHON
echo "As described: as 8bit and binary other octets arrive."
