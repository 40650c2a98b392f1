"""The public API as users write it. mypy checks this file; nothing runs it."""

from __future__ import annotations

from datetime import datetime
from typing import assert_type

from django import forms
from django.contrib.auth.models import User
from django.core.mail import EmailMessage
from django.db import models
from wagtail.admin.panels import ObjectList, TabbedInterface
from wagtail.snippets.views.snippets import SnippetViewSet

from wagtail_partner_smtp import connection_test
from wagtail_partner_smtp.backend import (
    EmailBackend,
    GuardBackend,
    PartnerInactive,
    PartnerMissing,
    QueuedEmailBackend,
    UnreadablePassword,
    WrongMailer,
)
from wagtail_partner_smtp.connection_test import ConnectionReport
from wagtail_partner_smtp.form_pages import (
    AbstractPartnerEmailForm,
    PartnerEmailPageForm,
    partner_email_panels,
)
from wagtail_partner_smtp.forms import SMTPAccountFormMixin
from wagtail_partner_smtp.models import (
    AbstractPartner,
    MailState,
    OAuthGrant,
    Partner,
    QueuedMessage,
    SMTPAccountMixin,
    SMTPAuth,
    SMTPStatus,
    get_partner_model,
)
from wagtail_partner_smtp.panels import partner_panels, smtp_panels
from wagtail_partner_smtp.permissions import can_choose_partner, can_manage_smtp, has_smtp_permissions
from wagtail_partner_smtp.signals import (
    mail_failed,
    mail_sent,
    mail_unknown,
    partner_certificate_expiring,
    partner_mail_changed,
)
from wagtail_partner_smtp.smtp import (
    AccessToken,
    CertificateError,
    Code,
    Policy,
    RecipientsRefusedError,
    Security,
    SMTPError,
    SMTPSettings,
    TokenError,
    TokenSource,
)
from wagtail_partner_smtp.viewsets import PartnerViewSet, SMTPAccountViewSetMixin


class PartnerMessage(EmailMessage):
    """A message of a site that type-checks its code."""

    partner: AbstractPartner | str


def test_a_connection() -> bool:
    report = connection_test.run(
        SMTPSettings(
            host="mail.example.com",
            port=None,
            login="billing",
            password="secret",
            email="billing@example.com",
            security=Security.TLS,
        ),
        Policy(timeout=15.0, allowed_networks=("10.0.0.0/8",), ca_file=None),
    )
    assert_type(report, ConnectionReport)
    if report.error is not None:
        print(report.error.code, report.error.message, report.error.hint, report.error.suggestion)
    for stage in report.stages:
        print(stage.name, stage.status, stage.ms, stage.reply)
    print(report.deliverable, report.warnings, report.extensions.get("SIZE"), report.as_dict()["ok"])
    if report.tls:
        print(report.tls.sha256, report.tls.days_left)
    return report.ok


def test_a_token(token: str) -> bool:
    account = SMTPSettings(
        host="smtp.example.com",
        port=587,
        login="billing@example.com",
        access_token=token,
        security=Security.TLS,
    )
    error = connection_test.run(account, Policy()).error
    return error is not None and error.code == Code.TOKEN_REFUSED


class Source:
    """Where a site's own code gets tokens."""

    identity = ("billing@example.com",)

    def token(self, deadline: float) -> AccessToken:
        return AccessToken(value="…", age=90.0)

    def renewed(self, refused: AccessToken, deadline: float) -> AccessToken:
        return self.token(deadline)


def source_of_tokens() -> bool:
    source: TokenSource = Source()
    account = SMTPSettings(host="smtp.example.com", login="billing@example.com", token_source=source)
    return connection_test.run(account, Policy()).ok


def site_token(partner: AbstractPartner, *, renew: bool) -> str | AccessToken:
    """``PARTNER_SMTP_TOKEN_PROVIDER``."""
    try:
        return partner.slug
    except TokenError as error:
        assert_type(error.code, Code)
        raise


def send_an_invoice(slug: str) -> int:
    model = get_partner_model()
    assert_type(model, type[AbstractPartner])
    partner = model._default_manager.get(slug=slug)
    assert_type(partner.smtp_settings(), SMTPSettings)
    try:
        return partner.send_mail(
            "Invoice 42",
            "Text",
            ["ann@example.com"],
            html_message="<p>Text</p>",
            cc=["bob@example.com"],
            bcc=("archive@example.com",),
            reply_to=("desk@example.com",),
            headers={"X-Invoice": "42"},
            attachments=[("invoice.pdf", b"", "application/pdf")],
        )
    except (PartnerInactive, PartnerMissing) as error:
        print(error.code, error.stage)
        return 0
    except UnreadablePassword as error:
        print(error.facts["reason"])
        raise
    except RecipientsRefusedError as error:
        print({address: reply.code for address, reply in error.refused.items()})
        raise
    except CertificateError as error:
        print(error.verify_code)
        raise
    except SMTPError as error:
        if error.code is Code.OUTCOME_UNKNOWN and error.reply:
            print(error.reply.code, error.reply.temporary)
        raise


def queue_invoices(partner: Partner, invoices: dict[str, EmailMessage]) -> list[int]:
    first = partner.queue_mail(
        "Invoice 42", "Text", ["ann@example.com"], key="invoice-42", priority=1, send_at=datetime(2030, 1, 1)
    )
    assert_type(first, QueuedMessage)
    rows = partner.queue_mails(invoices.values(), keys=invoices)
    assert_type(rows, list[QueuedMessage])
    print(first.state == MailState.SENT, first.recipient_list, first.reply_to("ann@example.com"))
    return [row.pk for row in rows]


def queue_by_django(partner: Partner) -> int:
    return QueuedEmailBackend(partner=partner).send_messages(
        [EmailMessage("Invoice", to=["ann@example.com"])]
    )


def mark_invoice(message: QueuedMessage, partner: SMTPAccountMixin | None, **arguments: object) -> None:
    print(message.key, message.state, partner, arguments)


for outcome in (mail_sent, mail_failed, mail_unknown):
    outcome.connect(mark_invoice)


async def send_meanwhile(partner: Partner) -> int:
    return await partner.asend_mail("Invoice 42", "Text", ["ann@example.com"], cc=["bob@example.com"])


def send_messages(partner: Partner, message: EmailMessage) -> int:
    return partner.send(message) + partner.send_mails([message, message])


def keep_from_the_site(message: EmailMessage) -> int:
    try:
        return GuardBackend(guarded="django.core.mail.backends.console.EmailBackend").send_messages([message])
    except WrongMailer as error:
        print(error.facts["partner"])
        raise


def send_many(partner: Partner) -> int:
    message = PartnerMessage("Invoice", "Text", to=["ann@example.com"])
    message.partner = partner
    with EmailBackend(partner="acme", timeout=10, fail_silently=True) as backend:
        assert_type(backend, EmailBackend)
        return backend.send_messages([message, EmailMessage("Invoice", "Text", to=["bob@example.com"])])


def set_up() -> Partner:
    partner = Partner(name="Acme", slug="acme", smtp_host="mail.example.com", smtp_security="tls")
    partner.set_smtp_password("secret")
    partner.save()
    partner.clear_smtp_password()
    assert_type(partner.has_smtp_password, bool)
    partner.set_smtp_oauth_secret("secret")
    partner.clear_smtp_oauth_secret()
    assert_type(partner.has_smtp_oauth_secret, bool)
    assert_type(partner.is_smtp_oauth_secret_unreadable, bool)
    assert_type(partner.is_smtp_connected, bool)
    partner.smtp_auth, partner.smtp_oauth_grant = SMTPAuth.OAUTH, OAuthGrant.APPLICATION
    return partner


class Supplier(SMTPAccountMixin, models.Model):
    """The account on a model of a site."""

    name = models.CharField(max_length=100)

    class Meta(SMTPAccountMixin.Meta):
        app_label = "typing_usage"

    def __str__(self) -> str:
        return self.name


class SupplierForm(SMTPAccountFormMixin):
    """A form class of a site."""


class SupplierViewSet(SMTPAccountViewSetMixin, SnippetViewSet):
    """The tab on a model of a site."""

    model = Supplier
    edit_handler = TabbedInterface([ObjectList(smtp_panels(), heading="SMTP")], base_form_class=SupplierForm)


class CustomerViewSet(PartnerViewSet):
    """The section Partners as a site wants it."""

    edit_handler = TabbedInterface([ObjectList(partner_panels(), heading="Details")])


class OrderPageForm(PartnerEmailPageForm):
    """The admin form of a form page of a site."""


class OrderPage(AbstractPartnerEmailForm):
    """A form page of a site."""

    base_form_class = OrderPageForm
    content_panels = [*AbstractPartnerEmailForm.content_panels, *partner_email_panels()]

    class Meta:
        app_label = "typing_usage"

    def get_email_message(self, form: forms.Form) -> EmailMessage:
        message = super().get_email_message(form)
        message.cc = self.get_reply_to(form)
        return message


def may_choose(user: User, partner: AbstractPartner) -> bool:
    return can_choose_partner(user, partner)


def may_manage(user: User, partner: AbstractPartner | type[AbstractPartner]) -> bool:
    return has_smtp_permissions(user, partner) and can_manage_smtp(user, partner)


def is_fine(partner: AbstractPartner) -> bool:
    return partner.smtp_status == SMTPStatus.OK and (partner.smtp_certificate_days_left or 0) > 14


def tell(sender: type[AbstractPartner], partner: AbstractPartner, working: bool, **arguments: object) -> None:
    print(sender, partner.slug, working, arguments)


partner_mail_changed.connect(tell)
partner_certificate_expiring.connect(tell)
