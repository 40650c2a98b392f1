"""Every fault does what its name says, as often as it is told to."""

from __future__ import annotations

import gzip
import http.client
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode, urlsplit

import pytest

from smtp_sandbox import Fault
from smtp_sandbox.oauth.catalogue import FAULTS, fault_named
from smtp_sandbox.oauth.faults import ABSENT
from smtp_sandbox.oauth.replies import GoogleError, MicrosoftError, Raw
from smtp_sandbox.oauth.server import OAuthServer
from smtp_sandbox.pytest_plugin import Served
from tests.support.stopwatch import PATIENCE

from .asking import CREDENTIALS, Answer, ask, authorization_url, new_verifier, returned
from .test_vendors import assert_microsofts

ANN = "ann@example.org"
ODD = [fault for fault in FAULTS.values() if fault.changes]
NUMBERED = [fault for fault in FAULTS.values() if isinstance(fault.reply, MicrosoftError)]
GOOGLES = [
    fault for fault in FAULTS.values() if isinstance(fault.reply, GoogleError) and fault.endpoint == "token"
]
ALWAYS_THE_SAME = [
    fault
    for fault in FAULTS.values()
    if isinstance(fault.reply, Raw) and fault.endpoint == "token" and not fault.endless
]


def name_of(fault: Fault) -> str:
    return fault.name


def refresh(smtp: Served, server: OAuthServer) -> Answer:
    form = {"grant_type": "refresh_token", "refresh_token": server.issue(ANN).refresh_token, **CREDENTIALS}
    return ask(server.token_endpoint, smtp.client_context(), form)


def raw_request(smtp: Served, server: OAuthServer) -> ssl.SSLSocket:
    """Connected, and the request is sent."""
    form = {"grant_type": "refresh_token", "refresh_token": server.issue(ANN).refresh_token, **CREDENTIALS}
    body = urlencode(form).encode()
    connection = socket.create_connection((server.host, server.port), timeout=PATIENCE)
    connection = smtp.client_context().wrap_socket(connection, server_hostname=server.host)
    path = urlsplit(server.token_endpoint).path
    head = f"POST {path} HTTP/1.1\r\nHost: {server.host}\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)
    return connection


@pytest.mark.parametrize("fault", NUMBERED, ids=name_of)
def test_microsofts_errors_have_its_shape(smtp: Served, smtp_oauth: OAuthServer, fault: Fault) -> None:
    smtp_oauth.fail(fault.name)

    assert isinstance(fault.reply, MicrosoftError)
    assert fault.name == f"oauth:AADSTS{fault.reply.number}"
    assert_microsofts(refresh(smtp, smtp_oauth), fault.reply.number)
    assert smtp_oauth.requests[0].fault == fault.name


@pytest.mark.parametrize("fault", GOOGLES, ids=name_of)
def test_googles_errors_have_its_words(smtp: Served, smtp_oauth: OAuthServer, fault: Fault) -> None:
    smtp_oauth.fail(fault.name)

    answer = refresh(smtp, smtp_oauth)

    assert isinstance(fault.reply, GoogleError)
    assert (answer.status, answer.json["error"]) == (fault.reply.status, fault.reply.error)
    assert answer.json.get("error_description", "") == fault.reply.text


@pytest.mark.parametrize("fault", ODD, ids=name_of)
def test_an_odd_answer_is_a_good_one_but_for_what_is_odd(
    smtp: Served, smtp_oauth: OAuthServer, fault: Fault
) -> None:
    smtp_oauth.fail(fault.name)

    answer = refresh(smtp, smtp_oauth)

    honest = {"token_type": "Bearer", "scope": "smtp", "expires_in": 3600, **fault.changes}
    wanted = {name: value for name, value in honest.items() if value is not ABSENT}
    assert answer.status == 200
    assert {name: answer.json[name] for name in wanted} == wanted
    assert not {name for name, value in fault.changes.items() if value is ABSENT} & set(answer.json)


@pytest.mark.parametrize("fault", ALWAYS_THE_SAME, ids=name_of)
def test_an_answer_of_octets_is_given_as_it_is(smtp: Served, smtp_oauth: OAuthServer, fault: Fault) -> None:
    smtp_oauth.fail(fault.name)

    answer = refresh(smtp, smtp_oauth)

    assert isinstance(fault.reply, Raw)
    assert (answer.status, answer.body) == (fault.reply.status, fault.reply.body)
    assert answer.headers["Content-Type"] == fault.reply.kind
    assert [answer.headers[name] for name, _ in fault.reply.headers] == [v for _, v in fault.reply.headers]


def test_what_is_too_long_is_so() -> None:
    def size(name: str, read: Callable[[bytes], bytes] = bytes) -> int:
        reply = fault_named(name).reply
        assert isinstance(reply, Raw)
        return len(read(reply.body))

    assert size("too-long") > 65536
    assert size("gzip") < 65536
    assert size("gzip", gzip.decompress) > 10 * 1024**2


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("drop", http.client.RemoteDisconnected),
        ("reset", ConnectionResetError),
        ("drop-in-body", http.client.IncompleteRead),
    ],
)
def test_the_connection_ends_where_it_is_told_to(
    smtp: Served, smtp_oauth: OAuthServer, name: str, error: type[Exception]
) -> None:
    smtp_oauth.fail(name)

    with pytest.raises(error):
        refresh(smtp, smtp_oauth)


@pytest.mark.parametrize(("name", "octets"), [("drop", 0), ("drop-in-headers", 40)])
def test_so_much_of_the_answer_is_sent_before_the_end(
    smtp: Served, smtp_oauth: OAuthServer, name: str, octets: int
) -> None:
    smtp_oauth.fail(name)
    received = b""

    with raw_request(smtp, smtp_oauth) as connection:
        while part := connection.recv(4096):
            received += part

    assert len(received) == octets


def test_an_endless_answer_goes_on(smtp: Served, smtp_oauth: OAuthServer) -> None:
    smtp_oauth.fail("endless")
    received = 0

    with raw_request(smtp, smtp_oauth) as connection:
        while received < 1_000_000:
            received += len(connection.recv(65536))


def test_a_slow_octet_comes_alone(smtp: Served, smtp_oauth: OAuthServer) -> None:
    smtp_oauth.fail("drip")

    with raw_request(smtp, smtp_oauth) as connection:
        assert [connection.recv(4096) for _ in range(3)] == [b"H", b"T", b"T"]


@pytest.mark.parametrize(("name", "seconds"), [("clock-ahead", 3600), ("clock-behind", -3600)])
def test_a_clock_is_wrong(smtp: Served, smtp_oauth: OAuthServer, name: str, seconds: int) -> None:
    smtp_oauth.fail(name)

    answer = refresh(smtp, smtp_oauth)

    ahead = parsedate_to_datetime(answer.headers["Date"]) - datetime.now(UTC)
    assert answer.status == 200
    assert abs(ahead.total_seconds() - seconds) < PATIENCE


def test_a_held_answer_is_given_when_it_is_released(smtp: Served, smtp_oauth: OAuthServer) -> None:
    held = smtp_oauth.fail("hang", times=1)
    with ThreadPoolExecutor() as pool:
        waiting: Future[Answer] = pool.submit(refresh, smtp, smtp_oauth)
        smtp_oauth.wait_for_requests(1, timeout=PATIENCE)
        assert (waiting.done(), smtp_oauth.requests[0].status) == (False, None)

        held.release()

        assert waiting.result(PATIENCE).status == 200
    assert smtp_oauth.requests[0].status == 200


def test_the_sandbox_does_not_wait_for_what_is_held(smtp: Served, smtp_oauth: OAuthServer) -> None:
    smtp_oauth.fail("hang")
    with raw_request(smtp, smtp_oauth) as connection:
        smtp_oauth.wait_for_requests(1, timeout=PATIENCE)
        smtp_oauth.disconnect()

        assert connection.recv(1) == b""


def test_a_fault_is_met_as_often_as_it_is_told(smtp: Served, smtp_oauth: OAuthServer) -> None:
    trouble = smtp_oauth.fail("AADSTS90033", skip=1, times=2)

    assert [refresh(smtp, smtp_oauth).status for _ in range(4)] == [200, 503, 503, 200]
    assert trouble.met == 2


def test_a_fault_may_be_about_one_grant_type(smtp: Served, smtp_oauth: OAuthServer) -> None:
    trouble = smtp_oauth.fail("500", grant_type="client_credentials")
    form = {"grant_type": "client_credentials", "scope": "smtp", **CREDENTIALS}

    statuses = [
        refresh(smtp, smtp_oauth).status,
        ask(smtp_oauth.token_endpoint, smtp.client_context(), form).status,
    ]

    assert (statuses, trouble.met) == ([200, 500], 1)
    assert [each.grant_type for each in smtp_oauth.token_requests("client_credentials")] == [
        "client_credentials"
    ]


def test_a_fault_of_your_own(smtp: Served, smtp_oauth: OAuthServer) -> None:
    mine = Fault(name="teapot", reply=Raw(b"short and stout", status=418), headers=[("X-Handle", "here")])
    smtp_oauth.fail(mine)

    answer = refresh(smtp, smtp_oauth)

    assert (answer.status, answer.body, answer.headers["X-Handle"]) == (418, b"short and stout", "here")


def test_faults_end_when_the_list_is_cleared(smtp: Served, smtp_oauth: OAuthServer) -> None:
    smtp_oauth.fail("500")
    smtp_oauth.faults.clear()

    assert refresh(smtp, smtp_oauth).status == 200


@pytest.mark.parametrize("name", ["denied", "AADSTS65004", "google-denied"])
def test_a_person_may_say_no(smtp: Served, smtp_oauth: OAuthServer, name: str) -> None:
    smtp_oauth.fail(name)

    answer = ask(authorization_url(smtp_oauth, new_verifier()), smtp.client_context())

    assert answer.status == 302
    back = returned(answer.headers["Location"])
    assert (back["error"], back["state"], "code" in back) == ("access_denied", "a-state", False)


@pytest.mark.parametrize("name", ["revocation-503", "google-revoked"])
def test_revocation_may_fail(smtp: Served, smtp_oauth: OAuthServer, name: str) -> None:
    smtp_oauth.fail(name)
    form = {"token": smtp_oauth.issue(ANN).refresh_token, **CREDENTIALS}

    answer = ask(smtp_oauth.revocation_endpoint, smtp.client_context(), form)

    assert answer.status == (503 if name == "revocation-503" else 400)


def test_an_unknown_fault_is_named_with_its_like(smtp_oauth: OAuthServer) -> None:
    with pytest.raises(KeyError, match="AADSTS7000222"):
        smtp_oauth.fail("oauth:AADSTS700022")


@pytest.mark.parametrize("certificate", ["expired", "wrong-host", "untrusted"])
def test_it_shows_another_certificate(smtp: Served, smtp_oauth: OAuthServer, certificate: str) -> None:
    smtp_oauth.use_certificate(certificate)

    with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
        ask(smtp_oauth.token_endpoint, smtp.client_context())
    smtp_oauth.use_certificate("good")
    assert ask(smtp_oauth.token_endpoint, smtp.client_context()).status == 400


def test_each_fault_has_a_name_of_its_own_and_says_what_it_does() -> None:
    assert all(name == fault.name and fault.summary for name, fault in FAULTS.items())
    covered = {fault.name for fault in (*NUMBERED, *GOOGLES, *ODD, *ALWAYS_THE_SAME)}
    assert set(FAULTS) - covered == {
        f"oauth:{name}"
        for name in (
            "slow",
            "hang",
            "drip",
            "drop",
            "reset",
            "drop-in-headers",
            "drop-in-body",
            "endless",
            "clock-ahead",
            "clock-behind",
            "denied",
            "AADSTS65004",
            "google-denied",
            "revocation-503",
            "google-revoked",
        )
    }
