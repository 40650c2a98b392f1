"""Setting up a page whose form is mailed by a partner: who may choose whom, and what the page says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client
from django.urls import reverse
from wagtail.models import GroupPagePermission, Page
from wagtail.test.utils.form_data import inline_formset, nested_form_data, streamfield

from test_project.pages.models import ContactPage
from tests.support.admin import client_of, make_partner, permit, url
from tests.support.pages import TO, make_page, read_page
from wagtail_partner_smtp.models import AbstractPartner, get_partner_model

if TYPE_CHECKING:
    from pytest_django import DjangoCaptureOnCommitCallbacks

pytestmark = pytest.mark.django_db

HOST, LOGIN, EMAIL = "mail.hidden-host.example", "hidden-login", "hidden@address.example"
MAY_NOT = "You may not choose this one."


@pytest.fixture
def acme() -> AbstractPartner:
    return make_partner(smtp_host=HOST, smtp_login=LOGIN, smtp_email=EMAIL)


@pytest.fixture
def borealis() -> AbstractPartner:
    return make_partner(name="Borealis", slug="borealis", smtp_host=HOST, smtp_login=LOGIN, smtp_email=EMAIL)


@pytest.fixture
def page_editor(editor: User) -> User:
    """May edit and publish all pages, and knows of no partner."""
    group = Group.objects.create(name="Page editors")
    permissions = Permission.objects.filter(codename__in=["change_page", "publish_page"])
    for permission in permissions:
        GroupPagePermission.objects.create(group=group, page=Page.objects.get(depth=1), permission=permission)
    editor.groups.add(group)
    return User.objects.get(pk=editor.pk)


def edit_url(page: ContactPage) -> str:
    return reverse("wagtailadmin_pages:edit", args=[page.pk])


def save(client: Client, page: ContactPage, partner: AbstractPartner | None, **values: str) -> Any:
    data = {
        "title": "Contact",
        "slug": "contact",
        "partner": str(partner.pk) if partner else "",
        "to_address": TO,
        "subject": "Changed",
        "body": streamfield([]),
        "form_fields": inline_formset([]),
        "comments": inline_formset([]),
        "action-publish": "action-publish",
    }
    return client.post(edit_url(page), nested_form_data(data | values))


def test_the_page_names_its_partner_and_tells_nothing_of_the_account(
    page_editor: User, acme: AbstractPartner
) -> None:
    text = client_of(page_editor).get(edit_url(make_page(acme))).content.decode()
    assert "Acme" in text
    for secret in (HOST, LOGIN, EMAIL, acme.smtp_password_encrypted, str(acme.smtp_uuid)):
        assert secret not in text


def test_who_may_not_see_partners_keeps_the_one_that_is_chosen(
    page_editor: User, acme: AbstractPartner
) -> None:
    page = make_page(acme)
    assert save(client_of(page_editor), page, acme).status_code == 302
    assert (read_page(page).subject, read_page(page).partner_id) == ("Changed", acme.pk)


def test_who_may_not_see_partners_chooses_none_and_learns_no_name(
    page_editor: User, acme: AbstractPartner, borealis: AbstractPartner
) -> None:
    page = make_page(acme)
    text = save(client_of(page_editor), page, borealis).content.decode()
    assert MAY_NOT in text
    assert "Borealis" not in text
    assert "Acme" in text
    assert read_page(page).partner_id == acme.pk


def test_who_may_see_partners_chooses_one(
    page_editor: User, acme: AbstractPartner, borealis: AbstractPartner
) -> None:
    page = make_page(acme)
    assert save(client_of(permit(page_editor, "view")), page, borealis).status_code == 302
    assert read_page(page).partner_id == borealis.pk


def test_a_page_that_mails_somebody_needs_a_partner(superuser_client: Client, acme: AbstractPartner) -> None:
    page = make_page(acme)
    text = save(superuser_client, page, None).content.decode()
    assert "Choose whose mail server is to be used." in text
    assert read_page(page).partner_id == acme.pk
    assert save(superuser_client, page, None, to_address="").status_code == 302
    assert read_page(page).partner_id is None


def test_the_page_says_what_keeps_submissions_from_being_mailed(
    superuser_client: Client, acme: AbstractPartner
) -> None:
    page = make_page(acme)

    def told() -> str:
        text = superuser_client.get(edit_url(page)).content.decode()
        return next((line.strip() for line in text.splitlines() if "stored, but not emailed" in line), "")

    assert told() == ""
    rows: Any = get_partner_model()._default_manager
    rows.update(smtp_email="")
    assert told().endswith("not emailed: Acme is not set up.")
    rows.update(active=False, name="<b>Acme</b>")
    assert told().endswith("not emailed: &lt;b&gt;Acme&lt;/b&gt; is not active.")
    acme.delete()
    assert told().endswith("not emailed: no partner is chosen.")
    page = make_page(None, slug="other", to_address="")
    assert told() == ""


def test_a_draft_whose_partner_was_deleted_can_still_be_opened(
    superuser_client: Client, acme: AbstractPartner, borealis: AbstractPartner
) -> None:
    """The draft alone names it: no column keeps it from being deleted."""
    page = make_page(acme)
    draft = read_page(page)
    draft.partner = borealis
    draft.save_revision()
    borealis.delete()
    response = superuser_client.get(edit_url(page))
    assert response.status_code == 200
    assert "no partner is chosen" in response.content.decode()


def test_deleting_a_partner_says_which_pages_use_it(
    superuser_client: Client,
    acme: AbstractPartner,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    # Wagtail notes by a task what a page refers to.
    with django_capture_on_commit_callbacks(execute=True):
        make_page(acme)
    text = superuser_client.get(url("delete", acme)).content.decode()
    assert "referenced 1 time" in text
    assert superuser_client.post(url("delete", acme)).status_code == 302


def test_a_block_names_its_partner_and_tells_nothing_of_the_account(
    client: Client, acme: AbstractPartner
) -> None:
    page = make_page(acme, body=[("text", "<p>Hello</p>"), ("partner", acme)])
    text = client.get(page.url).content.decode()
    assert '<p class="partner">Acme</p>' in text
    for secret in (HOST, LOGIN, EMAIL):
        assert secret not in text
    acme.delete()
    response = client.get(page.url)
    assert response.status_code == 200
    assert "Acme" not in response.content.decode()
