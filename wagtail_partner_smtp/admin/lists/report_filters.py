"""What the report *Partner mail* can be narrowed to. None of the filters needs a script of its own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, ChoiceFilter, MultipleChoiceFilter
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.widgets import BooleanRadioSelect

from ...account.columns import SECURITY_CHOICES, SMTPStatus
from ...account.health import certificate_ends_within, is_broken
from ...account.lookup import has_column
from .listing import listed_models

BROKEN = "broken"
MAIL_CHOICES = ((BROKEN, _("Can't be sent")),)

CERTIFICATE_CHOICES = (
    ("14", _("Ends within 14 days")),
    ("30", _("Ends within 30 days")),
)
NEVER = "never"
LAST_MAIL_CHOICES = (
    ("30", _("More than 30 days ago")),
    ("90", _("More than 90 days ago")),
    (NEVER, _("Never")),
)


def one_of(choices: Any, **options: Any) -> ChoiceFilter:
    return ChoiceFilter(choices=choices, widget=forms.RadioSelect, empty_label=_("All"), **options)


class PartnerMailFilterSet(WagtailFilterSet):
    """Needs a queryset: which model it is about is known only when the site runs."""

    kind = ChoiceFilter(
        label=_("Kind"), choices=(), widget=forms.RadioSelect, empty_label=None, method="filter_kind"
    )
    mail = one_of(MAIL_CHOICES, label=_("Mail"), method="filter_mail")
    smtp_status = MultipleChoiceFilter(
        label=_("Mail status"),
        choices=SMTPStatus.choices,
        widget=forms.CheckboxSelectMultiple,
        distinct=False,
    )
    certificate = one_of(CERTIFICATE_CHOICES, label=_("Certificate"), method="filter_certificate")
    last_mail = one_of(LAST_MAIL_CHOICES, label=_("Last mail"), method="filter_last_mail")
    smtp_security = one_of(SECURITY_CHOICES, label=_("SMTP Security"))
    active = BooleanFilter(label=_("Active"), widget=BooleanRadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        models = listed_models(self.request.user)
        if len(models) > 1:
            kinds = [(each._meta.label_lower, capfirst(each._meta.verbose_name_plural)) for each in models]
            shown = self.queryset.model._meta.label_lower
            # What is shown unless another is chosen filters nothing.
            self.filters["kind"].extra |= {"choices": kinds, "initial": models[0]._meta.label_lower}
            chosen: QueryDict = self.data.copy()  # type: ignore[has-type]
            chosen.setdefault("kind", shown)
            self.data = chosen
        else:
            del self.filters["kind"]
        if not has_column(self.queryset.model, "active"):
            del self.filters["active"]

    def filter_kind(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        # Whose rows they are was decided by the report.
        return rows

    def filter_mail(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(is_broken())

    def filter_certificate(self, rows: QuerySet[Any], name: str, days: str) -> QuerySet[Any]:
        return certificate_ends_within(int(days), rows)

    def filter_last_mail(self, rows: QuerySet[Any], name: str, days: str) -> QuerySet[Any]:
        if days == NEVER:
            return rows.filter(smtp_last_mail_at=None)
        return rows.filter(smtp_last_mail_at__lt=timezone.now() - timedelta(days=int(days)))
