"""What the menu of a partner's row has besides Wagtail's own: *Test* and *History*."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from wagtail.admin.widgets.button import Button

from ...permissions import can_manage_smtp
from .listing import bulk_test_url

_PLACE = "/wagtail-partner-smtp-place/"


class RowButton(Button):
    """One that is rendered once for all rows of a page, which differ in the address alone."""

    def __init__(self, label: str, **options: Any) -> None:
        super().__init__(label, url=_PLACE, **options)
        self._rendered = ""

    def at(self, url: str) -> Button:
        return _Placed(self, url)

    def pattern(self, context: Any) -> str:
        self._rendered = self._rendered or str(self.render_html(context))
        return self._rendered


class _Placed(Button):
    """The same in one row."""

    def __init__(self, button: RowButton, url: str) -> None:
        super().__init__(button.label, url=url, icon_name=button.icon_name, priority=button.priority)
        self._button = button

    def render_html(self, parent_context: Any = None) -> SafeString:
        # Both parts are HTML already.
        return SafeString(self._button.pattern(parent_context).replace(_PLACE, escape(self.url)))


class RowMenu:
    """Of the rows of one page. ``back_to`` is where the list is, ``history`` whether the user sees their past."""

    def __init__(self, request: HttpRequest, model: type[Model], *, back_to: str, history: bool) -> None:
        self._user, self._back_to = request.user, back_to
        self._history_name = model.snippet_viewset.get_url_name("history") if history else ""  # type: ignore[attr-defined]
        self._test = RowButton(_("Test"), icon_name="mail", priority=12)
        self._history = RowButton(_("History"), icon_name="history", priority=25)

    def buttons(self, row: Model) -> Iterator[Button]:
        key = quote(row.pk)
        if can_manage_smtp(self._user, row):
            yield self._test.at(bulk_test_url(type(row), id=key, next=self._back_to))
        if self._history_name:
            yield self._history.at(reverse(self._history_name, args=[key]))
