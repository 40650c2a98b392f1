"""What queued mail changes of what is known of a partner."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from smtp_sandbox import on
from smtp_sandbox.pytest_plugin import Served
from tests.delivery.test_evidence import ELSEWHERE, known, put
from tests.support.delivery import PartnerOn
from tests.support.outbox import deliver, row, wait_no_longer
from wagtail_partner_smtp.outbox.worker import Drain

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("woken")]


def test_queued_mail_tells_as_well(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(
        rules=(on("RCPT", match="*@customer.example*", times=2, reply="554 5.7.1 Relay access denied"),)
    )
    partner = put(partner_on(listener), smtp_status="ok")
    for _ in range(2):
        partner.queue_mail("Invoice", "Text", [ELSEWHERE])
    deliver()
    assert known(partner) == ("failed", "relay_refused", 2)
    partner.queue_mail("Invoice", "Text", [ELSEWHERE])
    deliver()
    assert known(partner) == ("ok", "", 0)


def test_mail_that_is_taken_ends_the_failures_before_it_and_the_next_one_begins_anew(
    smtp: Served, partner_on: PartnerOn
) -> None:
    rule = on("RCPT", match="*@customer.example*", skip=1, reply="554 5.7.1 Relay access denied")
    failure = {"code": "auth_failed", "stage": "auth"}
    partner = put(
        partner_on(smtp.listen(rules=(rule,))), smtp_status="failed", smtp_failure=failure, smtp_failures=3
    )
    for _ in range(2):
        partner.queue_mail("Invoice", "Text", [ELSEWHERE])
    deliver()
    assert known(partner) == ("failed", "relay_refused", 1)


def test_a_queue_that_stops_and_one_that_waits_tell_why(smtp: Served, partner_on: PartnerOn) -> None:
    for profile, code in (("auth-535", "auth_failed"), ("refuse", "connection_refused")):
        partner = put(partner_on(smtp.listen(profile)), smtp_status="ok")
        partner.queue_mail("Invoice", "Text", [ELSEWHERE])
        deliver()
        assert known(partner) == ("failed", code, 1)


def test_sessions_that_are_lost_amid_messages_count_together(smtp: Served, partner_on: PartnerOn) -> None:
    listener = smtp.listen(extensions=("8BITMIME",), rules=(on("DATA", drop="fin"),))
    partner = put(partner_on(listener), smtp_status="ok")
    partner.queue_mail("Invoice", "Text", [ELSEWHERE])
    deliver()
    assert known(partner) == ("ok", "", 0)
    partner.queue_mail("Invoice", "Text", [ELSEWHERE])
    wait_no_longer()
    deliver()
    assert known(partner) == ("failed", "disconnected", 1)


def test_a_healthy_partners_queue_writes_nothing_of_it(smtp: Served, partner_on: PartnerOn) -> None:
    def statements(status: str) -> list[str]:
        partner = put(partner_on(smtp.plain), smtp_status=status)
        partner.queue_mail("Invoice", "Text", [ELSEWHERE])
        with CaptureQueriesContext(connection) as queries:
            Drain().run()
        assert row(queue__partner_id=str(partner.pk)).state == "sent"
        return [
            each["sql"]
            for each in queries
            if "smtp_judged_at" in each["sql"] and each["sql"].startswith("UPDATE")
        ]

    assert (len(statements("ok")), len(statements("untested"))) == (0, 1)
