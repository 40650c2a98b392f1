"""One message's page, and its text: shown to few, in a frame where nothing runs and nothing is fetched."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from wagtail.models import ModelLogEntry

from tests.conftest import Grant
from tests.support.admin import client_of
from tests.support.admin import url as section_url
from tests.support.outgoing import (
    AUTH_REPLY,
    URL,
    ago,
    make_attempt,
    make_message,
    mime,
    queue_of,
    see_worker,
)
from wagtail_partner_smtp.admin.mail_words import REMEDY
from wagtail_partner_smtp.admin.outgoing import asked
from wagtail_partner_smtp.admin.outgoing import message as page
from wagtail_partner_smtp.admin.outgoing.text import text_response
from wagtail_partner_smtp.models import AbstractPartner, QueuedMessage
from wagtail_partner_smtp.permissions import MANAGE_OUTGOING_MAIL

pytestmark = pytest.mark.django_db


def html_of(client: Client, message: QueuedMessage, query: str = "") -> str:
    response = client.get(f"{URL}{message.pk}/{query}")
    assert response.status_code == 200
    return response.content.decode().replace("\xa0", " ")


@pytest.mark.parametrize("outcomes", [{"jane@example.net": {"fate": "delegated"}}, ["accepted"], "accepted"])
def test_page_of_a_message_whose_outcomes_nobody_can_read(
    client: Client, partner: AbstractPartner, outcomes: Any
) -> None:
    message = make_message(partner, "partly", recipients="jane@example.net\nbob@example.net")
    message.outcomes = outcomes
    message.save()
    assert "Unknown" in html_of(client, message)


def test_page_tells_all_that_is_kept(client: Client, partner: AbstractPartner) -> None:
    message = make_message(
        partner,
        "partly",
        recipients="jane@example.net\nbob@example.net\neve@example.net",
        outcomes={
            "jane@example.net": {"fate": "accepted", "reply": "250 2.1.5 Ok"},
            "bob@example.net": {"fate": "refused", "reply": "550 5.1.1 User unknown"},
        },
        code="recipients_refused",
        stage="rcpt",
        reply="550 5.1.1 User unknown",
        key="invoice:4711",
        message_id="<4711@example.com>",
        priority=7,
        attempts=2,
    )
    make_attempt(message, "deferred", code="server_busy", stage="connect", reply="421 4.3.2 Later")
    make_attempt(message, "partly", code="recipients_refused", stage="rcpt", reply="550 5.1.1 User unknown")
    html = html_of(client, message)
    for text in (
        "Sent to some",
        "jane@example.net",
        "Accepted",
        "250 2.1.5 Ok",
        "Refused",
        "550 5.1.1 User unknown",
        "Not tried",
        "421 4.3.2 Later",
        "Connection:",
        "&lt;4711@example.com&gt;",
        "invoice:4711",
        "(550)",
    ):
        assert text in html, text
    assert html.index("421 4.3.2 Later") > html.rindex("550 5.1.1 User unknown")
    assert f'href="{section_url("outgoing_mail", partner)}"' in html


@pytest.mark.parametrize(
    ("state", "queue", "columns", "sentence"),
    [
        ("queued", {}, {}, "It is its turn as soon as a worker looks for mail."),
        ("sending", {}, {}, "It is being sent right now."),
        (
            "deferred",
            {"stopped_at": 1, "trouble_code": "auth_failed", "trouble_stage": "auth"},
            {},
            "The mail of this partner is stopped. The server does not accept login and password.",
        ),
        ("queued", {"retry_at": -600.5}, {}, "cannot be reached. It is tried again at"),
        ("queued", {"paced_until": -60}, {}, "no faster than its server accepts it"),
        ("queued", {}, {"due_at": -7200.5}, "It is not sent before"),
        ("deferred", {}, {"due_at": -7200.5}, "It is tried again by itself."),
    ],
)
def test_why_it_waits(
    client: Client,
    partner: AbstractPartner,
    state: str,
    queue: dict[str, Any],
    columns: dict[str, Any],
    sentence: str,
) -> None:
    def times(values: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value if isinstance(value, str) else ago(seconds=value) for name, value in values.items()
        }

    see_worker(timezone.now())
    queue_of(partner, **times(queue))
    assert sentence in html_of(client, make_message(partner, state, **times(columns)))


def test_stopped_mail_does_not_age_and_has_one_remedy(client: Client, partner: AbstractPartner) -> None:
    queue = queue_of(partner)
    message = make_message(partner, "deferred")
    assert "Given up after" in html_of(client, message)
    type(queue).objects.filter(pk=queue.pk).update(stopped_at=ago(hours=1))
    pages = [
        html_of(client, message),
        client.get(section_url("outgoing_mail", partner)).content.decode(),
        client.get(section_url("edit", partner)).content.decode(),
        client.get("/admin/").content.decode(),
    ]
    assert "Given up after" not in pages[0]
    assert [page.count(str(REMEDY)) for page in pages] == [1, 1, 1, 1]


def test_unattended_mail_says_that_no_worker_is_there(client: Client, partner: AbstractPartner) -> None:
    see_worker(ago(hours=3))
    message = make_message(partner, "queued", due_at=ago(hours=4))
    assert "No worker has been seen for 3 hours." in html_of(client, message)


@pytest.mark.parametrize(
    ("state", "kept", "offered"),
    [
        ("queued", True, ["Try now", "Cancel"]),
        ("deferred", True, ["Try now", "Cancel"]),
        ("sending", True, ["Cancel"]),
        ("sent", True, ["Send again"]),
        ("sent", False, []),
        ("failed", True, ["Send again"]),
        ("unknown", True, ["Send again"]),
        ("unknown", False, []),
        ("cancelled", True, ["Send again"]),
    ],
)
def test_what_can_be_done_is_offered(
    client: Client, partner: AbstractPartner, state: str, kept: bool, offered: list[str]
) -> None:
    message = make_message(partner, state, content=mime() if kept else None)
    response = client.get(f"{URL}{message.pk}/")
    assert [str(action.title) for action, _url in response.context["actions"]] == offered


def test_what_waits_for_its_own_time_is_not_tried_now(client: Client, partner: AbstractPartner) -> None:
    message = make_message(partner, "queued", due_at=timezone.now() + timedelta(days=5))
    response = client.get(f"{URL}{message.pk}/")
    assert "It is not sent before" in response.content.decode()
    assert [str(action.title) for action, _url in response.context["actions"]] == ["Cancel"]


def test_unknown_outcome_is_explained(client: Client, partner: AbstractPartner) -> None:
    html = html_of(client, make_message(partner, "unknown", code="outcome_unknown", stage="data"))
    assert "risk that it comes twice" in html


def test_many_recipients_are_cut(
    client: Client, partner: AbstractPartner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "MOST_RECIPIENTS", 3)
    message = make_message(partner, recipients="\n".join(f"r{number}@example.net" for number in range(10)))
    html = html_of(client, message)
    assert "r2@example.net" in html
    assert "r3@example.net" not in html
    assert "and 7 more" in html


@pytest.mark.parametrize("pk", ["0", "99999", "9" * 30, "9" * 5000])
def test_no_message_has_no_page(client: Client, partner: AbstractPartner, pk: str) -> None:
    for address in (f"{URL}{pk}/", f"{URL}{pk}/text/"):
        assert client.get(address).status_code == 404


# The text


def ask(client: Client, message: QueuedMessage) -> str:
    """Press *Show the text*; the query of the page that is shown then."""
    response = client.post(f"{URL}{message.pk}/")
    assert response.status_code == 302
    address = urlsplit(response["Location"])
    assert (address.path, address.fragment) == (f"{URL}{message.pk}/", "partner-smtp-text")
    return f"?{address.query}"


def text_of(client: Client, message: QueuedMessage) -> Any:
    return client.get(f"{URL}{message.pk}/text/{ask(client, message)}")


def times_read() -> int:
    return len(ModelLogEntry.objects.filter(action="wagtail_partner_smtp.read_mail"))


def test_text_is_asked_for_and_noted(client: Client, partner: AbstractPartner) -> None:
    message = make_message(partner, content=mime("Dear Jane"))
    html = html_of(client, message)
    assert "Show the text" in html
    assert "<iframe" not in html
    assert times_read() == 0
    query = ask(client, message)
    frame = html_of(client, message, query).split("<iframe")[1].split(">")[0]
    assert 'sandbox=""' in frame
    assert f'src="{URL}{message.pk}/text/{query}"' in frame
    assert "Dear Jane" in client.get(f"{URL}{message.pk}/text/{query}").content.decode()
    assert times_read() == 1


def test_p62_a_link_shows_no_text_and_notes_nothing(
    client: Client, superuser_client: Client, partner: AbstractPartner, monkeypatch: pytest.MonkeyPatch
) -> None:
    message, another = (make_message(partner, content=mime("Dear Jane")) for _ in range(2))
    query, of_another = ask(client, message), ask(client, another)
    of_somebody_else = ask(superuser_client, message)
    noted = times_read()
    for link in ("", "?text=1", "?asked=1", "?asked=", f"{query}x", of_another, of_somebody_else):
        assert "<iframe" not in html_of(client, message, link)
        response = client.get(f"{URL}{message.pk}/text/{link}")
        assert (response.status_code, response["Location"]) == (302, f"{URL}{message.pk}/")
    monkeypatch.setattr(asked, "MAX_AGE", -1)
    assert "<iframe" not in html_of(client, message, query)
    assert client.get(f"{URL}{message.pk}/text/{query}").status_code == 302
    assert times_read() == noted == 3


def test_text_comes_with_a_policy_of_its_own(client: Client, partner: AbstractPartner) -> None:
    html = '<p style="color: red">Hello</p><script>alert(1)</script><img src="https://tracker.example/x">'
    response = text_of(client, make_message(partner, content=mime(html=html)))
    directives = [each.strip() for each in response["Content-Security-Policy"].split(";")]
    for directive in (
        "default-src 'none'",
        "img-src data:",
        "form-action 'none'",
        "base-uri 'none'",
        "sandbox",
    ):
        assert directive in directives
    assert "script" not in response["Content-Security-Policy"]
    assert "allow-" not in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "no-referrer"
    assert "no-store" in response["Cache-Control"]
    assert response["X-Frame-Options"] == "SAMEORIGIN"


def test_text_that_is_gone_is_said_to_be(client: Client, partner: AbstractPartner) -> None:
    message = make_message(partner)
    assert "The text is no longer kept." in html_of(client, message)
    assert "The text is no longer kept." in text_of(client, message).content.decode()
    assert times_read() == 0


def test_text_of_a_lost_key_or_another_message(
    client: Client, partner: AbstractPartner, settings: Any
) -> None:
    message = make_message(partner, content=mime())
    QueuedMessage.objects.update(sender="other@example.com")
    assert "does not belong to this message" in text_of(client, message).content.decode()
    settings.PARTNER_SMTP_KEYS = ["another key " * 4]
    assert "the key that it was encrypted with is gone" in text_of(client, message).content.decode()


def test_reading_is_not_managing(viewer: User, grant: Grant, partner: AbstractPartner) -> None:
    client = client_of(grant(viewer, MANAGE_OUTGOING_MAIL))
    message = make_message(partner, content=mime("Dear Jane"))
    query = f"?asked={asked.sign(viewer, message)}"
    assert client.post(f"{URL}{message.pk}/").status_code == 302
    assert client.get(f"{URL}{message.pk}/text/{query}").status_code == 302
    assert "partner-smtp-text" not in html_of(client, message, query).split("<dl")[0]
    assert "<iframe" not in html_of(client, message, query)
    assert times_read() == 0


def test_plain_text_and_names_of_attachments_are_text() -> None:
    message = EmailMessage()
    message.set_content("<b>Dear Jane</b>")
    message.add_attachment(b"x" * 2048, maintype="application", subtype="pdf", filename="<i>a</i>.pdf")
    html = text_response(message.as_bytes()).content.decode()
    assert "&lt;b&gt;Dear Jane&lt;/b&gt;" in html
    assert "&lt;i&gt;a&lt;/i&gt;.pdf" in html
    assert "application/pdf, 2.0" in html


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no header at all",
        b"Content-Type: text/plain; charset=nonsense\r\n\r\nDear Jane \xff",
        b"Content-Type: text/html; charset=nonsense\r\n\r\n<p>Dear Jane \xff",
        b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!!",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\nno part",
    ],
)
def test_broken_messages_are_shown_as_far_as_they_go(content: bytes) -> None:
    response = text_response(content)
    assert response.status_code == 200
    if b"Dear" in content:
        assert "Dear Jane" in response.content.decode()


def test_time_left_of_a_waiting_message(client: Client, partner: AbstractPartner) -> None:
    message = make_message(
        partner,
        "deferred",
        code="auth_temporary",
        reply=AUTH_REPLY,
        due_at=timezone.now() + timedelta(minutes=5.5),
    )
    assert "(5 minutes left)" in html_of(client, message)
