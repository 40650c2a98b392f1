"""What a connection test found out, in codes, in sentences and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.functional import cached_property

from .. import diagnosis
from ..account.columns import SMTPStatus
from ..diagnosis import Diagnosis
from ..diagnosis.certificate import Validity, trust, validity
from ..diagnosis.extensions import explain
from ..diagnosis.outcome import headline
from ..diagnosis.stages import of_stage
from ..smtp.certificate import TLSFacts
from ..smtp.errors import CertificateError, Code
from ..smtp.report import Report, StageResult, Status
from ..smtp.settings import SMTPSettings, Stage


@dataclass(frozen=True, kw_only=True)
class DescribedStage:
    """A stage with its sentence. ``ms`` are milliseconds, ``reply`` the server's reply."""

    name: str
    title: str
    status: str
    ms: float
    message: str
    reply: str


class ConnectionReport:
    """What was found out, in codes and in the words of the current language."""

    message_id = ""
    """Of the message that the server may have, if the test sent one."""

    def __init__(self, report: Report, *, tested_at: datetime | None = None) -> None:
        self.facts = report
        self.tested_at = tested_at or datetime.now(UTC)

    @property
    def settings(self) -> SMTPSettings:
        return self.facts.settings

    @property
    def ok(self) -> bool:
        """No stage failed."""
        return self.facts.ok

    @property
    def deliverable(self) -> bool | None:
        """Real mail would be sent with these settings. ``None``: as far as is known, but nobody has seen it."""
        return self.facts.deliverable

    @property
    def status(self) -> SMTPStatus:
        """What is kept of the result on the partner."""
        facts = self.facts
        if not self.ok:
            is_missing = facts.error is not None and facts.error.code is Code.HOST_MISSING
            return SMTPStatus.NOT_SET_UP if is_missing else SMTPStatus.FAILED
        if any(warning.code is Code.CERTIFICATE_NOT_VERIFIED for warning in facts.warnings):
            return SMTPStatus.UNTRUSTED
        if facts.login_unused:
            return SMTPStatus.LOGIN_UNUSED
        if self.deliverable is None:
            return SMTPStatus.UNPROVEN
        return SMTPStatus.OK if self.deliverable else SMTPStatus.FAILED

    @property
    def offers_email(self) -> bool:
        """Whether a test email may tell more, or may prove the opposite of what the last mail has shown."""
        refuted = self.ok and self.settings.past_refusal is not None and self.facts.relays is None
        return self.deliverable is not False or refuted

    @property
    def headline(self) -> str:
        """The result in one sentence."""
        return headline(ok=self.ok, deliverable=self.deliverable)

    @property
    def extensions(self) -> Mapping[str, str]:
        """ESMTP keywords to their parameters."""
        return self.facts.extensions

    @property
    def tls(self) -> TLSFacts | None:
        return self.facts.tls

    @cached_property
    def trust(self) -> str:
        """Why the server's certificate is trusted, or why not; empty without one."""
        return trust(self.tls, self._fault_of_certificate()) if self.tls else ""

    @property
    def validity(self) -> Validity | None:
        """How long the server's certificate still holds."""
        return validity(self.tls) if self.tls else None

    @cached_property
    def error(self) -> Diagnosis | None:
        """The cause of the failed stage."""
        error = self.facts.error
        return diagnosis.of_error(error, self.settings, self.facts.suggestion) if error else None

    @cached_property
    def errors(self) -> tuple[Diagnosis, ...]:
        """Bad input, field by field."""
        return tuple(diagnosis.of_input(error, self.settings) for error in self.facts.errors)

    @cached_property
    def warnings(self) -> tuple[Diagnosis, ...]:
        suggestion = self.facts.suggestion
        return tuple(
            diagnosis.of_warning(notice, self.settings, suggestion) for notice in self.facts.warnings
        )

    @property
    def cause(self) -> Diagnosis | None:
        """Why mail would not be sent with these settings, or why that is not known; ``None`` if it would be."""
        if self.error or self.deliverable:
            return self.error
        return next(self._reasons(), None)

    def _reasons(self) -> Iterator[Diagnosis]:
        yield from (each for each in self.warnings if each.code == Code.CERTIFICATE_NOT_VERIFIED)
        if self.facts.login_unused:
            yield from (each for each in self.warnings if each.stage == Stage.AUTH)
        # What is said of the SMTP Email is overruled by what is said of mail to others.
        yield from (each for each in reversed(self.warnings) if each.stage == Stage.SENDER)

    @cached_property
    def stages(self) -> tuple[DescribedStage, ...]:
        return tuple(
            DescribedStage(
                name=result.stage.value,
                title=diagnosis.stage_title(result.stage, result.code),
                status=result.status.value,
                ms=result.ms,
                message=self._message(result),
                reply=str(result.reply or result.facts.get("said", "")),
            )
            for result in self.facts.stages
        )

    def summary(self) -> dict[str, Any]:
        """What is stored with a partner: codes only, neither secrets nor the server's replies."""
        cause, tls = self.cause, self.facts.tls
        return {
            "ok": self.ok,
            "deliverable": self.deliverable,
            "code": cause.code if cause else "",
            "stage": cause.stage if cause else "",
            "cause": self._cause_code(),
            "warnings": [str(warning.code) for warning in self.facts.warnings],
            "certificate_expires": tls.not_after.isoformat() if tls and tls.not_after else None,
        }

    def _cause_code(self) -> str:
        """Of a certificate what is wrong with it, which says more than that it is not trusted."""
        if self.cause is None:
            return ""
        faults = (
            notice.facts.get("reason") for notice in self.facts.warnings if notice.code == self.cause.code
        )
        return str(next(filter(None, faults), self.cause.code))

    def as_dict(self) -> dict[str, Any]:
        """The JSON of ``docs/connection-test.md``."""
        return {
            "ok": self.ok,
            "deliverable": self.deliverable,
            "status": self.status,
            "headline": self.headline,
            "offers_email": self.offers_email,
            "parameters": self._parameters(),
            "stages": [asdict(stage) for stage in self.stages],
            "extensions": dict(self.extensions),
            "extension_notes": {
                keyword: asdict(extension) for keyword, extension in explain(self.extensions).items()
            },
            "tls": self._tls(self.tls) if self.tls else None,
            "warnings": [_as_dict(warning) for warning in self.warnings],
            "error": _as_dict(self.error) if self.error else None,
            "cause": _as_dict(self.cause) if self.cause else None,
            "errors": [
                {"field": error.field, "code": error.code, "message": error.message} for error in self.errors
            ],
        }

    def _parameters(self) -> dict[str, Any]:
        settings = self.settings
        return {
            "address": settings.address,
            "host": settings.host,
            "port": settings.effective_port,
            "login": settings.login,
            "password_set": bool(settings.password),
            "email": settings.email,
            "security": settings.security.value,
        }

    def _message(self, result: StageResult) -> str:
        if result.status is Status.FAILED and self.error:
            return self.error.message
        for warning in self.warnings:
            if (warning.code, warning.stage) == (result.code, result.stage):
                return warning.message
        return of_stage(result, self.facts)

    def _fault_of_certificate(self) -> str:
        if isinstance(self.facts.error, CertificateError) and self.error:
            return self.error.message
        faults = (diagnosis.fault_of_certificate(notice, self.settings) for notice in self.facts.warnings)
        return next(filter(None, faults), "")

    def _tls(self, tls: TLSFacts) -> dict[str, Any]:
        return {
            "version": tls.version,
            "cipher": tls.cipher,
            "verified": tls.verified,
            "pinned": tls.pinned,
            "trust": self.trust,
            "subject": tls.subject,
            "issuer": tls.issuer,
            "names": list(tls.names),
            "not_after": tls.not_after.isoformat() if tls.not_after else None,
            "days_left": tls.days_left,
            "validity": asdict(self.validity) if self.validity else None,
            "sha256": tls.sha256,
        }


def refusal(error: Diagnosis) -> dict[str, Any]:
    """The same JSON for a request that was refused altogether: nothing was tested."""
    nothing = ConnectionReport(Report(settings=SMTPSettings(host=""), stages=(), deliverable=False))
    return nothing.as_dict() | {
        "ok": False,
        "headline": headline(ok=False, deliverable=False),
        "parameters": None,
        "error": _as_dict(error),
        "cause": _as_dict(error),
    }


def _as_dict(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "code": diagnosis.code,
        "stage": diagnosis.stage,
        "field": diagnosis.field,
        "message": diagnosis.message,
        "hint": diagnosis.hint,
        "smtp_code": diagnosis.smtp_code,
        "enhanced_code": diagnosis.enhanced_code,
        "previously_verified": diagnosis.previously_verified,
        "suggestion": dict(diagnosis.suggestion) if diagnosis.suggestion else None,
        "link": diagnosis.link,
    }
