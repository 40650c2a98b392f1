"""The demonstration does not rot: its samples are tested, and found, as it says."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from smtp_sandbox import Sandbox
from test_project import demo, demo_contact, demo_invoices, demo_run
from test_project.demo_lock import only_one
from test_project.demo_names import tell_names
from test_project.demo_progress import WIDTH, Progress
from test_project.demo_samples import LOGIN, PASSWORD, Sample, listen, oauth_samples, ports, providers
from test_project.invoices.models import Invoice
from test_project.name_server import NameServer
from wagtail_partner_smtp.discovery.search import discover
from wagtail_partner_smtp.models import MailState, Partner, QueuedMessage, SMTPStatus
from wagtail_partner_smtp.smtp import Policy

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = [pytest.mark.django_db, pytest.mark.processes]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(users={LOGIN: PASSWORD}) as sandbox:
        yield sandbox


@pytest.fixture
def samples(sandbox: Sandbox, settings: Settings) -> list[Sample]:
    samples = listen(sandbox)
    settings.PARTNER_SMTP_ALLOWED_NETWORKS = [f"127.0.0.1:{port}" for port in ports(samples)]
    settings.PARTNER_SMTP_CA_FILE = str(sandbox.ca_file)
    settings.PARTNER_SMTP_PROBE_PORTS = (sandbox.ssl.port, sandbox.starttls.port)
    return samples


def test_every_sample_is_found_as_it_is_described(
    samples: list[Sample], sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert list(demo_run.try_partners(samples)) == []
    assert {sample.security for sample in samples if sample.status == "ok"} == {"none", "ssl", "tls"}
    # The list shows every state that there is.
    assert set(Partner.objects.values_list("smtp_status", flat=True)) == set(SMTPStatus)
    # The second run changes the partners of the first.
    assert Partner.objects.count() == len(samples)
    demo_run.save(samples[0])
    assert Partner.objects.count() == len(samples)

    assert list(demo_run.send_mail(sandbox)) == []
    printed = capsys.readouterr().out
    assert "| Subject: Invoice 42" in printed
    assert PASSWORD not in printed


@pytest.mark.django_db(transaction=True)
def test_a_partner_is_connected_and_its_mail_leaves_by_a_token(
    sandbox: Sandbox, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("authlib")
    from test_project import demo_oauth

    samples = oauth_samples(sandbox)
    reachable = [*ports(samples), sandbox.oauth.port]
    settings.PARTNER_SMTP_ALLOWED_NETWORKS = [f"127.0.0.1:{port}" for port in reachable]
    settings.PARTNER_SMTP_CA_FILE = str(sandbox.ca_file)
    settings.PARTNER_SMTP_OAUTH = providers(sandbox.oauth)

    # Before anybody has agreed, the test says so.
    assert list(demo_run.try_partners(samples)) == []
    assert list(demo_oauth.connect_and_send(sandbox)) == []

    printed = capsys.readouterr().out
    assert "with 1 question for a token" in printed
    assert sandbox.oauth.client.client_secret not in printed


def test_a_sample_that_is_found_otherwise_is_reported(
    samples: list[Sample], capsys: pytest.CaptureFixture[str]
) -> None:
    sample = next(sample for sample in samples if sample.slug == "acme")
    wrong = Sample(
        slug=sample.slug, name=sample.name, port=sample.port, security=sample.security, code="auth_failed"
    )
    (failure,) = demo_run.try_partners([wrong])
    assert failure.startswith("acme: ok")


@pytest.mark.django_db(transaction=True)
def test_two_hundred_invoices_come_to_what_the_demonstration_says(
    samples: list[Sample], sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    for sample in samples:
        demo_run.save(sample)
    # The second run begins anew.
    for _ in range(2):
        sandbox.reset()
        assert list(demo_invoices.send_invoices()) == []
        assert QueuedMessage.objects.count() == Invoice.objects.count() == 200
    states = Counter(QueuedMessage.objects.values_list("state", flat=True))
    assert states == {"sent": 148, "partly": 8, "failed": 4, "deferred": 1, "queued": 39}
    received = Counter(message.email["Subject"] for message in sandbox.messages)
    assert set(received.values()) == {1}
    assert len(received) == 156
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert any(line.split() == ["ACME", "(TLS)", "80", "0", "0", "0"] for line in lines)
    assert any(line.startswith("Harbour") and line.split()[-4:] == ["68", "8", "4", "0"] for line in lines)
    assert any(
        line.startswith("Closed port") and line.split()[-4:] == ["0", "0", "0", "40"] for line in lines
    )
    assert "12 recipients refused: 550 5.1.1 No such mailbox" in lines
    assert any("nothing listens there. Tried again at" in line for line in lines)
    assert not any("\x1b" in line or "\r" in line for line in lines), "nothing that only a terminal bears"


@pytest.mark.django_db(transaction=True)
def test_invoices_that_come_to_something_else_are_reported(
    samples: list[Sample], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    acme, *_ = demo_invoices.SHARES
    monkeypatch.setattr(
        demo_invoices, "SHARES", [replace(acme, invoices=3, outcome={"sent": 2, "failed": 1})]
    )
    demo_run.save(next(sample for sample in samples if sample.slug == "acme"))
    assert list(demo_invoices.send_invoices()) == ["the invoices of acme: {'sent': 3}"]

    Invoice.objects.update(mail=MailState.UNKNOWN)
    monkeypatch.setattr(demo_invoices, "SHARES", [replace(acme, outcome={"sent": 3})])
    (failure,) = demo_invoices._differences(demo_invoices.SHARES[0])
    assert failure == "the invoices of acme are marked: {'unknown': 3}"


@pytest.mark.django_db(transaction=True)
def test_a_visitor_s_form_is_mailed_by_the_partner(
    samples: list[Sample], sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    demo_run.save(next(sample for sample in samples if sample.slug == demo_contact.PARTNER))
    # The second run finds the page of the first.
    for number in (1, 2):
        sandbox.reset()
        assert list(demo_contact.send_form(sandbox)) == []
        assert len(sandbox.messages) == 1
        assert QueuedMessage.objects.filter(state=MailState.SENT).count() == number
    printed = capsys.readouterr().out
    assert "The form of the page /contact/, as the server of Borealis (SSL) received it:" in printed
    assert "| Reply-To: ann@customer.example" in printed
    assert "| Message: Do you deliver to Tromsø?" in printed


def test_a_terminal_is_shown_a_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    progress = Progress(200)
    progress.show(50, 200)
    assert f"[{'#' * (WIDTH // 4)}{'.' * (WIDTH * 3 // 4)}] 200 queued, 50 " in capsys.readouterr().out


def test_a_file_gets_a_line_for_each_quarter(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(200)
    for ended in (0, 20, 50, 60, 160, 170):
        progress.show(ended, 200)
    assert [line.split(",")[1].split()[0] for line in capsys.readouterr().out.splitlines()] == ["50", "160"]


def test_the_site_takes_the_port_that_is_wanted_or_another_one() -> None:
    with demo.open_server(0) as first, demo.open_server(first.server_port) as second:
        assert first.server_port != second.server_port
    with demo.open_server(second.server_port) as third:
        assert third.server_port == second.server_port


def test_a_second_demonstration_in_the_same_folder_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "VAR_DIR", tmp_path)
    monkeypatch.setattr(demo, "demonstrate", lambda: 0)
    with only_one(tmp_path / "demo.lock"):
        assert demo.main() == 1
    assert f"(process {os.getpid()})" in capsys.readouterr().err
    assert demo.main() == 0


def test_find_settings_finds_the_partners_servers(
    samples: list[Sample], sandbox: Sandbox, dns_server: NameServer
) -> None:
    tell_names(dns_server, samples, sandbox)
    policy = Policy(
        allowed_networks=tuple(f"127.0.0.1:{port}" for port in ports(samples)), ca_file=str(sandbox.ca_file)
    )
    found = {}
    for slug in ("acme", "borealis", "glacier", "fjord", "wrong-password"):
        discovery = discover(f"{slug}.example", policy, [dns_server.entry])
        found[slug] = [(offer.candidate.port, offer.security.value) for offer in discovery.offers]
    at = {sample.slug: sample.port for sample in samples}
    assert found == {
        "acme": [(sandbox.starttls.port, "tls")],
        "borealis": [(sandbox.ssl.port, "ssl")],
        "glacier": [(at["glacier"], "tls")],
        "fjord": [],
        "wrong-password": [(sandbox.ssl.port, "ssl")],
    }
