"""What a site writes to have Celery carry its tasks."""

from __future__ import annotations

from typing import Any

import django
from celery import Celery
from django.utils.module_loading import import_string

if django.VERSION >= (6, 0):
    from django.tasks import TaskResult, TaskResultStatus
    from django.tasks.backends.base import BaseTaskBackend
else:
    from django_tasks import TaskResult, TaskResultStatus  # type: ignore[assignment]
    from django_tasks.backends.base import BaseTaskBackend  # type: ignore[assignment]

app = Celery("mysite")
app.config_from_object("django.conf:settings", namespace="CELERY")


@app.task(ignore_result=True)
def carry(path: str, args: list[Any], kwargs: dict[str, Any]) -> None:
    import_string(path).call(*args, **kwargs)


class CeleryBackend(BaseTaskBackend):
    """Django's tasks, carried by Celery."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        self.validate_task(task)
        times = dict.fromkeys(("enqueued_at", "started_at", "finished_at", "last_attempted_at"))
        return TaskResult(
            id=carry.delay(task.module_path, args, kwargs).id, task=task, args=args, kwargs=kwargs,
            status=TaskResultStatus.READY, backend=self.alias, errors=[], worker_ids=[], **times,
        )  # fmt: skip
