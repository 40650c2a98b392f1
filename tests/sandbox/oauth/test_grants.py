"""The ways to a token at each face, and that mail servers take it."""

from __future__ import annotations

import json
import time

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from smtp_sandbox import Listener
from smtp_sandbox.oauth.catalogue import google
from smtp_sandbox.oauth.registry import ASSERTION, TENANT, Rotation
from smtp_sandbox.oauth.replies import GoogleError
from smtp_sandbox.oauth.server import OAuthServer, Place
from smtp_sandbox.pytest_plugin import Served

from .asking import (
    CREDENTIALS,
    OFFLINE,
    REDIRECT_URI,
    Answer,
    ask,
    at,
    authorization_url,
    basic,
    claims,
    new_verifier,
    returned,
)
from .logins import log_in

ANN = "ann@example.org"
FACES = ("plain", "microsoft", "google")


@pytest.fixture
def server(smtp: Served, smtp_oauth: OAuthServer) -> OAuthServer:
    return smtp_oauth


@pytest.fixture(params=FACES)
def face(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def place_of(server: OAuthServer, face: str) -> Place:
    return {"plain": server, "microsoft": server.microsoft, "google": server.google}[face]


def ask_token(smtp: Served, place: Place, grant_type: str, tenant: str = "common", **form: str) -> Answer:
    data = {"grant_type": grant_type, **CREDENTIALS, **form}
    return ask(at(place.token_endpoint, tenant), smtp.client_context(), data)


def consented(smtp: Served, server: OAuthServer, face: str, **parameters: str) -> Answer:
    """The tokens for a code that was given on the consent page."""
    place, verifier = place_of(server, face), new_verifier()
    url = authorization_url(place, verifier, **OFFLINE[face] | parameters)
    code = returned(server.consent(url, ANN))["code"]
    return ask_token(
        smtp, place, "authorization_code", code=code, redirect_uri=REDIRECT_URI, code_verifier=verifier
    )


def test_a_consent_gives_tokens_that_open_the_mailbox(
    smtp: Served, server: OAuthServer, mail: Listener, face: str
) -> None:
    answer = consented(smtp, server, face)

    assert answer.status == 200
    assert log_in(mail, ANN, answer.json["access_token"]) == 235
    assert log_in(mail, "bob@example.org", answer.json["access_token"]) == 535
    assert mail.sessions[0].user == ANN


def test_a_refresh_token_gives_another_access_token(
    smtp: Served, server: OAuthServer, mail: Listener, face: str
) -> None:
    first = consented(smtp, server, face).json

    second = ask_token(smtp, place_of(server, face), "refresh_token", refresh_token=first["refresh_token"])

    assert second.status == 200
    assert second.json["access_token"] != first["access_token"]
    assert [log_in(mail, ANN, each["access_token"]) for each in (first, second.json)] == [235, 235]


def test_the_id_token_says_whose_mailbox_it_is(smtp: Served, server: OAuthServer, face: str) -> None:
    said = claims(consented(smtp, server, face).json["id_token"])

    name = "preferred_username" if face == "microsoft" else "email"
    assert (said["iss"], said["aud"], said["nonce"], said[name]) == (
        server.issuer,
        server.client.client_id,
        "a-nonce",
        ANN,
    )


def test_a_client_may_say_who_it_is_in_a_header(smtp: Served, server: OAuthServer) -> None:
    grant = server.issue(ANN)
    form = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token}

    answer = ask(
        server.token_endpoint,
        smtp.client_context(),
        form,
        Authorization=basic(server.client.client_id, server.client.client_secret),
    )

    assert answer.status == 200
    assert server.requests[0].client_id == server.client.client_id


def test_a_public_client_needs_the_verifier_and_no_secret(smtp: Served, server: OAuthServer) -> None:
    server.register("public")
    verifier = new_verifier()
    code = returned(server.consent(authorization_url(server, verifier, client_id="public"), ANN))["code"]
    form = {"client_id": "public", "client_secret": "", "code": code, "redirect_uri": REDIRECT_URI}

    without = ask_token(smtp, server, "authorization_code", **form)
    answer = ask_token(smtp, server, "authorization_code", **form, code_verifier=verifier)

    assert (without.status, without.json["error"]) == (400, "invalid_request")
    assert answer.status == 200


def test_another_verifier_gets_nothing(smtp: Served, server: OAuthServer, face: str) -> None:
    place = place_of(server, face)
    code = returned(server.consent(authorization_url(place, new_verifier(), **OFFLINE[face]), ANN))["code"]

    answer = ask_token(
        smtp, place, "authorization_code", code=code, redirect_uri=REDIRECT_URI, code_verifier=new_verifier()
    )

    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")


def test_another_redirect_uri_gets_nothing(smtp: Served, server: OAuthServer) -> None:
    verifier = new_verifier()
    code = returned(server.consent(authorization_url(server, verifier), ANN))["code"]

    answer = ask_token(
        smtp,
        server,
        "authorization_code",
        code=code,
        redirect_uri="https://evil.example/",
        code_verifier=verifier,
    )

    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")


def test_a_code_is_good_once_and_ends_what_it_gave_when_used_again(
    smtp: Served, server: OAuthServer, mail: Listener, face: str
) -> None:
    place, verifier = place_of(server, face), new_verifier()
    code = returned(server.consent(authorization_url(place, verifier, **OFFLINE[face]), ANN))["code"]
    form = {"code": code, "redirect_uri": REDIRECT_URI, "code_verifier": verifier}

    first, second = (ask_token(smtp, place, "authorization_code", **form) for _ in range(2))

    assert (first.status, second.status, second.json["error"]) == (200, 400, "invalid_grant")
    assert log_in(mail, ANN, first.json["access_token"]) == 535


def test_a_code_is_good_for_ten_minutes(smtp: Served, server: OAuthServer, face: str) -> None:
    place, verifier = place_of(server, face), new_verifier()
    code = returned(server.consent(authorization_url(place, verifier, **OFFLINE[face]), ANN))["code"]
    server.registry.codes[code].issued_at -= 601

    answer = ask_token(
        smtp, place, "authorization_code", code=code, redirect_uri=REDIRECT_URI, code_verifier=verifier
    )

    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("face", "rotation", "renewed", "still_good"),
    [
        ("plain", None, True, False),
        ("microsoft", None, True, True),
        ("google", None, False, True),
        ("google", "revoke", True, False),
        ("plain", "none", False, True),
    ],
)
def test_refresh_tokens_rotate_as_told_or_as_at_the_vendor(
    smtp: Served, server: OAuthServer, face: str, rotation: Rotation | None, renewed: bool, still_good: bool
) -> None:
    server.registry.rotation = rotation
    place, old = place_of(server, face), server.issue(ANN).refresh_token

    first = ask_token(smtp, place, "refresh_token", refresh_token=old)
    again = ask_token(smtp, place, "refresh_token", refresh_token=old)

    assert first.status == 200
    assert ("refresh_token" in first.json) is renewed
    assert (again.status == 200) is still_good


def test_an_applications_own_token_opens_the_mailboxes_that_it_has_been_given(
    smtp: Served, server: OAuthServer, mail: Listener
) -> None:
    answer = ask_token(
        smtp,
        server.microsoft,
        "client_credentials",
        tenant=TENANT,
        scope="https://outlook.office365.com/.default",
    )
    token = answer.json["access_token"]

    before = log_in(mail, ANN, token)
    server.client.mailboxes.add(ANN)

    assert (answer.status, "refresh_token" in answer.json, "scope" in answer.json) == (200, False, False)
    assert (before, log_in(mail, ANN, token)) == (535, 235)
    assert log_in(mail, "bob@example.org", token) == 535


def make_assertion(key: dict[str, str], **claims: object) -> str:
    now = int(time.time())
    defaults = {
        "iss": key["client_email"],
        "scope": "https://mail.google.com/",
        "aud": key["token_uri"],
        "iat": now,
        "exp": now + 3600,
        "sub": ANN,
    }
    return jwt.encode({"alg": "RS256"}, defaults | claims, RSAKey.import_key(key["private_key"]))


def test_a_service_account_opens_the_mailboxes_of_its_domain(
    smtp: Served, server: OAuthServer, mail: Listener
) -> None:
    key = json.loads(server.service_account(ANN))

    answer = ask(
        key["token_uri"],
        smtp.client_context(),
        {"grant_type": ASSERTION, "assertion": make_assertion(key)},
    )

    assert answer.status == 200
    assert log_in(mail, ANN, answer.json["access_token"]) == 235


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"sub": "bob@example.org"}, google.NOT_DELEGATED),
        ({"iss": "nobody@sandbox.iam.gserviceaccount.com"}, google.ACCOUNT_UNKNOWN),
        ({"aud": "https://evil.example/token"}, google.AUDIENCE),
        ({"iat": int(time.time()) - 7200, "exp": int(time.time()) - 3600}, google.CLOCK),
        ({"iat": int(time.time()) + 1800, "exp": int(time.time()) + 3600}, google.CLOCK),
        ({"exp": int(time.time()) + 7300}, google.CLOCK),
    ],
)
def test_an_assertion_that_is_not_good_is_refused_in_googles_words(
    smtp: Served, server: OAuthServer, claims: dict[str, object], error: GoogleError
) -> None:
    key = json.loads(server.service_account(ANN))
    form = {"grant_type": ASSERTION, "assertion": make_assertion(key, **claims)}

    answer = ask(key["token_uri"], smtp.client_context(), form)

    assert (answer.status, answer.json) == (
        error.status,
        {"error": error.error, "error_description": error.text},
    )


def test_an_assertion_of_another_key_is_refused(smtp: Served, server: OAuthServer) -> None:
    key = json.loads(server.service_account(ANN, address="mailer@sandbox.iam.gserviceaccount.com"))
    server.service_account(ANN, address="mailer@sandbox.iam.gserviceaccount.com")

    answer = ask(
        key["token_uri"],
        smtp.client_context(),
        {"grant_type": ASSERTION, "assertion": make_assertion(key)},
    )

    assert answer.json["error_description"] == google.BAD_SIGNATURE.text


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
@pytest.mark.parametrize("face", ["plain", "google"])
def test_what_is_revoked_is_no_good(
    smtp: Served, server: OAuthServer, mail: Listener, face: str, which: str
) -> None:
    grant = server.issue(ANN)
    place = place_of(server, face)
    form = {"token": getattr(grant, which), **({} if face == "google" else CREDENTIALS)}

    answers = [ask(place.revocation_endpoint, smtp.client_context(), form) for _ in range(2)]

    assert answers[0].status == 200
    assert log_in(mail, ANN, grant.access_token) == 535
    again = ask_token(smtp, place, "refresh_token", refresh_token=grant.refresh_token)
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    assert answers[1].status == (400 if face == "google" else 200)


def test_a_withdrawn_consent_ends_everything(smtp: Served, server: OAuthServer, mail: Listener) -> None:
    grant, other = server.issue(ANN), server.issue("bob@example.org")

    server.withdraw(ANN)

    answer = ask_token(smtp, server.microsoft, "refresh_token", refresh_token=grant.refresh_token)
    assert answer.json["error_codes"] == [50173]
    assert log_in(mail, ANN, grant.access_token) == 535
    assert log_in(mail, "bob@example.org", other.access_token) == 235


def test_a_token_is_good_until_it_expires(server: OAuthServer, mail: Listener) -> None:
    assert log_in(mail, ANN, server.issue(ANN, lifetime=60).access_token) == 235
    assert log_in(mail, ANN, server.issue(ANN, lifetime=-1).access_token) == 535


def test_a_token_for_something_else_opens_no_mailbox(server: OAuthServer, mail: Listener) -> None:
    assert log_in(mail, ANN, server.issue(ANN, scope="openid email").access_token) == 535


def test_a_token_may_be_long(smtp: Served, server: OAuthServer, mail: Listener) -> None:
    server.registry.token_length = 9000

    token = ask_token(smtp, server, "refresh_token", refresh_token=server.issue(ANN).refresh_token).json

    assert len(token["access_token"]) == 9000
    assert log_in(mail, ANN, token["access_token"]) == 235


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_a_token_is_good_at_both_mechanisms(server: OAuthServer, mail: Listener, mechanism: str) -> None:
    assert log_in(mail, ANN, server.issue(ANN).access_token, mechanism) == 235
    assert mail.sessions[0].mechanism == mechanism


def test_whose_a_token_is_can_be_asked(smtp: Served, server: OAuthServer) -> None:
    grant = server.issue(ANN, lifetime=60)
    form = {"token": grant.access_token, **CREDENTIALS}

    before = ask(server.introspection_endpoint, smtp.client_context(), form).json
    server.withdraw(ANN)
    after = ask(server.introspection_endpoint, smtp.client_context(), form)

    assert (before["active"], before["username"], before["scope"]) == (True, ANN, "smtp")
    assert (after.status, after.json) == (200, {"active": False})


def test_nobody_else_may_ask_whose_a_token_is(smtp: Served, server: OAuthServer) -> None:
    answer = ask(
        server.introspection_endpoint, smtp.client_context(), {"token": server.issue(ANN).access_token}
    )

    assert answer.status == 401


def test_google_tells_everybody_whose_a_token_is(smtp: Served, server: OAuthServer) -> None:
    address, token = server.google.introspection_endpoint, server.issue(ANN).access_token

    known = ask(f"{address}?access_token={token}", smtp.client_context())
    unknown = ask(f"{address}?access_token=nonsense", smtp.client_context())

    assert (known.status, known.json["email"]) == (200, ANN)
    assert (unknown.status, unknown.json["error"]) == (400, "invalid_token")
