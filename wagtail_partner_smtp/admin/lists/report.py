"""*Partner mail* among Wagtail's reports: whose mail works, since when, and what will need attention soon."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.tables import BaseColumn, BooleanColumn, ButtonsColumnMixin, DateColumn, TitleColumn
from wagtail.admin.views.reports import ReportView
from wagtail.admin.widgets.button import ButtonWithDropdown, HeaderButton
from wagtail.coreutils import multigetattr

from ...account.lookup import has_column, partner_model
from ...account.row import SMTPAccount
from ...permissions import VIEW_OUTGOING_MAIL
from ..badges import Badge, badge_for
from ..mail_summary import OutgoingMailColumn
from .listing import SEARCHED, WITHIN, bulk_test_url, listed_models, listed_rows, manageable
from .report_filters import PartnerMailFilterSet
from .row_menu import RowMenu
from .spreadsheets import SpreadsheetMixin
from .tables import (
    PARTNERS,
    CertificateColumn,
    MailStatusColumn,
    RowOpenTable,
    SecurityColumn,
    without_details_on_a_phone,
)
from .trouble import why
from .urgency import ByUrgency, urgency

if TYPE_CHECKING:
    # Wagtail 7.0 has no such class.
    from wagtail.admin.widgets.button import BaseButton

URL_NAME = "partner_smtp_report"
RESULTS_URL_NAME = "partner_smtp_report_results"

TITLE = _("Partner mail")


class NameColumn(ButtonsColumnMixin, TitleColumn):
    """The name, or what a row without one is called, and the row's menu."""

    def __init__(self, menu: RowMenu, key: str | None, **options: Any) -> None:
        super().__init__("name", label=_("Name"), accessor=key or str, sort_key=key, **options)
        self.menu = menu

    def get_buttons(self, instance: SMTPAccount, parent_context: Any) -> list[BaseButton]:
        label = gettext("More options for '%(title)s'") % {"title": instance}
        buttons, attrs = list(self.menu.buttons(instance)), {"aria-label": label}
        return [ButtonWithDropdown(buttons=buttons, icon_name="dots-horizontal", attrs=attrs)]


class PartnerMailReport(SpreadsheetMixin, ReportView):
    """Every partner whose account the user may manage, as a page or a spreadsheet.

    Rows of one model at a time: of the site's partners, or of the ``kind`` that was chosen.
    """

    page_title = TITLE
    header_icon = "mail"
    index_url_name = URL_NAME
    index_results_url_name = RESULTS_URL_NAME
    table_class = RowOpenTable
    table_classname = f"listing partner-smtp-mail {PARTNERS}"
    filterset_class = PartnerMailFilterSet
    default_ordering = "smtp_status"
    is_searchable = True
    search_fields = list(SEARCHED)
    # As in the section Partners: no index is needed, and none would be quicker.
    search_backend_name = None
    list_export = [
        "name",
        "slug",
        "active",
        "get_smtp_status_display",
        "why",
        "smtp_status_since",
        "smtp_tested_at",
        "smtp_certificate_until",
        "smtp_certificate_days_left",
        "get_smtp_security_display",
        "smtp_last_mail_at",
        "smtp_failures",
    ]
    export_headings = {
        "__str__": _("Name"),
        "get_smtp_status_display": _("Mail status"),
        "why": _("Reason"),
        "smtp_status_since": _("Since"),
        "smtp_tested_at": _("Last test"),
        "smtp_certificate_until": _("Certificate valid until"),
        "smtp_certificate_days_left": _("Days left"),
        "get_smtp_security_display": _("SMTP Security"),
        "smtp_last_mail_at": _("Last mail"),
        "smtp_failures": _("Failed attempts"),
    }
    export_filename = "partner-mail"

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.search_fields = self._known(self.search_fields)
        names = self._known(self.list_export)
        self.list_export = names if has_column(self.model, "name") else ["__str__", *names]

    def _known(self, names: Iterable[str]) -> list[str]:
        """Those that a row of the model has: one of a site's own may have neither name nor slug."""
        optional = {"name", "slug", "active"}
        return [name for name in names if name not in optional or has_column(self.model, name)]

    @cached_property
    def model(self) -> type[SMTPAccount]:
        models = listed_models(self.request.user)
        chosen = (each for each in models if each._meta.label_lower == self.request.GET.get("kind"))
        return next(chosen, models[0] if models else partner_model())

    @property
    def verbose_name_plural(self) -> str:
        return str(self.model._meta.verbose_name_plural)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.check_access()
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def check_access(self) -> None:
        if not listed_models(self.request.user):
            raise PermissionDenied

    @cached_property
    def columns(self) -> list[BaseColumn]:
        edit_url_name = self.model.snippet_viewset.get_url_name("edit")  # type: ignore[attr-defined]
        sees_mail = self.request.user.has_perm(VIEW_OUTGOING_MAIL)
        columns = [
            # Who may open the report may change partners, and so see their history.
            NameColumn(
                RowMenu(self.request, self.model, back_to=report_url(), history=True),
                "name" if has_column(self.model, "name") else None,
                url_name=edit_url_name,
            ),
            MailStatusColumn(accessor=_status),
            *([OutgoingMailColumn(last_sent=False)] if sees_mail else []),
            _date("smtp_status_since", _("Since")),
            _date("smtp_tested_at", _("Last test")),
            CertificateColumn(),
            SecurityColumn(),
            _date("smtp_last_mail_at", _("Last mail")),
            *([_active()] if has_column(self.model, "active") else []),
        ]
        return without_details_on_a_phone(columns)

    @cached_property
    def header_buttons(self) -> list[BaseButton]:
        query = self.request.GET.copy()
        query.setlist("id", ["all"])
        query[WITHIN] = URL_NAME
        query["next"] = self.index_url
        url = f"{bulk_test_url(self.model)}?{query.urlencode()}"
        return [*super().header_buttons, HeaderButton(_("Test these"), url=url, icon_name="mail")]

    def to_row_dict(self, item: SMTPAccount) -> dict[str, Any]:
        return {name: why(item) if name == "why" else multigetattr(item, name) for name in self.list_export}

    def get_base_queryset(self) -> QuerySet[Any]:
        return listed_rows(self.request, self.model)

    def get_filterset_kwargs(self) -> dict[str, Any]:
        return {**super().get_filterset_kwargs(), "queryset": self.get_base_queryset()}

    def get_filtered_queryset(self) -> QuerySet[Any]:
        # Wagtail's own would filter a second time what get_queryset() has filtered.
        return manageable(self.request.user, self.get_queryset())

    def get_exported_queryset(self) -> QuerySet[Any]:
        return self.get_filtered_queryset()

    def order_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows without a date come last in both directions, and pages never share a row."""
        name = self.ordering.removeprefix("-")
        key = urgency() if name == "smtp_status" else F(name)
        first = key.desc(nulls_last=True) if name != self.ordering else key.asc(nulls_last=True)
        return queryset.order_by(first, *self._further_order())

    def _further_order(self) -> list[str]:
        return [*self._known(["name"]), "pk"]

    def paginate_queryset(self, queryset: QuerySet[Any], page_size: int) -> Any:
        rows: QuerySet[Any] | ByUrgency = queryset
        if self.ordering.removeprefix("-") == "smtp_status":
            reverse = self.ordering.startswith("-")
            rows = ByUrgency(queryset, self._further_order(), reverse=reverse)
        return super().paginate_queryset(rows, page_size)


class PartnerMailMenuItem(MenuItem):
    """Shown to those who may open the report."""

    def is_shown(self, request: HttpRequest) -> bool:
        return bool(listed_models(request.user))


def menu_item() -> MenuItem:
    return PartnerMailMenuItem(TITLE, report_url(), name="partner-mail", icon_name="mail", order=600)


def urls() -> list[URLPattern]:
    return [
        path("reports/partner-mail/", PartnerMailReport.as_view(), name=URL_NAME),
        path(
            "reports/partner-mail/results/",
            PartnerMailReport.as_view(results_only=True),
            name=RESULTS_URL_NAME,
        ),
    ]


def report_url(**filters: str | Iterable[str]) -> str:
    """The report's address, narrowed by its filters."""
    url = reverse(URL_NAME)
    return f"{url}?{urlencode(filters, doseq=True)}" if filters else url


def _date(name: str, label: Any) -> DateColumn:
    return DateColumn(name, label=label, sort_key=name)


def _active() -> BooleanColumn:
    return BooleanColumn("active", label=_("Active"), sort_key="active")


def _status(partner: SMTPAccount) -> Badge:
    # Without the time of the test, which has a column of its own.
    return badge_for(partner.smtp_status)
