"""Rounds of connection tests: several at once, one host at a time, in order, and stopped at will."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connections
from django.utils import timezone

from tests.smtp.conftest import Serve, serve
from tests.smtp.peers import Peer, Script, dialogue, hang
from tests.support.accounts import make_partner
from tests.support.paths import ROOT
from tests.support.threads import usual_transactions
from wagtail_partner_smtp.connection_test import rounds, runner
from wagtail_partner_smtp.models import AbstractPartner, ConnectionTestLease, Partner
from wagtail_partner_smtp.smtp import session

if TYPE_CHECKING:
    from pytest_django import Settings

__all__ = ["serve"]

pytestmark = pytest.mark.django_db

PATIENCE = 20.0
POLITE = dialogue()


@pytest.fixture(autouse=True)
def loopback(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name is this machine, so that there are as many hosts as a test likes."""

    def getaddrinfo(host: str, *args: object, **kwargs: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    # No second look at a server that greets late: it would count as another conversation.
    monkeypatch.setattr(session, "GREETING_GRACE", PATIENCE)
    settings.PARTNER_SMTP_TEST_TIMEOUT = PATIENCE
    settings.PARTNER_SMTP_PROBE_PORTS = ()
    settings.PARTNER_SMTP_ALLOWED_NETWORKS = []


@pytest.fixture
def partner_on(settings: Settings, serve: Serve) -> Callable[..., Partner]:
    """``partner_on(host, script)``: a partner with a server of its own, without a login."""

    def make(host: str, script: Script = POLITE, **values: Any) -> Partner:
        port = values.pop("smtp_port", None) or serve(script).port
        settings.PARTNER_SMTP_ALLOWED_NETWORKS = [
            *settings.PARTNER_SMTP_ALLOWED_NETWORKS,
            f"127.0.0.1:{port}",
        ]
        account = {"smtp_host": host, "smtp_port": port, "smtp_login": "", "smtp_security": "none"}
        account["smtp_relay_proven_at"] = timezone.now()
        return make_partner(password="", **account | values)

    return make


class Gauge:
    """A script that counts how many conversations are going on at the same time."""

    def __init__(self) -> None:
        self.open = self.most = 0
        self.senders: list[str] = []
        self._lock = threading.Lock()

    def greet(self, peer: Peer) -> None:
        with self._lock:
            self.open += 1
            self.most = max(self.most, self.open)
        time.sleep(0.1)  # for another one to come, if it may
        peer.send(b"220 peer.test ESMTP\r\n")

    def note_sender(self, peer: Peer) -> None:
        self.senders.append(peer.lines[-1].decode().partition("<")[2].partition("@")[0])
        peer.send(b"250 2.1.0 ok\r\n")

    def part(self, peer: Peer) -> None:
        with self._lock:
            self.open -= 1
        peer.send(b"221 2.0.0 bye\r\n")

    @property
    def script(self) -> Script:
        return dialogue(GREETING=self.greet, MAIL=self.note_sender, QUIT=self.part)


def leases() -> int:
    return ConnectionTestLease.objects.filter(expires__gt=timezone.now()).count()


def test_a_slow_server_does_not_delay_the_others_and_the_order_stays(
    partner_on: Callable[..., Partner],
) -> None:
    last_done = threading.Event()

    def wait(peer: Peer) -> None:
        assert last_done.wait(PATIENCE)
        peer.send(b"250 2.1.0 ok\r\n")

    def say_done(peer: Peer) -> None:
        last_done.set()
        peer.send(b"221 2.0.0 bye\r\n")

    scripts = {"slow": dialogue(MAIL=wait), "quick": POLITE, "last": dialogue(QUIT=say_done)}
    partners = [partner_on(f"{name}.test", script) for name, script in scripts.items()]
    reports = list(rounds.check_all(partners, jobs=2))
    assert [report.settings.host for report in reports] == ["slow.test", "quick.test", "last.test"]
    assert [report.status for report in reports] == ["ok", "ok", "ok"]
    assert [Partner.objects.get(pk=each.pk).smtp_status for each in partners] == ["ok"] * 3
    assert leases() == 0


def test_one_host_is_tested_one_at_a_time_however_it_is_spelled(
    partner_on: Callable[..., Partner], serve: Serve
) -> None:
    gauge = Gauge()
    port = serve(gauge.script).port
    names = ["mail.test", "MAIL.test", "mail.test.", "mail.test"]
    partners = [partner_on(name, smtp_port=port) for name in names]
    partners.append(partner_on("mail.test", gauge.script))  # another port
    reports = list(rounds.check_all(partners, jobs=4))
    assert [report.status for report in reports] == ["ok"] * 5
    assert (gauge.most, len(gauge.senders)) == (1, 5)


def test_no_more_than_so_many_at_once(partner_on: Callable[..., Partner]) -> None:
    gauge = Gauge()
    partners = [partner_on(f"{name}.test", gauge.script) for name in "abcdef"]
    assert [report.status for report in rounds.check_all(partners, jobs=2)] == ["ok"] * 6
    assert gauge.most <= 2


def test_hosts_take_turns(partner_on: Callable[..., Partner]) -> None:
    gauge = Gauge()
    order = [("big", "a1"), ("big", "a2"), ("big", "a3"), ("small", "b1")]
    partners = [
        partner_on(f"{host}.test", gauge.script, smtp_email=f"{name}@example.com") for host, name in order
    ]
    reports = list(rounds.check_all(partners, jobs=1))
    assert [report.settings.email[:2] for report in reports] == ["a1", "a2", "a3", "b1"]
    assert gauge.senders == ["a1", "b1", "a2", "a3"]


def test_whoever_stops_leaves_nothing_behind(partner_on: Callable[..., Partner], serve: Serve) -> None:
    begun = threading.Event()

    def say_nothing(peer: Peer) -> None:
        begun.set()
        hang(peer)

    idle = serve(POLITE)
    first, stuck = partner_on("a.test"), partner_on("b.test", say_nothing)
    never = partner_on("c.test", smtp_port=idle.port)
    reports = rounds.check_all([first, stuck, never], jobs=2)
    assert next(reports).status == "ok"
    assert begun.wait(PATIENCE)
    assert leases() == 1
    reports.close()
    assert (leases(), idle.connections) == (0, 0)
    assert Partner.objects.get(pk=stuck.pk).smtp_status == "untested"


def test_what_breaks_within_a_test_is_raised(
    partner_on: Callable[..., Partner], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(runner, "run", broken)
    partner = partner_on("a.test")
    with pytest.raises(ZeroDivisionError):
        rounds.check(partner)
    assert leases() == 0


class Remembering(logging.Handler):
    """A handler of the log that asks the database something, as those of a site may."""

    def __init__(self) -> None:
        super().__init__()
        self.used: list[Any] = []

    def emit(self, record: logging.LogRecord) -> None:
        if threading.current_thread() is not threading.main_thread():
            assert Partner.objects.count() == 1
            wrapper = connections["default"]
            self.used.append((wrapper, wrapper.connection))


@pytest.fixture
def handler() -> Iterator[Remembering]:
    handler = Remembering()
    log = logging.getLogger("wagtail_partner_smtp")
    log.addHandler(handler)
    yield handler
    log.removeHandler(handler)


@pytest.mark.django_db(transaction=True)
def test_threads_leave_no_database_connection_open(
    partner_on: Callable[..., Partner], handler: Remembering
) -> None:
    with usual_transactions():
        partner = partner_on("a.test", dialogue(GREETING=b"554 5.7.1 no\r\n"))
        assert rounds.check(partner).status == "failed"
    ((wrapper, used),) = handler.used
    assert used is not None
    assert wrapper.connection is None


def test_no_partners_are_a_short_round() -> None:
    nobody: list[AbstractPartner] = []
    assert list(rounds.check_all(nobody, jobs=4)) == []


SCRIPT = """
import pathlib, signal, sys, django
signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in the background may ignore it
django.setup()
from django.core.management import execute_from_command_line
from tests.support import database
from test_project.custom_partner.models import CustomPartner
from wagtail_partner_smtp.models import ConnectionTestLease
database.use(pathlib.Path(sys.argv[1]))
print("migrated", flush=True)
settings = django.conf.settings
settings.PARTNER_SMTP_ALLOWED_NETWORKS = ["127.0.0.1:PORT"]
settings.PARTNER_SMTP_TEST_TIMEOUT = 600
CustomPartner(
    name="A", slug="acme", smtp_host="127.0.0.1", smtp_port=PORT, smtp_security="none", smtp_email="a@b.example"
).save()
try:
    execute_from_command_line(["manage", "check_partner_smtp", "--alert"])
finally:
    print("leases:", ConnectionTestLease.objects.count(), flush=True)
"""


@pytest.mark.processes
@pytest.mark.timeout(300)
def test_an_interrupt_ends_it_cleanly_and_at_once(serve: Serve, tmp_path: Path) -> None:
    begun = threading.Event()

    def never_answer(peer: Peer) -> None:
        peer.sock.settimeout(None)
        begun.set()
        hang(peer)

    port = serve(dialogue(EHLO=never_answer)).port
    path = tmp_path / "custom.sqlite3"
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{path}",
        "DJANGO_SETTINGS_MODULE": "test_project.settings_custom_partner",
    }
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", SCRIPT.replace("PORT", str(port)), str(path)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            # This may take minutes: it does not count towards what follows.
            assert process.stdout
            assert process.stdout.readline() == "migrated\n"
            assert begun.wait(90), process.communicate(timeout=10)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert err == "CommandError: Stopped.\n"
    assert out == "leases: 0\n"
