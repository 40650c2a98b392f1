"""Postfix, Exim, Dovecot and nodemailer's server, started once, all that they write below one directory."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtp_sandbox import OAuthServer, Sandbox
from wagtail_partner_smtp.smtp import session

from .certificates import write_certificates
from .daemon import MailServer, free_ports
from .dovecot import CERTIFICATES, dovecot
from .exim import exim
from .nodemailer import nodemailer
from .postfix import postfix

# Where Debian has what only root calls.
PATHS = os.pathsep.join((os.environ["PATH"], "/usr/sbin", "/usr/lib/dovecot"))


@pytest.fixture(scope="session")
def place() -> Iterator[Path]:
    """Not below pytest's own directory, which only root may enter."""
    if os.geteuid() != 0:
        _go_without("mail servers are started by root only")
    with tempfile.TemporaryDirectory(prefix="mail-servers-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def certificates(place: Path) -> Path:
    directory = place / "certificates"
    directory.mkdir()
    write_certificates(directory, CERTIFICATES)
    return directory


@pytest.fixture(scope="session")
def relay() -> int:
    """The port on which Dovecot finds Postfix, which finds its logins at Dovecot."""
    return free_ports(["relay"])["relay"]


@pytest.fixture(scope="session")
def oauth_server() -> Iterator[OAuthServer]:
    """Who issues tokens, and is asked by the mail servers whose they are."""
    with Sandbox(honest=False) as sandbox:
        yield sandbox.oauth


@pytest.fixture(scope="session")
def dovecot_server(
    place: Path, certificates: Path, relay: int, oauth_server: OAuthServer
) -> Iterator[MailServer]:
    _need("dovecot", "submission")
    inbox = place / "postfix/mail/inbox"
    with dovecot(_made(place / "dovecot"), certificates, relay, inbox, oauth_server) as server:
        yield server


@pytest.fixture(scope="session")
def postfix_server(
    place: Path, certificates: Path, relay: int, dovecot_server: MailServer
) -> Iterator[MailServer]:
    _need("postfix", "postconf")
    logins = f"{dovecot_server.host}:{dovecot_server.ports['logins']}"
    with postfix(_made(place / "postfix"), certificates, logins, relay) as server:
        yield server


@pytest.fixture(scope="session")
def exim_server(place: Path, certificates: Path) -> Iterator[MailServer]:
    """Debian's Exim, installed or where the environment variable ``EXIM`` says."""
    program = _need(os.environ.get("EXIM", "exim4"))
    with exim(_made(place / "exim"), certificates, program) as server:
        yield server


@pytest.fixture(scope="session")
def nodemailer_server(place: Path, certificates: Path, oauth_server: OAuthServer) -> Iterator[MailServer]:
    """Where npm is: no package of Debian has it, and its own package manager is large."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("not installed: node and npm")
    with nodemailer(_made(place / "nodemailer"), certificates, node, npm, oauth_server) as server:
        yield server


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "GREETING_GRACE", 0.15)


@pytest.fixture(scope="session")
def broken_dovecot(place: Path, certificates: Path, oauth_server: OAuthServer) -> Iterator[MailServer]:
    """One whose service for checking logins ends as soon as it begins."""
    _need("dovecot", "submission")
    directory = _made(place / "broken-dovecot")
    nowhere = free_ports(["relay"])["relay"]
    with dovecot(
        directory, certificates, nowhere, directory, oauth_server, login_service="/bin/false"
    ) as server:
        yield server


@pytest.fixture(scope="session")
def broken_postfix(place: Path, certificates: Path) -> Iterator[MailServer]:
    """One that finds no service for checking logins."""
    _need("postfix", "postconf")
    ports = free_ports(["logins", "relay"])
    logins = f"127.0.0.1:{ports['logins']}"
    with postfix(_made(place / "broken-postfix"), certificates, logins, ports["relay"]) as server:
        yield server


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory


def _need(*programs: str) -> str:
    """The path of the first."""
    found = [shutil.which(program, path=PATHS) for program in programs]
    if None in found:
        _go_without(f"not installed: {programs[found.index(None)]}")
    return str(found[0])


def _go_without(reason: str) -> None:
    if os.environ.get("REQUIRE_MAIL_SERVERS") == "1":
        pytest.fail(reason)
    pytest.skip(reason)
