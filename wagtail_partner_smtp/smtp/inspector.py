"""A second look at what went wrong: the true cause, and settings that were seen to work."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from .addresses import AddressGuard
from .errors import Code, DeadlineError, DisconnectedError, ProtocolError, SMTPError, TLSError
from .limits import Limits
from .network import Endpoint, remaining
from .probe import ENCRYPTED, Finding, Probe, is_outdated, look, look_behind_starttls, look_closely
from .refusals import ENCRYPT_FIRST, code_without_remedy, could_encrypt
from .report import Notice, Suggestion
from .session import SMTPSession
from .settings import Policy, Security, SMTPSettings, Stage

# Warnings whose remedy may be another port or security.
REMEDIED = frozenset({Code.AUTH_NOT_OFFERED, Code.ENCRYPTION_REQUIRED, Code.RELAY_REFUSED})
# The same of failures.
_WORTH_A_LOOK = REMEDIED | {
    Code.CLIENT_CERTIFICATE_REQUIRED,
    Code.CONNECTION_REFUSED,
    Code.CONNECTION_FILTERED,
    Code.DEADLINE_PASSED,
    Code.DISCONNECTED,
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


class Inspector:
    """Looks again, at the address that was checked, at what answers there and on the usual ports."""

    def __init__(self, settings: SMTPSettings, policy: Policy, limits: Limits) -> None:
        self._settings = settings
        self._policy = policy
        self._limits = limits
        self._seen: dict[int, Finding] = {}

    def explain_silence(self, endpoint: Endpoint) -> None:
        """Raise if the silent server waits for a TLS hello or speaks another protocol; a slow one may go on."""
        finding = self._look_closely(endpoint)
        if finding.security is Security.SSL or finding.service == ENCRYPTED:
            if self._settings.security is Security.SSL:
                return
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
            found = self._look_closely(endpoint, len(ports), error)
            error = _named(error, found, self._settings.security)
        return error, self._suggest(endpoint, ports)

    def explain_warnings(self, session: SMTPSession) -> Suggestion | None:
        """What only encryption would change, and the remedy where encryption or a login is missing."""
        endpoint = session.endpoint
        assert endpoint is not None, "open() comes first"
        if could_encrypt(session) and self._settings.security is Security.NONE:
            self._explain_by_encryption(session, endpoint)
        codes = {warning.code for warning in session.trace.warnings}
        if Code.ENCRYPTION_REQUIRED in codes:
            return self._suggest(endpoint, (endpoint.port, *self._policy.probe_ports))
        if codes & REMEDIED:
            return self._suggest(endpoint, self._policy.probe_ports, for_login=True)
        return None

    def _explain_by_encryption(self, session: SMTPSession, endpoint: Endpoint) -> None:
        warnings = session.trace.warnings
        unclear = [each for each in warnings if each.code in REMEDIED or _is_against_anybody(each)]
        if not unclear:
            return
        behind = self._seen[endpoint.port] = look_behind_starttls(
            self._probe(endpoint), try_mail=any(map(_is_against_anybody, unclear))
        )
        for position, warning in enumerate(warnings):
            if warning in unclear:
                code = _seen_behind(warning, behind)
                warnings[position] = replace(warning, code=code)
                session.trace.amend(warning.stage, code=code)

    def _suggest(
        self, endpoint: Endpoint, ports: Iterable[int], *, for_login: bool = False
    ) -> Suggestion | None:
        guard = AddressGuard(self._policy.allowed_networks)
        host = self._settings.canonical_host
        ports, second_best = list(dict.fromkeys(ports)), None
        for position, port in enumerate(ports):
            if not guard.allows(endpoint.address, port, host) or not self._limits.has_time():
                continue
            share = len(ports) - position
            found = self._look(Endpoint(address=endpoint.address, port=port), share)
            if for_login and not found.offers_login:
                continue
            if found.security is not None and self._is_remedy(port, found.security):
                values = {"smtp_port": port, "smtp_security": found.security.value}
                suggestion = Suggestion(values=values, fault=found.fault)
                if found.fault is None:
                    return suggestion
                second_best = second_best or suggestion
        return second_best

    def _is_remedy(self, port: int, security: Security) -> bool:
        tested = self._settings
        same = (port, security) == (tested.effective_port, tested.security)
        return not same and _RANK[security] >= _RANK[tested.security]

    def _is_outdated(self, endpoint: Endpoint) -> bool:
        return is_outdated(self._probe(endpoint), self._settings.security)

    def _look(self, endpoint: Endpoint, share: int = 1) -> Finding:
        """Each port is looked at once, for a ``share``-th of the time that is left."""
        if endpoint.port not in self._seen:
            self._seen[endpoint.port] = look(self._probe(endpoint, share))
        return self._seen[endpoint.port]

    def _look_closely(self, endpoint: Endpoint, share: int = 1, error: SMTPError | None = None) -> Finding:
        """The same at the port that is tested. ``error`` is what happened there, if something did."""
        if endpoint.port not in self._seen:
            is_deaf = isinstance(error, DeadlineError) and self._settings.security is Security.SSL
            self._seen[endpoint.port] = look_closely(self._probe(endpoint, share), is_deaf=is_deaf)
        return self._seen[endpoint.port]

    def _probe(self, endpoint: Endpoint, share: int = 1) -> Probe:
        whole = self._limits.next_deadline()
        return Probe(
            endpoint=endpoint,
            host=self._settings.canonical_host,
            deadline=self._limits.next_deadline(remaining(whole) / share),
            local_hostname=self._policy.local_hostname,
            ca_file=self._policy.ca_file,
        )


def _named(error: SMTPError, finding: Finding, security: Security) -> SMTPError:
    """The error by what a second look has found at the same port."""
    if error.stage is not Stage.CONNECT or error.code not in _EXPLICABLE:
        return error
    if finding.service not in {"", ENCRYPTED}:
        return ProtocolError(Code.WRONG_SERVICE, stage=error.stage, facts={"service": finding.service})
    if finding.is_foreign:
        return ProtocolError(Code.NOT_SMTP, stage=error.stage)
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


def _is_against_anybody(warning: Notice) -> bool:
    """A sender that was refused at MAIL where nobody would have been taken."""
    return bool(warning.facts.get("anybody")) and warning.facts.get("refused_at") == Stage.MAIL


def _seen_behind(warning: Notice, behind: Finding) -> Code:
    """The warning's code by what a second look has found behind STARTTLS."""
    if warning.code is Code.AUTH_NOT_OFFERED:
        return Code.ENCRYPTION_REQUIRED if behind.offers_login else warning.code
    if _is_against_anybody(warning) and behind.takes_mail:
        return Code.ENCRYPTION_REQUIRED
    reply = warning.reply
    if warning.code is not Code.ENCRYPTION_REQUIRED or reply is None or reply.code in ENCRYPT_FIRST:
        return warning.code
    helps = behind.offers_login or behind.security is not Security.TLS
    return warning.code if helps else code_without_remedy(reply, anybody=bool(warning.facts["anybody"]))
