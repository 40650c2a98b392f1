#!/usr/bin/env bash
# One would guess: a header that is plain ASCII leaves as it was given, folded at blanks at most. RFC 2047 5 allows
# encoded-words in unstructured text and in phrases only; a URL in List-Unsubscribe (RFC 8058, RFC 2369) or a message id in
# References and In-Reply-To (RFC 5322 3.6.4) is neither.
#
# What really happens: Django 6 builds messages with Python's modern email policy, which takes every header that it has no
# class for as unstructured text, and writes a token longer than a line as encoded-words. Django 5.2 left such headers alone.
#
# Seen with Django 6.0 and 6.1 on Python 3.12.1 and 3.13.0. Not with Django 5.2.
#
# Why it matters for mail: mailbox providers want one-click unsubscribing of bulk mail and read the header as it is: they
# find no link in it. Threads break where a message id is long, as those of some providers are.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python=""
for each in "${PYTHON:-python3}" python3.14 python3.13 python3.12; do
    if "$each" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; then python=$each; break; fi
done
if [ -z "$python" ]; then echo "This needs Python 3.12 or newer, as Django 6 does: PYTHON=… names it."; exit 2; fi

try() {
    "$python" -m venv "$folder/$1"
    "$folder/$1/bin/pip" install --quiet "Django==$1"
    "$folder/$1/bin/python" - <<'PYTHON'
import django
from django.conf import settings
settings.configure()
from django.core.mail import EmailMessage

link = "<https://news.example/unsubscribe?token=" + "aZ09" * 20 + ">"
ident = "<" + "0123456789abcdef" * 6 + "@mail.example>"
headers = {"List-Unsubscribe": link, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "References": ident}
message = EmailMessage("News", "Text", "news@news.example", ["ann@customer.example"], headers=headers)
if django.VERSION < (6,):
    data = message.message().as_bytes(linesep="\r\n")
else:
    import email.policy
    data = message.message(policy=email.policy.SMTP).as_bytes()
print(f"--- Django {django.get_version()}")
block = data.partition(b"\r\n\r\n")[0].decode()
print("\n".join(line for line in block.split("\r\n") if line.startswith(("List-", "References", " "))))
flat = block.replace("\r\n ", " ")
encoded = ["=?utf-8?" in flat.split(f"{name}:")[1].split("\r\n")[0] for name in ("List-Unsubscribe", "References")]
expected = [django.VERSION >= (6,)] * 2
assert encoded == expected, (encoded, expected)
PYTHON
}

try 5.2.8
try 6.0
echo "As described: Django 6 encodes the link and the message id, Django 5.2 does not."
