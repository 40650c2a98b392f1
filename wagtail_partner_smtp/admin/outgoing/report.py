"""The report *Outgoing mail*: all queued messages that the user may see, as a page or a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms import Media
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import BaseColumn
from wagtail.admin.views.reports import ReportView

from ...models import PartnerQueue, QueuedMessage
from ...outbox import operations
from ...outbox.states import ENDED, MailState
from ...permissions import MANAGE_OUTGOING_MAIL
from .. import mail_words
from ..assets import OUTGOING_STYLES, STYLES
from ..lists.spreadsheets import SpreadsheetMixin
from ..lists.tables import RowOpenTable
from ..mail_summary import TITLE
from . import gate
from .chart import chart_of
from .columns import message_columns, reason
from .filters import SEARCHED, OutgoingMailFilterSet

URL_NAME = "partner_smtp_outgoing_mail"
RESULTS_URL_NAME = "partner_smtp_outgoing_mail_results"


class OutgoingMailReport(SpreadsheetMixin, ReportView):
    """Every message of the partners whose mail the user may see, the last one first."""

    model = QueuedMessage
    page_title = TITLE
    header_icon = "mail"
    index_url_name = URL_NAME
    index_results_url_name = RESULTS_URL_NAME
    template_name = "wagtail_partner_smtp/outgoing/report.html"
    results_template_name = "wagtail_partner_smtp/outgoing/results.html"
    table_class = RowOpenTable
    table_classname = "listing partner-smtp-mail partner-smtp-outgoing"
    filterset_class = OutgoingMailFilterSet
    default_ordering = "-created_at"
    is_searchable = True
    search_fields = list(SEARCHED)
    search_backend_name = None
    verbose_name_plural = _("outgoing messages")
    list_export = [
        "partner_name",
        "get_state_display",
        "reason",
        "sender",
        "recipients",
        "subject",
        "created_at",
        "attempts",
        "attempted_at",
        "due_at",
        "ended_at",
        "reply",
        "message_id",
        "key",
        "size",
    ]
    export_headings = {
        "partner_name": _("Partner"),
        "get_state_display": _("State"),
        "reason": _("Reason"),
        "sender": _("Sender"),
        "recipients": _("Recipients"),
        "subject": _("Subject"),
        "created_at": _("Queued"),
        "attempts": _("Attempts"),
        "attempted_at": _("Last attempt"),
        "due_at": _("Next attempt"),
        "ended_at": _("Ended"),
        "reply": _("Server's reply"),
        "message_id": "Message-ID",
        "key": _("Key"),
        "size": _("Size in bytes"),
    }
    export_filename = "outgoing-mail"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.may_open():
            raise PermissionDenied
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def may_open(self) -> bool:
        return gate.may_list_mail(self.request.user)

    def may_manage(self) -> bool:
        return bool(self.request.user.has_perm(MANAGE_OUTGOING_MAIL))

    @cached_property
    def queues(self) -> Iterable[PartnerQueue] | None:
        return gate.listed_queues(self.request)

    @cached_property
    def unattended(self) -> datetime | None:
        return operations.unattended_since()

    @cached_property
    def columns(self) -> list[BaseColumn]:
        return message_columns(self.unattended, chosen=self.may_manage(), partner=True)

    def get_base_queryset(self) -> QuerySet[QueuedMessage]:
        return gate.mail_of(self.queues).select_related("queue").defer("outcomes")

    def get_filterset_kwargs(self) -> dict[str, Any]:
        return {**super().get_filterset_kwargs(), "queryset": self.get_base_queryset()}

    def get_filtered_queryset(self) -> QuerySet[QueuedMessage]:
        # Wagtail's own would filter a second time what get_queryset() has filtered.
        queryset: QuerySet[QueuedMessage] = self.get_queryset()
        return queryset

    def order_queryset(self, queryset: QuerySet[QueuedMessage]) -> QuerySet[QueuedMessage]:
        # In the order in which they were queued, which needs no index of its own.
        return queryset.order_by("pk" if self.ordering == "created_at" else "-pk")

    def get_exported_queryset(self) -> QuerySet[QueuedMessage]:
        return self.get_filtered_queryset().order_by("-pk")

    def to_row_dict(self, item: QueuedMessage) -> dict[str, Any]:
        computed = {
            "get_state_display": self.state_labels[item.state],
            "reason": reason(item),
            "recipients": ", ".join(item.recipient_list),
            # A message that was cancelled before its time has one, which counts only if it is sent again.
            "due_at": None if item.state in ENDED else item.due_at,
        }
        return {
            name: computed[name] if name in computed else getattr(item, name) for name in self.list_export
        }

    @cached_property
    def state_labels(self) -> dict[str, str]:
        """Translated once, not for each of a hundred thousand rows."""
        return {state.value: str(state.label) for state in MailState}

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        context["media"] += Media(css={"all": [STYLES, OUTGOING_STYLES]})
        context |= {"may_manage": self.may_manage(), "query": self.request.GET.urlencode()}
        return context if self.results_only else context | self.overview()

    def overview(self) -> dict[str, Any]:
        """What stands above the list, and does not change with its filters."""
        sentence = mail_words.no_worker(self.unattended) if self.unattended else ""
        return {"chart": chart_of(self.queues), "no_worker": sentence}


class OutgoingMailMenuItem(MenuItem):
    """Shown to those who may open the report."""

    def is_shown(self, request: HttpRequest) -> bool:
        return gate.may_list_mail(request.user)


def menu_item() -> MenuItem:
    return OutgoingMailMenuItem(TITLE, reverse(URL_NAME), name="outgoing-mail", icon_name="mail", order=610)


def report_url(**filters: Any) -> str:
    url = reverse(URL_NAME)
    return f"{url}?{urlencode(filters, doseq=True)}" if filters else url
