"""Queued mail in words: its state as a badge, why it is as it is, and when it is tried again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince, timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..account.row import SMTPAccount
from ..diagnosis import SENTENCES, stage_title
from ..diagnosis.reaching import BY_STAGE
from ..diagnosis.sentence import Sentence
from ..models import PartnerQueue, QueuedMessage
from ..outbox.states import CANCELLED_BY_A_PERSON, WAITING, Fate, MailState
from ..smtp.errors import Code, Fact
from ..smtp.settings import DEFAULT_PORT, Stage

REMEDY = gettext_lazy(
    "Correct what is wrong in the tab SMTP, test the connection and save. Then the mail continues by itself; "
    "if not, press Resume."
)
"""What ends that a partner's mail is stopped (docs/sending.md)."""

CONTENT_KEY_LOST = "content_key_lost"

_ICONS: dict[str, str] = {
    MailState.QUEUED: "mail",
    MailState.SENDING: "rotate",
    MailState.SENT: "check",
    MailState.PARTLY: "warning",
    MailState.DEFERRED: "time",
    MailState.FAILED: "cross",
    MailState.UNKNOWN: "help",
    MailState.CANCELLED: "no-view",
    Fate.ACCEPTED: "check",
    Fate.REFUSED: "cross",
    Fate.UNTRIED: "minus",
}


@dataclass(frozen=True, kw_only=True)
class MailBadge:
    """A state of a message, or the fate of it for one recipient: a symbol and words."""

    status: str
    label: str
    icon: str


def state_badge(state: str) -> MailBadge:
    known = MailState(state)
    return MailBadge(status=f"mail-{known.value}", label=str(known.label), icon=_ICONS[known])


def fate_badge(fate: Fate) -> MailBadge:
    return MailBadge(status=f"mail-{fate.value}", label=str(fate.label), icon=_ICONS[fate])


def facts_of(partner: SMTPAccount | None, stage: str, reply: str) -> Mapping[str, Fact]:
    """What the sentences about an attempt name, as far as it is known afterwards."""
    facts: dict[str, Fact] = {}
    if (number := reply[:3]).isdigit():
        facts["smtp_code"] = number
    if name := stage_name(stage):
        facts["stage"] = name
    if partner is not None:
        facts.update(host=partner.smtp_host, login=partner.smtp_login, email=partner.smtp_email)
        facts["port"] = partner.smtp_port or DEFAULT_PORT
    return facts


def reason(code: str, stage: str, reply: str, partner: SMTPAccount | None) -> str:
    """What an attempt came to, as an editor reads it; empty if it came to what it should."""
    own = {
        "": "",
        CANCELLED_BY_A_PERSON: _("Somebody cancelled it."),
        CONTENT_KEY_LOST: _("The message can no longer be read: the key that it was encrypted with is gone."),
        Code.PARTNER_MISSING: _("The partner was deleted, so nothing is sent."),
    }
    if code in own:
        return own[code]
    if code not in Code.__members__.values():
        return _("Something unexpected happened (%(code)s).") % {"code": code}
    facts = facts_of(partner, stage, reply)
    return _by_stage(Code(code), stage).message_of(facts) or SENTENCES[Code(code)].message_of(facts)


def _by_stage(code: Code, stage: str) -> Sentence:
    known = SENTENCES[code]
    return BY_STAGE.get((code, Stage(stage)), known) if stage in Stage.__members__.values() else known


def short_reason(code: str, stage: str, partner: SMTPAccount | None) -> str:
    """The same without the server's part in it."""
    return reason(code, stage, "", partner)


def reason_of(message: QueuedMessage, partner: SMTPAccount | None) -> str:
    return reason(message.code, message.stage, message.reply, partner)


def trouble_of(queue: PartnerQueue, partner: SMTPAccount | None) -> str:
    """The last failure of a whole queue."""
    return reason(queue.trouble_code, queue.trouble_stage, queue.trouble_reply, partner)


def moment(at: datetime) -> str:
    """A time by the clock of whoever reads it."""
    return date_format(timezone.localtime(at) if timezone.is_aware(at) else at, "SHORT_DATETIME_FORMAT")


def next_attempt(message: QueuedMessage) -> str:
    """When a waiting message is tried; empty for others."""
    if message.state not in WAITING or message.due_at is None:
        return ""
    if message.due_at <= timezone.now():
        return _("Next attempt: as soon as it is its turn")
    return _("Next attempt: %(moment)s (%(left)s left)") % _until(message.due_at)


def why_it_waits(message: QueuedMessage, queue: PartnerQueue, unattended: datetime | None) -> str:
    """The first thing that keeps a message from leaving; empty unless it waits or is in hand.

    ``unattended`` is ``operations.unattended_since()``.
    """
    if message.state == MailState.SENDING:
        return _("It is being sent right now.")
    if message.state not in WAITING:
        return ""
    now = timezone.now()
    if queue.stopped_at:
        return _("The mail of this partner is stopped.")
    if message.due_at and message.due_at > now:
        if message.state == MailState.QUEUED:
            return _("It is not sent before %(moment)s (%(left)s left).") % _until(message.due_at)
        return _("It is tried again by itself.")
    if queue.retry_at and queue.retry_at > now:
        return _(
            "The partner's mail server cannot be reached. It is tried again at %(moment)s (%(left)s left)."
        ) % (_until(queue.retry_at))
    if unattended:
        return no_worker(unattended)
    if queue.paced_until and queue.paced_until > now:
        return _("The partner's mail is sent no faster than its server accepts it.")
    return _("It is its turn as soon as a worker looks for mail.")


def tried_again(at: datetime) -> str:
    """When the server of a whole queue is tried again."""
    return _("Tried again by itself: %(moment)s (%(left)s left).") % _until(at)


def no_worker(since: datetime) -> str:
    """Says that no worker delivers queued mail."""
    minutes = int((timezone.now() - since).total_seconds() // 60)
    if minutes >= 120:
        return _("No worker has been seen for %(time)s.") % {"time": timesince(since)}
    sentence = ngettext(
        "No worker has been seen for %(minutes)d minute.",
        "No worker has been seen for %(minutes)d minutes.",
        minutes,
    )
    return sentence % {"minutes": minutes}


def _until(at: datetime) -> dict[str, str]:
    return {"moment": moment(at), "left": timeuntil(at)}


def stage_name(stage: str, code: str = "") -> str:
    """The step of a session in which something happened."""
    return stage_title(Stage(stage), code) if stage in Stage.__members__.values() else ""
