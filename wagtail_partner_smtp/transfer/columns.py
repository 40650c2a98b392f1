"""Which columns a file may have, and what stands in their cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Field, Model
from wagtail import hooks
from wagtail.admin.panels import get_form_for_model

from ..account.row import SMTPAccount
from ..admin.tab.fields import SECRET_FIELDS
from ..forms import SMTPAccountFormMixin
from .table import UnreadableTable

_TRUE = {"true", "yes", "on", "1", "x", "wahr", "ja", "vrai", "oui"}
_FALSE = {"false", "no", "off", "0", "falsch", "nein", "faux", "non"}


class UnattendedFormMixin(SMTPAccountFormMixin):
    """The form of the admin, filled in by whoever may run commands on the site."""

    # What was exported of a row without a port is about the port that it has.
    fills_in_port = False

    def _may_manage(self) -> bool:
        return True


def columns_of(model: type[SMTPAccount]) -> list[str]:
    """What people fill in of a row, its own columns first; relations and secrets are not among it."""
    names = [
        field.name
        for field in model._meta.concrete_fields
        if field.editable and not field.is_relation and not field.primary_key and field.formfield()
    ]
    return sorted(names, key=lambda name: name.startswith("smtp_"))


def variable_column(secret: str) -> str:
    """The column that names the environment variable with the secret."""
    return f"{secret}_env"


def form_class(model: type[SMTPAccount]) -> type[SMTPAccountFormMixin]:
    """The form that the admin has for the model, a site's own included, with all columns of a file."""
    hooks.search_for_hooks()
    viewset = getattr(model, "snippet_viewset", None)
    base = (viewset and viewset.get_edit_handler().base_form_class) or SMTPAccountFormMixin
    unattended = type(base.__name__, (UnattendedFormMixin, base), {})
    form: type[SMTPAccountFormMixin] = get_form_for_model(
        model, unattended, fields=columns_of(model), formsets=[]
    )
    return form


def named(headings: Sequence[str], model: type[SMTPAccount], key: str) -> list[str]:
    """The column that each heading names, "" for what is never read from a file.

    A heading is a column's name, or its label in the site's language. Raises ``UnreadableTable``; before it is
    sure that these are headings, its text quotes none.
    """
    known = dict(_headings(model))
    names = [known.get(heading.casefold()) for heading in headings]
    if key not in names:
        raise UnreadableTable(
            f"The first line has no heading {key!r}. It must hold the names of the columns."
        )
    if unknown := [heading for heading, name in zip(headings, names, strict=True) if name is None]:
        raise UnreadableTable(f"No column is called {', '.join(unknown)}.")
    found = [name or "" for name in names]
    if twice := [name for name in dict.fromkeys(found) if name and found.count(name) > 1]:
        raise UnreadableTable(f"There are two columns {', '.join(twice)}.")
    return found


def _headings(model: type[SMTPAccount]) -> Iterator[tuple[str, str]]:
    columns, fields = columns_of(model), form_class(model).base_fields
    # What comes later wins.
    for field in model._meta.concrete_fields:
        yield field.name.casefold(), ""
        yield _label(field), ""
    for name in columns:
        yield _label(model._meta.get_field(name)), name
    for name in (*columns, *SECRET_FIELDS):
        yield str(fields[name].label).casefold(), name
        yield name.casefold(), name
    for name in SECRET_FIELDS:
        yield variable_column(name), variable_column(name)
    yield "", ""


def _label(field: Field[Any, Any] | Any) -> str:
    return str(field.verbose_name).casefold()


def text_of(field: forms.Field, row: Model, name: str) -> str:
    """A stored value as the text of a cell."""
    value = field.prepare_value(getattr(row, name))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def typed(field: forms.Field, cell: str) -> str | None:
    """What a browser would send for a cell; ``None`` if an empty one is no value of the field.

    Raises ``ValueError`` for a cell that says neither yes nor no.
    """
    word = cell.strip().casefold()
    if isinstance(field, forms.BooleanField):
        if word and word not in _TRUE | _FALSE:
            raise ValueError("neither yes nor no")
        return None if not word else "true" if word in _TRUE else "false"
    if isinstance(field, forms.ChoiceField):
        if not word and not field.valid_value(""):
            return None
        return _choices(field).get(word, cell)
    return cell


def _choices(field: forms.ChoiceField) -> Mapping[str, str]:
    """Values by their labels and by themselves."""
    pairs: list[tuple[str, Any]] = [(str(value), label) for value, label in list(field.choices)]  # type: ignore[arg-type]
    # A group of choices has a list for a label, which nobody types.
    return {str(label).casefold(): value for value, label in pairs} | {
        value.casefold(): value for value, _ in pairs
    }
