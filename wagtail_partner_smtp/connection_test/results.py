"""The last test's result, stored on the partner only if what was tested is what is stored."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.core import signing
from django.db import router
from django.db.models import Q
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from ..account import encryption
from ..account.columns import SMTPStatus
from ..account.names import is_saved, name_of
from ..account.row import SMTPAccount, rows_of
from ..account.saving import ACCOUNT, not_known_since, one_spelling
from ..account.times import as_stored
from ..outbox import operations
from ..smtp.errors import SettingsError
from ..smtp.settings import SMTPSettings

if TYPE_CHECKING:
    from .report import ConnectionReport

MAX_AGE = 15 * 60
"""For how many seconds a token can be redeemed."""

_SALT = "wagtail_partner_smtp.results"
_FINGERPRINTS = b"wagtail_partner_smtp/fingerprint/v1"
_NEW = "new"
# A certificate may be valid until the last second of the year 9999, which is no time in zones east of Greenwich.
_LATEST = datetime(9999, 12, 30, tzinfo=UTC)


def store(partner: SMTPAccount, settings: SMTPSettings, report: ConnectionReport) -> bool:
    """Store the result if ``settings`` are what is saved of ``partner``, and nothing newer is known of it.

    Whether it was stored.
    """
    return _store(partner, partial(_is_of, _fingerprint(settings)), _Outcome.of(report), Q())


def store_unusable(partner: SMTPAccount, report: ConnectionReport) -> bool:
    """Store that what is saved of ``partner`` cannot even be read, if that is still so. Whether it was stored."""
    return _store(partner, _is_unusable, _Outcome.of(report), Q())


def sign(user: Any, partner: SMTPAccount | None, settings: SMTPSettings, report: ConnectionReport) -> str:
    """A token of the result that the form sends along when it is saved.

    Whoever has it can read the result in it, but nothing of the tested values.
    """
    claim = {
        "user": str(user.pk),
        "partner": _name(partner),
        "values": _fingerprint(settings),
        "outcome": asdict(_Outcome.of(report)),
    }
    return signing.dumps(claim, salt=_SALT)


def redeem(token: str, user: Any, partner: SMTPAccount) -> bool:
    """Store the result in the token on a partner just saved; whether it is of this user, partner and values.

    A result that is older than the stored one is not stored.
    """
    try:
        claim = signing.loads(token, salt=_SALT, max_age=MAX_AGE)
    except signing.BadSignature:
        return False
    if claim["user"] != str(user.pk) or claim["partner"] not in {_NEW, _name(partner)}:
        return False
    outcome = _Outcome(**claim["outcome"])
    condition = Q(smtp_tested_at__isnull=True) if claim["partner"] == _NEW else Q()
    return _store(partner, partial(_is_of, claim["values"]), outcome, condition)


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """What is stored of a result, in JSON's types. ``certificate`` is empty unless it was trusted."""

    status: str
    summary: dict[str, Any]
    began_at: str
    tested_at: str
    certificate: str
    relays: bool | None

    @classmethod
    def of(cls, report: ConnectionReport) -> _Outcome:
        return cls(
            status=report.status.value,
            summary=report.summary(),
            began_at=as_stored(report.tested_at).isoformat(),
            tested_at=timezone.now().isoformat(),
            certificate=report.tls.sha256 if report.tls and report.tls.trusted else "",
            relays=report.facts.relays,
        )

    @property
    def time(self) -> datetime:
        return datetime.fromisoformat(self.tested_at)

    @property
    def began(self) -> datetime:
        return datetime.fromisoformat(self.began_at)

    def columns(self, saved: SMTPAccount) -> dict[str, Any]:
        columns: dict[str, Any] = {
            "smtp_status": self.status,
            "smtp_test_summary": self.summary,
            "smtp_tested_at": self.time,
            "smtp_judged_at": self.began,
        }
        if self.summary["deliverable"] is not False:
            columns |= {"smtp_failure": {}, "smtp_failures": 0}
        if self.relays is not None:
            columns["smtp_relay_proven_at"] = self.time if self.relays else None
        if self.status != saved.smtp_status:
            columns["smtp_status_since"] = self.time
        if until := self.summary["certificate_expires"]:
            columns["smtp_certificate_until"] = as_stored(min(datetime.fromisoformat(until), _LATEST))
        if self.certificate:
            columns |= {
                "smtp_known_certificate": self.certificate,
                "smtp_known_certificate_at": self.time,
            }
        return columns


def _store(
    partner: SMTPAccount, is_meant: Callable[[SMTPAccount], bool], outcome: _Outcome, condition: Q
) -> bool:
    rows = rows_of(partner, router.db_for_write(type(partner), instance=partner))
    saved = rows.filter(pk=partner.pk).first()
    if saved is None or not is_meant(saved):
        return False
    # The values again, so that what an editor saves at this moment is not called tested.
    unchanged = {name: getattr(saved, name) for name in ACCOUNT}
    # Nor is what was found out after the test began overwritten.
    is_news = not_known_since(outcome.began)
    mine = rows.filter(condition, is_news, pk=saved.pk, **unchanged)
    if not mine.update(**outcome.columns(saved)):
        return False
    if outcome.status in (SMTPStatus.OK, SMTPStatus.UNPROVEN):
        operations.resume(saved)
    return True


def _is_unusable(saved: SMTPAccount) -> bool:
    try:
        saved.smtp_settings()
    except SettingsError:
        return True
    return False


def _is_of(fingerprint: str, saved: SMTPAccount) -> bool:
    try:
        settings = saved.smtp_settings()
    except SettingsError:
        return False
    return hmac.compare_digest(_fingerprint(settings), fingerprint)


@sensitive_variables()
def _fingerprint(settings: SMTPSettings) -> str:
    values = (
        one_spelling(settings.host),
        settings.effective_port,
        settings.login,
        settings.password,
        settings.email,
        settings.security.value,
        settings.pinned_certificate,
        *(settings.token_source.identity if settings.token_source else ()),
    )
    key = encryption.keys(_FINGERPRINTS)[0].material
    return hmac.new(key, json.dumps(values).encode(), hashlib.sha256).hexdigest()


def _name(partner: SMTPAccount | None) -> str:
    return name_of(partner) if partner is not None and is_saved(partner) else _NEW
