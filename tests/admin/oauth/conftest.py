"""An editor who manages partners, one of them at the sandbox's OAuth server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from smtp_sandbox.pytest_plugin import Served
from tests.support.admin import client_of, permit
from tests.support.consent import make_partner_at, reach_oauth
from wagtail_partner_smtp.models import AbstractPartner

if TYPE_CHECKING:
    from smtp_sandbox.oauth.server import OAuthServer


@pytest.fixture
def oauth(smtp: Served, settings: Any) -> OAuthServer:
    return reach_oauth(smtp, settings)


@pytest.fixture
def partner(db: None, oauth: OAuthServer) -> AbstractPartner:
    return make_partner_at(oauth)


@pytest.fixture
def manager(editor: User) -> User:
    return permit(editor, "add", "change", "manage")


@pytest.fixture
def client(manager: User) -> Client:
    return client_of(manager)
