from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import pytest

from tests.engines.processes import Site, Worker
from tests.proof import databases
from tests.proof.servers import Servers

pytestmark = [pytest.mark.proof, pytest.mark.timeout(1800)]

MESSAGES = int(os.environ.get("PROOF_MESSAGES", "10000"))
PARTNERS = int(os.environ.get("PROOF_PARTNERS", "100"))
KILLS = int(os.environ.get("PROOF_KILLS", "20"))
SEED = int(os.environ.get("PROOF_SEED", "20261128"))
EACH = MESSAGES // PARTNERS
THREADS = 4
PROCESSES = 4  # of sandboxes
FAULTS = ("absent", "absent", "silent", "busy", "refusing")
DEAD = {"absent", "silent", "busy"}

Database = Callable[[], AbstractContextManager[databases.Server]]


class Scene:
    """Partners by their hosts, and what is wrong with each."""

    def __init__(self, chance: random.Random) -> None:
        network = f"127.{chance.randrange(1, 255)}.{os.getpid() % 250 + 1}"
        hosts = [f"{network}.{number + 1}" for number in range(PARTNERS)]
        self.faults = dict.fromkeys(hosts, "") | dict(
            zip(chance.sample(hosts, len(FAULTS)), FAULTS, strict=True)
        )

    @contextmanager
    def servers(self) -> Iterator[list[Servers]]:
        there = [item for item in self.faults.items() if item[1] != "absent"]
        servers = [Servers(dict(there[number::PROCESSES])) for number in range(PROCESSES)]
        try:
            yield servers
        finally:
            for each in servers:
                each.close()

    def expected(self) -> int:
        return EACH * sum(not fault for fault in self.faults.values())


class Crew:
    """Workers, one of which is killed and replaced now and then."""

    def __init__(self, site: Site, number: int) -> None:
        self._site = site
        self._workers = [self._hire() for _ in range(number)]

    def _hire(self) -> Worker:
        return self._site.start("-m", "test_project", "deliver_partner_mail", "--threads", str(THREADS))

    def kill(self, chance: random.Random) -> None:
        number = chance.randrange(len(self._workers))
        self._workers[number].kill()
        self._workers[number] = self._hire()

    def close(self) -> None:
        for worker in self._workers:
            worker.kill()


@pytest.mark.parametrize(
    ("database", "workers"),
    [(databases.postgresql, 4), (databases.mariadb, 2)],
    ids=["postgresql", "mariadb"],
)
def test_p47_p48_p51_every_message_is_sent_once_whoever_is_killed(database: Database, workers: int) -> None:
    chance = random.Random(SEED)  # noqa: S311
    scene = Scene(chance)
    with ExitStack() as stack:
        try:
            server = stack.enter_context(database())
        except databases.Absent as error:
            databases.go_without(str(error))
        site = Site("proof", {"DATABASE_URL": server.url, "DJANGO_SETTINGS_MODULE": "tests.proof.settings"})
        stack.callback(site.close)
        site.tell("migrate")
        servers = stack.enter_context(scene.servers())
        for host in scene.faults:
            site.tell("partner", slug=host.replace(".", "-"), host=host)
            site.tell("queue", slug=host.replace(".", "-"), subjects=[f"{host}/{n}" for n in range(EACH)])
        began = time.monotonic()
        crew = Crew(site, workers)
        stack.callback(crew.close)
        _trouble(crew, servers, scene, chance, server)
        _wait_for_the_healthy(site, scene)
        taken = time.monotonic() - began
        rows = site.tell("report")
        came = sum((each.subjects() for each in servers), Counter[str]())
        calls = {host: number for each in servers for host, number in each.connections().items()}
    _account(rows, came, calls, scene, taken, workers)


def _trouble(
    crew: Crew, servers: list[Servers], scene: Scene, chance: random.Random, database: databases.Server
) -> None:
    """Kill a worker whenever so many messages have come as chance has it; restart the database in the middle."""
    moments: list[tuple[int, str]] = [
        (number, "kill") for number in chance.sample(range(scene.expected() * 9 // 10), KILLS)
    ]
    for number, what in sorted([*moments, (scene.expected() // 2, "restart")]):
        deadline = time.monotonic() + 300
        while sum(each.count() for each in servers) < number:
            assert time.monotonic() < deadline, f"{number} messages never came"
            time.sleep(0.05)
        if what == "restart":
            database.restart()
        else:
            crew.kill(chance)


def _wait_for_the_healthy(site: Site, scene: Scene) -> None:
    healthy = [host for host, fault in scene.faults.items() if fault not in DEAD]
    deadline = time.monotonic() + 600
    while waiting := site.tell("unfinished", hosts=healthy):
        assert time.monotonic() < deadline, f"{waiting} messages still wait"
        time.sleep(0.2)


def _account(
    rows: list[list[str]], came: Counter[str], calls: dict[str, int], scene: Scene, taken: float, workers: int
) -> None:
    assert len(rows) == EACH * PARTNERS, "none is lost"
    states = {subject: state for subject, state in rows}  # noqa: C416
    assert set(came) <= set(states)
    for subject, state in states.items():
        fault = scene.faults[subject.partition("/")[0]]
        if fault == "refusing":
            assert (state, came[subject]) == ("failed", 0)
        elif fault in DEAD:
            assert state in ("queued", "deferred", "sending")
            assert came[subject] == 0
        else:
            assert state in ("sent", "unknown")
            assert came[subject] == 1 if state == "sent" else came[subject] <= 1
    unknown = [subject for subject, state in states.items() if state == "unknown"]
    # A killed worker has at most one message out in each of its threads.
    assert len(unknown) <= (KILLS + workers) * THREADS
    tries = {host: calls.get(host, 0) for host, fault in scene.faults.items() if fault in ("silent", "busy")}
    # One try, another one after each minute, and what killed workers could not tell of their own.
    assert all(number <= 2 + taken // 60 + KILLS for number in tries.values()), tries
    sent = sum(state == "sent" for state in states.values())
    print(
        f"{sent} sent, {len(unknown)} unknown ({sum(came[each] for each in unknown)} of them came), "
        f"{EACH * sum(fault in DEAD for fault in scene.faults.values())} wait for dead servers "
        f"({sum(tries.values())} calls), {taken:.0f} s, {KILLS} workers killed"
    )
