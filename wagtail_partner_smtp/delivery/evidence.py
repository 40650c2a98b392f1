"""What real mail shows of a partner's account: its state changes as by a connection test.

It costs nothing as long as nothing changes, and one conditional update when something does. That is never part of
a transaction of the caller's, whose end nobody knows: it waits for that, be it a commit or a rollback.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import router, transaction
from django.db.models import F
from django.utils import timezone

from ..account.columns import SMTPStatus
from ..account.names import name_of
from ..account.row import SMTPAccount, rows_of
from ..account.saving import ACCOUNT, EVIDENCE, assign, not_known_since
from ..diagnosis.consequences import Consequence, blames_account, consequence, outlasts_tests
from ..smtp.errors import Code, SMTPError
from ..smtp.names import is_elsewhere

log = logging.getLogger("wagtail_partner_smtp")

_WITHOUT_LOGIN = {
    Code.AUTH_NOT_OFFERED,
    Code.LOGIN_NOT_TRIED,
    Code.STORED_PASSWORD_NOT_SENT,
    Code.TOKEN_NOT_SENT,
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What the last mail has shown, and how many have failed without one that was taken in between.

    ``failure`` is what is stored of the cause, and empty if the mail was taken. ``elsewhere``: mail was taken for
    another domain. ``was_taken``: some mail was, before those that failed.
    """

    failure: Mapping[str, Any] = field(default_factory=dict)
    failures: int = 0
    elsewhere: bool = False
    was_taken: bool = False
    at: datetime = field(default_factory=timezone.now)

    def followed_by(self, other: Finding) -> Finding:
        """Of both, the later one being the ``other``."""
        return Finding(
            failure=other.failure,
            failures=self.failures + other.failures if other.failure else 0,
            elsewhere=self.elsewhere or other.elsewhere,
            was_taken=self.was_taken or other.was_taken,
            at=other.at,
        )


def taken(partner: SMTPAccount, recipients: Iterable[str]) -> Finding:
    """A server has taken mail for these."""
    elsewhere = any(is_elsewhere(each, partner.smtp_email, partner.smtp_host) for each in recipients)
    return Finding(elsewhere=elsewhere, was_taken=True)


def of_error(error: SMTPError) -> Finding | None:
    """``None`` if it says nothing against the account."""
    reply = error.reply
    return failed(
        error.code,
        str(error.stage or ""),
        consequence(error),
        smtp_code=reply.code if reply else None,
        enhanced_code=reply.enhanced_code if reply else "",
    )


def failed(
    code: str, stage: str, meant: Consequence | None, *, smtp_code: int | None, enhanced_code: str
) -> Finding | None:
    """The same of an error's parts; ``code`` may be no ``Code``."""
    if code not in set(Code) or not blames_account(Code(code), meant):
        return None
    failure = {
        "code": str(code),
        "stage": stage,
        "smtp_code": smtp_code,
        "enhanced_code": enhanced_code,
        "beyond_tests": outlasts_tests(Code(code), stage, meant),
        "at": timezone.now().isoformat(),
    }
    return Finding(failure=failure, failures=1)


def note(partner: SMTPAccount, finding: Finding | None) -> None:
    """Keep it, if it changes anything. Raises nothing."""
    # What was typed and not saved may be what made the difference.
    if finding is None or partner.pk is None or partner._new_secrets:
        return
    try:
        _note(partner, finding)
    except Exception as error:
        _log_forgotten(error)


def write_waiting(**arguments: Any) -> None:
    """Write what had to wait for the end of a transaction; receives ``request_finished``, too."""
    waiting = _waiting()
    for key in list(waiting):
        if _is_free(key[0]):
            _attempt(waiting.pop(key).write)


def _note(partner: SMTPAccount, finding: Finding) -> None:
    using = router.db_for_write(type(partner), instance=partner)
    key = using, name_of(partner)
    if earlier := _waiting().pop(key, None):
        finding = earlier.finding.followed_by(finding)
    values = _values(partner, finding)
    if not values:
        return
    # Only what was used may be judged, and nothing newer be overwritten.
    unchanged = {name: getattr(partner, name) for name in (*ACCOUNT, "smtp_uuid")}
    mine = rows_of(partner, using).filter(not_known_since(finding.at), pk=partner.pk, **unchanged)
    stored = dict(values)
    if not finding.was_taken:
        stored["smtp_failures"] = F("smtp_failures") + finding.failures

    def write() -> None:
        if mine.update(**stored):
            assign(partner, values)

    _write_once_free(key, _Waiting(finding, write))


def _values(partner: SMTPAccount, finding: Finding) -> dict[str, Any]:
    """The columns that change, none if nothing does."""
    if finding.failure:
        return _values_of_failure(partner, finding)
    if partner.smtp_failure.get("code") == Code.RELAY_REFUSED and not finding.elsewhere:
        # Mail for its own addresses that server takes all the same.
        return {}
    proof = _proof(partner, finding)
    proven = bool(partner.smtp_login or partner.smtp_relay_proven_at or proof)
    status = SMTPStatus.OK if proven else SMTPStatus.UNPROVEN
    if partner.smtp_status == status and not proof:
        return {}
    return proof | _judged(partner, finding, status, "" if proven else Code.RELAY_NOT_TRIED)


def _proof(partner: SMTPAccount, finding: Finding) -> dict[str, Any]:
    """Kept of an account without a login, the first time."""
    is_first = finding.elsewhere and not (partner.smtp_login or partner.smtp_relay_proven_at)
    return {"smtp_relay_proven_at": finding.at} if is_first else {}


def _values_of_failure(partner: SMTPAccount, finding: Finding) -> dict[str, Any]:
    failure = dict(finding.failure)
    status = SMTPStatus.LOGIN_UNUSED if failure["code"] in _WITHOUT_LOGIN else SMTPStatus.FAILED
    before = 0 if finding.was_taken else partner.smtp_failures
    values = _proof(partner, finding) | _judged(partner, finding, status, failure["code"], failure["stage"])
    values |= {"smtp_failure": failure, "smtp_failures": before + finding.failures}
    if failure["code"] == Code.RELAY_REFUSED:
        values["smtp_relay_proven_at"] = None
    return values


def _judged(
    partner: SMTPAccount,
    finding: Finding,
    status: SMTPStatus,
    code: str,
    stage: str = "",
) -> dict[str, Any]:
    deliverable = {SMTPStatus.OK: True, SMTPStatus.UNPROVEN: None}.get(status, False)
    values: dict[str, Any] = {
        **EVIDENCE,
        "smtp_status": status.value,
        "smtp_judged_at": finding.at,
        "smtp_test_summary": {
            **partner.smtp_test_summary,
            "ok": not finding.failure,
            "deliverable": deliverable,
            "code": str(code),
            "stage": stage,
            "cause": str(code),
            "warnings": [],
        },
    }
    if status != partner.smtp_status:
        values["smtp_status_since"] = finding.at
    return values


_Key = tuple[str, str]
"""A database and a partner."""


@dataclass(frozen=True)
class _Waiting:
    finding: Finding
    write: Callable[[], None]


# What waits in this thread.
_local = threading.local()


def _waiting() -> dict[_Key, _Waiting]:
    waiting: dict[_Key, _Waiting] = _local.__dict__.setdefault("waiting", {})
    return waiting


def _write_once_free(key: _Key, waiting: _Waiting) -> None:
    using = key[0]
    if _is_free(using):
        _attempt(waiting.write)
        return
    _waiting()[key] = waiting
    # After a rollback the end of the request, or the next mail, finds what still waits. Who commits by hand has no
    # such moment but these.
    if transaction.get_connection(using).in_atomic_block:
        transaction.on_commit(write_waiting, using=using, robust=True)


def _is_free(using: str) -> bool:
    connection = transaction.get_connection(using)
    return not connection.in_atomic_block and connection.get_autocommit()


def _attempt(write: Callable[[], None]) -> None:
    try:
        write()
    except Exception as error:
        _log_forgotten(error)


def _log_forgotten(error: Exception) -> None:
    log.error("What became of a partner's mail could not be kept: %s", type(error).__name__)
