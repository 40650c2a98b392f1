#!/usr/bin/env bash
# One would guess: a queue of tasks in a database outlives its worker. If the worker is killed, by the kernel for want of memory or
# with its machine, another worker takes the task up again, or at least marks it failed.
#
# What really happens: the task stays RUNNING for good. No other worker looks at it, nothing ends it, and pruning the old tasks
# leaves it where it is.
#
# Seen with django-tasks-db 0.13.0 on Django 5.2.8 and SQLite.
#
# Why it matters for mail: if sending is a task, the mail of the task that a killed worker had is never sent and never reported as
# failed. Whoever queues mail needs a row of its own for it, and somebody who looks for those whose worker says nothing more.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "Django==5.2.8" "django-tasks==0.12.0" "django-tasks-db==0.13.0"
cd "$folder"
cat >settings.py <<'PYTHON'
SECRET_KEY = "finding"
INSTALLED_APPS = ["django_tasks_db"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db.sqlite3"}}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
USE_TZ = True
PYTHON
cat >mail.py <<'PYTHON'
import time
from pathlib import Path

from django_tasks import task


@task()
def send():
    Path("began").touch()
    time.sleep(60)


@task()
def other():
    pass
PYTHON
export DJANGO_SETTINGS_MODULE=settings PYTHONPATH="$folder"
admin="$folder/env/bin/django-admin"
"$admin" migrate --verbosity 0
"$folder/env/bin/python" -c 'import django; django.setup(); import mail; mail.send.enqueue()'
"$admin" db_worker --interval 0.1 --no-startup-delay --verbosity 0 &
worker=$!
for _ in {1..300}; do
    [[ -e began ]] && break
    sleep 0.1
done
kill -KILL "$worker"
wait "$worker" 2>/dev/null || true
"$folder/env/bin/python" -c 'import django; django.setup(); import mail; mail.other.enqueue()'
"$admin" db_worker --batch --no-startup-delay --verbosity 0
"$admin" prune_db_task_results --min-age-days 0 --verbosity 0
"$folder/env/bin/python" - <<'PYTHON'
import sys

import django

django.setup()
from django_tasks_db.models import DBTaskResult

left = list(DBTaskResult.objects.values_list("task_path", "status"))
print("after the worker was killed, another one has run and finished tasks were pruned:", left)
sys.exit(left != [("mail.send", "RUNNING")])
PYTHON
