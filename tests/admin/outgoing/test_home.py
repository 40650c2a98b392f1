"""The admin's first page says when outgoing mail is stuck, and is silent otherwise."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from tests.support.admin import make_partner
from tests.support.admin import url as section_url
from tests.support.outgoing import URL, ago, make_message, queue_of, see_worker
from wagtail_partner_smtp.admin.outgoing import home
from wagtail_partner_smtp.models import AbstractPartner

pytestmark = pytest.mark.django_db

PANEL = 'id="outgoing-mail-section"'


def panel_of(client: Client) -> str:
    html = client.get("/admin/").content.decode().replace("\xa0", " ")
    return html.split(PANEL)[1].split("</section>")[0] if PANEL in html else ""


def test_nothing_is_said_while_all_is_well(client: Client, partner: AbstractPartner) -> None:
    see_worker(timezone.now())
    for state in ("queued", "deferred", "sending", "sent", "cancelled"):
        make_message(partner, state)
    make_message(partner, "failed", ended_at=ago(days=8))
    assert panel_of(client) == ""


def test_stopped_partners_are_named_with_the_reason(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "NAMED", 2)
    for number in range(3):
        partner = make_partner(name=f"P{number}", slug=f"p{number}")
        queue_of(partner, stopped_at=ago(hours=3 - number), trouble_code="auth_failed", trouble_stage="auth")
        make_message(partner, "queued")
        make_message(partner, "deferred")
    html = panel_of(client)
    assert "The mail of 3 partners is stopped" in html
    assert html.count("The server does not accept login and password.") == 2
    assert "P0" not in html
    assert f'href="{section_url("outgoing_mail", partner)}"' in html
    assert "and 1 more" in html


def test_a_stopped_queue_without_mail_is_no_trouble(client: Client, partner: AbstractPartner) -> None:
    queue_of(partner, stopped_at=ago(hours=1))
    make_message(partner, "sent")
    assert panel_of(client) == ""


def test_missing_worker_is_told_with_what_waits(client: Client, partner: AbstractPartner) -> None:
    make_message(partner, "queued", due_at=ago(minutes=30))
    make_message(partner, "deferred")
    html = panel_of(client)
    assert "No worker has been seen for 30 minutes." in html
    assert f'href="{URL}?state=queued&amp;state=deferred">2 messages wait.' in html


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("failed", "2 messages failed within the last 7 days."),
        ("partly", "2 messages reached only some of their recipients within the last 7 days."),
        ("unknown", "Of 2 messages of the last 7 days nobody can tell whether they arrived."),
    ],
)
def test_what_ended_badly_leads_to_it(
    client: Client, partner: AbstractPartner, state: str, sentence: str
) -> None:
    for _ in range(2):
        make_message(partner, state)
    html = panel_of(client)
    assert f'href="{URL}?state={state}">{sentence}' in html
