"""Servers of outdated encryption that do not say so, as GnuTLS and servers without alerts."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable

import pytest

from smtp_sandbox import PROFILES, Sandbox
from smtp_sandbox.tls.contexts import server_context

from .accounts import account, failed_at, try_out
from .conftest import Serve
from .peers import Peer, dialogue, drop

STARTTLS = b"250-peer.test\r\n250 STARTTLS\r\n"
OUTDATED_TOO = b"\x03\x03\x03\x02\x03\x01"  # TLS 1.2, 1.1 and 1.0 in the versions that a client supports
HANDSHAKE_FAILURE = b"\x15\x03\x01\x00\x02\x02\x28"
STAGES = [("ssl", "connect"), ("tls", "starttls")]

Turn = Callable[[Peer], None]


def alert(peer: Peer) -> None:
    peer.send(HANDSHAKE_FAILURE)
    peer.hang()


@pytest.fixture
def outdated(smtp_sandbox: Sandbox) -> ssl.SSLContext:
    return server_context(PROFILES["tls10-only"], smtp_sandbox.authority, "good")


def speaking(security: str, turn: Turn) -> Turn:
    """A server that takes this turn at a client's hello."""
    if security == "ssl":
        return turn

    def begin(peer: Peer) -> None:
        peer.send(b"220 go\r\n")
        turn(peer)

    return dialogue(EHLO=STARTTLS, STARTTLS=begin)


@pytest.mark.parametrize(("security", "stage"), STAGES)
@pytest.mark.parametrize("refuse", [drop, alert])
def test_outdated_encryption_is_named_however_a_current_client_is_refused(
    serve: Serve, outdated: ssl.SSLContext, security: str, stage: str, refuse: Turn
) -> None:
    def answer(peer: Peer) -> None:
        if OUTDATED_TOO not in peer.sock.recv(4096, socket.MSG_PEEK):
            refuse(peer)
        peer.start_tls(outdated)

    server = serve(speaking(security, answer))
    assert failed_at(try_out(server, settings=account(server, security=security))) == ("tls_version", stage)


@pytest.mark.parametrize(("security", "stage"), STAGES)
@pytest.mark.parametrize(("refuse", "code"), [(drop, "tls_broken"), (alert, "tls_cipher")])
def test_who_refuses_any_client_is_not_called_outdated(
    serve: Serve, security: str, stage: str, refuse: Turn, code: str
) -> None:
    def answer(peer: Peer) -> None:
        peer.sock.recv(4096)
        refuse(peer)

    server = serve(speaking(security, answer))
    assert failed_at(try_out(server, settings=account(server, security=security))) == (code, stage)
