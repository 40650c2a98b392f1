"""Users of outgoing mail: one who may see it, one who may do everything with it, and a partner."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.conftest import Grant
from tests.support.admin import client_of, make_partner, permit
from wagtail_partner_smtp.models import AbstractPartner
from wagtail_partner_smtp.permissions import MANAGE_OUTGOING_MAIL, READ_OUTGOING_MAIL, VIEW_OUTGOING_MAIL


@pytest.fixture
def partner(db: None) -> AbstractPartner:
    return make_partner()


@pytest.fixture
def viewer(editor: User, grant: Grant) -> User:
    """May see what became of mail, and no more."""
    return grant(permit(editor, "change", "manage"), VIEW_OUTGOING_MAIL)


@pytest.fixture
def manager(viewer: User, grant: Grant) -> User:
    """May resend, retry, cancel, resume and read."""
    return grant(viewer, MANAGE_OUTGOING_MAIL, READ_OUTGOING_MAIL)


@pytest.fixture
def client(manager: User) -> Client:
    return client_of(manager)
