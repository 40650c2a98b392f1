"""A queue that is long costs no more than a short one."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack

import pytest

from tests.engines.processes import Site
from tests.proof import databases
from tests.proof.servers import Servers

pytestmark = [pytest.mark.proof, pytest.mark.timeout(1800)]

FEW = 1000
DOUBLED = 7
HOST = f"127.254.{os.getpid() % 250 + 1}.1"
MOST_GROWTH = 20 * 1024  # KiB
TABLE = "wagtail_partner_smtp_queuedmessage"
READS_ALL = {
    "postgresql": f"Seq Scan on {TABLE}",
    "mariadb": f"{TABLE} ALL",
    "sqlite": f"SCAN {TABLE}",
}

Database = Callable[[], AbstractContextManager[databases.Server]]


@pytest.mark.parametrize("database", [databases.postgresql, databases.mariadb, databases.sqlite])
def test_a_claim_asks_as_often_and_a_worker_grows_no_larger_however_much_waits(database: Database) -> None:
    with ExitStack() as stack:
        try:
            server = stack.enter_context(database())
        except databases.Absent as error:
            databases.go_without(str(error))
        site = Site("proof", {"DATABASE_URL": server.url, "DJANGO_SETTINGS_MODULE": "tests.proof.settings"})
        stack.callback(site.close)
        site.tell("migrate")
        site.tell("partner", slug="acme", host=HOST)
        servers = Servers({HOST: ""})
        stack.callback(servers.close)
        claims, memory = [], []
        for doubled in (0, DOUBLED):
            site.tell("queue", slug="acme", subjects=[f"{doubled}/{number}" for number in range(FEW)])
            waiting = site.tell("multiply", times=doubled)
            claims.append(site.tell("claim"))
            worker = Site("proof", site.environment)
            memory.append(worker.tell("drain", count=FEW))
            worker.close()
        assert servers.count() == 2 * FEW
    assert waiting >= 100_000
    few, many = (len(claim["statements"]) for claim in claims)
    assert few == many
    growth = memory[1] - memory[0]
    print(
        f"{many} statements a claim of {waiting}; {memory[0] // 1024} MiB, {growth / 1024:.1f} more with {waiting}"
    )
    print(*(f"{sql}\n{plan}\n" for sql, plan in zip(*claims[1].values(), strict=True)), sep="\n")
    assert growth < MOST_GROWTH
    assert not any(READS_ALL[database.__name__] in plan for plan in claims[1]["plans"])
