"""The admin's first page says when outgoing mail is stuck, and what has failed recently."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.forms import Media
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import ngettext
from wagtail.admin.ui.components import Component

from ...account.row import SMTPAccount
from ...models import PartnerQueue
from ...outbox import operations
from ...outbox.states import NEEDS_SOMEBODY, WAITING, MailState
from .. import mail_words
from ..assets import STYLES
from ..mail_summary import TITLE, partner_mail_url
from . import gate
from .owners import owners_of
from .report import report_url

NAMED = 5
"""How many of the stopped queues are named, those that stopped last."""

LATELY = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Stuck:
    """What needs somebody: stopped queues, due mail without a worker, what ended badly recently by its state."""

    stopped: list[PartnerQueue] = field(default_factory=list)
    stopped_number: int = 0
    unattended: datetime | None = None
    waiting: int = 0
    ended: Counter[str] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        return bool(self.stopped_number or self.unattended or self.ended)


class OutgoingMailPanel(Component):
    """What is stuck, with links to it."""

    name = "outgoing_mail"
    order = 110
    template_name = "wagtail_partner_smtp/outgoing/home_panel.html"

    def __init__(self, stuck: Stuck) -> None:
        self.stuck = stuck

    @property
    def media(self) -> Media:
        return Media(css={"all": [STYLES]})

    def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
        stuck, owners = self.stuck, owners_of(self.stuck.stopped)
        return {
            "title": TITLE,
            "stopped": _stopped_sentence(stuck.stopped_number) if stuck.stopped_number else "",
            "remedy": mail_words.REMEDY,
            "queues": [_named(queue, owners.get(queue.pk)) for queue in stuck.stopped],
            "more": stuck.stopped_number - len(stuck.stopped),
            "no_worker": mail_words.no_worker(stuck.unattended) if stuck.unattended else "",
            "waiting": _waiting_sentence(stuck.waiting),
            "waiting_url": report_url(state=WAITING),
            "report_url": report_url(),
            "ended": [_ended(state, number) for state, number in sorted(stuck.ended.items())],
        }


def add_panel(request: HttpRequest, panels: list[Component]) -> None:
    """Add the panel to those of the first page, unless all is well as far as the user may know."""
    if gate.may_list_mail(request.user) and (stuck := find_stuck(gate.listed_queues(request))):
        panels.append(OutgoingMailPanel(stuck))


def find_stuck(queues: QuerySet[PartnerQueue] | None) -> Stuck:
    mail = gate.mail_of(queues).order_by()
    stopped = operations.stopped_queues().filter(messages__state__in=WAITING).distinct()
    if queues is not None:
        stopped = stopped.filter(pk__in=queues.values("pk"))
    bad = mail.filter(state__in=NEEDS_SOMEBODY, ended_at__gte=timezone.now() - LATELY)
    unattended = operations.unattended_since()
    waiting = mail.filter(state__in=WAITING).aggregate(number=Count("*"))["number"] if unattended else 0
    return Stuck(
        stopped=list(stopped.order_by("-stopped_at", "pk")[:NAMED]),
        stopped_number=stopped.count(),
        unattended=unattended if waiting else None,
        waiting=waiting,
        ended=Counter(dict(bad.values_list("state").annotate(number=Count("*")))),
    )


def _named(queue: PartnerQueue, partner: SMTPAccount | None) -> dict[str, Any]:
    return {
        "name": str(partner or queue),
        "url": partner_mail_url(partner) if partner else "",
        "reason": mail_words.trouble_of(queue, partner),
        "stopped_at": queue.stopped_at,
    }


def _ended(state: str, number: int) -> dict[str, str]:
    sentences = {
        MailState.FAILED: ngettext(
            "%(number)d message failed within the last 7 days.",
            "%(number)d messages failed within the last 7 days.",
            number,
        ),
        MailState.PARTLY: ngettext(
            "%(number)d message reached only some of its recipients within the last 7 days.",
            "%(number)d messages reached only some of their recipients within the last 7 days.",
            number,
        ),
        MailState.UNKNOWN: ngettext(
            "Of %(number)d message of the last 7 days nobody can tell whether it arrived.",
            "Of %(number)d messages of the last 7 days nobody can tell whether they arrived.",
            number,
        ),
    }
    return {"sentence": sentences[MailState(state)] % {"number": number}, "url": report_url(state=state)}


def _stopped_sentence(number: int) -> str:
    sentence = ngettext(
        "The mail of %(number)d partner is stopped.",
        "The mail of %(number)d partners is stopped.",
        number,
    )
    return sentence % {"number": number}


def _waiting_sentence(number: int) -> str:
    return ngettext("%(number)d message waits.", "%(number)d messages wait.", number) % {"number": number}
