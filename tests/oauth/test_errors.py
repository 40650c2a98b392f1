"""What both vendors mean by their refusals, as the sandbox says them, and which of them end a consent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from smtp_sandbox.oauth.catalogue import google, microsoft
from smtp_sandbox.oauth.faults import Fault
from smtp_sandbox.oauth.replies import Raw
from smtp_sandbox.oauth.server import OAuthServer
from wagtail_partner_smtp.diagnosis.consequences import BY_CODE, Consequence
from wagtail_partner_smtp.oauth import grants
from wagtail_partner_smtp.oauth.client import Answer
from wagtail_partner_smtp.oauth.errors import NEEDS_CONSENT, Kind, needs_consent, refusal
from wagtail_partner_smtp.smtp.errors import Code, TokenError

from .accounts import MAILBOX
from .providers import make_provider, refreshed, soon

pytestmark = pytest.mark.usefixtures("site")

MICROSOFT = {
    7000215: Code.OAUTH_CLIENT_REFUSED,
    7000218: Code.OAUTH_CLIENT_REFUSED,
    7000222: Code.OAUTH_CLIENT_EXPIRED,
    700016: Code.OAUTH_CLIENT_UNKNOWN,
    7000112: Code.OAUTH_CLIENT_DISABLED,
    700024: Code.OAUTH_CLOCK_WRONG,
    90002: Code.OAUTH_TENANT_UNKNOWN,
    900023: Code.OAUTH_TENANT_UNKNOWN,
    50194: Code.OAUTH_TENANT_MISSING,
    70011: Code.OAUTH_SCOPE_REFUSED,
    1002012: Code.OAUTH_SCOPE_REFUSED,
    65001: Code.OAUTH_CONSENT_MISSING,
    70008: Code.OAUTH_CONSENT_EXPIRED,
    700082: Code.OAUTH_CONSENT_EXPIRED,
    50173: Code.OAUTH_CONSENT_REVOKED,
    50057: Code.OAUTH_CONSENT_REFUSED,
    54005: Code.OAUTH_CONSENT_REFUSED,
    501481: Code.OAUTH_CONSENT_REFUSED,
    9002313: Code.OAUTH_CONSENT_REFUSED,
    50076: Code.OAUTH_SIGN_IN_AGAIN,
    50079: Code.OAUTH_SIGN_IN_AGAIN,
    53003: Code.OAUTH_SIGN_IN_AGAIN,
    70003: Code.OAUTH_CLIENT_NOT_ALLOWED,
    900144: Code.OAUTH_REFUSED,
    500112: Code.OAUTH_CLIENT_REFUSED,
    90033: Code.OAUTH_PROVIDER_BUSY,
}
# By consent.
GOOGLE = {
    "google-expired": Code.OAUTH_CONSENT_EXPIRED,
    "google-bad-request": Code.OAUTH_CONSENT_REFUSED,
    "google-reauth": Code.OAUTH_CONSENT_REFUSED,
    "google-client-unknown": Code.OAUTH_CLIENT_REFUSED,
    "google-secret-wrong": Code.OAUTH_CLIENT_REFUSED,
    "google-client-disabled": Code.OAUTH_CLIENT_DISABLED,
    "google-client-deleted": Code.OAUTH_CLIENT_UNKNOWN,
    "google-policy": Code.OAUTH_CLIENT_NOT_ALLOWED,
    "google-scope": Code.OAUTH_SCOPE_REFUSED,
}
# For a service account.
GOOGLE_KEY = {
    "google-clock": Code.OAUTH_CLOCK_WRONG,
    "google-signature": Code.OAUTH_KEY_INVALID,
    "google-account-unknown": Code.OAUTH_KEY_INVALID,
    "google-mailbox-unknown": Code.OAUTH_MAILBOX_UNKNOWN,
    "google-not-delegated": Code.OAUTH_DELEGATION_MISSING,
    "google-scope": Code.OAUTH_SCOPE_REFUSED,
}


def with_key(server: OAuthServer, mailbox: str = MAILBOX, **values: Any) -> Answer:
    key = values.pop("client_secret", None) or server.service_account(MAILBOX)
    provider = make_provider(
        server,
        token_endpoint=server.google.token_endpoint,
        client_secret=key,
        scopes=("https://mail.google.com/",),
        **values,
    )
    return grants.service_account(provider, mailbox, deadline=soon())


def test_each_of_microsofts_errors_in_the_sandbox_is_understood() -> None:
    assert MICROSOFT.keys() == microsoft.ERRORS.keys()


def test_each_of_googles_errors_in_the_sandbox_is_understood() -> None:
    said = {each.name.removeprefix("oauth:") for each in google.FAULTS if each.endpoint == "token"}
    assert GOOGLE.keys() | GOOGLE_KEY.keys() == said


@pytest.mark.parametrize(("number", "code"), MICROSOFT.items())
def test_a_number_of_microsoft_has_its_cause(smtp_oauth: OAuthServer, number: int, code: Code) -> None:
    smtp_oauth.fail(f"oauth:AADSTS{number}")

    with pytest.raises(TokenError) as raised:
        refreshed(smtp_oauth)

    assert raised.value.code is code
    assert f"AADSTS{number}" in str(raised.value.facts["said"])
    assert raised.value.facts.get("number", number) == number


@pytest.mark.parametrize(("fault", "code"), GOOGLE.items())
def test_a_word_of_google_has_its_cause(smtp_oauth: OAuthServer, fault: str, code: Code) -> None:
    smtp_oauth.fail(f"oauth:{fault}")
    with pytest.raises(TokenError) as raised:
        refreshed(smtp_oauth)
    assert raised.value.code is code
    assert raised.value.facts["said"]


@pytest.mark.parametrize(("fault", "code"), GOOGLE_KEY.items())
def test_a_word_of_google_has_its_cause_for_a_service_account(
    smtp_oauth: OAuthServer, fault: str, code: Code
) -> None:
    smtp_oauth.fail(f"oauth:{fault}")
    with pytest.raises(TokenError) as raised:
        with_key(smtp_oauth)
    assert raised.value.code is code
    assert not needs_consent(raised.value)


@pytest.mark.parametrize(
    ("ahead", "code"),
    [(3600, Code.OAUTH_CLOCK_WRONG), (-3600, Code.OAUTH_CLOCK_WRONG), (200, Code.OAUTH_REFUSED)],
)
def test_a_clock_that_differs_is_read_from_the_answer(
    smtp_oauth: OAuthServer, ahead: float, code: Code
) -> None:
    """Where a signature is refused without a word about the time."""
    smtp_oauth.fail(Fault(name="wordless", reply=Raw(b'{"error": "invalid_grant"}', status=400), clock=ahead))
    with pytest.raises(TokenError) as raised:
        with_key(smtp_oauth)
    assert raised.value.code is code


@pytest.mark.parametrize("skew", [3600.0, -3600.0])
def test_a_refused_assertion_of_a_clock_that_differs_is_the_clocks_fault(skew: float) -> None:
    answer = {"error": "invalid_grant", "error_description": "No."}
    assert refusal(answer, kind=Kind.ASSERTION, skew=skew).code is Code.OAUTH_CLOCK_WRONG
    assert refusal(answer, kind=Kind.ASSERTION, skew=60.0).code is Code.OAUTH_REFUSED
    assert refusal(answer, kind=Kind.REFRESH, skew=skew).code is Code.OAUTH_CONSENT_REFUSED


def test_only_invalid_grant_ends_a_consent() -> None:
    for number, (error, _) in microsoft.ERRORS.items():
        said = {"error": error.error, "error_description": f"AADSTS{number}: no"}
        refused = refusal(said, kind=Kind.REFRESH)
        assert needs_consent(refused) == (error.error == "invalid_grant"), number


@pytest.mark.parametrize("number", [50196, 7000222, 90024])
def test_what_no_consent_would_help_is_no_end_of_one(number: int) -> None:
    said = {"error": "invalid_grant", "error_description": f"AADSTS{number}: no"}
    assert not needs_consent(refusal(said, kind=Kind.REFRESH))


@pytest.mark.parametrize("kind", [Kind.CLIENT, Kind.ASSERTION])
def test_without_a_person_there_is_no_consent_to_ask_for(kind: Kind) -> None:
    said = {"error": "invalid_grant", "error_description": "AADSTS65001: no"}
    refused = refusal(said, kind=kind)
    assert (refused.code, needs_consent(refused)) == (Code.OAUTH_CLIENT_NOT_ALLOWED, False)


def test_what_needs_consent_stops_the_queue() -> None:
    assert {BY_CODE[code] for code in NEEDS_CONSENT} == {Consequence.STOP_PARTNER}


@pytest.mark.parametrize(
    "answer",
    [
        {"error": None}, {"error": 5}, {"error": ["x"]}, {"error": "x", "error_description": {"a": 1}},
        {"error": "\x1b[31m\r\nx", "error_description": "y\x00z"}, {},
    ],
)  # fmt: skip
def test_any_answer_is_a_refusal(answer: dict[str, Any]) -> None:
    refused = refusal(answer, kind=Kind.REFRESH)
    assert refused.code is Code.OAUTH_REFUSED
    assert str(refused.facts["said"]).isprintable()


# The grants


def test_a_service_account_gets_a_token_for_its_mailbox(smtp_oauth: OAuthServer) -> None:
    answer = with_key(smtp_oauth)
    (asked,) = smtp_oauth.requests
    assert (answer.refresh_token, asked.status) == ("", 200)
    assert set(asked.parameters) == {"grant_type", "assertion"}


def test_the_endpoint_in_a_key_is_not_asked(smtp_oauth: OAuthServer) -> None:
    key = json.loads(smtp_oauth.service_account(MAILBOX)) | {"token_uri": "https://attacker.example/token"}
    assert with_key(smtp_oauth, client_secret=json.dumps(key)).access_token


@pytest.mark.parametrize("key", ["", "x", "[]", "{}", '{"private_key": "x", "client_email": "y"}'])
def test_a_key_that_is_none_is_never_sent(smtp_oauth: OAuthServer, key: str) -> None:
    with pytest.raises(TokenError) as raised:
        with_key(smtp_oauth, client_secret=key or " ")
    assert raised.value.code is Code.OAUTH_KEY_INVALID
    assert smtp_oauth.connections == 0


def test_an_application_gets_a_token_of_its_own(smtp_oauth: OAuthServer) -> None:
    answer = grants.client_credentials(make_provider(smtp_oauth), deadline=soon())
    (asked,) = smtp_oauth.requests
    assert (answer.refresh_token, asked.grant_type) == ("", "client_credentials")
    assert asked.parameters["scope"] == "smtp"


def test_an_application_without_scopes_is_not_asked_for(smtp_oauth: OAuthServer) -> None:
    with pytest.raises(TokenError) as raised:
        grants.client_credentials(make_provider(smtp_oauth, scopes=()), deadline=soon())
    assert (raised.value.code, smtp_oauth.connections) == (Code.OAUTH_SCOPES_MISSING, 0)


def test_secrets_of_any_characters_are_sent_by_both_methods(smtp_oauth: OAuthServer) -> None:
    client = smtp_oauth.register("id with: ünusual%", "sécret +&=:% 電池~")
    for method in ("client_secret_post", "client_secret_basic"):
        token = smtp_oauth.issue(MAILBOX, client=client).refresh_token
        provider = make_provider(
            smtp_oauth, client_id=client.client_id, client_secret=client.client_secret, auth_method=method
        )
        assert grants.refresh(provider, token, deadline=soon()).access_token, method


def test_a_token_is_revoked_where_the_provider_can(smtp_oauth: OAuthServer) -> None:
    grant = smtp_oauth.issue(MAILBOX)

    grants.revoke(make_provider(smtp_oauth), grant.refresh_token, deadline=soon())

    assert grant.is_revoked()
    with pytest.raises(TokenError) as raised:
        grants.refresh(make_provider(smtp_oauth), grant.refresh_token, deadline=soon())
    assert needs_consent(raised.value)


def test_nothing_is_asked_where_the_provider_cannot_revoke(smtp_oauth: OAuthServer) -> None:
    grants.revoke(make_provider(smtp_oauth, revocation_endpoint=""), "a-token", deadline=soon())
    assert smtp_oauth.connections == 0


def test_a_revocation_that_fails_is_told(smtp_oauth: OAuthServer) -> None:
    smtp_oauth.fail("oauth:revocation-503")
    with pytest.raises(TokenError) as raised:
        grants.revoke(make_provider(smtp_oauth), smtp_oauth.issue(MAILBOX).refresh_token, deadline=soon())
    assert raised.value.code is Code.OAUTH_PROVIDER_BUSY
