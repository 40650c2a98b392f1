"""Test servers to measure the sandbox against, behind one small interface."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import tempfile
from collections.abc import Callable
from typing import Any

import trustme


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        port: int = sock.getsockname()[1]
        return port


class Server:
    """What is measured; unless it says otherwise it runs in this process."""

    def __init__(self) -> None:
        self.running: list[Any] = []

    @property
    def pid(self) -> int:
        """The process that grows."""
        return os.getpid()

    def open(self) -> int:
        """Open one more listener and return its port."""
        raise NotImplementedError

    def start(self, count: int) -> list[int]:
        """Open listeners and return their ports."""
        return [self.open() for _ in range(count)]

    def start_tls(self) -> int | None:
        """Open one listener with TLS from the first octet, if there is such a thing."""
        return None

    def stop(self) -> None:
        """Close everything."""
        for one in self.running:
            one.stop()


class OurSandbox(Server):
    """smtp_sandbox."""

    def start(self, count: int) -> list[int]:
        from smtp_sandbox import Sandbox

        # As the others, at one address; "localhost" would be two.
        sandbox = Sandbox(honest=False, host="127.0.0.1")
        sandbox.start()
        self.running.append(sandbox)
        return [sandbox.listen().port for _ in range(count)]

    def start_tls(self) -> int:
        self.start(0)
        port: int = self.running[0].listen(mode="ssl").port
        return port


class Controllers(Server):
    """aiosmtpd's Controller with a handler that keeps the envelopes."""

    def open(self, **options: Any) -> int:
        from aiosmtpd.controller import Controller

        port = free_port()
        controller = Controller(KeepsEnvelopes(), hostname="127.0.0.1", port=port, **options)
        controller.start()
        self.running.append(controller)
        return port

    def start_tls(self) -> int:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("localhost").configure_cert(context)
        return self.open(ssl_context=context)


class KeepsEnvelopes:
    """The least that a test needs."""

    def __init__(self) -> None:
        self.envelopes: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.envelopes.append(envelope)
        return "250 OK"


class SMTPDFix(Server):
    """smtpdfix."""

    def open(self) -> int:
        from importlib import import_module

        port = free_port()
        self.running.append(import_module("smtpdfix").SMTPDFix("127.0.0.1", port).__enter__())
        return port

    def start_tls(self) -> int:
        with tempfile.NamedTemporaryFile(suffix=".pem") as file:
            file.write(trustme.CA().issue_cert("localhost").private_key_and_cert_chain_pem.bytes())
            file.flush()
            os.environ |= {"SMTPD_USE_SSL": "True", "SMTPD_SSL_CERTIFICATE_FILE": file.name}
            return self.open()


class SMTPSink(Server):
    """Postfix's smtp-sink; it stores nothing and has no TLS."""

    @property
    def pid(self) -> int:
        pid: int = self.running[0].pid
        return pid

    def open(self) -> int:
        port = free_port()
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        command = [os.environ["SMTP_SINK"], *user, f"127.0.0.1:{port}", "128"]
        self.running.append(subprocess.Popen(command, stderr=subprocess.DEVNULL))  # noqa: S603
        return port

    def stop(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()


SERVERS: dict[str, Callable[[], Server]] = {
    "smtp_sandbox": OurSandbox,
    "aiosmtpd Controller": Controllers,
    "smtpdfix": SMTPDFix,
    "smtp-sink": SMTPSink,
}
