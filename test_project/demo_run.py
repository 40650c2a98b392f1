"""What `make demo` does once Django is there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smtp_sandbox import Sandbox
from test_project.demo_samples import Sample
from wagtail_partner_smtp.account.columns import SMTPAuth, SMTPStatus
from wagtail_partner_smtp.connection_test.report import ConnectionReport
from wagtail_partner_smtp.connection_test.rounds import check
from wagtail_partner_smtp.management.commands.check_partner_smtp import lines
from wagtail_partner_smtp.models import Partner


def try_partners(samples: Sequence[Sample]) -> Iterator[str]:
    """Test the partners and print what was found; what is not as expected is yielded."""
    for sample in samples:
        partner = save(sample)
        print(f"\n{partner.name}")
        if sample.state == SMTPStatus.UNTESTED:
            print("  Not tested.")
        else:
            report = check(partner)
            print("\n".join(lines(partner, report)), flush=True)
            if differs(sample, report):
                yield f"{sample.slug}: {report.status} {report.error or report.warnings}"
        if sample.state == SMTPStatus.CHANGED:
            partner = Partner.objects.get(pk=partner.pk)
            partner.smtp_email = f"invoices@{sample.slug}.example"
            partner.save()
        state = Partner.objects.get(pk=partner.pk).smtp_status
        if state != sample.state:
            yield f"{sample.slug} is shown as {state}"


def save(sample: Sample) -> Partner:
    partner = Partner.objects.filter(slug=sample.slug).first() or Partner(slug=sample.slug)
    partner.name = sample.name
    partner.smtp_host, partner.smtp_port = "localhost" if sample.port else "", sample.port
    partner.smtp_login, partner.smtp_security = sample.login, sample.security
    partner.smtp_email = f"billing@{sample.slug}.example"
    if sample.password:
        partner.set_smtp_password(sample.password)
    if sample.provider:
        partner.smtp_auth, partner.smtp_oauth_provider = SMTPAuth.OAUTH, sample.provider
    partner.save()
    return partner


def differs(sample: Sample, report: ConnectionReport) -> bool:
    cause = report.cause
    suggestion = dict(cause.suggestion) if cause and cause.suggestion else None
    codes = {warning.code for warning in report.warnings} | ({report.error.code} if report.error else set())
    wanted = {sample.code} if sample.code else set()
    return report.status != sample.status or not wanted <= codes or suggestion != sample.suggestion


def send_mail(sandbox: Sandbox) -> Iterator[str]:
    """Send one mail through a partner and show what its server received."""
    partner = Partner.objects.get(slug="acme")
    partner.send_mail("Invoice 42", "Please find your invoice below.\n", ["ann@customer.example"])
    received = sandbox.wait_for_message(to="ann@customer.example", timeout=5)
    session = received.session
    print(f"\nOne mail through {partner.name}, as its server received it:")
    print(f"  from {received.mail_from} to {', '.join(received.rcpt_tos)}")
    print(f"  over {session.tls} ({session.cipher}), logged in as {session.user} by {session.mechanism}")
    for line in received.data.decode().splitlines():
        print(f"  | {line}")
    if (received.mail_from, session.user) != (partner.smtp_email, partner.smtp_login):
        yield "the mail did not leave in the partner's name"
