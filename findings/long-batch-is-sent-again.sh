#!/usr/bin/env bash
# One would guess: BATCH_DELIVERY_TIMEOUT of django-post_office ends a batch that takes too long. What was not sent by then is sent
# later, what was sent is marked as sent; and a batch has two states for each message, so nothing is sent twice.
#
# What really happens: the time counts for the whole batch, but it stops nobody. The message that a thread is sending when it is over
# is sent to its end, while the queue already has it down as failed and to be sent again. It arrives twice, and the log says that it
# timed out once and was sent once.
#
# Seen with django-post-office 3.12.0 on Django 5.2.8 and SQLite, aiosmtpd 1.4.6 as the server.
#
# Why it matters for mail: 180 seconds is the default, and a batch is 100 messages. Two seconds for each of them, as a provider that
# slows down its senders takes, are enough. A time limit that does not end the work must not decide what became of it: who gives up
# during a message has to call its outcome unknown.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "Django==5.2.8" "django-post-office==3.12.0" "aiosmtpd==1.4.6"
cd "$folder"
cat >settings.py <<'PYTHON'
from datetime import timedelta

SECRET_KEY = "finding"
INSTALLED_APPS = ["post_office"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = True
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = "127.0.0.1"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
POST_OFFICE = {"BATCH_DELIVERY_TIMEOUT": 1, "MAX_RETRIES": 1, "RETRY_INTERVAL": timedelta(0), "THREADS_PER_PROCESS": 1}
PYTHON
DJANGO_SETTINGS_MODULE=settings PYTHONPATH="$folder" "$folder/env/bin/python" -W ignore - <<'PYTHON'
import asyncio
import logging
import socket
import sys

import django
from aiosmtpd.controller import Controller
from django.conf import settings
from django.core.management import call_command

logging.disable(logging.WARNING)
django.setup()
from post_office import mail
from post_office.models import Email


class Slow:
    """Takes two seconds for the first message, and none for any other."""

    def __init__(self):
        self.came = []

    async def handle_DATA(self, server, session, envelope):
        self.came.append(envelope.rcpt_tos[0])
        if len(self.came) == 1:
            await asyncio.sleep(2)
        return "250 2.0.0 taken"


slow = Slow()
with socket.create_server(("127.0.0.1", 0)) as free:
    settings.EMAIL_PORT = free.getsockname()[1]
controller = Controller(slow, hostname="127.0.0.1", port=settings.EMAIL_PORT)
controller.start()
call_command("migrate", verbosity=0)
mail.send("jane@example.com", "billing@example.org", subject="Invoice", message="Attached.")
states = []
for _ in range(2):
    mail.send_queued()
    states.append(Email.objects.get().get_status_display())
controller.stop()
print("taken by the server:", slow.came, "- states after each batch:", states)
sys.exit(slow.came != ["jane@example.com"] * 2 or states != ["requeued", "sent"])
PYTHON
