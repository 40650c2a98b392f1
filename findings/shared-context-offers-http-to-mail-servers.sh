#!/usr/bin/env bash
# One would guess: an SSLContext that is handed to an HTTP client is used and left as it is, so that a program which also sends
# mail can have one context for both, with the same certificate authorities.
#
# What really happens: httpcore writes its protocols into the context that it was given (set_alpn_protocols), for good. From the
# first HTTPS request on the same context offers "http/1.1" to the mail server, by SSL and by STARTTLS. Nothing of it shows in Python:
# a context tells nobody which protocols it has.
#
# Seen with httpcore 1.0.9, trustme 1.2.1.
#
# Why it matters for mail: by RFC 7301 3.2 a server that takes part in this ends the handshake when it knows none of the protocols
# that are offered, and mail servers have none of HTTP's. Whether mail leaves then depends on whether an access token was fetched before.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/env"
"$folder/env/bin/pip" install --quiet "httpcore==1.0.9" "trustme==1.2.1"
"$folder/env/bin/python" - <<'PYTHON'
import smtplib
import socket
import ssl
import threading
from importlib.metadata import version

import httpcore
import trustme

authority = trustme.CA()
server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
authority.issue_cert("localhost").configure_cert(server)
# The side of a server that would like to know what it is offered.
server.set_alpn_protocols(["http/1.1"])
offered: list[str | None] = []


def serve(answer: bytes) -> int:
    listener = socket.create_server(("127.0.0.1", 0))

    def play() -> None:
        with listener, listener.accept()[0] as plain, server.wrap_socket(plain, server_side=True) as sock:
            offered.append(sock.selected_alpn_protocol())
            if answer.startswith(b"220"):
                sock.sendall(answer)
                sock.recv(1000)
                sock.sendall(b"221 bye\r\n")
            else:
                sock.recv(4000)
                sock.sendall(answer)

    threading.Thread(target=play, daemon=True).start()
    return int(listener.getsockname()[1])


def mail(context: ssl.SSLContext) -> str | None:
    with smtplib.SMTP_SSL("localhost", serve(b"220 mail.example ESMTP\r\n"), context=context, timeout=20):
        pass
    return offered[-1]


context = ssl.create_default_context()
authority.configure_trust(context)
print("httpcore", version("httpcore"))
before = mail(context)
print("offered to the mail server before:", before)
assert before is None, before
with httpcore.ConnectionPool(ssl_context=context) as pool:
    port = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    assert pool.request("GET", f"https://localhost:{port}/").status == 200
after = mail(context)
print("offered to the mail server after one request by HTTPS:", after)
assert after == "http/1.1", after
print("As described: the context has learnt a protocol that is not mail's.")
PYTHON
