"""Connection tests of saved partners: several at once, but of one host one at a time.

Threads talk to servers and do nothing else. The database is left to the caller's thread, which is asked for what a
test needs of it: no more connections are needed than without threads, and what runs in a transaction, as a site's
own tests do, sees its rows.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from queue import SimpleQueue
from typing import Any

from django.db import connections

from .. import conf
from ..account.row import SMTPAccount
from ..account.saving import one_spelling
from ..oauth.tokens import Database
from ..smtp.errors import SettingsError
from ..smtp.settings import Policy, SMTPSettings
from . import database, leases, results, runner
from .report import ConnectionReport


def check(partner: SMTPAccount) -> ConnectionReport:
    """Test what is saved of a partner, and keep the result on it."""
    (report,) = check_all([partner], jobs=1)
    return report


def check_all(partners: Sequence[SMTPAccount], *, jobs: int) -> Generator[ConnectionReport]:
    """The reports in the order of the partners, each as soon as it and all before it are there.

    At most ``jobs`` tests run at once. The hosts take turns, so that a host of many partners keeps the others
    waiting no longer than any other. If the generator is closed no further test begins; those that run are left
    to their deadline, and nothing is kept of them.
    """
    tests = [_Test(partner) for partner in partners]
    hosts = deque(_by_host(tests))
    running: dict[_Test, deque[_Test]] = {}
    ended: _Desk = SimpleQueue()
    try:
        for test in tests:
            while test.report is None:
                while hosts and len(running) < jobs:
                    queue = hosts.popleft()
                    begun = queue.popleft()
                    running[begun] = queue
                    begun.begin(ended)
                done = ended.get()
                if not isinstance(done, _Test):
                    done()
                    continue
                done.finish()
                if queue := running.pop(done):
                    hosts.append(queue)
            yield test.report
    finally:
        for test in running:
            test.abandon()


def _by_host(tests: Iterable[_Test]) -> Iterable[deque[_Test]]:
    queues: dict[str, deque[_Test]] = {}
    for test in tests:
        queues.setdefault(one_spelling(test.partner.smtp_host), deque()).append(test)
    return queues.values()


class _Test:
    """One partner's. ``report`` is there once it has ended."""

    def __init__(self, partner: SMTPAccount) -> None:
        self.partner = partner
        self.report: ConnectionReport | None = None
        self._lease = ExitStack()
        self._afterwards = database.Afterwards()
        self._conversation: Future[ConnectionReport] = Future()

    def begin(self, ended: _Desk) -> None:
        """Start the conversation with the server, if there is to be one; ``ended`` gets the test in any case."""
        try:
            settings = database.over(_asking(ended), self.partner.smtp_settings())
            self._afterwards = self._lease.enter_context(leases.hold(self.partner, None))
        except leases.Busy:
            self.report = runner.busy(settings)
        except SettingsError as error:
            self.report = report = runner.unusable(self.partner, error)
            self._afterwards.attempt(lambda: results.store_unusable(self.partner, report))
        if self.report is not None:
            ended.put(self)
            return
        # A daemon, so that it keeps nobody waiting who has abandoned it.
        arguments = (settings, conf.policy(), ended)
        threading.Thread(target=self._converse, args=arguments, daemon=True).start()

    def finish(self) -> None:
        """Keep the result. Raises what went wrong with the conversation."""
        if self.report is None:
            with self._lease:
                report = self._conversation.result()
            self._afterwards.attempt(lambda: results.store(self.partner, report.settings, report))
            self.report = report

    def abandon(self) -> None:
        self._lease.close()

    def _converse(self, settings: SMTPSettings, policy: Policy, ended: _Desk) -> None:
        try:
            self._conversation.set_result(runner.run(settings, policy))
        except BaseException as error:
            self._conversation.set_exception(error)
        finally:
            # A handler of the log may have opened one.
            connections.close_all()
            ended.put(self)


# What the caller's thread is waiting for: a test that has ended, or something that needs the database.
_Desk = SimpleQueue[_Test | Callable[[], None]]


def _asking(desk: _Desk) -> Database:
    def ask(act: Callable[[], Any]) -> Any:
        answer: Future[Any] = Future()
        desk.put(lambda: _answer(act, answer))
        # Nobody answers any more once the round was given up.
        return answer.result(timeout=conf.test_timeout())

    return ask


def _answer(act: Callable[[], Any], answer: Future[Any]) -> None:
    try:
        answer.set_result(act())
    except BaseException as error:
        answer.set_exception(error)
