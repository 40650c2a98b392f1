"""The invoice app of docs/sending.md does what it says."""

from __future__ import annotations

import re
from typing import Any

import pytest

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.support.delivery import PartnerOn
from tests.support.outbox import deliver
from tests.support.paths import DOCS
from wagtail_partner_smtp.models import Partner
from wagtail_partner_smtp.signals import mail_failed, mail_sent, mail_unknown

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("woken")]

EXAMPLE = re.compile(r"### Marking an invoice\n\n```python\n(.*?)```", re.DOTALL)


class Invoices(dict[str, str]):
    """As much of a model as the example uses."""

    def filter(self, *, mail_key: str) -> Any:
        invoices = self

        class Found:
            def update(self, *, mail: str) -> None:
                invoices[mail_key] = mail

        return Found()


def test_an_invoice_is_marked(smtp: Served, partner_on: PartnerOn) -> None:
    invoices = Invoices()
    names: dict[str, Any] = {"Invoice": type("Invoice", (), {"objects": invoices})}
    example = EXAMPLE.search((DOCS / "sending.md").read_text())
    assert example is not None
    exec(example[1], names)  # noqa: S102
    rules = (on("RCPT", match="*nobody@*", reply="550 5.1.1 no"), on("DATA-END", skip=2, drop="fin"))
    partner: Partner = partner_on(smtp.listen(rules=rules))  # type: ignore[assignment]
    try:
        for key, to in {
            "invoice-1": ["ann@example.com"],
            "invoice-2": ["ann@example.com", "nobody@example.com"],
            "invoice-3": ["nobody@example.com"],
            "invoice-4": ["bob@example.com"],
        }.items():
            partner.queue_mail("Invoice", "text", to, key=key)
        deliver()
    finally:
        for signal in (mail_sent, mail_failed, mail_unknown):
            signal.disconnect(names["mark_as_sent"])
            signal.disconnect(names["mark_as_doubtful"])
    assert invoices == {
        "invoice-1": "sent",
        "invoice-2": "sent to some",
        "invoice-3": "failed",
        "invoice-4": "unknown",
    }
