"""What the menu of a partner's row has besides Wagtail's own: *Test* and *History*."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from wagtail.admin.widgets.button import Button

from ...permissions import can_manage_smtp
from .listing import bulk_test_url


def row_buttons(request: HttpRequest, row: Model, *, back_to: str, history: bool) -> Iterator[Button]:
    """``back_to`` is where the list is; ``history`` whether the user may see what happened to its rows."""
    if can_manage_smtp(request.user, row):
        test_url = bulk_test_url(type(row), id=quote(row.pk), next=back_to)
        yield Button(_("Test"), url=test_url, icon_name="mail", priority=12)
    if history:
        name = row.snippet_viewset.get_url_name("history")  # type: ignore[attr-defined]
        yield Button(_("History"), url=reverse(name, args=[quote(row.pk)]), icon_name="history", priority=25)
