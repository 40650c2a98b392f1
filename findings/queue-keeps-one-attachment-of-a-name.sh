#!/usr/bin/env bash
# One would guess: an email backend that queues is put into EMAIL_BACKEND, and a message arrives as it does without it, only later:
# two attachments may have one name (RFC 2183 2.3 makes it a suggestion), and a message may have any number of alternatives.
#
# What really happens: django-post-office copies a message into rows of its own. Attachments are kept by their names, so that the
# last of a name replaces those before. Of the alternatives the HTML is kept and nothing else. The type that an attachment was
# given is forgotten and guessed from its name. send() returns without an error, and the queue says "sent".
#
# Seen with django-post-office 3.12.0 on Django 5.2.8 and SQLite. django-mailer 2.3.2 keeps all of it.
#
# Why it matters for mail: of two orders' bills, both called invoice.pdf, one arrives. An invitation (RFC 6047), which is an
# alternative text/calendar, arrives as a text without its buttons. Whoever queues mail should keep the octets of the message.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "Django==5.2.8" "django-post-office==3.12.0"
"$folder/env/bin/python" - <<'PYTHON'
import logging
from importlib.metadata import version

import django
from django.conf import settings

logging.disable()
memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
sends = "django.core.mail.backends.locmem.EmailBackend"
settings.configure(
    INSTALLED_APPS=["post_office"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    STORAGES={"default": memory, "staticfiles": memory},
    POST_OFFICE={"BACKENDS": {"default": sends}},
    USE_TZ=True,
)
django.setup()

from django.core import mail  # noqa: E402
from django.core.mail import EmailMultiAlternatives, get_connection  # noqa: E402
from django.core.management import call_command  # noqa: E402
from post_office.mail import send_queued  # noqa: E402
from post_office.models import Email  # noqa: E402

INVITATION = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//shop//EN\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"


def arrives_by(backend: str) -> list[tuple[str, bytes]]:
    mail.outbox = []
    message = EmailMultiAlternatives(
        "Your orders", "Text", "billing@shop.example", ["ann@customer.example"], connection=get_connection(backend)
    )
    message.attach_alternative("<p>Text", "text/html")
    message.attach_alternative(INVITATION, "text/calendar; method=REQUEST")
    message.attach("invoice.pdf", b"%PDF of the first order", "application/pdf")
    message.attach("invoice.pdf", b"%PDF of the second order", "application/pdf")
    message.attach("invoice", b"ISA*00*", "application/EDI-X12")
    message.send()
    send_queued(processes=1)
    (sent,) = mail.outbox
    parts = [part for part in sent.message().walk() if not part.is_multipart()]
    return [(part.get_content_type(), part.get_payload(decode=True)) for part in parts]


call_command("migrate", verbosity=0)
whole = arrives_by(sends)
queued = arrives_by("post_office.EmailBackend")
print("django-post-office", version("django-post-office"))
for part in whole:
    print("arrives  " if part in queued else "does not ", *part)
for part in queued:
    if part not in whole:
        print("instead  ", *part)
states = [email.get_status_display() for email in Email.objects.all()]
print("state in the queue:", *states)
assert [kind for kind, _ in whole] == [
    "text/plain",
    "text/html",
    "text/calendar",
    "application/pdf",
    "application/pdf",
    "application/edi-x12",
]
assert queued == [*whole[:2], whole[4], ("application/octet-stream", b"ISA*00*")], queued
assert states == ["sent"], states
print("As described: one invoice, the invitation and a type are lost.")
PYTHON
