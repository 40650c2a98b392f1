"""The access tokens of one account: kept sealed in its row, renewed by one process at a time.

::

    token ─> good in the row as it was read ───────────────────────────> used: no request, no query
              │ not
              └> the row as it is now ─> good ─────────────────────────> used
                  │ not                 └> has to be connected again ──> TokenError: no request
                  └> claim (one conditional update) ─> got ─> request ─> stored ─> used
                                                      └> not got, or the request has failed:
                                                         the old one while it is good, else wait for the row
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from django.db import InterfaceError, OperationalError, router
from django.db.models import Q
from django.views.decorators.debug import sensitive_variables

from ..account import saving
from ..account.columns import OAuthGrant
from ..account.database import persistently
from ..account.encryption import Kind, UnreadablePassword
from ..account.row import SMTPAccount, rows_of
from ..account.times import as_aware, as_stored
from ..smtp.errors import Code, DeadlineError, TokenError
from ..smtp.stages import Stage
from ..smtp.token_source import AccessToken
from . import errors

if TYPE_CHECKING:
    from .client import Answer

log = logging.getLogger("wagtail_partner_smtp")

LONGEST_MARGIN: Final = timedelta(minutes=5)
"""A token is renewed so long before it expires, or a tenth of its life before."""
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 1.0
"""Seconds between two looks at the row while another process renews its token."""
_LAST_MOMENT = timedelta(seconds=10)
_UNTIL_NEXT_TRY = timedelta(minutes=1)
# What a renewal may need besides its request: the lease of one that died ends that much later.
_AFTER_DEADLINE = timedelta(seconds=2)

_ACCESS, _REFRESH = saving.SEALED[Kind.ACCESS_TOKEN], saving.SEALED[Kind.REFRESH_TOKEN]
_FREE = {"smtp_oauth_renewing": None, "smtp_oauth_renewing_until": None}

Database = Callable[[Callable[[], Any]], Any]
"""Calls what needs the database, and returns what it returns: in another thread, where this one has none."""


def _here(act: Callable[[], Any]) -> Any:
    return act()


@dataclass(frozen=True, kw_only=True)
class AccountTokenSource:
    """A ``TokenSource`` of one partner, saved or not. Equal are those of the same row with the same values.

    Tokens of an account that is not saved stay in memory, but for a new refresh token in place of the saved row's.
    """

    identity: tuple[str, ...] = field(repr=False)
    uuid: UUID | None
    partner: SMTPAccount = field(repr=False, compare=False)
    database: Database = field(default=_here, repr=False, compare=False)

    @classmethod
    @sensitive_variables()
    def of(cls, partner: SMTPAccount) -> AccountTokenSource:
        """Raises ``UnreadablePassword`` if the secret of the application cannot be read."""
        return cls(identity=partner.smtp_oauth_identity(), uuid=partner.smtp_uuid, partner=partner)

    def over(self, database: Database) -> AccountTokenSource:
        """The same, for a thread that has no business with the database itself."""
        return replace(self, database=database)

    def token(self, deadline: float) -> AccessToken:
        """Raises ``TokenError`` or ``DeadlineError``."""
        found = _Cached.of(self.partner)
        return found.token if found and found.is_fresh else _Renewal(self, deadline).run()

    def renewed(self, refused: AccessToken, deadline: float) -> AccessToken:
        """Raises ``TokenError`` or ``DeadlineError``."""
        return _Renewal(self, deadline, refused=refused.value).run()


@dataclass(frozen=True, kw_only=True)
class _Cached:
    """The access token of a row, with its times."""

    token: AccessToken
    issued_at: datetime
    expires_at: datetime

    @classmethod
    @sensitive_variables()
    def of(cls, row: SMTPAccount) -> _Cached | None:
        """``None`` if there is none, or none that can be read: another one will be got."""
        issued, expires = row.smtp_oauth_token_issued_at, row.smtp_oauth_token_expires_at
        if row.smtp_oauth_needs_consent or issued is None or expires is None:
            return None
        try:
            value = row.smtp_oauth_token(Kind.ACCESS_TOKEN)
        except UnreadablePassword:
            return None
        if not value:
            return None
        issued, expires = as_aware(issued), as_aware(expires)
        age = max(0.0, (datetime.now(UTC) - issued).total_seconds())
        token = AccessToken(value=value, age=age, mailbox=row.smtp_oauth_connected_as)
        return cls(token=token, issued_at=issued, expires_at=expires)

    @property
    def is_fresh(self) -> bool:
        """With a margin that lets one process renew it in time, while the others go on using it."""
        margin = min(LONGEST_MARGIN, (self.expires_at - self.issued_at) / 10)
        return self.issued_at - LONGEST_MARGIN <= datetime.now(UTC) < self.expires_at - margin

    @property
    def is_good(self) -> bool:
        return datetime.now(UTC) < self.expires_at - min(
            _LAST_MOMENT, (self.expires_at - self.issued_at) / 20
        )


class _Renewal:
    """One attempt to have another token than a ``refused`` one, or than one that is about to expire."""

    def __init__(self, source: AccountTokenSource, deadline: float, refused: str = "") -> None:
        self._source = source
        self._partner = source.partner
        self._deadline = deadline
        self._refused = refused
        self._mine = uuid4()

    def run(self) -> AccessToken:
        self._refuse_if_never_connected(self._partner)
        for pause in _pauses():
            row = self._read()
            if row is None or self._is_of_other_values(row):
                return self._answered(self._ask(self._partner), self._partner)
            found = self._usable(row)
            if found and found.is_fresh:
                return found.token
            self._refuse_if_disconnected(row)
            if self._call(self._claim, row):
                return self._renew(row, found)
            if found and found.is_good:
                return found.token
            self._wait(pause)
        raise AssertionError("the pauses do not end")

    def _usable(self, row: SMTPAccount) -> _Cached | None:
        """What the row has that is not the very token which will not do."""
        found = None if self._is_trial else _Cached.of(row)
        return found if found and found.token.value != self._refused else None

    @property
    def _is_trial(self) -> bool:
        """Whether a secret just typed is to be tried: no token of an old one says anything about that."""
        return self._partner._state.adding and not getattr(self._partner, _ACCESS)

    def _refuse_if_disconnected(self, row: SMTPAccount) -> None:
        """What is known to fail needs no request."""
        if row.smtp_oauth_grant == OAuthGrant.CONSENT and row.smtp_oauth_needs_consent:
            raise TokenError(_code(row.smtp_oauth_needs_consent), stage=Stage.TOKEN)
        self._refuse_if_never_connected(row)

    def _refuse_if_never_connected(self, row: SMTPAccount) -> None:
        is_saved = not row._state.adding
        if row.smtp_oauth_grant != OAuthGrant.CONSENT or getattr(row, _REFRESH):
            return
        # One that is saved may have been connected since it was read.
        if row is not self._partner or not is_saved:
            raise TokenError(Code.OAUTH_NOT_CONNECTED, stage=Stage.TOKEN)

    def _wait(self, pause: float) -> None:
        """For the row, never for the provider: whoever renews the token writes it there."""
        left = self._deadline - time.monotonic()
        if left <= pause:
            raise DeadlineError(Code.OAUTH_ENDPOINT_SLOW, stage=Stage.TOKEN)
        time.sleep(pause)

    @sensitive_variables()
    def _renew(self, row: SMTPAccount, old: _Cached | None) -> AccessToken:
        after: dict[str, Any] = dict(_FREE)
        try:
            answer = self._ask(row)
            after = columns(row, answer)
            return self._answered(answer, row)
        except (TokenError, DeadlineError) as error:
            if isinstance(error, TokenError) and errors.needs_consent(error):
                after["smtp_oauth_needs_consent"] = error.code.value
                raise
            if old is None or not old.is_good:
                raise
            # For a minute nobody asks again: whoever needs a token uses this one.
            until = min(datetime.now(UTC) + _UNTIL_NEXT_TRY, old.expires_at - _LAST_MOMENT)
            after = {"smtp_oauth_renewing_until": as_stored(until)}
            return old.token
        finally:
            # Before anybody uses the access token: the old refresh token may be good no more.
            self._keep(row, after)

    def _keep(self, row: SMTPAccount, values: dict[str, Any]) -> None:
        try:
            self._call(self._store, row, values)
        except (InterfaceError, OperationalError) as error:
            # What the provider has said counts all the same, and so does an access token.
            kept = "The new refresh token" if _REFRESH in values else "The state"
            log.error("%s of an OAuth connection could not be stored: %s", kept, type(error).__name__)

    def _store(self, row: SMTPAccount, values: dict[str, Any]) -> None:
        if self._is_trial:
            values = {name: value for name, value in values.items() if name == _REFRESH or name in _FREE}
        if self._rows().filter(smtp_oauth_renewing=self._mine).update(**values) or _REFRESH not in values:
            return
        # It took so long that somebody else has begun; what is in the row is still what this one was made of.
        old = {_REFRESH: getattr(row, _REFRESH)}
        self._rows().filter(**old).update(**{_REFRESH: values[_REFRESH]})

    def _answered(self, answer: Answer, row: SMTPAccount) -> AccessToken:
        return AccessToken(value=answer.access_token, mailbox=row.smtp_oauth_connected_as)

    @sensitive_variables()
    def _ask(self, row: SMTPAccount) -> Answer:
        # Not before it is needed: an account with a good token needs neither.
        from . import grants
        from .providers import provider_of
        from .vendors import Application

        # The typed secret, where there is one, is the partner's that the source was made for.
        provider = provider_of(self._partner)
        if row.smtp_oauth_grant == OAuthGrant.CONSENT:
            if not (token := _read_token(row)):
                # A row that only another connection sees yet was not there to tell.
                raise TokenError(Code.OAUTH_NOT_CONNECTED, stage=Stage.TOKEN)
            return grants.refresh(provider, token, deadline=self._deadline)
        if provider.application is Application.JWT_BEARER:
            return grants.service_account(provider, self._partner.smtp_login, deadline=self._deadline)
        return grants.client_credentials(provider, deadline=self._deadline)

    def _call(self, act: Callable[..., Any], *arguments: Any) -> Any:
        """A database that is locked or away is tried again until the deadline, and a little longer."""
        patience = max(0.0, self._deadline - time.monotonic()) + _AFTER_DEADLINE.total_seconds()
        return self._source.database(partial(persistently, partial(act, *arguments), patience))

    def _read(self) -> SMTPAccount | None:
        """The row as it is now; ``None`` if there is none."""
        row: SMTPAccount | None = None
        if self._source.uuid is not None:
            row = self._call(lambda: self._rows().first())
        return row

    def _rows(self) -> Any:
        using = router.db_for_write(type(self._partner), instance=self._partner)
        return rows_of(self._partner, using).filter(smtp_uuid=self._source.uuid)

    def _is_of_other_values(self, row: SMTPAccount) -> bool:
        """Whether somebody has changed the account since; a token of the old values is no token of the new."""
        return row.smtp_oauth_target() != self._partner.smtp_oauth_target() or (
            row.smtp_destination() != self._partner.smtp_destination()
        )

    def _claim(self, row: SMTPAccount) -> bool:
        """Only of what was just read: whoever has renewed it meanwhile has changed that."""
        now = datetime.now(UTC)
        seconds = max(0.0, self._deadline - time.monotonic())
        until = now + timedelta(seconds=seconds) + _AFTER_DEADLINE
        # A lease of longer than any deadline is that of a clock which was set back since.
        is_free = (
            Q(smtp_oauth_renewing__isnull=True)
            | Q(smtp_oauth_renewing=self._mine)
            | Q(smtp_oauth_renewing_until__lt=as_stored(now))
            | Q(smtp_oauth_renewing_until__gt=as_stored(until + timedelta(hours=1)))
        )
        seen = {_ACCESS: getattr(row, _ACCESS), _REFRESH: getattr(row, _REFRESH)}
        return bool(
            self._rows()
            .filter(is_free, **seen)
            .update(smtp_oauth_renewing=self._mine, smtp_oauth_renewing_until=as_stored(until))
        )


@sensitive_variables()
def columns(row: SMTPAccount, answer: Answer) -> dict[str, Any]:
    """What a row holds of an answer, sealed for that row; without a new refresh token the old one stays."""
    now = datetime.now(UTC)
    sealed = {_ACCESS: row.sealed_smtp_oauth_token(Kind.ACCESS_TOKEN, answer.access_token)}
    if answer.refresh_token:
        sealed[_REFRESH] = row.sealed_smtp_oauth_token(Kind.REFRESH_TOKEN, answer.refresh_token)
    return {
        **sealed,
        "smtp_oauth_token_issued_at": as_stored(now),
        "smtp_oauth_token_expires_at": as_stored(now + timedelta(seconds=answer.lifetime)),
        "smtp_oauth_needs_consent": "",
        **_FREE,
    }


@sensitive_variables()
def _read_token(row: SMTPAccount) -> str:
    try:
        return row.smtp_oauth_token(Kind.REFRESH_TOKEN)
    except UnreadablePassword as error:
        raise TokenError(error.code, stage=Stage.TOKEN, facts=error.facts) from None


def _code(stored: str) -> Code:
    return Code(stored) if stored in Code.__members__.values() else Code.OAUTH_CONSENT_REFUSED


def _pauses() -> Iterator[float]:
    pause = FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 1.5, LONGEST_PAUSE)
