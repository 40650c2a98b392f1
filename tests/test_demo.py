"""The demonstration does not rot: its samples are tested, and found, as it says."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from smtp_sandbox import Sandbox
from test_project import demo, demo_run
from test_project.demo_samples import LOGIN, PASSWORD, Sample, listen
from wagtail_partner_smtp.models import Partner

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(users={LOGIN: PASSWORD}) as sandbox:
        yield sandbox


@pytest.fixture
def samples(sandbox: Sandbox, settings: Settings) -> list[Sample]:
    samples = listen(sandbox)
    settings.PARTNER_SMTP_ALLOWED_NETWORKS = [f"127.0.0.1:{sample.port}" for sample in samples]
    settings.PARTNER_SMTP_CA_FILE = str(sandbox.ca_file)
    settings.PARTNER_SMTP_PROBE_PORTS = (sandbox.ssl.port, sandbox.starttls.port)
    return samples


def test_every_sample_is_found_as_it_is_described(
    samples: list[Sample], sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list(demo_run.try_partners(samples)) == []
    assert {sample.security for sample in samples if sample.status == "ok"} == {"none", "ssl", "tls"}
    # The second run changes the partners of the first.
    assert Partner.objects.count() == len(samples)
    demo_run.save(samples[0])
    assert Partner.objects.count() == len(samples)

    assert list(demo_run.send_mail(sandbox)) == []
    printed = capsys.readouterr().out
    assert "| Subject: Invoice 42" in printed
    assert PASSWORD not in printed


def test_a_sample_that_is_found_otherwise_is_reported(
    samples: list[Sample], capsys: pytest.CaptureFixture[str]
) -> None:
    sample = next(sample for sample in samples if sample.slug == "acme")
    wrong = Sample(
        slug=sample.slug, name=sample.name, port=sample.port, security=sample.security, code="auth_failed"
    )
    (failure,) = demo_run.try_partners([wrong])
    assert failure.startswith("acme: ok")


def test_a_free_port_is_taken_as_wanted_and_another_one_if_not() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wanted = taken.getsockname()[1]
        found = demo.free_port(wanted)
        assert found != wanted
    assert demo.free_port(found) == found
