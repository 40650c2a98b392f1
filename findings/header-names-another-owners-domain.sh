#!/usr/bin/env bash
# One would guess: a domain that is not ASCII goes into a mail's headers as the A-label that registries and browsers have for
# it (IDNA 2008, RFC 5891; UTS 46 without its transitional rules), or is left to the mail server.
#
# What really happens: Django rewrites the domains of To, Cc and Reply-To by Python's own codec, which is IDNA 2003: "ß"
# becomes "ss", the final "ς" a "σ", and joiners vanish. The name in the header is a valid one of somebody else. Django does
# the same to the envelope, and only domains with such letters are concerned, so that no test with "ü" shows it.
#
# Seen with Django 5.2.8 on Python 3.11.7 and Django 6.0 on Python 3.13.0, idna 3.11.
#
# Why it matters for mail: the message, and every answer to it, goes to the owner of strasse.example.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python="${PYTHON:-python3}"
django=$("$python" -c 'import sys; print("6.0" if sys.version_info >= (3, 12) else "5.2.8")')
"$python" -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "Django==$django" "idna==3.11"
"$folder/env/bin/python" - <<'PYTHON'
import sys

import django
import idna
from django.conf import settings

settings.configure()
from django.core.mail import EmailMessage  # noqa: E402

print(f"Python {sys.version.split()[0]}, Django {django.get_version()}")
for domain, header in [("straße.example", "strasse.example"), ("βόλος.example", "xn--nxasmq6b.example")]:
    message = EmailMessage("Hi", "Text", f"a@{domain}", [f"info@{domain}"], reply_to=[f"desk@{domain}"]).message()
    label = idna.encode(domain, uts46=True).decode()
    print(f"{domain}: IDNA 2008 {label}; in the headers {message['To']}, {message['Reply-To']}")
    assert label != header
    assert str(message["To"]) == f"info@{header}", message["To"]
    assert str(message["Reply-To"]) == f"desk@{header}", message["Reply-To"]
print("As described: the headers name other domains.")
PYTHON
