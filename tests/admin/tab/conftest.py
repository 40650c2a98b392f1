"""The user of the SMTP tab."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.support.admin import client_of, permit


@pytest.fixture
def manager(editor: User) -> User:
    """May add and change partners and their accounts."""
    return permit(editor, "add", "change", "manage")


@pytest.fixture
def client(manager: User) -> Client:
    return client_of(manager)
