"""The secrets of a row: typed into a cell, or in an environment variable that a cell names."""

from __future__ import annotations

import os
from collections.abc import Mapping

from django.views.decorators.debug import sensitive_variables

from ..account.secret import Secret, as_secret
from .columns import variable_column


class SecretRefused(ValueError):
    """``column`` cannot be used; the text says why and quotes nothing, since cells get mixed up."""

    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column = column


@sensitive_variables()
def secret_of(cells: Mapping[str, str], name: str) -> Secret:
    """The secret as it stands, spaces included; "" if there is none. Raises ``SecretRefused``."""
    column = variable_column(name)
    typed, variable = cells.get(name, ""), cells.get(column, "").strip()
    if not variable:
        return Secret(typed)
    if typed:
        raise SecretRefused(column, f"Fill in either this column or {name}.")
    value = os.environ.get(variable, "")
    if not value:
        raise SecretRefused(column, "The environment variable of this name is not set, or is empty.")
    try:
        return as_secret(value, "variable")
    except ValueError:
        reason = "The environment variable of this name does not hold text in UTF-8."
    raise SecretRefused(column, reason)
