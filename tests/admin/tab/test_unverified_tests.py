"""What the endpoint of the connection test does about certificates that do not verify."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from smtp_sandbox.pytest_plugin import Served
from tests.support.admin import (
    HTTP_AJAX,
    RIGHT,
    WRONG,
    account_of,
    endpoint,
    listen,
    make_partner,
    post,
    read_again,
    url,
    values_of,
)
from wagtail_partner_smtp.models import get_partner_model

pytestmark = pytest.mark.django_db


def warnings(report: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in report["warnings"]]


@pytest.mark.parametrize(
    ("policy", "typed", "status", "logins", "codes"),
    [
        ("login", True, 200, 1, ["certificate_not_verified"]),
        ("login", False, 200, 0, ["certificate_not_verified", "stored_password_not_sent"]),
        ("no_login", True, 200, 0, ["certificate_not_verified", "login_not_tried"]),
        ("no_login", False, 200, 0, ["certificate_not_verified", "login_not_tried"]),
        ("refuse", True, 400, 0, []),
        ("refuse", False, 400, 0, []),
    ],
)
def test_p23_the_setting_decides_how_far_a_test_goes(
    client: Client,
    smtp: Served,
    settings: Any,
    policy: str,
    typed: bool,
    status: int,
    logins: int,
    codes: list[str],
) -> None:
    server = listen(smtp, settings, mode="ssl", certificate="self-signed")
    settings.PARTNER_SMTP_UNVERIFIED_TEST = policy
    partner = make_partner(**account_of(server), password=RIGHT)
    answer, report = post(client, partner, smtp_password=RIGHT if typed else "")
    assert (answer, report["ok"], report["deliverable"]) == (status, status == 200, False)
    assert (server.count("AUTH"), warnings(report)) == (logins, codes)
    assert read_again(partner).smtp_status == ("untrusted" if status == 200 else "failed")
    # However far it went: the certificate that was seen can be trusted.
    assert report["trust"]["sha256"] == report["tls"]["sha256"]


@pytest.mark.parametrize("mode", ["ssl", "starttls"])
def test_p24_after_a_good_certificate_a_bad_one_is_400_without_a_login(
    client: Client, smtp: Served, settings: Any, mode: str
) -> None:
    server = listen(smtp, settings, mode=mode, certificate="good")
    partner = make_partner(**account_of(server), password=RIGHT)
    assert post(client, partner)[0] == 200
    assert read_again(partner).smtp_known_certificate
    server.use_certificate("expired")
    status, report = post(client, partner, smtp_password=RIGHT)
    assert (status, report["error"]["code"]) == (400, "certificate_expired")
    assert report["error"]["previously_verified"] is True
    assert (server.count("AUTH"), warnings(report)) == (1, [])


@pytest.mark.parametrize("mode", ["ssl", "starttls"])
@pytest.mark.parametrize("certificate", ["weak-key", "wrong-purpose"])
def test_a_fault_that_no_trust_excuses_is_not_offered_any(
    client: Client, smtp: Served, settings: Any, mode: str, certificate: str
) -> None:
    server = listen(smtp, settings, mode=mode, certificate=certificate)
    _, report = post(client, make_partner(**account_of(server), password=RIGHT))
    assert report["tls"]["sha256"]
    assert report["trust"] is None


@pytest.mark.parametrize("certificate", ["expired", "wrong-host", "self-signed", "missing-intermediate"])
def test_a_failed_starttls_handshake_can_be_trusted(
    client: Client, smtp: Served, settings: Any, certificate: str
) -> None:
    server = listen(smtp, settings, mode="starttls", certificate=certificate)
    status, report = post(client, make_partner(**account_of(server), password=RIGHT))
    assert (status, set(report["trust"])) == (400, {"url", "value", "sha256"})


def test_a_failing_test_does_not_keep_anybody_from_saving(
    client: Client, smtp: Served, settings: Any
) -> None:
    server = listen(smtp, settings, mode="starttls", certificate="good")
    values = values_of(**account_of(server), smtp_password=WRONG)
    response = client.post(endpoint(), values, headers=HTTP_AJAX)
    token = json.loads(response.content)["token"]
    saved = client.post(url("add"), values | {"smtp_test_token": token})
    assert (response.status_code, saved.status_code) == (400, 302)
    assert get_partner_model()._default_manager.get().smtp_status == "failed"
    assert "Failed" in client.get(url("list")).content.decode()
