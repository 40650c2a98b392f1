"""The connection test: the session that delivery opens, and a search for the cause of a failure."""

from __future__ import annotations

import logging

from . import trust
from .errors import Code, DeadlineError, SMTPError
from .extensions import size_limit
from .inspector import Inspector
from .judging import Judge, by_codes
from .limits import Limits
from .report import Report, Status, Trace
from .sender_check import Verdict, check_sender
from .session import SMTPSession
from .settings import Policy, SMTPSettings, Stage, input_errors

# Octets. A photo or two as an attachment; Postfix comes with 10,240,000, which is nothing to warn of.
SMALL_MESSAGE = 10_000_000

log = logging.getLogger("wagtail_partner_smtp")


def examine(settings: SMTPSettings, policy: Policy, judge: Judge = by_codes) -> Report:
    """Go through all stages. Never raises for anything that a server or a network can do."""
    limits = Limits.for_test(policy.timeout)
    trace = Trace()
    inspector = Inspector(settings, policy, limits)
    session = SMTPSession(
        settings,
        policy,
        limits,
        interactive=True,
        trace=trace,
        on_silence=inspector.explain_silence,
        judge=judge,
    )
    error, suggestion, verdict = None, None, Verdict(deliverable=False)
    try:
        verdict = _go_through(session)
    except SMTPError as failure:
        error = failure
    except Exception as failure:
        error = _unforeseen(failure, trace)
    try:
        if error is not None:
            error, suggestion = inspector.explain(error, session.endpoint)
        else:
            suggestion = inspector.explain_warnings(session)
    except DeadlineError:
        # There was no time left for it.
        pass
    except Exception as failure:
        log.critical("Second look broke: %s", type(failure).__name__)
    login_unused = error is None and bool(settings.login) and not session.authenticated
    is_trusted = trust.may_deliver(settings, policy, session.tls)
    is_sure_not_to = error is not None or login_unused or not is_trusted
    return Report(
        settings=settings,
        stages=trace.results(),
        deliverable=False if is_sure_not_to else verdict.deliverable,
        login_unused=login_unused,
        relays=verdict.relays,
        extensions=session.shown_extensions,
        tls=session.tls,
        warnings=tuple(trace.warnings),
        error=error,
        errors=input_errors(settings),
        suggestion=suggestion,
    )


def _go_through(session: SMTPSession) -> Verdict:
    try:
        session.open()
        _warn_of_size(session)
        return check_sender(session)
    finally:
        session.close()


def _warn_of_size(session: SMTPSession) -> None:
    limit = size_limit(session.extensions)
    if limit is not None and limit < SMALL_MESSAGE:
        session.trace.warn(Code.SIZE_LIMIT_LOW, Stage.EHLO, facts={"size": limit})


def _unforeseen(failure: Exception, trace: Trace) -> SMTPError:
    # Its message could hold anything; its kind and place cannot.
    log.critical("Connection test broke: %s", type(failure).__name__)
    failed = (result.stage for result in trace.results() if result.status is Status.FAILED)
    return SMTPError(Code.INTERNAL_ERROR, stage=next(failed, None))
