"""The state of one partner's queued mail, for its form, the list of partners and the report *Partner mail*."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Literal

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.forms import Media
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from wagtail.admin.ui.tables import Column

from ..account.row import SMTPAccount
from ..outbox import operations
from ..outbox.operations import PartnerMail
from ..outbox.states import NEEDS_SOMEBODY, WAITING, MailState
from ..permissions import can_manage_mail, can_see_mail
from . import mail_words
from .assets import STYLES

TITLE = gettext_lazy("Outgoing mail")

Level = Literal["good", "soon", "ended"]


@dataclass(frozen=True)
class MailSummary:
    """``unattended`` is since when due mail has had no worker; ``managed`` whether the user may resume it."""

    partner: SMTPAccount
    mail: PartnerMail
    unattended: datetime | None = None
    managed: bool = False

    @property
    def last_sent_at(self) -> datetime | None:
        return self.mail.queue.last_sent_at if self.mail.queue else None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever queued."""
        return self.mail.queue is None

    @property
    def waiting(self) -> str:
        number = self.mail.waiting
        return ngettext("%(number)d waiting", "%(number)d waiting", number) % {"number": number}

    @property
    def failed(self) -> str:
        number = self.mail.failed
        return ngettext("%(number)d failed", "%(number)d failed", number) % {"number": number}

    @cached_property
    def why(self) -> str:
        """What is wrong with the queue, as one or two sentences; empty if nothing is."""
        queue = self.mail.queue
        if queue is None:
            return ""
        if self.mail.is_stopped:
            return f"{_('Stopped.')} {mail_words.trouble_of(queue, self.partner)}".strip()
        if self.mail.is_held_up and queue.retry_at and self.mail.waiting:
            again = mail_words.tried_again(queue.retry_at)
            return f"{mail_words.trouble_of(queue, self.partner)} {again}".strip()
        if self.unattended and self.mail.waiting:
            return mail_words.no_worker(self.unattended)
        return ""

    @property
    def remedy(self) -> str:
        """What to do about ``why``, for those who may resume it."""
        return str(mail_words.REMEDY) if self.resume_url else ""

    @property
    def level(self) -> Level:
        if self.mail.is_stopped:
            return "ended"
        return "soon" if self.why or self.mail.failed else "good"

    @property
    def icon(self) -> str:
        """The name of a Wagtail icon; empty while nothing needs to be done."""
        return {"good": "", "soon": "warning", "ended": "cross"}[self.level]

    @property
    def url(self) -> str:
        """The page of the partner's mail; empty for a model whose viewset has none."""
        return partner_mail_url(self.partner)

    @property
    def waiting_url(self) -> str:
        return partner_mail_url(self.partner, state=[*WAITING, MailState.SENDING])

    @property
    def failed_url(self) -> str:
        return partner_mail_url(self.partner, state=NEEDS_SOMEBODY)

    @property
    def resume_url(self) -> str:
        """Where it is resumed, if it waits for that and the user may."""
        held = self.mail.is_stopped or self.mail.is_held_up
        return partner_url(self.partner, "resume_mail") if held and self.managed else ""


def partner_url(partner: Model, name: str) -> str:
    """An address below a partner's section, empty if its model has none with the outbox's pages."""
    viewset = getattr(partner, "snippet_viewset", None)
    if not getattr(viewset, "tests_connections", False):
        return ""
    return reverse(viewset.get_url_name(name), args=[quote(partner.pk)])  # type: ignore[union-attr]


def partner_mail_url(partner: Model, **filters: str | Iterable[str]) -> str:
    url = partner_url(partner, "outgoing_mail")
    return f"{url}?{urlencode(filters, doseq=True)}" if url and filters else url


def summary_for(user: Any, partner: SMTPAccount) -> MailSummary | None:
    """``None`` for those who may not see the partner's mail."""
    return summaries_for(user, [partner]).get(str(partner.pk))


def summaries_for(user: Any, partners: Iterable[SMTPAccount]) -> dict[str, MailSummary]:
    """By primary keys as text, of those whose mail the user may see. The number of queries is constant."""
    seen = [partner for partner in partners if can_see_mail(user, partner)]
    if not seen:
        return {}
    found, unattended = operations.overviews(seen), operations.unattended_since()
    return {
        str(partner.pk): MailSummary(
            partner,
            found.get(str(partner.pk), PartnerMail()),
            unattended,
            can_manage_mail(user, partner),
        )
        for partner in seen
    }


class OutgoingMailColumn(Column):
    """Last sent, waiting, failed and why, asked for all rows of the page at once."""

    cell_template_name = "wagtail_partner_smtp/mail_summary_cell.html"

    def __init__(self, *, last_sent: bool = True) -> None:
        super().__init__("outgoing_mail", label=TITLE)
        self.last_sent = last_sent

    def get_value(self, instance: Any) -> str:
        """What Wagtail 7.0 takes for a column of a list has one value for each row."""
        return ""

    def get_cell_context_data(self, instance: Any, parent_context: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_cell_context_data(instance, parent_context)
        table = parent_context["table"]
        if not hasattr(table, "mail_summaries"):
            table.mail_summaries = summaries_for(parent_context["request"].user, table.data)
        return context | {"summary": table.mail_summaries.get(str(instance.pk))}

    @property
    def media(self) -> Media:
        return Media(css={"all": [STYLES]})
