"""Names services that are not mail servers, by the beginning of what they send, which is never quoted."""

from __future__ import annotations

from .channel import Channel
from .errors import ProtocolError, SMTPError

ANSWER_TIMEOUT = 2.0  # seconds
# What no mail server waits for: a command before its greeting, and an empty line, which ends a request of HTTP.
PROMPT = b"EHLO localhost\r\n\r\n"
# A PostgreSQL server is silent until it is asked something in its own protocol, and closes at anything else.
SSL_REQUEST = bytes.fromhex("0000000804d2162f")

_BEGINNINGS = (
    (b"HTTP/", "HTTP"),
    (b"<", "HTTP"),
    (b"SSH-", "SSH"),
    (b"+OK", "POP3"),
    (b"* OK", "IMAP"),
    (b"* PREAUTH", "IMAP"),
    (b"* BYE", "IMAP"),
    (b"* BAD", "IMAP"),
    (b"-ERR unknown command ", "Redis"),
    (b"-ERR Protocol error", "Redis"),
    (b"-ERR", "POP3"),
    (b"-DENIED", "Redis"),
    (b"RFB ", "VNC"),
    (b"AMQP", "AMQP"),
    (b"INFO {", "NATS"),
    (b"\x16\x03", "TLS"),
    (b"\x15\x03", "TLS"),
)


def identify(head: bytes) -> str:
    """The name of the protocol that begins with these bytes, "" if unknown."""
    for beginning, name in _BEGINNINGS:
        if head.startswith(beginning):
            return name
    # MySQL and MariaDB: length, sequence number 0, protocol version 10 (or 255, an error packet).
    return "MySQL" if len(head) > 4 and head[3] == 0 and head[4] in {10, 255} else ""


def of_greeting(channel: Channel) -> str:
    """Who has greeted in words that are not SMTP's, "" if unknown."""
    if channel.begun != 220:
        return identify(channel.peek())
    try:
        channel.skip_reply(ANSWER_TIMEOUT)
        return "FTP" if _has_features(channel) else ""
    except SMTPError:
        return ""


def ask(channel: Channel) -> str:
    """Who greets with 220 but refuses EHLO and HELO: LMTP (RFC 2033), FTP (RFC 959), or "" for unknown."""
    try:
        if channel.command("LHLO localhost", timeout=ANSWER_TIMEOUT).code == 250:
            return "LMTP"
        return "FTP" if _has_features(channel) else ""
    except SMTPError:
        return ""


def says_yes_or_no(answer: bytes) -> bool:
    """Whether this is what a PostgreSQL server says to ``SSL_REQUEST``."""
    return answer in {b"S", b"N"}


def _has_features(channel: Channel) -> bool:
    # 211 is FTP's alone; before a login FTP answers 530, which SMTP does not give to an unknown command.
    try:
        code = channel.command("FEAT", timeout=ANSWER_TIMEOUT).code
    except ProtocolError:
        # RFC 2389 3.2: the lines between have no code.
        code = channel.begun
    return code in {211, 530}
