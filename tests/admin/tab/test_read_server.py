"""What is understood of host and port as they are typed, asked by the page."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.support.admin import HTTP_AJAX, client_of, make_partner, permit, url
from wagtail_partner_smtp.models import AbstractPartner

pytestmark = pytest.mark.django_db

LINE = "Postausgangsserver: smtp.acme.example (Port 465, SSL/TLS)"


def read(
    client: Client, host: str, port: str = "", security: str = "tls", partner: AbstractPartner | None = None
) -> dict[str, Any]:
    address = url("read_server", partner) if partner else url("read_server_new")
    values = {"smtp_host": host, "smtp_port": port, "smtp_security": security}
    response = client.post(address, values, headers=HTTP_AJAX)
    assert response.status_code == 200
    answer: dict[str, Any] = json.loads(response.content)
    return answer


def test_pasted_line_becomes_the_values_of_the_fields(client: Client) -> None:
    for partner in (None, make_partner()):
        assert read(client, LINE, partner=partner) == {
            "values": {"smtp_host": "smtp.acme.example", "smtp_port": 465, "smtp_security": "ssl"},
            "notes": [
                "The host was read as smtp.acme.example.",
                "The port was set to 465, as in the pasted address.",
                "The security was set to SSL, as in the pasted address.",
            ],
            "errors": [],
        }


def test_missing_port_becomes_the_usual_one(client: Client) -> None:
    assert read(client, "https://mail.acme.example/")["values"]["smtp_port"] == 587


def test_what_cannot_be_used_is_said_and_changes_nothing(client: Client) -> None:
    answer = read(client, "info@acme.example", "25x")
    assert answer["values"] == {}
    assert [each["field"] for each in answer["errors"]] == ["smtp_port", "smtp_host"]
    assert answer["errors"][1]["message"].startswith(
        "This is an email address, not the name of a mail server."
    )


def test_p13_only_those_who_may_manage_the_account_are_answered(editor: User) -> None:
    partner = make_partner()
    for actions in ((), ("change",), ("manage",)):
        user = permit(editor, *actions)
        response = client_of(user).post(url("read_server", partner), {"smtp_host": "x"}, headers=HTTP_AJAX)
        assert response.status_code == 403
        user.user_permissions.clear()
