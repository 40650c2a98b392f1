"""Trusting one server certificate although it cannot be verified.

The test view offers it with a signed value that carries what the server showed; the browser hands the value
back. So nobody can have a certificate trusted that was not seen by a test of these very settings.
"""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING, Any

from django.core import signing

from ...account.names import name_of
from ...smtp import trust
from ...smtp.errors import CertificateError, Code

if TYPE_CHECKING:
    from ...connection_test.report import ConnectionReport
    from ...models import SMTPAccountMixin
    from ...smtp.report import Notice
    from ...smtp.settings import SMTPSettings

SALT = "wagtail_partner_smtp.trust_certificate"
MAX_AGE = 15 * 60


def offer(
    user: Any, partner: SMTPAccountMixin, settings: SMTPSettings, report: ConnectionReport
) -> str | None:
    """The value that lets this user trust the certificate that was seen, if there is one to trust."""
    sha256 = untrusted_certificate(report)
    if not sha256 or settings.destination != partner.smtp_destination():
        return None
    return signing.dumps(_bound(user, partner, sha256), salt=SALT)


def accept(value: str, user: Any, partner: SMTPAccountMixin) -> str:
    """The SHA-256 that was offered. Raises ``BadSignature`` if it was not, or for something else."""
    signed = signing.loads(value, salt=SALT, max_age=MAX_AGE)
    if signed != _bound(user, partner, signed["sha256"]):
        raise signing.BadSignature("offered to somebody else or for another destination")
    return str(signed["sha256"])


def untrusted_certificate(report: ConnectionReport) -> str:
    """The SHA-256 of the certificate that the test met, if an editor could trust it, else empty."""
    faults = {warning.facts["reason"] for warning in report.facts.warnings if _is_distrust(warning)}
    if isinstance(report.facts.error, CertificateError):
        faults.add(report.facts.error.code.value)
    return report.tls.sha256 if report.tls is not None and faults - trust.INEXCUSABLE else ""


def _is_distrust(warning: Notice) -> bool:
    return warning.code is Code.CERTIFICATE_NOT_VERIFIED


def _bound(user: Any, partner: SMTPAccountMixin, sha256: str) -> dict[str, Any]:
    return {
        "user": str(user.pk),
        "partner": name_of(partner),
        "destination": [str(part) for part in astuple(partner.smtp_destination())],
        "sha256": sha256,
    }
