"""The list of what visitors have sent by a form page, with what became of the mail of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _
from wagtail.contrib.forms.views import SubmissionsListView

from .submission_mail import MESSAGE, states_of

CHUNK = 500  # submissions of a spreadsheet whose messages are looked for at once


class MailedSubmissionsListView(SubmissionsListView):
    """Says of each submission no more than whether its mail left: no address, no server and no reason of its."""

    list_export: list[str]
    export_headings: dict[str, Any]

    def get_context_data(self, **options: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**options)
        if not self.is_export:
            states = states_of(context["submissions"])
            context["data_headings"].append({"name": MESSAGE, "label": _("Mail"), "order": None})
            for row in context["data_rows"]:
                row["fields"].append(states.get(row["model_id"], ""))
        return context

    def as_spreadsheet(self, submissions: Iterable[Any], kind: str) -> Any:
        self.list_export = [*self.list_export, MESSAGE]
        self.export_headings = {**self.export_headings, MESSAGE: _("Mail")}
        return super().as_spreadsheet(_with_states(submissions), kind)

    def to_row_dict(self, item: Any) -> dict[str, Any]:
        row: dict[str, Any] = super().to_row_dict(item)
        return row | {MESSAGE: item.mail_state}


def _with_states(submissions: Iterable[Any]) -> Iterator[Any]:
    rest = iter(submissions)
    while chunk := list(islice(rest, CHUNK)):
        states = states_of(chunk)
        for each in chunk:
            each.mail_state = states.get(each.pk, "")
            yield each
