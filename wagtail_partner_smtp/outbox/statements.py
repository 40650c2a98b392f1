"""The statements that each message needs, written here: Django's compiler takes longer than the database does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, cast
from uuid import UUID

from django.db import connections
from django.db.models import BinaryField, Field, Model

from . import queues
from .rows import QueuedMessage


def insert(model: type[Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[Any]:
    """Store rows of one model, of whose columns all but the primary key are named; the primary keys, in order.

    As ``bulk_create`` does, but a value that all rows have in common is prepared once, and travels once where most
    of them are such: nearly all that is known of a message that was just queued.
    """
    connection = connections[queues.database()]
    fields = [cast("Field[Any, Any]", model._meta.get_field(name)) for name in names]
    fixed: list[tuple[Field[Any, Any], Any]] = []
    varying: list[tuple[Field[Any, Any], list[Any]]] = []
    for field, values in zip(fields, zip(*rows, strict=True), strict=True):
        if values.count(values[0]) == len(values):
            fixed.append((field, field.get_db_prep_save(values[0], connection)))
        else:
            varying.append((field, [field.get_db_prep_save(value, connection) for value in values]))
    if not varying or len(fixed) <= 2 * len(varying):
        varying += [(field, [value] * len(rows)) for field, value in fixed]
        fixed = []
    at_once = len(rows)
    if most := connection.features.max_query_params:
        at_once = max(1, (most - len(fixed)) // len(varying))
    kept = [value for _, value in fixed]
    ids: list[Any] = []
    prepared = list(zip(*(values for _, values in varying), strict=True))
    with connection.cursor() as cursor:
        for start in range(0, len(prepared), at_once):
            some = prepared[start : start + at_once]
            of = ([field for field, _ in fixed], [field for field, _ in varying])
            cursor.execute(_inserting(model, *of, len(some)), [*chain.from_iterable(some), *kept])
            ids += [row[0] for row in cursor.fetchall()]
    return ids


def _inserting(
    model: type[Model], fixed: Sequence[Field[Any, Any]], varying: Sequence[Field[Any, Any]], rows: int
) -> str:
    connection = connections[queues.database()]
    ops = connection.ops
    # MariaDB has to be told of octets.
    binary = "_binary %s" if connection.vendor == "mysql" else "%s"
    key = ops.quote_name(str(model._meta.pk.column)) if model._meta.pk else ""
    into = ", ".join(ops.quote_name(str(field.column)) for field in (*fixed, *varying))

    def places(fields: Sequence[Field[Any, Any]]) -> str:
        return ", ".join(binary if isinstance(field, BinaryField) else "%s" for field in fields)

    values = f"VALUES {', '.join([f'({places(varying)})'] * rows)}"
    if fixed:
        given = ", ".join(f"c{number}" for number in range(len(varying)))
        # Names of columns only; the values are parameters.
        values = f"WITH v ({given}) AS ({values}) SELECT {places(fixed)}, {given} FROM v"  # noqa: S608
    return f"INSERT INTO {ops.quote_name(model._meta.db_table)} ({into}) {values} RETURNING {key}"


@dataclass(frozen=True, kw_only=True)
class Change:
    """Values by name, for one message while it is in one of these states."""

    pk: int
    states: tuple[str, ...]
    values: Mapping[str, Any]


def update_mine(token: UUID, *changes: Change) -> int:
    """Make all of the changes to messages under this lease, or none if the statement fails; how many there were.

    Several are one statement, and one commit: a transaction would take the database's time for its begin and its
    end as well.
    """
    connection = connections[queues.database()]
    shape = tuple((tuple(change.values), len(change.states)) for change in changes)
    sql, fields = _compiled(connection.alias, shape)
    pk_field, token_field = _field("id"), _field("lease_token")
    keys = [pk_field.get_db_prep_value(change.pk, connection) for change in changes]
    parameters: list[Any] = []
    for field in fields:
        for key, change in zip(keys, changes, strict=True):
            if field.name in change.values:
                value = field.get_db_prep_save(change.values[field.name], connection)
                parameters += [value] if len(changes) == 1 else [key, value]
    parameters += [token_field.get_db_prep_value(token, connection), *keys]
    for key, change in zip(keys, changes, strict=True):
        parameters += [key, *map(str, change.states)]
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return int(cursor.rowcount)


@lru_cache(maxsize=64)
def _compiled(
    alias: str, shape: tuple[tuple[tuple[str, ...], int], ...]
) -> tuple[str, list[Field[Any, Any]]]:
    """For changes of these columns, in so many states each; and the fields in the order of the parameters."""
    quote = connections[alias].ops.quote_name
    key, token, state = (quote(str(_field(name).column)) for name in ("id", "lease_token", "state"))
    fields = [_field(name) for name in dict.fromkeys(name for names, _ in shape for name in names)]
    sets = []
    for field in fields:
        column = quote(str(field.column))
        cases = " ".join("WHEN %s THEN %s" for names, _ in shape if field.name in names)
        sets.append(f"{column} = " + (f"CASE {key} {cases} ELSE {column} END" if len(shape) > 1 else "%s"))
    places = ", ".join(["%s"] * len(shape))
    held = " OR ".join(f"({key} = %s AND {state} IN ({', '.join(['%s'] * states)}))" for _, states in shape)
    table = quote(QueuedMessage._meta.db_table)
    # Names of columns only; the values are parameters.
    sql = (
        f"UPDATE {table} SET {', '.join(sets)} "  # noqa: S608
        f"WHERE {token} = %s AND {key} IN ({places}) AND ({held})"
    )
    return sql, fields


def _field(name: str) -> Field[Any, Any]:
    return cast("Field[Any, Any]", QueuedMessage._meta.get_field(name))
