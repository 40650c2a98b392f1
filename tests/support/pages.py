"""The contact page of the test project, and what its visitors send."""

from __future__ import annotations

from typing import Any

from django.test import Client
from wagtail.contrib.forms.models import FormSubmission
from wagtail.models import Site

from test_project.pages.models import ContactField, ContactPage
from wagtail_partner_smtp.models import AbstractPartner

TO = "desk@site.example"
VISITOR = {"your_name": "Ann", "your_email": "ann@customer.example", "message": "Hello"}
FIELDS = (("Your name", "singleline"), ("Your email", "email"), ("Message", "multiline"))


def make_page(partner: AbstractPartner | None, **values: Any) -> ContactPage:
    """A published page with a form, below the site's first page."""
    page = ContactPage(
        **{"title": "Contact", "slug": "contact", "to_address": TO, "subject": "From the site"} | values
    )
    page.partner = partner
    page.form_fields = [
        ContactField(label=label, field_type=kind, required=False, sort_order=order)
        for order, (label, kind) in enumerate(FIELDS)
    ]
    Site.objects.get(is_default_site=True).root_page.add_child(instance=page)
    page.save_revision().publish()
    return read_page(page)


def read_page(page: ContactPage) -> ContactPage:
    """The published page, read anew."""
    found: ContactPage = ContactPage.objects.get(pk=page.pk)
    return found


def submit(page: ContactPage, **values: str) -> Any:
    """The response to what a visitor sends who has not logged in."""
    return Client(raise_request_exception=False).post(page.url, VISITOR | values)


def submissions(page: ContactPage) -> list[dict[str, Any]]:
    """What visitors have sent, without what was noted of its mail."""
    stored = FormSubmission.objects.filter(page=page).order_by("pk")
    return [{name: each.form_data.get(name) for name in VISITOR} for each in stored]
