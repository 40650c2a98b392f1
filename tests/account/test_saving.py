"""What saving does to an account, decided from values alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from tests.support.accounts import make_partner
from wagtail_partner_smtp.account import saving
from wagtail_partner_smtp.account.encryption import Kind
from wagtail_partner_smtp.account.oauth_values import OAUTH_COLUMNS
from wagtail_partner_smtp.models import Partner

if TYPE_CHECKING:
    from pytest_django import DjangoAssertNumQueries

pytestmark = pytest.mark.django_db


def values_of(**changed: Any) -> dict[str, Any]:
    """A tested account with a password, but for what was changed."""
    partner = make_partner(smtp_status="ok")
    row = Partner.objects.values(*saving.FILLED_IN, *saving.MACHINE_WRITTEN).get(pk=partner.pk)
    Partner.objects.filter(pk=partner.pk).delete()
    return {**row, "smtp_status": "ok", "smtp_status_since": None, **changed}


@pytest.mark.parametrize("auth", ["password", "oauth"])
def test_what_stays_as_it_was_changes_nothing(auth: str) -> None:
    stored = values_of(smtp_auth=auth)
    assert saving.changes(stored, dict(stored), typed=()) == {}


def test_values_of_oauth_mean_nothing_to_an_account_with_a_password() -> None:
    stored = values_of()
    new = {**stored, **dict.fromkeys(OAUTH_COLUMNS, "other")}
    assert saving.changes(stored, new, typed=()) == {}
    stored, new = ({**each, "smtp_auth": "oauth"} for each in (stored, new))
    assert saving.changes(stored, new, typed=()).items() >= saving.CONNECTION.items()


def test_the_time_of_a_status_is_that_of_its_change() -> None:
    begin, stored = timezone.now(), values_of()
    changed = saving.changes(stored, {**stored, "smtp_host": "mail.example.org"}, typed=())
    assert changed["smtp_status"] == "changed"
    assert begin <= changed["smtp_status_since"] <= timezone.now()
    stored = values_of(smtp_status="changed")
    changed = saving.changes(stored, {**stored, "smtp_host": "mail.example.org"}, typed=())
    assert (changed["smtp_status"], "smtp_status_since" in changed) == ("changed", False)


def test_a_typed_secret_of_the_application_is_proven_by_its_next_use() -> None:
    stored = values_of(smtp_auth="oauth")
    changed = saving.changes(stored, dict(stored), typed={Kind.OAUTH_SECRET})
    assert {name: changed[name] for name in saving.CACHED_TOKEN} == dict(saving.CACHED_TOKEN)
    assert saving.SEALED[Kind.REFRESH_TOKEN] not in changed


def test_of_two_destinations_of_which_one_is_none_nothing_is_kept() -> None:
    stored = values_of()
    nowhere = {**stored, "smtp_security": "rot13"}
    for one, other in ((stored, nowhere), (nowhere, stored), (nowhere, nowhere)):
        assert saving.is_moved(one, other)
        assert saving.changes(one, other, typed=()).items() >= saving.PIN.items()


def test_after_saving_nothing_has_to_be_read_again(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    partner = make_partner()
    partner.save()
    assert partner.get_deferred_fields() == set()
    with django_assert_num_queries(0):
        assert partner.smtp_password_encrypted


@pytest.mark.parametrize("email", ["a@example.com", "z@example.com"])
def test_another_sender_is_untested(email: str) -> None:
    stored = values_of(smtp_email="m@example.com")
    assert saving.changes(stored, {**stored, "smtp_email": email}, typed=())["smtp_status"] == "changed"
