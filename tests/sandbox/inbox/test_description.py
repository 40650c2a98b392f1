"""The OpenAPI description against what a running sandbox answers."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlencode

import pytest

from smtp_sandbox import Sandbox
from smtp_sandbox.inbox import Inbox
from smtp_sandbox.inbox.api import ROUTES, Route
from tests.sandbox.clients import connect, send

from .client import JSON, request

RULES = [
    {"verb": "RCPT", "reply": "451 4.7.1 Later", "times": 1},
    {"verb": "DATA", "after": 1, "drop": "fin"},
]
SECRET = "s3cret-s3cret-s3cret"
NOWHERE = {"number": 10**17, "attachment": 10**17, "id": 10**17}
KINDS: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}
KEYWORDS = {
    *("type", "enum", "minimum", "maximum", "items", "minItems", "maxItems"),
    *("required", "properties", "additionalProperties", "default", "description", "format"),
}


def faults_in(described: Any, schema: Any, value: Any, where: str = "$") -> list[str]:
    """Where a value is not what the schema says; no property may be unknown to it."""
    if "$ref" in schema:
        *_, name = schema["$ref"].split("/")
        return faults_in(described, described["components"]["schemas"][name], value, where)
    assert set(schema) <= KEYWORDS, where
    kinds = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
    if not any(is_a(kind, value) for kind in kinds):
        return [f"{where}: {value!r} is not {schema['type']}"]
    found = [] if value in schema.get("enum", [value]) else [f"{where}: {value!r} is not in enum"]
    if isinstance(value, int | float) and not schema.get("minimum", value) <= value <= schema.get(
        "maximum", value
    ):
        found.append(f"{where}: {value!r} is out of range")
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            found.append(f"{where}: {len(value)} items")
        for number, each in enumerate(value):
            found += faults_in(described, schema["items"], each, f"{where}[{number}]")
    if isinstance(value, dict) and ("properties" in schema or "additionalProperties" in schema):
        found += faults_in_object(described, schema, value, where)
    return found


def is_a(kind: str, value: Any) -> bool:
    # In Python True is a number.
    return isinstance(value, KINDS[kind]) and (kind == "boolean" or not isinstance(value, bool))


def faults_in_object(described: Any, schema: Any, value: dict[str, Any], where: str) -> list[str]:
    properties, others = schema.get("properties", {}), schema.get("additionalProperties")
    found = [f"{where}.{name} is missing" for name in schema.get("required", []) if name not in value]
    for name, each in value.items():
        if each_schema := properties.get(name, others):
            found += faults_in(described, each_schema, each, f"{where}.{name}")
        else:
            found.append(f"{where}.{name} is not described")
    return found


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """One that has a message with everything, and one with as little as possible."""
    letter = EmailMessage()
    letter["Subject"] = "Invoice"
    letter.set_content("Pay at https://pay.example/1")
    letter.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="bill.pdf")
    with Sandbox(users={"user": "pass"}) as sandbox:
        with connect(sandbox.starttls) as client:
            client.login("user", "pass")
            client.send_message(letter, "a@example.org", ["b@example.org"], mail_options=["BODY=8BITMIME"])
        send(sandbox.plain)
        yield sandbox


def description_of(inbox: Inbox) -> Any:
    with request(inbox, "GET", "/api/openapi.json") as response:
        return json.loads(response.read())


def operation_of(described: Any, route: Route) -> Any:
    return described["paths"][route.path][route.method.lower()]


def switch_on(inbox: Inbox) -> Any:
    with request(inbox, "POST", "/api/faults", {"rules": RULES}) as response:
        return json.loads(response.read())


def read_event(response: http.client.HTTPResponse) -> Any:
    while not (line := response.readline()).startswith(b"data: "):
        assert line
    return json.loads(line.removeprefix(b"data: "))


def check(described: Any, operation: Any, response: http.client.HTTPResponse) -> None:
    """That an answer has the media type and the content that its operation says."""
    [(kind, content)] = operation["responses"][str(response.status)]["content"].items()
    assert response.headers["Content-Type"] == kind
    schema = content["schema"]
    if kind == JSON:
        assert faults_in(described, schema, json.loads(response.read())) == []
    elif kind == "text/event-stream":
        assert schema["type"] == "string"
        assert faults_in(described, described["components"]["schemas"]["Summary"], read_event(response)) == []
    else:
        assert schema["type"] == "string"
        assert response.read()


def named(method: str, path: str) -> str:
    return f"{method} {path}"


every_route = pytest.mark.parametrize(
    "route", [pytest.param(route, id=named(route.method, route.path)) for route in ROUTES]
)


def test_paths_and_methods_are_those_of_the_routes_and_have_names_of_their_own(inbox: Inbox) -> None:
    described = description_of(inbox)

    operations = {
        (method.upper(), path): operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    }
    assert set(operations) == {(route.method, route.path) for route in ROUTES}
    assert len({operation["operationId"] for operation in operations.values()}) == len(ROUTES)
    assert {name for each in described["security"] for name in each} == set(
        described["components"]["securitySchemes"]
    )


@every_route
def test_an_answer_is_as_described(sandbox: Sandbox, inbox: Inbox, route: Route) -> None:
    described = description_of(inbox)
    numbers = {"number": sandbox.messages[0].number, "attachment": 0, "id": switch_on(inbox)["id"]}
    headers = {"Last_Event_ID": "0"} if route.path.endswith("/events") else {}
    body = {"rules": RULES} if route.body else None

    with request(inbox, route.method, route.path.format(**numbers), body, **headers) as response:
        assert response.status == 200
        check(described, operation_of(described, route), response)


def test_a_message_that_came_without_tls_and_login_is_as_described(sandbox: Sandbox, inbox: Inbox) -> None:
    described = description_of(inbox)

    with request(inbox, "GET", f"/api/messages/{sandbox.messages[1].number}") as response:
        check(described, described["paths"]["/api/messages/{number}"]["get"], response)


REFUSED = [(route, status) for route in ROUTES for status in (400, 403, *route.refusals)]


@pytest.mark.parametrize(
    ("route", "status"),
    [pytest.param(*each, id=f"{named(each[0].method, each[0].path)} {each[1]}") for each in REFUSED],
)
def test_a_refusal_is_as_described(inbox: Inbox, route: Route, status: int) -> None:
    described = description_of(inbox)
    path = route.path.format(**NOWHERE)
    body: Any = {"rules": [], "port": 1} if route.body else None
    headers = {}
    if status == 400:
        path += "?colour=red"
    elif status == 403:
        headers["Origin"] = "http://evil.example"
    elif status == 404 and "port" in route.query:
        path += "?port=1"
    elif status == 408:
        path += "?timeout=0&to=nobody@example.org"
    elif status == 413:
        body = b" " * 65537
    elif status == 415:
        headers["Content_Type"] = "text/plain"

    with request(inbox, route.method, path, body, **headers) as response:
        assert response.status == status
        check(described, operation_of(described, route), response)


@every_route
@pytest.mark.parametrize("kind", [JSON, "text/plain"])
def test_no_status_is_left_out(inbox: Inbox, route: Route, kind: str) -> None:
    described = operation_of(description_of(inbox), route)
    body = {"rules": [], "port": 1} if route.body else None

    with request(inbox, route.method, route.path.format(**NOWHERE), body, Content_Type=kind) as response:
        assert str(response.status) in described["responses"]


@every_route
def test_other_refusals_are_errors_too(inbox: Inbox, route: Route) -> None:
    described = description_of(inbox)

    with request(inbox, "PUT", route.path.format(**NOWHERE)) as response:
        assert response.status == 405
        schema = operation_of(described, route)["responses"]["default"]["content"][JSON]["schema"]
        assert faults_in(described, schema, json.loads(response.read())) == []


def test_without_its_token_each_route_says_403_and_with_it_not(sandbox: Sandbox) -> None:
    inbox = Inbox(sandbox)
    inbox.open(host="localhost", token=SECRET)

    def statuses(**headers: str) -> set[int]:
        # None of these changes anything before it is refused.
        answers = (
            request(inbox, route.method, f"{route.path.format(**NOWHERE)}?colour=red", **headers)
            for route in ROUTES
        )
        return {response.status for response in answers}

    assert statuses() == {403}
    assert statuses(Authorization=f"Bearer {SECRET}") == {400}


NUMBERS = [
    (route, each)
    for route in ROUTES
    for each in route.describe()["parameters"]
    if each["schema"]["type"] == "integer" and each["in"] != "path"
]


@pytest.mark.parametrize(
    ("route", "parameter"),
    [pytest.param(*each, id=f"{named(each[0].method, each[0].path)} {each[1]['name']}") for each in NUMBERS],
)
def test_a_number_is_taken_from_its_minimum_to_its_maximum(
    sandbox: Sandbox, inbox: Inbox, route: Route, parameter: Any
) -> None:
    def status(number: int) -> int:
        query, headers = "?timeout=0" if route.path.endswith("/wait") else "?", {}
        if parameter["in"] == "header":
            headers[parameter["name"]] = str(number)
        else:
            query += f"&{parameter['name']}={number}"
        with request(inbox, route.method, route.path + query, **headers) as response:
            return response.status

    least, most = parameter["schema"]["minimum"], parameter["schema"]["maximum"]
    assert [status(number) == 400 for number in (least - 1, least, most, most + 1)] == [
        True,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize("path", ["/api/messages", "/api/messages/wait"])
def test_a_default_is_what_is_done_without_it(inbox: Inbox, path: str) -> None:
    parameters = description_of(inbox)["paths"][path]["get"]["parameters"]
    given = {each["name"]: each["schema"]["default"] for each in parameters if "default" in each["schema"]}

    with (
        request(inbox, "GET", path) as without,
        request(inbox, "GET", f"{path}?{urlencode(given)}") as with_it,
    ):
        assert without.read() == with_it.read()


def test_a_rule_that_is_on_shows_each_field_that_is_described(inbox: Inbox) -> None:
    schema = description_of(inbox)["components"]["schemas"]["SwitchedRule"]

    [at, *_] = switch_on(inbox)["listeners"]

    assert {name for rule in at["rules"] for name in rule} == set(schema["properties"])


def test_each_default_of_a_rule_is_what_it_has_without(inbox: Inbox) -> None:
    properties = description_of(inbox)["components"]["schemas"]["Rule"]["properties"]
    defaults = {name: each["default"] for name, each in properties.items() if "default" in each}

    [at, *_] = switch_on(inbox)["listeners"]

    assert at["rules"][0] | defaults == at["rules"][0]
