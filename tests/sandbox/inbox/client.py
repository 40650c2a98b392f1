"""A client of the JSON API."""

from __future__ import annotations

import http.client
import json
from typing import Any

from smtp_sandbox.inbox import Inbox
from tests.support.stopwatch import PATIENCE

JSON = "application/json"


def request(
    inbox: Inbox, method: str, path: str, body: Any = None, **headers: str
) -> http.client.HTTPResponse:
    """Octets are sent as they are, anything else as JSON."""
    connection = http.client.HTTPConnection("localhost", inbox.port, timeout=PATIENCE)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    connection.request(method, path, data, {"Content-Type": JSON, **given})
    return connection.getresponse()
