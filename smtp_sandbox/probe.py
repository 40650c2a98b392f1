"""``probe``: what a server says that it can do."""

from __future__ import annotations

import re
import smtplib
import ssl
import sys


def probe(address: str, *, implicit_tls: bool = False, timeout: float = 5.0) -> int:
    """Print the extensions that ``HOST:PORT`` lists, before and after STARTTLS; nothing is verified.

    Returns 0; 1 if the server cannot be talked to; 2 if the address has no port.
    """
    host, _, port = address.rpartition(":")
    if not host or not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
        print(f"smtp_sandbox: not HOST:PORT: {address!r}", file=sys.stderr)
        return 2
    try:
        with _client(host.strip("[]"), int(port), implicit_tls, timeout) as client:
            _report(client)
    except (OSError, UnicodeError, smtplib.SMTPException) as error:
        print(f"smtp_sandbox: {address}: {error}", file=sys.stderr)
        return 1
    return 0


def _context() -> ssl.SSLContext:
    # Nothing secret is sent, and a server with a bad certificate is worth looking at.
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _client(host: str, port: int, implicit_tls: bool, timeout: float) -> smtplib.SMTP:
    if implicit_tls:
        return smtplib.SMTP_SSL(host, port, timeout=timeout, context=_context())
    return smtplib.SMTP(host, port, timeout=timeout)


def _report(client: smtplib.SMTP) -> None:
    client.ehlo_or_helo_if_needed()
    _print_extensions(client, "TLS" if isinstance(client, smtplib.SMTP_SSL) else "clear text")
    if client.has_extn("starttls"):
        client.starttls(context=_context())
        client.ehlo()
        _print_extensions(client, "STARTTLS")


def _print_extensions(client: smtplib.SMTP, channel: str) -> None:
    version = client.sock.version() if isinstance(client.sock, ssl.SSLSocket) else None
    print(f"{channel}{f' ({version})' if version else ''}:")
    for name, parameters in client.esmtp_features.items():
        print(f"  {name.upper()} {parameters.strip()}".rstrip())
