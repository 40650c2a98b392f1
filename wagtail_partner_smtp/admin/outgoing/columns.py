"""The columns of lists of messages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.forms import Media
from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import BaseColumn, DateColumn

from ...models import QueuedMessage
from ...outbox.states import NEEDS_SOMEBODY
from .. import mail_words
from ..assets import OUTGOING_STYLES, STYLES


class _Column(BaseColumn):
    @property
    def media(self) -> Media:
        return Media(css={"all": [STYLES, OUTGOING_STYLES]})


class CheckboxColumn(_Column):
    """Chooses the message for what is done with many."""

    header_template_name = "wagtail_partner_smtp/outgoing/checkbox_header.html"
    cell_template_name = "wagtail_partner_smtp/outgoing/checkbox_cell.html"


class MessageColumn(_Column):
    """To whom it goes, and its subject."""

    cell_template_name = "wagtail_partner_smtp/outgoing/message_cell.html"

    def get_cell_context_data(self, instance: QueuedMessage, parent_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        recipients = instance.recipient_list
        return context | {"first": recipients[0] if recipients else "", "more": len(recipients) - 1}


class StateColumn(_Column):
    """The badge of its state, why, and when it is tried again."""

    cell_template_name = "wagtail_partner_smtp/outgoing/state_cell.html"

    def __init__(self, *args: Any, unattended: datetime | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unattended = unattended

    def get_cell_context_data(self, instance: QueuedMessage, parent_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        waits = mail_words.why_it_waits(instance, instance.queue, self.unattended)
        return context | {
            "badge": mail_words.state_badge(instance.state),
            "reason": reason(instance),
            "waits": mail_words.next_attempt(instance)
            if instance.due_at and not instance.queue.stopped_at
            else waits,
        }


def reason(message: QueuedMessage) -> str:
    """Of what did not go as it should. In a list the partners' rows are not read for it."""
    is_fine = message.state not in (*NEEDS_SOMEBODY, "deferred", "cancelled")
    return "" if is_fine else mail_words.reason_of(message, None)


def message_columns(unattended: datetime | None, *, chosen: bool, partner: bool) -> list[BaseColumn]:
    """``chosen`` for a list whose rows can be chosen, ``partner`` for one of several partners' mail."""
    columns: list[BaseColumn] = [CheckboxColumn("choose", label=_("Select"))] if chosen else []
    columns.append(MessageColumn("recipients", label=_("Message")))
    columns.append(StateColumn("state", label=_("State"), unattended=unattended))
    if partner:
        columns.append(PartnerColumn("partner_name", label=_("Partner")))
    return [
        *columns,
        DateColumn("created_at", label=_("Queued"), sort_key="created_at"),
        DateColumn("attempted_at", label=_("Last attempt")),
    ]


class PartnerColumn(_Column):
    """Whose it is, by the name that the partner had when the message was queued."""

    cell_template_name = "wagtail_partner_smtp/outgoing/partner_cell.html"
