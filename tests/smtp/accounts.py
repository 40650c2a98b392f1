"""Settings and policies that lead to a server on loopback."""

from __future__ import annotations

from typing import Any

from smtp_sandbox import Listener, Sandbox
from smtp_sandbox.profiles import EXTENSIONS
from tests.support.stopwatch import PATIENCE
from wagtail_partner_smtp.smtp import Policy, Security, SMTPSettings, examine
from wagtail_partner_smtp.smtp.limits import Limits
from wagtail_partner_smtp.smtp.report import Report, StageResult
from wagtail_partner_smtp.smtp.session import SMTPSession

from .peers import Server

# The shortest deadline for tests that wait for it: seconds for what has to happen before.
DEADLINE = 2.5
SECURITY = {"plain": Security.NONE, "ssl": Security.SSL, "starttls": Security.TLS}
EMAIL = "billing@example.org"
# What a sandbox offers, by how a message travels then.
FLOWS = {
    "chunking": EXTENSIONS,
    "pipelining": tuple(each for each in EXTENSIONS if each != "CHUNKING"),
    "plain": tuple(each for each in EXTENSIONS if each not in {"CHUNKING", "PIPELINING"}),
}


def make_settings(target: Listener | Server | int, **values: Any) -> SMTPSettings:
    """An account at the server, with the security of a sandbox's listener; it is known to take mail for others."""
    port = target if isinstance(target, int) else target.port
    mode = target.mode if isinstance(target, Listener) else "plain"
    defaults: dict[str, Any] = {
        "host": "localhost" if isinstance(target, Listener) else "127.0.0.1",
        "port": port,
        "email": EMAIL,
        "security": SECURITY[mode],
        "relay_proven": True,
    }
    return SMTPSettings(**(defaults | values))


def account(target: Listener | Server | int, **values: Any) -> SMTPSettings:
    """The same with the sandbox's login, the password typed."""
    return make_settings(target, **({"login": "user", "password": "pass", "password_typed": True} | values))


def token_account(target: Listener | Server | int, **values: Any) -> SMTPSettings:
    """The same with an access token, which is the sandbox's password where nothing else is said."""
    return make_settings(target, **({"login": "user", "access_token": "pass"} | values))


def make_policy(*ports: int, sandbox: Sandbox | Listener | None = None, **values: Any) -> Policy:
    """Loopback on these ports; trusts the sandbox's authority if there is one."""
    defaults: dict[str, Any] = {
        "timeout": PATIENCE,
        "allowed_networks": tuple(f"127.0.0.1:{port}" for port in ports),
        "ca_file": sandbox.ca_file if sandbox else None,
    }
    return Policy(**(defaults | values))


def try_out(target: Listener | Server, *, settings: SMTPSettings | None = None, **policy: Any) -> Report:
    """The connection test at a server."""
    return examine(settings or account(target), policy_for(target, **policy))


def policy_for(target: Listener | Server, **values: Any) -> Policy:
    sandbox = target if isinstance(target, Listener) else None
    return make_policy(target.port, sandbox=sandbox, **values)


def make_session(
    target: Listener | Server, settings: SMTPSettings | None = None, **policy: Any
) -> SMTPSession:
    """A session as delivery makes it, not yet open."""
    limits = Limits.for_delivery(policy.pop("command_timeout", PATIENCE), policy.pop("verdict_timeout", 0.0))
    settings = settings or account(target)
    return SMTPSession(settings, policy_for(target, **policy), limits)


def said(listener: Listener) -> list[str]:
    """What the client said on its first connection, secrets masked."""
    listener.wait_idle()
    return [text for who, text in listener.sessions[0].transcript if who == "C"]


def stage(report: Report, name: str) -> StageResult:
    return next(result for result in report.stages if result.stage == name)


def statuses(report: Report) -> dict[str, str]:
    return {result.stage.value: result.status.value for result in report.stages}


def codes(report: Report) -> list[str]:
    """Of the warnings."""
    return [warning.code.value for warning in report.warnings]


def code(report: Report) -> str:
    return str(report.error.code) if report.error else ""


def failed_at(report: Report) -> tuple[str, str]:
    """Code and stage of the error."""
    assert report.error is not None
    return str(report.error.code), str(report.error.stage)
