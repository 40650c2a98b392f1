"""What outgoing mail can be narrowed to. None of the filters needs a script of its own."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_filters import CharFilter, DateFilter, MultipleChoiceFilter
from wagtail.admin.filters import WagtailFilterSet

from ...models import PartnerQueue, QueuedMessage
from ...outbox.states import MailState

SEARCHED = ("recipients", "subject", "message_id", "key")
"""The columns that the search box looks into."""


def _day(**options: Any) -> DateFilter:
    # The browser's own field: Wagtail's calendar begins with an inline script.
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    validators = [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(9998, 12, 31))]
    return DateFilter(
        widget=widget, input_formats=["%Y-%m-%d"], validators=validators, method="filter_day", **options
    )


class PartnerOutgoingMailFilterSet(WagtailFilterSet):
    """Of one partner's mail."""

    state = MultipleChoiceFilter(
        label=_("State"), choices=MailState.choices, widget=forms.CheckboxSelectMultiple, distinct=False
    )
    recipient = CharFilter(label=_("Recipient"), field_name="recipients", lookup_expr="icontains")
    since = _day(label=_("Queued since"))
    until = _day(label=_("Queued until"))

    class Meta:
        model = QueuedMessage
        fields: list[str] = []

    def filter_day(self, rows: QuerySet[QueuedMessage], name: str, day: date) -> QuerySet[QueuedMessage]:
        if name == "since":
            return rows.filter(created_at__gte=_midnight(day))
        return rows.filter(created_at__lt=_midnight(day + timedelta(days=1)))


class OutgoingMailFilterSet(PartnerOutgoingMailFilterSet):
    """Of all partners' mail."""

    partner = CharFilter(label=_("Partner"), method="filter_partner")

    class Meta(PartnerOutgoingMailFilterSet.Meta):
        pass

    def filter_partner(self, rows: QuerySet[QueuedMessage], name: str, value: str) -> QuerySet[QueuedMessage]:
        # There are fewer queues than messages, and the messages have an index for them.
        return rows.filter(queue__in=PartnerQueue.objects.filter(partner_name__icontains=value).values("pk"))


def search(rows: QuerySet[QueuedMessage], text: str) -> QuerySet[QueuedMessage]:
    found = Q()
    for name in SEARCHED:
        found |= Q(**{f"{name}__icontains": text})
    return rows.filter(found) if text else rows


def matching(
    request: HttpRequest, rows: QuerySet[QueuedMessage], query: QueryDict
) -> QuerySet[QueuedMessage] | None:
    """Those that a page with this query lists; ``None`` if a filter's value means nothing.

    Nobody wants all messages to be sent again because a date was mistyped.
    """
    filters = OutgoingMailFilterSet(query, queryset=rows, request=request)
    return search(filters.qs, query.get("q", "").strip()) if filters.is_valid() else None


def _midnight(day: date) -> datetime:
    naive = datetime.combine(day, time.min)
    return timezone.make_aware(naive) if timezone.is_aware(timezone.now()) else naive
