"""The updates that each message needs, compiled once: Django's compiler takes longer than the database does."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from django.db import connections
from django.db.models import Field

from . import queues
from .rows import QueuedMessage


def update_mine(pk: int, token: UUID, states: Collection[str], values: Mapping[str, Any]) -> int:
    """Write the values to a message under this lease in one of these states; how many there were, 1 or 0."""
    connection = connections[queues.database()]
    sql, fields = _compiled(connection.alias, tuple(values), len(states))
    pk_field, token_field = _field("id"), _field("lease_token")
    parameters = [
        *(field.get_db_prep_save(values[field.name], connection) for field in fields),
        pk_field.get_db_prep_value(pk, connection),
        token_field.get_db_prep_value(token, connection),
        *map(str, states),
    ]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


@lru_cache(maxsize=32)
def _compiled(alias: str, names: tuple[str, ...], states: int) -> tuple[str, list[Field[Any, Any]]]:
    quote = connections[alias].ops.quote_name
    fields = [_field(name) for name in names]
    changes = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    key, token, state = (quote(str(_field(name).column)) for name in ("id", "lease_token", "state"))
    places = ", ".join(["%s"] * states)
    table = quote(QueuedMessage._meta.db_table)
    # Names of columns only; the values are parameters.
    sql = f"UPDATE {table} SET {changes} WHERE {key} = %s AND {token} = %s AND {state} IN ({places})"  # noqa: S608
    return sql, fields


def _field(name: str) -> Field[Any, Any]:
    return cast("Field[Any, Any]", QueuedMessage._meta.get_field(name))
