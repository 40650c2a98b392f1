"""The public API as users write it. mypy checks this file; nothing runs it."""

from __future__ import annotations

from typing import assert_type

from django.core.mail import EmailMessage

from wagtail_partner_smtp import connection_test
from wagtail_partner_smtp.connection_test.report import ConnectionReport
from wagtail_partner_smtp.delivery.backend import EmailBackend, PartnerInactive, PartnerMissing
from wagtail_partner_smtp.models import AbstractPartner, Partner, get_partner_model
from wagtail_partner_smtp.smtp import Policy, Security, SMTPSettings


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
            reply_to=("desk@example.com",),
            headers={"X-Invoice": "42"},
            attachments=[("invoice.pdf", b"", "application/pdf")],
        )
    except (PartnerInactive, PartnerMissing) as error:
        print(error.code, error.stage)
        return 0


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
    return partner
