"""The user of the lists."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.support.admin import client_of, permit


@pytest.fixture
def manager(editor: User) -> User:
    """May change partners and their accounts."""
    return permit(editor, "change", "manage")


@pytest.fixture
def client(manager: User) -> Client:
    return client_of(manager)
