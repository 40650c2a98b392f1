"""Many who press *Test connection* at once: who is turned away, and what is left of all that."""

from __future__ import annotations

import gc
import os
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Semaphore
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from smtp_sandbox import Listener, on
from smtp_sandbox.pytest_plugin import Served
from tests.support.admin import (
    HTTP_AJAX,
    RIGHT,
    account_of,
    client_of,
    endpoint,
    listen,
    make_partner,
    values_of,
)
from tests.support.stopwatch import PATIENCE, until
from tests.support.threads import at_once, usual_transactions
from wagtail_partner_smtp.connection_test import leases
from wagtail_partner_smtp.models import AbstractPartner, ConnectionTestLease
from wagtail_partner_smtp.smtp.report import Report
from wagtail_partner_smtp.smtp.session import SMTPSession

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER, PLACES = 40, 4
Pressed = tuple[int, str, str]


@pytest.fixture
def silent(smtp: Served, settings: Any) -> Listener:
    """It greets, and then says nothing until the test disconnects it."""
    settings.PARTNER_SMTP_TEST_TIMEOUT = PATIENCE
    settings.PARTNER_SMTP_MAX_CONCURRENT_TESTS = PLACES
    return listen(smtp, settings, rules=(on("EHLO", hang=True),))


@pytest.fixture
def partners(silent: Listener) -> Iterator[list[AbstractPartner]]:
    with usual_transactions():
        yield [
            make_partner(slug=f"p{number}", **account_of(silent), password=RIGHT) for number in range(NUMBER)
        ]


def press_all(silent: Listener, partners: list[AbstractPartner], clients: list[Client]) -> list[Pressed]:
    """Status, code and Retry-After of each. Those that got a place run until all others were turned away."""
    turned_away, greeted = Semaphore(0), silent.count("EHLO") + PLACES

    def press(client: Client, partner: AbstractPartner) -> Pressed:
        response = client.post(endpoint(partner), values_of(partner), headers=HTTP_AJAX)
        turned_away.release()
        error = response.json()["error"]
        return response.status_code, error["code"], response.headers.get("Retry-After", "")

    def end_the_tests() -> None:
        for _ in range(NUMBER - PLACES):
            turned_away.acquire(timeout=PATIENCE)
        until(lambda: silent.count("EHLO") == greeted)
        silent.disconnect()

    jobs: list[Callable[[], Pressed | None]] = [
        partial(press, client, each) for client, each in zip(clients, partners, strict=True)
    ]
    return [each for each in at_once(lambda job: job(), [*jobs, end_the_tests]) if each]


def held() -> Counter[str]:
    """What this process holds that a test could leave behind."""
    gc.collect()
    kinds = (SMTPSession, Report, socket.socket)
    found = Counter(type(each).__name__ for each in gc.get_objects() if isinstance(each, kinds))
    found["threads"] = threading.active_count()
    descriptors = Path("/proc/self/fd")
    found["descriptors"] = len(os.listdir(descriptors)) if descriptors.exists() else 0
    return found


def test_p15_of_forty_at_once_all_but_the_places_are_told_to_wait(
    silent: Listener, partners: list[AbstractPartner]
) -> None:
    clients = [client_of(User.objects.create_superuser(f"user{number}")) for number in range(NUMBER)]
    pressed = press_all(silent, partners, clients)
    assert Counter(pressed) == {
        (400, "busy", "1"): NUMBER - PLACES,
        (400, "disconnected", ""): PLACES,
    }
    assert silent.connections == PLACES


def test_p56_forty_of_one_user_leave_a_place_for_another(
    silent: Listener, partners: list[AbstractPartner], superuser: User
) -> None:
    """Also where they come at once, from as many windows."""
    other = client_of(User.objects.create_superuser("other"))
    clients = [*(client_of(superuser) for _ in partners[1:]), other]
    codes = [code for _, code, _ in press_all(silent, partners, clients)]
    assert Counter(codes) == {"busy": NUMBER - PLACES, "disconnected": PLACES}
    assert codes[-1] == "disconnected"


def test_nothing_is_left_of_forty_at_once(silent: Listener, partners: list[AbstractPartner]) -> None:
    clients = [client_of(User.objects.create_superuser(f"user{number}")) for number in range(NUMBER)]
    press_all(silent, partners, clients)
    silent.wait_idle()
    before = held()
    for _ in range(2):
        press_all(silent, partners, clients)
        silent.wait_idle()
        until(lambda: held() == before)
    assert not leases._slots._taken
    assert not ConnectionTestLease.objects.exists()
