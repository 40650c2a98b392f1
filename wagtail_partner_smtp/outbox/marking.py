"""The mark that a message is about to leave, and the outcome of the one before it, in one statement.

Both have to be on the disk before anything else happens. One commit for both halves what a message costs; put
together by the ORM, the conditions would cost more than the commit saves.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connections
from django.db.models import QuerySet

from . import queues
from .rows import QueuedMessage
from .states import MailState


def mark(pk: int, token: UUID, now: datetime, until: datetime) -> bool:
    """Note that the content of the message is about to leave; whether the message was ours."""
    mine = _rows().filter(pk=pk, lease_token=token, state=MailState.SENDING)
    return bool(mine.update(handed_over_at=now, lease_until=until))


def settle(pk: int, token: UUID, values: Mapping[str, Any]) -> bool:
    """Write the outcome of a message; whether the message was ours.

    Once it was swept to "unknown" its worker knows better; and the same may be written twice.
    """
    states = {MailState.SENDING, MailState.UNKNOWN, values["state"]}
    return bool(_rows().filter(pk=pk, lease_token=token, state__in=states).update(**values))


def settle_and_mark(
    settled: int, values: Mapping[str, Any], marked: int, token: UUID, now: datetime, until: datetime
) -> tuple[bool, bool]:
    """Both; which of the two was ours. ``values`` has to hold all that a mark writes."""
    connection = connections[queues.database()]
    marks = {"handed_over_at": now, "lease_until": until}
    quote = connection.ops.quote_name
    assignments: list[str] = []
    parameters: list[Any] = []
    for name, value in values.items():
        field = QueuedMessage._meta.get_field(name)
        other = "%s" if name in marks else quote(field.column)
        assignments.append(f"{quote(field.column)} = CASE WHEN id = %s THEN %s ELSE {other} END")
        parameters += [settled, field.get_db_prep_save(value, connection)]
        if name in marks:
            parameters.append(field.get_db_prep_save(marks[name], connection))
    parameters += [settled, marked, _stored("lease_token", token), str(MailState.SENDING)]
    parameters += [settled, str(MailState.UNKNOWN), str(values["state"])]
    # Of names of columns; whatever has a value is a parameter.
    sql = (
        f"UPDATE {quote(QueuedMessage._meta.db_table)} SET {', '.join(assignments)} "  # noqa: S608
        "WHERE id IN (%s, %s) AND lease_token = %s AND (state = %s OR (id = %s AND state IN (%s, %s)))"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        count = cursor.rowcount
    if count == 2:
        return True, True
    mine = _rows().filter(lease_token=token)
    is_settled = mine.filter(pk=settled, state=values["state"]).exists()
    return is_settled, mine.filter(pk=marked, state=MailState.SENDING, handed_over_at=now).exists()


def _stored(name: str, value: object) -> Any:
    return QueuedMessage._meta.get_field(name).get_db_prep_value(value, connections[queues.database()])


def _rows() -> QuerySet[QueuedMessage]:
    return QueuedMessage.objects.using(queues.database())
