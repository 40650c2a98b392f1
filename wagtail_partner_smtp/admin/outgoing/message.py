"""One message: what happened to it for each recipient, every attempt, and what can be done."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views import View
from django.views.generic import TemplateView
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from ... import audit
from ...models import DeliveryAttempt, QueuedMessage
from ...outbox import operations, sealing
from ...outbox.states import WAITING
from ...permissions import MANAGE_OUTGOING_MAIL, READ_OUTGOING_MAIL, VIEW_OUTGOING_MAIL
from .. import mail_words
from ..assets import OUTGOING_STYLES, STYLES
from ..mail_summary import TITLE, partner_mail_url, partner_url
from ..mail_words import MailBadge
from . import asked, gate, report
from .actions import ACTIONS, CANCEL, RESEND, RETRY, Action, action_url
from .owners import owner_of
from .text import text_response

MOST_RECIPIENTS = 500
"""So many are shown; a newsletter may have thousands."""


class MessageMixin:
    """Finds the message, and checks the permission for its partner."""

    request: HttpRequest
    kwargs: dict[str, Any]
    permission = VIEW_OUTGOING_MAIL

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.passes(self.permission):
            raise PermissionDenied
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return response

    @cached_property
    def message(self) -> QueuedMessage:
        rows = QueuedMessage.objects.select_related("queue")
        message = rows.filter(pk=self.kwargs["pk"]).first()
        if message is None:
            # Those who may see no mail at all do not learn which there is.
            raise Http404 if self.request.user.has_perm(VIEW_OUTGOING_MAIL) else PermissionDenied
        return message

    def passes(self, permission: str) -> bool:
        return gate.passes(self.request.user, self.message.queue, self.partner, permission)

    @cached_property
    def partner(self) -> Any:
        """``None`` if it was deleted."""
        return owner_of(self.message.queue)


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """``reply`` is the server's reply about it."""

    address: str
    badge: MailBadge
    reply: str


@dataclass(frozen=True, kw_only=True)
class Attempt:
    row: DeliveryAttempt
    badge: MailBadge
    stage: str
    reason: str


class MessageView(MessageMixin, WagtailAdminTemplateMixin, TemplateView):
    template_name = "wagtail_partner_smtp/outgoing/message.html"
    header_icon = "mail"

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the text as well, and note that it was asked for."""
        if not self.passes(READ_OUTGOING_MAIL):
            raise PermissionDenied
        with suppress(sealing.ContentUnreadable):
            operations.content(self.message)
            audit.log_mail_read(self.partner or self.message.queue, request.user)
        query = urlencode({asked.NAME: asked.sign(request.user, self.message)})
        return redirect(f"{request.path}?{query}#partner-smtp-text")

    def get_page_title(self) -> str:
        return self.message.subject or _("(no subject)")

    def get_breadcrumbs_items(self) -> list[dict[str, Any]]:
        title = self.get_page_title()
        if gate.may_list_mail(self.request.user):
            before = {"url": reverse(report.URL_NAME), "label": TITLE}
        else:
            before = {"url": partner_mail_url(self.partner), "label": self.partner}
        return [*self.breadcrumbs_items, before, {"url": "", "label": title}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        message, queue, partner = self.message, self.message.queue, self.partner
        managed = self.passes(MANAGE_OUTGOING_MAIL)
        waits = message.state in WAITING
        return super().get_context_data(**kwargs) | {
            "message": message,
            "partner_url": partner_url(partner, "outgoing_mail") if partner else "",
            "badge": mail_words.state_badge(message.state),
            "reason": mail_words.reason_of(message, partner),
            "why": mail_words.why_it_waits(message, queue, operations.unattended_since() if waits else None),
            "next_attempt": "" if queue.stopped_at else mail_words.next_attempt(message),
            "trouble": mail_words.trouble_of(queue, partner) if waits and queue.stopped_at else "",
            "resume_url": partner_url(partner, "resume_mail") if self._is_resumable(managed) else "",
            "remedy": mail_words.REMEDY if self._is_resumable(managed) else "",
            # Messages of a stopped queue do not fail for their age.
            "gives_up": waits and not queue.stopped_at,
            "recipients": self.recipients,
            "more_recipients": max(0, len(message.recipient_list) - MOST_RECIPIENTS),
            "attempts": self.attempts,
            "actions": [(action, action_url(action)) for action in self.actions] if managed else [],
            "text": self.text(),
            "media": Media(css={"all": [STYLES, OUTGOING_STYLES]}),
        }

    def _is_resumable(self, managed: bool) -> bool:
        waits = self.message.state in WAITING and self.message.queue.stopped_at
        return bool(managed and waits and self.partner)

    @property
    def actions(self) -> list[Action]:
        """Those that can be done with it now."""
        row = QueuedMessage.objects.filter(pk=self.message.pk)
        found = row.filter(RESEND.possible() | RETRY.possible() | CANCEL.possible())
        if not found.exists():
            return []
        return [action for action in ACTIONS.values() if row.filter(action.possible()).exists()]

    @property
    def recipients(self) -> list[Recipient]:
        message = self.message
        return [
            Recipient(
                address=address,
                badge=mail_words.fate_badge(message.fate_of(address)),
                reply=message.reply_to(address),
            )
            for address in message.recipient_list[:MOST_RECIPIENTS]
        ]

    @property
    def attempts(self) -> list[Attempt]:
        """The last one first."""
        return [
            Attempt(
                row=row,
                badge=mail_words.state_badge(row.state),
                stage=mail_words.stage_name(row.stage, row.code),
                reason=mail_words.reason(row.code, row.stage, row.reply, self.partner),
            )
            for row in self.message.attempt_rows.order_by("-number")
        ]

    def text(self) -> dict[str, Any] | None:
        """What is said about the message's text; ``None`` to those who may not read it."""
        if not self.passes(READ_OUTGOING_MAIL):
            return None
        url = reverse("partner_smtp_message_text", args=[self.message.pk])
        value = self.request.GET.get(asked.NAME, "")
        return {
            "kept": operations.is_content_kept(self.message),
            "shown": asked.has_asked(value, self.request.user, self.message),
            "url": f"{url}?{urlencode({asked.NAME: value})}",
        }


class MessageTextView(MessageMixin, View):
    """The text alone, for a frame in which nothing runs and nothing is fetched."""

    permission = READ_OUTGOING_MAIL
    http_method_names = ["get"]

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not asked.has_asked(request.GET.get(asked.NAME, ""), request.user, self.message):
            return redirect("partner_smtp_message", pk)
        try:
            content = operations.content(self.message)
        except sealing.ContentUnreadable as error:
            return text_response(None, error.reason)
        return text_response(content)
