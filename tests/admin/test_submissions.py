"""The list of a form page's submissions says of each whether its mail left, and no more."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from wagtail.contrib.forms.models import FormSubmission
from wagtail.contrib.forms.views import SubmissionsListView
from wagtail.models import GroupPagePermission, Page

from test_project.pages.models import ContactPage
from tests.support.admin import client_of, make_partner, read_spreadsheet
from tests.support.pages import VISITOR, make_page, submit
from wagtail_partner_smtp.admin.submission_mail import MESSAGE
from wagtail_partner_smtp.admin.submissions import MailedSubmissionsListView
from wagtail_partner_smtp.models import MailState, QueuedMessage

pytestmark = pytest.mark.django_db

HOST, REPLY = "mail.hidden-host.example", "550 5.1.1 hidden words of a server"


@pytest.fixture
def client(editor: User) -> Client:
    """Of somebody who may edit pages and may see neither partners nor their mail."""
    group = Group.objects.create(name="Page editors")
    for permission in Permission.objects.filter(codename__in=["change_page", "publish_page"]):
        GroupPagePermission.objects.create(group=group, page=Page.objects.get(depth=1), permission=permission)
    editor.groups.add(group)
    return client_of(User.objects.get(pk=editor.pk))


@pytest.fixture
def page() -> ContactPage:
    return make_page(make_partner(smtp_host=HOST))


def address(page: ContactPage) -> str:
    return reverse("wagtailforms:list_submissions", args=[page.pk])


def send(page: ContactPage, state: str) -> None:
    assert submit(page).status_code == 200
    newest = QueuedMessage.objects.order_by("pk").last()
    assert newest is not None
    QueuedMessage.objects.filter(pk=newest.pk).update(state=state, reply=REPLY, code="recipients_refused")


def listed(client: Client, page: ContactPage) -> list[str]:
    """What the last column says, the oldest submission first."""
    context: Any = client.get(address(page) + "?order_by=submit_time").context
    assert context["data_headings"][-1]["label"] == "Mail"
    return [row["fields"][-1] for row in context["data_rows"]]


@pytest.mark.parametrize("state", MailState)
def test_the_list_says_what_became_of_the_mail(client: Client, page: ContactPage, state: MailState) -> None:
    send(page, state)
    assert listed(client, page) == [str(state.label)]
    html = client.get(address(page)).content.decode()
    assert VISITOR["message"] in html
    for hidden in (HOST, REPLY, "recipients_refused", str(QueuedMessage.objects.get().uuid)):
        assert hidden not in html


def test_a_submission_without_mail_says_nothing(client: Client, page: ContactPage) -> None:
    send(page, "sent")
    QueuedMessage.objects.all().delete()
    ContactPage.objects.update(partner=None)
    submit(page)
    FormSubmission.objects.create(page=page, form_data=VISITOR)
    zeros = "00000000-0000-0000-0000-000000000000"
    for strange in (
        "",
        "x/y",
        "1",
        7,
        None,
        ["1"],
        f"1/{zeros}",
        f"{'9' * 30}/{zeros}",
        f"{'9' * 18}/{zeros}",
    ):
        FormSubmission.objects.create(page=page, form_data=VISITOR | {MESSAGE: strange})
    assert listed(client, page) == [""] * 12


def test_mail_is_found_though_the_page_has_another_partner_now(client: Client, page: ContactPage) -> None:
    send(page, "failed")
    ContactPage.objects.update(partner=make_partner(name="Borealis", slug="borealis"))
    assert listed(client, page) == ["Failed"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_spreadsheets_have_the_column(
    client: Client, page: ContactPage, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wagtail_partner_smtp.admin.submissions.CHUNK", 2)
    for state in ("sent", "failed", "queued"):
        send(page, state)
    headings, rows = read_spreadsheet(client, address(page), kind)
    assert headings == ["Submission date", "Your name", "Your email", "Message", "Mail"]
    assert [row[1:] for row in rows] == [[*VISITOR.values(), state] for state in ("Sent", "Failed", "Queued")]


def test_more_submissions_cost_no_more_queries(client: Client, page: ContactPage) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address(page)).status_code == 200
        return len(captured)

    send(page, "sent")
    queries()
    few = queries()
    for _ in range(5):
        send(page, "sent")
    assert queries() == few


def test_a_page_may_have_a_list_of_its_own(page: ContactPage, monkeypatch: pytest.MonkeyPatch) -> None:
    assert page.get_submissions_list_view_class() is MailedSubmissionsListView
    monkeypatch.setattr(ContactPage, "submissions_list_view_class", SubmissionsListView)
    assert page.get_submissions_list_view_class() is SubmissionsListView


def test_who_may_not_see_the_page_sees_no_list(editor: User, page: ContactPage) -> None:
    response = client_of(editor).get(address(page))
    assert response.status_code == 302
    assert b"Sent" not in response.content


def test_a_message_that_a_page_makes_itself_is_noted_as_well(
    client: Client, page: ContactPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def text(self: ContactPage, form: Any) -> str:
        return f"Submission {form.submission.pk}"

    monkeypatch.setattr(ContactPage, "render_email", text)
    send(page, "sent")
    assert listed(client, page) == ["Sent"]
