"""Accounts at the real servers, and the connection test of them."""

from __future__ import annotations

from typing import Any

from tests.support.stopwatch import PATIENCE
from wagtail_partner_smtp import connection_test
from wagtail_partner_smtp.connection_test.report import ConnectionReport
from wagtail_partner_smtp.smtp import Policy, SMTPSettings

from .daemon import EMAIL, LOGIN, PASSWORD, MailServer

Values = dict[str, Any]

WITHOUT_LOGIN: Values = {"login": "", "password": ""}
WRONG_PASSWORD: Values = {"password": "not-the-password"}
FOREIGN: Values = {"email": "ann@customer.example"}
MISSPELT: Values = {"email": "biling@example.org"}
COLLEAGUE: Values = {"email": "ann@example.org"}
UMLAUT: Values = {"email": "bülling@customer.example"}


def account(server: MailServer, listener: str, security: str, **values: Any) -> SMTPSettings:
    defaults: Values = {
        "host": server.host,
        "port": server.ports[listener],
        "login": LOGIN,
        "password": PASSWORD,
        "password_typed": True,
        "email": EMAIL,
        "security": security,
    }
    return SMTPSettings(**defaults | values)


def policy(server: MailServer, *listeners: str, **values: Any) -> Policy:
    """All ports of the server may be dialled, those of ``listeners`` are looked at a second time."""
    defaults: Values = {
        "timeout": PATIENCE,
        "allowed_networks": tuple(f"127.0.0.0/8:{port}" for port in server.ports.values()),
        "ca_file": str(server.ca_file),
        "probe_ports": tuple(server.ports[name] for name in listeners),
    }
    return Policy(**defaults | values)


def try_out(
    server: MailServer, listener: str, security: str, *, look_at: tuple[str, ...] = (), **values: Any
) -> ConnectionReport:
    return connection_test.run(account(server, listener, security, **values), policy(server, *look_at))


def mechanism(report: ConnectionReport) -> str:
    """The one by which the test logged in."""
    (stage,) = (stage for stage in report.facts.stages if stage.stage == "auth")
    return str(stage.facts.get("mechanism", ""))
