"""What happened in a session, in order and with times: codes and facts, no sentences."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType, TracebackType

from .certificate import TLSFacts
from .errors import CertificateError, Code, Fact, ReplyError, SMTPError
from .reply import Reply
from .settings import TEST_STAGES, InputError, SMTPSettings, Stage

_NO_FACTS: Mapping[str, Fact] = MappingProxyType({})


class Status(StrEnum):
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, kw_only=True)
class StageResult:
    """One step: how it ended, how long it took in milliseconds, and what the server said to it."""

    stage: Stage
    status: Status
    ms: float = 0.0
    code: Code | None = None
    reply: Reply | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A warning: something an editor should know although the session went on."""

    code: Code
    stage: Stage
    reply: Reply | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Suggestion:
    """Settings that were seen to answer on the same address. Never less secure than those tested.

    ``fault`` is what is wrong with the certificate there, if no mail would be sent for it.
    """

    values: Mapping[str, Fact]
    fault: CertificateError | None = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """The outcome of a connection test.

    ``ok``: no stage failed. ``deliverable``: delivery with these settings would work as well, which a
    certificate that is not trusted, a login that was not used or a refused sender rules out; ``None`` if nothing
    speaks against it, but nobody has seen the server take mail for another domain. ``relays``: whether it would
    have taken some in this very test, ``None`` if that was not tried.
    """

    settings: SMTPSettings
    stages: tuple[StageResult, ...]
    deliverable: bool | None
    login_unused: bool = False
    relays: bool | None = None
    extensions: Mapping[str, str] = field(default_factory=dict)
    tls: TLSFacts | None = None
    warnings: tuple[Notice, ...] = ()
    error: SMTPError | None = None
    errors: tuple[InputError, ...] = ()
    suggestion: Suggestion | None = None

    @property
    def ok(self) -> bool:
        return self.error is None and not self.errors


class StageRecord:
    """What a running stage notes about itself, as the context of its block."""

    def __init__(self, trace: Trace, stage: Stage) -> None:
        self.status = Status.OK
        self.code: Code | None = None
        self.reply: Reply | None = None
        self.facts: Mapping[str, Fact] = _NO_FACTS
        self._trace = trace
        self._stage = stage
        self._started = trace.clock()

    def __enter__(self) -> StageRecord:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(error, SMTPError):
            is_new, error.stage = error.stage is None, self._stage
            if is_new and isinstance(error, ReplyError):
                self._trace.judge(error)
            self.status, self.code, self.reply = Status.FAILED, error.code, error.reply
            self.facts = error.facts
        elif isinstance(error, Exception):
            self.status, self.code = Status.FAILED, Code.INTERNAL_ERROR
        self._trace.note(
            StageResult(
                stage=self._stage,
                status=self.status,
                ms=round((self._trace.clock() - self._started) * 1000, 1),
                code=self.code,
                reply=self.reply,
                facts=self.facts,
            )
        )


class Trace:
    """Collects the stages and warnings of one session; a stage that is run again replaces the first run.

    ``judge`` gets each refusal, before it is noted, by the first stage that it leaves.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.judge: Callable[[ReplyError], None] = _leave
        self._stages: dict[Stage, StageResult] = {}
        self.warnings: list[Notice] = []

    def stage(self, stage: Stage) -> StageRecord:
        """Time the block; an error that leaves it marks the stage as failed, an ``SMTPError`` learns its name."""
        return StageRecord(self, stage)

    def note(self, result: StageResult) -> None:
        self._stages[result.stage] = result

    def skip(self, stage: Stage, code: Code | None = None) -> None:
        self._stages[stage] = StageResult(stage=stage, status=Status.SKIPPED, code=code)

    def fail(self, stage: Stage, code: Code) -> None:
        """Note that a stage failed, whether or not it had begun."""
        begun = self._stages.get(stage) or StageResult(stage=stage, status=Status.FAILED)
        self._stages[stage] = replace(begun, status=Status.FAILED, code=code)

    def amend(self, stage: Stage, **changes: object) -> None:
        """Correct a finished stage by what was learned later."""
        self._stages[stage] = replace(self._stages[stage], **changes)  # type: ignore[arg-type]

    def warn(
        self, code: Code, stage: Stage, *, reply: Reply | None = None, facts: Mapping[str, Fact] | None = None
    ) -> None:
        """Once, however often a stage is run."""
        notice = Notice(code=code, stage=stage, reply=reply, facts=facts or {})
        if notice not in self.warnings:
            self.warnings.append(notice)

    def results(self, stages: Iterable[Stage] = TEST_STAGES) -> tuple[StageResult, ...]:
        """The stages in this order; those never reached are skipped."""
        return tuple(
            self._stages.get(stage, StageResult(stage=stage, status=Status.SKIPPED)) for stage in stages
        )


def _leave(error: ReplyError) -> None:
    """As it is."""
