"""Large attachments pass through memory a few times, not ten."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from smtp_sandbox.pytest_plugin import Served
from tests.support.delivery import PartnerOn
from tests.support.outbox import OtherProcess, states, wait_no_longer
from wagtail_partner_smtp.models import MailState, QueuedContent

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("woken"),
    pytest.mark.processes,
]

MIB = 1024 * 1024
SIZE = 20 * MIB
SETTINGS = ("PARTNER_SMTP_CA_FILE", "PARTNER_SMTP_ALLOWED_NETWORKS", "PARTNER_SMTP_SEND_TIMEOUT")


def most(folder: Path, settings: Settings, *arguments: str) -> float:
    """What the process held at a time, in sizes of the attachment."""
    folder.mkdir()
    values = {name: getattr(settings, name) for name in SETTINGS}
    with OtherProcess(folder, values, "tests.support.memory_process", *arguments) as process:
        return int(process.read()) / SIZE


def test_an_attachment_of_20_mb_takes_a_few_times_its_size(
    smtp: Served, partner_on: PartnerOn, settings: Settings, tmp_path: Path
) -> None:
    partner = partner_on(smtp.listen("honest", size=64 * MIB))
    queueing = most(tmp_path / "queue", settings, "queue", partner.slug, str(SIZE))
    assert states() == {MailState.QUEUED: 1}
    assert QueuedContent.objects.count() > SIZE // (512 * 1024), "in pieces"
    wait_no_longer()
    sending = most(tmp_path / "send", settings, "send", partner.slug, "0")
    assert states() == {MailState.SENT: 1}
    # Django makes a message of it in eight times its size; all that comes after takes two.
    assert queueing < 10
    assert sending < 4
