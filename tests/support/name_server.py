"""The project's name server as tests use it, and a resolver of names to match."""

from __future__ import annotations

import socket
from typing import Any

from test_project.name_server import SILENT as SILENT
from test_project.name_server import NameServer as NameServer


def resolve_to_loopback(monkeypatch: Any, *names: str) -> None:
    """Let these names have the address 127.0.0.1."""
    usual = socket.getaddrinfo

    def getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        return usual("127.0.0.1" if host in names else host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
