"""Sending again, trying now, cancelling and resuming: by POST only, asked first where it matters, and noted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from wagtail.models import ModelLogEntry

from tests.support.admin import client_of, make_partner
from tests.support.admin import url as section_url
from tests.support.outgoing import URL, ago, make_message, mime, queue_of
from wagtail_partner_smtp.models import AbstractPartner, QueuedMessage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_sends(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is queued stays queued; the queues that workers were told of."""
    from wagtail_partner_smtp.outbox import waking

    woken: list[Any] = []
    monkeypatch.setattr(waking, "wake", lambda queues, *args, **options: woken.append(list(queues)))
    return woken


def act(client: Client, name: str, **data: Any) -> Any:
    return client.post(reverse("partner_smtp_mail_action", args=[name]), data)


def states() -> dict[str, str]:
    return dict(QueuedMessage.objects.order_by("subject").values_list("subject", "state"))


def entries() -> list[tuple[str, str, dict[str, Any]]]:
    rows = ModelLogEntry.objects.filter(action__startswith="wagtail_partner_smtp.").order_by("pk")
    return [(row.label, row.action.partition(".")[2], row.data) for row in rows]


def said(client: Client) -> str:
    return client.get(URL).content.decode()


@pytest.mark.parametrize("method", ["get", "put", "delete", "head"])
@pytest.mark.parametrize("name", ["resend", "retry", "cancel"])
def test_nothing_is_done_but_by_post(
    client: Client, partner: AbstractPartner, method: str, name: str
) -> None:
    message = make_message(partner, "queued")
    address = f"{reverse('partner_smtp_mail_action', args=[name])}?id={message.pk}&confirmed=1"
    assert getattr(client, method)(address).status_code == 405
    assert getattr(client, method)(section_url("resume_mail", partner)).status_code == 405
    assert states() == {"Invoice 1": "queued"}


@pytest.mark.parametrize("name", ["resend", "retry", "cancel"])
def test_a_post_from_elsewhere_is_refused(manager: User, partner: AbstractPartner, name: str) -> None:
    message = make_message(partner, "queued")
    client = client_of(manager, enforce_csrf_checks=True)
    assert act(client, name, id=message.pk, confirmed=1).status_code == 403
    assert client.post(section_url("resume_mail", partner)).status_code == 403
    assert states() == {"Invoice 1": "queued"}


def test_waiting_messages_are_tried_now(client: Client, partner: AbstractPartner) -> None:
    later = timezone.now() + timedelta(hours=5)
    message = make_message(partner, "deferred", due_at=later)
    done = make_message(partner, "sent", subject="Done")
    response = act(client, "retry", id=[message.pk, done.pk], next=f"{URL}?state=deferred")
    assert response["Location"] == f"{URL}?state=deferred"
    message.refresh_from_db()
    assert message.due_at is not None
    assert message.due_at <= timezone.now()
    assert "1 waiting message is tried now." in said(client)
    assert entries() == [("Acme", "retry_mail", {"number": 1})]


@pytest.mark.parametrize("chosen", ["one", "all", "all of its queue"])
def test_nothing_is_tried_before_its_own_time(client: Client, partner: AbstractPartner, chosen: str) -> None:
    later = timezone.now() + timedelta(days=5)
    message = make_message(partner, "queued", due_at=later)
    data = {"one": {"id": message.pk}, "all": {"all": 1}}
    act(client, "retry", **data.get(chosen, {"all": 1, "queue": message.queue_id}))
    message.refresh_from_db()
    assert (message.due_at, entries()) == (later, [])
    assert "Nothing was changed" in said(client)


def test_cancelling_asks_first(client: Client, partner: AbstractPartner) -> None:
    waiting = make_message(partner, "queued", subject="A")
    done = make_message(partner, "sent", subject="B")
    page = act(client, "cancel", id=[waiting.pk, done.pk], next=URL)
    html = page.content.decode()
    assert "1 message is cancelled" in html
    assert "1 more was selected" in html
    assert states() == {"A": "queued", "B": "sent"}
    assert f'<input type="hidden" name="id" value="{waiting.pk}">' in html
    assert act(client, "cancel", id=[waiting.pk, done.pk], next=URL, confirmed=1)["Location"] == URL
    assert states() == {"A": "cancelled", "B": "sent"}
    assert entries() == [("Acme", "cancel_mail", {"number": 1})]
    assert "1 message was cancelled." in said(client)


def test_message_whose_content_has_left_is_not_cancelled(client: Client, partner: AbstractPartner) -> None:
    message = make_message(partner, "sending", handed_over_at=timezone.now())
    assert "None of these messages" in act(client, "cancel", id=message.pk).content.decode()
    act(client, "cancel", id=message.pk, confirmed=1)
    assert states() == {"Invoice 1": "sending"}
    assert entries() == []
    assert "Nothing was changed" in said(client)


def test_resending_warns_of_what_may_come_twice(client: Client, partner: AbstractPartner) -> None:
    failed = make_message(partner, "failed", content=mime(), subject="A")
    unknown = make_message(partner, "unknown", content=mime(), subject="B")
    sent = make_message(partner, "sent", content=mime(), subject="C")
    gone = make_message(partner, "failed", subject="D")
    assert "twice" not in act(client, "resend", id=failed.pk).content.decode()
    html = act(client, "resend", id=[failed.pk, unknown.pk, sent.pk, gone.pk]).content.decode()
    for text in (
        "3 messages are queued again",
        "the recipient may get it twice",
        "a second time",
        "1 more was selected",
    ):
        assert text in html
    assert states()["B"] == "unknown"


def test_resent_messages_keep_their_message_id(client: Client, partner: AbstractPartner) -> None:
    beta = make_partner(name="Beta", slug="beta")
    first = make_message(partner, "failed", content=mime(), subject="A", message_id="<a@x>")
    other = make_message(beta, "unknown", content=mime(), subject="B", message_id="<b@x>")
    gone = make_message(partner, "failed", subject="C")
    act(client, "resend", id=[first.pk, other.pk, gone.pk], confirmed=1)
    assert states() == {"A": "queued", "B": "queued", "C": "failed"}
    assert set(QueuedMessage.objects.filter(state="queued").values_list("message_id", flat=True)) == {
        "<a@x>",
        "<b@x>",
    }
    assert sorted(entries()) == [
        ("Acme", "resend_mail", {"number": 1}),
        ("Beta", "resend_mail", {"number": 1}),
    ]
    assert "2 messages were queued again." in said(client)


# All of a list


def test_all_of_the_list_are_those_that_it_shows(client: Client, partner: AbstractPartner) -> None:
    for number in range(60):
        make_message(partner, "queued", subject=f"A{number:02}", recipients="a@x")
    make_message(partner, "queued", subject="B", recipients="b@x")
    act(client, "cancel", all=1, query="recipient=a%40x&state=queued&p=2", confirmed=1)
    assert set(states().values()) == {"cancelled", "queued"}
    assert states()["B"] == "queued"
    assert entries() == [("Acme", "cancel_mail", {"number": 60})]
    act(client, "cancel", all=1, query="q=b%40", confirmed=1)
    assert states()["B"] == "cancelled"


def test_all_of_the_page_are_not_all_of_the_list(client: Client, partner: AbstractPartner) -> None:
    """What ticks the rows leaves the box alone that means other pages too."""
    for _ in range(51):
        make_message(partner, "queued")
    html = client.get(URL).content.decode()
    assert html.count('data-w-bulk-target="item"') == html.count('name="id"') == 50
    assert '<input type="checkbox" name="all" value="1">' in html


def test_all_of_one_partner(client: Client, partner: AbstractPartner) -> None:
    mine = make_message(partner, "queued", subject="A")
    make_message(make_partner(name="Beta", slug="beta"), "queued", subject="B")
    act(client, "cancel", all=1, queue=mine.queue_id, query="", confirmed=1)
    assert states() == {"A": "cancelled", "B": "queued"}


@pytest.mark.parametrize(
    "data",
    [
        {"all": 1, "query": "since=nonsense"},
        {"all": 1, "query": "state=nonsense"},
        {"id": "nonsense"},
        {"id": ""},
        {"id": "-1"},
        {"id": "9" * 19},
        {"id": "9" * 40},
        {"id": "9" * 5000},
        {"id": "²"},
    ],
)
def test_what_means_nothing_does_nothing(
    client: Client, partner: AbstractPartner, data: dict[str, Any]
) -> None:
    make_message(partner, "queued")
    assert act(client, "cancel", **data, confirmed=1).status_code == 400
    assert states() == {"Invoice 1": "queued"}


@pytest.mark.parametrize("data", [{}, {"id": "99999"}, {"id": "0"}])
def test_nothing_chosen_changes_nothing(
    client: Client, partner: AbstractPartner, data: dict[str, Any]
) -> None:
    make_message(partner, "queued")
    assert act(client, "cancel", **data, confirmed=1).status_code == 302
    assert states() == {"Invoice 1": "queued"}


@pytest.mark.parametrize("queue", ["nonsense", "0", "-1", "9" * 40, "9" * 5000, "²"])
def test_no_queue_is_no_list(client: Client, partner: AbstractPartner, queue: str) -> None:
    make_message(partner, "queued")
    assert act(client, "cancel", all=1, queue=queue, confirmed=1).status_code == 404
    assert states() == {"Invoice 1": "queued"}


def test_the_way_back_leads_to_this_site_only(client: Client, partner: AbstractPartner) -> None:
    message = make_message(partner, "queued")
    for name in ("retry", "cancel"):
        response = act(client, name, id=message.pk, confirmed=1, next="https://evil.example/")
        assert response["Location"] == URL


# Resuming


def test_a_stopped_queue_is_resumed_by_one_click(
    client: Client, partner: AbstractPartner, nobody_sends: list[Any]
) -> None:
    queue = queue_of(partner, stopped_at=ago(hours=1), trouble_code="auth_failed", trouble_stage="auth")
    make_message(partner, "queued")
    address = section_url("resume_mail", partner)
    for page in (section_url("edit", partner), section_url("outgoing_mail", partner)):
        assert f'data-w-action-url-value="{address}' in client.get(page).content.decode()
    assert client.post(address)["Location"] == section_url("outgoing_mail", partner)
    queue.refresh_from_db()
    assert queue.stopped_at is None
    assert nobody_sends == [[queue.pk]]
    assert entries() == [("Acme", "resume_mail", {})]
    assert "The mail of Acme is resumed." in said(client)
    client.post(address)
    assert "The mail of Acme was not stopped." in said(client)
    assert len(entries()) == 1


@pytest.mark.parametrize("pk", ["0", "nonsense"])
def test_nobody_is_resumed(client: Client, partner: AbstractPartner, pk: str) -> None:
    address = section_url("resume_mail", partner).replace(f"/{partner.pk}/", f"/{pk}/")
    assert client.post(address).status_code == 404


def test_mail_of_a_deleted_partner_is_noted_with_its_queue(superuser_client: Client) -> None:
    partner = make_partner(name="Gone", slug="gone")
    message = make_message(partner, "queued")
    partner.delete()
    act(superuser_client, "cancel", id=message.pk, confirmed=1)
    assert states() == {"Invoice 1": "cancelled"}
    assert entries() == [("Gone", "cancel_mail", {"number": 1})]
    assert superuser_client.get(reverse("wagtailadmin_reports:site_history")).status_code == 200


def test_history_tells_it_in_words(client: Client, manager: User, partner: AbstractPartner) -> None:
    from wagtail_partner_smtp import audit

    for action, number in ((audit.RESEND_MAIL, 2), (audit.RETRY_MAIL, 1), (audit.CANCEL_MAIL, 3)):
        audit.log_mail_action(partner, manager, action, number)
    audit.log_mail_read(partner, manager)
    audit.log_mail_resumed(partner, manager)
    html = client.get(section_url("history", partner)).content.decode()
    for words in (
        "Queued 2 outgoing messages again",
        "Asked to try 1 waiting message now",
        "Cancelled 3 outgoing messages",
        "Read the text of an outgoing message",
        "Resumed the outgoing mail",
    ):
        assert words in html
