"""The command line, in this process and as ``python -m smtp_sandbox``."""

from __future__ import annotations

import json
import os
import re
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smtp_sandbox import PROFILES, Token, __version__
from smtp_sandbox.catalogue.replies import SAMPLES
from smtp_sandbox.cli import main
from smtp_sandbox.oauth.catalogue import FAULTS
from smtp_sandbox.pytest_plugin import Served
from smtp_sandbox.serve import parse_listener, read_tokens, read_users
from tests.support.stopwatch import PATIENCE


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-W", "error", "-m", "smtp_sandbox", "serve", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def first_line(process: subprocess.Popen[str]) -> str:
    return process.stdout.readline() if process.stdout else ""


def test_list_names_every_profile(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[: len(PROFILES)]] == list(PROFILES)
    faults = lines.index("OAuth server")
    assert lines[len(PROFILES) : faults + 1] == ["", "OAuth server"]
    assert [line.split()[0] for line in lines[faults + 1 : faults + 1 + len(FAULTS)]] == list(FAULTS)
    assert lines[faults + 1 + len(FAULTS) :][:2] == ["", SAMPLES[0].provider]
    replies = [line.split()[0] for line in lines[len(PROFILES) :] if line.startswith("  reply:")]
    assert sorted(replies) == sorted(f"reply:{sample.id}" for sample in SAMPLES)


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    command = [sys.executable, "-W", "error", "-m", "smtp_sandbox", "list"]
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=PATIENCE)  # noqa: S603
    os.close(writing)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_serve_accepts_once_it_has_spoken_and_ends_on_a_signal(kind: signal.Signals, tmp_path: Path) -> None:
    ca_file, users = tmp_path / "ca.pem", tmp_path / "users"
    users.write_text("# people\nann:secret:with:colons\n")
    with started("--json", "honest:ssl", "--ca-out", str(ca_file), "--users", str(users)) as process:
        facts = json.loads(first_line(process))
        [at] = facts["listeners"]
        context = ssl.create_default_context(cafile=str(ca_file))
        with smtplib.SMTP_SSL(at["host"], at["port"], timeout=PATIENCE, context=context) as client:
            assert client.login("ann", "secret:with:colons")[0] == 235
        process.send_signal(kind)
        _, errors = process.communicate(timeout=PATIENCE)

    assert (process.returncode, errors) == (0, "")
    assert facts["ca_file"] == str(ca_file)


def test_serve_all_opens_every_profile_and_an_inbox() -> None:
    with started("--json", "--all", "--web", "0") as process:
        facts = json.loads(first_line(process))
        with urllib.request.urlopen(facts["web"], timeout=PATIENCE) as page:  # noqa: S310
            text = page.read().decode()

    wanted = [(profile.name, mode) for profile in PROFILES.values() for mode in profile.modes]
    assert [(at["profile"], at["mode"]) for at in facts["listeners"]] == wanted
    assert "greylisting" in text


def test_serve_all_opens_those_that_are_named_too() -> None:
    with started("--json", "--all", "reply:microsoft-basic-auth-off:plain") as process:
        facts = json.loads(first_line(process))

    assert facts["listeners"][0]["profile"] == "reply:microsoft-basic-auth-off"
    assert len(facts["listeners"]) == 1 + sum(len(profile.modes) for profile in PROFILES.values())


def test_serve_on_all_addresses_is_reached_by_a_name_of_the_certificate(tmp_path: Path) -> None:
    with started("--json", "--host", "0.0.0.0", "honest:ssl") as process:  # noqa: S104
        facts = json.loads(first_line(process))
        [at] = facts["listeners"]
        context = ssl.create_default_context(cafile=facts["ca_file"])
        with smtplib.SMTP_SSL(at["host"], at["port"], timeout=PATIENCE, context=context) as client:
            assert client.noop()[0] == 250


def test_serve_with_a_ca_of_its_own_is_trusted_again_and_by_the_names_that_were_added(tmp_path: Path) -> None:
    ca_in, ca_out = tmp_path / "ca-key.pem", tmp_path / "ca.pem"
    options = (
        "--json",
        "honest:ssl",
        "--ca-in",
        str(ca_in),
        "--ca-out",
        str(ca_out),
        "--name",
        "mail.example",
    )
    certificates = []
    for _ in range(2):
        with started(*options) as process:
            [at] = json.loads(first_line(process))["listeners"]
            certificates.append(ca_out.read_bytes())
            context = ssl.create_default_context(cadata=certificates[0].decode())
            with socket.create_connection((at["host"], at["port"]), timeout=PATIENCE) as connection:
                context.wrap_socket(connection, server_hostname="mail.example").close()

    assert certificates[0] == certificates[1]
    assert b"PRIVATE" not in certificates[0]


def test_the_key_of_a_ca_is_not_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ca.pem"

    assert main(["serve", "--ca-in", str(path), "--ca-out", str(path)]) == 2

    assert "holds a private key" in capsys.readouterr().err
    assert b"PRIVATE KEY" in path.read_bytes()


def test_serve_shows_the_inbox_to_others_with_a_token_only() -> None:
    options = ("--json", "honest:plain", "--web", "0", "--web-host", "0.0.0.0")  # noqa: S104
    with started(*options, "--web-token", "s3cret-s3cret-s3cret") as process:
        facts = json.loads(first_line(process))
        request = urllib.request.Request(facts["web"])  # noqa: S310
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(request, timeout=PATIENCE)  # noqa: S310
        error.value.close()
        request.add_header("Authorization", f"Bearer {facts['web_token']}")
        with urllib.request.urlopen(request, timeout=PATIENCE) as page:  # noqa: S310
            text = page.read().decode()

    assert (error.value.code, facts["web_token"]) == (403, "s3cret-s3cret-s3cret")
    assert "Inbox" in text


def test_serve_prints_the_address_with_a_token_of_its_own() -> None:
    with started("honest:plain", "--web", "0", "--web-host", "0.0.0.0") as process:  # noqa: S104
        said = [first_line(process) for _ in range(4)]

    assert re.fullmatch(r"Inbox: http://localhost:\d+/\?token=[\w-]{32}\n", said[3])


def test_serve_refuses_recipients_that_ask_for_it() -> None:
    with started("--json", "honest:plain", "--fault-addresses") as process:
        [at] = json.loads(first_line(process))["listeners"]
        with smtplib.SMTP(at["host"], at["port"], timeout=PATIENCE) as client:
            client.ehlo()
            client.mail("a@example.org")
            assert client.rcpt("451@example.org")[0] == 451


def test_recipients_ask_for_faults_where_smtp_is_spoken(capsys: pytest.CaptureFixture[str]) -> None:
    with started("--json", "http:plain", "honest:plain", "--fault-addresses") as process:
        assert len(json.loads(first_line(process))["listeners"]) == 2

    assert main(["serve", "http:plain", "refuse:plain", "--fault-addresses"]) == 2
    assert "--fault-addresses is about listeners that speak SMTP" in capsys.readouterr().err


def test_serve_says_what_a_client_needs(tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    with started("honest:ssl", "--ca-out", str(ca_file)) as process:
        said = [first_line(process) for _ in range(3)]
    assert [line.strip() for line in said[1:]] == [f"CA: {ca_file}", "Login: user / pass"]


def test_serve_prints_a_table() -> None:
    with started("auth-535:starttls") as process:
        assert first_line(process).split()[1:] == ["starttls", "auth-535", "refuses", "every", "login"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["no-such-profile"], "no profile 'no-such-profile'"),
        (["honest:tls"], "not PROFILE[:MODE][@PORT]: 'honest:tls'"),
        (["honest@99999"], "not PROFILE[:MODE][@PORT]"),
        (["--users", "/no/such/file"], "No such file"),
        (["--name", "my_mail"], "not a host name or an IP address: 'my_mail'"),
        (["--ca-in", "/no/such/folder/ca.pem"], "No such file"),
        (["--web-host", "0.0.0.0"], "about the inbox that --web opens"),  # noqa: S104
        (["--web-token", "x" * 16], "about the inbox that --web opens"),
        (["--web", "0", "--web-token", "short"], "16 or more"),
    ],
)
def test_wrong_arguments_end_with_2(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *arguments]) == 2

    assert reason in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["serve", "--web", "70000"], "not a port from 0 to 65535: '70000'"),
        (["serve", "--web=-1"], "not a port from 0 to 65535: '-1'"),
        (["serve", "--oauth", "70000"], "not a port from 0 to 65535: '70000'"),
        (["serve", "--keep=-1"], "not a number from 1 on: '-1'"),
        (["serve", "--keep", "0"], "not a number from 1 on: '0'"),
        (["probe", "localhost:25", "--timeout", "0"], "not a number of seconds: '0'"),
        (["probe", "localhost:25", "--timeout=-1"], "not a number of seconds: '-1'"),
        (["probe", "localhost:25", "--timeout", "inf"], "not a number of seconds: 'inf'"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert reason in capsys.readouterr().err


def test_an_address_that_is_none_is_no_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", "localhost:99999"]) == 2
    assert "not HOST:PORT: 'localhost:99999'" in capsys.readouterr().err
    assert main(["probe", "..example:25"]) == 1
    assert "..example:25" in capsys.readouterr().err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"smtp-sandbox {__version__}\n"


@pytest.mark.parametrize("option", ["--web", "--oauth", None])
def test_a_taken_port_ends_with_2(
    option: str | None, smtp: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    if option == "--oauth":
        pytest.importorskip("authlib")
    assert main(["serve", *([option, str(smtp.port)] if option else [f"honest:plain@{smtp.port}"])]) == 2

    assert f"already in use: 127.0.0.1, port {smtp.port}\n" in capsys.readouterr().err


def test_a_host_that_cannot_be_listened_on_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--host", "nowhere.invalid"]) == 2
    assert capsys.readouterr().err.endswith(": nowhere.invalid\n")
    assert main(["serve", "honest:plain@2525", "--host", "nowhere.invalid"]) == 2
    assert capsys.readouterr().err.endswith(": nowhere.invalid, port 2525\n")


def test_listeners_are_read() -> None:
    assert parse_listener("honest:ssl@465") == [("honest", "ssl", 465)]
    assert parse_listener("cert-expired") == [("cert-expired", "ssl", 0), ("cert-expired", "starttls", 0)]
    assert parse_listener("cert-expired@465") == [("cert-expired", "ssl", 465)]
    with pytest.raises(ValueError, match="write cert-expired:ssl or cert-expired:starttls"):
        parse_listener("cert-expired:plain")


def test_tokens_are_read() -> None:
    tokens = read_tokens("# comment\n\na:t0ken\nb:t0ken:60\nc:t0ken:-1\n")
    assert tokens["a"] == Token("t0ken")
    assert [token.accepts("t0ken") for token in tokens.values()] == [True, True, False]
    assert not tokens["a"].accepts("T0ken")
    for wrong in ("nobody", "a:", ":t0ken", "a:t0ken:soon", "a:t0ken:inf", "a:t0ken:1e20"):
        with pytest.raises(ValueError, match="tokens' file"):
            read_tokens(wrong)


def test_users_are_read() -> None:
    assert read_users("# comment\n\na:b:c\nd:\n") == {"a": "b:c", "d": ""}
    with pytest.raises(ValueError, match="name:password"):
        read_users("nobody")


@pytest.mark.parametrize(
    ("content", "reason"), [(b"\xfcser:pass", "users is not UTF-8"), (b"# nobody\n", "names nobody")]
)
def test_a_users_file_that_cannot_be_meant_is_an_error(
    content: bytes, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "users"
    path.write_bytes(content)

    assert main(["serve", "--users", str(path)]) == 2
    assert reason in capsys.readouterr().err


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    path = tmp_path / "users"
    path.write_bytes(b"\xef\xbb\xbfann:secret\n")
    with started("--json", "honest:plain", "--users", str(path)) as process:
        assert json.loads(first_line(process))["users"] == ["ann"]


def test_probe_tells_what_changes_after_starttls(smtp: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", f"localhost:{smtp.starttls.port}"]) == 0

    before, after = capsys.readouterr().out.split("STARTTLS (TLSv1")
    assert ("  STARTTLS" in before, "  AUTH" in before) == (True, False)
    assert ("  STARTTLS" in after, "  AUTH PLAIN LOGIN" in after) == (False, True)


def test_probe_over_ssl(smtp: Served, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["probe", "--ssl", f"localhost:{smtp.ssl.port}"]) == 0

    assert "AUTH PLAIN LOGIN" in capsys.readouterr().out


def test_probe_of_nothing_ends_with_1_or_2(smtp: Served, capsys: pytest.CaptureFixture[str]) -> None:
    refusing = smtp.listen("refuse")

    assert main(["probe", f"127.0.0.1:{refusing.port}"]) == 1
    assert "refused" in capsys.readouterr().err
    assert main(["probe", "localhost"]) == 2
