"""The ways to a token at each face, and that mail servers take it."""

from __future__ import annotations

import base64
import smtplib

import pytest

from smtp_sandbox import Listener
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


def log_in(listener: Listener, name: str, token: str) -> int:
    context = listener.client_context()
    with smtplib.SMTP_SSL(listener.host, listener.port, context=context) as client:
        client.ehlo()
        client.putcmd("AUTH", "XOAUTH2")
        client.getreply()
        answer = f"user={name}\x01auth=Bearer {token}\x01\x01"
        code, _ = client.docmd(base64.b64encode(answer.encode()).decode())
        return client.docmd("")[0] if code == 334 else code


@pytest.fixture
def mail(smtp: Served) -> Listener:
    return smtp.listen("token-only", mode="ssl")


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
