"""A partner with OAuth 2.0: the mailbox's owner agrees at the sandbox's server, and mail leaves by its token."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from smtp_sandbox import Sandbox
from test_project.demo_samples import OAUTH_SLUG
from wagtail_partner_smtp.connection_test.rounds import check
from wagtail_partner_smtp.management.commands.check_partner_smtp import lines
from wagtail_partner_smtp.models import Partner
from wagtail_partner_smtp.oauth import consent

if TYPE_CHECKING:
    from smtp_sandbox import OAuthServer

# Nobody goes there: what a browser would be told stands in the address.
REDIRECT_URI = "https://localhost/callback/"


def connect_and_send(sandbox: Sandbox) -> Iterator[str]:
    """Consent, test and send one mail, and say what happened; what is not as expected is yielded."""
    partner = Partner.objects.get(slug=OAUTH_SLUG)
    print(f"\n{partner.name}, connected by the owner of {partner.smtp_login}:")
    connection = connect(partner, sandbox.oauth)
    report = check(partner)
    print("\n".join(lines(partner, report)))
    partner.send_mail("Invoice 43", "Please find your invoice below.\n", ["bob@customer.example"])
    session = sandbox.wait_for_message(to="bob@customer.example", timeout=5).session
    asked = len(sandbox.oauth.token_requests())
    print(
        f"  Its mail left as {session.user} by {session.mechanism}, with {asked} question for a token.",
        flush=True,
    )
    login = partner.smtp_login
    if (connection.mailbox, report.status, session.user, asked) != (login, "ok", login, 1):
        yield f"{OAUTH_SLUG}: {connection} {report.status} {session.user} {asked}"


def connect(partner: Partner, server: OAuthServer) -> consent.Connection:
    """The way that Connect takes in the admin, with somebody who agrees at the provider's page."""
    attempt = consent.attempt(partner, REDIRECT_URI)
    address = consent.address(partner, attempt, "state-of-the-demonstration")
    returned = urlsplit(server.consent(address, partner.smtp_login))
    return consent.connect(partner, attempt, dict(parse_qsl(returned.query)))
