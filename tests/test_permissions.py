from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.test import override_settings

from tests.conftest import Grant
from tests.support.accounts import make_partner
from wagtail_partner_smtp.models import Partner
from wagtail_partner_smtp.permissions import (
    MANAGE_OUTGOING_MAIL,
    READ_OUTGOING_MAIL,
    VIEW_OUTGOING_MAIL,
    can_manage_mail,
    can_manage_smtp,
    can_read_mail,
    can_see_mail,
    has_smtp_permissions,
)

if TYPE_CHECKING:
    from pytest_django import Settings

ADD = "wagtail_partner_smtp.add_partner"
CHANGE = "wagtail_partner_smtp.change_partner"
MANAGE = "wagtail_partner_smtp.manage_partner_smtp"

SEE, OPERATE, READ = VIEW_OUTGOING_MAIL, MANAGE_OUTGOING_MAIL, READ_OUTGOING_MAIL

pytestmark = pytest.mark.django_db


class Holder:
    """Of permissions, without a database."""

    def __init__(self, permissions: Collection[str]) -> None:
        self.permissions = permissions

    def has_perm(self, perm: str, /) -> bool:
        return perm in self.permissions


@pytest.fixture
def partner() -> Partner:
    return make_partner()


@pytest.mark.parametrize(
    ("granted", "expected"),
    [((), False), ((CHANGE,), False), ((MANAGE,), False), ((ADD, MANAGE), False), ((CHANGE, MANAGE), True)],
)
def test_p13_a_saved_partner_takes_change_and_manage(
    granted: tuple[str, ...], expected: bool, editor: User, grant: Grant, partner: Partner
) -> None:
    assert can_manage_smtp(grant(editor, *granted), partner) is expected


@pytest.mark.parametrize(
    ("granted", "expected"),
    [((ADD,), False), ((MANAGE,), False), ((CHANGE, MANAGE), False), ((ADD, MANAGE), True)],
)
@pytest.mark.parametrize("new", [Partner, Partner(), Partner(pk=7)], ids=["class", "instance", "with a key"])
def test_p13_a_new_partner_takes_add_and_manage(
    new: Any, granted: tuple[str, ...], expected: bool, editor: User, grant: Grant
) -> None:
    assert can_manage_smtp(grant(editor, *granted), new) is expected


@pytest.mark.parametrize(
    ("may", "own"), [(can_see_mail, ()), (can_manage_mail, (OPERATE,)), (can_read_mail, (READ,))]
)
def test_queued_mail_takes_a_permission_of_its_own_the_look_and_the_account(
    may: Any, own: tuple[str, ...], partner: Partner
) -> None:
    needed = {CHANGE, MANAGE, SEE, *own}
    assert may(Holder(needed), partner) is True
    assert may(Holder({CHANGE, MANAGE, SEE, OPERATE, READ}), partner) is True
    for lacked in needed:
        assert may(Holder({CHANGE, MANAGE, SEE, OPERATE, READ} - {lacked}), partner) is False


def test_superusers_may(superuser: User, partner: Partner) -> None:
    assert can_manage_smtp(superuser, partner) is True
    assert can_manage_smtp(superuser, Partner) is True


def test_inactive_users_may_not(superuser: User, partner: Partner) -> None:
    superuser.is_active = False
    assert can_manage_smtp(superuser, partner) is False


def test_visitors_may_not(partner: Partner) -> None:
    assert can_manage_smtp(AnonymousUser(), partner) is False


def own_partners_only(user: User, partner: Partner) -> bool:
    return has_smtp_permissions(user, partner) and partner.name == user.get_username()


def truthy(user: User, partner: Partner) -> str:
    return "yes"


@override_settings(PARTNER_SMTP_CAN_MANAGE="tests.test_permissions.own_partners_only")
def test_p14_a_site_decides_per_partner(editor: User, grant: Grant, partner: Partner) -> None:
    editor = grant(editor, CHANGE, MANAGE)
    assert can_manage_smtp(editor, make_partner(name="editor")) is True
    assert can_manage_smtp(editor, partner) is False


def test_p14_the_sites_decision_is_asked_anew_each_time(
    editor: User, partner: Partner, settings: Settings
) -> None:
    assert can_manage_smtp(editor, partner) is False
    settings.PARTNER_SMTP_CAN_MANAGE = "tests.test_permissions.truthy"
    assert can_manage_smtp(editor, partner) is True


@override_settings(PARTNER_SMTP_CAN_MANAGE="tests.test_permissions.no_such_function")
def test_p14_a_decision_that_is_missing_allows_nothing(superuser: User, partner: Partner) -> None:
    with pytest.raises(ImportError):
        can_manage_smtp(superuser, partner)
