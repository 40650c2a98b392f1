"""The bulk action *Test connection*: a page that tests the chosen partners, one request for each.

The browser drives it (``bulk-test.js``): no request takes longer than one test, and nothing goes on once the page
is closed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.forms import Media
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import cached_property, classproperty
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin import messages
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.snippets.bulk_actions.snippet_bulk_action import SnippetBulkAction

from ... import conf
from ...account.columns import SMTPStatus
from ...account.lookup import NO_KEY
from ...permissions import can_manage_smtp
from ..assets import BULK_TEST, STYLES
from ..badges import badge_for
from .bulk_rows import Address, compact, needed
from .bulk_strings import bulk_strings
from .listing import BULK_ACTION, WITHIN, models_with_a_section
from .report import URL_NAME as REPORT
from .report import PartnerMailReport

if TYPE_CHECKING:
    from ...models import SMTPAccountMixin

PARALLEL = 2
"""Tests at a time, so that a site with few workers goes on answering others."""

PAUSE = 1.0
"""Seconds between two tests of one mail server, which could otherwise regard them as an attack."""

REFUSED_LOGINS = 3
"""After this number of refused logins a server is no longer tested: many lock clients out after five."""

TALLIED = (
    SMTPStatus.OK,
    SMTPStatus.UNPROVEN,
    SMTPStatus.UNTRUSTED,
    SMTPStatus.LOGIN_UNUSED,
    SMTPStatus.FAILED,
    SMTPStatus.NOT_SET_UP,
)
"""What a test can find, the best first."""

TRIES = 4
"""How often a partner is tried whose test was not made because another one was running."""


class ConnectionTestBulkAction(SnippetBulkAction):
    display_name = _("Test connection")
    action_type = BULK_ACTION
    aria_label = _("Test connection of selected snippets")
    action_priority = 20
    template_name = "wagtail_partner_smtp/lists/bulk_test.html"
    http_method_names = ["get", "head", "options"]

    @classproperty
    def models(cls) -> list[type[Model]]:
        return models_with_a_section()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        view = self.list_view
        if not view.user_has_any_permission(view.any_permission_required):
            raise PermissionDenied
        mine, others = self.managed
        if not mine and not others and self.are_all_meant:
            messages.info(request, gettext("There is nothing to test."))
            return redirect(self.next_url)
        if not mine:
            raise PermissionDenied
        response: HttpResponse = super().dispatch(request, *args, **kwargs)
        return response

    @property
    def are_all_meant(self) -> bool:
        return "all" in self.request.GET.getlist("id")

    @cached_property
    def list_view(self) -> Any:
        """The list that the rows were chosen in, with its filters, its search and its order."""
        function = self.model.snippet_viewset.index_view
        view = function.view_class(**function.view_initkwargs)
        view.setup(self.request)
        return view

    @cached_property
    def report(self) -> PartnerMailReport | None:
        """The report that the rows were chosen in, if it was not the list."""
        if self.request.GET.get(WITHIN) != REPORT:
            return None
        view = PartnerMailReport()
        view.setup(self.request)
        view.check_access()
        return view if view.model is self.model else None

    def chosen(self) -> list[Any]:
        if self.are_all_meant:
            view = self.report or self.list_view
            return list(needed(view.get_exported_queryset()))
        rows = self.list_view.order_queryset(self.list_view.get_base_queryset())
        try:
            chosen = [unquote(each) for each in self.request.GET.getlist("id")]
            return list(needed(rows.filter(pk__in=chosen)))
        except NO_KEY as error:
            raise Http404 from error

    @cached_property
    def managed(self) -> tuple[list[Any], list[Any]]:
        """The chosen rows that the user may test, and the others."""
        parted: tuple[list[Any], list[Any]] = ([], [])
        for row in self.chosen():
            parted[not can_manage_smtp(self.request.user, row)].append(row)
        return parted

    def get_actionable_objects(self) -> tuple[list[Any], dict[str, list[Any]]]:
        mine, others = self.managed
        return mine, {"items_with_no_access": others}

    def object_context(self, snippet: SMTPAccountMixin) -> SMTPAccountMixin:
        """Nothing: the script makes the rows, of which there may be thousands."""
        return snippet

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        pace = {
            "parallel": max(1, min(PARALLEL, conf.max_concurrent_tests() - 1)),
            "pause": PAUSE * 1000,
            "refusedLogins": REFUSED_LOGINS,
            "tries": TRIES,
        }
        return context | {
            "media": Media(js=list(BULK_TEST), css={"all": [STYLES]}),
            "pace": json.dumps(pace),
            "tallies": tallies(),
            "table": json.dumps(self.table(context["items"]), ensure_ascii=False, separators=(",", ":")),
            "strings": json.dumps(bulk_strings()),
        }

    def table(self, rows: list[Any]) -> dict[str, Any]:
        edits = AdminURLFinder(self.request.user).get_edit_url(rows[0]) is not None
        return compact(rows, test=self.address("test_saved"), edit=self.address("edit") if edits else None)

    def address(self, name: str) -> Address:
        """What stands before and behind a row's quoted key."""
        key = str(quote(self.managed[0][0].pk))
        before, _key, behind = reverse(self.model.snippet_viewset.get_url_name(name), args=[key]).rpartition(
            key
        )
        return before, behind


def tallies() -> list[tuple[str, str, str]]:
    """What is counted: the state's name in the script, what it is called, its icon."""
    results = [badge_for(status) for status in TALLIED]
    return [
        *((badge.status.value, badge.label, badge.icon) for badge in results),
        ("busy", gettext("Busy"), "time"),
        ("", gettext("Not tested"), "help"),
    ]
