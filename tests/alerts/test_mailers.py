"""Alerts leave by every mailer that the documentation recommends for a site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django
import pytest
from django.core.mail import send_mail

from smtp_sandbox import Listener
from smtp_sandbox.pytest_plugin import Served
from tests.alerts.test_telling import ADMIN, BROKEN, run, state_of, use_mailer
from tests.support.delivery import PartnerOn
from tests.support.outbox import deliver, queue_of
from tests.support.paths import DOCS
from wagtail_partner_smtp.alerts import mail
from wagtail_partner_smtp.backend import EmailBackend, PartnerMissing
from wagtail_partner_smtp.outbox import waking

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db(transaction=True)

GUARD = "wagtail_partner_smtp.backend.GuardBackend"
SMTP = "django.core.mail.backends.smtp.EmailBackend"
STOPPED = "[Django] Partner mail: queued mail of 1 partner is stopped"
HAS_MAILERS = django.VERSION >= (6, 1)

RECOMMENDED: list[tuple[str, dict[str, Any]]] = [(SMTP, {}), (GUARD, {})]
if HAS_MAILERS:
    RECOMMENDED.append((GUARD, {"guarded": SMTP}))


@pytest.fixture(params=RECOMMENDED, ids=lambda mailer: "-".join([mailer[0].split(".")[-1], *mailer[1]]))
def site(
    request: pytest.FixtureRequest, smtp: Served, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Listener:
    """Where the mail of the site's own mailer arrives."""
    listener = smtp.listen()
    backend, options = request.param
    if HAS_MAILERS:
        options = options | {"host": "localhost", "port": listener.port}
    else:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "localhost", listener.port
    use_mailer(settings, backend, **options)
    settings.ADMINS = [ADMIN] if django.VERSION >= (6, 0) else [("Admin", ADMIN)]
    monkeypatch.setattr(waking._Wake, "__call__", lambda wake: None)
    return listener


def arrived(listener: Listener) -> list[tuple[tuple[str, ...], str]]:
    return [(message.rcpt_tos, message.subject) for message in listener.messages]


def test_the_round_tells_what_it_found(site: Listener, smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain, password="wrong")
    assert (run(), state_of(partner)) == (1, "broken")
    assert arrived(site) == [((ADMIN,), BROKEN)]


def test_a_stopped_queue_is_told(site: Listener, smtp: Served, partner_on: PartnerOn) -> None:
    partner = partner_on(smtp.plain, password="wrong")
    partner.queue_mail("Invoice", "Text", ["ann@customer.example"])
    deliver()
    queue = queue_of(partner)
    assert None not in (queue.stopped_at, queue.stop_told_at)
    assert arrived(site) == [((ADMIN,), STOPPED)]


class OfOnePartner(EmailBackend):
    """A mailer that is made for one partner, with every Django version."""

    slug = ""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"partner": self.slug})


def test_no_alert_leaves_by_the_partner_that_the_mailer_is_made_for(
    smtp: Served, partner_on: PartnerOn, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = smtp.listen()
    monkeypatch.setattr(OfOnePartner, "slug", partner_on(listener).slug)
    settings.PARTNER_SMTP_ALERT_RECIPIENTS = [ADMIN]
    use_mailer(settings, f"{__name__}.OfOnePartner")
    assert send_mail("Invoice", "Text", None, ["ann@customer.example"]) == 1
    with pytest.raises(PartnerMissing):
        mail.post("Partner mail", ["Text"])
    assert [message.subject for message in listener.messages] == ["Invoice"]


def test_the_documentation_recommends_these() -> None:
    text = (DOCS / "sending.md").read_text()
    assert f'EMAIL_BACKEND = "{GUARD}"' in text
    assert f'"BACKEND": "{GUARD}",\n        "OPTIONS": {{"guarded": "{SMTP}"' in text
