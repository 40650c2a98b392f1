"""Sentences about the stages that did not fail."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ..smtp.report import Report, StageResult, Status
from ..smtp.settings import Security, Stage


def of_stage(result: StageResult, report: Report) -> str:
    if result.status is Status.SKIPPED:
        return _skipped(result.stage, report)
    if result.status is Status.WARNING:
        return _("Ended without a proper answer; this does no harm.")
    return _DONE[result.stage](result, report)


def _skipped(stage: Stage, report: Report) -> str:
    if stage is Stage.STARTTLS and report.settings.security is Security.SSL:
        return _("Not needed: SSL encrypts from the first byte.")
    if stage is Stage.STARTTLS and report.settings.security is Security.NONE:
        return _("No encryption is selected.")
    if stage is Stage.TOKEN and not report.settings.has_token:
        return _("Not needed: the account has a password.")
    if stage is Stage.AUTH and not report.settings.login:
        return _("Not needed: there is no login.")
    return _("Skipped.") if report.ok else _("Not reached.")


def _values(result: StageResult, report: Report) -> str:
    return _("The values are complete.")


def _token_got(result: StageResult, report: Report) -> str:
    if result.facts["renewed"]:
        return _("The server refused the stored access token, so a new one was requested.")
    if result.facts["age"]:
        return _("A stored access token is still valid.")
    return _("Got a new access token.")


def _resolved(result: StageResult, report: Report) -> str:
    return _("Found %(addresses)s.") % result.facts


def _connected(result: StageResult, report: Report) -> str:
    return _("Connected to %(address)s.") % {"address": report.settings.address}


def _greeted(result: StageResult, report: Report) -> str:
    count = len(report.extensions)
    sentence = ngettext(
        "The server offers %(count)d extension.", "The server offers %(count)d extensions.", count
    )
    return sentence % {"count": count}


def _encrypted(result: StageResult, report: Report) -> str:
    tls = report.tls
    return _("Encrypted with %(version)s.") % {"version": tls.version if tls else ""}


def _logged_in(result: StageResult, report: Report) -> str:
    return _("Logged in with %(mechanism)s.") % result.facts


def _sender_taken(result: StageResult, report: Report) -> str:
    return _("The server accepts mail from %(email)s.") % {"email": report.settings.email}


def _recipients_taken(result: StageResult, report: Report) -> str:
    count = int(result.facts["taken"])
    sentence = ngettext(
        "The server accepts mail for %(count)d recipient.",
        "The server accepts mail for %(count)d recipients.",
        count,
    )
    return sentence % {"count": count}


def _message_taken(result: StageResult, report: Report) -> str:
    return _("The server has accepted the message.")


def _ended(result: StageResult, report: Report) -> str:
    return _("The connection was ended properly.")


_DONE: dict[Stage, Callable[[StageResult, Report], str]] = {
    Stage.SETTINGS: _values,
    Stage.TOKEN: _token_got,
    Stage.RESOLVE: _resolved,
    Stage.CONNECT: _connected,
    Stage.EHLO: _greeted,
    Stage.STARTTLS: _encrypted,
    Stage.AUTH: _logged_in,
    Stage.SENDER: _sender_taken,
    Stage.QUIT: _ended,
    Stage.MAIL: _sender_taken,
    Stage.RCPT: _recipients_taken,
    Stage.DATA: _message_taken,
}
