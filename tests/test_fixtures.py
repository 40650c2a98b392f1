"""What other tests rely on: the users of conftest.py, and the database."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from wagtail.models import Page

from tests.conftest import Grant


def test_editor_may_enter_the_admin_and_nothing_else(editor: User, editor_client: Client) -> None:
    assert editor.get_all_permissions() == {"wagtailadmin.access_admin"}
    assert editor_client.get("/admin/").status_code == 200
    assert editor_client.get("/admin/users/").status_code == 302


def test_granted_permission_counts_at_once(editor: User, grant: Grant) -> None:
    assert grant(editor, "shop.change_brand").has_perm("shop.change_brand")


@pytest.mark.parametrize("turn", ["first", "second"])
def test_transactional_test_finds_what_the_migrations_wrote(transactional_db: None, turn: str) -> None:
    assert Page.objects.filter(depth=1).exists()
