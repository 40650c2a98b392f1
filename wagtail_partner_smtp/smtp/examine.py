"""The connection test: the session that delivery opens, and a closer look at what went wrong."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace

from . import trust
from .addresses import AddressGuard
from .channel import Limits
from .errors import Code, DisconnectedError, ProtocolError, SMTPError, TLSError
from .network import Endpoint, remaining
from .probe import ENCRYPTED, Finding, is_outdated, look
from .report import Report, Status, Suggestion, Trace
from .session import SMTPSession
from .settings import Policy, Security, SMTPSettings, Stage, canonical_host, input_errors
from .transaction import check_sender

log = logging.getLogger("wagtail_partner_smtp")

# Failures whose remedy may be another port or security.
_WORTH_A_LOOK = {
    Code.CLIENT_CERTIFICATE_REQUIRED,
    Code.CONNECTION_REFUSED,
    Code.CONNECTION_FILTERED,
    Code.DEADLINE_PASSED,
    Code.DISCONNECTED,
    Code.ENCRYPTION_REQUIRED,
    Code.NOT_SMTP,
    Code.SERVER_REFUSES,
    Code.STARTTLS_NOT_OFFERED,
    Code.STARTTLS_REFUSED,
    Code.TLS_BROKEN,
    Code.TLS_EXPECTED,
    Code.TLS_NOT_SPOKEN,
    Code.WRONG_SERVICE,
}
# Nothing else is to be had from the port itself.
_ONLY_ELSEWHERE = {Code.CONNECTION_FILTERED, Code.CONNECTION_REFUSED, Code.SERVER_REFUSES}
# Later than at the connection these say nothing about port or security.
_ONLY_AT_CONNECT = {Code.DEADLINE_PASSED, Code.DISCONNECTED}
# What these tell depends on what answers there.
_EXPLICABLE = {Code.DEADLINE_PASSED, Code.DISCONNECTED, Code.TLS_BROKEN, Code.TLS_NOT_SPOKEN}
# What a server of outdated encryption may make of ours.
_MAY_BE_OUTDATED = {Code.TLS_BROKEN, Code.TLS_CIPHER}
_RANK = {Security.NONE: 0, Security.TLS: 1, Security.SSL: 1}


def worth_a_look(code: Code, stage: Stage | None) -> bool:
    """Whether a second look may find the remedy of a failure."""
    return code in _WORTH_A_LOOK and (code not in _ONLY_AT_CONNECT or stage is Stage.CONNECT)


def examine(settings: SMTPSettings, policy: Policy) -> Report:
    """Go through all stages. Never raises for anything that a server or a network can do."""
    limits = Limits.for_test(policy.timeout)
    trace = Trace()
    inspector = Inspector(settings, policy, limits)
    session = SMTPSession(
        settings, policy, limits, interactive=True, trace=trace, on_silence=inspector.explain_silence
    )
    error, suggestion, sender_accepted = None, None, False
    try:
        sender_accepted = _go_through(session)
    except SMTPError as failure:
        error = failure
    except Exception as failure:
        error = _unforeseen(failure, trace)
    try:
        if error is not None:
            error, suggestion = inspector.explain(error, session.endpoint)
        else:
            suggestion = inspector.explain_warnings(session)
    except Exception as failure:
        log.critical("Second look broke: %s", type(failure).__name__)
    return Report(
        settings=settings,
        stages=trace.results(),
        deliverable=error is None and sender_accepted and trust.may_deliver(settings, policy, session.tls),
        extensions=session.extensions,
        tls=session.tls,
        warnings=tuple(trace.warnings),
        error=error,
        errors=input_errors(settings),
        suggestion=suggestion,
    )


def _go_through(session: SMTPSession) -> bool:
    try:
        session.open()
        return check_sender(session)
    finally:
        session.close()


def _unforeseen(failure: Exception, trace: Trace) -> SMTPError:
    # Its message could hold anything; its kind and place cannot.
    log.critical("Connection test broke: %s", type(failure).__name__)
    failed = (result.stage for result in trace.results() if result.status is Status.FAILED)
    return SMTPError(Code.INTERNAL_ERROR, stage=next(failed, None))


class Inspector:
    """Looks again, at the address that was checked, at what answers there and on the usual ports."""

    def __init__(self, settings: SMTPSettings, policy: Policy, limits: Limits) -> None:
        self._settings = settings
        self._policy = policy
        self._limits = limits
        self._seen: dict[int, Finding] = {}

    def explain_silence(self, endpoint: Endpoint) -> None:
        """Raise if the silent server waits for a TLS hello or speaks another protocol; a slow one may go on."""
        finding = self._look(endpoint)
        if finding.security is Security.SSL or finding.service == ENCRYPTED:
            raise TLSError(Code.TLS_EXPECTED)
        if finding.service:
            raise ProtocolError(Code.WRONG_SERVICE, facts={"service": finding.service})

    def explain(self, error: SMTPError, endpoint: Endpoint | None) -> tuple[SMTPError, Suggestion | None]:
        """The true cause, and settings that were seen to answer and are no less secure."""
        if endpoint is None or not self._limits.has_time():
            return error, None
        if error.code in _MAY_BE_OUTDATED and self._is_outdated(endpoint):
            return TLSError(Code.TLS_VERSION, stage=error.stage), None
        if not worth_a_look(error.code, error.stage) or not self._limits.has_time():
            return error, None
        ports = self._policy.probe_ports
        if error.code not in _ONLY_ELSEWHERE:
            ports = (endpoint.port, *ports)
            error = _named(error, self._look(endpoint, len(ports)), self._settings.security)
        return error, self._suggest(endpoint, ports)

    def explain_warnings(self, session: SMTPSession) -> Suggestion | None:
        """A login that is offered only behind STARTTLS, and the remedy where encryption is missing."""
        trace, endpoint = session.trace, session.endpoint
        could_encrypt = session.tls is None and "STARTTLS" in session.extensions
        if endpoint is None or not could_encrypt or self._settings.security is not Security.NONE:
            return None
        for position, warning in enumerate(trace.warnings):
            if warning.code is Code.AUTH_NOT_OFFERED and self._look(endpoint).offers_login:
                trace.warnings[position] = replace(warning, code=Code.ENCRYPTION_REQUIRED)
                trace.amend(Stage.AUTH, code=Code.ENCRYPTION_REQUIRED)
        missing = any(warning.code is Code.ENCRYPTION_REQUIRED for warning in trace.warnings)
        return self._suggest(endpoint, (endpoint.port, *self._policy.probe_ports)) if missing else None

    def _suggest(self, endpoint: Endpoint, ports: Iterable[int]) -> Suggestion | None:
        guard = AddressGuard(self._policy.allowed_networks)
        host = canonical_host(self._settings.host)
        ports = list(dict.fromkeys(ports))
        for position, port in enumerate(ports):
            if not guard.allows(endpoint.address, port, host) or not self._limits.has_time():
                continue
            share = len(ports) - position
            found = self._look(Endpoint(address=endpoint.address, port=port), share).security
            if found is not None and self._is_remedy(port, found):
                return Suggestion(values={"smtp_port": port, "smtp_security": found.value})
        return None

    def _is_remedy(self, port: int, security: Security) -> bool:
        tested = self._settings
        same = (port, security) == (tested.effective_port, tested.security)
        return not same and _RANK[security] >= _RANK[tested.security]

    def _is_outdated(self, endpoint: Endpoint) -> bool:
        host, deadline = canonical_host(self._settings.host), self._limits.next_deadline()
        return is_outdated(endpoint, host, self._settings.security, deadline, self._policy.local_hostname)

    def _look(self, endpoint: Endpoint, share: int = 1) -> Finding:
        """Each port is looked at once, for a ``share``-th of the time that is left."""
        if endpoint.port not in self._seen:
            host = canonical_host(self._settings.host)
            whole = self._limits.next_deadline()
            deadline = self._limits.next_deadline(remaining(whole) / share)
            self._seen[endpoint.port] = look(endpoint, host, deadline, self._policy.local_hostname)
        return self._seen[endpoint.port]


def _named(error: SMTPError, finding: Finding, security: Security) -> SMTPError:
    """The error by what a second look has found at the same port."""
    if error.stage is not Stage.CONNECT or error.code not in _EXPLICABLE:
        return error
    if finding.service not in {"", ENCRYPTED}:
        return ProtocolError(Code.WRONG_SERVICE, stage=error.stage, facts={"service": finding.service})
    if security is not Security.SSL:
        encrypted = finding.service == ENCRYPTED or finding.security is Security.SSL
        return TLSError(Code.TLS_EXPECTED, stage=error.stage) if encrypted else error
    if finding.security is Security.NONE:
        return TLSError(Code.ENCRYPTION_NOT_OFFERED, stage=error.stage)
    if finding.security is Security.TLS:
        return TLSError(Code.TLS_NOT_SPOKEN, stage=error.stage)
    if error.code is Code.TLS_BROKEN and finding.hangs_up:
        return DisconnectedError(Code.DISCONNECTED, stage=error.stage)
    return error
