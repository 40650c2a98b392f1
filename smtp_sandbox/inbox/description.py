"""What the JSON API takes and answers, as OpenAPI 3.1 has it; the routes are in ``api``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any, TypeAlias, get_args

from ..profiles import Mode
from ..rules import VERBS, Drop, Rule, Scope
from ..web_server import LARGEST_BODY

Json: TypeAlias = Any

NUMBER = "[0-9]{1,18}"
LONGEST_WAIT = 50.0  # seconds


def ref(name: str) -> Json:
    """A schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def list_of(name: str) -> Json:
    """A list of what has that schema."""
    return {"type": "array", "items": ref(name)}


def _object(*optional: str, **properties: Json) -> Json:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "required": required, "properties": properties}


def _pairs(description: str) -> Json:
    pair = {"type": "array", "items": TEXT, "minItems": 2, "maxItems": 2, "description": description}
    return {"type": "array", "items": pair}


TEXT: Json = {"type": "string"}
OCTETS: Json = {"type": "string", "format": "binary"}
DESCRIPTION: Json = {"type": "object", "description": "this description"}
STREAM: Json = {
    "type": "string",
    "description": "events of the type message: the id is its number, the data a Summary as JSON",
}
_TEXTS: Json = {"type": "array", "items": TEXT}
_TEXT_OR_NULL: Json = {"type": ["string", "null"]}
_OPTIONS: Json = {"type": "object", "additionalProperties": TEXT}
_COUNT: Json = {"type": "integer", "minimum": 0}
_NUMBER: Json = {**_COUNT, "maximum": 10**18 - 1}
_FLAG: Json = {"type": "boolean"}

_FOUND: dict[str, Json] = {
    "q": {**TEXT, "description": "words in sender, recipients or subject"},
    "to": TEXT,
    "from": TEXT,
    "subject": TEXT,
    "after": {**_NUMBER, "default": 0, "description": "the number of a message; only later ones"},
}
LISTED = {**_FOUND, "offset": {**_NUMBER, "default": 0}, "limit": {**_NUMBER, "default": 50}}
AWAITED = {
    **_FOUND,
    "timeout": {**_NUMBER, "default": 5, "description": f"seconds; more than {LONGEST_WAIT:g} are as many"},
}
HEARD = {"after": {**_NUMBER, "description": "the number of a message; without it what comes from now on"}}
SWITCHED_OFF = {"port": {**_NUMBER, "description": "of the listener; without it all listeners"}}

_DEFAULTS = {field.name: field.default for field in fields(Rule) if field.name != "verb"}
_KINDS: dict[str, Json] = {
    "verb": {"type": "string", "enum": sorted(VERBS)},
    "match": TEXT,
    "grouped": _FLAG,
    "reply": TEXT,
    "delay": {"type": "number", "minimum": 0},
    "hang": _FLAG,
    "drop": {"type": "string", "enum": list(get_args(Drop))},
    "answered": _FLAG,
    "after": _COUNT,
    "times": {"type": "integer", "minimum": 1},
    "skip": _COUNT,
    "per": {"type": "string", "enum": list(get_args(Scope))},
}
RULE: dict[str, Json] = {
    name: kind if _DEFAULTS.get(name) is None else {**kind, "default": _DEFAULTS[name]}
    for name, kind in _KINDS.items()
}
FAULTS: Json = {
    **_object(
        *("port", "add"),
        port={**_COUNT, "description": "of the listener; without it all listeners"},
        add={**_FLAG, "default": False, "description": "beside those that are on, not in their place"},
        rules=list_of("Rule"),
    ),
    "additionalProperties": False,
}
_SUMMARY: dict[str, Json] = {
    "number": _COUNT,
    "received": {"type": "string", "format": "date-time"},
    "mail_from": TEXT,
    "rcpt_tos": _TEXTS,
    "subject": TEXT,
    "size": {**_COUNT, "description": "octets"},
    "listener": ref("Origin"),
}
_SCHEMAS: dict[str, Json] = {
    "Summary": _object(**_SUMMARY),
    "Messages": _object(total=_COUNT, messages=list_of("Summary")),
    "Details": _object(
        **_SUMMARY,
        mail_options=_OPTIONS,
        rcpt_options={"type": "array", "items": _OPTIONS},
        headers=_pairs("name and value"),
        text=TEXT,
        html=TEXT,
        links=_TEXTS,
        attachments=list_of("Attachment"),
        session=ref("Session"),
    ),
    "Origin": _object(
        profile=TEXT, mode={"type": "string", "enum": list(get_args(Mode))}, host=TEXT, port=_COUNT
    ),
    "Attachment": _object(name=TEXT, type=TEXT, size={**_COUNT, "description": "octets"}),
    "Session": _object(
        peer=TEXT,
        **dict.fromkeys(("hello", "tls", "cipher", "user", "mechanism"), _TEXT_OR_NULL),
        transcript=_pairs("S (server), C (client) or - (the connection), and what it said or what happened"),
    ),
    "Rule": {**_object(*_DEFAULTS, **RULE), "additionalProperties": False},
    "Faults": FAULTS,
    # What has no value is left out.
    "SwitchedRule": _object(
        *(name for name, default in _DEFAULTS.items() if default is None), id=_COUNT, **RULE
    ),
    "Listener": _object(port=_COUNT, rules=list_of("SwitchedRule")),
    "SwitchedOn": _object(id=_COUNT, listeners=list_of("Listener")),
    "Done": {"type": "object", "properties": {}},
    "Error": _object(error={**TEXT, "description": "why, and what to do instead"}),
}
_REFUSALS = {
    "400": "a parameter, the body or the request itself makes no sense",
    "403": "no or a wrong token, no name of the sandbox in Host, or a page of another website asks",
    "404": "there is no such thing",
    "408": "no such message came in time",
    "413": f"the body has more than {LARGEST_BODY} octets",
    "415": "the body is not application/json",
    "default": "refused, or failed (500)",
}
# All but the paths. A token is needed beyond loopback, or if one was set.
FRAME: Json = {
    "openapi": "3.1.0",
    "info": {"title": "SMTP sandbox", "version": "1"},
    "security": [{"token": []}, {}],
    "components": {
        "schemas": _SCHEMAS,
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    },
}


def parameters(place: str, names: Mapping[str, Json] | Iterable[str]) -> list[Json]:
    """Parameters with their schemas; those that have none are numbers."""
    schemas = names if isinstance(names, Mapping) else dict.fromkeys(names, _NUMBER)
    return [
        {"name": name, "in": place, "required": place == "path", "schema": schema}
        for name, schema in schemas.items()
    ]


def defaults(query: Mapping[str, Json]) -> dict[str, str]:
    """What parameters are if they are not given."""
    return {name: str(schema["default"]) for name, schema in query.items() if "default" in schema}


def content(kind: str, schema: Json) -> Json:
    """A body of that media type."""
    return {"content": {kind: {"schema": schema}}}


def answers(kind: str, schema: Json, refusals: Iterable[int]) -> Json:
    """The answer to what is done, and why it may not be; any request can be refused with 400 and 403."""
    refused = ("400", "403", *map(str, refusals), "default")
    return {
        "200": {"description": "done", **content(kind, schema)},
        **{
            status: {"description": _REFUSALS[status], **content("application/json", ref("Error"))}
            for status in refused
        },
    }
