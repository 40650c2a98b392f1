"""Every answer of the endpoints has one shape, whether something was tested or not."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from smtp_sandbox import Listener
from tests.support.admin import (
    HTTP_AJAX,
    RIGHT,
    account_of,
    client_of,
    endpoint,
    make_partner,
    url,
    values_of,
)
from tests.support.paths import DOCS
from wagtail_partner_smtp.connection_test import leases
from wagtail_partner_smtp.models import get_partner_model

pytestmark = pytest.mark.django_db

DOCUMENT = DOCS / "connection-test.md"
AROUND = {"notes", "token", "badge", "trust", "text", "wait"}


def post(client: Client, address: str, values: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    response = client.post(address, values, headers=HTTP_AJAX)
    return response.status_code, json.loads(response.content)


def documented() -> tuple[set[str], set[str]]:
    """The keys of an answer and of its error."""
    success, failure = (
        json.loads(text) for text in re.findall(r"```json\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    )
    more = DOCUMENT.read_text().split("six keys more:")[1].split("A request")[0]
    return success.keys() | set(re.findall(r"^\| `(\w+)` \|", more, re.MULTILINE)), set(failure["error"])


def test_the_documentation_names_the_keys_around_the_report() -> None:
    keys, _ = documented()
    assert keys >= AROUND


@pytest.mark.parametrize(
    "kind", ["200", "failed", "bad input", "busy", "403", "no offer", "email", "email failed"]
)
def test_every_answer_has_the_documented_keys(
    client: Client, server: Listener, superuser: User, kind: str
) -> None:
    values = values_of(**account_of(server), smtp_password=RIGHT)
    if kind == "busy":
        partner = make_partner(**account_of(server), password=RIGHT)
        with leases.hold(partner, superuser):
            status, answer = post(client, endpoint(partner), values)
    elif kind == "403":
        visitor = User.objects.create_user("visitor")
        visitor.user_permissions.add(Permission.objects.get(codename="access_admin"))
        status, answer = post(client_of(visitor), endpoint(), values)
    elif kind.startswith("email"):
        partner = make_partner(**account_of(server), password="wrong" if "failed" in kind else RIGHT)
        status, answer = post(client, url("send_test_email", partner), {})
    elif kind == "no offer":
        status, answer = post(client, url("trust_certificate", make_partner()), {})
    else:
        changes = {"failed": {"smtp_password": "wrong"}, "bad input": {"smtp_port": "25x"}}.get(kind, {})
        status, answer = post(client, endpoint(), values | changes)
    keys, error_keys = documented()
    assert status == {"200": 200, "email": 200, "403": 403}.get(kind, 400)
    assert set(answer) == keys
    if status != 200:
        assert set(answer["error"]) == error_keys
        assert answer["error"]["message"]


def test_the_endpoints_are_where_the_documentation_says(client: Client) -> None:
    if get_partner_model()._meta.app_label != "wagtail_partner_smtp":
        pytest.skip("the partner model of this site has an address of its own")
    assert endpoint().endswith("/partners/test-connection/")
    partner = make_partner()
    assert endpoint(partner).endswith(f"/partners/test-connection/{partner.pk}/")
    assert "…/partners/test-connection/<pk>/" in DOCUMENT.read_text()
    assert url("send_test_email", partner).endswith(f"/partners/send-test-email/{partner.pk}/")
    assert "…/partners/send-test-email/<pk>/" in DOCUMENT.read_text()


@pytest.mark.parametrize("password", ["", "typed"])
def test_bad_input_tells_whether_a_password_was_typed(client: Client, password: str) -> None:
    values = values_of(smtp_port="25x", smtp_password=password)
    _, answer = post(client, endpoint(), values)
    assert answer["parameters"]["password_set"] is bool(password)
    assert "typed" not in json.dumps(answer["parameters"])


@pytest.mark.parametrize(
    ("prefer", "status", "applied"),
    [
        ("report-in-body", 200, True),
        ("wait=5, Report-In-Body", 200, True),
        ("wait=5", 400, False),
        ("", 400, False),
    ],
)
def test_a_client_may_prefer_the_report_to_tell_alone(
    client: Client, prefer: str, status: int, applied: bool
) -> None:
    values = values_of(smtp_port="25x")
    plain = client.post(endpoint(), values, headers=HTTP_AJAX)
    response = client.post(endpoint(), values, headers=HTTP_AJAX | {"Prefer": prefer})
    assert (response.status_code, response.has_header("Preference-Applied")) == (status, applied)
    assert (plain.status_code, plain.json()["error"]) == (400, response.json()["error"])


def test_no_preference_makes_a_forbidden_request_a_good_one(editor: User) -> None:
    headers = HTTP_AJAX | {"Prefer": "report-in-body"}
    assert client_of(editor).post(endpoint(), values_of(), headers=headers).status_code == 403
