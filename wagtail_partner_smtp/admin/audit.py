"""What the audit log says about partners' mail. Everybody who may change a partner reads it, so no entry
names a host, a login or what a server said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from wagtail.log_actions import LogFormatter, log

from .badges import badge_for

if TYPE_CHECKING:
    from wagtail.log_actions import LogActionRegistry

    from ..connection_test import TestReport
    from ..models import SMTPAccountMixin

TEST = "wagtail_partner_smtp.test"
TRUST_CERTIFICATE = "wagtail_partner_smtp.trust_certificate"
UNTRUST_CERTIFICATE = "wagtail_partner_smtp.untrust_certificate"


class TestFormatter(LogFormatter):
    label = gettext_lazy("Test the mail connection")

    def format_message(self, log_entry: Any) -> str:
        result = badge_for(str(log_entry.data.get("status", ""))).label
        return _("Tested the mail connection: %(result)s") % {"result": result}


def register(actions: LogActionRegistry) -> None:
    actions.register_action(TEST)(TestFormatter)
    actions.register_action(
        TRUST_CERTIFICATE,
        gettext_lazy("Trust a mail server's certificate"),
        gettext_lazy("Trusted the mail server's certificate"),
    )
    actions.register_action(
        UNTRUST_CERTIFICATE,
        gettext_lazy("Stop trusting a mail server's certificate"),
        gettext_lazy("Stopped trusting the mail server's certificate"),
    )


def log_test(partner: SMTPAccountMixin, user: Any, report: TestReport) -> None:
    code = str(report.error.code) if report.error else ""
    log(instance=partner, action=TEST, user=user, data={"status": report.status, "code": code})


def log_certificate(partner: SMTPAccountMixin, user: Any, action: str) -> None:
    log(instance=partner, action=action, user=user)
