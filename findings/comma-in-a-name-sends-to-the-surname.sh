#!/usr/bin/env bash
# One would guess: a recipient may be written "Doe, Jane" <jane@customer.example>. The quoted comma belongs to the
# name (RFC 5322 3.2.4, 3.4), Django's own backend sends to that one address, and so does a queue that is put into
# EMAIL_BACKEND.
#
# What really happens: django-post-office and django-yubin keep the recipients in one column, joined by commas, and
# split it at every comma. They send RCPT TO:<Doe>, a name without a domain, and nothing to Jane; the queue says
# "sent". The header To is right, so that a look at the message shows nothing either. envelope, which is no queue,
# sends to Doe as well.
#
# Seen with django-post-office 3.12.0 and django-yubin 2.0.6 on Django 5.2.8 and SQLite, envelope 2.5.0. Not with
# django-mailer 2.3.2, and neither with django-celery-email 3.0.0, redmail 0.6.0 and emails 1.1.3.
#
# Why it matters for mail: many directories have names as "surname, first name". A server that completes names without
# a domain gives the letter to whoever has that name there, any other refuses it for good. Addresses that are stored
# have to be kept one by one, or read again by a parser of addresses.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "Django==5.2.8" "aiosmtpd==1.4.6" "django-post-office==3.12.0" \
    "django-yubin==2.0.6" "django-mailer==2.3.2" "envelope==2.5.0"
"$folder/env/bin/python" -W ignore - <<'PYTHON'
import logging
import socket
from importlib.metadata import version

import django
from aiosmtpd.controller import Controller
from celery import Celery
from django.conf import settings

TO = '"Doe, Jane" <jane@customer.example>'
SMTP = "django.core.mail.backends.smtp.EmailBackend"


class Handler:
    async def handle_DATA(self, server, session, envelope):
        headers = [line for line in envelope.content.decode().splitlines() if line.startswith("To:")]
        came.append((envelope.rcpt_tos, headers))
        return "250 OK"


came = []
logging.disable()
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
memory = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
settings.configure(
    INSTALLED_APPS=["post_office", "django_yubin", "mailer"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
    STORAGES={"default": memory, "staticfiles": memory},
    EMAIL_HOST="127.0.0.1",
    EMAIL_PORT=port,
    POST_OFFICE={"BACKENDS": {"default": SMTP}},
    MAILER_USE_BACKEND=SMTP,
    MAILER_EMAIL_BACKEND=SMTP,
    USE_TZ=True,
)
celery = Celery("site")
celery.conf.task_always_eager = True
celery.set_default()
django.setup()

from django.core.mail import EmailMessage, get_connection  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django_yubin.models import Message  # noqa: E402
from envelope import Envelope  # noqa: E402
from mailer.engine import send_all  # noqa: E402
from post_office.mail import send_queued  # noqa: E402
from post_office.models import Email  # noqa: E402


def by_django(backend, run=lambda: None):
    EmailMessage("Offer", "Text", "desk@shop.example", [TO], connection=get_connection(backend)).send()
    run()


def by_post_office():
    by_django("post_office.EmailBackend", lambda: send_queued(processes=1))


def by_envelope():
    Envelope().message("Text").subject("Offer").from_("desk@shop.example").to(TO).smtp("127.0.0.1", port).send()


call_command("migrate", verbosity=0)
controller = Controller(Handler(), hostname="127.0.0.1", port=port)
controller.start()
try:
    for name, send, recipient, header in [
        ("Django", lambda: by_django(SMTP), "jane@customer.example", TO),
        ("django-mailer", lambda: by_django("mailer.backend.DbBackend", send_all), "jane@customer.example", TO),
        ("django-post-office", by_post_office, "Doe", TO),
        ("django-yubin", lambda: by_django("django_yubin.backends.QueuedEmailBackend"), "Doe", TO),
        ("envelope", by_envelope, "Doe", "Doe, Jane <jane@customer.example>"),
    ]:
        send()
        ((recipients, headers),) = came
        came.clear()
        print(f"{name} {version(name)}: mailed to {recipients}, with {headers}")
        assert (recipients, headers) == ([recipient], [f"To: {header}"]), name
finally:
    controller.stop()
states = [queued.get_status_display().lower() for model in (Email, Message) for queued in model.objects.all()]
print("states in the two queues:", *states)
assert states == ["sent", "sent"], states
print("As described: Jane gets nothing, and the queues say that it was sent.")
PYTHON
