"""What people do with queued mail: send it again, try it now, cancel it. One message or many, by POST only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import transaction
from django.db.models import BigIntegerField, Count, Model, Q, QuerySet
from django.forms import Media
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views import View
from wagtail.admin import messages
from wagtail.admin.utils import get_valid_next_url_from_request

from ... import audit
from ...models import PartnerQueue, QueuedMessage
from ...outbox import operations
from ...outbox.states import MailState
from ...permissions import MANAGE_OUTGOING_MAIL
from ..assets import OUTGOING_STYLES, STYLES
from . import gate, report
from .filters import matching
from .owners import owner_of, owners_of

_DIGITS = len(str(BigIntegerField.MAX_BIGINT))


@dataclass(frozen=True, kw_only=True)
class Action:
    """``apply`` changes what it can of some messages, ``possible`` are those that it is for now."""

    name: str
    title: str | Promise
    icon: str
    log_action: str
    apply: Callable[[QuerySet[QueuedMessage]], int]
    possible: Callable[[], Q]
    asks: bool
    """Whether people are asked before it is done."""


RESEND = Action(
    name="resend",
    title=gettext_lazy("Send again"),
    icon="mail",
    log_action=audit.RESEND_MAIL,
    apply=operations.resend,
    possible=operations.can_be_sent_again,
    asks=True,
)
RETRY = Action(
    name="retry",
    title=gettext_lazy("Try now"),
    icon="rotate",
    log_action=audit.RETRY_MAIL,
    apply=operations.retry_now,
    possible=operations.can_be_tried_now,
    asks=False,
)
CANCEL = Action(
    name="cancel",
    title=gettext_lazy("Cancel"),
    icon="no-view",
    log_action=audit.CANCEL_MAIL,
    apply=operations.cancel,
    possible=operations.can_be_cancelled,
    asks=True,
)
ACTIONS = {action.name: action for action in (RETRY, RESEND, CANCEL)}


def action_url(action: Action) -> str:
    return reverse("partner_smtp_mail_action", args=[action.name])


# With a task backend that runs at once mail leaves within the request: no transaction may be open then.
@method_decorator(transaction.non_atomic_requests, name="dispatch")
class MailActionView(View):
    """Asks where it should, and does it.

    Messages come as ``id``, or with ``all`` as those that a list shows with the query ``query``, of one queue if
    there is a ``queue``.
    """

    http_method_names = ["post"]
    template_name = "wagtail_partner_smtp/outgoing/confirm.html"

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        if not request.user.has_perm(MANAGE_OUTGOING_MAIL):
            raise PermissionDenied
        action, chosen = ACTIONS[name], self.chosen
        possible = chosen.filter(action.possible())
        if action.asks and "confirmed" not in request.POST:
            return TemplateResponse(request, self.template_name, self.question(action, possible))
        self.say(action, self.do(action, possible))
        return redirect(self.next_url)

    @cached_property
    def next_url(self) -> str:
        return get_valid_next_url_from_request(self.request) or reverse(report.URL_NAME)

    @cached_property
    def chosen(self) -> QuerySet[QueuedMessage]:
        """Those of the wanted messages that the user may manage."""
        if "all" in self.request.POST:
            return self.listed
        rows = QueuedMessage.objects.filter(pk__in=numbers(self.request.POST.getlist("id")))
        queues = list(PartnerQueue.objects.filter(pk__in=rows.values("queue")))
        owners = owners_of(queues)
        mine = [queue.pk for queue in queues if self.may_manage(queue, owners.get(queue.pk))]
        return rows.filter(queue__in=mine)

    @property
    def listed(self) -> QuerySet[QueuedMessage]:
        """All that the list shows from which the request comes."""
        if number := self.request.POST.get("queue"):
            queue = get_object_or_404(PartnerQueue, pk=number_in(number))
            if not self.may_manage(queue, owner_of(queue)):
                raise PermissionDenied
            base = QueuedMessage.objects.filter(queue=queue)
        else:
            if not gate.may_list_mail(self.request.user):
                raise PermissionDenied
            base = gate.mail_of(gate.listed_queues(self.request))
        rows = matching(self.request, base, QueryDict(self.request.POST.get("query", "")))
        if rows is None:
            raise SuspiciousOperation("a filter of the list means nothing")
        return rows

    def may_manage(self, queue: PartnerQueue, owner: Model | None) -> bool:
        return gate.passes(self.request.user, queue, owner, MANAGE_OUTGOING_MAIL)

    def do(self, action: Action, rows: QuerySet[QueuedMessage]) -> int:
        """Each partner's messages on their own, and an entry in its history."""
        done = 0
        ids = list(rows.order_by().values_list("queue", flat=True).distinct())
        queues = list(PartnerQueue.objects.filter(pk__in=ids))
        owners = owners_of(queues)
        for queue in queues:
            changed = action.apply(rows.filter(queue=queue))
            if changed:
                owner = owners.get(queue.pk, queue)
                audit.log_mail_action(owner, self.request.user, action.log_action, changed)
            done += changed
        return done

    def say(self, action: Action, done: int) -> None:
        if not done:
            messages.warning(
                self.request, _("Nothing was changed: none of these messages is in a state that allows it.")
            )
            return
        messages.success(self.request, outcome(action.log_action, done))

    def question(self, action: Action, possible: QuerySet[QueuedMessage]) -> dict[str, Any]:
        states = Counter(dict(possible.order_by().values_list("state").annotate(Count("pk"))))
        number = sum(states.values())
        carried = ("id", "all", "query", "queue", "next")
        return {
            "action": action,
            "title": action.title,
            "number": number,
            "left_out": self.chosen.count() - number,
            "tallies": [(MailState(state).label, count) for state, count in sorted(states.items())],
            "unknown": states[MailState.UNKNOWN],
            "sent": states[MailState.SENT],
            "hidden": [(name, value) for name in carried for value in self.request.POST.getlist(name)],
            "next_url": self.next_url,
            "url": action_url(action),
            "media": Media(css={"all": [STYLES, OUTGOING_STYLES]}),
        }


def numbers(texts: list[str]) -> list[int]:
    """The primary keys that a form names. Raises ``SuspiciousOperation`` where one cannot be one."""
    ids = [found for text in texts if (found := number_in(text)) is not None]
    if len(ids) < len(texts):
        raise SuspiciousOperation("an id is no number of a row")
    return ids


def number_in(text: str) -> int | None:
    """The primary key that a text of a request is; ``None`` if it cannot be one, for Python or for a database."""
    is_number = text.isdecimal() and len(text) <= _DIGITS
    return number if is_number and (number := int(text)) <= BigIntegerField.MAX_BIGINT else None


def outcome(log_action: str, number: int) -> str:
    """What was done, as the page and the partner's history tell it."""
    sentences = {
        audit.RESEND_MAIL: ngettext(
            "%(number)d message was queued again.", "%(number)d messages were queued again.", number
        ),
        audit.RETRY_MAIL: ngettext(
            "%(number)d waiting message is tried now.", "%(number)d waiting messages are tried now.", number
        ),
        audit.CANCEL_MAIL: ngettext(
            "%(number)d message was cancelled.", "%(number)d messages were cancelled.", number
        ),
    }
    return sentences[log_action] % {"number": number}
