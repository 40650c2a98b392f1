"""From a cause to what an editor reads: the message, the hint, and the field to check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from ..smtp.errors import CertificateError, Code, Fact, SMTPError
from ..smtp.inspector import REMEDIED
from ..smtp.reply import Reply
from ..smtp.report import Notice, Suggestion
from ..smtp.settings import InputError, Security, SMTPSettings, Stage
from . import accounts, encryption, limits, oauth, reaching, sending, tokens, values
from .certificate import days_left
from .links import page_for
from .sentence import STAGE_NAMES, Sentence, stage_title
from .waiting import duration

_IN_A_MAIL = {Stage.SENDER, Stage.MAIL, Stage.RCPT, Stage.DATA}

__all__ = [
    "SENTENCES",
    "STAGE_NAMES",
    "Diagnosis",
    "of_error",
    "of_input",
    "of_warning",
    "stage_title",
    "untrusted",
]

SENTENCES: Mapping[Code, Sentence] = {
    **values.SENTENCES,
    **reaching.SENTENCES,
    **encryption.SENTENCES,
    **accounts.SENTENCES,
    **limits.SENTENCES,
    **sending.SENTENCES,
    **tokens.SENTENCES,
    **oauth.SENTENCES,
}


@dataclass(frozen=True, kw_only=True)
class Diagnosis:
    """One cause in the current language.

    ``suggestion`` maps form fields to values that were seen to work. ``link`` is the page of the provider where
    the remedy is, "" if none is known.
    """

    code: str
    message: str
    stage: str = ""
    hint: str = ""
    field: str = ""
    smtp_code: int | None = None
    enhanced_code: str | None = None
    reply: str = ""
    previously_verified: bool = False
    suggestion: Mapping[str, Fact] | None = None
    link: str = ""


def of_error(error: SMTPError, settings: SMTPSettings, suggestion: Suggestion | None = None) -> Diagnosis:
    facts = {**_settings_facts(settings), **error.facts}
    return _diagnosis(error.code, error.stage, error.reply, facts, suggestion)


def of_warning(notice: Notice, settings: SMTPSettings, suggestion: Suggestion | None = None) -> Diagnosis:
    """``suggestion`` is the test's; it is the remedy of missing encryption and of a missing login only."""
    facts = {**_settings_facts(settings), **notice.facts}
    if "reason" in facts:
        facts["reason_text"] = fault_of_certificate(notice, settings)
    remedy = suggestion if notice.code in REMEDIED else None
    return _diagnosis(notice.code, notice.stage, notice.reply, facts, remedy)


def fault_of_certificate(notice: Notice, settings: SMTPSettings) -> str:
    """Why the certificate that a warning is about cannot be verified; empty for other warnings."""
    if "reason" not in notice.facts:
        return ""
    sentence = SENTENCES[Code(str(notice.facts["reason"]))]
    return sentence.message_of({**_settings_facts(settings), **notice.facts})


def of_input(error: InputError, settings: SMTPSettings) -> Diagnosis:
    """``error.field`` is an attribute of ``SMTPSettings``; the diagnosis names the form's field."""
    facts = {**_settings_facts(settings), **error.facts, "field": error.field}
    return _diagnosis(Code(error.code), Stage.SETTINGS, None, facts, None)


def _diagnosis(
    code: Code,
    stage: Stage | None,
    reply: Reply | None,
    facts: dict[str, Fact],
    suggestion: Suggestion | None,
) -> Diagnosis:
    if stage is not None:
        facts["stage"] = stage_title(stage, code)
    if reply is not None:
        facts["smtp_code"] = reply.code
    if "wait" in facts:
        facts["wait_text"] = duration(int(facts["wait"]))
    if "days" in facts:
        facts["days"] = days_left(int(facts["days"]))
    if "size" in facts:
        facts["size"] = filesizeformat(int(facts["size"]))
    sentence = _variant(code, stage, facts) or SENTENCES[code]
    field = f"smtp_{facts['field']}" if "field" in facts else sentence.field
    hint = _suggested(suggestion, facts) if suggestion else sentence.hint_of(facts)
    previously_verified = bool(facts.get("previously_verified", False))
    if previously_verified:
        hint = f"{_earlier_certificate(facts)} {hint}"
    if facts.get("past"):
        hint = f"{_of_past_mail()} {hint}"
    return Diagnosis(
        code=code.value,
        stage=stage.value if stage else "",
        message=sentence.message_of(facts) or SENTENCES[code].message_of(facts),
        hint=hint,
        field=field,
        smtp_code=reply.code if reply else None,
        enhanced_code=reply.enhanced_code or None if reply else None,
        reply=reply.text if reply else str(facts.get("said", "")),
        previously_verified=previously_verified,
        suggestion=dict(suggestion.values) if suggestion else None,
        link=page_for(code, str(facts["host"]), str(facts.get("provider", ""))),
    )


def _variant(code: Code, stage: Stage | None, facts: Mapping[str, Fact]) -> Sentence | None:
    """What is said instead where the case itself tells more."""
    if "address" in facts:
        return values.OF_A_MESSAGE.get(code)
    if code is Code.RELAY_NOT_TRIED and facts.get("sender_taken") is False:
        return sending.NOTHING_TRIED
    if code is Code.RELAY_REFUSED and not facts["login"] and _is_about_others(stage, facts):
        return sending.REFUSED_FOR_OTHERS
    if code is Code.AUTH_NOT_OFFERED and facts["security"] != Security.NONE:
        return sending.NO_LOGIN_BEHIND_ENCRYPTION
    if "wait" in facts and code in limits.WITH_WAIT:
        return limits.WITH_WAIT[code]
    if stage in _IN_A_MAIL and facts["login"] and code in accounts.LOGGED_IN:
        left_out = facts.get("login_left_out")
        return (accounts.LEFT_OUT[Code(str(left_out))] if left_out else accounts.LOGGED_IN).get(code)
    if stage is None:
        return None
    behind = reaching.ENCRYPTED.get((code, stage)) if facts.get("encrypted") else None
    return behind or reaching.BY_STAGE.get((code, stage))


def _is_about_others(stage: Stage | None, facts: Mapping[str, Fact]) -> bool:
    return stage is Stage.RCPT or "recipient" in facts or "past" in facts


def _suggested(suggestion: Suggestion, facts: Mapping[str, Fact]) -> str:
    security = Security(str(suggestion.values["smtp_security"]))
    names = {Security.NONE: _("no encryption"), Security.SSL: "SSL", Security.TLS: "TLS"}
    said = _("%(host)s answers on port %(port)s with %(security)s: use that.")
    if suggestion.fault:
        said = _("%(host)s answers on port %(port)s with %(security)s.")
    found = said % {
        "host": facts["host"],
        "port": suggestion.values["smtp_port"],
        "security": names[security],
    }
    caution = untrusted(suggestion.fault, str(facts["host"])) if suggestion.fault else ""
    again = _("The saved password must then be typed again.") if facts["saved_password"] else ""
    return " ".join(filter(None, (found, caution, again)))


def untrusted(fault: CertificateError, host: str) -> str:
    """What is to be known of a server's certificate before its settings are taken over."""
    return _("But its certificate is not trusted, and no mail is sent until that is corrected: %(fault)s") % {
        "fault": SENTENCES[fault.code].message_of({"host": host, **fault.facts})
    }


def _earlier_certificate(facts: Mapping[str, Fact]) -> str:
    if facts.get("same_certificate"):
        return _("At an earlier test this same certificate was trusted.")
    return _(
        "At an earlier test this server had a certificate that was trusted, now it "
        "shows another one: its provider may have made a mistake, or somebody may be "
        "intercepting the connection."
    )


def _of_past_mail() -> str:
    return _(
        "This is what the last mail found, and real mail shows more than a test. Send a "
        "test email to find out whether it is still so."
    )


def _settings_facts(settings: SMTPSettings) -> dict[str, Fact]:
    return {
        "host": settings.host,
        "port": settings.effective_port,
        "login": settings.login,
        "security": settings.security.value,
        "saved_password": bool(settings.login and settings.password and not settings.password_typed),
    }
