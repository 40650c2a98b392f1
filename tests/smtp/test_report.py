"""What happened, in order and with times."""

from __future__ import annotations

import pytest

from wagtail_partner_smtp.smtp.errors import Code, ProtocolError, ReplyError
from wagtail_partner_smtp.smtp.reply import Reply
from wagtail_partner_smtp.smtp.report import Report, StageResult, Status, Trace
from wagtail_partner_smtp.smtp.settings import InputError, SMTPSettings, Stage

REPLY = Reply(code=550, text="no")


def test_a_stage_is_timed_in_milliseconds() -> None:
    times = iter([10.0, 10.0123])
    trace = Trace(clock=lambda: next(times))
    with trace.stage(Stage.EHLO) as stage:
        stage.reply = REPLY
    assert trace.results()[4] == StageResult(stage=Stage.EHLO, status=Status.OK, ms=12.3, reply=REPLY)


def test_an_error_fails_its_stage_and_learns_its_name() -> None:
    trace = Trace()
    error = ReplyError(Code.SERVER_REFUSES, REPLY, stage=Stage.MAIL)
    with pytest.raises(ReplyError), trace.stage(Stage.SENDER):
        raise error
    result = trace.results()[7]
    assert (result.status, result.code, result.reply) == (Status.FAILED, Code.SERVER_REFUSES, REPLY)
    assert error.stage is Stage.SENDER


def test_an_unforeseen_error_fails_its_stage_too() -> None:
    trace = Trace()
    with pytest.raises(RuntimeError), trace.stage(Stage.EHLO):
        raise RuntimeError
    assert (trace.results()[4].status, trace.results()[4].code) == (Status.FAILED, Code.INTERNAL_ERROR)


def test_all_stages_are_told_in_order_and_the_last_run_counts() -> None:
    trace = Trace()
    with pytest.raises(ProtocolError), trace.stage(Stage.CONNECT):
        raise ProtocolError(Code.NOT_SMTP)
    with trace.stage(Stage.CONNECT):
        pass
    trace.skip(Stage.AUTH, Code.AUTH_NOT_OFFERED)
    trace.amend(Stage.CONNECT, reply=REPLY)
    results = trace.results()
    assert [result.stage.value for result in results] == [
        "settings", "token", "resolve", "connect", "ehlo", "starttls", "auth", "sender", "quit",
    ]  # fmt: skip
    assert (results[3].status, results[3].reply) == (Status.OK, REPLY)
    assert (results[6].status, results[6].code) == (Status.SKIPPED, Code.AUTH_NOT_OFFERED)
    assert results[0].status is Status.SKIPPED


def test_a_report_is_ok_without_error_and_bad_input() -> None:
    settings = SMTPSettings(host="x")
    assert Report(settings=settings, stages=(), deliverable=True).ok
    bad = (InputError(field="host", code="host_invalid"),)
    assert not Report(settings=settings, stages=(), deliverable=False, errors=bad).ok
