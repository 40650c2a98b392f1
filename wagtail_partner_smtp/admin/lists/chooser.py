"""Choosing a row with an SMTP account, for a page or a block that names it.

Wagtail's choosers ask for no permission: whoever may enter the admin reads the names of all rows. This one offers
what the user sees in the section, and nothing of the account.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm, SearchFilterMixin
from wagtail.admin.ui.tables import BooleanColumn, Column
from wagtail.search.index import class_is_indexed
from wagtail.snippets.views.chooser import (
    BaseSnippetChooseView,
    ChooseResultsView,
    ChooseView,
    SnippetChooserViewSet,
    SnippetChosenMultipleView,
    SnippetChosenView,
)

from ...account.lookup import NO_KEY, has_column
from ...permissions import SEES, section_policy
from .listing import is_account_field, listed_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest


def choosable_rows(request: HttpRequest, model: Any) -> QuerySet[Any]:
    """Those of the model's section, as far as the user may see them."""
    seen = section_policy(model).instances_user_has_any_permission_for(request.user, SEES)
    return listed_rows(request, model).filter(pk__in=seen.values("pk"))


class AccountChooseMixin(BaseSnippetChooseView):
    """The list of a chooser."""

    results_template_name = "wagtail_partner_smtp/lists/chooser_results.html"

    def get_object_list(self) -> QuerySet[Any]:
        return choosable_rows(self.request, self.model_class)

    def get_filter_form_class(self) -> type[BaseFilterForm]:
        searched = self.searched_fields
        if class_is_indexed(self.model_class) or not searched:
            form_class: type[BaseFilterForm] = super().get_filter_form_class()
            return form_class
        return type("ColumnSearchForm", (ColumnSearchForm,), {"searched_fields": searched})

    @property
    def searched_fields(self) -> list[str]:
        """Those of the section's search box that tell nothing of the account, not even by what is found."""
        fields: Iterable[str] | None = self.model_class.snippet_viewset.search_fields
        return [name for name in fields or () if not is_account_field(name)]

    @property
    def columns(self) -> list[Column]:
        columns: list[Column] = super().columns
        if has_column(self.model_class, "active"):
            columns.append(BooleanColumn("active", label=_("Active")))
        return columns


class ColumnSearchForm(SearchFilterMixin, BaseFilterForm):
    """Looks into columns: the rows are in no search index."""

    searched_fields: list[str] = []

    def filter(self, objects: QuerySet[Any]) -> QuerySet[Any]:
        query = self.cleaned_data["q"]
        if not query:
            return objects
        self.is_searching, self.search_query = True, query
        return objects.filter(
            reduce(or_, (Q(**{f"{name}__icontains": query}) for name in self.searched_fields))
        )


class AccountChooseView(AccountChooseMixin, ChooseView):
    pass


class AccountChooseResultsView(AccountChooseMixin, ChooseResultsView):
    pass


class AccountChosenView(SnippetChosenView):
    """What the page is told of the row that was chosen."""

    def get_object(self, pk: str) -> Model:
        try:
            row: Model = choosable_rows(self.request, self.model_class).get(pk=pk)
        except NO_KEY as error:
            raise Http404 from error
        return row


class AccountChosenMultipleView(SnippetChosenMultipleView):
    """The same of several."""

    def get_objects(self, pks: list[str]) -> list[Any]:
        try:
            return list(choosable_rows(self.request, self.model_class).filter(pk__in=pks))
        except NO_KEY as error:
            raise Http404 from error


class AccountChooserViewSet(SnippetChooserViewSet):
    """The chooser of a model with an SMTP account."""

    choose_view_class = AccountChooseView
    choose_results_view_class = AccountChooseResultsView
    chosen_view_class = AccountChosenView
    chosen_multiple_view_class = AccountChosenMultipleView
