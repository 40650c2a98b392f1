"""The server itself: its life, its port, and its memory."""

from __future__ import annotations

import json
import smtplib
import socket
import subprocess
import sys
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from smtp_sandbox import OAuthServer, Sandbox
from smtp_sandbox.cli import main
from smtp_sandbox.oauth import dialects
from smtp_sandbox.pytest_plugin import Served
from tests.sandbox.sasl_client import authenticate
from tests.sandbox.test_command_line import first_line, started
from tests.support.stopwatch import PATIENCE

from .asking import CREDENTIALS, ask

ANN = "ann@example.org"


def test_it_is_opened_when_it_is_asked_for_and_ends_with_the_sandbox() -> None:
    with Sandbox() as sandbox:
        server = sandbox.oauth
        assert sandbox.oauth is server
        assert ask(server.token_endpoint, sandbox.client_context(), {}).status == 400

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE)


def test_the_sandbox_stops_with_a_request_half_sent() -> None:
    with Sandbox() as sandbox:
        server = sandbox.oauth
        connection = socket.create_connection((server.host, server.port), timeout=PATIENCE)
        encrypted = sandbox.client_context().wrap_socket(connection, server_hostname=server.host)
        encrypted.sendall(b"POST /token HTTP/1.1\r\n")
    with encrypted:
        assert encrypted.recv(1) == b""


def test_it_has_one_port() -> None:
    with Sandbox() as sandbox:
        sandbox.open_oauth()
        with pytest.raises(RuntimeError, match="open already"):
            sandbox.open_oauth()


def test_a_taken_port_is_said(smtp: Served) -> None:
    with Sandbox(honest=False) as sandbox, pytest.raises(OSError, match="in use"):
        sandbox.open_oauth(smtp.port)


def test_each_test_begins_with_nothing(smtp: Served, smtp_oauth: OAuthServer) -> None:
    grant = smtp_oauth.issue(ANN)
    smtp_oauth.register("another", "secret")
    smtp_oauth.client.secret_expired = True
    smtp_oauth.registry.lifetime, smtp_oauth.registry.rotation = 1, "revoke"
    smtp_oauth.registry.tenants.clear()
    smtp_oauth.fail("500")
    smtp_oauth.use_certificate("intermediate")
    ask(smtp_oauth.token_endpoint, smtp.client_context(), {})

    smtp.sandbox.reset()

    assert (smtp_oauth.requests, smtp_oauth.faults, smtp_oauth.connections) == ((), [], 0)
    assert list(smtp_oauth.registry.clients) == [smtp_oauth.client.client_id]
    assert (smtp_oauth.client.secret_expired, smtp_oauth.registry.lifetime) == (False, 3600)
    assert "common" in smtp_oauth.registry.tenants
    form = {"grant_type": "refresh_token", "refresh_token": grant.refresh_token, **CREDENTIALS}
    assert ask(smtp_oauth.token_endpoint, smtp.client_context(), form).json["error"] == "invalid_grant"


def test_requests_are_recorded_without_showing_their_secrets(smtp: Served, smtp_oauth: OAuthServer) -> None:
    refresh_token = smtp_oauth.issue(ANN).refresh_token
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token, **CREDENTIALS}
    ask(smtp_oauth.token_endpoint, smtp.client_context(), form)

    [asked] = smtp_oauth.requests

    assert (asked.endpoint, asked.method, asked.status) == ("token", "POST", 200)
    assert asked.parameters == form
    assert refresh_token not in repr(asked)
    assert CREDENTIALS["client_secret"] not in repr((asked, smtp_oauth.client, smtp_oauth.registry))


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example"])
def test_foreign_host_names_are_refused(smtp: Served, smtp_oauth: OAuthServer, host: str) -> None:
    connection = HTTPSConnection(
        smtp_oauth.host, smtp_oauth.port, context=smtp.client_context(), timeout=PATIENCE
    )
    connection.request("GET", "/authorize", headers={"Host": host})

    assert connection.getresponse().status == 403
    connection.close()


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("GET /nowhere HTTP/1.1", 404),
        ("GET /authorize HTTP/1.1\r\nHost: localhost", 403),  # the second one
        ("DELETE /token HTTP/1.1", 405),
        ("nonsense", 400),
        ("POST /token HTTP/1.1\r\nContent-Length: 65537", 413),
        ("POST /token HTTP/1.1\r\nContent-Length: -1", 400),
    ],
)
def test_what_is_no_request_is_refused(
    smtp: Served, smtp_oauth: OAuthServer, request_line: str, status: int
) -> None:
    connection = socket.create_connection((smtp_oauth.host, smtp_oauth.port), timeout=PATIENCE)
    with smtp.client_context().wrap_socket(connection, server_hostname=smtp_oauth.host) as encrypted:
        encrypted.sendall(f"{request_line}\r\nHost: localhost\r\n\r\n".encode())

        assert encrypted.recv(4096).startswith(f"HTTP/1.1 {status} ".encode())


CODE = "response_type=code&client_id=sandbox-client&scope=smtp"


@pytest.mark.parametrize(
    "data",
    [
        "GET //[ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        f"GET /authorize?{CODE}&redirect_uri=http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        f"GET /authorize?{CODE.replace('=code', '=token')}&redirect_uri=//[ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
)
def test_what_is_no_address_is_refused(
    smtp: Served, smtp_oauth: OAuthServer, data: str, caplog: pytest.LogCaptureFixture
) -> None:
    connection = socket.create_connection((smtp_oauth.host, smtp_oauth.port), timeout=PATIENCE)
    with smtp.client_context().wrap_socket(connection, server_hostname=smtp_oauth.host) as encrypted:
        encrypted.sendall(data.encode())

        assert encrypted.recv(4096).startswith(b"HTTP/1.1 400 ")
    assert caplog.text == ""


def test_what_is_possible_instead_is_told(smtp: Served, smtp_oauth: OAuthServer) -> None:
    connection = socket.create_connection((smtp_oauth.host, smtp_oauth.port), timeout=PATIENCE)
    with smtp.client_context().wrap_socket(connection, server_hostname=smtp_oauth.host) as encrypted:
        encrypted.sendall(b"DELETE /token HTTP/1.1\r\nHost: localhost\r\n\r\n")

        assert b"\r\nAllow: GET, POST\r\n" in encrypted.recv(4096)


def test_a_form_may_come_in_chunks(smtp: Served, smtp_oauth: OAuthServer) -> None:
    form = b"grant_type=nothing-of-the-kind"
    head = b"POST /token HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    connection = socket.create_connection((smtp_oauth.host, smtp_oauth.port), timeout=PATIENCE)
    with smtp.client_context().wrap_socket(connection, server_hostname=smtp_oauth.host) as encrypted:
        encrypted.sendall(head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(form), form))

        assert b"unsupported_grant_type" in encrypted.recv(4096)


def test_a_failure_is_an_answer_and_logged(
    smtp: Served, smtp_oauth: OAuthServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: str) -> None:
        raise RuntimeError("of the sandbox itself")

    monkeypatch.setattr(dialects, "route", fail)
    connection = socket.create_connection((smtp_oauth.host, smtp_oauth.port), timeout=PATIENCE)
    with smtp.client_context().wrap_socket(connection, server_hostname=smtp_oauth.host) as encrypted:
        encrypted.sendall(b"GET /token HTTP/1.1\r\nHost: localhost\r\n\r\n")

        assert encrypted.recv(4096).startswith(b"HTTP/1.1 500 ")
    assert "of the sandbox itself" in caplog.text


def test_serve_opens_it_for_programs_in_other_languages(tmp_path: Path) -> None:
    ca_file = str(tmp_path / "ca.pem")
    with started("--json", "token-only:ssl", "--oauth", "0", "--ca-out", ca_file) as process:
        facts = json.loads(first_line(process))
        import ssl

        context = ssl.create_default_context(cafile=ca_file)
        oauth = facts["oauth"]
        form = {
            "grant_type": "password",
            "client_id": oauth["client_id"],
            "client_secret": oauth["client_secret"],
        }
        assert ask(oauth["token_endpoint"], context, form).json["error"] == "unsupported_grant_type"
        assert ask(oauth["google"]["token_endpoint"], context, form).status == 400
        [at] = facts["listeners"]
        with smtplib.SMTP_SSL(at["host"], at["port"], timeout=PATIENCE, context=context) as client:
            assert authenticate(client, "XOAUTH2", "ann@example.org", "a-token") == 535


def test_serve_with_a_fault(tmp_path: Path) -> None:
    import ssl

    ca_file = str(tmp_path / "ca.pem")
    arguments = ("--json", "--oauth", "0", "--oauth-fault", "AADSTS7000222", "--ca-out", ca_file)
    with started(*arguments) as process:
        endpoint = json.loads(first_line(process))["oauth"]["token_endpoint"]
        answer = ask(endpoint, ssl.create_default_context(cafile=ca_file), {})

    assert answer.json["error_codes"] == [7000222]


def test_serve_tells_people_where_it_is() -> None:
    with started("honest:ssl", "--oauth", "0") as process:
        said = [first_line(process) for _ in range(5)]

    assert said[3].startswith("OAuth: https://localhost:")
    assert said[4] == "OAuth client: sandbox-client / sandbox-secret\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--oauth", "0", "--oauth-fault", "no-such"], "no fault 'no-such'"),
        (["--oauth-fault", "500"], "--oauth-fault is about the server that --oauth opens"),
    ],
)
def test_wrong_arguments_end_with_2(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *arguments]) == 2

    assert reason in capsys.readouterr().err


def test_it_is_imported_without_a_warning_and_without_django() -> None:
    code = (
        "import sys, smtp_sandbox.oauth.server\n"
        "assert not {'django', 'wagtail', 'wagtail_partner_smtp', 'httpx', 'requests'} & set(sys.modules)"
    )

    done = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=PATIENCE
    )

    assert (done.returncode, done.stderr) == (0, "")
