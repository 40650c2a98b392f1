"""The name that mail leaves in, and the address for answers."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from tests.support.accounts import make_partner, make_report
from wagtail_partner_smtp.account.sender import SENDER_COLUMNS, Sender
from wagtail_partner_smtp.connection_test import results
from wagtail_partner_smtp.models import Partner
from wagtail_partner_smtp.smtp.errors import SettingsError

CONTROLS = ["\r", "\n", "\r\nBcc: eve@evil.example", "\0", "\t", "\x85", "\u2028", "\ud800"]

EMAIL = "billing@acme.example"


def refused(name: str = "", reply_to: str = "", email: str = EMAIL) -> list[tuple[str, str]]:
    return [(error.field, str(error.code)) for error in Sender(email, name, reply_to).errors()]


@pytest.mark.parametrize("controls", CONTROLS)
def test_what_would_begin_another_header_is_refused(controls: str) -> None:
    assert refused(name=f"Acme{controls}x") == [("sender_name", "control_characters")]
    assert [field for field, _ in refused(reply_to=f"desk{controls}@acme.example")] == ["reply_to"]


@pytest.mark.parametrize(
    "address",
    ["desk", "desk@acme.example, ann@acme.example", "Desk <desk@acme.example>", "desk@acme.example."],
)
def test_reply_to_is_one_bare_address(address: str) -> None:
    assert refused(reply_to=address) == [("reply_to", "email_invalid")]


def test_a_reply_to_of_other_letters_needs_a_sender_of_such() -> None:
    assert refused(reply_to="büro@acme.example") == [("reply_to", "smtputf8_required")]
    assert refused(reply_to="büro@acme.example", email="grüße@acme.example") == []
    assert refused(reply_to="desk@bücher.example") == []


@pytest.mark.parametrize(
    ("column", "value"), [("smtp_sender_name", "Acme\nBcc: eve@evil.example"), ("smtp_reply_to", "desk")]
)
def test_the_model_refuses_what_code_has_put_there(column: str, value: str) -> None:
    partner = Partner(name="A", slug="a", **{column: value})
    with pytest.raises(ValidationError) as caught:
        partner.clean_fields()
    assert list(caught.value.message_dict) == [column]
    with pytest.raises(SettingsError) as refusal:
        Sender.of(partner)
    assert refusal.value.facts["field"] == column.removeprefix("smtp_")


@pytest.mark.django_db
def test_another_sender_is_no_other_account() -> None:
    partner = make_partner()
    results.store(partner, partner.smtp_settings(), make_report(partner.smtp_settings()))
    for changes in ({"smtp_sender_name": " Acme "}, {"smtp_reply_to": " desk@acme.example "}):
        change(partner, changes)
    partner = Partner.objects.get(pk=partner.pk)
    assert (partner.smtp_sender_name, partner.smtp_reply_to) == ("Acme", "desk@acme.example")
    assert partner.smtp_status == "ok"
    assert partner.smtp_settings().password


def change(partner: Partner, changes: dict[str, Any]) -> None:
    row = Partner.objects.get(pk=partner.pk)
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()
    row.save(update_fields=[*SENDER_COLUMNS])
