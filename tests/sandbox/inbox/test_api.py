"""The JSON API: what it does, what it describes, and whom it does not answer."""

from __future__ import annotations

import http.client
import json
import re
import smtplib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from email.message import EmailMessage
from typing import Any

import pytest

from smtp_sandbox import Rule, Sandbox, on
from smtp_sandbox.inbox import Inbox
from smtp_sandbox.inbox.api import ROUTES
from smtp_sandbox.inbox.description import RULE
from tests.sandbox.clients import connect, send

from .client import JSON, request


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(users={"user": "pass"}) as sandbox:
        yield sandbox


def ask(inbox: Inbox, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    with request(inbox, method, f"/api/{path}", body, **headers) as response:
        return response.status, json.loads(response.read())


def get(inbox: Inbox, path: str) -> Any:
    status, value = ask(inbox, "GET", path)
    assert status == 200, value
    return value


def letter() -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = "Invoice"
    message.set_content("Pay at https://pay.example/1")
    message.add_alternative("<p>Pay</p>", subtype="html")
    message.add_attachment(b"\x00%PDF", maintype="application", subtype="pdf", filename="ü.pdf")
    return message


def test_messages_are_listed_searched_and_paged(sandbox: Sandbox, inbox: Inbox) -> None:
    for name in ("ann", "ben", "cem"):
        send(sandbox.plain, to=f"{name}@example.org")
    first, *_ = sandbox.messages

    def found(query: str) -> tuple[int, list[str]]:
        answer = get(inbox, f"messages{query}")
        return answer["total"], [each["rcpt_tos"][0][:3] for each in answer["messages"]]

    assert found("") == (3, ["ann", "ben", "cem"])
    assert found("?limit=1&offset=1") == (3, ["ben"])
    assert found("?q=BEN") == (1, ["ben"])
    assert found("?to=CEM@example.org&from=a@example.org&subject=Hello") == (1, ["cem"])
    assert found("?subject=Hell") == (0, [])
    assert found(f"?after={first.number}") == (2, ["ben", "cem"])


def test_a_message_in_full_raw_and_by_its_attachments(sandbox: Sandbox, inbox: Inbox) -> None:
    with connect(sandbox.starttls) as client:
        client.login("user", "pass")
        client.send_message(letter(), "a@example.org", ["b@example.org"])
    [message] = sandbox.messages
    path = f"messages/{message.number}"

    value = get(inbox, path)

    assert (value["mail_from"], value["rcpt_tos"], value["subject"]) == (
        "a@example.org",
        ["b@example.org"],
        "Invoice",
    )
    assert ["Subject", "Invoice"] in value["headers"]
    assert (value["text"].strip(), value["html"].strip()) == ("Pay at https://pay.example/1", "<p>Pay</p>")
    assert value["links"] == ["https://pay.example/1"]
    assert value["attachments"] == [{"name": "ü.pdf", "type": "application/pdf", "size": 5}]
    assert (value["session"]["user"], value["listener"]["mode"]) == ("user", "starttls")
    assert ["C", "AUTH PLAIN ****"] in value["session"]["transcript"]
    assert value["size"] == len(message.data)
    with (
        request(inbox, "GET", f"/api/{path}/raw") as raw,
        request(inbox, "GET", f"/api/{path}/attachments/0") as attachment,
    ):
        assert (raw.read(), attachment.read()) == (message.data, b"\x00%PDF")
        assert raw.headers["Content-Disposition"].startswith("attachment;")
    assert ask(inbox, "GET", f"{path}/attachments/1") == (404, {"error": "no such attachment"})


def test_waiting_gets_what_is_there_and_what_comes_and_takes_it_from_nobody(
    sandbox: Sandbox, inbox: Inbox
) -> None:
    with ThreadPoolExecutor() as pool:
        coming = pool.submit(get, inbox, "messages/wait?to=b@example.org&timeout=30")
        send(sandbox.plain, to="other@example.org")
        send(sandbox.plain)
        number = coming.result()["number"]

    assert get(inbox, "messages/wait?to=b@example.org")["number"] == number
    assert sandbox.wait_for_message(to="b@example.org").number == number
    status, value = ask(inbox, "GET", f"messages/wait?after={number}&timeout=0")
    assert (status, value) == (408, {"error": "no such message within 0 s"})
    assert sandbox.journal._waiting == []


def test_messages_are_deleted(sandbox: Sandbox, inbox: Inbox) -> None:
    for _ in range(3):
        send(sandbox.plain)
    path = f"messages/{sandbox.messages[0].number}"

    assert ask(inbox, "DELETE", path) == (200, {})
    assert ask(inbox, "DELETE", path) == (404, {"error": "no such message"})
    assert len(sandbox.messages) == 2
    assert ask(inbox, "DELETE", "messages") == (200, {})
    assert len(sandbox.messages) == 0


def recipient_code(listener: Any) -> int:
    with connect(listener) as client:
        client.ehlo()
        client.mail("a@example.org")
        return client.rcpt("b@example.org")[0]


def test_faults_are_switched_on_and_off_while_it_runs(sandbox: Sandbox, inbox: Inbox) -> None:
    rule = {"verb": "RCPT", "match": "*b@*", "reply": "451 4.7.1 Later", "times": 1}
    with connect(sandbox.plain) as client:
        client.ehlo()
        client.mail("a@example.org")
        status, value = ask(inbox, "POST", "faults", {"port": sandbox.plain.port, "rules": [rule]})
        assert status == 200
        # In the session that is open, too.
        assert [client.rcpt(f"{name}@example.org")[0] for name in "abb"] == [250, 451, 250]

    [at] = value["listeners"]
    assert at["port"] == sandbox.plain.port
    assert at["rules"][0] | rule | {"id": value["id"]} == at["rules"][0]
    assert [len(each["rules"]) for each in get(inbox, "faults")] == [1, 0, 0]
    assert sandbox.plain.faults == 1

    ask(inbox, "POST", "faults", {"rules": [{"verb": "RCPT", "reply": "550 5.1.1 No"}]})
    assert [recipient_code(each) for each in (sandbox.plain, sandbox.ssl)] == [550, 550]
    assert ask(inbox, "DELETE", "faults") == (200, {})
    assert recipient_code(sandbox.plain) == 250


def switched_on(inbox: Inbox, **fault: Any) -> int:
    status, value = ask(inbox, "POST", "faults", fault)
    assert status == 200, value
    assert isinstance(value["id"], int)
    return value["id"]


def code_for(listener: Any, name: str) -> int:
    with connect(listener) as client:
        client.ehlo()
        client.mail("a@example.org")
        return client.rcpt(f"{name}@example.org")[0]


def test_tests_that_run_at_the_same_time_have_faults_of_their_own(sandbox: Sandbox, inbox: Inbox) -> None:
    def rule(name: str) -> dict[str, str]:
        return {"verb": "RCPT", "match": f"*<{name}@*", "reply": "451 4.7.1 Later"}

    ids = {name: switched_on(inbox, add=True, rules=[rule(name)]) for name in ("ann", "ben")}
    assert len(set(ids.values())) == 2
    assert [[each["id"] for each in at["rules"]] for at in get(inbox, "faults")] == [[*ids.values()]] * 3

    assert [code_for(sandbox.ssl, name) for name in ("ann", "ben", "cem")] == [451, 451, 250]
    assert ask(inbox, "DELETE", f"faults/{ids['ann']}") == (200, {})
    assert [code_for(at, name) for at in sandbox.listeners for name in ("ann", "ben")] == [250, 451] * 3
    assert ask(inbox, "DELETE", f"faults/{ids['ann']}") == (404, {"error": "no such fault"})
    switched_on(inbox, rules=[rule("cem")])
    assert [code_for(sandbox.ssl, name) for name in ("ben", "cem")] == [250, 451]


def test_all_faults_of_one_listener_are_switched_off(sandbox: Sandbox, inbox: Inbox) -> None:
    everywhere = switched_on(inbox, rules=[{"verb": "RCPT", "reply": "451 4.7.1 Later"}])

    assert ask(inbox, "DELETE", f"faults?port={sandbox.ssl.port}") == (200, {})
    assert [recipient_code(at) for at in (sandbox.plain, sandbox.ssl)] == [451, 250]
    assert ask(inbox, "DELETE", "faults?port=1") == (404, {"error": "no listener has that port"})
    assert ask(inbox, "DELETE", f"faults/{everywhere}") == (200, {})
    assert recipient_code(sandbox.plain) == 250


def test_in_python_rules_are_added_and_taken_back(sandbox: Sandbox) -> None:
    rule = on("RCPT", match="*<b@*", times=1, reply="451 4.7.1 Later")
    at = sandbox.plain
    first = at.switch(rule)
    second = at.switch(on("RCPT", match="*<c@*", reply="550 5.1.1 No"), add=True)
    codes = [code_for(at, name) for name in "bbc"]
    met = at.faults
    third = at.switch(rule, add=True)

    assert codes == [451, 250, 550]
    assert met == 2
    assert [code_for(at, name) for name in "bbc"] == [451, 250, 550]
    assert [at.switch_off(number) for number in (second, second, first, third)] == [True, False, True, True]
    assert at.switched_on == ()


def test_what_is_switched_on_is_counted_anew_and_goes_with_a_reset(sandbox: Sandbox) -> None:
    once = on("RCPT", times=1, reply="451 4.7.1 Later")
    codes = []
    for _ in range(2):
        sandbox.plain.switch(once)
        codes += [recipient_code(sandbox.plain), recipient_code(sandbox.plain)]
    sandbox.plain.switch(on("RCPT", reply="550 5.1.1 No"))
    sandbox.plain.reset()

    assert [*codes, recipient_code(sandbox.plain)] == [451, 250, 451, 250, 250]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        ([], "rules"),
        ({}, "rules"),
        ({"rules": {}}, "rules"),
        ({"rules": [], "ports": 1}, "rules"),
        ({"rules": [], "port": "1"}, "port is not of type integer"),
        ({"rules": [], "port": True}, "port is not of type integer"),
        ({"rules": [], "add": 1}, "add is not of type boolean"),
        ({"rules": ["RCPT"]}, "verb"),
        ({"rules": [{"reply": "550 No"}]}, "verb"),
        ({"rules": [{"verb": "RCPT", "colour": 1}]}, "verb"),
        ({"rules": [{"verb": "RCPT"}]}, "at least one of"),
        ({"rules": [{"verb": "LUNCH", "hang": True}]}, "verb is none of"),
        ({"rules": [{"verb": "RCPT", "hang": 1}]}, "hang is not of type boolean"),
        ({"rules": [{"verb": "RCPT", "reply": 550}]}, "reply is not of type string"),
        ({"rules": [{"verb": "RCPT", "delay": -1}]}, "delay is less than 0"),
        ({"rules": [{"verb": "RCPT", "hang": True, "times": 0}]}, "times is less than 1"),
        ({"rules": [{"verb": "RCPT", "delay": float("nan")}]}, "NaN is no finite number"),
        (b'{"rules": [{"verb": "RCPT", "delay": 1e400}]}', "1e400 is no finite number"),
        (b'{"rules": [{"verb": "RCPT", "delay": -Infinity}]}', "-Infinity is no finite number"),
        ({"rules": [{"verb": "RCPT", "delay": True}]}, "delay is not of type number"),
        ({"rules": [{"verb": "RCPT", "drop": "out"}]}, "drop is none of"),
        ({"rules": [{"verb": "RCPT", "hang": True, "times": 1.5}]}, "times is not of type integer"),
        ({"rules": [{"verb": "TLS", "hang": True, "answered": True}]}, "not answered"),
    ],
)
def test_a_rule_that_is_none_switches_nothing_on(
    sandbox: Sandbox, inbox: Inbox, body: Any, reason: str
) -> None:
    status, value = ask(inbox, "POST", "faults", body)

    assert status == 400
    assert reason in value["error"]
    assert all(listener.switched_on == () for listener in sandbox.listeners)


def test_a_port_without_a_listener_is_told(inbox: Inbox) -> None:
    assert ask(inbox, "POST", "faults", {"rules": [], "port": 1}) == (
        404,
        {"error": "no listener has that port"},
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Host": "evil.example"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "messages"),
        ("GET", "messages/wait"),
        ("GET", "events"),
        ("DELETE", "messages"),
        ("POST", "faults"),
    ],
)
def test_a_page_of_another_website_gets_and_changes_nothing(
    sandbox: Sandbox, inbox: Inbox, method: str, path: str, headers: dict[str, str]
) -> None:
    send(sandbox.plain)
    body = {"rules": [{"verb": "RCPT", "hang": True}]} if method == "POST" else None

    with request(inbox, method, f"/api/{path}", body, **headers) as response:
        assert response.status == 403
        assert response.headers["Access-Control-Allow-Origin"] is None
    assert len(sandbox.messages) == 1
    assert sandbox.plain.switched_on == ()


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_what_a_form_can_send_is_no_rule(sandbox: Sandbox, inbox: Inbox, kind: str) -> None:
    body = {"rules": [{"verb": "RCPT", "hang": True}]}

    assert ask(inbox, "POST", "faults", body, Content_Type=kind)[0] == 415
    assert sandbox.plain.switched_on == ()


def test_our_own_page_is_answered(inbox: Inbox) -> None:
    origin = inbox.url.rstrip("/")

    assert ask(inbox, "POST", "faults", {"rules": []}, Origin=origin, Sec_Fetch_Site="same-origin")[0] == 200
    assert ask(inbox, "GET", "messages", Content_Type="", Sec_Fetch_Site="none")[0] == 200


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "POST"])
def test_other_methods_are_refused_without_a_word_on_origins(inbox: Inbox, method: str) -> None:
    with request(inbox, method, "/api/messages") as response:
        assert response.status == 405
        assert not [name for name in response.headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        *(("nothing", 404), ("messages/x", 404), ("messages/99999999", 404), ("messages/1/raw/2", 404)),
        *(("messages?limit=x", 400), ("messages?limit=-1", 400), ("messages?colour=red", 400)),
        *(("messages/wait?timeout=x", 400), ("messages/wait?after=", 400)),
    ],
)
def test_what_is_wrong_is_told_as_json(inbox: Inbox, path: str, status: int) -> None:
    told, value = ask(inbox, "GET", path)

    assert told == status
    assert list(value) == ["error"]


def test_with_a_token_it_needs_that(sandbox: Sandbox) -> None:
    inbox = Inbox(sandbox)
    inbox.open(host="0.0.0.0")  # noqa: S104

    with request(inbox, "GET", "/api/messages") as response:
        assert response.status == 403
    assert ask(inbox, "GET", "messages", Authorization=f"Bearer {inbox.token}")[0] == 200


def read_event(response: http.client.HTTPResponse) -> dict[str, str]:
    lines = []
    while line := response.readline().decode().strip():
        lines.append(line)
    return dict(re.split(r": ?", line, maxsplit=1) for line in lines)


def test_each_message_is_an_event(sandbox: Sandbox, inbox: Inbox) -> None:
    send(sandbox.plain, to="before@example.org")
    with request(inbox, "GET", "/api/events") as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        assert read_event(response) == {"": "listening"}
        for name in ("ann", "ben"):
            send(sandbox.plain, to=f"{name}@example.org")
            event = read_event(response)
            assert event["event"] == "message"
            assert json.loads(event["data"])["rcpt_tos"] == [f"{name}@example.org"]
            assert event["id"] == str(sandbox.messages[-1].number)


def test_events_begin_where_one_says_and_end_with_the_sandbox(
    sandbox: Sandbox, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    send(sandbox.plain)
    with request(inbox, "GET", "/api/events?after=0") as response:
        read_event(response)
        assert json.loads(read_event(response)["data"])["subject"] == "Hello"
        sandbox.stop()

        assert response.readline() == b""
    assert caplog.text == ""


def test_the_description_has_every_route_and_each_field_of_a_rule(inbox: Inbox) -> None:
    described = get(inbox, "openapi.json")

    assert described["openapi"] == "3.1.0"
    operations = {(method.upper(), path) for path, each in described["paths"].items() for method in each}
    assert operations == {(route.method, route.path) for route in ROUTES}
    for path, each in described["paths"].items():
        for operation in each.values():
            assert operation["summary"].endswith(".")
            in_path = [one["name"] for one in operation["parameters"] if one["in"] == "path"]
            assert in_path == re.findall(r"\{(\w+)\}", path)
    assert set(RULE) == {field.name for field in fields(Rule)}
    schemas = described["components"]["schemas"]
    schema = described["paths"]["/api/faults"]["post"]["requestBody"]["content"][JSON]["schema"]
    assert schema == {"$ref": "#/components/schemas/Faults"}
    assert schemas["Faults"]["properties"]["rules"]["items"] == {"$ref": "#/components/schemas/Rule"}
    assert set(schemas["Rule"]["properties"]) == set(RULE)


def test_a_connection_is_dropped_where_a_fault_says_so(sandbox: Sandbox, inbox: Inbox) -> None:
    ask(inbox, "POST", "faults", {"rules": [{"verb": "NOOP", "drop": "fin"}]})
    with connect(sandbox.plain) as client, pytest.raises(smtplib.SMTPServerDisconnected):
        client.noop()


def test_rules_that_no_client_can_meet_are_refused(sandbox: Sandbox, inbox: Inbox) -> None:
    handshake = {"rules": [{"verb": "TLS", "drop": "fin"}]}
    status, value = ask(inbox, "POST", "faults", {**handshake, "port": sandbox.plain.port})
    assert (status, sandbox.plain.switched_on) == (400, ())
    assert "no client can meet on('TLS', ...)" in value["error"]

    # Somebody can, at one of them.
    assert ask(inbox, "POST", "faults", handshake)[0] == 200
