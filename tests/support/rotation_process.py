"""What the test of a killed rotation runs in processes of its own: `python -m tests.rotation_process STEP …`."""

from __future__ import annotations

import json
import sys
import uuid
from typing import Any

import django

HOST, OTHER_HOST = "mail.example.com", "other.example.com"
ROWS = 2000


def password_of(number: int) -> str:
    return f"password {number} ä"


def prepare() -> None:
    from django.db import connection

    from wagtail_partner_smtp.account import encryption
    from wagtail_partner_smtp.models import Partner, get_account_models
    from wagtail_partner_smtp.smtp.settings import Destination, Security

    with connection.schema_editor() as editor:
        for model in get_account_models():
            editor.create_model(model)
    destination = Destination(host=HOST, port=587, login="billing", security=Security.TLS)
    partners = []
    for number in range(1, ROWS + 1):
        row = encryption.Row(model=Partner._meta.label, uuid=uuid.uuid4(), destination=destination)
        values: dict[str, Any] = {"pk": number, "name": f"Partner {number}", "slug": f"partner-{number}"}
        values |= {"smtp_host": HOST, "smtp_port": 587, "smtp_login": "billing"}
        sealed = encryption.seal(password_of(number), row)
        partners.append(Partner(**values, smtp_uuid=row.uuid, smtp_password_encrypted=sealed))
    Partner.objects.bulk_create(partners)


def edit() -> None:
    """An editor at work: a line of input is the key of the next partner to be changed."""
    from wagtail_partner_smtp.models import Partner

    print("ready", flush=True)
    for line in sys.stdin:
        partner = Partner.objects.get(pk=int(line))
        partner.name = f"Edited {partner.pk}"
        if partner.pk % 2:
            partner.smtp_host = OTHER_HOST
            partner.set_smtp_password(f"edited {partner.pk}")
        partner.save()
        print(partner.pk, flush=True)


def rotate(*stops: str) -> None:
    """The command. Before the writes of these numbers it says so, and goes on after a line of input."""
    from django.core.management import call_command
    from django.db import connection

    written = 0

    def stop(execute: Any, sql: str, *arguments: Any) -> Any:
        nonlocal written
        if sql.startswith("UPDATE"):
            if str(written) in stops:
                print(written, flush=True)
                sys.stdin.readline()
            written += 1
        return execute(sql, *arguments)

    with connection.execute_wrapper(stop):
        call_command("rotate_partner_smtp_keys", verbosity=0)


def show() -> None:
    """Every partner's name, host and password, or what is wrong with it."""
    from wagtail_partner_smtp.account.encryption import UnreadablePassword
    from wagtail_partner_smtp.models import Partner

    found = {}
    for partner in Partner.objects.iterator():
        try:
            found[partner.pk] = [partner.name, partner.smtp_host, partner.smtp_settings().password]
        except UnreadablePassword as error:
            found[partner.pk] = [partner.name, partner.smtp_host, repr(error)]
    print(json.dumps(found))


if __name__ == "__main__":
    django.setup()
    {"prepare": prepare, "edit": edit, "rotate": rotate, "show": show}[sys.argv[1]](*sys.argv[2:])
