"""What stands above a form that came back with errors."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.support.admin import make_partner, url, values_of

pytestmark = pytest.mark.django_db


def listed(text: str) -> list[str]:
    """The sentences of the list, without tags."""
    match = re.search(r'<div class="partner-smtp-errors".*?</div>', text, re.S)
    assert match
    return [re.sub(r"<[^>]+>", "", each).strip() for each in re.findall(r"<li>(.*?)</li>", match[0], re.S)]


def test_each_error_is_listed_with_its_field_and_leads_to_it(client: Client) -> None:
    make_partner()
    text = client.post(url("add"), values_of(smtp_port="x", smtp_password="typed-7391")).content.decode()
    sentences = listed(text)
    assert sentences[0].startswith("SMTP Password: Type it again before you save.")
    assert [each.partition(":")[0] for each in sentences[1:]] == ["SMTP Port", "Slug"]
    for name in ("smtp_password", "smtp_port", "slug"):
        assert f'href="#id_{name}"' in text
        assert f'id="id_{name}"' in text
    assert "typed-7391" not in text


def test_password_that_was_not_typed_is_not_said_to_be_lost(client: Client) -> None:
    sentences = listed(client.post(url("add"), values_of(smtp_port="x")).content.decode())
    assert [each.partition(":")[0] for each in sentences] == ["SMTP Port"]


def test_what_was_typed_cannot_break_out_of_the_list(client: Client) -> None:
    values = values_of(smtp_host="<i7391>", smtp_email="<i7391>@", smtp_password="x")
    assert "<i7391>" not in client.post(url("add"), values).content.decode()


def test_form_without_errors_has_no_list(client: Client) -> None:
    partner = make_partner()
    assert "partner-smtp-errors" not in client.get(url("edit", partner)).content.decode()
