"""The JSON that the endpoints of the SMTP tab answer with; its shape is that of a connection test."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from ... import connection_test
from ...connection_test import text
from ...connection_test.report import refusal
from ...diagnosis import Diagnosis
from ...smtp.errors import SettingsError
from ...smtp.settings import InputError, Security, SMTPSettings
from ..badges import Badge, badge_for
from . import method_choices

if TYPE_CHECKING:
    from ...connection_test.leases import Busy
    from ...connection_test.report import ConnectionReport
    from ...forms import SMTPServerForm, SMTPTestForm


AROUND: Mapping[str, Any] = MappingProxyType(
    {"notes": [], "token": "", "badge": None, "trust": None, "text": "", "wait": 0}
)
"""What an answer has besides the report, as it is where nothing was tested."""


REPORT_IN_BODY = "report-in-body"
"""What a client asks for in ``Prefer`` (RFC 7240) that wants 200 with a report of failure as well."""


def answer(data: dict[str, Any], status: int = 200) -> JsonResponse:
    """JSON that no cache keeps and no browser takes for something else."""
    response = JsonResponse(data, status=status)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def as_preferred(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The answer with status 200 in place of 400 for a client that prefers the report to tell alone."""
    preferences = {each.strip().lower() for each in request.headers.get("Prefer", "").split(",")}
    if response.status_code == 400 and REPORT_IN_BODY in preferences:
        response.status_code = 200
        response["Preference-Applied"] = REPORT_IN_BODY
    return response


def refused(status: int, code: str, sentence: str, field: str = "") -> JsonResponse:
    """The request itself is refused: nothing was tested."""
    error = Diagnosis(code=code, message=sentence, field=field)
    return answer({**refusal(error), **AROUND}, status)


def tested(report: ConnectionReport, **around: Any) -> JsonResponse:
    """The report, and around it what the page needs: any of ``AROUND``."""
    copied = text.for_support(report)
    told = method_choices.with_remedy(report.as_dict(), report)
    return answer({**told, **AROUND, "text": copied, **around}, 200 if report.ok else 400)


def busy(settings: SMTPSettings, reason: Busy) -> JsonResponse:
    """Another test is running, or this one comes too soon."""
    response = tested(connection_test.busy(settings, reason))
    response["Retry-After"] = str(reason.retry_after)
    return response


def rejected(form: SMTPTestForm) -> JsonResponse:
    """Bad input: every field's error, and no connection."""
    errors = [
        InputError(field=name.removeprefix("smtp_"), code=problem.code, facts=problem.params or {})
        for name, problems in form.errors.as_data().items()
        for problem in problems
    ]
    return tested(connection_test.rejected(_as_far_as_understood(form), errors), notes=form.smtp_notes)


def unusable(form: SMTPTestForm, error: SettingsError) -> JsonResponse:
    """What is right in itself, but cannot be used on this site."""
    problem = InputError(field=str(error.facts.get("field", "")), code=error.code, facts=error.facts)
    report = connection_test.rejected(_as_far_as_understood(form), [problem])
    return tested(report, notes=form.smtp_notes)


def understood(form: SMTPServerForm) -> JsonResponse:
    """What was typed of a mail server as values of the form, and what is to be said about it."""
    errors = [{"field": name, "message": each} for name in form.errors for each in form.errors[name]]
    values = {} if errors else {name: form.cleaned_data[name] for name in form.fields}
    return answer({"values": values, "notes": form.smtp_notes, "errors": errors})


def badge(report: ConnectionReport, stored: bool | None) -> dict[str, str]:
    """What the page shows instead of the last result. ``stored``: ``None`` if it could not be written down."""
    when = {
        True: _("just now"),
        False: _("just now, with values that are not saved yet"),
        None: _("just now, but not written down"),
    }
    return badge_as_dict(badge_for(report.status), when[stored])


def notes_on(stored: bool | None) -> list[str]:
    """What is to be said of where the result is."""
    if stored is not None:
        return []
    return [
        _("This site could not write the result down, as its database was busy. Test again later to keep it.")
    ]


def badge_as_dict(shown: Badge, when: str = "") -> dict[str, str]:
    return {"status": shown.status.value, "label": shown.label, "icon": shown.icon, "text": when}


def _as_far_as_understood(form: SMTPTestForm) -> SMTPSettings:
    data = form.cleaned_data
    return SMTPSettings(
        host=data.get("smtp_host", ""),
        port=data.get("smtp_port"),
        login=data.get("smtp_login", ""),
        password=data.get("smtp_password", ""),
        email=data.get("smtp_email", ""),
        security=Security(data.get("smtp_security", Security.NONE)),
    )
