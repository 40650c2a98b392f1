from __future__ import annotations

import socket

import pytest

from smtp_sandbox import Listener, Sandbox
from smtp_sandbox.rules import on
from tests.support.stopwatch import until

from .conftest import PORT, MakeSite
from .processes import Site

pytestmark = pytest.mark.engines

COUNT = 5


def invoices(first: int, count: int = COUNT) -> list[str]:
    return [f"Invoice {number}" for number in range(first, first + count)]


def subjects(sandbox: Sandbox) -> list[str]:
    return [message.subject for message in sandbox.messages]


def unused_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def test_p49_a_worker_sends_what_was_committed_and_nothing_else(
    site: Site, sandbox: Sandbox, listener: Listener
) -> None:
    site.tell("partner", slug="acme", host=listener.host)
    site.tell("queue", slug="acme", subjects=["never"], rolled_back=True)
    with site.worker():
        site.tell("queue", slug="acme", subjects=invoices(0))
        site.tell("queue", slug="acme", subjects=["never"], rolled_back=True)
        site.tell("queue", slug="acme", subjects=invoices(COUNT))
        until(lambda: site.tell("states") == {"sent": 2 * COUNT})
    assert sorted(subjects(sandbox)) == sorted(invoices(0, 2 * COUNT))


def test_p47_another_worker_goes_on_where_one_was_killed_amid_a_message(site: Site, sandbox: Sandbox) -> None:
    silent = sandbox.listen(port=PORT, rules=(on("DATA-END", hang=True, times=1, skip=2),))
    site.tell("partner", slug="acme", host=silent.host)
    with site.worker() as worker:
        site.tell("queue", slug="acme", subjects=invoices(0))
        until(lambda: silent.count("BDAT") == 3)
        until(lambda: site.tell("states").get("sent") == 2)
        worker.kill()
    with site.worker():
        # Engines do not run the killed worker's task again, or not soon. The next task finds what it left.
        until(lambda: _lease_is_over(site))
        site.tell("queue", slug="acme", subjects=["Invoice 5"])
        until(lambda: site.tell("states") == {"sent": COUNT, "unknown": 1})
    received = subjects(sandbox)
    assert len(received) == len(set(received)), "nothing twice"
    # The server had all of the third message when its worker died, so it may have taken it.
    assert set(invoices(0, COUNT + 1)) - set(received) <= {"Invoice 2"}


def _lease_is_over(site: Site) -> bool:
    site.tell("deliver")
    return bool(site.tell("states").get("unknown"))


@pytest.mark.parametrize(("engine", "address"), [("rq", "REDIS_URL"), ("celery", "RABBITMQ_URL")])
def test_p53_mail_waits_while_the_engine_is_down(
    engine: str, address: str, make_site: MakeSite, sandbox: Sandbox, listener: Listener
) -> None:
    scheme = {"rq": "redis://{}:{}/0", "celery": "amqp://{}:{}//"}[engine]
    site = make_site(engine, **{address: scheme.format("127.0.0.1", unused_port())})
    site.tell("clear")
    site.tell("partner", slug="acme", host=listener.host)
    site.tell("queue", slug="acme", subjects=invoices(0))
    assert site.tell("states") == {"queued": COUNT}
    assert subjects(sandbox) == []
    site.tell("deliver")
    assert site.tell("states") == {"sent": COUNT}
    assert sorted(subjects(sandbox)) == invoices(0)


def test_p53_mail_waits_where_no_worker_runs(site: Site, sandbox: Sandbox, listener: Listener) -> None:
    site.tell("partner", slug="acme", host=listener.host)
    site.tell("queue", slug="acme", subjects=invoices(0))
    assert site.tell("states") == {"queued": COUNT}
    site.tell("deliver")
    # The task that waited finds nothing to do.
    with site.worker():
        site.tell("queue", slug="acme", subjects=["Invoice 5"])
        until(lambda: site.tell("states") == {"sent": COUNT + 1})
    assert sorted(subjects(sandbox)) == invoices(0, COUNT + 1)
