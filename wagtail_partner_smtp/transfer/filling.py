"""A row's cells as the data that a browser would send for the form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.views.decorators.debug import sensitive_variables

from ..account.row import SMTPAccount
from ..admin.tab.fields import SECRET_FIELDS
from ..admin.tab.messages import problem
from ..forms import SMTPAccountFormMixin
from ..smtp.errors import Code
from .columns import columns_of, text_of, typed
from .secrets import SecretRefused, secret_of

Problem = tuple[str, str]


class Refused(Exception):
    """``problems`` are column and sentence, "" for the row as a whole; ``key`` is what the row is called."""

    def __init__(self, *problems: Problem, key: str = "") -> None:
        super().__init__("a row is refused")
        self.problems = problems
        self.key = key


@sensitive_variables()
def filled_in(
    form_class: type[SMTPAccountFormMixin], cells: Mapping[str, str], instance: SMTPAccount, user: Any
) -> SMTPAccountFormMixin:
    """The form with the cells, and with what is stored of a column that the file has not.

    Raises ``Refused`` for cells that no form has a word for.
    """
    data: dict[str, str] = {}
    form = form_class(data, instance=instance, for_user=user)
    problems: list[Problem] = []
    for name in columns_of(type(instance)):
        field = form.fields.get(name)
        stored = text_of(field or form_class.base_fields[name], instance, name)
        try:
            sent = typed(field, cells[name]) if field and name in cells else cells.get(name)
        except ValueError:
            problems.append((name, "It must say yes or no."))
            continue
        data[name] = stored if sent is None else sent
        if field is None and data[name] not in ("", stored):
            problems += _not_offered(name)
    for name in SECRET_FIELDS:
        try:
            data[name] = secret_of(cells, name)
        except SecretRefused as refused:
            problems.append((refused.column, str(refused)))
        else:
            problems += _not_offered(name) if data[name] and name not in form.fields else ()
    if problems:
        raise Refused(*problems)
    return form


def _not_offered(name: str) -> Iterator[Problem]:
    """A column of OAuth, where the site has none: the form would leave it out without a word."""
    for text in problem(Code.AUTH_METHOD_INVALID).messages:
        yield name, text


def problems_of(form: forms.BaseForm) -> list[Problem]:
    """What the form refuses, in its words."""
    return [
        ("" if name == NON_FIELD_ERRORS else name, str(message))
        for name, messages in form.errors.items()
        for message in messages
    ]
