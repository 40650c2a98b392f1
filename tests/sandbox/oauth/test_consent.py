"""The consent page: what it shows, whom it sends where, and what it does not let happen."""

from __future__ import annotations

import re

import pytest

from smtp_sandbox.oauth.server import CLIENT_ID, OAuthServer
from smtp_sandbox.pytest_plugin import Served

from .asking import REDIRECT_URI, Answer, ask, authorization_url, new_verifier, returned

ANN = "ann@example.org"


def look(smtp: Served, server: OAuthServer, **parameters: str) -> Answer:
    return ask(authorization_url(server, new_verifier(), **parameters), smtp.client_context())


def decide(smtp: Served, server: OAuthServer, mailbox: str, decision: str) -> Answer:
    url = authorization_url(server, new_verifier())
    return ask(url, smtp.client_context(), {"mailbox": mailbox, "decision": decision})


def test_the_page_says_who_wants_what(smtp: Served, smtp_oauth: OAuthServer) -> None:
    smtp_oauth.client.name = "Invoices & <more>"

    page = look(smtp, smtp_oauth, scope="https://mail.google.com/ <odd>", login_hint='ann"@example.org')

    text = page.body.decode()
    assert page.status == 200
    assert "<h1>Invoices &amp; &lt;more&gt; asks for access</h1>" in text
    assert "Read, write and send your mail (<code>https://mail.google.com/</code>)" in text
    assert "<li><code>&lt;odd&gt;</code></li>" in text
    assert 'value="ann&quot;@example.org"' in text
    assert "<script" not in text


def test_the_page_names_the_mailboxes_of_the_sandbox(
    smtp: Served, smtp_oauth: OAuthServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The sandbox is that of all tests, and may have the users of others.
    for name in set(smtp.sandbox.users) - {"user"}:
        monkeypatch.delitem(smtp.sandbox.users, name)
    page = look(smtp, smtp_oauth).body.decode()

    assert re.findall(r'<option value="(.*?)">', page) == ["user"]
    assert 'value="user" required' in page


def test_the_policy_allows_its_style_and_the_way_back_alone(smtp: Served, smtp_oauth: OAuthServer) -> None:
    headers = look(smtp, smtp_oauth).headers

    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'self' https://site.example"
    )
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    "redirect_uri", ["https://evil.example; script-src 'unsafe-inline'/", "data:text/html,x", "https:///x"]
)
def test_the_policy_holds_nothing_else_of_the_way_back(
    smtp: Served, smtp_oauth: OAuthServer, redirect_uri: str
) -> None:
    policy = look(smtp, smtp_oauth, redirect_uri=redirect_uri).headers["Content-Security-Policy"]

    assert policy.endswith("form-action 'self'")


def test_the_style_is_served(smtp: Served, smtp_oauth: OAuthServer) -> None:
    [address] = re.findall(r'<link rel="stylesheet" href="(.*?)">', look(smtp, smtp_oauth).body.decode())

    style = ask(f"{smtp_oauth.issuer}{address}", smtp.client_context())

    assert (style.status, style.headers["Content-Type"]) == (200, "text/css; charset=utf-8")


def test_who_allows_it_is_sent_back_with_a_code(smtp: Served, smtp_oauth: OAuthServer) -> None:
    answer = decide(smtp, smtp_oauth, f" {ANN} ", "allow")

    back = returned(answer.headers["Location"])
    assert (answer.status, back["state"], "error" in back) == (302, "a-state", False)
    assert smtp_oauth.registry.codes[back["code"]].mailbox == ANN


@pytest.mark.parametrize(("mailbox", "decision"), [(ANN, "deny"), (ANN, ""), ("", "allow"), (" ", "allow")])
def test_who_does_not_is_sent_back_with_an_error(
    smtp: Served, smtp_oauth: OAuthServer, mailbox: str, decision: str
) -> None:
    back = returned(decide(smtp, smtp_oauth, mailbox, decision).headers["Location"])

    assert (back["error"], back["state"], "code" in back) == ("access_denied", "a-state", False)


def test_consent_without_a_browser_is_the_same(smtp_oauth: OAuthServer) -> None:
    url = authorization_url(smtp_oauth, new_verifier())

    assert "code" in returned(smtp_oauth.consent(url, ANN))
    assert returned(smtp_oauth.consent(url, ANN, allow=False))["error"] == "access_denied"
    assert smtp_oauth.requests == ()


@pytest.mark.parametrize(
    "parameters",
    [
        {"client_id": "nobody"},
        {"redirect_uri": "https://evil.example/"},
        {"redirect_uri": "https://site.example/callback/../evil"},
        {"redirect_uri": "", "client_id": CLIENT_ID},
    ],
)
def test_nobody_is_sent_to_where_the_client_is_not_known_to_be(
    smtp: Served, smtp_oauth: OAuthServer, parameters: dict[str, str]
) -> None:
    smtp_oauth.client.redirect_uris = {REDIRECT_URI, "https://other.example/"}

    answer = look(smtp, smtp_oauth, **parameters)

    assert (answer.status, answer.headers["Location"]) == (400, None)
    assert b"This request makes no sense" in answer.body
    with pytest.raises(ValueError, match="makes no sense"):
        smtp_oauth.consent(authorization_url(smtp_oauth, new_verifier(), **parameters), ANN)


def test_an_unknown_scope_is_told_to_the_client(smtp: Served, smtp_oauth: OAuthServer) -> None:
    smtp_oauth.client.scopes = {"smtp"}

    answer = look(smtp, smtp_oauth, scope="everything")

    back = returned(answer.headers["Location"])
    assert (answer.status, back["error"], back["state"]) == (302, "invalid_scope", "a-state")


def test_an_unknown_tenant_is_an_error_page(smtp: Served, smtp_oauth: OAuthServer) -> None:
    url = authorization_url(smtp_oauth.microsoft, new_verifier(), tenant="unknown.example.org")

    assert ask(url, smtp.client_context()).status == 400
