"""Clients that are not Python: swaks, curl, msmtp, nodemailer and OpenSSL's s_client."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from smtp_sandbox import MODES, Listener
from smtp_sandbox.pytest_plugin import Served

from .clients import MESSAGE

Command = Callable[[Listener, str], list[str]]


def swaks(at: Listener, mechanism: str) -> list[str]:
    tls = {"plain": [], "ssl": ["--tlsc"], "starttls": ["--tls"]}[at.mode]
    trust = ["--tls-verify", "--tls-ca-path", at.ca_file] if tls else []
    where = ["swaks", "--server", at.host, "--port", str(at.port), "--timeout", "30", "--data", "-"]
    who = ["--auth", mechanism, "--auth-user", "user", "--auth-password", "pass"]
    return [*where, *who, *tls, *trust, "--from", "a@example.org", "--to", "b@example.org"]


def curl(at: Listener, mechanism: str) -> list[str]:
    scheme = "smtps" if at.mode == "ssl" else "smtp"
    tls = ["--ssl-reqd"] if at.mode == "starttls" else []
    bearer = mechanism in ("XOAUTH2", "OAUTHBEARER")
    who = ["--user", "user", "--oauth2-bearer", "pass"] if bearer else ["--user", "user:pass"]
    envelope = ["--mail-from", "a@example.org", "--mail-rcpt", "b@example.org", "--upload-file", "-"]
    where = ["curl", "--silent", "--show-error", "--max-time", "30", f"{scheme}://{at.host}:{at.port}"]
    return [*where, *tls, "--cacert", at.ca_file, *who, *envelope]


def msmtp(at: Listener, mechanism: str) -> list[str]:
    tls = ["--tls=on", f"--tls-trust-file={at.ca_file}"] if at.mode != "plain" else ["--tls=off"]
    where = ["msmtp", "--file=/dev/null", f"--host={at.host}", f"--port={at.port}", "--timeout=30"]
    who = [f"--auth={mechanism.lower()}", "--user=user", "--passwordeval=echo pass"]
    starttls = f"--tls-starttls={'on' if at.mode == 'starttls' else 'off'}"
    return [*where, *tls, starttls, *who, "--from=a@example.org", "b@example.org"]


MECHANISMS: dict[Command, tuple[str, ...]] = {
    swaks: ("PLAIN", "LOGIN", "CRAM-MD5"),
    curl: ("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER"),
    msmtp: ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER"),
}
MATRIX = [(command, mechanism) for command, mechanisms in MECHANISMS.items() for mechanism in mechanisms]


def run(
    command: list[str], text: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(  # noqa: S603
        command, input=text, env=environment, capture_output=True, text=True, timeout=60
    )
    if "requires Net::SSLeay" in done.stderr:
        pytest.skip("swaks knows no TLS without Net::SSLeay (Debian: libnet-ssleay-perl)")
    return done


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("command", "mechanism"), MATRIX, ids=lambda one: getattr(one, "__name__", str(one)))
def test_the_tool_logs_in_and_sends(smtp: Served, command: Command, mechanism: str, mode: str) -> None:
    listener = smtp.listen(mode=mode, auth=(mechanism,))  # type: ignore[arg-type]

    result = run(command(listener, mechanism), MESSAGE.replace("\r\n", "\n"))

    assert result.returncode == 0, result.stdout + result.stderr + str(listener.sessions)
    [message] = listener.messages
    assert (message.session.user, message.session.mechanism) == ("user", mechanism)
    assert (message.session.tls is not None) == (mode != "plain")
    assert (message.subject, message.rcpt_tos) == ("Hello", ("b@example.org",))


@pytest.mark.parametrize("profile", ["token-refused", "token-535", "token-drop", "token-endless"])
@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
@pytest.mark.parametrize("command", [curl, msmtp])
def test_the_tool_is_refused_with_its_token(
    smtp: Served, command: Command, mechanism: str, profile: str
) -> None:
    listener = smtp.listen(profile, mode="ssl", auth=(mechanism,))

    assert run(command(listener, mechanism), MESSAGE).returncode != 0
    assert (listener.count("AUTH"), listener.count("MAIL"), listener.messages) == (1, 0, ())


@pytest.mark.parametrize("command", [swaks, curl, msmtp])
def test_the_tool_refuses_an_expired_certificate(smtp: Served, command: Command) -> None:
    listener = smtp.listen("cert-expired", mode="starttls")

    assert run(command(listener, "PLAIN"), MESSAGE).returncode != 0
    assert listener.messages == ()


@pytest.mark.parametrize(
    ("certificate", "code"),
    # s_client goes on after an unknown issuer (20) and reports what follows from it (21).
    [("good", 0), ("expired", 10), ("self-signed", 18), ("untrusted", 21), ("wrong-host", 62)],
)
@pytest.mark.parametrize("mode", ["ssl", "starttls"])
def test_openssl_agrees_on_the_certificate(smtp: Served, mode: str, certificate: str, code: int) -> None:
    listener = smtp.listen(mode=mode, certificate=certificate)  # type: ignore[arg-type]
    command = [
        "openssl",
        "s_client",
        "-connect",
        f"localhost:{listener.port}",
        "-verify_hostname",
        "localhost",
    ]
    starttls = ["-starttls", "smtp"] if mode == "starttls" else []

    result = run([*command, *starttls, "-CAfile", smtp.ca_file, "-crlf", "-ign_eof"], "QUIT\n")

    assert f"Verify return code: {code} " in result.stdout
    assert "221 2.0.0 Bye" in result.stdout


NODE = """
const [options, text] = JSON.parse(require("fs").readFileSync(0));
const transport = require("nodemailer").createTransport(options);
transport.sendMail({envelope: {from: "a@example.org", to: "b@example.org"}, raw: text}).then(
  () => process.exit(0), (error) => { console.error(error.code); process.exit(1); });
"""


def nodemailer(at: Listener, mechanism: str, modules: Path) -> subprocess.CompletedProcess[str]:
    bearer = {"type": "OAuth2", "user": "user", "accessToken": "pass"}
    options = {
        "host": at.host,
        "port": at.port,
        "secure": at.mode == "ssl",
        "requireTLS": at.mode == "starttls",
        "ignoreTLS": at.mode == "plain",
        "tls": {"ca": Path(at.ca_file).read_text()},
        "auth": bearer if mechanism == "XOAUTH2" else {"user": "user", "pass": "pass"},
        "authMethod": mechanism,
    }
    environment = {**os.environ, "NODE_PATH": str(modules)}
    return run(["node", "-e", NODE], json.dumps([options, MESSAGE]), environment)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"])
def test_nodemailer_logs_in_and_sends(smtp: Served, node_modules: Path, mechanism: str, mode: str) -> None:
    listener = smtp.listen(mode=mode, auth=(mechanism,))  # type: ignore[arg-type]

    result = nodemailer(listener, mechanism, node_modules)

    assert result.returncode == 0, result.stderr + str(listener.sessions)
    [message] = listener.messages
    assert (message.session.user, message.session.mechanism) == ("user", mechanism)
    assert (message.session.tls is not None) == (mode != "plain")
    assert message.data == MESSAGE.encode()


@pytest.mark.parametrize("profile", ["token-refused", "token-535", "token-not-permitted", "token-smtp-off"])
def test_nodemailer_is_refused_with_its_token(smtp: Served, node_modules: Path, profile: str) -> None:
    listener = smtp.listen(profile, mode="ssl", auth=("XOAUTH2",))

    result = nodemailer(listener, "XOAUTH2", node_modules)

    assert (result.returncode, result.stderr) == (1, "EAUTH\n")
    assert listener.messages == ()
    notes = [text for who, text in listener.sessions[0].transcript if who == "-" and "refusal" in text]
    # After a challenge it tries a second time, with a new token if it has somebody to ask for one.
    assert set(notes) == ({"refusal of the token acknowledged"} if profile == "token-refused" else set())


def test_nodemailer_refuses_an_expired_certificate(smtp: Served, node_modules: Path) -> None:
    listener = smtp.listen("cert-expired", mode="ssl")

    result = nodemailer(listener, "PLAIN", node_modules)

    assert (result.returncode, result.stderr) == (1, "ESOCKET\n")
    assert listener.messages == ()
