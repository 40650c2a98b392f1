"""What all SASL mechanisms share in SMTP (RFC 4954 4): base64, the initial response, challenges."""

from __future__ import annotations

import base64
import binascii

from .channel import Channel
from .reply import Reply

MAX_COMMAND_LINE = 510  # octets without CRLF, RFC 5321 4.5.3.1.4


def begin(channel: Channel, mechanism: str, response: bytes | None) -> Reply:
    """AUTH with an initial response, if there is one. A long one waits for the server's empty challenge.

    A command line keeps its limit whatever the mechanism (RFC 4954 4): of a longer one Dovecot says so, while
    Postfix reads 2,048 octets and takes them for a wrong password. A response may have 8 and 12 KiB there.
    """
    command = f"AUTH {mechanism}"
    if response is None:
        return channel.command(command)
    if fits_a_command(mechanism, response):
        return channel.command(f"{command} {_encode(response)}", shown=f"{command} ***")
    reply = channel.command(command)
    return respond(channel, response) if reply.code == 334 else reply


def fits_a_command(mechanism: str, response: bytes) -> bool:
    return len(f"AUTH {mechanism} {_encode(response)}") <= MAX_COMMAND_LINE


def respond(channel: Channel, response: bytes) -> Reply:
    return channel.command(_encode(response), shown="***")


def cancel(channel: Channel) -> Reply:
    """The server waits for a response: anything else that is said now would be taken for one."""
    return channel.command("*")


def challenge(channel: Channel) -> bytes:
    """What the last reply says in base64; empty if it is none."""
    try:
        return base64.b64decode(b"".join(channel.raw_lines), validate=False)
    except binascii.Error:
        return b""


def _encode(response: bytes) -> str:
    return base64.b64encode(response).decode()
