"""nodemailer's smtp-server: it offers PIPELINING and no CHUNKING. ``nodemailer.js`` says what it takes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smtp_sandbox import OAuthServer

from .daemon import EMAIL, LOGIN, PASSWORD, MailServer, free_ports, running

PACKAGE = "smtp-server@3.21.6"
UNKNOWN = ("nobody@example.org", "no-one@example.org")
TOKEN = "an-access.token-of-" + "x" * 2000
SPAM = "spam@customer.example"


@contextmanager
def nodemailer(
    place: Path, certificates: Path, node: str, npm: str, oauth: OAuthServer
) -> Iterator[MailServer]:
    """In the directory ``place``, which gets the package. Tokens are ``TOKEN`` and those of ``oauth``."""
    subprocess.run(  # noqa: S603
        [npm, "install", "--silent", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", PACKAGE],
        cwd=place,
        check=True,
        stdin=subprocess.DEVNULL,
        timeout=170,
    )
    script = place / "server.js"
    script.write_bytes(Path(__file__).with_suffix(".js").read_bytes())
    inbox = place / "inbox"
    for name in ("tmp", "new"):
        (inbox / name).mkdir(parents=True)
    ports = free_ports(["submissions"])
    settings = {
        "port": ports["submissions"],
        "pem": str(certificates / "good.pem"),
        "login": LOGIN,
        "password": PASSWORD,
        "token": TOKEN,
        "introspection": {
            "url": oauth.introspection_endpoint,
            "ca": oauth.ca_file,
            "auth": f"{oauth.client.client_id}:{oauth.client.client_secret}",
        },
        "owner": EMAIL,
        "unknown": UNKNOWN,
        "spam": SPAM,
        "inbox": str(inbox),
    }
    server = MailServer(
        host="localhost", ports=ports, place=place, inbox=inbox, ca_file=certificates / "ca.pem"
    )
    with running([node, script, json.dumps(settings)], server):
        yield server
