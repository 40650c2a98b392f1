"""A page with a contact form that is mailed by a partner: sent once by a visitor, and left to try."""

from __future__ import annotations

from collections.abc import Iterator

from django.test import Client
from wagtail.models import Site

from smtp_sandbox import Sandbox
from test_project.pages.models import ContactField, ContactPage
from wagtail_partner_smtp.models import Partner

PARTNER = "borealis"
TO = "office@borealis.example"
VISITOR = {
    "your_name": "Ann",
    "your_email": "ann@customer.example",
    "message": "Do you deliver to Tromsø?",
}


def send_form(sandbox: Sandbox) -> Iterator[str]:
    """Send the form as a visitor does, and show what the partner's server received of it."""
    partner = Partner.objects.get(slug=PARTNER)
    page = contact_page(partner)
    response = Client().post(page.url, VISITOR)
    received = sandbox.wait_for_message(to=TO, timeout=5)
    email = received.email
    print(f"\nThe form of the page {page.url}, as the server of {partner.name} received it:")
    for name in ("From", "To", "Reply-To", "Subject"):
        print(f"  | {name}: {email[name]}")
    print("  |")
    for line in email.get_content().splitlines():
        print(f"  | {line}", flush=True)
    if response.status_code != 200 or received.session.user != partner.smtp_login:
        yield "the form was not mailed by the partner"
    if [email["From"], email["Reply-To"]] != [partner.smtp_email, VISITOR["your_email"]]:
        yield "the form's mail is from somebody else, or answers go to somebody else"


def contact_page(partner: Partner) -> ContactPage:
    """The page, as it is since the first demonstration."""
    found: ContactPage | None = ContactPage.objects.first()
    if found:
        return found
    page = ContactPage(
        title="Contact",
        slug="contact",
        partner=partner,
        to_address=TO,
        subject="A question from the website",
        body=[("text", "<p>Write to us. Your message goes to the office of</p>"), ("partner", partner)],
    )
    page.form_fields = [
        ContactField(label="Your name", field_type="singleline", sort_order=0),
        ContactField(label="Your email", field_type="email", sort_order=1),
        ContactField(label="Message", field_type="multiline", sort_order=2),
    ]
    Site.objects.get(is_default_site=True).root_page.add_child(instance=page)
    page.save_revision().publish()
    return page
