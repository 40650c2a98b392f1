from __future__ import annotations

import socket

import pytest

from smtp_sandbox import Listener, Sandbox
from smtp_sandbox.rules import on
from tests.support.stopwatch import until

from .conftest import PORT, MakeSite
from .processes import WORKERS, Crew

pytestmark = pytest.mark.engines

# Of this scope, so that the tests of one engine come one after the other, and have its worker in turn.
on_each_engine = pytest.mark.parametrize("engine", WORKERS, scope="session")

COUNT = 5
AHEAD = 6.0  # seconds; the plugin asks engines for no task that is less than five ahead


def invoices(first: int, count: int = COUNT) -> list[str]:
    return [f"Invoice {number}" for number in range(first, first + count)]


def subjects(sandbox: Sandbox) -> list[str]:
    return [message.subject for message in sandbox.messages]


def unused_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def test_p49_where_tasks_run_at_once_mail_leaves_after_the_commit(
    site_alone: MakeSite, sandbox: Sandbox, listener: Listener
) -> None:
    site = site_alone("immediate")
    site.tell("partner", slug="acme", host=listener.host)
    site.tell("queue", slug="acme", subjects=["never"], rolled_back=True)
    site.tell("queue", slug="acme", subjects=invoices(0))
    assert site.tell("states") == {"sent": COUNT}
    assert subjects(sandbox) == invoices(0)


@on_each_engine
def test_p53_mail_waits_where_no_worker_runs(crew: Crew, sandbox: Sandbox, listener: Listener) -> None:
    crew.kill()
    crew.site.tell("partner", slug="acme", host=listener.host)
    crew.site.tell("queue", slug="acme", subjects=invoices(0))
    assert crew.site.tell("states") == {"queued": COUNT}
    crew.site.tell("deliver")
    assert crew.site.tell("states") == {"sent": COUNT}
    assert subjects(sandbox) == invoices(0)


@on_each_engine
def test_p49_a_worker_sends_what_was_committed_and_nothing_else(
    crew: Crew, sandbox: Sandbox, listener: Listener
) -> None:
    """What is for later leaves by itself, though nothing else is queued then."""
    crew.work()
    site = crew.site
    site.tell("partner", slug="acme", host=listener.host)
    site.tell("queue", slug="acme", subjects=["never"], rolled_back=True)
    site.tell("queue", slug="acme", subjects=["later"], ahead=AHEAD)
    site.tell("queue", slug="acme", subjects=invoices(0))
    site.tell("queue", slug="acme", subjects=["never"], rolled_back=True)
    site.tell("queue", slug="acme", subjects=invoices(COUNT))
    until(lambda: site.tell("states") == {"sent": 2 * COUNT + 1})
    assert sorted(subjects(sandbox)) == sorted([*invoices(0, 2 * COUNT), "later"])
    assert subjects(sandbox)[-1] == "later"


@on_each_engine
def test_p47_another_worker_goes_on_where_one_was_killed_amid_a_message(
    engine: str, crew: Crew, sandbox: Sandbox
) -> None:
    silent = sandbox.listen(port=PORT, rules=(on("DATA-END", hang=True, times=1, skip=2),))
    site = crew.site
    site.tell("partner", slug="acme", host=silent.host)
    crew.work()
    site.tell("queue", slug="acme", subjects=invoices(0))
    until(lambda: silent.count("BDAT") == 3)
    until(lambda: site.tell("states").get("sent") == 2)
    crew.kill()
    until(lambda: not site.tell("held"))
    crew.work()
    if engine == "rq":
        # What is to start later waits until the killed worker's lock on it has run out, which takes a minute.
        site.tell("queue", slug="acme", subjects=["Invoice 5"])
    last = COUNT + (engine == "rq")
    until(lambda: site.tell("states") == {"sent": last - 1, "unknown": 1})
    received = subjects(sandbox)
    assert len(received) == len(set(received)), "nothing twice"
    # The server had all of the third message when its worker died, so it may have taken it.
    assert set(invoices(0, last)) - set(received) <= {"Invoice 2"}


@pytest.mark.parametrize(("engine", "address"), [("rq", "REDIS_URL"), ("celery", "RABBITMQ_URL")])
def test_p53_mail_waits_while_the_engine_is_down(
    engine: str, address: str, site_alone: MakeSite, sandbox: Sandbox, listener: Listener
) -> None:
    scheme = {"rq": "redis://{}:{}/0", "celery": "amqp://{}:{}//"}[engine]
    site = site_alone(engine, **{address: scheme.format("127.0.0.1", unused_port())})
    site.tell("partner", slug="acme", host=listener.host)
    site.tell("queue", slug="acme", subjects=invoices(0))
    assert site.tell("states") == {"queued": COUNT}
    assert subjects(sandbox) == []
    site.tell("deliver")
    assert site.tell("states") == {"sent": COUNT}
    assert subjects(sandbox) == invoices(0)
