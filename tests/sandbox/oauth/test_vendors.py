"""What each face says to the same mistake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from smtp_sandbox.oauth.catalogue import google, microsoft
from smtp_sandbox.oauth.refusals import Reason
from smtp_sandbox.oauth.registry import TENANT
from smtp_sandbox.oauth.server import OAuthServer
from smtp_sandbox.pytest_plugin import Served

from .asking import CREDENTIALS, REDIRECT_URI, Answer, ask, at, authorization_url, new_verifier, returned

ANN = "ann@example.org"
Mistake = Callable[[OAuthServer], dict[str, str]]


def refresh(**form: str) -> Mistake:
    return lambda server: {
        "grant_type": "refresh_token",
        "refresh_token": server.issue(ANN).refresh_token,
        **CREDENTIALS,
        **form,
    }


def with_expired_secret(server: OAuthServer) -> dict[str, str]:
    server.client.secret_expired = True
    return refresh()(server)


def with_withdrawn_consent(server: OAuthServer) -> dict[str, str]:
    form = refresh()(server)
    server.withdraw(ANN)
    return form


def without_a_secret(server: OAuthServer) -> dict[str, str]:
    form = refresh()(server)
    del form["client_secret"]
    return form


# By what it is: the request, by the book, Microsoft's number, Google's error.
MISTAKES: dict[str, tuple[Mistake, tuple[int, str], int, tuple[int, str]]] = {
    "secret wrong": (
        refresh(client_secret="wrong"),
        (401, "invalid_client"),
        7000215,
        (401, "invalid_client"),
    ),
    "secret expired": (with_expired_secret, (401, "invalid_client"), 7000222, (401, "invalid_client")),
    "secret missing": (without_a_secret, (401, "invalid_client"), 7000218, (400, "invalid_request")),
    "client unknown": (refresh(client_id="nobody"), (401, "invalid_client"), 700016, (401, "invalid_client")),
    "token unknown": (
        refresh(refresh_token="nonsense"),
        (400, "invalid_grant"),
        9002313,
        (400, "invalid_grant"),
    ),
    "token ended": (with_withdrawn_consent, (400, "invalid_grant"), 50173, (400, "invalid_grant")),
    "no token": (
        refresh(refresh_token="", grant_type=""),
        (400, "unsupported_grant_type"),
        70003,
        (400, "unsupported_grant_type"),
    ),
}


@pytest.fixture(params=MISTAKES)
def mistake(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_a_mistake_is_refused_by_the_book(smtp: Served, smtp_oauth: OAuthServer, mistake: str) -> None:
    form, expected, _, _ = MISTAKES[mistake]

    answer = ask(smtp_oauth.token_endpoint, smtp.client_context(), form(smtp_oauth))

    assert (answer.status, answer.json["error"]) == expected
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_mistake_is_refused_by_microsofts_number(
    smtp: Served, smtp_oauth: OAuthServer, mistake: str
) -> None:
    form, _, number, _ = MISTAKES[mistake]

    answer = ask(at(smtp_oauth.microsoft.token_endpoint), smtp.client_context(), form(smtp_oauth))

    assert_microsofts(answer, number)


def assert_microsofts(answer: Answer, number: int) -> None:
    """The members that its documentation lists, and the numbers that are in three of them."""
    error, _ = microsoft.ERRORS[number]
    said: dict[str, Any] = answer.json
    assert (answer.status, said["error"], said["error_codes"]) == (error.status, error.error, [number])
    assert said["error_description"].startswith(f"AADSTS{number}: ")
    assert (
        f"Trace ID: {said['trace_id']} Correlation ID: {said['correlation_id']}" in said["error_description"]
    )
    assert said["error_description"].endswith(f"Timestamp: {said['timestamp']}")
    assert said["error_uri"] == f"https://login.microsoftonline.com/error?code={number}"
    assert said.get("suberror", "") == error.suberror
    assert "{" not in said["error_description"]


def test_a_mistake_is_refused_in_googles_words(smtp: Served, smtp_oauth: OAuthServer, mistake: str) -> None:
    form, _, _, expected = MISTAKES[mistake]

    answer = ask(smtp_oauth.google.token_endpoint, smtp.client_context(), form(smtp_oauth))

    assert (answer.status, answer.json["error"]) == expected


@pytest.mark.parametrize(("tenant", "number"), [("unknown.example.org", 90002), ("unknown", 900023)])
def test_an_unknown_tenant_is_named(smtp: Served, smtp_oauth: OAuthServer, tenant: str, number: int) -> None:
    endpoint = at(smtp_oauth.microsoft.token_endpoint, tenant)

    answer = ask(endpoint, smtp.client_context(), refresh()(smtp_oauth))

    assert_microsofts(answer, number)
    assert f"'{tenant}'" in answer.json["error_description"]
    assert smtp_oauth.requests[0].tenant == tenant


def test_an_application_asks_microsoft_for_the_default_scope(smtp: Served, smtp_oauth: OAuthServer) -> None:
    form = {
        "grant_type": "client_credentials",
        "scope": "https://outlook.office.com/SMTP.Send",
        **CREDENTIALS,
    }

    answer = ask(at(smtp_oauth.microsoft.token_endpoint, TENANT), smtp.client_context(), form)

    assert_microsofts(answer, 1002012)


def test_a_scope_that_the_client_may_not_have_is_refused(smtp: Served, smtp_oauth: OAuthServer) -> None:
    smtp_oauth.client.scopes = {"smtp"}
    form = {"grant_type": "client_credentials", "scope": "smtp imap", **CREDENTIALS}

    answer = ask(smtp_oauth.token_endpoint, smtp.client_context(), form)

    assert (answer.status, answer.json["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize(
    ("face", "parameters", "refreshable"),
    [
        ("microsoft", {"scope": "smtp"}, False),
        ("microsoft", {"scope": "smtp offline_access"}, True),
        ("google", {}, False),
        ("google", {"access_type": "offline"}, True),
        ("plain", {}, True),
    ],
)
def test_a_refresh_token_is_asked_for_in_the_vendors_way(
    smtp: Served, smtp_oauth: OAuthServer, face: str, parameters: dict[str, str], refreshable: bool
) -> None:
    place = {"plain": smtp_oauth, "microsoft": smtp_oauth.microsoft, "google": smtp_oauth.google}[face]
    verifier = new_verifier()
    url = authorization_url(place, verifier, **parameters)
    form = {
        "grant_type": "authorization_code",
        "code": returned(smtp_oauth.consent(url, ANN))["code"],
        "redirect_uri": REDIRECT_URI,
        "code_verifier": verifier,
        **CREDENTIALS,
    }

    answer = ask(at(place.token_endpoint), smtp.client_context(), form).json

    assert ("refresh_token" in answer) is refreshable
    assert "offline_access" not in answer["scope"]
    assert answer["expires_in"] == (3599 if face == "microsoft" else 3600)


def test_microsoft_has_no_place_to_revoke_at(smtp_oauth: OAuthServer) -> None:
    assert (smtp_oauth.microsoft.revocation_endpoint, smtp_oauth.microsoft.introspection_endpoint) == ("", "")


def test_each_vendor_has_words_for_every_reason() -> None:
    from smtp_sandbox.oauth import dialects

    assert set(dialects._NUMBERS) == set(Reason)
    assert set(dialects._NUMBERS.values()) <= set(microsoft.ERRORS)


def test_google_indents_its_errors(smtp: Served, smtp_oauth: OAuthServer) -> None:
    answer = ask(smtp_oauth.google.token_endpoint, smtp.client_context(), refresh(client_id="x")(smtp_oauth))

    assert answer.body == (
        b'{\n  "error": "invalid_client",\n  "error_description": "The OAuth client was not found."\n}'
    )
    assert google.CLIENT_UNKNOWN.status == answer.status
