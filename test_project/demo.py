"""`make demo`: sample partners against the sandbox, a real mail, queued invoices, a form, and the site to look at.

``SERVE=0`` ends after the printing. The exit code is 0 if everything went as expected.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import threading
from typing import TYPE_CHECKING

import django
from django.core.management import call_command

from smtp_sandbox import Sandbox
from smtp_sandbox.inbox import Inbox
from test_project.demo_lock import AlreadyRunning, only_one
from test_project.demo_names import tell_names
from test_project.demo_samples import LOGIN, PASSWORD, Sample, listen, oauth_samples, ports, providers
from test_project.name_server import NameServer
from test_project.settings import VAR_DIR

if TYPE_CHECKING:
    from django.core.servers.basehttp import WSGIServer


def main() -> int:
    try:
        with only_one(VAR_DIR / "demo.lock"):
            return demonstrate()
    except AlreadyRunning as error:
        print(error, file=sys.stderr)
        return 1


def demonstrate() -> int:
    with Sandbox(users={LOGIN: PASSWORD}) as sandbox:
        samples = set_up(sandbox)
        # Models can be imported only now.
        from test_project import demo_contact, demo_invoices, demo_oauth, demo_run

        failures = [
            *demo_run.try_partners(samples),
            *demo_run.send_mail(sandbox),
            *demo_oauth.connect_and_send(sandbox),
            *demo_invoices.send_invoices(),
            *demo_contact.send_form(sandbox),
        ]
        for failure in failures:
            print(f"NOT AS EXPECTED: {failure}", file=sys.stderr)
        if not failures:
            print(f"\nAll {len(samples)} partners, the mails, the invoices and the form: as expected.")
        if os.environ.get("SERVE", "1") != "0":
            serve(sandbox)
    return 1 if failures else 0


def set_up(sandbox: Sandbox) -> list[Sample]:
    """Open the samples' listeners, tell Django and a name server their addresses, and start Django."""
    samples = [*listen(sandbox), *oauth_samples(sandbox)]
    os.environ["DJANGO_SETTINGS_MODULE"] = "test_project.settings_demo"
    reachable = [*ports(samples), sandbox.oauth.port]
    os.environ["DEMO_ALLOWED_NETWORKS"] = " ".join(f"127.0.0.1:{port}" for port in reachable)
    os.environ["DEMO_OAUTH"] = json.dumps(providers(sandbox.oauth))
    os.environ["DEMO_CA_FILE"] = str(sandbox.ca_file)
    names = NameServer()
    tell_names(names, samples, sandbox)
    os.environ["DEMO_NAMESERVERS"] = names.entry
    os.environ["DEMO_PROBE_PORTS"] = f"{sandbox.ssl.port} {sandbox.starttls.port}"
    django.setup()
    call_command("migrate", verbosity=0)
    return samples


def serve(sandbox: Sandbox) -> None:
    """The admin, and beside it the inbox of the sandbox with the mails and conversations."""
    from django.contrib.auth.models import User

    from wagtail_partner_smtp.outbox.worker import Worker

    # What waits is tried again meanwhile, as beside a real site.
    threading.Thread(target=Worker(threads=1).run, daemon=True).start()
    inbox = Inbox(sandbox)
    inbox.open(0)
    password = secrets.token_urlsafe(9)
    admin, _ = User.objects.get_or_create(
        username="admin", defaults={"is_staff": True, "is_superuser": True, "email": "admin@example.com"}
    )
    admin.set_password(password)
    admin.save()
    server = open_server(int(os.environ.get("PORT", "8000")))
    print(
        f"\nThe admin: http://localhost:{server.server_port}/admin/   user: admin   password: {password}\n"
        f"A form that is mailed by a partner: http://localhost:{server.server_port}/contact/\n"
        f"What the mail servers received: {inbox.url}\n"
        f"Their login: {LOGIN}   password: {PASSWORD}\n"
        "Find settings knows the domains of the partners, such as acme.example.\n"
        "Jasper waits for you to press Connect; your browser will warn of the sandbox's certificate.\n"
        "Partners are in the menu on the left, the invoices under Reports, Outgoing mail. Ctrl+C ends it.",
        flush=True,
    )
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()


def open_server(wanted: int) -> WSGIServer:
    """The site on the port that is wanted, or on any other if something listens there."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.servers.basehttp import (
        ThreadedWSGIServer,
        WSGIRequestHandler,
        get_internal_wsgi_application,
    )

    try:
        server = ThreadedWSGIServer(("127.0.0.1", wanted), WSGIRequestHandler)
    except OSError:
        server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
    server.set_app(StaticFilesHandler(get_internal_wsgi_application()))
    return server


if __name__ == "__main__":
    sys.exit(main())
