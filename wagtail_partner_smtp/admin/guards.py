"""What the views of any snippet with an SMTP account need. The viewset mixes it into them."""

from __future__ import annotations

from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.decorators.debug import sensitive_post_parameters
from wagtail.admin import messages
from wagtail.admin.ui.tables import BaseColumn, Column
from wagtail.log_actions import registry

from .. import audit
from ..account.lookup import has_column
from ..account.row import SMTPAccount
from ..permissions import VIEW_OUTGOING_MAIL, can_manage_smtp
from . import history
from .lists.listing import (
    is_account_field,
    may_list_smtp,
    may_test_some,
    without_account_filters,
    without_bulk_action,
)
from .lists.row_menu import RowMenu
from .lists.spreadsheets import SpreadsheetMixin
from .lists.tables import PARTNERS, RowOpenTable, SMTPColumn, without_details_on_a_phone
from .mail_summary import OutgoingMailColumn
from .tab import form_errors
from .tab.fields import SECRET_FIELDS

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django_filters import FilterSet
    from wagtail.snippets.views.snippets import CopyView, EditView, HistoryView, IndexView, InspectView

    from ..forms import SMTPAccountFormMixin
else:
    CopyView = EditView = HistoryView = IndexView = InspectView = object


class SMTPIndexMixin(SpreadsheetMixin, IndexView):
    """A list that shows SMTP accounts, also as a spreadsheet, only to those who may see them."""

    table_class = RowOpenTable
    table_classname = f"listing {PARTNERS}"

    list_export: list[str]
    search_fields: list[str] | None
    filterset_class: type[FilterSet] | None

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        if not self.lists_smtp:
            self.list_export = [name for name in self.list_export if not is_account_field(name)]
            self.search_fields = [name for name in self.search_fields or () if not is_account_field(name)]
            if self.filterset_class:
                self.filterset_class = without_account_filters(self.filterset_class)

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        response: HttpResponse = super().render_to_response(context, **options)
        rows = context["object_list"]
        if isinstance(response, TemplateResponse) and not may_test_some(self.request.user, rows, self.model):
            response.add_post_render_callback(partial(without_bulk_action, model=self.model))
        return response

    @cached_property
    def lists_smtp(self) -> bool:
        return may_list_smtp(self.request.user, self.model)

    @cached_property
    def columns(self) -> list[BaseColumn]:
        columns = super().columns
        if not (self.lists_smtp and self.request.user.has_perm(VIEW_OUTGOING_MAIL)):
            columns = [each for each in columns if not isinstance(each, OutgoingMailColumn)]
        if not self.lists_smtp:
            return [each for each in columns if not is_account_field(each.name)]
        return without_details_on_a_phone(columns)

    def order_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Pages never share a row, whatever several rows have in common."""
        ordered: QuerySet[Any] = super().order_queryset(queryset)
        return ordered.order_by(*ordered.query.order_by, "pk") if ordered.query.order_by else ordered

    def get_list_more_buttons(self, instance: Model) -> list[Any]:
        return [*super().get_list_more_buttons(instance), *self.row_menu.buttons(instance)]

    @cached_property
    def row_menu(self) -> RowMenu:
        history = self.user_has_any_permission({"add", "change", "delete"})
        return RowMenu(self.request, self.model, back_to=self.index_url, history=history)

    def to_row_dict(self, item: Model) -> dict[str, Any]:
        row: dict[str, Any] = super().to_row_dict(item)
        hidden = [] if can_manage_smtp(self.request.user, item) else [n for n in row if is_account_field(n)]
        return row | dict.fromkeys(hidden, "")

    def _get_custom_column(
        self, field_name: str, column_class: type[Column] = Column, **kwargs: Any
    ) -> Column:
        if column_class is Column and is_account_field(field_name):
            column_class = SMTPColumn
        return super()._get_custom_column(field_name, column_class, **kwargs)


class SMTPInspectMixin(InspectView):
    """Shows no secret to anybody, and of the account nothing to those who may not manage it."""

    fields: list[str]

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        # The other columns say something to code only.
        shown = self.words.keys() if can_manage_smtp(request.user, self.object) else ()
        self.fields = [name for name in self.fields if not is_account_field(name) or name in shown]

    @cached_property
    def words(self) -> dict[str, str]:
        return history.setting_labels() | history.state_labels()

    def get_field_label(self, field_name: str, field: Any) -> str:
        return self.words.get(field_name) or str(super().get_field_label(field_name, field))

    def get_smtp_port_display_value(self) -> str:
        # As a number it would get the site's thousand separator.
        return str(self.object.smtp_port or "")

    def get_field_display_value(self, field_name: str, field: Any) -> Any:
        if field_name == "smtp_pinned_certificate":
            value: Any = self.object.smtp_trusted_certificate
        else:
            value = super().get_field_display_value(field_name, field)
        is_empty = value is None or value == ""
        return "-" if is_empty and is_account_field(field_name) else value


class SMTPHistoryMixin(HistoryView):
    """Says how tests ended, and whether mail works, to those who may manage the account."""

    def get_context_data(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(*args, **kwargs)
        if can_manage_smtp(self.request.user, self.object):
            for entry in context["object_list"]:
                entry.shows_outcome = True
        return context


class SMTPFormViewMixin(EditView):
    """Keeps the secrets out of error reports, notes in the audit log which settings were changed, and tells
    what was understood otherwise than typed."""

    @method_decorator(sensitive_post_parameters(*SECRET_FIELDS))
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        # It would store a password while it is being typed.
        self.autosave_enabled = False

    def get_last_updated_info(self) -> Any:
        """The last entry of the history that changed something; a test changes nothing."""
        entries = registry.get_logs_for_instance(self.object).select_related("user")
        return entries.exclude(action__in=audit.CHANGES_NOTHING).first()

    def save_instance(self) -> Model:
        # Within the transaction of the save, and behind Wagtail's own entry.
        instance: Model = super().save_instance()
        history.log_changes(self.form, self.request.user)
        return instance

    def form_invalid(self, form: SMTPAccountFormMixin) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        if isinstance(response, TemplateResponse) and form.errors and form.manages_smtp:
            messages.error(self.request, form_errors.summary(form))
        return response

    def form_valid(self, form: SMTPAccountFormMixin) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        for note in form.smtp_notes:
            messages.info(self.request, note)
        return response


class SMTPCopyMixin(CopyView):
    """Starts a copy without the original's secrets, and with a slug that is free."""

    # The page posts to the add view; posted here, the form would write to the original.
    http_method_names = ["get", "head", "options"]

    def get_object(self, queryset: Any = None) -> Model:
        original: SMTPAccount = super().get_object(queryset)
        _give_own_slug(original)
        original.clear_smtp_password()
        original.clear_smtp_oauth_secret()
        return original


def _give_own_slug(original: Any) -> None:
    """A slug that nobody has, where the model has one: ``acme-2``.

    Also one that need be unique only together with another column.
    """
    model = type(original)
    if not has_column(model, "slug") or not original.slug:
        return
    slug: str = original.slug
    longest = model._meta.get_field("slug").max_length or 50
    # Only those that a number could meet.
    near = model._default_manager.filter(slug__startswith=slug[: longest - len("-99999")])
    taken = set(near.values_list("slug", flat=True))
    endings = (f"-{number}" for number in count(2))
    tries = (f"{slug[: longest - len(ending)]}{ending}" for ending in endings)
    original.slug = next(each for each in tries if each not in taken)
